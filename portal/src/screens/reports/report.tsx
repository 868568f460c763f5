/** Reports: what was sold and what it brought, by time or by channel, product, customer, warehouse; every number leads on. */
import type { ComponentChild } from "preact";
import { useMemo, useState } from "preact/hooks";
import { api, withQuery } from "../../api";
import type { MeasureView, Report, ReportRow } from "../../api_types";
import { Bar, TimeSeries } from "../../design/chart";
import { Empty, Notice, Problem, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Input } from "../../design/input";
import { Menu, Popover } from "../../design/overlay";
import { Table, type TableColumn } from "../../design/table";
import { toast, toastError } from "../../design/toast";
import { DateTime } from "../../design/values";
import { formatDate, formatMonth } from "../../format";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { may } from "../../session";
import { saveFile } from "./file";
import { beforeOf, DIMENSIONS, drawnSeries, GROUPS, isTime, told, usualColumns, valuesOf } from "./figures";
import { PERIODS, presetOf } from "./periods";
import { Change, MeasureTile } from "./tiles";

interface Asked {
  group: string;
  dimension: string;
  measure: string;
  columns: readonly string[];
  member: Readonly<Record<string, string>>;
  path: string;
  parameters: Record<string, string>;
}

/** What the address asks for; what it leaves out is the usual. */
function asked(query: URLSearchParams, measures: readonly MeasureView[]): Asked {
  const group = GROUPS.find((each) => each === query.get("group_by")) ?? "day";
  const filtered = DIMENSIONS.find((each) => query.get(each));
  const split = isTime(group) && !filtered ? (DIMENSIONS.find((each) => each === query.get("split_by")) ?? "") : "";
  const dimension = isTime(group) ? (filtered ?? (split || "channel")) : group;
  const known = (name: string) => measures.some((each) => each.name === name && each.dimensions.includes(dimension));
  const chosen = (query.get("measures") ?? "").split(",").filter(known);
  const wanted = query.get("measure") ?? "";
  const usual = chosen.length > 0 ? chosen : usualColumns(dimension, measures);
  const columns = known(wanted) && !usual.includes(wanted) ? [wanted, ...usual] : usual;
  const measure = columns.includes(wanted) ? wanted : (columns.find((name) => name.endsWith("_revenue")) ?? columns[0] ?? "");
  const member: Record<string, string> = filtered && isTime(group) ? { [filtered]: query.get(filtered) ?? "" } : {};
  const parameters = {
    from: query.get("from") ?? "", to: query.get("to") ?? "", group_by: group, compare: query.get("compare") ?? "previous",
    measures: columns.join(), sort: measure, currency: query.get("currency") ?? "", ...member,
    ...(split ? { split_by: split, top: "4" } : isTime(group) ? {} : { top: query.get("top") ?? "50" }),
  };
  return { group, dimension, measure, columns, member, parameters, path: withQuery("/api/reporting/report", parameters) };
}

export function ReportScreen() {
  const { data: known, error: unknown } = useResource<{ items: MeasureView[] }>("/api/reporting/measures");
  const query = place.value.query;
  const question = known ? asked(query, known.items) : null;
  const { data, error, refetch } = useResource<Report>(question?.path ?? null, ["sales_order", "invoice", "payment", "payout"]);
  return (
    <div class="page">
      <div class="page-header">
        <h1>{t("navigation.reports")}</h1>
        {question && <Actions question={question} />}
      </div>
      {question && known && <Controls question={question} measures={known.items} report={data} />}
      {error || unknown ? <div class="card"><Problem error={error ?? unknown} retry={refetch} /></div> : !data || !question || !known ? <div class="card card-body"><Skeleton lines={8} /></div> : <Shown report={data} question={question} measures={known.items} />}
    </div>
  );
}

// -- what is asked ---------------------------------------------------------------------------------------------------

interface SelectProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onChange: (value: string) => void;
}

function Select({ label, value, options, onChange }: SelectProps) {
  return (
    <label class="report-control">
      <span class="small muted">{label}</span>
      <select class="input" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([each, text]) => <option key={each} value={each}>{text}</option>)}
      </select>
    </label>
  );
}

function groupName(group: string): string {
  return t(`reports.by_${group}` as MessageKey);
}

function Controls({ question, measures, report }: { question: Asked; measures: readonly MeasureView[]; report: Report | undefined }) {
  const query = place.value.query;
  const [first, last] = [query.get("from") ?? report?.first ?? "", query.get("to") ?? report?.last ?? ""];
  const preset = presetOf(query.get("from"), query.get("to"));
  const offered = measures.filter((each) => each.dimensions.includes(question.dimension));
  const filtered = Object.keys(question.member)[0];
  return (
    <div class="report-controls no-print" role="group" aria-label={t("reports.controls")}>
      <Select
        label={t("reports.period")} value={preset} onChange={(id) => setQuery({ from: PERIODS.find((each) => each.id === id)?.first() ?? first, to: PERIODS.find((each) => each.id === id)?.last() ?? last })}
        options={[...PERIODS.map(({ id }) => [id, t(`reports.period_${id}` as MessageKey)] as const), ["own", t("reports.period_own")]]}
      />
      <label class="report-control"><span class="small muted">{t("reports.from")}</span><Input kind="date" value={first} max={last} onChange={(event) => setQuery({ from: event.currentTarget.value, to: last })} /></label>
      <label class="report-control"><span class="small muted">{t("reports.to")}</span><Input kind="date" value={last} min={first} onChange={(event) => setQuery({ from: first, to: event.currentTarget.value })} /></label>
      <Select label={t("reports.group_by")} value={question.group} options={GROUPS.map((each) => [each, groupName(each)])} onChange={(group_by) => setQuery({ group_by, ...(isTime(group_by) ? {} : Object.fromEntries([["split_by", null], ...DIMENSIONS.map((each) => [each, null])])) })} />
      <Select label={t("reports.measure")} value={question.measure} options={offered.map((each) => [each.name, each.label])} onChange={(measure) => setQuery({ measure })} />
      {isTime(question.group) && !filtered && (
        <Select label={t("reports.split_by")} value={question.parameters.split_by ?? ""} options={[["", t("reports.whole")], ...DIMENSIONS.map((each) => [each, groupName(each)] as const)]} onChange={(split_by) => setQuery({ split_by })} />
      )}
      <Select label={t("reports.compare")} value={question.parameters.compare ?? ""} options={[["previous", t("reports.previous")], ["year", t("reports.year")], ["none", t("value.none")]]} onChange={(compare) => setQuery({ compare })} />
      {report && report.currencies.length > 1 && (
        <Select label={t("reports.currency")} value={report.currency} options={report.currencies.map((each) => [each, each])} onChange={(currency) => setQuery({ currency })} />
      )}
      <Columns offered={offered} columns={question.columns} />
      {filtered && <button type="button" class="chip on" onClick={() => setQuery({ [filtered]: null })}>{`${groupName(filtered)} : ${query.get(filtered)}`}<Icon name="close" size={12} /><span class="visually-hidden">{t("list.clear_filters")}</span></button>}
    </div>
  );
}

function Columns({ offered, columns }: { offered: readonly MeasureView[]; columns: readonly string[] }) {
  const choose = (name: string, on: boolean) => {
    const next = offered.map((each) => each.name).filter((each) => (each === name ? on : columns.includes(each)));
    if (next.length > 0) setQuery({ measures: next.join() });
  };
  return (
    <Popover button={<><Icon name="columns" />{t("list.columns")}</>} className="padded">
      {() => (
        <div class="stack">
          {offered.map((each) => (
            <label key={each.name} class="line" title={each.text}>
              <input type="checkbox" checked={columns.includes(each.name)} onChange={(event) => choose(each.name, event.currentTarget.checked)} />
              {each.label}
            </label>
          ))}
        </div>
      )}
    </Popover>
  );
}

function Actions({ question }: { question: Asked }) {
  const file = (format: string) => () => void saveFile(withQuery(`/api/reporting/exports/${format}`, { ...question.parameters, top: null, split_by: null }), `report.${format}`).catch(toastError);
  async function rebuild(): Promise<void> {
    await api.post("/api/reporting/rebuilds");
    toast(t("reports.rebuild_started"));
  }
  const more = [
    { label: t("reports.csv"), icon: "download" as const, run: file("csv") },
    { label: t("reports.xlsx"), icon: "download" as const, run: file("xlsx") },
    { label: t("action.print"), icon: "print" as const, run: () => window.print() },
    ...(may("reports.write") ? [{ label: t("reports.rebuild"), icon: "refresh" as const, run: () => void rebuild().catch(toastError) }] : []),
  ];
  return (
    <div class="line wrap">
      {may("ledger.read") && <a class="button" href="/reports/reconciliation"><Icon name="check" />{t("reports.reconciliation")}</a>}
      <a class="button" href="/reports/schedules"><Icon name="clock" />{t("reports.schedules")}</a>
      <Menu button={<><Icon name="download" />{t("reports.export")}</>} items={more} />
    </div>
  );
}

// -- what is answered ------------------------------------------------------------------------------------------------

function Shown({ report, question, measures }: { report: Report; question: Asked; measures: readonly MeasureView[] }) {
  const of = (name: string) => measures.find((each) => each.name === name);
  const current = of(question.measure);
  const isEmpty = Object.values(report.totals).every((value) => value === null || Number(value) === 0);
  const compared = report.compared_first && report.compared_last
    ? t("reports.compared", { first: formatDate(report.compared_first), last: formatDate(report.compared_last) }) : "";
  return (
    <>
      <p class="muted">{[t("reports.told", { first: formatDate(report.first), last: formatDate(report.last), currency: report.currency }), compared].filter(Boolean).join(" · ")}</p>
      <div class="measure-tiles">
        {question.columns.map(of).map((measure) => measure && (
          <MeasureTile key={measure.name} report={report} measure={measure} href={here({ measure: measure.name })} isCurrent={measure.name === question.measure} member={question.member} />
        ))}
      </div>
      {isEmpty && <div class="card"><Empty icon="reports" title={t("reports.nothing")} text={t("reports.nothing_text")} /></div>}
      {!isEmpty && current && isTime(report.group_by) && <Plot report={report} measure={current} />}
      {!isEmpty && <Rows report={report} question={question} measures={measures} />}
      <Freshness />
    </>
  );
}

/** This page with some parameters changed. */
function here(changes: Record<string, string>): string {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  return `/reports?${query}`;
}

function Plot({ report, measure }: { report: Report; measure: MeasureView }) {
  const [isBars, setBars] = useState(report.series.length > 0);
  const { name, label } = measure;
  const dates = useMemo(() => report.rows.map((row) => row.key), [report]);
  const series = useMemo(() => {
    if (report.series.length > 0) return drawnSeries(report.series, name).map((each) => ({ label: each.label || t("reports.others"), values: each.values }));
    const before = report.totals_before && !isBars ? [{ label: t("reports.compared_short"), values: beforeOf(report, name) }] : [];
    return [{ label, values: valuesOf(report, name) }, ...before];
  }, [report, name, isBars]);
  return (
    <section class="card card-body" aria-label={label}>
      <div class="line">
        <h2 class="grow">{label}</h2>
        <div class="segments no-print" role="group" aria-label={t("reports.plot")}>
          <button type="button" class="button small" aria-pressed={!isBars} onClick={() => setBars(false)}>{t("reports.lines")}</button>
          <button type="button" class="button small" aria-pressed={isBars} onClick={() => setBars(true)}>{t("reports.bars")}</button>
        </div>
      </div>
      <TimeSeries key={String(isBars)} label={label} dates={dates} series={series} height={260} format={(value) => told(String(value), report.units[name])} stacked={isBars} />
    </section>
  );
}

function Rows({ report, question, measures }: { report: Report; question: Asked; measures: readonly MeasureView[] }) {
  const byTime = isTime(report.group_by);
  const largest = Math.max(...report.rows.map((row) => Math.abs(Number(row.values[question.measure] ?? 0))), 0);
  const columns: TableColumn<ReportRow>[] = [
    { key: "row", label: groupName(report.group_by), primary: true, cell: (row) => <RowName row={row} report={report} /> },
    ...(byTime ? [] : [{ key: "share", label: t("reports.share"), cell: (row: ReportRow) => row.key !== "" && <Bar share={largest ? Math.max(0, Number(row.values[question.measure] ?? 0)) / largest : 0} label={t("reports.share_of", { name: row.label })} /> }]),
    ...measures.filter((each) => question.columns.includes(each.name)).map((measure): TableColumn<ReportRow> => ({
      key: measure.name, label: measure.label, align: "end", labelled: true,
      cell: (row) => (
        <Cell
          row={row} measure={measure} report={report} member={byTime ? question.member : { [report.group_by]: row.key }}
          isCompared={measure.name === question.measure && row.key !== ""}
        />
      ),
    })),
  ];
  const footer = report.more_rows > 0 && (
    <div class="pager"><span class="grow">{t("reports.more_rows", { count: report.more_rows })}</span><a class="button small" href={here({ top: "1000" })}>{t("list.more")}</a></div>
  );
  return (
    <section class="card">
      <Table label={t("navigation.reports")} rows={[...report.rows, total(report)]} rowId={(row) => row.key || "total"} columns={columns} footer={footer || undefined} />
    </section>
  );
}

/** The last row of the table: everything together. */
function total(report: Report): ReportRow {
  return { key: "", label: t("reports.total"), first: report.first, last: report.last, values: report.totals, key_before: "", values_before: report.totals_before };
}

function RowName({ row, report }: { row: ReportRow; report: Report }): ComponentChild {
  if (row.key === "") return <strong>{row.label}</strong>;
  if (!isTime(report.group_by)) {
    const days = new URLSearchParams({ from: report.first, to: report.last, group_by: "day", currency: report.currency, [report.group_by]: row.key });
    return <a href={`/reports?${days}`}>{row.label}</a>;
  }
  if (report.group_by === "day") return formatDate(row.key);
  if (report.group_by === "month" && row.first === row.key && row.last === lastOfMonth(row.key)) return formatMonth(row.key);
  return row.first === row.last ? formatDate(row.first) : `${formatDate(row.first)} – ${formatDate(row.last)}`;
}

interface CellProps {
  row: ReportRow;
  measure: MeasureView;
  report: Report;
  member: Readonly<Record<string, string>>;
  isCompared: boolean;
}

function lastOfMonth(first: string): string {
  const [year = 0, month = 0] = first.split("-").map(Number);
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

/** A number leads to its documents; how it changed stands before it, where that is what one looks at. */
function Cell({ row, measure, report, member, isCompared }: CellProps) {
  const value = row.values[measure.name];
  const text = told(value, report.units[measure.name]);
  const of = row.key === "" && !isTime(report.group_by) ? {} : member;
  const documents = withQuery("/reports/documents", { measure: measure.name, from: row.first, to: row.last, currency: report.currency, ...of });
  return (
    <span class="report-cell">
      {isCompared && row.values_before && <Change measure={measure.name} unit={report.units[measure.name]} now={value} before={row.values_before[measure.name]} />}
      {value !== null && value !== undefined && Number(value) !== 0 ? <a class="figure" href={documents}>{text}</a> : <span class="figure faint">{text}</span>}
    </span>
  );
}

/** When the figures were last made again, and whether that is under way. */
function Freshness() {
  const { data } = useResource<{ is_building: boolean; rebuilt_at: string | null }>("/api/reporting/roll-ups", ["job"]);
  if (data?.is_building) return <Notice>{t("reports.is_building")}</Notice>;
  return <p class="faint small">{t("reports.live")} {data?.rebuilt_at && <>{t("reports.rebuilt")} <DateTime instant={data.rebuilt_at} /></>}</p>;
}


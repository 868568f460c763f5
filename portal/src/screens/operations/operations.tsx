/** How the service runs for the company: how late shops are, what waits, jobs, and events that failed. */
import { useEffect } from "preact/hooks";
import type { FailedEvent, JobFigure, LagSlot, ServiceFigures, ShopFigures } from "../../api_types";
import { announce } from "../../changes";
import { TimeSeries } from "../../design/chart";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { Badge, CopyId, DateTime, Dash } from "../../design/values";
import { formatDuration, formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { failureText } from "../channels/parts";
import { SettingsPage } from "../settings/layout";
import { onOneAxis, slotsOf, type Member } from "./slots";

const SOON_MS = 15_000;
const HOURS = ["3", "24", "168"] as const;

export const seconds = (value: number) => t("value.seconds", { value: formatNumber(value.toFixed(2)) });

/** A choice of how far to look back; it stands in the address. */
export function HoursChoice({ hours }: { hours: string }) {
  return (
    <div class="line request-filters">
      <select class="input" aria-label={t("operations.period")} value={hours} onChange={(event) => setQuery({ hours: event.currentTarget.value })}>
        {HOURS.map((each) => <option key={each} value={each}>{t(`operations_hours.${each}`)}</option>)}
      </select>
    </div>
  );
}

export function useHours(): string {
  const asked = place.value.query.get("hours") ?? "";
  return HOURS.find((each) => each === asked) ?? HOURS[0];
}

/** Asks anew every quarter of a minute while somebody looks. */
export function useLive(kind: string): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") announce(kind, "");
    }, SOON_MS);
    return () => clearInterval(timer);
  }, [kind]);
}

export function LagGraph({ title, text, dates, members }: { title: string; text: string; dates: readonly string[]; members: readonly Member<LagSlot>[] }) {
  const series = onOneAxis(dates, members, (slot) => Number(slot.p99_seconds));
  return (
    <section class="card chart-card">
      <header><h2>{title}</h2></header>
      <div class="card-body stack">
        <p class="small muted">{text}</p>
        {series.length === 0 ? <p class="muted">{t("operations.nothing_measured")}</p> : <TimeSeries label={title} dates={dates} series={series} height={180} format={seconds} />}
      </div>
    </section>
  );
}

export function Tile({ label, value, tone, text }: { label: string; value: string; tone?: "good" | "warn" | "bad"; text?: string }) {
  return (
    <div class="card measure-tile">
      <div class="muted">{label}</div>
      <strong class="headline figure">{value}</strong>
      <div class="line">{tone && text ? <Badge tone={tone}>{text}</Badge> : text && <span class="faint small">{text}</span>}</div>
    </div>
  );
}

function Tiles({ data }: { data: ServiceFigures }) {
  const changes = data.shops.reduce((sum, shop) => sum + shop.changes_waiting + shop.errands_waiting, 0);
  const since = (at: string | null) => (at ? t("operations.oldest", { time: formatDuration(Math.max(0, (Date.parse(data.at) - Date.parse(at)) / 1000)) }) : "");
  return (
    <div class="measure-tiles">
      {data.waiting.map((each) => (
        <Tile
          key={each.what} label={t(`operations_waiting.${each.what as "put_aside" | "webhooks" | "jobs"}`)} value={formatNumber(each.count)}
          text={each.count ? since(each.oldest_at) : ""} tone={each.what === "put_aside" && each.count ? "warn" : undefined}
        />
      ))}
      <Tile label={t("operations.waiting_changes")} value={formatNumber(changes)} />
      <Tile label={t("operations.failed_events")} value={formatNumber(data.failed_events.length)} tone={data.failed_events.length ? "bad" : undefined} text={data.failed_events.length ? t("operations.look_below") : ""} />
    </div>
  );
}

function figure(value: string | null) {
  return value === null ? <Dash /> : <span class="figure">{seconds(Number(value))}</span>;
}

function Shops({ shops }: { shops: readonly ShopFigures[] }) {
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (row: ShopFigures) => <a class="in-text" href={`/channels/${row.connection_id}`}>{row.name}</a> },
    { key: "webhooks", label: t("operations.webhooks_short"), align: "end" as const, labelled: true, cell: (row: ShopFigures) => figure(row.webhooks.p99_seconds) },
    { key: "pushes", label: t("operations.pushes_short"), align: "end" as const, labelled: true, cell: (row: ShopFigures) => figure(row.pushes.p99_seconds) },
    { key: "waiting", label: t("operations.waits"), align: "end" as const, labelled: true, cell: (row: ShopFigures) => formatNumber(row.changes_waiting + row.errands_waiting) },
    {
      key: "state", label: t("attribute.state"), labelled: true,
      cell: (row: ShopFigures) => row.last_error_code ? <span title={failureText(row.last_error_code, row.last_error_code)}><Badge tone={row.left_alone_until ? "bad" : "warn"}>{failureText(row.last_error_code, row.last_error_code)}</Badge></span>
        : <Badge tone={row.state === "paused" ? "quiet" : "good"}>{codeText("state", row.state)}</Badge>,
    },
  ];
  return (
    <section class="card">
      <header><h2>{t("operations.shops")}</h2></header>
      {shops.length === 0 ? <p class="card-body muted">{t("operations.no_shops")}</p> : <Table label={t("operations.shops")} rows={shops} columns={columns} rowId={(row) => row.connection_id} />}
    </section>
  );
}

function Jobs({ jobs }: { jobs: readonly JobFigure[] }) {
  const columns = [
    { key: "title", label: t("operations.job"), primary: true, cell: (row: JobFigure) => row.title || codeText("job_kind", row.job_kind) },
    { key: "kind", label: t("operations.sort"), labelled: true, cell: (row: JobFigure) => codeText("job_kind", row.job_kind) },
    { key: "state", label: t("attribute.state"), labelled: true, cell: (row: JobFigure) => <Badge tone={row.state === "failed" ? "bad" : "info"}>{codeText("job_state", row.state)}</Badge> },
    { key: "done", label: t("operations.done"), align: "end" as const, labelled: true, cell: (row: JobFigure) => t("job.of", { done: formatNumber(row.done), total: formatNumber(row.total) }) },
    { key: "silent", label: t("operations.silent"), align: "end" as const, labelled: true, cell: (row: JobFigure) => row.state === "failed" ? <Dash /> : formatDuration(row.silent_seconds) },
    { key: "at", label: t("requests.at"), labelled: true, cell: (row: JobFigure) => <DateTime instant={row.created_at} /> },
  ];
  return (
    <section class="card">
      <header><h2>{t("operations.jobs")}</h2></header>
      {jobs.length === 0 ? <p class="card-body muted">{t("operations.no_jobs")}</p> : <Table label={t("operations.jobs")} rows={jobs} columns={columns} rowId={(row) => row.id} />}
    </section>
  );
}

function Failures({ events }: { events: readonly FailedEvent[] }) {
  const columns = [
    { key: "type", label: t("operations.event"), primary: true, cell: (row: FailedEvent) => codeText("timeline", row.type) },
    { key: "consumer", label: t("operations.consumer"), labelled: true, cell: (row: FailedEvent) => codeText("domain", row.consumer) },
    { key: "attempts", label: t("operations.attempts"), align: "end" as const, labelled: true, cell: (row: FailedEvent) => formatNumber(row.attempts) },
    { key: "at", label: t("requests.at"), labelled: true, cell: (row: FailedEvent) => <DateTime instant={row.failed_at} /> },
    { key: "id", label: t("operations.correlation_id"), labelled: true, cell: (row: FailedEvent) => <CopyId id={row.correlation_id} /> },
  ];
  return (
    <section class="card">
      <header><h2>{t("operations.failed_events")}</h2></header>
      {events.length === 0 ? <p class="card-body muted">{t("operations.no_failures")}</p> : (
        <>
          <div class="card-body"><Notice tone="warn">{t("operations.failed_text")}</Notice></div>
          <Table label={t("operations.failed_events")} rows={events} columns={columns} rowId={(row) => `${row.consumer} ${row.event_id}`} />
        </>
      )}
    </section>
  );
}

function Figures({ data }: { data: ServiceFigures }) {
  const dates = slotsOf(String(data.hours), data.at);
  const members = (key: "webhook_slots" | "push_slots") => data.shops.map((shop) => ({ label: shop.name, slots: shop[key] }));
  return (
    <>
      <Tiles data={data} />
      <LagGraph title={t("operations.webhook_lag")} text={t("operations.webhook_lag_text")} dates={dates} members={members("webhook_slots")} />
      <LagGraph title={t("operations.push_lag")} text={t("operations.push_lag_text")} dates={dates} members={members("push_slots")} />
      <Shops shops={data.shops} />
      <Jobs jobs={data.jobs} />
      <Failures events={data.failed_events} />
    </>
  );
}

export function OperationsScreen() {
  const hours = useHours();
  useLive("operations");
  const { data, error, refetch } = useResource<ServiceFigures>(`/api/operations/figures?hours=${hours}`, ["operations", "job", "connection"]);
  return (
    <SettingsPage section="operations" wide actions={<HoursChoice hours={hours} />}>
      <p class="muted">{t("operations.text")}</p>
      {error !== undefined && !data && <Problem error={error} retry={refetch} />}
      {!data && !error && <Skeleton lines={6} />}
      {data && <Figures data={data} />}
    </SettingsPage>
  );
}

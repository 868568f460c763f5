/** How the business goes: the figures of a period with their course, and revenue and orders by channel. */
import { useMemo } from "preact/hooks";
import type { MeasureView, Report } from "../../api_types";
import { withQuery } from "../../api";
import { Problem, Skeleton } from "../../design/feedback";
import { TimeSeries } from "../../design/chart";
import { Tabs } from "../../design/tabs";
import { t } from "../../i18n";
import { place } from "../../router";
import { useResource } from "../../resource";
import { drawnSeries, told } from "../reports/figures";
import { Change, MeasureTile } from "../reports/tiles";

const PERIODS = [7, 30, 90] as const;
const TILES = ["ordered_revenue", "orders", "average_order", "margin", "shipped_orders", "refunds"];
const CHARTS = ["ordered_revenue", "orders"];

function firstDay(days: number): string {
  return new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10);
}

export function HowItGoes() {
  const asked = Number(place.value.query.get("days"));
  const days = PERIODS.find((each) => each === asked) ?? 30;
  const { data: known } = useResource<{ items: MeasureView[] }>("/api/reporting/measures");
  const measures = known?.items.filter((each) => TILES.includes(each.name)) ?? [];
  const names = TILES.filter((name) => measures.some((each) => each.name === name));
  const path = names.length > 0 ? withQuery("/api/reporting/report", { from: firstDay(days), group_by: "day", split_by: "channel", top: 3, measures: names.join() }) : null;
  const { data, error, refetch } = useResource<Report>(path, ["sales_order"]);
  const tabs = PERIODS.map((each) => ({ id: String(each), label: t("home.days", { count: each }), href: `/?days=${each}` }));
  return (
    <section class="stack" aria-labelledby="how-it-goes">
      <div class="line wrap">
        <h2 id="how-it-goes" class="section-title grow">{t("home.how_it_goes")}</h2>
        <Tabs label={t("home.period")} tabs={tabs} current={String(days)} />
        <a href={`/reports?from=${firstDay(days)}`}>{t("home.all_reports")}</a>
      </div>
      {error && !data ? <div class="card"><Problem error={error} retry={refetch} /></div> : !data ? <div class="card card-body"><Skeleton lines={6} /></div> : <Figures report={data} measures={measures} />}
    </section>
  );
}

function Figures({ report, measures }: { report: Report; measures: readonly MeasureView[] }) {
  const of = (name: string) => measures.find((each) => each.name === name);
  const shown = TILES.map(of).filter((each) => each !== undefined);
  return (
    <>
      <div class="measure-tiles">
        {shown.map((measure) => <MeasureTile key={measure.name} report={report} measure={measure} href={`/reports?from=${report.first}&measure=${measure.name}`} />)}
      </div>
      <div class="charts">
        {CHARTS.map(of).map((measure) => measure && <ByChannel key={measure.name} report={report} measure={measure} />)}
      </div>
    </>
  );
}

function ByChannel({ report, measure }: { report: Report; measure: MeasureView }) {
  const { name, label } = measure;
  const series = useMemo(() => drawnSeries(report.series, name).map((each) => ({ label: each.label || t("home.other_channels"), values: each.values })), [report, name]);
  const dates = useMemo(() => report.rows.map((row) => row.key), [report]);
  const unit = report.units[name];
  return (
    <div class="card card-body chart-card">
      <div class="line"><h3 class="muted grow">{label}</h3><Change measure={name} unit={unit} now={report.totals[name]} before={report.totals_before?.[name]} /></div>
      {series.length === 0 ? <p class="muted">{t("home.no_orders")}</p> : <TimeSeries label={label} dates={dates} series={series} height={180} format={(value) => told(String(value), unit)} stacked />}
    </div>
  );
}

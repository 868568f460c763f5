/** What the service measured of itself, for those who run it: requests, events, shops, orders, jobs, books, the table. */
import type { FigureSeries, FigureSlot, PlatformFigures } from "../../api_types";
import { TimeSeries } from "../../design/chart";
import { Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { formatNumber } from "../../format";
import { codeText, t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { HoursChoice, seconds, Tile, useHours, useLive } from "../operations/operations";
import { onOneAxis, slotsOf } from "../operations/slots";

/** As many lines as a graph has colours: those with the most of it. */
const LINES = 4;
const milliseconds = (slot: FigureSlot) => Number(slot.p99 ?? 0) / 1000;
const sum = (slot: FigureSlot) => Number(slot.total);
const average = (slot: FigureSlot) => (slot.count ? Number(slot.total) / slot.count : 0);

interface Drawn {
  metrics: readonly string[];
  title: MessageKey;
  value: (slot: FigureSlot) => number;
  format?: (value: number) => string;
}

const GRAPHS: readonly Drawn[] = [
  { metrics: ["Latency"], title: "figures.requests", value: (slot) => slot.count },
  { metrics: ["Latency"], title: "figures.latency", value: milliseconds, format: seconds },
  { metrics: ["ServerErrors"], title: "figures.server_errors", value: sum },
  { metrics: ["EventLag"], title: "figures.event_lag", value: milliseconds, format: seconds },
  { metrics: ["EventsFailed"], title: "figures.events_failed", value: sum },
  { metrics: ["StreamAge"], title: "figures.stream_age", value: milliseconds, format: seconds },
  { metrics: ["WebhookLag"], title: "figures.webhook_lag", value: milliseconds, format: seconds },
  { metrics: ["PushLag"], title: "figures.push_lag", value: milliseconds, format: seconds },
  { metrics: ["OrdersPlaced", "DeliveriesQuarantined"], title: "figures.orders", value: sum },
  { metrics: ["JobsFinished", "JobsFailed"], title: "figures.jobs", value: sum },
  { metrics: ["JobsOpen"], title: "figures.jobs_open", value: average },
  { metrics: ["ReadUnits", "WriteUnits"], title: "figures.units", value: sum },
];

const nameOf = (each: FigureSeries) => (each.member === "all" ? codeText("metric", each.metric) : codeText("domain", each.member));

function Graph({ data, graph }: { data: PlatformFigures; graph: Drawn }) {
  const own = data.series.filter((each) => graph.metrics.includes(each.metric))
    .toSorted((one, other) => other.slots.reduce((all, slot) => all + graph.value(slot), 0) - one.slots.reduce((all, slot) => all + graph.value(slot), 0)).slice(0, LINES);
  const dates = slotsOf(String(data.hours), data.at);
  const series = onOneAxis(dates, own.map((each) => ({ label: nameOf(each), slots: each.slots })), graph.value);
  return (
    <section class="card chart-card">
      <header><h2>{t(graph.title)}</h2></header>
      <div class="card-body stack">
        {series.length === 0 ? <p class="muted">{t("operations.nothing_measured")}</p> : <TimeSeries label={t(graph.title)} dates={dates} series={series} height={160} format={graph.format ?? formatNumber} />}
      </div>
    </section>
  );
}

interface DomainRow {
  domain: string;
  requests: number;
  p99: string | null;
  refused: string;
  failed: string;
  events: number;
  lag: string | null;
}

function Domains({ data }: { data: PlatformFigures }) {
  const of = (metric: string, member: string) => data.series.find((each) => each.metric === metric && each.member === member);
  const members = [...new Set(data.series.filter((each) => each.metric === "Latency" || each.metric === "EventLag").map((each) => each.member))];
  const rows: DomainRow[] = members.map((domain) => ({
    domain, requests: of("Latency", domain)?.count ?? 0, p99: of("Latency", domain)?.p99 ?? null, refused: of("ClientErrors", domain)?.total ?? "0",
    failed: of("ServerErrors", domain)?.total ?? "0", events: of("EventLag", domain)?.count ?? 0, lag: of("EventLag", domain)?.p99 ?? null,
  }));
  const time = (value: string | null) => (value === null ? "" : seconds(Number(value) / 1000));
  const number = (key: keyof DomainRow, label: MessageKey, cell: (row: DomainRow) => string) => ({ key, label: t(label), align: "end" as const, labelled: true, cell });
  const columns = [
    { key: "domain", label: t("figures.domain"), primary: true, cell: (row: DomainRow) => codeText("domain", row.domain) },
    number("requests", "figures.requests_short", (row) => formatNumber(row.requests)),
    number("p99", "figures.p99", (row) => time(row.p99)),
    number("refused", "figures.refused", (row) => formatNumber(row.refused)),
    number("failed", "figures.failed", (row) => formatNumber(row.failed)),
    number("events", "figures.events", (row) => formatNumber(row.events)),
    number("lag", "figures.lag", (row) => time(row.lag)),
  ];
  return <section class="card"><header><h2>{t("figures.by_domain")}</h2></header><Table label={t("figures.by_domain")} rows={rows} columns={columns} rowId={(row) => row.domain} /></section>;
}

function Tiles({ data }: { data: PlatformFigures }) {
  const total = (metric: string) => data.series.filter((each) => each.metric === metric).reduce((all, each) => all + Number(each.total), 0);
  const books = total("UnbalancedLedgers");
  return (
    <div class="measure-tiles">
      <Tile label={t("figures.books")} value={formatNumber(books)} tone={books ? "bad" : "good"} text={t(books ? "figures.books_bad" : "figures.books_good")} />
      <Tile label={t("figures.orders_placed")} value={formatNumber(total("OrdersPlaced"))} />
      <Tile label={t("figures.server_errors_short")} value={formatNumber(total("ServerErrors"))} />
      <Tile label={t("figures.events_failed_short")} value={formatNumber(total("EventsFailed"))} />
      <Tile label={t("figures.usd_per_order")} value={data.usd_per_order === null ? "–" : `${formatNumber(data.usd_per_order)} $`} text={t("figures.prices_of", { prices: data.prices_of })} />
    </div>
  );
}

export function PlatformFiguresPage() {
  const hours = useHours();
  useLive("figures");
  const { data, error, refetch } = useResource<PlatformFigures>(`/api/operators/figures?hours=${hours}`, ["figures"]);
  if (error !== undefined && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  return (
    <>
      <div class="page-header"><h1>{t("figures.title")}</h1><HoursChoice hours={hours} /></div>
      <p class="muted">{t("figures.text")}</p>
      <Tiles data={data} />
      <Domains data={data} />
      <div class="chart-grid">{GRAPHS.map((graph) => <Graph key={graph.title} data={data} graph={graph} />)}</div>
    </>
  );
}

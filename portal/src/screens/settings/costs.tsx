/** What the company costs us: the month, an order, by service and by day; every figure with what it is made of. */
import { useState } from "preact/hooks";
import type { CostLine, Costs } from "../../api_types";
import { TimeSeries } from "../../design/chart";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { formatDate, formatMonth, formatNumber, formatUnitPrice } from "../../format";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { SettingsPage } from "./layout";

const CURRENCY = "USD";

/** The month so many months before or after one, `YYYY-MM`. */
export function monthBeside(month: string, by: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** A price as the price pages have it. */
function priceText(line: CostLine): string {
  const price = formatUnitPrice(line.price_usd, CURRENCY);
  return line.per === 1 ? price : t("cost.for_each", { price, per: formatNumber(line.per) });
}

/** Every day of the month up to now; in cents, or millionths of a dollar, where dollars would all be nought. */
function Days({ found }: { found: Costs }) {
  const costs = new Map(found.days.map((each) => [each.day, Number(each.usd)]));
  const last = Number(monthBeside(found.month, 1) > today().slice(0, 7) ? today().slice(8) : new Date(Date.parse(`${monthBeside(found.month, 1)}-01`) - 1).toISOString().slice(8, 10));
  const dates = Array.from({ length: Math.max(2, last) }, (_, at) => `${found.month}-${String(at + 1).padStart(2, "0")}`);
  const most = Math.max(...costs.values());
  const [unit, factor] = most >= 1 ? [t("cost.in_dollars"), 1] as const : most >= 0.1 ? [t("cost.in_cents"), 100] as const : [t("cost.in_millionths"), 1_000_000] as const;
  return (
    <section class="card">
      <header><h2>{t("cost.by_day")}</h2></header>
      <div class="card-body">
        <TimeSeries label={t("cost.by_day")} dates={dates} stacked series={[{ label: unit, values: dates.map((day) => (costs.get(day) ?? 0) * factor) }]} />
      </div>
    </section>
  );
}

/** A month's costs: also for the operators' page of a tenant. */
export function CostBreakdown({ found }: { found: Costs }) {
  const rows = found.lines.map((line) => ({ ...line, id: line.meter }));
  const columns = [
    { key: "meter", label: t("cost.what"), primary: true, cell: (row: CostLine) => <div><div>{codeText("cost_meter", row.meter)}</div><div class="small muted">{row.service}</div></div> },
    { key: "quantity", label: t("cost.quantity"), align: "end" as const, labelled: true, cell: (row: CostLine) => formatNumber(row.quantity) },
    { key: "unit", label: t("cost.unit_price"), align: "end" as const, labelled: true, cell: (row: CostLine) => priceText(row) },
    { key: "usd", label: t("cost.amount"), align: "end" as const, labelled: true, cell: (row: CostLine) => formatUnitPrice(row.usd, CURRENCY) },
  ];
  return (
    <div class="stack roomy">
      <section class="card">
        <div class="card-body">
          <dl class="facts">
            <dt>{t("cost.month")}</dt><dd><strong>{formatUnitPrice(found.usd, CURRENCY)}</strong></dd>
            <dt>{t("cost.orders")}</dt><dd>{formatNumber(found.orders)}</dd>
            <dt>{t("cost.per_order")}</dt><dd>{found.usd_per_order === null ? t("cost.no_orders") : formatUnitPrice(found.usd_per_order, CURRENCY)}</dd>
          </dl>
          <p class="small muted">{t("cost.per_order_how")}</p>
        </div>
      </section>
      {found.days.length > 0 && <Days found={found} />}
      <section class="card">
        <header><h2>{t("cost.by_service")}</h2></header>
        {rows.length > 0 ? <Table label={t("cost.by_service")} rows={rows} columns={columns} rowId={(row) => row.id} /> : <p class="card-body muted">{t("cost.nothing")}</p>}
        <p class="card-body small muted">{t("cost.prices", { region: found.region, day: formatDate(found.prices_read_on) })}</p>
      </section>
    </div>
  );
}

export function CostsScreen() {
  const [month, setMonth] = useState(today().slice(0, 7));
  const { data: found, error, refetch } = useResource<Costs>(`/api/subscriptions/costs?month=${month}`, ["cost"]);
  const now = today().slice(0, 7);
  return (
    <SettingsPage section="costs" wide>
      <div class="stack roomy">
        <div class="line spread wrap">
          <h2>{t("cost.title")}</h2>
          <div class="line">
            <button type="button" class="button small" onClick={() => setMonth(monthBeside(month, -1))}>{t("cost.before")}</button>
            <strong>{formatMonth(`${month}-01`)}</strong>
            <button type="button" class="button small" disabled={month >= now} onClick={() => setMonth(monthBeside(month, 1))}>{t("cost.after")}</button>
          </div>
        </div>
        <Notice>{t("cost.about")}</Notice>
        {error !== undefined && !found && <Problem error={error} retry={refetch} />}
        {!found && error === undefined && <Skeleton lines={6} />}
        {found && <CostBreakdown found={found} />}
      </div>
    </SettingsPage>
  );
}

/** The parts of a connection's page: what is missing, its lag, its stock as wanted and as shown, its bindings, its runs. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { BindingRow, LagDay, LagView, ShopFinding, StockPage, StockShown } from "../../api_types";
import { announce } from "../../changes";
import { Bar, TimeSeries } from "../../design/chart";
import { Explain } from "../../design/explain";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import type { Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { ask } from "../../design/overlay";
import { Table } from "../../design/table";
import { toast, toastError } from "../../design/toast";
import { Badge, CopyId, Dash, DateTime, Quantity } from "../../design/values";
import type { FormField, Row } from "../../entities";
import { formatNumber } from "../../format";
import { codeText, has, t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { usePages } from "../pages";
import { FormDialog } from "../settings/form_dialog";
import type { Connection } from "./connections";

/** Our words for what a shop or the way to it said; its own words only where we have none. */
export function failureText(code: string, message: string): string {
  const key = `shop_failure.${code}`;
  return has(key) ? t(key) : message;
}

/** What stands in the way, each with what it means and what to do, in the reader's words. */
export function Findings({ missing, warnings }: { missing: readonly ShopFinding[]; warnings: readonly ShopFinding[] }) {
  if (missing.length === 0 && warnings.length === 0) return <Notice tone="good">{t("connection.nothing_missing")}</Notice>;
  const words = (finding: ShopFinding) => {
    const key = `finding.${finding.code}`;
    return has(key) ? t(key) : codeText("finding", finding.code);
  };
  const advice = (finding: ShopFinding) => {
    const key = `finding_text.${finding.code}`;
    const reason = finding.parameters.reason ?? "";
    return has(key) ? t(key, { ...finding.parameters, reason: failureText(reason, finding.message) }) : finding.message;
  };
  const draw = (finding: ShopFinding, tone: "bad" | "warn") => (
    <Notice key={finding.code} tone={tone}><strong>{words(finding)}</strong><div>{advice(finding)}</div></Notice>
  );
  return <div class="stack">{missing.map((each) => draw(each, "bad"))}{warnings.map((each) => draw(each, "warn"))}</div>;
}

export function Health({ connection }: { connection: Connection }) {
  return (
    <div class="stack">
      {connection.left_alone_until && <Notice tone="warn">{t("connection.left_alone")} <DateTime instant={connection.left_alone_until} /></Notice>}
      {connection.last_error && <Notice tone="bad">{failureText(connection.last_error_code, connection.last_error)}</Notice>}
      <Findings missing={connection.missing} warnings={connection.warnings} />
    </div>
  );
}

/** A second is good, ten are the most one should wait for another shop to know of a sale. */
const SCALE_SECONDS = 10;

function LagFigure({ label, value }: { label: string; value: string | null }) {
  return (
    <div class="lag-figure">
      <span class="muted small">{label}</span>
      <strong class="figure">{value === null ? <Dash /> : t("value.seconds", { value: formatNumber(Number(value).toFixed(2)) })}</strong>
      <Bar share={value === null ? 0 : Number(value) / SCALE_SECONDS} label={label} />
    </div>
  );
}

/** Thirty days of lag; one day alone is no series. */
function LagDays({ id }: { id: string }) {
  const { data } = useResource<{ items: readonly LagDay[] }>(`/api/channels/connections/${id}/lag`, ["connection"]);
  if (!data || data.items.length < 2) return null;
  const values = (key: "p50_seconds" | "p99_seconds") => data.items.map((each) => Number(each[key]));
  const series = [{ label: t("connection.p50"), values: values("p50_seconds") }, { label: t("connection.p99"), values: values("p99_seconds") }];
  const format = (value: number) => t("value.seconds", { value: formatNumber(value.toFixed(2)) });
  return <TimeSeries label={t("attribute.lag")} dates={data.items.map((each) => each.day)} series={series} height={160} format={format} />;
}

export function LagCard({ id }: { id: string }) {
  const { data, error, refetch } = useResource<{ items: readonly LagView[] }>("/api/channels/lag?last=1000", ["connection"]);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={3} />;
  const lag = data.items.find((each) => each.connection_id === id);
  if (!lag || lag.count === 0) return <p class="muted">{t("connection.no_lag")}</p>;
  return (
    <div class="stack">
      <div class="lag">
        <LagFigure label={t("connection.p50")} value={lag.p50_seconds} />
        <LagFigure label={t("connection.p99")} value={lag.p99_seconds} />
        <LagFigure label={t("connection.longest")} value={lag.longest_seconds} />
      </div>
      <p class="small muted">{t("connection.lag_text", { count: lag.count })}</p>
      <LagDays id={id} />
    </div>
  );
}

export function StockCard({ id }: { id: string }) {
  const address = `/api/channels/connections/${id}/stock`;
  const { data, error, refetch } = useResource<StockPage>(address, ["connection", "stock_level"]);
  const [onlyLate, setOnlyLate] = useState(false);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={4} />;
  if (data.items.length === 0) return <p class="muted">{t("connection.no_stock")}</p>;
  const late = data.items.filter((row) => !row.is_shown);
  const columns = [
    { key: "sku", label: t("attribute.sku"), primary: true, cell: (row: StockShown) => row.sku },
    { key: "want", label: t("connection.wanted"), align: "end" as const, labelled: true, cell: (row: StockShown) => <Explain path={`/api/channels/connections/${id}/stock/${encodeURIComponent(row.sku)}/explain`} label={`${t("connection.wanted")} ${row.sku}`}><Quantity value={row.want_quantity} /></Explain> },
    { key: "sent", label: t("connection.shown"), align: "end" as const, labelled: true, cell: (row: StockShown) => (row.shown_quantity ?? row.sent_quantity) === null ? <Dash /> : <Quantity value={row.shown_quantity ?? row.sent_quantity} /> },
    {
      key: "state", label: t("attribute.state"),
      cell: (row: StockShown) => row.error_message ? <span title={row.error_message}><Badge tone="bad">{t("connection.refused")}</Badge></span>
        : <Badge tone={row.is_shown ? "good" : "warn"}>{t(row.is_shown ? "connection.up_to_date" : "connection.on_its_way")}</Badge>,
    },
    { key: "sent_at", label: t("connection.sent_at"), labelled: true, cell: (row: StockShown) => <DateTime instant={row.sent_at} /> },
  ];
  return (
    <div class="stack flush">
      <div class="line wrap">
        <span class="grow muted small">{t("connection.stock_text", { count: data.items.length, late: late.length, waiting: data.waiting_count })}</span>
        <label class="line small"><input type="checkbox" checked={onlyLate} onChange={(event) => setOnlyLate(event.currentTarget.checked)} />{t("connection.only_late")}</label>
      </div>
      <div class="card-scroll" role="group" aria-label={t("connection.stock")} tabIndex={0}><Table label={t("connection.stock")} rows={onlyLate ? late : data.items} columns={columns} rowId={(row) => row.sku} /></div>
    </div>
  );
}

const BINDING: readonly FormField[] = [
  { key: "sku", label: "binding.our_sku", type: "text", required: true },
  { key: "product_external_id", label: "binding.product", type: "text", required: true, help: "binding.product_help" },
  { key: "variation_external_id", label: "binding.variation", type: "text", help: "binding.variation_help" },
];

async function unbind(id: string, binding: BindingRow): Promise<void> {
  const sure = await ask({ title: t("binding.remove"), text: t("binding.remove_question", { sku: binding.sku }), confirm: t("binding.remove"), danger: true });
  if (!sure) return;
  await api.delete(`/api/channels/connections/${id}/bindings/${binding.id}`);
  announce("binding", binding.id);
}

export function BindingsCard({ id }: { id: string }) {
  const address = `/api/channels/connections/${id}/bindings`;
  const pages = usePages(address, {}, ["binding", "connection"]);
  const [open, setOpen] = useState(false);
  const mayManage = may("channels.manage");
  async function bind(body: Values, idempotencyKey: string): Promise<void> {
    const made = await api.post<Row>(address, body, { idempotencyKey });
    announce("binding", made.body.id);
    toast(t("action.saved"));
  }
  const columns = [
    { key: "sku", label: t("binding.our_sku"), primary: true, cell: (row: BindingRow) => row.sku },
    { key: "name", label: t("binding.name"), cell: (row: BindingRow) => row.name || <Dash /> },
    { key: "external", label: t("binding.product"), cell: (row: BindingRow) => <CopyId id={[row.product_external_id, row.variation_external_id].filter(Boolean).join(" / ")} /> },
    {
      key: "remove", label: t("binding.remove"), align: "end" as const,
      cell: (row: BindingRow) => mayManage && <button type="button" class="button quiet small" aria-label={`${t("binding.remove")} ${row.sku}`} onClick={() => void unbind(id, row).catch(toastError)}>{t("binding.remove")}</button>,
    },
  ];
  const rows = pages.items as unknown as readonly BindingRow[];
  return (
    <div class="stack flush">
      {pages.error !== undefined && rows.length === 0 && <Problem error={pages.error} retry={pages.refetch} />}
      {rows.length === 0 && !pages.loading && <p class="muted">{t("binding.none")}</p>}
      {rows.length > 0 && <div class="card-scroll" role="group" aria-label={t("binding.plural")} tabIndex={0}><Table label={t("binding.plural")} rows={rows} columns={columns} rowId={(row) => row.id} /></div>}
      <div class="line">
        {mayManage && <button type="button" class="button small" onClick={() => setOpen(true)}><Icon name="plus" size={12} />{t("binding.add")}</button>}
        {pages.hasMore && <button type="button" class="button quiet small" disabled={pages.loading} onClick={pages.more}>{t("list.more")}</button>}
      </div>
      {open && <FormDialog title={t("binding.add")} fields={BINDING} submit={t("action.save")} send={bind} onClose={() => setOpen(false)} />}
    </div>
  );
}

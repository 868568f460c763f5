/** Connected shops: how they feel, how late they are, what they show, and the rules they follow. */
import "./deliveries";
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { ConnectionRow, ConnectionView, JobView, SyncRun } from "../../api_types";
import { announce } from "../../changes";
import type { Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { lazily } from "../../design/lazy";
import { ask } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { Badge, Dash } from "../../design/values";
import { defineEntity } from "../../entities";
import { formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { may } from "../../session";
import { FormDialog } from "../settings/form_dialog";
import { SecretOnce } from "../settings/secret_once";
import { Farewells } from "./farewells";
import { credentialsOf, RULES } from "./fields";
import { BindingsCard, Health, LagCard, StockCard } from "./parts";
import { ImportCard } from "./product_import";
import { RunDialog } from "./runs";

const NewConnection = lazily(() => import("./new_connection").then((module) => module.NewConnection));

/** A document; a row of the list carries what `ConnectionRow` says alone. */
export type Connection = ConnectionView & ConnectionRow;

const seconds = (value: string | null) => (value === null ? <Dash /> : <span class="figure">{t("value.seconds", { value: formatNumber(Number(value).toFixed(2)) })}</span>);

/** Another key, with the rules as they are. */
function NewKey({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  async function send(body: Values): Promise<void> {
    const names = ["name", ...RULES.map((field) => field.key), "requests_per_second"] as const;
    const rules = Object.fromEntries(names.map((name) => [name, (connection as unknown as Values)[name]]));
    await api.put(`/api/channels/connections/${connection.id}`, { ...rules, ...body }, { etag: `"${connection.version}"` });
    announce("connection", connection.id);
    toast(t("action.saved"));
  }
  return (
    <FormDialog title={t("connection.new_key")} fields={credentialsOf(connection.platform)} submit={t("connection.connect_and_test")} send={send} onClose={onClose}>
      <p class="muted">{t("connection.new_key_text")}</p>
    </FormDialog>
  );
}

const ASKED_MS = 700;

/** A look at the shop, once it is over. */
async function ended(address: string, run: SyncRun): Promise<SyncRun> {
  let now = run;
  while (now.ended_at === null) {
    await new Promise((resolve) => { setTimeout(resolve, ASKED_MS); });
    now = (await api.get<SyncRun>(`${address}/runs/${run.id}`)).body;
  }
  return now;
}

/** What looks at the whole shop or tells a secret once: each has a result of its own to show. */
function Commands({ connection }: { connection: Connection }) {
  const [secret, setSecret] = useState("");
  const [run, setRun] = useState<SyncRun | null>(null);
  const [busy, setBusy] = useState("");
  const [keying, setKeying] = useState(false);
  const address = `/api/channels/connections/${connection.id}`;
  async function doing(name: string, work: () => Promise<void>): Promise<void> {
    setBusy(name);
    await work().catch(toastError);
    setBusy("");
    announce("connection", connection.id);
  }
  const test = () => doing("test", async () => {
    const answer = await api.post<Connection>(`${address}/test`);
    toast(t(answer.body.missing.length === 0 ? "connection.test_good" : "connection.test_bad"));
  });
  const importProducts = () => doing("import-products", async () => announce("job", (await api.post<JobView>(`${address}/import-products`)).body.id));
  const reconcile = () => doing("reconcile", async () => setRun(await ended(address, (await api.post<SyncRun>(`${address}/reconcile`)).body)));
  async function rotate(): Promise<void> {
    const sure = await ask({ title: t("connection.rotate"), text: t("connection.rotate_question"), confirm: t("connection.rotate") });
    if (sure) await doing("rotate", async () => setSecret((await api.post<{ webhook_secret: string }>(`${address}/rotate-secret`)).body.webhook_secret));
  }
  async function remove(): Promise<void> {
    const sure = await ask({ title: t("connection.remove"), text: t("connection.remove_question", { name: connection.name }), confirm: t("connection.remove"), danger: true });
    if (!sure) return;
    await api.delete(address);
    toast(t("connection.removed", { name: connection.name }));
    window.history.back();
  }
  if (!may("channels.manage")) return <p class="muted">{t("connection.not_allowed")}</p>;
  return (
    <div class="stack">
      <button type="button" class="button" disabled={busy !== ""} onClick={() => void test()}><Icon name="bolt" />{t(busy === "test" ? "state.loading" : "connection.test")}</button>
      <button type="button" class="button" disabled={busy !== ""} onClick={() => void importProducts()}><Icon name="download" />{t(busy === "import-products" ? "state.loading" : "connection.import_products")}</button>
      <button type="button" class="button" disabled={busy !== ""} onClick={() => void reconcile()}><Icon name="refresh" />{t(busy === "reconcile" ? "state.loading" : "connection.reconcile")}</button>
      <button type="button" class="button" disabled={busy !== ""} onClick={() => void rotate()}><Icon name="clock" />{t("connection.rotate")}</button>
      <button type="button" class="button" disabled={busy !== ""} onClick={() => setKeying(true)}><Icon name="link" />{t("connection.new_key")}</button>
      <button type="button" class="button danger" disabled={busy !== ""} onClick={() => void remove().catch(toastError)}>{t("connection.remove")}</button>
      {keying && <NewKey connection={connection} onClose={() => setKeying(false)} />}
      {secret && <SecretOnce title={t("connection.new_secret")} secret={secret} onClose={() => setSecret("")} />}
      {run && <RunDialog run={run} onClose={() => setRun(null)} />}
    </div>
  );
}

export const connections = defineEntity<Connection>({
  kind: "connection",
  path: "/api/channels/connections",
  route: "/channels",
  icon: "channels",
  plural: "connection.plural",
  singular: "connection.singular",
  title: (connection) => connection.name,
  state: (connection) => connection.state,
  states: {
    active: { label: "state.active", tone: "good" },
    paused: { label: "state.paused", tone: "warn" },
    failing: { label: "state.failing", tone: "bad" },
  },
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true },
    { key: "state", label: "attribute.state", type: "state" },
    { key: "platform", label: "attribute.platform", type: "text", render: (row) => codeText("platform", row.platform) },
    { key: "lag_p50_seconds", label: "connection.p50", type: "count", labelled: true, render: (row) => seconds(row.lag_p50_seconds) },
    { key: "lag_p99_seconds", label: "connection.p99", type: "count", labelled: true, render: (row) => seconds(row.lag_p99_seconds) },
    { key: "failure_count", label: "attribute.failure_count", type: "count", labelled: true },
    {
      key: "missing_count", label: "connection.missing", type: "text", labelled: true,
      render: (row) => (row.missing_count > 0 ? <Badge tone="bad">{t("connection.missing_count", { count: row.missing_count })}</Badge> : <Dash />),
    },
    { key: "last_synced_at", label: "attribute.last_synced_at", type: "instant" },
  ],
  filters: [{ key: "state", type: "state" }],
  follows: ["binding", "delivery"],
  notice: () => <Farewells />,
  ways: [{ label: "delivery.plural", href: "/channels/deliveries", permission: "channels.read" }],
  actions: [
    { name: "resume", label: "connection.resume", from: ["paused", "failing"], primary: true, permission: "channels.manage" },
    { name: "pause", label: "connection.pause", from: ["active", "failing"], undo: { name: "resume" }, permission: "channels.manage" },
  ],
  sections: [
    { title: "connection.health", type: "custom", draw: (connection) => <Health connection={connection} /> },
    { title: "shop_import.title", type: "custom", draw: (connection) => <ImportCard id={connection.id} /> },
    { title: "attribute.lag", type: "custom", draw: (connection) => <LagCard id={connection.id} /> },
    { title: "connection.stock", type: "custom", draw: (connection) => <StockCard id={connection.id} /> },
    { title: "binding.plural", type: "custom", draw: (connection) => <BindingsCard id={connection.id} /> },
    {
      title: "run.plural", type: "list", kinds: ["connection", "sync_run"],
      path: (connection) => `/api/channels/connections/${connection.id}/runs?limit=10`,
      columns: [
        { key: "kind", label: "run.kind", type: "text", primary: true, render: (run) => codeText("run", String(run.kind)) },
        { key: "started_at", label: "attribute.date", type: "instant" },
        { key: "read_count", label: "run.read", type: "count", labelled: true },
        { key: "changed_count", label: "run.changed", type: "count", labelled: true },
        { key: "problem_count", label: "run.problems", type: "count", labelled: true },
      ],
    },
    { title: "connection.commands", type: "custom", side: true, draw: (connection) => <Commands connection={connection} /> },
    {
      title: "connection.singular", type: "facts", side: true,
      facts: [
        { key: "platform_version", label: "connection.platform_version", type: "text" },
        { key: "base_url", label: "attribute.base_url", type: "code" },
        { key: "webhook_url", label: "connection.webhook_url", type: "code" },
        { key: "currency", label: "attribute.currency", type: "text" },
        { key: "prices_include_tax", label: "price_list.include_vat", type: "boolean" },
        { key: "last_synced_at", label: "attribute.last_synced_at", type: "instant" },
        { key: "checked_at", label: "connection.checked_at", type: "instant" },
        { key: "webhook_secret_rotated_at", label: "connection.rotated_at", type: "instant" },
      ],
    },
  ],
  create: { permission: "channels.manage", label: "connection.connect", screen: () => <NewConnection /> },
  edit: {
    permission: "channels.manage",
    fields: [
      { key: "name", label: "attribute.name", type: "text", required: true },
      ...RULES,
      { key: "requests_per_second", label: "connection.requests_per_second", type: "decimal" },
    ],
  },
  empty: { title: "connection.empty_title", text: "connection.empty_text" },
});

/** One company: how it does, what an operator may do to it, and the way in by its consent. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { SupportRow, Acted, ActRow, Fault, TenantFile, TenantHealth, TenantView } from "../../api_types";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import type { Values } from "../../design/form";
import { Table } from "../../design/table";
import { toast, toastError } from "../../design/toast";
import { Badge, CopyId, Dash, DateTime, KeyValue } from "../../design/values";
import type { FormField } from "../../entities";
import { formatNumber } from "../../format";
import { codeText, t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { FormDialog } from "../settings/form_dialog";
import { Rows } from "../settings/rows";
import { operator } from "./session";
import { TenantState } from "./tenants";

const REASON: FormField = { key: "reason", label: "operators.reason", type: "textarea", required: true, help: "operators.reason_help" };
const HEALTH: readonly (keyof TenantHealth)[] = [
  "connections_failing", "quarantined", "pushes_failed", "webhooks_off", "unbalanced_years", "dead_letters", "faults", "webhooks_waiting", "jobs_open", "entries_uncounted",
];
const GRAVE: ReadonlySet<keyof TenantHealth> = new Set(["connections_failing", "quarantined", "pushes_failed", "webhooks_off", "unbalanced_years", "dead_letters"]);
const PLANS = ["free", "starter", "growth", "scale"] as const;

interface Deed {
  name: string;
  label: MessageKey;
  text: MessageKey;
  fields: readonly FormField[];
  danger?: boolean;
}

function deeds(file: TenantFile): readonly Deed[] {
  const found: Deed[] = [];
  if (file.state === "trialing" && file.plan === "trial") {
    found.push({ name: "extend-trial", label: "operators.extend_trial", text: "operators.extend_trial_text", fields: [{ key: "last_day", label: "operators.last_day", type: "date", required: true }, REASON] });
  }
  found.push({
    name: "change-plan", label: "operators.change_plan", text: "operators.change_plan_text",
    fields: [
      { key: "plan", label: "operators.plan", type: "choice", required: true, options: PLANS.map((value) => ({ value, text: codeText("plan", value) })) },
      { key: "extra_seats", label: "subscription.seats", type: "integer", initial: "0" }, REASON,
    ],
  });
  found.push(file.is_held
    ? { name: "release", label: "operators.release", text: "operators.release_text", fields: [REASON] }
    : { name: "hold", label: "operators.hold", text: "operators.hold_text", fields: [REASON], danger: true });
  return found;
}

const ASK: Deed = {
  name: "support-accesses", label: "operators.ask_support", text: "operators.ask_support_text",
  fields: [REASON, { key: "hours", label: "operators.hours", type: "integer", required: true, initial: "4" }, { key: "wants_write", label: "operators.wants_write", type: "boolean" }],
};

function Facts({ found }: { found: TenantView }) {
  const { file } = found;
  return (
    <section class="card">
      <header><h2>{t("operators.facts")}</h2></header>
      <div class="card-body">
        <KeyValue items={[
          [t("operators.plan"), codeText("plan", file.plan)], [t("attribute.state"), <TenantState state={file.is_held ? "held" : file.state} />],
          ...(file.state === "trialing" ? [[t("operators.trial_ends"), <DateTime instant={file.trial_ends_at} />] as [string, preact.JSX.Element]] : []),
          [t("operators.created"), <DateTime instant={file.created_at} />],
          [t("operators.last_activity"), file.last_activity_at ? <DateTime instant={file.last_activity_at} /> : <Dash />],
          [t("settings.users"), t("operators.users_invited", { users: file.users, invited: file.invitations })],
          ...file.usage.filter((each) => each.what !== "seats").map((each) => [codeText("subscription_usage", each.what), <Amount what={each.what} used={each.used} limit={each.limit} />] as [string, preact.JSX.Element]),
          [t("attribute.tenant_id"), <CopyId id={file.id} />],
        ]} />
      </div>
    </section>
  );
}

function Amount({ what, used, limit }: { what: string; used: number; limit: number }) {
  const shown = (value: number) => (what === "storage_bytes" ? t("subscription.gigabytes", { count: formatNumber((value / 1e9).toFixed(2)) }) : formatNumber(value));
  return <span>{t("subscription.used_of", { used: shown(used), limit: shown(limit) })}</span>;
}

function Health({ found }: { found: TenantView }) {
  const { health } = found.file;
  const columns = [
    { key: "where", label: t("operators.fault_where"), primary: true, cell: (row: Fault) => <code>{row.where}</code> },
    { key: "what", label: t("audit.what"), cell: (row: Fault) => <code class="wrapping">{row.what}</code> },
    { key: "error", label: t("operators.fault_error"), cell: (row: Fault) => <span>{row.error}{row.is_dead && <> <Badge tone="bad">{t("operators.dead_letter")}</Badge></>}</span> },
    { key: "at", label: t("audit.when"), labelled: true, cell: (row: Fault) => <DateTime instant={row.at} /> },
    { key: "request", label: t("requests.request_id"), cell: (row: Fault) => <CopyId id={row.correlation_id} /> },
  ];
  return (
    <section class="card">
      <header><h2>{t("operators.health")}</h2></header>
      <div class="card-body stack">
        <KeyValue items={HEALTH.map((name) => [codeText("tenant_health", name), GRAVE.has(name) && health[name] > 0 ? <Badge tone="bad">{health[name]}</Badge> : formatNumber(health[name])])} />
      </div>
      {found.faults.length > 0
        ? <Table label={t("operators.faults")} rows={found.faults} columns={columns} rowId={(row) => row.id} />
        : <p class="card-body muted">{t("operators.no_faults")}</p>}
    </section>
  );
}

function Accesses({ found, onDone }: { found: TenantView; onDone: () => void }) {
  const begin = (row: SupportRow) => `/api/operators/tenants/${encodeURIComponent(found.file.id)}/support-accesses/${row.id}`;
  const isOpen = (row: SupportRow) => row.operator_name === operator.value?.name && new Date(row.ends_at) > new Date();
  async function enter(row: SupportRow): Promise<void> {
    await api.post(`${begin(row)}/enter`);
    location.assign("/");
  }
  const giveBack = (row: SupportRow) => api.post(`${begin(row)}/give-back`).then(onDone);
  const columns = [
    { key: "reason", label: t("operators.reason"), primary: true, wraps: true, cell: (row: SupportRow) => row.reason },
    { key: "state", label: t("attribute.state"), cell: (row: SupportRow) => <Badge tone={row.state === "granted" ? "good" : row.state === "requested" ? "info" : "quiet"}>{codeText("support_state", row.state)}</Badge> },
    { key: "by", label: t("operators.asked_by"), labelled: true, cell: (row: SupportRow) => row.operator_name },
    { key: "until", label: t("operators.until"), labelled: true, cell: (row: SupportRow) => <DateTime instant={row.ends_at} /> },
    { key: "what", label: t("operators.may"), labelled: true, cell: (row: SupportRow) => t((row.state === "requested" ? row.wants_write : row.may_write) ? "support.may_write" : "support.may_read") },
    {
      key: "do", label: t("operators.actions"), align: "end" as const,
      cell: (row: SupportRow) => isOpen(row) && ["requested", "granted"].includes(row.state) && (
        <span class="line wrap">
          {row.state === "granted" && <button type="button" class="button small primary" onClick={() => void enter(row).catch(toastError)}>{t("operators.enter")}</button>}
          <button type="button" class="button small" onClick={() => void giveBack(row).catch(toastError)}>{t("operators.give_back")}</button>
        </span>
      ),
    },
  ];
  return (
    <section class="card">
      <header><h2>{t("operators.accesses")}</h2></header>
      {found.accesses.length > 0
        ? <Table label={t("operators.accesses")} rows={found.accesses} columns={columns} rowId={(row) => row.id} />
        : <p class="card-body muted">{t("operators.no_accesses")}</p>}
    </section>
  );
}

export function actColumns() {
  return [
    { key: "act", label: t("audit.what"), primary: true, cell: (row: ActRow) => <span>{codeText("timeline", row.act)}{row.facts && <span class="muted"> · {row.facts}</span>}</span> },
    { key: "state", label: t("attribute.state"), cell: (row: ActRow) => <Badge tone={row.state === "done" ? "good" : row.state === "refused" ? "bad" : "warn"}>{codeText("act_state", row.state)}</Badge> },
    { key: "reason", label: t("operators.reason"), wraps: true, cell: (row: ActRow) => row.reason },
    { key: "who", label: t("audit.who"), labelled: true, cell: (row: ActRow) => row.operator_name },
    { key: "at", label: t("audit.when"), labelled: true, cell: (row: ActRow) => <DateTime instant={row.at} /> },
  ];
}

export function TenantPage({ id }: { id: string }) {
  const address = `/api/operators/tenants/${encodeURIComponent(id)}`;
  const { data, error, refetch } = useResource<TenantView>(address);
  const [deed, setDeed] = useState<Deed | null>(null);
  const [round, setRound] = useState(0);
  const done = () => { setRound((before) => before + 1); void refetch(); };
  async function send(body: Values, idempotencyKey: string): Promise<void> {
    await api.post<Acted>(`${address}/${deed?.name}`, body, { idempotencyKey });
    toast(t("operators.done"));
    done();
  }
  if (error !== undefined && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  return (
    <>
      <div class="page-header">
        <h1>{data.file.name}</h1>
        {deeds(data.file).map((each) => <button key={each.name} type="button" class={`button ${each.danger ? "danger" : ""}`} onClick={() => setDeed(each)}>{t(each.label)}</button>)}
        <button type="button" class="button primary" onClick={() => setDeed(ASK)}>{t("operators.ask_support")}</button>
      </div>
      {data.file.is_held && <Notice tone="bad">{t("operators.held_notice")}</Notice>}
      <div class="subscription-top"><Facts found={data} /><Health found={data} /></div>
      <Accesses found={data} onDone={done} />
      <Rows<ActRow> key={round} title={t("operators.acts")} path="/api/operators/acts" query={{ tenant: id }} kinds={[]} columns={actColumns()} empty={t("operators.no_acts")} />
      {deed && (
        <FormDialog title={t(deed.label)} submit={t(deed.label)} danger={deed.danger} fields={deed.fields} send={send} onClose={() => setDeed(null)}>
          <p class="muted">{t(deed.text)}</p>
        </FormDialog>
      )}
    </>
  );
}

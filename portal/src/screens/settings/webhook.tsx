/** One webhook endpoint: how it does, what can be done with it, and every message with its attempts. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api";
import type { Attempt, NewSecretView, WebhookEndpointView, WebhookMessageRow, WebhookMessageView } from "../../api_types";
import { announce } from "../../changes";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import type { Values } from "../../design/form";
import { ask, Dialog } from "../../design/overlay";
import { Table } from "../../design/table";
import { toast, toastError } from "../../design/toast";
import { Badge, Dash, DateTime, KeyValue, type Tone } from "../../design/values";
import type { FormField } from "../../entities";
import { formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { navigate } from "../../router";
import { FormDialog } from "./form_dialog";
import { SettingsPage } from "./layout";
import { Rows } from "./rows";
import { SecretOnce } from "./secret_once";
import { EndpointEditor, ENDPOINTS, EndpointState } from "./webhook_editor";

const MESSAGES = "/api/webhooks/messages";
const SOON_MS = 5000;
const TONES: Readonly<Record<string, Tone>> = { delivered: "good", failed: "bad", pending: "warn" };
const STATES = ["", "pending", "failed", "delivered"] as const;
const SINCE: readonly FormField[] = [{ key: "day", label: "webhooks.since", type: "date", required: true, help: "webhooks.since_help" }];

/** Messages are told by no changes feed: while somebody looks, their list is asked again. */
function useFreshMessages(): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") announce("webhook_message", "");
    }, SOON_MS);
    return () => clearInterval(timer);
  }, []);
}

function MessageState({ message }: { message: Pick<WebhookMessageRow, "state"> }) {
  return <Badge tone={TONES[message.state] ?? "neutral"}>{codeText("webhooks", message.state)}</Badge>;
}

function eventText(type: string): string {
  return type === "ping" ? t("webhooks.ping") : codeText("timeline", type);
}

function readable(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 2);
}

function MessageDialog({ id, mayResend, onClose }: { id: string; mayResend: boolean; onClose: () => void }) {
  const { data, error } = useResource<WebhookMessageView>(`${MESSAGES}/${id}`, ["webhook_message"]);
  async function resend(): Promise<void> {
    await api.post(`${MESSAGES}/${id}/resend`);
    announce("webhook_message", id);
    toast(t("webhooks.sent_again"));
  }
  const columns = [
    { key: "at", label: t("webhooks.at"), primary: true, cell: (row: Attempt) => <DateTime instant={row.at} /> },
    { key: "code", label: t("webhooks.result"), cell: (row: Attempt) => <span>{codeText("webhooks", row.code)}{row.status ? ` (${row.status})` : ""}</span> },
    { key: "milliseconds", label: t("webhooks.took"), align: "end" as const, labelled: true, cell: (row: Attempt) => t("developers.milliseconds", { value: formatNumber(row.milliseconds) }) },
    { key: "answer", label: t("webhooks.answer"), cell: (row: Attempt) => (row.answer ? <code class="wrapping small">{row.answer}</code> : <Dash />) },
  ];
  const buttons = (
    <>
      <button type="button" class="button" onClick={onClose}>{t("action.close")}</button>
      {mayResend && data && <button type="button" class="button primary" onClick={() => void resend().catch(toastError)}>{t(data.state === "pending" ? "webhooks.send_now" : "webhooks.resend")}</button>}
    </>
  );
  return (
    <Dialog title={data ? `${eventText(data.event_type)} ${data.subject_number}` : t("webhooks.message")} onClose={onClose} footer={buttons} wide>
      {error !== undefined && !data && <Problem error={error} />}
      {!data && !error && <Skeleton lines={4} />}
      {data && (
        <div class="stack">
          <KeyValue
            items={[
              [t("attribute.state"), <MessageState message={data} />], ["webhook-id", <code class="wrapping">{data.webhook_id}</code>],
              [t("webhooks.next_attempt"), data.next_attempt_at ? <DateTime instant={data.next_attempt_at} /> : null],
            ]}
          />
          {data.attempts.length > 0 && <Table label={t("webhooks.attempts")} rows={data.attempts} columns={columns} rowId={(row) => row.at} />}
          {data.attempts.length === 0 && <p class="muted">{t("webhooks.no_attempts")}</p>}
          <pre class="code" tabIndex={0} aria-label={t("webhooks.body")}>{readable(data.body)}</pre>
        </div>
      )}
    </Dialog>
  );
}

function Log({ endpoint }: { endpoint: WebhookEndpointView }) {
  const [state, setState] = useState<string>("");
  const [chosen, setChosen] = useState<string | null>(null);
  useFreshMessages();
  const columns = [
    {
      key: "event_type", label: t("webhooks.event"), primary: true,
      cell: (row: WebhookMessageRow) => <button type="button" class="button quiet small" onClick={() => setChosen(row.id)}>{eventText(row.event_type)} {row.subject_number}</button>,
    },
    { key: "state", label: t("attribute.state"), cell: (row: WebhookMessageRow) => <MessageState message={row} /> },
    { key: "status", label: t("webhooks.status"), align: "end" as const, labelled: true, cell: (row: WebhookMessageRow) => row.status ?? <Dash /> },
    { key: "attempt_count", label: t("webhooks.attempts"), align: "end" as const, labelled: true, cell: (row: WebhookMessageRow) => row.attempt_count },
    { key: "created_at", label: t("webhooks.happened"), labelled: true, cell: (row: WebhookMessageRow) => <DateTime instant={row.created_at} /> },
    { key: "next_attempt_at", label: t("webhooks.next_attempt"), labelled: true, cell: (row: WebhookMessageRow) => (row.next_attempt_at ? <DateTime instant={row.next_attempt_at} /> : <Dash />) },
  ];
  const filter = (
    <select class="input" aria-label={t("attribute.state")} value={state} onChange={(event) => setState(event.currentTarget.value)}>
      {STATES.map((each) => <option key={each} value={each}>{each ? codeText("webhooks", each) : t("webhooks.all")}</option>)}
    </select>
  );
  return (
    <>
      <Rows<WebhookMessageRow>
        title={t("webhooks.log")} path={MESSAGES} query={{ endpoint_id: endpoint.id, ...(state ? { state } : {}) }} kinds={["webhook_message"]}
        columns={columns} empty={t("webhooks.log_empty")} actions={filter}
      />
      {chosen && <MessageDialog id={chosen} mayResend={endpoint.state === "active"} onClose={() => setChosen(null)} />}
    </>
  );
}

function Actions({ endpoint, onEdit, onSecret, onRecover }: { endpoint: WebhookEndpointView; onEdit: () => void; onSecret: (secret: string) => void; onRecover: () => void }) {
  const path = `${ENDPOINTS}/${endpoint.id}`;
  const isActive = endpoint.state === "active";
  async function run(action: string): Promise<void> {
    await api.post(`${path}/${action}`);
    announce("webhook_endpoint", endpoint.id);
  }
  async function ping(): Promise<void> {
    await run("ping");
    announce("webhook_message", "");
    toast(t("webhooks.pinged"));
  }
  async function rotate(): Promise<void> {
    if (!(await ask({ title: t("webhooks.rotate"), text: t("webhooks.rotate_question"), confirm: t("webhooks.rotate") }))) return;
    const changed = await api.post<NewSecretView>(`${path}/rotate_secret`);
    announce("webhook_endpoint", endpoint.id);
    onSecret(changed.body.secret);
  }
  async function remove(): Promise<void> {
    if (!(await ask({ title: t("action.delete"), text: t("webhooks.delete_question", { name: endpoint.name }), confirm: t("action.delete"), danger: true }))) return;
    await api.delete(path);
    announce("webhook_endpoint", endpoint.id);
    navigate("/settings/webhooks");
  }
  const button = (label: string, go: () => unknown, kind = "") => (
    <button type="button" class={`button small ${kind}`} onClick={() => void Promise.resolve(go()).catch(toastError)}>{label}</button>
  );
  return (
    <div class="line wrap">
      {isActive && button(t("webhooks.send_test"), ping, "primary")}
      {button(t("action.edit"), onEdit)}
      {isActive && button(t("webhooks.recover"), onRecover)}
      {button(t("webhooks.rotate"), rotate)}
      {isActive ? button(t("webhooks.disable"), () => run("disable")) : button(t("webhooks.enable"), () => run("enable"), "primary")}
      {button(t("action.delete"), remove, "danger")}
    </div>
  );
}

export function EndpointPage({ id }: { id: string }) {
  const { data, etag, error, refetch } = useResource<WebhookEndpointView>(`${ENDPOINTS}/${id}`, ["webhook_endpoint"], id);
  const [dialog, setDialog] = useState<"edit" | "recover" | null>(null);
  const [secret, setSecret] = useState("");
  async function recover(values: Values, idempotencyKey: string): Promise<void> {
    await api.post(`${ENDPOINTS}/${id}/recover`, { since: `${String(values.day)}T00:00:00Z` }, { idempotencyKey });
    announce("webhook_message", "");
    toast(t("webhooks.recovering"));
  }
  if (error && !data) return <SettingsPage section="webhooks" wide><Problem error={error} retry={refetch} /></SettingsPage>;
  if (!data) return <SettingsPage section="webhooks" wide><Skeleton lines={6} /></SettingsPage>;
  return (
    <SettingsPage section="webhooks" wide>
      <section class="card">
        <header>
          <div class="grow"><a class="small" href="/settings/webhooks">{t("webhooks.endpoints")}</a><h2>{data.name}</h2></div>
          <EndpointState endpoint={data} />
        </header>
        <div class="card-body stack">
          {data.state === "disabled" && <Notice tone="warn">{codeText("webhooks", `off_${data.disabled_code}`)}</Notice>}
          {data.state === "active" && data.failing_since && <Notice tone="bad">{t("webhooks.failing_text")} <DateTime instant={data.failing_since} /></Notice>}
          {data.previous_until && <Notice>{t("webhooks.overlap")} <DateTime instant={data.previous_until} /></Notice>}
          <KeyValue
            items={[
              [t("webhooks.url"), <code class="wrapping">{data.url}</code>],
              [t("webhooks.events"), data.event_types.map(eventText).join(", ")],
              [t("webhooks.last_success"), data.last_success_at ? <DateTime instant={data.last_success_at} /> : null],
            ]}
          />
          <Actions endpoint={data} onEdit={() => setDialog("edit")} onSecret={setSecret} onRecover={() => setDialog("recover")} />
        </div>
      </section>
      <Log endpoint={data} />
      {dialog === "edit" && <EndpointEditor endpoint={data} etag={etag} onClose={() => setDialog(null)} />}
      {dialog === "recover" && <FormDialog title={t("webhooks.recover")} fields={SINCE} submit={t("webhooks.resend")} send={recover} onClose={() => setDialog(null)} />}
      {secret && <SecretOnce title={t("webhooks.new_secret")} secret={secret} onClose={() => setSecret("")} />}
    </SettingsPage>
  );
}

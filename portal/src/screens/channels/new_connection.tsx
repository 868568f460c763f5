/** Connects a shop: its address and keys, the rules, then what the test of the shop found. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import { Notice } from "../../design/feedback";
import { UnsavedBar, useForm, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import type { FormField } from "../../entities";
import { t } from "../../i18n";
import { bodyOf, checkFields, FormFields, initialValues } from "../fields";
import type { Connection } from "./connections";
import { CREDENTIALS, RULES } from "./fields";
import { Findings } from "./parts";

const FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true, help: "connection.name_help" },
  { key: "platform", label: "attribute.platform", type: "choice", required: true, initial: "woocommerce", options: [{ value: "woocommerce", label: "platform.woocommerce" }] },
  { key: "base_url", label: "attribute.base_url", type: "text", required: true, full: true, help: "connection.base_url_help" },
  ...CREDENTIALS,
  ...RULES,
];

type Made = Connection & { webhook_secret: string };

function Connected({ connection }: { connection: Made }) {
  const works = connection.missing.length === 0;
  return (
    <div class="stack roomy">
      <Notice tone={works ? "good" : "warn"}>{t(works ? "connection.connected" : "connection.connected_but")}</Notice>
      <section class="card"><header><h2>{t("connection.health")}</h2></header><div class="card-body"><Findings missing={connection.missing} warnings={connection.warnings} /></div></section>
      <section class="card">
        <header><h2>{t("connection.webhooks")}</h2></header>
        <div class="card-body stack">
          <p class="muted">{t("connection.webhooks_text")}</p>
          <code class="secret">{connection.webhook_url}</code>
          <code class="secret">{connection.webhook_secret}</code>
        </div>
      </section>
      <div class="line wrap">
        <a class="button primary" href={`/channels/${connection.id}`}>{t("connection.open")}</a>
        <a class="button" href="/channels">{t("connection.plural")}</a>
      </div>
    </div>
  );
}

export function NewConnection() {
  const form = useForm(initialValues(FIELDS));
  const [made, setMade] = useState<Made | null>(null);
  async function send(values: Values, idempotencyKey: string): Promise<void> {
    const { body } = await api.post<Made>("/api/channels/connections", bodyOf(FIELDS, values), { idempotencyKey });
    form.reset(values);
    setMade(body);
  }
  const save = () => void form.submit(send, (values) => checkFields(FIELDS, values));
  return (
    <div class="page narrow">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/channels">{t("connection.plural")}</a><Icon name="chevron-right" size={12} /><span>{t("connection.connect")}</span>
      </nav>
      <div class="page-header">
        <h1>{made ? made.name : t("connection.connect")}</h1>
        {!made && <a class="button" href="/channels">{t("action.cancel")}</a>}
        {!made && <button type="button" class="button primary" disabled={form.busy} onClick={save}>{t(form.busy ? "connection.testing" : "connection.connect_and_test")}</button>}
      </div>
      {made ? <Connected connection={made} /> : (
        <>
          <Notice tone="info">{t("connection.how_to")}</Notice>
          <form class="card card-body" onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
            <FormFields fields={FIELDS} form={form} />
            <button type="submit" class="visually-hidden" tabIndex={-1}>{t("action.create")}</button>
          </form>
          <UnsavedBar form={form} onSave={save} />
        </>
      )}
    </div>
  );
}

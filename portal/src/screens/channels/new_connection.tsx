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
import { credentialsOf, EVERY_CREDENTIAL, PLATFORMS, RULES } from "./fields";
import { Findings } from "./parts";

const SHOP: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true, help: "connection.name_help" },
  { key: "platform", label: "attribute.platform", type: "choice", required: true, initial: PLATFORMS[0], options: PLATFORMS.map((value) => ({ value, label: `platform.${value}` as const })) },
  { key: "base_url", label: "attribute.base_url", type: "text", required: true, full: true, help: "connection.base_url_help" },
];

/** The form asks for what the chosen platform wants; what was typed for another stays, unsent. */
const fieldsFor = (platform: unknown): readonly FormField[] => [...SHOP, ...credentialsOf(String(platform)), ...RULES];

type Made = Connection & { webhook_secret: string };

function Connected({ connection }: { connection: Made }) {
  const works = connection.missing.length === 0;
  const pings = connection.platform === "prestashop";
  return (
    <div class="stack roomy">
      <Notice tone={works ? "good" : "warn"}>{t(works ? "connection.connected" : "connection.connected_but")}</Notice>
      <section class="card"><header><h2>{t("connection.health")}</h2></header><div class="card-body"><Findings missing={connection.missing} warnings={connection.warnings} /></div></section>
      <section class="card">
        <header><h2>{t(pings ? "connection.ping" : "connection.webhooks")}</h2></header>
        <div class="card-body stack">
          <p class="muted">{t(pings ? "connection.ping_text" : "connection.webhooks_text")}</p>
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
  const form = useForm(initialValues([...SHOP, ...EVERY_CREDENTIAL, ...RULES]));
  const fields = fieldsFor(form.values.platform);
  const [made, setMade] = useState<Made | null>(null);
  async function send(values: Values, idempotencyKey: string): Promise<void> {
    const { body } = await api.post<Made>("/api/channels/connections", bodyOf(fieldsFor(values.platform), values), { idempotencyKey });
    form.reset(values);
    setMade(body);
  }
  const save = () => void form.submit(send, (values) => checkFields(fieldsFor(values.platform), values));
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
          <Notice tone="info">{t(form.values.platform === "prestashop" ? "connection.how_to_prestashop" : "connection.how_to_woocommerce")}</Notice>
          <form class="card card-body" onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
            <FormFields fields={fields} form={form} />
            <button type="submit" class="visually-hidden" tabIndex={-1}>{t("action.create")}</button>
          </form>
          <UnsavedBar form={form} onSave={save} />
        </>
      )}
    </div>
  );
}

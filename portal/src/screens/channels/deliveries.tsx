/** What the shops sent and what became of it; what waits in quarantine is put right and replayed here. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { WebhookDeliveryRow, WebhookDeliveryView } from "../../api_types";
import { announce } from "../../changes";
import type { Values } from "../../design/form";
import { Notice, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { toast } from "../../design/toast";
import { CopyId } from "../../design/values";
import { defineEntity, documentHref, type FormField } from "../../entities";
import { codeText, has, t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { FormDialog } from "../settings/form_dialog";
import { failureText } from "./parts";

/** A document; a row of the list carries what `WebhookDeliveryRow` says alone. */
type Delivery = WebhookDeliveryView & WebhookDeliveryRow;

const BINDING: readonly FormField[] = [
  { key: "sku", label: "binding.our_sku", type: "text", required: true },
  { key: "product_external_id", label: "binding.product", type: "text", required: true, help: "binding.product_help" },
  { key: "variation_external_id", label: "binding.variation", type: "text", help: "binding.variation_help" },
];

/** Binds an item of the shop to one of our SKUs, then takes the delivery up again. */
function BindAndReplay({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  async function send(body: Values): Promise<void> {
    await api.post(`/api/channels/connections/${delivery.connection_id}/bindings`, body);
    await api.post(`/api/channels/deliveries/${delivery.id}/replay`);
    announce("delivery", delivery.id);
    toast(t("delivery.replayed"));
  }
  return (
    <FormDialog title={t("delivery.bind")} fields={BINDING} submit={t("delivery.bind_and_replay")} send={send} onClose={onClose}>
      <p class="muted">{t("delivery.bind_text", { names: delivery.unknown_skus.join(", ") })}</p>
    </FormDialog>
  );
}

/** The very text the shop sent, indented when it is JSON. */
function Body({ id }: { id: string }) {
  const { data, error } = useResource<{ body: string }>(`/api/channels/deliveries/${encodeURIComponent(id)}/body`);
  if (error) return <p class="muted">{t("delivery.body_gone")}</p>;
  if (!data) return <Skeleton lines={6} />;
  return <pre class="code" tabIndex={0}>{indented(data.body)}</pre>;
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A refusal of our own has the words of any other refusal. */
function problemTitle(code: string): string {
  const refusal = `error.${code}`;
  return !has(`delivery_problem.${code}`) && has(refusal) ? t(refusal) : codeText("delivery_problem", code);
}

/** Our words for what is wrong with a delivery; the sentence it came with only where we have none. */
function problemText(delivery: Delivery): string {
  const { problem_code: code, problem_message: message, problem_parameters: parameters } = delivery;
  if (parameters.reason) return failureText(parameters.reason, message);
  const key = has(`delivery_problem_text.${code}`) ? `delivery_problem_text.${code}` : `error.${code}`;
  return has(key) ? t(key, parameters) : message;
}

const ARITHMETIC = ["products", "net", "shipping", "wrapping", "tax", "discounts", "computed", "told", "difference", "told_products", "rounding", "reached"] as const;

/** How the parts of an order were added up, when they do not come to its total. */
function Arithmetic({ parameters }: { parameters: Readonly<Record<string, string>> }) {
  const rows = ARITHMETIC.filter((name) => parameters[name]);
  const shown = (name: string) => {
    const value = parameters[name] ?? "";
    return name === "rounding" ? value.split(", ").map((part) => codeText("rounding_part", part)).join(", ") : value;
  };
  return (
    <table class="arithmetic">
      <caption class="visually-hidden">{t("arithmetic.title")}</caption>
      <tbody>
        {rows.map((name) => <tr key={name} class={name === "computed" ? "total" : ""}><th scope="row">{t(`arithmetic.${name}`)}</th><td class="figure">{shown(name)}</td></tr>)}
      </tbody>
    </table>
  );
}

function Why({ delivery }: { delivery: Delivery }) {
  const [binding, setBinding] = useState(false);
  if (!delivery.problem_code) return <Notice tone="good">{t("delivery.no_problem")}</Notice>;
  const advice = `delivery_advice.${delivery.problem_code}`;
  const mayFix = delivery.state === "quarantined" && may("channels.manage");
  return (
    <div class="stack">
      <Notice tone={delivery.state === "quarantined" ? "bad" : "info"}>
        <strong>{problemTitle(delivery.problem_code)}</strong>
        <div>{problemText(delivery)}</div>
      </Notice>
      {delivery.problem_parameters.computed && <Arithmetic parameters={delivery.problem_parameters} />}
      <p>{has(advice) ? t(advice) : t("delivery.advice")}</p>
      {delivery.problem_path && <p class="small muted">{t("delivery.place")} <code>{delivery.problem_path}</code></p>}
      {delivery.unknown_skus.length > 0 && (
        <div class="line wrap">
          {delivery.unknown_skus.map((sku) => <CopyId key={sku} id={sku} />)}
          {mayFix && <button type="button" class="button primary" onClick={() => setBinding(true)}><Icon name="link" />{t("delivery.bind")}</button>}
          {mayFix && <a class="button" href={`/products/new?sku_prefix=${encodeURIComponent(delivery.unknown_skus[0] ?? "")}`}><Icon name="plus" />{t("delivery.create_sku")}</a>}
        </div>
      )}
      {binding && <BindAndReplay delivery={delivery} onClose={() => setBinding(false)} />}
    </div>
  );
}

function ConnectionName({ id }: { id: string }) {
  const { data } = useResource<{ name: string }>(`/api/channels/connections/${id}`);
  return <a href={`/channels/${id}`}>{data?.name ?? id}</a>;
}

export const deliveries = defineEntity<Delivery>({
  kind: "delivery",
  path: "/api/channels/deliveries",
  route: "/channels/deliveries",
  icon: "download",
  plural: "delivery.plural",
  singular: "delivery.singular",
  title: (delivery) => [codeText("topic", delivery.topic || delivery.source || "webhook"), delivery.external_id].filter(Boolean).join(" "),
  state: (delivery) => delivery.state,
  states: {
    received: { label: "state.received", tone: "info" },
    done: { label: "state.done", tone: "good" },
    quarantined: { label: "state.quarantined", tone: "bad" },
    ignored: { label: "state.ignored", tone: "quiet" },
  },
  columns: [
    {
      key: "topic", label: "delivery.topic", type: "text", primary: true,
      render: (row) => [codeText("topic", row.topic || "webhook"), row.external_id].filter(Boolean).join(" "),
    },
    { key: "state", label: "attribute.state", type: "state" },
    { key: "received_at", label: "delivery.received_at", type: "instant" },
    { key: "problem_code", label: "delivery.problem", type: "text", render: (row) => (row.problem_code ? problemTitle(row.problem_code) : "–") },
    { key: "outcome", label: "delivery.outcome", type: "text", render: (row) => (row.outcome ? codeText("delivery_outcome", row.outcome) : "–") },
    { key: "attempts", label: "delivery.attempts", type: "count", labelled: true, optional: true },
  ],
  filters: [
    { key: "state", type: "state" },
    { key: "connection_id", label: "connection.singular", type: "reference", kind: "connection" },
    { key: "dates", label: "delivery.received_at", type: "dates" },
  ],
  views: [
    { id: "quarantine", label: "state.quarantined", query: { state: "quarantined" } },
    { id: "done", label: "state.done", query: { state: "done" } },
  ],
  follows: ["connection"],
  actions: [
    { name: "replay", label: "delivery.replay", from: ["quarantined", "done", "ignored"], primary: true, bulk: true, icon: "refresh", permission: "channels.manage", confirmMany: "delivery.replay_question" },
    { name: "discard", label: "delivery.discard", from: ["quarantined"], bulk: true, danger: true, confirm: "delivery.discard_question", permission: "channels.manage" },
  ],
  sections: [
    { title: "delivery.why", type: "custom", draw: (delivery) => <Why delivery={delivery} /> },
    { title: "delivery.body", type: "custom", when: () => may("channels.manage"), draw: (delivery) => <Body id={delivery.id} /> },
    {
      title: "delivery.singular", type: "facts", side: true,
      facts: [
        { key: "connection_id", label: "connection.singular", type: "text", render: (delivery) => <ConnectionName id={delivery.connection_id} /> },
        { key: "source", label: "delivery.source", type: "text", render: (delivery) => codeText("delivery_source", delivery.source) },
        { key: "external_id", label: "delivery.external_id", type: "code" },
        { key: "delivery_id", label: "delivery.delivery_id", type: "code" },
        { key: "received_at", label: "delivery.received_at", type: "instant" },
        { key: "handled_at", label: "delivery.handled_at", type: "instant" },
        { key: "attempts", label: "delivery.attempts", type: "count" },
        { key: "outcome", label: "delivery.outcome", type: "text", render: (delivery) => (delivery.outcome ? codeText("delivery_outcome", delivery.outcome) : "–") },
      ],
    },
  ],
  linked: (delivery) => (delivery.order_id && documentHref("sales_order", delivery.order_id)
    ? [{ kind: "sales_order", id: delivery.order_id, title: t("order.singular") }] : []),
  empty: { title: "delivery.empty_title", text: "delivery.empty_text" },
});

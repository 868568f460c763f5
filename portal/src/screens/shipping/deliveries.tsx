/** Deliveries: what leaves of an order from one warehouse, from the pick list to the customer's door. */
import { AddressText } from "../../design/address";
import { Notice } from "../../design/feedback";
import { Badge, CopyId, Quantity } from "../../design/values";
import { defineEntity, type FormField } from "../../entities";
import { codeText, t } from "../../i18n";
import { navigate } from "../../router";
import { warehouseNames } from "../names";
import { STATUS_TONES, type Delivery } from "./delivery";
import { Customs } from "./customs";
import { openLabels } from "./labels";
import { Parcels } from "./parcels";
import { may } from "../../session";
import { Papers } from "../documents/papers";

const TRACKING: readonly FormField[] = [
  { key: "parcel_number", label: "shipping.parcel_number", type: "integer", required: true, initial: 1 },
  { key: "tracking_number", label: "shipping.tracking_number", type: "text", required: true },
  { key: "carrier_name", label: "carrier.singular", type: "text" },
  { key: "tracking_url", label: "shipping.tracking_url", type: "text", full: true },
];

function Status({ status }: { status: string }) {
  return status ? <Badge tone={STATUS_TONES[status] ?? "neutral"}>{codeText("tracking", status)}</Badge> : null;
}

export const goodsDeliveries = defineEntity<Delivery & { tracking_number?: string; parcel_count?: number; tracking_status?: string }>({
  kind: "sales_delivery",
  path: "/api/shipping/deliveries",
  route: "/deliveries",
  icon: "truck",
  plural: "shipping.plural",
  singular: "shipping.singular",
  title: (delivery) => delivery.number,
  state: (delivery) => delivery.state,
  states: {
    ready: { label: "shipping_state.ready", tone: "warn" },
    picking: { label: "shipping_state.picking", tone: "info" },
    packed: { label: "shipping_state.packed", tone: "info" },
    shipped: { label: "shipping_state.shipped", tone: "good" },
    delivered: { label: "shipping_state.delivered", tone: "good" },
    cancelled: { label: "shipping_state.cancelled", tone: "quiet" },
  },
  columns: [
    { key: "number", label: "attribute.number", type: "code", primary: true },
    { key: "state", label: "attribute.state", type: "state" },
    { key: "tracking_status", label: "shipping.where", type: "text", render: (row) => <Status status={row.tracking_status ?? ""} /> },
    { key: "customer_name", label: "attribute.customer", type: "text" },
    { key: "warehouse_id", label: "shipping.warehouse", type: "text", labelled: true, render: (row) => warehouseNames.value[row.warehouse_id] ?? row.warehouse_id },
    { key: "carrier_name", label: "carrier.singular", type: "text", labelled: true },
    { key: "tracking_number", label: "shipping.tracking_number", type: "code", labelled: true },
    { key: "created_at", label: "attribute.date", type: "instant" },
  ],
  filters: [
    { key: "state", type: "state" },
    { key: "warehouse_id", label: "shipping.warehouse", type: "names", names: () => warehouseNames.value },
  ],
  views: [
    { id: "to_pack", label: "shipping.view_to_pack", query: { view: "to_pack" } },
    { id: "trouble", label: "shipping.view_trouble", query: { view: "trouble" } },
  ],
  ways: [{ label: "carrier.plural", href: "/carriers" }],
  follows: ["sales_order"],
  actions: [
    {
      name: "scan", label: "shipping.pack", from: ["ready", "picking", "packed"], primary: true, icon: "truck", permission: "orders.ship",
      when: () => true, open: (delivery) => void navigate(`/deliveries/${encodeURIComponent(delivery.id)}/pack`),
    },
    { name: "buy_labels", label: "shipping.buy_labels", from: ["packed", "shipped"], icon: "print", permission: "orders.ship", open: openLabels },
    { name: "ship", label: "order.ship", from: ["ready", "packed"], icon: "truck", permission: "orders.ship", confirm: "shipping.ship_question" },
    { name: "deliver", label: "shipping.deliver", from: ["shipped"], icon: "check", permission: "orders.ship", confirm: "shipping.deliver_question" },
    { name: "set_tracking", label: "shipping.set_tracking", from: ["packed", "shipped"], permission: "orders.ship", form: TRACKING },
    { name: "void_label", label: "shipping.void_label", from: ["packed"], permission: "orders.ship", form: TRACKING.slice(0, 1) },
    { name: "unpack", label: "shipping.unpack", from: ["packed"], permission: "orders.ship" },
    {
      name: "cancel", label: "shipping.cancel", from: ["ready", "picking", "packed"], danger: true, permission: "orders.ship",
      form: [{ key: "reason", label: "attribute.reason", type: "text", full: true }],
    },
  ],
  party: (delivery) => ({ title: delivery.customer_name, href: `/orders/${delivery.order_id}` }),
  linked: (delivery) => [{ kind: "sales_order", id: delivery.order_id, title: delivery.order_number }],
  sections: [
    { title: "shipping.attention", type: "custom", when: (delivery) => delivery.order_state === "on_hold" || delivery.current_status === "exception", draw: (delivery) => (
      <Notice tone="warn">{delivery.order_state === "on_hold" ? t("shipping.order_on_hold") : codeText("tracking", "exception")}</Notice>
    ) },
    { title: "shipping.parcels", type: "custom", draw: (delivery) => <Parcels delivery={delivery} />, when: (delivery) => delivery.parcels.length > 0 },
    { title: "customs.title", type: "custom", when: (delivery) => delivery.is_declared && delivery.state !== "cancelled", draw: (delivery) => <Customs deliveryId={delivery.id} /> },
    {
      title: "shipping.picks", type: "lines", key: "picks", columns: [
        { key: "name", label: "attribute.name", type: "text", primary: true },
        { key: "sku", label: "attribute.sku", type: "code" },
        { key: "location", label: "shipping.location", type: "code", labelled: true },
        { key: "lot_number", label: "shipping.lot_number", type: "code", labelled: true },
        { key: "quantity", label: "attribute.quantity", type: "quantity", render: (row) => <Quantity value={String(row.quantity)} unitCode={String(row.unit_code)} /> },
      ],
    },
    {
      title: "paper.title", type: "custom", side: true, when: (delivery) => delivery.state !== "cancelled" && may("documents.read"),
      draw: (delivery) => <Papers kind="sales_order" subjectId={delivery.order_id} partId={delivery.id} makes={["delivery_note", "address_label"]} />,
    },
    { title: "order.shipping_address", type: "custom", side: true, draw: (delivery) => <AddressText address={delivery.shipping_address} /> },
    { title: "shipping.customers_link", type: "custom", side: true, when: (delivery) => delivery.shipped_at !== null, draw: (delivery) => (
      <div class="stack"><a href={delivery.tracking_page_url} target="_blank" rel="noopener">{t("shipping.open_page")}</a><CopyId id={delivery.tracking_page_url} label={t("shipping.copy_link")} /></div>
    ) },
    {
      title: "shipping.singular", type: "facts", side: true, facts: [
        { key: "warehouse_name", label: "shipping.warehouse", type: "text" },
        { key: "carrier_name", label: "carrier.singular", type: "text" },
        { key: "created_at", label: "attribute.date", type: "instant" },
        { key: "shipped_at", label: "shipping.shipped_at", type: "instant" },
        { key: "delivered_at", label: "shipping.delivered_at", type: "instant" },
      ],
    },
  ],
  empty: { title: "shipping.empty_title", text: "shipping.empty_text" },
});

/** Sales orders, from whichever channel they came: what they say, what can be done with them. */
import { AddressText } from "../../design/address";
import { lazily } from "../../design/lazy";
import { Badge } from "../../design/values";
import { defineEntity, documentHref, entityOf, type Column, type SavedView } from "../../entities";
import { t } from "../../i18n";
import { may } from "../../session";
import { StateBadge } from "../columns";
import { Papers } from "../documents/papers";
import { yesterday } from "../home/work";
import { openDeposit, openInvoiceOrder } from "../invoicing/opening";
import { Billing, Margin } from "../invoicing/figures";
import { channelNames } from "../names";
import { openCancel, openConfirm, openRefund, openShip } from "./dialogs";
import { openEditor } from "./editing";
import { hasAddress, type Order } from "./order";
import { BillingCard, CustomerCard, LinesTable, Payment, Refunds, Deliveries, Waiting } from "./order_sections";

const NewOrderScreen = lazily(() => import("./new_order").then((module) => module.NewOrderScreen));

/** The name of today where the channel is still there, else the one it had when the order came. */
function Channel({ order }: { order: Order }) {
  return <>{order.channel_id ? (channelNames.value[order.channel_id] ?? order.channel_name) : t("order.by_hand")}</>;
}

/** Late is what was to be shipped before today (UTC, as the API counts it). */
const LATE: SavedView = {
  id: "late",
  label: "order.view_late",
  get query() {
    return { view: "to_ship", to: yesterday() };
  },
};

/** Being back-ordered is no state: an order may be shipped in part and wait in part, so it stands beside it. */
function State({ order }: { order: Order }) {
  return (
    <span class="line wrap">
      <StateBadge entity={entityOf("sales_order")} state={order.state} />
      {order.is_backordered && <Badge tone="warn">{t("order.backordered")}</Badge>}
      {order.is_sample && <Badge tone="quiet">{t("sample.badge")}</Badge>}
    </span>
  );
}

const COLUMNS: readonly Column<Order>[] = [
  {
    key: "number", label: "attribute.number", type: "text", primary: true,
    render: (order) => <>{order.number}{order.external_number && <span class="muted small"> {order.external_number}</span>}</>,
  },
  { key: "state", label: "attribute.state", type: "state", render: (order) => <State order={order} /> },
  { key: "customer_name", label: "attribute.customer", type: "text" },
  { key: "channel_id", label: "attribute.channel", type: "text", render: (order) => <Channel order={order} /> },
  { key: "line_count", label: "attribute.line_count", type: "count", labelled: true },
  {
    key: "is_paid", label: "attribute.payment", type: "boolean",
    render: (order) => <Badge tone={order.is_paid ? "good" : "quiet"}>{t(order.is_paid ? "order.paid" : "order.unpaid")}</Badge>,
  },
  { key: "placed_at", label: "attribute.placed_at", type: "instant" },
  { key: "paid_total", label: "attribute.total", type: "money" },
];

export const salesOrders = defineEntity<Order>({
  kind: "sales_order",
  path: "/api/sales/orders",
  route: "/orders",
  icon: "orders",
  plural: "order.plural",
  singular: "order.singular",
  title: (order) => order.number,
  state: (order) => order.state,
  states: {
    draft: { label: "state.draft", tone: "quiet" },
    pending: { label: "state.pending", tone: "warn" },
    on_hold: { label: "state.on_hold", tone: "warn" },
    confirmed: { label: "state.confirmed", tone: "info" },
    partly_shipped: { label: "state.partly_shipped", tone: "info" },
    shipped: { label: "state.shipped", tone: "good" },
    closed: { label: "state.closed", tone: "quiet" },
    cancelled: { label: "state.cancelled", tone: "bad" },
  },
  columns: COLUMNS,
  filters: [
    { key: "state", type: "state" },
    { key: "channel_id", label: "attribute.channel", type: "names", names: () => channelNames.value },
    { key: "is_paid", label: "order.paid", type: "boolean" },
    { key: "is_backordered", label: "order.backordered", type: "boolean" },
    { key: "dates", label: "attribute.placed_at", type: "dates" },
  ],
  views: [
    { id: "to_ship", label: "order.view_to_ship", query: { view: "to_ship" } },
    LATE,
    { id: "on_hold", label: "state.on_hold", query: { view: "on_hold" } },
    { id: "pending", label: "state.pending", query: { view: "pending" } },
    { id: "backorder", label: "order.view_backorder", query: { view: "backorder" } },
  ],
  actions: [
    { name: "confirm", label: "order.confirm", from: ["draft", "pending"], primary: true, bulk: true, icon: "check", permission: "orders.write", open: openConfirm, confirmMany: "order.confirm_question" },
    {
      name: "release", label: "order.release", from: ["on_hold"], primary: true, bulk: true, icon: "check", permission: "orders.write",
      undo: { name: "hold", body: (order) => ({ reason: order.hold_reasons?.at(-1) ?? t("order.held_again") }) },
    },
    {
      name: "ship", label: "order.ship", from: ["confirmed", "partly_shipped"], primary: true, bulk: true, icon: "truck",
      permission: "orders.ship", open: openShip, confirmMany: "order.ship_question",
    },
    { name: "invoice", label: "invoice.invoice_order", permission: "invoices.issue", icon: "file", open: openInvoiceOrder, when: (order) => !["draft", "pending", "cancelled"].includes(order.state) },
    { name: "deposit", label: "invoice.deposit", permission: "invoices.issue", open: openDeposit, when: (order) => ["pending", "confirmed", "on_hold"].includes(order.state) },
    { name: "prepare", label: "order.prepare", from: ["confirmed", "partly_shipped"], bulk: true, icon: "stock", permission: "orders.ship", confirm: "order.prepare_question", confirmMany: "order.prepare_question" },
    { name: "amend", label: "order.edit_lines", from: ["pending", "confirmed", "on_hold"], permission: "orders.write", open: openEditor },
    { name: "edit", label: "order.edit_lines", permission: "orders.write", open: openEditor, when: (order) => order.state === "draft" },
    { name: "close", label: "order.close", from: ["shipped"], bulk: true, permission: "orders.write", confirm: "order.close_question" },
    {
      name: "hold", label: "order.hold", from: ["pending", "confirmed"], bulk: true, icon: "clock", permission: "orders.write",
      form: [{ key: "reason", label: "attribute.reason", type: "text", required: true, full: true }],
      undo: { name: "release" },
    },
    {
      name: "refund", label: "order.refund", from: ["confirmed", "on_hold", "partly_shipped", "shipped", "closed", "cancelled"],
      permission: "orders.write", open: openRefund,
    },
    {
      name: "cancel", label: "order.cancel", from: ["draft", "pending", "confirmed", "on_hold", "partly_shipped"], danger: true,
      permission: "orders.write", open: openCancel,
    },
  ],
  party: (order) => ({ title: order.buyer.company_name || order.buyer.name, href: order.customer_id ? documentHref("customer", order.customer_id) : undefined }),
  total: (order) => ({ amount: order.paid_total, currency: order.currency }),
  linked: (order) => [
    ...(order.customer_id ? [{ kind: "customer", id: order.customer_id, title: order.buyer.company_name || order.buyer.name }] : []),
    ...(order.channel_id ? [{ kind: "connection", id: order.channel_id, title: channelNames.value[order.channel_id] ?? order.channel_name }] : []),
  ],
  sections: [
    { title: "order.attention", type: "custom", draw: (order) => <Waiting order={order} />, when: (order) => order.is_sample || order.is_backordered || order.hold_reasons.length + order.attention.length > 0 },
    { title: "order.lines", type: "custom", bare: true, draw: (order) => <LinesTable order={order} /> },
    { title: "order.deliveries", type: "custom", draw: (order) => <Deliveries order={order} />, when: (order) => order.deliveries.length > 0 },
    { title: "margin.title", type: "custom", bare: true, draw: (order) => <Margin orderId={order.id} />, when: (order) => order.state !== "draft" && may("costs.read") },
    { title: "order.refunds", type: "custom", draw: (order) => <Refunds order={order} />, when: (order) => order.refunds.length > 0 },
    {
      title: "paper.title", type: "custom", side: true, when: (order) => order.state !== "draft" && may("documents.read"),
      draw: (order) => <Papers kind="sales_order" subjectId={order.id} makes={order.state === "cancelled" ? [] : ["order_confirmation"]} />,
    },
    { title: "invoice.plural", type: "custom", side: true, draw: (order) => <Billing orderId={order.id} />, when: (order) => order.state !== "draft" && may("invoices.read") },
    { title: "attribute.customer", type: "custom", side: true, draw: (order) => <CustomerCard order={order} /> },
    { title: "order.shipping_address", type: "custom", side: true, draw: (order) => <AddressText address={order.shipping_address} />, when: (order) => hasAddress(order.shipping_address) },
    { title: "order.billing_address", type: "custom", side: true, draw: (order) => <BillingCard order={order} />, when: (order) => hasAddress(order.billing_address) },
    { title: "attribute.payment", type: "custom", side: true, draw: (order) => <Payment order={order} /> },
    {
      title: "order.origin", type: "facts", side: true,
      facts: [
        { key: "channel_id", label: "attribute.channel", type: "text", render: (order) => <Channel order={order} /> },
        { key: "external_number", label: "order.external_number", type: "code" },
        { key: "placed_at", label: "attribute.placed_at", type: "instant" },
      ],
    },
  ],
  edit: { permission: "orders.write", fields: [{ key: "note", label: "attribute.note", type: "textarea", full: true }] },
  create: { permission: "orders.write", label: "order.new", screen: () => <NewOrderScreen /> },
  empty: { title: "order.empty_title", text: "order.empty_text" },
});

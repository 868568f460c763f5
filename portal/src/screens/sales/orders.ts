/** Sales orders, from whichever channel they came. */
import { defineEntity, documentHref, type LinkedDocument, type Row } from "../../entities";

interface SalesOrder extends Row {
  number: string;
  state: string;
  placed_at: string;
  channel_name: string;
  customer_id: string;
  customer_name: string;
  total_with_vat: string;
  currency: string;
  line_count: number;
  lines: Row[];
  linked: LinkedDocument[];
  note: string;
}

export const salesOrders = defineEntity<SalesOrder>({
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
    on_hold: { label: "state.on_hold", tone: "warn" },
    confirmed: { label: "state.confirmed", tone: "info" },
    partially_shipped: { label: "state.partially_shipped", tone: "info" },
    shipped: { label: "state.shipped", tone: "good" },
    closed: { label: "state.closed", tone: "quiet" },
    cancelled: { label: "state.cancelled", tone: "bad" },
  },
  columns: [
    { key: "number", label: "attribute.number", type: "text", primary: true },
    { key: "state", label: "attribute.state", type: "state" },
    { key: "customer_name", label: "attribute.customer", type: "text" },
    { key: "total_with_vat", label: "attribute.total_with_vat", type: "money" },
    { key: "channel_name", label: "attribute.channel", type: "text" },
    { key: "placed_at", label: "attribute.placed_at", type: "instant" },
    { key: "line_count", label: "attribute.line_count", type: "count", labelled: true, optional: true },
  ],
  filters: [
    { key: "state", type: "state" },
    { key: "customer_id", label: "attribute.customer", type: "reference", kind: "customer" },
    { key: "dates", label: "attribute.placed_at", type: "dates" },
  ],
  views: [
    { id: "to_ship", label: "order.view_to_ship", query: { state: "confirmed,partially_shipped" } },
    { id: "on_hold", label: "state.on_hold", query: { state: "on_hold" } },
    { id: "shipped", label: "state.shipped", query: { state: "shipped" } },
  ],
  actions: [
    { name: "confirm", label: "order.confirm", from: ["draft"], primary: true, bulk: true, icon: "check", permission: "orders.write" },
    { name: "release", label: "order.release", from: ["on_hold"], primary: true, bulk: true, undo: "hold", permission: "orders.write" },
    { name: "ship", label: "order.ship", from: ["confirmed", "partially_shipped"], primary: true, bulk: true, icon: "truck", permission: "orders.ship" },
    { name: "hold", label: "order.hold", from: ["confirmed"], undo: "release", icon: "clock", permission: "orders.write" },
    { name: "cancel", label: "order.cancel", from: ["draft", "confirmed", "on_hold"], danger: true, confirm: "order.cancel_question", permission: "orders.write" },
  ],
  party: (order) => ({ title: order.customer_name, href: documentHref("customer", order.customer_id) }),
  total: (order) => ({ amount: order.total_with_vat, currency: order.currency }),
  linked: (order) => order.linked ?? [],
  sections: [
    {
      title: "order.lines", type: "lines", key: "lines",
      columns: [
        { key: "name", label: "attribute.name", type: "text", primary: true },
        { key: "sku", label: "attribute.sku", type: "text" },
        { key: "quantity", label: "attribute.quantity", type: "quantity", unit: "unit_code", labelled: true },
        { key: "unit_price", label: "attribute.unit_price", type: "unit_price", labelled: true },
        { key: "line_net_amount", label: "attribute.line_net_amount", type: "money", labelled: true },
      ],
    },
    {
      title: "order.origin", type: "facts", side: true,
      facts: [
        { key: "channel_name", label: "attribute.channel", type: "text" },
        { key: "placed_at", label: "attribute.placed_at", type: "instant" },
      ],
    },
  ],
  create: {
    permission: "orders.write",
    fields: [
      { key: "customer_id", label: "attribute.customer", type: "reference", kind: "customer", required: true },
      { key: "note", label: "attribute.note", type: "text" },
      {
        key: "lines", label: "order.lines", type: "lines", required: true, full: true,
        fields: [
          { key: "variant_id", label: "attribute.sku", type: "reference", kind: "variant", required: true },
          { key: "quantity", label: "attribute.quantity", type: "decimal", required: true },
        ],
      },
    ],
  },
  edit: { permission: "orders.write", fields: [{ key: "note", label: "attribute.note", type: "textarea", full: true }] },
  empty: { title: "order.empty_title", text: "order.empty_text" },
});

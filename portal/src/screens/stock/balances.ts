/** What is on hand, promised and available, by variant and warehouse; available explains itself. */
import { defineEntity, type Row } from "../../entities";

interface StockBalance extends Row {
  sku: string;
  variant_name: string;
  warehouse_name: string;
  on_hand: string;
  reserved: string;
  available: string;
  incoming: string;
  unit_code: string;
}

export const stockBalances = defineEntity<StockBalance>({
  kind: "stock_balance",
  path: "/api/stock/balances",
  route: "/stock",
  icon: "stock",
  plural: "stock.plural",
  singular: "stock.singular",
  title: (balance) => balance.sku,
  columns: [
    { key: "sku", label: "attribute.sku", type: "text", primary: true },
    { key: "variant_name", label: "attribute.name", type: "text" },
    { key: "warehouse_name", label: "attribute.warehouse", type: "text" },
    { key: "on_hand", label: "attribute.on_hand", type: "quantity", unit: "unit_code", labelled: true },
    { key: "reserved", label: "attribute.reserved", type: "quantity", unit: "unit_code", labelled: true },
    {
      key: "available", label: "attribute.available", type: "quantity", unit: "unit_code", labelled: true,
      explain: (balance) => `/api/stock/balances/${encodeURIComponent(balance.id)}/explain`,
    },
    { key: "incoming", label: "attribute.incoming", type: "quantity", unit: "unit_code", labelled: true },
  ],
  filters: [{ key: "warehouse_id", label: "attribute.warehouse", type: "reference", kind: "warehouse" }],
  views: [{ id: "short", label: "stock.view_short", query: { short: "true" } }],
  sections: [
    {
      title: "stock.singular", type: "facts",
      facts: [
        { key: "variant_name", label: "attribute.name", type: "text" },
        { key: "warehouse_name", label: "attribute.warehouse", type: "text" },
        { key: "on_hand", label: "attribute.on_hand", type: "quantity", unit: "unit_code" },
        { key: "reserved", label: "attribute.reserved", type: "quantity", unit: "unit_code" },
        {
          key: "available", label: "attribute.available", type: "quantity", unit: "unit_code",
          explain: (balance) => `/api/stock/balances/${encodeURIComponent(balance.id)}/explain`,
        },
        { key: "incoming", label: "attribute.incoming", type: "quantity", unit: "unit_code" },
      ],
    },
  ],
  actions: [
    {
      name: "adjust", label: "stock.adjust", primary: true, permission: "stock.adjust",
      form: [
        { key: "on_hand", label: "stock.counted", type: "decimal", required: true },
        { key: "reason", label: "attribute.reason", type: "text", required: true },
      ],
    },
  ],
  empty: { title: "stock.empty_title", text: "stock.empty_text" },
});

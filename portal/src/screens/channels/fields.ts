/** The rules of a connection, as its form asks for them. */
import type { FormField } from "../../entities";

export const CREDENTIALS: readonly FormField[] = [
  { key: "credentials.consumer_key", label: "connection.consumer_key", type: "text", required: true },
  { key: "credentials.consumer_secret", label: "connection.consumer_secret", type: "password", required: true },
];

export const RULES: readonly FormField[] = [
  { key: "warehouse_ids", label: "connection.warehouses", type: "several", source: "/api/stock/warehouses", full: true, heading: "connection.rules", help: "connection.warehouses_help" },
  { key: "safety_buffer", label: "connection.safety_buffer", type: "decimal", required: true, initial: "0", help: "connection.safety_buffer_help" },
  {
    key: "backorder_policy", label: "connection.backorder_policy", type: "choice", required: true, initial: "backorder",
    options: [{ value: "backorder", label: "connection.policy_backorder" }, { value: "refuse", label: "connection.policy_refuse" }],
  },
  { key: "vat_rate_default", label: "connection.vat_rate_default", type: "decimal", help: "connection.vat_rate_help" },
  { key: "order_number_prefix", label: "connection.order_number_prefix", type: "text" },
  { key: "price_list_id", label: "price_list.singular", type: "reference", kind: "price_list", empty: "" },
  { key: "push_stock", label: "connection.push_stock", type: "boolean", initial: true },
  { key: "push_prices", label: "connection.push_prices", type: "boolean", initial: false },
];

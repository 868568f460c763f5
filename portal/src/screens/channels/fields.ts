/** The rules of a connection, as its form asks for them, and what each platform asks for before it lets us in. */
import type { FormField } from "../../entities";

export const PLATFORMS = ["woocommerce", "prestashop"] as const;

const CREDENTIALS: Readonly<Record<string, readonly FormField[]>> = {
  woocommerce: [
    { key: "credentials.consumer_key", label: "connection.consumer_key", type: "text", required: true },
    { key: "credentials.consumer_secret", label: "connection.consumer_secret", type: "password", required: true },
  ],
  prestashop: [
    { key: "credentials.key", label: "connection.key", type: "password", required: true, help: "connection.key_help" },
    { key: "credentials.shop_id", label: "connection.shop_id", type: "text", help: "connection.shop_id_help" },
  ],
};

/** What a platform asks for. */
export function credentialsOf(platform: string): readonly FormField[] {
  return CREDENTIALS[platform] ?? [];
}

export const EVERY_CREDENTIAL: readonly FormField[] = Object.values(CREDENTIALS).flat();

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

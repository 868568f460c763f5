/** The shape of a sales order as the API tells it, and what follows from its quantities. */
import { compare, minus } from "../../decimal";
import type { Address } from "../../design/address";
import type { Row } from "../../entities";

export interface Reserved {
  warehouse_id: string;
  quantity: string;
  sku: string;
}

export interface OrderLine {
  id: string;
  sku: string;
  name: string;
  quantity: string;
  /** Of a base unit, as the quantities below. */
  unit_price: string;
  base_unit_code: string;
  /** The unit the line was typed in, and how many base units one holds. */
  unit_code: string;
  unit_quantity: string;
  unit_factor: string;
  /** The price of one such unit, when it was typed for that unit. */
  pack_price: string | null;
  allowance: string;
  amount: string;
  vat_category: string;
  vat_rate: string;
  line_net_amount: string;
  kit: readonly { sku: string; quantity: string }[];
  reserved: readonly Reserved[];
  /** In units of the line: a kit counts in kits. */
  reserved_quantity: string;
  backordered_quantity: string;
  shipped_quantity: string;
  cancelled_quantity: string;
}

export interface LineQuantity {
  line_id: string;
  quantity: string;
}

export interface Shipment {
  id: string;
  shipped_at: string;
  lines: readonly LineQuantity[];
  carrier: string;
  tracking_number: string;
  tracking_url: string;
  by_channel: boolean;
}

export interface Refund {
  id: string;
  amount: string;
  reason: string;
  refunded_at: string;
  lines: readonly LineQuantity[];
}

export interface VatLine {
  vat_category: string;
  vat_rate: string;
  taxable_amount: string;
  vat_amount: string;
}

/** A list row carries the first block alone. */
export interface Order extends Row {
  number: string;
  state: string;
  placed_at: string;
  channel_id: string;
  channel_name: string;
  external_number: string;
  customer_name: string;
  paid_total: string;
  currency: string;
  line_count: number;
  is_paid: boolean;
  is_backordered: boolean;

  customer_id: string;
  buyer: { name: string; company_name: string; email: string; phone: string; vat_number: string };
  billing_address: Address;
  shipping_address: Address;
  prices_include_vat: boolean;
  lines: readonly OrderLine[];
  charges: readonly { kind: string; name: string; amount: string; vat_category: string; vat_rate: string }[];
  coupons: readonly { code: string; amount: string }[];
  vat_breakdown: readonly VatLine[];
  total_without_vat: string;
  vat_amount: string;
  total_with_vat: string;
  rounding_amount: string;
  payment_method: string;
  hold_reasons: readonly string[];
  attention: readonly string[];
  shipments: readonly Shipment[];
  refunds: readonly Refund[];
  refunded_total: string;
  note: string;
}

export function hasAddress(address: Address): boolean {
  return Object.values(address).some((part) => part !== "");
}

/** Neither shipped nor cancelled yet. */
export function openQuantity(line: OrderLine): string {
  return minus(line.quantity, line.shipped_quantity, line.cancelled_quantity);
}

/** Lines typed in a dialog as the command wants them; none when they are all that is possible ("everything"). */
export function partOf(lines: readonly { id: string; most: string }[], typed: Readonly<Record<string, string>>): LineQuantity[] {
  const isWhole = lines.every((line) => compare(typed[line.id] ?? "0", line.most) === 0);
  if (isWhole) return [];
  return lines.map((line) => ({ line_id: line.id, quantity: typed[line.id] ?? "0" })).filter((line) => compare(line.quantity, "0") > 0);
}

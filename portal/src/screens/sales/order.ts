/** The shape of a sales order as the API tells it, and what follows from its quantities. */
import type { Address, LineQuantity, OrderLineView, OrderRow, OrderView } from "../../api_types";
import { compare, minus } from "../../decimal";

/** A document; a row of the list carries what `OrderRow` says alone. */
export type Order = OrderView & OrderRow;
export type OrderLine = OrderLineView;

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

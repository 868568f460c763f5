/** The stock of a SKU as the API tells it, and its curve over time. */
import { minus, sum } from "../../decimal";
import type { Row } from "../../entities";

export interface Place {
  warehouse_id: string;
  location: string;
  lot_number: string;
}

interface Numbers {
  on_hand: string;
  reserved: string;
  available: string;
  incoming: string;
}

export interface Balance extends Numbers {
  place: Place;
}

export interface Move {
  id: string;
  effective_at: string;
  place: Place;
  quantity: string;
  reason: string;
  /** Null for those who may not see costs. */
  value: string | null;
  unit_cost?: string | null;
  document_kind: string;
  document_id: string;
  actor_name: string;
}

/** A list row has no warehouses, balances, reservations or moves. */
export interface StockLevel extends Row, Numbers {
  sku: string;
  name: string;
  unit_code: string;
  is_kit: boolean;
  /** In a list row: nothing is available. */
  is_short?: boolean;
  /** There is some, but no more than the variant's reorder minimum. */
  is_low: boolean;
  reorder_minimum: string | null;
  packs?: readonly { unit_code: string; quantity: string }[];
  warehouses: readonly (Numbers & { warehouse_id: string; warehouse_name: string })[];
  balances: readonly Balance[];
  reservations: readonly { order_id: string; order_number: string; line_id: string; place: Place; quantity: string }[];
  moves: readonly Move[];
  valuation: { quantity: string; value: string; unit_cost: string; currency: string } | null;
}

export interface Curve {
  dates: string[];
  onHand: number[];
}

/**
 * What was on hand at the end of each day, from what is there now back through the moves known (newest first or not).
 * Days are of the given zone; a day without moves keeps the day before. A chart may round, so numbers are enough.
 */
export function onHandByDay(onHand: string, moves: readonly Move[], timeZone: string, today: Date): Curve {
  const day = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone });
  const moved = new Map<string, string>();
  for (const move of moves) {
    const date = day.format(new Date(move.effective_at));
    moved.set(date, sum([moved.get(date) ?? "0", move.quantity]));
  }
  const first = [...moved.keys()].toSorted()[0];
  if (!first) return { dates: [], onHand: [] };
  const dates: string[] = [];
  const values: number[] = [];
  let left = onHand;
  for (let at = Date.parse(`${day.format(today)}T00:00:00Z`); at >= Date.parse(`${first}T00:00:00Z`); at -= 86_400_000) {
    const date = new Date(at).toISOString().slice(0, 10);
    dates.unshift(date);
    values.unshift(Number(left));
    left = minus(left, moved.get(date) ?? "0");
  }
  return { dates, onHand: values };
}

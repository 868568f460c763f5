/** The stock of a SKU as the API tells it, and its curve over time. */
import type { LevelDetail, LevelRow, Move } from "../../api_types";
import { minus, sum } from "../../decimal";
import type { Row } from "../../entities";

/** A level's page has all; a list row has no warehouses, balances, reservations or moves, and says whether it is short. */
export type StockLevel = Row & LevelDetail & Partial<Pick<LevelRow, "is_short">>;

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

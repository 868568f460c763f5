/** Slots of several members on one axis: what a graph of lag or of counts is drawn from. */
import type { Series } from "../../design/chart";

export interface Slot {
  at: string;
}

export interface Member<T extends Slot> {
  label: string;
  slots: readonly T[];
}

/** How long a slot is, by the hours that are looked at. */
export const SLOT_MS: Record<string, number> = { 3: 300_000, 24: 3_600_000, 168: 21_600_000 };
const ZERO = Date.parse("2020-01-01T00:00:00Z");

/** Every slot of the period up to `until`, whether something was done in it or not. */
export function slotsOf(hours: string, until: string): string[] {
  const step = SLOT_MS[hours] ?? 300_000;
  const last = Math.floor((Date.parse(until) - ZERO) / step);
  const count = (Number(hours) * 3_600_000) / step;
  return Array.from({ length: count + 1 }, (_, at) => new Date(ZERO + (last - count + at) * step).toISOString().replace(".000Z", "Z"));
}

/** Each member's values at these instants; none of a member that has none. */
export function onOneAxis<T extends Slot>(dates: readonly string[], members: readonly Member<T>[], value: (slot: T) => number): Series[] {
  const shown = members.filter((member) => member.slots.some((slot) => dates.includes(slot.at)));
  return shown.map((member) => {
    const known = new Map(member.slots.map((slot) => [slot.at, value(slot)]));
    return { label: member.label, values: dates.map((date) => known.get(date) ?? null) };
  });
}

/** The periods people ask for most, as days of the company's calendar. */
import { timeZone } from "../../session";

function dayIn(zone: string): Date {
  const text = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(new Date());
  return new Date(`${text}T00:00:00Z`);
}

const written = (day: Date) => day.toISOString().slice(0, 10);
const today = () => dayIn(timeZone.value);

function daysAgo(count: number): string {
  const day = today();
  day.setUTCDate(day.getUTCDate() - count);
  return written(day);
}

/** The first day of the month so many months from now. */
function month(offset: number): Date {
  const day = today();
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + offset, 1));
}

function lastOf(first: Date): string {
  return written(new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)));
}

interface Preset {
  id: string;
  first: () => string;
  last: () => string;
}

export const PERIODS: readonly Preset[] = [
  { id: "today", first: () => daysAgo(0), last: () => daysAgo(0) },
  { id: "7", first: () => daysAgo(6), last: () => daysAgo(0) },
  { id: "30", first: () => daysAgo(29), last: () => daysAgo(0) },
  { id: "90", first: () => daysAgo(89), last: () => daysAgo(0) },
  { id: "month", first: () => written(month(0)), last: () => lastOf(month(0)) },
  { id: "last_month", first: () => written(month(-1)), last: () => lastOf(month(-1)) },
  { id: "year", first: () => `${today().getUTCFullYear()}-01-01`, last: () => `${today().getUTCFullYear()}-12-31` },
];

/** The preset that two days are, `own` when they are none; without days the API answers the last thirty. */
export function presetOf(first: string | null, last: string | null): string {
  if (!first && !last) return "30";
  return PERIODS.find((each) => each.first() === first && each.last() === (last ?? daysAgo(0)))?.id ?? "own";
}

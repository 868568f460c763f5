/** Numbers and dates for reading. Amounts stay decimal strings all the way: Intl formats them without a float. */
import { locale, t } from "./i18n";

const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${locale()}${JSON.stringify(options)}`;
  let found = formatters.get(key) as Intl.NumberFormat | undefined;
  if (!found) formatters.set(key, (found = new Intl.NumberFormat(locale(), options)));
  return found;
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${locale()}${JSON.stringify(options)}`;
  let found = formatters.get(key) as Intl.DateTimeFormat | undefined;
  if (!found) formatters.set(key, (found = new Intl.DateTimeFormat(locale(), options)));
  return found;
}

type Decimal = Intl.StringNumericLiteral;

export function formatMoney(amount: string, currency: string): string {
  return numberFormat({ style: "currency", currency }).format(amount as Decimal);
}

/** A unit price keeps its full precision, up to six decimals. */
export function formatUnitPrice(amount: string, currency: string): string {
  return numberFormat({ style: "currency", currency, maximumFractionDigits: 6 }).format(amount as Decimal);
}

export function formatNumber(value: string | number): string {
  return numberFormat({ maximumFractionDigits: 6 }).format(value as Decimal);
}

/** UN/ECE Rec 20 codes we have words for; another code shows itself. */
const UNIT_KEYS = { C62: "unit.C62", KGM: "unit.KGM", GRM: "unit.GRM", LTR: "unit.LTR", MTR: "unit.MTR", HUR: "unit.HUR", CT: "unit.CT", BX: "unit.BX", PX: "unit.PX" } as const;

export function formatUnit(unitCode: string): string {
  const key = UNIT_KEYS[unitCode as keyof typeof UNIT_KEYS];
  return key ? t(key) : unitCode;
}

/** A rate given as a fraction (`0.055` → 5.5 %). */
export function formatPercent(fraction: string | number): string {
  return numberFormat({ style: "percent", maximumFractionDigits: 2 }).format(fraction as Decimal);
}

export function formatCompact(value: number): string {
  return numberFormat({ notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** A business date (`2026-03-31`) is a day, not an instant: no zone moves it. */
export function formatDate(date: string): string {
  return dateFormat({ dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${date.slice(0, 10)}T00:00:00Z`));
}

/** The month of a business date, with its year. */
export function formatMonth(date: string): string {
  return dateFormat({ month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${date.slice(0, 10)}T00:00:00Z`));
}

/** A fiscal year, which is known by its last day: a calendar year is its number, another is told by when it ends. */
export function formatYear(endsOn: string): string {
  return endsOn.endsWith("-12-31") ? endsOn.slice(0, 4) : t("value.year_until", { date: formatDate(endsOn) });
}

/** Short for lists: the hour today, else day and month, with the year when it is another one. */
export function formatInstant(instant: string, timeZone: string, now: Date): string {
  const moment = new Date(instant);
  const day = dateFormat({ dateStyle: "short", timeZone });
  if (day.format(moment) === day.format(now)) return dateFormat({ timeStyle: "short", timeZone }).format(moment);
  const isThisYear = moment.getUTCFullYear() === now.getUTCFullYear();
  if (isThisYear) return dateFormat({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone }).format(moment);
  return dateFormat({ dateStyle: "medium", timeZone }).format(moment);
}

export function formatInstantInFull(instant: string, timeZone: string): string {
  const text = dateFormat({ dateStyle: "full", timeStyle: "long", timeZone }).format(new Date(instant));
  return `${text} (${timeZone})`;
}

/** A text of the API as it is, but for dates and instants, which are told in the reader's way. */
export function formatPlain(value: string, timeZone: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDate(value);
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value) ? formatInstant(value, timeZone, new Date()) : value;
}

/** Accents and case never matter in a search: `resume` finds `Résumé`. */
export function foldText(text: string): string {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
}

const DURATION_UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** `3 minutes`, `2 h` as people say it, in the largest unit that fits. */
export function formatDuration(seconds: number): string {
  const [unit, size] = DURATION_UNITS.find(([, each]) => seconds >= each) ?? ["second", 1];
  return numberFormat({ style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(Math.round(seconds / size));
}

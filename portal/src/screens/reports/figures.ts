/** Numbers of reports: told in their unit, compared, shaped for charts. */
import type { MeasureView, Report, ReportSeries } from "../../api_types";
import { minus } from "../../decimal";
import { formatMoney, formatNumber, formatPercent } from "../../format";

export type Values = Readonly<Record<string, string | null>>;

/** A number in its unit: a currency, `%` (in per cent), or none. */
export function told(value: string | null | undefined, unit: string | undefined): string {
  if (value === null || value === undefined) return "–";
  if (unit === "%") return formatPercent(Number(value) / 100);
  return unit ? formatMoney(value, unit) : formatNumber(value);
}

/** Change against before as a fraction; null when there was nothing to compare with. */
export function change(now: string | null | undefined, before: string | null | undefined): number | null {
  if (!now || !before || Number(before) === 0) return null;
  return Number(minus(now, before)) / Math.abs(Number(before));
}

/** One measure of every row, for a line or a sparkline; nothing counts as zero. */
export function valuesOf(report: Report, measure: string): number[] {
  return report.rows.map((row) => Number(row.values[measure] ?? 0));
}

/** The same for a sparkline: rows without a number (a rate of nothing) are left out. */
export function course(report: Report, measure: string): number[] {
  return report.rows.map((row) => row.values[measure]).filter((value) => value !== null && value !== undefined).map(Number);
}

export function beforeOf(report: Report, measure: string): (number | null)[] {
  return report.rows.map((row) => (row.values_before ? Number(row.values_before[measure] ?? 0) : null));
}

/** The series of a split report without those that are zero throughout. */
export function drawnSeries(series: readonly ReportSeries[], measure: string): { key: string; label: string; values: number[] }[] {
  return series
    .map(({ key, label, values }) => ({ key, label, values: (values[measure] ?? []).map(Number) }))
    .filter((each) => each.values.some((value) => value !== 0));
}

export const TIMES = ["day", "week", "month"] as const;
export const DIMENSIONS = ["channel", "product", "customer", "warehouse"] as const;
export type Dimension = (typeof DIMENSIONS)[number];
export const GROUPS = [...TIMES, ...DIMENSIONS] as const;

export function isTime(group: string): boolean {
  return (TIMES as readonly string[]).includes(group);
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  product: ["orders", "ordered_units", "ordered_revenue", "revenue", "shipped_units", "shipped_revenue", "cost", "margin", "margin_rate"],
  customer: ["orders", "ordered_revenue", "average_order", "revenue", "shipped_revenue", "margin", "margin_rate", "refunds"],
  warehouse: ["shipped_orders", "shipped_units", "shipped_revenue", "cost", "margin", "margin_rate"],
  channel: ["ordered_revenue", "orders", "average_order", "revenue", "shipped_revenue", "cost", "margin", "margin_rate"],
};

/** The measures a page begins with: the usual ones of its dimension that the reader may see. */
export function usualColumns(dimension: string, measures: readonly MeasureView[]): string[] {
  return (COLUMNS[dimension] ?? []).filter((name) => measures.some((each) => each.name === name));
}

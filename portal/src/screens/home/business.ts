/** How the business goes: the API's roll-ups of a period, shaped for the charts. */
import type { Measures, MeasureView } from "../../api_types";
import { minus } from "../../decimal";

/** Change against the period before as a fraction, null when there was nothing before to compare with. */
export function change(measure: MeasureView): number | null {
  const before = Number(measure.before);
  return before === 0 ? null : Number(minus(measure.total, measure.before)) / before;
}

/** What an order came to on average, to the cent; null when there was none. Rounded for reading, never to reckon with. */
export function averageOrder({ revenue, orders }: Measures): string | null {
  const count = Number(orders.total);
  return count === 0 ? null : (Number(revenue.total) / count).toFixed(2);
}

const DRAWN = 3;

export interface ChannelSeries {
  channelId: string;
  values: number[];
}

/**
 * One series a channel, the largest first; beyond three the others are added up under the id "". Charts side by side are
 * ranked by the same measure, so that a channel keeps its colour from one to the next.
 */
export function channelSeries(measure: MeasureView, rankedBy: MeasureView = measure): ChannelSeries[] {
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const rank = (channelId: string) => total((rankedBy.by_channel[channelId] ?? []).map(Number));
  const all = Object.entries(measure.by_channel).map(([channelId, values]) => ({ channelId, values: values.map(Number) }));
  const ordered = all.toSorted((one, other) => rank(other.channelId) - rank(one.channelId));
  const [largest, others] = [ordered.slice(0, DRAWN), ordered.slice(DRAWN)];
  if (others.length <= 1) return ordered;
  const rest = (others[0]?.values ?? []).map((_, day) => total(others.map((each) => each.values[day] ?? 0)));
  return [...largest, { channelId: "", values: rest }];
}

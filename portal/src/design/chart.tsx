/** Figures over time (uPlot, loaded when first shown) with the table behind; sparkline and bar are our own SVG. */
import { useEffect, useRef, useState } from "preact/hooks";
import { formatCompact, formatDate, formatInstant, formatNumber } from "../format";
import { locale, t } from "../i18n";
import { density, theme } from "../preferences";
import { timeZone } from "../session";

export interface Series {
  label: string;
  /** One value a date, null where there is none; a chart may round, so numbers are enough here. */
  values: readonly (number | null)[];
}

interface TimeSeriesProps {
  label: string;
  /** Business dates, ascending, `YYYY-MM-DD`; or instants, told in the tenant's zone. */
  dates: readonly string[];
  series: readonly Series[];
  height?: number;
  /** Of the figures told beside the legend and in the table; the axis is compact always. */
  format?: (value: number) => string;
  /** Parts of a whole: bars on top of each other instead of lines. */
  stacked?: boolean;
}

const DAY_SECONDS = 86_400;
const isDay = (date: string) => date.length === 10;
const secondsOf = (date: string) => Date.parse(isDay(date) ? `${date}T00:00:00Z` : date) / 1000;
const told = (date: string) => (isDay(date) ? formatDate(date) : formatInstant(date, timeZone.value, new Date()));

/** What stands at the axis: the day, or within two days the hour. */
function tickFormat(dates: readonly string[]): Intl.DateTimeFormat {
  const [one = "", last = one] = [dates[0], dates[dates.length - 1]];
  if (isDay(one)) return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", timeZone: "UTC" });
  const isLong = secondsOf(last) - secondsOf(one) > 2 * DAY_SECONDS;
  return new Intl.DateTimeFormat(locale(), isLong
    ? { day: "numeric", month: "short", timeZone: timeZone.value } : { hour: "2-digit", minute: "2-digit", timeZone: timeZone.value });
}
const COLOURS = ["--chart-1", "--chart-2", "--chart-3", "--chart-4"];

/** uPlot draws on a canvas and needs plain colours: the browser resolves `light-dark()` through a probe. */
function resolveColours(host: HTMLElement, names: readonly string[]): string[] {
  const probe = host.appendChild(document.createElement("span"));
  const found = names.map((name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return found;
}

/** Each series with what stands above it: the first reaches to the top of the pile, so the last is drawn over all. */
function piled(series: readonly Series[]): number[][] {
  return series.map((each, index) => each.values.map((_, at) => series.slice(index).reduce((sum, part) => sum + (part.values[at] ?? 0), 0)));
}

async function draw(host: HTMLElement, { dates, series, height = 220, stacked = false }: TimeSeriesProps, onPoint: (at: number | null) => void) {
  const { default: UPlot } = await import("uplot");
  const bars = UPlot.paths.bars?.({ size: [0.7, 28] });
  const [axis = "", grid = "", ...lines] = resolveColours(host, ["--text-muted", "--border", ...COLOURS]);
  const size = { width: host.clientWidth, height };
  const ticks = tickFormat(dates);
  const [one = "", other = ""] = dates;
  const half = other ? (secondsOf(other) - secondsOf(one)) / 2 : DAY_SECONDS / 2;
  const font = `12px ${getComputedStyle(host).fontFamily}`;
  const common = { stroke: axis, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const plot = new UPlot(
    {
      ...size,
      padding: [12, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: !stacked } },
      hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
      scales: {
        x: { time: true, range: (_, first, last) => (stacked ? [first - half, last + half] : [first, last]) },
        y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] },
      },
      tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      axes: [
        { ...common, values: (_, at) => at.map((seconds) => ticks.format(seconds * 1000)), grid: { show: false }, size: 28, gap: 8, space: 64 },
        { ...common, values: (_, at) => at.map((value) => formatCompact(value)), size: 44, gap: 8, space: 36 },
      ],
      series: [{}, ...series.map((each, index) => {
        const colour = lines[index % lines.length];
        return { label: each.label, stroke: colour, points: { show: !isDay(one), size: 4 }, ...(stacked ? { fill: colour, paths: bars, width: 0 } : { width: 2 }) };
      })],
    },
    [dates.map(secondsOf), ...(stacked ? piled(series) : series.map((each) => [...each.values]))],
    host,
  );
  return plot;
}

/** Whether the system asks for dark: it may change its mind while the page is open. */
function useSystemDark(): boolean {
  const [query] = useState(() => matchMedia("(prefers-color-scheme: dark)"));
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const read = () => setDark(query.matches);
    query.addEventListener("change", read);
    return () => query.removeEventListener("change", read);
  }, []);
  return isDark;
}

export function TimeSeries(props: TimeSeriesProps) {
  const host = useRef<HTMLDivElement>(null);
  const [point, setPoint] = useState<number | null>(null);
  const { format = formatNumber } = props;
  const look = `${theme.value} ${useSystemDark()} ${density.value} ${locale()}`;
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let gone = false;
    let plot: Awaited<ReturnType<typeof draw>> | undefined;
    const observer = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: props.height ?? 220 }));
    void draw(element, props, setPoint).then((drawn) => {
      if (gone) drawn.destroy();
      else plot = drawn;
    });
    observer.observe(element);
    return () => {
      gone = true;
      observer.disconnect();
      plot?.destroy();
    };
  }, [props.dates, props.series, look]);
  return (
    <figure class="chart">
      <figcaption class="chart-legend">
        {props.series.map((each, index) => (
          <span key={each.label}>
            <svg width="12" height="3" aria-hidden="true"><rect width="12" height="3" fill={`var(${COLOURS[index % COLOURS.length]})`} /></svg>
            {each.label}
            {point !== null && <strong class="figure">{format(each.values[point] ?? 0)}</strong>}
          </span>
        ))}
        {point !== null && <span>{told(props.dates[point] ?? "")}</span>}
      </figcaption>
      <div ref={host} role="img" aria-label={props.label} />
      <TableBehind {...props} />
    </figure>
  );
}

function TableBehind({ label, dates, series, format = formatNumber }: TimeSeriesProps) {
  return (
    <details class="no-print">
      <summary>{t("chart.as_table")}</summary>
      <div class="table-scroll">
        <table class="table">
          <caption class="visually-hidden">{label}</caption>
          <thead>
            <tr><th scope="col">{t("attribute.date")}</th>{series.map((each) => <th key={each.label} scope="col" class="end">{each.label}</th>)}</tr>
          </thead>
          <tbody>
            {dates.map((date, row) => (
              <tr key={date}>
                <td>{told(date)}</td>
                {series.map((each) => <td key={each.label} class="end">{each.values[row] == null ? "" : format(each.values[row] ?? 0)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export function Sparkline({ values, label, width = 96, height = 24 }: { values: readonly number[]; label: string; width?: number; height?: number }) {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const step = (width - 2) / Math.max(values.length - 1, 1);
  const points = values.map((value, index) => `${1 + index * step},${height - 2 - ((value - low) / span) * (height - 4)}`);
  return (
    <svg class="sparkline" width={width} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <polyline points={points.join(" ")} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" vector-effect="non-scaling-stroke" />
    </svg>
  );
}

/** A share of a whole (0 to 1) as a bar; the number itself stands beside it in words. */
export function Bar({ share, label }: { share: number; label: string }) {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return (
    <svg class="bar-track" role="img" aria-label={label} viewBox="0 0 100 6" preserveAspectRatio="none">
      <rect class="bar-fill" width={width} height="6" />
    </svg>
  );
}

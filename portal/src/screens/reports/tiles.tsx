/** Tiles of a report: each measure's total with its course and what it was before. */
import type { ComponentChild } from "preact";
import type { MeasureView, Report } from "../../api_types";
import { Sparkline } from "../../design/chart";
import { Explain } from "../../design/explain";
import { Badge } from "../../design/values";
import { formatNumber, formatPercent } from "../../format";
import { t } from "../../i18n";
import { withQuery } from "../../api";
import { change, course, isTime, told } from "./figures";

/** What is better when it falls; costs follow revenue and are neither. */
const BETTER_LOW = new Set(["refunds", "cancelled_revenue", "cancelled_orders", "discounts"]);
const NEUTRAL = new Set(["cost"]);

interface ChangeProps {
  measure: string;
  unit: string | undefined;
  now: string | null | undefined;
  before: string | null | undefined;
}

/** How much more or less than before: in per cent, a rate in points. */
export function Change({ measure, unit, now, before }: ChangeProps) {
  const isRate = unit === "%";
  const found = isRate ? (now && before ? Number(now) - Number(before) : null) : change(now, before);
  if (found === null) return null;
  const rounded = Number(found.toFixed(isRate ? 1 : 3)) || 0; // never "-0"
  const isGood = BETTER_LOW.has(measure) ? rounded < 0 : rounded > 0;
  const tone = rounded === 0 || NEUTRAL.has(measure) ? "quiet" : isGood ? "good" : "warn";
  const text = isRate ? t("reports.points", { count: formatNumber(rounded) }) : formatPercent(rounded);
  return <Badge tone={tone}>{`${rounded > 0 ? "+" : ""}${text}`}</Badge>;
}

interface TileProps {
  report: Report;
  measure: MeasureView;
  /** Where the tile's name leads. */
  href?: string;
  isCurrent?: boolean;
  /** One member of one dimension that the report keeps to. */
  member?: Readonly<Record<string, string>>;
}

export function MeasureTile({ report, measure, href, isCurrent, member }: TileProps) {
  const { name, label } = measure;
  const [now, before] = [report.totals[name], report.totals_before?.[name]];
  const asked = withQuery("/api/reporting/explanation", { measure: name, from: report.first, to: report.last, currency: report.currency, ...member });
  const title: ComponentChild = href ? <a href={href} aria-current={isCurrent ? "true" : undefined} title={measure.text}>{label}</a> : <span title={measure.text}>{label}</span>;
  return (
    <div class={`card measure-tile ${isCurrent ? "current" : ""}`}>
      <div class="muted">{title}</div>
      <Explain path={asked} label={label}><strong class="headline figure">{told(now, report.units[name])}</strong></Explain>
      {report.totals_before && (
        <div class="line wrap"><Change measure={name} unit={report.units[name]} now={now} before={before} /><span class="faint small">{t("reports.before", { value: told(before, report.units[name]) })}</span></div>
      )}
      {isTime(report.group_by) && report.rows.length > 1 && <Sparkline values={course(report, name)} label={t("reports.course", { measure: label })} />}
    </div>
  );
}

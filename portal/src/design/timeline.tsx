/** The history of a document, newest first: who, when, what changed, which channel call. */
import type { TimelineEntry } from "../api_types";
import { formatDate, formatMoney, formatNumber, formatPlain, formatYear } from "../format";
import { codeText, t } from "../i18n";
import { timeZone } from "../session";
import { Skeleton } from "./feedback";
import { DateTime } from "./values";

/** What the document above shows anyway, or what only figures elsewhere need. */
const SHOWN_ELSEWHERE = new Set([
  "id", "number", "name", "state", "currency", "channel_id", "channel_name", "customer_id", "external_id", "external_number", "is_paid",
  "total_without_vat", "total_with_vat", "vat_amount", "paid_total", "cost",
  "type_code", "shipped_at", "by_channel", "tracking_url", "what", "sha256", "sealed_token", "run", "job_kind",
]);

/** Facts whose values are codes with words of their own. */
const CODED: Readonly<Record<string, string>> = {
  paper_kind: "paper_kind", direction: "payment_direction", method: "payment_method", status: "tracking", tracking_status: "tracking",
};

/** Facts whose values are codes, told with the fact's own name. */
const NAMED: Readonly<Record<string, string>> = {
  plan: "plan", role: "role", role_before: "role", document_kind: "erased_kind",
};

/** Days, and instants that are told by their day. */
const DAYS = new Set(["due", "archive_from", "erase_after", "until", "fiscal_year_starts_on"]);

/** An amount or a quantity; a number without a point may be a code. */
const DECIMAL = /^-?\d+\.\d+$/;

/** The event's own facts, one level deep, without the ids that only machines read: the carrier of a shipment, the reason of a hold, the amount of a refund. */
function Facts({ data }: { data: Record<string, unknown> }) {
  const parts = Object.entries(data).flatMap(([name, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(value as Record<string, unknown>) : [[name, value] as const]);
  const isTold = (name: string) => !SHOWN_ELSEWHERE.has(name) && !name.endsWith("_id");
  const facts = parts.filter(([name, value]) => isTold(name) && value !== null && value !== "" && typeof value !== "object");
  if (facts.length === 0) return null;
  const currency = typeof data.currency === "string" ? data.currency : "";
  const value = (name: string, each: unknown) => {
    if (name === "fiscal_year") return formatYear(String(each));
    if (name === "reminder") return codeText("reminder", String(each));
    if (NAMED[name]) return codeText(NAMED[name], String(each));
    if (DAYS.has(name)) return formatDate(String(each).slice(0, 10));
    if (typeof each === "boolean") return t(each ? "value.yes" : "value.no");
    const text = String(each);
    if (!DECIMAL.test(text)) return formatPlain(text, timeZone.value);
    return currency ? formatMoney(text, currency) : formatNumber(text);
  };
  const told = ([name, each]: readonly [string, unknown]) =>
    CODED[name] ? codeText(CODED[name], String(each)) : t("timeline.fact", { name: codeText("attribute", name), value: value(name, each) });
  return <div class="more">{facts.map(told).join(" · ")}</div>;
}

export function Timeline({ items }: { items: readonly TimelineEntry[] | undefined }) {
  if (!items) return <Skeleton lines={4} />;
  if (items.length === 0) return <p class="muted">{t("timeline.empty")}</p>;
  const newestFirst = items.toSorted((one, other) => other.at.localeCompare(one.at));
  return (
    <ol class="timeline">
      {newestFirst.map((item) => (
        <li key={item.id}>
          <div>
            {codeText("timeline", item.type)} <span class="actor">{t("timeline.by", { actor: item.actor.name || codeText("actor", item.actor.kind) })}</span>
          </div>
          <span class="when muted small"><DateTime instant={item.at} /></span>
          <Facts data={item.data} />
        </li>
      ))}
    </ol>
  );
}

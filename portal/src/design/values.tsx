/** Values as people read them: money, quantities, dates, states, ids. Amounts come and stay as decimal strings. */
import type { ComponentChild, ComponentChildren, JSX } from "preact";
import {
  formatDate, formatInstant, formatInstantInFull, formatMoney, formatNumber, formatPercent, formatUnit, formatUnitPrice,
} from "../format";
import { t } from "../i18n";
import { currency as tenantCurrency, timeZone } from "../session";
import { Icon } from "./icons";
import { toast } from "./toast";

export type Tone = "good" | "warn" | "bad" | "info" | "neutral" | "quiet";
type Absent = null | undefined;

export function Dash(): JSX.Element {
  return <span class="faint" aria-label={t("value.none")}>–</span>;
}

export function Money({ amount, currency, unitPrice = false }: { amount: string | Absent; currency?: string | Absent; unitPrice?: boolean }) {
  if (amount === null || amount === undefined) return <Dash />;
  const format = unitPrice ? formatUnitPrice : formatMoney;
  return <span class="figure">{format(amount, currency ?? tenantCurrency.value)}</span>;
}

/** A quantity with its unit (UN/ECE Rec 20); pieces (`C62`) need no unit word in a table. */
export function Quantity({ value, unitCode }: { value: string | number | Absent; unitCode?: string | Absent }) {
  if (value === null || value === undefined) return <Dash />;
  const unit = unitCode && unitCode !== "C62" ? ` ${formatUnit(unitCode)}` : "";
  return <span class="figure">{formatNumber(value) + unit}</span>;
}

export function Percent({ fraction }: { fraction: string | number | Absent }) {
  if (fraction === null || fraction === undefined) return <Dash />;
  return <span class="figure">{formatPercent(fraction)}</span>;
}

/** An instant in the tenant's zone; the hover tells it in full with the zone. */
export function DateTime({ instant, full = false }: { instant: string | Absent; full?: boolean }) {
  if (!instant) return <Dash />;
  const inFull = formatInstantInFull(instant, timeZone.value);
  return (
    <time class="figure" dateTime={instant} title={inFull}>
      {full ? inFull : formatInstant(instant, timeZone.value, new Date())}
    </time>
  );
}

export function Day({ date }: { date: string | Absent }) {
  if (!date) return <Dash />;
  return <time class="figure" dateTime={date} title={t("value.business_date")}>{formatDate(date)}</time>;
}

/** A state is always a word; the colour only helps. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Count({ value, label }: { value: number; label?: string }) {
  return <span class="count" title={label}>{formatNumber(value)}</span>;
}

export function CopyId({ id, label }: { id: string; label?: string }) {
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(id);
    toast(t("value.copied"));
  }
  return (
    <button type="button" class="copy-id" title={t("value.copy")} aria-label={`${t("value.copy")} ${label ?? id}`} onClick={copy}>
      <span class="ellipsis">{label ?? id}</span>
      <Icon name="copy" size={12} />
    </button>
  );
}

export function KeyValue({ items }: { items: readonly (readonly [label: string, value: ComponentChild])[] }) {
  return (
    <dl class="key-value">
      {items.map(([label, value]) => [<dt key={`${label} term`}>{label}</dt>, <dd key={label}>{value ?? <Dash />}</dd>])}
    </dl>
  );
}

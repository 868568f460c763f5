/** Every company that is a customer: plan, state, use, trouble; searched and filtered. */
import type { TenantRow } from "../../api_types";
import { Badge, Dash, DateTime, type Tone } from "../../design/values";
import { codeText, t } from "../../i18n";
import { formatNumber } from "../../format";
import { place, setQuery } from "../../router";
import { Rows } from "../settings/rows";

export const TONES: Record<string, Tone> = { trialing: "info", active: "good", past_due: "warn", read_only: "warn", suspended: "bad", closed: "quiet", held: "bad" };
const STATES = ["trialing", "active", "past_due", "read_only", "suspended", "closed", "held"] as const;
const PLANS = ["trial", "free", "starter", "growth", "scale"] as const;

export function TenantState({ state }: { state: string }) {
  return <Badge tone={TONES[state] ?? "neutral"}>{codeText("subscription_state", state)}</Badge>;
}

function Filters() {
  const value = (name: string) => place.value.query.get(name) ?? "";
  return (
    <div class="line wrap request-filters">
      <input class="input" type="search" placeholder={t("operators.search")} aria-label={t("operators.search")} value={value("q")} onInput={(event) => setQuery({ q: event.currentTarget.value.trim() || null })} />
      <select class="input" aria-label={t("operators.plan")} value={value("plan")} onChange={(event) => setQuery({ plan: event.currentTarget.value || null })}>
        <option value="">{t("operators.every_plan")}</option>
        {PLANS.map((each) => <option key={each} value={each}>{codeText("plan", each)}</option>)}
      </select>
      <select class="input" aria-label={t("attribute.state")} value={value("state")} onChange={(event) => setQuery({ state: event.currentTarget.value || null })}>
        <option value="">{t("operators.every_state")}</option>
        {STATES.map((each) => <option key={each} value={each}>{codeText("subscription_state", each)}</option>)}
      </select>
    </div>
  );
}

export function Tenants() {
  const query: Record<string, string> = {};
  for (const name of ["q", "plan", "state"]) {
    const value = place.value.query.get(name);
    if (value) query[name] = value;
  }
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (row: TenantRow) => <a href={`/operators/tenants/${encodeURIComponent(row.id)}`}>{row.name}</a> },
    { key: "state", label: t("attribute.state"), cell: (row: TenantRow) => <TenantState state={row.state} /> },
    { key: "plan", label: t("operators.plan"), labelled: true, cell: (row: TenantRow) => codeText("plan", row.plan) },
    { key: "users", label: t("settings.users"), align: "end" as const, labelled: true, cell: (row: TenantRow) => formatNumber(row.users) },
    { key: "orders", label: t("operators.orders"), align: "end" as const, labelled: true, cell: (row: TenantRow) => t("subscription.used_of", { used: formatNumber(row.orders), limit: formatNumber(row.orders_limit) }) },
    { key: "problems", label: t("operators.problems"), align: "end" as const, labelled: true, cell: (row: TenantRow) => (row.problems ? <Badge tone="bad">{row.problems}</Badge> : <Dash />) },
    { key: "last", label: t("operators.last_activity"), labelled: true, cell: (row: TenantRow) => (row.last_activity_at ? <DateTime instant={row.last_activity_at} /> : <Dash />) },
    { key: "created", label: t("operators.created"), labelled: true, cell: (row: TenantRow) => <DateTime instant={row.created_at} /> },
  ];
  return (
    <>
      <div class="page-header"><h1>{t("operators.tenants")}</h1></div>
      <p class="muted">{t("operators.tenants_text")}</p>
      <Filters />
      <Rows<TenantRow> title={t("operators.tenants")} path="/api/operators/tenants" query={query} kinds={[]} columns={columns} empty={t("list.none")} />
    </>
  );
}

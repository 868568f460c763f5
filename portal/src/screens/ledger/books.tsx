/** Chart of accounts, journals, exchange rates and fiscal years, with what a year allows: lock, close, carry forward, tax file. */
import type { AccountRow, ExchangeRateRow, FiscalYearView, JournalRow } from "../../api_types";
import { Notice } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { defineEntity, type FormField } from "../../entities";
import { formatDate, formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { place } from "../../router";
import { may } from "../../session";
import { accountName } from "./figures";
import { currentYear, LedgerTabs, useYears } from "./layout";
import { LedgerLines } from "./lines";

type Account = AccountRow & { [key: string]: unknown };
type Journal = JournalRow & { is_chronological?: boolean; [key: string]: unknown };
type Rate = ExchangeRateRow & { [key: string]: unknown };
type FiscalYear = FiscalYearView & { [key: string]: unknown };

const USAGES = [
  "vat_deductible", "customers", "suppliers", "deposits_received", "stock", "cost_of_sales", "purchases", "rounding_loss", "rounding_gain", "bank", "cheques", "cash", "payment_provider", "marketplace", "fees", "bank_fees", "payment_fees", "exchange_loss", "exchange_gain",
] as const;

const ACCOUNT_FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true, full: true },
  { key: "name_en", label: "ledger.name_en", type: "text", full: true },
  { key: "usage", label: "ledger.usage", type: "choice", empty: "", options: USAGES.map((value) => ({ value, label: `ledger_usage.${value}` as const })), help: "ledger.usage_help" },
  { key: "vat_rate", label: "attribute.vat_rate", type: "text" },
  { key: "product_family", label: "ledger.product_family", type: "text" },
];

/** The lines of the account in the year, or the days, that the address names. */
function GeneralLedger({ account }: { account: Account }) {
  const years = useYears();
  const year = years && currentYear(years);
  if (!year) return null;
  const query = new URLSearchParams({ fiscal_year: year.id });
  for (const name of ["from", "to"]) {
    const day = place.value.query.get(name);
    if (day) query.set(name, day.endsWith("-31") ? lastDay(day) : day);
  }
  return <LedgerLines address={`/api/ledger/accounts/${account.id}/lines?${query}`} label={t("ledger.general_ledger")} showParty={account.has_auxiliary} />;
}

/** A month's end, as the trial balance names it, is not always the 31st. */
function lastDay(day: string): string {
  const [year, month] = day.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

const PCG_CLASSES = ["1", "2", "3", "4", "5", "6", "7"] as const;

defineEntity<Account>({
  kind: "account",
  path: "/api/ledger/accounts",
  route: "/ledger/accounts",
  icon: "ledger",
  plural: "ledger.accounts",
  singular: "ledger.account",
  title: (account) => `${account.id} · ${accountName(account)}`,
  columns: [
    { key: "id", label: "attribute.number", type: "text", primary: true },
    { key: "name", label: "attribute.name", type: "text", render: (account) => accountName(account) },
    { key: "account_class", label: "ledger.class", type: "text", render: (account) => codeText("ledger_class", account.id.slice(0, 1)) },
    { key: "usage", label: "ledger.usage", type: "text", render: (account) => (account.usage ? [codeText("ledger_usage", account.usage), account.vat_rate && `${account.vat_rate} %`, account.product_family].filter(Boolean).join(" · ") : "") },
    { key: "has_auxiliary", label: "ledger.has_auxiliary", type: "boolean" },
    { key: "is_active", label: "state.active", type: "boolean", optional: true },
  ],
  filters: [
    { key: "account_class", label: "ledger.class", type: "choice", options: PCG_CLASSES.map((value) => ({ value, label: `ledger_class.${value}` as const })) },
    { key: "usage", label: "ledger.usage", type: "choice", options: USAGES.map((value) => ({ value, label: `ledger_usage.${value}` as const })) },
    { key: "has_auxiliary", label: "ledger.has_auxiliary", type: "boolean" },
    { key: "is_active", label: "state.active", type: "boolean" },
  ],
  notice: () => <LedgerTabs current="accounts" />,
  sections: [{ title: "ledger.general_ledger", type: "custom", bare: true, draw: (account) => <GeneralLedger account={account} /> }],
  create: {
    permission: "ledger.manage", label: "ledger.new_account",
    fields: [
      { key: "number", label: "attribute.number", type: "text", required: true, help: "ledger.number_help" }, ...ACCOUNT_FIELDS,
      { key: "has_auxiliary", label: "ledger.has_auxiliary", type: "boolean" },
    ],
  },
  edit: { permission: "ledger.manage", fields: [...ACCOUNT_FIELDS, { key: "is_active", label: "state.active", type: "boolean" }] },
  empty: { title: "ledger.begin_title", text: "ledger.begin_text" },
});

const KINDS = ["sales", "purchases", "bank", "cash", "general", "stock", "opening"] as const;
const JOURNAL_FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true }, { key: "name_en", label: "ledger.name_en", type: "text" },
];

defineEntity<Journal>({
  kind: "journal",
  path: "/api/ledger/journals",
  route: "/ledger/journals",
  icon: "ledger",
  plural: "ledger.journals",
  singular: "ledger.journal",
  title: (journal) => `${journal.id} · ${accountName(journal)}`,
  columns: [
    { key: "id", label: "attribute.code", type: "text", primary: true },
    { key: "name", label: "attribute.name", type: "text", render: (journal) => accountName(journal) },
    { key: "journal_kind", label: "ledger.journal_kind", type: "text", render: (journal) => codeText("journal_kind", journal.journal_kind) },
    { key: "is_active", label: "state.active", type: "boolean" },
  ],
  notice: () => <LedgerTabs current="journals" />,
  create: {
    permission: "ledger.manage", label: "ledger.new_journal",
    fields: [
      { key: "code", label: "attribute.code", type: "text", required: true, help: "ledger.code_help" }, ...JOURNAL_FIELDS,
      { key: "journal_kind", label: "ledger.journal_kind", type: "choice", required: true, initial: "general", options: KINDS.map((value) => ({ value, label: `journal_kind.${value}` as const })) },
      { key: "is_chronological", label: "ledger.is_chronological", type: "boolean", help: "ledger.is_chronological_help" },
    ],
  },
  edit: { permission: "ledger.manage", fields: [...JOURNAL_FIELDS, { key: "is_active", label: "state.active", type: "boolean" }] },
  sections: [{ title: "ledger.entries", type: "custom", draw: (journal) => <a class="button" href={`/ledger/entries?journal=${journal.id}`}>{t("ledger.see_entries")}</a> }],
  empty: { title: "ledger.begin_title", text: "ledger.begin_text" },
});

const RATE_FIELDS: readonly FormField[] = [
  { key: "rate", label: "ledger.rate", type: "decimal", required: true, help: "ledger.rate_help" },
  { key: "source", label: "ledger.rate_source", type: "text", help: "ledger.rate_source_help" },
];

defineEntity<Rate>({
  kind: "exchange_rate",
  path: "/api/ledger/exchange-rates",
  route: "/ledger/rates",
  icon: "ledger",
  plural: "ledger.rates",
  singular: "ledger.exchange_rate",
  title: (rate) => `${rate.currency} · ${formatDate(rate.rate_on)}`,
  columns: [
    { key: "currency", label: "ledger.currency", type: "text", primary: true },
    { key: "rate_on", label: "attribute.date", type: "date" },
    { key: "rate", label: "ledger.rate", type: "text", labelled: true, render: (rate) => <span class="figure">{formatNumber(rate.rate)}</span> },
    { key: "source", label: "ledger.rate_source", type: "text" },
  ],
  notice: () => <LedgerTabs current="rates" />,
  sections: [{ title: "document.details", type: "facts", facts: [{ key: "rate_on", label: "attribute.date", type: "date" }, { key: "rate", label: "ledger.rate", type: "text", render: (rate) => <span class="figure">{formatNumber(rate.rate)}</span> }, { key: "source", label: "ledger.rate_source", type: "text" }] }],
  create: {
    permission: "ledger.manage", label: "ledger.new_rate",
    fields: [
      { key: "currency", label: "ledger.currency", type: "text", required: true, help: "ledger.currency_help" },
      { key: "rate_on", label: "attribute.date", type: "date", required: true }, ...RATE_FIELDS,
    ],
  },
  edit: { permission: "ledger.manage", fields: RATE_FIELDS },
  empty: { title: "ledger.rates_title", text: "ledger.rates_text" },
});

function Files({ year }: { year: FiscalYear }) {
  return (
    <div class="stack">
      <p class="muted small">{t("ledger.fec_text")}</p>
      {may("ledger.manage") && <div><a class="button" href={`/api/ledger/fiscal-years/${year.id}/fec`} download><Icon name="download" />{t("ledger.fec")}</a></div>}
      <div><a class="button" href={`/ledger?fiscal_year=${year.id}`}>{t("ledger.trial_balance")}</a></div>
      {year.state === "closed" && <Notice>{t("ledger.carry_text")}</Notice>}
    </div>
  );
}

defineEntity<FiscalYear>({
  kind: "fiscal_year",
  path: "/api/ledger/fiscal-years",
  route: "/ledger/years",
  icon: "ledger",
  plural: "ledger.years",
  singular: "ledger.year",
  title: (year) => `${formatDate(year.starts_on)} – ${formatDate(year.ends_on)}`,
  state: (year) => year.state,
  states: {
    open: { label: "year_state.open", tone: "good" }, closed: { label: "year_state.closed", tone: "warn" },
    carried_forward: { label: "year_state.carried_forward", tone: "quiet" },
  },
  columns: [
    { key: "ends_on", label: "ledger.ends_on", type: "date", primary: true },
    { key: "starts_on", label: "ledger.starts_on", type: "date" },
    { key: "state", label: "attribute.state", type: "state" },
    { key: "locked_through", label: "ledger.locked_through", type: "date", labelled: true },
  ],
  notice: () => <LedgerTabs current="years" />,
  actions: [
    { name: "lock", label: "ledger.lock", from: ["open"], permission: "ledger.manage", primary: true, form: [{ key: "through", label: "ledger.lock_through", type: "date", required: true, help: "ledger.lock_help" }] },
    { name: "close", label: "ledger.close", from: ["open"], permission: "ledger.manage", danger: true, confirm: "ledger.close_question" },
    { name: "carry_forward", label: "ledger.carry_forward", from: ["closed"], permission: "ledger.manage", primary: true, confirm: "ledger.carry_question" },
  ],
  sections: [
    { title: "document.details", type: "facts", facts: [{ key: "starts_on", label: "ledger.starts_on", type: "date" }, { key: "ends_on", label: "ledger.ends_on", type: "date" }, { key: "locked_through", label: "ledger.locked_through", type: "date" }, { key: "journals", label: "ledger.journals", type: "tags" }] },
    { title: "ledger.files", type: "custom", side: true, draw: (year) => <Files year={year} /> },
  ],
  create: {
    permission: "ledger.manage", label: "ledger.open_year",
    fields: [{ key: "starts_on", label: "ledger.starts_on", type: "date", required: true }, { key: "ends_on", label: "ledger.ends_on", type: "date", required: true, help: "ledger.ends_on_help" }],
  },
  empty: { title: "ledger.begin_title", text: "ledger.begin_text" },
});

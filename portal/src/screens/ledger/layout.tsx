/** The head that every page of the books shares: its name, the fiscal year, the ways between the pages. */
import type { ComponentChildren } from "preact";
import type { FiscalYearRow } from "../../api_types";
import { Empty, Skeleton } from "../../design/feedback";
import { Tabs } from "../../design/tabs";
import { formatYear } from "../../format";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { may } from "../../session";

const PAGES: readonly (readonly [id: string, label: MessageKey])[] = [
  ["", "ledger.trial_balance"], ["entries", "ledger.entries"], ["aged", "ledger.aged"], ["accounts", "ledger.accounts"],
  ["rules", "ledger.rules"], ["journals", "ledger.journals"], ["rates", "ledger.rates"], ["years", "ledger.years"],
];

export function LedgerTabs({ current }: { current: string }) {
  const tabs = PAGES.map(([id, label]) => ({ id, label: t(label), href: id ? `/ledger/${id}` : "/ledger" }));
  return <Tabs label={t("ledger.title")} tabs={tabs} current={current} />;
}

/** The fiscal years, newest first; undefined until they are known. */
export function useYears(): readonly FiscalYearRow[] | undefined {
  return useResource<{ items: FiscalYearRow[] }>("/api/ledger/fiscal-years", ["fiscal_year"]).data?.items;
}

/** The year the address names, else the newest. */
export function currentYear(years: readonly FiscalYearRow[]): FiscalYearRow | undefined {
  const wanted = place.value.query.get("fiscal_year");
  return years.find((year) => year.id === wanted) ?? years[0];
}

function YearSelect({ years, current }: { years: readonly FiscalYearRow[]; current: FiscalYearRow }) {
  if (years.length < 2) return null;
  return (
    <select class="input narrow" aria-label={t("ledger.year")} value={current.id} onChange={(event) => setQuery({ fiscal_year: event.currentTarget.value, from: null, to: null })}>
      {years.map((year) => <option key={year.id} value={year.id}>{formatYear(year.id)}</option>)}
    </select>
  );
}

interface LedgerPageProps {
  page: string;
  title: MessageKey;
  actions?: ComponentChildren;
  children: (year: FiscalYearRow) => ComponentChildren;
}

/** A page of the books of one fiscal year; without any year it says how to begin. */
export function LedgerPage({ page, title, actions, children }: LedgerPageProps) {
  const years = useYears();
  const year = years && currentYear(years);
  return (
    <div class="page">
      <div class="page-header">
        <h1>{t(title)}</h1>
        {years && year && <YearSelect years={years} current={year} />}
        {year && actions}
      </div>
      <LedgerTabs current={page} />
      {!years ? <Skeleton lines={8} /> : year ? children(year) : <Begin />}
    </div>
  );
}

/** What a company without any fiscal year reads. */
export function Begin() {
  return (
    <Empty icon="ledger" title={t("ledger.begin_title")} text={t("ledger.begin_text")}>
      {may("ledger.manage") && <a class="button primary" href="/ledger/years/new">{t("ledger.open_year")}</a>}
    </Empty>
  );
}

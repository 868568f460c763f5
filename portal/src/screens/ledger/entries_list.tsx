/** The entries of a journal, or the newest of all. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api";
import type { EntryPage, FiscalYearRow, JournalEntryView, JournalRow } from "../../api_types";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Table } from "../../design/table";
import { Pager } from "../../design/tabs";
import { toastError } from "../../design/toast";
import { Day, Money } from "../../design/values";
import { language, t } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { may } from "../../session";
import { entryTitle } from "./entries";
import { LedgerPage } from "./layout";

const COLUMNS = [
  { key: "number", label: "attribute.number" as const, primary: true, cell: (entry: JournalEntryView) => <span class="figure">{entryTitle(entry)}</span> },
  { key: "entry_date", label: "attribute.date" as const, cell: (entry: JournalEntryView) => <Day date={entry.entry_date} /> },
  { key: "label", label: "ledger.label" as const, wraps: true, cell: (entry: JournalEntryView) => entry.label },
  { key: "reference", label: "ledger.reference" as const, cell: (entry: JournalEntryView) => entry.document_reference },
  { key: "accounts", label: "ledger.accounts" as const, cell: (entry: JournalEntryView) => [...new Set(entry.lines.map((line) => line.account))].slice(0, 4).join(" · ") },
];

function Entries({ year }: { year: FiscalYearRow }) {
  const journal = place.value.query.get("journal") ?? "";
  const journals = useResource<{ items: JournalRow[] }>("/api/ledger/journals", ["journal"]).data?.items ?? [];
  const query = new URLSearchParams({ fiscal_year: year.id, journal });
  const address = `/api/ledger/entries?${query}`;
  const { data, error, loading, refetch } = useResource<EntryPage>(address, ["journal_entry"]);
  const [later, setLater] = useState<{ items: JournalEntryView[]; cursor: string | null } | null>(null);
  useEffect(() => setLater(null), [address]);
  const cursor = later ? later.cursor : (data?.cursor ?? null);
  async function more(): Promise<void> {
    const page = (await api.get<EntryPage>(`${address}&cursor=${encodeURIComponent(cursor ?? "")}`)).body;
    setLater((before) => ({ items: [...(before?.items ?? []), ...page.items], cursor: page.cursor }));
  }
  const rows = [...(data?.items ?? []), ...(later?.items ?? [])];
  return (
    <section class="card">
      <div class="filters line wrap">
        <label class="line">
          <span class="muted small">{t("ledger.journal")}</span>
          <select class="input narrow" value={journal} onChange={(event) => setQuery({ journal: event.currentTarget.value || null })}>
            <option value="">{t("ledger.all_journals")}</option>
            {journals.map((each) => <option key={each.id} value={each.id}>{`${each.id} · ${language.value === "en" && each.name_en ? each.name_en : each.name}`}</option>)}
          </select>
        </label>
      </div>
      {error && !data ? <Problem error={error} retry={refetch} /> : loading ? <div class="card-body"><Skeleton lines={6} /></div> : rows.length === 0 ? (
        <Empty icon="ledger" title={t("ledger.empty_title")} text={t("ledger.empty_text")}>
          {may("ledger.post") && <a class="button primary" href="/ledger/entries/new">{t("ledger.new_entry")}</a>}
        </Empty>
      ) : (
        <>
          <Table
            label={t("ledger.entries")} rows={rows} rowId={(entry) => entry.id} href={(entry) => `/ledger/entries/${encodeURIComponent(entry.id)}`} keyboard
            columns={[
              ...COLUMNS.map((column) => ({ ...column, label: t(column.label) })),
              { key: "total", label: t("attribute.total"), align: "end", cell: (entry) => <Money amount={entry.total} currency={entry.currency} /> },
            ]}
          />
          <Pager shown={rows.length} count={undefined} hasMore={cursor !== null} loading={false} onMore={() => void more().catch(toastError)} />
        </>
      )}
    </section>
  );
}

export function EntriesScreen() {
  const actions = may("ledger.post") && <a class="button primary" href="/ledger/entries/new"><Icon name="plus" />{t("ledger.new_entry")}</a>;
  return <LedgerPage page="entries" title="ledger.entries" actions={actions}>{(year) => <Entries year={year} />}</LedgerPage>;
}

/** Entries: the list by journal, and the page of one: lines, place in the chain, document, reversal. */
import type { EntryPage, FiscalYearRow, JournalEntryView, JournalRow } from "../../api_types";
import { api } from "../../api";
import { minus, sum } from "../../decimal";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Table } from "../../design/table";
import { Pager } from "../../design/tabs";
import { toastError } from "../../design/toast";
import { CopyId, Day, KeyValue, Money } from "../../design/values";
import { defineEntity, documentHref, type LinkedDocument } from "../../entities";
import { language, t } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { may } from "../../session";
import { useEffect, useState } from "preact/hooks";
import { LedgerPage } from "./layout";
import { Side } from "./trial_balance";

type Entry = JournalEntryView & { [key: string]: unknown };

export const entryTitle = (entry: { journal: string; number: number }) => `${entry.journal} ${entry.number}`;

function linkedOf(entry: Entry): LinkedDocument[] {
  const linked: LinkedDocument[] = [];
  if (entry.document_kind && entry.document_id && documentHref(entry.document_kind, entry.document_id)) {
    linked.push({ kind: entry.document_kind, id: entry.document_id, title: entry.document_reference || entry.document_id });
  }
  if (entry.reverses && entry.reverses !== entry.document_id) linked.push({ kind: "journal_entry", id: entry.reverses, title: entry.reverses });
  return linked;
}

/** Where the entry stands in the chain of its journal; the hash covers every stored byte and the hash before. */
function Chain({ entry }: { entry: Entry }) {
  const before = entry.number > 1 ? `${entry.fiscal_year}.${entry.journal}.${entry.number - 1}` : "";
  return (
    <div class="stack">
      <p class="muted small">{t("ledger.chain_text")}</p>
      <KeyValue items={[
        [t("ledger.position"), t("ledger.position_of", { number: entry.number, journal: entry.journal, year: entry.fiscal_year })],
        [t("ledger.hash"), <CopyId key="hash" id={entry.hash} label={`${entry.hash.slice(0, 16)}…`} />],
        [t("ledger.previous_hash"), before ? <a key="before" href={documentHref("journal_entry", before)}>{`${entry.previous_hash.slice(0, 16)}…`}</a> : t("ledger.first_of_journal")],
      ]} />
    </div>
  );
}

function EntryTotals({ entry }: { entry: Entry }) {
  const [debit, credit] = [sum(entry.lines.map((line) => line.debit)), sum(entry.lines.map((line) => line.credit))];
  return (
    <KeyValue items={[
      [t("attribute.debit"), <Money key="debit" amount={debit} currency={entry.currency} />],
      [t("attribute.credit"), <Money key="credit" amount={credit} currency={entry.currency} />],
      [t("ledger.difference"), <Money key="left" amount={minus(debit, credit)} currency={entry.currency} />],
    ]} />
  );
}

export const journalEntries = defineEntity<Entry>({
  kind: "journal_entry",
  path: "/api/ledger/entries",
  route: "/ledger/entries",
  icon: "ledger",
  plural: "ledger.entries",
  singular: "ledger.entry",
  title: entryTitle,
  columns: [{ key: "label", label: "ledger.label", type: "text", primary: true }],
  follows: ["letter"],
  total: (entry) => ({ amount: entry.total, currency: entry.currency }),
  party: (entry) => ({ title: entry.label }),
  linked: linkedOf,
  create: { permission: "ledger.post", label: "ledger.new_entry" },
  actions: [{
    name: "reverse", label: "ledger.reverse", permission: "ledger.post", icon: "refresh", danger: true, primary: true,
    form: [{ key: "entry_date", label: "attribute.date", type: "date", help: "ledger.reverse_help" }, { key: "label", label: "ledger.label", type: "text", full: true }],
  }],
  sections: [
    {
      title: "ledger.lines", type: "lines", key: "lines",
      columns: [
        {
          key: "account", label: "ledger.account", type: "text", primary: true,
          render: (line) => <span class="two-lines"><span>{String(line.account_name)}</span><a class="figure" href={`/ledger/accounts/${line.account}`}>{String(line.account)}</a></span>,
        },
        { key: "party_name", label: "ledger.party", type: "text", render: (line) => (line.party_id ? <a href={`/ledger/parties/${encodeURIComponent(String(line.party_id))}`}>{String(line.party_name || line.party_id)}</a> : "") },
        { key: "label", label: "ledger.label", type: "text" },
        { key: "debit", label: "attribute.debit", type: "money", labelled: true, render: (line) => <Side amount={String(line.debit)} currency={String(line.currency || "") || undefined} /> },
        { key: "credit", label: "attribute.credit", type: "money", labelled: true, render: (line) => <Side amount={String(line.credit)} currency={String(line.currency || "") || undefined} /> },
        { key: "due_date", label: "ledger.due_date", type: "date" },
      ],
    },
    { title: "ledger.totals", type: "custom", draw: (entry) => <EntryTotals entry={entry} />, side: true },
    {
      title: "document.details", type: "facts", side: true,
      facts: [
        { key: "journal_name", label: "ledger.journal", type: "text" }, { key: "entry_date", label: "ledger.entry_date", type: "date" },
        { key: "posted_on", label: "ledger.posted_on", type: "date" }, { key: "document_reference", label: "ledger.reference", type: "text" },
        { key: "document_date", label: "ledger.document_date", type: "date" }, { key: "actor_name", label: "ledger.posted_by", type: "text" },
      ],
    },
    { title: "ledger.chain", type: "custom", draw: (entry) => <Chain entry={entry} />, side: true },
  ],
  empty: { title: "ledger.empty_title", text: "ledger.empty_text" },
});

const COLUMNS = [
  { key: "number", label: "attribute.number" as const, primary: true, cell: (entry: JournalEntryView) => <span class="figure">{entryTitle(entry)}</span> },
  { key: "entry_date", label: "attribute.date" as const, cell: (entry: JournalEntryView) => <Day date={entry.entry_date} /> },
  { key: "label", label: "ledger.label" as const, cell: (entry: JournalEntryView) => entry.label },
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

/** The page of one entry: lines, place in the chain, document, reversal. */
import type { JournalEntryView } from "../../api_types";
import { minus, sum } from "../../decimal";
import { CopyId, Day, KeyValue, Money } from "../../design/values";
import { defineEntity, documentHref, type LinkedDocument } from "../../entities";
import { formatYear } from "../../format";
import { t } from "../../i18n";
import { Side } from "./figures";

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
        [t("ledger.position"), t("ledger.position_of", { number: entry.number, journal: entry.journal, year: formatYear(entry.fiscal_year) })],
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
          key: "account", label: "ledger.account", type: "text", primary: true, wraps: true,
          render: (line) => <span class="two-lines"><span lang="fr">{String(line.account_name)}</span><a class="figure" href={`/ledger/accounts/${line.account}`}>{String(line.account)}</a></span>,
        },
        { key: "party_name", label: "ledger.party", type: "text", wraps: true, render: (line) => (line.party_id ? <a href={`/ledger/parties/${encodeURIComponent(String(line.party_id))}`}>{String(line.party_name || line.party_id)}</a> : "") },
        { key: "label", label: "ledger.label", type: "text", wraps: true },
        { key: "debit", label: "attribute.debit", type: "money", labelled: true, render: (line) => <Side amount={String(line.debit)} currency={String(line.currency || "") || undefined} /> },
        { key: "credit", label: "attribute.credit", type: "money", labelled: true, render: (line) => <Side amount={String(line.credit)} currency={String(line.currency || "") || undefined} /> },
        { key: "due_date", label: "ledger.due_date", type: "date", labelled: true, render: (line) => (line.due_date ? <Day date={String(line.due_date)} /> : "") },
      ],
    },
    { title: "ledger.totals", type: "custom", draw: (entry) => <EntryTotals entry={entry} />, side: true },
    {
      title: "document.details", type: "facts", side: true,
      facts: [
        { key: "journal_name", label: "ledger.journal", type: "text", render: (entry) => <span lang="fr">{entry.journal_name}</span> }, { key: "entry_date", label: "ledger.entry_date", type: "date" },
        { key: "posted_on", label: "ledger.posted_on", type: "date" }, { key: "document_reference", label: "ledger.reference", type: "text" },
        { key: "document_date", label: "ledger.document_date", type: "date" }, { key: "actor_name", label: "ledger.posted_by", type: "text" },
      ],
    },
    { title: "ledger.chain", type: "custom", draw: (entry) => <Chain entry={entry} />, side: true },
  ],
  empty: { title: "ledger.empty_title", text: "ledger.empty_text" },
});

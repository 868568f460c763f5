/** Lines of the general ledger or of a party, with running balance and letter; further pages are added below. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api";
import type { LedgerPage, LedgerRow } from "../../api_types";
import { sum } from "../../decimal";
import { Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { Pager } from "../../design/tabs";
import { toastError } from "../../design/toast";
import { Badge, Day, Money } from "../../design/values";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { entryTitle } from "./entries";
import { Side } from "./figures";

export const lineId = (line: { entry_id: string; line: number }) => `${line.entry_id}#${line.line}`;

/** A full letter is settled, a partial one still owes something. */
export function LetterMark({ line }: { line: Pick<LedgerRow, "letter" | "letter_state"> }) {
  if (!line.letter) return null;
  return <Badge tone={line.letter_state === "full" ? "good" : "warn"}>{line.letter_state === "full" ? line.letter : t("ledger.partly", { letter: line.letter })}</Badge>;
}

interface LedgerLinesProps {
  address: string;
  label: string;
  showParty?: boolean;
  showAccount?: boolean;
}

export function LedgerLines({ address, label, showParty, showAccount }: LedgerLinesProps) {
  const { data, error, refetch } = useResource<LedgerPage>(address, ["journal_entry", "letter"]);
  const [later, setLater] = useState<{ lines: LedgerRow[]; cursor: string | null } | null>(null);
  useEffect(() => setLater(null), [address, data]);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <div class="card-body"><Skeleton lines={5} /></div>;
  const cursor = later ? later.cursor : data.cursor;
  async function more(): Promise<void> {
    const page = (await api.get<LedgerPage>(`${address}&cursor=${encodeURIComponent(cursor ?? "")}`)).body;
    setLater((before) => ({ lines: [...(before?.lines ?? []), ...page.lines], cursor: page.cursor }));
  }
  const lines = [...data.lines, ...(later?.lines ?? [])];
  if (lines.length === 0) return <p class="card-body muted">{t("ledger.no_lines")}</p>;
  let balance = "0";
  const rows = lines.map((line) => {
    balance = sum([balance, line.debit, `-${line.credit}`]);
    return { ...line, balance };
  });
  return (
    <>
      <Table
        label={label} rows={rows} rowId={lineId} href={(line) => `/ledger/entries/${encodeURIComponent(line.entry_id)}`} keyboard
        columns={[
          { key: "entry", label: t("ledger.entry"), primary: true, cell: (line) => <span class="figure">{entryTitle(line)}</span> },
          { key: "date", label: t("attribute.date"), cell: (line) => <Day date={line.entry_date} /> },
          ...(showAccount ? [{ key: "account", label: t("ledger.account"), cell: (line: LedgerRow) => <span class="figure">{line.account}</span> }] : []),
          { key: "label", label: t("ledger.label"), wraps: true, cell: (line) => line.label },
          { key: "reference", label: t("ledger.reference"), cell: (line) => line.document_reference },
          ...(showParty ? [{ key: "party", label: t("ledger.party"), wraps: true, cell: (line: LedgerRow) => line.party_id && <a href={`/ledger/parties/${encodeURIComponent(line.party_id)}`}>{line.party_name || line.party_id}</a> }] : []),
          { key: "letter", label: t("ledger.letter"), cell: (line) => <LetterMark line={line} /> },
          { key: "debit", label: t("attribute.debit"), align: "end", labelled: true, cell: (line) => <Side amount={line.debit} /> },
          { key: "credit", label: t("attribute.credit"), align: "end", labelled: true, cell: (line) => <Side amount={line.credit} /> },
          { key: "balance", label: t("ledger.running_balance"), align: "end", labelled: true, cell: (line) => <Money amount={line.balance} /> },
        ]}
      />
      <Pager shown={rows.length} count={undefined} hasMore={cursor !== null} loading={false} onMore={() => void more().catch(toastError)} />
    </>
  );
}

/** The ledger of one customer or supplier: what is open, lettered by hand or by itself, every line, and the letters made. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { FiscalYearRow, LetterRow, OpenItem, OpenItems } from "../../api_types";
import { compare, minus, sum } from "../../decimal";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { ask } from "../../design/overlay";
import { Table } from "../../design/table";
import { Tabs } from "../../design/tabs";
import { toast, toastError } from "../../design/toast";
import { Badge, Day, Money } from "../../design/values";
import { documentHref } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { place } from "../../router";
import { may } from "../../session";
import { entryTitle } from "./entries";
import { Begin, currentYear, useYears } from "./layout";
import { LedgerLines, lineId } from "./lines";
import { Side } from "./figures";

const VIEWS = ["open", "lines", "letters"] as const;

/** The amounts picked; those that add up to nothing make a full letter. */
function Picked({ items, currency, onLetter, onClear, busy }: { items: readonly OpenItem[]; currency: string; onLetter: () => void; onClear: () => void; busy: boolean }) {
  const debit = sum(items.map((item) => item.line.debit));
  const credit = sum(items.map((item) => item.line.credit));
  const left = minus(debit, credit);
  const isFull = compare(left, "0") === 0;
  return (
    <div class="bulk" role="region" aria-label={t("ledger.picked")}>
      <span class="figure">{t("list.selected", { count: items.length })}</span>
      <span>{t("attribute.debit")} <Money amount={debit} currency={currency} /></span>
      <span>{t("attribute.credit")} <Money amount={credit} currency={currency} /></span>
      <Badge tone={isFull ? "good" : "warn"}>{isFull ? t("ledger.settles") : <>{t("ledger.difference")} <Money amount={left} currency={currency} /></>}</Badge>
      <button type="button" class="button primary" disabled={busy || items.length < 2} onClick={onLetter}><Icon name="link" />{t(isFull ? "ledger.letter_full" : "ledger.letter_partly")}</button>
      <button type="button" class="button quiet icon-only" aria-label={t("list.clear_selection")} onClick={onClear}><Icon name="close" /></button>
    </div>
  );
}

function openAddress(account: string, partyId: string, year: FiscalYearRow): string {
  return `/api/ledger/accounts/${account}/open-lines?${new URLSearchParams({ fiscal_year: year.id, party_id: partyId })}`;
}

function OpenLines({ account, partyId, year }: { account: string; partyId: string; year: FiscalYearRow }) {
  const { data, error, refetch } = useResource<OpenItems>(openAddress(account, partyId, year), ["journal_entry", "letter"]);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const mayLetter = may("ledger.post");
  async function run(work: () => Promise<string>): Promise<void> {
    setBusy(true);
    try {
      toast(await work());
      setPicked(new Set());
      await refetch();
    } catch (problem) {
      toastError(problem);
    }
    setBusy(false);
  }
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <div class="card-body"><Skeleton lines={4} /></div>;
  const chosen = data.lines.filter((item) => picked.has(lineId(item.line)));
  const partial = [...new Set(chosen.map((item) => item.letter_id).filter(Boolean))];
  async function letter(): Promise<string> {
    const free = chosen.filter((item) => !item.letter_id).map((item) => ({ entry_id: item.line.entry_id, line: item.line.line }));
    const { body } = partial.length === 1
      ? await api.post<LetterRow>(`/api/ledger/letters/${partial[0]}/extend`, { lines: free })
      : await api.post<LetterRow>("/api/ledger/letters", { lines: free, is_partial: true });
    return t("ledger.lettered", { letter: body.code });
  }
  async function automatically(): Promise<string> {
    const { body } = await api.post<OpenItems>("/api/ledger/letter-matches", { account, party_id: partyId, fiscal_year: year.id });
    return t("ledger.matched", { count: (data?.lines.length ?? 0) - body.lines.length });
  }
  if (data.lines.length === 0) return <Empty icon="check" title={t("ledger.nothing_open_title")} text={t("ledger.nothing_open_text")} />;
  return (
    <>
      <div class="filters line wrap">
        <span class="grow">{t("ledger.balance")} <strong><Money amount={data.balance} currency={data.currency} /></strong></span>
        {mayLetter && <button type="button" class="button" disabled={busy} onClick={() => void run(automatically)}><Icon name="bolt" />{t("ledger.match")}</button>}
      </div>
      {chosen.length > 0 && <Picked items={chosen} currency={data.currency} busy={busy || partial.length > 1} onLetter={() => void run(letter)} onClear={() => setPicked(new Set())} />}
      <Table
        label={t("ledger.open_lines")} rows={data.lines} rowId={(item) => lineId(item.line)} rowName={(item) => item.line.label} keyboard
        selection={mayLetter ? picked : undefined} onSelect={mayLetter ? setPicked : undefined}
        href={(item) => `/ledger/entries/${encodeURIComponent(item.line.entry_id)}`}
        columns={[
          { key: "entry", label: t("ledger.entry"), primary: true, cell: (item) => <span class="figure">{placeTitle(item.line.entry_id)}</span> },
          { key: "date", label: t("attribute.date"), cell: (item) => <Day date={item.line.entry_date} /> },
          { key: "due", label: t("ledger.due_date"), labelled: true, cell: (item) => <Day date={item.line.due_date ?? item.line.entry_date} /> },
          { key: "label", label: t("ledger.label"), wraps: true, cell: (item) => item.line.label },
          { key: "reference", label: t("ledger.reference"), cell: (item) => item.line.document_reference },
          { key: "letter", label: t("ledger.letter"), cell: (item) => item.letter && <Badge tone="warn">{t("ledger.partly", { letter: item.letter })}</Badge> },
          { key: "debit", label: t("attribute.debit"), align: "end", labelled: true, cell: (item) => <Side amount={item.line.debit} currency={data.currency} /> },
          { key: "credit", label: t("attribute.credit"), align: "end", labelled: true, cell: (item) => <Side amount={item.line.credit} currency={data.currency} /> },
        ]}
      />
    </>
  );
}

/** `2026-12-31.VE.12` as people say it. */
function placeTitle(entryId: string): string {
  const [, journal = "", number = ""] = entryId.split(".");
  return entryTitle({ journal, number: Number(number) });
}

function Letters({ partyId }: { partyId: string }) {
  const { data, error, refetch } = useResource<{ items: LetterRow[] }>(`/api/ledger/letters?party_id=${encodeURIComponent(partyId)}`, ["letter"]);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <div class="card-body"><Skeleton lines={3} /></div>;
  if (data.items.length === 0) return <Empty icon="link" title={t("ledger.no_letters_title")} text={t("ledger.no_letters_text")} />;
  async function undo(letter: LetterRow): Promise<void> {
    if (!(await ask({ title: t("ledger.undo_letter"), text: t("ledger.undo_question", { letter: letter.code }), confirm: t("ledger.undo_letter") }))) return;
    await api.post(`/api/ledger/letters/${letter.id}/undo`).catch(toastError);
    await refetch();
  }
  return (
    <Table
      label={t("ledger.letters")} rows={data.items} rowId={(letter) => letter.id}
      columns={[
        { key: "code", label: t("ledger.letter"), primary: true, cell: (letter) => <strong>{letter.code}</strong> },
        { key: "state", label: t("attribute.state"), cell: (letter) => <Badge tone={letter.state === "full" ? "good" : letter.state === "partial" ? "warn" : "quiet"}>{codeText("letter_state", letter.state)}</Badge> },
        { key: "method", label: t("ledger.method"), cell: (letter) => codeText("letter_method", letter.method) },
        { key: "on", label: t("attribute.date"), cell: (letter) => <Day date={letter.lettered_on} /> },
        { key: "debit", label: t("attribute.debit"), align: "end", labelled: true, cell: (letter) => <Money amount={letter.debit} /> },
        { key: "credit", label: t("attribute.credit"), align: "end", labelled: true, cell: (letter) => <Money amount={letter.credit} /> },
        { key: "undo", label: t("document.actions"), cell: (letter) => letter.state !== "undone" && may("ledger.post") && <button type="button" class="button small" onClick={() => void undo(letter)}>{t("ledger.undo_letter")}</button> },
      ]}
    />
  );
}

export function PartyScreen({ id }: { id: string }) {
  const years = useYears();
  const year = years && currentYear(years);
  const account = place.value.query.get("account") ?? "411000";
  const view = place.value.query.get("view") ?? "open";
  const customer = useResource<{ name: string }>(id.startsWith("cus_") ? `/api/parties/customers/${encodeURIComponent(id)}` : null).data;
  const open = useResource<OpenItems>(year && !customer ? openAddress(account, id, year) : null).data;
  const name = customer?.name ?? open?.lines[0]?.party_name ?? id;
  const query = new URLSearchParams(place.value.query);
  const tabs = VIEWS.map((each) => {
    query.set("view", each);
    return { id: each, label: t(each === "open" ? "ledger.open_lines" : each === "lines" ? "ledger.lines" : "ledger.letters"), href: `${place.value.path}?${query}` };
  });
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href={`/ledger/aged?account=${account}`}>{t("ledger.aged")}</a><Icon name="chevron-right" size={12} /><span>{name}</span>
      </nav>
      <div class="page-header">
        <h1>{name}</h1>
        {customer && <a class="button" href={documentHref("customer", id)}>{t("ledger.see_customer")}</a>}
      </div>
      <Tabs label={t("ledger.party")} tabs={tabs} current={view} />
      <section class="card">
        {!years ? <div class="card-body"><Skeleton lines={4} /></div>
          : !year ? <Begin />
            : view === "letters" ? <Letters partyId={id} />
              : view === "lines" ? <LedgerLines address={`/api/ledger/parties/${encodeURIComponent(id)}/lines?fiscal_year=${year.id}`} label={t("ledger.lines")} showAccount />
                : <OpenLines key={`${account} ${year.id}`} account={account} partyId={id} year={year} />}
      </section>
    </div>
  );
}

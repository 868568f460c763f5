/** A free entry, typed by the keyboard alone: Enter goes on to the next line, `=` in an amount balances the entry. */
import { useRef } from "preact/hooks";
import { api } from "../../api";
import type { AccountRow, JournalEntryView, JournalRow } from "../../api_types";
import { compare, minus, sum, typedDecimal } from "../../decimal";
import { Combobox, type Option } from "../../design/combobox";
import { Field, UnsavedBar, useForm, type Form, type Problems, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { Input } from "../../design/input";
import { toast } from "../../design/toast";
import { Badge, Money } from "../../design/values";
import { searchDocuments } from "../../entities";
import { foldText } from "../../format";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { navigate } from "../../router";
import { RemoveLine } from "../fields";
import { usePages } from "../pages";
import { accountName } from "./figures";
import { entryTitle } from "./entries";

interface TypedLine {
  account: string;
  account_name: string;
  has_auxiliary: boolean;
  party_id: string;
  party_name: string;
  label: string;
  debit: string;
  credit: string;
}

const NO_LINE: TypedLine = { account: "", account_name: "", has_auxiliary: false, party_id: "", party_name: "", label: "", debit: "", credit: "" };
const linesOf = (values: Values) => values.lines as TypedLine[];
const used = (line: TypedLine) => line.account !== "" || line.debit !== "" || line.credit !== "";

function amounts(lines: readonly TypedLine[], side: "debit" | "credit"): string {
  return sum(lines.map((line) => typedDecimal(line[side] || "0") ?? "0"));
}

/** Debit less credit of what is typed so far. */
export function leftOver(lines: readonly TypedLine[]): string {
  return minus(amounts(lines, "debit"), amounts(lines, "credit"));
}

export function checkEntry(values: Values): Problems {
  const problems: Problems = {};
  for (const key of ["journal", "entry_date", "label"]) if (!String(values[key] ?? "").trim()) problems[key] = t("field_error.required");
  const lines = linesOf(values);
  if (lines.filter(used).length < 2) problems.lines = t("ledger.two_lines");
  for (const [index, line] of lines.entries()) {
    if (!used(line)) continue;
    if (!line.account) problems[`lines.${index}.account`] = t("field_error.required");
    if (line.has_auxiliary && !line.party_id) problems[`lines.${index}.party_id`] = t("field_error.required");
    for (const side of ["debit", "credit"] as const) {
      if (line[side] && typedDecimal(line[side]) === null) problems[`lines.${index}.${side}`] = t("field_error.decimal");
    }
  }
  if (Object.keys(problems).length === 0 && compare(leftOver(lines), "0") !== 0) problems.lines = t("error.entry_unbalanced");
  return problems;
}

/** The API counts lines without the empty ones; its problems come back to the lines as they stand here. */
function bodyOf(values: Values) {
  return {
    journal: values.journal, entry_date: values.entry_date, label: String(values.label).trim(), document_reference: String(values.document_reference).trim(),
    lines: linesOf(values).filter(used).map((line) => ({
      account: line.account, label: line.label, party_id: line.party_id, party_name: line.party_name,
      debit: typedDecimal(line.debit || "0"), credit: typedDecimal(line.credit || "0"),
    })),
  };
}

export function NewEntryScreen() {
  const today = new Date().toISOString().slice(0, 10);
  const form = useForm({ journal: "OD", entry_date: today, label: "", document_reference: "", lines: [NO_LINE, NO_LINE] });
  const journals = useResource<{ items: JournalRow[] }>("/api/ledger/journals", ["journal"]).data?.items ?? [];
  const save = () => void form.submit(async (values, idempotencyKey) => {
    const { body } = await api.post<JournalEntryView>("/api/ledger/entries", bodyOf(values), { idempotencyKey });
    form.reset(values);
    toast(t("action.created", { name: entryTitle(body) }));
    setTimeout(() => void navigate(`/ledger/entries/${encodeURIComponent(body.id)}`, true));
  }, checkEntry);
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/ledger/entries">{t("ledger.entries")}</a><Icon name="chevron-right" size={12} /><span>{t("ledger.new_entry")}</span>
      </nav>
      <div class="page-header">
        <h1>{t("ledger.new_entry")}</h1>
        <button type="button" class="button primary" disabled={form.busy} onClick={save}><Icon name="check" />{t("ledger.post")}</button>
      </div>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
        <section class="card"><div class="card-body fields">
          <Field label={t("ledger.journal")} problem={form.problems.journal} required>
            {(control) => (
              <select {...control} class="input" value={String(form.values.journal)} onChange={(event) => form.set("journal", event.currentTarget.value)}>
                {journals.map((each) => <option key={each.id} value={each.id}>{`${each.id} · ${accountName(each)}`}</option>)}
              </select>
            )}
          </Field>
          <Words form={form} name="entry_date" label="ledger.entry_date" kind="date" required />
          <Words form={form} name="label" label="ledger.label" required />
          <Words form={form} name="document_reference" label="ledger.reference" />
        </div></section>
        <section class="card"><header><h2>{t("ledger.lines")}</h2></header><div class="card-body"><EntryLines form={form} /><p class="muted small">{t("ledger.keys_help")}</p></div></section>
        <button type="submit" class="visually-hidden" tabIndex={-1}>{t("ledger.post")}</button>
      </form>
      <UnsavedBar form={form} onSave={save} />
    </div>
  );
}

function Words({ form, name, label, kind = "text", required = false }: { form: Form; name: string; label: MessageKey; kind?: "text" | "date"; required?: boolean }) {
  return (
    <Field label={t(label)} problem={form.problems[name]} required={required}>
      {(control) => <Input {...control} kind={kind} value={String(form.values[name])} onInput={(event) => form.set(name, event.currentTarget.value)} />}
    </Field>
  );
}

function EntryLines({ form }: { form: Form }) {
  const table = useRef<HTMLTableElement>(null);
  const accounts = usePages("/api/ledger/accounts", { is_active: "true", limit: "100" }, ["account"]);
  if (accounts.hasMore && !accounts.loading) void accounts.more();
  const known = accounts.items as unknown as readonly AccountRow[];
  const lines = linesOf(form.values);
  const left = leftOver(lines);
  const set = (index: number, part: Partial<TypedLine>) => form.change("lines", (before) => {
    const next = (before as TypedLine[]).map((line, at) => (at === index ? { ...line, ...part } : line));
    return used(next[next.length - 1] as TypedLine) ? [...next, NO_LINE] : next;
  });
  async function find(text: string): Promise<Option[]> {
    const words = foldText(text);
    const found = known.filter((each) => each.id.startsWith(text) || foldText(accountName(each)).includes(words)).slice(0, 20);
    return found.map((each) => ({ id: each.id, title: each.id, subtitle: accountName(each) }));
  }
  function choose(index: number, option: Option | null): void {
    const account = known.find((each) => each.id === option?.id);
    set(index, { account: account?.id ?? "", account_name: account ? accountName(account) : "", has_auxiliary: account?.has_auxiliary ?? false, ...(account?.has_auxiliary ? {} : { party_id: "", party_name: "" }) });
  }
  function onKey(event: KeyboardEvent, index: number, side: "debit" | "credit"): void {
    if (event.key === "=") {
      event.preventDefault();
      const without = leftOver(lines.map((line, at) => (at === index ? { ...line, debit: "", credit: "" } : line)));
      const isDebit = without.startsWith("-");
      set(index, { debit: isDebit ? without.slice(1) : "", credit: isDebit || without === "0" ? "" : without });
    } else if (event.key === "Enter" && index + 1 < lines.length && !(event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      table.current?.querySelectorAll<HTMLElement>("tbody tr")[index + 1]?.querySelector<HTMLInputElement>("input")?.focus();
    } else if (event.key.length === 1 && side === "credit" && lines[index]?.debit) set(index, { debit: "" });
    else if (event.key.length === 1 && side === "debit" && lines[index]?.credit) set(index, { credit: "" });
  }
  return (
    <>
      <table class="table lines-editor entry-lines" ref={table}>
        <thead>
          <tr>
            <th scope="col">{t("ledger.account")}</th><th scope="col">{t("ledger.party")}</th><th scope="col">{t("ledger.label")}</th>
            <th scope="col" class="end">{t("attribute.debit")}</th><th scope="col" class="end">{t("attribute.credit")}</th><th scope="col"><span class="visually-hidden">{t("action.remove")}</span></th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index}>
              <td>
                <Combobox
                  label={`${t("ledger.account")} ${index + 1}`} value={line.account ? { id: line.account, title: line.account } : null} opensAtOnce
                  aria-invalid={form.problems[`lines.${index}.account`] ? true : undefined} search={find} onChange={(option) => choose(index, option)}
                />
                <Wrong form={form} name={`lines.${index}.account`} />
                {line.account_name && <div class="muted small">{line.account_name}</div>}
              </td>
              <td data-label={t("ledger.party")}>
                {line.has_auxiliary && (
                  <Combobox
                    label={`${t("ledger.party")} ${index + 1}`} value={line.party_id ? { id: line.party_id, title: line.party_name || line.party_id } : null} placeholder={t("search.customer")}
                    search={(text, abort) => searchDocuments(text, abort, "customer")} onChange={(option) => set(index, { party_id: option?.id ?? "", party_name: option?.title ?? "" })}
                  />
                )}
                <Wrong form={form} name={`lines.${index}.party_id`} />
              </td>
              <td data-label={t("ledger.label")}>
                <input class="input" aria-label={`${t("ledger.label")} ${index + 1}`} placeholder={String(form.values.label)} value={line.label} onInput={(event) => set(index, { label: event.currentTarget.value })} />
              </td>
              {(["debit", "credit"] as const).map((side) => (
                <td key={side} class="figure-cell" data-label={t(`attribute.${side}`)}>
                  <input
                    class="input figure" inputMode="decimal" aria-label={`${t(`attribute.${side}`)} ${index + 1}`} aria-invalid={form.problems[`lines.${index}.${side}`] ? true : undefined}
                    value={line[side]} onInput={(event) => set(index, { [side]: event.currentTarget.value })} onKeyDown={(event) => onKey(event, index, side)}
                  />
                  <Wrong form={form} name={`lines.${index}.${side}`} />
                </td>
              ))}
              <td>{lines.length > 2 && used(line) && <RemoveLine index={index} onRemove={() => form.set("lines", lines.filter((_, at) => at !== index))} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {form.problems.lines && <div class="problem-line" role="alert"><Icon name="alert" size={14} />{form.problems.lines}</div>}
      <div class="typed-total" role="status">
        <span>{t("attribute.debit")} <Money amount={amounts(lines, "debit")} /></span>
        <span>{t("attribute.credit")} <Money amount={amounts(lines, "credit")} /></span>
        <Badge tone={compare(left, "0") === 0 ? "good" : "warn"}>{compare(left, "0") === 0 ? t("ledger.balanced") : <>{t("ledger.difference")} <Money amount={left} /></>}</Badge>
      </div>
    </>
  );
}

function Wrong({ form, name }: { form: Form; name: string }) {
  return form.problems[name] ? <div class="problem small" role="alert">{form.problems[name]}</div> : null;
}

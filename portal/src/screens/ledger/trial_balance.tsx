/** The trial balance of a year or of some of its months; each account leads to its lines. */
import type { FiscalYearRow, TrialBalance, TrialLine } from "../../api_types";
import { download, toCsv } from "../../csv";
import { sum } from "../../decimal";
import { Empty, Notice, Problem, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Table, type TableColumn } from "../../design/table";
import { CsvButton } from "../../design/tabs";
import { Money } from "../../design/values";
import { language, t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { may } from "../../session";
import { accountName, Side } from "./figures";
import { LedgerPage } from "./layout";

/** The months a year touches, as the API names them. */
export function monthsOf(year: { starts_on: string; ends_on: string }): string[] {
  const months: string[] = [];
  let [at, month] = year.starts_on.split("-").map(Number) as [number, number];
  for (let name = year.starts_on.slice(0, 7); name <= year.ends_on.slice(0, 7); name = `${at}-${String(month).padStart(2, "0")}`) {
    months.push(name);
    month += 1;
    if (month > 12) [at, month] = [at + 1, 1];
  }
  return months;
}

const FIGURES: readonly (readonly [keyof TrialLine & string, MessageKey])[] = [
  ["opening_debit", "ledger.opening_debit"], ["opening_credit", "ledger.opening_credit"], ["debit", "attribute.debit"],
  ["credit", "attribute.credit"], ["closing_debit", "ledger.closing_debit"], ["closing_credit", "ledger.closing_credit"],
];

function columns(currency: string): TableColumn<TrialLine>[] {
  return [
    { key: "account", label: t("ledger.account"), primary: true, cell: (row) => <span class="figure">{row.account}</span> },
    { key: "name", label: t("attribute.name"), wraps: true, cell: (row) => accountName(row) },
    ...FIGURES.map(([key, label]): TableColumn<TrialLine> => ({
      key, label: t(label), align: "end", labelled: true, cell: (row) => <Side amount={String(row[key])} currency={currency} />,
    })),
  ];
}

function MonthSelect({ name, label, months, value }: { name: string; label: MessageKey; months: readonly string[]; value: string }) {
  const shown = new Intl.DateTimeFormat(language.value, { month: "long", year: "numeric", timeZone: "UTC" });
  return (
    <label class="line">
      <span class="muted small">{t(label)}</span>
      <select class="input narrow" value={value} onChange={(event) => setQuery({ [name]: event.currentTarget.value })}>
        {months.map((month) => <option key={month} value={month}>{shown.format(new Date(`${month}-15T00:00:00Z`))}</option>)}
      </select>
    </label>
  );
}

function Balance({ year }: { year: FiscalYearRow }) {
  const months = monthsOf(year);
  const first = place.value.query.get("from") ?? months[0] ?? "";
  const last = place.value.query.get("to") ?? months[months.length - 1] ?? "";
  const query = new URLSearchParams({ fiscal_year: year.id, from: first, to: last });
  const { data, error, refetch } = useResource<TrialBalance>(`/api/ledger/trial-balance?${query}`, ["journal_entry"]);
  const period = new URLSearchParams({ fiscal_year: year.id, from: `${first}-01`, to: `${last}-31` });
  return (
    <section class="card">
      <div class="filters line wrap">
        <MonthSelect name="from" label="ledger.first_month" months={months} value={first} />
        <MonthSelect name="to" label="ledger.last_month" months={months} value={last} />
        <span class="grow" />
        {data && data.rows.length > 0 && <CsvButton onExport={async () => download(`balance-${first}-${last}.csv`, csvOf(data))} />}
      </div>
      {error && !data ? <Problem error={error} retry={refetch} /> : !data ? <div class="card-body"><Skeleton lines={6} /></div> : data.rows.length === 0 ? (
        <Empty icon="ledger" title={t("ledger.empty_title")} text={t("ledger.empty_text")}>
          {may("ledger.post") && <a class="button primary" href="/ledger/entries/new">{t("ledger.new_entry")}</a>}
        </Empty>
      ) : (
        <>
          {data.entries_behind > 0 && <Notice>{t("ledger.behind", { count: data.entries_behind })}</Notice>}
          <Table
            label={t("ledger.trial_balance")} rows={data.rows} columns={columns(data.currency)} rowId={(row) => row.account} keyboard
            href={(row) => `/ledger/accounts/${row.account}?${period}`} footer={<Totals balance={data} />}
          />
          <Result balance={data} />
        </>
      )}
    </section>
  );
}

function Totals({ balance }: { balance: TrialBalance }) {
  return (
    <tr class="total-row">
      <th scope="row" colSpan={2}>{t("attribute.total")}</th>
      {FIGURES.map(([key, label]) => (
        <td key={key} class="end labelled" data-label={t(label)}><Money amount={sum(balance.rows.map((row) => String(row[key])))} currency={balance.currency} /></td>
      ))}
    </tr>
  );
}

function Result({ balance }: { balance: TrialBalance }) {
  const isLoss = balance.result.startsWith("-");
  return (
    <dl class="card-body result-line">
      <dt>{t(isLoss ? "ledger.loss" : "ledger.profit")}</dt>
      <dd><Money amount={balance.result} currency={balance.currency} /></dd>
    </dl>
  );
}

function csvOf(balance: TrialBalance): string {
  return toCsv([t("ledger.account"), t("attribute.name"), ...FIGURES.map(([, label]) => t(label))],
    balance.rows.map((row) => [row.account, accountName(row), ...FIGURES.map(([key]) => String(row[key]))]));
}

export function TrialBalanceScreen() {
  const actions = may("ledger.post") && <a class="button primary" href="/ledger/entries/new"><Icon name="plus" />{t("ledger.new_entry")}</a>;
  return <LedgerPage page="" title="ledger.title" actions={actions}>{(year) => <Balance year={year} />}</LedgerPage>;
}

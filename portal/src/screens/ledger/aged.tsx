/** Aged balance: who owes what, and for how long; each name leads to its open lines. */
import type { Aged, AgedBalance, FiscalYearRow } from "../../api_types";
import { download, toCsv } from "../../csv";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { Input } from "../../design/input";
import { Table } from "../../design/table";
import { CsvButton } from "../../design/tabs";
import { Money } from "../../design/values";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { LedgerPage } from "./layout";
import { Side } from "./figures";

const BUCKETS: readonly (readonly [keyof Aged & string, MessageKey])[] = [
  ["not_due", "ledger.not_due"], ["days_1_30", "ledger.days_1_30"], ["days_31_60", "ledger.days_31_60"], ["days_61_90", "ledger.days_61_90"],
  ["days_over_90", "ledger.days_over_90"], ["unallocated", "ledger.unallocated"], ["total", "attribute.total"],
];

function AgedTable({ year }: { year: FiscalYearRow }) {
  const account = place.value.query.get("account") ?? "411000";
  const at = place.value.query.get("at") ?? "";
  const query = new URLSearchParams({ fiscal_year: year.id, ...(at ? { at } : {}) });
  const { data, error, refetch } = useResource<AgedBalance>(`/api/ledger/accounts/${account}/aged?${query}`, ["journal_entry", "letter"]);
  const csv = (aged: AgedBalance) => toCsv([t("ledger.party"), ...BUCKETS.map(([, label]) => t(label))],
    aged.rows.map((row) => [row.party_name || row.party_id, ...BUCKETS.map(([key]) => String(row.aged[key]))]));
  return (
    <section class="card">
      <div class="filters line wrap">
        <select class="input narrow" aria-label={t("ledger.account")} value={account} onChange={(event) => setQuery({ account: event.currentTarget.value })}>
          <option value="411000">{t("ledger.customers")}</option>
          <option value="401000">{t("ledger.suppliers")}</option>
        </select>
        <label class="line">
          <span class="muted small">{t("ledger.at")}</span>
          <Input kind="date" value={at || (data?.at ?? "")} onInput={(event) => setQuery({ at: event.currentTarget.value || null })} />
        </label>
        <span class="grow" />
        {data && data.rows.length > 0 && <CsvButton onExport={async () => download(`aged-${account}-${data.at}.csv`, csv(data))} />}
      </div>
      {error && !data ? <Problem error={error} retry={refetch} /> : !data ? <div class="card-body"><Skeleton lines={5} /></div> : data.rows.length === 0 ? (
        <Empty icon="check" title={t("ledger.nothing_open_title")} text={t("ledger.nothing_open_text")} />
      ) : (
        <Table
          label={t("ledger.aged")} rows={data.rows} rowId={(row) => row.party_id} keyboard
          href={(row) => `/ledger/parties/${encodeURIComponent(row.party_id)}?account=${account}&fiscal_year=${year.id}`}
          columns={[
            { key: "party", label: t("ledger.party"), primary: true, wraps: true, cell: (row) => row.party_name || row.party_id },
            ...BUCKETS.map(([key, label]) => ({
              key, label: t(label), align: "end" as const, labelled: true,
              cell: (row: AgedBalance["rows"][number]) => <Side amount={String(row.aged[key])} currency={data.currency} />,
            })),
          ]}
          footer={(
            <tr class="total-row">
              <th scope="row">{t("attribute.total")}</th>
              {BUCKETS.map(([key, label]) => <td key={key} class="end labelled" data-label={t(label)}><Money amount={String(data.total[key])} currency={data.currency} /></td>)}
            </tr>
          )}
        />
      )}
    </section>
  );
}

export function AgedScreen() {
  return <LedgerPage page="aged" title="ledger.aged">{(year) => <AgedTable year={year} />}</LedgerPage>;
}

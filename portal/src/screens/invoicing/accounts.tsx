/** Why an invoice stands on its accounts. */
import type { InvoiceAccounts, PostedLine } from "../../api_types";
import { Problem, Skeleton } from "../../design/feedback";
import { Table, type TableColumn } from "../../design/table";
import { Money } from "../../design/values";
import { formatPercent } from "../../format";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { ruleText } from "../ledger/rule_text";
import type { Invoice } from "./invoice";

/** Which account each line and the VAT stand on, and by which rule; said when the rule has changed since. */
export function Accounts({ invoice }: { invoice: Invoice }) {
  const { data, error } = useResource<InvoiceAccounts>(`/api/invoicing/invoices/${invoice.id}/accounts`, ["invoice", "account_determination"]);
  if (error && !data) return <Problem error={error} />;
  if (!data) return <Skeleton lines={3} />;
  const columns: TableColumn<PostedLine>[] = [
    {
      key: "name", label: t("attribute.name"), primary: true,
      cell: (row) => <div class="two-lines"><span>{row.line_id ? row.name : `${t("attribute.vat")} ${formatPercent(`${row.choice.asked.vat_rate}e-2`)}`}</span><span class="small muted">{ruleText(row.choice.rule)}</span></div>,
    },
    {
      key: "account", label: t("ledger.account"), labelled: true,
      cell: (row) => (
        <div class="two-lines">
          <span>{may("ledger.read") ? <a class="in-text" href={`/ledger/accounts/${row.choice.account}`}>{row.choice.account}</a> : row.choice.account} {row.choice.account_name}</span>
          {data.entry_id && !row.is_posted && <span class="small muted">{t("ledger.rule_changed")}</span>}
        </div>
      ),
    },
    { key: "amount", label: t("invoice.net"), align: "end", labelled: true, cell: (row) => <Money amount={row.amount} currency={invoice.currency} /> },
  ];
  return (
    <>
      <Table label={t("ledger.accounts")} rows={data.rows} rowId={(row) => row.line_id || row.name} columns={columns} />
      {data.entry_id && !data.is_current_table && <p class="card-body muted small">{t("ledger.table_of_posting", { version: data.table_version })}</p>}
    </>
  );
}

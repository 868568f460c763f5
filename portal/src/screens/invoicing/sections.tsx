/** The parts of an invoice's page: lines with totals, the pre-flight, its entries, what it is of, what the law wants said. */
import type { ComponentChild } from "preact";
import type { InvoiceLine, Preflight } from "../../api_types";
import { compare, minus } from "../../decimal";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Table, type TableColumn } from "../../design/table";
import { Badge, Dash, Day, KeyValue, Money, Quantity } from "../../design/values";
import { documentHref } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { rateText } from "../sales/order_sections";
import { CREDIT_NOTE, type Invoice } from "./invoice";
import { Rate } from "../payments/rate";
import { PaymentBadge } from "./payment_badge";

function lineColumns(invoice: Invoice): TableColumn<InvoiceLine>[] {
  const money = (amount: string, isUnitPrice = false) => <Money amount={amount} currency={invoice.currency} unitPrice={isUnitPrice} />;
  const end = { align: "end", labelled: true } as const;
  const hasAllowance = invoice.lines.some((line) => compare(line.allowance, "0") !== 0);
  const columns: (TableColumn<InvoiceLine> & { isShown?: boolean })[] = [
    {
      key: "name", label: t("attribute.name"), primary: true,
      cell: (line) => <div class="two-lines"><span>{line.name}</span><span class="mono small muted">{line.sku || codeText("line_kind", line.line_kind)}</span></div>,
    },
    { key: "quantity", label: t("attribute.quantity"), ...end, cell: (line) => <Quantity value={line.quantity} unitCode={line.unit_code} /> },
    { key: "unit_price", label: t("invoice.net_price"), ...end, cell: (line) => money(line.unit_price, true) },
    { key: "allowance", isShown: hasAllowance, label: t("attribute.allowance"), ...end, cell: (line) => (compare(line.allowance, "0") === 0 ? <Dash /> : money(minus("0", line.allowance))) },
    { key: "vat_rate", label: t("attribute.vat"), ...end, cell: (line) => <span class="figure">{rateText(line.vat_rate)}</span> },
    { key: "line_net_amount", label: t("invoice.net"), ...end, cell: (line) => money(line.line_net_amount) },
  ];
  return columns.filter((column) => column.isShown !== false);
}

export function InvoiceLines({ invoice }: { invoice: Invoice }) {
  return (
    <div class="order-lines">
      <Table label={t("invoice.lines")} rows={invoice.lines} rowId={(line) => line.id} columns={lineColumns(invoice)} />
      <Totals invoice={invoice} />
    </div>
  );
}

function Totals({ invoice }: { invoice: Invoice }) {
  const money = (amount: string) => <Money amount={amount} currency={invoice.currency} />;
  const rows: [string, ComponentChild][] = [
    [t("attribute.total_without_vat"), money(invoice.total_without_vat)],
    ...invoice.vat_breakdown.map((row): [string, ComponentChild] => [t("order.vat_of", { rate: rateText(row.vat_rate), category: row.vat_category }), money(row.vat_amount)]),
    [t("attribute.total_with_vat"), money(invoice.total_with_vat)],
  ];
  if (compare(invoice.rounding_amount, "0") !== 0) rows.push([t("attribute.rounding_amount"), money(invoice.rounding_amount)]);
  if (compare(invoice.paid_amount, "0") !== 0) rows.push([t("invoice.paid_before"), money(minus("0", invoice.paid_amount))]);
  return (
    <div class="totals">
      <dl>
        {rows.map(([label, value], index) => <div key={index}><dt>{label}</dt><dd>{value}</dd></div>)}
        <div class="grand"><dt>{t(invoice.type_code === CREDIT_NOTE ? "invoice.to_give_back" : "invoice.payable")}</dt><dd>{money(minus(invoice.payable_amount, invoice.paid_amount))}</dd></div>
      </dl>
      {compare(invoice.rounding_amount, "0") !== 0 && <p class="muted small">{t("invoice.rounding_text")}</p>}
    </div>
  );
}

/** Every rule that the document does not meet: which, in which field, and what to do. */
export function Findings({ invoice }: { invoice: Invoice }) {
  const { data, error, refetch } = useResource<Preflight>(`/api/invoicing/invoices/${encodeURIComponent(invoice.id)}/preflight`, ["invoice", "company", "customer"]);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={2} />;
  if (data.findings.length === 0) return <Notice tone="good">{t("invoice.preflight_good")}</Notice>;
  return (
    <ul class="stack plain">
      {data.findings.map((each) => (
        <li key={`${each.rule} ${each.field}`} class="small-stack">
          <span class="line wrap">
            <Badge tone={each.severity === "fatal" ? "bad" : "warn"}>{t(each.severity === "fatal" ? "invoice.fatal" : "invoice.warning")}</Badge>
            <strong>{each.message}</strong>
          </span>
          <span>{each.fix}</span>
          <span class="mono small muted">{each.rule} · {each.field}</span>
        </li>
      ))}
    </ul>
  );
}

export function Facts({ invoice }: { invoice: Invoice }) {
  const link = (kind: string, id: string, title: string) => {
    const href = documentHref(kind, id);
    return href ? <a key={id} href={href}>{title}</a> : title;
  };
  const entry = (id: string) => (may("ledger.read") ? link("journal_entry", id, id) : id);
  return (
    <KeyValue items={[
      [t("invoice.type"), codeText("invoice_type", invoice.type_code)],
      [t("invoice.issue_date"), <Day key="issued" date={invoice.issue_date} />],
      [t("invoice.due_date"), <Day key="due" date={invoice.due_date} />],
      [t("invoice.supply_date"), <Day key="supplied" date={invoice.supply_date} />],
      [t("invoice.orders"), invoice.sources.length ? <span class="line wrap">{invoice.sources.map((source) => link("sales_order", source.order_id, source.number))}</span> : null],
      [t("invoice.references"), invoice.references.length ? <span class="line wrap">{invoice.references.map((each) => link("invoice", each.invoice_id, each.number))}</span> : null],
      [t("attribute.reason"), invoice.reason || null],
      [t("invoice.entry"), invoice.entry_id ? entry(invoice.entry_id) : null],
      [t("invoice.cost_entry"), invoice.cost_entry_id ? entry(invoice.cost_entry_id) : null],
      ...(invoice.exchange_rate ? [[t("ledger.exchange_rate"), <Rate key="rate" of={invoice} />] as const, [t("payment.own_amount"), <Money key="own" amount={invoice.own_payable_amount} />] as const] : []),
      ...(invoice.cost ? [[t("invoice.cost"), <Money key="cost" amount={invoice.cost} />] as const] : []),
    ]} />
  );
}

export function Buyer({ invoice }: { invoice: Invoice }) {
  const { buyer } = invoice;
  const name = buyer.company_name || buyer.name;
  const href = invoice.customer_id ? documentHref("customer", invoice.customer_id) : undefined;
  const town = [buyer.address.postal_code, buyer.address.city].filter(Boolean).join(" ");
  return (
    <div class="small-stack">
      <strong>{href ? <a href={href}>{name}</a> : name}</strong>
      {[buyer.address.line1, buyer.address.line2, town, buyer.address.country_code].filter(Boolean).map((line) => <span key={line}>{line}</span>)}
      {buyer.siren && <span class="mono small">SIREN {buyer.siren}</span>}
      {buyer.vat_number && <span class="mono small">{buyer.vat_number}</span>}
    </div>
  );
}

/** What of it was credited, and by which documents. */
export function Credits({ invoice }: { invoice: Invoice }) {
  const standing = invoice.standing;
  if (!standing) return null;
  const money = (amount: string) => <Money amount={amount} currency={invoice.currency} />;
  return (
    <div class="stack">
      <KeyValue items={[
        [t("invoice.credited"), money(standing.credited_total)],
        ...(compare(standing.deducted_total, "0") !== 0 ? [[t("invoice.deducted"), money(standing.deducted_total)] as const] : []),
        [t("invoice.left"), money(minus(standing.payable_amount, standing.credited_total, standing.deducted_total))],
      ]} />
      <ul class="plain small-stack">
        {standing.credit_note_ids.map((id, index) => <li key={id}><a href={documentHref("invoice", id)}>{t("invoice.credit_note_number", { number: index + 1 })}</a></li>)}
      </ul>
    </div>
  );
}

export function Mentions({ invoice }: { invoice: Invoice }) {
  return (
    <ul class="plain small-stack">
      {invoice.mentions.map((each) => <li key={each.code}><div>{each.text}</div><div class="small muted">{each.source}</div></li>)}
    </ul>
  );
}

/** Settled, open, and by which payments. */
export function Settlement({ invoice }: { invoice: Invoice }) {
  const standing = invoice.standing;
  if (!standing) return null;
  const isNote = invoice.type_code === CREDIT_NOTE;
  const money = (amount: string) => <Money amount={amount} currency={invoice.currency} />;
  return (
    <div class="stack">
      <KeyValue items={[
        [t("attribute.state"), <PaymentBadge key="state" invoice={invoice} />],
        [t(isNote ? "invoice.given_back" : "invoice.settled"), money(standing.paid_total)],
        ...(compare(standing.refunded_total, "0") !== 0 ? [[t("invoice.given_back"), money(standing.refunded_total)] as const] : []),
        [t("invoice.open"), <strong key="open">{money(invoice.open_amount)}</strong>],
        ...(isNote ? [] : [[t("invoice.due_date"), <Day key="due" date={invoice.due_date} />] as const]),
      ]} />
      {standing.payments.length > 0 && (
        <ul class="linked">
          {standing.payments.map((each) => (
            <li key={each.payment_id}><a class="grow" href={documentHref("payment", each.payment_id)}>{each.number}</a><Day date={each.paid_on} />{money(each.amount)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

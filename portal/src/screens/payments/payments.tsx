/** Payments: what came in and went back, and what of it settles invoices. */
import type { PaymentRow, PaymentView } from "../../api_types";
import { compare, sum } from "../../decimal";
import { Icon } from "../../design/icons";
import { lazily } from "../../design/lazy";
import { Badge, Money } from "../../design/values";
import { defineEntity, documentHref, type Choice, type Column, type LinkedDocument } from "../../entities";
import { codeText, t } from "../../i18n";
import { openDialog } from "../actions";
import { Rate } from "./rate";

/** A document; a row of the list carries what `PaymentRow` says alone. */
export type Payment = PaymentView & PaymentRow & { [key: string]: unknown };

const MatchDialog = lazily(() => import("./match").then((module) => module.MatchDialog));

const METHODS: readonly Choice[] = (["transfer", "direct_debit", "cheque", "card", "cash", "provider", "marketplace"] as const)
  .map((value) => ({ value, label: `payment_method.${value}` as const }));
const DIRECTIONS: readonly Choice[] = [{ value: "in", label: "payment_direction.in" }, { value: "out", label: "payment_direction.out" }];

const COLUMNS: readonly Column<Payment>[] = [
  { key: "number", label: "attribute.number", type: "text", primary: true },
  { key: "paid_on", label: "attribute.date", type: "date" },
  { key: "party_name", label: "attribute.customer", type: "text" },
  { key: "direction", label: "payment.direction", type: "text", render: (payment) => codeText("payment_direction", payment.direction) },
  { key: "method", label: "payment.method", type: "text", render: (payment) => [codeText("payment_method", payment.method), payment.gateway === payment.method ? "" : payment.gateway].filter(Boolean).join(" · ") },
  { key: "order_number", label: "payment.order", type: "text", optional: true },
  { key: "reference", label: "ledger.reference", type: "text" },
  { key: "unallocated", label: "payment.unallocated", type: "money", labelled: true },
  { key: "amount", label: "attribute.amount", type: "money", labelled: true },
  { key: "state", label: "attribute.state", type: "state" },
];

/** Of a payment in another currency: what it came to, and by which rate. */
const OWN_FACTS: readonly Column<Payment>[] = [
  { key: "own_amount", label: "payment.own_amount", type: "money", render: (payment) => <Money amount={payment.own_amount} /> },
  { key: "exchange_rate", label: "ledger.exchange_rate", type: "text", render: (payment) => <Rate of={payment} /> },
];

function linkedOf(payment: Payment): LinkedDocument[] {
  const linked: LinkedDocument[] = (payment.allocations ?? []).map((each) => ({ kind: "invoice", id: each.invoice_id, title: `${each.number} · ${each.amount}` }));
  if (payment.order_id) linked.push({ kind: "sales_order", id: payment.order_id, title: payment.order_number });
  if (payment.payout_id) linked.push({ kind: "payout", id: payment.payout_id, title: payment.payout_number });
  linked.push({ kind: "journal_entry", id: payment.entry_id, title: payment.entry_id });
  for (const id of payment.exchange_entry_ids ?? []) linked.push({ kind: "journal_entry", id, title: `${t("payment.exchange_difference")} · ${id}` });
  if (payment.reversal_id) linked.push({ kind: "journal_entry", id: payment.reversal_id, title: payment.reversal_id });
  return linked;
}

function Settles({ payment }: { payment: Payment }) {
  if (payment.allocations.length === 0) return <p class="muted">{t("payment.settles_nothing")}</p>;
  return (
    <ul class="linked">
      {payment.allocations.map((each) => (
        <li key={each.invoice_id}>
          <Icon name="file" /><a class="grow" href={documentHref("invoice", each.invoice_id)}>{each.number}</a><Money amount={each.amount} currency={payment.currency} />
        </li>
      ))}
      <li><span class="grow">{t("payment.unallocated")}</span>{compare(payment.unallocated, "0") === 0 ? <Badge tone="good">{t("payment.all_used")}</Badge> : <Money amount={payment.unallocated} currency={payment.currency} />}</li>
      <li><span class="grow">{t("attribute.total")}</span><strong><Money amount={sum([payment.unallocated, ...payment.allocations.map((each) => each.amount)])} currency={payment.currency} /></strong></li>
    </ul>
  );
}

defineEntity<Payment>({
  kind: "payment",
  path: "/api/payments/payments",
  route: "/payments",
  icon: "payment",
  plural: "payment.plural",
  singular: "payment.singular",
  title: (payment) => payment.number,
  state: (payment) => payment.state,
  states: { posted: { label: "payment_state.posted", tone: "good" }, reversed: { label: "payment_state.reversed", tone: "quiet" } },
  columns: COLUMNS,
  filters: [
    { key: "direction", label: "payment.direction", type: "choice", options: DIRECTIONS },
    { key: "method", label: "payment.method", type: "choice", options: METHODS },
    { key: "payout_state", label: "payout.singular", type: "choice", options: [{ value: "waiting", label: "payout_state.waiting" }, { value: "paid_out", label: "payout_state.paid_out" }] },
    { key: "state", type: "state" },
    { key: "dates", label: "attribute.date", type: "dates" },
    { key: "customer_id", label: "attribute.customer", type: "reference", kind: "customer" },
  ],
  views: [{ id: "unallocated", label: "payment.to_match", query: { view: "unallocated" } }, { id: "in_transit", label: "payout.waiting", query: { payout_state: "waiting" } }],
  ways: [{ label: "payout.plural", href: "/payouts", permission: "payments.read" }],
  follows: ["letter", "payout"],
  total: (payment) => ({ amount: payment.amount, currency: payment.currency }),
  party: (payment) => ({ title: payment.party_name || payment.party_id, href: payment.customer_id ? documentHref("customer", payment.customer_id) : undefined }),
  linked: linkedOf,
  actions: [
    { name: "match", label: "payment.match", permission: "payments.write", primary: true, icon: "link", open: (payment, onDone) => openDialog((close) => <MatchDialog payment={payment} onDone={onDone} close={close} />) },
    { name: "unmatch", label: "payment.unmatch", permission: "payments.write", confirm: "payment.unmatch_question" },
    { name: "reverse", label: "payment.reverse", permission: "payments.write", danger: true, form: [{ key: "reason", label: "attribute.reason", type: "text", required: true, full: true, help: "payment.reverse_help" }, { key: "on", label: "attribute.date", type: "date" }] },
  ],
  sections: [
    { title: "payment.settles", type: "custom", draw: (payment) => <Settles payment={payment} /> },
    {
      title: "document.details", type: "facts", side: true,
      facts: [
        ...COLUMNS.filter((column) => ["paid_on", "direction", "method", "reference"].includes(column.key)),
        { key: "fee", label: "payment.fee", type: "money" }, { key: "account", label: "ledger.account", type: "text" }, { key: "note", label: "attribute.note", type: "text" },
        { key: "created_by", label: "ledger.posted_by", type: "text" },
      ],
    },
    { title: "ledger.exchange_rate", type: "facts", side: true, facts: OWN_FACTS, when: (payment) => payment.own_amount !== null },
  ],
  create: {
    permission: "payments.write", label: "payment.new",
    fields: [
      { key: "direction", label: "payment.direction", type: "choice", required: true, initial: "in", options: DIRECTIONS },
      { key: "method", label: "payment.method", type: "choice", required: true, initial: "transfer", options: METHODS },
      { key: "customer_id", label: "attribute.customer", type: "reference", kind: "customer", required: true },
      { key: "amount", label: "attribute.amount", type: "decimal", required: true },
      { key: "fee", label: "payment.fee", type: "decimal", empty: "0", help: "payment.fee_help" },
      { key: "currency", label: "ledger.currency", type: "text", empty: "", help: "payment.currency_help" },
      { key: "own_amount", label: "payment.own_amount", type: "decimal", help: "payment.own_amount_help" },
      { key: "paid_on", label: "attribute.date", type: "date", help: "payment.today_help" },
      { key: "reference", label: "ledger.reference", type: "text" },
      { key: "note", label: "attribute.note", type: "text", full: true },
    ],
  },
  empty: { title: "payment.empty_title", text: "payment.empty_text" },
});

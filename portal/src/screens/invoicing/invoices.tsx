/** Invoices, deposits and credit notes: drafts, and what was issued and never changes again. */
import { defineEntity, documentHref, type FormField } from "../../entities";
import { codeText, t } from "../../i18n";
import { lazily } from "../../design/lazy";
import { Dash, Money } from "../../design/values";
import { compare } from "../../decimal";
import { may } from "../../session";
import { Papers } from "../documents/papers";
import { channelNames } from "../names";
import { discard, openCredit, openIssue, openPay } from "./opening";
import { CREDIT_NOTE, PAYMENT_TONES, stateOf, TYPES, type Invoice } from "./invoice";
import { PaymentBadge } from "./payment_badge";

const part = (name: "Buyer" | "Credits" | "Facts" | "Findings" | "InvoiceLines" | "Mentions" | "Settlement") => lazily(() => import("./sections").then((module) => module[name]));
const [Buyer, Credits, Facts, Findings, InvoiceLines, Mentions, Settlement] = [part("Buyer"), part("Credits"), part("Facts"), part("Findings"), part("InvoiceLines"), part("Mentions"), part("Settlement")];

const Accounts = lazily(() => import("./accounts").then((module) => module.Accounts));

const KINDS = [
  { value: "goods", label: "line_kind.goods" }, { value: "service", label: "line_kind.service" },
  { value: "shipping", label: "line_kind.shipping" }, { value: "fee", label: "line_kind.fee" },
] as const;

const LINE_FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "line_kind", label: "invoice.line_kind", type: "choice", required: true, initial: "goods", options: KINDS },
  { key: "quantity", label: "attribute.quantity", type: "decimal", required: true, initial: "1" },
  { key: "unit_price", label: "attribute.unit_price", type: "decimal", required: true },
  { key: "allowance", label: "attribute.allowance", type: "decimal", initial: "0" },
  { key: "vat_category", label: "invoice.vat_category", type: "text", required: true, initial: "S", help: "invoice.vat_category_help" },
  { key: "vat_rate", label: "attribute.vat", type: "decimal", required: true, initial: "20" },
];

const FIELDS: readonly FormField[] = [
  { key: "customer_id", label: "attribute.customer", type: "reference", kind: "customer", required: true, empty: "" },
  { key: "payment_terms_days", label: "invoice.payment_terms_days", type: "integer" },
  { key: "buyer_reference", label: "invoice.buyer_reference", type: "text" },
  { key: "supply_date", label: "invoice.supply_date", type: "date" },
  { key: "lines", label: "invoice.lines", type: "lines", fields: LINE_FIELDS, initial: [{}], full: true },
  { key: "allowance", label: "invoice.whole_allowance", type: "decimal", initial: "0", help: "invoice.whole_allowance_help" },
  { key: "allowance_reason", label: "attribute.reason", type: "text" },
  { key: "prices_include_vat", label: "price_list.include_vat", type: "boolean", initial: false },
  { key: "note", label: "attribute.note", type: "textarea", full: true },
];

const paymentOptions = (Object.keys(PAYMENT_TONES) as (keyof typeof PAYMENT_TONES)[])
  .filter((value) => value !== "overdue").map((value) => ({ value, label: `invoice_payment.${value}` as const }));
const typeOptions = Object.entries(TYPES).map(([value, label]) => ({ value, label }));

/** A draft typed without VAT and without a reduction of the whole can be typed again as it is. */
function isEditable(invoice: Invoice): boolean {
  return invoice.state === "draft" && invoice.sources.length === 0 && !invoice.prices_include_vat && invoice.lines.every((line) => line.line_kind !== "allowance");
}

export const invoices = defineEntity<Invoice>({
  kind: "invoice",
  path: "/api/invoicing/invoices",
  route: "/invoices",
  icon: "file",
  plural: "invoice.plural",
  singular: "invoice.singular",
  title: (invoice) => invoice.number || t("invoice.draft_title"),
  state: stateOf,
  states: {
    draft: { label: "state.draft", tone: "quiet" },
    issued: { label: "invoice.state_issued", tone: "good" },
    partly_credited: { label: "invoice.state_partly_credited", tone: "warn" },
    credited: { label: "invoice.state_credited", tone: "quiet" },
  },
  columns: [
    { key: "number", label: "attribute.number", type: "text", primary: true, render: (invoice) => invoice.number || t("invoice.draft_title") },
    { key: "type_code", label: "invoice.type", type: "text", render: (invoice) => codeText("invoice_type", invoice.type_code) },
    { key: "state", label: "attribute.state", type: "state" },
    { key: "customer_name", label: "attribute.customer", type: "text" },
    { key: "channel_id", label: "attribute.channel", type: "text", optional: true, render: (invoice) => channelNames.value[invoice.channel_id] ?? invoice.channel_id },
    { key: "issue_date", label: "invoice.issue_date", type: "date" },
    { key: "due_date", label: "invoice.due_date", type: "date", labelled: true },
    { key: "payment_state", label: "invoice.payment", type: "text", labelled: true, render: (invoice) => <PaymentBadge invoice={invoice} /> },
    { key: "total_without_vat", label: "attribute.total_without_vat", type: "money", optional: true, labelled: true },
    {
      key: "payable_amount", label: "attribute.total", type: "money",
      render: (invoice) => <Money amount={invoice.type_code === CREDIT_NOTE && compare(invoice.payable_amount, "0") > 0 ? `-${invoice.payable_amount}` : invoice.payable_amount} currency={invoice.currency} />,
    },
    {
      key: "open_amount", label: "invoice.open", type: "money", labelled: true,
      render: (invoice) => (invoice.type_code === CREDIT_NOTE || compare(invoice.open_amount, "0") === 0 ? <Dash /> : <Money amount={invoice.open_amount} currency={invoice.currency} />),
    },
  ],
  filters: [
    { key: "payment_state", label: "invoice.payment", type: "choice", options: paymentOptions },
    { key: "type_code", label: "invoice.type", type: "choice", options: typeOptions },
    { key: "channel_id", label: "attribute.channel", type: "names", names: () => channelNames.value },
    { key: "dates", label: "invoice.issue_date", type: "dates" },
  ],
  views: [
    { id: "open", label: "invoice.view_open", query: { view: "open" } },
    { id: "overdue", label: "invoice.view_overdue", query: { view: "overdue" } },
    { id: "drafts", label: "invoice.drafts", query: { view: "drafts" } },
  ],
  follows: ["payment"],
  ways: [{ label: "invoice.to_invoice", href: "/invoices/to-invoice", permission: "invoices.read" }],
  actions: [
    { name: "issue", label: "invoice.issue", from: ["draft"], primary: true, icon: "check", permission: "invoices.issue", open: openIssue },
    { name: "credit", label: "invoice.credit", from: ["issued", "partly_credited"], permission: "invoices.issue", open: openCredit },
    { name: "pay", label: "invoice.pay", icon: "payment", permission: "payments.write", when: (invoice) => invoice.state === "issued" && compare(invoice.open_amount, "0") > 0, open: openPay },
    { name: "discard", label: "invoice.discard", danger: true, permission: "invoices.write", when: (invoice) => invoice.state === "draft", open: (invoice) => discard(invoice) },
  ],
  party: (invoice) => ({ title: invoice.customer_name, href: invoice.customer_id ? documentHref("customer", invoice.customer_id) : undefined }),
  total: (invoice) => ({ amount: invoice.payable_amount, currency: invoice.currency }),
  sections: [
    { title: "invoice.lines", type: "custom", bare: true, draw: (invoice) => <InvoiceLines invoice={invoice} /> },
    { title: "invoice.preflight", type: "custom", draw: (invoice) => <Findings invoice={invoice} /> },
    { title: "ledger.accounts", type: "custom", bare: true, draw: (invoice) => <Accounts invoice={invoice} /> },
    { title: "invoice.mentions", type: "custom", draw: (invoice) => <Mentions invoice={invoice} />, when: (invoice) => invoice.mentions.length > 0 },
    { title: "invoice.payment", type: "custom", side: true, draw: (invoice) => <Settlement invoice={invoice} />, when: (invoice) => invoice.standing !== null },
    { title: "paper.title", type: "custom", side: true, draw: (invoice) => <Papers kind="invoice" subjectId={invoice.id} makes={[invoice.type_code === CREDIT_NOTE ? "credit_note" : "invoice"]} />, when: (invoice) => invoice.state === "issued" && may("documents.read") },
    { title: "document.details", type: "custom", side: true, draw: (invoice) => <Facts invoice={invoice} /> },
    { title: "attribute.customer", type: "custom", side: true, draw: (invoice) => <Buyer invoice={invoice} /> },
    { title: "invoice.credits", type: "custom", side: true, draw: (invoice) => <Credits invoice={invoice} />, when: (invoice) => invoice.standing !== null && invoice.type_code !== CREDIT_NOTE },
  ],
  create: { permission: "invoices.write", label: "invoice.new", fields: FIELDS },
  edit: { permission: "invoices.write", fields: FIELDS, when: isEditable },
  empty: { title: "invoice.empty_title", text: "invoice.empty_text" },
});

/** Payouts: what providers brought to the bank, of which payments, and what they kept. */
import type { PayoutRow, PayoutView } from "../../api_types";
import { lazily } from "../../design/lazy";
import { defineEntity, type Column } from "../../entities";
import { codeText } from "../../i18n";

/** A document; a row of the list carries what `PayoutRow` says alone. */
export type Payout = PayoutView & PayoutRow & { [key: string]: unknown };

const NewPayout = lazily(() => import("./new_payout").then((module) => module.NewPayout));

const Lines = lazily(() => import("./payout_lines").then((module) => module.Lines));

const COLUMNS: readonly Column<Payout>[] = [
  { key: "number", label: "attribute.number", type: "text", primary: true },
  { key: "paid_on", label: "attribute.date", type: "date" },
  { key: "method", label: "payment.method", type: "text", render: (payout) => [codeText("payment_method", payout.method), payout.gateway === payout.method ? "" : payout.gateway].filter(Boolean).join(" · ") },
  { key: "external_id", label: "payout.external_id", type: "text" },
  { key: "payment_count", label: "payment.plural", type: "count", labelled: true },
  { key: "gross", label: "payout.gross", type: "money", labelled: true },
  { key: "fee", label: "payment.fee", type: "money", labelled: true },
  { key: "net", label: "payout.net", type: "money", labelled: true },
  { key: "state", label: "attribute.state", type: "state" },
];

defineEntity<Payout>({
  kind: "payout",
  path: "/api/payments/payouts",
  route: "/payouts",
  icon: "payment",
  plural: "payout.plural",
  singular: "payout.singular",
  title: (payout) => payout.number,
  state: (payout) => payout.state,
  states: { posted: { label: "payment_state.posted", tone: "good" }, reversed: { label: "payment_state.reversed", tone: "quiet" } },
  columns: COLUMNS,
  filters: [
    { key: "state", type: "state" },
    { key: "dates", label: "attribute.date", type: "dates" },
  ],
  ways: [{ label: "payment.plural", href: "/payments", permission: "payments.read" }, { label: "payout.fee_rules", href: "/settings/payments", permission: "payments.read" }],
  total: (payout) => ({ amount: payout.net, currency: payout.currency }),
  linked: (payout) => [payout.entry_id, payout.reversal_id].filter(Boolean).map((id) => ({ kind: "journal_entry", id, title: id })),
  actions: [
    { name: "reverse", label: "payout.reverse", permission: "payments.write", danger: true, form: [{ key: "reason", label: "attribute.reason", type: "text", required: true, full: true, help: "payout.reverse_help" }, { key: "on", label: "attribute.date", type: "date" }] },
  ],
  sections: [
    { title: "payment.plural", type: "custom", bare: true, draw: (payout) => <Lines payout={payout} /> },
    {
      title: "document.details", type: "facts", side: true,
      facts: [
        ...COLUMNS.filter((column) => ["paid_on", "method", "external_id"].includes(column.key)),
        { key: "reference", label: "ledger.reference", type: "text" }, { key: "account", label: "ledger.account", type: "text" },
        { key: "transit_account", label: "payout.transit_account", type: "text" }, { key: "note", label: "attribute.note", type: "text" },
        { key: "created_by", label: "ledger.posted_by", type: "text" },
      ],
    },
  ],
  create: { permission: "payments.write", label: "payout.new", screen: () => <NewPayout /> },
  empty: { title: "payout.empty_title", text: "payout.empty_text" },
});

/** Payouts: what providers brought to the bank, of which payments, and what they kept. */
import type { PayoutRow, PayoutView } from "../../api_types";
import { lazily } from "../../design/lazy";
import { Money } from "../../design/values";
import { Table } from "../../design/table";
import { defineEntity, documentHref, type Column } from "../../entities";
import { codeText, t } from "../../i18n";
import { channelNames } from "../names";

/** A document; a row of the list carries what `PayoutRow` says alone. */
export type Payout = PayoutView & PayoutRow & { [key: string]: unknown };

const NewPayout = lazily(() => import("./new_payout").then((module) => module.NewPayout));

const COLUMNS: readonly Column<Payout>[] = [
  { key: "number", label: "attribute.number", type: "text", primary: true },
  { key: "paid_on", label: "attribute.date", type: "date" },
  { key: "method", label: "payment.method", type: "text", render: (payout) => [codeText("payment_method", payout.method), payout.gateway].filter(Boolean).join(" · ") },
  { key: "external_id", label: "payout.external_id", type: "text" },
  { key: "payment_count", label: "payment.plural", type: "count", labelled: true },
  { key: "gross", label: "payout.gross", type: "money", labelled: true },
  { key: "fee", label: "payment.fee", type: "money", labelled: true },
  { key: "net", label: "payout.net", type: "money", labelled: true },
  { key: "state", label: "attribute.state", type: "state" },
];

function Lines({ payout }: { payout: Payout }) {
  const money = (amount: string) => <Money amount={amount} currency={payout.currency} />;
  const end = { align: "end", labelled: true } as const;
  return (
    <div class="order-lines">
      <Table
        label={t("payment.plural")} rows={payout.lines} rowId={(line) => line.payment_id} href={(line) => documentHref("payment", line.payment_id) ?? "#"}
        columns={[
          { key: "number", label: t("payment.singular"), primary: true, cell: (line) => line.number },
          { key: "order", label: t("payment.order"), labelled: true, cell: (line) => line.order_number },
          { key: "channel", label: t("attribute.channel"), cell: (line) => (line.channel_id ? (channelNames.value[line.channel_id] ?? line.channel_id) : t("order.by_hand")) },
          { key: "amount", label: t("payout.in_transit"), ...end, cell: (line) => money(line.amount) },
          { key: "fee", label: t("payment.fee"), ...end, cell: (line) => money(line.fee) },
        ]}
      />
      <div class="totals">
        <dl>
          <div><dt>{t("payout.gross")}</dt><dd>{money(payout.gross)}</dd></div>
          <div><dt>{t("payment.fee")}</dt><dd>{money(payout.fee)}</dd></div>
          <div class="grand"><dt>{t("payout.net")}</dt><dd>{money(payout.net)}</dd></div>
        </dl>
      </div>
    </div>
  );
}

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

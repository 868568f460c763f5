/** The payments of a payout, and its sums. */
import { compare } from "../../decimal";
import { Table } from "../../design/table";
import { Money } from "../../design/values";
import { documentHref } from "../../entities";
import { t } from "../../i18n";
import { channelNames } from "../names";
import type { Payout } from "./payouts";

export function Lines({ payout }: { payout: Payout }) {
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
          {compare(payout.exchange_difference, "0") !== 0 && <div><dt>{t("payment.exchange_difference")}</dt><dd>{money(payout.exchange_difference)}</dd></div>}
          <div class="grand"><dt>{t("payout.net")}</dt><dd>{money(payout.net)}</dd></div>
        </dl>
      </div>
    </div>
  );
}

/** What payments settle of an invoice: the badge of its lists, and the card of its page. */
import { compare } from "../../decimal";
import { Badge, Dash, Day, KeyValue, Money } from "../../design/values";
import { documentHref } from "../../entities";
import { codeText, t } from "../../i18n";
import { CREDIT_NOTE, PAYMENT_TONES, paymentStateOf, type Invoice, type Standing } from "./invoice";

export function PaymentBadge({ invoice }: { invoice: Standing & { type_code: string } }) {
  const state = paymentStateOf(invoice);
  if (!state) return <Dash />;
  const word = invoice.type_code === CREDIT_NOTE ? codeText("refund_state", state) : codeText("invoice_payment", state);
  return <Badge tone={PAYMENT_TONES[state]}>{word}</Badge>;
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

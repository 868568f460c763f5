/** How payments stand, in one word: in lists, on the order's page. */
import { Badge, Dash } from "../../design/values";
import { codeText } from "../../i18n";
import { CREDIT_NOTE, PAYMENT_TONES, paymentStateOf, type Standing } from "./invoice";

export function PaymentBadge({ invoice }: { invoice: Standing & { type_code: string } }) {
  const state = paymentStateOf(invoice);
  if (!state) return <Dash />;
  const word = invoice.type_code === CREDIT_NOTE ? codeText("refund_state", state) : codeText("invoice_payment", state);
  return <Badge tone={PAYMENT_TONES[state]}>{word}</Badge>;
}

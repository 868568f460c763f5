/** Fees agreed with payment providers, for payments whose shop does not tell the fee. */
import { entityOf, type FormField } from "../../entities";
import { may } from "../../session";
import { DocumentForm } from "../document_form";
import { SettingsPage } from "./layout";

const methods = entityOf("payment")?.create?.fields?.find((field) => field.key === "method")?.options;
const FIELDS: readonly FormField[] = [
  {
    key: "fee_rules", label: "payout.fee_rules", type: "lines", stacked: true, initial: [],
    fields: [
      { key: "method", label: "payment.method", type: "choice", required: true, initial: "provider", options: methods },
      { key: "gateway", label: "payout.gateway", type: "text", empty: "", help: "payout.gateway_help" },
      { key: "percent", label: "payout.percent", type: "decimal", required: true, initial: "0" },
      { key: "fixed", label: "payout.fixed", type: "decimal", required: true, initial: "0" },
    ],
  },
];

export function PaymentSettingsScreen() {
  return (
    <SettingsPage section="payments">
      <DocumentForm title="payment.plural" address="/api/payments/settings" kind="payment_settings" fields={FIELDS} readOnly={!may("payments.write")} />
    </SettingsPage>
  );
}

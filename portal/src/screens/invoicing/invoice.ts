/** The shape of an invoice as the API tells it, and the few things that follow from it. */
import type { InvoiceRow, InvoiceView } from "../../api_types";
import { compare, minus } from "../../decimal";
import type { MessageKey } from "../../i18n";

/** A document; a row of the list carries what `InvoiceRow` says alone. */
export type Invoice = InvoiceView & InvoiceRow;

export const CREDIT_NOTE = "381";
export const TYPES: Readonly<Record<string, MessageKey>> = { "380": "invoice.type_invoice", "381": "invoice.type_credit_note", "386": "invoice.type_deposit" };

/** How payments stand, by how much of a notice it deserves. */
export const PAYMENT_TONES = { unpaid: "quiet", partly_paid: "warn", paid: "good", overpaid: "warn", credited: "quiet", overdue: "bad" } as const;

export interface Standing {
  payment_state: string;
  is_overdue: boolean;
}

/** `overdue` follows from the date; a credit note says only what was given back of it. */
export function paymentStateOf(invoice: Standing & { type_code: string }): keyof typeof PAYMENT_TONES | "" {
  if (invoice.is_overdue) return "overdue";
  if (invoice.type_code === CREDIT_NOTE && invoice.payment_state === "unpaid") return "";
  return invoice.payment_state in PAYMENT_TONES ? (invoice.payment_state as keyof typeof PAYMENT_TONES) : "";
}

/** A draft, or how the issued document stands. */
export function stateOf(invoice: Invoice): string {
  if (invoice.state === "draft") return "draft";
  if (invoice.type_code === CREDIT_NOTE) return "issued";
  const credited = invoice.credit_state ?? creditState(invoice);
  return credited === "none" ? "issued" : credited;
}

function creditState(invoice: Invoice): string {
  const standing = invoice.standing;
  if (!standing || standing.credit_note_ids.length === 0) return "none";
  return compare(minus(standing.payable_amount, standing.credited_total, standing.deducted_total), "0") === 0 ? "credited" : "partly_credited";
}

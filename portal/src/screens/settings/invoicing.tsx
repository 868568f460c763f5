/** How the company invoices: when each channel is invoiced, terms, VAT, series of numbers. */
import type { FormField } from "../../entities";
import { may } from "../../session";
import { DocumentForm } from "../document_form";
import { SettingsPage } from "./layout";

const POLICIES = [
  { value: "on_shipment", label: "invoicing.on_shipment" }, { value: "on_payment", label: "invoicing.on_payment" }, { value: "by_hand", label: "invoicing.by_hand" },
] as const;
const CUSTOMERS = [{ value: "always", label: "invoicing.everybody" }, { value: "businesses", label: "invoicing.businesses" }] as const;

const TYPES = [{ value: "380", label: "invoice_type.380" }, { value: "386", label: "invoice_type.386" }, { value: "381", label: "invoice_type.381" }] as const;

const FIELDS: readonly FormField[] = [
  { key: "policy", label: "invoicing.policy", type: "choice", required: true, options: POLICIES, help: "invoicing.policy_help" },
  { key: "customer_rule", label: "invoicing.customer_rule", type: "choice", required: true, options: CUSTOMERS, help: "invoicing.customer_rule_help" },
  { key: "payment_terms_days", label: "invoice.payment_terms_days", type: "integer", required: true, heading: "invoicing.terms" },
  { key: "late_interest_rate", label: "invoicing.late_interest_rate", type: "decimal", help: "invoicing.late_interest_help" },
  { key: "early_payment_discount", label: "invoicing.early_payment_discount", type: "text" },
  { key: "hold_above_credit_limit", label: "invoicing.hold_above_credit_limit", type: "boolean" },
  { key: "vat_on_debits", label: "invoicing.vat_on_debits", type: "boolean", heading: "invoicing.law" },
  { key: "einvoicing_from", label: "invoicing.einvoicing_from", type: "date", help: "invoicing.einvoicing_from_help" },
  {
    key: "channels", label: "invoicing.channels", type: "lines", stacked: true, initial: [],
    fields: [
      { key: "channel_id", label: "attribute.channel", type: "choice", source: "/api/channels/connections", required: true },
      { key: "policy", label: "invoicing.policy", type: "choice", required: true, initial: "on_shipment", options: POLICIES },
      { key: "customer_rule", label: "invoicing.customer_rule", type: "choice", required: true, initial: "always", options: CUSTOMERS },
      { key: "deemed_supplier_customer_id", label: "invoicing.deemed_supplier", type: "reference", kind: "customer", empty: "", help: "invoicing.deemed_supplier_help" },
    ],
  },
  {
    key: "series", label: "invoicing.series", type: "lines", stacked: true,
    fields: [
      { key: "id", label: "attribute.code", type: "text", required: true },
      { key: "type_codes", label: "invoicing.type_codes", type: "several", required: true, options: TYPES, help: "invoicing.type_codes_help" },
      { key: "prefix", label: "invoicing.prefix", type: "text", required: true, help: "invoicing.prefix_help" },
      { key: "digits", label: "invoicing.digits", type: "integer", required: true, initial: 6 },
      { key: "journal", label: "attribute.journal", type: "text", required: true, initial: "VE" },
      { key: "channel_ids", label: "invoicing.series_channels", type: "several", source: "/api/channels/connections", initial: [] },
      { key: "is_active", label: "state.active", type: "boolean", initial: true },
    ],
  },
];

export function InvoicingSettingsScreen() {
  return (
    <SettingsPage section="invoicing">
      <DocumentForm title="invoicing.title" address="/api/invoicing/settings" kind="invoicing_settings" fields={FIELDS} readOnly={!may("invoices.manage")} />
    </SettingsPage>
  );
}

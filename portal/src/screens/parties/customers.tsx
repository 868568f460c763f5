/** Customers: people and companies that buy, one record each on every channel. */
import type { Customer as CustomerView, CustomerRow } from "../../api_types";
import { AddressText } from "../../design/address";
import { lazily } from "../../design/lazy";
import { ACTIVE_STATES, defineEntity, documentHref, entityOf, type FormField } from "../../entities";
import { codeText, t } from "../../i18n";
import { may } from "../../session";
import { StateBadge } from "../columns";
import { Exposure } from "../invoicing/figures";

const ErasePerson = lazily(() => import("../leaving/erase_person").then((module) => module.ErasePerson));

type Customer = CustomerView & CustomerRow;

const ADDRESS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text" },
  { key: "company_name", label: "attribute.company", type: "text" },
  { key: "line1", label: "address.line1", type: "text" },
  { key: "line2", label: "address.line2", type: "text" },
  { key: "postal_code", label: "address.postal_code", type: "text" },
  { key: "city", label: "attribute.city", type: "text" },
  { key: "region", label: "address.region", type: "text" },
  { key: "country_code", label: "attribute.country", type: "country" },
  { key: "phone", label: "attribute.phone", type: "text" },
];

const billing = ADDRESS.map((field, index): FormField => ({
  ...field, key: `billing_address.${field.key}`, heading: index === 0 ? "address.billing" : undefined,
}));

const FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "company_name", label: "attribute.company", type: "text" },
  { key: "email", label: "attribute.email", type: "email" },
  { key: "phone", label: "attribute.phone", type: "text" },
  { key: "locale", label: "settings.language", type: "choice", required: true, initial: "fr", options: [{ value: "fr", label: "language.fr" }, { value: "en", label: "language.en" }] },
  { key: "tags", label: "attribute.tags", type: "tags", help: "field.tags_help" },
  { key: "siren", label: "attribute.siren", type: "text", heading: "customer.identifiers" },
  { key: "siret", label: "attribute.siret", type: "text" },
  { key: "vat_number", label: "attribute.vat_number", type: "text" },
  { key: "credit_limit", label: "customer.credit_limit", type: "decimal" },
  ...billing,
  { key: "shipping_addresses", label: "address.shipping", type: "lines", stacked: true, fields: ADDRESS, initial: [] },
  { key: "note", label: "attribute.note", type: "textarea", full: true },
  { key: "is_active", label: "state.active", type: "boolean", initial: true },
];

function Addresses({ customer }: { customer: Customer }) {
  return (
    <div class="stack roomy">
      <div><h3>{t("address.billing")}</h3><AddressText address={customer.billing_address} /></div>
      {customer.shipping_addresses.map((address, index) => <div key={index}><h3>{t("address.shipping")}</h3><AddressText address={address} /></div>)}
    </div>
  );
}

export const customers = defineEntity<Customer>({
  kind: "customer",
  path: "/api/parties/customers",
  route: "/customers",
  icon: "customers",
  plural: "customer.plural",
  singular: "customer.singular",
  title: (customer) => customer.company_name || customer.name,
  state: (customer) => String(customer.is_active),
  states: ACTIVE_STATES,
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true },
    { key: "company_name", label: "attribute.company", type: "text" },
    { key: "email", label: "attribute.email", type: "text" },
    { key: "city", label: "attribute.city", type: "text" },
    { key: "country_code", label: "attribute.country", type: "country" },
    { key: "is_active", label: "attribute.state", type: "state", optional: true },
    { key: "siren", label: "attribute.siren", type: "text", optional: true, labelled: true },
  ],
  filters: [
    { key: "is_active", type: "state" },
    { key: "country_code", label: "attribute.country", type: "country" },
    { key: "city", label: "attribute.city", type: "text" },
  ],
  follows: ["sales_order"],
  party: (customer) => (customer.company_name && customer.name !== customer.company_name ? { title: customer.name } : null),
  sections: [
    {
      title: "customer.orders", type: "list", kinds: ["sales_order"],
      path: (customer) => `/api/sales/orders?customer_id=${encodeURIComponent(customer.id)}&limit=20`,
      columns: [
        { key: "number", label: "attribute.number", type: "text", primary: true },
        { key: "state", label: "attribute.state", type: "state", render: (order) => <StateBadge entity={entityOf("sales_order")} state={String(order.state)} /> },
        { key: "total_with_vat", label: "attribute.total_with_vat", type: "money" },
        { key: "placed_at", label: "attribute.placed_at", type: "instant" },
      ],
      href: (row) => documentHref("sales_order", row.id) ?? "#",
    },
    {
      title: "invoice.plural", type: "list", kinds: ["invoice"], when: () => may("invoices.read"),
      path: (customer) => `/api/invoicing/invoices?customer_id=${encodeURIComponent(customer.id)}&limit=20`,
      columns: [
        { key: "number", label: "attribute.number", type: "text", primary: true },
        { key: "type_code", label: "invoice.type", type: "text", render: (invoice) => codeText("invoice_type", String(invoice.type_code)) },
        { key: "issue_date", label: "invoice.issue_date", type: "date" },
        { key: "payable_amount", label: "attribute.total", type: "money" },
      ],
      href: (row) => documentHref("invoice", row.id) ?? "#",
    },
    {
      title: "customer.contact", type: "facts", side: true,
      facts: [
        { key: "email", label: "attribute.email", type: "text" },
        { key: "phone", label: "attribute.phone", type: "text" },
        { key: "siren", label: "attribute.siren", type: "code" },
        { key: "siret", label: "attribute.siret", type: "code" },
        { key: "vat_number", label: "attribute.vat_number", type: "code" },
        { key: "tags", label: "attribute.tags", type: "tags" },
      ],
    },
    { title: "exposure.title", type: "custom", side: true, draw: (customer) => <Exposure customerId={customer.id} />, when: () => may("invoices.read") },
    { title: "erasure.title", type: "custom", side: true, draw: (customer) => <ErasePerson id={customer.id} />, when: () => may("data.erase") },
    { title: "customer.addresses", type: "custom", side: true, draw: (customer) => <Addresses customer={customer} /> },
  ],
  create: { permission: "parties.write", label: "customer.new", fields: FIELDS },
  edit: { permission: "parties.write", fields: FIELDS },
  empty: { title: "customer.empty_title", text: "customer.empty_text" },
});

/** Customers: people and companies that buy. */
import { defineEntity, type Row } from "../../entities";

interface Customer extends Row {
  name: string;
  email: string;
  phone: string;
  city: string;
  country_code: string;
}

const fields = [
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "email", label: "attribute.email", type: "email" },
  { key: "phone", label: "attribute.phone", type: "text" },
] as const;

export const customers = defineEntity<Customer>({
  kind: "customer",
  path: "/api/parties/customers",
  route: "/customers",
  icon: "customers",
  plural: "customer.plural",
  singular: "customer.singular",
  title: (customer) => customer.name,
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true },
    { key: "email", label: "attribute.email", type: "text" },
    { key: "city", label: "attribute.city", type: "text" },
    { key: "country_code", label: "attribute.country", type: "text" },
    { key: "phone", label: "attribute.phone", type: "text", optional: true },
  ],
  create: { permission: "parties.write", fields },
  edit: { permission: "parties.write", fields },
  empty: { title: "customer.empty_title", text: "customer.empty_text" },
});

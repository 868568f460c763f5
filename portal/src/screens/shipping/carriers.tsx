/** The carriers parcels go out with: our own rounds and manual ones, or an account that labels are bought from. */
import type { CarrierView } from "../../api_types";
import { defineEntity, type FormField, type Row } from "../../entities";
import { codeText } from "../../i18n";

type Carrier = CarrierView & Row & { service_count?: number };

const SENDER: readonly FormField[] = [
  { key: "sender.company_name", label: "attribute.company", type: "text", heading: "carrier.sender" },
  { key: "sender.name", label: "attribute.name", type: "text" },
  { key: "sender.line1", label: "attribute.address", type: "text", full: true },
  { key: "sender.postal_code", label: "attribute.postal_code", type: "text" },
  { key: "sender.city", label: "attribute.city", type: "text" },
  { key: "sender.country_code", label: "attribute.country", type: "country", initial: "FR" },
  { key: "sender.phone", label: "attribute.phone", type: "text" },
];

const RULES: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "platform", label: "attribute.platform", type: "choice", required: true, initial: "manual", options: [
    { value: "manual", label: "carrier.manual" }, { value: "sendcloud", label: "carrier.sendcloud" },
  ] },
  { key: "is_active", label: "carrier.is_active", type: "boolean", initial: true },
  { key: "tracking_url_template", label: "carrier.tracking_url_template", type: "text", full: true, help: "carrier.tracking_url_template_help", heading: "carrier.manual" },
  { key: "gs1_company_prefix", label: "carrier.gs1_company_prefix", type: "text", help: "carrier.gs1_company_prefix_help" },
  { key: "default_service_code", label: "carrier.default_service_code", type: "text", heading: "carrier.sendcloud", help: "carrier.default_service_code_help" },
  { key: "contract_id", label: "carrier.contract_id", type: "text" },
  { key: "base_url", label: "attribute.base_url", type: "text", full: true, help: "carrier.base_url_help" },
];

const KEYS: readonly FormField[] = [
  { key: "credentials.public_key", label: "carrier.public_key", type: "text", help: "carrier.keys_help" },
  { key: "credentials.secret_key", label: "carrier.secret_key", type: "password" },
];

export const carriers = defineEntity<Carrier>({
  kind: "carrier",
  path: "/api/shipping/carriers",
  route: "/carriers",
  icon: "truck",
  plural: "carrier.plural",
  singular: "carrier.singular",
  title: (carrier) => carrier.name,
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true },
    { key: "platform", label: "attribute.platform", type: "text", render: (row) => codeText("carrier", row.platform) },
    { key: "service_count", label: "carrier.services", type: "count", labelled: true },
    { key: "is_active", label: "carrier.is_active", type: "boolean", labelled: true },
  ],
  filters: [{ key: "is_active", label: "carrier.is_active", type: "boolean" }],
  sections: [
    {
      title: "carrier.services", type: "lines", key: "services", when: (carrier) => carrier.services.length > 0, columns: [
        { key: "name", label: "attribute.name", type: "text", primary: true },
        { key: "carrier_name", label: "carrier.singular", type: "text" },
        { key: "code", label: "attribute.code", type: "code" },
      ],
    },
    { title: "carrier.webhook", type: "custom", when: (carrier) => carrier.webhook_url !== "", draw: (carrier) => <code class="secret">{carrier.webhook_url}</code> },
  ],
  create: { permission: "carriers.manage", label: "carrier.new", fields: [...RULES, ...KEYS, ...SENDER] },
  edit: { permission: "carriers.manage", fields: [...RULES, ...SENDER] },
  empty: { title: "carrier.empty_title", text: "carrier.empty_text" },
});

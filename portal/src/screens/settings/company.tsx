/** The company as French documents must name it, and the settings of the whole tenant. */
import type { FormField } from "../../entities";
import { may, restoreSession } from "../../session";
import { DocumentForm } from "../document_form";
import { SettingsPage } from "./layout";

const REGIMES = [
  { value: "normal", label: "vat_regime.normal" }, { value: "simplified", label: "vat_regime.simplified" }, { value: "franchise", label: "vat_regime.franchise" },
] as const;

const COMPANY: readonly FormField[] = [
  { key: "legal_name", label: "company.legal_name", type: "text", required: true },
  { key: "trade_name", label: "company.trade_name", type: "text" },
  { key: "legal_form", label: "company.legal_form", type: "text", help: "company.legal_form_help" },
  { key: "share_capital", label: "company.share_capital", type: "decimal" },
  { key: "siren", label: "attribute.siren", type: "text", heading: "customer.identifiers", help: "company.siren_help" },
  { key: "siret", label: "attribute.siret", type: "text", help: "company.siret_help" },
  { key: "vat_number", label: "attribute.vat_number", type: "text", help: "company.vat_help" },
  { key: "vat_regime", label: "invoicing.vat_regime", type: "choice", required: true, options: REGIMES, help: "company.vat_regime_help" },
  { key: "rcs_city", label: "company.rcs_city", type: "text", help: "company.rcs_help" },
  { key: "address.street", label: "address.line1", type: "text", heading: "company.address" },
  { key: "address.additional_street", label: "address.line2", type: "text" },
  { key: "address.postal_code", label: "address.postal_code", type: "text" },
  { key: "address.city", label: "attribute.city", type: "text" },
  { key: "address.country_code", label: "attribute.country", type: "country", required: true },
  { key: "phone", label: "attribute.phone", type: "text", heading: "customer.contact" },
  { key: "email", label: "attribute.email", type: "email" },
  { key: "website", label: "company.website", type: "text" },
  { key: "iban", label: "company.iban", type: "text" },
];

const SETTINGS: readonly FormField[] = [
  { key: "name", label: "company.tenant_name", type: "text", required: true },
  { key: "locale", label: "settings.language", type: "choice", required: true, options: [{ value: "fr", label: "language.fr" }, { value: "en", label: "language.en" }] },
  { key: "time_zone", label: "attribute.time_zone", type: "text", required: true, help: "company.time_zone_help" },
  { key: "country_code", label: "attribute.country", type: "country", required: true },
];

export function CompanyScreen() {
  const readOnly = !may("tenants.manage");
  return (
    <SettingsPage section="company">
      <DocumentForm title="settings.company" address="/api/tenants/company" kind="company" fields={COMPANY} readOnly={readOnly} />
      <DocumentForm
        title="company.settings" address="/api/tenants/settings" kind="tenant" fields={SETTINGS} readOnly={readOnly}
        onSaved={() => void restoreSession()}
      />
    </SettingsPage>
  );
}

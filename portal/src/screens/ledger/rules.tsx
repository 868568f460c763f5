/** By which rules sales are posted: families of articles, the table of accounts, and a trial of what it chooses. */
import { useState } from "preact/hooks";
import type { Choice as Chosen } from "../../api_types";
import { Problem, Skeleton } from "../../design/feedback";
import { Field } from "../../design/form";
import type { FormField } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { DocumentForm } from "../document_form";
import { Control } from "../fields";
import { LedgerTabs } from "./layout";
import { ruleText } from "./rule_text";

const PURPOSES = (["goods", "finished", "services", "shipping", "rebates", "vat"] as const).map((value) => ({ value, label: `posting_purpose.${value}` as const }));
const TREATMENTS = (["domestic", "intra_eu", "oss", "export", "reverse_charge", "exempt"] as const).map((value) => ({ value, label: `tax_treatment.${value}` as const }));

const FIELDS: readonly FormField[] = [
  { key: "oss_from", label: "ledger.oss_from", type: "date", help: "ledger.oss_from_help" },
  {
    key: "families", label: "ledger.families", type: "lines", initial: [],
    fields: [
      { key: "code", label: "attribute.code", type: "text", required: true },
      { key: "name", label: "attribute.name", type: "text", required: true },
      { key: "name_en", label: "ledger.name_en", type: "text" },
      { key: "purpose", label: "ledger.purpose", type: "choice", required: true, options: PURPOSES.slice(0, 3) },
    ],
  },
  {
    key: "rules", label: "ledger.rules", type: "lines", initial: [],
    fields: [
      { key: "purpose", label: "ledger.purpose", type: "choice", required: true, options: PURPOSES },
      { key: "tax_treatment", label: "ledger.tax_treatment", type: "choice", empty: "", options: TREATMENTS },
      { key: "vat_rate", label: "attribute.vat_rate", type: "text" },
      { key: "product_family", label: "ledger.product_family", type: "text" },
      { key: "account", label: "ledger.account", type: "text", required: true },
      { key: "from_day", label: "ledger.from_day", type: "date" },
      { key: "to_day", label: "ledger.to_day", type: "date" },
    ],
  },
];

const ASKED: readonly FormField[] = [
  { key: "purpose", label: "ledger.purpose", type: "choice", required: true, options: PURPOSES },
  { key: "tax_treatment", label: "ledger.tax_treatment", type: "choice", required: true, options: TREATMENTS },
  { key: "vat_rate", label: "attribute.vat_rate", type: "text" },
  { key: "product_family", label: "ledger.product_family", type: "choice", source: "/api/catalog/product-families" },
];

/** What the table chooses for something, and the rules it left behind. */
function Trial() {
  const [asked, setAsked] = useState<Record<string, string>>({ purpose: "goods", tax_treatment: "domestic", vat_rate: "20", product_family: "" });
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
  const { data, error } = useResource<Chosen>(`/api/ledger/account-determination/choice?${query}`, ["account_determination"]);
  return (
    <section class="card">
      <header><h2>{t("ledger.trial")}</h2></header>
      <div class="card-body stack">
        <div class="fields">
          {ASKED.map((field) => (
            <Field key={field.key} label={t(field.label)} required={field.required}>
              {(control) => <Control field={field} value={asked[field.key]} control={control} onChange={(value) => setAsked({ ...asked, [field.key]: String(value) })} />}
            </Field>
          ))}
        </div>
        {error ? <Problem error={error} /> : !data ? <Skeleton lines={2} /> : (
          <div class="stack" aria-live="polite">
            <p><strong>{data.account}</strong> {data.account_name}</p>
            <ol class="stack">
              {data.considered.map((each, index) => (
                <li key={index} class={index ? "muted small" : ""}>
                  <a class="in-text" href={`/ledger/accounts/${each.rule.account}`}>{each.rule.account}</a> {ruleText(each.rule)}
                  {each.decided_by && <span class="muted"> · {codeText("rule_decided", each.decided_by)}</span>}
                </li>
              ))}
            </ol>
          </div>
        )}
      </div>
    </section>
  );
}

export function AccountRulesScreen() {
  return (
    <div class="page even-lines">
      <div class="page-header"><h1>{t("ledger.rules")}</h1></div>
      <LedgerTabs current="rules" />
      <p class="muted">{t("ledger.rules_text")}</p>
      <Trial />
      <DocumentForm title="ledger.rules_title" address="/api/ledger/account-determination" kind="account_determination" fields={FIELDS} readOnly={!may("ledger.manage")} />
    </div>
  );
}

/** A rule of the table of accounts in words. */
import type { AccountRule } from "../../api_types";
import { formatDate, formatPercent } from "../../format";
import { codeText, t } from "../../i18n";

/** “Goods · France · 20 % · ices · from 1 January”; what a rule does not name holds for any. */
export function ruleText(rule: AccountRule): string {
  const parts = [codeText("posting_purpose", rule.purpose)];
  if (rule.product_family) parts.push(rule.product_family);
  if (rule.tax_treatment) parts.push(codeText("tax_treatment", rule.tax_treatment));
  if (rule.vat_rate) parts.push(formatPercent(`${rule.vat_rate}e-2`));
  if (rule.from_day) parts.push(`${t("ledger.from_day")} ${formatDate(rule.from_day)}`);
  if (rule.to_day) parts.push(`${t("ledger.to_day")} ${formatDate(rule.to_day)}`);
  return parts.join(" · ");
}

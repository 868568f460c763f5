/** How accounts and amounts are shown throughout the books. */
import { compare } from "../../decimal";
import { Money } from "../../design/values";
import { language } from "../../i18n";

/** An account’s or journal’s name in the reader’s language; the chart’s own is French. */
export const accountName = (line: { name: string; name_en: string }) => (language.value === "en" && line.name_en ? line.name_en : line.name);

/** Nothing is a blank, so that what there is can be seen. */
export function Side({ amount, currency }: { amount: string; currency?: string }) {
  return compare(amount, "0") === 0 ? null : <Money amount={amount} currency={currency} />;
}

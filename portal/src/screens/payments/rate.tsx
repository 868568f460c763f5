/** By which rate something in another currency stands in the books: the number, its day, and who says so. */
import { formatDate, formatNumber } from "../../format";
import { t } from "../../i18n";

interface Rated {
  exchange_rate: string | null;
  exchange_rate_on: string | null;
  exchange_rate_source: string;
}

export function Rate({ of }: { of: Rated }) {
  if (!of.exchange_rate) return <span>{t("payment.rate_typed")}</span>;
  const about = [of.exchange_rate_source || t("payment.rate_typed"), of.exchange_rate_on ? formatDate(of.exchange_rate_on) : ""].filter(Boolean).join(", ");
  return <span><span class="figure">{formatNumber(of.exchange_rate)}</span> <span class="muted small">({about})</span></span>;
}

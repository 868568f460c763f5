/** What each SKU costs today, with the price lists that were looked at and why one of them applies. */
import { useState } from "preact/hooks";
import type { PriceExplanation } from "../../api_types";
import { Explain } from "../../design/explain";
import { Table } from "../../design/table";
import { Badge, Dash, Money } from "../../design/values";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";

const SHOWN_AT_FIRST = 8;

function usePrice(sku: string): PriceExplanation | undefined {
  return useResource<PriceExplanation>(`/api/pricing/explain?sku=${encodeURIComponent(sku)}&quantity=1`, ["price_list", "sku_price"]).data;
}

function Price({ sku }: { sku: string }) {
  const price = usePrice(sku);
  if (!price) return <Dash />;
  const path = `/api/pricing/explain?sku=${encodeURIComponent(sku)}&quantity=1`;
  return (
    <Explain path={path} label={`${t("attribute.price")} ${sku}`}>
      {price.price_list_id ? <Money amount={price.value} currency={price.unit} unitPrice /> : t("price.none")}
    </Explain>
  );
}

function Anchor({ sku }: { sku: string }) {
  const price = usePrice(sku);
  if (!price?.price_list_id) return <Dash />;
  return <Badge tone="quiet">{t(price.prices_include_vat ? "price.with_vat" : "price.without_vat")}</Badge>;
}

export function ProductPrices({ skus }: { skus: readonly string[] }) {
  const [all, setAll] = useState(false);
  if (!may("pricing.read")) return <p class="muted">{t("price.not_allowed")}</p>;
  const shown = all ? skus : skus.slice(0, SHOWN_AT_FIRST);
  const columns = [
    { key: "sku", label: t("attribute.sku"), primary: true, cell: (sku: string) => sku },
    { key: "price", label: t("price.today"), align: "end" as const, cell: (sku: string) => <Price sku={sku} /> },
    { key: "anchor", label: t("price.anchor"), cell: (sku: string) => <Anchor sku={sku} /> },
  ];
  return (
    <div class="stack flush">
      <Table label={t("product.prices")} rows={shown} columns={columns} rowId={(sku) => sku} />
      {shown.length < skus.length && <div><button type="button" class="button small" onClick={() => setAll(true)}>{t("list.more")}</button></div>}
    </div>
  );
}

/** How much of each SKU there is, with the way to its stock. */
import { Dash, Quantity } from "../../design/values";
import { documentHref } from "../../entities";
import { t } from "../../i18n";
import { useResource } from "../../resource";

interface Level {
  sku: string;
  unit_code: string;
  on_hand: string;
  reserved: string;
  available: string;
}

function Row({ sku }: { sku: string }) {
  const { data } = useResource<Level>(`/api/stock/levels/${encodeURIComponent(sku)}`, ["stock_level", "stock_balance"]);
  return (
    <tr>
      <td><a href={documentHref("stock_level", sku) ?? `/stock/${encodeURIComponent(sku)}`}>{sku}</a></td>
      <td class="end">{data ? <Quantity value={data.on_hand} unitCode={data.unit_code} /> : <Dash />}</td>
      <td class="end">{data ? <strong><Quantity value={data.available} unitCode={data.unit_code} /></strong> : <Dash />}</td>
    </tr>
  );
}

const SHOWN = 12;

export function ProductStock({ skus }: { skus: readonly string[] }) {
  return (
    <div class="stack flush">
      <div class="table-scroll">
        <table class="table">
          <caption class="visually-hidden">{t("product.stock")}</caption>
          <thead>
            <tr><th scope="col">{t("attribute.sku")}</th><th scope="col" class="end">{t("attribute.on_hand")}</th><th scope="col" class="end">{t("attribute.available")}</th></tr>
          </thead>
          <tbody>{skus.slice(0, SHOWN).map((sku) => <Row key={sku} sku={sku} />)}</tbody>
        </table>
      </div>
      {skus.length > SHOWN && <a class="small" href="/stock">{t("product.all_stock")}</a>}
    </div>
  );
}

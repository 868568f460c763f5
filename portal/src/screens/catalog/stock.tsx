/** How much of each SKU there is, with the way to its stock, and why; and why each shop shows so many of it. */
import type { ConnectionRow, LevelDetail } from "../../api_types";
import { Explain } from "../../design/explain";
import { Dash, Quantity } from "../../design/values";
import { documentHref } from "../../entities";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";

type Shop = Pick<ConnectionRow, "id" | "name">;

/** Each connected shop by its name, which tells why it shows so many. */
function InShops({ sku, shops }: { sku: string; shops: readonly Shop[] }) {
  return (
    <span class="line wrap">
      {shops.map((shop) => (
        <Explain key={shop.id} path={`/api/channels/connections/${shop.id}/stock/${encodeURIComponent(sku)}/explain`} label={`${sku}, ${shop.name}`}>{shop.name}</Explain>
      ))}
    </span>
  );
}

function Row({ sku, shops }: { sku: string; shops: readonly Shop[] }) {
  const { data } = useResource<LevelDetail>(`/api/stock/levels/${encodeURIComponent(sku)}`, ["stock_level", "stock_balance"]);
  return (
    <tr>
      <td><a href={documentHref("stock_level", sku) ?? `/stock/${encodeURIComponent(sku)}`}>{sku}</a></td>
      <td class="end">{data ? <Quantity value={data.on_hand} unitCode={data.unit_code} /> : <Dash />}</td>
      <td class="end">
        {data ? <Explain path={`/api/stock/levels/${encodeURIComponent(sku)}/explain`} label={`${t("attribute.available")} ${sku}`}><strong><Quantity value={data.available} unitCode={data.unit_code} /></strong></Explain> : <Dash />}
      </td>
      {shops.length > 0 && <td><InShops sku={sku} shops={shops} /></td>}
    </tr>
  );
}

const SHOWN = 12;

export function ProductStock({ skus }: { skus: readonly string[] }) {
  const { data } = useResource<{ items: readonly Shop[] }>(may("channels.read") ? "/api/channels/connections?limit=4" : null, ["connection"]);
  const shops = data?.items ?? [];
  return (
    <div class="stack flush">
      <div class="table-scroll">
        <table class="table">
          <caption class="visually-hidden">{t("product.stock")}</caption>
          <thead>
            <tr><th scope="col">{t("attribute.sku")}</th><th scope="col" class="end">{t("attribute.on_hand")}</th><th scope="col" class="end">{t("attribute.available")}</th>{shops.length > 0 && <th scope="col">{t("product.in_shops")}</th>}</tr>
          </thead>
          <tbody>{skus.slice(0, SHOWN).map((sku) => <Row key={sku} sku={sku} shops={shops} />)}</tbody>
        </table>
      </div>
      {skus.length > SHOWN && <a class="small" href="/stock">{t("product.all_stock")}</a>}
    </div>
  );
}

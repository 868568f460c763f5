/** What customs are told of a delivery that leaves the customs territory, and what the catalogue lacks for it. */
import type { CustomsDeclaration, DeclaredItem } from "../../api_types";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { Dash, Money, Quantity } from "../../design/values";
import { documentHref } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";

export function Customs({ deliveryId }: { deliveryId: string }) {
  const { data, error, refetch } = useResource<CustomsDeclaration>(`/api/shipping/deliveries/${encodeURIComponent(deliveryId)}/customs`, ["sales_delivery", "variant"]);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={3} />;
  return (
    <div class="stack">
      {data.missing.length > 0 && (
        <Notice tone="warn">
          {t("customs.missing")}
          <ul class="plain">
            {data.missing.map((each) => (
              <li key={`${each.sku} ${each.field}`}>
                <a class="in-text" href={documentHref("variant", each.variant_id)}>{each.sku}</a> · {codeText("customs_field", each.field)}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {data.parcels.length === 0 && <p class="muted">{t("customs.after_packing")}</p>}
      {data.parcels.map((parcel) => (
        <Table<DeclaredItem>
          key={parcel.parcel_number} label={t("customs.parcel", { number: parcel.parcel_number })} rows={parcel.items} rowId={(item) => item.sku}
          columns={[
            { key: "description", label: t("attribute.name"), primary: true, cell: (item) => <div class="two-lines"><span>{item.description}</span><span class="mono small muted">{item.sku}</span></div> },
            { key: "hs_code", label: t("variant.hs_code"), labelled: true, cell: (item) => (item.hs_code ? <span class="mono">{item.hs_code}</span> : <Dash />) },
            { key: "origin", label: t("variant.country_of_origin"), labelled: true, cell: (item) => item.country_of_origin || <Dash /> },
            { key: "quantity", label: t("attribute.quantity"), align: "end", labelled: true, cell: (item) => <Quantity value={String(item.quantity)} unitCode="C62" /> },
            { key: "weight", label: t("attribute.weight"), align: "end", labelled: true, cell: (item) => <Quantity value={String(item.weight_grams)} unitCode="GRM" /> },
            { key: "value", label: t("customs.unit_value"), align: "end", labelled: true, cell: (item) => <Money amount={item.unit_value} currency={data.currency} /> },
          ]}
        />
      ))}
    </div>
  );
}

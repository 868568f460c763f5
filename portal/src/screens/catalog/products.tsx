/** Products: sellable concepts with their variants. */
import type { ProductRow, ProductView } from "../../api_types";
import { Badge, CopyId, Dash, Quantity } from "../../design/values";
import { lazily } from "../../design/lazy";
import { ACTIVE_STATES, defineEntity, type FormField, type Row } from "../../entities";
import { formatPercent } from "../../format";
import { t } from "../../i18n";
import { ProductMedia } from "./media";
import { ProductPrices } from "./prices";
import { ProductStock } from "./stock";
import type { Variant } from "./variants";

const NewProduct = lazily(() => import("./new_product").then((module) => module.NewProduct));

export type Product = ProductView & ProductRow;

/** The product's first picture, small, before its name. */
function Named({ product }: { product: Product }) {
  const picture = product.picture
    ? <img class="thumbnail" src={`/api/catalog/media/${encodeURIComponent(product.picture)}`} alt="" loading="lazy" />
    : <span class="thumbnail" />;
  return <span class="line">{picture}{product.name}</span>;
}

const FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "brand", label: "attribute.brand", type: "text" },
  { key: "category", label: "attribute.category", type: "text" },
  { key: "product_family", label: "ledger.product_family", type: "choice", empty: "", source: "/api/catalog/product-families", help: "product.family_help" },
  { key: "is_active", label: "product.is_sold", type: "boolean" },
  { key: "description", label: "attribute.description", type: "textarea", full: true },
];

const variant = (row: Row & Record<string, unknown>) => row as unknown as Variant;

export const products = defineEntity<Product>({
  kind: "product",
  path: "/api/catalog/products",
  route: "/products",
  icon: "products",
  plural: "product.plural",
  singular: "product.singular",
  title: (product) => product.name,
  state: (product) => String(product.is_active),
  states: ACTIVE_STATES,
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true, render: (product) => <Named product={product} /> },
    { key: "is_active", label: "attribute.state", type: "state" },
    { key: "brand", label: "attribute.brand", type: "text" },
    { key: "category", label: "attribute.category", type: "text" },
    { key: "product_family", label: "ledger.product_family", type: "text", optional: true },
    { key: "variant_count", label: "attribute.variant_count", type: "count", labelled: true },
  ],
  searchable: true,
  filters: [{ key: "is_active", type: "state" }, { key: "category", label: "attribute.category", type: "text" }, { key: "brand", label: "attribute.brand", type: "text" }, { key: "product_family", label: "ledger.product_family", type: "text" }],
  views: [{ id: "active", label: "state.active", query: { is_active: "true" } }],
  follows: ["variant", "price_list"],
  ways: [
    { label: "variant.plural", href: "/products/variants" },
    { label: "price_list.plural", href: "/price-lists", permission: "pricing.read" },
    { label: "import.title", href: "/products/import", permission: "catalog.write" },
  ],
  sections: [
    {
      title: "variant.plural", type: "lines", key: "variants",
      columns: [
        { key: "sku", label: "attribute.sku", type: "text", primary: true, render: (row) => <a href={`/products/variants/${row.id}`}>{variant(row).sku}</a> },
        { key: "axis_values", label: "variant.axes", type: "text", render: (row) => variant(row).axis_values.join(" · ") || <Dash /> },
        {
          key: "is_active", label: "attribute.state", type: "text",
          render: (row) => <Badge tone={variant(row).is_active ? "good" : "quiet"}>{t(variant(row).is_active ? "state.active" : "state.archived")}</Badge>,
        },
        { key: "gtin", label: "attribute.gtin", type: "code", render: (row) => (variant(row).gtin ? <CopyId id={variant(row).gtin} /> : <Dash />) },
        { key: "vat_rate", label: "attribute.vat_rate", type: "percent", labelled: true, render: (row) => <span class="figure">{formatPercent(`${variant(row).vat_rate}E-2`)}</span> },
        { key: "weight_grams", label: "attribute.weight", type: "quantity", labelled: true, render: (row) => (variant(row).weight_grams ? <Quantity value={variant(row).weight_grams} unitCode="GRM" /> : <Dash />) },
        {
          key: "kit_components", label: "variant.kit", type: "text", labelled: true,
          render: (row) => (variant(row).kit_components.length > 0 ? <span class="wrapping">{variant(row).kit_components.map((each) => `${each.quantity} × ${each.sku}`).join(", ")}</span> : <Dash />),
        },
      ],
    },
    { title: "product.prices", type: "custom", draw: (product) => <ProductPrices skus={product.variants.map((each) => each.sku)} /> },
    { title: "product.stock", type: "custom", side: true, draw: (product) => <ProductStock skus={product.variants.map((each) => each.sku)} /> },
    { title: "product.media", type: "custom", side: true, draw: (product) => <ProductMedia product={product} /> },
  ],
  create: { permission: "catalog.write", label: "product.new", screen: () => <NewProduct /> },
  edit: { permission: "catalog.write", fields: FIELDS },
  empty: { title: "product.empty_title", text: "product.empty_text" },
});

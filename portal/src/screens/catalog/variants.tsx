/** Variants: the trade items that are stocked, priced and ordered, by SKU. */
import type { Variant as VariantView, VariantRow } from "../../api_types";
import { ACTIVE_STATES, defineEntity, type FormField } from "../../entities";
import { formatPercent } from "../../format";
import { ProductPrices } from "./prices";
import { ProductStock } from "./stock";
import { UNITS, VAT_CATEGORIES } from "./codes";

/** A document; a row of the list carries what `VariantRow` says alone. */
export type Variant = VariantView & Pick<VariantRow, "name" | "is_kit">;

const FIELDS: readonly FormField[] = [
  { key: "gtin", label: "attribute.gtin", type: "text", help: "variant.gtin_help" },
  { key: "weight_grams", label: "variant.weight_grams", type: "integer", required: true },
  { key: "vat_category", label: "variant.vat_category", type: "choice", required: true, options: VAT_CATEGORIES },
  { key: "vat_rate", label: "variant.vat_rate", type: "decimal", required: true },
  { key: "hs_code", label: "variant.hs_code", type: "text" },
  { key: "country_of_origin", label: "variant.country_of_origin", type: "country" },
  { key: "reorder_minimum", label: "variant.reorder_minimum", type: "decimal", help: "variant.reorder_minimum_help" },
  { key: "is_active", label: "product.is_sold", type: "boolean" },
  {
    key: "conversions", label: "variant.packs", type: "lines",
    fields: [
      { key: "unit_code", label: "attribute.unit", type: "choice", required: true, options: UNITS },
      { key: "quantity", label: "variant.pack_quantity", type: "decimal", required: true },
      { key: "gtin", label: "attribute.gtin", type: "text" },
    ],
  },
  {
    key: "kit_components", label: "variant.kit", type: "lines",
    fields: [
      { key: "sku", label: "attribute.sku", type: "text", required: true },
      { key: "quantity", label: "attribute.quantity", type: "decimal", required: true },
    ],
  },
];

const title = (variant: Variant) => variant.name || [variant.product_name, ...(variant.axis_values ?? [])].join(" · ");

export const variants = defineEntity<Variant>({
  kind: "variant",
  path: "/api/catalog/variants",
  route: "/products/variants",
  icon: "tag",
  plural: "variant.plural",
  singular: "variant.singular",
  title,
  state: (variant) => String(variant.is_active),
  states: ACTIVE_STATES,
  columns: [
    { key: "sku", label: "attribute.sku", type: "text", primary: true },
    { key: "name", label: "attribute.name", type: "text" },
    { key: "is_active", label: "attribute.state", type: "state" },
    { key: "gtin", label: "attribute.gtin", type: "text", labelled: true },
    { key: "vat_rate", label: "attribute.vat_rate", type: "percent", labelled: true, render: (row) => formatPercent(`${row.vat_rate}E-2`) },
    { key: "is_kit", label: "variant.is_kit", type: "boolean", labelled: true },
  ],
  searchable: true,
  filters: [
    { key: "is_active", type: "state" },
    { key: "is_kit", label: "variant.is_kit", type: "boolean" },
    { key: "product_id", label: "product.singular", type: "reference", kind: "product" },
  ],
  views: [{ id: "kits", label: "variant.kits", query: { is_kit: "true" } }],
  party: (variant) => ({ title: variant.product_name, href: `/products/${variant.product_id}` }),
  sections: [
    {
      title: "variant.singular", type: "facts",
      facts: [
        { key: "sku", label: "attribute.sku", type: "code" },
        { key: "gtin", label: "attribute.gtin", type: "code" },
        { key: "axis_values", label: "variant.axes", type: "tags" },
        { key: "weight_grams", label: "variant.weight_grams", type: "count" },
      ],
    },
    { title: "product.prices", type: "custom", draw: (variant) => <ProductPrices skus={[variant.sku]} /> },
    { title: "product.stock", type: "custom", side: true, draw: (variant) => <ProductStock skus={[variant.sku]} /> },
  ],
  edit: { permission: "catalog.write", fields: FIELDS },
  empty: { title: "product.empty_title", text: "product.empty_text" },
});

/** Products: sellable concepts with their variants. */
import { defineEntity, type Row } from "../../entities";

interface Product extends Row {
  name: string;
  state: string;
  brand: string;
  category_name: string;
  variant_count: number;
  description: string;
}

export const products = defineEntity<Product>({
  kind: "product",
  path: "/api/catalog/products",
  route: "/products",
  icon: "products",
  plural: "product.plural",
  singular: "product.singular",
  title: (product) => product.name,
  state: (product) => product.state,
  states: {
    draft: { label: "state.draft", tone: "quiet" },
    active: { label: "state.active", tone: "good" },
    archived: { label: "state.archived", tone: "quiet" },
  },
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true },
    { key: "state", label: "attribute.state", type: "state" },
    { key: "brand", label: "attribute.brand", type: "text" },
    { key: "category_name", label: "attribute.category", type: "text" },
    { key: "variant_count", label: "attribute.variant_count", type: "count", labelled: true },
  ],
  filters: [{ key: "state", type: "state" }],
  views: [{ id: "active", label: "state.active", query: { state: "active" } }],
  actions: [
    { name: "activate", label: "product.activate", from: ["draft"], primary: true, bulk: true, permission: "catalog.write" },
    { name: "archive", label: "product.archive", from: ["active"], bulk: true, undo: "restore", permission: "catalog.write" },
    { name: "restore", label: "product.restore", from: ["archived"], permission: "catalog.write" },
  ],
  create: {
    permission: "catalog.write",
    fields: [
      { key: "name", label: "attribute.name", type: "text", required: true },
      { key: "brand", label: "attribute.brand", type: "text" },
      { key: "description", label: "attribute.description", type: "textarea", full: true },
    ],
  },
  edit: {
    permission: "catalog.write",
    fields: [
      { key: "name", label: "attribute.name", type: "text", required: true },
      { key: "brand", label: "attribute.brand", type: "text" },
      { key: "description", label: "attribute.description", type: "textarea", full: true },
    ],
  },
  empty: { title: "product.empty_title", text: "product.empty_text" },
});

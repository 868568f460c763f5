/** The sites that hold stock, in the order in which orders take from them. */
import { defineEntity, type FormField, type Row } from "../../entities";

interface Warehouse extends Row {
  code: string;
  name: string;
  address: string;
  locations: readonly string[];
  is_active: boolean;
  priority: number;
}

const FIELDS: readonly FormField[] = [
  { key: "code", label: "attribute.code", type: "text", required: true },
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "address", label: "attribute.address", type: "textarea", full: true },
  { key: "locations", label: "warehouse.locations", type: "tags", full: true, help: "warehouse.locations_help" },
  { key: "priority", label: "warehouse.priority", type: "integer", required: true, initial: 0, help: "warehouse.priority_help" },
  { key: "is_active", label: "warehouse.is_active", type: "boolean", initial: true },
];

export const warehouses = defineEntity<Warehouse>({
  kind: "warehouse",
  path: "/api/stock/warehouses",
  route: "/stock/warehouses",
  icon: "stock",
  plural: "warehouse.plural",
  singular: "warehouse.singular",
  title: (warehouse) => warehouse.name,
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true },
    { key: "code", label: "attribute.code", type: "text" },
    { key: "priority", label: "warehouse.priority", type: "count", labelled: true },
    { key: "is_active", label: "warehouse.is_active", type: "boolean", labelled: true },
  ],
  filters: [{ key: "is_active", label: "warehouse.is_active", type: "boolean" }],
  create: { permission: "stock.adjust", label: "warehouse.new", fields: FIELDS },
  edit: { permission: "stock.adjust", fields: FIELDS },
  empty: { title: "warehouse.empty_title", text: "warehouse.empty_text" },
});

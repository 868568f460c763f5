/** What people did to stock by hand: receipts, adjustments, transfers. Never changed afterwards. */
import type { OperationRow, OperationView } from "../../api_types";
import { defineEntity, documentHref, type Column } from "../../entities";
import { codeText } from "../../i18n";
import { warehouseNames } from "../names";
import { BothUnits } from "../sales/order_sections";
import { reasonText } from "./level_sections";

/** A document; a row of the list carries what `OperationRow` says alone. */
type Operation = OperationView & OperationRow;

const warehouse = (id: string) => warehouseNames.value[id] ?? id;
const COLUMNS: readonly Column<Operation>[] = [
  { key: "number", label: "attribute.number", type: "text", primary: true },
  { key: "operation", label: "stock.operation", type: "text", render: (done) => codeText("operation", done.operation) },
  {
    key: "warehouse_id", label: "attribute.warehouse", type: "text",
    render: (done) => [done.warehouse_id, done.to_warehouse_id].filter(Boolean).map(warehouse).join(" → "),
  },
  { key: "reason", label: "attribute.reason", type: "text", render: (done) => (done.reason ? reasonText(done.reason) : done.reference) },
  { key: "line_count", label: "attribute.line_count", type: "count", labelled: true },
  { key: "done_at", label: "attribute.date", type: "instant" },
];

export const stockOperations = defineEntity<Operation>({
  kind: "stock_operation",
  path: "/api/stock/operations",
  route: "/stock/operations",
  icon: "stock",
  plural: "stock.operations",
  singular: "stock.operation",
  title: (done) => done.number,
  columns: COLUMNS,
  filters: [
    {
      key: "operation", label: "stock.operation", type: "choice",
      options: [{ value: "receipt", label: "operation.receipt" }, { value: "adjustment", label: "operation.adjustment" }, { value: "transfer", label: "operation.transfer" }],
    },
    { key: "warehouse_id", label: "attribute.warehouse", type: "names", names: () => warehouseNames.value },
  ],
  sections: [
    {
      title: "order.lines", type: "lines", key: "lines",
      columns: [
        { key: "sku", label: "attribute.sku", type: "text", primary: true, render: (line) => <a href={documentHref("stock_level", String(line.sku))}>{String(line.sku)}</a> },
        { key: "quantity", label: "attribute.quantity", type: "quantity", labelled: true, render: (line) => <BothUnits line={line as unknown as Parameters<typeof BothUnits>[0]["line"]} /> },
        { key: "unit_cost", label: "stock.unit_cost", type: "unit_price", labelled: true },
        { key: "location", label: "attribute.location", type: "text" },
        { key: "lot_number", label: "attribute.lot_number", type: "text" },
      ],
    },
    {
      title: "document.details", type: "facts", side: true,
      facts: [...COLUMNS.filter((column) => column.key !== "number" && column.key !== "line_count"), { key: "reference", label: "stock.reference", type: "text" }],
    },
  ],
  empty: { title: "stock.empty_title", text: "stock.empty_text" },
});

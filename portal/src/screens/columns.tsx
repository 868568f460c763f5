/** Draws a declared column by its type, in lists, lines and facts alike. */
import type { ComponentChild } from "preact";
import { countryName } from "../countries";
import { Explain } from "../design/explain";
import type { TableColumn } from "../design/table";
import { Badge, CopyId, Dash, DateTime, Day, Money, Percent, Quantity } from "../design/values";
import type { AnyEntity, Column, ColumnType, Row } from "../entities";
import { codeText, t } from "../i18n";

export type Item = Row & Record<string, unknown>;

const AT_END: ReadonlySet<ColumnType> = new Set(["money", "unit_price", "quantity", "count", "percent"]);

export function StateBadge({ entity, state }: { entity: AnyEntity | undefined; state: string }) {
  const declared = entity?.states?.[state];
  return <Badge tone={declared?.tone ?? "neutral"}>{declared ? t(declared.label) : codeText("state", state)}</Badge>;
}

type Drawer = (value: string, row: Item, column: Column<Item>, entity: AnyEntity | undefined) => ComponentChild;

const text = (row: Item, key: string | undefined) => (key === undefined ? undefined : (row[key] as string | undefined));

const DRAWERS: Record<ColumnType, Drawer> = {
  text: (value) => value,
  code: (value) => <CopyId id={value} />,
  money: (value, row, column) => <Money amount={value} currency={text(row, column.currency ?? "currency")} />,
  unit_price: (value, row, column) => <Money amount={value} currency={text(row, column.currency ?? "currency")} unitPrice />,
  quantity: (value, row, column) => <Quantity value={value} unitCode={text(row, column.unit)} />,
  count: (value) => <Quantity value={value} />,
  percent: (value) => <Percent fraction={value} />,
  date: (value) => <Day date={value} />,
  instant: (value) => <DateTime instant={value} />,
  state: (value, _row, _column, entity) => <StateBadge entity={entity} state={value} />,
  boolean: (value) => (String(value) === "true" ? t("value.yes") : t("value.no")),
  country: (value) => countryName(value),
  tags: (value) => (Array.isArray(value) ? (value as string[]).join(", ") : value),
};

export function Cell({ column, row, entity }: { column: Column<Item>; row: Item; entity?: AnyEntity }) {
  if (column.render) return <>{column.render(row)}</>;
  const value = row[column.key];
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return <Dash />;
  const drawn = DRAWERS[column.type](value as string, row, column, entity);
  if (!column.explain) return <>{drawn}</>;
  return <Explain path={column.explain(row)} label={t(column.label)}>{drawn}</Explain>;
}

export function tableColumns(columns: readonly Column<Item>[], entity?: AnyEntity): TableColumn<Item>[] {
  return columns.map((column) => ({
    key: column.key,
    label: t(column.label),
    align: AT_END.has(column.type) ? "end" : "start",
    sort: column.sort,
    primary: column.primary,
    labelled: column.labelled,
    wraps: column.wraps,
    cell: (row) => <Cell column={column} row={row} entity={entity} />,
  }));
}

/** What the CSV writes: the API's own values, so that figures stay exact and codes stay codes. */
export function plainValue(column: Column<Item>, row: Item): string {
  const value = row[column.key];
  return Array.isArray(value) ? value.join(" ") : value === null || value === undefined ? "" : String(value);
}

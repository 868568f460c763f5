/** What is on hand, promised and available, SKU by SKU; available explains itself. */
import { compare } from "../../decimal";
import { lazily } from "../../design/lazy";
import { Badge, type Tone } from "../../design/values";
import { defineEntity, type Column } from "../../entities";
import { t, type MessageKey } from "../../i18n";
import { openAdjust, openReceive, openTransfer } from "./opening";
import type { StockLevel } from "./level";
import { ByWarehouse, Figures, Moves, OnHandChart, Reservations } from "./level_sections";

const ReceiveScreen = lazily(() => import("./receive").then((module) => module.ReceiveScreen));

function condition(level: StockLevel): { label: MessageKey; tone: Tone } {
  if (compare(level.available, "0") < 0) return { label: "stock.over_promised", tone: "bad" };
  if (compare(level.available, "0") === 0) return { label: "stock.out", tone: "bad" };
  if (level.is_low) return { label: "stock.low", tone: "warn" };
  return { label: "stock.in_stock", tone: "good" };
}

function Condition({ level }: { level: StockLevel }) {
  const { label, tone } = condition(level);
  return <Badge tone={tone}>{t(label)}</Badge>;
}

const explain = (level: StockLevel) => `/api/stock/levels/${encodeURIComponent(level.sku)}/explain`;
const quantity = { type: "quantity", unit: "unit_code", labelled: true } as const;
const COLUMNS: readonly Column<StockLevel>[] = [
  { key: "sku", label: "attribute.sku", type: "text", primary: true, render: (level) => <span class="mono">{level.sku}</span> },
  { key: "is_short", label: "attribute.state", type: "boolean", render: (level) => <Condition level={level} /> },
  { key: "name", label: "attribute.name", type: "text" },
  { key: "on_hand", label: "attribute.on_hand", ...quantity },
  { key: "reserved", label: "attribute.reserved", ...quantity },
  { key: "available", label: "attribute.available", ...quantity, explain },
  { key: "incoming", label: "attribute.incoming", ...quantity },
  { key: "is_kit", label: "stock.kit", type: "boolean", optional: true },
];

export const stockLevels = defineEntity<StockLevel>({
  kind: "stock_level",
  path: "/api/stock/levels",
  route: "/stock",
  icon: "stock",
  plural: "stock.plural",
  singular: "stock.singular",
  title: (level) => level.sku,
  columns: COLUMNS,
  filters: [
    { key: "is_short", label: "stock.out", type: "boolean", everywhere: true },
    { key: "is_low", label: "stock.low", type: "boolean", everywhere: true },
    { key: "is_kit", label: "stock.kit", type: "boolean" },
  ],
  views: [
    { id: "short", label: "stock.view_short", query: { is_short: "true" }, everywhere: true },
    { id: "replenish", label: "stock.to_replenish", query: { view: "replenish" }, everywhere: true },
    { id: "low", label: "stock.low", query: { is_low: "true" }, everywhere: true },
    { id: "kits", label: "stock.view_kits", query: { is_kit: "true" } },
  ],
  follows: ["stock", "stock_operation", "variant"],
  actions: [
    { name: "receive", label: "stock.receive", primary: true, icon: "plus", permission: "stock.adjust", when: (level) => !level.is_kit, open: openReceive },
    { name: "adjust", label: "stock.adjust", permission: "stock.adjust", when: (level) => !level.is_kit, open: openAdjust },
    { name: "transfer", label: "stock.transfer", icon: "truck", permission: "stock.transfer", when: (level) => !level.is_kit, open: openTransfer },
  ],
  party: (level) => ({ title: level.name }),
  sections: [
    { title: "stock.now", type: "custom", draw: (level) => <Figures level={level} condition={<Condition level={level} />} /> },
    { title: "stock.by_warehouse", type: "custom", bare: true, draw: (level) => <ByWarehouse level={level} />, when: (level) => !level.is_kit },
    { title: "stock.over_time", type: "custom", draw: (level) => <OnHandChart level={level} />, when: (level) => level.moves.length > 0 },
    { title: "stock.moves", type: "custom", bare: true, draw: (level) => <Moves level={level} />, when: (level) => !level.is_kit },
    { title: "stock.reservations", type: "custom", side: true, draw: (level) => <Reservations level={level} /> },
  ],
  create: { permission: "stock.adjust", label: "stock.receive", screen: () => <ReceiveScreen /> },
  ways: [{ label: "stock.operations", href: "/stock/operations" }, { label: "warehouse.plural", href: "/stock/warehouses" }],
  timeline: false,
  empty: { title: "stock.empty_title", text: "stock.empty_text" },
});

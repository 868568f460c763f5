/** The parts of a SKU's stock page: figures, warehouses and places, curve, moves, who holds what. */
import type { ComponentChild } from "preact";
import type { Move, Place } from "../../api_types";
import { TimeSeries } from "../../design/chart";
import { Explain } from "../../design/explain";
import { Table, type TableColumn } from "../../design/table";
import { Dash, DateTime, Money, Quantity } from "../../design/values";
import { documentHref } from "../../entities";
import { formatNumber } from "../../format";
import { has, t } from "../../i18n";
import { timeZone } from "../../session";
import { warehouseNames } from "../names";
import { onHandByDay, type StockLevel } from "./level";

const NUMBERS = ["on_hand", "reserved", "available", "incoming"] as const;
const LABELS = { on_hand: "attribute.on_hand", reserved: "attribute.reserved", available: "attribute.available", incoming: "attribute.incoming" } as const;

function explainPath(level: StockLevel, warehouseId?: string): string {
  const path = `/api/stock/levels/${encodeURIComponent(level.sku)}/explain`;
  return warehouseId ? `${path}?warehouse_ids=${encodeURIComponent(warehouseId)}` : path;
}

export function placeText(place: Place): string {
  return [warehouseNames.value[place.warehouse_id] ?? place.warehouse_id, place.location, place.lot_number].filter(Boolean).join(" · ");
}

/** Available stands out and explains itself: it is the figure every channel is told. */
export function Figures({ level, condition }: { level: StockLevel; condition: ComponentChild }) {
  const shown = level.is_kit ? (["available"] as const) : NUMBERS;
  return (
    <div class="stack">
      <div>{condition}</div>
      <dl class="figures">
        {shown.map((name) => (
          <div key={name}>
            <dt>{t(LABELS[name])}</dt>
            <dd>
              {name === "available"
                ? <Explain path={explainPath(level)} label={t("attribute.available")}><Quantity value={level.available} unitCode={level.unit_code} /></Explain>
                : <Quantity value={level[name]} unitCode={level.unit_code} />}
            </dd>
          </div>
        ))}
        {level.valuation && <div><dt>{t("stock.value")}</dt><dd><Money amount={level.valuation.value} currency={level.valuation.currency} /></dd></div>}
        {level.valuation && <div><dt>{t("stock.average_cost")}</dt><dd><Money amount={level.valuation.unit_cost} currency={level.valuation.currency} unitPrice /></dd></div>}
      </dl>
      {level.reorder_minimum !== null && <p class="muted small">{t("stock.minimum_is")} <Quantity value={level.reorder_minimum} unitCode={level.unit_code} /></p>}
      {level.is_kit && <p class="muted small">{t("stock.kit_text")}</p>}
    </div>
  );
}

type Numbers = StockLevel["balances"][number] | StockLevel["warehouses"][number];

/** Warehouse by warehouse; below each, its places when stock stands in locations or lots. */
export function ByWarehouse({ level }: { level: StockLevel }) {
  const rows = level.warehouses.flatMap((warehouse): { id: string; name: string; isPlace: boolean; warehouseId: string; numbers: Numbers }[] => {
    const places = level.balances.filter((each) => each.place.warehouse_id === warehouse.warehouse_id && (each.place.location || each.place.lot_number));
    return [
      { id: warehouse.warehouse_id, name: warehouse.warehouse_name, isPlace: false, warehouseId: warehouse.warehouse_id, numbers: warehouse },
      ...places.map((each) => ({
        id: placeText(each.place), name: [each.place.location, each.place.lot_number].filter(Boolean).join(" · "), isPlace: true,
        warehouseId: warehouse.warehouse_id, numbers: each,
      })),
    ];
  });
  if (rows.length === 0) return <p class="card-body muted">{t("stock.nowhere")}</p>;
  const columns: TableColumn<(typeof rows)[number]>[] = [
    { key: "name", label: t("attribute.warehouse"), primary: true, cell: (row) => <span class={row.isPlace ? "indented muted" : ""}>{row.name}</span> },
    ...NUMBERS.map((name) => ({
      key: name, label: t(LABELS[name]), align: "end" as const, labelled: true,
      cell: (row: (typeof rows)[number]) => {
        const shown = <Quantity value={row.numbers[name]} unitCode={level.unit_code} />;
        if (name !== "available" || row.isPlace) return shown;
        return <Explain path={explainPath(level, row.warehouseId)} label={t("attribute.available")}>{shown}</Explain>;
      },
    })),
  ];
  return <Table label={t("stock.by_warehouse")} rows={rows} rowId={(row) => row.id} columns={columns} />;
}

export function OnHandChart({ level }: { level: StockLevel }) {
  const curve = onHandByDay(level.on_hand, level.moves, timeZone.value, new Date());
  if (curve.dates.length < 2) return <p class="muted">{t("stock.curve_tomorrow")}</p>;
  const series = [{ label: t("attribute.on_hand"), values: curve.onHand }];
  return <TimeSeries label={t("stock.over_time")} dates={curve.dates} series={series} height={180} format={formatNumber} />;
}

/** A reason is one of ours, or what a person typed. */
export function reasonText(reason: string): string {
  const key = `move_reason.${reason}`;
  return has(key) ? t(key) : reason;
}

function Because({ move }: { move: Move }) {
  const reason = reasonText(move.reason);
  const href = move.document_id ? documentHref(move.document_kind, move.document_id) : undefined;
  return href ? <a href={href}>{reason}</a> : <>{reason}</>;
}

export function Moves({ level }: { level: StockLevel }) {
  if (level.moves.length === 0) return <p class="card-body muted">{t("stock.no_moves")}</p>;
  const columns: TableColumn<Move>[] = [
    { key: "reason", label: t("attribute.reason"), primary: true, cell: (move) => <Because move={move} /> },
    { key: "quantity", label: t("attribute.quantity"), align: "end", cell: (move) => <span class={`figure ${move.quantity.startsWith("-") ? "out" : "in"}`}>{signed(move.quantity)}</span> },
    { key: "place", label: t("attribute.place"), cell: (move) => placeText(move.place) },
    { key: "at", label: t("attribute.date"), cell: (move) => <DateTime instant={move.effective_at} /> },
    { key: "actor", label: t("attribute.user"), cell: (move) => move.actor_name || <Dash /> },
  ];
  if (level.moves.some((move) => move.value !== null)) {
    columns.push({ key: "value", label: t("stock.value"), align: "end", cell: (move) => <Money amount={move.value} currency={level.valuation?.currency} /> });
  }
  return <Table label={t("stock.moves")} rows={level.moves} rowId={(move) => move.id} columns={columns} />;
}

function signed(quantity: string): string {
  return quantity.startsWith("-") ? `−${formatNumber(quantity.slice(1))}` : `+${formatNumber(quantity)}`;
}

export function Reservations({ level }: { level: StockLevel }) {
  if (level.reservations.length === 0) return <p class="muted">{t("stock.nobody_holds")}</p>;
  return (
    <ul class="linked">
      {level.reservations.map((held) => (
        <li key={`${held.order_id} ${held.line_id} ${placeText(held.place)}`}>
          <div class="grow two-lines">
            <a class="ellipsis" href={documentHref("sales_order", held.order_id)}>{held.order_number}</a>
            <span class="muted small">{placeText(held.place)}</span>
          </div>
          <Quantity value={held.quantity} unitCode={level.unit_code} />
        </li>
      ))}
    </ul>
  );
}

"""What can be sold, and why: availability for channels, list rows, and the explanation of one number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chalicelib.catalog.model import VARIANT, SkuFacts
from chalicelib.catalog.service import find_skus
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound, Stale
from chalicelib.kernel.explanation import ExplainedRow, Explanation
from chalicelib.kernel.money import ZERO
from chalicelib.stock import availability, balances
from chalicelib.stock.availability import Components
from chalicelib.stock.model import (
    STOCK_LEVEL,
    Balance,
    HeldQuantity,
    LevelDetail,
    Move,
    Pack,
    StockLevel,
    StockValue,
    WarehouseLevel,
    WarehouseStock,
)
from chalicelib.stock.warehouses import directory, retrying
from chalicelib.storage import keys, read, write
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction

NUMBERS = ("on_hand", "reserved", "available", "incoming")
LEVELS_A_TRANSACTION = 40
ORDER_KIND = "sales_order"


def kits_in(facts: Mapping[str, SkuFacts]) -> dict[str, Components]:
    """The kits among these SKUs with their components."""
    return {sku: tuple((c.sku, c.quantity) for c in found.kit) for sku, found in facts.items() if found.kit}


def available_for(
    ctx: Context, skus: Iterable[str], warehouse_ids: Sequence[str] = (), buffer: Decimal = ZERO
) -> dict[str, Decimal]:
    """What a channel may show of each SKU now: over its warehouses (all when none is named), less its safety buffer.

    Kits are what their components allow. Below zero when over-promised; a SKU that does not exist is missing.
    """
    facts = find_skus(ctx, skus)
    kits = kits_in(facts)
    found = balances.read_balances(ctx, sorted(availability.expand(facts, kits)))
    totals = {sku: availability.total_available(rows, warehouse_ids) for sku, rows in found.items()}
    return availability.sellable(facts, kits, totals, buffer)


# -- which kits contain a component ----------------------------------------------------------------------------------


def kits_containing(ctx: Context, skus: Iterable[str]) -> set[str]:
    """The kits that one of these SKUs is a component of: their availability moves with it."""
    found: set[str] = set()
    for sku in dict.fromkeys(skus):
        rows, _ = read.collection(ctx, f"KITS_OF#{sku}")
        found.update(row.key.sk for row in rows)
    return found


def index_kit(ctx: Context, variant_id: str) -> str | None:
    """Notes under each component that this variant's kit contains it; answers the variant's SKU.

    Every write is the same whenever repeated; a component that left the kit is taken off.
    """
    variant = read.find(ctx, VARIANT, variant_id)
    if variant is None:
        return None
    known_key = keys.child(ctx, "kit_components", variant.sku, keys.ALONE)
    known = read.item(ctx, known_key)
    before = set(codec.load(known.data)["components"]) if known else set()
    now = {c.sku for c in variant.kit_components}
    if now != before:
        puts = [Item(keys.child(ctx, "kits_of", sku, variant.sku), "kit_of", ctx.tenant_id, "{}") for sku in sorted(now)]
        puts.append(Item(known_key, "kit_components", ctx.tenant_id, codec.compact({"components": sorted(now)})))
        write.many(ctx, puts, [keys.child(ctx, "kits_of", sku, variant.sku) for sku in sorted(before - now)])
    return variant.sku


# -- list rows -------------------------------------------------------------------------------------------------------


def refresh(ctx: Context, skus: Iterable[str]) -> None:
    """Brings the list rows of these SKUs, and of the kits that contain them, up to the balances as they are now."""
    wanted = list(dict.fromkeys(skus))
    wanted = sorted({*wanted, *kits_containing(ctx, wanted)})
    for start in range(0, len(wanted), LEVELS_A_TRANSACTION):
        part = wanted[start : start + LEVELS_A_TRANSACTION]
        retrying(ctx, lambda p=part, s=start: _write_levels(ctx.step(f"levels:{s}"), p),  # type: ignore[misc]
                 frozenset({"stale_version"}))


def _write_levels(ctx: Context, skus: Sequence[str]) -> None:
    old = read.get_many(ctx, STOCK_LEVEL, skus)
    tx = Transaction(ctx)
    changes = 0
    for sku, level in compute(ctx, skus).items():
        before = old.get(sku)
        if before is None:
            tx.create(STOCK_LEVEL, level, lambda: Stale(STOCK_LEVEL.kind))
        elif replace(level, version=before.version) != before:
            tx.save(STOCK_LEVEL, before, level)
        else:
            continue
        changes += 1
    if changes:
        tx.commit()


def compute(ctx: Context, skus: Iterable[str]) -> dict[str, StockLevel]:
    """The levels of these SKUs from the balances in the caller's warehouses, consistent; SKUs that do not exist are missing."""
    facts = find_skus(ctx, skus)
    kits = kits_in(facts)
    found = {sku: _visible(ctx, rows) for sku, rows in balances.read_balances(
        ctx, sorted(availability.expand(facts, kits))).items()}
    totals = {sku: availability.total_available(rows) for sku, rows in found.items()}
    return {sku: _level(known, kits.get(sku), found, totals) for sku, known in facts.items()}


def _level(facts: SkuFacts, kit: Components | None, found: Mapping[str, Sequence[Balance]],
           totals: Mapping[str, Decimal]) -> StockLevel:
    if kit:
        return StockLevel(id=facts.sku, sku=facts.sku, name=facts.name, unit_code=facts.unit_code, is_kit=True,
                          reorder_minimum=facts.reorder_minimum,
                          available=availability.kit_available(kit, totals))
    rows = found[facts.sku]
    warehouses = []
    for warehouse_id in sorted({b.place.warehouse_id for b in rows}):
        mine = [b for b in rows if b.place.warehouse_id == warehouse_id]
        warehouses.append(WarehouseLevel(warehouse_id=warehouse_id, **{n: _sum(mine, n) for n in NUMBERS}))
    return StockLevel(id=facts.sku, sku=facts.sku, name=facts.name, unit_code=facts.unit_code,
                      reorder_minimum=facts.reorder_minimum, warehouses=tuple(warehouses),
                      on_hand=_sum(rows, "on_hand"), reserved=_sum(rows, "reserved"),
                      available=_sum(rows, "available"), incoming=_sum(rows, "incoming"))


def _sum(rows: Iterable[Balance], name: str) -> Decimal:
    return sum((getattr(row, name) for row in rows), ZERO)


# -- within a scope --------------------------------------------------------------------------------------------------


def rows_within(ctx: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """List rows with the numbers of the caller's warehouses alone; as they are for who is limited to none."""
    allowed = ctx.scope.warehouse_ids
    if not allowed:
        return rows
    now = compute(ctx, [str(row["id"]) for row in rows])
    return [{**row, **{name: str(getattr(now[row["id"]], name)) for name in NUMBERS},
             "is_short": now[row["id"]].available <= 0, "is_low": False} for row in rows if row["id"] in now]


def check_whole(ctx: Context, query: Mapping[str, str]) -> None:
    """What is short or low is known of all warehouses together. Raises Forbidden `beyond_scope` for who is limited to some."""
    if ctx.scope.warehouse_ids and any(query.get(name) for name in ("view", "is_short", "is_low")):
        raise ctx.scope.beyond("what is short or low in all warehouses together")


def _visible(ctx: Context, rows: Sequence[Balance]) -> list[Balance]:
    allowed = ctx.scope.warehouse_ids
    return [row for row in rows if not allowed or row.place.warehouse_id in allowed]


def _named(ctx: Context, order_ids: Iterable[str]) -> set[str]:
    """Of these orders those whose names the caller may see."""
    return {i for _, i in read.seen(ctx, [(ORDER_KIND, order_id) for order_id in order_ids])}


def _reservations(ctx: Context, sku: str) -> list[HeldQuantity]:
    """Who holds the SKU in the caller's warehouses; of another store's order only how much."""
    allowed = ctx.scope.warehouse_ids
    held = [h for h in balances.read_reservations(ctx, sku) if not allowed or h.place.warehouse_id in allowed]
    named = _named(ctx, (h.order_id for h in held))
    return [HeldQuantity(order_id=h.order_id if h.order_id in named else "",
                         order_number=h.order_number if h.order_id in named else "",
                         line_id=h.line_id, place=h.place, quantity=h.quantity) for h in held]


def _moves(ctx: Context, sku: str, limit: int = 50) -> list[Move]:
    """Its last moves in the caller's warehouses; of another store's order without its name."""
    allowed = ctx.scope.warehouse_ids
    found = [m for m in balances.read_moves(ctx, sku, limit) if not allowed or m.place.warehouse_id in allowed]
    named = _named(ctx, (m.document_id for m in found if m.document_kind == ORDER_KIND))
    return [m if m.document_kind != ORDER_KIND or m.document_id in named else replace(m, document_id="") for m in found]


# -- one SKU ---------------------------------------------------------------------------------------------------------


def detail(ctx: Context, sku: str) -> LevelDetail:
    """A SKU's stock as it is now: balances per place, who holds it, its last moves, and its value for who may see it.

    Raises NotFound.
    """
    facts = find_skus(ctx, [sku]).get(sku)
    if facts is None:
        raise NotFound("stock_level")
    now = compute(ctx, [sku])[sku]
    names = directory(ctx)
    return LevelDetail(
        id=sku, sku=sku, name=now.name, unit_code=now.unit_code, is_kit=now.is_kit, on_hand=now.on_hand,
        reserved=now.reserved, available=now.available, incoming=now.incoming, reorder_minimum=now.reorder_minimum,
        is_low=now.is_low, packs=tuple(Pack(unit_code=p.unit_code, quantity=p.quantity) for p in facts.packs),
        warehouses=tuple(WarehouseStock(**{n: getattr(w, n) for n in ("warehouse_id", *NUMBERS)},
                                        warehouse_name=names.name_of(w.warehouse_id)) for w in now.warehouses),
        balances=tuple(_visible(ctx, balances.read_balances(ctx, [sku])[sku])), reservations=tuple(_reservations(ctx, sku)),
        moves=tuple(_moves(ctx, sku)),
        valuation=value_of(ctx, sku) if ctx.allows("costs.read") and not ctx.scope.warehouse_ids else None)


def value_of(ctx: Context, sku: str) -> StockValue:
    """What the SKU's stock is worth, in the company's currency."""
    valuation = balances.read_valuations(ctx, [sku])[sku]
    return StockValue(quantity=valuation.quantity, value=valuation.value, unit_cost=round(valuation.unit_cost, 4),
                      currency=balances.currency_of(ctx))


_WORDS = {
    "en": {"on_hand": "On hand", "reserved": "Reserved", "available": "Available",
           "just_now": "Reserved or released just now",
           "by": "Reserved by {number}, line {line}",
           "buffer": "Safety buffer of the channel",
           "in_kit": "{sku}, {quantity} in a kit", "of": "floor({have} ÷ {need}) of {sku}",
           "receipt": "Receipt", "adjustment": "Adjustment", "transfer": "Transfer", "shipment": "Shipment",
           "article": "available = on hand − reserved − safety buffer",
           "kit": "available = min(floor(available of component ÷ quantity in kit)) − safety buffer"},
    "fr": {"on_hand": "En stock", "reserved": "Réservé", "available": "Disponible",
           "just_now": "Réservé ou libéré à l’instant",
           "by": "Réservé par {number}, ligne {line}",
           "buffer": "Marge de sécurité du canal",
           "in_kit": "{sku}, {quantity} par lot",
           "of": "partie entière({have} ÷ {need}) de {sku}",
           "receipt": "Réception", "adjustment": "Ajustement", "transfer": "Transfert", "shipment": "Expédition",
           "article": "disponible = en stock − réservé − marge de sécurité",
           "kit": "disponible = min(partie entière(disponible du composant ÷ quantité par lot)) − marge de sécurité"},
}


def _words(ctx: Context) -> dict[str, str]:
    return _WORDS.get(ctx.locale, _WORDS["fr"])


def explain(ctx: Context, sku: str, warehouse_ids: Sequence[str] = (), buffer: Decimal = ZERO) -> Explanation:
    """Why this many are available: on hand, less who holds it, less the channel's safety buffer; for a kit, what each
    component allows. Raises NotFound."""
    facts = find_skus(ctx, [sku]).get(sku)
    if facts is None:
        raise NotFound("stock_level")
    words, allowed = _words(ctx), ctx.scope.warehouse_ids
    if allowed:
        warehouse_ids = [i for i in warehouse_ids if i in allowed] or (sorted(allowed) if not warehouse_ids else ["-"])
    value, rows, steps = (_explain_kit(ctx, facts, warehouse_ids) if facts.kit else
                          _explain_article(ctx, sku, warehouse_ids))
    if buffer:
        rows.append(ExplainedRow(label=words["buffer"], value=str(-buffer)))
    steps.append(ExplainedRow(label=words["available"], value=str(value - buffer)))
    return Explanation(value=str(value - buffer), unit=facts.unit_code, formula=words["kit" if facts.kit else "article"],
                       inputs=tuple(rows), steps=tuple(steps))


Explained = tuple[Decimal, list[ExplainedRow], list[ExplainedRow]]


def _explain_article(ctx: Context, sku: str, warehouse_ids: Sequence[str]) -> Explained:
    names, words = directory(ctx), _words(ctx)
    mine = [b for b in balances.read_balances(ctx, [sku])[sku]
            if not warehouse_ids or b.place.warehouse_id in warehouse_ids]
    rows = [ExplainedRow(label=" · ".join(filter(None, (
        words["on_hand"], names.name_of(b.place.warehouse_id), b.place.location, b.place.lot_number))),
        value=str(b.on_hand)) for b in mine]
    holders = [held for held in _reservations(ctx, sku) if not warehouse_ids or held.place.warehouse_id in warehouse_ids]
    rows += [ExplainedRow(label=words["by"].format(number=held.order_number, line=held.line_id), value=str(-held.quantity),
                          link=f"/orders/{held.order_id}" if held.order_id else "") for held in holders]
    on_hand, reserved = _sum(mine, "on_hand"), _sum(mine, "reserved")
    untold = reserved - sum((held.quantity for held in holders), ZERO)
    if untold:
        rows.append(ExplainedRow(label=words["just_now"], value=str(-untold)))
    steps = [ExplainedRow(
        label=words.get(move.reason, move.reason), at=move.effective_at.isoformat(), value=str(move.quantity),
        link=f"/orders/{move.document_id}" if move.document_kind == ORDER_KIND and move.document_id else "")
        for move in _moves(ctx, sku, 10)]
    steps += [ExplainedRow(label=words["on_hand"], value=str(on_hand)),
              ExplainedRow(label=words["reserved"], value=str(-reserved))]
    return on_hand - reserved, rows, steps


def _explain_kit(ctx: Context, facts: SkuFacts, warehouse_ids: Sequence[str]) -> Explained:
    words = _words(ctx)
    found = balances.read_balances(ctx, [c.sku for c in facts.kit])
    totals = {sku: availability.total_available(rows, warehouse_ids) for sku, rows in found.items()}
    rows = [ExplainedRow(label=words["in_kit"].format(sku=c.sku, quantity=c.quantity), value=str(totals[c.sku]),
                         link=f"/stock/{c.sku}") for c in facts.kit]
    steps = [ExplainedRow(label=words["of"].format(have=totals[c.sku], need=c.quantity, sku=c.sku),
                          value=str(availability.whole(totals[c.sku], c.quantity))) for c in facts.kit]
    return availability.kit_available([(c.sku, c.quantity) for c in facts.kit], totals), rows, steps

"""Use cases of stock: what people do by hand, and what other domains ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.catalog.model import SkuFacts
from chalicelib.catalog.service import find_skus, named
from chalicelib.catalog.units import Measure, check_per, in_base, measure, per_base_unit
from chalicelib.kernel import scope
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.stock import balances
from chalicelib.stock.levels import available_for, explain, kits_containing
from chalicelib.stock.model import (
    MAX_OPERATION_LINES,
    OPERATION,
    WAREHOUSE,
    AdjustmentLine,
    Balance,
    NewAdjustment,
    NewReceipt,
    NewTransfer,
    OperationLine,
    Place,
    ReceiptLine,
    StockOperation,
    TransferLine,
    Warehouse,
    check_quantity,
)
from chalicelib.stock.warehouses import create_warehouse, directory, directory_in, directory_key, retrying, update_warehouse
from chalicelib.storage import read, sequence
from chalicelib.storage.transaction import Transaction

MAX_TEXT = 300

__all__ = ["adjust", "available_for", "create_warehouse", "directory", "directory_in", "directory_key", "explain",
           "kits_containing", "receive", "transfer", "update_warehouse"]

# -- operations by hand ----------------------------------------------------------------------------------------------


def _checked_place(warehouse: Warehouse, location: str, lot_number: str, path: str) -> Place:
    if location and location not in warehouse.locations:
        raise Invalid("location", f"{warehouse.name} has no location {location}.", {f"{path}.location": "unknown"})
    if "#" in lot_number or len(lot_number) > 40:
        raise Invalid("lot_number", "A lot number has at most 40 characters and no #.", {f"{path}.lot_number": "no #"})
    return Place(warehouse_id=warehouse.id, location=location, lot_number=lot_number)


def _check_lines(ctx: Context, skus: Sequence[str]) -> dict[str, SkuFacts]:
    """The articles of the lines. Raises Invalid for an empty or overlong list, a SKU that does not exist, and a kit, which
    has no stock of its own."""
    if not 1 <= len(skus) <= MAX_OPERATION_LINES:
        raise Invalid("lines", f"1 to {MAX_OPERATION_LINES} lines.", {"lines": f"1 to {MAX_OPERATION_LINES}"})
    known = find_skus(ctx, skus)
    unknown = {f"lines.{n}.sku": "unknown" for n, sku in enumerate(skus) if sku not in known}
    if unknown:
        raise Invalid("unknown_sku", "There is no article with this SKU.", unknown)
    kits = {f"lines.{n}.sku": "is a kit" for n, sku in enumerate(skus) if known[sku].kit}
    if kits:
        raise Invalid("kit_stock", "A kit has no stock of its own; its components have.", kits)
    return known


def _operation_line(
    line: ReceiptLine | TransferLine | AdjustmentLine, size: Measure, facts: SkuFacts, **more: Any
) -> OperationLine:
    """The line as it is kept: in base units, with the unit it was typed in."""
    return OperationLine(sku=line.sku, quantity=size.base_quantity, base_unit_code=facts.unit_code, unit_code=size.unit_code,
                         unit_quantity=size.quantity if size.unit_code else None, unit_factor=size.factor,
                         location=line.location, lot_number=line.lot_number, **more)


def _operation(ctx: Context, operation: str, code: str, warehouse: Warehouse, lines: tuple[OperationLine, ...],
               reason: str = "", reference: str = "", to_warehouse_id: str = "") -> StockOperation:
    number = f"{code}-{ctx.now:%Y}-{sequence.next_number(ctx, f'{operation}-{ctx.now:%Y}'):06d}"
    if max(len(reason), len(reference)) > MAX_TEXT:
        raise Invalid("text_too_long", f"A text has at most {MAX_TEXT} characters.", {"reason": "too long"})
    return StockOperation(id=ctx.new_id(OPERATION.prefix), number=number, operation=operation,
                          warehouse_id=warehouse.id, to_warehouse_id=to_warehouse_id, reason=reason,
                          reference=reference, lines=lines, done_at=ctx.now)


Change = tuple[str, Place, Decimal, Decimal | None]
"""SKU, place, signed quantity, unit cost (None: the average)."""


def _apply(ctx: Context, operation: StockOperation, changes: Sequence[Change], event: str, *, counted: bool = False,
           valued: bool = True) -> StockOperation:
    """Writes an operation with its balances, moves and valuation; read again when an issue of the same SKU came first."""
    by_place: dict[tuple[str, Place], Decimal] = {}
    for sku, place, quantity, _ in changes:
        by_place[(sku, place)] = by_place.get((sku, place), ZERO) + quantity

    currency = balances.currency_of(ctx) if valued else ""

    def write() -> StockOperation:
        tx = Transaction(ctx)
        created = tx.create(OPERATION, operation)
        before = balances.read_valuations(ctx, [c[0] for c in changes]) if valued else {}
        after = dict(before)
        for (sku, place), quantity in by_place.items():
            balances.on_hand_writes(tx, sku, place, quantity, only_available=not counted, reserved_may_lack=counted)
        for sku, place, quantity, unit_cost in changes:
            value = ZERO
            if valued:
                after[sku], value = balances.revalue(after[sku], quantity, unit_cost, currency)
            balances.move_write(tx, sku, place, quantity, operation.operation, value, unit_cost, OPERATION.kind,
                                operation.id)
        balances.valuation_writes(tx, before, after)
        balances.changed(tx, (c[0] for c in changes))
        tx.emit(event, OPERATION.kind, operation.id, 1, {
            "number": operation.number, "warehouse_id": operation.warehouse_id,
            "skus": sorted({c[0] for c in changes}), "reason": operation.reason})
        tx.answers(201, OPERATION.kind, operation.id, 1)
        tx.commit()
        return created

    return retrying(ctx, write)


def _within(ctx: Context, warehouse_id: str) -> Warehouse:
    """A warehouse that stock is moved in. Raises Forbidden `beyond_scope` for any the caller is not limited to, NotFound."""
    ctx.scope.check_each(scope.WAREHOUSE, (warehouse_id,))
    return read.get(ctx, WAREHOUSE, warehouse_id)


def receive(ctx: Context, body: NewReceipt) -> StockOperation:
    """Goods received by hand, each line at its cost, in any unit of the article. Raises Invalid, NotFound, Forbidden
    `beyond_scope` for a warehouse the caller is not limited to."""
    warehouse = _within(ctx, body.warehouse_id)
    asked = named(ctx, body.lines)
    known = _check_lines(ctx, [line.sku for line in asked])
    changes: list[Change] = []
    lines = []
    for n, line in enumerate(asked):
        check_quantity(line.quantity, f"lines.{n}.quantity")
        if not ZERO <= line.unit_cost < Decimal("1000000000"):
            raise Invalid("unit_cost", "A unit cost is not negative.", {f"lines.{n}.unit_cost": "0 or more"})
        size = measure(known[line.sku], line.quantity, line.unit_code, f"lines.{n}")
        of_unit = check_per(line.cost_per, f"lines.{n}.cost_per")
        cost = per_base_unit(line.unit_cost, size.factor) if of_unit else line.unit_cost
        check_quantity(size.base_quantity, f"lines.{n}.quantity")
        changes.append((line.sku, _checked_place(warehouse, line.location, line.lot_number, f"lines.{n}"),
                        size.base_quantity, cost))
        lines.append(_operation_line(line, size, known[line.sku], unit_cost=cost))
    operation = _operation(ctx, "receipt", "GR", warehouse, tuple(lines), reference=body.reference)
    return _apply(ctx, operation, changes, "GoodsReceived")


def adjust(ctx: Context, body: NewAdjustment) -> StockOperation:
    """Corrects what is on hand, with a reason. A count may leave less than is promised: then available is below zero.

    Raises Invalid, NotFound, StockShort when more is taken than is physically there.
    """
    if not body.reason.strip():
        raise Invalid("reason", "An adjustment has a reason.", {"reason": "required"})
    warehouse = _within(ctx, body.warehouse_id)
    asked = named(ctx, body.lines)
    known = _check_lines(ctx, [line.sku for line in asked])
    now = balances.read_balances(ctx, [line.sku for line in asked if line.counted is not None])
    changes: list[Change] = []
    lines = []
    for n, line in enumerate(asked):
        place = _checked_place(warehouse, line.location, line.lot_number, f"lines.{n}")
        size = _difference(line, place, now, known[line.sku], f"lines.{n}")
        if size.base_quantity:
            changes.append((line.sku, place, size.base_quantity, None))
            lines.append(_operation_line(line, size, known[line.sku]))
    if not changes:
        raise Conflict("nothing_to_adjust", "The count is what the book says already.")
    operation = _operation(ctx, "adjustment", "ADJ", warehouse, tuple(lines), reason=body.reason.strip())
    return _apply(ctx, operation, changes, "StockMoved", counted=True)


def _difference(
    line: AdjustmentLine, place: Place, now: Mapping[str, Sequence[Balance]], facts: SkuFacts, path: str
) -> Measure:
    """What changes, as it was typed; of a count, what it differs by, in base units."""
    if (line.quantity is None) == (line.counted is None):
        raise Invalid("adjustment", "Give either the change or the count.", {path: "quantity or counted"})
    if line.quantity is not None:
        return measure(facts, check_quantity(line.quantity, f"{path}.quantity", signed=True), line.unit_code, path)
    assert line.counted is not None
    if line.counted != 0:
        check_quantity(line.counted, f"{path}.counted")
    counted = measure(facts, line.counted, line.unit_code, path).base_quantity
    return in_base(counted - next((b.on_hand for b in now[line.sku] if b.place == place), ZERO))


def transfer(ctx: Context, body: NewTransfer) -> StockOperation:
    """Moves what is available from place to place, between warehouses or inside one. Its value stays the same.

    Raises Invalid, NotFound, StockShort.
    """
    source = _within(ctx, body.warehouse_id)
    target = _within(ctx, body.to_warehouse_id)
    asked = named(ctx, body.lines)
    known = _check_lines(ctx, [line.sku for line in asked])
    changes: list[Change] = []
    lines = []
    for n, line in enumerate(asked):
        check_quantity(line.quantity, f"lines.{n}.quantity")
        size = measure(known[line.sku], line.quantity, line.unit_code, f"lines.{n}")
        start = _checked_place(source, line.location, line.lot_number, f"lines.{n}")
        end = _checked_place(target, line.to_location, line.lot_number, f"lines.{n}")
        if start == end:
            raise Invalid("transfer", "A transfer goes from one place to another.", {f"lines.{n}": "same place"})
        changes += [(line.sku, start, -size.base_quantity, None), (line.sku, end, size.base_quantity, None)]
        lines.append(_operation_line(line, size, known[line.sku], to_location=line.to_location))
    operation = _operation(ctx, "transfer", "TR", source, tuple(lines), reference=body.reference, to_warehouse_id=target.id)
    return _apply(ctx, operation, changes, "TransferCreated", valued=False)

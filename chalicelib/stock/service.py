"""Use cases of stock: warehouses, and what people do by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from chalicelib.catalog.service import find_skus
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError, Invalid, Stale
from chalicelib.kernel.money import ZERO
from chalicelib.stock import balances
from chalicelib.stock.model import (
    DIRECTORY,
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
    StockOperation,
    Warehouse,
    WarehouseBody,
    WarehouseDirectory,
    check_quantity,
)
from chalicelib.storage import keys, read, sequence
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Refused, Transaction

T = TypeVar("T")
ATTEMPTS = 8
ALL = "all"
RACED = frozenset({"stale_version", "valuation_raced"})


def retrying(decide: Callable[[], T], raced: frozenset[str] = RACED) -> T:
    """Runs read-decide-write again while somebody else's write came in between; the last refusal is raised."""
    for attempt in range(ATTEMPTS):
        try:
            return decide()
        except (DomainError, Refused) as error:
            errors = error.errors if isinstance(error, Refused) else [error]
            if attempt == ATTEMPTS - 1 or not all(each.code in raced for each in errors):
                raise
    raise AssertionError("unreachable")


# -- warehouses ------------------------------------------------------------------------------------------------------


def directory_key(ctx: Context) -> Key:
    """Where the directory of warehouses stands, for a caller that reads it with other keys in one round trip."""
    return keys.document(ctx, DIRECTORY.kind, ALL)


def directory_in(stored: Item | None) -> WarehouseDirectory:
    """The directory in the item at `directory_key`; empty before the first warehouse."""
    return read.document_of(DIRECTORY, stored) if stored else WarehouseDirectory(id=ALL)


def directory(ctx: Context) -> WarehouseDirectory:
    """The tenant's warehouses."""
    return directory_in(read.item(ctx, directory_key(ctx)))


def _save_directory(tx: Transaction, warehouse: Warehouse) -> None:
    before = directory(tx.ctx)
    after = before.with_warehouse(warehouse)
    if before.version == 0:
        tx.create(DIRECTORY, after, lambda: Stale(DIRECTORY.kind))
    else:
        tx.save(DIRECTORY, before, after)


def _with_body(warehouse: Warehouse, body: WarehouseBody) -> Warehouse:
    texts = (body.code, *body.locations)
    if not body.code.strip() or any("#" in text or not text.strip() or len(text) > 30 for text in texts):
        raise Invalid("warehouse_code", "Codes of warehouses and locations have 1 to 30 characters and no #.",
                      {"code": "1 to 30 characters, no #"})
    if len(set(body.locations)) < len(body.locations):
        raise Invalid("locations", "A location stands there twice.", {"locations": "twice"})
    return replace(warehouse, code=body.code, name=body.name, address=body.address, locations=body.locations,
                   is_active=body.is_active, priority=body.priority)


def create_warehouse(ctx: Context, body: WarehouseBody) -> Warehouse:
    """A new warehouse. Raises Invalid, and Conflict when the code is taken."""
    warehouse = _with_body(Warehouse(id=ctx.new_id(WAREHOUSE.prefix), code="", name="", created_at=ctx.now), body)

    def write() -> Warehouse:
        tx = Transaction(ctx)
        _save_directory(tx, warehouse)
        created = tx.create(WAREHOUSE, warehouse)
        tx.emit("WarehouseCreated", "warehouse", warehouse.id, 1)
        tx.answers(201, "warehouse", warehouse.id, 1)
        tx.commit()
        return created

    return retrying(write)


def update_warehouse(ctx: Context, warehouse: Warehouse, body: WarehouseBody) -> Warehouse:
    """Changes a warehouse. Raises Invalid, Conflict, Stale."""
    tx = Transaction(ctx)
    changed = _with_body(warehouse, body)
    _save_directory(tx, changed)
    changed = tx.save(WAREHOUSE, warehouse, changed)
    tx.emit("WarehouseUpdated", "warehouse", warehouse.id, changed.version)
    tx.answers(200, "warehouse", warehouse.id, changed.version)
    tx.commit()
    return changed


# -- operations by hand ----------------------------------------------------------------------------------------------


def _checked_place(warehouse: Warehouse, location: str, lot_number: str, path: str) -> Place:
    if location and location not in warehouse.locations:
        raise Invalid("location", f"{warehouse.name} has no location {location}.", {f"{path}.location": "unknown"})
    if "#" in lot_number or len(lot_number) > 40:
        raise Invalid("lot_number", "A lot number has at most 40 characters and no #.", {f"{path}.lot_number": "no #"})
    return Place(warehouse_id=warehouse.id, location=location, lot_number=lot_number)


def _check_lines(ctx: Context, skus: Sequence[str]) -> None:
    """Raises Invalid for an empty or overlong list, a SKU that does not exist, and a kit, which has no stock of its own."""
    if not 1 <= len(skus) <= MAX_OPERATION_LINES:
        raise Invalid("lines", f"1 to {MAX_OPERATION_LINES} lines.", {"lines": f"1 to {MAX_OPERATION_LINES}"})
    known = find_skus(ctx, skus)
    unknown = {f"lines.{n}.sku": "unknown" for n, sku in enumerate(skus) if sku not in known}
    if unknown:
        raise Invalid("unknown_sku", "There is no article with this SKU.", unknown)
    kits = {f"lines.{n}.sku": "is a kit" for n, sku in enumerate(skus) if known[sku].kit}
    if kits:
        raise Invalid("kit_stock", "A kit has no stock of its own; its components have.", kits)


def _operation(ctx: Context, operation: str, code: str, warehouse: Warehouse, lines: tuple[OperationLine, ...],
               reason: str = "", reference: str = "", to_warehouse_id: str = "") -> StockOperation:
    number = f"{code}-{ctx.now:%Y}-{sequence.next_number(ctx, f'{operation}-{ctx.now:%Y}'):06d}"
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
                after[sku], value = balances.revalue(after[sku], quantity, unit_cost)
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

    return retrying(write)


def receive(ctx: Context, body: NewReceipt) -> StockOperation:
    """Goods received by hand, each line at its unit cost. Raises Invalid, NotFound."""
    warehouse = read.get(ctx, WAREHOUSE, body.warehouse_id)
    _check_lines(ctx, [line.sku for line in body.lines])
    changes: list[Change] = []
    lines = []
    for n, line in enumerate(body.lines):
        check_quantity(line.quantity, f"lines.{n}.quantity")
        if not ZERO <= line.unit_cost < Decimal("1000000000"):
            raise Invalid("unit_cost", "A unit cost is not negative.", {f"lines.{n}.unit_cost": "0 or more"})
        changes.append((line.sku, _checked_place(warehouse, line.location, line.lot_number, f"lines.{n}"), line.quantity,
                        line.unit_cost))
        lines.append(OperationLine(sku=line.sku, quantity=line.quantity, location=line.location,
                                   lot_number=line.lot_number, unit_cost=line.unit_cost))
    operation = _operation(ctx, "receipt", "GR", warehouse, tuple(lines), reference=body.reference)
    return _apply(ctx, operation, changes, "GoodsReceived")


def adjust(ctx: Context, body: NewAdjustment) -> StockOperation:
    """Corrects what is on hand, with a reason. A count may leave less than is promised: then available is below zero.

    Raises Invalid, NotFound, StockShort when more is taken than is physically there.
    """
    if not body.reason.strip():
        raise Invalid("reason", "An adjustment has a reason.", {"reason": "required"})
    warehouse = read.get(ctx, WAREHOUSE, body.warehouse_id)
    _check_lines(ctx, [line.sku for line in body.lines])
    now = balances.read_balances(ctx, [line.sku for line in body.lines if line.counted is not None])
    changes: list[Change] = []
    for n, line in enumerate(body.lines):
        place = _checked_place(warehouse, line.location, line.lot_number, f"lines.{n}")
        quantity = _difference(line, place, now, f"lines.{n}")
        if quantity:
            changes.append((line.sku, place, quantity, None))
    if not changes:
        raise Conflict("nothing_to_adjust", "The count is what the book says already.")
    lines = tuple(OperationLine(sku=sku, quantity=quantity, location=place.location, lot_number=place.lot_number)
                  for sku, place, quantity, _ in changes)
    operation = _operation(ctx, "adjustment", "ADJ", warehouse, lines, reason=body.reason.strip())
    return _apply(ctx, operation, changes, "StockMoved", counted=True)


def _difference(line: AdjustmentLine, place: Place, now: Mapping[str, Sequence[Balance]], path: str) -> Decimal:
    if (line.quantity is None) == (line.counted is None):
        raise Invalid("adjustment", "Give either the change or the count.", {path: "quantity or counted"})
    if line.quantity is not None:
        return check_quantity(line.quantity, f"{path}.quantity", signed=True)
    assert line.counted is not None
    if line.counted != 0:
        check_quantity(line.counted, f"{path}.counted")
    return line.counted - next((b.on_hand for b in now[line.sku] if b.place == place), ZERO)


def transfer(ctx: Context, body: NewTransfer) -> StockOperation:
    """Moves what is available from place to place, between warehouses or inside one. Its value stays the same.

    Raises Invalid, NotFound, StockShort.
    """
    source = read.get(ctx, WAREHOUSE, body.warehouse_id)
    target = read.get(ctx, WAREHOUSE, body.to_warehouse_id)
    _check_lines(ctx, [line.sku for line in body.lines])
    changes: list[Change] = []
    for n, line in enumerate(body.lines):
        check_quantity(line.quantity, f"lines.{n}.quantity")
        start = _checked_place(source, line.location, line.lot_number, f"lines.{n}")
        end = _checked_place(target, line.to_location, line.lot_number, f"lines.{n}")
        if start == end:
            raise Invalid("transfer", "A transfer goes from one place to another.", {f"lines.{n}": "same place"})
        changes += [(line.sku, start, -line.quantity, None), (line.sku, end, line.quantity, None)]
    lines = tuple(OperationLine(sku=line.sku, quantity=line.quantity, location=line.location,
                                to_location=line.to_location, lot_number=line.lot_number) for line in body.lines)
    operation = _operation(ctx, "transfer", "TR", source, lines, reference=body.reference,
                           to_warehouse_id=target.id)
    return _apply(ctx, operation, changes, "TransferCreated", valued=False)

"""Shapes of stock: warehouses, the operations people do by hand, list rows, refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import command, entity

MAX_OPERATION_LINES = 20
MAX_QUANTITY = Decimal("1000000000")
QUANTITY_EXPONENT = -6
ONE = Decimal(1)


@entity
class Warehouse:
    """A site that holds stock. `locations` are places in it; "" is the place of whatever has no location of its own."""

    id: str
    code: str
    name: str
    address: str = ""
    locations: tuple[str, ...] = ()
    is_active: bool = True
    priority: int = 0
    created_at: datetime | None = None
    version: int = 0


@command
class WarehouseBody:
    code: str
    name: str
    address: str = ""
    locations: tuple[str, ...] = ()
    is_active: bool = True
    priority: int = 0


@entity
class WarehouseEntry:
    """A warehouse as the directory tells it."""

    id: str
    code: str
    name: str
    is_active: bool = True
    priority: int = 0


@entity
class WarehouseDirectory:
    """All warehouses of the tenant in one item, so that an order finds where to reserve in the read it does anyway."""

    id: str
    entries: tuple[WarehouseEntry, ...] = ()
    version: int = 0

    def active(self) -> tuple[str, ...]:
        """Ids of the active warehouses, the first to take from first."""
        return tuple(e.id for e in sorted(self.entries, key=lambda e: (e.priority, e.code)) if e.is_active)

    def name_of(self, warehouse_id: str) -> str:
        return next((e.name for e in self.entries if e.id == warehouse_id), warehouse_id)

    def with_warehouse(self, warehouse: Warehouse) -> WarehouseDirectory:
        """The directory after a warehouse was created or changed. Raises Conflict when its code is another's."""
        others = tuple(e for e in self.entries if e.id != warehouse.id)
        if any(e.code == warehouse.code for e in others):
            raise Conflict("warehouse_code_taken", "Another warehouse has this code.", {"code": "already used"})
        entry = WarehouseEntry(id=warehouse.id, code=warehouse.code, name=warehouse.name,
                               is_active=warehouse.is_active, priority=warehouse.priority)
        return replace(self, entries=(*others, entry))


@entity
class Place:
    """Where a balance is: a warehouse, a location in it ("" when it has none) and a lot ("" when not tracked)."""

    warehouse_id: str
    location: str = ""
    lot_number: str = ""


@entity
class Reservation:
    """`quantity` of a SKU at a place, for one order line."""

    line_id: str
    sku: str
    place: Place
    quantity: Decimal


@entity
class Balance:
    """The numbers of a SKU at one place; `available` is `on_hand` − `reserved`, below zero when a count found less."""

    place: Place
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    available: Decimal = ZERO
    incoming: Decimal = ZERO


@entity
class Move:
    """A quantity that came (positive) or went (negative), with what it was worth. `document_*` say because of what."""

    id: str
    sku: str
    effective_at: datetime
    place: Place
    quantity: Decimal
    reason: str
    value: Decimal | None = ZERO
    unit_cost: Decimal | None = None
    document_kind: str = ""
    document_id: str = ""
    actor_name: str = ""


@entity
class OperationLine:
    """`quantity` is in base units, and signed in an adjustment; `unit_cost` is of one base unit, without VAT, in the
    company's currency. A line typed in another unit keeps it: `unit_quantity` of `unit_code`, each `unit_factor` base units."""

    sku: str
    quantity: Decimal
    base_unit_code: str = "C62"
    unit_code: str = ""
    unit_quantity: Decimal | None = None
    unit_factor: Decimal = ONE
    location: str = ""
    lot_number: str = ""
    unit_cost: Decimal | None = None
    to_location: str = ""


@entity
class StockOperation:
    """What a person did to stock by hand: `operation` is receipt, adjustment or transfer. Never changed afterwards."""

    id: str
    number: str
    operation: str
    warehouse_id: str
    to_warehouse_id: str = ""
    reason: str = ""
    reference: str = ""
    lines: tuple[OperationLine, ...] = ()
    done_at: datetime
    version: int = 0


@command
class ReceiptLine:
    """`quantity` is in `unit_code`, any unit of the variant; "" is its base unit. A `gtin` stands for a SKU and unit.
    `cost_per` says whether `unit_cost` is that of the base unit (`base`) or of the line's own (`unit`)."""

    sku: str = ""
    gtin: str = ""
    quantity: Decimal
    unit_code: str = ""
    unit_cost: Decimal
    cost_per: str = "base"
    location: str = ""
    lot_number: str = ""


@command
class NewReceipt:
    warehouse_id: str
    reference: str = ""
    lines: tuple[ReceiptLine, ...]


@command
class AdjustmentLine:
    """Either `quantity` (the change, signed) or `counted` (what is physically there), both in `unit_code`."""

    sku: str = ""
    gtin: str = ""
    unit_code: str = ""
    quantity: Decimal | None = None
    counted: Decimal | None = None
    location: str = ""
    lot_number: str = ""


@command
class NewAdjustment:
    warehouse_id: str
    reason: str
    lines: tuple[AdjustmentLine, ...]


@command
class TransferLine:
    sku: str = ""
    gtin: str = ""
    quantity: Decimal
    unit_code: str = ""
    location: str = ""
    to_location: str = ""
    lot_number: str = ""


@command
class NewTransfer:
    warehouse_id: str
    to_warehouse_id: str
    reference: str = ""
    lines: tuple[TransferLine, ...]


@entity
class WarehouseLevel:
    """One warehouse's part of a level."""

    warehouse_id: str
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    available: Decimal = ZERO
    incoming: Decimal = ZERO


@entity
class StockLevel:
    """The list row of a SKU, kept up by events a moment after the balances, which stay the truth."""

    id: str
    sku: str
    name: str = ""
    unit_code: str = "C62"
    is_kit: bool = False
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    available: Decimal = ZERO
    incoming: Decimal = ZERO
    reorder_minimum: Decimal | None = None
    warehouses: tuple[WarehouseLevel, ...] = ()
    version: int = 0

    @property
    def is_low(self) -> bool:
        """Whether there is some, but no more than the variant's own minimum."""
        return self.available > 0 and self.reorder_minimum is not None and self.available <= self.reorder_minimum

    @property
    def is_to_replenish(self) -> bool:
        """Whether its minimum is reached: low, out, or promised beyond."""
        return self.reorder_minimum is not None and self.available <= self.reorder_minimum


@entity
class HeldQuantity:
    """A reservation: `quantity` of the SKU promised from a place to an order's line."""

    order_id: str
    order_number: str
    line_id: str
    place: Place
    quantity: Decimal


@entity
class WarehouseStock(WarehouseLevel):
    """A warehouse's part of a level, with the warehouse's name."""

    warehouse_name: str = ""


@entity
class StockValue:
    """What a SKU's stock is worth over all warehouses, at its average cost, in the company's currency."""

    quantity: Decimal
    value: Decimal
    unit_cost: Decimal
    currency: str


@entity
class Pack:
    """A unit of the article besides its base unit, which it holds `quantity` of."""

    unit_code: str
    quantity: Decimal


@entity
class LevelDetail:
    """A SKU's stock as it is now. `valuation`, and value and cost of the moves, are there for who may see costs."""

    id: str
    sku: str
    name: str
    unit_code: str
    is_kit: bool
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    incoming: Decimal
    reorder_minimum: Decimal | None
    is_low: bool
    packs: tuple[Pack, ...]
    warehouses: tuple[WarehouseStock, ...]
    balances: tuple[Balance, ...]
    reservations: tuple[HeldQuantity, ...]
    moves: tuple[Move, ...]
    valuation: StockValue | None = None
    version: int = 0


class StockShort(Conflict):
    """Not enough available at a place. `sku` and `line_ids` say for whom; the field path names each line."""

    def __init__(self, sku: str, line_ids: Iterable[str], place: Place) -> None:
        self.sku = sku
        self.line_ids = tuple(line_ids)
        self.place = place
        super().__init__("stock_short", f"There is not enough of {sku}.",
                         {f"lines.{line_id}": f"not enough of {sku}" for line_id in self.line_ids})


WAREHOUSE = Document(
    kind="warehouse", prefix="whs", model=Warehouse,
    summary=lambda w: {"code": w.code, "name": w.name[:80], "is_active": w.is_active, "priority": w.priority},
    by_list=lambda w: ("WAREHOUSE", f"{w.priority:06d}#{w.code}"))
DIRECTORY = Document(kind="warehouse_directory", prefix="whd", model=WarehouseDirectory, summary=lambda d: {}, is_derived=True)
OPERATION = Document(
    kind="stock_operation", prefix="sop", model=StockOperation,
    summary=lambda o: {"number": o.number, "operation": o.operation, "warehouse_id": o.warehouse_id,
                       "to_warehouse_id": o.to_warehouse_id, "reason": o.reason[:80], "reference": o.reference[:40],
                       "line_count": len(o.lines), "done_at": o.done_at.isoformat()},
    by_list=lambda o: ("STOCK_OPERATION", f"{o.done_at.isoformat()}#{o.id}"))
STOCK_LEVEL = Document(
    kind="stock_level", prefix="lvl", model=StockLevel,
    summary=lambda s: {"sku": s.sku, "name": s.name[:80], "unit_code": s.unit_code, "is_kit": s.is_kit,
                       "on_hand": str(s.on_hand), "reserved": str(s.reserved), "available": str(s.available),
                       "incoming": str(s.incoming), "is_short": s.available <= 0, "is_low": s.is_low},
    by_list=lambda s: ("STOCK_LEVEL", s.sku), by_due=lambda s: ("DUE#replenish", s.sku) if s.is_to_replenish else None,
    is_derived=True)


def check_quantity(value: Decimal, path: str, *, signed: bool = False) -> Decimal:
    """The quantity; raises Invalid unless it is above zero (not zero when `signed`), sane and of at most 6 decimals."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < QUANTITY_EXPONENT or abs(value) > MAX_QUANTITY:
        raise Invalid("quantity", "A quantity has at most 6 decimals and is sane.", {path: "out of range"})
    if value == 0 or (value < 0 and not signed):
        raise Invalid("quantity", "A quantity is above zero.", {path: "above 0"})
    return value

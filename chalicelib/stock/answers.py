"""What the API says of stock where it is no stored document: list rows, and operations with both quantities of a line."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from chalicelib.kernel.shapes import Row, entity
from chalicelib.stock.model import OperationLine, StockOperation


@entity
class OperationLineView(OperationLine):
    """A line with what was typed and its base units."""

    unit_quantity: Decimal


@entity
class OperationView(StockOperation):
    lines: tuple[OperationLineView, ...]


@entity
class OperationRow(Row):
    number: str
    operation: str
    warehouse_id: str
    to_warehouse_id: str
    reason: str
    reference: str
    line_count: int
    done_at: datetime


@entity
class WarehouseRow(Row):
    code: str
    name: str
    is_active: bool
    priority: int


@entity
class LevelRow(Row):
    sku: str
    name: str
    unit_code: str
    is_kit: bool
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    incoming: Decimal
    is_short: bool
    is_low: bool

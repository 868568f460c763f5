"""The endpoints of stock."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.catalog import units
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.explanation import Explanation
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request
from chalicelib.runtime.resources import Listing, Resource, list_page, mount
from chalicelib.stock import levels, service
from chalicelib.stock.answers import LevelRow, OperationRow, OperationView, WarehouseRow
from chalicelib.stock.model import (
    OPERATION,
    STOCK_LEVEL,
    WAREHOUSE,
    LevelDetail,
    NewAdjustment,
    NewReceipt,
    NewTransfer,
    StockOperation,
    WarehouseBody,
)

api = Api("stock")

mount(api, Resource(
    document=WAREHOUSE, row=WarehouseRow, path="/warehouses", read="stock.read", write="stock.adjust",
    listings={"": Listing("by_list", "WAREHOUSE", newest_first=False)}, filters=("is_active",),
    create=service.create_warehouse, create_body=WarehouseBody, update=service.update_warehouse,
    update_body=WarehouseBody))


def _with_units(ctx: Context, operation: StockOperation) -> Any:
    shown: dict[str, Any] = codec.plain(operation)
    for part, line in zip(shown["lines"], operation.lines, strict=True):
        part |= units.shown(line.unit_code, line.unit_quantity, line.unit_factor, line.base_unit_code, line.quantity)
    return shown


OPERATIONS = Resource(
    document=OPERATION, path="/operations", read="stock.read", write="stock.adjust",
    listings={"": Listing("by_list", "STOCK_OPERATION")}, filters=("operation", "warehouse_id"), present=_with_units,
    shape=OperationView, row=OperationRow)
mount(api, OPERATIONS)


def _done(ctx: Context, operation: StockOperation) -> Answer:
    shown = OPERATIONS.shown(ctx, operation)
    return Answer(shown.body, 201, version=shown.version)


@api.post("/receipts", permission="stock.adjust", body=NewReceipt, answer=OperationView, status=201)
def create_receipt(ctx: Context, request: Request[NewReceipt]) -> Answer:
    """Receive goods by hand."""
    return _done(ctx, service.receive(ctx, request.body))


@api.post("/adjustments", permission="stock.adjust", body=NewAdjustment, answer=OperationView, status=201)
def create_adjustment(ctx: Context, request: Request[NewAdjustment]) -> Answer:
    """Correct what is on hand, by a change or a count, with a reason."""
    return _done(ctx, service.adjust(ctx, request.body))


@api.post("/transfers", permission="stock.transfer", body=NewTransfer, answer=OperationView, status=201)
def create_transfer(ctx: Context, request: Request[NewTransfer]) -> Answer:
    """Move stock between warehouses or locations."""
    return _done(ctx, service.transfer(ctx, request.body))


LEVELS = Resource(
    document=STOCK_LEVEL, path="/levels", read="stock.read", write="stock.adjust",
    listings={"": Listing("by_list", "STOCK_LEVEL", newest_first=False),
              "replenish": Listing("by_due", "DUE#replenish", newest_first=False)}, filters=("is_short", "is_low", "is_kit"))


@api.get("/levels", permission="stock.read", answer=LevelRow, is_list=True, parameters=(
    Parameter("limit", "1 to 100, 50 if not given"), Parameter("cursor"),
    Parameter("view", "replenish: at its minimum or below"), Parameter("is_short"), Parameter("is_low"), Parameter("is_kit")))
def list_stock_levels(ctx: Context, request: Request[Any]) -> Answer:
    """List what is on hand, reserved and available, by SKU."""
    levels.check_whole(ctx, request.query)
    page = list_page(ctx, LEVELS, request.query)
    return Answer({**page.body, "items": levels.rows_within(ctx, page.body["items"])})


@api.get("/levels/{sku}", permission="stock.read", answer=LevelDetail)
def get_stock_level(ctx: Context, request: Request[Any], sku: str) -> Answer:
    """A SKU's stock as it is now: per warehouse and place, who holds it, its last moves."""
    return Answer(levels.detail(ctx, sku))


@api.get("/levels/{sku}/explain", permission="stock.read", answer=Explanation, parameters=(
    Parameter("warehouse_ids", "only these warehouses, separated by commas"),
    Parameter("buffer", "the safety buffer of a channel")))
def explain_stock_level(ctx: Context, request: Request[Any], sku: str) -> Answer:
    """Why this many are available."""
    try:
        buffer = Decimal(request.query.get("buffer", "0"))
    except InvalidOperation:
        raise Invalid("buffer", "The buffer is a quantity.", {"buffer": "a number"}) from None
    if not buffer.is_finite():
        raise Invalid("buffer", "The buffer is a quantity.", {"buffer": "a number"})
    warehouses = tuple(filter(None, request.query.get("warehouse_ids", "").split(",")))
    return Answer(levels.explain(ctx, sku, warehouses, buffer))

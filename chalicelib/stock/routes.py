"""The endpoints of stock."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.resources import Listing, Resource, list_page, mount
from chalicelib.stock import explain, service
from chalicelib.stock.model import WAREHOUSE, Adjustment, GoodsReceipt, StockMove, Transfer, WarehouseBody

api = Api("stock")
_LEVELS: Resource[Any] = Resource(
    document=Document(kind="stock_level", prefix="", model=StockMove, summary=lambda _: {}), path="/levels",
    read="stock.read", write="stock.adjust", filters=("state",),
    listings={"": Listing("by_list", "STOCK_LEVEL", newest_first=False),
              "low": Listing("by_due", "DUE#low_stock", newest_first=False)})

mount(api, Resource(
    document=WAREHOUSE, path="/warehouses", read="stock.read", write="stock.adjust",
    listings={"": Listing("by_list", "WAREHOUSE", newest_first=False)}, filters=("is_active",),
    create=service.create_warehouse, create_body=WarehouseBody, update=service.update_warehouse, update_body=WarehouseBody))
for _kind in ("goods_receipt", "adjustment", "transfer"):
    LOADERS[_kind] = lambda ctx, i: {"id": i}


@api.get("/levels", permission="stock.read", is_list=True, parameters=(
    Parameter("limit"), Parameter("cursor"), Parameter("state", "ok, low or out"), Parameter("view", "low")))
def list_levels(ctx: Context, request: Request[Any]) -> Answer:
    """Every SKU's stock, all warehouses together, by SKU."""
    return list_page(ctx, _LEVELS, request.query)


@api.get("/levels/{sku}", permission="stock.read")
def get_level(ctx: Context, request: Request[Any], sku: str) -> Answer:
    """One SKU: numbers by warehouse, reservations, moves, value."""
    return Answer(explain.level(ctx, sku))


@api.get("/levels/{sku}/explain", permission="stock.read", parameters=(
    Parameter("warehouse_ids", "comma-separated; all when not given"), Parameter("safety_buffer")))
def explain_level(ctx: Context, request: Request[Any], sku: str) -> Answer:
    """Why this many are available: on hand by warehouse, reservations by order, the buffer."""
    chosen = [each for each in request.query.get("warehouse_ids", "").split(",") if each]
    try:
        buffer = Decimal(request.query.get("safety_buffer") or "0")
    except InvalidOperation:
        raise Invalid("safety_buffer", "A buffer is a number.", {"safety_buffer": "number"}) from None
    return Answer(explain.explain(ctx, sku, chosen, buffer))


@api.post("/receipts", permission="stock.adjust", body=GoodsReceipt, status=201)
def receive_goods(ctx: Context, request: Request[GoodsReceipt]) -> Answer:
    """Receive goods by hand."""
    return Answer(service.receive_goods(ctx, request.body), 201)


@api.post("/adjustments", permission="stock.adjust", body=Adjustment, status=201)
def adjust_stock(ctx: Context, request: Request[Adjustment]) -> Answer:
    """Correct stock, with a reason."""
    return Answer(service.adjust(ctx, request.body), 201)


@api.post("/transfers", permission="stock.transfer", body=Transfer, status=201)
def transfer_stock(ctx: Context, request: Request[Transfer]) -> Answer:
    """Carry stock to another warehouse or location."""
    return Answer(service.transfer(ctx, request.body), 201)

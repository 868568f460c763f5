"""The endpoints of sales."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.explanation import Explanation
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.runtime.resources import Action, Listing, Resource, mount
from chalicelib.sales import service, totals, views
from chalicelib.sales.answers import OrderRow, OrderView, ShipOutcome
from chalicelib.sales.commands import (
    AmendOrder,
    CancelOrder,
    ChangeOrder,
    ConfirmOrder,
    HoldOrder,
    RefundOrder,
    ShipMany,
    ShipOrder,
)
from chalicelib.sales.delivery import PrepareDeliveries
from chalicelib.sales.model import ORDER, TRANSITIONS, PlaceOrder
from chalicelib.storage import read

api = Api("sales")

mount(api, Resource(
    document=ORDER, shape=OrderView, row=OrderRow, path="/orders", read="orders.read", write="orders.write",
    listings={"": Listing("by_list", "ORDER"),
              "to_ship": Listing("by_due", "DUE#ship", newest_first=False),
              "backorder": Listing("by_due", "DUE#backorder", newest_first=False),
              "on_hold": Listing("by_due", "DUE#on_hold", newest_first=False),
              "pending": Listing("by_due", "DUE#pending", newest_first=False)},
    filters=("state", "channel_id", "is_backordered", "is_paid"),
    complete=lambda ctx, rows: [{**row, "is_sample": bool(row.get("is_sample"))} for row in rows],
    lookups={"customer_id": Listing("by_party", "PARTY#{}", begins="ORDER#"),
             "number": Listing("by_ref", "REF#order#{}", is_period=False)},
    create=service.place_order, create_body=PlaceOrder, update=service.change, update_body=ChangeOrder,
    actions={
        "confirm": Action(service.confirm, ConfirmOrder, again=True),
        "amend": Action(service.amend, AmendOrder),
        "hold": Action(service.hold, HoldOrder, again=True),
        "release": Action(service.release, again=True),
        "prepare": Action(service.prepare, PrepareDeliveries, permission="orders.ship", again=True),
        "ship": Action(service.ship, ShipOrder, permission="orders.ship", again=True),
        "cancel": Action(service.cancel, CancelOrder, again=True),
        "refund": Action(service.refund, RefundOrder, again=True),
        "close": Action(service.close, again=True),
    },
    transitions=TRANSITIONS, allows=views.allows, present=views.present))


@api.post("/previews", permission="orders.write", body=PlaceOrder, answer=OrderView)
def preview_order(ctx: Context, request: Request[PlaceOrder]) -> Answer:
    """What an order would come to, line by line; nothing is kept."""
    return Answer({**views.present(ctx, service.preview(ctx, request.body)), "allowed_actions": []})


@api.get("/orders/{order_id}/explain", permission="orders.read", answer=Explanation)
def explain_order(ctx: Context, request: Request[Any], order_id: str) -> Answer:
    """How the order's total comes about."""
    return Answer(totals.explain(read.get(ctx, ORDER, order_id), ctx.locale))


@api.post("/shipments", permission="orders.ship", body=ShipMany, answer=ShipOutcome, is_list=True)
def ship_orders(ctx: Context, request: Request[ShipMany]) -> Answer:
    """Ship many orders whole; each answers for itself."""
    return Answer(service.ship_many(ctx, request.body))

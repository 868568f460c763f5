"""The `sales` queue: whenever stock may have become available, waiting orders are served."""

from __future__ import annotations

from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime.worker import Schedule
from chalicelib.sales import service


def serve_backorders(ctx: Context, event: Event) -> None:
    """Reserves for the longest waiting orders what these SKUs now have."""
    service.allocate_backorders(ctx, event.data.get("skus", ()))


def serve_all_backorders(ctx: Context) -> None:
    """Whatever waits, tried again: finds what an interrupted order or a lost message left open."""
    service.allocate_backorders(ctx)


HANDLERS = dict.fromkeys(
    ("GoodsReceived", "GoodsReturned", "StockMoved", "TransferCreated", "OrderAmended", "OrderCancelled",
     "OrderPartlyCancelled"), serve_backorders)
SCHEDULES = (Schedule("sales_backorders", 15, serve_all_backorders),)

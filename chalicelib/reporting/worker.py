"""The `reporting` queue."""

from __future__ import annotations

from chalicelib.reporting import service

HANDLERS = dict.fromkeys(
    ("OrderPlaced", "OrderAmended", "OrderCancelled", "OrderPartlyCancelled", "OrderRefunded", "OrderShipped"), service.record)

"""An order as it is shown: the document, and the figures that follow from it."""

from __future__ import annotations

from typing import Any

from chalicelib.catalog import units
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.sales import delivering, fulfilment, totals
from chalicelib.sales.delivery import open_deliveries
from chalicelib.sales.model import Address, Order


def present(ctx: Context, order: Order) -> dict[str, Any]:
    """The order with net amount and VAT of each line, what is reserved of it, and what was refunded."""
    shown: dict[str, Any] = codec.plain(order)
    parts = [*shown["lines"], *shown["charges"]]
    for part, (net, vat) in zip(parts, totals.line_amounts(order), strict=True):
        part["line_net_amount"], part["vat_amount"] = str(net), str(vat)
    for part, line in zip(shown["lines"], order.lines, strict=True):
        part["reserved_quantity"] = str(fulfilment.reserved_quantity(line))
        part |= units.shown(line.unit_code, line.unit_quantity, line.unit_factor, line.base_unit_code, line.quantity)
    if order.shipping_address == Address():
        shown["shipping_address"] = shown["billing_address"]
    shown["customer_name"] = order.buyer.company_name or order.buyer.name
    shown["refunded_total"] = str(order.refunded_amount)
    shown["deliveries"] = [codec.plain(each) for each in delivering.deliveries_of(ctx, order)]
    shown["is_backordered"] = any(line.backordered_quantity for line in order.lines)
    return shown


def allows(ctx: Context, order: Order, action: str) -> bool:
    """Whether an order itself permits what its state does: a shop's order is amended in the shop, only what is reserved is
    shipped, only what was paid and not given back is refunded, and a sample is neither."""
    if order.is_sample and action in ("ship", "prepare", "refund"):
        return False
    if action == "amend":
        return not order.channel_id and not open_deliveries(order)
    if action == "ship":
        return any(fulfilment.reserved_quantity(line) for line in order.lines)
    if action == "prepare":
        return any(fulfilment.reserved_quantity(line, "", "") for line in order.lines)
    if action == "refund":
        return order.paid_total > order.refunded_amount
    return True

"""Bodies of what we write to a shop's orders. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.contract import OrderStatus, RefundRequest
from connectors.prestashop.products import six_decimals
from connectors.prestashop.reference import Facts, State
from connectors.prestashop.rounding import ZERO
from connectors.reading import Raw, decimal, optional_decimal, text

_TRACKING = re.compile(r"[^~:#,%&_=()\[\]. ?+\-@/a-zA-Z0-9]")
"""What Validate::isTrackingNumber refuses."""
TRACKING_LENGTH = 64
_WANTED = {
    OrderStatus.PROCESSING: ("PS_OS_PREPARATION", "PS_OS_PAYMENT"),
    OrderStatus.COMPLETED: ("PS_OS_SHIPPING",),
    OrderStatus.CANCELLED: ("PS_OS_CANCELED",),
    OrderStatus.REFUNDED: ("PS_OS_REFUND",),
    OrderStatus.FAILED: ("PS_OS_ERROR",),
}


def state_for(status: OrderStatus, facts: Facts) -> State | None:
    """The shop's state to set for a neutral one: as its settings name it, else the first whose flags or mail say the same."""
    alive = [state for state in sorted(facts.states.values(), key=lambda each: int(each.id)) if not state.is_deleted]
    named = [facts.states.get(facts.settings.get(name, "")) for name in _WANTED.get(status, ())]
    candidates = [state for state in [*named, *alive] if state is not None and not state.is_deleted]
    return next((state for state in candidates if _means(state, status)), None)


def _means(state: State, status: OrderStatus) -> bool:
    if status is OrderStatus.COMPLETED:
        return state.is_shipped and state.purpose is None
    if status is OrderStatus.PROCESSING:
        return (state.is_paid or state.is_logable) and not state.is_shipped and state.purpose is None
    return state.purpose is status


def tracking_number(number: str) -> str:
    """A tracking number in the characters and the length that PrestaShop takes."""
    return _TRACKING.sub("", number)[:TRACKING_LENGTH]


def has_parcel(rows: Sequence[Raw], number: str) -> bool:
    """Whether one of the order's carrier rows already holds this number."""
    return any(number in re.split(r"[,; ]+", text(row, "tracking_number")) for row in rows)


def further_parcel(row: Raw, number: str) -> dict[str, Any]:
    """A carrier row for one more parcel; the first holds what shipping cost."""
    return {"id_order": text(row, "id_order"), "id_carrier": text(row, "id_carrier"),
            "id_order_invoice": text(row, "id_order_invoice") or "0", "weight": "0",
            "shipping_cost_tax_excl": "0", "shipping_cost_tax_incl": "0", "tracking_number": number}


def slip(order: Raw, request: RefundRequest) -> dict[str, Any]:
    """A partial refund. What the lines do not name of the amount is shipping, as far as the order had any; the rest is goods
    that nobody named, with the order's own share of tax."""
    lines = [(line, line.net_total + sum((tax.amount for tax in line.taxes), ZERO)) for line in request.lines]
    goods, goods_net = sum((gross for _, gross in lines), ZERO), sum((line.net_total for line, _ in lines), ZERO)
    rest = request.amount - goods
    shipping_told = optional_decimal(order, "total_shipping_tax_incl") or ZERO
    shipping = min(max(rest, ZERO), shipping_told) if lines else ZERO
    shipping_net = _net_part(shipping, shipping_told, optional_decimal(order, "total_shipping_tax_excl") or ZERO)
    unnamed = rest - shipping
    unnamed_net = _net_part(unnamed, decimal(order, "total_paid_tax_incl"), decimal(order, "total_paid_tax_excl"))
    details = [("order_slip_detail", {
        "id_order_detail": line.order_line_external_id, "product_quantity": str(line.quantity),
        "amount_tax_excl": money(line.net_total), "amount_tax_incl": money(gross)}) for line, gross in lines]
    fields: dict[str, Any] = {
        "id_customer": text(order, "id_customer"), "id_order": text(order, "id"),
        "conversion_rate": text(order, "conversion_rate") or "1",
        "total_products_tax_excl": money(goods_net + unnamed_net), "total_products_tax_incl": money(goods + unnamed),
        "total_shipping_tax_excl": money(shipping_net), "total_shipping_tax_incl": money(shipping),
        "amount": money(goods + unnamed), "shipping_cost": "1" if shipping else "0",
        "shipping_cost_amount": money(shipping), "partial": "1", "order_slip_type": "0",
    }  # fmt: skip
    return fields | ({"associations": {"order_slip_details": details}} if details else {})


def _net_part(gross: Decimal, told_gross: Decimal, told_net: Decimal) -> Decimal:
    return (gross * told_net / told_gross).quantize(Decimal("0.01"), ROUND_HALF_UP) if told_gross else gross


def money(value: Decimal) -> str:
    """An amount as PrestaShop writes it: six decimals and a point."""
    return format(six_decimals(value), "f")


def history(order_id: str, state: State) -> Mapping[str, str]:
    """A change of an order's state."""
    return {"id_order": order_id, "id_order_state": state.id}

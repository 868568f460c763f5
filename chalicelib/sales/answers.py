"""What the API says of orders where it is no stored document."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from chalicelib.kernel.shapes import Row, entity
from chalicelib.sales.delivery import Delivery
from chalicelib.sales.model import Charge, Order, OrderLine


@entity
class OrderLineView(OrderLine):
    """A line with what was typed, its net amount and VAT (EN 16931 BT-131), and what is reserved of it."""

    unit_quantity: Decimal
    line_net_amount: Decimal
    vat_amount: Decimal
    reserved_quantity: Decimal


@entity
class ChargeView(Charge):
    line_net_amount: Decimal
    vat_amount: Decimal


@entity
class OrderView(Order):
    """An order with the figures that follow from it, and the actions its state allows."""

    lines: tuple[OrderLineView, ...]
    charges: tuple[ChargeView, ...]
    customer_name: str
    deliveries: tuple[Delivery, ...]
    refunded_total: Decimal
    is_backordered: bool
    allowed_actions: tuple[str, ...]


@entity
class OrderRow(Row):
    number: str
    state: str
    placed_at: datetime
    customer_name: str
    channel_id: str
    channel_name: str
    external_number: str
    total_with_vat: Decimal
    paid_total: Decimal
    currency: str
    line_count: int
    is_paid: bool
    is_backordered: bool
    is_sample: bool = False


@entity
class ShippedOrder:
    """An order that was shipped whole, and its state now."""

    order_id: str
    number: str
    state: str


@entity
class Refusal:
    code: str
    detail: str


@entity
class UnshippedOrder:
    """An order that was not shipped, and why."""

    order_id: str
    error: Refusal


ShipOutcome = ShippedOrder | UnshippedOrder

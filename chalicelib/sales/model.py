"""Shapes and the state table of orders. Amounts are in the order's currency, at its exponent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.address import Address as Address
from chalicelib.kernel.documents import Document, IndexKey
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.states import Transitions
from chalicelib.kernel.tax import VatLine

ZERO = Decimal(0)
ONE = Decimal(1)

TRANSITIONS: Transitions = {
    ("draft", "confirm"): "confirmed",
    ("draft", "cancel"): "cancelled",
    ("pending", "confirm"): "confirmed",
    ("pending", "amend"): "pending",
    ("pending", "hold"): "on_hold",
    ("pending", "cancel"): "cancelled",
    ("confirmed", "ship"): "shipped",
    ("confirmed", "prepare"): "confirmed",
    ("confirmed", "amend"): "confirmed",
    ("confirmed", "hold"): "on_hold",
    ("confirmed", "cancel"): "cancelled",
    ("confirmed", "refund"): "confirmed",
    ("on_hold", "release"): "confirmed",
    ("on_hold", "amend"): "on_hold",
    ("on_hold", "cancel"): "cancelled",
    ("on_hold", "refund"): "on_hold",
    ("partly_shipped", "ship"): "shipped",
    ("partly_shipped", "prepare"): "partly_shipped",
    ("partly_shipped", "cancel"): "shipped",
    ("partly_shipped", "refund"): "partly_shipped",
    ("shipped", "close"): "closed",
    ("shipped", "refund"): "shipped",
    ("closed", "refund"): "closed",
    ("cancelled", "refund"): "cancelled",
}
"""`ship` and `cancel` may concern a part: then the state follows from the quantities, see `fulfilment.state_after`.
`release` gives a pending order back to waiting for its payment (`held_from`).

Being back-ordered is no state but a quantity of a line: an order may be shipped in part and wait in part.
"""

STATES = ("draft", "pending", "confirmed", "on_hold", "partly_shipped", "shipped", "closed", "cancelled")


@entity
class Buyer:
    """Who bought, as it was when the order was placed."""

    name: str = ""
    company_name: str = ""
    email: str = ""
    phone: str = ""
    vat_number: str = ""


@entity
class Reserved:
    """So much promised from a warehouse; `sku` is "" when it is the line's own, else a kit's component. `delivery_id` names
    the delivery that is being prepared of it, "" when none is."""

    warehouse_id: str
    quantity: Decimal
    sku: str = ""
    location: str = ""
    lot_number: str = ""
    delivery_id: str = ""


@entity
class Component:
    """`quantity` of `sku` in one unit of a kit line, as it was when the order was placed."""

    sku: str
    quantity: Decimal


@entity
class OrderLine:
    """`quantity` and `unit_price` are in base units; `amount` is what the line comes to after its allowance, with VAT when
    the order's prices include it.

    A line typed in another unit keeps it: `unit_quantity` of `unit_code`, each holding `unit_factor` base units, at
    `pack_price` when the price was typed for that unit. It then rules, and `unit_price` is what it comes to.
    """

    id: str
    sku: str
    name: str
    quantity: Decimal
    unit_price: Decimal
    base_unit_code: str = "C62"
    unit_code: str = ""
    unit_quantity: Decimal | None = None
    unit_factor: Decimal = ONE
    pack_price: Decimal | None = None
    allowance: Decimal = ZERO
    amount: Decimal
    vat_category: str = "S"
    vat_rate: Decimal = Decimal("20")
    kit: tuple[Component, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    backordered_quantity: Decimal = ZERO
    shipped_quantity: Decimal = ZERO
    cancelled_quantity: Decimal = ZERO
    external_id: str = ""
    product_family: str = ""

    @property
    def open_quantity(self) -> Decimal:
        """Neither shipped nor cancelled yet."""
        return self.quantity - self.shipped_quantity - self.cancelled_quantity


@entity
class Charge:
    """Shipping or a fee (negative for a reduction), with VAT when the order's prices include it."""

    kind: str
    name: str
    amount: Decimal
    vat_category: str = "S"
    vat_rate: Decimal = Decimal("20")


@entity
class Coupon:
    """A code the customer used: information, the lines' allowances carry what it took off."""

    code: str
    amount: Decimal


@entity
class ShippedFrom:
    """What of a shipped line left one warehouse: units of the line, and what the goods were worth. The units of a kit stand
    with the warehouse that gave its first component."""

    warehouse_id: str
    quantity: Decimal
    cost: Decimal | None = None


@entity
class ShippedLine:
    """`cost` is what the goods were worth when they left, in the company's currency; None where it was not kept."""

    line_id: str
    quantity: Decimal
    cost: Decimal | None = None
    warehouses: tuple[ShippedFrom, ...] = ()


@entity
class Shipment:
    """What left of the order with a delivery (`id` is its number), and what it was worth. How it travels stands there."""

    id: str
    delivery_id: str
    shipped_at: datetime
    lines: tuple[ShippedLine, ...]
    by_channel: bool = False


@entity
class Refund:
    """Money back. Without lines it is an amount alone."""

    id: str
    amount: Decimal
    reason: str = ""
    refunded_at: datetime
    external_id: str = ""
    lines: tuple[ShippedLine, ...] = ()


@entity
class Order:
    """A sales order. `paid_total` is what the customer paid or owes on the channel and rules; `rounding_amount` is what
    it differs from our own arithmetic, carried visibly. `is_placed` is False of what was never more than a draft. One that
    `is_sample` came with the sample data, and leads to no parcel, paper or entry."""

    id: str
    number: str
    state: str
    placed_at: datetime
    is_placed: bool = True
    channel_id: str = ""
    channel_name: str = ""
    external_id: str = ""
    external_number: str = ""
    source_version: str = ""
    customer_id: str = ""
    buyer: Buyer = Buyer()
    billing_address: Address = Address()
    shipping_address: Address = Address()
    currency: str = "EUR"
    prices_include_vat: bool = True
    lines: tuple[OrderLine, ...] = ()
    charges: tuple[Charge, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    vat_breakdown: tuple[VatLine, ...] = ()
    total_without_vat: Decimal = ZERO
    vat_amount: Decimal = ZERO
    total_with_vat: Decimal = ZERO
    rounding_amount: Decimal = ZERO
    paid_total: Decimal = ZERO
    is_paid: bool = False
    payment_method: str = ""
    payment_gateway: str = ""
    payment_fee: Decimal | None = None
    warehouse_ids: tuple[str, ...] = ()
    hold_reasons: tuple[str, ...] = ()
    held_from: str = ""
    attention: tuple[str, ...] = ()
    delivery_count: int = 0
    shipments: tuple[Shipment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    note: str = ""
    is_sample: bool = False
    updated_at: datetime | None = None
    version: int = 0

    @property
    def refunded_amount(self) -> Decimal:
        """What was given back so far."""
        return sum((refund.amount for refund in self.refunds), ZERO)


@command
class NewLine:
    """`quantity` is in `unit_code`, any unit of the variant; "" is its base unit. A `gtin` stands for a SKU and unit.

    `unit_price` None asks the price lists, which are in base units; `price_per` says whether a typed price is that of the
    base unit (`base`) or of the line's own (`unit`). `amount` None is quantity × price less the allowance. VAT None takes
    the variant's.
    """

    sku: str = ""
    gtin: str = ""
    quantity: Decimal
    unit_code: str = ""
    unit_price: Decimal | None = None
    price_per: str = "base"
    allowance: Decimal = ZERO
    amount: Decimal | None = None
    name: str = ""
    vat_category: str | None = None
    vat_rate: Decimal | None = None
    external_id: str = ""


@command
class NewCharge:
    """Without a VAT rate a charge follows the goods: it is divided over their rates (an accessory follows the main
    supply, CGI art. 257 ter)."""

    kind: str = "shipping"
    name: str = ""
    amount: Decimal
    vat_category: str | None = None
    vat_rate: Decimal | None = None


@command
class PlaceOrder:
    """An order as a person on the phone, a program or a channel states it.

    `state` is draft (nothing reserved), pending (reserved, not yet paid) or confirmed. `shortage` says what happens when
    stock is short: `backorder` keeps the rest open, `refuse` refuses the whole order. `paid_total` None means that our
    own total is what is owed. `allowance` is a reduction of the whole order, spread over its lines.
    """

    lines: tuple[NewLine, ...]
    charges: tuple[NewCharge, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    allowance: Decimal = ZERO
    state: str = "confirmed"
    shortage: str = "refuse"
    channel_id: str = ""
    channel_name: str = ""
    external_id: str = ""
    external_number: str = ""
    source_version: str = ""
    placed_at: datetime | None = None
    customer_id: str = ""
    buyer: Buyer = Buyer()
    billing_address: Address = Address()
    shipping_address: Address = Address()
    currency: str = "EUR"
    prices_include_vat: bool = True
    paid_total: Decimal | None = None
    is_paid: bool = False
    payment_method: str = ""
    payment_gateway: str = ""
    payment_fee: Decimal | None = None
    warehouse_ids: tuple[str, ...] = ()
    attention: tuple[str, ...] = ()
    note: str = ""


@command
class LineQuantity:
    line_id: str
    quantity: Decimal


def is_newer(version: str, than: str) -> bool:
    """Whether a source version (`<instant>#<hash>`) is of a later instant; without instants everything is."""
    return not than or version.split("#")[0] > than.split("#")[0]


def refuse_sample(order: Order) -> None:
    """Raises Conflict `sample_order`: shipped, paid or invoiced, a sample would stand in the books for ever."""
    if order.is_sample:
        raise Conflict("sample_order", f"Order {order.number} is a sample: it is not shipped, paid or invoiced.")


def is_tombstone(order: Order) -> bool:
    """Whether a channel cancelled the order before it ever told us of it: it stands in no list, and keeps its id."""
    return not order.lines


def summary(order: Order) -> dict[str, Any]:
    """The list's columns."""
    return {
        "number": order.number, "state": order.state, "placed_at": order.placed_at.isoformat(timespec="seconds"),
        "customer_name": (order.buyer.company_name or order.buyer.name)[:40], "channel_id": order.channel_id,
        "channel_name": order.channel_name[:30], "external_number": order.external_number[:30],
        "total_with_vat": str(order.total_with_vat), "paid_total": str(order.paid_total), "currency": order.currency,
        "line_count": len(order.lines), "is_paid": order.is_paid,
        "is_backordered": any(line.backordered_quantity for line in order.lines),
        **({"is_sample": True} if order.is_sample else {}),
    }


def _when(order: Order) -> str:
    return f"{order.placed_at.isoformat()}#{order.id}"


def due(order: Order) -> IndexKey | None:
    """The open work an order stands in, if any: one at a time, the most urgent."""
    when = _when(order)
    if order.state in ("on_hold", "pending"):
        return f"DUE#{order.state}", when
    if order.state in ("confirmed", "partly_shipped"):
        if any(line.reserved for line in order.lines):
            return "DUE#ship", when
        if any(line.backordered_quantity for line in order.lines):
            return "DUE#backorder", when
    return None


ORDER = Document(
    kind="sales_order", prefix="ord", model=Order, summary=summary,
    by_list=lambda o: None if is_tombstone(o) else ("ORDER", _when(o)),
    by_ref=lambda o: None if is_tombstone(o) else (f"REF#order#{o.external_number or o.number}", o.id),
    by_party=lambda o: (f"PARTY#{o.customer_id}", f"ORDER#{_when(o)}") if o.customer_id else None,
    by_due=due,
    personal=frozenset({"buyer", "billing_address", "shipping_address", "note"}))

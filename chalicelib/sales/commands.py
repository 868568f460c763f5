"""What can be asked of an order once it is there."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import command
from chalicelib.sales.model import Address, Buyer, LineQuantity, NewCharge, NewLine


@command
class ShipOrder:
    """No lines means all that is reserved; a warehouse restricts it to what is reserved there."""

    lines: tuple[LineQuantity, ...] = ()
    warehouse_id: str = ""
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


@command
class CancelOrder:
    """No lines means all that is still open."""

    lines: tuple[LineQuantity, ...] = ()
    reason: str = ""


@command
class HoldOrder:
    reason: str


@command
class RefundOrder:
    amount: Decimal
    reason: str = ""
    external_id: str = ""
    lines: tuple[LineQuantity, ...] = ()


@command
class ConfirmOrder:
    """What a draft does when stock is short: `refuse` or `backorder`."""

    shortage: str = "refuse"


@command
class ChangeOrder:
    """What is None stays. Only the note can be changed of an order that is no draft any more; see AmendOrder."""

    note: str | None = None
    lines: tuple[NewLine, ...] | None = None
    charges: tuple[NewCharge, ...] | None = None
    allowance: Decimal = ZERO
    customer_id: str | None = None
    buyer: Buyer | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None


@command
class AmendLine:
    """A line as it shall be. `line_id` names one the order has, whose price, allowance and name stay where None is given;
    without it the line is new. `quantity` is in `unit_code`, any unit of the variant."""

    line_id: str = ""
    sku: str = ""
    gtin: str = ""
    quantity: Decimal
    unit_code: str = ""
    unit_price: Decimal | None = None
    price_per: str = "base"
    allowance: Decimal | None = None
    name: str = ""


@command
class AmendOrder:
    """All the lines an order that nothing was shipped of shall have; one that is not named is taken out. `shortage` says
    what happens to more than is available: `refuse` or `backorder`. What is None stays."""

    lines: tuple[AmendLine, ...]
    charges: tuple[NewCharge, ...] | None = None
    note: str | None = None
    shortage: str = "refuse"


@command
class ShipOne:
    order_id: str
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


@command
class ShipMany:
    """Orders to ship whole, each with its tracking."""

    orders: tuple[ShipOne, ...]


@command
class ChannelUpdate:
    """What a channel says of an order later on. `status` is pending, confirmed, completed or cancelled. A deletion has no
    instant of the channel's: it is later than all that was told before, whatever `source_version` says."""

    channel_id: str
    external_id: str
    source_version: str
    status: str
    is_paid: bool = False
    paid_total: Decimal | None = None
    payment_fee: Decimal | None = None
    refunds: tuple[RefundOrder, ...] = ()
    is_deletion: bool = False

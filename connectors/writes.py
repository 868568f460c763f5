"""What a connector is asked to write, and what it answers for each item of a push: neutral, like `records`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from connectors.records import TaxAmount


@dataclass(frozen=True, slots=True)
class StockLevel:
    """Absolute quantity to show for one item.

    For a variant, `parent_external_id` is the product it belongs to.
    """

    external_id: str
    quantity: Decimal
    parent_external_id: str | None = None
    sku: str = ""


@dataclass(frozen=True, slots=True)
class PriceBreak:
    """The unit price from a whole number of pieces on, which is at least 2."""

    from_quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class PriceUpdate:
    """Regular price to show for one item, in the shop's currency, and what larger quantities cost, smallest first.

    It is with or without tax as the shop types its prices. `breaks` are all the item shall have; a platform without
    `Capabilities.price_breaks` is given none.
    """

    external_id: str
    price: Decimal
    parent_external_id: str | None = None
    sku: str = ""
    breaks: tuple[PriceBreak, ...] = ()


class PushOutcome(StrEnum):
    """What became of one pushed item: only `APPLIED` means that the shop now shows it."""

    APPLIED = "applied"
    REJECTED = "rejected"
    NOT_MANAGED = "not_managed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class PushResult:
    """Result for one item of a push, in the order pushed.

    `shown` is the value the shop answered with, if any.
    """

    external_id: str
    outcome: PushOutcome
    code: str = ""
    message: str = ""
    shown: Decimal | None = None
    parent_external_id: str | None = None

    @property
    def ok(self) -> bool:
        """True when the shop shows what was pushed."""
        return self.outcome is PushOutcome.APPLIED


@dataclass(frozen=True, slots=True)
class TrackingUpdate:
    """A parcel left. `completes_order` is True when everything of the order has now been shipped."""

    order_external_id: str
    carrier: str
    tracking_number: str
    shipped_at: datetime
    tracking_url: str = ""
    completes_order: bool = False
    customer_message: str = ""


@dataclass(frozen=True, slots=True)
class RefundLineRequest:
    """Part of a refund on one line of the order; amounts positive.

    Tax is per rate: by the platform's own rate id, or where that is empty by `percent`.
    """

    order_line_external_id: str
    quantity: int
    net_total: Decimal
    taxes: tuple[TaxAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A refund to record on the shop. `amount` includes tax and rules; what the lines do not name of it is an
    amount alone.

    `through_gateway` asks the shop's payment provider to pay the money back.
    """

    order_external_id: str
    amount: Decimal
    reason: str = ""
    lines: tuple[RefundLineRequest, ...] = ()
    restock: bool = False
    through_gateway: bool = False

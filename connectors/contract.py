"""What every connector offers, and every word it is said in.

A platform is a class that fulfils `Connector`; `connectors.connector(platform)` finds it. `verify`, `meaning`
and `map_order` are pure and static, so a webhook can be read without opening a connection. Everything else
does I/O through `connectors.http.send` and raises one of the `ConnectorError` family.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from connectors.errors import (
    ConnectorError,
    Malformed,
    NotFound,
    OverBudget,
    RateLimited,
    Rejected,
    Unauthorised,
    Unavailable,
)
from connectors.http import SYSTEM_CLOCK, Clock, always
from connectors.records import (
    Address,
    ChannelCustomer,
    ChannelOrder,
    ChannelProduct,
    ChannelRefund,
    CouponLine,
    FeeLine,
    MappingProblem,
    OrderLine,
    OrderPage,
    OrderStatus,
    ProductPage,
    RefundLine,
    ShippingLine,
    SourceVersion,
    TaxAmount,
    TaxLine,
    Tracking,
)
from connectors.writes import (
    PriceBreak,
    PriceUpdate,
    PushOutcome,
    PushResult,
    RefundLineRequest,
    RefundRequest,
    StockLevel,
    TrackingUpdate,
)

__all__ = [
    "Address",
    "Capabilities",
    "ChannelCustomer",
    "ChannelOrder",
    "ChannelProduct",
    "ChannelRefund",
    "ConnectionSettings",
    "Connector",
    "ConnectorError",
    "CouponLine",
    "CredentialField",
    "FeeLine",
    "Finding",
    "Malformed",
    "MappingProblem",
    "MeaningKind",
    "NotFound",
    "OrderLine",
    "OrderPage",
    "OrderStatus",
    "OverBudget",
    "PriceBreak",
    "PriceUpdate",
    "ProbeResult",
    "ProductPage",
    "PushOutcome",
    "PushResult",
    "RateLimited",
    "RefundLine",
    "RefundLineRequest",
    "RefundRequest",
    "Rejected",
    "ShippingLine",
    "SourceVersion",
    "StockLevel",
    "TaxAmount",
    "TaxLine",
    "TaxRate",
    "Tracking",
    "TrackingUpdate",
    "Unauthorised",
    "Unavailable",
    "WebhookMeaning",
    "WebhookSubscription",
]


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach one shop. `base_url` is the shop's root ("https://shop.example"), without the API's path.

    `credentials` holds what the platform asks for (WooCommerce: `consumer_key`, `consumer_secret`) and is
    never printed. `webhook_secrets` are the current secret first, then those still accepted after a rotation.
    `allow_loopback` permits 127.0.0.0/8 and ::1 as targets, and only those beside public addresses; a
    deployed stack leaves it False. `attempts` is how often a call that may be repeated is tried in all.
    `admit` is asked before every exchange: it waits for the budget of calls, or raises OverBudget.
    """

    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    allow_loopback: bool = False
    webhook_url: str = ""
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    connect_timeout_seconds: float = 5.0
    read_timeout_seconds: float = 30.0
    attempts: int = 4
    admit: Callable[[], None] = field(default=always, repr=False)


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One thing a platform asks for before it lets us in.

    `pattern` is what a value must look like as a whole (a regular expression), empty when anything will do.
    """

    name: str
    is_required: bool = True
    is_secret: bool = False
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do, for whoever plans the calls.

    `requests_per_second` is the budget for one connection. `one_call_per_item`: pushes cost a call for each item,
    not one for a batch. `price_decimals` is how many the shop keeps of a price, None for the currency's own.
    `price_breaks`: the shop itself asks another price for larger quantities.
    """

    platform: str
    batch_size: int
    requests_per_second: Decimal
    webhooks: bool
    webhook_topics: tuple[str, ...] = ()
    order_page_size: int = 100
    fractional_stock: bool = False
    push_tracking: bool = True
    refunds: bool = True
    one_call_per_item: bool = False
    price_decimals: int | None = None
    price_breaks: bool = False
    credentials: tuple[CredentialField, ...] = ()


@dataclass(frozen=True, slots=True)
class WebhookSubscription:
    """A webhook as the shop knows it; `status` is the platform's, `active` whether deliveries are sent."""

    external_id: str
    topic: str
    url: str
    status: str
    active: bool


class MeaningKind(StrEnum):
    """What a delivery is about."""

    PING = "ping"
    ORDER_CHANGED = "order_changed"
    ORDER_DELETED = "order_deleted"
    PRODUCT_CHANGED = "product_changed"
    PRODUCT_DELETED = "product_deleted"
    CUSTOMER_CHANGED = "customer_changed"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class WebhookMeaning:
    """What a delivery means.

    `external_id` is the object's, empty for pings and for bodies that cannot be read.

    `delivery_id` may repeat for different deliveries: deduplicate on topic + delivery id + hash of the body.
    `has_body` is True when the body holds the whole object, so `map_order` can read it without a fetch.
    """

    kind: MeaningKind
    topic: str = ""
    external_id: str = ""
    delivery_id: str = ""
    webhook_id: str = ""
    has_body: bool = False


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A rate the shop knows; `percent` 20 means 20 %, empty `country` means everywhere."""

    external_id: str
    country: str
    percent: Decimal
    name: str
    tax_class: str
    on_shipping: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the merchant should know about the connection: a stable code with its `parameters`, and a
    sentence.
    """

    code: str
    message: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a connection test found.

    `missing` must be put right before the connection works, `warnings` may wait.
    """

    platform_version: str
    currency: str
    decimals: int
    prices_include_tax: bool
    tax_rates: tuple[TaxRate, ...]
    missing: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """True when nothing is missing."""
        return not self.missing


class Connector(Protocol):
    """One connection to one shop. Synchronous; safe to use from one thread at a time; cheap to create."""

    capabilities: ClassVar[Capabilities]

    def __init__(self, settings: ConnectionSettings, clock: Clock = SYSTEM_CLOCK) -> None: ...

    def probe(self) -> ProbeResult:
        """Test the connection. Wrong keys, missing rights, no shop there: named in `missing`, not raised.

        Raises OverBudget alone, which is nothing of the shop's.
        """

    def list_orders(
        self, modified_after: datetime, until: datetime | None = None, cursor: str | None = None
    ) -> OrderPage:
        """Orders modified from `modified_after` on and before `until`, oldest change first.

        Each comes at least once: the last second of a page may come again on the next.
        """

    def get_order(self, external_id: str) -> ChannelOrder | MappingProblem:
        """One order with its refunds in full. Raises NotFound when the shop has deleted it for good."""

    def list_products(self, cursor: str | None = None) -> ProductPage:
        """The catalogue, variants included, page by page. Raises what kept it from reading anything."""

    def push_stock(self, levels: Sequence[StockLevel]) -> list[PushResult]:
        """Set absolute quantities; any number of items, one result each, in the order given."""

    def push_prices(self, prices: Sequence[PriceUpdate]) -> list[PushResult]:
        """Set regular prices and their quantity breaks; any number of items, one result each, in the order given."""

    def read_stock(self, items: Sequence[StockLevel]) -> list[PushResult]:
        """Read back what the shop shows for `items`: APPLIED when it equals the item's quantity, `shown` in
        any case.
        """

    def set_order_status(self, external_id: str, status: OrderStatus) -> ChannelOrder | MappingProblem:
        """Set the shop's order to `status`, and give the order as the shop answers it."""

    def push_tracking(self, update: TrackingUpdate) -> ChannelOrder | MappingProblem:
        """Tell the shop and its customer about a parcel; repeating a tracking number changes nothing."""

    def create_refund(self, request: RefundRequest) -> ChannelRefund:
        """Record a refund on the shop.

        Not safe to repeat blindly: on Unavailable, read the order's refunds first.
        """

    def list_webhooks(self) -> list[WebhookSubscription]:
        """All webhooks of the shop, ours or not."""

    def ensure_webhooks(self, url: str, secret: str, rotate: bool = False) -> list[WebhookSubscription]:
        """Have one active webhook per topic of ours at `url`.

        Creates what is missing and re-enables what the shop disabled, both with `secret`; `rotate` gives
        `secret` to those that were fine, too. Afterwards accept the former secret until deliveries under way
        have arrived.
        """

    def remove_webhooks(self, url: str) -> int:
        """Delete every webhook that delivers to `url`; how many there were. Repeating it changes nothing."""

    @staticmethod
    def verify(raw_body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
        """True when the signature in `headers` is that of `raw_body` under one of `secrets`."""

    @staticmethod
    def meaning(headers: Mapping[str, str], raw_body: bytes) -> WebhookMeaning:
        """What a delivery is about, by its headers.

        Never raises; a body that cannot be read gives no `external_id`.
        """

    @staticmethod
    def map_order(raw: bytes | Mapping[str, Any]) -> ChannelOrder | MappingProblem:
        """Read an order from the platform's own representation, as bytes or already parsed."""

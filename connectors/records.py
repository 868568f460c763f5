"""Neutral records that every connector speaks, whatever the platform calls them.

Amounts are `Decimal` in the currency of the order, net (without tax) unless the name says otherwise. Instants
are aware UTC datetimes. Identifiers of the platform (`external_id`) are text, whatever their type over there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class OrderStatus(StrEnum):
    """Neutral state of an order on its channel; `OTHER` is one that only the platform or a plug-in knows."""

    DRAFT = "draft"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    PROCESSING = "processing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    FAILED = "failed"
    TRASHED = "trashed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """Which state of an order this is: the later `updated_at` wins, equal hashes are equal content.

    Platforms date to the second, so two states may carry one date: then differing hashes mean "fetch it
    again".
    """

    updated_at: datetime
    content_hash: str


@dataclass(frozen=True, slots=True)
class Address:
    """Postal address as the shopper typed it; `country` is ISO 3166-1 alpha-2, empty when unknown."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    postcode: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""

    @property
    def name(self) -> str:
        """First and last name in one text."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_empty(self) -> bool:
        """True when nothing but perhaps the country was given, as shops do for goods that are not shipped."""
        return not (self.name or self.company or self.line1 or self.postcode or self.city)


@dataclass(frozen=True, slots=True)
class ChannelCustomer:
    """Who bought.

    A guest has no `external_id`; SIREN, SIRET and VAT number are empty unless the shop asked for them.
    """

    external_id: str | None
    email: str
    name: str
    company: str = ""
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    phone: str = ""

    @property
    def is_guest(self) -> bool:
        """True when the buyer has no account on the shop."""
        return self.external_id is None


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """Tax of one line at one rate; `percent` is None when the order does not tell the rate of `rate_id`."""

    rate_id: str
    percent: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One article of an order. `net_before_discount` - `discount` = `net_total`; quantities are positive."""

    external_id: str
    product_external_id: str | None
    variation_external_id: str | None
    sku: str
    name: str
    quantity: Decimal
    net_before_discount: Decimal
    net_total: Decimal
    tax_total: Decimal
    taxes: tuple[TaxAmount, ...] = ()
    tax_class: str = ""
    gtin: str = ""

    @property
    def discount(self) -> Decimal:
        """Net discount of the line (coupons and manual ones alike)."""
        return self.net_before_discount - self.net_total

    @property
    def unit_price(self) -> Decimal:
        """Net price of one unit after discount at full precision; zero for a line of no quantity."""
        return self.net_total / self.quantity if self.quantity else ZERO


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """One shipping charge."""

    external_id: str
    name: str
    method: str
    net_total: Decimal
    tax_total: Decimal
    taxes: tuple[TaxAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A fee, or a rebate when negative; its tax may be split over several rates."""

    external_id: str
    name: str
    net_total: Decimal
    tax_total: Decimal
    taxes: tuple[TaxAmount, ...] = ()
    tax_class: str = ""


@dataclass(frozen=True, slots=True)
class CouponLine:
    """A coupon that was used: information only, the lines already carry its discount."""

    external_id: str
    code: str
    discount: Decimal
    discount_tax: Decimal


@dataclass(frozen=True, slots=True)
class TaxLine:
    """Tax of the whole order at one rate, goods (with fees) and shipping apart, before any refund."""

    rate_id: str
    label: str
    percent: Decimal
    goods_tax: Decimal
    shipping_tax: Decimal

    @property
    def total(self) -> Decimal:
        """Tax of goods, fees and shipping at this rate."""
        return self.goods_tax + self.shipping_tax


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Part of a refund that names what it refunds; `order_line_external_id` is the refunded line.

    All positive.
    """

    kind: str
    order_line_external_id: str
    quantity: Decimal
    net_total: Decimal
    tax_total: Decimal
    taxes: tuple[TaxAmount, ...] = ()
    sku: str = ""


@dataclass(frozen=True, slots=True)
class ChannelRefund:
    """Money given back.

    `amount` is positive, includes tax and is authoritative: the lines may add up to less.

    `lines` is None when the platform has only told the amount so far (a summary inside an order); an empty
    tuple means the refund truly has no lines, so no VAT split either. `created_at` is None in a summary.
    """

    external_id: str
    amount: Decimal
    reason: str
    lines: tuple[RefundLine, ...] | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tracking:
    """A parcel known to the shop."""

    carrier: str
    number: str
    url: str = ""
    shipped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelOrder:
    """An order as its channel tells it, in neutral words.

    `total_paid` (tax included) is what the customer pays and is authoritative; what the lines add up to may
    differ by `rounding`. `currency_exponent` is ISO 4217's, `decimals` is how many the shop writes (a JPY
    order may read "4500.00"). `status` is neutral, `source_status` the platform's own word. `payment_fee` is what the payment
    provider kept, where the platform tells it.
    """

    external_id: str
    number: str
    status: OrderStatus
    source_status: str
    source_version: SourceVersion
    currency: str
    currency_exponent: int
    decimals: int
    prices_include_tax: bool
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    customer: ChannelCustomer
    billing: Address
    shipping: Address
    lines: tuple[OrderLine, ...]
    shipping_lines: tuple[ShippingLine, ...]
    fee_lines: tuple[FeeLine, ...]
    coupon_lines: tuple[CouponLine, ...]
    tax_lines: tuple[TaxLine, ...]
    total_paid: Decimal
    total_tax: Decimal
    refunds: tuple[ChannelRefund, ...] = ()
    payment_method: str = ""
    payment_title: str = ""
    payment_fee: Decimal | None = None
    transaction_id: str = ""
    customer_note: str = ""
    purchase_order_number: str = ""
    created_via: str = ""
    tracking: tuple[Tracking, ...] = ()

    @property
    def is_paid(self) -> bool:
        """True when the platform dates a payment."""
        return self.paid_at is not None

    @property
    def net_total(self) -> Decimal:
        """Net sum of lines, shipping and fees."""
        groups = (self.lines, self.shipping_lines, self.fee_lines)
        return sum((part.net_total for group in groups for part in group), ZERO)

    @property
    def rounding(self) -> Decimal:
        """What must be added to `net_total` + `total_tax` to reach `total_paid`: to be carried visibly."""
        return self.total_paid - self.net_total - self.total_tax

    @property
    def refunded_total(self) -> Decimal:
        """Money given back so far, tax included."""
        return sum((refund.amount for refund in self.refunds), ZERO)


def versioned(order: ChannelOrder) -> ChannelOrder:
    """`order` with the hash of its neutral content: fields that we do not read make no new version.

    Of refunds only what the order itself tells counts, whatever their order. A refund's lines and date never change, and
    may stand in an answer of their own: with them the same order would have one version in lists and another asked for alone.
    """
    refunds = sorted((replace(refund, lines=None, created_at=None) for refund in order.refunds), key=lambda r: r.external_id)
    blank = replace(order, source_version=SourceVersion(order.updated_at, ""), refunds=tuple(refunds))
    content = hashlib.sha256(repr(blank).encode()).hexdigest()
    return replace(order, source_version=SourceVersion(order.updated_at, content))


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """Why a record of the platform could not be read: a value to put in quarantine, never a crash.

    `code` is stable, `path` says where ("line_items[0].total"), `external_id` may be empty, `parameters` are for
    those who have words of their own for the code.
    """

    code: str
    path: str
    message: str
    external_id: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelProduct:
    """A product or one of its variants (then `parent_external_id` is set) as the channel lists it.

    `price` is the price in force, in the shop's currency, with or without tax as the shop types its prices.
    `manage_stock` is False when the shop ignores quantities; with `stock_managed_by_parent` the quantity is
    the parent's. `has_stock` is False for what only points to other articles and is never sold by itself.
    """

    external_id: str
    parent_external_id: str | None
    kind: str
    sku: str
    gtin: str
    name: str
    status: str
    price: Decimal | None
    regular_price: Decimal | None
    sale_price: Decimal | None
    manage_stock: bool
    stock_managed_by_parent: bool
    quantity: Decimal | None
    taxable: bool
    tax_class: str
    weight: Decimal | None
    attributes: tuple[tuple[str, str], ...] = ()
    updated_at: datetime | None = None
    has_variants: bool = False
    has_stock: bool = True


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders; `cursor` is None on the last one. A page may repeat orders of the page before.

    `reached` is the instant up to which every change has been told: where a later listing may go on.
    """

    items: tuple[ChannelOrder | MappingProblem, ...]
    cursor: str | None
    reached: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One page of products, then their variants; `cursor` is None on the last one.

    A page ends early, after what was read, when the shop or our budget of calls has no time for the rest.
    `product_count` is how many products (variants not counted) came with it, `product_total` how many the shop
    says it has in all; None when it does not say.
    """

    items: tuple[ChannelProduct | MappingProblem, ...]
    cursor: str | None
    product_count: int = 0
    product_total: int | None = None

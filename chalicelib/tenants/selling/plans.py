"""What can be bought: the one table of plans, from which entitlements, cards in the portal and prices at Stripe follow."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from chalicelib.kernel.shapes import entity

CURRENCY = "EUR"
GIGABYTE = 1_000_000_000
TRIAL, FREE = "trial", "free"


@entity
class Plan:
    """`price`, `extra_seat` and `extra_order` are in euros without VAT: a month, one more seat a month, an order beyond
    `orders`. None: there is no more of it to buy, so what goes beyond is refused. `orders` is a month's, of all channels."""

    id: str
    price: Decimal
    seats: int
    orders: int
    channels: int
    storage_bytes: int
    extra_seat: Decimal | None = None
    extra_order: Decimal | None = None


def _plan(name: str, price: str, seats: int, orders: int, channels: int, gigabytes: int, extra: str = "") -> Plan:
    seat = Decimal("9") if extra else None
    return Plan(id=name, price=Decimal(price), seats=seats, orders=orders, channels=channels,
                storage_bytes=gigabytes * GIGABYTE, extra_seat=seat, extra_order=Decimal(extra) if extra else None)


PLANS: Mapping[str, Plan] = MappingProxyType({plan.id: plan for plan in (
    _plan("trial", "0", seats=10, orders=3_000, channels=6, gigabytes=50),
    _plan("free", "0", seats=2, orders=50, channels=1, gigabytes=1),
    _plan("starter", "29", seats=3, orders=300, channels=2, gigabytes=5, extra="0.10"),
    _plan("growth", "99", seats=10, orders=3_000, channels=6, gigabytes=50, extra="0.05"),
    _plan("scale", "299", seats=30, orders=20_000, channels=20, gigabytes=250, extra="0.03"),
)})
"""`trial` is Growth for fourteen days without a card; it cannot be bought."""

OFFERED = ("free", "starter", "growth", "scale")
PAID = ("starter", "growth", "scale")


def plan_of(name: str) -> Plan:
    """A row of the table; a plan this version does not know counts as Free."""
    return PLANS.get(name, PLANS[FREE])


def smallest_with(what: str, wanted: int) -> str:
    """The smallest plan on offer that has so much of it, "" when none has."""
    return next((name for name in OFFERED if getattr(PLANS[name], what) >= wanted), "")

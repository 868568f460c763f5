"""Pure arithmetic of roll-ups: what an event adds to a day, and how days become a chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chalicelib.kernel.event import Event

ZERO = Decimal(0)
MEASURES = ("orders", "revenue", "cancelled_orders", "cancelled_revenue", "refunds", "shipped_orders")
"""`revenue` is what orders came to without VAT on the day they were placed; amendments, cancellations and refunds
count on the day they happened, so that no past day ever changes behind a reader's back."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What one event adds to one day of one channel."""

    day: date
    channel_id: str
    numbers: Mapping[str, Decimal]


def _amount(event: Event, name: str) -> Decimal:
    return Decimal(str(event.data.get(name) or "0"))


def addition(event: Event, day: date) -> Addition | None:
    """What the event adds to the roll-up, or None when it adds nothing. `day` is the tenant's business date."""
    amounts = {
        "OrderPlaced": {"orders": Decimal(1), "revenue": _amount(event, "total_without_vat")},
        "OrderAmended": {"revenue": _amount(event, "total_without_vat_change")},
        "OrderCancelled": {"cancelled_orders": Decimal(1), "cancelled_revenue": _amount(event, "total_without_vat")},
        "OrderPartlyCancelled": {"cancelled_revenue": _amount(event, "total_without_vat")},
        "OrderRefunded": {"refunds": _amount(event, "amount")},
        "OrderShipped": {"shipped_orders": Decimal(1)},
    }.get(event.type)
    if amounts is None:
        return None
    return Addition(day, str(event.data.get("channel_id") or "manual"), amounts)


@dataclass(frozen=True, slots=True)
class Row:
    """The kept numbers of one day and channel."""

    day: date
    channel_id: str
    numbers: Mapping[str, Decimal]


def days(first: date, last: date) -> list[date]:
    """Every day from first to last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def series(rows: Iterable[Row], measure: str, first: date, last: date) -> dict[str, list[Decimal]]:
    """One list per channel with a number for every day, zeros included."""
    position = {day: n for n, day in enumerate(days(first, last))}
    found: dict[str, list[Decimal]] = {}
    for row in rows:
        if row.day in position:
            line = found.setdefault(row.channel_id, [ZERO] * len(position))
            line[position[row.day]] += row.numbers.get(measure, ZERO)
    return found


def total(rows: Iterable[Row], measure: str, first: date, last: date) -> Decimal:
    """The measure over a period, all channels together."""
    return sum((row.numbers.get(measure, ZERO) for row in rows if first <= row.day <= last), ZERO)

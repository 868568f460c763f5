"""What the API says of the business."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from typing_extensions import TypedDict

from chalicelib.kernel.shapes import entity


@entity
class Work:
    """How much waits, by kind, counted up to 1,000."""

    ship: int
    late: int
    on_hold: int
    backorder: int
    pending: int
    replenish: int
    quarantine: int
    push_failed: int


@entity
class MeasureView:
    """A measure over the period and the one before it; `by_channel` has a number for each day."""

    total: Decimal
    before: Decimal
    by_channel: Mapping[str, tuple[Decimal, ...]]


@entity
class Measures:
    orders: MeasureView
    revenue: MeasureView
    cancelled_orders: MeasureView
    cancelled_revenue: MeasureView
    refunds: MeasureView
    shipped_orders: MeasureView


Business = TypedDict("Business", {"from": date, "to": date, "currency": str, "days": tuple[date, ...], "measures": Measures})
"""A period, its days, and what was measured in it; spelled this way because `from` is a word of Python."""

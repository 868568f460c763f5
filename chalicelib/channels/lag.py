"""Lag: from the instant a sale was accepted to the instant another channel acknowledged the new quantity. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from chalicelib.kernel.shapes import entity

MILLISECOND = Decimal("0.001")


@entity
class Measurement:
    """One change of one SKU, shown on one channel: `origin` is the connection that sold it, or who changed it here."""

    connection_id: str
    sku: str
    origin: str
    changed_at: datetime
    shown_at: datetime

    @property
    def seconds(self) -> Decimal:
        """Never below zero: two machines' clocks may disagree by a little."""
        elapsed = self.shown_at - self.changed_at
        micros = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
        return max(Decimal(micros) / 1_000_000, Decimal(0)).quantize(MILLISECOND)


@entity
class LagFigures:
    """How late one channel is: over the last `count` changes, in seconds. None when there were none."""

    connection_id: str
    count: int
    p50_seconds: Decimal | None
    p99_seconds: Decimal | None
    longest_seconds: Decimal | None


def percentile(ordered: Sequence[Decimal], percent: int) -> Decimal:
    """Nearest rank: the smallest value that at least `percent` % of the (ascending, non-empty) values do not exceed."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


def figures(connection_id: str, measured: Iterable[Measurement]) -> LagFigures:
    """p50 and p99 of a channel's measurements."""
    ordered = sorted(each.seconds for each in measured)
    if not ordered:
        return LagFigures(connection_id=connection_id, count=0, p50_seconds=None, p99_seconds=None, longest_seconds=None)
    return LagFigures(connection_id=connection_id, count=len(ordered), p50_seconds=percentile(ordered, 50),
                      p99_seconds=percentile(ordered, 99), longest_seconds=ordered[-1])

"""Shapes of the operations page, and the pure arithmetic behind its graphs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from chalicelib.kernel.shapes import entity

SLOTS = MappingProxyType({3: timedelta(minutes=5), 24: timedelta(hours=1), 168: timedelta(hours=6)})
"""Hours that may be looked at, and how finely."""
MILLISECOND = Decimal("0.001")
Sample = tuple[datetime, Decimal]
"""When something was done, and how many seconds after it was asked for."""


@entity
class Lag:
    """How late `count` things were, in seconds; None when there were none."""

    count: int
    p50_seconds: Decimal | None = None
    p99_seconds: Decimal | None = None
    longest_seconds: Decimal | None = None


@entity
class LagSlot:
    """The same of what was done from `at` on, until the next slot."""

    at: datetime
    count: int
    p50_seconds: Decimal
    p99_seconds: Decimal


@entity
class ShopFigures:
    """One shop: how long its orders take to be here, and changes of stock to be shown there; what waits for it."""

    connection_id: str
    name: str
    platform: str
    state: str
    webhooks: Lag
    pushes: Lag
    webhook_slots: tuple[LagSlot, ...]
    push_slots: tuple[LagSlot, ...]
    changes_waiting: int
    errands_waiting: int
    failure_count: int
    last_error_code: str
    left_alone_until: datetime | None


@entity
class Waiting:
    """What of one sort waits to be done: `put_aside` deliveries wait for a person, `webhooks` and `jobs` for their turn.
    Counted to a thousand."""

    what: str
    count: int
    oldest_at: datetime | None


@entity
class JobFigure:
    """A job that is open, or failed in the last seven days; `silent_seconds` is how long an open one has said nothing."""

    id: str
    job_kind: str
    title: str
    state: str
    done: int
    total: int
    created_at: datetime
    silent_seconds: int


@entity
class FailedEvent:
    """An event that `consumer` could not do, last at `failed_at`, after so many attempts; it is tried five times, then it
    waits among the dead letters."""

    event_id: str
    type: str
    consumer: str
    failed_at: datetime
    attempts: int
    error: str
    request_id: str
    correlation_id: str


@entity
class ServiceFigures:
    """The operations page of one company, at an instant; lag of the last `hours`."""

    at: datetime
    hours: int
    shops: tuple[ShopFigures, ...]
    waiting: tuple[Waiting, ...]
    jobs: tuple[JobFigure, ...]
    failed_events: tuple[FailedEvent, ...]


def percentile(ordered: list[Decimal], percent: int) -> Decimal:
    """Nearest rank: the smallest value that at least `percent` % of the (ascending, non-empty) values do not exceed."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


def seconds_between(asked: datetime, done: datetime) -> Decimal:
    """Seconds to the millisecond, never below zero: two machines' clocks may disagree by a little."""
    return max((Decimal((done - asked) // timedelta(microseconds=1)) / 1_000_000).quantize(MILLISECOND), Decimal(0))


def lag(samples: Iterable[Sample]) -> Lag:
    """How late these were together."""
    ordered = sorted(seconds for _, seconds in samples)
    if not ordered:
        return Lag(count=0)
    return Lag(count=len(ordered), p50_seconds=percentile(ordered, 50), p99_seconds=percentile(ordered, 99),
               longest_seconds=ordered[-1])


def by_slot(samples: Iterable[Sample], slot: timedelta) -> tuple[LagSlot, ...]:
    """The same slot by slot, the oldest first; a slot in which nothing was done is left out."""
    found: dict[int, list[Decimal]] = {}
    zero = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
    for done, seconds in samples:
        found.setdefault((done - zero) // slot, []).append(seconds)
    return tuple(LagSlot(at=zero + number * slot, count=len(values), p50_seconds=percentile(sorted(values), 50),
                         p99_seconds=percentile(sorted(values), 99)) for number, values in sorted(found.items()))

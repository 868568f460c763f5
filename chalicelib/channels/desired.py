"""Which quantities a shop must be told: changes are noted, gathered per SKU, and only the newest truth is sent. Pure.

A note says "this SKU changed", never a quantity. Whoever pushes reads the truth after reading the notes, so notes in any
order, any number of times, end in the same quantity; and clears only the notes it read, so none is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from decimal import ROUND_FLOOR, Decimal

from chalicelib.kernel.shapes import entity

MILLISECOND = Decimal("0.001")


@entity
class ChangeNote:
    """One change of one SKU, waiting for one connection. `origin` is the connection whose sale it was, else "".
    `is_measured` is False for what is pushed anew without anything having been sold or moved. `correlation_id` is that of the
    work which made the change, for the line of the log that tells it was shown."""

    sku: str
    event_id: str
    changed_at: datetime
    origin: str = ""
    is_measured: bool = True
    correlation_id: str = ""


@entity
class DesiredStock:
    """What one shop should show for one SKU, and what it acknowledged.

    `want_version` grows with each new quantity; the shop is up to date when `sent_version` equals it. `sent_quantity`
    None means that what it shows is not known (it sold by itself), so the next change is sent whatever it is.
    """

    sku: str
    external_id: str
    parent_external_id: str = ""
    want_quantity: Decimal
    want_version: int = 1
    sent_version: int = 0
    sent_quantity: Decimal | None = None
    shown_quantity: Decimal | None = None
    fence: int = 0
    changed_at: datetime
    sent_at: datetime | None = None
    error_code: str = ""
    error_message: str = ""
    attempts: int = 0

    @property
    def is_shown(self) -> bool:
        """Whether the shop acknowledged the newest quantity."""
        return self.sent_version == self.want_version and self.sent_quantity is not None


def gathered(notes: Iterable[ChangeNote]) -> dict[str, list[ChangeNote]]:
    """The notes by SKU: one push each, however many changes."""
    found: dict[str, list[ChangeNote]] = {}
    for note in notes:
        found.setdefault(note.sku, []).append(note)
    return found


def sold_there_too(connection_id: str, notes: Iterable[ChangeNote]) -> bool:
    """Whether the shop itself made one of the changes. It has lowered its own quantity, unless a push of ours overtook the
    news of the sale; either way we do not know what it shows."""
    return any(note.origin == connection_id for note in notes)


def shown_in_shop(available: Decimal, fractional: bool) -> Decimal:
    """What a shop shows: never below zero, whole pieces unless it knows fractions."""
    shown = max(available, Decimal(0))
    return shown if fractional else shown.to_integral_value(rounding=ROUND_FLOOR)


def wanted(before: DesiredStock | None, sku: str, external_id: str, parent: str, quantity: Decimal, now: datetime,
           fence: int) -> DesiredStock:
    """The row with the newest quantity: another version only when the quantity is another."""
    if before is None:
        return DesiredStock(sku=sku, external_id=external_id, parent_external_id=parent, want_quantity=quantity,
                            changed_at=now, fence=fence)
    same = replace(before, external_id=external_id, parent_external_id=parent, fence=fence)
    if before.want_quantity == quantity:
        return same
    return replace(same, want_quantity=quantity, want_version=before.want_version + 1, changed_at=now)


def unseen(row: DesiredStock) -> DesiredStock:
    """What the shop shows is not known any more, so the next push is not spared, whatever its quantity."""
    return replace(row, sent_quantity=None)


def needs_push(row: DesiredStock) -> bool:
    """Whether the shop must be told; a refusal is not repeated until the quantity or the binding changes."""
    return not row.is_shown


def apart(rows: Iterable[DesiredStock]) -> tuple[list[DesiredStock], list[DesiredStock]]:
    """Those that must be told, and those that need not."""
    found = list(rows)
    return [row for row in found if needs_push(row)], [row for row in found if not needs_push(row)]


def acknowledged(row: DesiredStock, shown: Decimal | None, now: datetime) -> DesiredStock:
    """After the shop took the quantity."""
    return replace(row, sent_version=row.want_version, sent_quantity=row.want_quantity,
                   shown_quantity=row.want_quantity if shown is None else shown, sent_at=now, error_code="",
                   error_message="", attempts=0)


def refused(row: DesiredStock, code: str, message: str) -> DesiredStock:
    """After the shop refused this item for good (gone, stock not managed there): visible until something changes."""
    return replace(row, error_code=code or "rejected", error_message=message[:200], attempts=row.attempts + 1)


def drifted(row: DesiredStock, shown: Decimal | None) -> bool:
    """Whether a read-back found another quantity than the one that was acknowledged."""
    return row.is_shown and shown is not None and shown != row.sent_quantity


def truth_by_sku(available: Mapping[str, Decimal], skus: Iterable[str], fractional: bool) -> dict[str, Decimal]:
    """What the shop should show for each SKU; one without stock shows zero."""
    return {sku: shown_in_shop(available.get(sku, Decimal(0)), fractional) for sku in skus}


# -- lag: from the instant a sale was accepted to the instant another channel acknowledged the new quantity -------------


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


@entity
class LagDay:
    """How late one channel was on a business `day`: over `count` changes, in seconds."""

    day: date
    count: int
    p50_seconds: Decimal
    p99_seconds: Decimal


def by_day(measured: Iterable[Measurement], zone: tzinfo) -> list[LagDay]:
    """The days of measurements, the oldest first; a change belongs to the day on which it was shown, in the tenant's zone."""
    days: dict[date, list[Decimal]] = {}
    for each in measured:
        days.setdefault(each.shown_at.astimezone(zone).date(), []).append(each.seconds)
    return [LagDay(day=day, count=len(found), p50_seconds=percentile(sorted(found), 50),
                   p99_seconds=percentile(sorted(found), 99)) for day, found in sorted(days.items())]

"""What the API says of the business."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.shapes import Row, entity

Values = Mapping[str, Decimal | None]
"""A number for each measure; none where the measure has none there."""


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
class ReportRow:
    """A day, week or month (`key` is its first day, `label` empty), or a member of a dimension with its name. `first` and
    `last` are the days it tells of; `key_before` names what it is compared with."""

    key: str
    label: str
    first: date
    last: date
    values: Values
    key_before: str = ""
    values_before: Values | None = None


@entity
class ReportSeries:
    """One member's numbers, one for each row, by measure; the key is empty for all other members together."""

    key: str
    label: str
    values: Mapping[str, tuple[Decimal | None, ...]]


@entity
class Report:
    """A report in one currency; `currencies` are those in which there is anything. `more_rows` were left off."""

    first: date
    last: date
    compared_first: date | None
    compared_last: date | None
    group_by: str
    currency: str
    currencies: tuple[str, ...]
    units: Mapping[str, str]
    totals: Values
    totals_before: Values | None
    rows: tuple[ReportRow, ...]
    more_rows: int
    split_by: str
    series: tuple[ReportSeries, ...]


@entity
class MeasureView:
    """A measure as people choose it: its name, what it means, the dimensions it is kept by."""

    name: str
    kind: str
    label: str
    text: str
    formula: str
    basis: str
    dimensions: tuple[str, ...]


@entity
class DocumentRow:
    """A document behind a number, with its part of it on that day."""

    id: str
    kind: str
    number: str
    day: date
    amount: Decimal | None


@entity
class RollUpView:
    """Which generation of the roll-ups is read, since when, and whether another is being built."""

    generation: int
    is_building: bool
    job_id: str
    rebuilt_at: datetime | None


@entity
class ReportScheduleRow(Row):
    name: str
    frequency: str
    group_by: str
    hour: int
    recipient_count: int
    is_active: bool
    next_at: datetime | None


@entity
class Stopped:
    """Which scheduled report somebody gets no more; empty when it has ended meanwhile."""

    name: str


@entity
class DifferingDocument:
    """A document at which reports and books differ, and why: `not_in_reports` (an entry without invoice), `not_in_books`,
    `amounts_differ`, or `exchange` (the rounding of a converted amount)."""

    kind: str
    id: str
    number: str
    day: date
    reported: Decimal
    booked: Decimal
    difference: Decimal
    reason: str


@entity
class Reconciliation:
    """Revenue of the reports and of class 70 of the books, in the company's currency. `documents` are the differing ones,
    the largest first, at most 500 of `differing`; `entries_behind` are posted and not counted yet."""

    first: date
    last: date
    currency: str
    reported: Decimal
    booked: Decimal
    difference: Decimal
    is_equal: bool
    entries_behind: int
    differing: int
    documents: tuple[DifferingDocument, ...]

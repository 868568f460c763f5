"""Shapes of reports: what a document adds to them, which generation of the roll-ups is read, scheduled e-mails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.documents import Document, IndexKey
from chalicelib.kernel.shapes import command, entity

STATE_ID = "current"


@entity
class Fact:
    """Numbers of a document on a day: `members` say of which channel, product, customer and warehouse, where it has one."""

    day: date
    currency: str
    members: Mapping[str, str]
    numbers: Mapping[str, Decimal]


@entity
class Cell:
    """What a document adds to one member of one dimension on a day, in a currency."""

    dimension: str
    member: str
    currency: str
    day: date
    numbers: Mapping[str, Decimal]


@entity
class Contribution:
    """What a document has added to a generation of the roll-ups, as of its version `source_version`: taken off again when
    the document says something else. A long one is in several of `part_count` parts; `days` have a row for drilling down."""

    id: str
    source_version: int = 0
    part_count: int = 1
    days: tuple[date, ...] = ()
    cells: tuple[Cell, ...] = ()
    version: int = 0


@entity
class RollUpState:
    """Which generation of the roll-ups is read, and the one being built beside it (0 when none is)."""

    id: str = STATE_ID
    generation: int = 1
    building: int = 0
    job_id: str = ""
    rebuilt_at: datetime | None = None
    version: int = 0


@entity
class ReportSchedule:
    """A report that goes out by itself at `hour` of the company's clock: daily, on Mondays or on the first of the month,
    each time for the last finished day, week or month. `recipients` are users; no `measures` means the usual ones."""

    id: str
    name: str
    frequency: str = "weekly"
    group_by: str = "channel"
    measures: tuple[str, ...] = ()
    hour: int = 7
    recipients: tuple[str, ...] = ()
    is_active: bool = True
    next_at: datetime | None = None
    last_sent_at: datetime | None = None
    created_at: datetime
    version: int = 0


@command
class ReportScheduleBody:
    """Without `recipients` it goes to whoever says it."""

    name: str
    frequency: str = "weekly"
    group_by: str = "channel"
    measures: tuple[str, ...] = ()
    hour: int = 7
    recipients: tuple[str, ...] = ()
    is_active: bool = True


def _due(schedule: ReportSchedule) -> IndexKey | None:
    if not schedule.is_active or schedule.next_at is None:
        return None
    return "DUE#report", f"{schedule.next_at.isoformat()}#{schedule.id}"


CONTRIBUTION = Document(kind="contribution", prefix="", model=Contribution, summary=lambda c: {}, is_derived=True)
ROLLUP_STATE = Document(kind="rollup_state", prefix="", model=RollUpState, summary=lambda s: {}, is_derived=True)
REPORT_SCHEDULE = Document(
    kind="report_schedule", prefix="rps", model=ReportSchedule,
    summary=lambda s: {"name": s.name[:80], "frequency": s.frequency, "group_by": s.group_by, "hour": s.hour,
                       "recipient_count": len(s.recipients), "is_active": s.is_active,
                       "next_at": s.next_at.isoformat() if s.next_at else None},
    by_list=lambda s: ("REPORT_SCHEDULE", f"{s.name}#{s.id}"), by_due=_due)

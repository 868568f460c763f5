"""Numbers without a gap, in the order of their dates: one head item for each part of a series.

The head is moved in the issuing transaction, so a number is never burnt, two documents never share one, and none is dated
before the last (CGI ann. II art. 242 nonies A, I, 7°: a unique number in a chronological and continuous sequence).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from chalicelib.invoicing.model import Series
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.ledger import heads
from chalicelib.storage import keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Wire
from chalicelib.storage.transaction import Transaction

HEAD_KIND = "series_head"


@dataclass(frozen=True, slots=True)
class SeriesHead:
    """Where a series stands in one of its periods: the next number and the date of the last."""

    series_id: str
    period: str
    next_number: int = 1
    last_date: date | None = None
    is_new: bool = True


def head_key(ctx: Context, series_id: str, period: str) -> Key:
    return keys.child(ctx, HEAD_KIND, f"{series_id}#{period}", keys.ALONE)


def read_heads(ctx: Context, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], SeriesHead]:
    """The heads of these (series, period), consistent; one that was never used is new."""
    names = list(wanted)
    return heads_in(ctx, names, read.raw_many(ctx, [head_key(ctx, *name) for name in names]))


def heads_in(ctx: Context, wanted: Iterable[tuple[str, str]], stored: Mapping[Key, Wire]
             ) -> dict[tuple[str, str], SeriesHead]:
    """The heads from a read that asked for their keys."""
    found = {name: SeriesHead(*name) for name in wanted}
    for name in found:
        wire = stored.get(head_key(ctx, *name))
        if wire is not None:
            found[name] = SeriesHead(*name, int(wire["next_number"]["N"]), date.fromisoformat(wire["last_date"]["S"]), False)
    return found


def dated(asked: date | None, today: date, last: date | None) -> date:
    """The day a document is issued: the one asked for, else today; a clock a little behind another's takes the last day.

    Raises Invalid `future_date`, Conflict `back_dated` naming the last day of the series.
    """
    if asked is not None and asked > today:
        raise Invalid("future_date", "An invoice is not dated ahead.", {"issue_date": f"at most {today}"})
    day = asked or today
    if last is None or day >= last:
        return day
    if asked is None and last - today <= timedelta(days=1):
        return last
    raise Conflict("back_dated", f"This series already holds a document of {last}; none is dated before it.",
                   {"issue_date": f"not before {last}"})


def advanced(head: SeriesHead, series: Series, day: date) -> tuple[str, SeriesHead]:
    """The next number of a series on a day, and the head after it. Raises Conflict `back_dated`."""
    if head.last_date is not None and day < head.last_date:
        raise Conflict("back_dated", f"Series {series.id} already holds a document of {head.last_date}.",
                       {"issue_date": f"not before {head.last_date}"})
    return series.number(day, head.next_number), replace(head, next_number=head.next_number + 1, last_date=day)


def move(tx: Transaction, before: SeriesHead, after: SeriesHead) -> None:
    """Moves a head, if nobody took a number meanwhile. Refused: Conflict `ledger_raced`, as for the journal: try again."""
    assert after.last_date is not None
    values: dict[str, int | str] = {"next_number": after.next_number, "last_date": after.last_date.isoformat()}
    key = head_key(tx.ctx, before.series_id, before.period)
    if before.is_new:
        tx.set(key, values, [], heads.raced, new_kind=HEAD_KIND)
    else:
        tx.set(key, values, [("next_number", "=", before.next_number), ("last_date", "<=", after.last_date.isoformat())],
               heads.raced)

"""Which orders changed since an instant, page by page, from two lists: orders by their dates, and credit slips by theirs. Pure.

The shop sorts and filters by its local time to the second, so the cursor is such a text, with the orders already told of that
second: nothing that changes meanwhile makes a later page skip another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.prestashop.xml import Resource
from connectors.reading import text

PAGE = 25


@dataclass(frozen=True, slots=True)
class Cursor:
    """From where to go on: a date of the shop, and the orders of that very second that were told."""

    since: str
    told: frozenset[str] = frozenset()

    def write(self) -> str:
        """As text."""
        return "|".join([self.since, *sorted(self.told)])

    @classmethod
    def read(cls, written: str) -> Cursor:
        """From text."""
        since, *told = written.split("|")
        return cls(since, frozenset(told))

    @property
    def limit(self) -> int:
        """How many rows to ask each list for: a page more than what is known already."""
        return PAGE + len(self.told)


@dataclass(frozen=True, slots=True)
class Changes:
    """Orders of one page, oldest change first; every change up to `reached` (a date of the shop) is among them or was told
    before. `cursor` is None on the last page."""

    order_ids: tuple[str, ...]
    reached: str
    cursor: Cursor | None


def page_of(orders: Sequence[Resource], slips: Sequence[Resource], begun: Cursor) -> Changes:
    """The next page from the two lists, each sorted by date and cut at `begun.limit`. A list that was cut may hide rows after
    its last date, so no list is followed beyond."""
    dated = [(text(row, "date_upd"), text(row, "id")) for row in orders]
    dated += [(text(row, "date_upd"), text(row, "id_order")) for row in slips]
    ends = [text(rows[-1], "date_upd") for rows in (orders, slips) if len(rows) >= begun.limit]
    news = sorted(
        {(date, i) for date, i in dated if date <= min(ends, default=date) and not (date == begun.since and i in begun.told)},
        key=lambda entry: (entry[0], int(entry[1])),
    )
    chosen = news[:PAGE]
    reached = chosen[-1][0] if chosen else min(ends, default=begun.since)
    if len(news) <= PAGE and not ends:
        return Changes(tuple(dict.fromkeys(i for _, i in chosen)), reached, None)
    before = begun.told if reached == begun.since else frozenset()
    told = before | {i for date, i in chosen if date == reached}
    return Changes(tuple(dict.fromkeys(i for _, i in chosen)), reached, Cursor(reached, told))

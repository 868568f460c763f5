"""Pure calendar of reports: a period, what it is compared with, and the days, weeks and months it is told by."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.kernel.errors import Invalid

MAX_DAYS = 1100
"""Three years and a bit; by day at most 400."""
MAX_BY_DAY = 400
TIMES = ("day", "week", "month")
COMPARISONS = ("none", "previous", "year")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the company's calendar, both ends included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(self.length))

    def months(self) -> Iterator[date]:
        """The first day of every month the period touches."""
        month = self.first.replace(day=1)
        while month <= self.last:
            yield month
            month = end_of_month(month) + ONE_DAY

    def holds_month(self, month: date) -> bool:
        """Whether all days of the month are in the period."""
        return self.first <= month and end_of_month(month) <= self.last


def end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def asked(first: str, last: str, today: date) -> Period:
    """The asked period; the last 30 days when none is named. Raises Invalid `period`."""
    try:
        end = date.fromisoformat(last) if last else today
        begin = date.fromisoformat(first) if first else end - timedelta(days=29)
    except (ValueError, OverflowError):
        raise Invalid("period", "from and to are dates such as 2026-11-24.", {"from": "date", "to": "date"}) from None
    if not 0 <= (end - begin).days < MAX_DAYS or begin.year < 1970 or end.year > 9990:
        raise Invalid("period", f"A period has 1 to {MAX_DAYS} days.", {"from": "period"})
    return Period(begin, end)


def compared(period: Period, comparison: str) -> Period | None:
    """What a period is compared with: as many days just before it, or the same dates a year before (29 February's is the
    28th). A whole month is compared with the whole month before, whatever its length."""
    if comparison == "none":
        return None
    if comparison == "year":
        return Period(year_before(period.first), year_before(period.last))
    last = period.first - ONE_DAY
    if period.first.day == 1 and period.last == end_of_month(period.first):
        return Period(last.replace(day=1), last)
    return Period(last - timedelta(days=period.length - 1), last)


def year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def bucket(day: date, by: str) -> date:
    """The first day of the day, week (from Monday, ISO 8601) or month that a day is told under."""
    if by == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by == "month" else day


def buckets(period: Period, by: str) -> list[date]:
    """All of them in the period, in order; a week that began before the period is named by its Monday."""
    return list(dict.fromkeys(bucket(day, by) for day in period.days()))


def bucket_days(period: Period, key: date, by: str) -> Period:
    """The days of the period that a bucket holds."""
    last = key if by == "day" else key + timedelta(days=6) if by == "week" else end_of_month(key)
    return Period(max(key, period.first), min(last, period.last))


FREQUENCIES = ("daily", "weekly", "monthly")


def finished(frequency: str, today: date) -> Period:
    """The last whole day, week or month before today."""
    if frequency == "daily":
        return Period(today - ONE_DAY, today - ONE_DAY)
    if frequency == "weekly":
        monday = bucket(today, "week")
        return Period(monday - timedelta(days=7), monday - ONE_DAY)
    last = today.replace(day=1) - ONE_DAY
    return Period(last.replace(day=1), last)


def next_day(frequency: str, today: date) -> date:
    """The next day after today on which such a report goes out: every day, Mondays, or the first of the month."""
    if frequency == "daily":
        return today + ONE_DAY
    if frequency == "weekly":
        return bucket(today, "week") + timedelta(days=7)
    return end_of_month(today) + ONE_DAY

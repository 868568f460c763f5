"""When an EventBridge schedule fires: `rate(n minutes|hours|days)` and `cron(minute hour day month weekday year)`.

The cron fields know `*`, `?`, numbers, names, lists, ranges and steps; `L`, `W` and `#` are refused. Weekdays count
from 1 = Sunday, and one of day-of-month and day-of-week is `?`, as Amazon EventBridge defines them.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()), ("hour", 0, 23, ()), ("day of month", 1, 31, ()), ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _WEEKDAYS), ("year", 1970, 2199, ()),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """The allowed values of each field."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    def allows_day(self, local: datetime) -> bool:
        """Whether the schedule fires at some minute of this local day. EventBridge: Sunday is 1."""
        weekday = local.isoweekday() % 7 + 1
        return (local.year in self.years and local.month in self.months and local.day in self.days
                and weekday in self.weekdays)


def next_fire(expression: str, after: datetime, timezone: str = "UTC") -> datetime | None:
    """The first instant (UTC) later than `after` at which the schedule fires; a rate counts from `after`.

    None when a cron expression never fires again. Raises ValueError for an expression outside the subset.
    """
    parsed = _parse(expression)
    if isinstance(parsed, timedelta):
        return after + parsed
    zone = ZoneInfo(timezone)
    day = after.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    while day.year <= max(parsed.years):
        if parsed.allows_day(day):
            for hour in sorted(parsed.hours):
                for minute in sorted(parsed.minutes):
                    instant = day.replace(hour=hour, minute=minute, tzinfo=zone).astimezone(UTC)
                    if instant > after:
                        return instant
        day += timedelta(days=1)
    return None


def next_fire_check(expression: str, timezone: str) -> None:
    """Raise ValueError for an expression outside the subset or an unknown time zone."""
    _parse(expression)
    try:
        ZoneInfo(timezone)
    except KeyError as error:
        raise ValueError(f"unknown time zone {timezone!r}") from error


@lru_cache(maxsize=256)
def _parse(expression: str) -> timedelta | Cron:
    rate = _RATE.fullmatch(expression)
    if rate and int(rate[1]) > 0:
        return timedelta(**{f"{rate[2]}s": int(rate[1])})
    cron = _CRON.fullmatch(expression)
    if not cron:
        raise ValueError(f"{expression!r} is neither rate(n minutes|hours|days) nor cron() with six fields")
    if (cron[3] == "?") == (cron[5] == "?"):
        raise ValueError(f"{expression!r}: one of day-of-month and day-of-week must be '?'")
    return Cron(*(_values(text, *field) for text, field in zip(cron.groups(), _FIELDS, strict=True)))


def _values(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    allowed: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            start, dash, end = span.partition("-")
            first = _value(start, name, names)
            last = _value(end, name, names) if dash else (high if step else first)
        if not (low <= first <= last <= high) or (step and (not step.isdigit() or int(step) == 0)):
            raise ValueError(f"{part!r} is no valid {name}")
        allowed.update(range(first, last + 1, int(step or 1)))
    return frozenset(allowed)


def _value(text: str, name: str, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + 1
    if not text.isdigit():
        raise ValueError(f"{text!r} is no valid {name}")
    return int(text)

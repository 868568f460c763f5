"""A shop's dates: local time of the shop, to the second, without a zone. Pure.

In the hour that an autumn night has twice, a text means two instants. It is read as the later one, unless that is still to
come: so news is never taken for older than what was read before it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.reading import Raw, Unreadable, text

FORMAT = "%Y-%m-%d %H:%M:%S"
NEVER = "0000-00-00"
TOLERANCE = timedelta(minutes=5)
"""How far ahead of us a shop's clock may be."""


def zone_named(name: str) -> ZoneInfo | None:
    """The zone a shop names in PS_TIMEZONE; None for one that nobody knows."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def optional_instant(raw: Raw, key: str, zone: ZoneInfo, now: datetime, path: str = "") -> datetime | None:
    """The instant of a date of the shop; absent, empty and MySQL's 0000-00-00 read as None. Raises Unreadable."""
    found = text(raw, key, path)
    if not found or found.startswith(NEVER):
        return None
    try:
        local = datetime.fromisoformat(found)
    except ValueError:
        raise Unreadable("date_expected", path + key, "a date was expected") from None
    if local.tzinfo is not None:
        raise Unreadable("date_expected", path + key, "a date of the shop has no zone")
    later, earlier = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    return later if later <= now + TOLERANCE or later < earlier else min(later, earlier)


def instant(raw: Raw, key: str, zone: ZoneInfo, now: datetime, path: str = "") -> datetime:
    """As `optional_instant`; raises Unreadable where there is none."""
    found = optional_instant(raw, key, zone, now, path)
    if found is None:
        raise Unreadable("date_expected", path + key, "a date is missing")
    return found


def lower_bound(since: datetime, until: datetime, zone: ZoneInfo) -> str:
    """The shop's text of an instant, as the lower end of a filter: clocks put back since then are allowed for."""
    local = since.astimezone(zone)
    back = (local.utcoffset() or timedelta()) - (until.astimezone(zone).utcoffset() or timedelta())
    return (local - max(back, timedelta())).strftime(FORMAT)


def upper_bound(until: datetime, since: datetime, zone: ZoneInfo) -> str:
    """The same as the upper end: the first pass of a doubled hour stands later on the clock than the second."""
    local = until.astimezone(zone)
    back = (since.astimezone(zone).utcoffset() or timedelta()) - (local.utcoffset() or timedelta())
    return (local + max(back, timedelta())).strftime(FORMAT)

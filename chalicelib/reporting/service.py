"""Keeps the roll-ups and answers the home page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.event import Event
from chalicelib.reporting import model
from chalicelib.storage import keys, read
from chalicelib.storage.table import balance_from_wire
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants

MAX_DAYS = 400


def _partition(month: date) -> str:
    return f"{month:%Y-%m}"


def record(ctx: Context, event: Event) -> None:
    """Adds an event to its day, once: the marker of the command is in the same transaction."""
    zone = ZoneInfo(tenants.tenant(ctx).time_zone)
    add = model.addition(event, event.at.astimezone(zone).date())
    if add is None:
        return
    transaction = Transaction(ctx)
    key = keys.child(ctx, "rollup", _partition(add.day), f"{add.day.isoformat()}#{add.channel_id}")
    transaction.add(key, "rollup", add.numbers, {}, _cannot_refuse)
    transaction.commit()


def _cannot_refuse() -> Invalid:
    return Invalid("rollup", "A roll-up has no condition.")


def rows(ctx: Context, first: date, last: date) -> list[model.Row]:
    """The kept numbers between two days, month by month."""
    found: list[model.Row] = []
    month = first.replace(day=1)
    while month <= last:
        for wire in read.wires(ctx, f"ROLLUP#{_partition(month)}", (first.isoformat(), last.isoformat() + "\uffff")):
            balance = balance_from_wire(wire)
            day, _, channel_id = balance.key.sk.partition("#")
            found.append(model.Row(date.fromisoformat(day), channel_id, balance.numbers))
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def period(query: Mapping[str, str], today: date) -> tuple[date, date]:
    """The asked period; the last 30 days when none is named. Raises Invalid."""
    try:
        last = date.fromisoformat(query["to"]) if query.get("to") else today
        first = date.fromisoformat(query["from"]) if query.get("from") else last - timedelta(days=29)
    except ValueError:
        raise Invalid("period", "from and to are dates such as 2026-11-24.", {"from": "date", "to": "date"}) from None
    if not 0 <= (last - first).days < MAX_DAYS:
        raise Invalid("period", f"A period has 1 to {MAX_DAYS} days.", {"from": "period"})
    return first, last


def business(ctx: Context, query: Mapping[str, str]) -> dict[str, Any]:
    """Orders and revenue by day and channel over a period, against the period of the same length before it."""
    tenant = tenants.tenant(ctx)
    first, last = period(query, ctx.now.astimezone(ZoneInfo(tenant.time_zone)).date())
    length = (last - first).days + 1
    before = first - timedelta(days=length)
    kept = rows(ctx, before, last)
    measures = {}
    for measure in model.MEASURES:
        measures[measure] = {
            "total": model.total(kept, measure, first, last),
            "before": model.total(kept, measure, before, first - timedelta(days=1)),
            "by_channel": model.series(kept, measure, first, last),
        }
    return {"from": first.isoformat(), "to": last.isoformat(), "currency": tenant.currency,
            "days": [day.isoformat() for day in model.days(first, last)], "measures": measures}


WORK = ("ship", "late", "on_hold", "backorder", "pending", "replenish", "quarantine", "push_failed")
"""Partitions of `by_due` that the home page counts: what must be done now."""


def work(ctx: Context) -> dict[str, int]:
    """How much waits, by kind, counted up to 1,000. Late is what was to ship before today."""
    zone = ZoneInfo(tenants.tenant(ctx).time_zone)
    midnight = ctx.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight.astimezone(UTC).isoformat()
    counts = {name: read.count(ctx, "by_due", f"DUE#{name}") for name in WORK if name != "late"}
    counts["late"] = read.count(ctx, "by_due", "DUE#ship", between=("0", today))
    return counts

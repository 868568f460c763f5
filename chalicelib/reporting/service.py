"""What the home page counts: what must be done now."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from chalicelib.kernel.context import Context
from chalicelib.storage import read
from chalicelib.tenants import service as tenants

WORK = ("ship", "late", "on_hold", "backorder", "pending", "replenish", "quarantine", "push_failed")
"""Partitions of `by_due` that the home page counts: what must be done now."""

TOGETHER = ("replenish", "push_failed")
"""Those whose entries name a SKU, of all warehouses and stores together."""


def work(ctx: Context) -> dict[str, int]:
    """How much waits, by kind, counted up to 1,000. Late is what was to ship before today."""
    zone = ZoneInfo(tenants.tenant(ctx).time_zone)
    midnight = ctx.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight.astimezone(UTC).isoformat()
    counts = {name: _count(ctx, name) for name in WORK if name != "late"}
    counts["late"] = _count(ctx, "ship", ("0", today))
    return counts


def _count(ctx: Context, name: str, between: tuple[str, str] | None = None) -> int:
    """How much stands there, up to 1,000; for a limited caller, what of the first 1,000 is within the scope, and nothing of
    what is told for all warehouses or stores together."""
    partition = f"DUE#{name}"
    if not ctx.scope.is_limited:
        return read.count(ctx, "by_due", partition, between=between)
    if name in TOGETHER:
        return 0
    return len(read.query(ctx, "by_due", partition, limit=1000, newest_first=False, between=between).items)

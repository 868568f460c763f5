"""What the home page counts: what must be done now."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from chalicelib.kernel.context import Context
from chalicelib.storage import read
from chalicelib.tenants import service as tenants

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

"""The `activity` queue: every event that is not silent, many at a time."""

from __future__ import annotations

from chalicelib.activity import service
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event


def handle_batch(ctx: Context, events: list[Event]) -> None:
    """Records one tenant's events."""
    service.record(ctx, events)

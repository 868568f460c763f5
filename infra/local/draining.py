"""Waits until everything that follows from what was written is done: only then do all pages tell the same."""
from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from chalicelib.events.relay import backlog
from chalicelib.events.routing import QUEUES
from chalicelib.events.sweep import QUEUE

Say = Callable[[str], None]
IsRead = Callable[[float], bool]
"""Whether the stream was found empty after an instant (monotonic seconds)."""
_LOOK_SECONDS = 0.1
_SAY_SECONDS = 5.0
_STUCK_SECONDS = 30.0


def waiting() -> dict[str, int]:
    """How many events wait or are worked on, by queue; the empty ones are left out."""
    found = {queue: backlog(queue) for queue in (*QUEUES, QUEUE)}
    return {queue: count for queue, count in found.items() if count}


def drain(is_read: IsRead, say: Say, seconds: float) -> Mapping[str, int]:
    """Waits at most `seconds`, and says every few seconds what it waits for; answers what is left, nothing when all is done.

    All is done when the queues are empty, the stream was then found empty too, and the queues after that: what a worker
    writes comes back through the stream.
    """
    began = told = moved = time.monotonic()
    least: int | None = None
    empty_since: float | None = None
    while True:
        was_read = empty_since is not None and is_read(empty_since)
        left = waiting()
        now, total = time.monotonic(), sum(left.values())
        if not left and was_read:
            return {}
        empty_since = None if left else empty_since or now
        if least is None or total < least:
            least, moved = total, now
        if now - began > seconds:
            return left
        if left and now - told > _SAY_SECONDS:
            told = now
            say(_progress(left, now - moved))
        time.sleep(_LOOK_SECONDS)


def listed(left: Mapping[str, int]) -> str:
    """The queues and their counts as words."""
    return ", ".join(f"{queue} {count}" for queue, count in sorted(left.items()))


def _progress(left: Mapping[str, int], still_seconds: float) -> str:
    if still_seconds < _STUCK_SECONDS:
        return f"  {sum(left.values())} events are being followed ({listed(left)})"
    return (f"  Stuck for {still_seconds:.0f} s: {listed(left)}. A failed event is tried again after a minute, five times in "
            "all; the log above says why it failed")

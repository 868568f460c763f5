"""How gently a shop is called: a token bucket for its rate, a circuit breaker for its bad hours. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.kernel.shapes import entity

OPEN_AFTER_FAILURES = 3
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 600
BURST_SECONDS = 2


@entity
class Pace:
    """What is known of a shop's health: calls left in the bucket (`tokens`, as of `counted_at`), failures in a row,
    and until when it is left alone. All seconds are whole instants of our own clock."""

    tokens: float = 0.0
    counted_at: datetime | None = None
    failure_count: int = 0
    open_until: datetime | None = None
    last_error: str = ""
    last_success_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the shop is being left alone now."""
        return self.open_until is not None and now < self.open_until


def refilled(pace: Pace, rate_per_second: float, now: datetime) -> Pace:
    """The bucket as of `now`: it gains `rate_per_second` and holds two seconds' worth (Turner's token bucket)."""
    capacity = max(rate_per_second * BURST_SECONDS, 1.0)
    if pace.counted_at is None:
        return replace(pace, tokens=capacity, counted_at=now)
    gained = max((now - pace.counted_at).total_seconds(), 0.0) * rate_per_second
    return replace(pace, tokens=min(capacity, pace.tokens + gained), counted_at=now)


def wait_seconds(pace: Pace, rate_per_second: float, calls: int = 1) -> float:
    """How long until the (refilled) bucket holds `calls`; 0 when it does."""
    return max(calls - pace.tokens, 0.0) / rate_per_second


def spent(pace: Pace, calls: int) -> Pace:
    """The bucket after `calls`; it may go below zero when a batch needed more calls than foreseen."""
    return replace(pace, tokens=pace.tokens - calls)


def succeeded(pace: Pace, now: datetime) -> Pace:
    """After an answer: the breaker is closed."""
    return replace(pace, failure_count=0, open_until=None, last_error="", last_success_at=now)


def failed(pace: Pace, now: datetime, error: str, chance: float, retry_after_seconds: float | None = None) -> Pace:
    """After no answer, a 429 or a 5xx. The shop is left alone for what it asked, or from the third failure in a row for
    5 s doubling up to 10 min, half of it drawn by `chance` (0 ≤ x < 1) so that connections do not return together."""
    count = pace.failure_count + 1
    seconds = 0.0
    if count >= OPEN_AFTER_FAILURES:
        longest = min(FIRST_PAUSE_SECONDS * 2 ** (count - OPEN_AFTER_FAILURES), LONGEST_PAUSE_SECONDS)
        seconds = longest * (0.5 + chance / 2)
    seconds = max(seconds, min(retry_after_seconds or 0.0, LONGEST_PAUSE_SECONDS))
    until = now + timedelta(seconds=seconds) if seconds else pace.open_until
    return replace(pace, failure_count=count, open_until=until, last_error=error[:200])

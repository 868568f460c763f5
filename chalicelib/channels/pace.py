"""How gently a shop is called: a budget of calls, through which every call to it passes, and a breaker for its bad hours.

The budget is a token bucket kept as one instant (the generic cell rate algorithm, ITU-T I.371): the instant at which all
calls granted so far are paid for. It stands in an item of its own and moves only under its version, so pushes, polls,
read-backs, parcels and prices, in however many processes, share it. Over any span the shop gets at most
rate × span + burst calls.

What is urgent (stock, parcels) books its place ahead and waits for it. Polls and read-backs take only what is left over:
half of the burst stays free for whatever is urgent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.shapes import entity
from chalicelib.storage import keys, read, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from connectors.errors import ConnectorError, OverBudget

OPEN_AFTER_FAILURES = 3
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 600
BURST_SECONDS = 2
LONGEST_WAIT = timedelta(seconds=20)
SPARE_SECONDS = 6
ATTEMPTS = 100
KEPT_SECONDS = 86_400
NOTHING = timedelta(0)


@entity
class Budget:
    """`paid_at` is the instant at which the calls granted so far are all paid for; None before the first."""

    paid_at: datetime | None = None


def interval(rate_per_second: Decimal) -> timedelta:
    """The time that pays for one call."""
    return timedelta(microseconds=int(1_000_000 / rate_per_second))


def burst(rate_per_second: Decimal) -> int:
    """How many calls may follow each other at once: two seconds' worth, one at least."""
    return max(int(rate_per_second * BURST_SECONDS), 1)


def granted(budget: Budget, rate_per_second: Decimal, now: datetime) -> tuple[Budget, timedelta]:
    """The budget after one more call, and how long that call must wait for its turn."""
    paid_at = max(budget.paid_at or now, now)
    allowance = interval(rate_per_second) * (burst(rate_per_second) - 1)
    return Budget(paid_at=paid_at + interval(rate_per_second)), max(paid_at - allowance - now, NOTHING)


def leisure_seconds(budget: Budget, rate_per_second: Decimal, now: datetime) -> float:
    """How long until a call that is not urgent may be granted: until half of the burst is free beside it. 0: now."""
    kept = burst(rate_per_second) // 2
    allowance = interval(rate_per_second) * (burst(rate_per_second) - 1 - kept)
    return max((max(budget.paid_at or now, now) - allowance - now).total_seconds(), 0.0)


def key(ctx: Context, connection_id: str) -> Key:
    return keys.child(ctx, "connection", connection_id, "BUDGET")


def admission(ctx: Context, connection_id: str, rate_per_second: Decimal, urgent: bool) -> Callable[[], None]:
    """What a connector asks before each single exchange, repeats included."""
    return lambda: admit(ctx, connection_id, rate_per_second, urgent)


def admit(ctx: Context, connection_id: str, rate_per_second: Decimal, urgent: bool) -> None:
    """Waits until one more call to the shop is within its budget, and takes it.

    Raises OverBudget when that would take longer than 20 s or than there is time: nothing was taken, and the work comes
    back later by itself.
    """
    ends = ctx.clock.now() + LONGEST_WAIT
    for _ in range(ATTEMPTS):
        stored = read.item(ctx, key(ctx, connection_id))
        held = codec.adapter(Budget).validate_json(stored.data) if stored else Budget()
        now = ctx.clock.now()
        after, wait = granted(held, rate_per_second, now)
        pause = wait.total_seconds() if urgent else leisure_seconds(held, rate_per_second, now)
        if now + timedelta(seconds=pause) > ends or pause > max(ctx.remaining_seconds() - SPARE_SECONDS, 0):
            raise OverBudget("the budget of calls to this shop is spent", retry_after_seconds=pause)
        if pause and not urgent:
            ctx.clock.sleep(pause)
            continue
        version = (stored.version if stored else 0) + 1
        if single.put_version(ctx, Item(key(ctx, connection_id), "budget", ctx.tenant_id, codec.store(after), version,
                                     expires_at=int(now.timestamp()) + KEPT_SECONDS)):
            if pause:
                ctx.clock.sleep(pause)
            return
    raise OverBudget("too many ask for this shop at once", retry_after_seconds=1.0)


# -- the breaker ------------------------------------------------------------------------------------------------------


@entity
class Pace:
    """What is known of a shop's health: failures in a row, and until when it is left alone."""

    failure_count: int = 0
    open_until: datetime | None = None
    last_error: str = ""
    last_error_code: str = ""
    last_success_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the shop is being left alone now."""
        return self.open_until is not None and now < self.open_until


def succeeded(pace: Pace, now: datetime) -> Pace:
    """After an answer: the breaker is closed."""
    return replace(pace, failure_count=0, open_until=None, last_error="", last_error_code="", last_success_at=now)


def failed(pace: Pace, now: datetime, error: ConnectorError, chance: float, retry_after_seconds: float | None = None) -> Pace:
    """After no answer, a 429 or a 5xx. The shop is left alone for what it asked, or from the third failure in a row for
    5 s doubling up to 10 min, half of it drawn by `chance` (0 ≤ x < 1) so that connections do not return together."""
    count = pace.failure_count + 1
    seconds = 0.0
    if count >= OPEN_AFTER_FAILURES:
        longest = min(FIRST_PAUSE_SECONDS * 2 ** (count - OPEN_AFTER_FAILURES), LONGEST_PAUSE_SECONDS)
        seconds = longest * (0.5 + chance / 2)
    seconds = max(seconds, min(retry_after_seconds or 0.0, LONGEST_PAUSE_SECONDS))
    until = now + timedelta(seconds=seconds) if seconds else pace.open_until
    return replace(pace, failure_count=count, open_until=until, last_error=error.message[:200],
                   last_error_code=error.code)

"""How much a tenant may ask in a window: a hard limit, exact over all processes, that costs the order path no round trip.

A counter in the table belongs to each tenant, policy and window. A process takes permits from it in blocks, by one ADD, and
spends them from memory; what the ADD answered tells which of them lie below the quota, so no permit is given twice and
never more than the quota. A lost answer costs permits, never grants one. Blocks begin small and double with what the
process really spends, up to a twentieth of the quota: a quiet process strands little, a busy one writes seldom.

Header fields: draft-ietf-httpapi-ratelimit-headers-11 (`RateLimit-Policy: "programs";q=6000;w=60`).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import LimitExceeded
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, single

FIRST_BLOCK: Final = 10
_REMEMBERED = 2000
_WAIT_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `factor` times the tenant's quota a minute, counted over windows of `seconds`. `burst` is the share of the
    window's quota that may be asked at its very beginning; the rest opens evenly while the window passes, so that a
    minute's quota asked in its first seconds does not stand in everybody's way."""

    name: str
    seconds: int
    factor: int = 1
    burst: float = 0.1

    def opened(self, quota: int, now: int) -> int:
        """How much of the window's quota is open at this second."""
        return max(1, min(quota, int(quota * (self.burst + now % self.seconds / self.seconds))))


PEOPLE = Policy("people", 60)
PROGRAMS = Policy("programs", 60)
WEBHOOKS = Policy("webhooks", 3600, 10)
"""Staff and their programs have a window each, so that a runaway script does not lock the warehouse out. Shops' webhooks
have ten times as much over an hour: a shop that is refused switches its webhooks off."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands after this request: `remaining` is what this process knows to be left of `quota`, and a caller
    who is not within it comes back after `retry_seconds`."""

    policy: Policy
    quota: int
    remaining: int
    seconds_left: int
    is_within: bool
    retry_seconds: int

    def headers(self) -> dict[str, str]:
        """The fields that tell a client its quota before it runs out of it."""
        name = f'"{self.policy.name}"'
        told = {"RateLimit-Policy": f"{name};q={self.quota};w={self.policy.seconds}",
                "RateLimit": f"{name};r={self.remaining};t={self.seconds_left}"}
        return told if self.is_within else {**told, "Retry-After": str(self.retry_seconds)}

    def require(self) -> None:
        """Raises LimitExceeded `rate_limited` when the quota of this window is spent."""
        if not self.is_within:
            raise LimitExceeded("rate_limited", f"At most {self.quota} requests in {self.policy.seconds} seconds.",
                                self.retry_seconds)


@dataclass(slots=True)
class _Held:
    """What this process holds of one window: permits to spend, permits spent, how far the counter was seen, and how many
    are being asked for."""

    window: int
    permits: int = 0
    spent: int = 0
    counted: int = 0
    asked: int = 0


_held: dict[tuple[str, str], _Held] = {}
_lock = threading.Lock()


def policy_of(ctx: Context) -> Policy:
    """The policy that a caller of the API falls under."""
    return PROGRAMS if ctx.actor.kind == "api_key" else PEOPLE


def quota_of(ctx: Context, policy: Policy) -> int:
    """Requests in one window: the tenant's own number a minute, or the plan's."""
    a_minute = ctx.requests_per_minute or settings().requests_per_minute
    return max(1, a_minute * policy.factor * policy.seconds // 60)


def _held_in(ctx: Context, policy: Policy, window: int) -> _Held:
    """What is held of this window or a newer one; what is left of windows that are over is gone. Needs the lock."""
    name = (ctx.tenant_id, policy.name)
    held = _held.get(name)
    if held is None or held.window < window:
        if len(_held) >= _REMEMBERED:
            _held.clear()
        held = _held[name] = _Held(window)
    return held


def _lease(ctx: Context, policy: Policy, held: _Held, quota: int, size: int) -> None:
    """Adds a block to the window's counter, in one write, and keeps those of its permits that lie below the quota."""
    key = keys.child(ctx, "rate", policy.name, str(held.window))
    counted = 0
    try:
        counted = single.count_up(ctx, key, "rate", (held.window + 1) * policy.seconds + 60, size)
    finally:
        with _lock:
            held.asked -= size
            held.permits += max(0, min(counted, quota) - max(0, counted - size))
            held.counted = max(held.counted, counted)


def spend(ctx: Context, policy: Policy) -> Standing:
    """Spends one request of the tenant's window. Raises Unavailable when the counter does not answer.

    No lock is held while the table is asked: callers that arrive together lease a block each, and all of them are spent
    before anybody is refused.
    """
    now = int(ctx.clock.now().timestamp())
    quota = quota_of(ctx, policy)
    opened = policy.opened(quota, now)
    while True:
        with _lock:
            held = _held_in(ctx, policy, now // policy.seconds)
            is_within, open_still = held.permits > 0, opened - held.counted - held.asked
            held.permits -= is_within
            held.spent += is_within
            if is_within or (open_still <= 0 and not held.asked):
                return _standing(policy, held, quota, now, is_within)
            size = max(0, min(max(FIRST_BLOCK, held.spent), max(1, quota // 20), open_still))
            held.asked += size
        if size:
            _lease(ctx, policy, held, quota, size)
        else:
            ctx.clock.sleep(_WAIT_SECONDS)


def _standing(policy: Policy, held: _Held, quota: int, now: int, is_within: bool) -> Standing:
    """What the caller is told. Needs the lock."""
    seconds_left = max(1, (held.window + 1) * policy.seconds - now)
    until_next = int((held.counted + 1) / quota * policy.seconds - policy.burst * policy.seconds - now % policy.seconds) + 1
    return Standing(policy, quota, held.permits + max(0, quota - held.counted), seconds_left, is_within,
                    seconds_left if held.counted >= quota else max(1, min(until_next, seconds_left)))


def forget() -> None:
    """Drops what this process holds (a test that empties the table)."""
    with _lock:
        _held.clear()

"""One tenant asks a hundred times what its neighbours ask: their waiting at the same few places grows less than twofold.

The places are what an account has of Lambda: whoever comes while all are taken waits in line. Every request goes through
the whole edge: key, quota, list.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from chalicelib.runtime import rate_limit
from chalicelib.tenants import service
from chalicelib.tenants.model import NewApiKey
from tests.gateway import call_api
from tests.torture.faults import CALM, Faults
from tests.torture.merchant import Merchant
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import Actor, World

QUIET, TIMES, PLACES = 20, 100, 6
BEAT_SECONDS, WORK_SECONDS = 2.0, 0.1
A_MINUTE = 600
"""A quiet tenant asks every two seconds; a hundred times that is 50 a second, five times the quota of ten. Six places give
some 55 answers a second."""


class Places:
    """As many requests at once as there are places; the others wait in line."""

    def __init__(self, world: World, places: int) -> None:
        self.world, self.free, self.line = world, places, deque[Actor]()

    def take(self, work: Callable[[], int]) -> int:
        """Waits for a place, works there, and leaves it to the next."""
        if self.free:
            self.free -= 1
        else:
            assert self.world.current is not None
            self.line.append(self.world.current)
            self.world._switch()
        try:
            return work()
        finally:
            if self.line:
                self.world._wake(self.line.popleft(), self.world.time)
            else:
                self.free += 1


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` virtual seconds without the loud tenant, and as many with it."""
    alone, _, _ = _day(seed, size, is_loud=False)
    beside, statuses, trace = _day(seed, size, is_loud=True)
    before, after = (_p95([wait for each in waits.values() for wait in each]) for waits in (alone, beside))
    result = Result(facts={"p95_alone_ms": round(before * 1000), "p95_beside_ms": round(after * 1000), **statuses})
    result.check("quiet tenants' p95 within twice", after <= 2 * before, f"{before * 1000:.0f} → {after * 1000:.0f} ms")
    result.check("the loud one is refused", statuses["loud 429"] > 0 or size < 20, statuses)
    result.check("no quiet one is refused", statuses["quiet 429"] == 0, statuses)
    result.check("nothing else goes wrong", set(statuses) <= {"loud 200", "loud 429", "quiet 200"}, statuses)
    result.trace = trace
    return result


def _day(seed: int, seconds: int, *, is_loud: bool) -> tuple[dict[str, list[float]], Counter[str], str]:
    """Waiting and answers by tenant of one run."""
    with World(seed, CALM, processes=PLACES) as world:
        places, waits, statuses = Places(world, PLACES), defaultdict[str, list[float]](list), Counter[str]()
        with patch.dict("os.environ", {"COMPTOIR_REQUESTS_PER_MINUTE": str(A_MINUTE)}):
            for n in range(QUIET + is_loud):
                name = f"quiet-{n}" if n < QUIET else "loud"
                key, beat = _key(world, name), BEAT_SECONDS / (1 if n < QUIET else TIMES)
                for k in range(int(seconds / beat)):
                    world.spawn(f"{name} {k}", _asks(places, name, key, waits, statuses),
                                delay=(k + world.chance.random()) * beat)
            world.run()
        return {name: each for name, each in waits.items() if name != "loud"}, statuses, world.trace


def _key(world: World, tenant_id: str) -> str:
    merchant = Merchant(world, tenant_id)
    merchant.become_tenant()
    return service.create_api_key(merchant.context(), NewApiKey(name="program", role="owner"))[1]


def _asks(places: Places, name: str, key: str, waits: dict[str, list[float]], statuses: Counter[str]) -> Callable[[], None]:
    def request() -> int:
        status, _, _ = call_api("GET", "/api/stock/warehouses", None, {"authorization": f"Bearer {key}"})
        if status == 200:
            places.world.sleep(WORK_SECONDS)
        return status

    def ask() -> None:
        began = places.world.time
        status: Any = places.take(lambda: places.world.invoke("api", request))
        waits[name].append(places.world.time - began)
        statuses[f"{name.split('-')[0]} {status}"] += 1

    return ask


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


@contextmanager
def no_limit() -> Iterator[None]:
    """The edge counts nobody."""
    with patch.object(rate_limit, "quota_of", lambda ctx, policy: 10**9):
        yield


@contextmanager
def whole_minute_at_once() -> Iterator[None]:
    """The quota of a minute may be asked in its first second."""
    with patch.object(rate_limit.Policy, "opened", lambda self, quota, now: quota):
        yield


PROOF = Proof("noisy_neighbour", run, ci=(60, 1), long=(600, 5), unit="virtual seconds", faults=CALM, variants={
    "no limit": Variant(no_limit, size=30), "a minute's quota at once": Variant(whole_minute_at_once, size=60)})

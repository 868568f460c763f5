"""The table throttles half of what comes for ten minutes, in long stops: retries do not make it worse, and it drains.

Buyers come all the time, whether or not the others were served, and each sends the same command until it is answered.

What a process may repeat is half of its calls and a reserve of fifty (`storage/client.py`). So the repetitions are bounded
by that sum at every size; the amplification of 2 follows from it once the calls are twice the reserves of all processes. In
a run of a few dozen orders the reserves alone are more than the calls: there the ratio says nothing, and the sum judges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import NewProduct, NewVariant
from chalicelib.kernel.errors import AlreadyDone, Conflict, Unavailable
from chalicelib.sales import service as sales
from chalicelib.sales.model import ORDER, NewLine, PlaceOrder
from chalicelib.storage import client
from chalicelib.storage.transaction import Refused
from tests.torture.faults import CALM, Faults
from tests.torture.merchant import Merchant
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import Died, World

CALM_SECONDS, OUTAGE_SECONDS, STOP_SECONDS = 60.0, 600.0, 30.0
IN_A_STOP, BETWEEN = 0.9, 0.1
SKUS = 8
EARNED_BY_A_CALL, RESERVE_OF_A_PROCESS = 0.5, 50
"""What the design promises of retries, said here anew: a change of the product's figures must not move the bound."""


class Pressure:
    """What reaches the table in the outage: calls, and repetitions of them (the same parameters by the same actor)."""

    def __init__(self, world: World) -> None:
        self.world, self.counts = world, Counter[str]()
        self._last: dict[str, int] = {}
        self._call = world.cloud.call
        world.cloud.call = self.call  # type: ignore[method-assign]

    def call(self, service: Any, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        actor = self.world.current
        if actor is not None and self.world.faults.rate:
            is_repeat = self._last.get(actor.name) == id(parameters)
            self.counts["repeats" if is_repeat else "calls"] += 1
            self._last[actor.name] = id(parameters)
        return self._call(service, operation, parameters)

    @property
    def amplification(self) -> float:
        return 1 + self.counts["repeats"] / max(1, self.counts["calls"])

    @property
    def reserve(self) -> float:
        """What all processes together may have saved before the outage, in repetitions."""
        return RESERVE_OF_A_PROCESS * len(self.world.processes)

    @property
    def allowed(self) -> float:
        """The repetitions that the budget allows for the calls that came, however many."""
        return self.reserve + EARNED_BY_A_CALL * self.counts["calls"]


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` orders over eleven minutes, ten of them an outage."""
    with World(seed, CALM) as world:
        merchant = Merchant(world)
        house = merchant.shop.warehouse("PARIS")
        for n in range(SKUS):
            catalog.create_product(merchant.context(), NewProduct(name=f"S{n}", variants=(NewVariant(sku=f"S{n}"),)))
            merchant.shop.receive(house, f"S{n}", str(size))
        pressure, done, began = Pressure(world), dict[str, float](), world.time
        for n in range(size):
            world.spawn(f"buyer {n}", lambda n=n: _buy(merchant, n, done),  # type: ignore[misc]
                        delay=world.chance.random() * (CALM_SECONDS + OUTAGE_SECONDS))
        world.spawn("weather", lambda: _weather(world, faults))
        world.run()
        result = Result(facts={"amplification": round(pressure.amplification, 2), **pressure.counts,
                               "drained_after": round(max(done.values()) - began - CALM_SECONDS)})
        result.check("every order is served", len(done) == size, f"{len(done)} of {size}")
        result.check("each once", sum(1 for _ in merchant.documents(ORDER)) == size, "orders in the table")
        repeats = pressure.counts["repeats"]
        result.check("repeated only what was earned or saved", repeats <= pressure.allowed, f"{repeats} > {pressure.allowed}")
        if pressure.counts["calls"] >= 2 * pressure.reserve:
            result.check("retry amplification ≤ 2", pressure.amplification <= 2, f"{pressure.amplification:.2f}")
        result.check("drained within twice the outage", max(done.values()) - began <= CALM_SECONDS + 2 * OUTAGE_SECONDS,
                     f"{max(done.values()) - began:.0f} s")
        return result.close(world)


def _weather(world: World, faults: Faults) -> None:
    """A calm minute, then stops and pauses in turn, half of all calls throttled over the whole, then calm for ever."""
    world.sleep(CALM_SECONDS)
    for n in range(int(OUTAGE_SECONDS / STOP_SECONDS)):
        world.faults = faults.but(rate=IN_A_STOP if n % 2 == 0 else BETWEEN)
        world.sleep(STOP_SECONDS)
    world.faults = CALM


def _buy(merchant: Merchant, n: int, done: dict[str, float]) -> None:
    """The same command until it is answered; the wait doubles up to half a minute, with jitter."""
    world, attempt = merchant.world, 0
    body = PlaceOrder(lines=(NewLine(sku=f"S{n % SKUS}", quantity=Decimal(1), unit_price=Decimal("9.90")),), note=str(n))
    while True:
        try:
            world.invoke("api", lambda: sales.place_order(merchant.context(f"buy-{n}", seconds=10.0), body))
        except AlreadyDone:
            break
        except (Unavailable, Died, Conflict, Refused):
            world.sleep(1 + min(30.0, 2.0**attempt) * world.chance.random())
            attempt += 1
        else:
            break
    done[str(n)] = world.time


@contextmanager
def no_budget() -> Iterator[None]:
    """Every caller repeats as long as it has time."""
    with patch.object(client, "_may_retry", lambda: True):
        yield


PROOF = Proof("throttling", run, ci=(600, 1), long=(6000, 10), unit="orders",
              faults=Faults(rate=0.5, weights={"throttle": 1.0}), variants={"no retry budget": Variant(no_budget, size=600)})

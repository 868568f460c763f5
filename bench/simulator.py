"""`simulator`: reservation attempts of the proof per CPU-second, faults and all, and orders through the whole edge."""

from __future__ import annotations

import time

from bench.figures import Figure
from bench.shop import checked, open_shop, order_body
from tests.torture.faults import STORMY
from tests.torture.proofs import reservations
from tests.torture.world import World

ATTEMPTS, ORDERS = 3_000, 600


def run() -> list[Figure]:
    """How fast the product runs on the simulated cloud: what bounds the size of every proof."""
    started = time.process_time()
    result = reservations.run(1, ATTEMPTS, STORMY)
    rate = ATTEMPTS / (time.process_time() - started)
    edge = _through_the_edge()
    return [
        Figure("simulator", "attempts_per_cpu_second", "1/s", round(rate, 1), "≥ 400", rate >= 400 and not result.problems,
               {"faults": result.facts["faults"], "calls": result.facts["calls"]}),
        Figure("simulator", "orders_through_the_api_per_cpu_second", "1/s", round(edge, 1)),
    ]


def _through_the_edge() -> float:
    with World(seed=1) as world:
        shop = open_shop(30, 10_000)

        def client() -> None:
            for n in range(ORDERS):
                checked(world.invoke("api", lambda n=n: shop.call(  # type: ignore[misc]
                    "POST", "/api/sales/orders", order_body(shop, n), idempotency_key=f"k{n}")), 201)

        world.spawn("client", client)
        started = time.process_time()
        world.run()
        return ORDERS / (time.process_time() - started)

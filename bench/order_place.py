"""`order_place`: a three-line order, reserved and committed, through the API in process, without HTTP."""

from __future__ import annotations

import time

from bench.figures import Figure, metered
from bench.shop import checked, open_shop, order_body

ORDERS = 300


def run() -> list[Figure]:
    """Orders per second of our own CPU, round trips, write units with the split per item; at 1× and 10× the SKUs."""
    figures = []
    for skus in (30, 300):
        shop = open_shop(skus, 10_000)
        for n in range(30):
            checked(shop.call("POST", "/api/sales/orders", order_body(shop, n)), 201)
        with metered() as meter:
            started = time.process_time()
            for n in range(ORDERS):
                checked(shop.call("POST", "/api/sales/orders", order_body(shop, n), idempotency_key=f"k{skus}-{n}"), 201)
            seconds = time.process_time() - started
        rate = ORDERS / seconds
        trips = {name: count / ORDERS for name, count in meter.round_trips.items()}
        units = meter.write_units / ORDERS
        split = {name: round(sum(values) / ORDERS, 2) for name, values in meter.split.items()}
        figures += [
            Figure("order_place", f"orders_per_cpu_second_{skus}_skus", "1/s", round(rate, 1), "≥ 130", rate >= 130),
            Figure("order_place", f"round_trips_{skus}_skus", "calls", round(sum(trips.values()), 2), "3 (a number lease in a "
                   "hundred orders on top)", sum(trips.values()) <= 3.05, trips),
            Figure("order_place", f"write_units_{skus}_skus", "units", round(units, 2), "≤ 26", units <= 26.1, split),
        ]
    return figures

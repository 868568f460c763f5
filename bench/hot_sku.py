"""`hot_sku`: 200 in stock, 300 attempts of one, eight HTTP clients: 200 sold, 100 refused, nothing else."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import urllib3

from bench.figures import Figure
from bench.shop import checked, open_shop, order_body

STOCK, ATTEMPTS, CLIENTS = 200, 300, 8


def run() -> list[Figure]:
    """What the clients saw and what the balance says afterwards."""
    import app
    from infra.local.run import dev_entry
    from infra.local.server import LocalServer

    shop = open_shop(1, STOCK)
    server = LocalServer(0, app.entry, dev_entry, Path("build/portal"))
    server.start()
    pool = urllib3.PoolManager(maxsize=CLIENTS)

    def attempt(n: int) -> int:
        answer = pool.request("POST", f"{server.url}/api/sales/orders", body=json.dumps(order_body(shop, n, lines=1)),
                              headers={"Authorization": f"Bearer {shop.api_key}", "Content-Type": "application/json"})
        return answer.status

    started = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        statuses = list(clients.map(attempt, range(ATTEMPTS)))
    seconds = time.monotonic() - started
    server.stop()
    level = checked(shop.call("GET", f"/api/stock/levels/{shop.skus[0]}"), 200)
    sold, refused = statuses.count(201), statuses.count(409)
    errors = len(statuses) - sold - refused
    oversold = max(Decimal(0), -Decimal(str(level["available"])))
    return [
        Figure("hot_sku", "sold", "orders", sold, "200", sold == STOCK),
        Figure("hot_sku", "refused", "orders", refused, "100", refused == ATTEMPTS - STOCK),
        Figure("hot_sku", "errors", "orders", errors, "0", errors == 0),
        Figure("hot_sku", "oversold", "units", float(oversold), "0", oversold == 0),
        Figure("hot_sku", "orders_per_second", "1/s", round(sold / seconds, 1)),
    ]

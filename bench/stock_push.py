"""`stock_push`: somebody buys in one shop; how long until the other shop shows it, 200 times, on a quiet machine."""

from __future__ import annotations

import tempfile
import time
from decimal import Decimal
from pathlib import Path

from bench.figures import Figure, percentile
from tests.running import Client, eventually, free_port, start
from tests.shopper import ShopApi

SALES = 200
SKU = "MACARONS"


def run() -> list[Figure]:
    """Seconds from the shop's own answer to the buyer until the other shop shows the new quantity."""
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as directory:
        running = start(Path(directory) / "data", free_port(), days=2)
        try:
            return _measure(Client(running.url, running.facts["api_key"]), ShopApi(running, "retail"),
                            ShopApi(running, "gifts"))
        finally:
            running.stop()


def _measure(client: Client, retail: ShopApi, gifts: ShopApi) -> list[Figure]:
    warehouse = client.get("/api/stock/warehouses")["items"][0]["id"]
    client.post("/api/stock/receipts", {"warehouse_id": warehouse,
                                        "lines": [{"sku": SKU, "quantity": "1000", "unit_cost": "9.80"}]})
    expected = Decimal(client.get(f"/api/stock/levels/{SKU}")["available"])
    eventually(lambda: Decimal(gifts.shown(SKU)) == expected == Decimal(retail.shown(SKU)), 30)
    lags = []
    for _ in range(SALES):
        retail.buy(SKU, 1)
        sold = time.monotonic()
        expected -= 1
        while Decimal(gifts.shown(SKU)) != expected:
            assert time.monotonic() - sold < 30, "the other shop never heard of it"
            time.sleep(0.01)
        lags.append(time.monotonic() - sold)
    p50, p99 = percentile(lags, 0.5), percentile(lags, 0.99)
    return [Figure("stock_push", "p50", "s", round(p50, 3)), Figure("stock_push", "p99", "s", round(p99, 3), "≤ 1", p99 <= 1),
            Figure("stock_push", "max", "s", round(max(lags), 3))]

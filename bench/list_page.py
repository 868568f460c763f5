"""`list_page`: fifty orders out of 1,000 and out of 100,000: one query, the same CPU."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bench.figures import Figure, metered
from bench.shop import Shop, checked, open_shop, order_body

PAGES = 60


def _fill(shop: Shop, count: int) -> None:
    """Puts `count` orders in the list: copies of one placed by the API, each with an id, number and date of its own."""
    from chalicelib.runtime.worker import tenant_work
    from chalicelib.sales.model import ORDER
    from chalicelib.storage import read, write
    from chalicelib.storage.transaction import document_item

    placed = checked(shop.call("POST", "/api/sales/orders", order_body(shop, 1)), 201)
    ctx = tenant_work(shop.tenant_id, "fill", seconds=3600)
    first = read.get(ctx, ORDER, placed["id"])
    for start in range(0, count, 1000):
        write.many(ctx, [document_item(ctx, ORDER, replace(
            first, id=f"ord_{start + n:026d}", number=f"SO-{start + n:09d}",
            placed_at=first.placed_at - timedelta(minutes=start + n)), 1) for n in range(min(1000, count - start))])


def run() -> list[Figure]:
    """CPU of one page and its queries."""
    figures = []
    for count in (1_000, 100_000):
        shop = open_shop(3, 10_000)
        _fill(shop, count)
        for _ in range(5):
            checked(shop.call("GET", "/api/sales/orders?limit=50"), 200)
        with metered() as meter:
            started = time.process_time()
            for _ in range(PAGES):
                page = checked(shop.call("GET", "/api/sales/orders?limit=50"), 200)
            milliseconds = (time.process_time() - started) * 1000 / PAGES
        assert len(page["items"]) == 50
        queries = meter.round_trips.get("Query", 0) / PAGES
        figures += [
            Figure("list_page", f"cpu_{count}", "ms", round(milliseconds, 2), "≤ 25", milliseconds <= 25),
            Figure("list_page", f"queries_{count}", "queries", float(Decimal(str(queries))), "1", queries == 1),
        ]
    return figures

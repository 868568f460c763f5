"""`report_query`: reports over the roll-ups of 30, 300 and 3,000 articles, and what keeping them costs an order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from bench.figures import Figure, metered
from bench.shop import Shop, checked, open_shop, order_body

YEAR = 2025
QUERIES = 5
EVENTS = 60


def _cells(shop: Shop, articles: int) -> Iterator[object]:
    """A year's cells as a busy merchant has them: every article in every month, each sold on one day in four; four channels
    on every day. Both items of an article's cell and all four of a channel's are there."""
    from chalicelib.reporting import rolling
    from chalicelib.runtime.worker import tenant_work
    from chalicelib.storage.table import Item

    ctx = tenant_work(shop.tenant_id, "fill", seconds=3600)
    days = [date(YEAR, 1, 1) + timedelta(days=n) for n in range(365)]
    for dimension, members, shards in (("channel", 4, 4), ("product", articles, 2)):
        for member in range(members):
            name = f"{dimension}-{member:05d}"
            for month in range(1, 13):
                for shard in range(shards):
                    yield Item(rolling.month_key(ctx, 1, (dimension, name, "EUR", date(YEAR, month, 1)), shard), "rollup_month",
                               ctx.tenant_id, "{}")
            for n, day in enumerate(days):
                if dimension == "channel" or (n % 4 == member % 4 and articles < 1000):
                    for shard in range(shards):
                        yield Item(rolling.day_key(ctx, 1, (dimension, name, "EUR", day), shard), "rollup_day", ctx.tenant_id,
                                   "{}")


NUMBERS = {"orders": "3", "ordered_units": "5", "ordered_revenue": "123.45", "discounts": "1.20", "shipped_units": "4",
           "shipped_revenue": "110.00", "cost": "40.10", "shipped_orders": "2"}


def _fill(shop: Shop, articles: int) -> int:
    """Writes the cells with their numbers; answers how many items."""
    from chalicelib.runtime.worker import tenant_work
    from chalicelib.storage import client
    from chalicelib.storage.table import to_wire

    ctx = tenant_work(shop.tenant_id, "fill", seconds=3600)
    numbers = {name: {"N": value} for name, value in NUMBERS.items()}
    batch, count = [], 0
    for item in _cells(shop, articles):
        batch.append({"PutRequest": {"Item": {**to_wire(item), **numbers}}})  # type: ignore[arg-type]
        count += 1
        if len(batch) == 25:
            client.call(ctx, "BatchWriteItem", {"RequestItems": {client.table_name(): batch}})
            batch = []
    if batch:
        client.call(ctx, "BatchWriteItem", {"RequestItems": {client.table_name(): batch}})
    return count


QUESTIONS = {
    "days_by_channel": (f"from={YEAR}-05-10&to={YEAR}-06-08&group_by=day&split_by=channel", 120),
    "year_by_month": (f"from={YEAR}-01-01&to={YEAR}-12-31&group_by=month", 60),
    "year_by_product": (f"from={YEAR}-01-01&to={YEAR}-12-31&group_by=product&top=50&compare=none", 5000),
}


def run() -> list[Figure]:
    """CPU of each question and the queries it makes, at three sizes; then an event's write units."""
    figures = []
    for articles in (30, 300, 3000):
        shop = open_shop(3, 10_000)
        _fill(shop, articles)
        for name, (query, bar) in QUESTIONS.items():
            path = f"/api/reporting/report?{query}"
            checked(shop.call("GET", path), 200)
            with metered() as meter:
                started = time.process_time()
                for _ in range(QUERIES):
                    checked(shop.call("GET", path), 200)
                milliseconds = (time.process_time() - started) * 1000 / QUERIES
            queries = meter.round_trips.get("Query", 0) / QUERIES
            figures.append(Figure("report_query", f"{name}_{articles}", "ms", round(milliseconds, 1), f"≤ {bar}",
                                  milliseconds <= bar, {"queries": queries}))
    return [*figures, *_events()]


def _events() -> list[Figure]:
    """What a three-line order costs the roll-ups when it is placed."""
    from chalicelib.kernel.context import Actor
    from chalicelib.kernel.event import Event
    from chalicelib.reporting import rolling
    from chalicelib.runtime.worker import event_context

    shop = open_shop(30, 10_000)
    placed = [checked(shop.call("POST", "/api/sales/orders", order_body(shop, n)), 201) for n in range(EVENTS)]
    with metered() as meter:
        started = time.process_time()
        for order in placed:
            event = Event(f"evt_{order['id']}.0", "OrderPlaced", shop.tenant_id, _now(), "sales_order", order["id"], 1,
                          Actor("system", "bench"), "bench", {})
            rolling.record(event_context(event, "reporting", 60), event)
        rate = EVENTS / (time.process_time() - started)
    return [
        Figure("report_query", "events_per_cpu_second", "1/s", round(rate, 1), "≥ 150", rate >= 150),
        Figure("report_query", "write_units_per_event", "units", float(Decimal(meter.write_units) / EVENTS), "≤ 45",
               meter.write_units / EVENTS <= 45),
    ]


def _now() -> object:
    from datetime import UTC, datetime

    return datetime.now(UTC)

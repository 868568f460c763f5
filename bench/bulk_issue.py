"""`bulk_issue`: two runs and single invoices on the same series and journals at once, beside the same work one after another.

It is what a queue grouped by journal would be for: one writer for each journal, so that numbers are never contended. The
figures say what contention costs: attempts lost for each invoice, invoices per second, and numbers without a gap.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from bench.figures import Figure
from bench.order_to_invoice import open_books
from bench.shop import Shop, checked, open_shop, order_body
from chalicelib.events import jobs
from chalicelib.invoicing import issuing, runs
from chalicelib.kernel.job import JOB
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage import read

IN_RUN, SINGLE = 96, 24
"""Orders of each of the two runs, and those invoiced one by one meanwhile."""


def run() -> list[Figure]:
    """Invoices per second, lost attempts and gaps: all at once, and one after another."""
    return [*_measured("at once", _at_once), *_measured("one after another", _in_turn)]


def _at_once(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _in_turn(tasks: list[Callable[[], None]]) -> None:
    for task in tasks:
        task()


def _measured(how: str, work: Callable[[list[Callable[[], None]]], None]) -> list[Figure]:
    shop = open_shop(12, 100_000)
    open_books(shop)
    checked(shop.call("PUT", "/api/invoicing/settings", {"policy": "by_hand", "series": [
        {"id": "FA", "type_codes": ["380", "386"], "prefix": "FA-{year}-"}]}), 200)
    orders = [_shipped(shop, n) for n in range(2 * IN_RUN + SINGLE)]
    lost: list[int] = []

    def counted(ctx: Any, attempt: int, *more: float) -> bool:
        lost.append(attempt)
        return kept(ctx, attempt, *more)

    kept = issuing.back_off
    issuing.back_off = runs.back_off = counted  # type: ignore[assignment]
    started, cpu = time.perf_counter(), time.process_time()
    try:
        work([lambda: _run(shop, orders[:IN_RUN]), lambda: _run(shop, orders[IN_RUN : 2 * IN_RUN]),
              lambda: _singly(shop, orders[2 * IN_RUN :])])
    finally:
        issuing.back_off = runs.back_off = kept
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    numbers = sorted(int(row["number"][-6:]) for row in _listed(shop))
    is_whole = numbers == list(range(1, len(orders) + 1))
    invoices = len(orders)
    detail = {"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "longest_wait": max(lost, default=-1) + 1}
    name = how.replace(" ", "_")
    return [
        Figure("bulk_issue", f"{name}_invoices_per_second", "1/s", round(invoices / seconds, 1), "", None, detail),
        Figure("bulk_issue", f"{name}_lost_attempts", "per invoice", round(len(lost) / invoices, 3), "≤ 1",
               len(lost) <= invoices),
        Figure("bulk_issue", f"{name}_numbers", "whole", len(numbers), "1 to N", is_whole),
    ]


def _shipped(shop: Shop, n: int) -> str:
    order = checked(shop.call("POST", "/api/sales/orders", order_body(shop, n)), 201)
    checked(shop.call("POST", f"/api/sales/orders/{order['id']}/ship", {"carrier": "Colissimo"}), 200)
    return str(order["id"])


def _run(shop: Shop, orders: list[str]) -> None:
    """A run, and what its worker does."""
    job = checked(shop.call("POST", "/api/invoicing/runs", {"order_ids": orders}), 202)
    ctx = tenant_work(shop.tenant_id, "bulk", 300.0)
    stored = read.get(ctx, JOB, job["id"])
    hold = jobs.take_up(ctx, stored.id, stored.run)
    assert hold is not None
    runs.work(hold)


def _singly(shop: Shop, orders: list[str]) -> None:
    for order in orders:
        checked(shop.call("POST", "/api/invoicing/from-orders", {"orders": [{"order_id": order}]}), 201)


def _listed(shop: Shop) -> list[Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = checked(shop.call("GET", f"/api/invoicing/invoices?limit=100&cursor={cursor}"), 200)
        found += page["items"]
        cursor = page["cursor"] or ""
        if not cursor:
            return found

"""`order_to_invoice`: an order placed, shipped, invoiced and posted with its cost, through the API in process."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from bench.figures import Figure, Meter, metered
from bench.shop import Shop, checked, open_shop, order_body

ORDERS = 150


def open_books(shop: Shop) -> None:
    year = date.today().year  # noqa: DTZ011
    checked(shop.call("PUT", "/api/tenants/company", {
        "legal_name": "Banc SAS", "legal_form": "SAS", "siren": "732829320", "vat_number": "FR44732829320",
        "rcs_city": "Annecy", "address": {"street": "1 rue du Lac", "postal_code": "74000", "city": "Annecy"}}), 200)
    checked(shop.call("POST", "/api/ledger/fiscal-years", {"starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31"}), 201)


def _sell(shop: Shop, n: int, meters: list[Meter]) -> None:
    steps: tuple[tuple[str, Any, int], ...] = (
        ("/api/sales/orders", order_body(shop, n), 201), ("/api/sales/orders/{}/ship", {"carrier": "Colissimo"}, 200),
        ("/api/invoicing/from-orders", None, 201))
    order_id = ""
    for path, body, status in steps:
        with metered() as meter:
            sent = body if body is not None else {"orders": [{"order_id": order_id}]}
            answer = checked(shop.call("POST", path.format(order_id), sent, idempotency_key=f"{n}-{path}"), status)
        order_id = order_id or answer["id"]
        meters.append(meter)


def run() -> list[Figure]:
    """Orders per second of our own CPU, with round trips and write units of each of the three steps."""
    shop = open_shop(30, 100_000)
    open_books(shop)
    for n in range(15):
        _sell(shop, n, [])
    meters: list[Meter] = []
    started = time.process_time()
    for n in range(15, 15 + ORDERS):
        _sell(shop, n, meters)
    rate = ORDERS / (time.process_time() - started)
    trips = {name: sum(sum(m.round_trips.values()) for m in meters[at::3]) / ORDERS
             for at, name in enumerate(("place", "ship", "invoice"))}
    units = {name: sum(m.write_units for m in meters[at::3]) / ORDERS for at, name in enumerate(("place", "ship", "invoice"))}
    split = {name: round(sum(sum(m.split.get(name, ())) for m in meters[2::3]) / ORDERS, 2)
             for name in sorted({name for m in meters[2::3] for name in m.split})}
    return [
        Figure("order_to_invoice", "orders_per_cpu_second", "1/s", round(rate, 1), "≥ 40", rate >= 40),
        Figure("order_to_invoice", "round_trips", "calls", round(sum(trips.values()), 2), "", None, trips),
        Figure("order_to_invoice", "write_units", "units", round(sum(units.values()), 2), "", None, {**units, **split}),
    ]

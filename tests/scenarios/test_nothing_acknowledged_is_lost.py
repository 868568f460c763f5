"""`kill -9` with queues full, then start again: every order that was acknowledged is there, reserved, and told to the shops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from tests.running import Client, eventually, free_port, start
from tests.shopper import ShopApi

ORDERS = 1000
SKU = "SORBET-CITRON"


def place(client: Client, n: int) -> dict[str, Any]:
    status, body = client.call("POST", "/api/sales/orders", {
        "lines": [{"sku": SKU, "quantity": "1", "unit_price": "9.90"}],
        "buyer": {"name": f"Client {n}", "email": f"client{n}@example.org"}}, Idempotency_Key=f"kill-{n}")
    assert status == 201, body
    return dict(body)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The folder and the port of one Comptoir that both stories end and start again."""
    return tmp_path_factory.mktemp("kept") / "data", free_port()


def test_an_engine_that_dies_in_the_middle_leaves_no_half_order(kept: tuple[Path, int]) -> None:
    before = start(*kept, days=1)
    client = Client(before.url, before.facts["api_key"])
    answers: dict[int, tuple[int, Any]] = {}

    def attempt(n: int) -> None:
        try:
            answers[n] = client.call("POST", "/api/sales/orders", {
                "lines": [{"sku": SKU, "quantity": "1", "unit_price": "9.90"}]}, Idempotency_Key=f"half-{n}")
        except urllib3.exceptions.HTTPError:
            answers[n] = (0, None)

    with ThreadPoolExecutor(8) as clients:
        waiting = [clients.submit(attempt, n) for n in range(60)]
        eventually(lambda: len(answers) >= 15, 30)
        engine = subprocess.run(["pgrep", "-P", str(before.process.pid), "-f", "engine_main"], capture_output=True, text=True,
                                check=True).stdout.split()
        for pid in engine:
            os.kill(int(pid), signal.SIGKILL)
        for each in waiting:
            each.result()
    assert {status for status, _ in answers.values()} <= {201, 503, 0}
    assert any(status == 503 for status, _ in answers.values())
    before.kill()

    after = start(*kept, days=1)
    try:
        client = Client(after.url, after.facts["api_key"])
        held = Decimal(client.get(f"/api/stock/levels/{SKU}")["reserved"])
        acknowledged = {n: body["id"] for n, (status, body) in answers.items() if status == 201}
        for n, order_id in acknowledged.items():
            assert client.post("/api/sales/orders", {"lines": [{"sku": SKU, "quantity": "1", "unit_price": "9.90"}]},
                               Idempotency_Key=f"half-{n}")["id"] == order_id
        assert Decimal(client.get(f"/api/stock/levels/{SKU}")["reserved"]) == held, "a repeat reserves nothing again"
        whole = {client.post("/api/sales/orders", {"lines": [{"sku": SKU, "quantity": "1", "unit_price": "9.90"}]},
                             Idempotency_Key=f"half-{n}")["id"] for n in range(60)}
        assert len(whole) == 60
    finally:
        after.stop()


def test_a_thousand_orders_survive_the_end_of_everything(kept: tuple[Path, int]) -> None:
    before = start(*kept, days=1)
    client = Client(before.url, before.facts["api_key"])
    owner = before.facts["users"][0]
    warehouse = client.get("/api/stock/warehouses")["items"][0]["id"]
    client.post("/api/stock/receipts", {"warehouse_id": warehouse,
                                        "lines": [{"sku": SKU, "quantity": "2000", "unit_cost": "2.90"}]})
    available = Decimal(client.get(f"/api/stock/levels/{SKU}")["available"])
    with ThreadPoolExecutor(8) as clients:
        placed = list(clients.map(lambda n: place(client, n), range(ORDERS)))
    invite(before.url, owner)
    before.kill()

    after = start(*kept, days=1)
    try:
        client = Client(after.url, after.facts["api_key"])
        found = {order["id"]: order for order in listed(client)}
        assert [found[order["id"]]["number"] for order in placed] == [order["number"] for order in placed]
        assert {found[order["id"]]["state"] for order in placed} == {"confirmed"}
        for order in placed[::50]:
            assert client.get(f"/api/sales/orders/{order['id']}")["number"] == order["number"]
        level = client.get(f"/api/stock/levels/{SKU}")
        assert Decimal(level["available"]) == available - ORDERS
        for slug in ("retail", "gifts"):
            shop = ShopApi(after, slug)
            eventually(lambda shop=shop: Decimal(shop.shown(SKU)) == available - ORDERS, 60)  # type: ignore[misc]
        again = place(client, 0)
        assert again["id"] == placed[0]["id"], "the same idempotency key is the same order after the crash too"
        eventually(lambda: "marie@example.org" in mail(after.url), 30)
    finally:
        after.stop()


def listed(client: Client) -> Iterator[dict[str, Any]]:
    """Every order, as the list's pages tell."""
    page = client.get("/api/sales/orders?limit=100")
    yield from page["items"]
    while page.get("cursor"):
        page = client.get(f"/api/sales/orders?limit=100&cursor={quote(page['cursor'])}")
        yield from page["items"]


def invite(url: str, owner: dict[str, str]) -> None:
    """The owner invites somebody in the portal."""
    pool = urllib3.PoolManager()
    headers = {"Content-Type": "application/json"}
    answer = pool.request("POST", f"{url}/api/tenants/sessions", headers=headers,
                          body=json.dumps({"email": owner["email"], "password": owner["password"]}))
    assert answer.status == 201, answer.data
    session = {**headers, "Cookie": answer.headers["Set-Cookie"].split(";")[0],
               "X-CSRF-Token": json.loads(answer.data)["csrf_token"]}
    answer = pool.request("POST", f"{url}/api/tenants/invitations", headers=session, body=json.dumps(
        {"email": "marie@example.org", "name": "Marie", "role": "sales"}))
    assert answer.status == 201, answer.data


def mail(url: str) -> str:
    """The laptop's inbox."""
    return urllib3.PoolManager().request("GET", f"{url}/dev/mail", headers={"Accept": "application/json"}).data.decode()

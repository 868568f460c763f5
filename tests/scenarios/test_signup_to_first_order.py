"""From sign-up to the first order in five minutes: a merchant signs up, opens the mail's link, looks at sample data, wipes
them, gives an article stock, connects a shop, and a customer buys there. Every step is timed; a person's typing is not, so
the machine may take one minute of the five."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.local.shops.woocommerce import Shop, start_shop
from tests.running import Running, eventually
from tests.shops.conftest import READ_WRITE, RETAIL, Client

PASSWORD = "trois petits flocons"
OF_THE_MACHINE = 60.0


class Merchant:
    """Somebody in a browser: a cookie, and what goes back with every change."""

    def __init__(self, url: str) -> None:
        self.url, self.cookie, self.csrf = url, "", ""
        self.seconds: dict[str, float] = {}
        self._pool = urllib3.PoolManager(timeout=30.0, retries=False)

    def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        sent = {"Content-Type": "application/json", "Cookie": self.cookie, "X-CSRF-Token": self.csrf}
        answer = self._pool.request(method, self.url + path, body=None if body is None else json.dumps(body), headers=sent)
        found = json.loads(answer.data) if answer.data else None
        assert answer.status == expect, (method, path, answer.status, found)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        if isinstance(found, dict) and found.get("csrf_token"):
            self.csrf = found["csrf_token"]
        return found

    def timed(self, step: str, do: Callable[[], Any]) -> Any:
        began = time.monotonic()
        found = do()
        self.seconds[step] = round(time.monotonic() - began, 2)
        return found

    def link(self, email: str) -> str:
        """The token of the mail's link."""
        answer = self._pool.request("GET", self.url + "/dev/mail", headers={"Accept": "application/json"})
        mails = [mail for mail in json.loads(answer.data)["items"] if mail["to"] == email]
        return str(mails[0]["text"].split("token=")[1].split()[0]) if mails else ""


def _sign_up(merchant: Merchant, email: str) -> None:
    merchant.ask("POST", "/api/tenants/sign-ups", {
        "email": email, "name": "Léa Morel", "company_name": "Glaces Léa", "siren": "732829320", "vat_regime": "franchise",
        "fiscal_year_starts_on": f"{date.today():%Y}-01-01"}, expect=202)


def _done(merchant: Merchant) -> set[str]:
    return {item["id"] for item in merchant.ask("GET", "/api/onboarding/checklist")["items"] if item["is_done"]}


def _connect(merchant: Merchant, shop: Shop) -> str:
    """The shop connected, its articles bound to ours by their SKU; answers the connection."""
    made = merchant.ask("POST", "/api/channels/connections", {
        "name": "Boutique", "base_url": shop.url, "vat_rate_default": "5.5",
        "credentials": {"consumer_key": READ_WRITE.consumer_key, "consumer_secret": READ_WRITE.consumer_secret}}, expect=201)
    assert made["missing"] == [] and made["state"] == "active", made
    job = merchant.ask("POST", f"/api/channels/connections/{made['id']}/import-products", {}, expect=202)
    eventually(lambda: merchant.ask("GET", f"/api/channels/imports/{job['id']}")["state"] == "done", 30)
    return str(made["id"])


def _buy(merchant: Merchant, shop: Shop, sku: str, connection: str) -> dict[str, Any]:
    """A customer buys two in the shop; answers our order of it."""
    product = Client(shop).get(f"products?sku={sku}")[0]
    answer = Client(shop).call("POST", "orders", {
        "set_paid": True, "payment_method": "bacs", "status": "processing",
        "billing": {"first_name": "Zoé", "last_name": "Lefèvre", "email": "zoe@example.org", "address_1": "3 rue des Alpes",
                    "city": "Annecy", "postcode": "74000", "country": "FR"},
        "line_items": [{"product_id": product["id"], "quantity": 2}]})
    assert answer.status == 201, answer.data
    row = eventually(lambda: next(iter(merchant.ask("GET", "/api/sales/orders")["items"]), None), 20)
    found: dict[str, Any] = merchant.ask("GET", f"/api/sales/orders/{row['id']}")
    assert (found["channel_id"], found["external_id"]) == (connection, str(answer.json()["id"]))
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop of the merchant's own, on loopback."""
    made = start_shop(replace(RETAIL, slug="lea"), tmp_path, 0)
    yield made
    made.stop()


def test_a_merchant_signs_up_and_takes_a_first_order(running: Running, shop: Shop, capsys: Any) -> None:
    merchant, email = Merchant(running.url), f"lea-{secrets.token_hex(4)}@glaces.example"
    merchant.timed("sign up", lambda: _sign_up(merchant, email))
    token = merchant.timed("the mail", lambda: eventually(lambda: merchant.link(email), 15))
    session = merchant.timed("verify and come in", lambda: merchant.ask(
        "POST", "/api/tenants/sign-ups/confirm", {"token": token, "password": PASSWORD}, expect=201))
    assert session["role"] == "owner" and session["tenant"]["name"] == "Glaces Léa"

    warehouse = merchant.timed("books and warehouse", lambda: eventually(lambda: next(iter(
        merchant.ask("GET", "/api/stock/warehouses")["items"]), None), 20))
    year = eventually(lambda: merchant.ask("GET", "/api/ledger/fiscal-years")["items"], 20)
    assert year[0]["id"] == f"{date.today():%Y}-12-31" and warehouse["name"] == "Entrepôt principal"
    assert _done(merchant) == set()

    def samples() -> None:
        job = merchant.ask("POST", "/api/onboarding/sample-loads", {}, expect=202)
        eventually(lambda: merchant.ask("GET", f"/api/onboarding/sample-loads/{job['id']}")["state"] == "done", 40)
        assert len(merchant.ask("GET", "/api/sales/orders")["items"]) == 5 and _done(merchant) == set()
        job = merchant.ask("POST", "/api/onboarding/sample-wipes", {}, expect=202)
        eventually(lambda: merchant.ask("GET", f"/api/onboarding/sample-wipes/{job['id']}")["state"] == "done", 40)
        assert merchant.ask("GET", "/api/sales/orders")["items"] == []

    def own_article() -> None:
        merchant.ask("POST", "/api/catalog/products", {"name": "Macarons", "variants": [{"sku": "MAC", "vat_rate": "5.5"}]},
                     expect=201)
        merchant.ask("POST", "/api/stock/receipts", {"warehouse_id": warehouse["id"], "lines": [
            {"sku": "MAC", "quantity": "24", "unit_cost": "8.10"}]}, expect=201)

    merchant.timed("samples, there and back", samples)
    merchant.timed("a product with stock", own_article)
    connection = merchant.timed("a shop connected", lambda: _connect(merchant, shop))
    order = merchant.timed("the first order", lambda: _buy(merchant, shop, "MAC", connection))
    assert (order["state"], order["lines"][0]["reserved_quantity"]) == ("confirmed", "2")
    assert {"products", "stock", "shop", "order"} <= _done(merchant)
    level = merchant.ask("GET", "/api/stock/levels/MAC")
    assert (level["on_hand"], level["reserved"], level["available"]) == ("24", "2", "22")
    with capsys.disabled():
        print(f"\nsignup_to_first_order: {sum(merchant.seconds.values()):.1f} s of the machine: {merchant.seconds}")
    assert sum(merchant.seconds.values()) < OF_THE_MACHINE

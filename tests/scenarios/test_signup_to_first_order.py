"""From sign-up to the first order in five minutes: a merchant signs up, opens the mail's link, looks at sample data, wipes
them, gives an article stock and takes an order by phone. Every step is timed; a person's typing is not, so the machine may
take one minute of the five."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import urllib3

from tests.running import Running, eventually

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


def _phone_order(merchant: Merchant, sku: str) -> dict[str, Any]:
    made: dict[str, Any] = merchant.ask("POST", "/api/sales/orders", {
        "lines": [{"sku": sku, "quantity": "2", "unit_price": "24.90"}], "buyer": {"name": "Zoé Lefèvre"}}, expect=201)
    return made


def test_a_merchant_signs_up_and_takes_a_first_order(running: Running, capsys: Any) -> None:
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
        merchant.ask("POST", "/api/catalog/products", {"name": "Bûche", "variants": [{"sku": "BUCHE", "vat_rate": "5.5"}]},
                     expect=201)
        merchant.ask("POST", "/api/stock/receipts", {"warehouse_id": warehouse["id"], "lines": [
            {"sku": "BUCHE", "quantity": "24", "unit_cost": "8.10"}]}, expect=201)

    merchant.timed("samples, there and back", samples)
    merchant.timed("a product with stock", own_article)
    order = merchant.timed("the first order", lambda: _phone_order(merchant, "BUCHE"))
    assert (order["state"], order["lines"][0]["reserved_quantity"], order["vat_amount"]) == ("confirmed", "2", "0.00")
    assert {"products", "stock", "order"} <= _done(merchant)
    level = merchant.ask("GET", "/api/stock/levels/BUCHE")
    assert (level["on_hand"], level["reserved"], level["available"]) == ("24", "2", "22")
    with capsys.disabled():
        print(f"\nsignup_to_first_order: {sum(merchant.seconds.values()):.1f} s of the machine: {merchant.seconds}")
    assert sum(merchant.seconds.values()) < OF_THE_MACHINE

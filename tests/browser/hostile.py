"""A company every text of which was written by an attacker: by its staff, by programs, by the shop it is connected to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import urllib3
from playwright.sync_api import APIRequestContext

from infra.local.shops.woocommerce import ApiKey, Picture, Shop, ShopConfig, ShopProduct, start_shop
from tests.browser import empty
from tests.running import eventually

MARK = "data-hostile"
BAD = f"\"'><img src=x onerror=hit(1) {MARK}>"
"""Breaks out of an attribute and of a text alike, and is short enough for every field and summary."""
SHORT = "<img src=x onerror=hit(1)>"
SCRIPT = f"<script {MARK}>hit(2)</script>"
LINK = "javascript:hit(3)"
ADDRESS = {"name": BAD, "company_name": SCRIPT, "line1": BAD, "line2": SCRIPT, "postal_code": SHORT, "city": BAD,
           "region": BAD, "country_code": "FR", "phone": BAD}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody signed in, who speaks to the API as the portal does."""

    request: APIRequestContext
    url: str
    csrf: str

    def get(self, path: str) -> Any:
        answer = self.request.get(self.url + path)
        assert answer.ok, (path, answer.text())
        return answer.json()

    def send(self, method: str, path: str, body: Any, **headers: str) -> Any:
        """The document answered; what the API refuses is a mistake of this file."""
        sent = {"X-CSRF-Token": self.csrf, "Idempotency-Key": str(uuid.uuid4()), **headers}
        answer = self.request.fetch(self.url + path, method=method, data=body, headers=sent)
        assert answer.ok, (path, answer.status, answer.text())
        return answer.json() if answer.text() else None

    def post(self, path: str, body: Any) -> Any:
        return self.send("POST", path, body)

    def replace(self, path: str, changes: dict[str, Any]) -> Any:
        """The document with the changes."""
        answer = self.request.get(self.url + path)
        assert answer.ok, answer.text()
        known = {name: value for name, value in answer.json().items() if name in changes}
        return self.send("PUT", path, {**known, **changes}, **{"If-Match": answer.headers["etag"]})


def signed_in(request: APIRequestContext, url: str) -> Caller:
    """The owner."""
    answer = request.post(f"{url}/api/tenants/sessions", data={"email": empty.ATTACKED, "password": empty.PASSWORD})
    assert answer.ok, answer.text()
    return Caller(request, url, answer.json()["csrf_token"])


def fill(caller: Caller, shop: Shop) -> None:
    """Attacks by every way in. Each text is as long as its field takes."""
    warehouse = caller.post("/api/stock/warehouses", {"code": "W1", "name": BAD, "address": SCRIPT, "locations": [SHORT]})
    product = caller.post("/api/catalog/products", {
        "name": BAD, "description": SCRIPT + BAD, "brand": SCRIPT, "category": BAD, "axes": [BAD],
        "variants": [{"sku": "A-1", "axis_values": [BAD]}, {"sku": "A-2", "axis_values": [SCRIPT]}]})
    caller.post(f"/api/catalog/products/{product['id']}/add_media", {"title": BAD, "content_base64": PIXEL})
    prices = caller.post("/api/pricing/price-lists", {"name": BAD})
    caller.send("PUT", f"/api/pricing/price-lists/{prices['id']}/prices", {
        "prices": [{"sku": "A-1", "entries": [{"price": "10"}]}]})
    caller.post("/api/stock/receipts", {"warehouse_id": warehouse["id"], "reference": BAD, "lines": [
        {"sku": sku, "quantity": "50", "unit_cost": "2", "location": SHORT, "lot_number": SHORT} for sku in ("A-1", "A-2")]})
    caller.post("/api/stock/adjustments", {
        "warehouse_id": warehouse["id"], "reason": "count", "lines": [{"sku": "A-2", "quantity": "1"}]})
    customer = caller.post("/api/parties/customers", {
        "name": BAD, "company_name": SCRIPT, "email": "victim@example.org", "phone": BAD, "billing_address": ADDRESS,
        "shipping_addresses": [ADDRESS], "tags": [BAD, SCRIPT], "note": SCRIPT + BAD})
    _orders(caller, customer["id"])
    _settings(caller)
    _money(caller, customer["id"])
    _shop(caller, shop)


def _orders(caller: Caller, customer_id: str) -> None:
    def order() -> Any:
        return caller.post("/api/sales/orders", {
            "customer_id": customer_id, "note": SCRIPT + BAD,
            "buyer": {"name": BAD, "company_name": SCRIPT, "email": "victim@example.org", "phone": BAD},
            "billing_address": ADDRESS, "shipping_address": ADDRESS, "is_paid": True, "payment_method": BAD,
            "lines": [{"sku": "A-1", "quantity": "2", "unit_price": "10"}],
            "charges": [{"kind": "shipping", "name": BAD, "amount": "5"}]})

    first, second = order(), caller.post("/api/sales/orders", {
        "buyer": {"name": BAD}, "note": BAD, "lines": [{"sku": "A-2", "quantity": "1", "unit_price": "1"}]})
    caller.post(f"/api/sales/orders/{second['id']}/hold", {"reason": BAD})
    caller.post(f"/api/sales/orders/{first['id']}/ship", {"carrier": BAD, "tracking_number": BAD, "tracking_url": LINK})
    caller.post(f"/api/sales/orders/{first['id']}/refund", {"amount": "1", "reason": BAD})


def _money(caller: Caller, customer_id: str) -> None:
    """A free invoice, a payment, a payout, their entries and a carrier, every text an attack."""
    year = date.today().year
    caller.post("/api/ledger/fiscal-years", {"starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31"})
    caller.post("/api/ledger/accounts", {"number": "411999", "name": BAD, "name_en": SCRIPT})
    caller.post("/api/ledger/exchange-rates", {"currency": "USD", "rate_on": f"{year}-01-02", "rate": "0.9", "source": BAD})
    caller.post("/api/ledger/entries", {"journal": "OD", "entry_date": f"{year}-01-01", "label": BAD,
                                        "document_reference": SHORT, "lines": [
        {"account": "512000", "debit": "1", "label": SCRIPT}, {"account": "411999", "credit": "1", "label": BAD}]})
    caller.post("/api/payments/payments", {"method": "transfer", "amount": "3", "customer_id": customer_id,
                                           "reference": SHORT, "note": SCRIPT + BAD})
    taken = caller.post("/api/payments/payments", {"method": "provider", "amount": "5", "customer_id": customer_id})
    caller.post("/api/payments/payouts", {"payments": [{"payment_id": taken["id"]}], "fee": "1", "external_id": SHORT,
                                          "reference": SHORT, "note": BAD})
    invoice = caller.post("/api/invoicing/invoices", {
        "customer_id": customer_id, "note": SCRIPT + BAD, "buyer_reference": SHORT,
        "lines": [{"name": BAD, "unit_price": "10"}]})
    caller.post(f"/api/invoicing/invoices/{invoice['id']}/issue", {})
    caller.post("/api/shipping/carriers", {"name": SHORT, "sender": ADDRESS})


def _settings(caller: Caller) -> None:
    caller.post("/api/tenants/api-keys", {"name": BAD, "role": "read_only"})
    caller.post("/api/tenants/roles", {"name_fr": SHORT, "name_en": SHORT, "description": SCRIPT + BAD,
                                       "permissions": ["orders.read"]})
    caller.replace("/api/tenants/company", {"legal_name": BAD, "trade_name": SCRIPT, "legal_form": SHORT, "rcs_city": BAD,
                                            "phone": SHORT, "website": LINK,
                                            "siren": "732829320", "vat_number": "FR44732829320",
                                            "address": {"street": BAD, "additional_street": SCRIPT,
                                                        "postal_code": SHORT, "city": BAD}})
    caller.replace("/api/tenants/settings", {"name": BAD, "locale": "fr", "time_zone": "Europe/Paris", "country_code": "FR"})
    caller.post("/api/tenants/invitations", {"email": "mallory@example.org", "name": BAD, "role": "sales"})


def _shop(caller: Caller, shop: Shop) -> None:
    """The shop sells what nobody knows, to somebody called by a script: deliveries, quarantine, bindings, orders."""
    connection = caller.post("/api/channels/connections", {
        "name": BAD, "base_url": shop.url,
        "credentials": {"consumer_key": shop.consumer_key, "consumer_secret": shop.consumer_secret}})
    for product_id in (each["id"] for each in _of_shop(shop, "GET", "products")):
        _of_shop(shop, "POST", "orders", {
            "set_paid": True, "status": "processing", "payment_method": "bacs", "payment_method_title": BAD,
            "customer_note": BAD,
            "billing": {"first_name": BAD, "last_name": SCRIPT, "company": BAD, "address_1": BAD, "city": BAD,
                        "postcode": "74000", "country": "FR", "email": "shopper@example.org", "phone": BAD},
            "line_items": [{"product_id": product_id, "quantity": 1}]})
    eventually(lambda: len(caller.get("/api/channels/deliveries")["items"]) > 1, 20)
    eventually(lambda: any(row["channel_id"] == connection["id"] for row in caller.get("/api/sales/orders")["items"]), 20)


def _of_shop(shop: Shop, method: str, path: str, body: Any = None) -> Any:
    key = urllib3.make_headers(basic_auth=f"{shop.consumer_key}:{shop.consumer_secret}")
    answer = urllib3.request(method, f"{shop.url}/wp-json/wc/v3/{path}", json=body, headers=key)
    assert answer.status in (200, 201), (path, answer.status, answer.data)
    return answer.json()


def attackers_shop(data: Path) -> Shop:
    """A shop whose products are an attack: one of a SKU we know, one of a SKU that is itself markup."""
    picture = Picture("sorbet", ("#f7e36b", "#fdf7c9", "#e8c93a"))
    products = tuple(ShopProduct(sku, BAD, SCRIPT, Decimal(10), 5, picture, text_fr=BAD, text_en=SCRIPT, category=BAD)
                     for sku in ("A-1", BAD))
    return start_shop(ShopConfig(BAD, "attacker", products, (ApiKey("ck_attacker", "cs_attacker"),)), data, 0)


PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

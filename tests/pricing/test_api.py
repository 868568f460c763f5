"""Customers, products, files and prices through the API, as a program with a key calls it."""

from __future__ import annotations

import base64
import itertools
import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.activity import service as activity
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import NewApiKey, NewTenant
from tests.catalog import files
from tests.conftest import make_context

_numbers = itertools.count(1)
TENANTS: dict[int, str] = {}
"""The tenant behind each way to call."""
Api = Callable[..., tuple[int, Any, Any]]
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#1f5c57"/></svg>'
GLASS = {"name": "Verre à pied", "axes": ["Taille"], "variants": [
    {"sku": "VERRE-S", "axis_values": ["S"], "vat_rate": "20"}, {"sku": "VERRE-L", "axis_values": ["L"], "vat_rate": "20"}]}


@pytest.fixture
def new_api(call: Callable[..., Any], platform: Context) -> Callable[..., Api]:
    """Makes a company with an API key of a role, and answers how to call as it: `api("GET", "/catalog/products")`."""

    def make(role: str = "owner") -> Api:
        number = f"{os.getpid()}-{next(_numbers)}"
        tenant, _ = tenants.create_tenant(platform.step(number), NewTenant(
            name="Maison Givrée", tenant_id=f"prix-{number}", owner_email=f"prix-{number}@givree.example",
            owner_name="Anne", owner_password="trois petits flocons"))
        _, key = tenants.create_api_key(make_context(tenant.id), NewApiKey(name="test", role=role))

        def api(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return call(method, f"/api{path}", body, {"authorization": f"Bearer {key}", **sent})

        TENANTS[id(api)] = tenant.id
        return api

    return make


def imported(api: Api, body: dict[str, Any]) -> dict[str, Any]:
    """A product file imported to its end."""
    status, _, job = api("POST", "/catalog/imports", body)
    assert status == 202, job
    files.worked(make_context(TENANTS[id(api)]), job["id"])
    found: dict[str, Any] = api("GET", f"/catalog/imports/{job['id']}")[2]
    assert found["state"] == "done"
    return found


@pytest.fixture
def api(new_api: Callable[..., Api]) -> Api:
    return new_api()


def test_a_price_can_be_set_asked_and_explained(api: Api) -> None:
    assert api("POST", "/catalog/products", GLASS)[0] == 201
    status, _, price_list = api("POST", "/pricing/price-lists", {
        "name": "B2B 2027", "prices_include_vat": False, "valid_from": "2027-01-01"})
    assert (status, price_list["currency"]) == (201, "EUR")
    path = f"/pricing/price-lists/{price_list['id']}/prices"
    breaks = [{"price": "10.00"}, {"min_quantity": "100", "price": "9.20"}, {"min_quantity": "500", "price": "8.70"}]
    assert api("PUT", path, {"prices": [{"sku": "VERRE-L", "entries": breaks}]})[2] == {"changed": 1, "unchanged": 0}
    assert api("GET", path)[2]["items"][0]["sku"] == "VERRE-L"
    status, _, shown = api("GET", "/pricing/explain?sku=VERRE-L&quantity=120&at=2027-01-01")
    assert (status, shown["value"], shown["unit"]) == (200, "9.20", "EUR")
    assert (shown["steps"][-1]["label"], shown["steps"][-1]["value"]) == ("Montant", "1104.00")
    last_year = api("GET", "/pricing/explain?sku=VERRE-L&quantity=120&at=2026-12-31T22:59:59Z")[2]
    assert last_year["considered"][0]["verdict"] == "list_not_yet_valid"
    new_year_in_paris = api("GET", "/pricing/explain?sku=VERRE-L&quantity=120&at=2026-12-31T23:00:00Z")[2]
    assert new_year_in_paris["value"] == "9.20"


@pytest.mark.parametrize(("query", "status"), [
    ("sku=NOPE", 404), ("sku=VERRE-S&quantity=0", 400), ("sku=VERRE-S&quantity=NaN", 400), ("sku=VERRE-S&quantity=x", 400),
    ("sku=VERRE-S&at=2027-13-01", 400), ("sku=VERRE-S&at=tomorrow", 400), ("sku=VERRE-S", 200)])
def test_questions_that_make_no_sense(api: Api, query: str, status: int) -> None:
    api("POST", "/catalog/products", GLASS)
    assert api("GET", f"/pricing/explain?{query}")[0] == status


def test_a_list_of_prices_goes_on_where_the_page_ended(api: Api) -> None:
    skus = [f"S-{n:03}" for n in range(120)]
    text = "sku;product_name;vat_rate\n" + "".join(f"{sku};Produit {sku};20\n" for sku in skus)
    assert imported(api, {"text": text})["counts"]["created"] == 120
    price_list = api("POST", "/pricing/price-lists", {"name": "Base"})[2]["id"]
    path = f"/pricing/price-lists/{price_list}/prices"
    api("PUT", path, {"prices": [{"sku": sku, "entries": [{"price": "3.50"}]} for sku in skus]})
    first = api("GET", path)[2]
    second = api("GET", f"{path}?cursor={first['cursor']}")[2]
    assert [row["sku"] for row in first["items"] + second["items"]] == skus
    assert second["cursor"] is None


def test_a_repeated_import_with_one_key_is_done_once(api: Api) -> None:
    body = {"text": "sku,product_name,vat_rate\nA,Cup,20\n"}
    first = api("POST", "/catalog/imports", body, idempotency_key="import-1")
    assert api("POST", "/catalog/imports", body, idempotency_key="import-1")[2]["id"] == first[2]["id"]
    assert first[0] == 202 and first[2]["progress"]["total"] == 1
    assert [row["id"] for row in api("GET", "/catalog/imports")[2]["items"]] == [first[2]["id"]]
    path = f"/catalog/imports/{first[2]['id']}"
    stopped = api("POST", f"{path}/cancel", {}, idempotency_key="stop-1")
    assert (stopped[0], stopped[2]["state"], stopped[2]["allowed_actions"]) == (200, "cancelled", [])
    assert api("POST", f"{path}/cancel", {}, idempotency_key="stop-1")[2] == stopped[2]
    assert api("POST", f"{path}/cancel", {})[0] == 409


def test_the_imports_of_products_and_of_prices_know_nothing_of_each_other(api: Api) -> None:
    """A job is found, stopped and asked for its problems where work of its kind is, and by whom that is allowed."""
    base = api("POST", "/pricing/price-lists", {"name": "Base", "currency": "EUR"})[2]["id"]
    prices = api("POST", f"/pricing/price-lists/{base}/imports", {"text": "sku;price\nA;1\n"})
    products = api("POST", "/catalog/imports", {"text": "sku\nA\n"})
    assert (prices[0], prices[2]["job_kind"], prices[2]["subject_id"]) == (202, "price_import", base)
    homes = {"/pricing/imports": prices[2], "/catalog/imports": products[2], "/channels/imports": None}
    for path, own in homes.items():
        assert [row["id"] for row in api("GET", path)[2]["items"]] == ([own["id"]] if own else [])
        for job in (prices[2], products[2]):
            expected = 200 if job is own else 404
            assert api("GET", f"{path}/{job['id']}")[0] == api("GET", f"{path}/{job['id']}/problems")[0] == expected
            if expected == 404:
                assert api("POST", f"{path}/{job['id']}/cancel", {})[0] == 404
    assert [row["id"] for row in api("GET", f"/pricing/imports?subject_id={base}")[2]["items"]] == [prices[2]["id"]]
    assert api("POST", f"/pricing/price-lists/{base}/imports", {"text": "sku;prix\nA;1\n"})[2]["code"] == "no_column"


def test_who_may_not_change_prices_stops_no_import_of_them(api: Api) -> None:
    base = api("POST", "/pricing/price-lists", {"name": "Base", "currency": "EUR"})[2]["id"]
    job = api("POST", f"/pricing/price-lists/{base}/imports", {"text": "sku;price\nA;1\n"})[2]
    assert job["allowed_actions"] == ["cancel"]
    _, reader = tenants.create_api_key(make_context(TENANTS[id(api)]), NewApiKey(name="lecture", role="read_only"))
    sent = {"authorization": f"Bearer {reader}"}
    assert api("GET", f"/pricing/imports/{job['id']}", **sent)[2]["allowed_actions"] == []
    assert api("POST", f"/pricing/imports/{job['id']}/cancel", {}, **sent)[0] == 403


def test_prices_set_twice_under_one_key_are_set_once_and_answered_alike(api: Api) -> None:
    api("POST", "/catalog/products", GLASS)
    sku = api("GET", "/catalog/variants")[2]["items"][0]["sku"]
    base = api("POST", "/pricing/price-lists", {"name": "Base", "currency": "EUR"})[2]["id"]
    path, body = f"/pricing/price-lists/{base}/prices", {"prices": [{"sku": sku, "entries": [{"price": "4.20"}]}]}
    first = api("PUT", path, body, idempotency_key="prices-1")
    assert (first[0], first[2]) == (200, {"changed": 1, "unchanged": 0})
    again = api("PUT", path, body, idempotency_key="prices-1")
    assert (again[2], again[1]["Idempotent-Replay"]) == (first[2], "true")
    body["prices"][0]["entries"][0]["price"] = "5"
    assert api("PUT", path, body, idempotency_key="prices-1")[0] == 422


def test_files_go_out_as_they_come_in(api: Api) -> None:
    api("POST", "/catalog/products", GLASS)
    status, headers, text = api("GET", "/catalog/exports/variants")
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    report = imported(api, {"text": text, "dry_run": True})
    assert (report["counts"]["unchanged"], report["counts"]["rejected"], report["dry_run"]) == (2, 0, True)
    assert (report["progress"]["done"], report["progress"]["remaining_seconds"], report["allowed_actions"]) == (2, 0, [])
    wrong = imported(api, {"text": "sku;nom;ean\nA;Tasse;12\n"})
    assert (wrong["problems"][0]["line"], wrong["problems"][0]["column"]) == (2, "ean")
    status, headers, text = api("GET", f"/catalog/imports/{wrong['id']}/problems")
    assert (status, text.splitlines()[1].split(";")[:3]) == (200, ["2", "ean", "gtin"])
    assert "axis:Parts" in api("GET", "/catalog/imports/template")[2]
    status, _, refused = api("POST", "/catalog/imports", {"text": "nom;prix\nx;1\n"})
    assert refused["code"] == "no_sku_column"
    assert status == 400


def test_a_picture_is_shown_as_a_drawing_and_nothing_more(api: Api, new_api: Callable[..., Api]) -> None:
    product = api("POST", "/catalog/products", GLASS)[2]
    body = {"content_base64": base64.b64encode(DRAWING.encode()).decode()}
    status, _, shown = api("POST", f"/catalog/products/{product['id']}/add_media", body)
    assert status == 200
    key = shown["media"][0]["key"]
    status, headers, text = api("GET", f"/catalog/media/{key}")
    assert (status, headers["Content-Type"], text) == (200, "image/svg+xml", DRAWING)
    assert "sandbox" in headers["Content-Security-Policy"]
    assert new_api()("GET", f"/catalog/media/{key}")[0] == 404
    assert api("GET", "/catalog/media/..%2Fx.svg")[0] == 404
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n0").decode()
    shown = api("POST", f"/catalog/products/{product['id']}/add_media", {"content_base64": png})[2]
    path = f"/catalog/media/{shown['media'][1]['key']}"
    status, headers, body = api("GET", path, accept="image/avif,image/webp,*/*;q=0.8")
    assert (status, headers["Content-Type"], body) == (200, "image/png", png), "bytes travel to the gateway in base64"
    assert headers["X-Content-Type-Options"] == "nosniff" and "max-age" in headers["Cache-Control"]
    assert api("GET", path, accept="*/*", if_none_match=headers["ETag"])[0] == 304


def test_products_variants_and_customers_are_listed_read_and_changed(api: Api) -> None:
    product = api("POST", "/catalog/products", GLASS)[2]
    assert [v["sku"] for v in product["variants"]] == ["VERRE-S", "VERRE-L"]
    variant = product["variants"][0]
    status, headers, changed = api("PUT", f"/catalog/variants/{variant['id']}", {"gtin": "4006381333931", "vat_rate": "20"},
                                   if_match='"1"')
    assert (status, headers["ETag"], changed["gtin"]) == (200, '"2"', "4006381333931")
    assert api("PUT", f"/catalog/variants/{variant['id']}", {"vat_rate": "20"}, if_match='"1"')[0] == 412
    assert api("GET", "/catalog/gtins/4006381333931")[2]["sku"] == "VERRE-S"
    assert [row["name"] for row in api("GET", "/catalog/products")[2]["items"]] == ["Verre à pied"]
    customer = api("POST", "/parties/customers", {"name": "Jeanne Martin", "email": "j@example.fr", "siren": "732829320"})[2]
    assert api("POST", "/parties/customers", {"name": "X", "siren": "732829321"})[2]["fields"] == {"siren": "check digit"}
    assert api("GET", f"/parties/customers/{customer['id']}")[2]["email"] == "j@example.fr"


def test_who_may_only_read_changes_nothing_and_sees_nobody_elses(new_api: Callable[..., Api], api: Api) -> None:
    reader = new_api("read_only")
    product = api("POST", "/catalog/products", GLASS)[2]
    for method, path, body in (
            ("POST", "/catalog/products", GLASS), ("POST", "/catalog/imports", {"text": "sku\nA"}),
            ("POST", "/pricing/price-lists", {"name": "x"}), ("POST", "/parties/customers", {"name": "x"})):
        assert reader(method, path, body)[0] == 403
    assert reader("GET", f"/catalog/products/{product['id']}")[0] == 404
    assert reader("GET", "/pricing/price-lists")[0] == 200


def test_a_list_of_products_takes_words(api: Api) -> None:
    product = api("POST", "/catalog/products", GLASS)[2]
    ctx = make_context(TENANTS[id(api)])
    activity.record(ctx, [Event("evt_1", "ProductCreated", ctx.tenant_id, ctx.now, "product", product["id"], 1, ctx.actor,
                                "req_1", {})])
    found = api("GET", "/catalog/products?q=pied")[2]
    assert [(row["id"], row["name"]) for row in found["items"]] == [(product["id"], "Verre à pied")]
    assert api("GET", "/catalog/products?q=pied&is_active=false")[2]["items"] == []


def test_the_example_of_packs_in_the_usage_page(api: Api) -> None:
    """docs/usage/products-and-import.md, row by row."""
    carton = {"unit_code": "CT", "quantity": "6", "gtin": "5901234123457"}
    api("POST", "/catalog/products", {"name": "Macarons", "variants": [
        {"sku": "MAC", "vat_rate": "5.5", "conversions": [carton]}]})
    base = api("POST", "/pricing/price-lists", {"name": "Base", "currency": "EUR", "prices_include_vat": True})[2]["id"]
    api("PUT", f"/pricing/price-lists/{base}/prices", {"prices": [{"sku": "MAC", "entries": [{"price": "4.90"}]}]})
    house = api("POST", "/stock/warehouses", {"code": "PARIS", "name": "Paris"})[2]["id"]
    status, _, received = api("POST", "/stock/receipts", {"warehouse_id": house, "lines": [
        {"sku": "MAC", "quantity": "10", "unit_code": "CT", "unit_cost": "18.00", "cost_per": "unit"}]})
    assert status == 201 and (received["lines"][0]["quantity"], received["lines"][0]["unit_cost"]) == ("60", "3.00")

    def preview(**line: str) -> Any:
        return api("POST", "/sales/previews", {"lines": [line]})

    for named in ({"sku": "MAC", "unit_code": "CT"}, {"gtin": "5901234123457"}):
        found = preview(quantity="2", **named)[2]
        assert (found["lines"][0]["quantity"], Decimal(found["total_with_vat"])) == ("12", Decimal("58.80"))
    own = preview(sku="MAC", quantity="1", unit_code="CT", unit_price="27.00", price_per="unit")[2]
    assert (Decimal(own["lines"][0]["unit_price"]), Decimal(own["lines"][0]["amount"])) == (Decimal("4.5"), Decimal("27"))
    assert Decimal(preview(sku="MAC", quantity="0.5", unit_code="CT")[2]["lines"][0]["quantity"]) == 3
    assert preview(sku="MAC", quantity="0.4", unit_code="CT")[2]["code"] == "whole_quantity"
    assert api("POST", "/sales/orders", {"lines": [{"sku": "MAC", "quantity": "2", "unit_code": "CT"}]})[0] == 201
    assert api("GET", "/stock/levels/MAC")[2]["available"] == "48"

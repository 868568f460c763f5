"""Our answers and a real WooCommerce's have the same fields of the same types, resource by resource."""

from __future__ import annotations

import re
from typing import Any

import pytest

from infra.local.shops.woocommerce import Shop
from tests.shops.conftest import RECORDED_AT, Client, Starter, fill_recorded_catalogue, stage_config
from tests.shops.recordings import answer, asked, differences, recorded

#: Differences that are meant to be, each with its reason.
EXEMPT = {
    r"\.database\.database_tables\..*": "sizes of tables the demo shop does not have",
    r"\.(inactive_plugins|pages)": "a demo shop has no plugins and no pages of WordPress",
    r"\[\]\.(options|_links).*": "a list of all countries of the world is not needed to buy a cake",
    r".*\.permalink_template|.*\.generated_slug": "our pictures and pages are not WordPress's",
    r".*\.(options): .*": "fewer countries and currencies to choose from",
    r".*\.meta_data\[\]\.value.*": "free content",
    r".*_links\.collection.*|.*_links: missing.*": "links of WordPress's own discovery",
}


def unexpected(ours: Any, theirs: Any) -> list[str]:
    found = differences(ours, theirs)
    return [each for each in found if not any(re.match(pattern, each) for pattern in EXEMPT)]


@pytest.fixture
def shop(start: Starter) -> Shop:
    return start(stage_config("A"), lambda: RECORDED_AT)


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("system_status", 1),
        ("settings/tax", 2),
        ("settings/general", 3),
        ("taxes/classes", 4),
        ("taxes?per_page=100", 5),
        ("data/currencies/current", 6),
        ("payment_gateways?_fields=id,title,enabled,method_title", 7),
    ],
)
def test_what_a_connector_reads_first(shop: Shop, path: str, number: int) -> None:
    reply = Client(shop).call("GET", path)
    assert reply.status == recorded(number)["response"]["status"]
    assert unexpected(reply.json(), answer(number)) == []


def test_the_tax_table_and_the_classes_are_the_recorded_ones(shop: Shop) -> None:
    client = Client(shop)
    for path, number in (("taxes?per_page=100", 5), ("taxes/classes", 4)):
        ours, theirs = client.get(path), answer(number)
        assert [{**each, "_links": 0} for each in ours] == [{**each, "_links": 0} for each in theirs]


@pytest.mark.parametrize("number", [10, 11, 12, 13, 14, 15, 16])
def test_a_created_product(shop: Shop, number: int) -> None:
    reply = Client(shop).call("POST", "products", asked(number))
    ours, theirs = reply.json(), answer(number)
    assert reply.status == 201
    assert reply.headers["Location"] == f"{shop.url}/wp-json/wc/v3/products/{ours['id']}"
    assert list(ours) == list(theirs)
    assert unexpected(ours, theirs) == []
    own = ("id", "permalink", "permalink_template", "related_ids", "meta_data", "_links", "date_created",
           "date_created_gmt", "date_modified", "date_modified_gmt")  # fmt: skip
    if ours["on_sale"]:
        own += ("price_html",)  # The struck-out former price is markup we do not imitate.
    assert {name: ours[name] for name in ours if name not in own} == {name: theirs[name] for name in theirs if name not in own}


def test_a_variable_product_and_its_variations(shop: Shop) -> None:
    client = Client(shop)
    ids = fill_recorded_catalogue(client)
    path = f"products/{ids['MAR']}"
    assert unexpected(client.get(path), answer(20)) == []
    assert unexpected(client.get(f"{path}/variations?per_page=100"), answer(21)) == []
    created = client.call("POST", f"{path}/variations/batch", asked(18)).json()
    theirs = answer(18)
    assert unexpected(created["create"][0], theirs["create"][0]) == []
    refused = created["create"][1]
    refused["error"]["data"]["resource_id"] = 300
    assert refused == theirs["create"][1]
    grouped = client.call("POST", "products", {**asked(19), "grouped_products": [ids["LAMPE-01"], ids["BOUGIE-01"]]})
    assert unexpected(grouped.json(), answer(19)) == []
    for name in ("price", "on_sale", "purchasable", "type"):
        assert grouped.json()[name] == answer(19)[name]


def rest_order(client: Client) -> dict[str, Any]:
    ids = fill_recorded_catalogue(client)
    fields = asked(31)
    fields["line_items"] = [
        {"product_id": ids["LAMPE-01"], "quantity": 4},
        {"product_id": ids["LIVRE-01"], "quantity": 1, "subtotal": "18.00", "total": "15.00"},
        {"product_id": ids["MAR"], "variation_id": ids["MAR-L-R"], "quantity": 1},
    ]
    fields["coupon_lines"] = [{"code": "bienvenue10"}]
    return client.call("POST", "orders", fields).json()


def test_an_order_its_refunds_and_its_notes(shop: Shop) -> None:
    client = Client(shop)
    order = rest_order(client)
    path = f"orders/{order['id']}"
    assert list(client.get(path)) == list(answer(25))
    assert unexpected(order, {**answer(31), "coupon_lines": answer(26)["coupon_lines"]}) == []
    fields = asked(53)
    fields["line_items"][0]["id"] = order["line_items"][0]["id"]
    refund = client.call("POST", f"{path}/refunds", fields).json()
    assert unexpected(refund, answer(53)) == []
    assert unexpected(client.call("POST", f"{path}/refunds", asked(54)).json(), answer(54)) == []
    assert unexpected(client.get(f"{path}/refunds"), answer(57)) == []
    assert unexpected(client.get("refunds?per_page=50"), answer(60)) == []
    assert unexpected(client.get(path)["refunds"], answer(59)["refunds"]) == []
    assert unexpected(client.call("POST", f"{path}/notes", asked(61)).json(), answer(61)) == []
    assert unexpected(client.get(f"{path}/notes"), answer(62)) == []
    assert unexpected(client.get("orders"), answer(107)) == []


def test_customers_and_webhooks(shop: Shop) -> None:
    client = Client(shop)
    customer = client.call("POST", "customers", asked(24)).json()
    assert unexpected(customer, answer(24)) == []
    fields = {**asked(110), "delivery_url": "http://127.0.0.1:9/hook"}
    assert unexpected(client.call("POST", "webhooks", fields).json(), answer(110)) == []
    assert unexpected(client.get("webhooks"), answer(112)) == []


def test_the_walk_finds_what_differs() -> None:
    theirs = {"id": 1, "price": 2.5, "lines": [{"sku": "A", "tax": None}], "when": None}
    assert differences({"id": 2, "price": 3, "lines": [{"sku": "B", "tax": "1"}], "when": "x"}, theirs) == []
    assert differences({"id": "2", "lines": [{"sku": 1, "more": 1}], "when": None}, theirs) == [
        ": missing price",
        ".id: str instead of number",
        ".lines[]: missing tax",
        ".lines[]: extra more",
        ".lines[].sku: number instead of str",
    ]

"""Stock, prices and the catalogue of a recorded WooCommerce shop."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from connectors.contract import (
    ChannelProduct,
    Malformed,
    MappingProblem,
    PriceUpdate,
    PushOutcome,
    RateLimited,
    StockLevel,
)
from connectors.http import HttpResponse, using_transport
from connectors.strict_json import loads
from connectors.woocommerce.client import WooCommerce
from connectors.woocommerce.products import map_product
from tests.connectors.replay import Shop, answer, recorded

RECORDED = recorded("woocommerce")


def body(number: str) -> Any:
    return loads(RECORDED[number].response_body)


def test_a_batch_may_fail_in_part(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["082"])
    update = body("082")["update"]
    recorded_lamp = {"update": update[:2]}
    shop.answers = {}
    shop.answers_with("POST", "products/batch", answer(recorded_lamp))
    lamp, unknown = woo.push_stock([StockLevel("294", D(16)), StockLevel("999999", D(1))])
    assert (lamp.outcome, lamp.shown) == (PushOutcome.APPLIED, D(16))
    assert (unknown.outcome, unknown.code) == (PushOutcome.MISSING, "woocommerce_rest_product_invalid_id")
    assert shop.bodies("POST") == [
        {"update": [{"id": 294, "stock_quantity": 16}, {"id": 999999, "stock_quantity": 1}]}
    ]


def test_prices_are_sent_as_text_with_a_point(shop: Shop, woo: WooCommerce) -> None:
    book = next(entry for entry in body("082")["update"] if entry["id"] == 295)
    candle = body("081")
    shop.answers_with("POST", "products/batch", answer({"update": [book, candle]}))
    fine, misread = woo.push_prices([PriceUpdate("295", D("18.50")), PriceUpdate("298", D("12.95"))])
    assert fine.ok and fine.shown == D("18.50")
    assert (misread.outcome, misread.code, misread.shown) == (PushOutcome.REJECTED, "shown_differs", D(1295))
    (sent,) = shop.bodies("POST")
    assert [member["regular_price"] for member in sent["update"]] == ["18.50", "12.95"]


def test_an_item_without_managed_stock_drops_the_quantity_in_silence(shop: Shop, woo: WooCommerce) -> None:
    shop.answers_with("POST", "products/batch", answer({"update": [body("076")]}))
    (gift_card,) = woo.push_stock([StockLevel("297", D(5))])
    assert (gift_card.outcome, gift_card.code, gift_card.shown) == (
        PushOutcome.NOT_MANAGED, "stock_not_managed", None,
    )  # fmt: skip


def test_variations_are_pushed_under_their_product_in_the_order_given(shop: Shop, woo: WooCommerce) -> None:
    shop.answers_with("POST", "products/299/variations/batch", answer({"update": [body("074"), body("074") | {
        "id": 302, "manage_stock": "parent", "stock_quantity": 7}]}))  # fmt: skip
    shop.answers_with("POST", "products/batch", answer({"update": [body("073")]}))
    levels = [
        StockLevel("301", D(0), "299"),
        StockLevel("294", D(body("073")["stock_quantity"]) + D("0.9")),
        StockLevel("302", D(9), "299"),
    ]
    sold_out, lamp, by_parent = woo.push_stock(levels)
    assert sold_out.ok and sold_out.parent_external_id == "299"
    assert lamp.ok and lamp.external_id == "294"
    assert (by_parent.outcome, by_parent.code) == (PushOutcome.NOT_MANAGED, "stock_managed_by_parent")


def test_negative_stock_of_a_back_order_is_shown(shop: Shop, woo: WooCommerce) -> None:
    shop.answers_with("POST", "products/batch", answer({"update": [body("075")]}))
    (basket,) = woo.push_stock([StockLevel("296", D(-2))])
    assert basket.ok and basket.shown == D(-2)


class CountingShop(Shop):
    """A shop that takes any batch up to its limit and answers each member as set."""

    limit = 100

    def __call__(self, request: Any, policy: Any, clock: Any) -> Any:
        self.sent.append(request)
        members = self.bodies("POST")[-1]["update"]
        if len(members) > self.limit:
            return RECORDED["084"].response
        return answer({"update": [member | {"manage_stock": True} for member in members]})


@pytest.mark.parametrize(("limit", "calls"), [(100, [100, 100, 50]), (60, None)])
def test_many_items_go_in_batches_the_shop_accepts(
    limit: int, calls: list[int] | None, woo: WooCommerce
) -> None:
    shop = CountingShop()
    shop.limit = limit
    levels = [StockLevel(str(number), D(number)) for number in range(1, 251)]
    with using_transport(shop):
        results = woo.push_stock(levels)
    assert [result.external_id for result in results] == [level.external_id for level in levels]
    assert all(result.ok for result in results)
    sizes = [len(sent["update"]) for sent in shop.bodies("POST")]
    assert max(sizes) <= 100 and sum(size for size in sizes if size <= limit) == 250
    assert calls is None or sorted(sizes, reverse=True) == calls


def test_a_deleted_product_fails_only_its_own_variations(shop: Shop, woo: WooCommerce) -> None:
    gone = answer({"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID."}, 404)
    shop.answers_with("POST", "products/77/variations/batch", gone)
    shop.answers_with("POST", "products/batch", answer({"update": [body("073")]}))
    lost, lamp = woo.push_stock(
        [StockLevel("78", D(1), "77"), StockLevel("294", D(body("073")["stock_quantity"]))]
    )
    assert lost.outcome is PushOutcome.MISSING and lamp.ok


def test_an_incomplete_batch_answer_is_malformed(shop: Shop, woo: WooCommerce) -> None:
    shop.answers_with("POST", "products/batch", answer({"update": []}))
    with pytest.raises(Malformed):
        woo.push_stock([StockLevel("294", D(1))])


def test_stock_is_read_back(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["022"], RECORDED["021"])
    shown = {str(entry["id"]): entry["stock_quantity"] for entry in body("022")}
    lamp, drifted, unknown, variation = woo.read_stock(
        [
            StockLevel("294", D(shown["294"])),
            StockLevel("295", D(1)),
            StockLevel("5", D(1)),
            StockLevel("302", D(2), "299"),
        ]
    )
    assert lamp.ok and variation.ok
    assert (drifted.code, drifted.shown) == ("shown_differs", D(200))
    assert unknown.outcome is PushOutcome.MISSING
    assert [query["include"] for query in shop.queries()] == ["294,295,5", "302"]


def test_the_catalogue_lists_variations_after_their_product(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["022"], RECORDED["021"])
    page = woo.list_products()
    products = {item.external_id: item for item in page.items if isinstance(item, ChannelProduct)}
    assert page.cursor is None and len(products) == len(page.items) == 12
    assert products["298"].price == D("9.90") and products["298"].regular_price == D("12.90")
    assert products["299"].has_variants and products["299"].parent_external_id is None
    red = products["302"]
    assert (red.parent_external_id, red.sku, red.quantity) == ("299", "MAR-L-R", D(2))
    assert red.attributes == (("Taille", "L"), ("Couleur", "Rouge"))
    assert not products["297"].manage_stock and not products["297"].taxable
    parents = [item.stock_managed_by_parent for item in products.values()]
    assert parents.count(True) == sum(entry["manage_stock"] == "parent" for entry in body("021"))


def test_a_created_product_in_full() -> None:
    lamp = map_product(body("011"))
    assert isinstance(lamp, ChannelProduct)
    assert (lamp.sku, lamp.gtin, lamp.weight, lamp.kind) == ("LAMPE-01", "3760000000017", D("1.2"), "simple")
    assert isinstance(map_product({"id": 3, "manage_stock": "yes"}), MappingProblem)


def test_a_page_of_the_catalogue_ends_where_the_time_does_and_goes_on_there(shop: Shop, woo: WooCommerce) -> None:
    """A product with variations costs a call of its own: what was read before the shop had enough is kept."""
    def listed(number: int, kind: str = "variable") -> dict[str, object]:
        return {"id": number, "type": kind, "name": f"Bac {number}", "sku": "", "manage_stock": False}

    def variations(number: int) -> HttpResponse:
        return answer([{**listed(number * 10, "variation"), "sku": f"B-{number}"}])

    busy = answer({"code": "rest_busy", "message": "later"}, 429)
    whole = [listed(1, "simple"), listed(2), listed(3), listed(4)]
    shop.answers_with("GET", "products", answer(whole, **{"X-WP-Total": "4"}), answer(whole[2:]))
    shop.answers_with("GET", "products/2/variations", variations(2))
    shop.answers_with("GET", "products/3/variations", busy)
    shop.answers_with("GET", "products/4/variations", variations(4))
    first = woo.list_products()
    assert [each.external_id for each in first.items] == ["1", "2", "3", "4", "20"]
    assert (first.product_count, first.product_total, first.cursor) == (4, 4, ";3,4")
    shop.answers["GET", "/wp-json/wc/v3/products/3/variations"] = [variations(3)]
    rest = woo.list_products(first.cursor)
    assert [(each.external_id, each.parent_external_id) for each in rest.items if isinstance(each, ChannelProduct)] == [
        ("30", "3"), ("40", "4")]
    assert (rest.product_count, rest.cursor) == (0, None)
    shop.answers["GET", "/wp-json/wc/v3/products/3/variations"] = [busy]
    with pytest.raises(RateLimited):
        woo.list_products(first.cursor)

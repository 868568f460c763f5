"""The REST side's manners: errors word for word, pages, dates, batches, stock, states, refunds, authentication."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from infra.local.shops.woocommerce import Shop
from infra.local.shops.woocommerce.auth import Call, signature
from tests.shops.conftest import (
    READ_ONLY,
    READ_WRITE,
    RECORDED_AT,
    Client,
    Starter,
    fill_recorded_catalogue,
    stage_config,
)
from tests.shops.recordings import answer, asked, recorded


@pytest.fixture
def client(start: Starter) -> Client:
    shop = start(stage_config("A"), lambda: RECORDED_AT)
    client = Client(shop)
    client.ids = fill_recorded_catalogue(client)  # type: ignore[attr-defined]
    return client


def ids(client: Client) -> dict[str, int]:
    return client.ids  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("number", [89, 90, 91, 92, 93, 99])
def test_a_refused_call_is_answered_word_for_word(client: Client, number: int) -> None:
    exchange = recorded(number)
    path = exchange["request"]["target"].removeprefix("/wp-json/wc/v3/")
    reply = client.call(exchange["request"]["method"], path)
    assert (reply.status, reply.json()) == (exchange["response"]["status"], answer(number))


@pytest.mark.parametrize(("number", "sku"), [(78, "BOUGIE-01"), (79, "BOUGIE-01"), (80, "BOUGIE-01")])
def test_a_wrong_type_is_answered_word_for_word(client: Client, number: int, sku: str) -> None:
    reply = client.call("PUT", f"products/{ids(client)[sku]}", asked(number))
    assert (reply.status, reply.json()) == (400, answer(number))


def test_a_used_sku_an_unknown_coupon_and_a_used_email_are_refused(client: Client) -> None:
    reply, theirs = client.call("POST", "products", asked(95)), answer(95)
    theirs["data"]["resource_id"] = ids(client)["LAMPE-01"]
    assert (reply.status, reply.json()) == (400, theirs)
    fields = {**asked(96), "line_items": [{"product_id": ids(client)["LIVRE-01"], "quantity": 1}]}
    reply, theirs = client.call("POST", "orders", fields), answer(96)
    theirs["data"]["new_draft_order_id"] = reply.json()["data"]["new_draft_order_id"]
    assert (reply.status, reply.json()) == (400, theirs)
    assert client.get("orders") == []
    assert client.get(f"orders/{theirs['data']['new_draft_order_id']}")["status"] == "auto-draft"
    client.call("POST", "customers", asked(24))
    reply = client.call("POST", "customers", asked(97))
    assert (reply.status, reply.json()) == (400, answer(97))
    customer = client.get("customers")[0]
    assert client.call("DELETE", f"customers/{customer['id']}").json() == answer(71)


def test_broken_json_and_an_unknown_status_are_refused(client: Client) -> None:
    reply = client.http.request("POST", f"{client.shop.url}/wp-json/wc/v3/orders", body=b'{"status": ')
    assert (reply.status, reply.json()) == (400, answer(94))
    order = client.call("POST", "orders", {}).json()
    reply = client.call("PUT", f"orders/{order['id']}", asked(52))
    assert (reply.status, reply.json()) == (400, answer(52))


def test_an_unknown_product_leaves_an_empty_line(client: Client) -> None:
    line, theirs = client.call("POST", "orders", asked(98)).json()["line_items"][0], answer(98)["line_items"][0]
    assert {**line, "id": 0} == {**theirs, "id": 0}


def test_a_batch_is_a_200_with_its_errors_inside(client: Client) -> None:
    fields = asked(82)
    fields["update"][0]["id"], fields["update"][2]["id"] = ids(client)["LAMPE-01"], ids(client)["LIVRE-01"]
    reply, theirs = client.call("POST", "products/batch", fields), answer(82)
    assert reply.status == 200
    ours = reply.json()
    assert list(ours) == list(theirs)
    assert ours["update"][1] == theirs["update"][1]
    theirs["create"][0]["error"]["data"]["resource_id"] = ids(client)["LAMPE-01"]
    assert ours["create"] == theirs["create"]
    assert [ours["update"][0]["stock_quantity"], ours["update"][2]["regular_price"]] == [16, "18.50"]


def test_a_batch_of_a_hundred_and_one_is_too_large(client: Client) -> None:
    reply = client.call("POST", "products/batch", {"update": [{"id": ids(client)["LAMPE-01"]}] * 101})
    assert (reply.status, reply.json()) == (413, answer(84))
    assert client.call("POST", "products/batch", {"update": [{"id": ids(client)["LAMPE-01"]}] * 100}).status == 200


def test_keys_are_checked_word_for_word(client: Client) -> None:
    url = f"{client.shop.url}/wp-json/wc/v3/orders"
    nobody = urllib3.request("GET", url)
    assert (nobody.status, nobody.json()) == (401, answer(85))
    for name, secret, number in (("ck_wrong", "x", 86), (READ_WRITE.consumer_key, "wrong", 87)):
        reply = urllib3.request("GET", url, headers=urllib3.make_headers(basic_auth=f"{name}:{secret}"))
        assert (reply.status, reply.json()) == (401, answer(number))
    reader = Client(client.shop, READ_ONLY)
    assert reader.call("GET", "orders").status == 200
    reply = reader.call("POST", "orders", {})
    assert (reply.status, reply.json()) == (401, answer(88))


def signed(url: str, method: str = "GET", when: datetime | None = None, **query: str) -> str:
    stamp = str(int((when or RECORDED_AT).timestamp()))
    parameters = {
        **query,
        "oauth_consumer_key": READ_WRITE.consumer_key,
        "oauth_timestamp": stamp,
        "oauth_nonce": f"n{time.perf_counter_ns()}",
        "oauth_signature_method": "HMAC-SHA256",
    }
    call = Call(method, url, (), "")
    mark = signature(call, list(parameters.items()), READ_WRITE.consumer_secret)
    return f"{url}?{urlencode({**parameters, 'oauth_signature': mark})}"


def test_oauth_signs_every_parameter_and_each_nonce_is_good_once(client: Client) -> None:
    url = f"{client.shop.url}/wp-json/wc/v3/orders"
    address = signed(url, per_page="5", search="Hélène & fils ~")
    assert urllib3.request("GET", address).status == 200
    again = urllib3.request("GET", address)
    assert (again.status, again.json()["message"]) == (401, "Invalid nonce - nonce has already been used.")
    tampered = signed(url, per_page="5").replace("per_page=5", "per_page=6")
    assert urllib3.request("GET", tampered).json()["code"] == "woocommerce_rest_authentication_error"
    late = urllib3.request("GET", signed(url, when=RECORDED_AT - timedelta(minutes=16)))
    assert late.json()["message"] == "Invalid timestamp."


def test_the_signature_is_the_one_of_the_standard() -> None:
    """The base string is spelled out as in RFC 5849, section 3.4.1.1: encoded, sorted, and encoded again."""
    call = Call("POST", "http://example.com/request", (), "")
    pairs = [("b5", "=%3D"), ("a3", "a"), ("c@", ""), ("a2", "r b"), ("a3", "2 q")]
    base = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
    expected = hmac.new(b"kd94hf93k423kf44&", base.encode(), hashlib.sha256).digest()
    assert signature(call, pairs, "kd94hf93k423kf44") == base64.b64encode(expected).decode()


def test_pages_tell_their_totals_and_neighbours(client: Client) -> None:
    for _ in range(5):
        client.call("POST", "orders", {})
    first = client.call("GET", "orders?per_page=2&orderby=id&order=asc&_fields=id,status")
    assert [list(each) for each in first.json()] == [["id", "status"]] * 2
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("5", "3")
    url = f"{client.shop.url}/wp-json/wc/v3/orders"
    assert first.headers["Link"] == f'<{url}?per_page=2&orderby=id&order=asc&_fields=id%2Cstatus&page=2>; rel="next"'
    second = client.call("GET", "orders?per_page=2&page=2")
    assert 'page=1>; rel="prev"' in second.headers["Link"]
    assert 'page=3>; rel="next"' in second.headers["Link"]
    past = client.call("GET", "orders?per_page=2&page=99")
    assert (past.status, past.json(), past.headers["X-WP-Total"]) == (200, [], "0")


def test_modified_after_is_strict_and_without_a_zone_it_is_shop_time(client: Client) -> None:
    order = client.call("POST", "orders", {}).json()
    assert (order["date_modified"], order["date_modified_gmt"]) == ("2026-11-24T05:15:30", "2026-11-24T04:15:30")

    def found(query: str) -> list[Any]:
        return [each["id"] for each in client.get(f"orders?{query}")]

    assert found("modified_after=2026-11-24T04:15:30&dates_are_gmt=true") == []
    assert found("modified_after=2026-11-24T04:15:29&dates_are_gmt=true") == [order["id"]]
    assert found("modified_after=2026-11-24T04:15:29Z&dates_are_gmt=true") == [], "a zone hides the last hour"
    assert found("modified_after=2026-11-24T05:15:30") == []
    assert found("modified_after=2026-11-24T04:15:30") == [order["id"]]


def test_stock_and_price_change_as_recorded(client: Client) -> None:
    for number, sku in ((75, "PANIER-01"), (76, "CADEAU-50"), (77, "CADEAU-50"), (81, "BOUGIE-01")):
        ours = client.call("PUT", f"products/{ids(client)[sku]}", asked(number)).json()
        for name in ("stock_status", "backordered", "manage_stock", "regular_price", "price"):
            assert ours[name] == answer(number)[name], (number, name)
        if number != 81:
            assert ours["stock_quantity"] == answer(number)["stock_quantity"]
    path = f"products/{ids(client)['MAR']}/variations/{ids(client)['MAR-M-B']}"
    ours = client.call("PUT", path, asked(74)).json()
    assert (ours["stock_quantity"], ours["stock_status"]) == (0, "outofstock")


def place(client: Client, **more: Any) -> dict[str, Any]:
    lines = [{"product_id": ids(client)["LAMPE-01"], "quantity": 4}]
    fields = {"payment_method": "bacs", "line_items": lines, "set_paid": True, **more}
    return client.call("POST", "orders", fields).json()  # type: ignore[no-any-return]


def stock(client: Client, sku: str = "LAMPE-01") -> int:
    return client.get(f"products/{ids(client)[sku]}")["stock_quantity"]  # type: ignore[no-any-return]


def test_states_take_and_return_the_stock(client: Client) -> None:
    order = place(client)
    path = f"orders/{order['id']}"
    assert (order["status"], order["date_paid_gmt"], stock(client)) == ("processing", "2026-11-24T04:15:30", 36)
    done = client.call("PUT", path, {"status": "completed"}).json()
    assert (done["date_completed_gmt"], stock(client)) == ("2026-11-24T04:15:30", 36)
    client.call("PUT", path, {"status": "cancelled"})
    assert stock(client) == 40
    client.call("PUT", path, {"status": "failed"})
    assert stock(client) == 40
    client.call("PUT", path, {"status": "processing"})
    assert stock(client) == 36


def test_a_quantity_edited_alone_moves_the_stock_and_not_the_totals(client: Client) -> None:
    order = place(client)
    fields = {"line_items": [{"id": order["line_items"][0]["id"], "quantity": 3}]}
    edited = client.call("PUT", f"orders/{order['id']}", fields).json()
    assert (edited["line_items"][0]["quantity"], edited["total"], stock(client)) == (3, order["total"], 37)


def test_refunds_leave_the_total_and_may_restock(client: Client) -> None:
    order = place(client)
    path = f"orders/{order['id']}"
    fields = asked(53)
    fields["line_items"][0]["id"] = order["line_items"][0]["id"]
    refund = client.call("POST", f"{path}/refunds", fields).json()
    theirs = answer(53)["line_items"][0]
    for name in ("quantity", "subtotal", "subtotal_tax", "total", "total_tax", "taxes", "price"):
        assert refund["line_items"][0][name] == theirs[name]
    assert stock(client) == 37
    for number in (55, 56):
        reply = client.call("POST", f"{path}/refunds", asked(number))
        assert (reply.status, reply.json()) == (500, answer(number))
    after = client.get(path)
    assert (after["total"], after["status"]) == (order["total"], "processing")
    assert [(each["total"], each["total_tax"]) for each in after["refunds"]] == [("-59.88", "-9.98")]


def test_the_status_refunded_makes_a_refund_without_lines(client: Client) -> None:
    order = place(client)
    after = client.call("PUT", f"orders/{order['id']}", {"status": "refunded"}).json()
    assert (after["status"], after["refunds"][0]["total"]) == ("refunded", f"-{order['total']}")
    refund = client.get(f"orders/{order['id']}/refunds")[0]
    assert (refund["line_items"], refund["reason"], stock(client)) == ([], "Order fully refunded.", 36)


def test_meta_of_one_key_is_replaced_and_the_bin_can_be_read(client: Client) -> None:
    order = place(client, meta_data=[{"key": "_erp_id", "value": "1"}])
    path = f"orders/{order['id']}"
    after = client.call("PUT", path, asked(64)).json()
    assert [(each["key"], each["value"]) for each in after["meta_data"]] == [("_erp_id", "SO-2026-00012-bis")]
    assert client.call("DELETE", path).json()["status"] == "processing"
    assert client.get(path)["status"] == "trash"
    assert client.get("orders") == []
    assert [each["id"] for each in client.get("orders?status=trash")] == [order["id"]]
    assert client.call("DELETE", f"{path}?force=true").status == 200
    assert client.get(path) == answer(70)


def test_orders_are_found_by_status_search_and_customer(client: Client) -> None:
    customer = client.call("POST", "customers", asked(24)).json()
    first = place(client, customer_id=customer["id"], billing=asked(31)["billing"])
    second = client.call("POST", "orders", {"status": "completed"}).json()

    def found(query: str) -> list[int]:
        return [each["id"] for each in client.get(f"orders?{query}")]

    assert found("search=Lef%C3%A8vre") == [first["id"]]
    assert found(f"customer={customer['id']}") == [first["id"]]
    assert found("status=processing,completed") == [second["id"], first["id"]]
    assert found("status=on-hold") == []
    assert found(f"include={second['id']}") == [second["id"]]
    assert client.get("customers")[0]["is_paying_customer"] is True


def test_products_are_found_by_sku_also_a_variation(client: Client) -> None:
    assert [each["sku"] for each in client.get("products?sku=MAR-S-B")] == ["MAR-S-B"]
    assert {each["sku"] for each in client.get("products?search=atlas")} == {"LIVRE-01"}
    assert "MAR-S-B" not in {each["sku"] for each in client.get("products?per_page=100")}


@pytest.mark.parametrize(("mode", "status"), [("500", 500), ("429", 429), ("garbage", 200)])
def test_the_switch_makes_the_rest_side_misbehave(retail: Shop, mode: str, status: int) -> None:
    client = Client(retail)
    control = f"{retail.url}/__control"
    assert urllib3.request("POST", control, json={"mode": mode}).status == 404
    token = {"X-Control-Token": "secret"}
    assert urllib3.request("POST", control, json={"mode": "nonsense"}, headers=token).status == 400
    assert urllib3.request("POST", control, json={"mode": mode, "seconds": 2}, headers=token).status == 200
    reply = client.call("GET", "products")
    assert reply.status == status
    if mode == "429":
        assert reply.headers["Retry-After"] == "2"
    if mode == "garbage":
        with pytest.raises(ValueError):
            json.loads(reply.data)
    assert urllib3.request("GET", retail.url).status == 200
    retail.fail("ok")
    assert client.call("GET", "products").status == 200


def test_a_shop_that_is_down_hangs_up_and_a_slow_one_takes_its_time(retail: Shop) -> None:
    client = Client(retail)
    retail.fail("down")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        client.call("GET", "products")
    retail.fail("slow", seconds=0.2)
    began = time.perf_counter()
    assert client.call("GET", "products").status == 200
    assert time.perf_counter() - began >= 0.2


def test_the_clock_of_a_shop_is_utc_whatever_it_is_given(start: Starter) -> None:
    shop = start(stage_config("A"), lambda: datetime(2026, 7, 1, 12, 0, tzinfo=UTC))
    order = Client(shop).call("POST", "orders", {}).json()
    assert (order["date_created"], order["date_created_gmt"]) == ("2026-07-01T14:00:00", "2026-07-01T12:00:00")

"""Orders and stock through the API, as a program sees them."""

from __future__ import annotations

from typing import Any

import pytest

from bench.shop import Shop as ApiShop
from bench.shop import checked, open_shop, order_body
from chalicelib.storage import client


@pytest.fixture(scope="module")
def api(engine: Any) -> ApiShop:
    """A company with 6 articles of 50 each."""
    return open_shop(6, 50)


def test_an_order_is_placed_shown_shipped_and_explained(api: ApiShop) -> None:
    order = checked(api.call("POST", "/api/sales/orders", order_body(api, 0)), 201)
    assert (order["state"], order["version"], order["paid_total"]) == ("confirmed", 1, "83.60")
    assert order["allowed_actions"] == ["ship", "prepare", "amend", "hold", "cancel", "refund"]
    nets = [line["line_net_amount"] for line in (*order["lines"], *order["charges"])]
    assert sum(map(float, nets)) == pytest.approx(float(order["total_without_vat"]))
    assert [line["reserved_quantity"] for line in order["lines"]] == ["1", "1", "1"]
    status, headers, _ = api.call("GET", f"/api/sales/orders/{order['id']}")
    assert (status, headers["ETag"]) == (200, '"1"')
    shipped = checked(api.call("POST", f"/api/sales/orders/{order['id']}/ship", {"tracking_number": "6A1"}), 200)
    assert shipped["state"] == "shipped" and shipped["allowed_actions"] == ["close", "refund"]
    assert checked(api.call("GET", f"/api/sales/orders/{order['id']}/explain"), 200)["value"] == "83.60"
    stale = api.call("POST", f"/api/sales/orders/{order['id']}/close", {}, if_match='"1"')
    assert (stale[0], stale[2]["code"]) == (412, "stale_version")


def ship_while_somebody_writes(api: ApiShop, order: dict[str, Any], **headers: str) -> tuple[int, Any]:
    """Ships the order; between its reading and the writing of the shipment its note is saved, once, as a shop's echo would."""
    path, left = f"/api/sales/orders/{order['id']}", [1]

    def echo(operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        if left and operation.endswith("GetItem") and order["id"] in str(parameters):
            left.clear()
            checked(api.call("PUT", path, {"note": "Leave it at the door"}), 200)

    client.observers.append(echo)
    try:
        status, _, answer = api.call("POST", f"{path}/ship", {"tracking_number": "6A2"}, **headers)
    finally:
        client.observers.remove(echo)
    assert not left, "somebody wrote in between"
    return status, answer


def test_who_names_no_version_ships_the_order_as_it_stands(api: ApiShop) -> None:
    order = checked(api.call("POST", "/api/sales/orders", order_body(api, 0)), 201)
    status, shipped = ship_while_somebody_writes(api, order)
    assert (status, shipped.get("state"), shipped.get("note")) == (200, "shipped", "Leave it at the door")
    assert len(shipped["shipments"]) == 1


def test_who_names_a_version_is_told_that_it_is_gone(api: ApiShop) -> None:
    order = checked(api.call("POST", "/api/sales/orders", order_body(api, 0)), 201)
    status, problem = ship_while_somebody_writes(api, order, if_match='"1"')
    assert (status, problem["code"]) == (412, "stale_version")
    assert checked(api.call("GET", f"/api/sales/orders/{order['id']}"), 200)["shipments"] == []


def test_the_same_key_gives_the_same_order_and_another_body_is_refused(api: ApiShop) -> None:
    body = order_body(api, 1)
    first = checked(api.call("POST", "/api/sales/orders", body, idempotency_key="k-1"), 201)
    status, headers, again = api.call("POST", "/api/sales/orders", body, idempotency_key="k-1")
    assert (status, headers["Idempotent-Replay"], again["id"]) == (201, "true", first["id"])
    status, _, problem = api.call("POST", "/api/sales/orders", order_body(api, 2), idempotency_key="k-1")
    assert (status, problem["code"]) == (422, "idempotency_key_reused")


def test_an_order_is_three_round_trips_authentication_included(api: ApiShop) -> None:
    seen: list[str] = []
    api.call("POST", "/api/sales/orders", order_body(api, 3))
    client.observers.append(lambda operation, parameters, answer: seen.append(operation))
    try:
        checked(api.call("POST", "/api/sales/orders", order_body(api, 4)), 201)
    finally:
        client.observers.pop()
    assert seen == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_what_is_short_is_a_conflict_that_names_the_line(api: ApiShop) -> None:
    status, _, problem = api.call("POST", "/api/sales/orders", order_body(api, 5, quantity=1000))
    assert (status, problem["code"]) == (409, "stock_short")
    assert set(problem["fields"]) == {"lines.0.quantity", "lines.1.quantity", "lines.2.quantity"}


@pytest.mark.parametrize("change", [
    {"lines": []}, {"lines": [{"sku": "SKU-0001", "quantity": "0", "unit_price": "1"}]},
    {"lines": [{"sku": "SKU-0001", "quantity": "1e30", "unit_price": "1"}]},
    {"lines": [{"sku": "SKU-0001", "quantity": "1", "unit_price": "1e20"}]},
    {"lines": [{"sku": "SKU-0001", "quantity": "NaN", "unit_price": "1"}]},
    {"lines": [{"sku": "SKU-0001", "quantity": "1", "unit_price": "NaN"}]},
    {"lines": [{"sku": "SKU-0001", "quantity": "1", "unit_price": "-5"}]},
    {"lines": [{"sku": "SKU-0001", "quantity": "1", "unit_price": "1", "vat_rate": "NaN"}]},
    {"lines": [{"sku": "SKU-0001", "quantity": "1", "unit_price": "1", "allowance": "5"}]},
    {"charges": [{"amount": "0.001"}]}, {"charges": [{"amount": "Infinity"}]}, {"allowance": "-1"}, {"allowance": "1e9"},
    {"paid_total": "NaN"}, {"currency": "euro"}, {"state": "shipped"}, {"shortage": "wait"}, {"channel_id": "con_1"},
    {"external_number": "x" * 5000}, {"note": "x" * 500_000}, {"channel_id": "c", "external_id": "#" * 3000}, {"lines": 7}])
def test_what_no_order_can_be_is_refused_with_a_reason(api: ApiShop, change: dict[str, Any]) -> None:
    status, _, problem = api.call("POST", "/api/sales/orders", {**order_body(api, 6), **change})
    assert status == 400 and problem["code"], problem


@pytest.mark.parametrize("lines", [
    [{"sku": "SKU-0001", "quantity": "NaN", "unit_cost": "1"}], [{"sku": "SKU-0001", "quantity": "1", "unit_cost": "NaN"}],
    [{"sku": "SKU-0001", "quantity": "Infinity", "unit_cost": "1"}], [{"sku": "SKU-0001", "quantity": "-1", "unit_cost": "1"}],
    [{"sku": "SKU-0001", "quantity": "1", "unit_cost": "-1"}], [{"sku": "NONE", "quantity": "1", "unit_cost": "1"}],
    [{"sku": "SKU-0001", "quantity": "1", "unit_cost": "1", "lot_number": "a#b"}], []])
def test_what_no_receipt_can_be_is_refused_with_a_reason(api: ApiShop, lines: list[dict[str, str]]) -> None:
    status, _, problem = api.call("POST", "/api/stock/receipts", {"warehouse_id": api.warehouse_id, "lines": lines})
    assert status == 400 and problem["code"], problem


def test_stock_is_read_and_explained_by_sku(api: ApiShop) -> None:
    level = checked(api.call("GET", "/api/stock/levels/SKU-0005"), 200)
    assert level["on_hand"] == "50" and level["warehouses"][0]["warehouse_name"] == "Main"
    why = checked(api.call("GET", "/api/stock/levels/SKU-0005/explain?buffer=3"), 200)
    assert float(why["value"]) == float(level["available"]) - 3
    assert api.call("GET", "/api/stock/levels/SKU-0005/explain?buffer=NaN")[0] == 400
    assert api.call("GET", "/api/stock/levels/NONE")[0] == 404

"""What hostile or broken callers get: a problem document within a second, and nothing stored."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import urllib3

from tests.running import Client, Running

ORDERS = "/api/sales/orders"
LINE = '{"sku":"MACARONS","quantity":"1","unit_price":"1.00"}'
BODIES: dict[str, bytes] = {
    "not UTF-8": b'{"lines": [{"sku": "\xff\xfe", "quantity": "1"}]}',
    "half a surrogate": b'{"lines":[{"sku":"\\ud800","quantity":"1"}]}',
    "NaN": b'{"lines":[{"sku":"MACARONS","quantity":NaN}]}',
    "Infinity": b'{"lines":[{"sku":"MACARONS","quantity":-Infinity}]}',
    "duplicate keys": f'{{"lines":[{LINE}],"lines":[]}}'.encode(),
    "depth": b'{"lines":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "not JSON": b"<order/>",
    "a number alone": b"42",
    "a huge exponent": b'{"lines":[{"sku":"MACARONS","quantity":1e999999}]}',
    "a huge number": b'{"lines":[{"sku":"MACARONS","quantity":' + b"9" * 10_000 + b"}]}",
    "an unknown field": f'{{"lines":[{LINE}],"admin":true}}'.encode(),
    "a negative quantity": b'{"lines":[{"sku":"MACARONS","quantity":"-1","unit_price":"1"}]}',
    "an unknown SKU": b'{"lines":[{"sku":"NO-SUCH","quantity":"1","unit_price":"1"}]}',
    "no line": b'{"lines":[]}',
    "nothing": b"",
    "ten megabytes": b'{"note":"' + b"x" * 10_000_000 + b'"}',
}


@pytest.mark.parametrize("what", BODIES)
def test_a_bad_body_is_refused_at_once_and_in_words(running: Running, client: Client, what: str) -> None:
    pool = urllib3.PoolManager(retries=False)
    started = time.monotonic()
    answer = pool.request("POST", running.url + ORDERS, body=BODIES[what], headers={
        "Authorization": f"Bearer {client.api_key}", "Content-Type": "application/json"})
    seconds = time.monotonic() - started
    problem = json.loads(answer.data)
    assert 400 <= answer.status < 500, (answer.status, problem)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["code"] and problem["detail"] and problem["request_id"]
    assert seconds < 1 if len(BODIES[what]) < 1_000_000 else seconds < 3


@pytest.mark.parametrize("what", BODIES)
def test_a_hostile_delivery_is_refused_and_not_stored(running: Running, client: Client, what: str) -> None:
    connection = running.facts["connections"][0]
    before = client.get("/api/channels/deliveries?limit=5")["items"]
    answer = urllib3.PoolManager(retries=False).request("POST", connection["webhook_url"], body=BODIES[what], headers={
        "Content-Type": "application/json", "X-WC-Webhook-Topic": "order.created", "X-WC-Webhook-Signature": "AAAA",
        "X-WC-Webhook-Delivery-ID": f"hostile {what}"})
    assert answer.status in (401, 413), answer.status
    after = client.get("/api/channels/deliveries?limit=5")["items"]
    assert [row["id"] for row in after] == [row["id"] for row in before]


FOREIGN: tuple[tuple[str, str], ...] = (
    ("GET", "/api/sales/orders/{id}"), ("POST", "/api/sales/orders/{id}/hold"), ("GET", "/api/parties/customers/{id}"),
    ("GET", "/api/catalog/products/{id}"), ("GET", "/api/stock/warehouses/{id}"), ("GET", "/api/channels/connections/{id}"),
)


@pytest.mark.parametrize(("method", "path"), FOREIGN)
def test_an_id_of_another_tenant_answers_like_one_that_does_not_exist(
    running: Running, client: Client, method: str, path: str
) -> None:
    def body(answer: tuple[int, Any]) -> tuple[int, dict[str, Any]]:
        return answer[0], {name: value for name, value in answer[1].items() if name != "request_id"}

    sent = {"reason": "check"} if method == "POST" else None
    foreign = body(client.call(method, path.format(id="ord_01M00000000000000000000000"), sent))
    missing = body(client.call(method, path.format(id="nonexistent"), sent))
    assert foreign == missing
    assert foreign[0] == 404


@pytest.mark.parametrize("path", ["/api/nope", "/api/sales/nope/x/y", "/api/sales/orders/%2e%2e%2f"])
def test_an_unknown_address_is_a_problem_document(running: Running, client: Client, path: str) -> None:
    status, problem = client.call("GET", path)
    assert status in (400, 404), status
    assert problem["code"]


def test_an_idempotency_key_used_for_another_body_is_refused(running: Running, client: Client) -> None:
    body = {"lines": [{"sku": "MACARONS", "quantity": "1", "unit_price": "29.90"}], "state": "draft"}
    first = client.post(ORDERS, body, Idempotency_Key="one-key")
    again = client.post(ORDERS, body, Idempotency_Key="one-key")
    assert again["id"] == first["id"]
    status, problem = client.call("POST", ORDERS, {**body, "note": "other"}, Idempotency_Key="one-key")
    assert (status, problem["code"]) == (422, "idempotency_key_reused")


def test_a_page_of_another_query_is_refused(running: Running, client: Client) -> None:
    page = client.get("/api/sales/orders?limit=1")
    assert page["cursor"]
    for stolen in (f"/api/sales/orders?limit=1&state=confirmed&cursor={page['cursor']}",
                   f"/api/parties/customers?limit=1&cursor={page['cursor']}",
                   f"/api/sales/orders?limit=1&cursor={page['cursor'][:-2]}xx"):
        status, problem = client.call("GET", stolen)
        assert (status, problem["code"]) == (400, "cursor"), stolen

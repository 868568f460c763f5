"""Webhooks are sent as recorded: ping, headers, signature, order of topics, failures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from infra.local.shops.woocommerce import Shop, orders
from infra.local.shops.woocommerce.config import SHIPPING_METHODS
from infra.local.shops.woocommerce.webhooks import sign
from tests.shops.conftest import RECORDED_AT, RETAIL, Client, Starter
from tests.shops.recordings import answer, differences, recorded

SECRET = "demo-webhook-secret-é-42"


@dataclass
class Listener:
    """What the shop sent, in order, with the time of arrival; `status` is what it is answered."""

    url: str = ""
    status: int = 200
    wait_seconds: float = 0
    seen: list[tuple[dict[str, str], bytes, float]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[tuple[dict[str, str], bytes, float]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.seen) >= count, timeout=10), self.topics
        return self.seen

    @property
    def topics(self) -> list[str]:
        return [headers.get("X-WC-Webhook-Topic", "ping") for headers, _, _ in self.seen]

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        return [json.loads(body) for headers, body, _ in self.seen if "X-WC-Webhook-Topic" in headers]


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with heard.changed:
                heard.seen.append((dict(self.headers), body, time.perf_counter()))
                heard.changed.notify_all()
            time.sleep(heard.wait_seconds)
            self.send_response(heard.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    heard.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield heard
    server.shutdown()
    server.server_close()


def subscribe(client: Client, listener: Listener, *topics: str) -> list[int]:
    ids = []
    for topic in topics:
        fields = {"name": topic, "topic": topic, "delivery_url": listener.url, "secret": SECRET}
        created = client.call("POST", "webhooks", fields)
        assert created.status == 201
        ids.append(created.json()["id"])
    return ids


def buy(shop: Shop, sku: str = "MAC", quantity: int = 1) -> dict[str, Any]:
    with shop.core.state.read():
        product = next(each for each in shop.core.state.all("product") if each["sku"] == sku)
    address = {**dict.fromkeys(orders.ADDRESS, ""), "country": "FR", "phone": ""}
    cart = [orders.CartLine(product["id"], quantity)]
    return orders.place(shop.core, cart, {**address, "email": "a@example.com"}, address, SHIPPING_METHODS[0])


def settle(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_the_signature_is_the_recorded_one() -> None:
    exchange = recorded(113)["request"]
    assert sign(SECRET, exchange["body"].encode()) == dict(exchange["headers"])["X-WC-Webhook-Signature"]


def test_a_ping_comes_before_the_answer_and_the_secret_is_never_told(retail: Shop, listener: Listener) -> None:
    client = Client(retail)
    (webhook_id,) = subscribe(client, listener, "order.created")
    headers, body, _ = listener.seen[0]
    theirs = dict(recorded(111)["request"]["headers"])
    assert body == f"webhook_id={webhook_id}".encode()
    assert headers["Content-Type"] == theirs["Content-Type"]
    assert headers["User-Agent"] == theirs["User-Agent"]
    assert not [name for name in headers if name.startswith("X-WC")]
    assert SECRET not in json.dumps(client.get("webhooks"), ensure_ascii=False)


def test_a_sale_is_told_at_once_updated_before_created_with_the_state_at_sending(retail: Shop, listener: Listener) -> None:
    client = Client(retail)
    subscribe(client, listener, "order.created", "order.updated", "product.updated")
    order = buy(retail)
    began = time.perf_counter()
    seen = listener.wait_for(6)[3:]
    assert listener.topics[3:] == ["order.updated", "order.created", "product.updated"]
    assert seen[0][2] - began < 0.5
    for headers, body, _ in seen:
        mark = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
        assert headers["X-WC-Webhook-Signature"] == mark
        theirs = dict(recorded(113)["request"]["headers"])
        assert {name for name in headers if name.startswith("X-WC")} == {name for name in theirs if name.startswith("X-WC")}
        assert headers["X-WC-Webhook-Source"] == f"{retail.url}/"
    sent = listener.deliveries
    assert sent[0] == client.get(f"orders/{order['id']}")
    assert sent[2]["stock_quantity"] == 23
    theirs = json.loads(recorded(113)["request"]["body"])
    assert [each for each in differences(sent[0], theirs) if "_links" not in each and "meta_data[]" not in each] == []


def test_delivery_ids_repeat_within_one_second(start: Starter, listener: Listener) -> None:
    shop = start(RETAIL, lambda: RECORDED_AT)
    subscribe(Client(shop), listener, "order.created")
    buy(shop)
    buy(shop)
    seen = listener.wait_for(3)[1:]
    assert len({headers["X-WC-Webhook-Delivery-ID"] for headers, _, _ in seen}) == 1
    assert len({body for _, body, _ in seen}) == 2


def test_the_body_is_the_state_when_sent_not_when_it_happened(retail: Shop, listener: Listener) -> None:
    client = Client(retail)
    subscribe(client, listener, "order.updated")
    listener.wait_seconds = 0.4
    order = buy(retail)
    listener.wait_for(2)
    for status in ("completed", "cancelled"):
        client.call("PUT", f"orders/{order['id']}", {"status": status})
    listener.wait_for(4)
    assert [each["status"] for each in listener.deliveries] == ["processing", "cancelled", "cancelled"]


def test_a_variation_is_told_in_a_products_shape(retail: Shop, listener: Listener) -> None:
    client = Client(retail)
    subscribe(client, listener, "product.updated")
    buy(retail, "BUC-4")
    listener.wait_for(2)
    sent, theirs = listener.deliveries[0], json.loads(recorded(125)["request"]["body"])
    assert (sent["name"], sent["type"], sent["stock_quantity"]) == ("Bûche glacée - 4 parts", "variation", 3)
    ours = [each for each in differences(sent, theirs) if "_links" not in each]
    assert ours == []


def test_the_bin_tells_the_id_only_and_notes_and_restoring_tell_nothing(retail: Shop, listener: Listener) -> None:
    client = Client(retail)
    order = buy(retail)
    subscribe(client, listener, "order.deleted", "order.updated")
    path = f"orders/{order['id']}"
    client.call("POST", f"{path}/notes", {"note": "interne"})
    client.call("DELETE", path)
    client.call("PUT", path, {"status": "processing"})
    client.call("DELETE", f"{path}?force=true")
    settle(lambda: not retail.core.state.all("delivery"))
    assert listener.topics == ["ping", "ping", "order.deleted"]
    assert listener.deliveries == [{"id": order["id"]}]


def test_nothing_is_sent_again_a_ping_follows_each_failure_and_the_seventh_disables(retail: Shop, listener: Listener) -> None:
    client = Client(retail)
    (webhook_id,) = subscribe(client, listener, "order.created")
    listener.status = 500
    statuses = []
    for _ in range(8):
        buy(retail)
        settle(lambda: not retail.core.state.all("delivery"))
        statuses.append(client.get(f"webhooks/{webhook_id}")["status"])
    assert statuses == ["active"] * 6 + ["disabled"] * 2
    assert listener.topics == ["ping"] + ["order.created", "ping"] * 6 + ["order.created"]
    reply = client.call("PUT", f"webhooks/{webhook_id}", {"status": "active"}).json()
    assert (reply["status"], listener.topics[-1], len(listener.seen)) == ("active", "ping", 15)
    listener.status = 200
    buy(retail)
    listener.wait_for(16)
    assert listener.topics[-1] == "order.created"


def test_one_success_forgives_the_failures_before(retail: Shop, listener: Listener) -> None:
    client = Client(retail)
    (webhook_id,) = subscribe(client, listener, "order.created")
    for status in [500] * 6 + [200] + [500] * 6:
        listener.status = status
        buy(retail)
        settle(lambda: not retail.core.state.all("delivery"))
    assert client.get(f"webhooks/{webhook_id}")["status"] == "active"


def test_a_listener_that_is_gone_counts_as_a_failure(retail: Shop) -> None:
    client = Client(retail)
    fields = {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/hook"}
    created = client.call("POST", "webhooks", fields)
    assert created.status == 201
    buy(retail)
    settle(lambda: not retail.core.state.all("delivery"))
    with retail.core.state.read():
        assert retail.core.state.all("webhook")[0]["failures"] == 1


@pytest.mark.parametrize("url", ["ftp://example.com", "http://example.com/hook", "javascript:alert(1)"])
def test_only_loopback_may_listen(retail: Shop, url: str) -> None:
    reply = Client(retail).call("POST", "webhooks", {"topic": "order.created", "delivery_url": url})
    assert (reply.status, reply.json()) == (400, answer(147))

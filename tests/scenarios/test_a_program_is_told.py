"""A merchant's warehouse robot hears of an order within a second, misses one, hears it again, and is given a new secret."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.running import Client, eventually
from tests.webhooks.receiver import Heard, receiver
from tests.webhooks.test_signing import examples

ENDPOINTS, MESSAGES = "/api/webhooks/endpoints", "/api/webhooks/messages"


def _verify(secret: str, heard: Heard) -> bool:
    """As the page for users says that a receiver does it."""
    names: dict[str, Any] = {}
    exec(examples()[0], names)
    return bool(names["verify"](secret, heard.headers, heard.body))


def _order(client: Client) -> dict[str, Any]:
    sku = client.get("/api/catalog/variants?limit=1")["items"][0]["sku"]
    made = client.post("/api/sales/orders", {"lines": [{"sku": sku, "quantity": "1", "unit_price": "9.90"}],
                                             "shortage": "backorder"})
    return dict(made)


def _log(client: Client, endpoint_id: str, **query: str) -> list[dict[str, Any]]:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return list(client.get(f"{MESSAGES}?endpoint_id={endpoint_id}{more}")["items"])


def test_a_robot_hears_of_orders_and_of_what_it_missed(client: Client) -> None:
    with receiver() as robot:
        made = client.post(ENDPOINTS, {"name": "Robot", "url": robot.url, "event_types": ["OrderPlaced"]})
        secret, path = made["secret"], f"{ENDPOINTS}/{made['id']}"
        assert secret.startswith("whsec_") and "secret" not in client.get(path)
        began = time.monotonic()
        order = _order(client)
        (heard,) = eventually(lambda: list(robot.heard))
        seconds = time.monotonic() - began
        told = json.loads(heard.body)
        assert _verify(secret, heard) and told["type"] == "OrderPlaced" and told["data"]["id"] == order["id"]
        assert told["data"]["url"].endswith(f"/api/sales/orders/{order['id']}") and seconds < 10

        robot.answer = lambda heard: (503, {}, b"out of battery")
        missed = _order(client)
        waiting = eventually(lambda: [row for row in _log(client, made["id"], state="pending") if row["attempt_count"]])[0]
        assert (waiting["subject_id"], waiting["status"]) == (missed["id"], 503)
        shown = client.get(f"{MESSAGES}/{waiting['id']}")
        assert shown["attempts"][0]["answer"] == "out of battery" and shown["next_attempt_at"]

        changed = client.post(f"{path}/rotate_secret", {}, status=200)
        robot.answer = lambda heard: (200, {}, b"")
        client.post(f"{MESSAGES}/{waiting['id']}/resend", {}, status=200)
        eventually(lambda: _log(client, made["id"], state="pending") == [] and len(_log(client, made["id"])) == 2)
        again = robot.heard[-1]
        assert again.headers["webhook-id"] == shown["webhook_id"] and again.body.decode() == shown["body"]
        assert _verify(secret, again) and _verify(changed["secret"], again)

        robot.answer = lambda heard: (410, {}, b"")
        client.post(f"{path}/ping", {})
        eventually(lambda: client.get(path)["state"] == "disabled")
        assert client.get(path)["disabled_code"] == "gone"
        status, refusal = client.call("POST", f"{path}/ping", {})
        assert (status, refusal["code"]) == (409, "wrong_state")
        assert client.call("DELETE", path)[0] == 204 and client.call("GET", path)[0] == 404
    inside = {"name": "X", "url": "https://169.254.169.254/", "event_types": ["OrderPlaced"]}
    status, refusal = client.call("POST", ENDPOINTS, inside)
    assert (status, refusal["code"]) == (400, "url")

"""`/api/channels` as the portal, a program and a shop call it."""

from __future__ import annotations

import json
import secrets as chance
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels import ingress
from chalicelib.channels.model import ConnectionView, NewBinding
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.runtime.api import platform_context
from chalicelib.stock import service as warehouse
from chalicelib.stock.model import NewReceipt, ReceiptLine
from chalicelib.storage import keys, read
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import NewApiKey, NewTenant
from connectors.woocommerce.webhook import sign
from tests.channels.merchant import KEY, Merchant
from tests.conftest import make_context

Call = Callable[..., tuple[int, Any, Any]]


class Program:
    """A program with an API key of the merchant's tenant."""

    def __init__(self, call: Call, token: str) -> None:
        self._call, self._token = call, token

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"authorization": f"Bearer {self._token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        status, _, found = self._call(method, f"/api/channels{path}", body, sent)
        return status, found


@pytest.fixture
def merchant(engine: Any, tmp_path: Path) -> Iterator[Merchant]:
    """A merchant whose tenant exists, so that its keys open doors."""
    name = f"shop-{chance.token_hex(4)}"
    tenants.create_tenant(platform_context("req_tenant"), NewTenant(
        name="Maison Givrée", tenant_id=name, owner_email=f"{name}@example.com", owner_name="Ada",
        owner_password="trois petits flocons"))

    def new_ctx(*permissions: str) -> Context:
        return make_context(name, *permissions)

    made = Merchant(new_ctx, tmp_path)
    made.open("retail", "MAC", "SORBET")
    yield made
    made.stop()


@pytest.fixture
def program(merchant: Merchant, call: Call) -> Program:
    _, token = tenants.create_api_key(merchant.ctx(), NewApiKey(name="ERP", role="owner"))
    return Program(call, token)


def new_connection(merchant: Merchant) -> dict[str, Any]:
    return {"name": "Retail", "base_url": merchant.shops["retail"].url,
            "credentials": {"consumer_key": KEY.consumer_key, "consumer_secret": KEY.consumer_secret}}


def test_a_connection_is_made_listed_paused_changed_and_removed(merchant: Merchant, program: Program) -> None:
    status, made = program.send("POST", "/connections", new_connection(merchant), idempotency_key="once")
    assert (status, made["state"], made["missing"]) == (201, "active", [])
    assert made["webhook_secret"] and "sealed_credentials" not in made
    assert codec.parse(ConnectionView, made).webhook_url == made["webhook_url"]
    assert set(made) == set(ConnectionView.__dataclass_fields__), "what is described is what is answered"
    status, again = program.send("POST", "/connections", new_connection(merchant), idempotency_key="once")
    assert (status, again["id"]) == (201, made["id"]) and again.get("webhook_secret") is None
    status, twice = program.send("POST", "/connections", new_connection(merchant))
    assert (status, twice["code"]) == (409, "shop_connected")
    path = f"/connections/{made['id']}"
    status, job = program.send("POST", f"{path}/import-products", {})
    assert (status, job["state"], job["subject_id"]) == (202, "queued", made["id"])
    merchant.pump()
    warehouse.receive(merchant.ctx(), NewReceipt(warehouse_id=merchant.warehouse.id, lines=(
        ReceiptLine(sku="MAC", quantity=Decimal(5), unit_cost=Decimal(3)),)))
    merchant.pump()
    job = program.send("GET", f"/imports/{job['id']}")[1]
    assert (job["state"], job["counts"]["bound"], job["progress"]["total"], job["allowed_actions"]) == ("done", 2, 2, [])
    [row] = program.send("GET", "/connections")[1]["items"]
    assert (row["state"], row["failure_count"]) == ("active", 0)
    [lag] = program.send("GET", "/lag")[1]["items"]
    assert lag["count"] > 0 and row["lag_p99_seconds"] == lag["p99_seconds"], "the list tells what was measured"
    assert row["last_synced_at"] is not None
    stock = program.send("GET", f"{path}/stock")[1]
    assert {(each["sku"], each["is_shown"]) for each in stock["items"]} == {("MAC", True), ("SORBET", True)}
    assert [each["sku"] for each in program.send("GET", f"{path}/bindings")[1]["items"]] == ["MAC", "SORBET"]
    assert program.send("GET", f"{path}/runs")[1]["items"][0]["kind"] == "import_products"
    assert program.send("GET", f"{path}/lag")[0] == 200
    status, paused = program.send("POST", f"{path}/pause", {})
    assert (status, paused["state"]) == (200, "paused") and "resume" in paused["allowed_actions"]
    assert program.send("POST", f"{path}/pause", {})[0] == 409
    assert program.send("POST", f"{path}/resume", {})[1]["state"] == "active"
    status, changed = program.send("PUT", path, {"name": "Boutique", "safety_buffer": "2"})
    assert (status, changed["name"], changed["safety_buffer"]) == (200, "Boutique", "2")
    merchant.pump()
    assert merchant.shown("retail", "MAC") == 27
    assert program.send("PUT", path, {"name": "X"}, if_match='"1"')[0] == 412
    assert program.send("DELETE", path)[0] == 204
    assert program.send("GET", path)[0] == 404
    assert program.send("GET", f"{path}/bindings")[0] == 404


def test_what_cannot_be_connected_is_refused_with_its_reason(merchant: Merchant, program: Program) -> None:
    good = new_connection(merchant)
    for change in ({"base_url": "http://10.1.2.3"}, {"platform": "myspace"}, {"backorder_policy": "hope"}, {"name": ""}):
        status, problem = program.send("POST", "/connections", {**good, **change})
        assert (status, list(problem["fields"])) == (400, list(change))
    status, lame = program.send("POST", "/connections", {**good, "credentials": {"consumer_key": "ck_no",
                                                                                "consumer_secret": "cs_no"}})
    assert status == 201 and lame["state"] == "failing"
    assert "credentials_refused" in [each["code"] for each in lame["missing"]]


def test_a_shop_delivers_without_a_login(merchant: Merchant, program: Program, call: Call) -> None:
    _, made = program.send("POST", "/connections", new_connection(merchant))
    path = made["webhook_url"].split("8000", 1)[1]
    body = json.dumps(merchant.buy("retail", MAC=1)).encode()
    headers = {"content-type": "application/json", "x-wc-webhook-topic": "order.created", "x-wc-webhook-id": "7",
               "x-wc-webhook-delivery-id": "d1", "x-wc-webhook-signature": sign(body, made["webhook_secret"])}
    assert call("POST", path, body, headers)[0] == 200
    assert call("POST", path, body, headers)[2] == {"status": "duplicate"}
    status, answered, problem = call("POST", path, body + b" ", headers)
    assert (status, problem["code"]) == (401, "wrong_signature")
    assert answered["Content-Type"] == "application/problem+json"
    assert call("POST", path, b"webhook_id=7", {"content-type": "application/x-www-form-urlencoded"})[2] == {"status": "pong"}
    assert call("POST", path, b"x" * 10_000_001, headers)[0] == 413
    merchant.pump()
    [row] = program.send("GET", "/deliveries")[1]["items"]
    assert (row["state"], row["outcome"], row["connection_id"]) == ("done", "placed", made["id"])
    assert program.send("GET", f"/deliveries/{row['id']}")[1]["allowed_actions"] == ["replay"]
    assert program.send("GET", "/deliveries?state=quarantined")[1]["items"] == []
    assert program.send("GET", "/lag?last=0")[0] == 400
    assert program.send("GET", "/lag")[1]["items"][0]["connection_id"] == made["id"]
    foreign = call("POST", path.replace(merchant.ctx().tenant_id, "somebody"), body, headers)
    nowhere = call("POST", path.replace(made["id"], "con_" + "0" * 26), body, headers)
    assert foreign[0] == nowhere[0] == 404 and foreign[2]["code"] == nowhere[2]["code"]


def test_a_large_body_is_kept_in_the_bucket_and_read_back_whole(merchant: Merchant) -> None:
    retail = merchant.connect("retail")
    body = {**merchant.buy("retail", MAC=1), "noise": chance.token_hex(400_000)}
    assert merchant.deliver(retail, body) == "accepted"
    event = next(e for e in merchant.pump() if e.type == "WebhookReceived")
    ctx = merchant.ctx()
    stored = read.item(ctx, keys.outbox(ctx, event.data["inbox"], event.at))
    assert stored is not None and len(stored.data) < 2_000
    assert json.loads(ingress.unpacked(ctx, codec.load(stored.data))) == body
    assert len(merchant.orders()) == 1


def test_a_binding_is_one_to_one_and_names_a_known_sku(merchant: Merchant, program: Program) -> None:
    retail = merchant.connect("retail")
    path = f"/connections/{retail.id}/bindings"
    status, made = program.send("POST", path, codec.plain(NewBinding(sku="MAC", product_external_id="900")))
    assert status == 201
    assert program.send("POST", path, {"sku": "MAC", "product_external_id": "901"})[0] == 409
    assert program.send("POST", path, {"sku": "GHOST", "product_external_id": "902"})[0] == 400
    merchant.pump()
    [row] = program.send("GET", f"/connections/{retail.id}/stock")[1]["items"]
    assert (row["sku"], row["is_shown"], row["error_code"] != "") == ("MAC", False, True)
    assert program.send("DELETE", f"{path}/{made['id']}")[0] == 204
    assert program.send("GET", path)[1]["items"] == []

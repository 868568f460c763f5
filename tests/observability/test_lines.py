"""One id leads from a request to everything that followed from it; no line tells a secret or a person; few dimensions."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels import pushing, shops
from chalicelib.channels.model import Connection
from chalicelib.channels.worker import HANDLERS
from chalicelib.events import outbox, relay
from chalicelib.events.sweep import outbox_between
from chalicelib.kernel.context import Context
from chalicelib.runtime import metrics, observability, registry
from chalicelib.runtime.worker import consume, consume_batch, forward, tenant_work
from chalicelib.storage.client import client
from connectors import PLATFORMS
from connectors.woocommerce.webhook import sign
from infra.local.emf import Measured, measured
from infra.local.queue_loop import sqs_record
from tests.channels.merchant import Merchant
from tests.hostile.merchant import found
from tests.working import import_products

Line = dict[str, Any]
PRODUCT = Path(__file__).resolve().parents[2] / "chalicelib"


class Heard(logging.Handler):
    """What the log says, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.raw: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.raw.append(record.getMessage())

    def lines(self, message: str = "", **facts: Any) -> list[Line]:
        every = [json.loads(line) for line in self.raw]
        return [line for line in every if (not message or line["message"] == message)
                and all(line.get(name) == value for name, value in facts.items())]

    def measured(self) -> list[Measured]:
        return [each for line in self.raw for each in measured(line)]


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler = Heard()
    logging.getLogger("comptoir").addHandler(handler)
    yield handler
    logging.getLogger("comptoir").removeHandler(handler)


class House:
    """A company with a program's key and two shops, whose events go through the real queue of `channels`."""

    def __init__(self, platform: Context, directory: Path, call: Callable[..., Any]) -> None:
        self.firm, self._call = found(platform, "trace"), call
        self.merchant = Merchant(lambda *_: tenant_work(self.firm.tenant_id, "story"), directory)
        self.connections: dict[str, Connection] = {}
        for slug in ("retail", "gifts"):
            self.merchant.open(slug, "MAC", "SORBET")
            self.connections[slug] = self.merchant.connect(slug)
            import_products(self.merchant.ctx(), self.connections[slug])
        self.merchant.pump()

    def call(self, method: str, path: str, body: Any, **headers: str) -> tuple[dict[str, str], Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"authorization": f"Bearer {self.firm.api_key}", **named}
        status, answered, answer = self._call(method, path, body, sent)
        assert status < 300, answer
        return answered, answer

    def webhook(self, slug: str, body: Any) -> dict[str, str]:
        """The shop's own call; answers its headers."""
        raw, connection = json.dumps(body).encode(), self.connections[slug]
        status, answered, answer = self._call("POST", f"/api/channels/{self.merchant.address(connection)}/webhooks", raw, {
            "x-wc-webhook-topic": "order.created", "x-wc-webhook-delivery-id": "d1", "x-wc-webhook-id": "7",
            "x-wc-webhook-signature": sign(raw, self.merchant.secrets[connection.id])})
        assert (status, answer) == (200, {"status": "accepted"})
        return dict(answered)

    def follow(self) -> list[dict[str, Any]]:
        """Has the queue deliver until nothing new happens; answers the messages as SQS handed them out."""
        delivered: list[dict[str, Any]] = []
        while True:
            now = self.merchant.ctx()
            window = outbox_between(now, self.merchant.began, now.now + timedelta(seconds=5))
            new = [event for event in window if event.id not in self.merchant.seen]
            if not new:
                return delivered
            self.merchant.seen |= {event.id for event in new}
            assert relay.publish(new) == set()
            delivered += self._deliver()

    def _deliver(self) -> list[dict[str, Any]]:
        sqs, url = client("sqs"), relay.queue_url("channels")
        taken: list[dict[str, Any]] = []
        while True:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            messages = answer.get("Messages", [])
            if not messages:
                return taken
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            own = [each for each in messages if json.loads(each["Body"])["tenant_id"] == self.firm.tenant_id]
            taken += own
            records = [sqs_record(each, "arn:aws:sqs:eu-west-3:0:channels") for each in own]
            assert consume("channels", HANDLERS, {"Records": records}, None) == {"batchItemFailures": []}


@pytest.fixture
def house(platform: Context, call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(shops, "usual_rate", lambda platform: Decimal(50))
    made = House(platform, tmp_path, call)
    yield made
    made.merchant.stop()


def attributes(message: dict[str, Any]) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def test_one_id_leads_from_an_orders_request_and_from_a_webhook_to_the_push_at_the_shop(house: House, heard: Heard) -> None:
    wanted = {"lines": [{"sku": "MAC", "quantity": "2", "unit_price": "9.90"}]}
    answered, order = house.call("POST", "/api/sales/orders", wanted, correlation_id="basket-2026-7")
    assert answered["Correlation-Id"] == "basket-2026-7" and answered["Request-Id"] != "basket-2026-7"
    messages = house.follow()
    ids = {"request_id": answered["Request-Id"], "correlation_id": "basket-2026-7"}
    [changed] = [each for each in messages if json.loads(each["Body"])["type"] == "StockChanged"]
    assert attributes(changed) == ids
    assert house.merchant.shown("gifts", "MAC") == 22
    for message, facts in (("request", {"path": "/api/sales/orders"}), ("event", {"consumer": "channels"}),
                           ("pushed", {"connection": house.connections["gifts"].id})):
        assert heard.lines(message, tenant=house.firm.tenant_id, **ids, **facts), message

    answered = house.webhook("retail", house.merchant.buy("retail", MAC=1))
    ids = {"request_id": answered["Request-Id"], "correlation_id": answered["Request-Id"]}
    assert answered["Correlation-Id"] == answered["Request-Id"], "a shop names no id of its own"
    assert ids in [attributes(each) for each in house.follow()]
    [placed] = heard.lines("delivery", **ids)
    assert placed["outcome"] == "placed" and placed["WebhookLag"] >= 0 and placed["Platform"] == "woocommerce"
    assert heard.lines("pushed", connection=house.connections["gifts"].id, **ids)
    assert order["id"] not in {line.get("correlation_id") for line in heard.lines()}
    few_dimensions(heard.measured(), house.firm.tenant_id)


def test_a_push_that_carries_anothers_change_names_both(house: House, heard: Heard) -> None:
    """Whoever holds the shop's lease pushes what others noted; the line leads back to each of them."""
    gifts, one = house.connections["gifts"], house.merchant.ctx()
    for sku, correlation_id in (("MAC", "first-basket"), ("SORBET", "second-basket")):
        work = replace(tenant_work(house.firm.tenant_id, "test"), correlation_id=correlation_id)
        pushing.note(work, [gifts], [sku], one.now, f"evt_{sku}", is_measured=True)
    for row in pushing.rows(one, gifts.id, ["MAC", "SORBET"]).values():
        pushing._settle(one, gifts, [pushing.desired.unseen(row)], [], [])
    pushing.push(one, gifts)
    [line] = heard.lines("pushed")
    assert {"first-basket", "second-basket"} <= set(line["correlation_ids"]) and line["items"] == 2


def test_an_id_that_could_not_stand_in_a_log_is_not_taken(call: Any, engine: Any) -> None:
    for given in ("short", "a b c d e f g h", 'quote"quote"', "x" * 65):
        _, answered, _ = call("GET", "/api/health", None, {"correlation-id": given})
        assert answered["Correlation-Id"] == answered["Request-Id"] != given


def test_the_ids_survive_the_queue_and_an_older_message_has_the_requests_own(ctx: Context) -> None:
    body = {"at": ctx.now.isoformat(), "actor": ["user", "u", ""], "request_id": "req_1", "correlation_id": "basket-7",
            "events": [{"type": "OrderPlaced", "kind": "sales_order", "entity_id": "ord_1", "version": 1}]}
    [event] = outbox.events_of("maison", "evt_1", json.dumps(body))
    assert outbox.from_message(outbox.message(event)) == event and event.correlation_id == "basket-7"
    del body["correlation_id"]
    [old] = outbox.events_of("maison", "evt_1", json.dumps(body))
    assert (old.request_id, old.correlation_id) == ("req_1", "") and "correlation_id" not in outbox.message(old)


# -- few dimensions ----------------------------------------------------------------------------------------------------


def many_dimensions(found: Sequence[Measured], tenant_id: str) -> list[str]:
    """What stands in a dimension although there are many of it."""
    allowed = {metrics.STAGE: {"local"}, metrics.DOMAIN: set(registry.DOMAINS), metrics.PLATFORM: set(PLATFORMS)}
    return [f"{each.name}: {name}={value}" for each in found for name, value in each.dimensions
            if value not in allowed.get(name, set()) or tenant_id in value or len(each.dimensions) > 2]


def few_dimensions(found: Sequence[Measured], tenant_id: str) -> None:
    assert found and many_dimensions(found, tenant_id) == []


def test_the_catalogue_has_one_dimension_beside_the_stage_and_nothing_else_can_be_published(monkeypatch: Any) -> None:
    assert {each.dimension for each in metrics.METRICS.values()} <= {"", metrics.DOMAIN, metrics.PLATFORM}
    assert set(metrics.COUNTED.values()) <= set(metrics.METRICS)
    with pytest.raises(KeyError):
        metrics.line("local", 0, {"Latencey": 1}, {}, {})
    with pytest.raises(KeyError):
        metrics.line("local", 0, {"Latency": 1}, {}, {})
    monkeypatch.setattr(metrics, "METRICS", {**metrics.METRICS, "Bad": metrics.Metric("Count", "tenant")})
    broken = list(measured(metrics.line("local", 0, {"Bad": 1}, {"tenant": "maison"}, {})))
    assert many_dimensions(broken, "maison") == ["Bad: tenant=maison"], "the check would see it"


def test_a_line_is_what_cloudwatch_reads(ctx: Context) -> None:
    """Metrics of two kinds in one line are two directives; a line that lacks what it names is no metric at all."""
    values: dict[str, metrics.Value] = {"Latency": [1.5, 2], "OrdersPlaced": 3}
    line = metrics.line("local", 1_764_000_000_000, values, {"Domain": "sales"}, {"tenant": "t1"})
    found = {each.name: each for each in measured(line)}
    assert found["Latency"] == Measured("Comptoir", "Latency", "Milliseconds", (("Stage", "local"), ("Domain", "sales")),
                                        1_764_000_000.0, (1.5, 2.0))
    assert found["OrdersPlaced"].dimensions == (("Stage", "local"),) and json.loads(line)["tenant"] == "t1"
    assert list(measured(line.replace('"Latency": [', '"Latencey": ['))) == []
    assert list(measured('{"message": "plain"}')) == list(measured("no json at all")) == []


def test_what_a_batch_holds_is_counted_once_done_and_the_stream_tells_its_age(ctx: Context, heard: Heard) -> None:
    body = {"at": ctx.now.isoformat(), "actor": ["user", "u", ""], "request_id": "req_1", "events": [
        {"type": name, "kind": "job", "entity_id": "x", "version": 1} for name in ("OrderPlaced", "OrderPlaced", "JobFailed")]}
    events = outbox.events_of(ctx.tenant_id, "evt_1", json.dumps(body))
    batch = {"Records": [{"messageId": each.id, "body": outbox.message(each)} for each in events]}
    consume_batch("activity", lambda inner, found: None, batch, None)
    [counted] = heard.lines("event")
    assert (counted["OrdersPlaced"], counted["JobsFailed"], counted["JobsFinished"]) == (2, 1, 0)
    assert len(counted["EventLag"]) == 3 and counted["EventsFailed"] == 0

    def fails(inner: Context, found: list[Any]) -> None:
        raise ValueError("no")

    assert len(consume_batch("activity", fails, batch, None)["batchItemFailures"]) == 3
    [failed] = heard.lines("event", level="ERROR")
    assert failed["EventsFailed"] == 3 and "OrdersPlaced" not in failed
    old = int(ctx.now.timestamp()) - 90
    forward({"Records": [{"eventName": "REMOVE", "dynamodb": {"ApproximateCreationDateTime": old}}]})
    assert heard.lines("relayed")[0]["StreamAge"] >= 89_000


# -- nothing private ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "no customer 'Simone Signoret'", 'bad value "simone"', "simone@signoret.example is unknown", "call +33 6 55 44 33 22 back",
    "key cmp_live_maison_01ABC_deadbeef", "whsec_c2VjcmV0", "token 3q2+7w0aZ9kLmN8pQrStUvWxYz0123456789abcd"])
def test_an_error_is_told_without_the_values_in_it(text: str, heard: Heard) -> None:
    observability.crash(ValueError(text), "req_1")
    [line] = heard.lines("crash")
    told = line["text"].lower()
    assert "…" in told and not [word for word in ("simone", "signoret", "55 44", "deadbeef", "c2vjcmv0", "3q2") if word in told]


def test_a_fact_nobody_allowed_is_left_out(heard: Heard) -> None:
    observability.log(logging.INFO, "hello", tenant="t1", email="simone@signoret.example")
    [line] = heard.lines("hello")
    assert line == {"level": "INFO", "message": "hello", "tenant": "t1", "left_out": ["email"]}


def named_in(code: str) -> set[str]:
    """The facts that calls of the log name."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
             and isinstance(node.func.value, ast.Name) and node.func.value.id == "observability"
             and node.func.attr in ("log", "measure", "crash")]
    return {keyword.arg for call in calls for keyword in call.keywords if keyword.arg} - {"level", "endpoint", "dimensions"}


def test_every_line_of_the_product_says_allowed_things_only() -> None:
    assert named_in('observability.log(20, "x", email=order.email)') == {"email"}, "the check would see it"
    texts = {path: path.read_text() for path in PRODUCT.rglob("*.py")}
    found = {name: file for file, text in texts.items() if "observability." in text for name in named_in(text)}
    assert len(found) >= 10 and set(found) - observability.FACTS == set()

"""What the stream gave up is published from the outbox: nothing that was committed goes unpublished."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.events import relay
from chalicelib.events.outbox import from_message
from chalicelib.events.sweep import given_up, sweep
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.event import Event
from chalicelib.runtime.worker import sweep_given_up
from chalicelib.storage.transaction import Transaction
from infra.local.sources import QueueSource, StreamSource
from infra.local.stream_loop import failure_message


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Event]]:
    """What reaches the timeline's queue, in place of the engine's."""
    taken: list[Event] = []

    def send(queue: str, messages: Mapping[str, relay.Message]) -> set[str]:
        if queue == "activity":
            taken.extend(from_message(each.body) for each in messages.values())
        return set()

    monkeypatch.setattr(relay, "send", send)
    yield taken


def customer_created(ctx: Context, customer_id: str) -> None:
    transaction = Transaction(ctx)
    transaction.emit("CustomerCreated", "customer", customer_id, 1, {"name": "Maison Givrée"})
    transaction.commit()


def discarded(at: datetime) -> dict[str, Any]:
    """The queue's batch with what Lambda says of one discarded stream record that arrived at that instant."""
    source = StreamSource("relay", "arn:aws:dynamodb:eu-west-3:000000000000:table/comptoir/stream/1", lambda *_: None)
    record = {"dynamodb": {"SequenceNumber": "111", "ApproximateCreationDateTime": at.timestamp()}}
    return {"Records": [{"messageId": "m1", "body": json.dumps(failure_message(source, "shard-0", [record], 11))}]}


def test_the_message_says_when_the_lost_batch_was_written() -> None:
    """The example of the Lambda developer guide, "Retaining discarded batches for a DynamoDB event source"."""
    body = {"version": "1.0", "timestamp": "2019-11-14T00:13:49.717Z", "DDBStreamBatchInfo": {
        "shardId": "shardId-00000001573689847184-864758bb", "startSequenceNumber": "800000000003126276362",
        "endSequenceNumber": "800000000003126276362", "approximateArrivalOfFirstRecord": "2019-11-14T00:13:19Z",
        "approximateArrivalOfLastRecord": "2019-11-14T00:13:19Z", "batchSize": 1}}
    since, until = given_up(json.dumps(body))
    assert since < datetime(2019, 11, 14, 0, 13, 19, tzinfo=UTC) < until
    assert (until - since).total_seconds() == 240


def test_what_a_tenant_wrote_while_a_batch_was_given_up_is_published_from_the_outbox(
    ctx: Context, new_ctx: Callable[..., Context], sent: list[Event],
) -> None:
    neighbour = new_ctx(tenant=f"{ctx.tenant_id}b")
    customer_created(ctx, "cus_1")
    customer_created(neighbour, "cus_2")
    answer = sweep_given_up(discarded(ctx.now), [ctx.tenant_id, neighbour.tenant_id])
    assert answer == {"batchItemFailures": []}
    assert {(event.tenant_id, event.entity_id) for event in sent} == {
        (ctx.tenant_id, "cus_1"), (neighbour.tenant_id, "cus_2")}


def test_what_was_written_long_before_is_left_alone(ctx: Context, sent: list[Event]) -> None:
    customer_created(ctx, "cus_1")
    sweep_given_up(discarded(datetime(2026, 1, 1, tzinfo=UTC)), [ctx.tenant_id])
    assert sent == []


def test_a_queue_that_takes_nothing_brings_the_message_back(
    ctx: Context, monkeypatch: pytest.MonkeyPatch,
) -> None:
    customer_created(ctx, "cus_1")
    monkeypatch.setattr(relay, "send", lambda queue, bodies: set(bodies))
    with pytest.raises(Unavailable, match="1 of 1 events"):
        sweep(ctx, ctx.now, datetime.now(UTC))
    assert sweep_given_up(discarded(ctx.now), [ctx.tenant_id]) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_the_laptop_sends_what_its_stream_gives_up_to_the_same_handler(engine: Any) -> None:
    import app
    from infra.local.run import event_sources

    sources = {source.name: source for source in event_sources(app, os.environ)}
    stream, queue = sources["relay"], sources["sweep"]
    assert isinstance(stream, StreamSource) and stream.maximum_retries is not None
    assert isinstance(queue, QueueSource) and stream.failure_queue_url == queue.queue_url

"""One tenant has thousands of messages in a queue: an order of another waits behind a few of them, not behind all.

The loud tenant's events arrive at once, `size` of them; a quiet one tells of an order now and then while they last. All go
through the product's own sending into one queue with a handful of workers, each of whose messages takes its time. What is
measured is the time from an order's message to its handler.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import app
from chalicelib.events import relay
from chalicelib.events.outbox import from_message
from chalicelib.kernel.context import Actor
from chalicelib.kernel.event import Event
from tests.torture.faults import CALM, Faults
from tests.torture.pipeline import QUEUE_CONCURRENCY, Pipeline
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import World

QUEUE, TYPE = "payments", "OrderUpdated"
WORK_SECONDS, ORDERS = 0.05, 12
BOUND_SECONDS = 1.5
"""Two batches of ten at most stand before a quiet tenant's message: one that every worker has begun, and its own."""


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` messages of the loud tenant, and what twelve orders of the quiet one wait."""
    waits: list[float] = []
    backlog_seconds = size * WORK_SECONDS / QUEUE_CONCURRENCY
    with World(seed, faults, processes=2) as world:
        Pipeline(world, only=(QUEUE,))
        sent: dict[str, float] = {}
        done: set[str] = set()

        def handle(event: Any, context: Any) -> dict[str, Any]:
            for record in event["Records"]:
                found = from_message(record["body"])
                world.sleep(WORK_SECONDS)
                done.add(found.id)
                if found.tenant_id == "quiet":
                    waits.append(world.time - sent[found.id])
            return {"batchItemFailures": []}

        def tell(tenant_id: str, first: int, count: int) -> None:
            events = [Event(f"evt_{tenant_id}_{n}.0", TYPE, tenant_id, world.true_now(), "sales_order", f"ord_{n}", 1,
                            Actor("user", "u"), "r", {}) for n in range(first, first + count)]
            sent.update({each.id: world.time for each in events})
            with patch.object(relay, "queues_for", lambda type: (QUEUE,)):
                relay.publish(events)

        with patch.object(app, f"{QUEUE}_queue", handle, create=True):
            world.spawn("loud", lambda: tell("loud", 0, size))
            for n in range(ORDERS):
                world.spawn(f"order {n}", lambda n=n: tell("quiet", n, 1),  # type: ignore[misc]
                            delay=1.0 + 0.8 * backlog_seconds * world.chance.random())
            world.run()
        result = Result(facts={"longest_wait_s": round(max(waits), 2), "messages": len(done)})
        result.check("everything is worked on", len(done) == size + ORDERS, f"{len(done)} of {size + ORDERS}")
        result.check("no order waits behind the backlog", max(waits) <= BOUND_SECONDS, f"{max(waits):.1f} s")
        result.trace = world.trace
    return result


@contextmanager
def without_group() -> Iterator[None]:
    """Messages do not say whose they are: the queue hands them out by age."""
    send = relay._sqs

    class _Ungrouped:
        def __init__(self, client: Any) -> None:
            self._client = client

        def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:
            plain = [{name: value for name, value in entry.items() if name != "MessageGroupId"} for entry in Entries]
            return self._client.send_message_batch(QueueUrl=QueueUrl, Entries=plain)

    with patch.object(relay, "_sqs", lambda endpoint: _Ungrouped(send(endpoint))):
        yield


PROOF = Proof("noisy_queue", run, ci=(800, 1), long=(10_000, 3), unit="messages", faults=CALM,
              variants={"without group": Variant(without_group, size=800)})

"""The whole path of events in one process, in order and metered: what Lambda, the stream and the queues would run.

    with Chain() as chain:
        chain.request("channels_api", address, body, headers)     # one call through the gateway
        chain.settle()                                            # relay, queues, workers, until nothing waits
    chain.runs                                                    # every invocation with what it used

Functions are the handlers that `app.py` registers, called with the events Lambda would hand them. Messages of one relay's
run to one queue make one batch, which is what a quiet stack does: the dearest case, for each invocation serves one command.
"""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import app
from chalicelib.events import relay
from chalicelib.kernel.context import Context
from chalicelib.storage import client
from connectors.http import Clock, HttpPolicy, HttpRequest, HttpResponse, using_transport
from infra.local.event_filter import matches
from infra.stacks.functions import EVENT_FILTER
from tests.gateway import call_api

QUEUE_BATCH = 10
SENT_AT_ONCE = 10
_RECORD_ATTRIBUTES = {"ApproximateReceiveCount": "1"}


@dataclass(slots=True)
class Run:
    """One invocation of a function: its own CPU, its calls by name, units in halves, bytes it wrote to the log."""

    function: str
    cpu_seconds: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    read_halves: int = 0
    write_halves: int = 0
    records: int = 1


@dataclass(slots=True)
class _Cloud:
    shops: dict[str, Callable[[HttpRequest], HttpResponse]] = field(default_factory=dict)


class ShopWorld:
    """What a simulated shop needs of a world: an address book and the time."""

    def __init__(self) -> None:
        self.cloud = _Cloud()

    @property
    def time(self) -> float:
        return time.monotonic()

    def true_now(self) -> datetime:
        return datetime.now(UTC)


class Chain:
    """Runs what commands set in motion. `runs` are the invocations so far; take them with `taken`."""

    def __init__(self) -> None:
        self.world = ShopWorld()
        self.runs: list[Run] = []
        self._run = Run("setup")
        self._images: list[Mapping[str, Any]] = []
        self._queues: dict[str, list[str]] = {}
        self._stack = ExitStack()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Chain:
        client.observers.append(self._observe)
        client.meters.append(self._meter)
        self._stack.callback(client.observers.remove, self._observe)
        self._stack.callback(client.meters.remove, self._meter)
        self._stack.enter_context(patch.object(relay, "send", self._send))
        self._stack.enter_context(using_transport(self._exchange))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def taken(self) -> list[Run]:
        """The invocations since this was last asked."""
        found, self.runs = self.runs, []
        return found

    # -- what it listens to ----------------------------------------------------------------------------------------------

    def _observe(self, operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        self._run.calls[operation] += 1
        self._images += [item for item in _put_items(operation, parameters) if item["kind"]["S"] == "Event"]

    def _meter(self, ctx: Context, operation: str, halves: int) -> None:
        if client.is_read(operation):
            self._run.read_halves += halves
        else:
            self._run.write_halves += halves

    def _send(self, queue: str, bodies: Mapping[str, tuple[str, str, int]]) -> set[str]:
        self._run.calls["SendMessageBatch"] += -(-len(bodies) // SENT_AT_ONCE)
        self._queues.setdefault(queue, []).extend(body for _, body, _ in bodies.values())
        return set()

    def _exchange(self, request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
        self._run.calls["HTTP"] += 1
        with self._apart():
            return self.world.cloud.shops[urlsplit(request.url).netloc](request)

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """What is done here is not ours: a shop's own work."""
        began = time.process_time()
        yield
        self._run.cpu_seconds -= time.process_time() - began

    # -- what runs -------------------------------------------------------------------------------------------------------

    @contextmanager
    def invocation(self, function: str, records: int = 1) -> Iterator[None]:
        """What the block does is one invocation of this function."""
        run = self._run = Run(function, records=records)
        began = time.process_time()
        yield
        run.cpu_seconds += time.process_time() - began
        self.runs.append(run)

    def request(self, function: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
                ) -> tuple[int, Any]:
        """One request through the gateway to this function; its status and body."""
        with self.invocation(function):
            status, _, answer = call_api(method, path, body, dict(headers or {}))
        return status, answer

    def schedule(self, name: str) -> None:
        """One beat."""
        with self.invocation(name):
            getattr(app, name)({"version": "0", "id": name, "detail-type": "Scheduled Event", "source": "aws.events",
                                "account": "0", "time": "2026-11-24T08:00:00Z", "region": "eu-west-3", "resources": [],
                                "detail": {}}, _Lambda())

    def settle(self) -> None:
        """The stream and the queues, until nothing waits."""
        while self._images or any(self._queues.values()):
            if self._images:
                images, self._images = self._images, []
                self._relay(images)
            for queue in [name for name, waiting in self._queues.items() if waiting]:
                waiting = self._queues[queue]
                batch, self._queues[queue] = waiting[:QUEUE_BATCH], waiting[QUEUE_BATCH:]
                self._work(queue, batch)

    def _relay(self, images: list[Mapping[str, Any]]) -> None:
        records = [{"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": {
            "SequenceNumber": f"{next(self._numbers):021d}", "NewImage": image}} for image in images]
        assert all(matches(EVENT_FILTER, record) for record in records)
        with self.invocation("relay", len(records)):
            answer = app.relay({"Records": records}, _Lambda())
        assert not answer["batchItemFailures"], answer

    def _work(self, queue: str, bodies: list[str]) -> None:
        records = [{"messageId": f"m{next(self._numbers)}", "receiptHandle": "r", "body": body, "messageAttributes": {},
                    "attributes": _RECORD_ATTRIBUTES, "md5OfBody": "", "eventSource": "aws:sqs", "awsRegion": "eu-west-3",
                    "eventSourceARN": f"arn:aws:sqs:eu-west-3:000000000000:comptoir-{queue}"} for body in bodies]
        with self.invocation(f"{queue}_worker", len(records)):
            answer = getattr(app, f"{queue}_queue")({"Records": records}, _Lambda())
        failed = answer["batchItemFailures"]
        if failed:
            kinds = [json.loads(body)["type"] for body in bodies]
            raise RuntimeError(f"{queue}: {len(failed)} of {kinds} failed")


class _Lambda:
    function_name = "bench"
    memory_limit_in_mb = 1024
    aws_request_id = "bench"
    invoked_function_arn = "arn:aws:lambda:eu-west-3:000000000000:function:bench"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def _put_items(operation: str, parameters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if operation == "PutItem":
        yield parameters["Item"]
    elif operation == "TransactWriteItems":
        for action in parameters["TransactItems"]:
            if "Put" in action:
                yield action["Put"]["Item"]

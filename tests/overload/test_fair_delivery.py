"""The local engine's queues are fair, as SQS's are: one tenant's backlog does not stand before another's message."""

from __future__ import annotations

import os
from typing import Any

import boto3

from infra.local.fair_queues import fairly


def _queue(name: str) -> tuple[Any, str]:
    sqs = boto3.client("sqs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="eu-west-3")
    return sqs, str(sqs.create_queue(QueueName=name)["QueueUrl"])


def _send(sqs: Any, url: str, bodies: list[str], **more: str) -> None:
    for start in range(0, len(bodies), 10):
        sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": str(n), "MessageBody": body, **more} for n, body in enumerate(bodies[start : start + 10])])


def _next(sqs: Any, url: str) -> list[str]:
    return [each["Body"] for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())]


def test_a_quiet_tenants_message_is_in_the_next_batch(engine: Any) -> None:
    sqs, url = _queue("fair-backlog")
    _send(sqs, url, [f"loud {n}" for n in range(200)], MessageGroupId="loud")
    assert _next(sqs, url) == [f"loud {n}" for n in range(10)]
    _send(sqs, url, ["quiet"], MessageGroupId="quiet")
    assert _next(sqs, url)[0] == "quiet"


def test_without_groups_it_waits_for_its_turn(engine: Any) -> None:
    sqs, url = _queue("unfair-backlog")
    _send(sqs, url, [f"loud {n}" for n in range(30)])
    _send(sqs, url, ["quiet"])
    assert [_next(sqs, url) for _ in range(3)] == [[f"loud {n}" for n in range(s, s + 10)] for s in (0, 10, 20)]
    assert _next(sqs, url) == ["quiet"]


def test_places_go_to_who_has_the_fewest_in_flight_then_to_the_oldest() -> None:
    waiting = ["a1", "a2", "b1", "a3", "c1"]
    assert fairly(waiting, ["b0"], lambda each: each[0], 4) == ["a1", "c1", "a2", "b1"]
    assert fairly(waiting[:2], [], lambda each: each[0], 10) == ["a1", "a2"]

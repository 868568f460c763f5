"""Messages carry their tenant as group, so that one tenant's backlog does not delay the others (SQS fair queues)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from chalicelib.events import relay
from chalicelib.events.outbox import events_of
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context


def test_each_message_is_of_its_tenants_group(new_ctx: Callable[..., Context], monkeypatch: pytest.MonkeyPatch) -> None:
    queue = boto3.client("sqs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="eu-west-3")
    url = queue.create_queue(QueueName="fair-test")["QueueUrl"]
    monkeypatch.setattr(relay, "queue_url", lambda name: url)
    monkeypatch.setattr(relay, "queues_for", lambda type: ("any",))
    body = codec.compact({"at": "2026-11-24T07:00:00+00:00", "actor": ["user", "u", ""], "request_id": "r", "events": [
        {"type": "OrderPlaced", "kind": "sales_order", "entity_id": "ord_1", "version": 1}]})
    events = [event for tenant in ("quiet", "loud", "loud") for event in events_of(tenant, f"evt_{tenant}", body)]
    assert relay.publish(events[:2]) == set()
    found: list[Any] = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    groups = {codec.load(message["Body"])["tenant_id"]: message["Attributes"]["MessageGroupId"] for message in found}
    assert groups == {"quiet": "quiet", "loud": "loud"}

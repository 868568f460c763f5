"""The only publishing path: outbox records of the table's stream → the queues of the subscribing domains.

Sending twice is harmless (consumers know event ids), not sending is not: a record counts as done only when every
queue it goes to has answered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.events.outbox import events_of, message
from chalicelib.events.routing import queues_for
from chalicelib.kernel.event import Event
from chalicelib.storage import keys
from chalicelib.storage.client import TenantBreach
from chalicelib.storage.table import text_of

_BATCH = 10
_CONFIG = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 3}, max_pool_connections=16)


@cache
def _sqs(endpoint: str) -> Any:
    return boto3.session.Session().client("sqs", endpoint_url=endpoint or None,
                                          region_name=os.environ.get("AWS_REGION", "eu-west-3"), config=_CONFIG)


def queue_url(name: str) -> str:
    """Where a queue is, from the environment: `COMPTOIR_QUEUE_<NAME>`."""
    return os.environ[f"COMPTOIR_QUEUE_{name.upper()}"]


@dataclass(frozen=True, slots=True)
class Message:
    """What goes into a queue: whose it is, its body, after how many seconds, and the ids that follow it from its request on."""

    tenant_id: str
    body: str
    delay_seconds: int = 0
    request_id: str = ""
    correlation_id: str = ""

    def entry(self, at: str) -> dict[str, Any]:
        """One entry of SendMessageBatch. The ids are attributes too, so that whoever looks into a queue of dead letters finds
        them without reading bodies."""
        ids = {"request_id": self.request_id, "correlation_id": self.correlation_id or self.request_id}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in ids.items() if value}
        return {"Id": at, "MessageBody": self.body, "MessageGroupId": self.tenant_id, "MessageAttributes": attributes,
                **({"DelaySeconds": self.delay_seconds} if self.delay_seconds else {})}


def send(queue: str, messages: Mapping[str, Message]) -> set[str]:
    """Sends messages, by a caller's key, to a queue in batches of ten; answers the keys that were not accepted. The tenant is
    the message group: of a queue's backlog, SQS serves tenants with few messages first (Amazon SQS Developer Guide, "fair
    queues")."""
    client = _sqs(os.environ.get("AWS_ENDPOINT_URL", ""))
    pending = list(messages.items())
    failed: set[str] = set()
    for start in range(0, len(pending), _BATCH):
        chunk = pending[start : start + _BATCH]
        entries = [each.entry(str(n)) for n, (_, each) in enumerate(chunk)]
        answer = client.send_message_batch(QueueUrl=queue_url(queue), Entries=entries)
        failed |= {chunk[int(each["Id"])][0] for each in answer.get("Failed", ())}
    return failed


def publish(events: Iterable[Event]) -> set[str]:
    """Sends each event to its queues, when it says so after a delay; answers the ids of events that at least one queue did
    not accept."""
    by_queue: dict[str, dict[str, Message]] = {}
    for event in events:
        told = Message(event.tenant_id, message(event), int(event.data.get("delay_seconds", 0)), event.request_id,
                       event.correlation_id)
        for queue in queues_for(event.type):
            by_queue.setdefault(queue, {})[event.id] = told
    failed: set[str] = set()
    for queue, messages in by_queue.items():
        failed |= send(queue, messages)
    return failed


def _event_records(records: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, list[Event]]]:
    for record in records:
        image = record["dynamodb"].get("NewImage")
        if record["eventName"] != "INSERT" or not image or image.get("kind", {}).get("S") != "Event":
            continue
        tenant_id = image["tenant_id"]["S"]
        if not image["pk"]["S"].startswith(f"{keys.TENANT}{tenant_id}#"):
            raise TenantBreach(f"an outbox item of {tenant_id} stands outside its tenant")
        yield record["dynamodb"]["SequenceNumber"], events_of(tenant_id, image["sk"]["S"], text_of(image))


def handle(stream_event: Mapping[str, Any]) -> dict[str, Any]:
    """One batch of stream records. Answers the first record not wholly sent: the stream starts again from there."""
    found = list(_event_records(stream_event["Records"]))
    failed = publish(event for _, events in found for event in events)
    for sequence_number, events in found:
        if any(event.id in failed for event in events):
            return {"batchItemFailures": [{"itemIdentifier": sequence_number}]}
    return {"batchItemFailures": []}


def backlog(queue: str) -> int:
    """How many messages wait in a queue or are being worked on, about."""
    client = _sqs(os.environ.get("AWS_ENDPOINT_URL", ""))
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = client.get_queue_attributes(QueueUrl=queue_url(queue), AttributeNames=names)
    return sum(int(answer["Attributes"].get(name, 0)) for name in names)


def dead_letters(queue: str) -> int:
    """How many messages of a queue were given up and wait for a person, about."""
    client = _sqs(os.environ.get("AWS_ENDPOINT_URL", ""))
    answer = client.get_queue_attributes(QueueUrl=f"{queue_url(queue)}-dead", AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"].get("ApproximateNumberOfMessages", 0))

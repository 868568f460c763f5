"""The only publishing path: outbox records of the table's stream → the queues of the subscribing domains.

Sending twice is harmless (consumers know event ids), not sending is not: a record counts as done only when every
queue it goes to has answered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
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


def send(queue: str, bodies: Mapping[str, tuple[str, str, int]]) -> set[str]:
    """Sends messages (tenant, body and seconds of delay, by a caller's key) to a queue in batches of ten; answers the keys
    that were not accepted. The tenant is the message group: of a queue's backlog, SQS serves tenants with few messages
    first (Amazon SQS Developer Guide, "fair queues")."""
    client = _sqs(os.environ.get("AWS_ENDPOINT_URL", ""))
    pending = list(bodies.items())
    failed: set[str] = set()
    for start in range(0, len(pending), _BATCH):
        chunk = pending[start : start + _BATCH]
        entries = [{"Id": str(n), "MessageBody": body, "MessageGroupId": tenant_id,
                    **({"DelaySeconds": delay} if delay else {})}
                   for n, (_, (tenant_id, body, delay)) in enumerate(chunk)]
        answer = client.send_message_batch(QueueUrl=queue_url(queue), Entries=entries)
        failed |= {chunk[int(each["Id"])][0] for each in answer.get("Failed", ())}
    return failed


def publish(events: Iterable[Event]) -> set[str]:
    """Sends each event to its queues, when it says so after a delay; answers the ids of events that at least one queue did
    not accept."""
    by_queue: dict[str, dict[str, tuple[str, str, int]]] = {}
    for event in events:
        body = message(event)
        for queue in queues_for(event.type):
            by_queue.setdefault(queue, {})[event.id] = (event.tenant_id, body, int(event.data.get("delay_seconds", 0)))
    failed: set[str] = set()
    for queue, bodies in by_queue.items():
        failed |= send(queue, bodies)
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

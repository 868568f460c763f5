"""Sends dead letters back to their queue: those of one tenant, or those that failed for one reason.

A domain's dead letter is an event; its reason is its type. What a schedule or a rule left is a record of Lambda or
EventBridge that says why; its reason is any part of that text. A message goes back before it leaves the dead letters, so
that nothing is lost in between; consumers know what they have done. What does not match stays where it is.

    python -m infra.ops.redrive --queue sales --tenant maison
    python -m infra.ops.redrive --queue channels --reason WebhookReceived
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import boto3

from chalicelib.runtime.failures import REDRIVEN
from infra.ops.command import Progress, Say, parser

_HIDDEN_SECONDS = 120
"""Messages that were looked at stay hidden that long, so that each is seen once."""
_MARK = {"DataType": "String", "StringValue": "1"}
_IDS = ("request_id", "correlation_id")
"""The attributes by which a message is found in the logs; they go back with it."""


def _client() -> Any:
    return boto3.session.Session().client("sqs")


def _messages(sqs: Any, dead_url: str) -> Iterator[dict[str, Any]]:
    """Every message of a queue once; each is hidden from then on."""
    seen: set[str] = set()
    while True:
        answer = sqs.receive_message(QueueUrl=dead_url, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN_SECONDS,
                                     AttributeNames=["All"], MessageAttributeNames=["All"], WaitTimeSeconds=1)
        new = [each for each in answer.get("Messages", ()) if each["MessageId"] not in seen]
        if not new:
            return
        seen.update(each["MessageId"] for each in new)
        yield from new


def matches(message: dict[str, Any], tenant_id: str | None, reason: str | None) -> bool:
    """Whether a dead letter is this tenant's and failed for this reason; what is not asked for always matches."""
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = None
    event = body if isinstance(body, dict) else {}
    if tenant_id is not None and event.get("tenant_id") != tenant_id:
        return False
    if reason is None or event.get("type") == reason:
        return True
    why = [str(each.get("StringValue", "")) for each in message.get("MessageAttributes", {}).values()]
    return "tenant_id" not in event and any(reason in text for text in (message["Body"], *why))


def redrive(url: str, say: Say, tenant_id: str | None = None, reason: str | None = None, dry_run: bool = False) -> int:
    """Moves what matches from `<url>-dead` to `url`; answers how many matched. Raises ValueError without a tenant or reason."""
    if tenant_id is None and reason is None:
        raise ValueError("a redrive names a tenant or a reason")
    sqs, dead_url = _client(), f"{url}-dead"
    found = list(_messages(sqs, dead_url))
    chosen = [each for each in found if matches(each, tenant_id, reason)]
    progress = Progress(say, len(chosen))
    moved: set[str] = set()
    try:
        for message in chosen if not dry_run else ():
            group = message.get("Attributes", {}).get("MessageGroupId")
            ids = {name: value for name, value in message.get("MessageAttributes", {}).items() if name in _IDS}
            sqs.send_message(QueueUrl=url, MessageBody=message["Body"], MessageAttributes={**ids, REDRIVEN: _MARK},
                             **({"MessageGroupId": group} if group else {}))
            sqs.delete_message(QueueUrl=dead_url, ReceiptHandle=message["ReceiptHandle"])
            moved.add(message["MessageId"])
            progress.step()
    finally:
        for message in found:
            if message["MessageId"] not in moved:
                sqs.change_message_visibility(QueueUrl=dead_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    progress.finish("redrive", dry_run, queue=url.rpartition("/")[2], tenant=tenant_id, reason=reason,
                    left=len(found) - len(moved))
    return len(chosen)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status."""
    asked = parser("redrive", __doc__, tenant_required=False)
    asked.add_argument("--queue", required=True, help="the domain whose dead letters they are")
    asked.add_argument("--reason", help="an event's type, or part of what a schedule's failure says")
    chosen = asked.parse_args(arguments)
    if chosen.tenant is None and chosen.reason is None:
        asked.error("name a --tenant or a --reason: all dead letters at once are for start-message-move-task")
    from chalicelib.runtime.settings import settings

    redrive(settings().queue(chosen.queue), print, chosen.tenant, chosen.reason, chosen.dry_run)
    return 0


if __name__ == "__main__":
    sys.exit(main())

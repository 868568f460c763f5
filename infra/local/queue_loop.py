"""Feeds a handler from a queue the way Lambda's SQS event source does.

Messages of a successful batch are deleted. A failed message stays hidden until the queue's visibility timeout, is
received again, and after `maxReceiveCount` the queue's redrive policy moves it to the dead-letter queue.
"""
from __future__ import annotations

import logging
import threading
import time
from typing import Any

from infra.local.invocation import BatchFailed, failed_identifiers, invoke
from infra.local.sources import QueueSource

logger = logging.getLogger(__name__)

_RECEIVE_LIMIT = 10
_LONGEST_PAUSE_SECONDS = 5.0


class QueueLoop:
    """One polling loop of a queue source."""

    def __init__(self, source: QueueSource, sqs: Any, stopping: threading.Event) -> None:
        self._source = source
        self._sqs = sqs
        self._stopping = stopping
        self._queue_arn = ""

    def run(self) -> None:
        """Poll until told to stop; a batch under way is finished first."""
        pause = 0.1
        while not self._stopping.is_set():
            try:
                self._turn()
                pause = 0.1
            except Exception:
                if self._stopping.is_set():
                    return
                logger.exception("queue %s cannot be polled; next attempt in %.1f s", self._source.name, pause)
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _turn(self) -> None:
        messages = self._gather()
        if not messages:
            return
        if self._stopping.is_set():
            self._release(messages)
            return
        failed = self._deliver(messages)
        self._delete([message for message in messages if message["MessageId"] not in failed])

    def _gather(self) -> list[dict[str, Any]]:
        """Receive a batch: the first messages at once, more until the batch is full or its window is over."""
        messages = self._receive(self._source.batch_size, self._source.wait_seconds)
        deadline = time.monotonic() + self._source.batch_window_seconds
        while messages and len(messages) < self._source.batch_size and not self._stopping.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                break
            more = self._receive(self._source.batch_size - len(messages), 0)
            messages += more
            if not more:
                self._stopping.wait(min(left, 0.05))
        return messages

    def _receive(self, count: int, wait_seconds: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._source.queue_url,
            MaxNumberOfMessages=min(count, _RECEIVE_LIMIT),
            WaitTimeSeconds=wait_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _deliver(self, messages: list[dict[str, Any]]) -> set[str]:
        """Call the handler; answer the ids of the messages that failed."""
        source = self._source
        event = {"Records": [sqs_record(message, self._arn()) for message in messages]}
        known = [message["MessageId"] for message in messages]
        try:
            answer = invoke(source.name, source.handler, event, source.timeout_seconds)
            return failed_identifiers(answer, known) if source.report_batch_item_failures else set()
        except BatchFailed as error:
            logger.warning("%s: the batch of %d messages returns to the queue: %s", source.name, len(known), error)
            return set(known)

    def _arn(self) -> str:
        if not self._queue_arn:
            answer = self._sqs.get_queue_attributes(QueueUrl=self._source.queue_url, AttributeNames=["QueueArn"])
            self._queue_arn = answer["Attributes"]["QueueArn"]
        return self._queue_arn

    def _delete(self, messages: list[dict[str, Any]]) -> None:
        for batch in _tens(messages):
            self._sqs.delete_message_batch(QueueUrl=self._source.queue_url, Entries=[
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(batch)])

    def _release(self, messages: list[dict[str, Any]]) -> None:
        """Give back messages received while stopping, so that the next run need not wait for them."""
        for batch in _tens(messages):
            self._sqs.change_message_visibility_batch(QueueUrl=self._source.queue_url, Entries=[
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                for index, message in enumerate(batch)])


def sqs_record(message: dict[str, Any], queue_arn: str) -> dict[str, Any]:
    """A received message as the record Lambda hands over (names in lower camel case)."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _message_attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def _message_attribute(value: dict[str, Any]) -> dict[str, Any]:
    names = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
    given = {names[key]: content for key, content in value.items() if key in names}
    return {"stringListValues": [], "binaryListValues": []} | given


def _tens(messages: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [messages[start:start + _RECEIVE_LIMIT] for start in range(0, len(messages), _RECEIVE_LIMIT)]

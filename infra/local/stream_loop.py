"""Feeds a handler from a table's stream the way Lambda's DynamoDB event source does: polled, filtered, in order."""
from __future__ import annotations

import base64
import json
import logging
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.local.event_filter import matches
from infra.local.lambda_context import new_context
from infra.local.sources import StreamSource
from infra.local.stream_batch import Delivery, Record

logger = logging.getLogger(__name__)

_LONGEST_PAUSE_SECONDS = 5.0
_GATHERING_SECONDS = 0.01
"""What is written together is read together."""
_LOST_POSITION = ("ExpiredIteratorException", "TrimmedDataAccessException")


class StreamLoop:
    """The polling loop of a stream source over all shards of the stream."""

    def __init__(self, source: StreamSource, streams: Any, sqs: Any, stopping: threading.Event) -> None:
        self._source = source
        self._streams = streams
        self._sqs = sqs
        self._stopping = stopping
        self._shards: dict[str, _Shard] = {}
        self._woken = threading.Event()
        self._read_through = float("-inf")

    def wake(self) -> None:
        """Somebody wrote: the stream is read at once."""
        self._woken.set()

    def skip(self) -> None:
        """What stands in the stream already is not delivered, all that is written after this call is."""
        self._find_shards()
        for shard in self._shards.values():
            shard.skip()

    def has_read(self, since: float) -> bool:
        """Whether the stream was looked into after the instant `since` (monotonic seconds) and nothing stood there."""
        return self._read_through >= since

    def run(self) -> None:
        """Poll until told to stop; a batch under way is finished first, unless it is waiting for a retry."""
        pause, last_record = self._source.poll_seconds, time.monotonic()
        while not self._stopping.is_set():
            self._woken.clear()
            began = time.monotonic()
            try:
                if self._turn():
                    last_record, pause = time.monotonic(), _GATHERING_SECONDS
                else:
                    self._read_through = began
                    is_calm = began - last_record > self._source.calm_seconds
                    pause = self._source.idle_seconds if is_calm else self._source.poll_seconds
            except Exception:
                if self._stopping.is_set():
                    return
                pause = min(max(pause, 0.1) * 2, _LONGEST_PAUSE_SECONDS)
                logger.exception("stream %s cannot be polled; next attempt in %.1f s", self._source.name, pause)
                self._stopping.wait(pause)
                continue
            if self._woken.wait(pause):
                self._stopping.wait(_GATHERING_SECONDS)

    def _turn(self) -> int:
        if not self._shards:
            self._find_shards()
        return sum(shard.turn() for shard in self._shards.values())

    def _find_shards(self) -> None:
        answer = self._streams.describe_stream(StreamArn=self._source.stream_arn)
        for description in answer["StreamDescription"]["Shards"]:
            shard_id = description["ShardId"]
            self._shards[shard_id] = _Shard(self._source, shard_id, self._streams, self._sqs, self._stopping)


class _Shard:
    """One shard: its iterator and the sequence number up to which records are settled."""

    def __init__(
        self, source: StreamSource, shard_id: str, streams: Any, sqs: Any, stopping: threading.Event,
    ) -> None:
        self._source = source
        self._shard_id = shard_id
        self._streams = streams
        self._sqs = sqs
        self._checkpoint: str | None = None
        self._iterator: str | None = None
        self._delivery = Delivery(source, stopping, self._discard)

    def turn(self) -> int:
        """Read and deliver one page; answer how many records it held."""
        try:
            if self._iterator is None:
                self._iterator = self._new_iterator()
            page = self._streams.get_records(ShardIterator=self._iterator, Limit=self._source.batch_size)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _LOST_POSITION:
                raise
            self._iterator = None
            if code == "TrimmedDataAccessException":
                self._checkpoint = None
            return 0
        records = [stream_record(record, self._source.stream_arn) for record in page["Records"]]
        if self._settle(records):
            self._iterator = page.get("NextShardIterator")
        return len(records)

    def _settle(self, records: list[Record]) -> bool:
        """Deliver what the filters let through and move the checkpoint; False when told to stop in between."""
        wanted = [record for record in records if self._is_wanted(record)]
        done = self._delivery.deliver(wanted)
        if done == len(wanted):
            if records:
                self._checkpoint = records[-1]["dynamodb"]["SequenceNumber"]
            return True
        if done:
            self._checkpoint = wanted[done - 1]["dynamodb"]["SequenceNumber"]
        self._iterator = None
        return False

    def _is_wanted(self, record: Record) -> bool:
        return not self._source.filters or any(matches(pattern, record) for pattern in self._source.filters)

    def skip(self) -> None:
        """From now on, past what stands there."""
        self._iterator = self._new_iterator("LATEST")

    def _new_iterator(self, kind: str = "") -> str:
        position: dict[str, str] = {"ShardIteratorType": kind or self._source.starting_position}
        if self._checkpoint is not None:
            position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._checkpoint}
        answer = self._streams.get_shard_iterator(
            StreamArn=self._source.stream_arn, ShardId=self._shard_id, **position)
        iterator: str = answer["ShardIterator"]
        return iterator

    def _discard(self, records: list[Record], attempts: int) -> None:
        """Tell the failure destination which positions were given up; it holds no data, as Lambda's does not."""
        logger.error("%s: %d records are given up after %d attempts", self._source.name, len(records), attempts)
        if self._source.failure_queue_url is not None:
            body = failure_message(self._source, self._shard_id, records, attempts)
            self._sqs.send_message(QueueUrl=self._source.failure_queue_url, MessageBody=json.dumps(body))


def stream_record(record: dict[str, Any], stream_arn: str) -> Record:
    """A record of GetRecords as Lambda hands it over: plain JSON, binary values in base64, times in seconds."""
    change = dict(record["dynamodb"])
    created = change.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        change["ApproximateCreationDateTime"] = int(created.timestamp())
    result = {key: value for key, value in record.items() if key not in ("dynamodb", "userIdentity")}
    identity = record.get("userIdentity")
    if identity:
        result["userIdentity"] = {"type": identity["Type"], "principalId": identity["PrincipalId"]}
    return result | {"dynamodb": _plain(change), "eventSourceARN": stream_arn}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {key: _plain(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_plain(content) for content in value]
    return value


def failure_message(source: StreamSource, shard_id: str, records: list[Record], attempts: int) -> dict[str, Any]:
    """What Lambda sends to the failure destination of a DynamoDB stream source."""
    changes = [record["dynamodb"] for record in records]
    arrivals = [_instant(change["ApproximateCreationDateTime"]) for change in changes]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": new_context(source.name, 0).invoked_function_arn,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": attempts,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": _instant(datetime.now(UTC).timestamp()),
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": changes[0]["SequenceNumber"],
            "endSequenceNumber": changes[-1]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": arrivals[0],
            "approximateArrivalOfLastRecord": arrivals[-1],
            "batchSize": len(records),
            "streamArn": source.stream_arn,
        },
    }


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""The loops of the laptop behave as Lambda's event source mappings, on a real engine."""
from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from infra.local.engine import Engine
from infra.local.loops import LoopRunner
from infra.local.sources import QueueSource, ScheduleSource, StreamSource
from tests.infra.conftest import create_table


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


@contextmanager
def running(engine: Engine, *sources: Any, **options: Any) -> Iterator[LoopRunner]:
    quick = [replace(source, wait_seconds=1) if isinstance(source, QueueSource) else source for source in sources]
    runner = LoopRunner(quick, engine.environment(), **options)
    runner.start()
    try:
        yield runner
    finally:
        assert runner.stop()


def wait_for(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)


def queue_with_dead_letters(sqs: Any, name: str, receive_count: int, visibility_seconds: int = 1) -> tuple[str, str]:
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receive_count})
    queue = sqs.create_queue(QueueName=name, Attributes={
        "VisibilityTimeout": str(visibility_seconds), "RedrivePolicy": policy})["QueueUrl"]
    return queue, dead


def waiting(sqs: Any, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(int(value) for value in sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=names)["Attributes"].values())


def bodies(event: dict[str, Any]) -> list[str]:
    return [record["body"] for record in event["Records"]]


def test_a_queue_record_has_the_shape_lambda_sends(engine: Engine, sqs: Any, unique_name: Any) -> None:
    queue = sqs.create_queue(QueueName=unique_name("shape"))["QueueUrl"]
    events: list[dict[str, Any]] = []
    contexts: list[Any] = []

    def handler(event: dict[str, Any], context: Any) -> None:
        events.append(event)
        contexts.append((context.function_name, len(context.aws_request_id), context.get_remaining_time_in_millis()))

    sqs.send_message(QueueUrl=queue, MessageBody='{"order": 1}',
                     MessageAttributes={"topic": {"DataType": "String", "StringValue": "order.created"}})
    with running(engine, QueueSource("channels", queue, handler, timeout_seconds=20)):
        wait_for(lambda: events and waiting(sqs, queue) == 0)
    (record,) = events[0]["Records"]
    assert record.keys() == {"messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody",
                             "eventSource", "eventSourceARN", "awsRegion"}
    assert record["body"] == '{"order": 1}' and record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].startswith("arn:aws:sqs:eu-west-3:") and record["awsRegion"] == "eu-west-3"
    assert record["attributes"].keys() >= {
        "ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}
    assert record["messageAttributes"]["topic"] == {
        "stringValue": "order.created", "stringListValues": [], "binaryListValues": [], "dataType": "String"}
    name, id_length, remaining = contexts[0]
    assert (name, id_length) == ("channels", 36) and 19_000 < remaining <= 20_000


def test_a_poison_message_goes_to_the_dead_letters_after_its_count_while_others_go_on(
    engine: Engine, sqs: Any, unique_name: Any,
) -> None:
    queue, dead = queue_with_dead_letters(sqs, unique_name("poison"), receive_count=3)
    seen: list[str] = []

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        seen.extend(bodies(event))
        return {"batchItemFailures": [
            {"itemIdentifier": record["messageId"]} for record in event["Records"] if record["body"] == "poison"]}

    for body in ("a", "poison", "b"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    with running(engine, QueueSource("sales", queue, handler)):
        wait_for(lambda: waiting(sqs, dead) == 1)
        sqs.send_message(QueueUrl=queue, MessageBody="later")
        wait_for(lambda: "later" in seen)
        wait_for(lambda: waiting(sqs, queue) == 0)
    assert seen.count("poison") == 3
    assert [seen.count(body) for body in ("a", "b", "later")] == [1, 1, 1]


@pytest.mark.parametrize("answer", [
    RuntimeError("boom"), {"batchItemFailures": [{"itemIdentifier": "unknown"}]}, {"batchItemFailures": [{}]}])
def test_an_exception_or_an_unreadable_answer_returns_the_whole_batch(
    engine: Engine, sqs: Any, unique_name: Any, answer: Any,
) -> None:
    queue, _ = queue_with_dead_letters(sqs, unique_name("whole"), receive_count=10)
    batches: list[list[str]] = []

    def handler(event: dict[str, Any], context: Any) -> Any:
        batches.append(sorted(bodies(event)))
        if len(batches) > 1:
            return None
        if isinstance(answer, Exception):
            raise answer
        return answer

    sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": body, "MessageBody": body} for body in "abc"])
    with running(engine, QueueSource("stock", queue, handler)):
        wait_for(lambda: len(batches) == 2 and waiting(sqs, queue) == 0)
    assert batches == [["a", "b", "c"], ["a", "b", "c"]]


def test_a_batch_window_gathers_more_than_one_receive(engine: Engine, sqs: Any, unique_name: Any) -> None:
    queue = sqs.create_queue(QueueName=unique_name("window"))["QueueUrl"]
    batches: list[int] = []
    for start in range(0, 25, 5):
        sqs.send_message_batch(QueueUrl=queue, Entries=[
            {"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 5)])
    source = QueueSource("reporting", queue, lambda event, context: batches.append(len(event["Records"])),
                         batch_size=25, batch_window_seconds=3)
    with running(engine, source):
        wait_for(lambda: sum(batches) == 25)
    assert batches == [25]
    with pytest.raises(ValueError, match="batch window"):
        QueueSource("reporting", queue, lambda event, context: None, batch_size=25)


def test_stopping_lets_the_batch_under_way_finish(engine: Engine, sqs: Any, unique_name: Any) -> None:
    queue = sqs.create_queue(QueueName=unique_name("drain"))["QueueUrl"]
    entered, finished = threading.Event(), threading.Event()

    def handler(event: dict[str, Any], context: Any) -> None:
        entered.set()
        time.sleep(0.5)
        finished.set()

    sqs.send_message(QueueUrl=queue, MessageBody="x")
    runner = LoopRunner([QueueSource("slow", queue, handler)], engine.environment())
    runner.start()
    assert entered.wait(5)
    assert runner.stop() and finished.is_set() and waiting(sqs, queue) == 0


def put(dynamodb: Any, table: str, number: int, kind: str = "outbox") -> None:
    dynamodb.put_item(TableName=table, Item={
        "pk": {"S": "orders"}, "sk": {"S": f"{number:03}"}, "kind": {"S": kind}, "raw": {"B": b"\x00\xff"}})


def numbers(event: dict[str, Any]) -> list[int]:
    return [int(record["dynamodb"]["Keys"]["sk"]["S"]) for record in event["Records"]]


def test_a_stream_record_has_the_shape_lambda_sends(engine: Engine, dynamodb: Any, unique_name: Any) -> None:
    table = unique_name("shape")
    stream = create_table(dynamodb, table)
    put(dynamodb, table, 1)
    events: list[dict[str, Any]] = []
    with running(engine, StreamSource("relay", stream, lambda event, context: events.append(event))):
        wait_for(lambda: events)
    (record,) = json.loads(json.dumps(events[0]))["Records"]
    change = record["dynamodb"]
    assert {key: record[key] for key in ("eventName", "eventSource", "eventVersion", "eventSourceARN", "awsRegion")} == {
        "eventName": "INSERT", "eventSource": "aws:dynamodb", "eventVersion": "1.1", "eventSourceARN": stream,
        "awsRegion": "eu-west-3"}
    assert change["Keys"] == {"pk": {"S": "orders"}, "sk": {"S": "001"}}
    assert change["NewImage"]["raw"] == {"B": "AP8="} and "OldImage" not in change
    assert isinstance(change["ApproximateCreationDateTime"], int) and isinstance(change["SequenceNumber"], str)
    assert change["StreamViewType"] == "NEW_AND_OLD_IMAGES"


def test_records_arrive_in_order_and_filters_choose_by_kind(engine: Engine, dynamodb: Any, unique_name: Any) -> None:
    table = unique_name("order")
    stream = create_table(dynamodb, table)
    seen: list[int] = []
    source = StreamSource("relay", stream, lambda event, context: seen.extend(numbers(event)), batch_size=4, filters=(
        {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["outbox"]}}}},))
    with running(engine, source):
        for number in range(40):
            put(dynamodb, table, number, kind="outbox" if number % 2 == 0 else "order")
        put(dynamodb, table, 998, kind="order")
        put(dynamodb, table, 999)
        wait_for(lambda: 999 in seen)
    assert seen == [*range(0, 40, 2), 999]


def test_a_partial_failure_is_retried_from_the_failed_record_on(
    engine: Engine, dynamodb: Any, unique_name: Any,
) -> None:
    table = unique_name("partial")
    stream = create_table(dynamodb, table)
    for number in range(6):
        put(dynamodb, table, number)
    calls: list[list[int]] = []

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        calls.append(numbers(event))
        failing = [record for record in event["Records"] if record["dynamodb"]["Keys"]["sk"]["S"] == "003"]
        if len(calls) == 1:
            return {"batchItemFailures": [
                {"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in failing]}
        return {}

    with running(engine, StreamSource("relay", stream, handler, bisect_on_error=False)):
        wait_for(lambda: len(calls) == 2)
    assert calls == [[0, 1, 2, 3, 4, 5], [3, 4, 5]]


@pytest.mark.parametrize("names_the_record", [True, False])
def test_splitting_isolates_the_bad_record_and_reports_its_position(
    engine: Engine, dynamodb: Any, sqs: Any, unique_name: Any, names_the_record: bool,
) -> None:
    table = unique_name("bisect")
    stream = create_table(dynamodb, table)
    failures = sqs.create_queue(QueueName=table)["QueueUrl"]
    for number in range(10):
        put(dynamodb, table, number)
    done: list[int] = []
    attempts_at_bad: list[list[int]] = []
    sequence: dict[int, str] = {}

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        batch = numbers(event)
        sequence.update(zip(batch, (record["dynamodb"]["SequenceNumber"] for record in event["Records"]), strict=True))
        if 6 not in batch:
            done.extend(batch)
            return {}
        attempts_at_bad.append(batch)
        if not names_the_record:
            raise RuntimeError("the batch holds a bad record")
        done.extend(batch[:batch.index(6)])
        return {"batchItemFailures": [{"itemIdentifier": sequence[6]}]}

    source = StreamSource("relay", stream, handler, maximum_retries=2, failure_queue_url=failures,
                          first_retry_seconds=0.01)
    with running(engine, source):
        wait_for(lambda: waiting(sqs, failures) == 1)
        put(dynamodb, table, 10)
        wait_for(lambda: 10 in done)
    assert done == [0, 1, 2, 3, 4, 5, 7, 8, 9, 10], "in order, each once, without the bad one"
    assert attempts_at_bad.count([6]) == 3, "one attempt and two retries of the record alone"
    (message,) = sqs.receive_message(QueueUrl=failures)["Messages"]
    info = json.loads(message["Body"])["DDBStreamBatchInfo"]
    assert (info["startSequenceNumber"], info["batchSize"], info["streamArn"]) == (sequence[6], 1, stream)
    assert info["endSequenceNumber"] == sequence[6] and info["shardId"].startswith("shardId-")


def test_without_a_retry_limit_a_failing_record_holds_back_the_ones_behind_it(
    engine: Engine, dynamodb: Any, unique_name: Any,
) -> None:
    table = unique_name("block")
    stream = create_table(dynamodb, table)
    attempts: list[list[int]] = []
    recovered = threading.Event()

    def handler(event: dict[str, Any], context: Any) -> None:
        attempts.append(numbers(event))
        if 0 in numbers(event) and not recovered.is_set():
            raise RuntimeError("the queue is away")

    put(dynamodb, table, 0)
    source = StreamSource("relay", stream, handler, first_retry_seconds=0.02, longest_retry_seconds=0.05)
    with running(engine, source):
        wait_for(lambda: len(attempts) >= 4)
        put(dynamodb, table, 1)
        time.sleep(0.3)
        assert all(batch == [0] for batch in attempts)
        recovered.set()
        wait_for(lambda: [1] in attempts)


def test_the_stream_is_read_again_from_the_checkpoint_after_the_engine_was_away(
    engine: Engine, dynamodb: Any, unique_name: Any,
) -> None:
    table = unique_name("checkpoint")
    stream = create_table(dynamodb, table)
    put(dynamodb, table, 1)
    seen: list[int] = []
    source = StreamSource("relay", stream, lambda event, context: seen.extend(numbers(event)))
    runner = LoopRunner([source], engine.environment())
    real = runner._streams.get_records
    broken = threading.Event()

    def failing(**arguments: Any) -> Any:
        if broken.is_set():
            broken.clear()
            error = {"Error": {"Code": "ExpiredIteratorException", "Message": "15 minutes are over"}}
            raise runner._streams.exceptions.ClientError(error, "GetRecords")
        return real(**arguments)

    runner._streams.get_records = failing
    runner.start()
    wait_for(lambda: seen == [1])
    broken.set()
    wait_for(lambda: not broken.is_set())
    put(dynamodb, table, 2)
    wait_for(lambda: 2 in seen)
    assert runner.stop()
    assert seen == [1, 2]


def test_the_work_at_start_runs_once_and_again_only_after_a_failure(
    engine: Engine, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("infra.local.loops._RETRY_ON_START_SECONDS", 0.05)
    calls: list[int] = []

    def sweep() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ConnectionError("the engine is not there yet")

    with running(engine, on_start=sweep):
        wait_for(lambda: len(calls) == 2)
        time.sleep(0.2)
    assert len(calls) == 2


def test_threads_carry_the_names_of_their_sources(engine: Engine, sqs: Any, unique_name: Any) -> None:
    queue = sqs.create_queue(QueueName=unique_name("names"))["QueueUrl"]
    sources = (QueueSource("sales", queue, lambda event, context: None, concurrency=2),
               ScheduleSource("sweep", "rate(1 hour)", lambda event, context: None))
    with running(engine, *sources):
        names = {thread.name for thread in threading.enumerate()}
        assert {"queue-sales-0", "queue-sales-1", "schedule-sweep"} <= names


def test_a_calm_stream_is_read_at_once_when_somebody_writes(engine: Engine, dynamodb: Any, unique_name: Any) -> None:
    table = unique_name("wake")
    stream = create_table(dynamodb, table)
    seen: list[int] = []
    source = StreamSource("relay", stream, lambda event, context: seen.extend(numbers(event)),
                          poll_seconds=0.02, idle_seconds=60.0, calm_seconds=0.0)
    with running(engine, source) as runner:
        wait_for(lambda: runner.have_read(0.0))
        time.sleep(0.1)
        put(dynamodb, table, 1)
        time.sleep(0.3)
        assert seen == []
        runner.wake()
        wait_for(lambda: seen == [1], 5.0)


def test_a_stream_is_told_as_read_only_after_it_was_found_empty(engine: Engine, dynamodb: Any, unique_name: Any) -> None:
    table = unique_name("read")
    stream = create_table(dynamodb, table)
    put(dynamodb, table, 1)
    going_on = threading.Event()

    def handler(event: Any, context: Any) -> None:
        going_on.wait(10)

    with running(engine, StreamSource("relay", stream, handler)) as runner:
        began = time.monotonic()
        time.sleep(0.3)
        assert not runner.have_read(began)
        going_on.set()
        wait_for(lambda: runner.have_read(began))
        assert not runner.have_read(time.monotonic() + 60)


def test_loops_that_skip_the_past_deliver_all_that_comes_after_their_start(
    engine: Engine, dynamodb: Any, unique_name: Any,
) -> None:
    table = unique_name("skip")
    stream = create_table(dynamodb, table)
    for n in (1, 2, 3):
        put(dynamodb, table, n)
    seen: list[int] = []
    runner = LoopRunner([StreamSource("relay", stream, lambda event, context: seen.extend(numbers(event)))],
                        engine.environment())
    runner.start(skip_past=True)
    put(dynamodb, table, 4)
    wait_for(lambda: seen)
    assert runner.stop()
    assert seen == [4]

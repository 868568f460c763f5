"""Operators repair: the outbox again, dead letters back, reports anew; each says how far it is and who did it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.activity import service as activity
from chalicelib.events.outbox import from_message
from chalicelib.kernel.job import Job
from chalicelib.runtime.settings import settings
from chalicelib.storage.client import client
from chalicelib.storage.transaction import Transaction
from infra.ops import rebuild, redrive, replay


@pytest.fixture
def queue(engine: Any) -> str:
    """The address of the queue `activity`, with nothing in it nor among its dead letters."""
    url = settings().queue("activity")
    for each in (url, f"{url}-dead"):
        client("sqs").purge_queue(QueueUrl=each)
    return url


def bodies(url: str) -> list[str]:
    """What waits in a queue, taken out of it."""
    found: list[str] = []
    while messages := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for each in messages:
            found.append(each["Body"])
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


def waiting(url: str) -> int:
    answer = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def customer_made(ctx: Any, name: str) -> None:
    transaction = Transaction(ctx)
    transaction.emit("CustomerCreated", "customer", name, 1, {"name": name})
    transaction.commit()


def record_of(said: list[str]) -> dict[str, Any]:
    return dict(json.loads(said[-1]))


# The outbox again


def test_events_of_a_period_are_published_again_and_a_consumer_counts_each_once(new_ctx: Any, queue: str,
                                                                                said: list[str]) -> None:
    customer_made(new_ctx(), "cus_1")
    customer_made(new_ctx(), "cus_2")
    ctx = new_ctx()
    for _ in range(2):
        assert replay.replay(ctx, ctx.now - timedelta(minutes=5), ctx.now + timedelta(minutes=5), said.append) == 0
    events = [from_message(each) for each in bodies(queue)]
    assert sorted(each.entity_id for each in events) == ["cus_1", "cus_1", "cus_2", "cus_2"]
    assert said[0] == "CustomerCreated: 2" and said[1] == "done 2 of 2, 0 remain"
    assert {name: record_of(said)[name] for name in ("command", "tenant", "done", "refused", "dry_run")} == {
        "command": "replay", "tenant": ctx.tenant_id, "done": 2, "refused": 0, "dry_run": False}
    from chalicelib.activity import worker
    from chalicelib.events.outbox import message
    from chalicelib.runtime.worker import consume_batch
    batch = {"Records": [{"messageId": str(n), "body": message(each)} for n, each in enumerate(events)]}
    assert consume_batch("activity", worker.handle_batch, batch, None) == {"batchItemFailures": []}
    assert len(activity.timeline(ctx, "customer", "cus_1")) == 1


def test_another_time_another_type_and_a_dry_run_publish_nothing(new_ctx: Any, queue: str, said: list[str]) -> None:
    customer_made(new_ctx(), "cus_1")
    ctx = new_ctx()
    soon, past = ctx.now + timedelta(minutes=5), ctx.now - timedelta(minutes=5)
    replay.replay(ctx, past, soon, said.append, dry_run=True)
    assert (record_of(said)["total"], record_of(said)["done"], record_of(said)["dry_run"]) == (1, 0, True)
    replay.replay(ctx, past, soon, said.append, types=["OrderPlaced"])
    replay.replay(ctx, past, past, said.append)
    assert bodies(queue) == []


# Dead letters back


def letter(tenant_id: str, kind: str) -> str:
    return json.dumps({"id": f"{tenant_id}.{kind}", "tenant_id": tenant_id, "type": kind})


def test_one_tenants_dead_letters_go_back_and_the_others_stay(queue: str, said: list[str]) -> None:
    sqs = client("sqs")
    for tenant_id in ("maison", "autre", "maison"):
        sqs.send_message(QueueUrl=f"{queue}-dead", MessageBody=letter(tenant_id, "OrderPlaced"), MessageGroupId=tenant_id)
    assert redrive.redrive(queue, said.append, tenant_id="maison", dry_run=True) == 2
    assert (waiting(queue), waiting(f"{queue}-dead")) == (0, 3), "a dry run hides nothing for long"
    assert redrive.redrive(queue, said.append, tenant_id="maison") == 2
    assert bodies(queue) == [letter("maison", "OrderPlaced")] * 2
    assert bodies(f"{queue}-dead") == [letter("autre", "OrderPlaced")]
    assert (record_of(said)["done"], record_of(said)["left"]) == (2, 1)


def test_dead_letters_of_one_reason_go_back(queue: str, said: list[str]) -> None:
    sqs = client("sqs")
    beat = json.dumps({"requestContext": {"condition": "RetriesExhausted"}, "responsePayload": {"errorType": "Unavailable"}})
    for body in (letter("maison", "OrderPlaced"), letter("autre", "OrderShipped"), beat, "not even JSON"):
        sqs.send_message(QueueUrl=f"{queue}-dead", MessageBody=body)
    assert redrive.redrive(queue, said.append, reason="OrderShipped") == 1
    assert redrive.redrive(queue, said.append, reason="Unavailable") == 1
    assert sorted(bodies(queue)) == sorted([letter("autre", "OrderShipped"), beat])
    assert waiting(f"{queue}-dead") == 2


def test_a_letter_is_sent_before_it_is_taken_away(queue: str, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue does not answer: the letter is still among the dead."""
    client("sqs").send_message(QueueUrl=f"{queue}-dead", MessageBody=letter("maison", "OrderPlaced"))

    class Mute:
        def __getattr__(self, name: str) -> Any:
            if name == "send_message":
                raise ConnectionError(name)
            return getattr(client("sqs"), name)

    monkeypatch.setattr(redrive, "_client", Mute)
    with pytest.raises(ConnectionError):
        redrive.redrive(queue, said.append, tenant_id="maison")
    assert waiting(f"{queue}-dead") == 1


# Reports anew


def test_reports_are_made_anew_by_their_worker_while_the_command_waits(
    new_ctx: Any, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.reporting import rebuilding
    from tests.working import worked

    started: list[Job] = []
    start = rebuilding.start
    monkeypatch.setattr(rebuilding, "start", lambda ctx: started.append(start(ctx)) or started[0])
    assert rebuild.rebuild(new_ctx(), said.append, dry_run=True) and not started
    assert record_of(said)["dry_run"] is True
    assert rebuild.rebuild(new_ctx(), said.append, wait=lambda _: worked(new_ctx(), started[0], rebuilding.work))
    assert (record_of(said)["state"], record_of(said)["counts"]) == ("done", {"documents": 0, "differences": 0})


# Nobody in particular is refused


@pytest.mark.parametrize(("command", "arguments"), [
    (replay, ["--since", "2026-01-01", "--until", "2026-01-02"]), (redrive, ["--queue", "sales"]), (rebuild, [])])
def test_a_command_refuses_to_work_without_a_tenant(command: Any, arguments: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2 and "--tenant" in capsys.readouterr().err


def test_a_period_that_ends_before_it_begins_is_refused(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        replay.main(["--tenant", "t", "--since", "2026-01-02", "--until", "2026-01-01"])
    assert "--until is before --since" in capsys.readouterr().err

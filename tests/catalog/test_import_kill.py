"""An import is killed in the middle, anywhere: it goes on, and ends in the very same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.catalog import importing
from chalicelib.catalog.importing import ImportBody
from chalicelib.events import jobs
from chalicelib.kernel.context import Context
from chalicelib.kernel.job import JOB, OPEN, Job, progress
from chalicelib.runtime.jobs import carry_on, look_after
from chalicelib.storage import read, transaction
from chalicelib.storage.client import client, table_name
from tests.catalog.files import Report, worked

NewContext = Callable[..., Context]
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


def file() -> str:
    """A file of 130 rows: products of several variants, wrong cells, kits, packs, GTINs that move, a product that is new."""
    rows = ["sku;product_name;axis:N;vat_rate;packs;kit_components"]
    rows += [f"P{n}-{k};Gamme {n};{k};20;CT:6;" for n in range(30) for k in range(4)]
    rows += ["BAD-1;Faux;;vingt;;", "BAD-2;;;20;;", "KIT;Coffret;;20;;P1-1:2|P2-2:1", "KIT-X;Coffret X;;20;;NOPE:1"]
    return "\n".join(rows) + "\n"


def snapshot(ctx: Context) -> dict[str, Any]:
    """Products, variants and their guards as they are stored, byte for byte."""
    found: dict[str, Any] = {}
    start: dict[str, Any] = {}
    while True:
        page = client("dynamodb").scan(TableName=table_name(), FilterExpression="tenant_id = :t", ExpressionAttributeValues={
            ":t": {"S": ctx.tenant_id}}, **start)
        for item in page["Items"]:
            if item["kind"]["S"] in ("product", "variant", "guard"):
                found[item["pk"]["S"]] = item
            if item["kind"]["S"] != "counter":
                client("dynamodb").delete_item(TableName=table_name(), Key={"pk": item["pk"], "sk": item["sk"]})
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def begun(new_ctx: NewContext) -> Job:
    return importing.start(replace(new_ctx(), now=NOW), ImportBody(text=file()))


def outcome(report: Report) -> object:
    job = report.job
    return job.state, job.total, job.done, dict(job.counts), report.problems


@pytest.mark.parametrize(("after", "points"), [(False, range(2, 30, 3)), (True, range(2, 30, 2))],
                         ids=["before the write", "after the write"])
def test_kill_at_every_write_gives_the_same_bytes(
    new_ctx: NewContext, monkeypatch: pytest.MonkeyPatch, after: bool, points: range
) -> None:
    whole = worked(new_ctx(), begun(new_ctx).id)
    assert whole.counts == (121, 0, 0, 3)
    wanted = snapshot(new_ctx())
    assert len(wanted) > 270
    real, writes = transaction.call, 0

    def dying(ctx: Context, operation: str, parameters: Any, **more: Any) -> Any:
        nonlocal writes
        writes += operation == "TransactWriteItems"
        if operation == "TransactWriteItems" and writes in points and not after:
            raise Killed
        answer = real(ctx, operation, parameters, **more)
        if operation == "TransactWriteItems" and writes in points and after:
            raise Killed
        return answer

    job = begun(new_ctx)
    monkeypatch.setattr(transaction, "call", dying)
    deaths = 0
    while read.get(new_ctx(), JOB, job.id).state in ("queued", "running"):
        before = read.get(new_ctx(), JOB, job.id)
        try:
            carry_on(new_ctx(), job.id, before.run, importing.work)
        except Killed:
            deaths += 1
            now = read.get(new_ctx(), JOB, job.id)
            assert now.done >= before.done, "what is settled stays settled"
    monkeypatch.setattr(transaction, "call", real)
    assert deaths >= 5
    again = Report(read.get(new_ctx(), JOB, job.id), jobs.problems(new_ctx(), job.id))
    assert outcome(again) == outcome(whole)
    assert snapshot(new_ctx()) == wanted


def test_a_zombie_cannot_write_any_more(new_ctx: NewContext) -> None:
    """Two workers hold the job; only the one that took it up last gets anything in."""
    job = begun(new_ctx)
    old, new = jobs.take_up(new_ctx(), job.id, 1), jobs.take_up(new_ctx(), job.id, 1)
    assert old is not None and new is not None
    with pytest.raises(jobs.Fenced):
        importing.work(old)
    importing.work(new)
    assert read.get(new_ctx(), JOB, job.id).state == "done"
    assert jobs.take_up(new_ctx(), job.id, 1) is None


def test_the_time_of_a_slice_is_over_and_a_message_carries_it_on(new_ctx: NewContext) -> None:
    job = begun(new_ctx)
    hurried = new_ctx()
    carry_on(replace(hurried, deadline=hurried.clock.monotonic() + jobs.RESERVE_SECONDS - 1), job.id, 1, importing.work)
    now = read.get(new_ctx(), JOB, job.id)
    assert (now.state, now.run, now.chunk) == ("running", 2, 1)
    carry_on(new_ctx(), job.id, 1, importing.work)
    assert read.get(new_ctx(), JOB, job.id) == now, "the old message is stale"
    carry_on(new_ctx(), job.id, 2, importing.work)
    assert read.get(new_ctx(), JOB, job.id).state == "done"


def test_a_job_that_lost_its_message_gets_another_and_one_that_cannot_go_on_is_given_up(new_ctx: NewContext) -> None:
    job = begun(new_ctx)
    look = look_after(frozenset({importing.KIND}))
    look(replace(new_ctx(), now=NOW + timedelta(minutes=2)))
    assert read.get(new_ctx(), JOB, job.id).run == 1
    look(replace(new_ctx(), now=NOW + timedelta(minutes=5)))
    assert read.get(new_ctx(), JOB, job.id).run == 2

    def crash(run: object) -> None:
        raise ZeroDivisionError

    for _ in range(jobs.TAKEOVERS):
        with pytest.raises(ZeroDivisionError):
            carry_on(new_ctx(), job.id, 2, crash)
    carry_on(new_ctx(), job.id, 2, crash)
    given_up = read.get(new_ctx(), JOB, job.id)
    assert (given_up.state, given_up.failure_code) == ("failed", "no_progress")


def test_progress_tells_rate_and_remaining(new_ctx: NewContext) -> None:
    job = replace(begun(new_ctx), total=1000, done=250, state="running", started_at=NOW, updated_at=NOW + timedelta(seconds=10))
    seen = progress(job)
    assert (seen.rate_per_second, seen.remaining_seconds) == (25, 30)
    assert progress(replace(job, done=0)).remaining_seconds is None
    assert progress(replace(job, state="done")).remaining_seconds == 0


def killed_at(tenant_id: str, job_id: str, commits: int, seconds: float) -> list[list[str]]:
    """A worker's process that is killed (`kill -9`) a moment after it said that so many transactions are committed, or ends
    by itself; answers what it said."""
    worker = subprocess.Popen([sys.executable, "-m", "tests.catalog.import_worker", tenant_id, job_id], cwd=ROOT,
                              stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert worker.stdout is not None
    said: list[list[str]] = []
    for line in worker.stdout:
        said.append(line.split())
        if sum(words[0] == "committed" for words in said) == commits:
            time.sleep(seconds)
            os.kill(worker.pid, signal.SIGKILL)
            said += [rest.split() for rest in worker.stdout]
            break
    worker.wait()
    return said


def test_a_workers_process_killed_again_and_again_ends_in_the_same_bytes(new_ctx: NewContext) -> None:
    """KILL_POINTS of them, 5 unless it says otherwise; each costs at most the transaction that was under way."""
    points, chance = int(os.environ.get("KILL_POINTS", "5")), random.Random(1)
    whole = worked(new_ctx(), begun(new_ctx).id)
    wanted = snapshot(new_ctx())
    kills = 0
    while kills < points:
        job = begun(new_ctx)
        done = 0
        while read.get(new_ctx(), JOB, job.id).state in OPEN:
            said = killed_at(new_ctx().tenant_id, job.id, 1 if kills < points else 10_000, chance.random() * 0.06)
            kills += kills < points
            attempts = sum(words[0] == "begun" for words in said)
            commits = sum(words[0] == "committed" for words in said)
            assert attempts - commits <= 1, "what was under way, and no more, is done again"
            now = read.get(new_ctx(), JOB, job.id)
            assert now.done >= done, "what is settled stays settled"
            done = now.done
        again = Report(read.get(new_ctx(), JOB, job.id), jobs.problems(new_ctx(), job.id))
        assert outcome(again) == outcome(whole)
        assert snapshot(new_ctx()) == wanted
    assert kills == points

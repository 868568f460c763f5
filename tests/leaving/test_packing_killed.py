"""The packing of an export is killed anywhere: it goes on at the member it was writing, and the archive is the same."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.events.jobs import Run
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.job import JOB, OPEN, Job
from chalicelib.leaving import exporting, packing
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.runtime.jobs import carry_on
from chalicelib.storage import blobs, read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT, Tenant
from tests.working import worked

ROOT = Path(__file__).resolve().parents[2]


class Killed(BaseException):
    """The process is gone."""


def company(new_ctx: Callable[..., Context]) -> Context:
    """A company with a customer and files that hardly pack, so that the upload has several parts."""
    ctx = new_ctx()
    tx = Transaction(replace(ctx, command=Command("found")))
    tx.create(TENANT, Tenant(id=ctx.tenant_id, name="Maison Givrée", created_at=ctx.now))
    tx.commit()
    create_customer(ctx, CustomerBody(name="Zoé Glace"))
    noise = random.Random(1)
    for n in range(3):
        blobs.put(ctx, f"media/photo-{n}.jpg", noise.randbytes(3_000_000), "image/jpeg")
    return replace(new_ctx(), command=Command(f"export:{ctx.chance.token(8).hex()}"))


def walked(new_ctx: Callable[..., Context], ctx: Context) -> Job:
    """An export whose parts are there and whose archive is not begun."""

    def walk(run: Run) -> None:
        while run.job.facts["phase"] == "walk" and not run.is_over:
            exporting._walk(run)

    job = exporting.start(ctx)
    carry_on(new_ctx(), job.id, job.run, walk)
    return read.get(ctx, JOB, job.id)


def archive_of(ctx: Context, job: Job) -> dict[str, bytes]:
    """The members in their order, but for what tells of the exports themselves; the archive is sound and its digests hold."""
    with zipfile.ZipFile(io.BytesIO(blobs.get(ctx, exporting.archive_name(job.id)))) as found:
        assert found.testzip() is None
        content = {name: found.read(name) for name in found.namelist()}
    for part in json.loads(content["manifest.json"])["parts"]:
        assert hashlib.sha256(content[part["name"]]).hexdigest() == part["sha256"], part
    return {name: each for name, each in content.items() if name != "manifest.json" and not name.startswith("data/audit.")}


def test_killed_at_every_write_it_goes_on_and_the_archive_is_the_same(
        new_ctx: Callable[..., Context], monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes to the bucket die again and again, before they are made and after."""
    ctx = company(new_ctx)
    whole = worked(ctx, exporting.start(ctx), exporting.work)
    monkeypatch.setattr(packing, "MEMBERS_A_CHECKPOINT", 2)
    job = walked(new_ctx, replace(ctx, command=Command("again")))
    real, calls = blobs._ask, 0
    members: list[str] = []
    write = packing.Packer.write

    def noting(packer: Any, name: str, *given: Any, **named: Any) -> Any:
        members.append(name)
        return write(packer, name, *given, **named)

    def dying(operation: str, request: dict[str, Any]) -> Any:
        nonlocal calls
        if operation in ("GetObject", "ListObjectsV2"):
            return real(operation, request)
        calls += 1
        if calls % 9 == 1:
            raise Killed
        answer = real(operation, request)
        if calls % 9 == 5:
            raise Killed
        return answer

    monkeypatch.setattr(blobs, "_ask", dying)
    monkeypatch.setattr(packing.Packer, "write", noting)
    deaths = 0
    while (now := read.get(ctx, JOB, job.id)).state in OPEN:
        try:
            carry_on(new_ctx(), job.id, now.run, exporting.work)
        except Killed:
            deaths += 1
    assert now.state == "done" and deaths >= 5, (now.failure_code, deaths)
    assert list(archive_of(ctx, now).items()) == list(archive_of(ctx, whole).items())
    assert len(members) < deaths * len(set(members)), "what stood at a checkpoint is not written again"
    assert [name for name, _ in blobs.names(ctx, f"exports/{job.id}")] == [exporting.archive_name(job.id)]


def test_the_process_itself_is_killed_and_another_goes_on(new_ctx: Callable[..., Context]) -> None:
    ctx = company(new_ctx)
    job = walked(new_ctx, ctx)
    worker = subprocess.Popen([sys.executable, "-m", "tests.leaving.export_worker", ctx.tenant_id, job.id], cwd=ROOT,
                              stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert worker.stdout is not None
    for line in worker.stdout:
        if line.startswith("written files/media/photo-1"):
            os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    half = read.get(ctx, JOB, job.id)
    assert half.state == "running" and half.facts["pack"] >= 2 and half.facts["file"].startswith("media/photo-")
    done = worked(ctx, half, exporting.work)
    assert (done.state, done.counts["files"]) == ("done", 3)
    photos = [name for name in archive_of(ctx, done) if name.startswith("files/media/")]
    assert photos == [f"files/media/photo-{n}.jpg" for n in range(3)]

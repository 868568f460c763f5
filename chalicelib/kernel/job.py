"""Long work in chunks: what is kept of it, and what a person sees of it. Pure shapes.

A job is worked by messages, chunk after chunk. `version` moves with every checkpoint, so of two workers that hold the same
job only the one that read it last can write; `run` counts the messages that carry it on, so an old one finds itself stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from chalicelib.kernel.documents import Document, IndexKey
from chalicelib.kernel.shapes import entity

OPEN = ("queued", "running")
STATES = (*OPEN, "done", "failed", "cancelled")
JOB_TRANSITIONS = {(state, "cancel"): "cancelled" for state in OPEN}
"""What people may do to a job; the rest of its way is its workers'."""


@entity
class Job:
    """Work on `total` rows, of which `done` are settled. `chunk` is the next of `chunk_count`, and `settled` how many rows
    of it are settled already; `counts` say what became of rows, `facts` what the work needs besides its file. `subject_id`
    is what the work is about, when that is one thing: a connection, a price list.

    `actor_…` is who began it: what the work changes is their doing. `takeovers` counts the times a worker took the job up
    since the last checkpoint. Work that waits for somebody else goes on at `resume_at`; `waiting_since` is when it was first
    told to wait, with nothing done since.
    """

    id: str
    job_kind: str
    state: str = "queued"
    title: str = ""
    subject_id: str = ""
    dry_run: bool = False
    actor_kind: str = ""
    actor_id: str = ""
    actor_name: str = ""
    locale: str = "fr"
    total: int = 0
    done: int = 0
    chunk: int = 0
    chunk_count: int = 0
    settled: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    problem_count: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    run: int = 1
    takeovers: int = 0
    resume_at: datetime | None = None
    waiting_since: datetime | None = None
    failure_code: str = ""
    failure_detail: str = ""
    created_at: datetime
    started_at: datetime | None = None
    updated_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 0


def heard_at(job: Job) -> datetime:
    """When a job was last heard of, or shall next be when it waits for somebody: one silent for long after it is lost."""
    return job.resume_at or job.updated_at or job.created_at


def _due(job: Job) -> IndexKey | None:
    return ("DUE#job", f"{heard_at(job).isoformat()}#{job.id}") if job.state in OPEN else None


JOB = Document(
    kind="job", prefix="job", model=Job,
    summary=lambda j: {"job_kind": j.job_kind, "state": j.state, "title": j.title[:60], "subject_id": j.subject_id,
                       "dry_run": j.dry_run, "total": j.total, "done": j.done, "problem_count": j.problem_count,
                       "actor_name": j.actor_name[:40], "created_at": j.created_at.isoformat(timespec="seconds")},
    by_list=lambda j: (f"JOB#{j.job_kind}", f"{j.created_at.isoformat()}#{j.id}"), by_due=_due, is_derived=True)


@entity
class Download:
    """Where what a job made can be fetched, until when."""

    url: str
    expires_at: datetime
    file_name: str


@entity
class Progress:
    """How far a job is: rows a second since it began, and the seconds that are left at that rate (None while unknown)."""

    total: int
    done: int
    rate_per_second: int | None
    remaining_seconds: int | None


def progress(job: Job) -> Progress:
    """How far the job is, from its last checkpoint."""
    seconds = int((job.updated_at - job.started_at).total_seconds()) if job.updated_at and job.started_at else 0
    rate = job.done // seconds if seconds and job.done else None
    left = (job.total - job.done) * seconds // job.done if seconds and job.done else None
    return Progress(total=job.total, done=job.done, rate_per_second=rate,
                    remaining_seconds=0 if job.state not in OPEN else left)

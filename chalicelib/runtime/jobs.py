"""The edge of long work: the handler of its messages, the look after jobs that stopped, and what the API shows of them.

A domain names its kinds of work in its worker: `HANDLERS |= jobs.handlers({"catalog_import": importing.work})`. Work is
`(run) -> None`: it does part after part, each with `run.commit`, until `run.is_over`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from chalicelib.events import jobs
from chalicelib.events.jobs import Fenced, Run
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Unavailable
from chalicelib.kernel.event import Event
from chalicelib.kernel.job import JOB, OPEN, Job, progress
from chalicelib.runtime.worker import Handler, Schedule
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused

Work = Callable[[Run], None]
SHOWN_PROBLEMS = 500
SILENT_FOR = timedelta(minutes=4)
"""Longer than a chunk and a message's way: a job that says nothing for so long has lost its message."""


def handlers(kinds: Mapping[str, Work]) -> dict[str, Handler]:
    """The handlers of a queue that works these kinds of job; it ignores the jobs of other domains."""

    def handle(ctx: Context, event: Event) -> None:
        work = kinds.get(str(event.data["job_kind"]))
        if work is not None:
            carry_on(ctx, event.entity_id, int(event.data["run"]), work)

    return {"JobStarted": handle, "JobContinued": handle}


def carry_on(ctx: Context, job_id: str, run: int, work: Work) -> None:
    """One slice of a job. A refusal ends the job with its code; a part of ours that does not answer, and a crash, bring
    the message again, and the job goes on after its last checkpoint."""
    hold = jobs.take_up(ctx, job_id, run)
    if hold is None:
        return
    try:
        work(hold)
    except Fenced:
        return
    except Unavailable:
        raise
    except (DomainError, Refused) as error:
        first = error.errors[0] if isinstance(error, Refused) else error
        jobs.give_up(ctx, hold.job, first.code, first.detail)


def look_after(kinds: frozenset[str]) -> Callable[[Context], None]:
    """What a schedule does: jobs of these kinds that said nothing for minutes get a new message."""

    def look(ctx: Context) -> None:
        page = read.query(ctx, "by_due", "DUE#job", limit=100, newest_first=False)
        for job in read.get_many(ctx, JOB, [str(row["id"]) for row in page.items]).values():
            if job.job_kind in kinds and ctx.now - (job.updated_at or job.created_at) > SILENT_FOR:
                try:
                    jobs.send_again(ctx, job)
                except (AlreadyDone, Conflict):
                    continue

    return look


def schedule(domain: str, kinds: Mapping[str, Work]) -> Schedule:
    """The schedule that looks after a domain's jobs."""
    return Schedule(f"{domain}_jobs", 5, look_after(frozenset(kinds)))


def cancel(ctx: Context, job: Job, _: object) -> Job:
    """Stops a job before its next part; what is done stays done. Raises Conflict when it is over, Stale."""
    if job.state not in OPEN:
        raise Conflict("wrong_state", f"This is {job.state} already.", state=job.state)
    return jobs.give_up(ctx, job, "cancelled", "Somebody stopped it.", state="cancelled")


def status(ctx: Context, job: Job) -> dict[str, Any]:
    """The job with how far it is and what was wrong so far."""
    shown: dict[str, Any] = codec.plain(job)
    shown["progress"] = codec.plain(progress(job))
    found = jobs.problems(ctx, job.id) if job.problem_count else []
    shown["problems"] = [codec.plain(problem) for problem in found[:SHOWN_PROBLEMS]]
    shown["allowed_actions"] = ["cancel"] if job.state in OPEN else []
    return shown

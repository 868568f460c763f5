"""The edge of long work: the handler of its messages, the look after jobs that stopped, and what the API shows of them.

A domain names its kinds of work in its worker: `HANDLERS |= jobs.handlers({"catalog_import": importing.work})`. Work is
`(run) -> None`: it does part after part, each with `run.commit`, until `run.is_over`. Its routes mount
`jobs.collection(kind, path, read, write)`, which offers the jobs of that one kind and knows no others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.events import jobs
from chalicelib.events.jobs import Fenced, Run
from chalicelib.kernel import codec, csv_file
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Problem, Unavailable
from chalicelib.kernel.event import Event
from chalicelib.kernel.job import JOB, JOB_TRANSITIONS, Job, Progress, heard_at, progress
from chalicelib.kernel.shapes import Row, entity
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.runtime.resources import Action, Listing, Resource, mount
from chalicelib.runtime.worker import Handler, Schedule
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused

Work = Callable[[Run], None]
SHOWN_PROBLEMS = 500
SILENT_FOR = timedelta(minutes=4)
"""Longer than a chunk and a message's way: a job that says nothing for so long has lost its message."""


@entity
class JobView(Job):
    """A job with how far it is and what was wrong so far (at most 500 problems)."""

    progress: Progress
    problems: tuple[Problem, ...]
    allowed_actions: tuple[str, ...]


@entity
class JobRow(Row):
    job_kind: str
    state: str
    title: str
    subject_id: str
    dry_run: bool
    total: int
    done: int
    problem_count: int
    actor_name: str
    created_at: datetime


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
            if job.job_kind in kinds and ctx.now - heard_at(job) > SILENT_FOR:
                try:
                    jobs.send_again(ctx, job)
                except (AlreadyDone, Conflict):
                    continue

    return look


def schedule(domain: str, kinds: Mapping[str, Work]) -> Schedule:
    """The schedule that looks after a domain's jobs."""
    return Schedule(f"{domain}_jobs", 5, look_after(frozenset(kinds)))


# -- what the API offers ---------------------------------------------------------------------------------------------


def collection(kind: str, path: str, read: str, write: str) -> Resource[Job]:
    """The jobs of one kind as a collection of the API: list, read, stop. A job of another kind is not found in it."""
    return Resource(
        document=JOB, path=path, read=read, write=write, listings={"": Listing("by_list", f"JOB#{kind}")},
        filters=("state", "dry_run", "subject_id"), actions={"cancel": Action(lambda ctx, job, _: jobs.cancel(ctx, job))},
        transitions=JOB_TRANSITIONS, present=_status, shape=JobView, row=JobRow, holds=lambda job: job.job_kind == kind,
        noun=kind)


def offer(api: Api, offered: Resource[Job]) -> None:
    """Mounts a collection of jobs, and of each its problems as a file."""
    mount(api, offered)

    def view(ctx: Context, request: Request[Any], job_id: str) -> Answer:
        """Everything that was wrong, by line and column, as a CSV file."""
        text = csv_file.write(*_problem_rows(ctx, offered.load(ctx, job_id)), csv_file.delimiter_of(ctx.locale))
        return Answer(text, 200, {"Content-Disposition": 'attachment; filename="problems.csv"'},
                      content_type="text/csv; charset=utf-8")

    view.__name__ = f"{offered.noun}_problems"
    api.get(offered.path + "/{job_id}/problems", permission=offered.read, produces="text/csv")(view)


def accepted(ctx: Context, offered: Resource[Job], job: Job) -> Answer:
    """202: the work has begun."""
    shown = offered.shown(ctx, job)
    return Answer(shown.body, 202, version=shown.version)


def _status(ctx: Context, job: Job) -> dict[str, Any]:
    """The job with how far it is and what was wrong so far."""
    shown: dict[str, Any] = codec.plain(job)
    shown["progress"] = codec.plain(progress(job))
    found = jobs.problems(ctx, job.id) if job.problem_count else []
    shown["problems"] = [codec.plain(problem) for problem in found[:SHOWN_PROBLEMS]]
    return shown


def _problem_rows(ctx: Context, job: Job) -> tuple[Sequence[str], list[Sequence[str]]]:
    titles = ("Ligne", "Colonne", "Code", "Détail") if ctx.locale == "fr" else ("Line", "Column", "Code", "Detail")
    return titles, [(str(each.line or ""), each.column or "", each.code, each.detail) for each in jobs.problems(ctx, job.id)]

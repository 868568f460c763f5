"""A product file imported to its end, as the queue would do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.catalog import importing
from chalicelib.catalog.importing import ImportBody
from chalicelib.events import jobs
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Problem
from chalicelib.kernel.job import JOB, Job
from chalicelib.runtime.jobs import carry_on
from chalicelib.storage import read

NewContext = Callable[..., Context]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import came to."""

    job: Job
    problems: list[Problem]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        found = self.job.counts
        return found["created"], found["changed"], found["unchanged"], found["rejected"]


def worked(ctx: Context, job_id: str) -> Report:
    """The job carried on by as many messages as it takes."""
    while (job := read.get(ctx, JOB, job_id)).state in ("queued", "running"):
        carry_on(ctx, job_id, job.run, importing.work)
    return Report(job, jobs.problems(ctx, job_id))


def load(ctx: Context, text: str, **more: object) -> Report:
    """A file imported; asserts that every row is settled exactly once."""
    report = worked(ctx, importing.start(ctx, ImportBody(text=text, **more)).id)  # type: ignore[arg-type]
    assert report.job.state == "done", report.job
    assert report.job.total == report.job.done == sum(report.counts), report.job
    return report

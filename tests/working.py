"""A job worked to its end, as its queue would do it, message after message."""

from __future__ import annotations

from chalicelib.channels import bindings
from chalicelib.channels.model import SYNC_RUN, Connection, SyncRun
from chalicelib.kernel.context import Context
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.job import JOB, OPEN, Job
from chalicelib.runtime.jobs import Work, carry_on
from chalicelib.storage import read


def worked(ctx: Context, job: Job, work: Work) -> Job:
    """The job carried on by as many messages as it takes."""
    while (job := read.get(ctx, JOB, job.id)).state in OPEN:
        carry_on(ctx, job.id, job.run, work)
    return job


def import_products(ctx: Context, connection: Connection) -> SyncRun:
    """The shop's catalogue bound by SKU; asserts that the shop answered."""
    job = worked(ctx, bindings.start_import(ctx, connection), bindings.work_import)
    assert job.state == "done" and job.total == job.done == sum(job.counts.values()), job
    return read.get(ctx, SYNC_RUN, derived_id("syn", job.id))

"""The `leaving` queue: exports and imports page by page, erasures, and the mail that an export is ready."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.events.jobs import Run
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.kernel.job import JOB
from chalicelib.leaving import closing, erasing, erasing_users, exporting, importing
from chalicelib.runtime import jobs, mail
from chalicelib.runtime.settings import settings
from chalicelib.runtime.worker import Handler, Schedule
from chalicelib.storage import read
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import USER


def tell(ctx: Context, event: Event) -> None:
    """A mail to whoever asked for an export, when it is ready."""
    if event.data["job_kind"] != exporting.KIND:
        return
    job = read.get(ctx, JOB, event.entity_id)
    user = read.find(ctx, USER, str(job.facts.get("asked_by", "")))
    if user is None or not user.is_active:
        return
    mail.send(replace(ctx, locale=user.locale or job.locale), user.email, "export_ready", {
        "name": user.name, "company": tenants.tenant(ctx).name, "days": str(exporting.KEPT_FOR.days),
        "link": f"{settings().public_url}/settings/your-data"})


def erase(run: Run) -> None:
    """One slice of the erasure of a customer, or of somebody who worked here."""
    (erasing_users if run.job.facts.get("user") else erasing).work(run)


_KINDS = {exporting.KIND: exporting.work, importing.KIND: importing.work, erasing.KIND: erase}
HANDLERS: dict[str, Handler] = {**jobs.handlers(_KINDS), "JobFinished": tell}
SCHEDULES = (jobs.schedule("leaving", _KINDS), Schedule("leaving_clear", 24 * 60, exporting.clear_old),
             Schedule("leaving_archive", 24 * 60, erasing.end_terms),
             Schedule("leaving_closures", 60, closing.end_companies))

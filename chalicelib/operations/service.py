"""Reads a company's own figures, and looks at every company in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.channels import connecting, notifying, pushing, shops
from chalicelib.channels.model import DELIVERY, Connection
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.job import JOB, OPEN, Job, heard_at
from chalicelib.operations.model import (
    SLOTS,
    FailedEvent,
    JobFigure,
    Sample,
    ServiceFigures,
    ShopFigures,
    Waiting,
    by_slot,
    lag,
    seconds_between,
)
from chalicelib.storage import read

DELIVERIES, MEASUREMENTS = 500, 2_000
"""The most deliveries and measurements of a channel that one look reads, newest first."""
JOB_KINDS = ("catalog_import", "price_import", "shop_products_import", "invoice_run", "reporting_rebuild", "sample_load",
             "sample_wipe", "company_export", "company_import", "person_erasure")
"""Every kind of job; a test compares them with the domains' workers."""
JOBS_OF_A_KIND, FAILED_FOR = 10, timedelta(days=7)
FAILED_EVENTS = 100
QUEUES = {"put_aside": "DUE#quarantine", "webhooks": "DUE#webhook", "jobs": "DUE#job"}


def hours_of(query: Mapping[str, str]) -> int:
    """How many hours a query asks for. Raises Invalid."""
    text = query.get("hours", "3")
    if not text.isdecimal() or int(text[:4]) not in SLOTS:
        raise Invalid("hours", "hours is 3, 24 or 168.", {"hours": "3, 24 or 168"})
    return int(text)


def figures(ctx: Context, hours: int) -> ServiceFigures:
    """The operations page of the caller's company."""
    since = ctx.now - timedelta(hours=hours)
    handled = _handled(ctx, since)
    connections = shops.all_connections(ctx)
    health = connecting.health(ctx, [each.id for each in connections]) if connections else {}
    return ServiceFigures(
        at=ctx.now, hours=hours,
        shops=tuple(_shop(ctx, each, since, hours, handled.get(each.id, []), health[each.id]) for each in connections),
        waiting=tuple(_waiting(ctx, what, partition) for what, partition in QUEUES.items()),
        jobs=tuple(_jobs(ctx)), failed_events=tuple(_failed_events(ctx)))


def _handled(ctx: Context, since: datetime) -> dict[str, list[Sample]]:
    """How late the newest webhooks were handled, by connection."""
    period = (f"{since:%Y-%m-%dT%H:%M:%S}", "\uffff")
    rows = read.query(ctx, "by_list", DELIVERY.partition, limit=DELIVERIES, between=period)
    found: dict[str, list[Sample]] = {}
    for each in read.get_many(ctx, DELIVERY, [str(row["id"]) for row in rows.items]).values():
        if each.handled_at is not None and each.source == "webhook" and each.attempts == 1:
            sample = (each.handled_at, seconds_between(each.received_at, each.handled_at))
            found.setdefault(each.connection_id, []).append(sample)
    return found


def _shop(ctx: Context, connection: Connection, since: datetime, hours: int, handled: list[Sample],
          health: Mapping[str, Any]) -> ShopFigures:
    shown: list[Sample] = [(each.shown_at, each.seconds) for each in pushing.measurements(ctx, connection.id, MEASUREMENTS)
                           if each.shown_at >= since]
    return ShopFigures(
        connection_id=connection.id, name=connection.name, platform=connection.platform, state=connection.state,
        webhooks=lag(handled), pushes=lag(shown), webhook_slots=by_slot(handled, SLOTS[hours]),
        push_slots=by_slot(shown, SLOTS[hours]), changes_waiting=len(pushing.waiting_notes(ctx, connection.id)),
        errands_waiting=len(notifying.waiting(ctx, connection.id)), failure_count=int(health["failure_count"]),
        last_error_code=str(health["last_error_code"] or ""), left_alone_until=_instant(health["left_alone_until"]))


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else text or None


def _waiting(ctx: Context, what: str, partition: str) -> Waiting:
    oldest = read.query(ctx, "by_due", partition, limit=1, newest_first=False).items
    count = read.count(ctx, "by_due", partition) if oldest else 0
    at = read.position(oldest[0])["by_due_sk"].partition("#")[0] if oldest else ""
    return Waiting(what=what, count=count, oldest_at=shops.as_utc(datetime.fromisoformat(at)) if at else None)


def _jobs(ctx: Context) -> Iterable[JobFigure]:
    """Open jobs, then those that failed lately, newest first."""
    ids = [str(row["id"]) for kind in JOB_KINDS
           for row in read.query(ctx, "by_list", f"JOB#{kind}", limit=JOBS_OF_A_KIND).items
           if row["state"] in OPEN or row["state"] == "failed"]
    jobs = sorted(read.get_many(ctx, JOB, ids).values(), key=lambda job: (job.state not in OPEN, -job.created_at.timestamp()))
    return [_job(ctx, job) for job in jobs if job.state in OPEN or ctx.now - (job.ended_at or job.created_at) < FAILED_FOR]


def _job(ctx: Context, job: Job) -> JobFigure:
    silent = int((ctx.now - heard_at(job)).total_seconds()) if job.state in OPEN else 0
    return JobFigure(id=job.id, job_kind=job.job_kind, title=job.title, state=job.state, done=job.done, total=job.total,
                     created_at=job.created_at, silent_seconds=max(silent, 0))


def _failed_events(ctx: Context) -> Iterable[FailedEvent]:
    found, _ = read.collection(ctx, "FAILED_EVENT#all", limit=FAILED_EVENTS, consistent=False)
    events = [codec.adapter(FailedEvent).validate_json(item.data) for item in found]
    return sorted(events, key=lambda event: event.failed_at, reverse=True)


# -- what time starts ----------------------------------------------------------------------------------------------------


def look(ctx: Context) -> tuple[int, int]:
    """How many jobs of a company are open, and the longest silence of one, in seconds. One query."""
    page = read.query(ctx, "by_due", "DUE#job", limit=100, newest_first=False)
    instants = [datetime.fromisoformat(read.position(row)["by_due_sk"].partition("#")[0]) for row in page.items]
    return len(page.items), max((int((ctx.now - at).total_seconds()) for at in instants), default=0)

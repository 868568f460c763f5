"""Many invoices at once: a run is a job that issues chunk after chunk, several documents in one transaction with the
checkpoint. What cannot be issued is told with its order and reason, and takes no number; the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.events import jobs
from chalicelib.events.jobs import Run, Settled
from chalicelib.invoicing import issuing, ordering
from chalicelib.invoicing.issuing import Office, Ready
from chalicelib.invoicing.law import checks
from chalicelib.invoicing.ordering import Known
from chalicelib.invoicing.shapes import InvoiceOrders, InvoiceRun, OrderToInvoice
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError, Invalid, Problem
from chalicelib.kernel.job import Job
from chalicelib.storage import blobs, read
from chalicelib.storage.client import back_off
from chalicelib.storage.transaction import Refused

KIND = "invoice_run"
AT_ONCE = 12
"""Invoices of one transaction: each writes its document, standing, billing, entry, cost entry and their guards."""
MAX_ORDERS = 5_000
NOTHING_LEFT = frozenset({"nothing_to_invoice", "delivery_invoiced"})


def start(ctx: Context, body: InvoiceRun) -> Job:
    """Begins a run over the orders named, or over all that wait (of a channel). Raises Invalid, Conflict
    `nothing_to_invoice`."""
    if len(body.order_ids) > MAX_ORDERS or len(set(body.order_ids)) < len(body.order_ids):
        raise Invalid("orders", f"A run is of at most {MAX_ORDERS} orders, each once.", {"order_ids": "count"})
    ids = list(body.order_ids) or waiting(ctx, body.channel_id)
    if not ids:
        raise Conflict("nothing_to_invoice", "No order waits to be invoiced.")
    job = Job(id=ctx.new_id("job"), job_kind=KIND, title=f"{len(ids)}", actor_name=ctx.actor.name, locale=ctx.locale,
              total=len(ids), chunk_count=-(-len(ids) // AT_ONCE), created_at=ctx.now,
              counts={"issued": 0, "refused": 0, "nothing": 0},
              facts={"issue_date": body.issue_date.isoformat() if body.issue_date else ""})
    blobs.put(ctx, _name(job), codec.compact(ids).encode(), "application/json")
    return jobs.start(ctx, job)


def waiting(ctx: Context, channel_id: str = "") -> list[str]:
    """The orders with parcels that are in no invoice, the longest waiting first."""
    found: list[str] = []
    start_at = None
    while len(found) < MAX_ORDERS:
        page = read.query(ctx, "by_due", "DUE#invoice", limit=500, newest_first=False, start=start_at)
        found += [str(row["id"]) for row in page.items if not channel_id or row.get("channel_id") == channel_id]
        start_at = page.start
        if start_at is None:
            break
    return found[:MAX_ORDERS]


def _name(job: Job) -> str:
    return f"jobs/{job.id}/orders"


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What of a chunk can be issued, and what became of the rest."""

    ready: list[Ready]
    problems: list[Problem]
    nothing: list[str]


def work(run: Run) -> None:
    """One slice of a run: chunk after chunk until the job or the time is over."""
    ids: list[str] = codec.load(blobs.get(run.ctx, _name(run.job)).decode())
    the = issuing.office(run.ctx)
    while not run.is_over:
        at = run.job.chunk * AT_ONCE
        _issue(run, the, ids[at : at + AT_ONCE], at)


def _issue(run: Run, the: Office, ids: Sequence[str], at: int) -> None:
    """Issues a chunk in one transaction; after a lost race it is read and made again."""
    attempt = 0
    while True:
        made = _make(run, the, ids, at)
        tx = run.transaction()
        try:
            if made.ready:
                issuing.issue_writes(run.ctx, tx, the, made.ready)
            run.commit(tx, Settled(len(ids), {"issued": len(made.ready), "refused": len(made.problems),
                                              "nothing": len(made.nothing)}, made.problems))
            return
        except (Conflict, Refused) as refused:
            errors = refused.errors if isinstance(refused, Refused) else [refused]
            if any(error.code not in issuing.RACED for error in errors) or not back_off(run.ctx, attempt):
                raise errors[0] from None
            attempt += 1


def _make(run: Run, the: Office, ids: Sequence[str], at: int) -> _Chunk:
    ctx = run.ctx
    known = ordering.look_up(ctx, ids)
    rules = {order.channel_id: the.settings.rule(order.channel_id) for order in known.orders.values()}
    customers = issuing.customers(ctx, [*(order.customer_id for order in known.orders.values()),
                                        *(rule.deemed_supplier_customer_id for rule in rules.values())])
    made = _Chunk([], [], [])
    for n, order_id in enumerate(ids):
        body = InvoiceOrders(orders=(OrderToInvoice(order_id=order_id),), issue_date=_day(run))
        try:
            ready = ordering.ready(ctx, the, body, known, customers)
            checks.refuse(issuing.preflight(ready.invoice, the, _day(run), run.job.locale))
            made.ready.append(ready)
        except DomainError as error:
            if error.code in NOTHING_LEFT:
                made.nothing.append(order_id)
            else:
                made.problems.append(Problem(error.code, error.detail, _number(known, order_id), at + n + 1))
    return made


def _day(run: Run) -> date | None:
    """The day the run's documents are dated, when somebody said one."""
    asked = str(run.job.facts.get("issue_date") or "")
    return date.fromisoformat(asked) if asked else None


def _number(known: Known, order_id: str) -> str:
    order = known.orders.get(order_id)
    return order.number if order else order_id

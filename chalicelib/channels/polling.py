"""What time does for channels: polls orders over overlapping windows, reconciles, revives webhooks, tries again.

A webhook may be lost and a shop sends it once; the overlap and the hourly look back over 48 hours find what it told.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.channels import bindings, connecting, importing, leaving, notifying, pushing, shops
from chalicelib.channels.model import SYNC_RUN, Connection, SyncRun
from chalicelib.channels.pace import OPEN_AFTER_FAILURES
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from connectors.contract import ChannelOrder, ConnectorError, OverBudget, Unauthorised

OVERLAP = timedelta(minutes=10)
LOOK_BACK = timedelta(hours=48)
SPARE_SECONDS = 15
MAX_THREADS = 8


def each_working(ctx: Context, work: Callable[[Context, Connection], object]) -> None:
    """The work for every connection at once, so that a slow shop keeps only itself waiting; the first failure of ours is
    raised after all have had their turn."""
    with ThreadPoolExecutor(MAX_THREADS) as pool:
        for done in [pool.submit(work, ctx.step(each.id), each) for each in shops.working(ctx)]:
            done.result()


def poll(ctx: Context) -> None:
    """Every minute: orders changed since the last poll, ten minutes of overlap included."""
    each_working(ctx, poll_connection)


def poll_connection(ctx: Context, connection: Connection) -> None:
    """Polls one shop and keeps how far it got, whatever stopped it: the next poll goes on from there."""
    _, sync = shops.state(ctx, connection.id)
    started = ctx.clock.now()
    found = orders_since(ctx, connection, sync.swept_until or (sync.polled_until or connection.created_at) - OVERLAP)
    kept = swept(sync, found, started)
    if found.error is not None and not isinstance(found.error, OverBudget):
        count = sync.failure_count + 1
        shops.keep_sync(ctx, connection.id, replace(
            kept, failure_count=count, last_error=found.error.message[:200], last_error_code=found.error.code))
        if isinstance(found.error, Unauthorised):
            shops.credentials_refused(ctx, connection, found.error)
        elif count >= OPEN_AFTER_FAILURES and connection.state == "active":
            shops.flip(ctx, connection, "fail")
    else:
        shops.keep_sync(ctx, connection.id, replace(
            kept, last_synced_at=ctx.clock.now(), failure_count=0, last_error="", last_error_code=""))
        if connection.state == "failing" and not connection.missing:
            shops.flip(ctx, connection, "recover")
    if found.changed_count:
        run_id = ctx.new_id(SYNC_RUN.prefix)
        bindings.keep_run(ctx, _run(ctx, connection, "poll", run_id, started, found.read_count, found.changed_count,
                                    found.error))


@dataclass(frozen=True, slots=True)
class Swept:
    """Orders read, how many were news; for a sweep that did not end, the change it had `reached` and the `error` that
    stopped it, if it was not time: go on there."""

    read_count: int
    changed_count: int
    reached: datetime | None = None
    error: ConnectorError | None = None

    @property
    def is_whole(self) -> bool:
        return self.reached is None and self.error is None


def swept(sync: shops.SyncState, found: Swept, started: datetime) -> shops.SyncState:
    """What is kept after a poll that began at `started`. One that did not end is gone on with where it stopped, without
    another overlap: or a shop with more changes in ten minutes than a poll can read would be read no further for ever. One
    that ended covers all up to the instant at which its first part began, and the next one's overlap counts from there."""
    began = sync.sweep_began_at or started
    if found.is_whole:
        return replace(sync, polled_until=began, sweep_began_at=None, swept_until=None)
    if found.reached is None:
        return sync
    return replace(sync, sweep_began_at=began, swept_until=found.reached)


def orders_since(ctx: Context, connection: Connection, since: datetime) -> Swept:
    """Takes every order changed since an instant, oldest change first. A shop that fails is a value, not an exception:
    what was read before it failed is kept."""
    shop = shops.open_shop(ctx, connection)
    cursor: str | None = None
    read_count = changed = 0
    reached: datetime | None = None
    while True:
        try:
            page = shop.list_orders(since, None, cursor)
        except ConnectorError as error:
            return Swept(read_count, changed, reached, error)
        orders = [each for each in page.items if isinstance(each, ChannelOrder)]
        known = importing.versions_of(ctx, connection, orders)
        for found in page.items:
            if isinstance(found, ChannelOrder) and importing.is_known(found, known):
                continue
            changed += importing.take_polled(ctx, connection, found)
        read_count += len(page.items)
        reached = page.reached or reached or since
        cursor = page.cursor
        if cursor is None:
            return Swept(read_count, changed)
        if ctx.remaining_seconds() < SPARE_SECONDS:
            return Swept(read_count, changed, reached)


def _run(ctx: Context, connection: Connection, kind: str, run_id: str, started: datetime, read_count: int, changed: int,
         error: ConnectorError | None) -> SyncRun:
    return SyncRun(
        id=run_id, connection_id=connection.id, kind=kind, started_at=started, ended_at=ctx.clock.now(),
        read_count=read_count, changed_count=changed, problem_count=1 if error else 0,
        problem_code=error.code if error else "", problem=error.message[:200] if error else "")


def reconcile(ctx: Context) -> None:
    """Every hour: the orders of 48 hours and what each shop shows of our stock."""
    each_working(ctx, reconcile_connection)


def reconcile_connection(ctx: Context, connection: Connection) -> SyncRun:
    """Looks at one shop again. What it says of itself is kept as a run, a failure too."""
    return bindings.keep_run(ctx, _looked_again(ctx, connection, ctx.new_id(SYNC_RUN.prefix), ctx.clock.now()))


def ask_reconcile(ctx: Context, connection: Connection) -> SyncRun:
    """Has one shop looked at again soon, at a person's command; the run tells how it goes."""
    transaction = Transaction(ctx)
    run = transaction.create(SYNC_RUN, SyncRun(id=ctx.new_id(SYNC_RUN.prefix), connection_id=connection.id, kind="reconcile",
                                               started_at=ctx.now))
    transaction.emit("ReconcileAsked", SYNC_RUN.kind, run.id, 1, {"connection_id": connection.id})
    transaction.answers(202, SYNC_RUN.kind, run.id, 1)
    transaction.commit()
    return run


def reconcile_asked(ctx: Context, event: Event) -> None:
    """The look that somebody asked for. Delivered again, it is done again unless it ended."""
    run = read.find(ctx, SYNC_RUN, event.entity_id)
    connection = shops.find(ctx, str(event.data["connection_id"]))
    if run is None or run.ended_at is not None or connection is None:
        return
    transaction = Transaction(ctx)
    transaction.save(SYNC_RUN, run, replace(_looked_again(ctx, connection, run.id, run.started_at), version=run.version))
    transaction.commit()


def _looked_again(ctx: Context, connection: Connection, run_id: str, started: datetime) -> SyncRun:
    """The orders of 48 hours and the stock shown, and what came of it."""
    found = orders_since(ctx, connection, started - LOOK_BACK)
    stock, drifted, error = 0, 0, found.error
    if error is None:
        try:
            stock, drifted = pushing.read_back(ctx, connection) if connection.push_stock else (0, 0)
            pushing.push(ctx, connection, probing=True)
        except ConnectorError as refusal:
            error = refusal
    return _run(ctx, connection, "reconcile", run_id, started, found.read_count + stock, found.changed_count + drifted, error)


def keep_webhooks(ctx: Context) -> None:
    """Every five minutes: webhooks that a shop has switched off are switched on again, and what was missing is looked for."""
    each_working(ctx, connecting.look_after)


def retry(ctx: Context) -> None:
    """Every minute: what waits for shops that were in trouble, and deliveries that waited for one."""
    each_working(ctx, _retry_connection)
    importing.retry_waiting(ctx)
    leaving.take_leave(ctx)


def _retry_connection(ctx: Context, connection: Connection) -> None:
    if pushing.waiting_notes(ctx, connection.id, limit=1):
        pushing.push(ctx, connection, probing=True)
    notifying.run(ctx, connection)

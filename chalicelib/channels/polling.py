"""What time does for channels: polls orders over overlapping windows, reconciles, revives webhooks, tries again.

A webhook may be lost and a shop sends it once; the overlap and the hourly look back over 48 hours find what it told.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.channels import bindings, connecting, desired, importing, notifying, pushing, shops
from chalicelib.channels.breaker import OPEN_AFTER_FAILURES
from chalicelib.channels.model import CONNECTION_TRANSITIONS, Connection, SyncRun
from chalicelib.channels.shops import SyncState
from chalicelib.kernel.context import Context
from chalicelib.kernel.states import next_state
from connectors.contract import ChannelOrder, ConnectorError

OVERLAP = timedelta(minutes=10)
LOOK_BACK = timedelta(hours=48)
LAG_LAST = 200
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
    """Polls one shop and keeps how far it got; a shop that does not answer is polled from there again."""
    _, sync = shops.state(ctx, connection.id)
    started = ctx.clock.now()
    since = (sync.polled_until or connection.created_at) - OVERLAP
    try:
        found = orders_since(ctx, connection, since)
    except ConnectorError as error:
        _failed(ctx, connection, sync, error)
        return
    measured = desired.figures(connection.id, pushing.measurements(ctx, connection.id, LAG_LAST))
    shops.keep_sync(ctx, connection.id, replace(
        sync, polled_until=found.reached or started, last_synced_at=ctx.clock.now(), failure_count=0, last_error="",
        lag_p50_seconds=measured.p50_seconds, lag_p99_seconds=measured.p99_seconds))
    if connection.state == "failing" and not connection.missing:
        _flip(ctx, connection, "recover")
    if found.changed_count:
        _keep_run(ctx, connection, "poll", started, found.read_count, found.changed_count)


@dataclass(frozen=True, slots=True)
class Swept:
    """Orders read, how many were news, and for a sweep that ran out of time the change it had `reached`: go on there."""

    read_count: int
    changed_count: int
    reached: datetime | None = None


def orders_since(ctx: Context, connection: Connection, since: datetime) -> Swept:
    """Takes every order changed since an instant, oldest change first. Raises ConnectorError."""
    shop = shops.open_shop(ctx, connection)
    cursor: str | None = None
    read_count = changed = 0
    reached = since
    while True:
        page = shop.list_orders(since, None, cursor)
        orders = [each for each in page.items if isinstance(each, ChannelOrder)]
        known = importing.versions_of(ctx, connection, orders)
        for found in page.items:
            if isinstance(found, ChannelOrder) and importing.is_known(found, known):
                continue
            changed += importing.take_polled(ctx, connection, found)
        read_count += len(page.items)
        reached = max([reached, *(order.updated_at for order in orders)])
        cursor = page.cursor
        if cursor is None:
            return Swept(read_count, changed)
        if ctx.remaining_seconds() < SPARE_SECONDS:
            return Swept(read_count, changed, reached)


def _failed(ctx: Context, connection: Connection, sync: SyncState, error: ConnectorError) -> None:
    count = sync.failure_count + 1
    shops.keep_sync(ctx, connection.id, replace(sync, failure_count=count,
                                                last_error=f"{error.code}: {error.message}"[:200]))
    if count >= OPEN_AFTER_FAILURES and connection.state == "active":
        _flip(ctx, connection, "fail")


def _flip(ctx: Context, connection: Connection, action: str) -> None:
    state = next_state(CONNECTION_TRANSITIONS, connection.state, action)
    connecting.save_quietly(ctx, connection, replace(connection, state=state))


def _keep_run(ctx: Context, connection: Connection, kind: str, started: datetime, read_count: int, changed: int,
              problem: str = "") -> SyncRun:
    return bindings.keep_run(ctx, SyncRun(
        id=ctx.new_id("syn"), connection_id=connection.id, kind=kind, started_at=started, ended_at=ctx.clock.now(),
        read_count=read_count, changed_count=changed, problem_count=1 if problem else 0, problem=problem[:200]))


def reconcile(ctx: Context) -> None:
    """Every hour: the orders of 48 hours and what each shop shows of our stock."""
    each_working(ctx, reconcile_connection)


def reconcile_connection(ctx: Context, connection: Connection) -> SyncRun:
    """Looks at one shop again. What it says of itself is kept as a run, a failure too."""
    started = ctx.clock.now()
    try:
        found = orders_since(ctx, connection, started - LOOK_BACK)
        stock, drifted = pushing.read_back(ctx, connection) if connection.push_stock else (0, 0)
    except ConnectorError as error:
        return _keep_run(ctx, connection, "reconcile", started, 0, 0, f"{error.code}: {error.message}")
    pushing.push(ctx, connection, probing=True)
    return _keep_run(ctx, connection, "reconcile", started, found.read_count + stock, found.changed_count + drifted)


def keep_webhooks(ctx: Context) -> None:
    """Every five minutes: webhooks that a shop has switched off are switched on again, and what was missing is looked for."""
    each_working(ctx, connecting.look_after)


def retry(ctx: Context) -> None:
    """Every minute: what waits for shops that were in trouble, and deliveries that waited for one."""
    each_working(ctx, _retry_connection)
    importing.retry_waiting(ctx)


def _retry_connection(ctx: Context, connection: Connection) -> None:
    if pushing.waiting_notes(ctx, connection.id, limit=1):
        pushing.push(ctx, connection, probing=True)
    notifying.run(ctx, connection)

"""Reaching a connected shop: its connector with opened secrets, and what is remembered of its health.

Beside a connection stand PACE, which belongs to whoever holds the push lease, SYNC, the poller's, and BUDGET, its calls
(`pace`). So neither ever waits for the other, and the document's version moves only when a person changes a rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chalicelib.channels import pace as pacing
from chalicelib.channels.model import CONNECTION, CONNECTION_TRANSITIONS, Connection, ShopFinding, accepts_former_secret
from chalicelib.channels.pace import Pace
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound, Stale
from chalicelib.kernel.shapes import entity
from chalicelib.kernel.states import next_state
from chalicelib.runtime import secrets
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from connectors import connector
from connectors.contract import ConnectionSettings, Connector, ConnectorError
from connectors.http import Clock

ALL = "all"
LEASE_SECONDS = 45
KEY_REFUSED = "credentials_refused"


@entity
class SyncState:
    """How far a connection was polled, and the figures its list row shows. A poll that did not end yet has read everything
    changed until `swept_until` and began at `sweep_began_at`."""

    polled_until: datetime | None = None
    swept_until: datetime | None = None
    sweep_began_at: datetime | None = None
    last_synced_at: datetime | None = None
    failure_count: int = 0
    last_error: str = ""
    last_error_code: str = ""


@entity
class Held:
    """What the PACE item says: until when somebody holds the lease (None: nobody), and how the shop feels. `is_unsure` when
    the last holder does not know whether the shop took what it was told."""

    until: datetime | None = None
    pace: Pace = Pace()
    is_unsure: bool = False


@entity
class Lease:
    """The right to push to one connection until `until`. `fence` grows with every lease. `is_unsure`: the holder before was
    killed, or never heard what the shop did, so for what waits to be told the shop may show anything."""

    fence: int
    until: datetime
    pace: Pace
    is_unsure: bool = False


def webhook_url(ctx: Context, connection_id: str) -> str:
    """Where the shop sends its webhooks; the address names the tenant, so that ingress needs one read."""
    return f"{settings().public_url}/api/channels/{ctx.tenant_id}.{connection_id}/webhooks"


def webhook_secrets(ctx: Context, connection: Connection) -> tuple[str, ...]:
    """The secrets a delivery may be signed with: the current one, and for two days after a rotation the former."""
    current = secrets.decrypt(ctx, connection.sealed_webhook_secret)
    if not accepts_former_secret(connection, ctx.now):
        return (current,)
    return current, secrets.decrypt(ctx, connection.sealed_former_webhook_secret)


def open_shop(ctx: Context, connection: Connection, *, hurried: bool = False, urgent: bool = False) -> Connector:
    """The connector of a connection. `hurried` calls give up after one attempt of at most 5 s, because a queue waits;
    `urgent` ones go before polls within the budget of calls."""
    return open_with(ctx, connection.platform, connection.base_url,
                     codec.load(secrets.decrypt(ctx, connection.sealed_credentials)), connection.id,
                     rate_per_second(connection), hurried=hurried, urgent=urgent)


def open_with(
    ctx: Context, platform: str, base_url: str, credentials: dict[str, str], connection_id: str, rate: Decimal, *,
    hurried: bool = False, urgent: bool = False,
) -> Connector:
    """A connector of a shop that is not stored yet, or not any more; its calls count in the connection's budget."""
    clock = Clock(ctx.clock.now, ctx.clock.sleep, ctx.chance.uniform)
    chosen = ConnectionSettings(
        base_url=base_url, credentials=credentials, allow_loopback=settings().allow_loopback,
        webhook_url=webhook_url(ctx, connection_id),
        admit=pacing.admission(ctx, connection_id, rate, urgent),
        connect_timeout_seconds=2.0 if hurried else 5.0, read_timeout_seconds=5.0 if hurried else 20.0,
        attempts=1 if hurried else 3)
    return connector(platform)(chosen, clock)


def get(ctx: Context, connection_id: str) -> Connection:
    """One connection. Raises NotFound."""
    return read.get(ctx, CONNECTION, connection_id)


def find(ctx: Context, connection_id: str) -> Connection | None:
    """One connection, or None."""
    return read.find(ctx, CONNECTION, connection_id)


def key(ctx: Context, connection_id: str) -> Key:
    return keys.document(ctx, CONNECTION.kind, connection_id)


def require(transaction: Transaction, connection: Connection) -> None:
    """Lets the transaction through only while the connection stands: nothing is made for one that was removed."""
    transaction.require(key(transaction.ctx, connection.id), lambda: NotFound(CONNECTION.kind))


def entry_key(ctx: Context, connection_id: str) -> Key:
    return keys.child(ctx, "connected", ALL, connection_id)


def entry(ctx: Context, connection_id: str) -> Item:
    """What says, in the transaction that connects a shop, that there is this connection."""
    return Item(entry_key(ctx, connection_id), "connected", ctx.tenant_id, "{}")


def all_connections(ctx: Context) -> list[Connection]:
    """The tenant's connections, oldest first. Found by their entries, consistently: a shop connected a moment ago must hear
    of the next sale. The list adds those that were connected before there were entries."""
    entries, _ = read.collection(ctx, f"CONNECTED#{ALL}")
    page = read.query(ctx, "by_list", CONNECTION.partition, limit=200)
    ids = {*(item.key.sk for item in entries), *(str(row["id"]) for row in page.items)}
    return sorted(read.get_many(ctx, CONNECTION, ids).values(), key=lambda each: (each.created_at, each.id))


def working(ctx: Context) -> list[Connection]:
    """Those that are not paused."""
    return [each for each in all_connections(ctx) if each.state != "paused"]


def save_quietly(ctx: Context, old: Connection, new: Connection, event: str = "", code: str = "") -> Connection:
    """Stores what a machine found out; whoever changed the connection meanwhile is right, and the next look agrees."""
    transaction = Transaction(ctx.step(f"found:{ctx.chance.token(6).hex()}"))
    saved = transaction.save(CONNECTION, old, new)
    if event:
        transaction.emit(event, "connection", saved.id, saved.version, {"name": saved.name, "code": code})
    try:
        transaction.commit()
    except Stale:
        return get(ctx, old.id)
    return saved


def credentials_refused(ctx: Context, connection: Connection, refusal: ConnectorError) -> None:
    """The shop does not take the key any more: the connection says so until a test finds it good again."""
    current = find(ctx, connection.id)
    if current is None or current.state == "paused" or any(f.code == KEY_REFUSED for f in current.missing):
        return
    finding = ShopFinding(code=KEY_REFUSED, message=refusal.message[:300])
    save_quietly(ctx, current, replace(current, state="failing", missing=(*current.missing, finding)),
                 "ConnectionFailing", KEY_REFUSED)


def flip(ctx: Context, connection: Connection, action: str) -> None:
    """`fail` or `recover`, told to whoever watches."""
    state = next_state(CONNECTION_TRANSITIONS, connection.state, action)
    save_quietly(ctx, connection, replace(connection, state=state),
                 "ConnectionFailing" if action == "fail" else "ConnectionRecovered", "shop_unavailable")


def pace_key(ctx: Context, connection_id: str) -> Key:
    return keys.child(ctx, "connection", connection_id, "PACE")


def sync_key(ctx: Context, connection_id: str) -> Key:
    return keys.child(ctx, "connection", connection_id, "SYNC")


def states(ctx: Context, ids: Iterable[str]) -> dict[str, tuple[Pace, SyncState]]:
    """Pace and sync state of connections; fresh ones where nothing is known yet."""
    wanted = list(ids)
    found = read.items(ctx, [make(ctx, i) for i in wanted for make in (pace_key, sync_key)])
    answer = {}
    for i in wanted:
        pace, sync = found.get(pace_key(ctx, i)), found.get(sync_key(ctx, i))
        answer[i] = (codec.adapter(Held).validate_json(pace.data).pace if pace else Pace(),
                     codec.adapter(SyncState).validate_json(sync.data) if sync else SyncState())
    return answer


def state(ctx: Context, connection_id: str) -> tuple[Pace, SyncState]:
    """Pace and sync state of one connection."""
    return states(ctx, [connection_id])[connection_id]


def keep_sync(ctx: Context, connection_id: str, sync: SyncState) -> None:
    """Stores the poller's state; only schedules write it, one beat after the other."""
    single.put(ctx, Item(sync_key(ctx, connection_id), "sync_state", ctx.tenant_id, codec.store(sync)))


def rate_per_second(connection: Connection) -> Decimal:
    """The connection's budget of calls: its own, or what its platform bears."""
    return connection.requests_per_second or usual_rate(connection.platform)


def usual_rate(platform: str) -> Decimal:
    """Calls per second that a platform's shops bear."""
    return connector(platform).capabilities.requests_per_second


def acquire(ctx: Context, connection_id: str) -> Lease | None:
    """The lease to push to a connection, or None while somebody else holds it. Its fence is the version of its item."""
    key, now = pace_key(ctx, connection_id), ctx.clock.now()
    stored = read.item(ctx, key)
    before = codec.adapter(Held).validate_json(stored.data) if stored else Held()
    if before.until is not None and before.until > now:
        return None
    lease = Lease(fence=(stored.version if stored else 0) + 1, until=now + timedelta(seconds=LEASE_SECONDS), pace=before.pace,
                  is_unsure=before.is_unsure or before.until is not None)
    held = Held(until=lease.until, pace=lease.pace)
    return lease if single.put_version(ctx, _pace_item(ctx, connection_id, held, lease.fence)) else None


def release(ctx: Context, connection_id: str, lease: Lease, pace: Pace, is_unsure: bool = False) -> None:
    """Gives the lease back with what was learnt; nothing happens when it ran out and somebody else has taken it."""
    single.put_version(ctx, _pace_item(ctx, connection_id, Held(pace=pace, is_unsure=is_unsure), lease.fence + 1))


def _pace_item(ctx: Context, connection_id: str, held: Held, version: int) -> Item:
    return Item(pace_key(ctx, connection_id), "pace", ctx.tenant_id, codec.store(held), version)


def as_utc(moment: datetime) -> datetime:
    """An instant in UTC."""
    return moment.astimezone(UTC)

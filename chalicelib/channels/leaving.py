"""Taking leave of a shop: its webhooks are deleted there when a connection is removed or paused.

A shop that does not answer keeps nobody from removing it. What must still be done there is kept as a farewell, tried
again ever more rarely for three days, and shown meanwhile, so that a person may do it in the shop instead.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.channels import shops
from chalicelib.channels.model import Connection
from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import secrets
from chalicelib.storage import keys, read, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from connectors.contract import ConnectorError, OverBudget

TRIED_FOR = timedelta(days=3)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


@entity
class Farewell:
    """A shop whose webhooks to us are still to be deleted, with all that this takes; `next_at` is the next attempt."""

    connection_id: str
    name: str
    platform: str
    base_url: str
    sealed_credentials: str
    requests_per_second: Decimal
    since: datetime
    next_at: datetime
    attempts: int = 0
    last_error_code: str = ""


def farewell(ctx: Context, connection: Connection) -> Farewell:
    """What is needed to take leave of a connection's shop."""
    return Farewell(
        connection_id=connection.id, name=connection.name, platform=connection.platform, base_url=connection.base_url,
        sealed_credentials=connection.sealed_credentials, requests_per_second=shops.rate_per_second(connection),
        since=ctx.now, next_at=ctx.now)


def farewell_key(ctx: Context, connection_id: str) -> Key:
    return keys.child(ctx, "farewell", "all", connection_id)


def farewell_item(ctx: Context, left: Farewell) -> Item:
    """A farewell as stored."""
    return Item(farewell_key(ctx, left.connection_id), "farewell", ctx.tenant_id, codec.store(left))


def find(ctx: Context, connection_id: str) -> Farewell | None:
    """The farewell of a connection's shop, while there is something left to do."""
    stored = read.item(ctx, farewell_key(ctx, connection_id))
    return codec.adapter(Farewell).validate_json(stored.data) if stored else None


def farewells(ctx: Context) -> list[Farewell]:
    """The shops that still have webhooks of ours."""
    found, _ = read.collection(ctx, "FAREWELL#all", limit=200)
    return [codec.adapter(Farewell).validate_json(item.data) for item in found]


def shown(ctx: Context) -> list[dict[str, Any]]:
    """Those that were tried in vain, for people: which shop, since when, why it has not worked, when it is tried again and
    until when."""
    return [{"connection_id": each.connection_id, "name": each.name, "base_url": each.base_url,
             "since": each.since.isoformat(), "attempts": each.attempts, "last_error_code": each.last_error_code,
             "next_at": each.next_at.isoformat(), "tried_until": (each.since + TRIED_FOR).isoformat()}
            for each in farewells(ctx) if each.attempts]


def leave(ctx: Context, left: Farewell) -> bool:
    """Deletes our webhooks at the shop; what does not work is kept for later and told. Answers whether it is done."""
    try:
        shops.open_with(ctx, left.platform, left.base_url, codec.load(secrets.decrypt(ctx, left.sealed_credentials)),
                        left.connection_id, left.requests_per_second, hurried=True,
                        urgent=True).remove_webhooks(shops.webhook_url(ctx, left.connection_id))
    except OverBudget:
        single.put(ctx, farewell_item(ctx, replace(left, next_at=ctx.clock.now() + FIRST_PAUSE)))
        return False
    except ConnectorError as problem:
        _keep(ctx, left, problem)
        return False
    single.delete(ctx, farewell_key(ctx, left.connection_id))
    if left.attempts:
        _tell(ctx, left, "WebhooksRemoved", {"name": left.name})
    return True


def after_failure(left: Farewell, now: datetime, code: str) -> Farewell | None:
    """The farewell with its next attempt, one minute later and doubling up to six hours; None when its time is over."""
    if now - left.since >= TRIED_FOR:
        return None
    pause = min(FIRST_PAUSE * 2 ** min(left.attempts, 20), LONGEST_PAUSE)
    return replace(left, attempts=left.attempts + 1, last_error_code=code, next_at=now + pause)


def _keep(ctx: Context, left: Farewell, problem: ConnectorError) -> None:
    later = after_failure(left, ctx.clock.now(), problem.code)
    if later is None:
        single.delete(ctx, farewell_key(ctx, left.connection_id))
    else:
        single.put(ctx, farewell_item(ctx, later))
    if later is None or not left.attempts:
        _tell(ctx, left, "WebhooksLeft", {"name": left.name, "base_url": left.base_url, "code": problem.code,
                                          "is_final": later is None})


def _tell(ctx: Context, left: Farewell, event: str, data: dict[str, Any]) -> None:
    name = f"{ctx.command.id}/farewell:{left.connection_id}:{ctx.chance.token(6).hex()}"
    transaction = Transaction(replace(ctx, command=Command(name)))
    transaction.emit(event, "connection", left.connection_id, 0, data)
    transaction.commit()


def stay(ctx: Context, connection_id: str) -> None:
    """The connection works again, so its webhooks are wanted."""
    single.delete(ctx, farewell_key(ctx, connection_id))


def take_leave(ctx: Context) -> None:
    """Every minute: farewells whose time has come. One of a connection that works again is forgotten."""
    for left in farewells(ctx):
        if left.next_at > ctx.clock.now() or ctx.remaining_seconds() < 15:
            continue
        connection = shops.find(ctx, left.connection_id)
        if connection is not None and connection.state != "paused":
            stay(ctx, left.connection_id)
        else:
            leave(ctx, left)

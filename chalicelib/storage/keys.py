"""Every key of the table. A key starts with the tenant of its context, or it is not made.

The rows of docs/data-model.md are these functions.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import IndexKey

ALONE = "#"
"""The sort key of an item that stands alone in its partition."""

TENANT = "T#"
"""How the key of every tenant begins."""
OUTBOX_SHARDS = 8
INDEXES = ("by_list", "by_ref", "by_party", "by_due")


class Key(NamedTuple):
    """A primary key of the table. A tuple, for keys are made, hashed and sorted more often than anything else."""

    pk: str
    sk: str = ALONE


def prefix(ctx: Context) -> str:
    """`T#<tenant>#`, the start of every key of a tenant; a platform context has no such keys."""
    if not ctx.tenant_id or "#" in ctx.tenant_id:
        raise RuntimeError("a tenant key was asked for without a tenant")
    return f"{TENANT}{ctx.tenant_id}#"


def document(ctx: Context, kind: str, document_id: str) -> Key:
    return Key(f"{prefix(ctx)}{kind.upper()}#{document_id}")


def child(ctx: Context, kind: str, document_id: str, sort: str) -> Key:
    """An item in a document's own collection, such as a reservation under its SKU."""
    return Key(f"{prefix(ctx)}{kind.upper()}#{document_id}", sort)


def guard(ctx: Context, kind: str, value: str) -> Key:
    return Key(f"{prefix(ctx)}UNIQUE#{kind}#{value}")


def marker(ctx: Context, command_id: str) -> Key:
    return Key(f"{prefix(ctx)}COMMAND#{hashlib.sha256(command_id.encode()).hexdigest()[:40]}")


def outbox_partition(ctx: Context, shard: int, hour: datetime) -> str:
    return f"{prefix(ctx)}OUTBOX#{shard}#{hour:%Y%m%d%H}"


def outbox(ctx: Context, event_id: str, at: datetime) -> Key:
    """The shard is calculated from the id, so that writes spread and a sweep knows all eight places."""
    shard = int(hashlib.sha256(event_id.encode()).hexdigest()[:4], 16) % OUTBOX_SHARDS
    return Key(outbox_partition(ctx, shard, at), event_id)


def audit_partition(ctx: Context, shard: int, hour: datetime) -> str:
    return f"{prefix(ctx)}AUDIT#{shard}#{hour:%Y%m%d%H}"


def audit(ctx: Context, record_id: str, at: datetime) -> Key:
    """Where the audit record of a transaction stands: as outbox items, by hour and in one of eight places."""
    shard = int(hashlib.sha256(record_id.encode()).hexdigest()[:4], 16) % OUTBOX_SHARDS
    return Key(audit_partition(ctx, shard, at), record_id)


def counter(ctx: Context, name: str) -> Key:
    return Key(f"{prefix(ctx)}COUNTER#{name}")


def platform(ctx: Context, kind: str, value: str, sort: str = ALONE) -> Key:
    """A key outside any tenant (who signs in with this e-mail, which tenants exist); needs a platform context."""
    if ctx.tenant_id:
        raise RuntimeError("a platform key was asked for in a tenant's context")
    return Key(f"P#{kind}#{value}", sort)


def index(ctx: Context, key: IndexKey | None) -> IndexKey | None:
    """An index key of a document, under its tenant's prefix."""
    return None if key is None else (prefix(ctx) + key[0], key[1])


def blob(ctx: Context, name: str) -> str:
    """An object key in the bucket: `T/<tenant>/…`."""
    if not ctx.tenant_id or "/" in ctx.tenant_id or ".." in name.split("/"):
        raise RuntimeError("a blob key was asked for without a tenant")
    return f"T/{ctx.tenant_id}/{name}"

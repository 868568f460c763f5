"""Takes a person who worked here out of the audit, and keeps it proved.

A seal's hash is over an hour as it was written, and the chain is made of these hashes; they stay. An hour from which somebody
was taken keeps beside its seal `left`, the hash of what stands since, signed together with the seal's own under the key that
is not in the table. It is given only to an hour that was as it was sealed, and before its records are written again: what
somebody altered is found afterwards as before, and a run that is killed between finds its own `left` and goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.audit import sealing
from chalicelib.audit.model import Seal, hash_of
from chalicelib.kernel import audit, codec
from chalicelib.kernel.context import Context
from chalicelib.runtime import secrets
from chalicelib.storage import keys, read, single
from chalicelib.storage.table import Item

Scrub = Callable[[object], object]


def forget(ctx: Context, hour: datetime, scrub: Scrub) -> int:
    """Writes an hour's records again as `scrub` leaves their values; how many changed. Twice is once."""
    items = [item for shard in range(keys.OUTBOX_SHARDS) for item in read.every_item(
        ctx, keys.audit_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx)))]
    pairs = [(item, _without(item, scrub)) for item in items]
    changed = [new for old, new in pairs if new != old]
    if changed:
        _note(ctx, hour, [old for old, _ in pairs], [new for _, new in pairs])
        for new in changed:
            single.put_existing(ctx, new)
    return len(changed)


def _without(item: Item, scrub: Scrub) -> Item:
    summary = codec.load(item.summary or "{}")
    body = audit.unpack(item.packed) if item.packed else None
    left = codec.load(codec.compact(scrub({"row": summary, "body": body})))
    return replace(item, summary=item.summary if left["row"] == summary else codec.compact(left["row"]),
                   packed=item.packed if left["body"] == body else audit.packed(left["body"]))


def _note(ctx: Context, hour: datetime, before: list[Item], after: list[Item]) -> None:
    """Signs what will stand beside the seal, when the hour is closed and as it was sealed."""
    stored = read.item(ctx, sealing.seal_key(ctx, f"{hour:%Y%m%d%H}"))
    if stored is None:
        return
    seal = codec.adapter(Seal).validate_json(stored.data)
    was, now = (hash_of(ctx.tenant_id, seal.hour, seal.previous, sealing.bytes_of(items))[0] for items in (before, after))
    if was in (seal.hash, sealing.left_of(ctx, seal)):
        noted = replace(seal, left=now, left_signature=secrets.sign(ctx, "audit", f"{seal.hash}\n{now}"))
        single.put_existing(ctx, replace(stored, data=codec.store(noted)))

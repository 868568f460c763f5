"""Plain writes of derived items (timelines, search words, roll-ups): many at once, each the same whenever repeated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import OutcomeUnknown, Unavailable
from chalicelib.storage.client import call, table_name, try_again
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item, Wire, to_wire, wire_key

_BATCH = 25


def many(ctx: Context, puts: Iterable[Item], deletes: Iterable[Key] = ()) -> None:
    """Puts and deletes in batches of 25, repeated until all are done. Raises Unavailable at the deadline.

    Not atomic and unconditional: only for items whose every write writes the same.
    """
    wires(ctx, map(to_wire, puts), deletes)


def wires(ctx: Context, puts: Iterable[Wire], deletes: Iterable[Key] = ()) -> None:
    """The same for items as they lie in the table, numbers included. Raises Unavailable."""
    requests: dict[Key, dict[str, Any]] = {key: {"DeleteRequest": {"Key": wire_key(key)}} for key in deletes}
    requests.update({Key(wire["pk"]["S"], wire["sk"]["S"]): {"PutRequest": {"Item": wire}} for wire in puts})
    pending = list(requests.values())
    attempt = 0
    while pending:
        chunk, rest = pending[:_BATCH], pending[_BATCH:]
        try:
            answer = call(ctx, "BatchWriteItem", {"RequestItems": {table_name(): chunk}})
            left = answer.get("UnprocessedItems", {}).get(table_name(), [])
        except (Unavailable, OutcomeUnknown):
            left = chunk
        if len(left) == len(chunk):
            if not try_again(ctx, attempt):
                raise Unavailable()
            attempt += 1
        pending = left + rest

"""Numbers that may have gaps (orders, deliveries), leased in blocks so that two orders never wait for one counter."""

from __future__ import annotations

import threading

from chalicelib.kernel.context import Context
from chalicelib.storage import keys
from chalicelib.storage.client import call, table_name

BLOCK = 100
_leases: dict[tuple[str, str], list[int]] = {}
_lock = threading.Lock()


def lease(ctx: Context, name: str, size: int) -> int:
    """Takes `size` numbers for this process alone; answers the first. A lost answer costs numbers, never a duplicate."""
    key = keys.counter(ctx, name)
    answer = call(ctx, "UpdateItem", {
        "TableName": table_name(),
        "Key": {"pk": {"S": key.pk}, "sk": {"S": key.sk}},
        "UpdateExpression": "ADD #value :size SET #kind = :kind, tenant_id = :tenant",
        "ExpressionAttributeNames": {"#value": "value", "#kind": "kind"},
        "ExpressionAttributeValues": {":size": {"N": str(size)}, ":kind": {"S": "counter"},
                                      ":tenant": {"S": ctx.tenant_id}},
        "ReturnValues": "UPDATED_NEW",
    })
    return int(answer["Attributes"]["value"]["N"]) - size + 1


def next_number(ctx: Context, name: str) -> int:
    """The next number of the sequence for this tenant: unique, growing within a process, gaps allowed."""
    with _lock:
        block = _leases.get((ctx.tenant_id, name))
        if not block or block[0] > block[1]:
            first = lease(ctx, name, BLOCK)
            block = _leases[(ctx.tenant_id, name)] = [first, first + BLOCK - 1]
        number = block[0]
        block[0] += 1
        return number


def forget() -> None:
    """Drops this process's leases (a test that empties the table)."""
    with _lock:
        _leases.clear()

"""Reads everything of a company by a scan, as only operators may: for what no list leads to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.storage.table import Wire


def wires(client: Any, table: str, prefix: str, begins: tuple[str, ...] = ("",)) -> Iterator[Wire]:
    """Every item whose partition begins with `prefix` and one of `begins`, consistent. Reads the whole table once."""
    asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True, "FilterExpression": "begins_with(pk, :p)",
                             "ExpressionAttributeValues": {":p": {"S": prefix}}}
    wanted = tuple(prefix + each for each in begins)
    while True:
        answer = client.scan(**asked)
        yield from (each for each in answer["Items"] if each["pk"]["S"].startswith(wanted))
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def of_tenant(ctx: Context, *families: str) -> Iterator[Wire]:
    """Every item of a company in these families, all of them when none is named. A family is the first word of its keys; more
    of the key may follow it (`account#2026-12-31`)."""
    from chalicelib.storage import keys
    from chalicelib.storage.client import client, table_name

    words = (family.partition("#") for family in families)
    begins = tuple(f"{name.upper()}#{more}{'#' if more else ''}" for name, _, more in words) or ("",)
    return wires(client(), table_name(), keys.prefix(ctx), begins)


def digest(wire: Wire) -> str:
    """One item as a digest: the same for the same attributes, wherever it is read."""
    def plain(value: Any) -> Any:
        return value.hex() if isinstance(value, bytes) else value

    return hashlib.sha256(json.dumps(wire, sort_keys=True, default=plain).encode()).hexdigest()


def digests(found: Iterator[Wire]) -> dict[tuple[str, str], str]:
    """Items by key, each as its digest."""
    return {(wire["pk"]["S"], wire["sk"]["S"]): digest(wire) for wire in found}

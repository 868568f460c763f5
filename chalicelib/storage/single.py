"""One item in one call: what needs no transaction, because nothing else changes with it (counters, tokens, sessions)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.kernel.context import Context
from chalicelib.storage.client import call, table_name
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item, Wire, from_wire, to_wire, wire_key


def _conditional(ctx: Context, operation: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
    """The call's answer, or None when its condition did not hold."""
    try:
        return call(ctx, operation, parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return None


def put(ctx: Context, item: Item) -> None:
    """Puts an item whatever was there."""
    call(ctx, "PutItem", {"TableName": table_name(), "Item": to_wire(item)})


def put_existing(ctx: Context, item: Item) -> bool:
    """Replaces an item if it is still there; answers whether it was."""
    return _conditional(ctx, "PutItem", {"TableName": table_name(), "Item": to_wire(item),
                                         "ConditionExpression": "attribute_exists(pk)"}) is not None


def put_version(ctx: Context, item: Item) -> bool:
    """Puts version n of an item if version n - 1 stands (none at all, for version 1); answers whether it did."""
    body: Wire = {"TableName": table_name(), "Item": to_wire(item), "ConditionExpression": "attribute_not_exists(pk)"}
    if item.version > 1:
        body |= {"ConditionExpression": "version = :before",
                 "ExpressionAttributeValues": {":before": {"N": str(item.version - 1)}}}
    return _conditional(ctx, "PutItem", body) is not None


def put_later(ctx: Context, key: Key, kind: str, numbers: Mapping[str, Decimal], texts: Mapping[str, str], order_version: int,
              expires_at: int | None) -> bool:
    """Puts an item of numbers and texts unless one of the same or a later `order_version` stands; answers whether it did.
    `expires_at` None: for ever."""
    item: Wire = {**wire_key(key), "kind": {"S": kind}, "tenant_id": {"S": ctx.tenant_id},
                  **{name: {"N": str(value)} for name, value in {**numbers, "order_version": order_version}.items()},
                  **{name: {"S": text} for name, text in texts.items()}}
    if expires_at is not None:
        item["expires_at"] = {"N": str(expires_at)}
    return _conditional(ctx, "PutItem", {
        "TableName": table_name(), "Item": item,
        "ConditionExpression": "attribute_not_exists(order_version) OR order_version < :version",
        "ExpressionAttributeValues": {":version": {"N": str(order_version)}}}) is not None


def delete(ctx: Context, key: Key) -> None:
    """Deletes whatever is at the key, if anything."""
    call(ctx, "DeleteItem", {"TableName": table_name(), "Key": wire_key(key)})


def take(ctx: Context, key: Key) -> Item | None:
    """Deletes the item and answers it: of two callers exactly one gets it, the other None. It may be past its time."""
    answer = _conditional(ctx, "DeleteItem", {
        "TableName": table_name(), "Key": wire_key(key), "ConditionExpression": "attribute_exists(pk)",
        "ReturnValues": "ALL_OLD"})
    return None if answer is None else from_wire(answer["Attributes"])


def count_up(ctx: Context, key: Key, kind: str, expires_at: int, by: int = 1) -> int:
    """Adds to a counter that ends at `expires_at` (epoch seconds); answers what it is now."""
    answer = call(ctx, "UpdateItem", {
        "TableName": table_name(), "Key": wire_key(key),
        "UpdateExpression": "ADD #value :by SET #kind = :kind, tenant_id = :tenant, expires_at = :ends",
        "ExpressionAttributeNames": {"#value": "value", "#kind": "kind"},
        "ExpressionAttributeValues": {":by": {"N": str(by)}, ":kind": {"S": kind}, ":ends": {"N": str(expires_at)},
                                      ":tenant": {"S": ctx.tenant_id}},
        "ReturnValues": "UPDATED_NEW",
    })
    return int(answer["Attributes"]["value"]["N"])


def add_up(ctx: Context, key: Key, kind: str, numbers: Mapping[str, int], expires_at: int) -> None:
    """Adds to several numbers of an item at once, which is made when it is not there. Not to be repeated when no answer
    came: it may have been added."""
    names = {f"#{n}": name for n, name in enumerate(numbers)}
    adds = ", ".join(f"{tag} :{tag[1:]}" for tag in names)
    call(ctx, "UpdateItem", {
        "TableName": table_name(), "Key": wire_key(key),
        "UpdateExpression": f"ADD {adds} SET kind = :kind, tenant_id = :tenant, expires_at = :ends",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {**{f":{n}": {"N": str(value)} for n, value in enumerate(numbers.values())},
                                      ":kind": {"S": kind}, ":tenant": {"S": ctx.tenant_id}, ":ends": {"N": str(expires_at)}},
    })


def count_since_first(ctx: Context, key: Key, kind: str, seconds: int) -> tuple[int, int]:
    """Counts one more in a window of `seconds` that the first to be counted begins; answers how many it holds now and when
    it ends (epoch seconds). A window of the clock would let twice as many through around its border."""
    names, now = {"#value": "value", "#kind": "kind"}, int(ctx.now.timestamp())
    while True:
        values = {":one": {"N": "1"}, ":kind": {"S": kind}, ":tenant": {"S": ctx.tenant_id}, ":now": {"N": str(now)},
                  ":ends": {"N": str(now + seconds)}}
        for update, condition in (
            ("ADD #value :one SET #kind = :kind, tenant_id = :tenant, expires_at = if_not_exists(expires_at, :ends)",
             "attribute_not_exists(pk) OR expires_at > :now"),
            ("SET #value = :one, #kind = :kind, tenant_id = :tenant, expires_at = :ends", "expires_at <= :now"),
        ):
            answer = _conditional(ctx, "UpdateItem", {
                "TableName": table_name(), "Key": wire_key(key), "UpdateExpression": update, "ConditionExpression": condition,
                "ExpressionAttributeNames": names, "ReturnValues": "ALL_NEW",
                "ExpressionAttributeValues": {name: value for name, value in values.items()
                                              if name in update or name in condition}})
            if answer is not None:
                return int(answer["Attributes"]["value"]["N"]), int(answer["Attributes"]["expires_at"]["N"])

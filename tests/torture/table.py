"""DynamoDB's one table in memory: the answers, refusals and limits of the calls that the product makes.

Items are wire dicts that nobody changes: a write replaces them. Every change is told to `on_change`, which feeds the stream.
An index, and a read that is not consistent, may lag (`lag`: seconds until a change shows there; 0 shows it at once).
`tests/torture/test_differential.py` holds this against the real local engine, call by call.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.torture import expressions
from tests.torture.indexes import Index, Key
from tests.torture.queries import Queries
from tests.torture.values import ITEM_BYTES, TRANSACTION_BYTES, Refused, Unsupported, Wire, checked, client_error, size_of

TOKEN_SECONDS = 600
_RETURNS = {"PutItem": {"NONE", "ALL_OLD"}, "DeleteItem": {"NONE", "ALL_OLD"},
            "UpdateItem": {"NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"}}
_KNOWN = {
    "GetItem": {"Key", "ConsistentRead", "ProjectionExpression"}, "BatchGetItem": {"RequestItems"},
    "PutItem": {"Item", "ConditionExpression", "ReturnValues", "ReturnValuesOnConditionCheckFailure"},
    "DeleteItem": {"Key", "ConditionExpression", "ReturnValues", "ReturnValuesOnConditionCheckFailure"},
    "UpdateItem": {"Key", "UpdateExpression", "ConditionExpression", "ReturnValues",
                   "ReturnValuesOnConditionCheckFailure"},
    "BatchWriteItem": {"RequestItems"}, "TransactWriteItems": {"TransactItems", "ClientRequestToken"},
    "Query": {"IndexName", "KeyConditionExpression", "FilterExpression", "ProjectionExpression", "Limit",
              "ScanIndexForward", "ExclusiveStartKey", "ConsistentRead", "Select"},
}
_COMMON = {"TableName", "ExpressionAttributeNames", "ExpressionAttributeValues"}


class _Failed(Exception):
    """A condition that did not hold, with the item as it was."""

    def __init__(self, item: Wire | None) -> None:
        self.item = item


class Table(Queries):
    """The table. `now` tells the instant in seconds, `lag` how late the next change shows where reads may be stale."""

    def __init__(self, definition: Mapping[str, Any], now: Callable[[], float],
                 on_change: Callable[[Wire | None, Wire | None], None] = lambda old, new: None,
                 lag: Callable[[], float] = lambda: 0.0) -> None:
        self.name = definition["TableName"]
        self._now, self._on_change, self._lag = now, on_change, lag
        self.items: dict[str, dict[str, Wire]] = {}
        self._sorted: dict[str, list[str]] = {}
        self.indexes = {each["IndexName"]: Index(each["IndexName"], frozenset(each["Projection"]["NonKeyAttributes"]))
                        for each in definition["GlobalSecondaryIndexes"]}
        self._index_keys = [name for index in self.indexes.values() for name in (index.pk, index.sk)]
        self._tokens: dict[str, tuple[Any, float]] = {}
        self._before: dict[Key, tuple[Wire | None, float]] = {}
        self.in_progress: set[str] = set()
        self.largest = 0

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """One call. Raises ClientError as boto3 does, and Unsupported for what no test has taught this table."""
        if operation not in _KNOWN:
            raise Unsupported(f"the operation {operation}")
        unknown = parameters.keys() - _KNOWN[operation] - _COMMON
        if unknown:
            raise Unsupported(f"{operation} with {', '.join(sorted(unknown))}")
        try:
            answer: dict[str, Any] = getattr(self, f"_{operation}")(parameters)
        except Refused as error:
            raise client_error(operation, "ValidationException", str(error)) from None
        except _Failed as failed:
            more = {}
            if failed.item is not None and parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
                more["Item"] = failed.item
            raise client_error(operation, "ConditionalCheckFailedException", "The conditional request failed", **more) from None
        return answer

    # -- shapes ----------------------------------------------------------------------------------------------------------

    def _check_table(self, name: Any) -> None:
        if name != self.name:
            raise client_error("", "ResourceNotFoundException", "Requested resource not found")

    def _key(self, key: Any) -> Key:
        if not isinstance(key, dict) or set(key) != {"pk", "sk"}:
            raise Refused("the provided key element does not match the schema")
        return self._key_in(key, "the provided key element does not match the schema")

    @staticmethod
    def _key_in(wire: Wire, mismatch: str) -> Key:
        found = []
        for name, longest in (("pk", 2048), ("sk", 1024)):
            if name not in wire:
                raise Refused(f"missing the key {name} in the item")
            content = checked(wire[name]).get("S")
            if content is None:
                raise Refused(mismatch)
            if not content:
                raise Refused("the AttributeValue for a key attribute cannot contain an empty string value")
            if len(content.encode()) > longest:
                raise Refused("aggregated size of all keys has exceeded the size limit")
            found.append(content)
        return found[0], found[1]

    def _item(self, item: Any) -> dict[str, Any]:
        """An item as it is stored."""
        stored = {name: checked(value) for name, value in item.items()}
        self._weighed(stored, "Item size has exceeded the maximum allowed size")
        return stored

    def _weighed(self, item: Wire, refusal: str) -> int:
        """The bytes of an item that is to be stored; what was the largest so far spares queries from weighing rows."""
        size = size_of(item)
        if size > ITEM_BYTES:
            raise Refused(refusal)
        self.largest = max(self.largest, size)
        return size

    def _check_index_keys(self, item: Wire) -> None:
        for name in self._index_keys:
            value = item.get(name)
            if value is not None and not value.get("S"):
                raise Refused(f"an index key of another type, or empty: {name}")

    @staticmethod
    def _values(parameters: Wire) -> dict[str, Wire]:
        return {name: checked(value) for name, value in (parameters.get("ExpressionAttributeValues") or {}).items()}

    @staticmethod
    def _check_used(parameters: Wire, values: Wire, *compiled: expressions.Compiled) -> None:
        """Every name and value is used, and every one used is given."""
        used = compiled[0].values if len(compiled) == 1 else frozenset[str]().union(*(each.values for each in compiled))
        if used != values.keys():
            raise Refused("a value of ExpressionAttributeValues is unused, or one used is not defined")
        names = compiled[0].names if len(compiled) == 1 else frozenset[str]().union(*(each.names for each in compiled))
        if names != (parameters.get("ExpressionAttributeNames") or {}).keys():
            raise Refused("a name of ExpressionAttributeNames is unused")

    def get(self, key: Key) -> Wire | None:
        """The item as it is now."""
        return self.items.get(key[0], {}).get(key[1])

    def seen(self, key: Key, consistent: bool) -> Wire | None:
        """The item as a read sees it: one that is not consistent may see what was there before the last change."""
        if not consistent and key in self._before:
            before, until = self._before[key]
            if until > self._now():
                return before
        return self.get(key)

    def _store(self, key: Key, new: Wire | None) -> None:
        partition = self.items.get(key[0])
        if partition is None:
            if new is None:
                return
            partition = self.items[key[0]] = {}
            self._sorted[key[0]] = []
        old = partition.get(key[1])
        if new is not None:
            partition[key[1]] = new
            if old is None:
                bisect.insort(self._sorted[key[0]], key[1])
        elif old is not None:
            del partition[key[1]]
            rows = self._sorted[key[0]]
            rows.pop(bisect.bisect_left(rows, key[1]))
        else:
            return
        now = self._now()
        due = now + self._lag()
        if due > now:
            self._before[key] = (old, due)
        for index in self.indexes.values():
            entry = index.entry(new)
            if entry is not None or index.pk in (old or ()):
                index.change(key, entry, due, now)
        self._on_change(old, new)

    def _tested(self, parameters: Wire, values: Wire, item: Wire | None, *others: expressions.Compiled) -> None:
        """Raises _Failed when the request's condition does not hold."""
        text = parameters.get("ConditionExpression")
        if text is None:
            self._check_used(parameters, values, *others)
            return
        compiled = expressions.condition(text, parameters.get("ExpressionAttributeNames") or {})
        self._check_used(parameters, values, compiled, *others)
        if not compiled.run(item or {}, values):
            raise _Failed(item)

    @staticmethod
    def _returns(operation: str, parameters: Wire) -> str:
        wanted = parameters.get("ReturnValues", "NONE")
        if wanted not in _RETURNS[operation]:
            raise Refused("ReturnValues of another operation")
        return str(wanted)

    # -- single items ----------------------------------------------------------------------------------------------------

    def _GetItem(self, parameters: Wire) -> dict[str, Any]:
        self._check_table(parameters.get("TableName"))
        text = parameters.get("ProjectionExpression")
        chosen = None if text is None else expressions.projection(text, parameters.get("ExpressionAttributeNames") or {})
        self._check_used(parameters, {}, *([chosen] if chosen else []))
        item = self.seen(self._key(parameters["Key"]), parameters.get("ConsistentRead", False))
        if item is None:
            return {}
        return {"Item": item if chosen is None else {name: item[name] for name in chosen.run if name in item}}

    def _PutItem(self, parameters: Wire) -> dict[str, Any]:
        self._check_table(parameters.get("TableName"))
        returned = self._returns("PutItem", parameters)
        item = self._item(parameters["Item"])
        key = self._key_in(item, "type mismatch for key")
        self._check_index_keys(item)
        old = self.get(key)
        self._tested(parameters, self._values(parameters), old)
        self._store(key, item)
        return {"Attributes": old} if returned == "ALL_OLD" and old is not None else {}

    def _DeleteItem(self, parameters: Wire) -> dict[str, Any]:
        self._check_table(parameters.get("TableName"))
        returned = self._returns("DeleteItem", parameters)
        key = self._key(parameters["Key"])
        old = self.get(key)
        self._tested(parameters, self._values(parameters), old)
        self._store(key, None)
        return {"Attributes": old} if returned == "ALL_OLD" and old is not None else {}

    def _UpdateItem(self, parameters: Wire) -> dict[str, Any]:
        self._check_table(parameters.get("TableName"))
        returned = self._returns("UpdateItem", parameters)
        key = self._key(parameters["Key"])
        old = self.get(key)
        change = expressions.update(parameters.get("UpdateExpression", ""), parameters.get("ExpressionAttributeNames") or {})
        if {"pk", "sk"} & set(change.targets):
            raise Refused("cannot update an attribute that is part of the key")
        values = self._values(parameters)
        self._tested(parameters, values, old, change)
        new = change.run(old or parameters["Key"], values)
        self._weighed(new, "Item size to update has exceeded the maximum allowed size")
        self._check_index_keys(new)
        self._store(key, new)
        kept: Wire | None = {"ALL_OLD": old, "ALL_NEW": new}.get(returned)
        if returned.startswith("UPDATED"):
            source = (old or {}) if returned == "UPDATED_OLD" else new
            kept = {name: source[name] for name in change.targets if name in source} or None
            if returned == "UPDATED_OLD" and old is not None:
                kept = kept or {}
        return {} if kept is None else {"Attributes": kept}

    # -- batches ---------------------------------------------------------------------------------------------------------

    def _BatchGetItem(self, parameters: Wire) -> dict[str, Any]:
        (name, request), = parameters["RequestItems"].items()
        keys, text = request["Keys"], request.get("ProjectionExpression")
        if not 1 <= len(keys) <= 100:
            raise Refused("a batch has 1 to 100 keys")
        self._check_table(name)
        chosen = None if text is None else expressions.projection(text, request.get("ExpressionAttributeNames") or {})
        wanted = [self._key(key) for key in keys]
        if len(set(wanted)) != len(wanted):
            raise Refused("Provided list of item keys contains duplicates")
        found = [self.seen(key, request.get("ConsistentRead", False)) for key in wanted]
        items = [item if chosen is None else {n: item[n] for n in chosen.run if n in item}
                 for item in found if item is not None]
        return {"Responses": {self.name: items}, "UnprocessedKeys": {}}

    def _BatchWriteItem(self, parameters: Wire) -> dict[str, Any]:
        (name, requests), = parameters["RequestItems"].items()
        if not 1 <= len(requests) <= 25:
            raise Refused("a batch has 1 to 25 requests")
        self._check_table(name)
        changes: dict[Key, Wire | None] = {}
        for request in requests:
            (verb, body), = request.items()
            item = self._item(body["Item"]) if verb == "PutRequest" else None
            key = self._key(body["Key"]) if item is None else self._key_in(item, "type mismatch for key")
            self._check_index_keys(item or {})
            if key in changes:
                raise Refused("Provided list of item keys contains duplicates")
            changes[key] = item
        for key, item in changes.items():
            self._store(key, item)
        return {"UnprocessedItems": {}}

    # -- transactions ----------------------------------------------------------------------------------------------------

    def _TransactWriteItems(self, parameters: Wire) -> dict[str, Any]:
        actions, token = parameters["TransactItems"], parameters.get("ClientRequestToken")
        if not 1 <= len(actions) <= 100:
            raise Refused("a transaction has 1 to 100 actions")
        known = self._tokens.get(token) if token else None
        if known is not None and self._now() - known[1] < TOKEN_SECONDS:
            if known[0] != actions:
                raise client_error("TransactWriteItems", "IdempotentParameterMismatchException")
            return {}
        if token in self.in_progress:
            raise client_error("TransactWriteItems", "TransactionInProgressException")
        changes: dict[Key, Any] = {}
        reasons: list[dict[str, Any]] = []
        total = 0
        for action in actions:
            (verb, body), = action.items()
            self._check_table(body.get("TableName"))
            key, plan = self._planned(verb, body)
            if key in changes:
                raise Refused("Transaction request cannot include multiple operations on one item")
            changes[key] = plan
            total += plan.size
        if total > TRANSACTION_BYTES:
            raise Refused("Transaction request exceeds the 4MB transaction size limit")
        after: list[tuple[Key, Wire | None]] = []
        for (key, plan), action in zip(changes.items(), actions, strict=True):
            (verb, body), = action.items()
            old = self.get(key)
            try:
                self._tested(body, plan.values, old, *([plan.update] if plan.update else []))
                if verb != "ConditionCheck":
                    after.append((key, self._after(verb, plan, body, old)))
                reasons.append({"Code": "None"})
            except _Failed:
                item = {"Item": old} if old and body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}
                reasons.append({"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", **item})
            except _Invalid as error:
                reasons.append({"Code": "ValidationError", "Message": str(error)})
        if any(reason["Code"] != "None" for reason in reasons):
            raise canceled(reasons)
        for key, item in after:
            self._store(key, item)
        if token:
            self._tokens[token] = (actions, self._now())
        return {}

    def _planned(self, verb: str, body: Wire) -> tuple[Key, _Plan]:
        """What an action wants to do, read before any item is looked at. Raises Refused for what no item could satisfy."""
        values = self._values(body)
        if verb == "Put":
            item = {name: checked(value) for name, value in body["Item"].items()}
            size = self._weighed(item, "Item size has exceeded the maximum allowed size")
            key = self._key_in(item, "type mismatch for key")
            self._check_index_keys(item)
            return key, _Plan(values, item=item, size=size)
        key = self._key(body["Key"])
        if verb != "Update":
            if verb not in ("Delete", "ConditionCheck"):
                raise Unsupported(f"the action {verb}")
            return key, _Plan(values)
        update = expressions.update(body["UpdateExpression"], body.get("ExpressionAttributeNames") or {})
        if {"pk", "sk"} & set(update.targets):
            raise Refused("cannot update an attribute that is part of the key")
        return key, _Plan(values, update=update)

    def _after(self, verb: str, plan: _Plan, body: Wire, old: Wire | None) -> Wire | None:
        """The item after an action whose condition holds."""
        if plan.update is None:
            return plan.item
        try:
            new: Wire = plan.update.run(old or body["Key"], plan.values)
            self._weighed(new, "Item size to update has exceeded the maximum allowed size")
            self._check_index_keys(new)
        except Refused as error:
            raise _Invalid(str(error)) from None
        return new


class _Invalid(Exception):
    """An update that its item does not allow."""


class _Plan:
    __slots__ = ("item", "size", "update", "values")

    def __init__(self, values: Wire, item: Wire | None = None, update: expressions.Compiled | None = None, size: int = 0
                 ) -> None:
        self.values, self.item, self.update, self.size = values, item, update, size


def canceled(reasons: list[dict[str, Any]]) -> ClientError:
    """A transaction refused for these reasons, one for each action, in order."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return client_error("TransactWriteItems", "TransactionCanceledException", f"Transaction cancelled [{codes}]",
                        CancellationReasons=reasons)

"""DynamoDB's one table in memory: the answers, refusals and limits of the calls that the product makes.

Items are wire dicts that nobody changes: a write replaces them. Every change is told to `on_change`, which feeds the stream.
An index, and a read that is not consistent, may lag (`lag`: seconds until a change shows there; 0 shows it at once).
`tests/torture/test_differential.py` holds this against the real local engine, call by call.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.torture import expressions
from tests.torture.expressions import Refused, number

Wire = Mapping[str, Any]
Key = tuple[str, str]
ITEM_BYTES, TRANSACTION_BYTES, PAGE_BYTES = 409_600, 4_194_304, 1_048_576
TOKEN_SECONDS = 600
TYPES = {"S": str, "N": str, "B": bytes, "BOOL": bool, "NULL": bool}
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


def client_error(operation: str, code: str, message: str = "", status: int = 400, **more: Any) -> ClientError:
    """The exception that boto3 raises for a refusal."""
    response: Any = {"Error": {"Code": code, "Message": message or code},
                     "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(response, operation)


class _Failed(Exception):
    """A condition that did not hold, with the item as it was."""

    def __init__(self, item: Wire | None) -> None:
        self.item = item


def size_of(item: Wire) -> int:
    """Bytes of an item by DynamoDB's published rules (numbers: base-100 digits)."""
    total = 0
    for name, value in item.items():
        (kind, content), = value.items()
        total += len(name)
        if kind == "S":
            total += len(content) if content.isascii() else len(content.encode())
        elif kind == "N":
            digits = content.lstrip("-").replace(".", "").strip("0")
            total += 1 + (len(digits) + 1) // 2 + content.startswith("-")
        else:
            total += len(content) if kind == "B" else 1
    return total


def checked(value: Any) -> Wire:
    """A value as it is stored. Raises Refused, and Unsupported for sets, lists and maps, which the product does not store."""
    if not isinstance(value, dict) or len(value) != 1:
        raise Refused("an attribute value has exactly one type")
    (kind, content), = value.items()
    if kind == "S" and type(content) is str:
        return value
    if kind == "N":
        plain = number(content)
        return value if plain == content else {"N": plain}
    if kind not in TYPES:
        if kind in ("SS", "NS", "BS", "L", "M"):
            raise expressions.Unsupported(f"values of type {kind}")
        raise Refused("an attribute value has a type that does not exist")
    if not isinstance(content, TYPES[kind]):
        raise Refused(f"a value of {kind} that is none")
    return value


class Index:
    """One global secondary index: its entries in order, as they show now, and the changes that do not show yet."""

    def __init__(self, name: str, projected: frozenset[str]) -> None:
        self.pk, self.sk = f"{name}_pk", f"{name}_sk"
        self.kept = projected | {self.pk, self.sk, "pk", "sk"}
        self.partitions: dict[str, list[tuple[str, str, str]]] = {}
        self.entries: dict[Key, Wire] = {}
        self._later: list[tuple[float, int, Key, Wire | None]] = []
        self._due: dict[Key, float] = {}
        self._order = 0

    def entry(self, item: Wire | None) -> Wire | None:
        """What the index holds of an item; None for one that is not in it."""
        if item is None or self.pk not in item or self.sk not in item:
            return None
        return {name: value for name, value in item.items() if name in self.kept}

    def change(self, key: Key, entry: Wire | None, due: float, now: float) -> None:
        """Shows `entry` at `key` from `due` on; changes of one item never overtake each other."""
        if due <= now and key not in self._due:
            self._show(key, entry)
            return
        due = max(due, self._due.get(key, 0.0))
        self._due[key] = due
        self._order += 1
        heapq.heappush(self._later, (due, self._order, key, entry))

    def settle(self, now: float) -> None:
        """Shows what is due."""
        while self._later and self._later[0][0] <= now:
            due, _, key, entry = heapq.heappop(self._later)
            if self._due.get(key) == due:
                del self._due[key]
            self._show(key, entry)

    def _show(self, key: Key, entry: Wire | None) -> None:
        before = self.entries.pop(key, None)
        if before is not None:
            place = (before[self.sk]["S"], *key)
            rows = self.partitions[before[self.pk]["S"]]
            rows.pop(bisect.bisect_left(rows, place))
        if entry is not None:
            self.entries[key] = entry
            bisect.insort(self.partitions.setdefault(entry[self.pk]["S"], []), (entry[self.sk]["S"], *key))


class Table:
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

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """One call. Raises ClientError as boto3 does, and Unsupported for what no test has taught this table."""
        if operation not in _KNOWN:
            raise expressions.Unsupported(f"the operation {operation}")
        unknown = parameters.keys() - _KNOWN[operation] - _COMMON
        if unknown:
            raise expressions.Unsupported(f"{operation} with {', '.join(sorted(unknown))}")
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
        if size_of(stored) > ITEM_BYTES:
            raise Refused("Item size has exceeded the maximum allowed size")
        return stored

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
        used = frozenset[str]().union(*(each.values for each in compiled))
        if used != values.keys():
            raise Refused("a value of ExpressionAttributeValues is unused, or one used is not defined")
        names = frozenset[str]().union(*(each.names for each in compiled))
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
        if size_of(new) > ITEM_BYTES:
            raise Refused("Item size to update has exceeded the maximum allowed size")
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
            size = size_of(item)
            if size > ITEM_BYTES:
                raise Refused("Item size has exceeded the maximum allowed size")
            key = self._key_in(item, "type mismatch for key")
            self._check_index_keys(item)
            return key, _Plan(values, item=item, size=size)
        key = self._key(body["Key"])
        if verb != "Update":
            if verb not in ("Delete", "ConditionCheck"):
                raise expressions.Unsupported(f"the action {verb}")
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
            if size_of(new) > ITEM_BYTES:
                raise Refused("Item size to update has exceeded the maximum allowed size")
            self._check_index_keys(new)
        except Refused as error:
            raise _Invalid(str(error)) from None
        return new

    # -- queries ---------------------------------------------------------------------------------------------------------

    def _Query(self, parameters: Wire) -> dict[str, Any]:
        self._check_table(parameters.get("TableName"))
        name = parameters.get("IndexName")
        if name is not None and name not in self.indexes:
            raise Refused(f"the table does not have the specified index: {name}")
        index = self.indexes[name] if name is not None else None
        consistent = bool(parameters.get("ConsistentRead"))
        if index is not None and consistent:
            raise Refused("Consistent reads are not supported on global secondary indexes")
        select = self._selected(parameters)
        names = parameters.get("ExpressionAttributeNames") or {}
        pk, sk = (index.pk, index.sk) if index else ("pk", "sk")
        condition = expressions.key_condition(parameters["KeyConditionExpression"], names, pk, sk)
        filtering = parameters.get("FilterExpression")
        projecting = parameters.get("ProjectionExpression")
        keep = expressions.condition(filtering, names) if filtering is not None else None
        chosen = expressions.projection(projecting, names) if projecting is not None else None
        values = self._values(parameters)
        self._check_used(parameters, values, condition, *(each for each in (keep, chosen) if each))
        rows = self._rows(index, condition, values, consistent)
        if not parameters.get("ScanIndexForward", True):
            rows.reverse()
        rows = self._after_start(parameters, index, rows, condition, values)
        page, more = self._page(rows, parameters.get("Limit"))
        kept = [item for _, item in page if keep is None or keep.run(item, values)]
        answer: dict[str, Any] = {"Count": len(kept), "ScannedCount": len(page)}
        if select != "COUNT":
            answer["Items"] = kept if chosen is None else [{n: item[n] for n in chosen.run if n in item} for item in kept]
        if more:
            last = page[-1][1]
            answer["LastEvaluatedKey"] = {n: last[n] for n in ("pk", "sk", *((pk, sk) if index else ()))}
        return answer

    @staticmethod
    def _selected(parameters: Wire) -> str | None:
        select = parameters.get("Select")
        if select not in (None, "COUNT"):
            raise expressions.Unsupported(f"Select {select}")
        if select and "ProjectionExpression" in parameters:
            raise Refused("Cannot specify the ProjectionExpression when choosing to get only the Count")
        limit = parameters.get("Limit")
        if limit is not None and limit < 1:
            raise Refused("Limit must be at least 1")
        return select

    def _rows(self, index: Index | None, condition: expressions.Compiled, values: Wire, consistent: bool
              ) -> list[tuple[tuple[str, ...], Wire]]:
        """The rows that satisfy a key condition, each with its place in the order."""
        hashed, part = condition.run
        operator, bounds = _bounds(hashed, part, values)
        partition = values[hashed]["S"]
        if index is None:
            order = self._sorted.get(partition, [])
            low, high = _range(order, operator, bounds, lambda text: text)
            found = [(sk, self.seen((partition, sk), consistent)) for sk in order[low:high]]
            return [((sk,), item) for sk, item in found if item is not None]
        index.settle(self._now())
        places = index.partitions.get(partition, [])
        low, high = _range(places, operator, bounds, lambda text: (text,))
        return [(place, index.entries[place[1:]]) for place in places[low:high]]

    def _after_start(self, parameters: Wire, index: Index | None, rows: list[tuple[tuple[str, ...], Wire]],
                     condition: expressions.Compiled, values: Wire) -> list[tuple[tuple[str, ...], Wire]]:
        start = parameters.get("ExclusiveStartKey")
        if not start:
            return rows
        wanted = {"pk", "sk"} | ({index.pk, index.sk} if index else set())
        if set(start) != wanted or not all(_is_text(checked(value)) for value in start.values()):
            raise Refused("the provided starting key is invalid")
        hashed, part = condition.run
        if start[index.pk if index else "pk"]["S"] != values[hashed]["S"]:
            raise Refused("the provided starting key is outside query boundaries")
        place = ((start[index.sk]["S"], start["pk"]["S"], start["sk"]["S"]) if index else (start["sk"]["S"],))
        operator, bounds = _bounds(hashed, part, values)
        low, high = _range([place[0]], operator, bounds, lambda text: text)
        if low == high:
            raise Refused("the provided starting key does not match the range key predicate")
        forward = parameters.get("ScanIndexForward", True)
        return [row for row in rows if (row[0] > place if forward else row[0] < place)]

    @staticmethod
    def _page(rows: list[tuple[tuple[str, ...], Wire]], limit: int | None) -> tuple[list[tuple[tuple[str, ...], Wire]], bool]:
        """Up to `limit` rows and 1 MB; True when it stopped because of either, even at the very end."""
        size = 0
        for n, (_, item) in enumerate(rows):
            size += size_of(item)
            if size > PAGE_BYTES and n:
                return rows[:n], True
            if n + 1 == limit or size >= PAGE_BYTES:
                return rows[: n + 1], True
        return rows, False


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


def _is_text(value: Wire) -> bool:
    return bool(value.get("S"))


def _bounds(hashed: str, part: Any, values: Wire) -> tuple[str, list[str]]:
    for name in (hashed, *(part[1] if part else ())):
        if "S" not in values[name]:
            raise Refused("condition parameter type does not match schema type")
        if not values[name]["S"]:
            raise Refused("a key condition with an empty string")
    if part is None:
        return "", []
    bounds = [values[name]["S"] for name in part[1]]
    if part[0] == "BETWEEN" and bounds[0] > bounds[1]:
        raise Refused("the BETWEEN operator requires upper bound to be greater than or equal to lower bound")
    return part[0], bounds


def _range(order: list[Any], operator: str, bounds: list[str], as_place: Callable[[str], Any]) -> tuple[int, int]:
    """Where, in an ordered list of sort keys (or of places that begin with one), those that satisfy a condition are."""
    def before(text: str) -> int:
        return bisect.bisect_left(order, as_place(text))

    def after(text: str) -> int:
        return before(text + "\x00")

    if not operator:
        return 0, len(order)
    if operator == "begins_with":
        low = before(bounds[0])
        high = low
        while high < len(order):
            text = order[high] if isinstance(order[high], str) else order[high][0]
            if not text.startswith(bounds[0]):
                break
            high += 1
        return low, high
    return {"=": lambda: (before(bounds[0]), after(bounds[0])), "<": lambda: (0, before(bounds[0])),
            "<=": lambda: (0, after(bounds[0])), ">": lambda: (after(bounds[0]), len(order)),
            ">=": lambda: (before(bounds[0]), len(order)),
            "BETWEEN": lambda: (before(bounds[0]), max(before(bounds[0]), after(bounds[-1])))}[operator]()

"""Reading: by key (consistent, up to 100 keys in one round trip) and by index (summaries, eventually consistent).

`every_…` read to the end of a partition; whoever stops half-way stops the reading too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document, just_read
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.storage import keys, newer
from chalicelib.storage.client import call, table_name, try_again
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item, Wire, from_wire, is_expired, wire_key

T = TypeVar("T")


def raw_many(ctx: Context, wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Wire]:
    """The stored items at these keys, consistent unless half the price is enough, in as few round trips as BatchGetItem allows
    (100 keys each).

    Asked for in the order of the keys, so that a caller's set makes no run differ from another.
    """
    distinct = sorted(set(wanted))
    found: dict[Key, Wire] = {}
    for start in range(0, len(distinct), 100):
        pending = [wire_key(key) for key in distinct[start : start + 100]]
        attempt = 0
        while pending:
            request = {"RequestItems": {table_name(): {"Keys": pending, "ConsistentRead": consistent}}}
            answer = call(ctx, "BatchGetItem", request)
            for wire in answer["Responses"].get(table_name(), ()):
                found[Key(wire["pk"]["S"], wire["sk"]["S"])] = wire
            pending = answer.get("UnprocessedKeys", {}).get(table_name(), {}).get("Keys", [])
            if pending and not try_again(ctx, attempt := attempt + 1):
                raise Unavailable()
    return found


def items(ctx: Context, wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Item]:
    """The items at these keys that exist and have not expired."""
    found = {key: from_wire(wire) for key, wire in raw_many(ctx, wanted, consistent=consistent).items()}
    return {key: item for key, item in found.items() if not is_expired(ctx, item)}


def item(ctx: Context, key: Key, *, consistent: bool = True) -> Item | None:
    """One item, or None; a moment old if not `consistent`."""
    answer = call(ctx, "GetItem", {"TableName": table_name(), "Key": wire_key(key), "ConsistentRead": consistent})
    if "Item" not in answer:
        return None
    found = from_wire(answer["Item"])
    return None if is_expired(ctx, found) else found


def document_of(document: Document[T], stored: Item) -> T:
    """The document an item holds, with the item's version."""
    value = just_read(codec.restore(document, stored.data, stored.schema_version), stored.version)
    newer.note(document, stored, value)
    return value


def is_seen(ctx: Context, document: Document[T], value: T) -> bool:
    """Whether a document stands where the caller may look."""
    if not ctx.scope.limits_kind(document.kind):
        return True
    return ctx.scope.sees(document.kind, {"id": cast(Any, value).id, **document.summary(value)})


def seen(ctx: Context, references: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these documents (kind, id) the caller may look at: all of a kind that stands nowhere; of others those that are
    there, within the scope."""
    asked = set(references)
    judged = {keys.document(ctx, kind, i): (kind, i) for kind, i in asked if i and ctx.scope.limits_kind(kind)}
    shown = asked - set(judged.values())
    for key, wire in raw_many(ctx, judged).items() if judged else ():
        kind, document_id = judged[key]
        summary = codec.load(wire["summary"]["S"]) if "summary" in wire else {}
        if ctx.scope.sees(kind, {"id": document_id, **summary}):
            shown.add((kind, document_id))
    return shown


def find(ctx: Context, document: Document[T], document_id: str, *, consistent: bool = True) -> T | None:
    """One document by id, consistent unless half the price is enough, or None: also for one outside the caller's scope."""
    stored = item(ctx, keys.document(ctx, document.kind, document_id), consistent=consistent)
    found = None if stored is None else document_of(document, stored)
    return found if found is not None and is_seen(ctx, document, found) else None


def get(ctx: Context, document: Document[T], document_id: str) -> T:
    """One document by id, consistent. Raises NotFound."""
    found = find(ctx, document, document_id)
    if found is None:
        raise NotFound(document.kind)
    return found


def get_many(ctx: Context, document: Document[T], ids: Iterable[str]) -> dict[str, T]:
    """Documents by id; ids that do not exist, or stand outside the caller's scope, are missing from the answer."""
    wanted = {keys.document(ctx, document.kind, i): i for i in ids}
    found = {wanted[key]: document_of(document, stored) for key, stored in items(ctx, wanted).items()}
    return {i: value for i, value in found.items() if is_seen(ctx, document, value)}


def guards(ctx: Context, kind: str, values: Iterable[str], *, consistent: bool = True) -> dict[str, Mapping[str, Any]]:
    """What the guards of these values carry (`id` of the holder and its look-up data); a moment old if not `consistent`."""
    wanted = {keys.guard(ctx, kind, value): value for value in values}
    return {wanted[key]: codec.load(stored.data) for key, stored in items(ctx, wanted, consistent=consistent).items()}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query: summaries (each with `id` and `version`), where the next page starts, if anywhere, and how many rows
    were read: more than there are, when some stand outside the caller's scope."""

    items: Sequence[Mapping[str, Any]]
    start: Mapping[str, str] | None
    looked: int = 0


def _query(ctx: Context, parameters: dict[str, Any]) -> tuple[list[Wire], Mapping[str, str] | None]:
    answer = call(ctx, "Query", parameters)
    last = answer.get("LastEvaluatedKey")
    return answer["Items"], {name: value["S"] for name, value in last.items()} if last else None


def _condition(index: str, between: tuple[str, str] | None, begins: str) -> tuple[str, dict[str, str], dict[str, Wire]]:
    """Key condition, names and values of a query on the table (index "") or on an index."""
    part = f"{index}_" if index else ""
    names = {"#pk": f"{part}pk"}
    if between:
        return "#pk = :pk AND #sk BETWEEN :low AND :high", {**names, "#sk": f"{part}sk"}, {
            ":low": {"S": between[0]}, ":high": {"S": between[1]}}
    if begins:
        return "#pk = :pk AND begins_with(#sk, :begins)", {**names, "#sk": f"{part}sk"}, {":begins": {"S": begins}}
    return "#pk = :pk", names, {}


def query(
    ctx: Context,
    index: str,
    partition: str,
    *,
    limit: int = 50,
    newest_first: bool = True,
    between: tuple[str, str] | None = None,
    begins: str = "",
    start: Mapping[str, str] | None = None,
) -> Page:
    """One page of summaries from an index partition (named without the tenant's prefix). Eventually consistent."""
    condition, names, values = _condition(index, between, begins)
    parameters: dict[str, Any] = {
        "TableName": table_name(),
        "IndexName": index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {":pk": {"S": keys.prefix(ctx) + partition}, **values},
        "Limit": limit,
        "ScanIndexForward": not newest_first,
    }
    if start:
        parameters["ExclusiveStartKey"] = {name: {"S": value} for name, value in start.items()}
    wires, last = _query(ctx, parameters)
    rows = [_summary_of(wire) for wire in wires]
    if ctx.scope.is_limited:
        rows = [row for row in rows if ctx.scope.sees(str(row["kind"]), row)]
    return Page(rows, last, len(wires))


def _summary_of(wire: Wire) -> dict[str, Any]:
    """A row: the summary's columns, who it is, and under `@` its key in the index, for a page that ends at it."""
    summary = codec.load(wire["summary"]["S"]) if "summary" in wire else {}
    identity = wire["pk"]["S"].split("#", 3)[3]
    position = {name: value["S"] for name, value in wire.items() if name.endswith(("pk", "sk"))}
    return {"id": identity, "kind": wire["kind"]["S"], "version": int(wire["version"]["N"]), **summary, "@": position}


def position(row: Mapping[str, Any]) -> Mapping[str, str]:
    """Where a query must start to go on after this row."""
    found: Mapping[str, str] = row["@"]
    return found


def public(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row without its key."""
    return {name: value for name, value in row.items() if name != "@"}


def count(ctx: Context, index: str, partition: str, *, between: tuple[str, str] | None = None, at_most: int = 1000) -> int:
    """How many stand in an index partition, counted up to `at_most`."""
    condition, names, values = _condition(index, between, "")
    answer = call(ctx, "Query", {
        "TableName": table_name(), "IndexName": index, "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names, "Select": "COUNT", "Limit": at_most,
        "ExpressionAttributeValues": {":pk": {"S": keys.prefix(ctx) + partition}, **values},
    })
    return int(answer["Count"])


def count_all(ctx: Context, index: str, partition: str, *, between: tuple[str, str] | None = None) -> int:
    """How many stand in an index partition, all of them, page after page."""
    condition, names, values = _condition(index, between, "")
    found, start = 0, None
    while True:
        answer = call(ctx, "Query", {
            "TableName": table_name(), "IndexName": index, "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names, "Select": "COUNT", **({"ExclusiveStartKey": start} if start else {}),
            "ExpressionAttributeValues": {":pk": {"S": keys.prefix(ctx) + partition}, **values},
        })
        found, start = found + int(answer["Count"]), answer.get("LastEvaluatedKey")
        if not start:
            return found


def _partition(
    ctx: Context, partition: str, between: tuple[str, str] | None = None, begins: str = "", *, limit: int | None = None,
    newest_first: bool = False, start: Mapping[str, str] | None = None, consistent: bool = True,
) -> tuple[list[Wire], Mapping[str, str] | None]:
    condition, names, values = _condition("", between, begins)
    whole = (keys.prefix(ctx) if ctx.tenant_id else "P#") + partition
    parameters: dict[str, Any] = {
        "TableName": table_name(), "KeyConditionExpression": condition, "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {":pk": {"S": whole}, **values},
        "ScanIndexForward": not newest_first, "ConsistentRead": consistent,
    }
    if limit is not None:
        parameters["Limit"] = limit
    if start:
        parameters["ExclusiveStartKey"] = {name: {"S": value} for name, value in start.items()}
    return _query(ctx, parameters)


def collection(
    ctx: Context, partition: str, *, between: tuple[str, str] | None = None, begins: str = "", limit: int = 1000,
    newest_first: bool = False, start: Mapping[str, str] | None = None, consistent: bool = True,
) -> tuple[list[Item], Mapping[str, str] | None]:
    """Whole items of one table partition (a SKU's moves, an outbox hour), in sort order, and where the next page starts.

    `partition` is named without the tenant's prefix; in a platform context without `P#`.
    """
    found, last = _partition(ctx, partition, between, begins, limit=limit, newest_first=newest_first, start=start,
                             consistent=consistent)
    return [each for each in map(from_wire, found) if not is_expired(ctx, each)], last


def wires(ctx: Context, partition: str, between: tuple[str, str] | None = None) -> list[Wire]:
    """Every raw item of one table partition (balances, roll-ups), consistent, all pages."""
    found, start = _partition(ctx, partition, between)
    while start is not None:
        more, start = _partition(ctx, partition, between, start=start)
        found += more
    return found


def wires_page(ctx: Context, partition: str, *, begins: str = "", between: tuple[str, str] | None = None, limit: int = 1000,
               start: Mapping[str, str] | None = None) -> tuple[list[Wire], Mapping[str, str] | None]:
    """A page of raw items of one table partition, consistent, and where the next page starts, if anywhere."""
    return _partition(ctx, partition, between, begins, limit=limit, start=start)


# -- to the end ------------------------------------------------------------------------------------------------------


def every_item(ctx: Context, partition: str, **asked: Any) -> Iterator[Item]:
    """Every item of one table partition, page by page as it is read; `asked` as `collection` takes it."""
    start = None
    while True:
        found, start = collection(ctx, partition, start=start, **asked)
        yield from found
        if start is None:
            return


def _pages(ctx: Context, index: str, partition: str, asked: Mapping[str, Any]) -> Iterator[Page]:
    start = None
    while True:
        page = query(ctx, index, partition, start=start, **asked)
        yield page
        start = page.start
        if start is None:
            return


def every_row(ctx: Context, index: str, partition: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
    """Every summary of an index partition, page by page as it is read; `asked` as `query` takes it."""
    for page in _pages(ctx, index, partition, asked):
        yield from page.items


def rows_of(ctx: Context, index: str, partition: str) -> int:
    """How many documents stand in an index partition, by its summaries."""
    return sum(1 for _ in every_row(ctx, index, partition, limit=1000))


def every_document(ctx: Context, document: Document[T], index: str, partition: str, **asked: Any) -> Iterator[T]:
    """Every document of an index partition in its order, a page's in one round trip; those gone since are left out."""
    for page in _pages(ctx, index, partition, asked):
        found = get_many(ctx, document, [str(row["id"]) for row in page.items])
        yield from (found[str(row["id"])] for row in page.items if str(row["id"]) in found)

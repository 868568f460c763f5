"""Query on the simulated table: key conditions, order, pages, projections, filters, counts."""

from __future__ import annotations

from typing import Any, Protocol

from tests.torture import expressions
from tests.torture.indexes import Index, Key, bounds_of, span
from tests.torture.values import PAGE_BYTES, Refused, Unsupported, Wire, checked, size_of

Row = tuple[tuple[str, ...], Wire]


class _Rows(Protocol):
    """What a query needs of the table."""

    name: str
    largest: int
    indexes: dict[str, Index]
    _sorted: dict[str, list[str]]

    def _now(self) -> float: ...
    def seen(self, key: Key, consistent: bool) -> Wire | None: ...
    def _check_table(self, name: Any) -> None: ...
    def _values(self, parameters: Wire) -> dict[str, Wire]: ...
    def _check_used(self, parameters: Wire, values: Wire, *compiled: expressions.Compiled) -> None: ...


class Queries(_Rows):
    """The part of the table that answers Query."""

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
            raise Unsupported(f"Select {select}")
        if select and "ProjectionExpression" in parameters:
            raise Refused("Cannot specify the ProjectionExpression when choosing to get only the Count")
        limit = parameters.get("Limit")
        if limit is not None and limit < 1:
            raise Refused("Limit must be at least 1")
        return select

    def _rows(self, index: Index | None, condition: expressions.Compiled, values: Wire, consistent: bool
              ) -> list[Row]:
        """The rows that satisfy a key condition, each with its place in the order."""
        hashed, part = condition.run
        operator, bounds = bounds_of(hashed, part, values)
        partition = values[hashed]["S"]
        if index is None:
            order = self._sorted.get(partition, [])
            low, high = span(order, operator, bounds, lambda text: text)
            found = [(sk, self.seen((partition, sk), consistent)) for sk in order[low:high]]
            return [((sk,), item) for sk, item in found if item is not None]
        index.settle(self._now())
        places = index.partitions.get(partition, [])
        low, high = span(places, operator, bounds, lambda text: (text,))
        return [(place, index.entries[place[1:]]) for place in places[low:high]]

    def _after_start(self, parameters: Wire, index: Index | None, rows: list[Row],
                     condition: expressions.Compiled, values: Wire) -> list[Row]:
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
        operator, bounds = bounds_of(hashed, part, values)
        low, high = span([place[0]], operator, bounds, lambda text: text)
        if low == high:
            raise Refused("the provided starting key does not match the range key predicate")
        forward = parameters.get("ScanIndexForward", True)
        return [row for row in rows if (row[0] > place if forward else row[0] < place)]

    def _page(self, rows: list[Row], limit: int | None) -> tuple[list[Row], bool]:
        """Up to `limit` rows and 1 MB; True when it stopped because of either, even at the very end."""
        count = len(rows) if limit is None else min(len(rows), limit)
        if count * self.largest < PAGE_BYTES:
            return rows[:count], count == limit
        size = 0
        for n, (_, item) in enumerate(rows):
            size += size_of(item)
            if size > PAGE_BYTES and n:
                return rows[:n], True
            if n + 1 == limit or size >= PAGE_BYTES:
                return rows[: n + 1], True
        return rows, False


def _is_text(value: Wire) -> bool:
    return bool(value.get("S"))

"""The secondary indexes of the simulated table, and which of its ordered rows a key condition means."""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable
from typing import Any

from tests.torture.values import Refused, Wire

Key = tuple[str, str]


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


def bounds_of(hashed: str, part: Any, values: Wire) -> tuple[str, list[str]]:
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


def span(order: list[Any], operator: str, bounds: list[str], as_place: Callable[[str], Any]) -> tuple[int, int]:
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

"""A figure, and how it is counted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.storage import client
from chalicelib.storage.keys import INDEXES

KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `must` is the bar it is held to, in words; `passed` whether it holds."""

    workload: str
    figure: str
    unit: str
    value: float
    must: str = ""
    passed: bool | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        return json.dumps(asdict(self), default=str)


def attribute_bytes(value: Mapping[str, Any]) -> int:
    """Size of one attribute value by DynamoDB's published rules: strings are UTF-8 bytes, binary its own, numbers about one
    byte per two significant digits plus one (and one for a sign)."""
    (kind, content), = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "B":
        return len(content)
    if kind == "N":
        digits = Decimal(content).normalize().as_tuple()
        return math.ceil(len(digits.digits) / 2) + 1 + digits.sign
    raise ValueError(f"no size rule for {kind}")


def item_bytes(item: Mapping[str, Any]) -> int:
    """Size of an item: names and values."""
    return sum(len(name.encode()) + attribute_bytes(value) for name, value in item.items())


def index_units(item: Mapping[str, Any]) -> int:
    """Write units of an item's entries in the sparse INCLUDE indexes."""
    units = 0
    for index in INDEXES:
        if f"{index}_pk" in item:
            kept = {f"{index}_pk", f"{index}_sk", "pk", "sk", "summary", "kind", "version"}
            units += math.ceil(item_bytes({name: value for name, value in item.items() if name in kept}) / KILOBYTE)
    return units


@dataclass(slots=True)
class Meter:
    """What calls cost between two moments: round trips by operation, write units with index writes, item by item."""

    round_trips: dict[str, int] = field(default_factory=dict)
    write_units: int = 0
    split: dict[str, list[int]] = field(default_factory=dict)

    def observe(self, operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        self.round_trips[operation] = self.round_trips.get(operation, 0) + 1
        if operation == "TransactWriteItems":
            for action in parameters["TransactItems"]:
                for verb, body in action.items():
                    self._count(verb, body, transactional=True)
        elif operation == "PutItem":
            self._count("Put", parameters, transactional=False)
        elif operation == "UpdateItem":
            self._count("Update", parameters, transactional=False)

    def _count(self, verb: str, body: dict[str, Any], transactional: bool) -> None:
        factor = 2 if transactional else 1
        if verb == "Put":
            size = item_bytes(body["Item"])
            units = factor * math.ceil(size / KILOBYTE) + index_units(body["Item"])
            name = body["Item"]["kind"]["S"]
        else:
            size, units, name = 0, factor, verb.lower()
        self.write_units += units
        self.split.setdefault(name, []).append(units)


@contextmanager
def metered() -> Iterator[Meter]:
    """Counts every storage call inside the block."""
    meter = Meter()
    client.observers.append(meter.observe)
    try:
        yield meter
    finally:
        client.observers.remove(meter.observe)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

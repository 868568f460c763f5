"""Items as plain lines that can leave the table and come back, under the same company or another.

A line holds everything of an item but the tenant: `key` and `sort` (the partition without the tenant's prefix), `kind`,
`version`, `v`, its content as `data`, and what stands beside it as `numbers` and `texts`. What a list shows of it is carried
too (`summary`, `indexes`), for items that no document describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.storage import keys, table
from chalicelib.storage.keys import INDEXES, Key
from chalicelib.storage.table import Item, Wire, to_wire

_OWN = frozenset({"pk", "sk", "kind", "tenant_id", "data", "version", "v", "summary", "expires_at",
                  *(f"{name}_{part}" for name in INDEXES for part in ("pk", "sk"))})
MAX_PARTITION, MAX_SORT = 2048, 1024
"""Bytes of a partition and of a sort key (Amazon DynamoDB Developer Guide, Quotas)."""


def line_of(ctx: Context, wire: Wire) -> dict[str, Any]:
    """An item of the tenant as a line. `raw` is the stored text where reading and writing it would not give the same."""
    prefix = keys.prefix(ctx)
    line: dict[str, Any] = {"key": wire["pk"]["S"].removeprefix(prefix), "sort": wire["sk"]["S"], "kind": wire["kind"]["S"]}
    for name in ("version", "v"):
        if name in wire:
            line[name] = int(wire[name]["N"])
    if "data" in wire:
        text = table.text_of(wire)
        line["data"] = codec.load(text)
        if codec.compact(line["data"]) != text:
            line["raw"] = text
    others = {name: value for name, value in wire.items() if name not in _OWN}
    numbers = {name: value["N"] for name, value in sorted(others.items()) if "N" in value}
    texts = {name: value["S"] for name, value in sorted(others.items()) if "S" in value}
    line |= {name: found for name, found in (("numbers", numbers), ("texts", texts)) if found}
    if "summary" in wire:
        line["summary"] = wire["summary"]["S"]
    indexes = {name: [wire[f"{name}_pk"]["S"].removeprefix(prefix), wire[f"{name}_sk"]["S"]] for name in INDEXES
               if f"{name}_pk" in wire}
    if indexes:
        line["indexes"] = indexes
    return line


def key_of(ctx: Context, line: Mapping[str, Any]) -> Key:
    """Where a line stands in this tenant. Raises Invalid for what is no key."""
    partition, sort = line.get("key"), line.get("sort")
    if not isinstance(partition, str) or not isinstance(sort, str) or "#" not in partition or not sort:
        raise Invalid("line_key", "A line has a key and a sort key.", {"key": "text"})
    if len(partition.encode()) > MAX_PARTITION - 100 or len(sort.encode()) > MAX_SORT:
        raise Invalid("line_key", "A key is too long.", {"key": "too long"})
    return Key(keys.prefix(ctx) + partition, sort)


def wire_of(ctx: Context, line: Mapping[str, Any]) -> Wire:
    """The item of a line, as it is stored in this tenant. Raises Invalid naming the field that cannot be."""
    indexes = {}
    for name, place in _mapping(line, "indexes").items():
        if name not in INDEXES or not isinstance(place, list) or [type(part) for part in place] != [str, str]:
            raise Invalid("line_indexes", "An index key is a partition and a sort key.", {"indexes": "two texts"})
        indexes[name] = (keys.prefix(ctx) + place[0], place[1])
    data = line["raw"] if isinstance(line.get("raw"), str) else codec.compact(line.get("data", {}))
    wire = to_wire(Item(
        key=key_of(ctx, line), kind=_text(line, "kind"), tenant_id=ctx.tenant_id, data=data,
        version=_count(line, "version"), schema_version=_count(line, "v"),
        summary=line["summary"] if isinstance(line.get("summary"), str) else None, indexes=indexes))
    for name, present in (("data", "data" in line or "raw" in line), ("version", "version" in line), ("v", "v" in line)):
        if not present:
            del wire[name]
    for name, value in _mapping(line, "numbers").items():
        wire[_attribute(name)] = {"N": _number(value)}
    for name, value in _mapping(line, "texts").items():
        wire[_attribute(name)] = {"S": _text({name: value}, name)}
    return wire


def _attribute(name: str) -> str:
    if name in _OWN:
        raise Invalid("line_attribute", f"{name} is not a number or text of its own.", {name: "reserved"})
    return name


def _mapping(line: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = line.get(name, {})
    if not isinstance(found, dict):
        raise Invalid("line_shape", f"{name} is an object.", {name: "object"})
    return found


def _text(line: Mapping[str, Any], name: str) -> str:
    found = line.get(name)
    if not isinstance(found, str):
        raise Invalid("line_shape", f"{name} is a text.", {name: "text"})
    return found


def _count(line: Mapping[str, Any], name: str) -> int:
    found = line.get(name, 0)
    if type(found) is not int or not 0 <= found < 10**15:
        raise Invalid("line_shape", f"{name} is a whole number.", {name: "whole number"})
    return found


def _number(value: Any) -> str:
    try:
        if not isinstance(value, str) or not Decimal(value).is_finite():
            raise Invalid("line_number", "A number is written as a text.", {"numbers": "decimal"})
    except InvalidOperation:
        raise Invalid("line_number", "A number is written as a text.", {"numbers": "decimal"}) from None
    return value


def text_of(line: Mapping[str, Any]) -> str:
    """A line as one line of JSON, its names in order: the same for the same item, wherever it stands."""
    return codec.compact(_sorted(line))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def distinct(wires: Iterable[Wire]) -> list[Wire]:
    """The wires, one for each key, in order."""
    return list({(wire["pk"]["S"], wire["sk"]["S"]): wire for wire in wires}.values())

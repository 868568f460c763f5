"""The one table and what stands in it: items, balances, counters, and their shape on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import IndexKey
from chalicelib.storage import packing
from chalicelib.storage.keys import INDEXES, Key

Wire = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """Anything stored as JSON (`data`, which `to_wire` keeps small when it is long). `summary` is what lists read; `packed`
    what is stored small; `expires_at` is epoch seconds."""

    key: Key
    kind: str
    tenant_id: str
    data: str
    version: int = 1
    schema_version: int = 1
    summary: str | None = None
    indexes: Mapping[str, IndexKey] = field(default_factory=dict)
    expires_at: int | None = None
    packed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """Numbers changed only by conditional ADD: `available` is stored, since a condition cannot subtract."""

    key: Key
    numbers: Mapping[str, Decimal]


def wire_key(key: Key) -> Wire:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def to_wire(item: Item) -> Wire:
    wire: Wire = {
        "pk": {"S": item.key.pk},
        "sk": {"S": item.key.sk},
        "kind": {"S": item.kind},
        "tenant_id": {"S": item.tenant_id},
        "data": {"S": item.data},
        "version": {"N": str(item.version)},
        "v": {"N": str(item.schema_version)},
    }
    if item.summary is not None:
        wire["summary"] = {"S": item.summary}
    for name, (partition, sort) in item.indexes.items():
        wire[f"{name}_pk"] = {"S": partition}
        wire[f"{name}_sk"] = {"S": sort}
    if item.expires_at is not None:
        wire["expires_at"] = {"N": str(item.expires_at)}
    if item.packed is not None:
        wire["packed"] = {"B": item.packed}
    if len(item.data) >= packing.PACKED_FROM:
        others = sum(len(name) + len(content) for name, value in wire.items() if name != "data" for content in value.values())
        wire["data"] = packing.kept(item.data, others + len("data"))
    return wire


def text_of(wire: Wire) -> str:
    """The JSON of an item, however small it is kept."""
    return packing.text_of(wire["data"])


def from_wire(wire: Wire) -> Item:
    indexes = {
        name: (wire[f"{name}_pk"]["S"], wire[f"{name}_sk"]["S"]) for name in INDEXES if f"{name}_pk" in wire
    }
    return Item(
        key=Key(wire["pk"]["S"], wire["sk"]["S"]),
        kind=wire["kind"]["S"],
        tenant_id=wire.get("tenant_id", {}).get("S", ""),
        data=text_of(wire) if "data" in wire else "{}",
        version=int(wire.get("version", {}).get("N", "0")),
        schema_version=int(wire.get("v", {}).get("N", "1")),
        summary=wire.get("summary", {}).get("S"),
        indexes=indexes,
        expires_at=int(wire["expires_at"]["N"]) if "expires_at" in wire else None,
        packed=wire.get("packed", {}).get("B"),
    )


def balance_from_wire(wire: Wire) -> Balance:
    numbers = {name: Decimal(value["N"]) for name, value in wire.items() if "N" in value and name not in ("version", "v")}
    return Balance(Key(wire["pk"]["S"], wire["sk"]["S"]), numbers)


def is_expired(ctx: Context, item: Item) -> bool:
    """Deletion by TTL is late by days: every read checks the time itself."""
    return item.expires_at is not None and item.expires_at <= ctx.now.timestamp()


def definition(name: str) -> dict[str, Any]:
    """What CreateTable is given, locally and, resource by resource, in the template: table, stream, four indexes."""
    attributes = ["pk", "sk", *(f"{index}_{part}" for index in INDEXES for part in ("pk", "sk"))]
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": a, "AttributeType": "S"} for a in attributes],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": f"{index}_pk", "KeyType": "HASH"},
                    {"AttributeName": f"{index}_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["summary", "kind", "version"]},
            }
            for index in INDEXES
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    }

"""Where a caller may act: everywhere, or in named warehouses and stores only. Pure.

`RULES` is the one table of which documents stand somewhere, told by the columns of their summaries, so that a list's row and a
document are judged alike. What is not in it is the whole company's: customers, products, prices. Storage asks it at every
read and write of a document; what an operation looks at besides is declared in `runtime.scopes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from chalicelib.kernel.errors import Forbidden

WAREHOUSE, CHANNEL = "warehouse", "channel"
DIMENSIONS = (WAREHOUSE, CHANNEL)
BY_HAND = "manual"
"""The store of what no channel brought: orders taken on the phone or at the counter, invoices written by hand."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The columns of a summary that name the warehouses, and the stores, a document stands in."""

    warehouses: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def columns(self, dimension: str) -> tuple[str, ...]:
        return self.warehouses if dimension == WAREHOUSE else self.channels


RULES: Mapping[str, Rule] = MappingProxyType({
    "warehouse": Rule(warehouses=("id",)),
    "stock_operation": Rule(warehouses=("warehouse_id", "to_warehouse_id")),
    "sales_order": Rule(channels=("channel_id",)),
    "sales_delivery": Rule(warehouses=("warehouse_id",), channels=("channel_id",)),
    "order_billing": Rule(channels=("channel_id",)),
    "invoice": Rule(channels=("channel_id",)),
    "invoice_standing": Rule(channels=("channel_id",)),
    "connection": Rule(channels=("id",)),
    "delivery": Rule(channels=("connection_id",)),
    "binding": Rule(channels=("connection_id",)),
    "sync_run": Rule(channels=("connection_id",)),
})


@dataclass(frozen=True, slots=True)
class Scope:
    """Warehouses and stores a caller is limited to; an empty set is no limit. An order is in a store, and which warehouse
    serves it may change until it leaves: so warehouses limit stock and deliveries, never orders and invoices."""

    warehouse_ids: frozenset[str] = frozenset()
    channel_ids: frozenset[str] = frozenset()

    @property
    def is_limited(self) -> bool:
        return bool(self.warehouse_ids or self.channel_ids)

    def limits(self, dimension: str) -> frozenset[str]:
        """What the caller is limited to in a dimension; empty when to nothing."""
        return self.warehouse_ids if dimension == WAREHOUSE else self.channel_ids

    def limits_kind(self, kind: str) -> bool:
        """Whether some documents of the kind are out of the caller's sight."""
        rule = RULES.get(kind)
        return rule is not None and any(rule.columns(each) and self.limits(each) for each in DIMENSIONS)

    def sees(self, kind: str, row: Mapping[str, Any]) -> bool:
        """Whether a document with this row (its summary and `id`) stands, at one end at least, where the caller may look."""
        return all(found & self.limits(each) for each, found in self._places(kind, row))

    def covers(self, kind: str, row: Mapping[str, Any]) -> bool:
        """Whether it stands nowhere else: what a caller may make, change or remove."""
        return all(found and found <= self.limits(each) for each, found in self._places(kind, row))

    def _places(self, kind: str, row: Mapping[str, Any]) -> Iterable[tuple[str, frozenset[str]]]:
        """Where it stands in each dimension that is limited."""
        rule = RULES.get(kind, Rule())
        for dimension in DIMENSIONS:
            columns = rule.columns(dimension)
            if columns and self.limits(dimension):
                named = frozenset(str(row.get(column) or "") for column in columns) - {""}
                yield dimension, named or (frozenset({BY_HAND}) if dimension == CHANNEL else frozenset())

    def check(self, kind: str, row: Mapping[str, Any]) -> None:
        """Raises Forbidden `beyond_scope`, naming the scope, for a document the caller may not write."""
        if not self.covers(kind, row):
            for dimension, found in self._places(kind, row):
                self.check_each(dimension, found)
            raise self.beyond(kind)

    def check_each(self, dimension: str, named: Iterable[str]) -> None:
        """Raises Forbidden `beyond_scope` for a warehouse or store that the caller is not limited to."""
        allowed = self.limits(dimension)
        outside = sorted(set(named) - allowed)
        if allowed and outside:
            raise Forbidden("beyond_scope", f"You are limited to {self.told()}; this concerns {', '.join(outside)}.",
                            {f"{dimension}_id": f"one of {', '.join(sorted(allowed))}"})

    def beyond(self, what: str) -> Forbidden:
        """The refusal of what looks beyond the scope by its nature."""
        return Forbidden("beyond_scope", f"You are limited to {self.told()}; {what.replace('_', ' ')} is beyond that.")

    def told(self) -> str:
        """The scope in words, by ids."""
        parts = ((f"the {word}s {', '.join(sorted(ids))}") for word, ids in (
            ("warehouse", self.warehouse_ids), ("store", self.channel_ids)) if ids)
        return " and ".join(parts)

    def holds(self, warehouse_ids: Iterable[str], channel_ids: Iterable[str]) -> bool:
        """Whether another scope is no wider than this one: nobody gives a place they do not have."""
        return all(not mine or (theirs and theirs <= mine) for mine, theirs in (
            (self.warehouse_ids, frozenset(warehouse_ids)), (self.channel_ids, frozenset(channel_ids))))


EVERYWHERE = Scope()

"""How a domain declares a stored document: its shape, its list columns, and the questions its indexes answer.

Pure declarations: `storage` turns them into keys under the tenant's prefix, `runtime` into API routes, schemas and
list screens. A domain writes `PRODUCT = Document(kind="product", prefix="prd", model=Product, …)` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")

IndexKey = tuple[str, str]
"""(partition, sort): the partition without the tenant's prefix, such as ("ORDER#2026-11", "2026-11-03#ord_1")."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A value that only one document of the tenant may hold, and what a reader who knows the value needs at once.

    The guard is the look-up: an order line finds its variant by `Guard("sku", …)` in one read by key.
    """

    kind: str
    value: str
    data: Mapping[str, Any] = field(default_factory=dict)


def _nothing(_: Any) -> None:
    return None


def _no_guards(_: Any) -> tuple[Guard, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """`summary` gives exactly the list's columns (at most 500 bytes as JSON); an index function answers None when the
    document does not stand in that index (a shipped order is no longer due). `model` has the fields `id` and `version`;
    `expires_at` answers the instant from which it is not there any more, None for what is kept. The audit says of the fields
    `personal`, at any depth, only that they changed; of what `is_derived` (it follows from other documents, or counts how far
    some work is) it says nothing.
    """

    kind: str
    prefix: str
    model: type[T]
    summary: Callable[[T], Mapping[str, Any]]
    by_list: Callable[[T], IndexKey | None] = _nothing
    by_ref: Callable[[T], IndexKey | None] = _nothing
    by_party: Callable[[T], IndexKey | None] = _nothing
    by_due: Callable[[T], IndexKey | None] = _nothing
    guards: Callable[[T], tuple[Guard, ...]] = _no_guards
    expires_at: Callable[[T], datetime | None] = _nothing
    personal: frozenset[str] = frozenset()
    is_derived: bool = False
    schema_version: int = 1
    upcasters: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        return self.kind.upper()


def just_read(value: T, version: int) -> T:
    """A document that was read this moment, with the version it is stored at. Nobody else holds it yet, so it is no copy."""
    object.__setattr__(value, "version", version)
    return value


def at_version(value: T, version: int) -> T:
    """The same document at another version."""
    return cast(T, replace(cast(Any, value), version=version))

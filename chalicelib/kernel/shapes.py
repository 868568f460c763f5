"""How shapes are declared: one frozen dataclass is domain object, stored document, API body and schema.

`entity` tolerates unknown fields when read (a newer version may have written them); `command` refuses them, because a
misspelt field in a request is a mistake the caller wants to hear of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def entity(cls: type[T]) -> type[T]:
    """A stored document, a part of one, or an answer. Every field is written on the way out, so described as required."""
    cls.__pydantic_config__ = {"json_schema_serialization_defaults_required": True}  # type: ignore[attr-defined]
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)


@entity
class Row:
    """What every item of a list carries; each list adds its columns."""

    id: str
    kind: str
    version: int


@dataclass_transform(frozen_default=True, kw_only_default=True)
def command(cls: type[T]) -> type[T]:
    """The body of a request."""
    cls.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)

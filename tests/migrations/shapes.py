"""Every stored shape, and an example of it with every field filled: what the fixtures are made from and compared with."""

from __future__ import annotations

import importlib
import json
import pkgutil
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import chalicelib
from chalicelib.kernel import codec
from chalicelib.kernel.documents import Document

FOLDER = Path(__file__).parent / "fixtures"


def documents() -> dict[str, Document[Any]]:
    """Every document any module of the product declares, by kind."""
    found: dict[str, Document[Any]] = {}
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Document):
                found[value.kind] = value
    return dict(sorted(found.items()))


def example(shape: Any, name: str = "value") -> Any:
    """A value of the shape in which no field has its default, the same at every call."""
    if is_dataclass(shape):
        hints = typing.get_type_hints(shape)
        return shape(**{each.name: _other(example(hints[each.name], each.name), each.default) for each in fields(shape)})
    origin, inner = typing.get_origin(shape), typing.get_args(shape)
    if origin in (typing.Union, types.UnionType):
        return example(next(each for each in inner if each is not type(None)), name)
    if origin is tuple:
        return (example(inner[0], name),)
    if origin in (list, set, frozenset):
        return origin([example(inner[0], name)])
    if origin is typing.Literal:
        return inner[-1]
    if origin is not None and issubclass(origin, typing.Mapping):
        return {"key": example(inner[1], name)}
    simple = {str: f"{name} é", int: 7, Decimal: Decimal("1.25"), bool: True, Any: "anything", bytes: b"bytes",
              datetime: datetime(2026, 11, 24, 7, 30, tzinfo=UTC), date: date(2026, 11, 24)}
    return simple[shape]


def _other(value: Any, default: Any) -> Any:
    """A boolean that is true by default is false in the example; nothing else meets its default."""
    return (not value) if default is not MISSING and value is default and isinstance(value, bool) else value


def shape_of(document: Document[Any]) -> Any:
    """What is stored of a document: names, types and defaults of all its fields, at every depth; no words about them."""
    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(part) for key, part in value.items() if key not in ("description", "title", "required")
                    or not isinstance(part, str | list)}
        return [bare(part) for part in value] if isinstance(value, list) else value

    return bare(codec.adapter(document.model).json_schema(mode="serialization"))


def fixture(document: Document[Any]) -> dict[str, Any]:
    """The fixture of a document's present version."""
    return {"kind": document.kind, "v": document.schema_version, "data": json.loads(codec.store(example(document.model))),
            "shape": shape_of(document)}


def path_of(kind: str, version: int) -> Path:
    return FOLDER / kind / f"v{version}.json"

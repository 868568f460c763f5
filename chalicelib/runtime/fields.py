"""Field-level access: `access.FIELDS` applied to every body and answer by their declared shapes, in one place.

Which fields of a shape are restricted is found once from its types; a shape without any costs nothing.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Forbidden
from chalicelib.runtime.access import FIELDS

B = TypeVar("B")
EACH = "*"
Path = tuple[str, ...]


@cache
def restricted(shape: Any) -> tuple[tuple[Path, str], ...]:
    """The restricted fields within a shape: where (`*` is each member of a list or mapping), and the permission wanted."""
    return tuple(dict.fromkeys(_walk(shape, (), ())))


def _walk(shape: Any, path: Path, above: tuple[Any, ...]) -> list[tuple[Path, str]]:
    if is_dataclass(shape) and isinstance(shape, type):
        if shape in above:
            return []
        found = [((*path, *name.split(".")), permission) for name, permission in FIELDS.get(shape.__name__, {}).items()]
        hints = typing.get_type_hints(shape)
        for each in dataclass_fields(shape):
            found += _walk(hints[each.name], (*path, each.name), (*above, shape))
        return found
    origin, arguments = typing.get_origin(shape), typing.get_args(shape)
    if origin in (typing.Union, types.UnionType):
        return [row for argument in arguments for row in _walk(argument, path, above)]
    if arguments and origin is not None and origin is not typing.Literal:
        return _walk(arguments[-1] if arguments[-1] is not Ellipsis else arguments[0], (*path, EACH), above)
    return []


def _denied(ctx: Context, shape: Any) -> list[tuple[Path, str]]:
    return [(path, permission) for path, permission in restricted(shape) if not ctx.allows(permission)]


def hide(ctx: Context, shape: Any, value: Any) -> Any:
    """An answer of this shape as the caller may see it: the fields they may not see are not there."""
    denied = _denied(ctx, shape) if shape is not None else []
    if not denied or value is None:
        return value
    plain = value if isinstance(value, (dict, list)) else codec.plain(value)
    for path, _ in denied:
        plain = _without(plain, path)
    return plain


def _without(value: Any, path: Path) -> Any:
    """A copy of plain values without what stands at `path`."""
    first, *rest = path
    if value is None:
        return None
    if first == EACH:
        if isinstance(value, Mapping):
            return {name: _without(each, tuple(rest)) for name, each in value.items()}
        return [_without(each, tuple(rest)) for each in value]
    if not isinstance(value, Mapping) or first not in value:
        return value
    if not rest:
        return {name: each for name, each in value.items() if name != first}
    return {**value, first: _without(value[first], tuple(rest))}


def check(ctx: Context, body: Any) -> None:
    """Raises Forbidden `forbidden_field`, naming it, when a body says something in a field that the caller may not."""
    wrong = {".".join(path): f"needs {permission}" for path, permission in _denied(ctx, type(body))
             if len(path) == 1 and getattr(body, path[0]) != _default(body, path[0])}
    if wrong:
        raise Forbidden("forbidden_field", "You may not set every field you sent.", wrong)


def _default(body: Any, name: str) -> Any:
    return next(each.default for each in dataclass_fields(body) if each.name == name)


def keep(ctx: Context, document: Any, body: B) -> B:
    """A replacement of `document` in which the fields that the caller may not change are as they are.

    Left out or repeated they pass; anything else raises Forbidden `forbidden_field`. So a form that was filled from the
    document can be sent by whoever may change the rest of it.
    """
    for path, permission in _denied(ctx, type(body)):
        present = getattr(document, path[0])
        if getattr(body, path[0]) not in (_default(body, path[0]), present):
            raise Forbidden("forbidden_field", "You may not set every field you sent.", {path[0]: f"needs {permission}"})
        body = replace(body, **{path[0]: present})  # type: ignore[type-var]
    return body

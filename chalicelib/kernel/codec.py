"""The one place where shapes meet JSON. Strict on the way in, canonical on the way out, Decimals never floats.

`json` accepts NaN, Infinity, duplicate keys and bottomless nesting; `load_strict` does not (RFC 8259 §4, RFC 7493).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NoReturn, TypeVar

from pydantic import TypeAdapter, ValidationError

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.text import CONTROL, holds_control

T = TypeVar("T")
MAX_DEPTH = 24
MAX_DIGITS = 40
_MAY_CONTROL = re.compile(CONTROL.pattern + r"|\\(?:[bf]|u00[0189][0-9a-f]|u007f|u202[89])", re.I)
"""Sees in the raw JSON whether it is worth looking for controls in the values."""


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def adapter(shape: Any) -> TypeAdapter[Any]:
    """The compiled validator and serialiser of a shape; built once per process."""
    return _adapter(shape)


def _refuse_constant(name: str) -> NoReturn:
    raise Invalid("json_number", f"{name} is not a number in JSON.")


def _number(text: str) -> Decimal:
    if len(text) > MAX_DIGITS:
        raise Invalid("json_number", "A number has too many digits.")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Invalid("json_number", "A number is out of range.") from None
    if value and abs(value.adjusted()) > MAX_DIGITS:
        raise Invalid("json_number", "A number is out of range.")
    return value


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Invalid("json_number", "A number has too many digits.")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Invalid("json_duplicate_key", "A key stands twice in one object.")
    return result


def _check_depth(raw: str) -> None:
    depth = 0
    in_string = escaped = False
    for character in raw:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Invalid("json_depth", f"JSON may be nested at most {MAX_DEPTH} deep.")
        elif character in "]}":
            depth -= 1


def _has_control(value: Any) -> bool:
    if isinstance(value, str):
        return holds_control(value)
    if isinstance(value, dict):
        return any(_has_control(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_has_control, value))


def load_strict(raw: bytes) -> Any:
    """JSON from outside, as Python values: Decimal numbers, texts without controls. Raises Invalid, with a code for every way
    it can be bad."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("json_encoding", "The body is not UTF-8.") from None
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(text)
    try:
        value = json.loads(text, parse_float=_number, parse_int=_integer, parse_constant=_refuse_constant,
                           object_pairs_hook=_unique)
        text.encode("utf-8") if "\\u" not in text else json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except (json.JSONDecodeError, RecursionError):
        raise Invalid("json_syntax", "The body is not valid JSON.") from None
    except UnicodeEncodeError:
        raise Invalid("json_encoding", "The body holds half of a surrogate pair.") from None
    if _MAY_CONTROL.search(text) and _has_control(value):
        raise Invalid("json_control", "A text holds a control character.")
    return value


def _field_path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "body"


def parse(shape: type[T], value: Any) -> T:
    """Already loaded values as a `shape`; raises Invalid `validation` with one message per field."""
    try:
        result: T = adapter(shape).validate_python(value)
    except ValidationError as error:
        fields = {_field_path(e["loc"]): e["msg"] for e in error.errors(include_url=False, include_input=False)[:50]}
        raise Invalid("validation", "Some fields are not as they should be.", fields) from None
    return result


def decode(shape: type[T], raw: bytes) -> T:
    """A request body as a `shape`. Raises Invalid."""
    return parse(shape, load_strict(raw))


def encode(value: Any, shape: Any = None) -> str:
    """A value as API JSON: every field, Decimals as strings, instants ISO 8601 in UTC."""
    return adapter(shape or type(value)).dump_json(value).decode()


def plain(value: Any, shape: Any = None) -> Any:
    """A value as JSON-ready Python values."""
    return adapter(shape or type(value)).dump_python(value, mode="json")


def store(value: Any) -> str:
    """A document as it is stored: defaults left out, for what an order costs to write depends on its bytes."""
    return adapter(type(value)).dump_json(value, exclude_defaults=True).decode()


def restore(document: Document[T], raw: str, schema_version: int) -> T:
    """A stored document, whatever version wrote it: older versions pass through the chained upcasters, what a newer one
    added is left out (`storage.newer` keeps it)."""
    if schema_version >= document.schema_version:
        result: T = adapter(document.model).validate_json(raw)
        return result
    return restored(document, json.loads(raw), schema_version)


def restored(document: Document[T], value: Mapping[str, Any], schema_version: int) -> T:
    """What version `schema_version` stored, lifted step by step to ours. An upcaster is pure: a mapping in, a new one out."""
    for version in range(schema_version, document.schema_version):
        value = document.upcasters[version](dict(value))
    result: T = adapter(document.model).validate_python(value)
    return result


def unknown(stored: Any, known: Any) -> Any:
    """What `stored` holds and `known`, the same value with all its fields, does not: a mapping of the same shape, by field
    name or place in a list; None when there is nothing."""
    if isinstance(stored, dict) and isinstance(known, dict):
        found = {key: unknown(part, known[key]) for key, part in stored.items() if key in known}
        found = {key: {"+": part} for key, part in found.items() if part is not None}
        found.update({key: {"=": part} for key, part in stored.items() if key not in known})
        return found or None
    if isinstance(stored, list) and isinstance(known, list) and len(stored) == len(known):
        places = [(_name(was), unknown(part, was)) for part, was in zip(stored, known, strict=True)]
        return [[name, part] for name, part in places] if any(part is not None for _, part in places) else None
    return None


def _name(value: Any) -> Any:
    """What a member of a list is recognised by."""
    return next((value[key] for key in ("id", "line_id", "sku", "key") if value.get(key)), None) if isinstance(
        value, dict) else None


def with_unknown(value: Any, found: Any) -> Any:
    """`value` with what `unknown` found put back. A list's members are recognised by their id, else by their place when
    none was added or taken away."""
    if isinstance(value, dict) and isinstance(found, dict):
        result = dict(value)
        for key, part in found.items():
            if "=" in part:
                result[key] = part["="]
            elif key in result:
                result[key] = with_unknown(result[key], part["+"])
        return result
    if isinstance(value, list) and isinstance(found, list):
        named = {name: part for name, part in found if name is not None}
        return [with_unknown(member, named[_name(member)] if _name(member) in named else
                             found[place][1] if len(found) == len(value) and not named else None)
                for place, member in enumerate(value)]
    return value


def compact(value: Any) -> str:
    """Small internal JSON (summaries, guards, event data): no spaces, UTF-8, Decimals as strings."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain_default)


def _plain_default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    return plain(value)


def load(raw: str) -> Any:
    """Our own JSON back."""
    return json.loads(raw)


def fingerprint(raw: bytes) -> str:
    """A short digest of a body: tells a repeat from a reuse with other content."""
    return hashlib.sha256(raw).hexdigest()[:32]

"""Typed reading of parsed JSON, for mappings: each reader names the path of what it could not read."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.records import MappingProblem

Raw = Mapping[str, Any]
_LARGEST = Decimal(10) ** 15
_MOST_DECIMALS = 12


class Unreadable(Exception):
    """A field cannot be read; mappings turn it into a MappingProblem, so it never leaves them."""

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.path = path
        self.message = message

    def problem(self, external_id: str) -> MappingProblem:
        """The same as a value."""
        return MappingProblem(self.code, self.path, self.message, external_id)


def text(raw: Raw, key: str, path: str = "") -> str:
    """Text of `key`, trimmed; absent and null read as empty, numbers as their digits."""
    value = raw.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unreadable("text_expected", path + key, "a text was expected")
    return str(value).encode("utf-8", "replace").decode("utf-8").strip()


def plain_text(raw: Raw, key: str, path: str = "") -> str:
    """Text that shops partly store as HTML ("Bérard &amp; Cie"), with its entities resolved."""
    return html.unescape(text(raw, key, path)).strip()


def identifier(raw: Raw, key: str, path: str = "") -> str:
    """A platform's number or text identifier as text; absent, null, 0 and empty are unreadable."""
    found = text(raw, key, path)
    if found in ("", "0"):
        raise Unreadable("identifier_missing", path + key, "an identifier is missing")
    return found


def optional_identifier(raw: Raw, key: str, path: str = "") -> str | None:
    """As `identifier`, None where there is none."""
    found = text(raw, key, path)
    return None if found in ("", "0") else found


def decimal(raw: Raw, key: str, path: str = "") -> Decimal:
    """An exact number from text, int or Decimal; a float is refused, it has lost its cents already."""
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Unreadable("amount_expected", path + key, "a decimal number in text was expected")
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        raise Unreadable("amount_expected", path + key, "a decimal number was expected") from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number) >= _LARGEST or exponent < -_MOST_DECIMALS:
        raise Unreadable("amount_out_of_bounds", path + key, "the number is out of bounds")
    return number


def optional_decimal(raw: Raw, key: str, path: str = "") -> Decimal | None:
    """As `decimal`; absent, null and empty text read as None."""
    return None if raw.get(key) in (None, "") else decimal(raw, key, path)


def boolean(raw: Raw, key: str, path: str = "") -> bool:
    """True or false, nothing that merely looks like it."""
    value = raw.get(key)
    if not isinstance(value, bool):
        raise Unreadable("boolean_expected", path + key, "true or false was expected")
    return value


def utc(raw: Raw, key: str, path: str = "") -> datetime:
    """An ISO 8601 instant; one without zone is UTC, as in WooCommerce's `_gmt` fields."""
    found = optional_utc(raw, key, path)
    if found is None:
        raise Unreadable("date_expected", path + key, "a date is missing")
    return found


def optional_utc(raw: Raw, key: str, path: str = "") -> datetime | None:
    """As `utc`; absent, null and empty text read as None."""
    value = text(raw, key, path)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("date_expected", path + key, "a date was expected") from None


def mapping(raw: Raw, key: str, path: str = "") -> Raw:
    """A nested object; absent and null read as empty (PHP writes an empty one as [])."""
    value = raw.get(key)
    if value is None or value == []:
        return {}
    if not isinstance(value, Mapping):
        raise Unreadable("object_expected", path + key, "an object was expected")
    return value


def entries(raw: Raw, key: str, path: str = "") -> list[tuple[str, Raw]]:
    """Objects of a list, each with its path ("line_items[0]."); absent and null read as no entries."""
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise Unreadable("list_expected", path + key, "a list of objects was expected")
    return [(f"{path}{key}[{index}].", entry) for index, entry in enumerate(value)]

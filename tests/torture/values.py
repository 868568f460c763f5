"""Attribute values on the wire: what they may be, how large they are, how numbers are written; and boto3's errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any

from botocore.exceptions import ClientError

Wire = Mapping[str, Any]
ITEM_BYTES, TRANSACTION_BYTES, PAGE_BYTES = 409_600, 4_194_304, 1_048_576
TYPES = {"S": str, "N": str, "B": bytes, "BOOL": bool, "NULL": bool}
EXACT = Context(prec=200, Emax=MAX_EMAX, Emin=MIN_EMIN)
_CANONICAL = re.compile(r"-?(?:0|[1-9][0-9]{0,36})\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,18})?\Z")


class Unsupported(NotImplementedError):
    """The product uses something that this evaluator does not know: teach it, with a case in the differential test."""


class Refused(ValueError):
    """What DynamoDB calls a ValidationException."""


def number(text: Any) -> str:
    """A number in DynamoDB's own writing: no exponent, no trailing zeros, at most 38 digits. Raises Refused."""
    if type(text) is str and _CANONICAL.match(text) and text != "-0":
        return text
    if not isinstance(text, str) or not _NUMBER.match(text):
        raise Refused("the value cannot be converted to a numeric value")
    value = Decimal(text)
    if value == 0:
        return "0"
    sign, digits, exponent = EXACT.plus(value).normalize(EXACT).as_tuple()
    assert isinstance(exponent, int)
    if len(digits) > 38:
        raise Refused("more than 38 significant digits")
    if not -130 <= exponent + len(digits) - 1 <= 125:
        raise Refused("the magnitude of a number is out of range")
    plain = f"{EXACT.plus(value).normalize(EXACT):f}"
    return plain if not sign or plain.startswith("-") else f"-{plain}"


def size_of(item: Wire) -> int:
    """Bytes of an item by DynamoDB's published rules (numbers: base-100 digits)."""
    total = 0
    for name, value in item.items():
        (kind, content), = value.items()
        total += len(name)
        if kind == "S":
            total += len(content) if content.isascii() else len(content.encode())
        elif kind == "N":
            digits = content.lstrip("-").replace(".", "").strip("0")
            total += 1 + (len(digits) + 1) // 2 + content.startswith("-")
        else:
            total += len(content) if kind == "B" else 1
    return total


def checked(value: Any) -> Wire:
    """A value as it is stored. Raises Refused, and Unsupported for sets, lists and maps, which the product does not store."""
    if not isinstance(value, dict) or len(value) != 1:
        raise Refused("an attribute value has exactly one type")
    (kind, content), = value.items()
    if kind == "S" and type(content) is str:
        return value
    if kind == "N":
        plain = number(content)
        return value if plain == content else {"N": plain}
    if kind not in TYPES:
        if kind in ("SS", "NS", "BS", "L", "M"):
            raise Unsupported(f"values of type {kind}")
        raise Refused("an attribute value has a type that does not exist")
    if not isinstance(content, TYPES[kind]):
        raise Refused(f"a value of {kind} that is none")
    return value


def client_error(operation: str, code: str, message: str = "", status: int = 400, **more: Any) -> ClientError:
    """The exception that boto3 raises for a refusal."""
    response: Any = {"Error": {"Code": code, "Message": message or code},
                     "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(response, operation)

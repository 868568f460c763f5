"""XML written the same way every time: elements in the order given, empty ones left out, numbers as plain decimals. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, tostring

from chalicelib.kernel.money import quantum


def node(tag: str, *children: Element | None, **attributes: str) -> Element | None:
    """An element of elements; None when every one of them is missing."""
    kept = [child for child in children if child is not None]
    if not kept:
        return None
    element = Element(tag, {name: value for name, value in attributes.items() if value})
    element.extend(kept)
    return element


def leaf(tag: str, value: str | None, **attributes: str) -> Element | None:
    """An element of text; None when there is none."""
    if value is None or value == "":
        return None
    element = Element(tag, {name: text for name, text in attributes.items() if text})
    element.text = value
    return element


def root(tag: str, namespaces: Mapping[str, str], *children: Element | None) -> bytes:
    """The whole document in UTF-8, with its declaration. `namespaces` are by prefix, "" the default one."""
    element = Element(tag, {f"xmlns:{prefix}" if prefix else "xmlns": name for prefix, name in namespaces.items()})
    element.extend(child for child in children if child is not None)
    text: bytes = tostring(element, encoding="UTF-8", xml_declaration=True)
    return text


def amount(value: Decimal, currency: str) -> str:
    """An amount at its currency's exponent: 12.50, and 1250 of a currency without decimals. One with more decimals is
    written as it is: rounding is the issuer's business, and the pre-flight's to refuse."""
    rounded = value.quantize(quantum(currency))
    return format(rounded if rounded == value else value, "f")


def number(value: Decimal | None) -> str | None:
    """A quantity, rate or price without needless zeros: 4, 5.5, 8.333333."""
    return None if value is None else format(value.normalize() + 0, "f")


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def compact_date(day: date | None) -> str | None:
    """A day as UN/CEFACT format 102: 20261124."""
    return day.strftime("%Y%m%d") if day else None

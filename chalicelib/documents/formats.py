"""Numbers, amounts and days as French and English readers write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from chalicelib.kernel.money import exponent, quantum

_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NARROW = "\u202f"
_DRAWN = re.compile(
    "[\n -~\xa0-\u017e\u0218-\u021b\u0386-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u0490-\u0493\u1e80-\u1e85"
    "\u1ea0-\u1ef9\u2012-\u2016\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u202f\u2030\u2039\u203a\u20ac\u20b9\u20ba\u20bd"
    "\u2190-\u2193\u2212\u2260\u2264\u2265]")
"""What the Source Sans Pro here draws in regular, semibold and bold. PDF/A refuses a sign without a glyph."""


def drawable(text: str) -> str:
    """The text with every sign the font has: others become their base letters, else a question mark. The XML beside the
    PDF keeps the original."""
    composed = unicodedata.normalize("NFC", text)
    if all(map(_DRAWN.match, composed)):
        return composed
    return "".join(sign if _DRAWN.match(sign) else _nearest(sign) for sign in composed)


def _nearest(sign: str) -> str:
    base = "".join(part for part in unicodedata.normalize("NFKD", sign) if _DRAWN.match(part))
    return base or "?"


def number(value: Decimal, locale: str, decimals: int | None = None) -> str:
    """1 234,50 in French, 1,234.50 in English; without needless zeros unless the number of `decimals` is given."""
    if decimals is not None:
        value = value.quantize(Decimal(1).scaleb(-decimals))
    elif value == value.to_integral_value():
        value = value.quantize(Decimal(1))
    else:
        value = value.normalize()
    text = format(value, ",f")
    return text.replace(",", NARROW).replace(".", ",") if locale == "fr" else text


def amount(value: Decimal, currency: str, locale: str) -> str:
    """An amount with its currency: 1 234,50 € or €1,234.50; a currency without a sign of its own by its code."""
    text = number(abs(value), locale, exponent(currency))
    sign = "−" if value < 0 else ""
    symbol = _SYMBOLS.get(currency)
    if locale == "fr":
        return f"{sign}{text}\u00a0{symbol or currency}"
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text}\u00a0{currency}"


def price(value: Decimal, currency: str, locale: str) -> str:
    """A unit price: at least the currency's decimals, and all it has."""
    if value == value.quantize(quantum(currency)):
        return number(value, locale, exponent(currency))
    return number(value, locale)


def percent(value: Decimal, locale: str) -> str:
    """A rate: 5,5 % or 5.5 %."""
    return f"{number(value, locale)}\u00a0%"


def day(value: date, locale: str) -> str:
    """24/11/2026, or 24 Nov 2026."""
    return value.strftime("%d/%m/%Y") if locale == "fr" else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"

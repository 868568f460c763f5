"""Prices from a file: one row is one entry; the rows of a SKU together are what it shall cost in the list. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from chalicelib.kernel.errors import Invalid, Problem
from chalicelib.pricing.model import ONE, EntryBody, SkuEntries, check_entries

COLUMNS = ("sku", "price", "min_quantity", "valid_from", "valid_to")
_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def entry_of(cells: dict[str, str], numbers: dict[str, Decimal | None]) -> EntryBody:
    """One row's entry. Raises Invalid whose field is the column at fault."""
    price, quantity = numbers.get("price"), numbers.get("min_quantity")
    if price is None:
        raise Invalid("number", f"“{cells.get('price', '')[:40]}” is not a price.", {"price": "number"})
    if cells.get("min_quantity") and quantity is None:
        raise Invalid("number", f"“{cells['min_quantity'][:40]}” is not a quantity.", {"min_quantity": "number"})
    return EntryBody(price=price, min_quantity=ONE if quantity is None else quantity,
                     valid_from=_date(cells, "valid_from"), valid_to=_date(cells, "valid_to"))


def _date(cells: dict[str, str], column: str) -> date | None:
    """2026-11-24 or 24/11/2026."""
    text = cells.get(column, "")
    if not text:
        return None
    french = _FRENCH_DATE.fullmatch(text)
    try:
        if french:
            return date(int(french[3]), int(french[2]), int(french[1]))
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("date", f"“{text[:40]}” is not a date.", {column: "date"}) from None


def by_sku(rows: Sequence[tuple[int, str, EntryBody]]) -> tuple[list[SkuEntries], list[Problem]]:
    """Rows (line, SKU, entry) as what each SKU shall cost; a SKU with one impossible row is left as it is."""
    entries: dict[str, list[tuple[int, EntryBody]]] = {}
    for line, sku, entry in rows:
        entries.setdefault(sku, []).append((line, entry))
    good, problems = [], []
    for sku, found in entries.items():
        bodies = tuple(entry for _, entry in found)
        try:
            check_entries(sku, bodies, "entries")
        except Invalid as error:
            place = next(iter(error.fields)).split(".")
            line = found[int(place[1])][0] if len(place) > 1 else found[-1][0]
            problems.append(Problem(error.code, error.detail, line=line, column=place[2] if len(place) > 2 else "sku"))
        else:
            good.append(SkuEntries(sku=sku, entries=bodies))
    return good, problems

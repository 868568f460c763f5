"""Prices from a file: one row is one entry; the rows of a SKU together are what it shall cost in the list. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.catalog.tabular import Table, number, unescaped
from chalicelib.kernel.errors import Invalid, Problem
from chalicelib.pricing.model import ONE, EntryBody, SkuEntries, check_entries

COLUMNS = ("sku", "price", "min_quantity", "valid_from", "valid_to")
_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row of the file; `entry` is None where it is wrong."""

    line: int
    sku: str
    entry: EntryBody | None


def places_of(table: Table) -> dict[str, int]:
    """Which column of the file is which of ours. Raises Invalid when one is missing that must be there."""
    places = {column.casefold(): n for n, column in enumerate(table.columns) if column.casefold() in COLUMNS}
    for needed in ("sku", "price"):
        if needed not in places:
            raise Invalid("no_column", f"The file has no column {needed}.", {"text": needed})
    return places


def read_rows(table: Table) -> tuple[list[PriceRow], list[Problem]]:
    """Every row as it was understood, and what is wrong. Raises Invalid."""
    places = places_of(table)
    rows, problems = [], []
    for row in table.rows:
        cells = {name: unescaped(row.cells[n]) if n < len(row.cells) else "" for name, n in places.items()}
        try:
            if not cells["sku"]:
                raise Invalid("unknown_sku", "The row names no SKU.", {"sku": "unknown"})
            entry = entry_of(cells, {name: number(cells.get(name, "")) for name in ("price", "min_quantity")})
        except Invalid as error:
            problems.append(Problem(error.code, error.detail, line=row.line, column=next(iter(error.fields))))
            rows.append(PriceRow(row.line, cells["sku"], None))
        else:
            rows.append(PriceRow(row.line, cells["sku"], entry))
    return rows, problems


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

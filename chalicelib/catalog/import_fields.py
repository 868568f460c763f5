"""What a column of a product file can mean, and how its cells are read. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.catalog.model import TEXT_LIMITS, KitComponent, UnitConversion, check_gtin, check_sku
from chalicelib.catalog.tabular import MAX_CELL, Row, Table, number, unescaped
from chalicelib.kernel.errors import Invalid, Problem
from chalicelib.kernel.shapes import entity

AXIS = "axis:"
MAX_AXIS_VALUE = 80
_YES = {"1", "true", "yes", "oui", "vrai", "x"}
_NO = {"0", "false", "no", "non", "faux"}


@entity
class ImportRow:
    """A row understood: `values` holds the fields whose cells were filled, `axes` the axis values by axis name."""

    line: int
    sku: str
    values: Mapping[str, Any]
    axes: Mapping[str, str]


def _text(cell: str) -> str:
    return cell


def _sku(cell: str) -> str:
    return check_sku(cell)


def _gtin(cell: str) -> str:
    return check_gtin(cell)


def _decimal(cell: str) -> Decimal:
    found = number(cell.removesuffix("%"))
    if found is None:
        raise Invalid("number", f"“{cell[:40]}” is not a number.")
    return found


def _whole(cell: str) -> int:
    found = _decimal(cell)
    if found != found.to_integral_value() or not 0 <= found < 10**9:
        raise Invalid("whole_number", f"“{cell[:40]}” is not a whole number.")
    return int(found)


def _boolean(cell: str) -> bool:
    folded = cell.casefold()
    if folded not in _YES | _NO:
        raise Invalid("boolean", f"“{cell[:40]}” is neither yes nor no.")
    return folded in _YES


def _minimum(cell: str) -> Decimal:
    found = _decimal(cell)
    if found < 0:
        raise Invalid("reorder_minimum", "A reorder minimum is not negative.")
    return found


def _packs(cell: str) -> tuple[UnitConversion, ...]:
    """`CT:6:5901234123457|BX:24`: unit, base units in it, and its GTIN if it has one."""
    found = []
    for part in cell.split("|"):
        unit_code, _, rest = part.strip().partition(":")
        quantity, _, gtin = rest.partition(":")
        found.append(UnitConversion(unit_code=unit_code.strip().upper(), quantity=_decimal(quantity.strip()),
                                    gtin=check_gtin(gtin.strip())))
    return tuple(found)


def _kit(cell: str) -> tuple[KitComponent, ...]:
    """`BUCHE-6:1|SORBET:2`."""
    found = []
    for part in cell.split("|"):
        sku, _, quantity = part.strip().partition(":")
        found.append(KitComponent(sku=check_sku(sku.strip()), quantity=_decimal(quantity or "1")))
    return tuple(found)


PRODUCT_FIELDS: Mapping[str, Callable[[str], Any]] = {
    "product_name": _text, "description": _text, "brand": _text, "category": _text, "product_family": _text}
VARIANT_FIELDS: Mapping[str, Callable[[str], Any]] = {
    "gtin": _gtin, "unit_code": _text, "packs": _packs, "weight_grams": _whole, "vat_category": _text, "vat_rate": _decimal,
    "kit_components": _kit, "hs_code": _text, "country_of_origin": _text, "reorder_minimum": _minimum,
    "is_active": _boolean}
FIELDS: Mapping[str, Callable[[str], Any]] = {"sku": _sku, **PRODUCT_FIELDS, **VARIANT_FIELDS}
_ALIASES = {
    "sku": ("reference", "ref", "code", "code article", "code produit"),
    "product_name": ("name", "nom", "designation", "libelle", "produit", "product", "title", "titre"),
    "description": ("texte",), "brand": ("marque",), "category": ("categorie", "famille"),
    "product_family": ("famille comptable", "famille d’articles", "famille d'articles", "product family"),
    "gtin": ("ean", "ean13", "code barres", "code-barres", "barcode", "upc"), "unit_code": ("unite", "unit"),
    "weight_grams": ("poids", "poids (g)", "weight", "weight (g)"), "vat_category": ("categorie tva", "categorie de tva"),
    "vat_rate": ("tva", "taux tva", "taux de tva", "vat", "vat rate"), "kit_components": ("composants", "components"),
    "hs_code": ("code douanier", "hs code"), "country_of_origin": ("origine", "origin"), "is_active": ("actif", "active"),
    "packs": ("conditionnements", "colisage", "packaging", "units"),
    "reorder_minimum": ("stock minimum", "stock mini", "seuil", "minimum stock"),
}
_BY_TITLE = {title: field for field, titles in _ALIASES.items() for title in (field, *titles)}


def _folded(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def mapping_for(columns: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Column → field: what the caller said, or, when nothing was said, what the titles say. "" leaves a column out.

    Raises Invalid for a column or field that does not exist, a field given twice, or no column for the SKU.
    """
    if not given:
        found = {column: column if column.startswith(AXIS) else _BY_TITLE.get(_folded(column), "")
                 for column in columns if column}
    else:
        found = {column: field for column, field in given.items() if field}
    for column, field in found.items():
        if column not in columns:
            raise Invalid("unknown_column", f"The file has no column “{column[:60]}”.", {"mapping": "column"})
        if field and field not in FIELDS and not (field.startswith(AXIS) and field.removeprefix(AXIS).strip()):
            raise Invalid("unknown_field", f"There is no field {field[:60]}.", {"mapping": "field"})
    fields = [field for field in found.values() if field]
    axes = [field for field in fields if field.startswith(AXIS)]
    if len(axes) > 5 or any(len(axis) > 60 for axis in axes):
        raise Invalid("axes", "A product has at most five axes, with short names.", {"mapping": "axis"})
    if len(set(fields)) < len(fields):
        raise Invalid("duplicate_field", "Two columns are given the same field.", {"mapping": "field"})
    if "sku" not in fields:
        raise Invalid("no_sku_column", "One column holds the SKU.", {"mapping": "sku"})
    return found


def read_rows(table: Table, mapping: Mapping[str, str]) -> tuple[list[ImportRow], list[Problem]]:
    """The rows that can be understood, and a problem by line and column for each cell that cannot."""
    places = [(table.columns.index(column), column, field) for column, field in mapping.items() if field]
    rows: list[ImportRow] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for row in table.rows:
        found = _read_row(row, places)
        if isinstance(found, list):
            problems += found
        elif found.sku in lines:
            problems.append(Problem("duplicate_sku", f"{found.sku} stands on line {lines[found.sku]} already.",
                                    line=row.line, column=column_of(mapping, "sku")))
        else:
            lines[found.sku] = row.line
            rows.append(found)
    return rows, problems


def _read_row(row: Row, places: Sequence[tuple[int, str, str]]) -> ImportRow | list[Problem]:
    values: dict[str, Any] = {}
    axes: dict[str, str] = {}
    problems = []
    for place, column, field in places:
        cell = unescaped(row.cells[place]) if place < len(row.cells) else ""
        if not cell:
            continue
        limit = MAX_AXIS_VALUE if field.startswith(AXIS) else TEXT_LIMITS.get(field, MAX_CELL)
        if len(cell) > limit:
            problems.append(Problem("too_long", f"At most {limit} characters here.", line=row.line, column=column))
        elif field.startswith(AXIS):
            axes[field.removeprefix(AXIS).strip()] = cell
        else:
            try:
                values[field] = FIELDS[field](cell)
            except Invalid as error:
                problems.append(Problem(error.code, error.detail, line=row.line, column=column))
    if problems:
        return problems
    if "sku" not in values:
        sku_column = next(column for _, column, field in places if field == "sku")
        return [Problem("required", "Every row has a SKU.", line=row.line, column=sku_column)]
    sku = values.pop("sku")
    return ImportRow(line=row.line, sku=sku, values=values, axes=axes)


def column_of(mapping: Mapping[str, str], field: str) -> str:
    """The title of the column that holds a field; the field's own name when none does."""
    return next((column for column, each in mapping.items() if each == field), field)

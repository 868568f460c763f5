"""Products as a file: the columns an import reads, so that what was exported and not touched changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from chalicelib.catalog.import_fields import AXIS, FIELDS
from chalicelib.catalog.model import PRODUCT, VARIANT, Product, UnitConversion, Variant
from chalicelib.catalog.tabular import MAX_ROWS
from chalicelib.kernel.context import Context
from chalicelib.kernel.csv_file import delimiter_of, write
from chalicelib.kernel.errors import Invalid
from chalicelib.storage import read

_EXAMPLE = {
    "sku": "BUCHE-4", "product_name": "Bûche glacée", "brand": "Maison Givrée", "category": "Bûches",
    "product_family": "finished", "gtin": "4006381333931",
    "unit_code": "C62", "packs": "CT:6:5901234123457", "reorder_minimum": "12", "weight_grams": "440",
    "vat_category": "S", "vat_rate": "5.5", "is_active": "1",
    "country_of_origin": "FR", "hs_code": "21050000", "description": "Crème glacée au chocolat noir"}


def _number(value: Decimal, locale: str) -> str:
    text = format(value, "f")
    return text if locale == "en" else text.replace(".", ",")


def template(locale: str) -> str:
    """A file with every column and one example."""
    columns = [*FIELDS, AXIS + "Parts"]
    example = {**_EXAMPLE, "vat_rate": _number(Decimal(_EXAMPLE["vat_rate"]), locale), AXIS + "Parts": "4"}
    return write(columns, [[example.get(column, "") for column in columns]], delimiter_of(locale))


def export_variants(ctx: Context) -> str:
    """Every variant, by SKU, in the caller's notation. Raises Invalid above 10,000."""
    variants: list[Variant] = []
    for variant in read.every_document(ctx, VARIANT, "by_list", "VARIANT", limit=250, newest_first=False):
        variants.append(variant)
        if len(variants) > MAX_ROWS:
            raise Invalid("rows", f"A file holds at most {MAX_ROWS} rows.")
    return table_of(variants, read.get_many(ctx, PRODUCT, {v.product_id for v in variants}), ctx.locale)


def table_of(variants: Sequence[Variant], products: dict[str, Product], locale: str) -> str:
    """The file of these variants: one column for each axis any of their products has."""
    axes = sorted({axis for product in products.values() for axis in product.axes})
    rows = (_row(variant, products[variant.product_id], axes, locale) for variant in variants if variant.product_id in products)
    return write([*FIELDS, *(AXIS + axis for axis in axes)], rows, delimiter_of(locale))


def _pack(pack: UnitConversion, locale: str) -> str:
    return ":".join(filter(None, (pack.unit_code, _number(pack.quantity, locale), pack.gtin)))


def _row(variant: Variant, product: Product, axes: Iterable[str], locale: str) -> list[str]:
    cells = {
        "sku": variant.sku, "product_name": product.name, "description": product.description, "brand": product.brand,
        "category": product.category, "product_family": product.product_family, "gtin": variant.gtin,
        "unit_code": variant.unit_code,
        "weight_grams": str(variant.weight_grams), "vat_category": variant.vat_category,
        "vat_rate": _number(variant.vat_rate, locale), "hs_code": variant.hs_code,
        "kit_components": "|".join(f"{c.sku}:{_number(c.quantity, locale)}" for c in variant.kit_components),
        "packs": "|".join(_pack(pack, locale) for pack in variant.conversions),
        "reorder_minimum": "" if variant.reorder_minimum is None else _number(variant.reorder_minimum, locale),
        "country_of_origin": variant.country_of_origin, "is_active": "1" if variant.is_active else "0"}
    values = dict(zip(product.axes, variant.axis_values, strict=False))
    return [*(cells[field] for field in FIELDS), *(values.get(axis, "") for axis in axes)]

"""What the API says of the catalogue where it is no stored document."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.catalog.model import Product, Variant
from chalicelib.kernel.shapes import Row, entity


@entity
class ProductView(Product):
    """A product with its variants."""

    variants: tuple[Variant, ...]


@entity
class FamilyRow:
    """A family of articles that are accounted for alike; `purpose` is goods, finished or services."""

    id: str
    name: str
    name_en: str
    purpose: str


@entity
class Families:
    """The families a product may have."""

    items: tuple[FamilyRow, ...]


@entity
class ProductRow(Row):
    name: str
    brand: str
    category: str
    product_family: str
    variant_count: int
    is_active: bool
    picture: str


@entity
class VariantRow(Row):
    sku: str
    name: str
    gtin: str
    product_id: str
    vat_rate: Decimal
    is_kit: bool
    is_active: bool

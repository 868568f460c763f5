"""Shapes and pure decisions of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from stdnum import ean
from stdnum.exceptions import ValidationError

from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.tax import check_vat
from chalicelib.kernel.text import is_line

_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")
MAX_VARIANTS = 48
"""So that a new name reaches product, variants and their guards in one transaction of at most 98 writes."""
TEXT_LIMITS = {"name": 200, "product_name": 200, "description": 20_000, "brand": 100, "category": 200, "product_family": 40,
               "hs_code": 20, "country_of_origin": 2, "unit_code": 3}
"""The most characters of each text; an item of the table has a size, and a list row a smaller one."""


@entity
class Media:
    """A picture or document of a product: `key` names it in our bucket."""

    key: str
    content_type: str
    title: str = ""


@entity
class UnitConversion:
    """A pack: one `unit_code` (UN/ECE Rec 20) holds `quantity` base units; it may have a GTIN of its own."""

    unit_code: str
    quantity: Decimal
    gtin: str = ""


@entity
class KitComponent:
    """`quantity` base units of `sku` in one kit."""

    sku: str
    quantity: Decimal


@entity
class Product:
    """A sellable concept; its variants are the trade items. `axes` name what tells variants apart, e.g. ("Parts",);
    `product_family` says how its sales are accounted for (the ledger's table of accounts)."""

    id: str
    name: str
    description: str = ""
    brand: str = ""
    category: str = ""
    product_family: str = ""
    axes: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    variant_ids: tuple[str, ...] = ()
    is_active: bool = True
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0


@entity
class Variant:
    """A trade item (GS1): what is stocked, priced and ordered. Its SKU never changes. Weight is of one base unit.

    `reorder_minimum` is the quantity (base units, over all warehouses) at which stock counts as low; None never does.
    `product_name` and `product_family` are the product's, repeated here.
    """

    id: str
    product_id: str
    product_name: str
    sku: str
    axis_values: tuple[str, ...] = ()
    gtin: str = ""
    unit_code: str = "C62"
    conversions: tuple[UnitConversion, ...] = ()
    weight_grams: int = 0
    vat_category: str = "S"
    vat_rate: Decimal = Decimal("20")
    kit_components: tuple[KitComponent, ...] = ()
    hs_code: str = ""
    country_of_origin: str = ""
    reorder_minimum: Decimal | None = None
    is_active: bool = True
    created_at: datetime | None = None
    updated_at: datetime | None = None
    product_family: str = ""
    version: int = 0

    @property
    def name(self) -> str:
        """`Bûche glacée · 6`."""
        return " · ".join((self.product_name, *self.axis_values))


@command
class NewVariant:
    sku: str
    axis_values: tuple[str, ...] = ()
    gtin: str = ""
    unit_code: str = "C62"
    conversions: tuple[UnitConversion, ...] = ()
    weight_grams: int = 0
    vat_category: str = "S"
    vat_rate: Decimal = Decimal("20")
    kit_components: tuple[KitComponent, ...] = ()
    hs_code: str = ""
    country_of_origin: str = ""
    reorder_minimum: Decimal | None = None


@command
class NewProduct:
    name: str
    description: str = ""
    brand: str = ""
    category: str = ""
    product_family: str = ""
    axes: tuple[str, ...] = ()
    variants: tuple[NewVariant, ...]


@command
class MoreVariants:
    variants: tuple[NewVariant, ...]


@command
class ProductChange:
    name: str
    description: str = ""
    brand: str = ""
    category: str = ""
    product_family: str = ""
    is_active: bool = True


@command
class VariantChange:
    gtin: str = ""
    conversions: tuple[UnitConversion, ...] = ()
    weight_grams: int = 0
    vat_category: str = "S"
    vat_rate: Decimal = Decimal("20")
    kit_components: tuple[KitComponent, ...] = ()
    hs_code: str = ""
    country_of_origin: str = ""
    reorder_minimum: Decimal | None = None
    is_active: bool = True


@command
class NewMedia:
    """A picture to add: its bytes in base64; what it is, is read from them."""

    content_base64: str
    title: str = ""


@entity
class ScannedItem:
    """What a GTIN stands for: a SKU, in the base unit or as a pack of `factor` base units."""

    gtin: str
    sku: str
    name: str
    unit_code: str
    factor: Decimal
    base_unit_code: str


@command
class MediaKey:
    key: str


@entity
class SkuFacts:
    """What the guard of a SKU tells an order line at once. `packs` are its units besides the base unit."""

    sku: str
    variant_id: str
    name: str
    unit_code: str
    vat_category: str
    vat_rate: Decimal
    is_active: bool
    weight_grams: int
    kit: tuple[KitComponent, ...] = ()
    packs: tuple[UnitConversion, ...] = ()
    reorder_minimum: Decimal | None = None
    product_family: str = ""


def facts_of(sku: str, data: Mapping[str, Any]) -> SkuFacts:
    """The facts a SKU guard carries."""
    kit = tuple(KitComponent(sku=part, quantity=Decimal(quantity)) for part, quantity in data.get("kit", ()))
    packs = tuple(UnitConversion(unit_code=unit, quantity=Decimal(quantity)) for unit, quantity in data.get("packs", ()))
    return SkuFacts(sku=sku, variant_id=data["id"], name=data["name"], unit_code=data["unit"],
                    vat_category=data["vat"][0], vat_rate=Decimal(data["vat"][1]), is_active=data["active"],
                    weight_grams=data["grams"], kit=kit, packs=packs,
                    reorder_minimum=Decimal(data["low"]) if "low" in data else None,
                    product_family=data.get("family", ""))


def variant_guards(variant: Variant) -> tuple[Guard, ...]:
    """The SKU and every GTIN, each held by one variant of the tenant."""
    facts = {"name": variant.name, "unit": variant.unit_code, "vat": [variant.vat_category, str(variant.vat_rate)],
             "active": variant.is_active, "grams": variant.weight_grams,
             **({"kit": [[c.sku, str(c.quantity)] for c in variant.kit_components]} if variant.kit_components else {}),
             **({"packs": [[c.unit_code, str(c.quantity)] for c in variant.conversions]} if variant.conversions else {}),
             **({"low": str(variant.reorder_minimum)} if variant.reorder_minimum is not None else {}),
             **({"family": variant.product_family} if variant.product_family else {})}
    packs = {c.gtin: {"sku": variant.sku, "unit": c.unit_code} for c in variant.conversions if c.gtin}
    own = {variant.gtin: {"sku": variant.sku}} if variant.gtin else {}
    return (Guard("sku", variant.sku, facts), *(Guard("gtin", gtin, data) for gtin, data in (packs | own).items()))


def gtins_of(variant: Variant) -> frozenset[str]:
    """Every GTIN the variant holds: its own and its packs'."""
    return frozenset(filter(None, (variant.gtin, *(c.gtin for c in variant.conversions))))


PRODUCT = Document(
    kind="product", prefix="prd", model=Product,
    summary=lambda p: {"name": p.name[:80], "brand": p.brand[:30], "category": p.category[:40],
                       "product_family": p.product_family,
                       "variant_count": len(p.variant_ids), "is_active": p.is_active,
                       "picture": p.media[0].key if p.media else ""},
    by_list=lambda p: ("PRODUCT", f"{p.name.lower()[:60]}#{p.id}"))

VARIANT = Document(
    kind="variant", prefix="var", model=Variant,
    summary=lambda v: {"sku": v.sku, "name": v.name[:80], "gtin": v.gtin, "product_id": v.product_id,
                       "vat_rate": str(v.vat_rate), "is_kit": bool(v.kit_components), "is_active": v.is_active},
    by_list=lambda v: ("VARIANT", f"{v.sku}#{v.id}"),
    by_ref=lambda v: (f"VARIANTS_OF#{v.product_id}", v.sku),
    guards=variant_guards)


def check_texts(value: object, path: str = "") -> None:
    """Raises Invalid for a text of a product or variant that is longer than its limit."""
    for name, limit in TEXT_LIMITS.items():
        if len(getattr(value, name, "")) > limit:
            raise Invalid("too_long", f"{name} has at most {limit} characters.", {path + name: "too long"})
        if name != "description" and not is_line(getattr(value, name, "")):
            raise Invalid("not_a_line", f"{name} is one line.", {path + name: "one line"})


def check_product(product: Product) -> Product:
    """The product with its texts checked. Raises Invalid."""
    if not product.name.strip():
        raise Invalid("name", "A product has a name.", {"name": "required"})
    check_texts(product)
    if len(product.axes) > 5 or any(len(axis) > 60 for axis in product.axes):
        raise Invalid("axes", "A product has at most five axes, with names of at most 60 characters.", {"axes": "too many"})
    return product


def check_gtin(gtin: str, path: str = "gtin") -> str:
    """The GTIN without blanks; raises Invalid when length or check digit (GS1 General Specifications 7.9) is wrong."""
    if not gtin:
        return ""
    try:
        return str(ean.validate(gtin))
    except ValidationError:
        raise Invalid("gtin", f"{gtin} is not a GTIN: wrong length or check digit.", {path: "check digit"}) from None


def check_sku(sku: str, path: str = "sku") -> str:
    """The SKU; raises Invalid unless it is 1 to 40 letters, digits and . _ / - ."""
    if not _SKU.fullmatch(sku):
        raise Invalid("sku", "A SKU has 1 to 40 letters, digits and . _ / - and begins with a letter or digit.",
                      {path: "letters, digits, . _ / -"})
    return sku


def check_variant(variant: Variant) -> Variant:
    """The variant with its identifiers checked. Raises Invalid."""
    check_sku(variant.sku)
    check_texts(variant)
    if any(len(value) > 80 for value in variant.axis_values):
        raise Invalid("axes", "An axis value has at most 80 characters.", {"axis_values": "too long"})
    check_vat(variant.vat_category, variant.vat_rate)
    if not _UNIT.fullmatch(variant.unit_code):
        raise Invalid("unit_code", "Units are codes of UN/ECE Recommendation 20, such as C62 or KGM.", {"unit_code": "code"})
    if variant.weight_grams < 0:
        raise Invalid("weight", "A weight is not negative.", {"weight_grams": "0 or more"})
    if len(variant.conversions) > 10 or len(variant.kit_components) > 50:
        raise Invalid("too_many", "A variant has at most 10 packs and 50 components.", {"kit_components": "too many"})
    codes = [variant.unit_code, *(c.unit_code for c in variant.conversions)]
    held = [gtin for gtin in (variant.gtin, *(c.gtin for c in variant.conversions)) if gtin]
    if len(set(codes)) < len(codes) or len(set(held)) < len(held):
        raise Invalid("conversion", "Each unit stands once, with a GTIN of its own.", {"conversions.0": "twice"})
    if variant.reorder_minimum is not None and not 0 <= variant.reorder_minimum <= 10**9:
        raise Invalid("reorder_minimum", "A reorder minimum is not negative.", {"reorder_minimum": "0 or more"})
    for n, conversion in enumerate(variant.conversions):
        if conversion.quantity <= 0 or not _UNIT.fullmatch(conversion.unit_code):
            raise Invalid("conversion", "A pack has a unit code and holds more than nothing.", {f"conversions.{n}": "pack"})
        check_gtin(conversion.gtin, f"conversions.{n}.gtin")
    if any(c.quantity <= 0 or c.sku == variant.sku for c in variant.kit_components) or len(
            {c.sku for c in variant.kit_components}) < len(variant.kit_components):
        raise Invalid("kit", "A kit names each component once, with a quantity above 0, and not itself.",
                      {"kit_components": "components"})
    check_gtin(variant.gtin)
    return variant

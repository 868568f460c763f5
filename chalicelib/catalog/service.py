"""Use cases of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.catalog.model import (
    MAX_VARIANTS,
    PRODUCT,
    VARIANT,
    NewProduct,
    NewVariant,
    Product,
    ProductChange,
    SkuFacts,
    Variant,
    VariantChange,
    check_gtin,
    check_variant,
    facts_of,
)
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.storage import keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction


def sku_key(ctx: Context, sku: str) -> Key:
    """Where a SKU's facts stand, for a caller that reads them with other keys in one round trip."""
    return keys.guard(ctx, "sku", sku)


def facts(sku: str, stored: Item) -> SkuFacts:
    """The facts in the item at `sku_key`."""
    return facts_of(sku, codec.load(stored.data))


def find_skus(ctx: Context, skus: Iterable[str]) -> dict[str, SkuFacts]:
    """What is known of these SKUs; the unknown ones are missing. One consistent round trip."""
    return {sku: facts_of(sku, data) for sku, data in read.guards(ctx, "sku", skus).items()}


def sku_of_gtin(ctx: Context, gtin: str) -> str | None:
    """The SKU a scanned GTIN belongs to."""
    found = read.guards(ctx, "gtin", [gtin]).get(gtin)
    return None if found is None else str(found["sku"])


def create_product(ctx: Context, body: NewProduct) -> Product:
    """A product with its variants, in one transaction. Raises Invalid, and Conflict for a SKU or GTIN already used."""
    if not body.name.strip():
        raise Invalid("name", "A product has a name.", {"name": "required"})
    if not 1 <= len(body.variants) <= MAX_VARIANTS:
        raise Invalid("variants", f"A product has 1 to {MAX_VARIANTS} variants.", {"variants": "count"})
    if any(len(v.axis_values) != len(body.axes) for v in body.variants):
        raise Invalid("axes", "Each variant has one value for each axis.", {"variants": "axis_values"})
    if len({v.axis_values for v in body.variants}) < len(body.variants):
        raise Invalid("axes", "Two variants have the same axis values.", {"variants": "axis_values"})
    product = Product(id=ctx.new_id("prd"), name=body.name.strip(), description=body.description, brand=body.brand,
                      category=body.category, axes=body.axes, created_at=ctx.now, updated_at=ctx.now)
    variants = [_variant(ctx, product, each) for each in body.variants]
    _check_components(ctx, variants)
    product = replace(product, variant_ids=tuple(v.id for v in variants))
    transaction = Transaction(ctx)
    product = transaction.create(PRODUCT, product)
    transaction.emit("ProductCreated", "product", product.id, 1, {"name": product.name})
    for variant in variants:
        transaction.create(VARIANT, variant)
        transaction.emit("VariantCreated", "variant", variant.id, 1, _kit_data(variant))
    transaction.answers(201, "product", product.id, 1)
    transaction.commit()
    return product


def _variant(ctx: Context, product: Product, body: NewVariant) -> Variant:
    return check_variant(Variant(
        id=ctx.new_id("var"), product_id=product.id, product_name=product.name, sku=body.sku, axis_values=body.axis_values,
        gtin=check_gtin(body.gtin), unit_code=body.unit_code, conversions=body.conversions, weight_grams=body.weight_grams,
        vat_category=body.vat_category, vat_rate=body.vat_rate, kit_components=body.kit_components, hs_code=body.hs_code,
        country_of_origin=body.country_of_origin, created_at=ctx.now, updated_at=ctx.now))


def _check_components(ctx: Context, variants: list[Variant]) -> None:
    """A kit is made of known SKUs that are no kits themselves."""
    wanted = {c.sku for v in variants for c in v.kit_components}
    if not wanted:
        return
    known = find_skus(ctx, wanted)
    for sku in sorted(wanted):
        if sku not in known:
            raise Invalid("unknown_sku", f"There is no SKU {sku}.", {"kit_components": sku})
        if known[sku].kit:
            raise Invalid("kit_of_kits", f"{sku} is a kit itself.", {"kit_components": sku})


def _kit_data(variant: Variant) -> dict[str, Any]:
    return {"sku": variant.sku, **({"kit": [[c.sku, str(c.quantity)] for c in variant.kit_components]}
                                   if variant.kit_components else {})}


def update_product(ctx: Context, product: Product, body: ProductChange) -> Product:
    """Changes a product; a new name reaches its variants in the same transaction."""
    if not body.name.strip():
        raise Invalid("name", "A product has a name.", {"name": "required"})
    transaction = Transaction(ctx)
    changed = transaction.save(PRODUCT, product, replace(
        product, name=body.name.strip(), description=body.description, brand=body.brand, category=body.category,
        is_active=body.is_active, updated_at=ctx.now))
    if changed.name != product.name:
        for variant in read.get_many(ctx, VARIANT, product.variant_ids).values():
            transaction.save(VARIANT, variant, replace(variant, product_name=changed.name))
    transaction.emit("ProductUpdated", "product", product.id, changed.version, {"name": changed.name})
    transaction.answers(200, "product", product.id, changed.version)
    transaction.commit()
    return changed


def update_variant(ctx: Context, variant: Variant, body: VariantChange) -> Variant:
    """Changes a variant; its SKU and its axis values stay."""
    new = check_variant(replace(
        variant, gtin=check_gtin(body.gtin), conversions=body.conversions, weight_grams=body.weight_grams,
        vat_category=body.vat_category, vat_rate=body.vat_rate, kit_components=body.kit_components, hs_code=body.hs_code,
        country_of_origin=body.country_of_origin, is_active=body.is_active, updated_at=ctx.now))
    _check_components(ctx, [new])
    transaction = Transaction(ctx)
    changed = transaction.save(VARIANT, variant, new)
    transaction.emit("VariantUpdated", "variant", variant.id, changed.version, _kit_data(changed))
    transaction.answers(200, "variant", variant.id, changed.version)
    transaction.commit()
    return changed


def variants_of(ctx: Context, product: Product) -> list[Variant]:
    """The product's variants in their order."""
    found: Mapping[str, Variant] = read.get_many(ctx, VARIANT, product.variant_ids)
    return [found[i] for i in product.variant_ids if i in found]

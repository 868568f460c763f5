"""Use cases of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar, cast

from chalicelib.activity import service as activity
from chalicelib.catalog import media
from chalicelib.catalog.model import (
    MAX_VARIANTS,
    PRODUCT,
    VARIANT,
    Media,
    MediaKey,
    MoreVariants,
    NewMedia,
    NewProduct,
    NewVariant,
    Product,
    ProductChange,
    ScannedItem,
    SkuFacts,
    Variant,
    VariantChange,
    check_gtin,
    check_product,
    check_variant,
    facts_of,
)
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.ledger import determining
from chalicelib.storage import blobs, keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.selling import entitlements

L = TypeVar("L")


def sku_key(ctx: Context, sku: str) -> Key:
    """Where a SKU's facts stand, for a caller that reads them with other keys in one round trip."""
    return keys.guard(ctx, "sku", sku)


def facts(sku: str, stored: Item) -> SkuFacts:
    """The facts in the item at `sku_key`."""
    return facts_of(sku, codec.load(stored.data))


def find_skus(ctx: Context, skus: Iterable[str], *, consistent: bool = True) -> dict[str, SkuFacts]:
    """What is known of these SKUs; the unknown ones are missing. One round trip; a moment old if not `consistent`."""
    return {sku: facts_of(sku, data) for sku, data in read.guards(ctx, "sku", skus, consistent=consistent).items()}


def sku_of_gtin(ctx: Context, gtin: str) -> str | None:
    """The SKU a scanned GTIN belongs to."""
    found = read.guards(ctx, "gtin", [gtin]).get(gtin)
    return None if found is None else str(found["sku"])


def scanned(ctx: Context, gtin: str) -> ScannedItem:
    """What was scanned: the SKU, and the unit when the GTIN is a pack's. Raises NotFound."""
    held = read.guards(ctx, "gtin", [gtin]).get(gtin)
    known = None if held is None else find_skus(ctx, [str(held["sku"])]).get(str(held["sku"]))
    if held is None or known is None:
        raise NotFound("gtin")
    unit = str(held.get("unit") or known.unit_code)
    factor = next((pack.quantity for pack in known.packs if pack.unit_code == unit), Decimal(1))
    return ScannedItem(gtin=gtin, sku=known.sku, name=known.name, unit_code=unit, factor=factor,
                       base_unit_code=known.unit_code)


def named(ctx: Context, lines: Sequence[L]) -> tuple[L, ...]:
    """Lines of a request with the SKU and unit behind each GTIN that stands for them; one read, none without GTINs.

    A line has the fields `sku`, `gtin` and `unit_code`. Raises Invalid for an unknown GTIN and a line with neither.
    """
    rows = cast(Sequence[Any], lines)
    wanted = [line.gtin for line in rows if line.gtin]
    held = read.guards(ctx, "gtin", wanted) if wanted else {}
    unknown = {f"lines.{n}.gtin": "unknown" for n, line in enumerate(rows) if line.gtin and line.gtin not in held}
    if unknown:
        raise Invalid("unknown_gtin", "No article has this GTIN.", unknown)
    missing = {f"lines.{n}.sku": "required" for n, line in enumerate(rows) if not line.gtin and not line.sku}
    if missing:
        raise Invalid("sku", "Each line names a SKU or a GTIN.", missing)
    return tuple(_named(line, held[line.gtin], n) if line.gtin else line for n, line in enumerate(rows))


def _named(line: Any, held: Mapping[str, Any], n: int) -> Any:
    if line.sku and line.sku != held["sku"]:
        raise Invalid("gtin", f"This GTIN is that of {held['sku']}.", {f"lines.{n}.gtin": f"of {held['sku']}"})
    return replace(line, sku=str(held["sku"]), gtin="", unit_code=line.unit_code or str(held.get("unit", "")))


def search_variants(ctx: Context, words: str, limit: int) -> list[str]:
    """Ids of variants found by words of their name, their SKU or their GTIN, best first."""
    return [str(hit["id"]) for hit in activity.search(ctx, words, limit, (VARIANT.kind,))]


def search_products(ctx: Context, words: str, limit: int) -> list[str]:
    """Ids of products found by their own words or those of a variant, best first."""
    hits = activity.search(ctx, words, limit * 3, (PRODUCT.kind, VARIANT.kind))
    variants = read.get_many(ctx, VARIANT, [str(hit["id"]) for hit in hits if hit["kind"] == VARIANT.kind])
    own = [str(hit["id"]) for hit in hits if hit["kind"] == PRODUCT.kind]
    return list(dict.fromkeys([*own, *(variant.product_id for variant in variants.values())]))[:limit]


def create_product(ctx: Context, body: NewProduct) -> Product:
    """A product with its variants, in one transaction. Raises Invalid, and Conflict for a SKU or GTIN already used."""
    _check_axes(body.axes, [], body.variants)
    determining.check_families(ctx, [body.product_family])
    product = check_product(Product(
        id=ctx.new_id("prd"), name=body.name.strip(), description=body.description, brand=body.brand,
        category=body.category, product_family=body.product_family, axes=body.axes, created_at=ctx.now, updated_at=ctx.now))
    variants = [_variant(ctx, product, each) for each in body.variants]
    check_components(ctx, variants)
    product = replace(product, variant_ids=tuple(v.id for v in variants))
    transaction = Transaction(ctx)
    product = transaction.create(PRODUCT, product)
    transaction.emit("ProductCreated", "product", product.id, 1, {"name": product.name})
    for variant in variants:
        create_variant(transaction, variant)
    transaction.answers(201, "product", product.id, 1)
    transaction.commit()
    return product


def create_variant(transaction: Transaction, variant: Variant) -> None:
    """A checked variant with its guards and its event, in the caller's transaction."""
    transaction.create(VARIANT, variant)
    transaction.emit("VariantCreated", "variant", variant.id, 1, _kit_data(variant))


def save_variant(transaction: Transaction, old: Variant, new: Variant) -> Variant:
    """A changed variant with its guards and its event, in the caller's transaction."""
    changed = transaction.save(VARIANT, old, new)
    transaction.emit("VariantUpdated", "variant", old.id, changed.version, _kit_data(changed))
    return changed


def _check_axes(axes: tuple[str, ...], existing: list[Variant], added: tuple[NewVariant, ...]) -> None:
    """One value per axis, no combination twice, not too many."""
    if not added or len(existing) + len(added) > MAX_VARIANTS:
        raise Invalid("variants", f"A product has 1 to {MAX_VARIANTS} variants.", {"variants": "count"})
    if len(set(axes)) < len(axes) or any(not axis.strip() for axis in axes):
        raise Invalid("axes", "Each axis has a name of its own.", {"axes": "names"})
    if any(len(v.axis_values) != len(axes) or not all(value.strip() for value in v.axis_values) for v in added):
        raise Invalid("axes", "Each variant has one value for each axis.", {"variants": "axis_values"})
    combinations = [v.axis_values for v in existing] + [v.axis_values for v in added]
    if len(set(combinations)) < len(combinations):
        raise Invalid("axes", "Two variants have the same axis values.", {"variants": "axis_values"})


def add_variants(ctx: Context, product: Product, body: MoreVariants) -> Product:
    """More variants for a product. Raises Invalid, Conflict, Stale."""
    _check_axes(product.axes, variants_of(ctx, product), body.variants)
    variants = [_variant(ctx, product, each) for each in body.variants]
    check_components(ctx, variants)
    transaction = Transaction(ctx)
    for variant in variants:
        create_variant(transaction, variant)
    return _save_product(transaction, product, replace(
        product, variant_ids=(*product.variant_ids, *(v.id for v in variants)), updated_at=ctx.now))


def _save_product(transaction: Transaction, old: Product, new: Product) -> Product:
    changed = transaction.save(PRODUCT, old, new)
    transaction.emit("ProductUpdated", "product", old.id, changed.version, {"name": changed.name})
    transaction.answers(200, "product", old.id, changed.version)
    transaction.commit()
    return changed


def add_media(ctx: Context, product: Product, body: NewMedia) -> Product:
    """A picture for a product; its key follows from its bytes, so one that is there already changes nothing. Raises
    Invalid, Forbidden `plan_limit_storage`."""
    content = media.decode(body.content_base64)
    content_type = media.content_type(content)
    key = f"{codec.fingerprint(content)}.{media.EXTENSIONS[content_type]}"
    if key in [each.key for each in product.media]:
        transaction = Transaction(ctx)
        transaction.answers(200, "product", product.id, product.version)
        transaction.commit()
        return product
    if len(product.media) >= media.MAX_MEDIA:
        raise Invalid("media", f"A product has at most {media.MAX_MEDIA} pictures.", {"media": "count"})
    transaction = Transaction(ctx)
    entitlements.require_storage(transaction, len(content))
    blobs.put(ctx, f"media/{key}", content, content_type)
    added = Media(key=key, content_type=content_type, title=body.title[:200])
    return _save_product(transaction, product, replace(product, media=(*product.media, added), updated_at=ctx.now))


def remove_media(ctx: Context, product: Product, body: MediaKey) -> Product:
    """Takes a picture from a product. The file stays: another product may show it. Raises NotFound."""
    left = tuple(each for each in product.media if each.key != body.key)
    if len(left) == len(product.media):
        raise NotFound("picture")
    return _save_product(Transaction(ctx), product, replace(product, media=left, updated_at=ctx.now))


def _variant(ctx: Context, product: Product, body: NewVariant) -> Variant:
    return check_variant(Variant(
        id=ctx.new_id("var"), product_id=product.id, product_name=product.name, product_family=product.product_family,
        sku=body.sku, axis_values=body.axis_values,
        gtin=check_gtin(body.gtin), unit_code=body.unit_code, conversions=body.conversions, weight_grams=body.weight_grams,
        vat_category=body.vat_category, vat_rate=body.vat_rate, kit_components=body.kit_components, hs_code=body.hs_code,
        country_of_origin=body.country_of_origin, reorder_minimum=body.reorder_minimum, created_at=ctx.now,
        updated_at=ctx.now))


def check_components(ctx: Context, variants: list[Variant]) -> None:
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
    """Changes a product; a new name or family reaches its variants in the same transaction. Raises Invalid, Stale."""
    transaction = Transaction(ctx)
    new = check_product(replace(
        product, name=body.name.strip(), description=body.description, brand=body.brand, category=body.category,
        product_family=body.product_family, is_active=body.is_active, updated_at=ctx.now))
    if new.product_family != product.product_family:
        determining.check_families(ctx, [new.product_family])
    if (new.name, new.product_family) != (product.name, product.product_family):
        for variant in variants_of(ctx, product):
            save_variant(transaction, variant, replace(variant, product_name=new.name, product_family=new.product_family,
                                                       updated_at=ctx.now))
    return _save_product(transaction, product, new)


def update_variant(ctx: Context, variant: Variant, body: VariantChange) -> Variant:
    """Changes a variant; its SKU and its axis values stay."""
    new = check_variant(replace(
        variant, gtin=check_gtin(body.gtin), conversions=body.conversions, weight_grams=body.weight_grams,
        vat_category=body.vat_category, vat_rate=body.vat_rate, kit_components=body.kit_components, hs_code=body.hs_code,
        country_of_origin=body.country_of_origin, reorder_minimum=body.reorder_minimum, is_active=body.is_active,
        updated_at=ctx.now))
    check_components(ctx, [new])
    transaction = Transaction(ctx)
    changed = save_variant(transaction, variant, new)
    transaction.answers(200, "variant", variant.id, changed.version)
    transaction.commit()
    return changed


def variants_of(ctx: Context, product: Product) -> list[Variant]:
    """The product's variants in their order."""
    found: Mapping[str, Variant] = read.get_many(ctx, VARIANT, product.variant_ids)
    return [found[i] for i in product.variant_ids if i in found]


def remove_product(ctx: Context, product: Product) -> None:
    """Takes a product with its variants away that no document is about; whoever asks has made sure of that. Raises Stale."""
    transaction = Transaction(ctx)
    transaction.remove(PRODUCT, product)
    transaction.emit("ProductRemoved", "product", product.id, product.version, {"name": product.name})
    for variant in variants_of(ctx, product):
        transaction.remove(VARIANT, variant)
        transaction.emit("VariantRemoved", "variant", variant.id, variant.version, {"sku": variant.sku})
    transaction.commit()

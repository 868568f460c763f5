"""The catalogue's endpoints."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.catalog import exporting, importing, service
from chalicelib.catalog.answers import Families, FamilyRow, ProductRow, ProductView, VariantRow
from chalicelib.catalog.importing import ImportBody
from chalicelib.catalog.media import SVG, TYPES
from chalicelib.catalog.model import (
    PRODUCT,
    VARIANT,
    MediaKey,
    MoreVariants,
    NewMedia,
    NewProduct,
    Product,
    ProductChange,
    ScannedItem,
    SkuFacts,
    VariantChange,
)
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound
from chalicelib.ledger import determining
from chalicelib.runtime import jobs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.runtime.jobs import JobView
from chalicelib.runtime.resources import Action, Listing, Resource, mount
from chalicelib.storage import blobs

api = Api("catalog")
CSV = "text/csv"
_MEDIA_HEADERS = {
    "Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"}
_MEDIA_KEY = re.compile(r"[0-9a-f]{32}\.(svg|png|jpg|webp)")


def _with_variants(ctx: Context, product: Product) -> dict[str, Any]:
    shown: dict[str, Any] = codec.plain(product)
    shown["variants"] = [codec.plain(variant) for variant in service.variants_of(ctx, product)]
    return shown


mount(api, Resource(
    document=PRODUCT, path="/products", read="catalog.read", write="catalog.write",
    listings={"": Listing("by_list", "PRODUCT", newest_first=False)},
    filters=("is_active", "category", "brand", "product_family"),
    search=service.search_products,
    create=service.create_product, create_body=NewProduct, update=service.update_product, update_body=ProductChange,
    actions={"add_variants": Action(service.add_variants, MoreVariants), "add_media": Action(service.add_media, NewMedia),
             "remove_media": Action(service.remove_media, MediaKey)},
    present=_with_variants, shape=ProductView, row=ProductRow))
mount(api, Resource(
    document=VARIANT, path="/variants", read="catalog.read", write="catalog.write",
    listings={"": Listing("by_list", "VARIANT", newest_first=False)}, filters=("is_active", "is_kit"),
    search=service.search_variants,
    lookups={"product_id": Listing("by_ref", "VARIANTS_OF#{}", newest_first=False)},
    update=service.update_variant, update_body=VariantChange, row=VariantRow))


@api.get("/gtins/{gtin}", permission="catalog.read", answer=ScannedItem)
def read_gtin(ctx: Context, request: Request[Any], gtin: str) -> Answer:
    """What a scanned GTIN stands for: a SKU, and the unit when it is a pack's."""
    return Answer(service.scanned(ctx, gtin))


@api.get("/skus/{sku}", permission="catalog.read", answer=SkuFacts)
def read_sku(ctx: Context, request: Request[Any], sku: str) -> Answer:
    """What a SKU is: its name, its units, its VAT."""
    found = service.find_skus(ctx, [sku]).get(sku)
    if found is None:
        raise NotFound("sku")
    return Answer(found)


@api.get("/product-families", permission="catalog.read", answer=Families)
def list_product_families(ctx: Context, request: Request[Any]) -> Answer:
    """The families a product may have; the ledger's table of accounts names them."""
    return Answer(Families(items=tuple(FamilyRow(id=each.code, name=each.name, name_en=each.name_en, purpose=each.purpose)
                                       for each in determining.table(ctx).families)))


@api.get("/media/{key}", permission="catalog.read", produces="image/*", others={304: None})
def read_media(ctx: Context, request: Request[Any], key: str) -> Answer:
    """A picture, under a policy that runs nothing. Its key is the digest of its bytes, so a browser keeps it a day."""
    if not _MEDIA_KEY.fullmatch(key):
        raise NotFound("picture")
    headers = {**_MEDIA_HEADERS, "ETag": f'"{key}"'}
    if request.headers.get("if-none-match", "").removeprefix("W/") == headers["ETag"]:
        return Answer("", 304, headers, content_type="text/plain")
    content, content_type = blobs.get(ctx, f"media/{key}"), TYPES[key.rpartition(".")[2]]
    return Answer(content.decode("utf-8", "replace") if content_type == SVG else content, 200, headers,
                  content_type=content_type)


IMPORTS = jobs.collection(importing.KIND, "/imports", "catalog.read", "catalog.write")
jobs.offer(api, IMPORTS)


@api.post("/imports", permission="catalog.write", body=ImportBody, answer=JobView, status=202, max_body=5_900_000)
def import_products(ctx: Context, request: Request[ImportBody]) -> Answer:
    """Create and change products from a CSV file, as a job; with dry_run, only say what would happen."""
    return jobs.accepted(ctx, IMPORTS, importing.start(ctx, request.body))


@api.get("/imports/template", permission="catalog.read", produces=CSV)
def import_template(ctx: Context, request: Request[Any]) -> Answer:
    """A CSV file with every column an import knows, and one product."""
    return _file(exporting.template(ctx.locale), "template.csv")


@api.get("/exports/variants", permission="catalog.read", stays_open=True, produces=CSV)
def export_variants(ctx: Context, request: Request[Any]) -> Answer:
    """Every variant with its product, as the CSV file an import reads."""
    return _file(exporting.export_variants(ctx), "products.csv")


def _file(text: str, name: str) -> Answer:
    return Answer(text, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, content_type=f"{CSV}; charset=utf-8")

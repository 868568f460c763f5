"""The catalogue's endpoints."""

from __future__ import annotations

from typing import Any

from chalicelib.catalog import service
from chalicelib.catalog.model import PRODUCT, VARIANT, NewProduct, Product, ProductChange, VariantChange
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.runtime.resources import Listing, Resource, mount

api = Api("catalog")


def _with_variants(ctx: Context, product: Product) -> dict[str, Any]:
    shown: dict[str, Any] = codec.plain(product)
    shown["variants"] = [codec.plain(variant) for variant in service.variants_of(ctx, product)]
    return shown


mount(api, Resource(
    document=PRODUCT, path="/products", read="catalog.read", write="catalog.write",
    listings={"": Listing("by_list", "PRODUCT", newest_first=False)}, filters=("is_active", "category", "brand"),
    create=service.create_product, create_body=NewProduct, update=service.update_product, update_body=ProductChange,
    present=_with_variants))
mount(api, Resource(
    document=VARIANT, path="/variants", read="catalog.read", write="catalog.write",
    listings={"": Listing("by_list", "VARIANT", newest_first=False)}, filters=("is_active", "is_kit", "product_id"),
    update=service.update_variant, update_body=VariantChange))


@api.get("/gtins/{gtin}", permission="catalog.read")
def read_gtin(ctx: Context, request: Request[Any], gtin: str) -> Answer:
    """The SKU a scanned GTIN belongs to."""
    sku = service.sku_of_gtin(ctx, gtin)
    if sku is None:
        raise NotFound("gtin")
    return Answer({"gtin": gtin, "sku": sku})

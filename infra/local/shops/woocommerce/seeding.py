"""Fills a new shop with the products of its configuration; an existing one is left as it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from infra.local.shops.woocommerce import catalogue
from infra.local.shops.woocommerce.config import ShopProduct, ShopVariation
from infra.local.shops.woocommerce.core import Core


def seed_products(core: Core) -> None:
    """Create the configured products whose SKU the shop does not have yet, each with its variations."""
    known = {each["sku"] for each in core.state.all("product")}
    with core.state.change():
        for product in core.config.products:
            if product.sku not in known:
                _seed(core, product)


def _seed(core: Core, product: ShopProduct) -> None:
    fields: dict[str, Any] = {
        "name": product.name_fr,
        "sku": product.sku,
        "type": "variable" if product.variations else "simple",
        "tax_class": product.tax_class,
        "description": f"<p>{product.text_fr}</p>" if product.text_fr else "",
        "short_description": product.text_fr,
        "weight": product.weight,
        "global_unique_id": product.gtin,
        "backorders": product.backorders,
        "attributes": _axes(product.variations),
    }
    if not product.variations:
        fields |= {"regular_price": f"{product.price:.2f}", "manage_stock": product.stock is not None}
    if product.stock is not None and not product.variations:
        fields["stock_quantity"] = product.stock
    created = catalogue.create_product(core, fields)
    created |= {"picture": asdict(product.picture), "name_en": product.name_en, "text_en": product.text_en}
    created["category"] = product.category
    core.state.put("product", created)
    for variation in product.variations:
        catalogue.create_variation(core, created["id"], _variation_fields(variation, product.backorders))


def _axes(variations: tuple[ShopVariation, ...]) -> list[dict[str, Any]]:
    axes: dict[str, dict[str, None]] = {}
    for variation in variations:
        for name, option in variation.options:
            axes.setdefault(name, {})[option] = None
    return [{"name": name, "visible": True, "variation": True, "options": list(found)} for name, found in axes.items()]


def _variation_fields(variation: ShopVariation, backorders: str) -> dict[str, Any]:
    return {
        "sku": variation.sku,
        "regular_price": f"{variation.price:.2f}",
        "manage_stock": True,
        "stock_quantity": variation.stock,
        "backorders": backorders,
        "global_unique_id": variation.gtin,
        "attributes": [{"name": name, "option": option} for name, option in variation.options],
    }

"""Products and variations: creating, changing, prices and stock."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.errors import RestError, invalid_id, invalid_params
from infra.local.shops.woocommerce.state import Document

#: Writable fields with their JSON schema type; a tuple is a list of allowed texts.
FIELD_TYPES: dict[str, Any] = {
    "name": "string", "slug": "string", "type": ("simple", "grouped", "external", "variable"),
    "status": ("draft", "pending", "private", "publish", "future", "auto-draft", "trash"),
    "featured": "boolean", "catalog_visibility": ("visible", "catalog", "search", "hidden"),
    "description": "string", "short_description": "string", "sku": "string", "regular_price": "string",
    "sale_price": "string", "date_on_sale_from": "string", "date_on_sale_to": "string", "virtual": "boolean",
    "tax_status": ("taxable", "shipping", "none"), "tax_class": "string", "stock_quantity": "integer",
    "stock_status": ("instock", "outofstock", "onbackorder"), "backorders": ("no", "notify", "yes"),
    "weight": "string", "menu_order": "integer", "global_unique_id": "string", "purchase_note": "string",
}  # fmt: skip

#: Values a new product takes for what its maker left out.
DEFAULTS: dict[str, Any] = {
    "name": "Product", "slug": "", "status": "publish", "featured": False, "catalog_visibility": "visible",
    "description": "", "short_description": "", "sku": "", "regular_price": "", "sale_price": "",
    "date_on_sale_from_gmt": None, "date_on_sale_to_gmt": None, "total_sales": 0, "virtual": False,
    "tax_status": "taxable", "tax_class": "", "manage_stock": False, "stock_quantity": None,
    "stock_status": "instock", "backorders": "no", "weight": "", "menu_order": 0, "purchase_note": "",
    "dimensions": {"length": "", "width": "", "height": ""}, "global_unique_id": "", "attributes": [],
    "images": [], "grouped_products": [], "meta_data": [], "parent_id": 0, "name_en": "", "text_en": "",
    "picture": None, "category": "",
}  # fmt: skip


def slug_of(text: str) -> str:
    """Return the URL form of a name: lower case, without accents, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def clean_price(text: str) -> str:
    """Clean a price the way WooCommerce does: commas are thousands separators, so "12,95" becomes "1295"."""
    return re.sub(r"[^0-9.\-]", "", text)


def check_types(fields: Document) -> None:
    """Refuse fields of a wrong JSON type with WordPress's own error. Raises RestError 400."""
    problems: dict[str, tuple[str, str, Any]] = {}
    for name, expected in FIELD_TYPES.items():
        if name not in fields:
            continue
        value = fields[name]
        if isinstance(expected, tuple):
            if value not in expected:
                allowed = ", ".join(expected[:-1]) + ", and " + expected[-1]
                problems[name] = ("rest_not_in_enum", f"{name} is not one of {allowed}.", None)
        elif not _has_type(value, expected):
            problems[name] = ("rest_invalid_type", f"{name} is not of type {expected}.", {"param": name})
    if problems:
        raise invalid_params(problems)


def _has_type(value: Any, expected: str) -> bool:
    if expected == "integer":
        return _is_integer(value)
    if expected == "boolean":
        return isinstance(value, bool) or value in ("true", "false", 0, 1, "0", "1")
    return isinstance(value, str)


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"-?\d+", value) is not None)


def find_product(core: Core, product_id: int, status: int = 404) -> Document:
    """Return a product or variation. Raises RestError with the given status where there is none."""
    product = core.state.get("product", product_id)
    if product is None:
        raise invalid_id("product", status)
    return product


def find_variation(core: Core, parent_id: int, variation_id: int, status: int = 404) -> Document:
    """Return a variation of that very parent. Raises RestError with the given status where there is none."""
    variation = core.state.get("product", variation_id)
    if variation is None or variation["parent_id"] != parent_id:
        raise invalid_id("product_variation", status)
    return variation


def variations_of(core: Core, product_id: int) -> list[Document]:
    """Return the variations of a product, oldest first."""
    return [each for each in core.state.all("product") if each["parent_id"] == product_id]


def create_product(core: Core, fields: Document) -> Document:
    """Create a product from REST fields and announce it. Raises RestError on wrong types or a SKU in use."""
    return _create(core, fields, {**DEFAULTS, "type": "simple"})


def create_variation(core: Core, parent_id: int, fields: Document) -> Document:
    """Create a variation; the tax class follows the parent's unless given."""
    parent = find_product(core, parent_id)
    base = {
        **DEFAULTS,
        "type": "variation",
        "parent_id": parent_id,
        "tax_class": "parent",
        "name": parent["name"],
    }
    created = _create(core, fields, base)
    parent["date_modified_gmt"] = core.now()
    core.state.put("product", parent)
    return created


def _create(core: Core, fields: Document, base: Document) -> Document:
    check_types(fields)
    _check_sku(core, fields.get("sku", ""), 0)
    now = core.now()
    product = {**base, "id": core.new_id("post"), "date_created_gmt": now, "date_modified_gmt": now}
    _apply(core, product, fields)
    if product["status"] != "draft":
        product["slug"] = product["slug"] or slug_of(product["name"])
    core.state.put("product", product)
    core.announce("product.updated" if product["parent_id"] else "product.created", product["id"])
    return product


def update_product(core: Core, product: Document, fields: Document) -> Document:
    """Change a product or variation and announce it. Raises RestError on wrong types or a SKU in use."""
    check_types(fields)
    _check_sku(core, fields.get("sku", ""), product["id"])
    _apply(core, product, fields)
    save_product(core, product)
    return product


def save_product(core: Core, product: Document) -> None:
    """Store a changed product with the time of the change and announce it."""
    product["date_modified_gmt"] = core.now()
    core.state.put("product", product)
    core.announce("product.updated", product["id"])


def delete_product(core: Core, product: Document, force: bool) -> None:
    """Put a product into the bin, or remove it (and its variations) for good."""
    if force or product["parent_id"]:
        for variation in variations_of(core, product["id"]):
            core.state.delete("product", variation["id"])
        core.state.delete("product", product["id"])
    else:
        product["status"] = "trash"
        core.state.put("product", product)
    core.announce("product.updated" if product["parent_id"] else "product.deleted", product["id"])


def _check_sku(core: Core, sku: str, own_id: int) -> None:
    for other in core.state.all("product"):
        if sku and other["sku"] == sku and other["id"] != own_id:
            data = {"resource_id": other["id"], "unique_sku": f"{sku}-1"}
            raise RestError(400, "product_invalid_sku", "Invalid or duplicated SKU.", data)


def _apply(core: Core, product: Document, fields: Document) -> None:
    plain = {name for name in FIELD_TYPES if name not in ("tax_class", "stock_quantity", "stock_status")}
    product.update({name: fields[name] for name in plain if name in fields})
    product.update({name: fields[name] for name in ("images", "grouped_products") if name in fields})
    for name in ("regular_price", "sale_price"):
        product[name] = clean_price(product[name])
    for name in ("date_on_sale_from", "date_on_sale_to"):
        if name in fields:
            product[f"{name}_gmt"] = core.gmt(product.pop(name)) if fields[name] else None
    if "tax_class" in fields:
        product["tax_class"] = _known_class(core, fields["tax_class"])
    if "dimensions" in fields:
        product["dimensions"] = {**product["dimensions"], **fields["dimensions"]}
    if "attributes" in fields:
        product["attributes"] = [_attribute(entry, product["type"]) for entry in fields["attributes"]]
    product["meta_data"] = core.meta(product["meta_data"], fields.get("meta_data", []))
    if "manage_stock" in fields:
        product["manage_stock"] = fields["manage_stock"] in (True, "true", 1, "1")
    _apply_stock(product, fields)


def _apply_stock(product: Document, fields: Document) -> None:
    if product["manage_stock"]:
        if "stock_quantity" in fields:
            product["stock_quantity"] = int(fields["stock_quantity"])
        product["stock_quantity"] = product["stock_quantity"] or 0
        product["stock_status"] = stock_status(product["stock_quantity"], product["backorders"])
    else:
        product["stock_quantity"] = None
        product["stock_status"] = fields.get("stock_status", product["stock_status"])


def stock_status(quantity: int, backorders: str) -> str:
    """Return the status that follows from a managed quantity."""
    if quantity > 0:
        return "instock"
    return "outofstock" if backorders == "no" else "onbackorder"


def _known_class(core: Core, tax_class: str) -> str:
    """An unknown tax class becomes the standard one, in silence."""
    known = {rate.tax_class for rate in core.rules.rates} | {"reduced-rate", "zero-rate", "parent"}
    return tax_class if tax_class in known else ""


def _attribute(entry: Document, product_type: str) -> Document:
    if product_type == "variation":
        name = entry.get("name", "")
        return {"id": 0, "name": name, "slug": slug_of(name), "option": str(entry.get("option", ""))}
    return {
        "id": 0,
        "name": entry.get("name", ""),
        "slug": entry.get("name", ""),
        "position": entry.get("position", 0),
        "visible": bool(entry.get("visible", False)),
        "variation": bool(entry.get("variation", False)),
        "options": list(entry.get("options", [])),
    }


def stock_holder(core: Core, product: Document) -> Document:
    """Return the product whose quantity counts: a variation without its own stock uses its parent's."""
    if product["parent_id"] and not product["manage_stock"]:
        parent = find_product(core, product["parent_id"])
        return parent if parent["manage_stock"] else product
    return product


def available(core: Core, product: Document) -> int | None:
    """Return how many pieces may be sold now; None where the stock is not counted or back-orders are allowed."""
    holder = stock_holder(core, product)
    if not holder["manage_stock"]:
        return None if holder["stock_status"] != "outofstock" else 0
    if holder["backorders"] != "no":
        return None
    return max(0, int(holder["stock_quantity"]))


def move_stock(core: Core, product: Document, pieces: int) -> tuple[int, int] | None:
    """Add (or, negative, take) pieces and announce it; returns before and after, None where stock is not counted."""
    holder = stock_holder(core, product)
    if not holder["manage_stock"]:
        return None
    before = int(holder["stock_quantity"])
    holder["stock_quantity"] = before + pieces
    holder["stock_status"] = stock_status(before + pieces, holder["backorders"])
    save_product(core, holder)
    return before, before + pieces

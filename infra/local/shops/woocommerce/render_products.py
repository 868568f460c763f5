"""Products, variations and customers as WooCommerce's JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

from infra.local.shops.woocommerce import catalogue
from infra.local.shops.woocommerce.core import ALL_METHODS, Core, links
from infra.local.shops.woocommerce.state import Document

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF", "JPY": "¥"}
ENTITIES = {"EUR": "&euro;", "USD": "&#36;", "GBP": "&pound;", "CHF": "&#67;&#72;&#70;", "JPY": "&yen;"}


def is_on_sale(core: Core, product: Document) -> bool:
    """Say whether the sale price holds now."""
    start, end = product["date_on_sale_from_gmt"], product["date_on_sale_to_gmt"]
    now = core.now()
    in_time = (start is None or start <= now) and (end is None or now <= end)
    return product["sale_price"] != "" and in_time


def price_text(core: Core, product: Document) -> str:
    """Return the present price as typed; of a variable or grouped product the lowest; empty where there is none."""
    if product["type"] == "variable":
        prices = [price_text(core, each) for each in catalogue.variations_of(core, product["id"])]
    elif product["type"] == "grouped":
        parts = (core.state.get("product", id_) for id_ in product["grouped_products"])
        prices = [price_text(core, each) for each in parts if each]
    else:
        return str(product["sale_price"] if is_on_sale(core, product) else product["regular_price"])
    return min((price for price in prices if price), key=Decimal, default="")


def dates(core: Core, document: Document, *names: str) -> Document:
    """Return each named date twice: in shop time and, `_gmt`, in UTC."""
    result: Document = {}
    for name in names:
        result[name] = core.local(document[f"{name}_gmt"])
        result[f"{name}_gmt"] = document[f"{name}_gmt"]
    return result


def permalink(core: Core, product: Document) -> str:
    """Return the page of a product; a variation's carries its options."""
    if product["parent_id"]:
        parent = catalogue.find_product(core, product["parent_id"])
        options = [f"attribute_{each['slug']}={quote(each['option'])}" for each in product["attributes"]]
        return f"{core.base_url}/product/{parent['slug']}/" + ("?" + "&".join(options) if options else "")
    if product["slug"]:
        return f"{core.base_url}/product/{product['slug']}/"
    return f"{core.base_url}/?post_type=product&p={product['id']}"


def _stock(core: Core, product: Document) -> Document:
    status, quantity, managed = product["stock_status"], product["stock_quantity"], product["manage_stock"]
    backorders = product["backorders"]
    if product["type"] == "variable" and not managed:
        found = {_stock(core, each)["stock_status"] for each in catalogue.variations_of(core, product["id"])}
        status = next((name for name in ("instock", "onbackorder") if name in found), "outofstock")
    holder = catalogue.stock_holder(core, product)
    if holder is not product:
        managed, quantity = "parent", holder["stock_quantity"]
        status, backorders = holder["stock_status"], holder["backorders"]
    return {
        "manage_stock": managed,
        "stock_quantity": quantity,
        "stock_status": status,
        "backorders": backorders,
        "backorders_allowed": backorders != "no",
        "backordered": bool(managed) and status == "onbackorder",
        "low_stock_amount": None,
    }


def _sale(core: Core, product: Document) -> Document:
    price = price_text(core, product)
    parts = (core.state.get("product", id_) for id_ in product["grouped_products"])
    return {
        "price": price,
        "regular_price": product["regular_price"],
        "sale_price": product["sale_price"],
        **dates(core, product, "date_on_sale_from", "date_on_sale_to"),
        "on_sale": is_on_sale(core, product) or any(is_on_sale(core, part) for part in parts if part),
        "purchasable": price != "" and product["type"] != "grouped",
    }


def _images(core: Core, product: Document) -> list[Document]:
    if product["picture"] is None:
        return list(product["images"])
    image = {
        "id": product["id"] + 100_000,
        **dates(core, {"c_gmt": product["date_created_gmt"]}, "c"),
        "src": f"{core.base_url}/media/{product['slug']}.svg",
        "name": product["name"],
        "alt": product["name"],
    }
    created, created_gmt = image.pop("c"), image.pop("c_gmt")
    moments = {"date_created": created, "date_created_gmt": created_gmt}
    moments |= {"date_modified": created, "date_modified_gmt": created_gmt}
    return [{"id": image.pop("id"), **moments, **image}]


def price_html(core: Core, price: str) -> str:
    """Return the price marked up as WooCommerce does, empty without one."""
    if not price:
        return ""
    symbol = ENTITIES.get(core.config.currency, core.config.currency)
    amount = f"{Decimal(price):,.2f}"
    return (
        '<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol" '
        f'translate="no">{symbol}</span>{amount}</bdi></span>'
    )


def product_json(core: Core, product: Document, edit: bool = False) -> dict[str, Any]:
    """Return a product's JSON; `edit` adds the two fields that only answers to writes carry.

    A variation is shown in this shape too, with its parent's name in front: so do webhooks.
    """
    variations = [each["id"] for each in catalogue.variations_of(core, product["id"])]
    parent = core.state.get("product", product["parent_id"]) if product["parent_id"] else None
    sale = _sale(core, product)
    name = product["name"]
    if parent:
        name = f"{parent['name']} - {variation_name(product)}"
    body: dict[str, Any] = {
        "id": product["id"],
        "name": name,
        "slug": slug if (slug := product["slug"]) and not parent else catalogue.slug_of(name) if parent else "",
        "permalink": permalink(core, product),
        **dates(core, product, "date_created", "date_modified"),
        **{key: product[key] for key in ("type", "status", "featured", "catalog_visibility")},
        **{key: product[key] for key in ("description", "short_description", "sku")},
        **sale,
        "total_sales": str(product["total_sales"]) if parent else product["total_sales"],
        **_delivery(product),
        "external_url": "",
        "button_text": "",
        "tax_status": product["tax_status"],
        "tax_class": tax_class_of(core, product),
        **{key: value for key, value in _stock(core, product).items() if key != "stock_status"},
        "sold_individually": False,
        "weight": product["weight"],
        "dimensions": product["dimensions"],
        "shipping_required": not product["virtual"],
        "shipping_taxable": not product["virtual"] and product["tax_status"] == "taxable",
        "shipping_class": "",
        "shipping_class_id": 0,
        "reviews_allowed": True,
        "average_rating": "0" if edit else "0.00",
        "rating_count": 0,
        "upsell_ids": [],
        "cross_sell_ids": [],
        "parent_id": product["parent_id"],
        "purchase_note": product["purchase_note"],
        "categories": [] if parent else [_category(core, product)],
        "brands": [],
        "tags": [],
        "images": _images(core, product),
        "attributes": product["attributes"],
        "default_attributes": [],
        "variations": variations,
        "grouped_products": product["grouped_products"],
        "menu_order": product["menu_order"],
        "price_html": price_html(core, sale["price"]),
        "related_ids": [],
        "meta_data": product["meta_data"],
        "stock_status": _stock(core, product)["stock_status"],
        "has_options": product["type"] == "variable",
        "post_password": "",
        "global_unique_id": product["global_unique_id"],
    }
    if edit:
        body["permalink_template"] = f"{core.base_url}/product/%pagename%/"
        body["generated_slug"] = catalogue.slug_of(name)
    body["_links"] = links(core.base_url, f"products/{product['id']}", "products", ALL_METHODS)
    return body


def _category(core: Core, product: Document) -> Document:
    names = dict.fromkeys(each.category for each in core.config.products if each.category)
    ids = {name: 16 + position for position, name in enumerate(names)}
    name = product["category"] or "Uncategorized"
    return {"id": ids.get(name, 15), "name": name, "slug": catalogue.slug_of(name)}


def _delivery(product: Document) -> Document:
    return {
        "virtual": product["virtual"],
        "downloadable": False,
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
    }


def tax_class_of(core: Core, product: Document) -> str:
    """Return the tax class that counts: a variation's may be its parent's."""
    if product["parent_id"] and product["tax_class"] == "parent":
        return str(catalogue.find_product(core, product["parent_id"])["tax_class"])
    return str(product["tax_class"])


def variation_name(variation: Document) -> str:
    """Return the options of a variation, as "S, Bleu"."""
    return ", ".join(each["option"] for each in variation["attributes"])


def variation_json(core: Core, variation: Document, edit: bool = False) -> dict[str, Any]:
    """Return a variation's own JSON; answers to writes show the tax class "parent", reads the parent's."""
    path = f"products/{variation['parent_id']}/variations"
    images = _images(core, variation)
    return {
        "id": variation["id"],
        "type": "variation",
        **dates(core, variation, "date_created", "date_modified"),
        "description": variation["description"],
        "permalink": permalink(core, variation),
        "sku": variation["sku"],
        "global_unique_id": variation["global_unique_id"],
        **{key: value for key, value in _sale(core, variation).items() if key != "purchasable"},
        "status": variation["status"],
        "purchasable": price_text(core, variation) != "",
        **_delivery(variation),
        "tax_status": variation["tax_status"],
        "tax_class": variation["tax_class"] if edit else tax_class_of(core, variation),
        **_stock(core, variation),
        "weight": variation["weight"],
        "dimensions": variation["dimensions"],
        "shipping_class": "",
        "shipping_class_id": 0,
        "image": images[0] if images else None,
        "gallery_image_ids": [],
        "attributes": variation["attributes"],
        "menu_order": variation["menu_order"],
        "meta_data": variation["meta_data"],
        "name": variation_name(variation),
        "parent_id": variation["parent_id"],
        "_links": links(
            core.base_url,
            f"{path}/{variation['id']}",
            path,
            ALL_METHODS,
            up=f"products/{variation['parent_id']}",
        ),
    }

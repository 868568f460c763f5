"""The lines of an order: how products, shipping and coupons are stored, and their amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from infra.local.shops.woocommerce.config import Coupon
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.coupons import CouponEffect
from infra.local.shops.woocommerce.render_products import price_text, tax_class_of, variation_name
from infra.local.shops.woocommerce.state import Document
from infra.local.shops.woocommerce.totals import PRECISION, Goods, LineAmounts, shipping_rate, tax_on


def breaks_of(core: Core, product: Document) -> list[Document]:
    """Return the prices of larger quantities, smallest quantity first. A WooCommerce shop has none."""
    found = [each for each in core.state.all("special") if each["product_id"] == product["id"]]
    return sorted(found, key=lambda each: int(each["from_quantity"]))


def goods_of(core: Core, product: Document, quantity: int) -> Goods:
    """Return what the arithmetic needs to know of a product; from a quantity break on that price is the one."""
    reached = [each for each in breaks_of(core, product) if each["from_quantity"] <= quantity]
    price = Decimal(reached[-1]["gross"] if reached else price_text(core, product) or "0")
    return Goods(price, quantity, tax_class_of(core, product), product["tax_status"] == "taxable")


def product_line(core: Core, product: Document | None, quantity: int, goods: Goods, amounts: LineAmounts) -> Document:
    """Return a stored order line; an unknown product leaves an empty one, as WooCommerce does."""
    line: Document = {
        "id": core.new_id("item"),
        "name": "",
        "product_id": 0,
        "variation_id": 0,
        "meta_data": [],
    }
    line |= {"quantity": quantity, "tax_class": goods.tax_class, **stored_amounts(amounts)}
    line |= {"sku": None, "gtin": None, "parent_name": None, "picture": False, "virtual": True}
    if product is None:
        return line
    line |= {"name": product["name"], "product_id": product["id"], "virtual": product["virtual"]}
    line |= {
        "sku": product["sku"],
        "gtin": product["global_unique_id"],
        "picture": product["picture"] is not None,
    }
    if product["parent_id"]:
        line |= {
            "product_id": product["parent_id"],
            "variation_id": product["id"],
            "parent_name": product["name"],
        }
        line["name"] = f"{product['name']} - {variation_name(product)}"
        line["meta_data"] = [
            {
                "id": core.new_id("meta"),
                "key": each["slug"],
                "value": each["option"],
                "display_key": each["name"],
            }
            for each in product["attributes"]
        ]
    return line


def stored_amounts(amounts: LineAmounts) -> Document:
    """Return a line's amounts as stored: texts at six decimals, taxes by rate id (as text)."""
    return {
        "subtotal": str(amounts.subtotal.quantize(PRECISION)),
        "total": str(amounts.total.quantize(PRECISION)),
        "subtotal_taxes": {str(id_): str(tax) for id_, tax in amounts.subtotal_taxes.items()},
        "total_taxes": {str(id_): str(tax) for id_, tax in amounts.total_taxes.items()},
    }


def read_amounts(line: Document) -> LineAmounts:
    """Return a stored line's amounts."""

    def taxes(name: str) -> dict[int, Decimal]:
        return {int(id_): Decimal(tax) for id_, tax in line[name].items()}

    total = Decimal(line["total"])
    return LineAmounts(Decimal(line["subtotal"]), total, taxes("subtotal_taxes"), taxes("total_taxes"))


def shipping_line(
    core: Core, title: str, method_id: str, instance_id: str, amounts: LineAmounts, meta: list[Document]
) -> Document:
    """Return a stored shipping line."""
    named = {"method_title": title, "method_id": method_id, "instance_id": instance_id}
    return {"id": core.new_id("item"), **named, **stored_amounts(amounts), "meta_data": meta}


def coupon_line(core: Core, coupon: Coupon, effect: CouponEffect) -> Document:
    """Return a stored coupon line."""
    return {
        "id": core.new_id("item"),
        "meta_id": core.new_id("meta"),
        "code": coupon.code.lower(),
        "discount": f"{effect.discount.normalize():f}",
        "discount_tax": f"{effect.discount_tax.normalize():f}",
        "discount_type": coupon.discount_type,
        "amount": str(coupon.amount),
    }


def shipping_lines_amounts(
    core: Core, cost: Decimal, goods: Sequence[Goods], country: str, taxable: bool = True
) -> LineAmounts:
    """Price a shipping typed excluding tax; it takes the tax class of the goods."""
    rate = shipping_rate(goods, core.rules, country) if taxable else None
    taxes = {rate.id: tax_on(cost, rate)} if rate else {}
    return LineAmounts(cost, cost, taxes, taxes)

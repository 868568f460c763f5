"""Orders: bought in the storefront or made by REST, their states, stock and notes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from infra.local.shops.woocommerce import catalogue, order_lines
from infra.local.shops.woocommerce.config import Coupon, ShippingMethod
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.coupons import CouponEffect, apply_coupon
from infra.local.shops.woocommerce.errors import RestError, invalid_id, invalid_params
from infra.local.shops.woocommerce.state import Document
from infra.local.shops.woocommerce.totals import (
    ZERO,
    Goods,
    LineAmounts,
    OrderAmounts,
    order_amounts,
    price_line,
    price_net_line,
    round_cent,
)

STATUSES = (
    "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft",
)  # fmt: skip
TITLES = {
    "pending": "Pending payment", "processing": "Processing", "on-hold": "On hold", "completed": "Completed",
    "cancelled": "Cancelled", "refunded": "Refunded", "failed": "Failed", "trash": "Trash",
    "auto-draft": "Auto-draft", "checkout-draft": "Draft",
}  # fmt: skip
#: Entering these takes the stock (once); entering those gives it back.
TAKES_STOCK = frozenset({"processing", "completed", "on-hold"})
RETURNS_STOCK = frozenset({"cancelled", "pending"})
PAID = frozenset({"processing", "completed"})
ADDRESS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
)


class NotAvailable(Exception):
    """The storefront cannot sell this many; `sku` says of what and `left` how many there are."""

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(f"{sku}: {left} left")
        self.sku = sku
        self.left = left


@dataclass(frozen=True, slots=True)
class CartLine:
    """Pieces of one product or variation id."""

    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A priced cart, before or at the moment of buying."""

    lines: tuple[tuple[Document, int, Goods, LineAmounts], ...]
    shipping: LineAmounts
    amounts: OrderAmounts
    coupon: Coupon | None
    effect: CouponEffect | None


def find_coupon(core: Core, code: str) -> Coupon | None:
    """Return a coupon by its code, whatever its case."""
    return next((each for each in core.config.coupons if each.code.lower() == code.strip().lower()), None)


def quote(core: Core, cart: Sequence[CartLine], country: str, method: ShippingMethod, coupon: Coupon | None) -> Quote:
    """Price a cart for a country, a way to ship and a coupon. Raises RestError where a product is gone."""
    products = [(catalogue.find_product(core, line.product_id), line.quantity) for line in cart]
    goods = [order_lines.goods_of(core, product, quantity) for product, quantity in products]
    effect = apply_coupon(coupon, goods, core.rules, country) if coupon else None
    discounts = effect.by_line if effect else (ZERO,) * len(goods)
    amounts = [price_line(line, off, core.rules, country) for line, off in zip(goods, discounts, strict=True)]
    shipping = order_lines.shipping_lines_amounts(core, method.cost, goods, country)
    lines = tuple(
        (product, quantity, line, amount) for (product, quantity), line, amount in zip(products, goods, amounts, strict=True)
    )
    return Quote(lines, shipping, order_amounts(amounts, [shipping], [], core.rules), coupon, effect)


def place(
    core: Core,
    cart: Sequence[CartLine],
    billing: Document,
    shipping: Document,
    method: ShippingMethod,
    coupon: Coupon | None = None,
    payment: tuple[str, str] = ("card", "Carte bancaire"),
    note: str = "",
) -> Document:
    """Sell a cart to a guest: check the stock, store the order, take the stock and announce, all or nothing.

    Payment `bacs` (bank transfer) leaves the order on hold; others are paid at once. Raises NotAvailable.
    """
    with core.state.change():
        check_stock(core, cart)
        priced = quote(core, cart, shipping["country"], method, coupon)
        order = blank_order(core, "store-api")
        order |= {"billing": billing, "shipping": shipping, "customer_note": note}
        order |= {"payment_method": payment[0], "payment_method_title": payment[1]}
        order["customer_ip_address"], order["customer_user_agent"] = "127.0.0.1", "Demo storefront"
        order["cart_hash"] = hashlib.md5(repr(cart).encode(), usedforsecurity=False).hexdigest()
        order["line_items"] = [order_lines.product_line(core, *line) for line in priced.lines]
        described = ", ".join(f"{line['name']} &times; {line['quantity']}" for line in order["line_items"])
        items = [{"id": core.new_id("meta"), "key": "Items", "value": described}]
        order["shipping_lines"] = [
            order_lines.shipping_line(core, method.title, method.method_id, str(method.instance_id), priced.shipping, items)
        ]
        if coupon and priced.effect:
            order["coupon_lines"] = [order_lines.coupon_line(core, coupon, priced.effect)]
        set_amounts(order, priced.amounts)
        order["meta_data"] = core.meta([], [{"key": "is_vat_exempt", "value": "no"}])
        core.state.put("order", order)
        core.announce("order.updated", order["id"])
        core.announce("order.created", order["id"])
        return set_status(core, order, "on-hold" if payment[0] == "bacs" else "processing", announce=False)


def check_stock(core: Core, cart: Sequence[CartLine]) -> None:
    """Refuse what cannot be sold, counting lines that share one stock together. Raises NotAvailable."""
    wanted: dict[int, int] = {}
    for line in cart:
        product = catalogue.find_product(core, line.product_id)
        holder = catalogue.stock_holder(core, product)
        wanted[holder["id"]] = wanted.get(holder["id"], 0) + line.quantity
        left = catalogue.available(core, product)
        if left is not None and wanted[holder["id"]] > left:
            raise NotAvailable(product["sku"], left)


def blank_order(core: Core, created_via: str) -> Document:
    """Return an order without lines, in state pending."""
    now = core.now()
    empty = dict.fromkeys(ADDRESS, "")
    zero = "0.00"
    return {
        "id": core.new_id("post"),
        "status": "pending",
        "currency": core.config.currency,
        "prices_include_tax": core.rules.prices_include_tax,
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "date_completed_gmt": None,
        "date_paid_gmt": None,
        **dict.fromkeys(("discount_total", "discount_tax", "shipping_total", "shipping_tax"), zero),
        **dict.fromkeys(("cart_tax", "total", "total_tax"), zero),
        "by_rate": [],
        "customer_id": 0,
        "order_key": "wc_order_" + secrets.token_hex(7)[:13],
        "billing": {**empty, "email": "", "phone": ""},
        "shipping": {**empty, "phone": ""},
        **dict.fromkeys(("payment_method", "payment_method_title", "transaction_id"), ""),
        **dict.fromkeys(("customer_ip_address", "customer_user_agent", "customer_note", "cart_hash"), ""),
        "created_via": created_via,
        "meta_data": [],
        "line_items": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
    }


def set_amounts(order: Document, amounts: OrderAmounts) -> None:
    """Write the header amounts; the ids of the tax lines are kept from one time to the next by their rate."""
    for name in (
        "discount_total",
        "discount_tax",
        "shipping_total",
        "shipping_tax",
        "cart_tax",
        "total",
        "total_tax",
    ):
        order[name] = str(round_cent(getattr(amounts, name)))
    order["by_rate"] = [[id_, str(cart), str(shipping)] for id_, (cart, shipping) in amounts.by_rate.items()]


def find_order(core: Core, order_id: int, status: int = 404) -> Document:
    """Return an order. Raises RestError with the given status where there is none."""
    order = core.state.get("order", order_id)
    if order is None:
        raise invalid_id("shop_order", status)
    return order


def check_status(status: Any) -> None:
    """Refuse an unknown order status. Raises RestError 400."""
    if status not in STATUSES:
        allowed = ", ".join(("auto-draft", "pending", *STATUSES[2:-1])) + f", and {STATUSES[-1]}"
        raise invalid_params({"status": ("rest_not_in_enum", f"status is not one of {allowed}.", None)})


def set_status(core: Core, order: Document, status: str, announce: bool = True) -> Document:
    """Move an order to a status with everything that follows: payment dates, stock, the note; returns the order."""
    former = order["status"]
    order["status"] = status
    order["date_modified_gmt"] = core.now()
    if former != status:
        if status in PAID and order["date_paid_gmt"] is None:
            order["date_paid_gmt"] = core.now()
        if status == "completed":
            order["date_completed_gmt"] = core.now()
        add_note(core, order["id"], f"Order status changed from {TITLES[former]} to {TITLES[status]}.")
        if status in TAKES_STOCK:
            take_stock(core, order)
        elif status in RETURNS_STOCK:
            return_stock(core, order)
    core.state.put("order", order)
    if announce:
        core.announce("order.updated", order["id"])
    return order


def take_stock(core: Core, order: Document) -> None:
    """Take the pieces of every line whose stock is counted and was not taken yet."""
    moved = []
    for line in order["line_items"]:
        product = core.state.get("product", line["variation_id"] or line["product_id"])
        if product is None or _reduced(line) is not None:
            continue
        product["total_sales"] += line["quantity"]
        core.state.put("product", product)
        change = catalogue.move_stock(core, product, -line["quantity"])
        if change:
            entry = {"id": core.new_id("meta"), "key": "_reduced_stock", "value": str(line["quantity"])}
            line["meta_data"].append(entry)
            moved.append(f"{line['name']} ({change[0]}&rarr;{change[1]})")
    if moved:
        add_note(core, order["id"], "Stock levels reduced: " + ", ".join(moved))


def return_stock(core: Core, order: Document) -> None:
    """Give back what the lines had taken."""
    moved = []
    for line in order["line_items"]:
        reduced = _reduced(line)
        product = core.state.get("product", line["variation_id"] or line["product_id"])
        if product is None or reduced is None:
            continue
        change = catalogue.move_stock(core, product, int(reduced["value"]))
        line["meta_data"].remove(reduced)
        if change:
            moved.append(f"{line['name']} ({change[0]}&rarr;{change[1]})")
    if moved:
        add_note(core, order["id"], "Stock levels increased: " + ", ".join(moved))


def _reduced(line: Document) -> Document | None:
    return next((entry for entry in line["meta_data"] if entry["key"] == "_reduced_stock"), None)


def add_note(core: Core, order_id: int, text: str, to_customer: bool = False) -> Document:
    """Store a note of an order; it changes nothing else and announces nothing."""
    note = {
        "id": core.new_id("item"),
        "order_id": order_id,
        "note": text,
        "customer_note": to_customer,
        "date_created_gmt": core.now(),
    }
    core.state.put("note", note)
    return note


def typed_line(core: Core, fields: Document, country: str) -> Document:
    """Return the stored line of a REST line item: amounts typed there win over the catalogue's price."""
    product = core.state.get("product", int(fields.get("variation_id") or fields.get("product_id") or 0))
    quantity = int(fields.get("quantity", 1))
    if product is None:
        rate = core.rules.rate_for("", country)
        taxes = {rate.id: ZERO} if rate else {}
        return order_lines.product_line(core, None, quantity, Goods(ZERO, quantity), LineAmounts(ZERO, ZERO, taxes, taxes))
    goods = order_lines.goods_of(core, product, quantity)
    listed = price_line(goods, ZERO, core.rules, country).subtotal
    subtotal = Decimal(str(fields.get("subtotal", listed)))
    total = Decimal(str(fields.get("total", subtotal)))
    return order_lines.product_line(core, product, quantity, goods, price_net_line(goods, subtotal, total, core.rules, country))


def refuse_coupon(core: Core, code: str) -> RestError:
    """Return the error for an unknown coupon, after leaving the draft order WooCommerce leaves behind."""
    with core.state.change():
        draft = blank_order(core, "rest-api")
        draft["status"] = "auto-draft"
        core.state.put("order", draft)
    message = f"Coupon &quot;{code.lower()}&quot; cannot be applied because it does not exist."
    return RestError(400, "woocommerce_rest_invalid_coupon", message, {"new_draft_order_id": draft["id"]})

"""Orders, refunds and notes as WooCommerce's JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from infra.local.shops.woocommerce import order_lines
from infra.local.shops.woocommerce.config import TaxRate
from infra.local.shops.woocommerce.core import ALL_METHODS, Core, links
from infra.local.shops.woocommerce.order_commands import refunds_of
from infra.local.shops.woocommerce.render_products import SYMBOLS, dates
from infra.local.shops.woocommerce.state import Document
from infra.local.shops.woocommerce.totals import ZERO, line_tax, rates_sum, round_cent

VERSION = "11.0.1"
AMOUNTS = (
    "discount_total",
    "discount_tax",
    "shipping_total",
    "shipping_tax",
    "cart_tax",
    "total",
    "total_tax",
)


def number(value: Decimal) -> int | float:
    """Return a JSON number as PHP writes it: whole ones without a point, others as a binary float with its noise."""
    return int(value) if value == value.to_integral_value() else float(value)


def _unit_price(line: Document) -> int | float:
    """Divide as PHP does, in binary floats: this is where the recorded noise comes from."""
    if not line["quantity"]:
        return 0
    price = float(Decimal(line["total"])) / line["quantity"]
    return int(price) if price.is_integer() else price


def money(value: Decimal | str) -> str:
    """Return an amount at two decimals."""
    return str(round_cent(Decimal(value)) + ZERO)


def _shown_meta(entries: list[Document]) -> list[Document]:
    return [
        {
            "id": entry["id"],
            "key": entry["key"],
            "value": entry["value"],
            "display_key": entry.get("display_key", entry["key"]),
            "display_value": entry["value"],
        }
        for entry in entries
    ]


def _taxes(line: Document, with_subtotal: bool) -> list[Document]:
    return [
        {
            "id": int(id_),
            "total": money(tax),
            "subtotal": money(line["subtotal_taxes"][id_]) if with_subtotal else "",
        }
        for id_, tax in line["total_taxes"].items()
    ]


def line_json(core: Core, line: Document) -> dict[str, Any]:
    """Return a goods line."""
    amounts = order_lines.read_amounts(line)
    product_id = line["variation_id"] or line["product_id"]
    source = {"id": 0 if line["variation_id"] or not line["product_id"] else "", "src": ""}
    product = core.state.get("product", line["product_id"]) if line["picture"] else None
    if product:
        source = {"id": str(product_id + 100_000), "src": f"{core.base_url}/media/{product['slug']}.svg"}
    return {
        **{key: line[key] for key in ("id", "name", "product_id", "variation_id", "quantity", "tax_class")},
        "subtotal": money(amounts.subtotal),
        "subtotal_tax": money(line_tax(amounts.subtotal_taxes, core.rules)),
        "total": money(amounts.total),
        "total_tax": money(line_tax(amounts.total_taxes, core.rules)),
        "taxes": _taxes(line, with_subtotal=True),
        "meta_data": _shown_meta(line["meta_data"]),
        "sku": line["sku"],
        "global_unique_id": line["gtin"],
        "price": _unit_price(line),
        "image": source,
        "parent_name": line["parent_name"],
    }


def _shipping_json(core: Core, line: Document) -> dict[str, Any]:
    amounts = order_lines.read_amounts(line)
    return {
        **{key: line[key] for key in ("id", "method_title", "method_id", "instance_id")},
        "total": money(amounts.total),
        "total_tax": money(line_tax(amounts.total_taxes, core.rules)),
        "taxes": _taxes(line, with_subtotal=False),
        "tax_status": "taxable",
        "meta_data": _shown_meta(line["meta_data"]),
    }


def _fee_json(core: Core, line: Document) -> dict[str, Any]:
    amounts = order_lines.read_amounts(line)
    return {
        **{key: line[key] for key in ("id", "name", "tax_class", "tax_status")},
        "amount": "",
        "total": money(amounts.total),
        "total_tax": money(line_tax(amounts.total_taxes, core.rules)),
        "taxes": _taxes(line, with_subtotal=False),
        "meta_data": [],
    }


def _coupon_json(line: Document) -> dict[str, Any]:
    amount = number(Decimal(line["amount"]))
    kind = "null" if line["discount_type"] == "fixed_cart" else f'"{line["discount_type"]}"'
    info = f'[{line["id"]},"{line["code"]}",{kind},{amount}]'
    return {
        **{key: line[key] for key in ("id", "code", "discount", "discount_tax")},
        "meta_data": _shown_meta([{"id": line["meta_id"], "key": "coupon_info", "value": info}]),
        "discount_type": line["discount_type"],
        "nominal_amount": amount,
        "free_shipping": False,
    }


def _tax_json(id_: int, rate: TaxRate, cart: str, shipping: str) -> dict[str, Any]:
    return {
        "id": id_,
        "rate_code": f"{rate.country}-{rate.name}-1".upper(),
        "rate_id": rate.id,
        "label": rate.name,
        "compound": False,
        "tax_total": money(cart),
        "shipping_tax_total": money(shipping),
        "rate_percent": number(rate.percent),
        "meta_data": [],
    }


def _tax_lines(core: Core, owner_id: int, by_rate: list[list[Any]]) -> list[Document]:
    """A tax line's id follows from the order and the rate, so it stays the same from one reading to the next."""
    rates = {rate.id: rate for rate in core.rules.rates}
    return [
        _tax_json(owner_id * 100 + rate_id, rates[rate_id], cart, shipping)
        for rate_id, cart, shipping in by_rate
        if rate_id in rates
    ]


def _refund_summary(core: Core, refund: Document) -> dict[str, Any]:
    tax = sum((Decimal(cart) for _, cart, _ in _refund_rates(core, refund)), ZERO)
    amounts = {"total": money("-" + refund["amount"]), "total_tax": money(tax)}
    return {"id": refund["id"], "reason": refund["reason"], **amounts}


def _refund_rates(core: Core, refund: Document) -> list[list[Any]]:
    sums = rates_sum([order_lines.read_amounts(line) for line in refund["line_items"]], core.rules)
    return [[rate_id, str(tax), "0"] for rate_id, tax in sums.items()]


def order_json(core: Core, order: Document) -> dict[str, Any]:
    """Return an order's JSON."""
    status, key = order["status"], order["order_key"]
    path = f"orders/{order['id']}"
    body: dict[str, Any] = {
        "id": order["id"],
        "parent_id": 0,
        "status": status,
        "currency": order["currency"],
        "version": VERSION,
        "prices_include_tax": order["prices_include_tax"],
        **{
            name: value
            for name, value in dates(core, order, "date_created", "date_modified").items()
            if not name.endswith("_gmt")
        },
        **{name: order[name] for name in AMOUNTS},
        **{name: order[name] for name in ("customer_id", "order_key", "billing", "shipping", "payment_method")},
        **{name: order[name] for name in ("payment_method_title", "transaction_id", "customer_ip_address")},
        **{name: order[name] for name in ("customer_user_agent", "created_via", "customer_note")},
        "date_completed": core.local(order["date_completed_gmt"]),
        "date_paid": core.local(order["date_paid_gmt"]),
        "cart_hash": order["cart_hash"],
        "number": str(order["id"]),
        "meta_data": order["meta_data"],
        "line_items": [line_json(core, line) for line in order["line_items"]],
        "tax_lines": _tax_lines(core, order["id"], order["by_rate"]),
        "shipping_lines": [_shipping_json(core, line) for line in order["shipping_lines"]],
        "fee_lines": [_fee_json(core, line) for line in order["fee_lines"]],
        "coupon_lines": [_coupon_json(line) for line in order["coupon_lines"]],
        "refunds": [_refund_summary(core, refund) for refund in refunds_of(core, order["id"])],
        "payment_url": f"{core.base_url}/checkout/order-pay/{order['id']}/?pay_for_order=true&key={key}",
        "is_editable": status in ("pending", "on-hold", "auto-draft"),
        "needs_payment": status in ("pending", "failed") and Decimal(order["total"]) > 0,
        "needs_processing": any(not line["virtual"] for line in order["line_items"]),
        **{f"{name}_gmt": order[f"{name}_gmt"] for name in ("date_created", "date_modified", "date_completed", "date_paid")},
        "currency_symbol": SYMBOLS.get(order["currency"], order["currency"]),
    }
    more = {"customer": f"customers/{order['customer_id']}"} if order["customer_id"] else {}
    body["_links"] = links(core.base_url, path, "orders", ALL_METHODS, email_templates=f"{path}/actions/email_templates")
    body["_links"]["email_templates"][0]["embeddable"] = True
    body["_links"] |= links(core.base_url, path, "orders", ALL_METHODS, **more)
    return body


def refund_json(core: Core, refund: Document, with_parent: bool = False) -> dict[str, Any]:
    """Return a refund's JSON; the list of all refunds of the shop names the order as `parent_id`."""
    path = f"orders/{refund['order_id']}"
    body: dict[str, Any] = {"id": refund["id"]}
    if with_parent:
        body["parent_id"] = refund["order_id"]
    return body | {
        **dates(core, refund, "date_created"),
        "amount": refund["amount"],
        "reason": refund["reason"],
        "refunded_by": 1,
        "refunded_payment": refund["refunded_payment"],
        "meta_data": refund["meta_data"],
        "line_items": [line_json(core, line) for line in refund["line_items"]],
        "shipping_lines": [],
        "tax_lines": _tax_lines(core, refund["id"], _refund_rates(core, refund)),
        "fee_lines": [],
        "_links": links(core.base_url, f"{path}/refunds/{refund['id']}", f"{path}/refunds", ("GET", "DELETE"), up=path),
    }


def note_json(core: Core, note: Document) -> dict[str, Any]:
    """Return a note's JSON."""
    path = f"orders/{note['order_id']}"
    return {
        "id": note["id"],
        "author": "WooCommerce",
        **dates(core, note, "date_created"),
        "note": note["note"],
        "customer_note": note["customer_note"],
        "_links": links(core.base_url, f"{path}/notes/{note['id']}", f"{path}/notes", ("GET", "DELETE"), up=path),
    }

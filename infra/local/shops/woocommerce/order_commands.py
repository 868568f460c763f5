"""What REST may do to orders beyond buying: create, change, refund, put into the bin."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from infra.local.shops.woocommerce import catalogue, order_lines, orders
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.coupons import apply_coupon
from infra.local.shops.woocommerce.errors import RestError, invalid_params
from infra.local.shops.woocommerce.state import Document
from infra.local.shops.woocommerce.totals import (
    ZERO,
    Goods,
    LineAmounts,
    negative_fee_taxes,
    order_amounts,
    price_net_line,
    round_cent,
    shipping_rate,
)

PLAIN_FIELDS = (
    "customer_id", "customer_note", "payment_method", "payment_method_title", "transaction_id", "currency",
)  # fmt: skip
OFFLINE_GATEWAYS = frozenset({"", "bacs", "cheque", "cod"})


def create_order(core: Core, fields: Document) -> Document:
    """Create an order from REST fields. The stock is not checked: as in WooCommerce it may go negative.

    Raises RestError on an unknown status or coupon (which leaves a draft order).
    """
    if "status" in fields:
        orders.check_status(fields["status"])
    for entry in fields.get("coupon_lines", []):
        if orders.find_coupon(core, entry["code"]) is None:
            raise orders.refuse_coupon(core, entry["code"])
    with core.state.change():
        order = orders.blank_order(core, "rest-api")
        _apply_plain(core, order, fields)
        country = tax_country(core, order)
        order["line_items"] = [orders.typed_line(core, each, country) for each in fields.get("line_items", [])]
        _apply_coupons(core, order, fields, country)
        order["shipping_lines"] = [_shipping(core, order, each, country) for each in fields.get("shipping_lines", [])]
        order["fee_lines"] = [_fee(core, each, country) for each in fields.get("fee_lines", [])]
        recalculate(core, order)
        core.state.put("order", order)
        core.announce("order.updated", order["id"])
        core.announce("order.created", order["id"])
        status = "processing" if fields.get("set_paid") is True else str(fields.get("status", "pending"))
        return orders.set_status(core, order, status, announce=False)


def tax_country(core: Core, order: Document) -> str:
    """Return the country whose tax counts: of the shipping address, else the billing one, else the shop's."""
    return order["shipping"]["country"] or order["billing"]["country"] or core.rules.base_country


def _apply_plain(core: Core, order: Document, fields: Document) -> None:
    order.update({name: fields[name] for name in PLAIN_FIELDS if name in fields})
    for name in ("billing", "shipping"):
        given = fields.get(name) or {}
        order[name].update({key: str(value) for key, value in given.items() if key in order[name]})
    order["meta_data"] = core.meta(order["meta_data"], fields.get("meta_data", []))


def _line_goods(core: Core, line: Document) -> Goods:
    product = core.state.get("product", line["variation_id"] or line["product_id"])
    return order_lines.goods_of(core, product, line["quantity"]) if product else Goods(ZERO, line["quantity"])


def _apply_coupons(core: Core, order: Document, fields: Document, country: str) -> None:
    goods = [_line_goods(core, line) for line in order["line_items"]]
    for entry in fields.get("coupon_lines", []):
        coupon = orders.find_coupon(core, entry["code"])
        if coupon is None or not goods:
            continue
        effect = apply_coupon(coupon, goods, core.rules, country)
        for line, one, off in zip(order["line_items"], goods, effect.by_line, strict=True):
            rate = core.rules.rate_for(one.tax_class, country)
            share = Decimal(100) + rate.percent if rate and core.rules.prices_include_tax else Decimal(100)
            total = Decimal(line["total"]) - off * 100 / share
            line |= order_lines.stored_amounts(price_net_line(one, Decimal(line["subtotal"]), total, core.rules, country))
        order["coupon_lines"].append(order_lines.coupon_line(core, coupon, effect))


def _shipping(core: Core, order: Document, fields: Document, country: str) -> Document:
    cost = Decimal(str(fields.get("total") or "0"))
    goods = [_line_goods(core, line) for line in order["line_items"]]
    amounts = order_lines.shipping_lines_amounts(core, cost, goods, country)
    title, method_id = str(fields.get("method_title", "")), str(fields.get("method_id", ""))
    return order_lines.shipping_line(core, title, method_id, str(fields.get("instance_id", "")), amounts, [])


def _fee(core: Core, fields: Document, country: str) -> Document:
    total, tax_class = Decimal(str(fields.get("total") or "0")), str(fields.get("tax_class", ""))
    taxable = fields.get("tax_status", "taxable") == "taxable"
    amounts = price_net_line(Goods(total, 1, tax_class, taxable), total, total, core.rules, country)
    named = {
        "name": str(fields.get("name", "")),
        "tax_class": tax_class,
        "tax_status": "taxable" if taxable else "none",
    }
    return {"id": core.new_id("item"), **named, **order_lines.stored_amounts(amounts)}


def recalculate(core: Core, order: Document) -> None:
    """Compute the tax of negative fees and the header again from the stored lines."""
    country = tax_country(core, order)
    lines = [order_lines.read_amounts(line) for line in order["line_items"]]
    shipping = [order_lines.read_amounts(line) for line in order["shipping_lines"]]
    costs = _costs_by_class(core, order, country)
    fees = []
    for fee in order["fee_lines"]:
        amounts = order_lines.read_amounts(fee)
        if amounts.total < 0 and fee["tax_status"] == "taxable":
            taxes = negative_fee_taxes(amounts.total, costs, core.rules, country)
            amounts = LineAmounts(amounts.subtotal, amounts.total, taxes, taxes)
            fee |= order_lines.stored_amounts(amounts)
        fees.append(amounts)
    orders.set_amounts(order, order_amounts(lines, shipping, fees, core.rules))


def _costs_by_class(core: Core, order: Document, country: str) -> dict[str, Decimal]:
    """Return the amounts excluding tax by tax class; what bears no tax stands under "non-taxable"."""
    goods = [_line_goods(core, line) for line in order["line_items"]]
    inherited = shipping_rate(goods, core.rules, country)
    parts = [
        (one.tax_class if one.taxable else "non-taxable", line["total"])
        for one, line in zip(goods, order["line_items"], strict=True)
    ]
    parts += [(inherited.tax_class if inherited else "non-taxable", line["total"]) for line in order["shipping_lines"]]
    parts += [
        (fee["tax_class"] if fee["tax_status"] == "taxable" else "non-taxable", fee["total"]) for fee in order["fee_lines"]
    ]
    costs: dict[str, Decimal] = {}
    for tax_class, total in parts:
        if Decimal(total) > 0:
            costs[tax_class] = costs.get(tax_class, ZERO) + Decimal(total)
    return costs


def update_order(core: Core, order: Document, fields: Document) -> Document:
    """Change an order by REST. Raises RestError on an unknown status or line."""
    if "status" in fields:
        orders.check_status(fields["status"])
    with core.state.change():
        was_trashed = order["status"] == "trash"
        _apply_plain(core, order, fields)
        for entry in fields.get("line_items", []):
            _edit_line(core, order, entry)
        status = "processing" if fields.get("set_paid") is True else str(fields.get("status", order["status"]))
        if status == "refunded" and order["status"] != "refunded":
            _refund_the_rest(core, order)
        return orders.set_status(core, order, status, announce=not was_trashed)


def _edit_line(core: Core, order: Document, fields: Document) -> None:
    """Change a line. A quantity alone moves the stock and leaves every amount, as WooCommerce does."""
    if "id" not in fields:
        order["line_items"].append(orders.typed_line(core, fields, tax_country(core, order)))
        recalculate(core, order)
        return
    line = next((each for each in order["line_items"] if each["id"] == fields["id"]), None)
    if line is None:
        message = "Order item ID provided is not associated with order."
        raise RestError(400, "woocommerce_rest_invalid_item_id", message)
    if "quantity" in fields:
        _move_line_stock(core, line, int(fields["quantity"]))
        line["quantity"] = int(fields["quantity"])
    if "subtotal" in fields or "total" in fields:
        subtotal = Decimal(str(fields.get("subtotal", line["subtotal"])))
        total = Decimal(str(fields.get("total", line["total"])))
        goods, country = _line_goods(core, line), tax_country(core, order)
        line |= order_lines.stored_amounts(price_net_line(goods, subtotal, total, core.rules, country))
        recalculate(core, order)


def _move_line_stock(core: Core, line: Document, quantity: int) -> None:
    product = core.state.get("product", line["variation_id"] or line["product_id"])
    for entry in line["meta_data"]:
        if product and entry["key"] == "_reduced_stock":
            catalogue.move_stock(core, product, int(entry["value"]) - quantity)
            entry["value"] = str(quantity)


def refunds_of(core: Core, order_id: int) -> list[Document]:
    """Return the refunds of an order, oldest first."""
    return [each for each in core.state.all("refund") if each["order_id"] == order_id]


def refundable(core: Core, order: Document) -> Decimal:
    """Return what is left to refund."""
    return Decimal(order["total"]) - sum((Decimal(each["amount"]) for each in refunds_of(core, order["id"])), ZERO)


def create_refund(core: Core, order: Document, fields: Document) -> Document:
    """Refund a part of an order; the order's total never changes. Raises RestError 500, as WooCommerce does."""
    amount = _refund_amount(fields)
    with core.state.change():
        left = refundable(core, order)
        if not ZERO < amount <= left:
            raise _refund_error("Invalid refund amount.")
        paid_back = fields.get("api_refund", True) is not False
        if paid_back and order["payment_method"] in OFFLINE_GATEWAYS:
            raise _refund_error("The payment gateway for this order does not support automatic refunds.")
        refund = _new_refund(core, order, amount, str(fields.get("reason", "")), full=amount == left)
        refund["refunded_payment"] = paid_back
        for entry in fields.get("line_items", []):
            _refund_line(core, order, refund, entry, restock=fields.get("api_restock", True) is not False)
        core.state.put("refund", refund)
        core.state.put("order", order)
        orders.set_status(core, order, "refunded" if amount == left else order["status"])
        return refund


def _refund_amount(fields: Document) -> Decimal:
    if "amount" in fields and not isinstance(fields["amount"], str):
        data = {"param": "amount"}
        raise invalid_params({"amount": ("rest_invalid_type", "amount is not of type string.", data)})
    if "amount" in fields:
        try:
            return round_cent(Decimal(fields["amount"]))
        except InvalidOperation:
            raise _refund_error("Invalid refund amount.") from None
    whole = ZERO
    for entry in fields.get("line_items", []):
        whole += Decimal(str(entry.get("refund_total", 0)))
        whole += sum((Decimal(str(tax["refund_total"])) for tax in entry.get("refund_tax", [])), ZERO)
    return round_cent(whole)


def _refund_error(message: str) -> RestError:
    return RestError(500, "woocommerce_rest_cannot_create_order_refund", message, 500)


def _new_refund(core: Core, order: Document, amount: Decimal, reason: str, full: bool) -> Document:
    kind = {"key": "_refund_type", "value": "full" if full else "partial"}
    return {
        "id": core.new_id("post"),
        "order_id": order["id"],
        "date_created_gmt": core.now(),
        "amount": str(round_cent(amount)),
        "reason": reason,
        "refunded_payment": False,
        "meta_data": core.meta([], [kind]),
        "line_items": [],
    }


def _refund_line(core: Core, order: Document, refund: Document, fields: Document, restock: bool) -> None:
    line = next((each for each in order["line_items"] if each["id"] == fields.get("id")), None)
    if line is None:
        return
    pieces = int(fields.get("quantity", 0))
    total = -Decimal(str(fields.get("refund_total", 0)))
    taxes = {int(tax["id"]): -Decimal(str(tax["refund_total"])) for tax in fields.get("refund_tax", [])}
    entry: dict[str, Any] = {"id": core.new_id("meta"), "key": "_refunded_item_id", "value": str(line["id"])}
    amounts = order_lines.stored_amounts(LineAmounts(total, total, taxes, taxes))
    refund["line_items"].append({**line, "id": core.new_id("item"), "quantity": -pieces, **amounts, "meta_data": [entry]})
    reduced = next((each for each in line["meta_data"] if each["key"] == "_reduced_stock"), None)
    product = core.state.get("product", line["variation_id"] or line["product_id"])
    if restock and pieces and reduced and product:
        catalogue.move_stock(core, product, pieces)
        reduced["value"] = str(int(reduced["value"]) - pieces)
        line["meta_data"].append({"id": core.new_id("meta"), "key": "_restock_refunded_items", "value": str(pieces)})


def _refund_the_rest(core: Core, order: Document) -> None:
    left = refundable(core, order)
    if left > 0:
        core.state.put("refund", _new_refund(core, order, left, "Order fully refunded.", full=True))


def trash_order(core: Core, order: Document) -> None:
    """Put an order into the bin: it can still be read, and its stock stays taken."""
    with core.state.change():
        order["status"], order["date_modified_gmt"] = "trash", core.now()
        core.state.put("order", order)
        core.announce("order.deleted", order["id"])


def delete_order(core: Core, order: Document) -> None:
    """Remove an order, its notes and refunds for good; nothing is announced."""
    with core.state.change():
        for kind in ("note", "refund"):
            for each in list(core.state.all(kind)):
                if each["order_id"] == order["id"]:
                    core.state.delete(kind, each["id"])
        core.state.delete("order", order["id"])

"""What a buyer sees of amounts and orders, in terms the pages can show."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from infra.local.shops.woocommerce import order_lines
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.order_pages import OrderView, Parcel
from infra.local.shops.woocommerce.orders import Quote
from infra.local.shops.woocommerce.pages import Look, Sums
from infra.local.shops.woocommerce.state import Document
from infra.local.shops.woocommerce.totals import ZERO, LineAmounts, round_cent

#: The customer the checkout opens with, so that a demonstration is two clicks.
DEMO_CUSTOMER = {
    "first_name": "Camille", "last_name": "Durand", "company": "", "email": "camille.durand@example.com",
    "phone": "+33 6 00 00 00 00", "address_1": "12 rue des Glaciers", "postcode": "69003", "city": "Lyon",
    "country": "FR", "payment": "card",
}  # fmt: skip
#: The order field of the shipment-tracking plug-ins: a list of parcels.
TRACKING_KEY = "_wc_shipment_tracking_items"


def sums_of(quote: Quote) -> Sums:
    """Return a quote's amounts including tax; they add up to the total."""
    amounts = quote.amounts
    shipping = amounts.shipping_total + amounts.shipping_tax
    goods = [line for _, _, _, line in quote.lines]
    return _sums(goods, shipping, amounts.total_tax, amounts.total, quote.coupon is not None)


def _sums(goods: Sequence[LineAmounts], shipping: Decimal, vat: Decimal, total: Decimal, has_coupon: bool) -> Sums:
    """Add up as the buyer reads it: with a coupon, the discount is what lies between the lines and the total."""
    subtotal = sum((gross(line) for line in goods), ZERO) if has_coupon else total - shipping
    return Sums(subtotal, subtotal + shipping - total, shipping, vat, total)


def gross(line: LineAmounts) -> Decimal:
    """Return a line's amount including tax, before any discount."""
    return round_cent(line.subtotal + sum(line.subtotal_taxes.values(), ZERO))


def parcels_of(order: Document) -> tuple[Parcel, ...]:
    """Return the parcels noted on an order; entries of another shape are passed over."""
    found = []
    for entry in _tracking_entries(order):
        carrier = entry.get("custom_tracking_provider") or entry.get("tracking_provider") or ""
        if entry.get("tracking_number"):
            number, link = str(entry["tracking_number"]), str(entry.get("custom_tracking_link") or "")
            found.append(Parcel(str(carrier), number, link))
    return tuple(found)


def _tracking_entries(order: Document) -> Iterator[dict[str, Any]]:
    for entry in order["meta_data"]:
        if entry["key"] == TRACKING_KEY and isinstance(entry["value"], list):
            yield from (item for item in entry["value"] if isinstance(item, dict))


def order_view(core: Core, order: Document, look: Look) -> OrderView:
    """Return an order for its customer's page, amounts including tax."""
    goods = [order_lines.read_amounts(line) for line in order["line_items"]]
    rows = tuple(
        (line["name"], line["quantity"], look.money(gross(amounts)))
        for line, amounts in zip(order["line_items"], goods, strict=True)
    )
    shipping = Decimal(order["shipping_total"]) + Decimal(order["shipping_tax"])
    vat, total = Decimal(order["total_tax"]), Decimal(order["total"])
    notes = [each for each in core.state.all("note") if each["order_id"] == order["id"] and each["customer_note"]]
    parcels = parcels_of(order)
    seen = json.dumps([order["status"], [note["id"] for note in notes], [parcel.number for parcel in parcels]])
    return OrderView(
        number=order["id"],
        status=order["status"],
        first_name=order["billing"]["first_name"],
        rows=rows,
        sums=_sums(goods, shipping, vat, total, bool(order["coupon_lines"])),
        parcels=parcels,
        messages=tuple(note["note"] for note in notes),
        state_path=f"/order/{order['id']}/{order['order_key']}/state.json",
        version=hashlib.sha256(seen.encode()).hexdigest()[:12],
    )

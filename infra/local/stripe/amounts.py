"""What an item costs, what changing it costs, and the tax: cents, rounded half up. Pure but for the usage it is told."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from infra.local.stripe.objects import EU_VAT
from infra.local.stripe.shapes import make
from infra.local.stripe.state import Object

FRENCH_VAT = Decimal("0.20")
Line = dict[str, Any]
Tiers = Callable[[str], list[dict[str, Any]]]


def cents(amount: Decimal) -> int:
    """Whole cents, half up."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def month_after(at: int, anchor: int) -> int:
    """The same day of the next month as the anchor's, or that month's last day."""
    start, day = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(anchor, UTC).day
    year, month = start.year + start.month // 12, start.month % 12 + 1
    return int(start.replace(year=year, month=month, day=min(day, calendar.monthrange(year, month)[1])).timestamp())


def day_of(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d %b %Y}"


def graduated(tiers: list[dict[str, Any]], quantity: int) -> int:
    """Each unit at the price of the tier it falls into (https://docs.stripe.com/billing/subscriptions/usage-based/pricing-models)."""
    total, below = Decimal(0), 0
    for tier in tiers:
        upper = quantity if tier["up_to"] == "inf" else min(quantity, int(tier["up_to"]))
        price = Decimal(str(tier.get("unit_amount_decimal") or tier.get("unit_amount") or "0"))
        total += max(0, upper - below) * price
        below = max(below, upper)
    return cents(total)


def is_metered(price: Object) -> bool:
    return bool(price["recurring"]["usage_type"] == "metered")


def line(price: Object, amount: int, text: str, period: tuple[int, int], quantity: int, item: Object,
         is_proration: bool = False) -> Line:
    """One line of an invoice, without its id."""
    details = {"invoice_item": None, "proration": is_proration, "proration_details": {"credited_items": None},
               "subscription": item["subscription"], "subscription_item": item["id"]}
    return make("line_item", "", 0, amount=amount, subtotal=amount, currency=price["currency"], description=text,
                period={"start": period[0], "end": period[1]}, quantity=quantity, quantity_decimal=str(quantity),
                subscription=item["subscription"],
                parent={"type": "subscription_item_details", "invoice_item_details": None,
                        "subscription_item_details": details},
                pricing={"type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"],
                         "price_details": {"price": price["id"], "product": price["product"]}})


def in_advance(item: Object, name: str, period: tuple[int, int]) -> Line:
    """A licensed item for the period to come."""
    quantity = int(item.get("quantity", 1))
    price = item["price"]
    return line(price, quantity * int(price["unit_amount"]), f"{quantity} × {name}", period, quantity, item)


def in_arrears(item: Object, name: str, period: tuple[int, int], tiers: list[dict[str, Any]], used: int) -> Line:
    """A metered item for the period that is over."""
    return line(item["price"], graduated(tiers, used), f"{used} × {name}", period, used, item)


def _share(item: Object, at: int) -> int:
    """The cents that the rest of the period is worth, to the second."""
    start, end = int(item["current_period_start"]), int(item["current_period_end"])
    whole = int(item.get("quantity", 1)) * int(item["price"]["unit_amount"])
    return cents(Decimal(whole) * max(0, end - at) / max(1, end - start))


def prorations(before: list[Object], after: list[Object], names: Callable[[Object], str], at: int) -> list[Line]:
    """A credit for what was paid and will not be used, a charge for what replaces it, of the licensed items that changed."""
    def facts(item: Object) -> tuple[str, str, int]:
        return item["id"], item["price"]["id"], int(item.get("quantity", 1))

    kept = {facts(item) for item in before} & {facts(item) for item in after}
    lines = []
    for sign, text, items in ((-1, "Unused time on", before), (1, "Remaining time on", after)):
        for item in items:
            if facts(item) in kept or is_metered(item["price"]):
                continue
            quantity = int(item.get("quantity", 1))
            what = f"{text} {quantity} × {names(item['price'])} after {day_of(at)}"
            lines.append(line(item["price"], sign * _share(item, at), what, (at, int(item["current_period_end"])), quantity,
                              item, is_proration=True))
    return lines


def tax_of(subtotal: int, country: str, tax_ids: list[str]) -> list[dict[str, Any]]:
    """French VAT for France, reverse charge for a business elsewhere in the Union, nothing beyond: enough for a laptop."""
    in_union = country in EU_VAT or country == "GR"
    has_number = any(value[:2] != "FR" for value in tax_ids)
    reason = "standard_rated" if country == "FR" or (in_union and not has_number) else (
        "reverse_charge" if in_union else "not_subject_to_tax")
    amount = cents(Decimal(subtotal) * FRENCH_VAT) if reason == "standard_rated" else 0
    return [{"amount": amount, "tax_behavior": "exclusive", "tax_rate_details": None, "taxability_reason": reason,
             "taxable_amount": subtotal, "type": "tax_rate_details"}]

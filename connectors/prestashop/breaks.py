"""Quantity breaks as PrestaShop keeps them: specific prices for everybody, at all times, from two pieces on. Pure.

A specific price has no place for a mark of ours, so it is ours by its shape. One for a group, a customer, a country, a
currency or a cart, one with dates, one with a reduction and one made by a catalogue rule are the merchant's own and stay.
A price of 0 or more is the price itself, without tax and, for a combination's own row, without any impact on top; -1 keeps
the product's (https://devdocs.prestashop-project.org/8/webservice/resources/specific_prices/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import PriceUpdate
from connectors.prestashop.outgoing import money
from connectors.prestashop.products import SOMEBODYS, is_everybodys, place, six_decimals
from connectors.prestashop.rounding import ZERO
from connectors.prestashop.xml import Resource
from connectors.reading import Raw, optional_decimal, text

NEVER = ("", "0000-00-00 00:00:00")


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes the shop's breaks of one item those wanted: rows to make, rows to change (with what), rows to take away."""

    new: tuple[dict[str, str], ...]
    changed: tuple[tuple[Resource, dict[str, str]], ...]
    gone: tuple[Resource, ...]


def plan(item: PriceUpdate, specials: Sequence[Resource], shop_id: str) -> Plan:
    """Compare the breaks of `item` with the specific prices of its product. Of two rows for one quantity, which a repeated
    call may have made, the first is kept."""
    wanted = {each.from_quantity: money(each.price) for each in item.breaks}
    ours: dict[int, Resource] = {}
    changed, gone = [], []
    for special in specials:
        if not _is_ours(special, item, shop_id):
            continue
        quantity = int(text(special, "from_quantity"))
        if quantity not in wanted or quantity in ours:
            gone.append(special)
            continue
        ours[quantity] = special
        if money(six_decimals(optional_decimal(special, "price") or ZERO)) != wanted[quantity]:
            changed.append((special, {"price": wanted[quantity]}))
    new = [_row(item, quantity, price, shop_id) for quantity, price in wanted.items() if quantity not in ours]
    return Plan(tuple(new), tuple(changed), tuple(gone))


def _is_ours(special: Raw, item: PriceUpdate, shop_id: str) -> bool:
    return (
        (text(special, "id_product"), text(special, "id_product_attribute") or "0") == place(item)
        and is_everybodys(special) and text(special, "id_specific_price_rule") in ("", "0")
        and text(special, "id_shop") in (("", "0", shop_id) if shop_id in ("", "0") else (shop_id,))
        and (optional_decimal(special, "from_quantity") or ZERO) > 1
        and (optional_decimal(special, "price") or ZERO) >= 0 and not optional_decimal(special, "reduction")
        and all(text(special, name) in NEVER for name in ("from", "to"))
    )  # fmt: skip


def _row(item: PriceUpdate, quantity: int, price: str, shop_id: str) -> dict[str, str]:
    product_id, combination_id = place(item)
    nobody = dict.fromkeys(SOMEBODYS, "0")
    return {"id_shop": shop_id or "0", **nobody, "id_product": product_id, "id_product_attribute": combination_id,
            "price": price, "from_quantity": str(quantity), "reduction": "0", "reduction_tax": "0",
            "reduction_type": "amount", "from": NEVER[1], "to": NEVER[1]}

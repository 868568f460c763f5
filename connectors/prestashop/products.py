"""PrestaShop's catalogue, stock rows and prices. Pure.

A product without combinations has one stock row (combination 0); one with combinations has a row for each, and row 0 is their
sum. A combination's price is an impact on its product's. All prices are without tax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from connectors.contract import ChannelProduct, MappingProblem, PriceUpdate, PushOutcome, PushResult, StockLevel
from connectors.prestashop.clock import optional_instant
from connectors.prestashop.reference import localised
from connectors.prestashop.rounding import SIXTH, ZERO
from connectors.prestashop.xml import Resource
from connectors.reading import Raw, Unreadable, decimal, identifier, mapping, optional_decimal, plain_text, text

PushItem = StockLevel | PriceUpdate
PRODUCT_FIELDS = (
    "[id,reference,ean13,name,price,active,date_upd,weight,id_tax_rules_group,cache_is_pack,advanced_stock_management]"
)
SOMEBODYS = ("id_cart", "id_group", "id_customer", "id_country", "id_currency")
"""What makes a specific price somebody's and not everybody's."""


def is_everybodys(special: Raw) -> bool:
    """Whether a specific price is for all customers, everywhere, in any currency."""
    return all(text(special, name) in ("", "0") for name in SOMEBODYS)


def is_number(item: PushItem) -> bool:
    """Whether the ids are numbers, as all of PrestaShop's are; anything else must not reach an address or a filter."""
    return all(
        value.isascii() and value.isdecimal() and len(value) < 11
        for value in (item.external_id, item.parent_external_id or "0")
    )


def place(item: PushItem) -> tuple[str, str]:
    """Product and combination of an item; combination "0" for a product that has none."""
    return (item.parent_external_id, item.external_id) if item.parent_external_id else (item.external_id, "0")


def rows_by_place(rows: Sequence[Resource], shop_id: str, group_id: str) -> dict[tuple[str, str], Resource]:
    """The stock row of each product and combination: the shop's own, or that of its group where stock is shared.

    Without a shop named there is one shop, and one row.
    """
    found: dict[tuple[str, str], Resource] = {}
    for row in rows:
        shop, group = text(row, "id_shop"), text(row, "id_shop_group")
        mine = not shop_id or shop == shop_id or (shop in ("", "0") and group in ("", "0", group_id))
        key = (text(row, "id_product"), text(row, "id_product_attribute") or "0")
        if mine and (key not in found or shop == shop_id):
            found[key] = row
    return found


def whole_quantity(quantity: Decimal) -> int:
    """Rounded down to whole pieces: PrestaShop counts in integers."""
    return int(quantity.to_integral_value(ROUND_FLOOR))


def refused(item: PushItem, outcome: PushOutcome, code: str, message: str, shown: Decimal | None = None) -> PushResult:
    """Result of an item that the shop did not take."""
    return PushResult(item.external_id, outcome, code, message, shown, item.parent_external_id)


def unknown(item: PushItem) -> PushResult:
    """Result of an item that the shop does not have."""
    return refused(item, PushOutcome.MISSING, "product_unknown", "the shop does not know this item")


def stock_result(item: StockLevel, row: Raw | None) -> PushResult:
    """Compare what a stock row shows with `item`."""
    if row is None:
        return unknown(item)
    shown = optional_decimal(row, "quantity")
    if text(row, "depends_on_stock") == "1":
        message = "the quantity follows the warehouses of PrestaShop's advanced stock management"
        return refused(item, PushOutcome.NOT_MANAGED, "stock_not_managed", message, shown)
    if shown != whole_quantity(item.quantity):
        return refused(item, PushOutcome.REJECTED, "shown_differs", "the shop shows another quantity", shown)
    return PushResult(item.external_id, PushOutcome.APPLIED, "", "", shown, item.parent_external_id)


def six_decimals(price: Decimal) -> Decimal:
    """A price as PrestaShop keeps it."""
    return price.quantize(SIXTH, ROUND_HALF_UP)


def price_result(item: PriceUpdate, shown: Decimal | None) -> PushResult:
    """Compare the price a shop answers with `item`."""
    if shown is None or six_decimals(shown) != six_decimals(item.price):
        return refused(item, PushOutcome.REJECTED, "shown_differs", "the shop shows another price", shown)
    return PushResult(item.external_id, PushOutcome.APPLIED, "", "", shown, item.parent_external_id)


def in_force(
    price: Decimal, specials: Sequence[Raw], product_id: str, combination_id: str, zone: ZoneInfo, now: datetime
) -> Decimal:
    """The price without tax that anybody pays for one piece now: the lowest that a specific price for all customers gives.

    One for a group, a customer, a country, a currency, a cart or larger quantities is not everybody's. A reduction that is
    an amount with tax is left out: its net depends on the buyer's tax.
    """
    found = [price]
    for special in specials:
        fits = text(special, "id_product") == product_id and text(special, "id_product_attribute") in ("", "0", combination_id)
        begins, ends = (optional_instant(special, key, zone, now) for key in ("from", "to"))
        runs = (begins is None or begins <= now) and (ends is None or now <= ends)
        if is_everybodys(special) and fits and runs and (optional_decimal(special, "from_quantity") or ZERO) <= 1:
            found += _special_price(price, special)
    return min(found)


def _special_price(price: Decimal, special: Raw) -> list[Decimal]:
    base = optional_decimal(special, "price") or ZERO
    base = price if base < 0 else base
    reduction = optional_decimal(special, "reduction") or ZERO
    if text(special, "reduction_type") == "percentage":
        return [six_decimals(base * (1 - reduction))]
    if reduction and text(special, "reduction_tax") == "1":
        return []
    return [max(base - reduction, ZERO)]


def map_products(
    products: Sequence[Resource], combinations: Sequence[Resource], rows: Mapping[tuple[str, str], Resource],
    specials: Sequence[Resource], language_id: str, zone: ZoneInfo, now: datetime,
) -> list[ChannelProduct | MappingProblem]:
    """Products, each followed by its combinations."""
    by_product: dict[str, list[Resource]] = {}
    for combination in combinations:
        by_product.setdefault(text(combination, "id_product"), []).append(combination)
    found: list[ChannelProduct | MappingProblem] = []
    for raw in products:
        mine = by_product.get(text(raw, "id"), [])
        try:
            parent = _product(raw, None, bool(mine), rows, specials, language_id, zone, now)
            found.append(parent)
            found += [_product(each, (raw, parent), False, rows, specials, language_id, zone, now) for each in mine]
        except Unreadable as unreadable:
            found.append(unreadable.problem(text(raw, "id")))
    return found


def _product(
    raw: Raw, under: tuple[Raw, ChannelProduct] | None, has_variants: bool,
    rows: Mapping[tuple[str, str], Resource], specials: Sequence[Resource], language_id: str, zone: ZoneInfo, now: datetime,
) -> ChannelProduct:  # fmt: skip
    external_id = identifier(raw, "id")
    parent_raw, parent = under or (raw, None)
    product_id, combination_id = (parent.external_id, external_id) if parent else (external_id, "0")
    impact = decimal(raw, "price") if parent else ZERO
    regular = six_decimals(decimal(parent_raw, "price") + impact)
    price = in_force(regular, specials, product_id, combination_id, zone, now)
    row = rows.get((product_id, combination_id))
    names = [localised(each, "name", language_id) for each in _option_values(raw)]
    suffix = f" - {', '.join(filter(None, names))}" if any(names) else ""
    return ChannelProduct(
        external_id=external_id,
        parent_external_id=parent.external_id if parent else None,
        kind="combination" if parent else "product",
        sku=text(raw, "reference"),
        gtin=text(raw, "ean13"),
        name=f"{parent.name}{suffix}" if parent else localised(raw, "name", language_id),
        status="active" if text(parent_raw, "active") == "1" else "inactive",
        price=price,
        regular_price=regular,
        sale_price=price if price != regular else None,
        manage_stock=row is None or text(row, "depends_on_stock") != "1",
        stock_managed_by_parent=False,
        quantity=optional_decimal(row, "quantity") if row else None,
        taxable=text(parent_raw, "id_tax_rules_group") not in ("", "0"),
        tax_class=text(parent_raw, "id_tax_rules_group"),
        weight=optional_decimal(raw, "weight"),
        updated_at=optional_instant(parent_raw, "date_upd", zone, now),
        has_variants=has_variants,
    )


def _option_values(raw: Raw) -> list[Raw]:
    """The values that make a combination, with their names where the client has put them in."""
    found = mapping(raw, "associations").get("product_option_values")
    return [entry for entry in found if plain_text(entry, "id")] if isinstance(found, list) else []

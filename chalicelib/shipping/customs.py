"""What customs want to know of a parcel that leaves the customs territory: what is in it, how it is classified, where it was
made, what it is worth.

Member states are one customs territory (regulation (EU) 952/2013, art. 4), so nothing is declared within it. Parcels to the
French overseas departments, the Canaries, Ceuta and Melilla are declared (VAT, octroi de mer), those to Northern Ireland are
not (Windsor framework). Outside it each article needs its description, quantity, weight, value, code of the Harmonised
System and country of origin: forms CN22 and CN23 of the Universal Postal Union, the carrier's commercial invoice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_UP, Decimal

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import VARIANT, Variant
from chalicelib.kernel.address import Address
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.kernel.shapes import entity
from chalicelib.kernel.tax import EU_MEMBERS, net_of_gross
from chalicelib.sales.delivery import Delivery, Parcel
from chalicelib.sales.model import Order, OrderLine
from chalicelib.storage import read

TERRITORY = EU_MEMBERS | {"MC"}
_OUTSIDE = {"ES": ("35", "38", "51", "52"), "FR": ("97", "98")}
"""Postal codes of member states whose parcels are declared."""
_INSIDE = {"GB": ("BT",)}
_CODE = re.compile(r"\d{6,10}")


@entity
class DeclaredItem:
    """An article of a parcel: `quantity` pieces of `weight_grams` each, worth `unit_value` each without VAT."""

    sku: str
    description: str
    quantity: int
    weight_grams: int
    unit_value: Decimal
    hs_code: str
    country_of_origin: str


@entity
class DeclaredParcel:
    parcel_number: int
    items: tuple[DeclaredItem, ...]
    total_value: Decimal


@entity
class MissingData:
    """What an article lacks: the field of the catalogue."""

    sku: str
    variant_id: str
    field: str


@entity
class CustomsDeclaration:
    """What is declared of a delivery's parcels; nothing where `is_required` is false. No label is bought while anything is
    missing."""

    is_required: bool
    currency: str
    is_business: bool = False
    parcels: tuple[DeclaredParcel, ...] = ()
    missing: tuple[MissingData, ...] = ()


def is_required(sender: Address, recipient: Address) -> bool:
    """Whether a parcel between these addresses is declared."""
    if _is_inside(sender) or _is_inside(recipient):
        return not (_is_inside(sender) and _is_inside(recipient))
    return (sender.country_code, sender.postal_code[:2]) != (recipient.country_code, recipient.postal_code[:2])


def _is_inside(address: Address) -> bool:
    country, code = address.country_code, address.postal_code.strip().upper()
    if country in _INSIDE:
        return code.startswith(_INSIDE[country])
    return country in TERRITORY and not code.startswith(_OUTSIDE.get(country, ("#",)))


def declaration(ctx: Context, order: Order, delivery: Delivery, sender: Address, recipient: Address) -> CustomsDeclaration:
    """What is declared of the delivery's parcels, by what the catalogue says of their articles today."""
    if not is_required(sender, recipient):
        return CustomsDeclaration(is_required=False, currency=order.currency)
    facts = catalog.find_skus(ctx, sorted({line.sku for parcel in delivery.parcels for line in parcel.lines}))
    stored = read.get_many(ctx, VARIANT, [each.variant_id for each in facts.values()])
    variants = {sku: stored[each.variant_id] for sku, each in facts.items() if each.variant_id in stored}
    parcels = tuple(_declared(order, parcel, variants) for parcel in delivery.parcels)
    return CustomsDeclaration(
        is_required=True, currency=order.currency, is_business=bool(order.buyer.company_name or order.buyer.vat_number),
        parcels=parcels, missing=tuple(missing(parcels, variants)))


def missing(parcels: Sequence[DeclaredParcel], variants: Mapping[str, Variant]) -> list[MissingData]:
    """What the articles lack, each once."""
    found = []
    for sku, item in sorted({item.sku: item for parcel in parcels for item in parcel.items}.items()):
        lacks = {"hs_code": not _CODE.fullmatch(item.hs_code), "country_of_origin": not item.country_of_origin,
                 "weight_grams": item.weight_grams <= 0}
        variant = variants.get(sku)
        found += [MissingData(sku=sku, variant_id=variant.id if variant else "", field=name)
                  for name, is_so in lacks.items() if is_so]
    return found


def refuse(declared: CustomsDeclaration) -> None:
    """Raises Invalid `customs_data` naming each article's missing field."""
    if declared.missing:
        first = declared.missing[0]
        raise Invalid(
            "customs_data", f"Outside the EU customs want more: {first.sku} lacks {first.field}.",
            {f"{each.sku}.{each.field}": "required outside the EU" for each in declared.missing}, sku=first.sku)


def _declared(order: Order, parcel: Parcel, variants: Mapping[str, Variant]) -> DeclaredParcel:
    lines = {line.id: line for line in order.lines}
    items = tuple(_item(order, lines[each.line_id], each.sku, each.quantity, variants.get(each.sku)) for each in parcel.lines)
    total = sum((item.unit_value * item.quantity for item in items), ZERO)
    return DeclaredParcel(parcel_number=parcel.number, items=items, total_value=total)


def _item(order: Order, line: OrderLine, sku: str, quantity: Decimal, variant: Variant | None) -> DeclaredItem:
    """An article as it is declared. Whole pieces: what is sold by weight is one piece of that weight. A kit's value is divided
    over its components by their number."""
    pieces = quantity if quantity == quantity.to_integral_value() else Decimal(1)
    units = sum((part.quantity for part in line.kit), ZERO) or Decimal(1)
    price = line.amount / line.quantity / (units if sku != line.sku else 1)
    net = net_of_gross(price, line.vat_rate) if order.prices_include_vat else price
    weight = Decimal(variant.weight_grams if variant else 0) * quantity / pieces
    return DeclaredItem(
        sku=sku, description=(variant.name if variant else "") or line.name, quantity=int(pieces),
        weight_grams=int(weight.to_integral_value(ROUND_UP)), unit_value=round_amount(net * quantity / pieces, order.currency),
        hs_code=re.sub(r"[ .]", "", variant.hs_code) if variant else "",
        country_of_origin=variant.country_of_origin if variant else "")

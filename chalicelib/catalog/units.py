"""Quantities in any unit of an article: typed in cartons, kept in base units, exactly. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from chalicelib.catalog.model import SkuFacts
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import entity
from chalicelib.kernel.tax import UNIT_PRICE_QUANTUM

ONE = Decimal(1)
COUNTED = frozenset({
    "C62", "H87", "EA", "NAR", "NMP", "PR", "SET", "KT", "DZN", "MIL", "CEN", "CT", "BX", "PX", "PK", "PF", "BG", "BO", "CS",
    "CA", "RO", "SH", "TU", "VI", "JR", "CU", "TR", "ST"})
"""Units of UN/ECE Recommendation 20 (and packages of Recommendation 21, with or without their X) that come whole."""


@entity
class Measure:
    """A quantity as it was given and as it counts. `unit_code` is "" when it was given in the base unit, of which one
    unit holds `factor`: `base_quantity` = `quantity` × `factor`, exactly."""

    unit_code: str
    quantity: Decimal
    factor: Decimal
    base_quantity: Decimal


def comes_whole(unit_code: str) -> bool:
    """Whether half of such a unit makes no sense: pieces, pairs, packs."""
    return unit_code in COUNTED or (len(unit_code) == 3 and unit_code.startswith("X"))


def check_whole(quantity: Decimal, unit_code: str, path: str) -> Decimal:
    """The quantity; raises Invalid when the unit comes whole and the quantity is not."""
    if comes_whole(unit_code) and quantity != quantity.to_integral_value():
        raise Invalid("whole_quantity", "This article is counted in whole units.", {path: "a whole number"})
    return quantity


def in_base(quantity: Decimal) -> Measure:
    """A quantity of the base unit."""
    return Measure(unit_code="", quantity=quantity, factor=ONE, base_quantity=quantity)


def measure(facts: SkuFacts, quantity: Decimal, unit_code: str, path: str) -> Measure:
    """The quantity in base units. `path` is where the line stands in the request.

    Raises Invalid `unknown_unit` for a unit the article does not have, `whole_quantity` when it does not come to whole
    base units where these are counted.
    """
    if not unit_code or unit_code == facts.unit_code:
        return in_base(check_whole(quantity, facts.unit_code, f"{path}.quantity"))
    pack = next((pack for pack in facts.packs if pack.unit_code == unit_code), None)
    if pack is None:
        known = ", ".join([facts.unit_code, *(each.unit_code for each in facts.packs)])
        raise Invalid("unknown_unit", f"{facts.sku} has no unit {unit_code}, only {known}.", {f"{path}.unit_code": known})
    base = quantity * pack.quantity
    if -int(base.normalize().as_tuple().exponent) > 6:
        raise Invalid("quantity", "This comes to too small a fraction of the base unit.", {f"{path}.quantity": "too fine"})
    check_whole(base, facts.unit_code, f"{path}.quantity")
    return Measure(unit_code=unit_code, quantity=quantity, factor=pack.quantity, base_quantity=base)


def per_base_unit(amount: Decimal, factor: Decimal) -> Decimal:
    """A price or cost of one pack as that of one base unit: exact where it ends, else to six decimals."""
    exact = amount / factor
    return exact if exact * factor == amount and len(exact.as_tuple().digits) < 20 else exact.quantize(UNIT_PRICE_QUANTUM)


def check_per(per: str, path: str) -> bool:
    """Whether a price is that of the line's unit (`unit`) and not of the base unit (`base`). Raises Invalid."""
    if per not in ("base", "unit"):
        raise Invalid("price_per", "A price is per base or per unit.", {path: "base or unit"})
    return per == "unit"


def shown(
    unit_code: str, quantity: Decimal | None, factor: Decimal, base_unit: str, base_quantity: Decimal
) -> Mapping[str, str]:
    """How a stored line tells both quantities: what was typed, and its base units."""
    return {"unit_code": unit_code or base_unit, "unit_quantity": str(base_quantity if quantity is None else quantity),
            "unit_factor": str(factor), "base_unit_code": base_unit}

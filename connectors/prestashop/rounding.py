"""PrestaShop's arithmetic, replicated: six ways to round, at three places. Pure.

`PS_PRICE_ROUND_MODE` says how (PHP's constants PS_ROUND_UP 0 … PS_ROUND_HALF_ODD 5), `PS_ROUND_TYPE` where: each piece,
each line, or only the total. Since 1.6.1 an order keeps both (`round_mode`, `round_type`). Amounts of the web service have six
decimals. Sources: PrestaShop's own tests (`tests/Integration/Behaviour/Features/Scenario/Cart/Calculation/RoundingMode` and
`RoundingType`, `tests/Unit/Classes/CartGetOrderTotalTest`), whose examples our tests repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import IntEnum

ZERO = Decimal(0)
SIXTH = Decimal("0.000001")


class RoundMode(IntEnum):
    """How a shop rounds: the values of PS_PRICE_ROUND_MODE."""

    UP = 0
    DOWN = 1
    HALF_UP = 2
    HALF_DOWN = 3
    HALF_EVEN = 4
    HALF_ODD = 5


class RoundType(IntEnum):
    """Where a shop rounds: the values of PS_ROUND_TYPE."""

    ITEM = 1
    LINE = 2
    TOTAL = 3


_PYTHON = {
    RoundMode.UP: ROUND_CEILING,
    RoundMode.DOWN: ROUND_FLOOR,
    RoundMode.HALF_UP: ROUND_HALF_UP,
    RoundMode.HALF_DOWN: ROUND_HALF_DOWN,
    RoundMode.HALF_EVEN: ROUND_HALF_EVEN,
}


def ps_round(value: Decimal, decimals: int, mode: RoundMode) -> Decimal:
    """`value` with so many decimals, as Tools::ps_round does it.

    Up and down are PHP's ceil and floor, towards plus and minus infinity; the halves look away from and towards zero. What
    stands after the ninth decimal is float noise over there and is dropped first.
    """
    unit = Decimal(1).scaleb(-decimals)
    exact = value.quantize(Decimal("1e-9"), ROUND_HALF_UP)
    if mode is not RoundMode.HALF_ODD:
        return exact.quantize(unit, _PYTHON[mode])
    even = exact.quantize(unit, ROUND_HALF_EVEN)
    if abs(exact - even) * 2 != unit:
        return even
    return even - unit if even > exact else even + unit


def line_total(unit_price: Decimal, quantity: Decimal, decimals: int, kind: RoundType, mode: RoundMode) -> Decimal:
    """What a line comes to before the total is rounded (CartRow::applyRound)."""
    if kind is RoundType.ITEM:
        return ps_round(unit_price, decimals, mode) * quantity
    if kind is RoundType.LINE:
        return ps_round(unit_price * quantity, decimals, mode)
    return unit_price * quantity


@dataclass(frozen=True, slots=True)
class Sums:
    """The parts of an order's total, all with tax. `lines` are the shop's own line totals, `units` what each is made of:
    unit price and quantity. `told` is what the order says was to be paid."""

    lines: tuple[Decimal, ...]
    units: tuple[tuple[Decimal, Decimal], ...]
    shipping: Decimal
    wrapping: Decimal
    discounts: Decimal
    told_products: Decimal | None
    told: Decimal
    decimals: int

    @property
    def raw(self) -> Decimal:
        """The total before any rounding of the whole."""
        return sum(self.lines, ZERO) + self.shipping + self.wrapping - self.discounts


@dataclass(frozen=True, slots=True)
class Method:
    """One way a shop may have added up."""

    kind: RoundType
    mode: RoundMode

    @property
    def label(self) -> str:
        """Such as "line, half_up": where, and how."""
        return f"{self.kind.name.lower()}, {self.mode.name.lower()}"


def methods(declared: Method) -> Iterator[Method]:
    """The order's own method first, then every other: settings change, and modules round by themselves."""
    yield declared
    yield from (Method(kind, mode) for kind in RoundType for mode in RoundMode if Method(kind, mode) != declared)


def totals(sums: Sums, method: Method) -> frozenset[Decimal]:
    """What the order may come to by this method.

    The shop sums lines and rounds the whole; versions differ in whether goods and discounts are rounded before, so each of
    these is a possibility. Nothing is ever paid back at the checkout: a discount above the total makes it zero.
    """
    def rounded(value: Decimal) -> Decimal:
        return ps_round(value, sums.decimals, method.mode)

    found = set()
    recomputed = tuple(line_total(unit, n, sums.decimals, method.kind, method.mode) for unit, n in sums.units)
    for lines in (sums.lines, recomputed):
        goods, fees = sum(lines, ZERO), sums.shipping + sums.wrapping
        for products in {goods, rounded(goods)}:
            for discounts in {sums.discounts, rounded(sums.discounts)}:
                found.add(max(rounded(products + fees - discounts), ZERO))
                found.add(max(rounded(products) + rounded(fees) - rounded(discounts), ZERO))
    return frozenset(found)


def method_of(sums: Sums, declared: Method) -> Method | None:
    """The method by which the order adds up to what it says; None when there is none."""
    for method in methods(declared):
        if sums.told in totals(sums, method) and _products_agree(sums, method):
            return method
    return None


def _products_agree(sums: Sums, method: Method) -> bool:
    """Whether the lines come to the goods total that the order names: a line that is missing must not go unseen."""
    if sums.told_products is None:
        return True
    recomputed = sum((line_total(unit, n, sums.decimals, method.kind, method.mode) for unit, n in sums.units), ZERO)
    near = {ps_round(value, sums.decimals, method.mode) for value in (sum(sums.lines, ZERO), recomputed)}
    return ps_round(sums.told_products, sums.decimals, method.mode) in near


def share(total: Decimal, weights: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """`total` (at `decimals`) in parts proportional to `weights` that add up to it exactly: each rounded down, what is left
    given to the largest remainders, the earlier first. Without any weight the first takes all."""
    if not weights:
        return []
    unit = Decimal(1).scaleb(-decimals)
    whole = sum(weights, ZERO)
    if not whole:
        return [total, *[ZERO] * (len(weights) - 1)]
    exact = [total * weight / whole for weight in weights]
    parts = [value.quantize(unit, ROUND_FLOOR) for value in exact]
    left = int((total - sum(parts, ZERO)) / unit)
    for n in sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])[:left]:
        parts[n] += unit
    return parts

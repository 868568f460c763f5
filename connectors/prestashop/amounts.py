"""What each line, the shipping and the wrapping of an order came to for the customer, to the smallest unit. Pure.

PrestaShop keeps discounts on the order, lines with six decimals and the cent's rounding in the total. Here the total stays
what was paid, and each part gets its share of discount and rounding, so that the parts add up to it exactly, with and
without tax.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from connectors.prestashop.rounding import ZERO, Method, RoundMode, Sums, method_of, methods, ps_round, share, totals
from connectors.records import MappingProblem

HUNDRED = Decimal(100)
CLOSE = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Part:
    """Something that costs: both amounts with six decimals, as the shop keeps them. `percents` are its rates of tax;
    `unit_price` (with tax) and `quantity` are only known of lines."""

    with_tax: Decimal
    without_tax: Decimal
    percents: tuple[Decimal, ...]
    unit_price: Decimal = ZERO
    quantity: Decimal = Decimal(1)

    @property
    def percent(self) -> Decimal:
        """All its rates together."""
        return sum(self.percents, ZERO)


@dataclass(frozen=True, slots=True)
class Share:
    """A part as the customer paid it: net and tax after discount, net before."""

    net_before: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Discounts:
    """What was taken off the order, with and without tax; `shipping` (with tax) of it by rules of free shipping."""

    with_tax: Decimal = ZERO
    without_tax: Decimal = ZERO
    shipping: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Basket:
    """An order's amounts as the shop tells them."""

    lines: tuple[Part, ...]
    shipping: Part
    wrapping: Part
    discounts: Discounts
    told_products: Decimal | None
    told: Decimal
    told_without_tax: Decimal
    decimals: int
    declared: Method


@dataclass(frozen=True, slots=True)
class Shared:
    """The same, paid: what each part came to, and by which method of rounding the shop had added them up."""

    lines: tuple[Share, ...]
    shipping: Share
    wrapping: Share
    method: Method


def sums_of(basket: Basket) -> Sums:
    """The parts of the total."""
    return Sums(
        lines=tuple(line.with_tax for line in basket.lines),
        units=tuple((line.unit_price, line.quantity) for line in basket.lines),
        shipping=basket.shipping.with_tax, wrapping=basket.wrapping.with_tax, discounts=basket.discounts.with_tax,
        told_products=basket.told_products, told=basket.told, decimals=basket.decimals,
    )  # fmt: skip


def shared(basket: Basket, external_id: str) -> Shared | MappingProblem:
    """What each part came to; or, when no known way of rounding leads to the total that the order names, why not."""
    sums = sums_of(basket)
    method = method_of(sums, basket.declared)
    if method is None:
        return unexplained(sums, basket.declared, external_id)
    off_lines, off_shipping, off_wrapping = _taken_off(basket)
    gross = _gross(basket, off_lines, off_shipping, off_wrapping)
    nets = _nets(basket, gross, _discounted(basket, off_lines, off_shipping, off_wrapping))
    befores = _before(basket, nets, off_lines)
    shares = [
        Share(before, net, paid - net)
        for before, net, paid in zip([*befores, *nets[-2:]], nets, gross, strict=True)
    ]
    return Shared(tuple(shares[:-2]), shares[-2], shares[-1], method)


def _parts(basket: Basket) -> list[Part]:
    return [*basket.lines, basket.shipping, basket.wrapping]


def _taken_off(basket: Basket) -> tuple[list[Decimal], Decimal, Decimal]:
    """How the discount (with tax) falls on lines, shipping and wrapping: free shipping on the shipping, the rest on the
    goods in proportion, what is above them on the rest of the shipping, then on the wrapping."""
    left = basket.discounts.with_tax
    off_shipping = min(basket.discounts.shipping, basket.shipping.with_tax, left)
    left -= off_shipping
    goods = [line.with_tax for line in basket.lines]
    on_goods = min(left, sum(goods, ZERO))
    scope = _scope(basket, on_goods)
    weights = [value if n in scope else ZERO for n, value in enumerate(goods)]
    whole = sum(weights, ZERO)
    off = [on_goods * weight / whole if whole else ZERO for weight in weights]
    left -= on_goods
    more = min(left, basket.shipping.with_tax - off_shipping)
    return off, off_shipping + more, min(left - more, basket.wrapping.with_tax)


def _scope(basket: Basket, on_goods: Decimal) -> set[int]:
    """The lines that a discount was for. The order does not say, but tax tells: when its tax is not that of the whole basket
    and exactly that of one rate, it was for articles of that rate."""
    everything = set(range(len(basket.lines)))
    with_tax = sum((line.with_tax for line in basket.lines), ZERO)
    without_tax = sum((line.without_tax for line in basket.lines), ZERO)
    off_net = basket.discounts.without_tax - _net(basket.discounts.shipping, basket.shipping.percent)
    if not with_tax or not on_goods or abs(on_goods * without_tax / with_tax - off_net) <= CLOSE:
        return everything
    for percent in dict.fromkeys(line.percent for line in basket.lines):
        chosen = {n for n, line in enumerate(basket.lines) if line.percent == percent}
        enough = sum((basket.lines[n].with_tax for n in chosen), ZERO) >= on_goods
        if enough and abs(_net(on_goods, percent) - off_net) <= CLOSE / 2:
            return chosen
    return everything


def _net(with_tax: Decimal, percent: Decimal) -> Decimal:
    return with_tax * HUNDRED / (HUNDRED + percent)


def _gross(basket: Basket, off: Sequence[Decimal], off_shipping: Decimal, off_wrapping: Decimal) -> list[Decimal]:
    """What each part came to with tax: shipping and wrapping as they are, the lines share what is left of the total."""
    fees = [
        ps_round(fee, basket.decimals, RoundMode.HALF_UP)
        for fee in (basket.shipping.with_tax - off_shipping, basket.wrapping.with_tax - off_wrapping)
    ]
    goods = basket.told - sum(fees, ZERO)
    if goods < 0:
        goods, fees = ZERO, share(basket.told, fees, basket.decimals)
    weights = [line.with_tax - taken for line, taken in zip(basket.lines, off, strict=True)]
    return [*share(goods, weights, basket.decimals), *fees]


def _discounted(
    basket: Basket, off: Sequence[Decimal], off_shipping: Decimal, off_wrapping: Decimal
) -> list[Decimal]:
    """What each part is without tax after its share of the discount, unrounded: tax and discount go in proportion."""
    taken = [*off, off_shipping, off_wrapping]
    return [
        part.without_tax * (part.with_tax - less) / part.with_tax if part.with_tax else part.without_tax
        for part, less in zip(_parts(basket), taken, strict=True)
    ]


def _nets(basket: Basket, gross: Sequence[Decimal], exact: Sequence[Decimal]) -> list[Decimal]:
    """The net of each part, adding up to the total without tax that the order names. Where that total is not within reach of
    the parts (some forks keep another), each net follows from its own tax. Untaxed parts have no cent to give."""
    unit = Decimal(1).scaleb(-basket.decimals)
    own = [
        paid if paid == 0 or not part.percent else value.quantize(unit, ROUND_HALF_UP)
        for part, paid, value in zip(_parts(basket), gross, exact, strict=True)
    ]
    taxed = [n for n, part in enumerate(_parts(basket)) if part.percent and gross[n]]
    missing = basket.told_without_tax - sum(own, ZERO)
    if not taxed or abs(missing) > unit * (len(taxed) + 1):
        return [min(net, paid) for net, paid in zip(own, gross, strict=True)]
    steps = int(abs(missing) / unit)
    step = unit if missing > 0 else -unit
    by_rest = sorted(taxed, key=lambda n: (own[n] - exact[n]) * (1 if missing > 0 else -1))
    for n in (by_rest * 2)[:steps]:
        own[n] += step
    return [min(net, paid) for net, paid in zip(own, gross, strict=True)]


def _before(basket: Basket, nets: Sequence[Decimal], off: Sequence[Decimal]) -> list[Decimal]:
    """The lines' nets before their discount; a line without one has the same."""
    unit = Decimal(1).scaleb(-basket.decimals)
    return [
        net + (line.without_tax * taken / line.with_tax).quantize(unit, ROUND_HALF_UP) if line.with_tax and taken else net
        for line, net, taken in zip(basket.lines, nets, off, strict=False)
    ]


def unexplained(sums: Sums, declared: Method, external_id: str) -> MappingProblem:
    """The arithmetic, for a person: what the parts come to, what the order says, and what else was tried."""
    goods = sum(sums.lines, ZERO)
    reached = sorted({total for method in methods(declared) for total in totals(sums, method)})
    parameters = {
        "products": plain(goods), "told_products": plain(sums.told_products) if sums.told_products is not None else "",
        "shipping": plain(sums.shipping), "wrapping": plain(sums.wrapping), "discounts": plain(sums.discounts),
        "computed": plain(ps_round(max(sums.raw, ZERO), sums.decimals, declared.mode)), "told": plain(sums.told),
        "difference": plain(sums.told - ps_round(max(sums.raw, ZERO), sums.decimals, declared.mode)),
        "rounding": declared.label, "reached": ", ".join(map(plain, reached))[:180],
    }  # fmt: skip
    message = (
        f"articles {parameters['products']} + shipping {parameters['shipping']} + wrapping {parameters['wrapping']} "
        f"- discounts {parameters['discounts']} = {parameters['computed']}, but the order says {parameters['told']}"
        + (f" and articles {parameters['told_products']}" if parameters["told_products"] else "")
        + f"; all ways of rounding lead to {parameters['reached']}"
    )
    return MappingProblem("totals_do_not_add_up", "total_paid_tax_incl", message, external_id, parameters)


def plain(value: Decimal) -> str:
    """A number as people write it, without the zeros at its end beyond the cents."""
    short = value.normalize()
    exponent = short.as_tuple().exponent
    return format(short if isinstance(exponent, int) and exponent < -2 else value.quantize(Decimal("0.01")), "f")

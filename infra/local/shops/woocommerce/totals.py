"""WooCommerce's money arithmetic, in cents that keep four decimals, as its PHP code does it.

Pure: goods, coupons, shipping and fees go in, the amounts of every line come out. Checked to the cent
against recorded orders. Sources: WooCommerce's WC_Cart_Totals, WC_Tax and WC_Abstract_Order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from infra.local.shops.woocommerce.config import STANDARD, TaxRate, TaxRules

CENT = Decimal("0.01")
PRECISION = Decimal("0.000001")
ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Goods:
    """One line to be priced. `unit_price` is as typed in the shop (with or without tax by the shop's rules)."""

    unit_price: Decimal
    quantity: int
    tax_class: str = STANDARD
    taxable: bool = True


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """A priced line excluding tax, at six decimals; the taxes by rate id are not rounded."""

    subtotal: Decimal
    total: Decimal
    subtotal_taxes: dict[int, Decimal]
    total_taxes: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class OrderAmounts:
    """The header of an order, all at two decimals, and per rate id (goods and fees, shipping)."""

    discount_total: Decimal
    discount_tax: Decimal
    shipping_total: Decimal
    shipping_tax: Decimal
    cart_tax: Decimal
    total: Decimal
    total_tax: Decimal
    by_rate: dict[int, tuple[Decimal, Decimal]]


def round_cent(amount: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to two decimals; without a mode as PHP's round() does."""
    return amount.quantize(CENT, rounding=rounding)


def round_tax(amount: Decimal, rules: TaxRules) -> Decimal:
    """Round a tax: half down where prices are typed with tax, half up elsewhere (WooCommerce's wc_round_tax_total)."""
    return round_cent(amount, ROUND_HALF_DOWN if rules.prices_include_tax else ROUND_HALF_UP)


def tax_within(amount: Decimal, rate: TaxRate) -> Decimal:
    """Return the tax contained in an amount including tax, at six decimals."""
    return (amount * rate.percent / (HUNDRED + rate.percent)).quantize(PRECISION, ROUND_HALF_UP)


def tax_on(amount: Decimal, rate: TaxRate) -> Decimal:
    """Return the tax on an amount excluding tax, at six decimals."""
    return (amount * rate.percent / HUNDRED).quantize(PRECISION, ROUND_HALF_UP)


def local_price(goods: Goods, rules: TaxRules, country: str) -> Decimal:
    """Return the line's typed price in the customer's country: the base tax is taken out, the local one put in."""
    gross = goods.unit_price * goods.quantity
    base, local = (rules.rate_for(goods.tax_class, place) for place in (rules.base_country, country))
    if not (rules.prices_include_tax and goods.taxable and base) or base == local:
        return gross
    net = gross - tax_within(gross, base)
    return net + (tax_on(net, local) if local else ZERO)


def price_line(goods: Goods, discount: Decimal, rules: TaxRules, country: str) -> LineAmounts:
    """Price one line of a cart; `discount` is in the same terms (with or without tax) as the typed price."""
    before = local_price(goods, rules, country)
    after = before - discount
    rate = rules.rate_for(goods.tax_class, country) if goods.taxable else None
    if rate is None:
        return LineAmounts(before, after, {}, {})
    compute = tax_within if rules.prices_include_tax else tax_on
    taxes = compute(before, rate), compute(after, rate)
    if rules.prices_include_tax:
        before, after = before - taxes[0], after - taxes[1]
    return LineAmounts(before, after, {rate.id: taxes[0]}, {rate.id: taxes[1]})


def price_net_line(goods: Goods, subtotal: Decimal, total: Decimal, rules: TaxRules, country: str) -> LineAmounts:
    """Price a line whose amounts excluding tax are already known, as REST does for typed totals."""
    rate = rules.rate_for(goods.tax_class, country) if goods.taxable else None
    if rate is None:
        return LineAmounts(subtotal, total, {}, {})
    return LineAmounts(subtotal, total, {rate.id: tax_on(subtotal, rate)}, {rate.id: tax_on(total, rate)})


def line_tax(taxes: dict[int, Decimal], rules: TaxRules) -> Decimal:
    """Return the tax shown on a line: each rate rounded, unless the shop rounds at the subtotal only."""
    values = taxes.values()
    if rules.round_at_subtotal:
        return sum(values, ZERO)
    return sum((round_tax(value, rules) for value in values), ZERO)


def shipping_rate(goods: Iterable[Goods], rules: TaxRules, country: str) -> TaxRate | None:
    """Return the rate of the shipping: the class of the goods; of several, the standard one, else the first."""
    classes = [line.tax_class for line in goods if line.taxable]
    if not classes:
        return None
    order = [STANDARD, *(rate.tax_class for rate in rules.rates if rate.tax_class != STANDARD)]
    chosen = min(classes, key=lambda name: order.index(name) if name in order else len(order))
    return rules.rate_for(chosen, country)


def negative_fee_taxes(fee: Decimal, costs_by_class: dict[str, Decimal], rules: TaxRules, country: str) -> dict[int, Decimal]:
    """Split a negative fee's tax over the classes of what it reduces, in proportion to their amounts excluding tax."""
    whole = sum(costs_by_class.values(), ZERO)
    taxes: dict[int, Decimal] = {}
    if not whole:
        return taxes
    for tax_class, cost in costs_by_class.items():
        rate = rules.rate_for(tax_class, country)
        if rate and cost:
            share = tax_on(fee * cost / whole, rate)
            taxes[rate.id] = taxes.get(rate.id, ZERO) + share
    return taxes


def order_amounts(
    lines: Sequence[LineAmounts],
    shipping: Sequence[LineAmounts],
    fees: Sequence[LineAmounts],
    rules: TaxRules,
) -> OrderAmounts:
    """Add an order up: lines rounded first or last by the rules, tax by rate, the total rounded at the end."""

    def rounded(values: Iterable[Decimal]) -> Decimal:
        if rules.round_at_subtotal:
            return sum(values, ZERO)
        return sum((round_cent(value) for value in values), ZERO)

    subtotal, total = rounded(line.subtotal for line in lines), rounded(line.total for line in lines)
    goods_tax = rates_sum([*lines, *fees], rules)
    ship_tax = rates_sum(shipping, rules)
    cart_tax, shipping_tax = sum(goods_tax.values(), ZERO), sum(ship_tax.values(), ZERO)
    shipping_total = sum((round_cent(line.total) for line in shipping), ZERO)
    fee_total = sum((line.total for line in fees), ZERO)
    discount_tax = sum((sum(line.subtotal_taxes.values(), ZERO) for line in lines), ZERO) - sum(
        (sum(line.total_taxes.values(), ZERO) for line in lines), ZERO
    )
    ids = dict.fromkeys([*goods_tax, *ship_tax])
    return OrderAmounts(
        discount_total=round_cent(subtotal - total),
        discount_tax=round_tax(discount_tax, rules),
        shipping_total=shipping_total,
        shipping_tax=shipping_tax,
        cart_tax=cart_tax,
        total=round_cent(total + fee_total + shipping_total + cart_tax + shipping_tax),
        total_tax=cart_tax + shipping_tax,
        by_rate={id_: (goods_tax.get(id_, ZERO), ship_tax.get(id_, ZERO)) for id_ in ids},
    )


def rates_sum(lines: Iterable[LineAmounts], rules: TaxRules) -> dict[int, Decimal]:
    """Add the taxes up by rate id and round them: per line, or once per rate where the shop rounds at subtotal."""
    sums: dict[int, Decimal] = {}
    for line in lines:
        for rate_id, tax in line.total_taxes.items():
            amount = tax if rules.round_at_subtotal else round_tax(tax, rules)
            sums[rate_id] = sums.get(rate_id, ZERO) + amount
    return {rate_id: round_tax(amount, rules) for rate_id, amount in sums.items()}

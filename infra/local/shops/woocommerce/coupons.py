"""How WooCommerce spreads a coupon over the lines of a cart, in whole cents. Source: its WC_Discounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_DOWN, Decimal

from infra.local.shops.woocommerce.config import Coupon, TaxRules
from infra.local.shops.woocommerce.totals import ZERO, Goods, local_price, round_cent, tax_on, tax_within

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CouponEffect:
    """What one coupon took off: per line (in typed-price terms), and its amounts without tax and of tax."""

    by_line: tuple[Decimal, ...]
    discount: Decimal
    discount_tax: Decimal


def floor_cent(amount: Decimal) -> Decimal:
    """Round down to two decimals."""
    return amount.quantize(CENT, rounding=ROUND_FLOOR)


def apply_coupon(coupon: Coupon, goods: Sequence[Goods], rules: TaxRules, country: str) -> CouponEffect:
    """Apply one coupon to a cart; a discount never exceeds the price of its line."""
    prices = [local_price(line, rules, country) for line in goods]
    order = sorted(range(len(goods)), key=lambda index: -prices[index])
    taken = [ZERO] * len(goods)
    if coupon.discount_type == "percent":
        _take_percent(coupon.amount, prices, order, goods, taken)
    else:
        _take_amount(coupon.amount, prices, order, goods, taken)
    discount, tax = sum(taken, ZERO), ZERO
    for line, amount in zip(goods, taken, strict=True):
        rate = rules.rate_for(line.tax_class, country) if line.taxable else None
        if rate:
            tax += tax_within(amount, rate) if rules.prices_include_tax else tax_on(amount, rate)
    if rules.prices_include_tax:
        discount -= tax
    return CouponEffect(tuple(taken), round_cent(discount, ROUND_HALF_DOWN), round_cent(tax, ROUND_HALF_DOWN))


def _take_percent(
    percent: Decimal, prices: list[Decimal], order: list[int], goods: Sequence[Goods], taken: list[Decimal]
) -> None:
    for index in order:
        taken[index] = min(floor_cent(prices[index] * percent / 100), prices[index])
    whole = round_cent(sum(prices, ZERO) * percent / 100, ROUND_HALF_DOWN)
    _take_remainder(whole - sum(taken, ZERO), prices, order, goods, taken)


def _take_amount(
    amount: Decimal, prices: list[Decimal], order: list[int], goods: Sequence[Goods], taken: list[Decimal]
) -> None:
    remaining = min(amount, sum(prices, ZERO))
    while remaining > 0:
        open_lines = [index for index in order if prices[index] > taken[index]]
        pieces = sum(goods[index].quantity for index in open_lines)
        share = floor_cent(remaining / pieces) if pieces else ZERO
        if share <= 0:
            break
        for index in open_lines:
            step = min(share * goods[index].quantity, prices[index] - taken[index])
            taken[index] += step
            remaining -= step
    _take_remainder(remaining, prices, order, goods, taken)


def _take_remainder(
    remaining: Decimal, prices: list[Decimal], order: list[int], goods: Sequence[Goods], taken: list[Decimal]
) -> None:
    """Hand out what rounding left over, one cent for each piece, dearest line first."""
    for index in order:
        for _ in range(goods[index].quantity):
            if remaining < CENT or prices[index] - taken[index] < CENT:
                break
            taken[index] += CENT
            remaining -= CENT

"""PrestaShop's arithmetic: its own published examples, and random orders of a little shop that adds up in another way."""

from __future__ import annotations

import random
from decimal import Decimal as D
from fractions import Fraction

import pytest

from connectors.contract import ChannelOrder, MappingProblem
from connectors.prestashop.mapping import map_order
from connectors.prestashop.rounding import RoundMode, RoundType, line_total, ps_round, share

# PrestaShop, tests/Integration/Behaviour/Features/Scenario/Cart/Calculation/RoundingMode/round_*.feature (rounding per line)
# and RoundingType/round_*.feature: articles at 19.812, 32.388 and 31.188 without tax, shipping 7.00.
SHIPPING = D("7.00")
ONE, THREE = (("19.812", 1),), (("19.812", 3),)
MIXED = (("32.388", 2), ("19.812", 3), ("31.188", 1))
PUBLISHED = [
    (RoundMode.UP, RoundType.LINE, ("26.82", "66.44", "162.41")),
    (RoundMode.DOWN, RoundType.LINE, ("26.81", "66.43", "162.38")),
    (RoundMode.HALF_EVEN, RoundType.LINE, ("26.81", "66.44", "162.41")),
    (RoundMode.HALF_ODD, RoundType.LINE, ("26.81", "66.44", "162.41")),
    (RoundMode.HALF_UP, RoundType.ITEM, ("26.81", "66.43", "162.40")),
    (RoundMode.HALF_UP, RoundType.TOTAL, ("26.81", "66.44", "162.40")),
]


@pytest.mark.parametrize(("mode", "kind", "expected"), PUBLISHED)
def test_prestashops_published_totals(mode: RoundMode, kind: RoundType, expected: tuple[str, ...]) -> None:
    for basket, total in zip((ONE, THREE, MIXED), expected, strict=True):
        goods = sum(line_total(D(price), D(n), 2, kind, mode) for price, n in basket)
        assert ps_round(goods + SHIPPING, 2, mode) == D(total)


def test_prestashops_unit_tests() -> None:
    """tests/Unit/Classes/CartGetOrderTotalTest: 3 and 1 pieces at 10.125; tests/Integration/classes/CartGetOrderTotalTest:
    1.236 and 2.345 at 20 %, per line and on the total."""
    for kind, total in ((RoundType.LINE, "40.51"), (RoundType.TOTAL, "40.5"), (RoundType.ITEM, "40.52")):
        found = sum(line_total(D("10.125"), D(n), 2, kind, RoundMode.HALF_UP) for n in (3, 1))
        assert ps_round(found, 2, RoundMode.HALF_UP) == D(total)
    for kind, net, gross in ((RoundType.LINE, "3.59", "4.29"), (RoundType.TOTAL, "3.58", "4.30")):
        for factor, total in ((D(1), net), (D("1.2"), gross)):
            found = sum(line_total(D(price) * factor, D(1), 2, kind, RoundMode.HALF_UP) for price in ("1.236", "2.345"))
            assert ps_round(found, 2, RoundMode.HALF_UP) == D(total)


@pytest.mark.parametrize(("mode", "rounded"), [
    (RoundMode.UP, "0.13 0.13 0.14 -0.12"), (RoundMode.DOWN, "0.12 0.12 0.13 -0.13"),
    (RoundMode.HALF_UP, "0.13 0.12 0.14 -0.13"), (RoundMode.HALF_DOWN, "0.12 0.12 0.13 -0.12"),
    (RoundMode.HALF_EVEN, "0.12 0.12 0.14 -0.12"),
    (RoundMode.HALF_ODD, "0.13 0.12 0.13 -0.13")])  # fmt: skip
def test_six_ways_to_round_a_half(mode: RoundMode, rounded: str) -> None:
    values = [D("0.125"), D("0.124"), D("0.135"), D("-0.125")]
    if mode in (RoundMode.UP, RoundMode.DOWN):
        values[1] = D("0.1201") if mode is RoundMode.UP else D("0.124")
    assert [str(ps_round(value, 2, mode)) for value in values] == rounded.split()


def test_float_noise_after_the_ninth_decimal_is_no_reason_to_round_up() -> None:
    assert ps_round(D("49.90000000001"), 2, RoundMode.UP) == D("49.90")


def test_shares_add_up() -> None:
    assert share(D("10.00"), [D(1), D(1), D(1)], 2) == [D("3.34"), D("3.33"), D("3.33")]
    assert share(D("5.00"), [], 2) == [] and share(D("5.00"), [D(0), D(0)], 2) == [D("5.00"), D(0)]


# -- a little shop of another making: fractions, and rounding by whole numbers ---------------------------------------------


def rounded(value: Fraction, decimals: int, mode: int) -> Fraction:
    """Six methods on fractions: independent of `ps_round`."""
    scaled = value * 10**decimals
    low = scaled.numerator // scaled.denominator
    rest = scaled - low
    if mode == 0:
        up = rest > 0
    elif mode == 1:
        up = False
    elif rest != Fraction(1, 2):
        up = rest > Fraction(1, 2)
    else:
        up = {2: scaled >= 0, 3: scaled < 0, 4: low % 2 == 1, 5: low % 2 == 0}[mode]
    return Fraction(low + up, 10**decimals)


def written(value: Fraction) -> str:
    """As MySQL keeps it: six decimals."""
    return f"{D(rounded(value, 6, 2).numerator) / D(rounded(value, 6, 2).denominator):.6f}"


RATES = {"1": Fraction(20), "2": Fraction(10), "3": Fraction(11, 2), "4": Fraction(21, 10), "5": Fraction(0)}
CURRENCIES = {"1": ("EUR", 2), "2": ("JPY", 0), "3": ("TND", 3)}


def random_order(chance: random.Random) -> dict[str, object]:
    """An order as a shop of 1.6.1 on would make it: prices of six decimals, a percentage or an amount off, free shipping,
    gift wrapping, one of three places and six ways to round."""
    kind, mode = chance.randint(1, 3), chance.randint(0, 5)
    currency_id, (_, decimals) = chance.choice(list(CURRENCIES.items()))
    goods = goods_net = Fraction(0)
    details = []
    for n in range(chance.randint(1, 6)):
        tax_id, quantity = chance.choice(list(RATES)), chance.randint(1, 12)
        net = Fraction(chance.randint(100_000, 90_000_000), 1_000_000) * (100 if decimals == 0 else 1)
        gross = net * (100 + RATES[tax_id]) / 100
        if kind == 1:
            amounts = [rounded(unit, decimals, mode) * quantity for unit in (gross, net)]
        else:
            amounts = [rounded(unit * quantity, decimals, mode) if kind == 2 else unit * quantity for unit in (gross, net)]
        goods, goods_net = goods + amounts[0], goods_net + amounts[1]
        details.append({
            "id": str(n + 1), "product_id": str(n + 40), "product_attribute_id": "0", "product_quantity": str(quantity),
            "product_name": f"Article {n}", "product_reference": f"REF-{n}",
            "unit_price_tax_incl": written(amounts[0] / quantity), "unit_price_tax_excl": written(amounts[1] / quantity),
            "total_price_tax_incl": written(amounts[0]), "total_price_tax_excl": written(amounts[1]),
            "associations": {"taxes": [] if tax_id == "5" else [{"id": tax_id}]}})
    ship_net = Fraction(chance.choice([0, 490, 333, 1250]), 100) * (100 if decimals == 0 else 1)
    ship = rounded(ship_net * Fraction(6, 5), decimals, mode)
    wrap_net = Fraction(chance.choice([0, 0, 200]), 100) * (100 if decimals == 0 else 1)
    wrap = rounded(wrap_net * Fraction(6, 5), decimals, mode)
    rules, off, off_net = [], Fraction(0), Fraction(0)
    sort = chance.choice(["none", "none", "percent", "amount", "shipping"])
    if sort == "percent":
        share_off = Fraction(chance.choice([5, 10, 15, 33]), 100)
        off, off_net = goods * share_off, goods_net * share_off
        if chance.random() < 0.5:
            off, off_net = rounded(off, decimals, mode), rounded(off_net, decimals, mode)
    elif sort == "amount":
        off = min(Fraction(5) * (100 if decimals == 0 else 1), rounded(goods, decimals, 1))
        off_net = rounded(off * goods_net / goods, decimals, mode)
    elif sort == "shipping":
        off, off_net = ship, ship_net
    if off:
        rules.append({"id": "1", "name": "R", "value": written(off), "value_tax_excl": written(off_net),
                      "free_shipping": "1" if sort == "shipping" else "0"})
    products, products_net = (rounded(each, decimals, mode) for each in (goods, goods_net))
    told = max(rounded(products + ship + wrap - off, decimals, mode), Fraction(0))
    told_net = max(rounded(products_net + ship_net + wrap_net - off_net, decimals, mode), Fraction(0))
    order = {
        "id": "7", "reference": "ABCDEFGHI", "current_state": "2", "id_currency": currency_id, "id_customer": "1",
        "date_add": "2026-11-24 05:16:48", "date_upd": "2026-11-24 05:16:48", "id_carrier": "3", "module": "m", "payment": "p",
        "total_paid": written(told), "total_paid_tax_incl": written(told), "total_paid_tax_excl": written(told_net),
        "total_products_wt": written(products), "total_products": written(products_net), "carrier_tax_rate": "20.000",
        "total_shipping": written(ship), "total_shipping_tax_incl": written(ship), "total_shipping_tax_excl": written(ship_net),
        "total_wrapping": written(wrap), "total_wrapping_tax_incl": written(wrap), "total_wrapping_tax_excl": written(wrap_net),
        "total_discounts": written(off), "total_discounts_tax_incl": written(off), "total_discounts_tax_excl": written(off_net),
        "round_mode": str(mode), "round_type": str(kind)}  # fmt: skip
    return {**SHOP, "order": order, "order_details": details, "order_cart_rules": rules}


SHOP = {
    "configurations": [{"name": "PS_TIMEZONE", "value": "Europe/Paris"}],
    "order_states": [{"id": "2", "name": "Payé", "paid": "1", "shipped": "0", "logable": "1", "template": "payment"}],
    "taxes": [{"id": i, "rate": str(float(rate))} for i, rate in RATES.items()],
    "currencies": [{"id": i, "iso_code": code, "precision": str(decimals)} for i, (code, decimals) in CURRENCIES.items()],
    "carriers": [{"id": "3", "name": "Colissimo", "url": ""}],
}


@pytest.mark.parametrize("seed", range(12))
def test_random_orders_of_every_rounding_come_out_to_the_smallest_unit(seed: int) -> None:
    chance = random.Random(seed)
    for n in range(40):
        raw = random_order(chance)
        order = map_order(raw)
        told = raw["order"]
        assert isinstance(order, ChannelOrder), (seed, n, order)
        assert isinstance(told, dict)
        assert order.total_paid == D(told["total_paid_tax_incl"]) and order.rounding == 0, (seed, n, told)
        unit = D(1).scaleb(-order.decimals)
        parts = [*order.lines, *order.shipping_lines, *order.fee_lines]
        assert all(part.net_total % unit == 0 and part.tax_total % unit == 0 and part.net_total >= 0 for part in parts)
        assert all(sum(tax.amount for tax in part.taxes) == part.tax_total for part in parts)
        assert abs(order.net_total - D(told["total_paid_tax_excl"])) <= unit * (len(parts) + 2), (seed, n, told)
        assert not [line for line in order.lines if not line.taxes and line.tax_total], (seed, n)


def test_an_order_that_no_rounding_explains_shows_its_arithmetic() -> None:
    raw = random_order(random.Random(3))
    told = raw["order"]
    assert isinstance(told, dict)
    raw["order"] = {**told, "total_paid_tax_incl": str(D(told["total_paid_tax_incl"]) + 3)}
    problem = map_order(raw)
    assert isinstance(problem, MappingProblem) and problem.code == "totals_do_not_add_up"
    assert problem.parameters["difference"] == "3.00" or D(problem.parameters["difference"]) - 3 <= D("0.01")
    computed = D(problem.parameters["computed"])
    parts = [D(problem.parameters[name]) for name in ("products", "shipping", "wrapping")]
    assert abs(sum(parts) - D(problem.parameters["discounts"]) - computed) <= D("0.01")
    assert D(problem.parameters["told"]) == D(told["total_paid_tax_incl"]) + 3


def test_a_line_that_is_missing_does_not_go_unseen() -> None:
    raw = random_order(random.Random(5))
    details = raw["order_details"]
    assert isinstance(details, list) and len(details) > 1
    problem = map_order({**raw, "order_details": details[:-1]})
    assert isinstance(problem, MappingProblem) and problem.code == "totals_do_not_add_up"
    assert problem.parameters["told_products"] != problem.parameters["products"]

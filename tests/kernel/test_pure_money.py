"""Amounts and VAT to the last unit: the currencies, the roundings, the shares, the limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.kernel import money, tax
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.tax import Taxed, VatLine, breakdown, check_vat

D = Decimal


# -- currencies --------------------------------------------------------------------------------------------------------


def test_iso_4217_has_currencies_of_no_three_and_four_decimals() -> None:
    """ISO 4217, list one: the minor units that are not 2."""
    none = ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
            "XAF", "XOF", "XPF"]
    three = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
    four = ["CLF", "UYW"]
    assert {money.exponent(c) for c in none} == {0} and {money.exponent(c) for c in three} == {3}
    assert {money.exponent(c) for c in four} == {4}
    assert {money.exponent(c) for c in ("EUR", "USD", "GBP", "CHF", "MGA", "ZZZ")} == {2}
    assert [money.quantum(c) for c in ("JPY", "EUR", "TND", "UYW")] == [D(1), D("0.01"), D("0.001"), D("0.0001")]
    assert money.ZERO == 0


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert str(money.check_amount(D("1.5"), "EUR", "amount")) == "1.50"
    assert money.check_amount(D("-3"), "JPY", "amount") == -3
    with pytest.raises(Invalid) as refused:
        money.check_amount(D("1.234"), "EUR", "lines.0.amount")
    assert (refused.value.code, list(refused.value.fields)) == ("amount_precision", ["lines.0.amount"])
    assert refused.value.detail == "EUR has 2 decimals."


# -- shares ------------------------------------------------------------------------------------------------------------


def test_hamiltons_method_gives_the_left_over_seats_to_the_largest_remainders() -> None:
    """The textbook example of largest remainder: 100 seats over 47,000 16,000 15,800 12,000 6,100 3,100 votes: 47, 16, 16,
    12, 6, 3 (the one seat that flooring leaves goes to the remainder .8)."""
    votes = [D(47000), D(16000), D(15800), D(12000), D(6100), D(3100)]
    assert money.split(D(100), votes, "JPY") == [47, 16, 16, 12, 6, 3]


def test_equal_remainders_go_to_the_first() -> None:
    assert money.split(D("0.05"), [D(1), D(1), D(1)], "EUR") == [D("0.02"), D("0.02"), D("0.01")]
    assert money.split(D("1.00"), [D("33.3"), D("33.4"), D("33.3")], "EUR") == [D("0.33"), D("0.34"), D("0.33")]


def test_a_credit_is_shared_like_a_debit() -> None:
    assert money.split(D("-0.05"), [D(1), D(1), D(1)], "EUR") == [D("-0.02"), D("-0.02"), D("-0.01")]
    assert money.split(D("-1.00"), [D(1), D(0)], "EUR") == [D("-1.00"), D("0.00")]


def test_what_weighs_nothing_gets_nothing_unless_all_weigh_nothing() -> None:
    assert money.split(D("3.00"), [D(0), D(2), D(0), D(1)], "EUR") == [0, 2, 0, 1]
    assert money.split(D("3.00"), [D(0), D(0), D(0)], "EUR") == [3, 0, 0]
    assert [str(share) for share in money.split(D("3"), [D(0), D(0)], "EUR")] == ["3.00", "0.00"]
    assert money.split(D("0"), [D(1), D(3)], "EUR") == [0, 0]
    assert money.split(D("2.999"), [D(1)], "EUR") == [3]


@pytest.mark.parametrize("weights", [[], [D(1), D(-1)], [D("-0.01")]])
def test_a_split_needs_shares_and_no_negative_weight(weights: list[Decimal]) -> None:
    with pytest.raises(Invalid) as refused:
        money.split(D(1), weights, "EUR")
    assert refused.value.code == "split_weights"


# -- VAT ---------------------------------------------------------------------------------------------------------------


def test_the_rates_of_metropolitan_france() -> None:
    """CGI art. 278 (20 %), 279 (10 %), 278-0 bis (5.5 %), 281 quater to octies (2.1 %), since 1 January 2014."""
    since = date(2014, 1, 1)
    assert (("standard", D("20"), since), ("intermediate", D("10"), since),
                                ("reduced", D("5.5"), since), ("special", D("2.1"), since)) == tax.FRENCH_RATES
    assert tax.CATEGORIES == ("S", "Z", "E", "AE", "K", "G", "O")


def test_a_rate_below_a_hundred_and_a_category_that_exists() -> None:
    check_vat("S", D("99.99"))
    check_vat("S", D("0.01"))
    for category, rate in (("S", "0"), ("S", "100"), ("E", "0.01"), ("Z", "-0.01"), ("S", "-0.01")):
        with pytest.raises(Invalid) as refused:
            check_vat(category, D(rate), "lines.3.vat_rate")
        assert (refused.value.code, list(refused.value.fields)) == ("vat_rate", ["lines.3.vat_rate"])
    with pytest.raises(Invalid) as refused:
        check_vat("X", D(20), "lines.3.vat_rate")
    assert (refused.value.code, list(refused.value.fields)) == ("vat_category", ["lines.3.vat_category"])
    with pytest.raises(Invalid) as refused:
        check_vat("X", D(20))
    assert list(refused.value.fields) == ["vat_category"]
    with pytest.raises(Invalid) as refused:
        check_vat("S", D(0))
    assert list(refused.value.fields) == ["vat_rate"]


def test_vat_within_and_on_an_amount() -> None:
    """120.00 with 20 % holds 20.00; 100.00 bears 20.00; half a cent goes up (commercial rounding)."""
    assert tax.vat_within(D("120.00"), D(20), "EUR") == D("20.00")
    assert tax.vat_on(D("100.00"), D(20), "EUR") == D("20.00")
    assert tax.vat_on(D("0.125"), D(20), "EUR") == D("0.03")
    assert tax.vat_on(D("-0.125"), D(20), "EUR") == D("-0.03")
    assert tax.vat_on(D("10.05"), D("10"), "EUR") == D("1.01")
    assert tax.vat_within(D("1.155"), D("10"), "EUR") == D("0.11")


def test_a_unit_price_is_turned_over_to_six_decimals() -> None:
    assert tax.net_of_gross(D("9.99"), D("5.5")) == D("9.469194")
    assert tax.gross_of_net(D("9.469194"), D("5.5")) == D("9.990000")
    assert str(tax.net_of_gross(D("12"), D(20))) == "10.000000"
    assert tax.gross_of_net(D("0.0000025"), D(20)) == D("0.000003")
    assert tax.gross_of_net(D("0.00000250"), D(0)) == D("0.000003"), "half a millionth goes up"
    assert tax.net_of_gross(D("0.0000005"), D(0)) == D("0.000001")


def test_a_breakdown_is_in_the_order_of_category_and_rate() -> None:
    lines = [Taxed(vat_category=c, vat_rate=D(r), amount=D(a)) for c, r, a in (
        ("S", "20", "10"), ("E", "0", "7"), ("S", "5.5", "20"), ("S", "20", "2"))]
    rows = breakdown(lines, "EUR", False)
    assert [(row.vat_category, row.vat_rate) for row in rows] == [("E", 0), ("S", D("5.5")), ("S", 20)]
    assert [row.taxable_amount for row in rows] == [7, 20, 12]
    assert tax.totals(rows) == (D(39), D("3.50"), D("42.50"))
    assert tax.totals(iter(rows)) == tax.totals(rows)
    assert tax.totals([]) == (0, 0, 0)


def test_a_gross_sum_with_more_decimals_than_the_currency_is_rounded_before_its_vat_comes_off() -> None:
    (row,) = breakdown([Taxed(vat_category="S", vat_rate=D(20), amount=D("10.004"))], "EUR", True)
    assert row == VatLine(vat_category="S", vat_rate=D(20), taxable_amount=D("8.33"), vat_amount=D("1.67"))
    (row,) = breakdown([Taxed(vat_category="S", vat_rate=D(20), amount=D("10.004"))], "EUR", False)
    assert (row.taxable_amount, row.vat_amount) == (D("10.00"), D("2.00"))

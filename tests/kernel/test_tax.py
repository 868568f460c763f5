"""VAT as EN 16931 computes it."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.tax import (
    EU_MEMBERS,
    FRENCH_RATES,
    Taxed,
    VatLine,
    breakdown,
    check_vat,
    gross_of_net,
    net_of_gross,
    totals,
    vat_within,
)

D = Decimal


def taxed(amount: str, rate: str = "20", category: str = "S") -> Taxed:
    return Taxed(vat_category=category, vat_rate=D(rate), amount=D(amount))


def test_the_tax_is_computed_on_the_sum_of_a_rate_not_line_by_line() -> None:
    """Three lines of 0.33 at 5.5 %: 0.99 × 5.5 % = 0.05, where line by line it would be 3 × 0.02 = 0.06 (BR-CO-17)."""
    rows = breakdown([taxed("0.33", "5.5")] * 3, "EUR", False)
    assert [(row.taxable_amount, row.vat_amount) for row in rows] == [(D("0.99"), D("0.05"))]


def test_a_net_invoice_with_two_rates() -> None:
    rows = breakdown([taxed("1104.00"), taxed("100.00", "5.5"), taxed("-104.00")], "EUR", False)
    assert rows == (
        VatLine(vat_category="S", vat_rate=D("5.5"), taxable_amount=D("100.00"), vat_amount=D("5.50")),
        VatLine(vat_category="S", vat_rate=D("20"), taxable_amount=D("1000.00"), vat_amount=D("200.00")))
    assert totals(rows) == (D("1100.00"), D("205.50"), D("1305.50"))


def test_a_basket_shown_with_vat_comes_to_what_was_shown() -> None:
    """34.90 + 9.90 at 5.5 % = 44.80, of which 44.80 × 5.5 ÷ 105.5 = 2.34."""
    (row,) = breakdown([taxed("34.90", "5.5"), taxed("9.90", "5.5")], "EUR", True)
    assert (row.taxable_amount, row.vat_amount) == (D("42.46"), D("2.34"))


def test_export_and_exempt_have_rows_of_their_own_without_tax() -> None:
    rows = breakdown([taxed("50", "0", "G"), taxed("10", "0", "E"), taxed("5", "0", "E")], "EUR", False)
    assert [(r.vat_category, r.taxable_amount, r.vat_amount) for r in rows] == [("E", D(15), D(0)), ("G", D(50), D(0))]


def test_yen_have_no_decimals_and_dinars_three() -> None:
    assert breakdown([taxed("1005", "10")], "JPY", False)[0].vat_amount == D("101")
    assert breakdown([taxed("1.005", "19")], "TND", False)[0].vat_amount == D("0.191")


@pytest.mark.parametrize("seed", range(200))
def test_whatever_the_basket_the_rows_add_up(seed: int) -> None:
    chance = random.Random(seed)
    rates = ["20", "10", "5.5", "2.1"]
    lines = [taxed(str(D(chance.randint(-500, 9999)) / 100), chance.choice(rates)) for _ in range(chance.randint(1, 30))]
    whole = sum(line.amount for line in lines)
    gross = breakdown(lines, "EUR", True)
    assert totals(gross)[2] == whole
    assert all(row.vat_amount == vat_within(row.taxable_amount + row.vat_amount, row.vat_rate, "EUR") for row in gross)
    net = breakdown(lines, "EUR", False)
    assert totals(net)[0] == whole
    assert breakdown(chance.sample(lines, len(lines)), "EUR", False) == net


def test_a_unit_price_goes_there_and_back_within_half_a_millionth() -> None:
    for cents in range(1, 5000, 7):
        gross = D(cents) / 100
        assert abs(gross_of_net(net_of_gross(gross, D("5.5")), D("5.5")) - gross) <= D("0.000001")
    assert net_of_gross(D("12.00"), D(20)) == D("10")


@pytest.mark.parametrize(("category", "rate"), [("S", "0"), ("Z", "20"), ("E", "5.5"), ("X", "20"), ("S", "100"), ("S", "-1")])
def test_a_category_has_its_rates(category: str, rate: str) -> None:
    with pytest.raises(Invalid):
        check_vat(category, D(rate))


def test_every_other_category_has_no_rate() -> None:
    for category in ("Z", "E", "AE", "K", "G", "O"):
        check_vat(category, D(0))
    check_vat("S", D("2.1"))


def test_the_union_has_27_members_and_the_united_kingdom_left() -> None:
    """Treaty on European Union, article 52, as it stands since the withdrawal of 2020; in ISO 3166-1."""
    assert " ".join(sorted(EU_MEMBERS)) == "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"


def test_metropolitan_france_has_four_rates_since_2014() -> None:
    assert [(name, rate) for name, rate, _ in FRENCH_RATES] == [
        ("standard", D("20")), ("intermediate", D("10")), ("reduced", D("5.5")), ("special", D("2.1"))]
    assert {since for *_, since in FRENCH_RATES} == {date(2014, 1, 1)}

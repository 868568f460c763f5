"""Totals against worked examples, and what must hold for every order."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.model import SkuFacts
from chalicelib.kernel.errors import Invalid
from chalicelib.sales import totals
from chalicelib.sales.model import NewCharge, NewLine, Order

D = Decimal


def facts(sku: str, rate: str = "20", category: str = "S") -> SkuFacts:
    return SkuFacts(sku=sku, variant_id=f"var_{sku}", name=sku, unit_code="C62", vat_category=category, vat_rate=D(rate),
                    is_active=True, weight_grams=0)


KNOWN = {"CAKE": facts("CAKE", "5.5"), "KNIFE": facts("KNIFE", "20"), "BOOK": facts("BOOK", "0", "Z")}


def total(lines: list[NewLine], charges: tuple[NewCharge, ...] = (), *, gross: bool = True, allowance: Decimal = D(0),
          paid: Decimal | None = None, currency: str = "EUR") -> Order:
    made = totals.order_lines(lines, KNOWN, {}, currency)
    if allowance:
        made = totals.spread_allowance(made, allowance, currency)
    order = Order(id="ord_1", number="SO-1", state="confirmed", placed_at=datetime(2026, 11, 1, tzinfo=UTC),
                  currency=currency, prices_include_vat=gross, lines=made,
                  charges=totals.order_charges(charges, made, currency))
    return totals.with_totals(order, paid)


def line(sku: str, quantity: str, price: str, **more: Decimal) -> NewLine:
    return NewLine(sku=sku, quantity=D(quantity), unit_price=D(price), **more)


def rows(order: Order) -> list[tuple[Decimal, Decimal, Decimal]]:
    return [(row.vat_rate, row.taxable_amount, row.vat_amount) for row in order.vat_breakdown]


def test_prices_without_vat_are_taxed_on_the_sum_of_each_rate() -> None:
    order = total([line("CAKE", "3", "10.33"), line("CAKE", "1", "0.33"), line("KNIFE", "2", "12.50")], gross=False)
    assert rows(order) == [(D("5.5"), D("31.32"), D("1.72")), (D("20"), D("25.00"), D("5.00"))]
    assert (order.total_without_vat, order.vat_amount, order.total_with_vat) == (D("56.32"), D("6.72"), D("63.04"))


def test_prices_with_vat_come_to_what_the_customer_was_shown() -> None:
    order = total([line("CAKE", "1", "24.90"), line("KNIFE", "1", "9.99")])
    assert rows(order) == [(D("5.5"), D("23.60"), D("1.30")), (D("20"), D("8.32"), D("1.67"))]
    assert order.total_with_vat == D("34.89") and order.rounding_amount == 0


def test_shipping_without_a_rate_follows_the_goods_over_their_rates() -> None:
    order = total([line("CAKE", "1", "30.00"), line("KNIFE", "1", "10.00")], (NewCharge(name="Express", amount=D("10.00")),))
    assert [(c.vat_rate, c.amount) for c in order.charges] == [(D("5.5"), D("7.50")), (D("20"), D("2.50"))]
    assert order.total_with_vat == D("50.00")


def test_an_allowance_of_the_order_is_borne_by_every_rate_in_proportion_to_the_cent() -> None:
    order = total([line("CAKE", "1", "20.00"), line("KNIFE", "1", "10.00")], allowance=D("10.00"))
    assert [(each.allowance, each.amount) for each in order.lines] == [(D("6.67"), D("13.33")), (D("3.33"), D("6.67"))]
    assert order.total_with_vat == D("20.00")


def test_what_was_paid_rules_and_the_difference_is_visible() -> None:
    order = total([line("CAKE", "3", "8.33", amount=D("24.98"))], paid=D("24.99"))
    assert (order.paid_total, order.total_with_vat, order.rounding_amount) == (D("24.99"), D("24.98"), D("0.01"))
    steps = {step.label: step.value for step in totals.explain(order, "en").steps}
    assert steps["Rounding"] == "0.01" and steps["Paid total"] == "24.99"


def test_a_yen_order_has_no_decimals() -> None:
    order = total([line("KNIFE", "1", "4500")], currency="JPY")
    assert (order.vat_amount, order.total_with_vat) == (D("750"), D("4500"))
    with pytest.raises(Invalid):
        total([line("KNIFE", "1", "4500")], paid=D("4500.5"), currency="JPY")


def test_a_rebate_lowers_the_vat_of_its_rate() -> None:
    rebate = NewCharge(kind="fee", name="Loyalty", amount=D("-2.00"), vat_category="S", vat_rate=D("20"))
    order = total([line("KNIFE", "1", "12.00")], (rebate,))
    assert rows(order) == [(D("20"), D("8.33"), D("1.67"))]
    assert sum(net + vat for net, vat in totals.line_amounts(order)) == D("10.00")


MONEY = st.decimals(min_value=0, max_value=2000, places=2)
LINES = st.lists(st.builds(lambda sku, quantity, price: NewLine(sku=sku, quantity=D(quantity), unit_price=price),
                           st.sampled_from(sorted(KNOWN)), st.integers(1, 40), MONEY), min_size=1, max_size=12)


@given(LINES, MONEY, st.booleans(), st.decimals(min_value=0, max_value=1, places=2))
def test_every_amount_adds_up_to_what_was_paid(lines: list[NewLine], shipping: Decimal, gross: bool, share: Decimal) -> None:
    full = total(lines, gross=gross)
    goods = sum((each.amount for each in full.lines), D(0))
    allowance = (goods * share).quantize(D("0.01"), rounding="ROUND_DOWN")
    order = total(lines, (NewCharge(amount=shipping),), gross=gross, allowance=allowance)
    amounts = totals.line_amounts(order)
    assert sum((net for net, _ in amounts), D(0)) == order.total_without_vat
    assert sum((vat for _, vat in amounts), D(0)) == order.vat_amount
    assert order.total_without_vat + order.vat_amount + order.rounding_amount == order.paid_total
    assert all(each.amount >= 0 for each in order.lines)
    if gross:
        assert order.total_with_vat == goods - allowance + shipping
    whole = {each.id: each.quantity for each in order.lines}
    assert totals.net_of(order, whole) == sum((net for net, _ in amounts[: len(order.lines)]), D(0))

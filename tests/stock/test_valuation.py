"""Weighted average cost: a worked example, and value that is never made nor lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Conflict
from chalicelib.stock.valuation import Valuation, issue, receive

D = Decimal


def test_the_average_follows_each_receipt() -> None:
    """10 at 4.00 and 20 at 5.50 make 30 worth 150.00, 5.00 each; 12 of them cost 60.00 (IAS 2 §27)."""
    stock, _ = receive(Valuation(id="A"), D(10), D("4.00"), "EUR")
    stock, came = receive(stock, D(20), D("5.50"), "EUR")
    assert (came, stock.value, stock.unit_cost) == (D("110.00"), D("150.00"), D(5))
    stock, left = issue(stock, D(12), "EUR")
    assert (left, stock.value, stock.quantity) == (D("60.00"), D("90.00"), D(18))


def test_three_for_ten_euros_cost_ten_euros() -> None:
    stock, _ = receive(Valuation(id="A"), D(3), D("10") / 3, "EUR")
    values = []
    for _ in range(3):
        stock, value = issue(stock, D(1), "EUR")
        values.append(value)
    assert sum(values) == D("10.00") and stock.value == 0 and stock.unit_cost > 0


def test_more_than_is_there_cannot_be_issued() -> None:
    with pytest.raises(Conflict):
        issue(Valuation(id="A", quantity=D(1), value=D(1)), D(2), "EUR")


MOVES = st.lists(st.one_of(
    st.tuples(st.just("in"), st.decimals("0.001", 500, places=3), st.decimals(0, 90, places=4)),
    st.tuples(st.just("out"), st.decimals("0.001", 1, places=3), st.just(D(0)))), max_size=40)


@given(MOVES)
def test_what_came_is_what_left_plus_what_is_there_to_the_cent(moves: list[tuple[str, Decimal, Decimal]]) -> None:
    stock, came, left = Valuation(id="A"), D(0), D(0)
    for kind, amount, unit_cost in moves:
        if kind == "in":
            stock, value = receive(stock, amount, unit_cost, "EUR")
            came += value
        elif stock.quantity > 0:
            stock, value = issue(stock, (stock.quantity * amount).quantize(D("0.001")) or stock.quantity, "EUR")
            left += value
            assert value >= 0
        assert came == left + stock.value
        assert stock.value >= 0 and (stock.quantity > 0 or stock.value == 0)

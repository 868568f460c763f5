"""The shared vocabulary: money that never loses a cent, JSON that never lies, ids that sort."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel import codec, money, states
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.ids import derived_id, sortable_id
from chalicelib.kernel.shapes import command
from chalicelib.kernel.text import holds_control

amounts = st.decimals(min_value=-10**9, max_value=10**9, places=3)
currencies = st.sampled_from(["EUR", "JPY", "TND"])


@given(amounts, st.lists(st.decimals(min_value=0, max_value=10**6, places=4), min_size=1, max_size=30), currencies)
def test_a_split_adds_up_and_no_share_is_a_unit_off(total: Decimal, weights: list[Decimal], currency: str) -> None:
    shares = money.split(total, weights, currency)
    rounded, whole = money.round_amount(total, currency), sum(weights)
    assert sum(shares) == rounded
    if whole:
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share - rounded * weight / whole) < money.quantum(currency)


def test_ten_euros_in_three() -> None:
    assert money.split(Decimal("10.00"), [Decimal(1)] * 3, "EUR") == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]


def test_rounding_is_commercial_and_by_currency() -> None:
    assert money.round_amount(Decimal("2.345"), "EUR") == Decimal("2.35")
    assert money.round_amount(Decimal("-2.345"), "EUR") == Decimal("-2.35")
    assert money.round_amount(Decimal("1234.5"), "JPY") == Decimal("1235")
    assert money.round_amount(Decimal("1.2345"), "TND") == Decimal("1.235")


@pytest.mark.parametrize(("raw", "code"), [
    (b"\xff{}", "json_encoding"), (b'{"a":1,"a":2}', "json_duplicate_key"), (b"[NaN]", "json_number"),
    (b"[-Infinity]", "json_number"), (b"[" * 100 + b"]" * 100, "json_depth"), (b"{", "json_syntax"),
    (b'"\\ud800"', "json_encoding"), (b'"\\u0000"', "json_control"),
    (b'{"\\u009b":1}', "json_control"), (b"[1e999999]", "json_number"), (b"[" + b"9" * 5000 + b"]", "json_number"),
])
def test_hostile_json_is_refused_with_a_reason(raw: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        codec.load_strict(raw)
    assert refused.value.code == code


TEXTS = st.text().filter(lambda text: not holds_control(text))


@given(st.recursive(st.none() | st.booleans() | st.integers(-10**30, 10**30) | TEXTS,
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
                    max_leaves=20))
def test_honest_json_comes_through(value: object) -> None:
    assert codec.load_strict(json.dumps(value, ensure_ascii=False).encode()) == value


@command
class Price:
    sku: str
    amount: Decimal


def test_a_number_in_json_is_the_decimal_that_was_written() -> None:
    assert codec.decode(Price, b'{"sku":"A","amount":0.1}').amount == Decimal("0.1")
    with pytest.raises(Invalid) as refused:
        codec.decode(Price, b'{"sku":"A","amount":"x","colour":"red"}')
    assert set(refused.value.fields) == {"amount", "colour"}


def test_ids_sort_by_time_and_derived_ids_repeat() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    first, later = (sortable_id("ord", at + timedelta(seconds=n), b"\xff" * 10) for n in (0, 1))
    assert first < later
    assert derived_id("ord", "con", "42") == derived_id("ord", "con", "42") != derived_id("ord", "con4", "2")


def test_a_state_machine_is_its_table() -> None:
    table = {("draft", "confirm"): "confirmed", ("confirmed", "ship"): "shipped"}
    assert states.next_state(table, "draft", "confirm") == "confirmed"
    assert states.actions_from(table, "confirmed") == ("ship",)
    with pytest.raises(Conflict):
        states.next_state(table, "draft", "ship")

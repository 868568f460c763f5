"""Which price applies: quantity breaks, dates, channels, and the reasons."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.explanation import ExplainedRow
from chalicelib.pricing.applicable import WON, Price, Question, price_ladder, price_of, unit_price
from chalicelib.pricing.explain import explained
from chalicelib.pricing.model import EntryBody, PriceEntry, PriceList, check_entries, check_price_list

D = Decimal
OLD = PriceList(id="old", name="B2B 2026", prices_include_vat=False, valid_to=date(2026, 12, 31))
NEW = PriceList(id="new", name="B2B 2027", prices_include_vat=False, valid_from=date(2027, 1, 1))
LISTS = {each.id: each for each in (OLD, NEW)}
ENTRIES = (
    PriceEntry(price_list_id="old", price=D("9.90")),
    PriceEntry(price_list_id="new", price=D("10.00")),
    PriceEntry(price_list_id="new", price=D("9.20"), min_quantity=D(100)),
    PriceEntry(price_list_id="new", price=D("8.70"), min_quantity=D(500)),
)


def ask(quantity: str, at: date, **more: str) -> Question:
    return Question(sku="VERRE", quantity=D(quantity), at=at, currency="EUR", **more)


def answer(question: Question, entries: tuple[PriceEntry, ...] = ENTRIES, lists: dict[str, PriceList] = LISTS) -> Price:
    price, _ = price_of(lists, entries, question)
    assert price is not None
    return price


def test_120_glasses_on_31_december_cost_what_the_old_list_says_and_on_1_january_1104() -> None:
    assert answer(ask("120", date(2026, 12, 31))).unit_price == D("9.90")
    price = answer(ask("120", date(2027, 1, 1)))
    assert price.unit_price * 120 == D("1104.00")
    assert price.price_list_id == "new"


@pytest.mark.parametrize(("quantity", "price"), [
    ("1", "10.00"), ("99.999", "10.00"), ("100", "9.20"), ("499", "9.20"), ("500", "8.70"), ("100000", "8.70")])
def test_the_largest_break_reached_gives_the_price(quantity: str, price: str) -> None:
    assert answer(ask(quantity, date(2027, 3, 1))).unit_price == D(price)


def test_the_ladder_has_a_step_wherever_the_price_becomes_another_and_says_what_each_quantity_costs() -> None:
    ladder = price_ladder(LISTS, ENTRIES, ask("1", date(2027, 3, 1)))
    assert [(quantity, price.unit_price) for quantity, price in ladder] == [(1, D("10.00")), (100, D("9.20")), (500, D("8.70"))]
    assert [quantity for quantity, _ in price_ladder(LISTS, ENTRIES, ask("100", date(2027, 3, 1)))] == [100, 500]
    same = (*ENTRIES, PriceEntry(price_list_id="new", price=D("9.20"), min_quantity=D(200)))
    assert [quantity for quantity, _ in price_ladder(LISTS, same, ask("1", date(2027, 3, 1)))] == [1, 100, 500]
    assert price_ladder(LISTS, ENTRIES[2:], ask("1", date(2027, 3, 1))) == ()
    for quantity in ("1", "99", "100", "250", "500", "9000"):
        step = [price for start, price in ladder if start <= D(quantity)][-1]
        assert step.unit_price == answer(ask(quantity, date(2027, 3, 1))).unit_price


def test_every_entry_says_why_it_does_not_apply() -> None:
    price = answer(ask("120", date(2027, 1, 1)))
    assert {(c.price, c.verdict) for c in price.considered} == {
        (D("9.20"), WON), (D("10.00"), "smaller_break"), (D("8.70"), "below_min_quantity"), (D("9.90"), "list_expired")}
    assert price.considered[0].verdict == WON


def test_nothing_below_the_first_break_and_nothing_in_another_currency() -> None:
    only_bulk = (PriceEntry(price_list_id="new", price=D("9.20"), min_quantity=D(100)),)
    assert price_of(LISTS, only_bulk, ask("99", date(2027, 1, 1)))[0] is None
    dollars = Question(sku="VERRE", quantity=D(1), at=date(2027, 1, 1), currency="USD")
    price, considered = price_of(LISTS, ENTRIES, dollars)
    assert price is None
    assert {each.verdict for each in considered} == {"other_currency"}


def test_the_channels_own_list_goes_before_the_general_one_and_the_bound_one_before_both() -> None:
    lists = {"base": PriceList(id="base", name="Base", priority=9),
             "shop": PriceList(id="shop", name="Shop", channel_ids=("c1",)),
             "b2b": PriceList(id="b2b", name="B2B", channel_ids=("c2",))}
    entries = tuple(PriceEntry(price_list_id=i, price=D(p)) for i, p in (("base", "10"), ("shop", "11"), ("b2b", "8")))
    day = date(2027, 1, 1)
    assert answer(ask("1", day), entries, lists).price_list_id == "base"
    assert answer(ask("1", day, channel_id="c1"), entries, lists).price_list_id == "shop"
    bound = answer(ask("1", day, channel_id="c1", price_list_id="b2b"), entries, lists)
    assert [c.verdict for c in bound.considered] == [WON, "less_specific_list", "less_specific_list"]


def test_a_channel_list_without_the_sku_falls_back_to_the_general_one() -> None:
    lists = {"base": PriceList(id="base", name="Base"), "shop": PriceList(id="shop", name="Shop", channel_ids=("c1",))}
    entries = (PriceEntry(price_list_id="base", price=D("10")),)
    assert answer(ask("1", date(2027, 1, 1), channel_id="c1"), entries, lists).price_list_id == "base"


def test_a_promotion_inside_a_list_ends_on_its_last_day() -> None:
    lists = {"base": PriceList(id="base", name="Base")}
    entries = (PriceEntry(price_list_id="base", price=D("10")),
               PriceEntry(price_list_id="base", price=D("8"), valid_from=date(2027, 1, 6), valid_to=date(2027, 2, 2)))
    found = {day: answer(ask("1", day), entries, lists).unit_price
             for day in (date(2027, 1, 5), date(2027, 1, 6), date(2027, 2, 2), date(2027, 2, 3))}
    assert list(found.values()) == [D(10), D(8), D(8), D(10)]


def test_the_order_of_storage_does_not_matter() -> None:
    for question in (ask("120", date(2027, 1, 1)), ask("600", date(2026, 6, 1)), ask("1", date(2028, 1, 1))):
        answers = {answer(question, entries).unit_price for entries in itertools.permutations(ENTRIES)}
        assert len(answers) == 1


def test_a_net_list_on_a_gross_order_and_back() -> None:
    net = answer(ask("120", date(2027, 1, 1)))
    assert unit_price(net, False, D(20)) == D("9.20")
    assert unit_price(net, True, D(20)) == D("11.04")
    gross = answer(ask("1", date(2027, 1, 1)), (PriceEntry(price_list_id="g", price=D("34.90")),),
                   {"g": PriceList(id="g", name="Shop")})
    assert unit_price(gross, False, D("5.5")) == D("33.080569")


def test_the_explanation_reads_in_the_callers_language() -> None:
    question = ask("120", date(2027, 1, 1))
    price, considered = price_of(LISTS, ENTRIES, question)
    shown = explained(question, price, considered, "C62", "en")
    assert (shown.value, shown.unit) == ("9.20", "EUR")
    assert shown.steps[0] == ExplainedRow(label="B2B 2027 · from 100: applies", value="9.20", link="/price-lists/new")
    assert shown.steps[-1] == ExplainedRow(label="Amount", value="1104.00")
    assert "palier non atteint" in str(explained(question, price, considered, "C62", "fr"))


@pytest.mark.parametrize("entries", [
    (EntryBody(price=D("-1")),), (EntryBody(price=D("1.1234567")),), (EntryBody(price=D(1), min_quantity=D(0)),),
    (EntryBody(price=D(1)), EntryBody(price=D(2))),
    (EntryBody(price=D(1), valid_from=date(2027, 2, 1), valid_to=date(2027, 1, 31)),)])
def test_impossible_entries_are_refused(entries: tuple[EntryBody, ...]) -> None:
    with pytest.raises(Invalid):
        check_entries("VERRE", entries, "entries")


def test_a_list_needs_a_name_and_a_currency_code() -> None:
    for bad in (PriceList(id="", name=" "), PriceList(id="", name="x", currency="eur")):
        with pytest.raises(Invalid):
            check_price_list(bad)

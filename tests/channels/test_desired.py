"""Desired stock: whatever order notes come in, the shop ends with the truth, in as few calls as possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.channels import desired
from chalicelib.channels.desired import ChangeNote, DesiredStock, Measurement
from tests.channels.shapes import NOON

SKUS = ("BUCHE", "SORBET", "MACARON")
SHOP = "con_shop"


class Bench:
    """A shop, its truth, and the pure decisions that `pushing` takes, step by step as any worker could take them."""

    def __init__(self) -> None:
        self.truth = dict.fromkeys(SKUS, Decimal(10))
        self.shop = dict(self.truth)
        self.notes: dict[tuple[str, int], ChangeNote] = {}
        self.rows: dict[str, DesiredStock] = {}
        self.items_pushed = 0
        self.count = 0
        self.dirtied = 0
        self.on_the_way: list[str] = []

    def change(self, sku: str, by: int, origin: str = "") -> None:
        self.count += 1
        self.truth[sku] += by
        self.note(sku, self.count, origin)

    def note(self, sku: str, number: int, origin: str = "") -> None:
        """A note of a change that has happened; number 0 is a correction noted by hand."""
        self.dirtied += (sku, number) not in self.notes
        self.notes[(sku, number)] = ChangeNote(sku=sku, event_id=str(number), changed_at=NOON, origin=origin)

    def sell_there(self, sku: str) -> None:
        """The shop sells by itself; we hear of it later."""
        self.shop[sku] -= 1
        self.on_the_way.append(sku)

    def hear(self) -> None:
        for sku in self.on_the_way:
            self.change(sku, -1, SHOP)
        self.on_the_way.clear()

    def push(self, shop_is_up: bool, meanwhile: tuple[str, int] | None) -> None:
        seen = dict(self.notes)
        for sku, notes in desired.gathered(seen.values()).items():
            row = desired.wanted(self.rows.get(sku), sku, sku, "", self.truth[sku], NOON, 1)
            if meanwhile is not None and meanwhile[0] == sku:
                self.change(*meanwhile)
            if desired.sold_there_too(SHOP, notes):
                row = desired.unseen(row)
            if desired.needs_push(row):
                if not shop_is_up:
                    continue
                self.items_pushed += 1
                self.shop[sku] = row.want_quantity
                row = desired.acknowledged(row, None, NOON)
            self.rows[sku] = row
            for key, note in seen.items():
                if note.sku == sku:
                    self.notes.pop(key, None)


steps = st.lists(st.one_of(
    st.tuples(st.just("change"), st.sampled_from(SKUS), st.integers(-3, 3).filter(bool), st.sampled_from(["", "con_b"])),
    st.tuples(st.just("sell there"), st.sampled_from(SKUS), st.just(1), st.just("")),
    st.tuples(st.just("hear"), st.sampled_from(SKUS), st.just(1), st.just("")),
    st.tuples(st.just("again"), st.sampled_from(SKUS), st.integers(1, 5), st.just("")),
    st.tuples(st.just("push"), st.sampled_from(SKUS), st.integers(-2, 2), st.sampled_from(["up", "down"]))), max_size=40)


@settings(max_examples=300)
@given(steps)
def test_the_shop_ends_with_the_truth_in_no_more_calls_than_there_were_changes(story: list[tuple[str, str, int, str]]) -> None:
    bench = Bench()
    for what, sku, number, word in story:
        if what == "change":
            bench.change(sku, number, word)
        elif what == "sell there":
            bench.sell_there(sku)
        elif what == "hear":
            bench.hear()
        elif what == "again":
            bench.note(sku, min(number, bench.count))
        else:
            bench.push(word == "up", (sku, number) if number else None)
    bench.hear()
    while bench.notes:
        bench.push(True, None)
    assert bench.shop == bench.truth
    assert bench.items_pushed <= bench.dirtied


def test_many_changes_of_one_sku_are_one_push() -> None:
    bench = Bench()
    for _ in range(50):
        bench.change("BUCHE", -1)
    bench.push(True, None)
    assert (bench.items_pushed, bench.shop["BUCHE"]) == (1, Decimal(-40))


def test_after_a_shops_own_sale_it_is_told_even_a_quantity_it_was_told_before() -> None:
    row = desired.acknowledged(desired.wanted(None, "BUCHE", "11", "", Decimal(5), NOON, 1), None, NOON)
    assert not desired.needs_push(row)
    same = desired.wanted(row, "BUCHE", "11", "", Decimal(5), NOON, 2)
    own = [ChangeNote(sku="BUCHE", event_id="1", changed_at=NOON, origin=SHOP)]
    assert desired.sold_there_too(SHOP, own) and not desired.sold_there_too("con_b", own)
    assert not desired.needs_push(same) and desired.needs_push(desired.unseen(same))


def test_a_refusal_is_visible_until_the_shop_takes_the_quantity() -> None:
    row = desired.refused(desired.wanted(None, "BUCHE", "11", "", Decimal(5), NOON, 1), "product_invalid_id", "gone")
    assert (row.error_code, row.is_shown, row.attempts) == ("product_invalid_id", False, 1)
    assert desired.acknowledged(row, Decimal(5), NOON).error_code == ""


def test_a_shop_never_shows_less_than_nothing_nor_half_a_cake() -> None:
    assert desired.shown_in_shop(Decimal(-2), False) == 0
    assert desired.shown_in_shop(Decimal("2.7"), False) == 2
    assert desired.shown_in_shop(Decimal("2.7"), True) == Decimal("2.7")


def _measured(seconds: str) -> Measurement:
    return Measurement(connection_id=SHOP, sku="BUCHE", origin="con_b", changed_at=NOON,
                       shown_at=NOON + timedelta(milliseconds=int(Decimal(seconds) * 1000)))


def test_lag_is_told_by_nearest_rank() -> None:
    figures = desired.figures(SHOP, [_measured(f"0.{n:03d}") for n in range(1, 101)])
    assert (figures.count, figures.p50_seconds, figures.p99_seconds) == (100, Decimal("0.050"), Decimal("0.099"))
    assert desired.figures(SHOP, [_measured("0.4")]).p99_seconds == Decimal("0.400")
    assert desired.figures(SHOP, []).p99_seconds is None


def test_lag_by_day_is_told_in_the_days_of_the_merchant() -> None:
    late = replace(_measured("2"), shown_at=NOON.replace(hour=23, minute=30), changed_at=NOON.replace(hour=23, minute=29))
    days = desired.by_day([_measured("0.4"), _measured("0.6"), late], ZoneInfo("Europe/Paris"))
    assert [(day.day.day, day.count, day.p99_seconds) for day in days] == [
        (24, 2, Decimal("0.600")), (25, 1, Decimal("60.000"))]
    assert _measured("-0.2").seconds == 0

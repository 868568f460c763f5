"""A channel's words, late, twice and out of order: one order, one reservation, and nothing settled silently."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.sales import channel_updates
from chalicelib.sales import service as sales
from chalicelib.sales.commands import ChannelUpdate, HoldOrder, RefundOrder, ShipOrder
from chalicelib.sales.model import LineQuantity, NewLine, Order, PlaceOrder
from chalicelib.storage import read
from tests.sales.shop import D, Shop, lines_balance


def placed(shop: Shop, at: str = "10:00", **more: object) -> Order:
    given = {"state": "confirmed", "shortage": "backorder", **more}
    return sales.place_order(shop.ctx(), PlaceOrder(
        lines=(NewLine(sku="A", quantity=D(2), unit_price=D("10.00")),), channel_id="con_1", external_id="77",
        source_version=f"2026-11-24T{at}:00#a", **given))  # type: ignore[arg-type]


def told(shop: Shop, status: str, at: str, **more: object) -> Order | None:
    return sales.apply_channel_update(shop.ctx(), ChannelUpdate(
        channel_id="con_1", external_id="77", source_version=f"2026-11-24T{at}:00#b", status=status,
        **more))  # type: ignore[arg-type]


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    shop.article("A")
    shop.receive(shop.warehouse("PARIS"), "A", "10")
    return shop


def test_placed_twice_is_one_order_with_one_reservation(stocked: Shop) -> None:
    assert placed(stocked).id == placed(stocked).id
    stocked.numbers_are("A", "10", "2", "8")
    assert len(stocked.events("OrderPlaced")) == 1


def test_payment_confirms_a_pending_order_and_an_older_word_changes_nothing(stocked: Shop) -> None:
    order = placed(stocked, state="pending")
    paid = told(stocked, "confirmed", "10:05", is_paid=True)
    assert paid is not None and (paid.state, paid.is_paid) == ("confirmed", True)
    assert told(stocked, "cancelled", "10:04") == paid
    assert stocked.stored(order).state == "confirmed"


def test_a_held_order_that_waited_for_its_payment_waits_again_unless_it_was_paid_meanwhile(stocked: Shop) -> None:
    order = placed(stocked, state="pending")
    held = sales.hold(stocked.ctx(), order, HoldOrder(reason="address unclear"))
    released = sales.release(stocked.ctx(), held)
    assert (held.state, released.state, released.held_from) == ("on_hold", "pending", "")
    sales.hold(stocked.ctx(), released, HoldOrder(reason="address unclear"))
    paid = told(stocked, "confirmed", "10:05", is_paid=True)
    assert paid is not None and (paid.state, paid.is_paid) == ("on_hold", True)
    assert sales.release(stocked.ctx(), paid).state == "confirmed"


def test_a_cancellation_that_overtakes_its_order_leaves_no_reservation(stocked: Shop) -> None:
    assert told(stocked, "cancelled", "10:05") is not None
    order = placed(stocked, at="10:00")
    assert order.state == "cancelled"
    stocked.numbers_are("A", "10", "0", "10")
    assert read.query(stocked.ctx(), "by_list", "ORDER").items == [], "a tombstone stands in no list"


def test_a_deletion_is_the_last_word_whatever_our_clock_said_when_it_came(stocked: Shop) -> None:
    placed(stocked, at="10:05")
    gone = told(stocked, "cancelled", "10:01", is_deletion=True)
    assert gone is not None and (gone.state, gone.source_version) == ("cancelled", "2026-11-24T10:05:00#a")
    stocked.numbers_are("A", "10", "0", "10")


@pytest.mark.parametrize("is_deletion", (False, True))
def test_a_cancellation_at_the_very_moment_its_order_is_placed_cancels_it(
        stocked: Shop, monkeypatch: pytest.MonkeyPatch, is_deletion: bool) -> None:
    """Who looked before the order was there, and would bury it, finds it placed."""
    def placed_after_the_look(ctx: Context, document: Any, document_id: str) -> None:
        monkeypatch.undo()
        placed(stocked)

    monkeypatch.setattr(channel_updates.read, "find", placed_after_the_look)
    after = told(stocked, "cancelled", "10:05", is_deletion=is_deletion)
    assert after is not None and after.lines and after.state == "cancelled"
    stocked.numbers_are("A", "10", "0", "10")


def test_an_order_told_anew_after_its_tombstone_is_placed(stocked: Shop) -> None:
    told(stocked, "cancelled", "10:05")
    order = placed(stocked, at="10:10")
    assert order.state == "confirmed"
    stocked.numbers_are("A", "10", "2", "8")


def test_cancelled_stays_cancelled_and_a_revival_is_flagged(stocked: Shop) -> None:
    placed(stocked)
    told(stocked, "cancelled", "10:05")
    stocked.numbers_are("A", "10", "0", "10")
    revived = told(stocked, "confirmed", "10:06")
    assert revived is not None and revived.state == "cancelled" and revived.attention == ("revived_on_channel",)


def test_a_cancellation_after_goods_left_stops_the_rest_and_is_flagged(stocked: Shop) -> None:
    order = placed(stocked)
    sales.ship(stocked.ctx(), order, ShipOrder(lines=(LineQuantity(line_id="1", quantity=D(1)),)))
    after = told(stocked, "cancelled", "10:05")
    assert after is not None and after.attention == ("cancelled_after_shipment",)
    assert (after.state, after.lines[0].cancelled_quantity) == ("shipped", D(1))
    lines_balance(after)
    stocked.numbers_are("A", "9", "0", "9")


def test_completed_in_the_shop_ships_what_was_reserved_once(stocked: Shop) -> None:
    placed(stocked)
    done = told(stocked, "completed", "10:05")
    assert done is not None and done.state == "shipped" and done.shipments[0].by_channel
    again = told(stocked, "completed", "10:06")
    assert again is not None and len(again.shipments) == 1
    stocked.numbers_are("A", "8", "0", "8")


def test_a_refund_told_again_is_counted_once_and_a_changed_total_is_flagged(stocked: Shop) -> None:
    placed(stocked)
    refund = RefundOrder(amount=D("5.00"), external_id="r1")
    told(stocked, "confirmed", "10:05", refunds=(refund,))
    order = told(stocked, "confirmed", "10:06", refunds=(refund,), paid_total=D("15.00"))
    assert order is not None and [r.amount for r in order.refunds] == [D("5.00")]
    assert order.attention == ("total_changed_on_channel",)


def test_an_update_of_an_unknown_order_asks_for_the_order(stocked: Shop) -> None:
    assert told(stocked, "confirmed", "10:00") is None


@pytest.mark.parametrize("sequence", list(itertools.permutations(("place", "paid", "cancel"))))
def test_any_order_of_words_ends_the_same(stocked: Shop, sequence: tuple[str, ...]) -> None:
    """Created at 10:00, paid at 10:01, cancelled at 10:02."""
    for word in sequence:
        if word == "place":
            placed(stocked, at="10:00", state="pending")
        else:
            told(stocked, "confirmed" if word == "paid" else "cancelled", "10:01" if word == "paid" else "10:02")
    order = placed(stocked, at="10:00")
    assert order.state == "cancelled"
    stocked.numbers_are("A", "10", "0", "10")

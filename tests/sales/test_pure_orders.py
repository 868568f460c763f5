"""Orders without an engine: the state table, quantities line by line, what shops say later, texts and limits."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.model import KitComponent, SkuFacts, UnitConversion
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.states import next_state
from chalicelib.sales import amending, channel_updates, fulfilment, placing, totals
from chalicelib.sales.commands import (
    AmendLine,
    AmendOrder,
    CancelOrder,
    ChangeOrder,
    ChannelUpdate,
    ConfirmOrder,
    HoldOrder,
    RefundOrder,
    ShipOne,
    ShipOrder,
)
from chalicelib.sales.model import (
    ORDER,
    STATES,
    TRANSITIONS,
    Address,
    Buyer,
    Charge,
    Component,
    LineQuantity,
    NewCharge,
    NewLine,
    Order,
    OrderLine,
    PlaceOrder,
    Refund,
    Reserved,
    Shipment,
    is_newer,
    is_tombstone,
)
from chalicelib.stock.allocation import Allocation, Demand
from chalicelib.stock.model import Balance, Place, Reservation, StockShort
from chalicelib.storage.transaction import Refused

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def line(id: str = "1", sku: str = "ICE", quantity: str = "10", **more: Any) -> OrderLine:
    return OrderLine(**{"id": id, "sku": sku, "name": sku.title(), "quantity": D(quantity), "unit_price": D(2),
                        "amount": D(quantity) * 2, **more})


def held(quantity: str, warehouse_id: str = "w1", **more: str) -> Reserved:
    return Reserved(warehouse_id=warehouse_id, quantity=D(quantity), **more)


def order(*lines: OrderLine, **more: Any) -> Order:
    return Order(**{"id": "ord_1", "number": "SO-1", "state": "confirmed", "placed_at": NOON, "lines": lines, **more})


BOX = {"sku": "BOX", "kit": (Component(sku="CUP", quantity=D(6)), Component(sku="SPOON", quantity=D(1)))}


def asked(**quantities: str) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line_id=name.removeprefix("l"), quantity=D(quantity)) for name, quantity in quantities.items())


def refusal(error: type[Conflict] | type[Invalid], act: Any, *arguments: Any, **named: Any) -> tuple[str, list[str]]:
    with pytest.raises(error) as refused:
        act(*arguments, **named)
    return refused.value.code, list(refused.value.fields)


# -- the table ---------------------------------------------------------------------------------------------------------


def test_what_may_be_done_in_each_state() -> None:
    """The table as the trade has it: a shipped order is never cancelled, a draft never refunded, a closed one never shipped."""
    table = {
        "draft": {"confirm": "confirmed", "cancel": "cancelled"},
        "pending": {"confirm": "confirmed", "amend": "pending", "hold": "on_hold", "cancel": "cancelled"},
        "confirmed": {"ship": "shipped", "prepare": "confirmed", "amend": "confirmed", "hold": "on_hold", "cancel": "cancelled",
                      "refund": "confirmed"},
        "on_hold": {"release": "confirmed", "amend": "on_hold", "cancel": "cancelled", "refund": "on_hold"},
        "partly_shipped": {"ship": "shipped", "prepare": "partly_shipped", "cancel": "shipped", "refund": "partly_shipped"},
        "shipped": {"close": "closed", "refund": "shipped"},
        "closed": {"refund": "closed"},
        "cancelled": {"refund": "cancelled"},
    }
    assert tuple(table) == STATES
    actions = {action for row in table.values() for action in row}
    for state, row in table.items():
        for action in actions:
            if action in row:
                assert next_state(TRANSITIONS, state, action) == row[action]
            else:
                assert refusal(Conflict, next_state, TRANSITIONS, state, action) == ("wrong_state", [])


# -- shapes ------------------------------------------------------------------------------------------------------------


def defaults(shape: type) -> dict[str, Any]:
    return {f.name: f.default for f in dataclasses.fields(shape) if f.default is not dataclasses.MISSING}


def test_what_an_order_assumes_when_nothing_is_said() -> None:
    assert set(defaults(Buyer).values()) == {""} and len(defaults(Buyer)) == 5
    assert defaults(Reserved) == {"sku": "", "location": "", "lot_number": "", "delivery_id": ""}
    assert defaults(OrderLine) == {
        "base_unit_code": "C62", "unit_code": "", "unit_quantity": None, "unit_factor": D(1), "pack_price": None,
        "allowance": D(0), "vat_category": "S", "vat_rate": D(20), "kit": (), "reserved": (), "backordered_quantity": D(0),
        "shipped_quantity": D(0), "cancelled_quantity": D(0), "external_id": "", "product_family": ""}
    assert defaults(Charge) == {"vat_category": "S", "vat_rate": D(20)}
    assert defaults(Shipment) == {"by_channel": False}
    assert defaults(Refund) == {"reason": "", "external_id": "", "lines": ()}
    nothing = dict.fromkeys(("channel_id", "channel_name", "external_id", "external_number", "source_version", "customer_id",
                             "payment_method", "note"), "")
    people = {"buyer": Buyer(), "billing_address": Address(), "shipping_address": Address()}
    assert defaults(Order) == {
        **nothing, **people, "currency": "EUR", "prices_include_vat": True, "lines": (), "charges": (), "coupons": (),
        "vat_breakdown": (), "total_without_vat": D(0), "vat_amount": D(0), "total_with_vat": D(0), "rounding_amount": D(0),
        "paid_total": D(0), "is_paid": False, "is_placed": True, "warehouse_ids": (), "hold_reasons": (), "held_from": "",
        "attention": (), "delivery_count": 0, "shipments": (), "refunds": (), "updated_at": None, "version": 0,
        "payment_gateway": "", "payment_fee": None, "is_sample": False}
    assert defaults(PlaceOrder) == {
        **nothing, **people, "charges": (), "coupons": (), "allowance": D(0), "state": "confirmed", "shortage": "refuse",
        "placed_at": None, "currency": "EUR", "prices_include_vat": True, "paid_total": None, "is_paid": False,
        "warehouse_ids": (), "attention": (), "payment_gateway": "", "payment_fee": None}
    assert defaults(NewLine) == {
        "sku": "", "gtin": "", "unit_code": "", "unit_price": None, "price_per": "base", "allowance": D(0), "amount": None,
        "name": "", "vat_category": None, "vat_rate": None, "external_id": ""}
    assert defaults(NewCharge) == {"kind": "shipping", "name": "", "vat_category": None, "vat_rate": None}
    parcel = {"carrier": "", "tracking_number": "", "tracking_url": ""}
    assert defaults(ShipOrder) == {"lines": (), "warehouse_id": "", **parcel} and defaults(ShipOne) == parcel
    assert defaults(CancelOrder) == {"lines": (), "reason": ""} and defaults(HoldOrder) == {}
    assert defaults(RefundOrder) == {"reason": "", "external_id": "", "lines": ()}
    assert defaults(ConfirmOrder) == {"shortage": "refuse"}
    assert defaults(ChangeOrder) == {
        "note": None, "lines": None, "charges": None, "allowance": D(0), "customer_id": None, "buyer": None,
        "billing_address": None, "shipping_address": None}
    assert defaults(AmendLine) == {"line_id": "", "sku": "", "gtin": "", "unit_code": "", "unit_price": None,
                                   "price_per": "base", "allowance": None, "name": ""}
    assert defaults(AmendOrder) == {"charges": None, "note": None, "shortage": "refuse"}
    assert defaults(ChannelUpdate) == {
        "is_paid": False, "paid_total": None, "refunds": (), "payment_fee": None, "is_deletion": False}
    assert (placing.ATTEMPTS, placing.RESERVATIONS_AT_ONCE, placing.MAX_TEXT, placing.MAX_NOTE) == (12, 40, 300, 4000)
    assert (totals.MAX_LINES, totals.CHARGE_KINDS) == (300, ("shipping", "fee"))
    assert (placing.STATES, placing.SHORTAGES) == (("draft", "pending", "confirmed"), ("backorder", "refuse"))
    assert channel_updates.STATUSES == ("pending", "confirmed", "completed", "cancelled")


def test_what_is_open_of_a_line_is_neither_shipped_nor_cancelled() -> None:
    assert line(quantity="10", shipped_quantity=D(3), cancelled_quantity=D(2)).open_quantity == 5


def test_the_row_of_an_order() -> None:
    placed = NOON.replace(microsecond=7)
    shown = order(line(), line("2", backordered_quantity=D(1)), placed_at=placed, channel_id="con_1", channel_name="s" * 40,
                  external_number="9" * 40, buyer=Buyer(name="Luc Glace", company_name="G" * 50), total_with_vat=D("40.00"),
                  paid_total=D("39.99"), currency="CHF", is_paid=True)
    assert ORDER.summary(shown) == {
        "number": "SO-1", "state": "confirmed", "placed_at": "2026-11-24T12:00:00+00:00", "customer_name": "G" * 40,
        "channel_id": "con_1", "channel_name": "s" * 30, "external_number": "9" * 30, "total_with_vat": "40.00",
        "paid_total": "39.99", "currency": "CHF", "line_count": 2, "is_paid": True, "is_backordered": True}
    plain = ORDER.summary(order(line(), buyer=Buyer(name="Luc Glace")))
    assert (plain["customer_name"], plain["is_backordered"]) == ("Luc Glace", False)


def test_where_an_order_is_found() -> None:
    when = f"{NOON.isoformat()}#ord_1"
    mine = order(line(), customer_id="cus_1", external_number="1001")
    assert ORDER.by_list(mine) == ("ORDER", when)
    assert ORDER.by_ref(mine) == ("REF#order#1001", "ord_1") and ORDER.by_ref(order(line())) == ("REF#order#SO-1", "ord_1")
    assert ORDER.by_party(mine) == ("PARTY#cus_1", f"ORDER#{when}") and ORDER.by_party(order(line())) is None
    tombstone = order(state="cancelled", customer_id="cus_1")
    assert is_tombstone(tombstone) and not is_tombstone(mine)
    assert (ORDER.by_list(tombstone), ORDER.by_ref(tombstone)) == (None, None)
    assert (ORDER.kind, ORDER.prefix, ORDER.model) == ("sales_order", "ord", Order)


def test_an_order_waits_where_its_most_urgent_work_is() -> None:
    when = f"{NOON.isoformat()}#ord_1"
    reserved, waiting = line(reserved=(held("1"),)), line("2", backordered_quantity=D(1))
    expected = {"pending": "DUE#pending", "on_hold": "DUE#on_hold", "confirmed": "DUE#ship", "partly_shipped": "DUE#ship",
                "draft": None, "shipped": None, "closed": None, "cancelled": None}
    for state, partition in expected.items():
        assert ORDER.by_due(order(waiting, reserved, state=state)) == (partition and (partition, when)), state
    for state in ("confirmed", "partly_shipped"):
        assert ORDER.by_due(order(line(), waiting, state=state)) == ("DUE#backorder", when)
        assert ORDER.by_due(order(line(), state=state)) is None


def test_of_two_versions_the_later_instant_is_newer_and_the_same_instant_is_not() -> None:
    assert is_newer("2026-11-24T12:00:01#a", "2026-11-24T12:00:00#z")
    assert not is_newer("2026-11-24T12:00:00#b", "2026-11-24T12:00:00#a")
    assert not is_newer("2026-11-24T11:59:59#a", "2026-11-24T12:00:00#a")
    assert not is_newer("2026-11-24T12:00:00#a", "2026-11-24T12:00:00#"), "the hash says nothing of when"
    assert is_newer("", "") and not is_newer("", "2026#a")


# -- quantities --------------------------------------------------------------------------------------------------------


def test_the_stock_behind_a_line_is_the_article_or_the_kits_components() -> None:
    kit = line("2", quantity="3", **BOX)
    assert fulfilment.components(line()) == (("ICE", 1),) and fulfilment.components(kit) == (("CUP", 6), ("SPOON", 1))
    assert fulfilment.demands([line(), kit, line("3")], {"1": D(4), "2": D(3), "3": D(0)}) == [
        Demand(line_id="1", quantity=D(4), components=(("ICE", D(1)),)),
        Demand(line_id="2", quantity=D(3), components=kit_components(), is_kit=True)]


def kit_components() -> tuple[tuple[str, Decimal], ...]:
    return (("CUP", D(6)), ("SPOON", D(1)))


def test_reserved_units_of_an_article_and_of_a_kit_here_or_everywhere() -> None:
    plain = line(reserved=(held("2"), held("3", "w2"), held("1", location="A")))
    assert fulfilment.reserved_quantity(plain) == 6
    assert (fulfilment.reserved_quantity(plain, "w1"), fulfilment.reserved_quantity(plain, "w3")) == (3, 0)
    kit = line(**BOX, reserved=(held("12", sku="CUP"), held("7", "w2", sku="CUP"), held("3", sku="SPOON")))
    assert fulfilment.reserved_quantity(kit) == 3 and fulfilment.reserved_quantity(kit, "w1") == 2
    assert fulfilment.reserved_quantity(line(**BOX, reserved=(held("12", sku="CUP"),))) == 0


def test_a_line_leaves_from_where_it_is_held_and_one_that_is_not_asked_for_from_nowhere() -> None:
    both = order(line(reserved=(held("2"), held("3", "w2"))), line("2", reserved=(held("1"),)), line("3"))
    assert fulfilment.by_warehouse(both, {"1": D(4)}) == {"w1": {"1": D(2)}, "w2": {"1": D(2)}}
    assert fulfilment.by_warehouse(both, {"1": D(4), "2": D(1)}, "w1") == {"w1": {"1": D(4), "2": D(1)}}
    assert fulfilment.by_warehouse(both, {"3": D(1)}) == fulfilment.by_warehouse(both, {}) == {}


def reserved_at(line_id: str, sku: str, warehouse_id: str, quantity: str, **place: str) -> Reservation:
    return Reservation(line_id=line_id, sku=sku, place=Place(warehouse_id=warehouse_id, **place), quantity=D(quantity))


def test_what_was_found_stands_on_the_lines_and_the_rest_is_back_ordered() -> None:
    before = order(line(reserved=(held("1"), held("2", "w2"))), line("2", quantity="2", **BOX), line("3"),
                   line("4", backordered_quantity=D(5)))
    found = Allocation(reservations=(reserved_at("1", "ICE", "w1", "4", location="A", lot_number="L"),
                                     reserved_at("1", "ICE", "w2", "1"), reserved_at("2", "CUP", "w1", "6"),
                                     reserved_at("2", "SPOON", "w1", "1")), short={"1": D(2), "2": D(1)})
    after = fulfilment.with_allocation(before, found, {"1": D(7), "2": D(2), "4": D(5)})
    assert after.lines[0].reserved == (held("1"), held("3", "w2"), held("4", location="A", lot_number="L"))
    assert after.lines[1].reserved == (held("6", sku="CUP"), held("1", sku="SPOON"))
    assert [each.backordered_quantity for each in after.lines] == [2, 1, 0, 0]
    assert after.lines[2] == before.lines[2]


def test_a_line_gives_up_its_reservations_in_their_order_and_keeps_what_stays() -> None:
    plain = line(reserved=(held("2", location="A", lot_number="L1"), held("3", "w2"), held("4")))
    after, taken = fulfilment.take(plain, D(4))
    assert after.reserved == (held("1", "w2"), held("4"))
    assert taken == [reserved_at("1", "ICE", "w1", "2", location="A", lot_number="L1"), reserved_at("1", "ICE", "w2", "2")]
    after, taken = fulfilment.take(plain, D(3), "w1")
    assert after.reserved == (held("3", "w2"), held("3"))
    assert taken == [reserved_at("1", "ICE", "w1", "2", location="A", lot_number="L1"), reserved_at("1", "ICE", "w1", "1")]
    kit = line(**BOX, reserved=(held("12", sku="CUP"), held("2", sku="SPOON")))
    after, taken = fulfilment.take(kit, D(1))
    assert after.reserved == (held("6", sku="CUP"), held("1", sku="SPOON"))
    assert taken == [reserved_at("1", "CUP", "w1", "6"), reserved_at("1", "SPOON", "w1", "1")]


def test_a_promise_as_stock_knows_it() -> None:
    assert fulfilment.reservation(line(**BOX), held("6", sku="CUP", location="A", lot_number="L")) == reserved_at(
        "1", "CUP", "w1", "6", location="A", lot_number="L")
    assert fulfilment.reservation(line(), held("6")) == reserved_at("1", "ICE", "w1", "6")


@pytest.mark.parametrize("wrong", [asked(l9="1"), asked(l1="0"), asked(l1="-1"), (*asked(l1="1"), *asked(l1="1"))])
def test_each_line_of_the_order_once_with_a_quantity(wrong: tuple[LineQuantity, ...]) -> None:
    shipped = order(line(reserved=(held("10"),)))
    path = [f"lines.{len(wrong) - 1}"]
    assert refusal(Invalid, fulfilment.plan_shipment, shipped, wrong, "") == ("lines", path)
    assert refusal(Invalid, fulfilment.plan_cancellation, shipped, wrong) == ("lines", path)


def test_half_a_piece_is_not_shipped_and_half_a_kilo_is() -> None:
    assert refusal(Invalid, fulfilment.plan_shipment, order(line(reserved=(held("10"),))), asked(l1="0.5"), "") == (
        "whole_quantity", ["lines.0.quantity"])
    weighed = order(line(base_unit_code="KGM", reserved=(held("10"),)))
    assert fulfilment.plan_shipment(weighed, asked(l1="0.5"), "")[2] == {"1": D("0.5")}


def test_one_parcel_holds_so_many_reservations() -> None:
    lines = [line(str(n), reserved=(held("1"),) * count) for n, count in enumerate((2, 0, 2, 1, 5, 1))]
    whole = order(*lines)
    quantities = {"0": D(1), "1": D(2), "2": D(3), "3": D(0), "4": D(5), "5": D(6)}
    groups = fulfilment.parts(whole, quantities, 4)
    assert [[each.line_id for each in group] for group in groups] == [["0", "1"], ["2"], ["4"], ["5"]]
    assert groups[0] == (LineQuantity(line_id="0", quantity=D(1)), LineQuantity(line_id="1", quantity=D(2)))
    assert [len(group) for group in fulfilment.parts(whole, quantities, 5)] == [3, 1, 1]
    assert fulfilment.parts(whole, {}, 4) == [()]
    assert [len(group) for group in fulfilment.parts(whole, quantities, 6)] == [3, 2]


def test_shipping_takes_all_that_is_reserved_or_what_was_asked() -> None:
    before = order(line(reserved=(held("4"), held("2", "w2")), shipped_quantity=D(1)), line("2", backordered_quantity=D(10)))
    after, leaving, shipped = fulfilment.plan_shipment(before, (), "")
    assert shipped == {"1": D(6)} and [r.quantity for r in leaving] == [4, 2]
    assert after.lines[0].shipped_quantity == 7 and after.lines[0].reserved == () and after.lines[1] == before.lines[1]
    after, leaving, shipped = fulfilment.plan_shipment(before, (), "w2")
    assert shipped == {"1": D(2)} and after.lines[0].reserved == (held("4"),)
    after, leaving, shipped = fulfilment.plan_shipment(before, asked(l1="6"), "")
    assert shipped == {"1": D(6)}
    with pytest.raises(Conflict) as refused:
        fulfilment.plan_shipment(before, asked(l1="7", l2="1"), "")
    assert refused.value.code == "not_reserved"
    assert refused.value.fields == {"lines.1": "only 6 reserved", "lines.2": "only 0 reserved"}
    assert refusal(Conflict, fulfilment.plan_shipment, before, asked(l1="3"), "w2") == ("not_reserved", ["lines.1"])
    assert refusal(Conflict, fulfilment.plan_shipment, before, (), "w3") == ("nothing_to_ship", [])


def test_cancelling_gives_back_orders_up_first() -> None:
    before = order(line(reserved=(held("6"),), backordered_quantity=D(3), shipped_quantity=D(1)), line("2", quantity="2"))
    after, released, cancelled = fulfilment.plan_cancellation(before, asked(l1="4"))
    assert cancelled == {"1": D(4)} and released == [reserved_at("1", "ICE", "w1", "1")]
    first = after.lines[0]
    assert (first.backordered_quantity, first.cancelled_quantity, first.reserved) == (0, 4, (held("5"),))
    after, released, cancelled = fulfilment.plan_cancellation(before, asked(l1="2"))
    assert released == [] and after.lines[0].backordered_quantity == 1
    after, released, cancelled = fulfilment.plan_cancellation(before, ())
    assert cancelled == {"1": D(9), "2": D(2)} and [r.quantity for r in released] == [6]
    assert fulfilment.plan_cancellation(before, asked(l1="9"))[2] == {"1": D(9)}
    again, _, _ = fulfilment.plan_cancellation(fulfilment.plan_cancellation(before, asked(l1="4"))[0], asked(l1="1"))
    assert again.lines[0].cancelled_quantity == 5
    with pytest.raises(Conflict) as refused:
        fulfilment.plan_cancellation(before, asked(l1="10"))
    assert (refused.value.code, refused.value.fields) == ("not_open", {"lines.1": "only 9 open"})
    done = order(line(quantity="1", shipped_quantity=D(1)))
    assert refusal(Conflict, fulfilment.plan_cancellation, done, ()) == ("nothing_to_cancel", [])


def test_the_state_follows_from_the_quantities() -> None:
    whole, part = {"shipped_quantity": D(10)}, {"shipped_quantity": D(4)}
    gone = {"cancelled_quantity": D(10)}
    assert fulfilment.state_after(order(line(**whole), line("2", **gone))) == "shipped"
    assert fulfilment.state_after(order(line(**gone))) == "cancelled"
    assert fulfilment.state_after(order(line(**part))) == "partly_shipped"
    assert fulfilment.state_after(order(line(), line("2", **gone), state="on_hold")) == "on_hold"
    assert fulfilment.state_after(order(line(), line("2", **whole))) == "partly_shipped"


PARTS = st.lists(st.integers(0, 9), min_size=4, max_size=4)


@given(st.lists(PARTS, min_size=1, max_size=4), st.data())
def test_of_every_line_nothing_is_made_nor_lost(rows: list[list[int]], data: st.DataObject) -> None:
    """quantity = reserved + back-ordered + shipped + cancelled, whatever is shipped and cancelled of it."""
    lines = [line(str(n), quantity=str(sum(row)), reserved=(held(str(row[0])),) if row[0] else (),
                  backordered_quantity=D(row[1]), shipped_quantity=D(row[2]), cancelled_quantity=D(row[3]))
             for n, row in enumerate(rows) if sum(row)]
    current = order(*lines)
    for _ in range(3):
        wanted = tuple(LineQuantity(line_id=each.id, quantity=D(data.draw(st.integers(1, 5)))) for each in current.lines
                       if data.draw(st.booleans()))
        try:
            if data.draw(st.booleans()):
                current, taken, _ = fulfilment.plan_shipment(current, wanted, "")
            else:
                current, taken, _ = fulfilment.plan_cancellation(current, wanted)
        except Conflict:
            continue
        assert all(r.quantity > 0 for r in taken)
    for each in current.lines:
        four = (fulfilment.reserved_quantity(each), each.backordered_quantity, each.shipped_quantity, each.cancelled_quantity)
        assert all(part >= 0 for part in four) and sum(four) == each.quantity


# -- what shops say later ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "status", "action"), [
    ("pending", "confirmed", "confirm"), ("draft", "confirmed", ""), ("confirmed", "confirmed", ""),
    ("confirmed", "completed", "ship"), ("partly_shipped", "completed", "ship"), ("pending", "completed", "confirm"),
    ("on_hold", "completed", ""), ("cancelled", "completed", ""), ("shipped", "completed", ""),
    ("pending", "cancelled", "cancel"), ("confirmed", "cancelled", "cancel"), ("partly_shipped", "cancelled", "cancel"),
    ("shipped", "cancelled", ""), ("cancelled", "cancelled", ""), ("confirmed", "pending", ""), ("pending", "pending", ""),
])
def test_what_a_shops_status_asks_of_an_order(state: str, status: str, action: str) -> None:
    reserved = order(line(), line("2", reserved=(held("1"),)), state=state)
    assert channel_updates.action_for(reserved, status) == action
    if action == "ship":
        assert channel_updates.action_for(order(line(), state=state), status) == "", "nothing is reserved"


def news(status: str, **more: Any) -> ChannelUpdate:
    return ChannelUpdate(channel_id="con_1", external_id="1001", source_version="2#b", status=status, **more)


def test_contradictions_are_flagged_once_for_a_person() -> None:
    shipped = order(line(), line("2", shipped_quantity=D(1)), state="partly_shipped", paid_total=D(20), attention=("seen",))
    flags = channel_updates.flags_for
    assert flags(shipped, news("cancelled")) == ("seen", "cancelled_after_shipment")
    assert flags(order(line()), news("cancelled")) == ()
    for status in ("confirmed", "completed"):
        assert flags(order(line(), state="cancelled"), news(status)) == ("revived_on_channel",)
    assert flags(order(line(), state="cancelled"), news("pending")) == ()
    for state in ("pending", "confirmed", "on_hold", "partly_shipped"):
        assert flags(order(line(), state=state), news("completed")) == ("completed_on_channel",)
        assert flags(order(line(), state=state), news("confirmed")) == ()
    assert flags(order(line(), state="shipped"), news("completed")) == ()
    assert flags(shipped, news("confirmed", paid_total=D("20.00"))) == ("seen",)
    assert flags(shipped, news("confirmed", paid_total=D("19.99"))) == ("seen", "total_changed_on_channel")
    again = replace(shipped, attention=("cancelled_after_shipment", "seen"))
    assert flags(again, news("cancelled")) == ("cancelled_after_shipment", "seen")


def test_what_is_paid_while_it_is_held_goes_on_when_it_is_released() -> None:
    """A pending order put on hold waits for its payment again, unless the shop said meanwhile that it came."""
    waiting = order(line(), state="on_hold", held_from="pending")
    told = channel_updates._told
    assert told(waiting, news("pending")) == waiting
    assert told(waiting, news("confirmed", is_paid=True)) == replace(waiting, held_from="confirmed", is_paid=True)
    assert told(waiting, news("completed")).held_from == "confirmed"
    assert told(waiting, news("cancelled")).held_from == "pending"
    assert told(replace(waiting, held_from="", is_paid=True), news("confirmed")) == replace(waiting, held_from="", is_paid=True)
    assert told(waiting, news("completed")).attention == ("completed_on_channel",)


# -- placing -----------------------------------------------------------------------------------------------------------


def request(**more: Any) -> PlaceOrder:
    return PlaceOrder(**{"lines": (NewLine(sku="ICE", quantity=D(1)),), **more})


@pytest.mark.parametrize(("more", "code", "field"), [
    ({"state": "shipped"}, "state", "state"), ({"shortage": "maybe"}, "shortage", "shortage"),
    ({"channel_id": "con_1"}, "channel", "external_id"), ({"external_id": "1"}, "channel", "external_id"),
    ({"currency": "eur"}, "currency", "currency"), ({"currency": "EURO"}, "currency", "currency"),
    ({"allowance": D("-0.01")}, "allowance", "allowance"), ({"note": "x" * 4001}, "text_too_long", "note"),
    ({"buyer": Buyer(name="x" * 301)}, "text_too_long", "buyer.name"),
    ({"warehouse_ids": ("w1", "x" * 301)}, "text_too_long", "warehouse_ids.1"),
    ({"lines": (NewLine(quantity=D(1)), NewLine(quantity=D(1), name="x" * 301))}, "text_too_long", "lines.1.name"),
    ({"lines": ()}, "lines", "lines"),
])
def test_what_no_order_can_be(more: dict[str, Any], code: str, field: str) -> None:
    assert refusal(Invalid, placing.check_request, request(**more)) == (code, [field])


def test_what_a_provider_kept_is_not_negative_and_has_the_currencys_decimals() -> None:
    assert refusal(Invalid, placing._fee, request(payment_fee=D("-0.01"))) == ("payment_fee", ["payment_fee"])
    assert placing._fee(request()) is None and placing._fee(request(payment_fee=D(0))) == 0
    assert str(placing._fee(request(payment_fee=D("0.925"), currency="JPY"))) == "1"


def test_a_request_at_its_limits() -> None:
    for state in placing.STATES:
        for shortage in placing.SHORTAGES:
            placing.check_request(request(state=state, shortage=shortage))
    placing.check_request(request(channel_id="con_1", external_id="1", note="x" * 4000, allowance=D(0), placed_at=NOON,
                                  buyer=Buyer(name="x" * 300)))


@pytest.mark.parametrize(("quantity", "price", "code", "field"), [
    ("0", None, "quantity", "lines.1.quantity"), ("-1", None, "quantity", "lines.1.quantity"),
    ("1000001", None, "quantity", "lines.1.quantity"), ("0.0000001", None, "quantity", "lines.1.quantity"),
    ("1", "-0.01", "unit_price", "lines.1.unit_price"), ("1", "1000000001", "unit_price", "lines.1.unit_price"),
])
def test_what_no_line_can_be(quantity: str, price: str | None, code: str, field: str) -> None:
    wrong = NewLine(sku="A", quantity=D(quantity), unit_price=None if price is None else D(price))
    assert refusal(Invalid, totals.check_lines, (NewLine(sku="A", quantity=D(1)), wrong)) == (code, [field])


def test_lines_at_their_limits() -> None:
    one = NewLine(sku="A", quantity=D("0.000001"), unit_price=D(0))
    totals.check_lines((one,) * 300)
    totals.check_lines((replace(one, quantity=D(10**6), unit_price=D(10**9), price_per="unit"),))
    assert refusal(Invalid, totals.check_lines, (one,) * 301) == ("lines", ["lines"])
    assert refusal(Invalid, totals.check_lines, (one, replace(one, price_per="kilo"))) == ("price_per", ["lines.1.price_per"])


def test_a_shops_order_has_one_id_however_often_it_is_told() -> None:
    assert placing.order_id_of("con_1", "1001") == derived_id("ord", "con_1", "1001")


def wants(*counts: int) -> list[Demand]:
    return [Demand(line_id=str(n), quantity=D(2), components=tuple((f"S{n}-{i}", D(1)) for i in range(count)))
            for n, count in enumerate(counts)]


def test_an_order_reserves_at_once_as_much_as_one_transaction_holds() -> None:
    found = placing.first_allocation(wants(1, 2), ("w1", "w2"))
    assert [(r.sku, r.place.warehouse_id, r.quantity) for r in found.reservations] == [
        ("S0-0", "w1", 2), ("S1-0", "w1", 2), ("S1-1", "w1", 2)] and found.short == {}
    long = placing.first_allocation(wants(20, 20, 1), ("w1",))
    assert len(long.reservations) == 40 and long.short == {"2": D(2)}
    assert placing.first_allocation(wants(39, 2), ("w1",)).short == {"1": D(2)}
    none = placing.first_allocation(wants(1, 2), ())
    assert none.reservations == () and none.short == {"0": D(2), "1": D(2)}


def test_only_want_of_stock_is_want_of_stock() -> None:
    short = StockShort("ICE", ["1"], Place(warehouse_id="w1"))
    assert placing.is_short(short) and placing.is_short(Refused([short, short]))
    assert not placing.is_short(Refused([short, Conflict("stale_version", "x")])) and not placing.is_short(ValueError())


def test_short_lines_are_named_with_what_is_there() -> None:
    wanted = order(line(quantity="5"), line("2", sku="CUP", quantity="3"), line("3", quantity="1"))
    placing.refuse_short(wanted, {})
    with pytest.raises(Conflict) as refused:
        placing.refuse_short(wanted, {"1": D(2), "3": D(1)})
    assert refused.value.code == "stock_short"
    assert refused.value.fields == {"lines.0.quantity": "only 3 available", "lines.2.quantity": "only 0 available"}
    assert refused.value.detail == "There is not enough of ICE."


def test_an_event_tells_what_there_is_to_tell() -> None:
    told = placing.event_data(order(line(), channel_id="con_1", external_id="1001", total_without_vat=D("16.67"),
                                    paid_total=D("20.00")))
    assert told == {"number": "SO-1", "state": "confirmed", "channel_id": "con_1", "external_id": "1001", "currency": "EUR",
                    "total_without_vat": "16.67", "paid_total": "20.00"}
    assert "channel_id" not in placing.event_data(order(line()))
    assert placing.unreserved(order(line(backordered_quantity=D(2)), line("2"))) == {"1": D(2)}


# -- amending ----------------------------------------------------------------------------------------------------------


def amended(*lines: AmendLine, of: Order | None = None) -> tuple[NewLine, ...]:
    return amending.asked_lines(of or order(line(external_id="x1", name="Ice", allowance=D(1)), line("2", sku="CUP")), lines)[0]


def test_a_line_that_stays_keeps_what_is_not_said() -> None:
    (kept,) = amended(AmendLine(line_id="1", quantity=D(4)))
    assert kept == NewLine(sku="ICE", quantity=D(4), unit_price=D(2), price_per="base", allowance=D(1), name="Ice",
                           vat_category="S", vat_rate=D(20), external_id="x1")
    (other,) = amended(AmendLine(line_id="1", sku="ICE", quantity=D(4), unit_price=D(3), allowance=D(0), name="Ices"))
    assert (other.unit_price, other.allowance, other.name, other.price_per) == (3, 0, "Ices", "base")
    lines, ids = amending.asked_lines(order(line()), (AmendLine(line_id="1", quantity=D(1)),
                                                     AmendLine(sku="CUP", quantity=D(2))))
    assert ids == ("1", "") and lines[1] == NewLine(sku="CUP", quantity=D(2))
    (fresh,) = amended(AmendLine(gtin="3017620422003", quantity=D(1), unit_code="CT", unit_price=D(9), price_per="unit",
                                 allowance=D(2), name="N"))
    assert fresh == NewLine(gtin="3017620422003", quantity=D(1), unit_code="CT", unit_price=D(9), price_per="unit",
                            allowance=D(2), name="N")


def test_a_price_per_carton_follows_the_carton_and_becomes_a_piece_price_in_another_unit() -> None:
    packed = line(unit_code="CT", unit_quantity=D(2), unit_factor=D(6), pack_price=D(10), quantity="12",
                  unit_price=D("1.666667"))
    (same,) = amended(AmendLine(line_id="1", quantity=D(3)), of=order(packed))
    assert (same.quantity, same.unit_code, same.unit_price, same.price_per) == (3, "CT", 10, "unit")
    (named,) = amended(AmendLine(line_id="1", quantity=D(3), unit_code="CT"), of=order(packed))
    assert named == same
    (pieces,) = amended(AmendLine(line_id="1", quantity=D(5), unit_code="C62"), of=order(packed))
    assert (pieces.quantity, pieces.unit_code, pieces.unit_price, pieces.price_per) == (5, "C62", D("1.666667"), "base")
    (base,) = amended(AmendLine(line_id="1", quantity=D(5), unit_code="C62"), of=order(line()))
    assert (base.unit_code, base.unit_price) == ("", 2)
    (repriced,) = amended(AmendLine(line_id="1", quantity=D(1), unit_code="CT", unit_price=D(11), price_per="unit"),
                          of=order(line()))
    assert (repriced.unit_code, repriced.unit_price, repriced.price_per) == ("CT", 11, "unit")


def test_an_amendment_names_each_line_once_and_keeps_its_article() -> None:
    for wrong in ((AmendLine(line_id="1", quantity=D(1)),) * 2, (AmendLine(line_id="9", quantity=D(1)),),
                  (AmendLine(line_id="1", sku="CUP", quantity=D(1)),), (AmendLine(line_id="1", gtin="3", quantity=D(1)),)):
        assert refusal(Invalid, amended, *wrong) == ("lines", ["lines"])
    partly = order(line(cancelled_quantity=D(1)), line("2"))
    assert refusal(Conflict, amending.asked_lines, partly, (AmendLine(line_id="2", quantity=D(1)),)) == ("below_cancelled", [])
    amending.asked_lines(partly, (AmendLine(line_id="1", quantity=D(1)),))


def test_less_gives_back_orders_up_first_and_more_is_taken_from_what_the_change_sets_free() -> None:
    before = order(line(quantity="6", reserved=(held("4"),), backordered_quantity=D(2)),
                   line("2", quantity="3", reserved=(held("3"),)))
    less = replace(before, lines=(replace(before.lines[0], quantity=D(5)), before.lines[1]))
    planned, allocation = amending.plan(before, less, {"ICE": []}, ("w1",))
    assert (planned.lines[0].reserved, planned.lines[0].backordered_quantity) == ((held("4"),), 1)
    assert allocation.short == {"1": D(1)}
    swap = replace(before, lines=(replace(before.lines[0], quantity=D(1)), replace(before.lines[1], quantity=D(7))))
    place = Balance(place=Place(warehouse_id="w1"), available=D("0"))
    planned, allocation = amending.plan(before, swap, {"ICE": [place]}, ("w1",))
    assert [fulfilment.reserved_quantity(each) for each in planned.lines] == [1, 6]
    assert [each.backordered_quantity for each in planned.lines] == [0, 1] and allocation.short == {"2": D(1)}
    assert fulfilment.reservations_of(before) == [reserved_at("1", "ICE", "w1", "4"), reserved_at("2", "ICE", "w1", "3")]


# -- units and totals --------------------------------------------------------------------------------------------------

ICE = SkuFacts(sku="ICE", variant_id="var_1", name="Ice", unit_code="C62", vat_category="S", vat_rate=D("5.5"), is_active=True,
               weight_grams=0, packs=(UnitConversion(unit_code="CT", quantity=D(6)),))


def made(listed: str | None = None, currency: str = "EUR", item: SkuFacts = ICE, **more: Any) -> OrderLine:
    asked_line = NewLine(**{"sku": "ICE", "quantity": D(2), **more})
    prices = {} if listed is None else {0: D(listed)}
    return totals.order_lines([asked_line], {"ICE": item}, prices, currency)[0]


def test_the_price_is_what_was_typed_then_what_the_lists_say_then_what_the_amount_comes_to() -> None:
    assert (made("3", unit_price=D(2)).unit_price, made("3").unit_price) == (2, 3)
    paid = made(amount=D(9), allowance=D(1))
    assert (paid.unit_price, paid.amount, paid.allowance) == (5, 9, 1)
    assert made("3", amount=D(7)).unit_price == 3
    assert refusal(Invalid, made) == ("price_missing", ["lines.0.unit_price"])
    assert refusal(Invalid, made, unit_price=D(1), allowance=D("2.01")) == ("allowance", ["lines.0.allowance"])
    assert made(unit_price=D(1), allowance=D(2)).amount == 0
    assert refusal(Invalid, made, unit_price=D(1), allowance=D("0.001")) == ("amount_precision", ["lines.0.allowance"])
    assert refusal(Invalid, made, amount=D("1.001")) == ("amount_precision", ["lines.0.amount"])
    assert refusal(Invalid, made, unit_price=D(1), vat_rate=D(100)) == ("vat_rate", ["lines.0.vat_rate"])
    unknown = [NewLine(sku="X", quantity=D(1)), NewLine(sku="ICE", quantity=D(1)), NewLine(sku="Y", quantity=D(1))]
    assert refusal(Invalid, totals.measures, unknown, {"ICE": ICE}) == ("unknown_sku", ["lines.0.sku", "lines.2.sku"])
    assert refusal(Invalid, made, unit_code="BX") == ("unknown_unit", ["lines.0.unit_code"])


def test_a_line_carries_all_that_was_said_of_it() -> None:
    kit = replace(ICE, kit=(KitComponent(sku="CUP", quantity=D(6)),), packs=())
    assert made(unit_price=D(2), name="Glace", vat_category="Z", vat_rate=D(0), external_id="x", item=kit) == OrderLine(
        id="1", sku="ICE", name="Glace", quantity=D(2), unit_price=D(2), amount=D(4), vat_category="Z", vat_rate=D(0),
        kit=(Component(sku="CUP", quantity=D(6)),), external_id="x")
    plain = made(unit_price=D(2))
    assert (plain.name, plain.vat_category, plain.vat_rate, plain.unit_quantity) == ("Ice", "S", D("5.5"), None)


def test_a_cartons_price_rules_the_line_and_a_piece_price_counts_pieces() -> None:
    carton = made(unit_code="CT", unit_price=D("10"), price_per="unit")
    assert carton == OrderLine(id="1", sku="ICE", name="Ice", quantity=D(12), unit_price=D("1.666667"), unit_code="CT",
                               unit_quantity=D(2), unit_factor=D(6), pack_price=D(10), amount=D(20), vat_rate=D("5.5"))
    pieces = made(unit_code="CT", unit_price=D("1.5"))
    assert (pieces.quantity, pieces.amount, pieces.pack_price) == (12, 18, None)
    assert made(unit_price=D("1.5"), price_per="unit").pack_price is None
    assert made(unit_price=D("0.125"), quantity=D(1)).amount == D("0.13")
    for typed in (carton, pieces, made(unit_price=D(2), allowance=D(1), external_id="x", name="N")):
        again = totals.order_lines([totals.as_asked(typed)], {"ICE": ICE}, {}, "EUR")[0]
        assert again == typed
    assert totals.line_formula(carton) == "ICE · 2 CT × 10 − 0.00 (1 CT = 6 C62)"
    assert totals.line_formula(pieces) == "ICE · 2 CT × 6 × 1.5 − 0.00 (1 CT = 6 C62)"
    assert totals.line_formula(made(unit_price=D(2))) == "ICE · 2 × 2 − 0.00"


def charges(*asked_charges: NewCharge, lines: tuple[OrderLine, ...] = ()) -> list[tuple[str, str, Decimal, str, Decimal]]:
    return [(c.kind, c.name, c.amount, c.vat_category, c.vat_rate) for c in totals.order_charges(asked_charges, lines, "EUR")]


def test_charges_follow_the_goods_or_their_own_rate() -> None:
    goods = (line(amount=D(30), vat_rate=D("5.5")), line("2", amount=D(10)), line("3", amount=D(0), vat_rate=D("2.1")))
    assert charges(NewCharge(name="Post", amount=D("4.00")), lines=goods) == [
        ("shipping", "Post", 3, "S", D("5.5")), ("shipping", "Post", 1, "S", D(20))]
    assert charges(NewCharge(kind="fee", amount=D("-2.00"), vat_rate=D(20))) == [("fee", "", -2, "S", 20)]
    assert charges(NewCharge(amount=D(3), vat_rate=D(0))) == [("shipping", "", 3, "E", 0)]
    assert charges(NewCharge(amount=D(3), vat_rate=D(0), vat_category="G")) == [("shipping", "", 3, "G", 0)]
    assert charges(NewCharge(amount=D(0)), lines=goods[:1]) == [("shipping", "", 0, "S", D("5.5"))]
    assert charges(NewCharge(amount=D(0)), lines=goods) == []
    ok = NewCharge(amount=D(1), vat_rate=D(20))
    for wrong, code, field in ((NewCharge(kind="tip", amount=D(1)), "charge_kind", "charges.1.kind"),
                               (NewCharge(amount=D("1.001")), "amount_precision", "charges.1.amount"),
                               (NewCharge(amount=D(1), vat_rate=D(100)), "vat_rate", "charges.1.vat_rate")):
        assert refusal(Invalid, charges, ok, wrong, lines=goods) == (code, [field])
    kept = order(line(), charges=(Charge(kind="fee", name="Gift", amount=D(3), vat_category="Z", vat_rate=D(0)),))
    assert totals.charges_asked(kept) == (NewCharge(kind="fee", name="Gift", amount=D(3), vat_category="Z", vat_rate=D(0)),)


def test_an_allowance_is_at_most_what_the_lines_come_to() -> None:
    goods = (line(amount=D(30), allowance=D(1)), line("2", amount=D(10)))
    spread = totals.spread_allowance(goods, D(40), "EUR")
    assert [(each.allowance, each.amount) for each in spread] == [(31, 0), (10, 0)]
    assert refusal(Invalid, totals.spread_allowance, goods, D("40.01"), "EUR") == ("allowance", ["allowance"])
    assert refusal(Invalid, totals.spread_allowance, goods, D("0.001"), "EUR") == ("amount_precision", ["allowance"])


def test_an_order_may_come_to_nothing_but_not_to_less() -> None:
    free = totals.with_totals(order(line(amount=D(10))), D(0))
    assert (free.paid_total, free.rounding_amount, free.total_with_vat) == (0, -10, 10)
    assert refusal(Invalid, totals.with_totals, order(line()), D("-0.01")) == ("paid_total", ["paid_total"])
    assert refusal(Invalid, totals.with_totals, order(line()), D("0.001")) == ("amount_precision", ["paid_total"])


def test_a_rebate_in_a_group_rounds_each_share_and_the_largest_takes_the_rest() -> None:
    """10.00, 10.00 and −9.99 at 20 % without VAT bear 2.00 together: 2.00, 2.00, −2.00, and the last cent is nowhere else."""
    goods = totals.with_totals(order(line(amount=D("10.00")), line("2", amount=D("10.01")), charges=(
        Charge(kind="fee", name="", amount=D("-9.98")),), prices_include_vat=False), None)
    assert goods.vat_amount == D("2.01")
    assert totals.line_amounts(goods) == [(D("10.00"), D("2.00")), (D("10.01"), D("2.01")), (D("-9.98"), D("-2.00"))]
    nothing = totals.with_totals(order(line(amount=D("1.00")), charges=(Charge(kind="fee", name="", amount=D("-1.00")),)), None)
    assert totals.line_amounts(nothing) == [(D("1.00"), 0), (D("-1.00"), 0)]
    largest_second = totals._shares(D("0.10"), [D("0.01"), D("0.30"), D("-0.10"), D("0.11")], "EUR")
    assert largest_second == [D(0), D("0.10"), D("-0.03"), D("0.03")]
    uneven = totals._shares(D("0.02"), [D("0.10"), D("-0.05"), D("0.07")], "EUR")
    assert sum(uneven) == D("0.02") and uneven == [D("0.02"), D("-0.01"), D("0.01")]


def test_a_group_without_reductions_shares_its_vat_by_largest_remainder() -> None:
    """Three lines of 10.00 with 20 % hold 5.00: 1.67, 1.67, 1.66; one more of 0.50 or of nothing changes no rule."""
    for last, vats in ((None, ["1.67", "1.67", "1.66"]), ("0.50", ["1.67", "1.67", "1.66", "0.08"]),
                       ("0.00", ["1.67", "1.67", "1.66", "0.00"])):
        lines = [line(str(n), quantity="1", amount=D("10.00")) for n in range(3)]
        lines += [line("4", quantity="1", amount=D(last))] if last else []
        assert [vat for _, vat in totals.line_amounts(totals.with_totals(order(*lines), None))] == [D(vat) for vat in vats]


def test_what_a_part_of_the_lines_is_worth_without_vat() -> None:
    goods = totals.with_totals(order(line(quantity="3", amount=D("10.00")), line("2", quantity="2", amount=D("12.00")),
                                     charges=(Charge(kind="shipping", name="", amount=D("6.00")),),
                                     prices_include_vat=False), None)
    assert totals.net_of(goods, {"1": D(1)}) == D("3.33")
    assert totals.net_of(goods, {"1": D(2), "2": D(1)}) == D("12.67") and totals.net_of(goods, {}) == 0


def test_an_explanation_tells_every_amount_in_the_readers_language() -> None:
    goods = totals.with_totals(order(line(amount=D("24.00")), charges=(
        Charge(kind="shipping", name="", amount=D("6.00")), Charge(kind="fee", name="Gift", amount=D("1.20")))), D("31.00"))
    told = totals.explain(goods, "fr")
    assert (told.value, told.unit) == ("31.00", "EUR")
    assert [(row.label, row.value, row.unit) for row in told.inputs] == [
        ("ICE · 10 × 2 − 0", "24.00", "EUR"), ("shipping", "6.00", "EUR"), ("Gift", "1.20", "EUR")]
    assert [(row.label, row.value) for row in told.steps] == [
        ("TVA 20 % sur 26.00", "5.20"), ("Total HT", "26.00"), ("TVA", "5.20"), ("Total TTC", "31.20"),
        ("Arrondi", "-0.20"), ("Total payé", "31.00")]
    assert told.formula == "Lignes et frais TTC ; TVA par catégorie et taux (EN 16931 BG-23)"
    english = totals.explain(replace(goods, prices_include_vat=False), "en")
    assert english.formula == "Lines and charges are without VAT; VAT per category and rate (EN 16931 BG-23)"
    assert totals.explain(goods, "de") == told or totals.explain(goods, "de").steps == told.steps

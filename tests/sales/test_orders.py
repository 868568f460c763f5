"""An order's life in the words of the trade."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid, NotFound
from chalicelib.sales import actions, delivering
from chalicelib.sales import service as sales
from chalicelib.sales.commands import (
    CancelOrder,
    ChangeOrder,
    ConfirmOrder,
    HoldOrder,
    RefundOrder,
    ShipMany,
    ShipOne,
    ShipOrder,
)
from chalicelib.sales.delivery import PrepareDeliveries
from chalicelib.sales.model import LineQuantity, NewLine, Order, PlaceOrder
from chalicelib.storage import read
from tests.sales.shop import D, Shop, lines_balance


def test_an_order_reserves_its_stock_in_the_same_instant(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("VACHERIN", "BUCHE")
    shop.receive(paris, "VACHERIN", "5")
    shop.receive(paris, "BUCHE", "3")
    order = shop.order({"VACHERIN": "2", "BUCHE": "3"})
    assert order.state == "confirmed" and order.number.startswith("SO-20")
    shop.numbers_are("VACHERIN", "5", "2", "3")
    shop.numbers_are("BUCHE", "3", "3", "0")
    lines_balance(shop.stored(order))
    placed, = shop.events("OrderPlaced")
    assert placed.data["total_without_vat"] == "41.67"
    assert {"skus": ["BUCHE", "VACHERIN"]} in [e.data for e in shop.events("StockChanged")]


def test_what_one_warehouse_lacks_another_gives(shop: Shop) -> None:
    paris, lyon = shop.warehouse("PARIS"), shop.warehouse("LYON", 1)
    shop.article("SORBET")
    shop.receive(paris, "SORBET", "2")
    shop.receive(lyon, "SORBET", "5")
    order = shop.order({"SORBET": "4"})
    assert [(r.warehouse_id, r.quantity) for r in order.lines[0].reserved] == [(paris.id, D(2)), (lyon.id, D(2))]
    shop.numbers_are("SORBET", "7", "4", "3")


def test_short_stock_is_refused_naming_every_short_line_and_nothing_is_kept(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", "B", "C")
    shop.receive(paris, "A", "10")
    shop.receive(paris, "B", "1")
    with pytest.raises(Conflict) as refused:
        shop.order({"A": "1", "B": "2", "C": "1"})
    assert refused.value.code == "stock_short"
    assert refused.value.fields == {"lines.1.quantity": "only 1 available", "lines.2.quantity": "only 0 available"}
    shop.numbers_are("A", "10", "0", "10")


def test_a_back_order_waits_and_is_served_when_goods_arrive_longest_waiting_first(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("GLACE")
    shop.receive(paris, "GLACE", "1")
    first = shop.order({"GLACE": "3"}, shortage="backorder")
    second = shop.order({"GLACE": "2"}, shortage="backorder")
    assert first.lines[0].backordered_quantity == 2 and second.lines[0].backordered_quantity == 2
    shop.receive(paris, "GLACE", "3")
    assert sales.allocate_backorders(shop.ctx(), ["GLACE"]) == 2
    first, second = shop.stored(first), shop.stored(second)
    assert (first.lines[0].backordered_quantity, second.lines[0].backordered_quantity) == (D(0), D(1))
    lines_balance(first)
    lines_balance(second)
    shop.numbers_are("GLACE", "4", "4", "0")


def test_a_back_order_behind_many_orders_to_ship_is_served_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "ROWS_AT_ONCE", 2)
    paris = shop.warehouse("PARIS")
    shop.article("GLACE", "SORBET")
    shop.receive(paris, "SORBET", "9")
    for _ in range(5):
        shop.order({"SORBET": "1"})
    waiting = shop.order({"SORBET": "1", "GLACE": "1"}, shortage="backorder")
    shop.receive(paris, "GLACE", "1")
    assert sales.allocate_backorders(shop.ctx(), ["GLACE"]) == 1
    assert not any(line.backordered_quantity for line in shop.stored(waiting).lines)


@pytest.mark.parametrize("command", ["ship", "prepare"])
def test_a_shipment_whose_process_dies_between_two_warehouses_goes_on_where_it_was(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    shop.article("GLACE")
    for name in ("PARIS", "LYON", "NICE"):
        shop.receive(shop.warehouse(name), "GLACE", "2")
    order = shop.order({"GLACE": "6"})
    ctx, lines = shop.ctx(), (LineQuantity(line_id="1", quantity=D(4)),)
    one, body = (("_ship_group", ShipOrder(lines=lines)) if command == "ship" else ("_prepare", PrepareDeliveries(lines=lines)))
    act, made = getattr(delivering, one), []

    def dies(*given: Any) -> Order:
        if made:
            raise KeyboardInterrupt
        made.append(act(*given))
        return made[0]

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(delivering, one, dies)
        getattr(delivering, command)(ctx, order, body)
    getattr(delivering, command)(ctx, shop.stored(order), body)
    told = [line.quantity for each in delivering.deliveries_of(shop.ctx(), shop.stored(order)) for line in each.lines]
    assert told == [2, 2], "four were asked for, four are on their way"


def test_an_order_is_shipped_in_two_parcels_then_closed(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("VACHERIN", "BUCHE")
    shop.receive(paris, "VACHERIN", "5", "4.00")
    shop.receive(paris, "BUCHE", "5", "6.00")
    order = shop.order({"VACHERIN": "2", "BUCHE": "1"})
    part = sales.ship(shop.ctx(), order, ShipOrder(lines=(LineQuantity(line_id="1", quantity=D(1)),), carrier="Chronofresh",
                                                   tracking_number="XY1"))
    assert part.state == "partly_shipped"
    whole = sales.ship(shop.ctx(), part, ShipOrder(tracking_number="XY2"))
    assert whole.state == "shipped" and [number for _, number, _ in shop.parcels(whole)] == ["XY1", "XY2"]
    shop.numbers_are("VACHERIN", "3", "0", "3")
    shop.numbers_are("BUCHE", "4", "0", "4")
    lines_balance(whole)
    assert [e.data["parcels"][0]["tracking_number"] for e in shop.events("DeliveryShipped")] == ["XY1", "XY2"]
    assert shop.events("OrderShipped")[0].data["cost"] == "10.00"
    assert sales.close(shop.ctx(), whole).state == "closed"


def test_more_than_is_reserved_cannot_be_shipped(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "1")
    order = shop.order({"A": "2"}, shortage="backorder")
    with pytest.raises(Conflict) as refused:
        sales.ship(shop.ctx(), order, ShipOrder(lines=(LineQuantity(line_id="1", quantity=D(2)),)))
    assert refused.value.code == "not_reserved"
    assert sales.ship(shop.ctx(), order, ShipOrder()).state == "partly_shipped"
    shop.numbers_are("A", "0", "0", "0")


def test_cancelling_a_part_then_the_rest_gives_the_stock_back_and_reports_each_amount_once(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", "B")
    shop.receive(paris, "A", "5")
    shop.receive(paris, "B", "5")
    order = shop.order({"A": "2", "B": "1"}, price="12.00")
    part = sales.cancel(shop.ctx(), order, CancelOrder(lines=(LineQuantity(line_id="1", quantity=D(1)),)))
    assert part.state == "confirmed"
    shop.numbers_are("A", "5", "1", "4")
    gone = sales.cancel(shop.ctx(), part, CancelOrder())
    assert gone.state == "cancelled"
    shop.numbers_are("A", "5", "0", "5")
    shop.numbers_are("B", "5", "0", "5")
    amounts = [D(e.data["total_without_vat"]) for e in shop.events("OrderPartlyCancelled", "OrderCancelled")]
    assert amounts == [D("10.00"), D("20.00")] and sum(amounts) == order.total_without_vat


def test_a_held_order_keeps_its_stock_and_does_not_ship(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "1")
    held = sales.hold(shop.ctx(), shop.order({"A": "1"}), HoldOrder(reason="address to check"))
    assert held.hold_reasons == ("address to check",)
    with pytest.raises(Conflict):
        sales.ship(shop.ctx(), held, ShipOrder())
    shop.numbers_are("A", "1", "1", "0")
    assert sales.ship(shop.ctx(), sales.release(shop.ctx(), held), ShipOrder()).state == "shipped"


def test_a_draft_reserves_when_it_is_confirmed_and_can_be_changed_before(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", "B")
    shop.receive(paris, "A", "5")
    shop.receive(paris, "B", "5")
    draft = shop.order({"A": "1"}, state="draft")
    shop.numbers_are("A", "5", "0", "5")
    changed = sales.change(shop.ctx(), draft, ChangeOrder(note="Ring twice", lines=(
        NewLine(sku="B", quantity=D(2), unit_price=D("7.50")),)))
    assert (changed.total_with_vat, changed.note) == (D("15.00"), "Ring twice")
    confirmed = sales.confirm(shop.ctx(), changed, ConfirmOrder())
    assert confirmed.state == "confirmed" and len(shop.events("OrderPlaced")) == 1
    shop.numbers_are("B", "5", "2", "3")
    with pytest.raises(Conflict):
        sales.change(shop.ctx(), confirmed, ChangeOrder(lines=changed.lines and (NewLine(sku="A", quantity=D(1)),)))
    assert sales.change(shop.ctx(), confirmed, ChangeOrder(note="late")).note == "late"


def test_a_kit_takes_its_components_and_ships_them(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("GLACE", "CUILLER")
    shop.kit("COFFRET", {"GLACE": "2", "CUILLER": "1"})
    shop.receive(paris, "GLACE", "5")
    shop.receive(paris, "CUILLER", "9")
    order = shop.order({"COFFRET": "1", "GLACE": "1"})
    shop.numbers_are("GLACE", "5", "3", "2")
    shop.numbers_are("CUILLER", "9", "1", "8")
    rest = shop.order({"COFFRET": "3"}, shortage="backorder")
    assert rest.lines[0].backordered_quantity == 2
    lines_balance(rest)
    assert sales.ship(shop.ctx(), order, ShipOrder()).state == "shipped"
    shop.numbers_are("GLACE", "2", "2", "0")


def test_the_same_command_twice_is_one_order(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "5")
    ctx = shop.ctx()
    body = PlaceOrder(lines=(NewLine(sku="A", quantity=D(2), unit_price=D(1)),))
    order = sales.place_order(ctx, body)
    with pytest.raises(AlreadyDone) as again:
        sales.place_order(ctx, body)
    assert again.value.marker["id"] == order.id
    shop.numbers_are("A", "5", "2", "3")


def test_a_refund_never_exceeds_what_was_paid_and_is_recorded_once(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "5")
    order = shop.order({"A": "2"})
    once = sales.refund(shop.ctx(), order, RefundOrder(amount=D("5.00"), external_id="77"))
    assert sales.refund(shop.ctx(), once, RefundOrder(amount=D("5.00"), external_id="77")) is once
    with pytest.raises(Conflict):
        sales.refund(shop.ctx(), once, RefundOrder(amount=D("15.01")))


def test_many_orders_ship_at_once_and_each_answers_for_itself(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "5")
    good, held = shop.order({"A": "1"}), shop.order({"A": "1"})
    sales.hold(shop.ctx(), held, HoldOrder(reason="fraud"))
    ctx = shop.ctx()
    body = ShipMany(orders=tuple(ShipOne(order_id=i, carrier="La Poste") for i in (good.id, held.id, "ord_none")))
    answers = sales.ship_many(ctx, body)["items"]
    assert answers[0]["state"] == "shipped"
    assert [a["error"]["code"] for a in answers[1:]] == ["wrong_state", "not_found"]
    with pytest.raises(AlreadyDone):
        sales.ship_many(ctx, body)


def test_unknown_articles_customers_and_missing_prices_are_named(shop: Shop) -> None:
    shop.warehouse("PARIS")
    shop.article("A")
    with pytest.raises(Invalid) as unknown:
        shop.order({"A": "1", "X": "1", "Y": "1"})
    assert set(unknown.value.fields) == {"lines.1.sku", "lines.2.sku"}
    with pytest.raises(NotFound):
        shop.order({"A": "1"}, customer_id="cus_none")
    with pytest.raises(Invalid) as priceless:
        sales.place_order(shop.ctx(), PlaceOrder(lines=(NewLine(sku="A", quantity=D(1)),)))
    assert priceless.value.code == "price_missing"


def test_an_order_too_long_for_one_transaction_is_reserved_in_parts(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "60")
    order = sales.place_order(shop.ctx(), PlaceOrder(lines=tuple(
        NewLine(sku="A", quantity=Decimal(1), unit_price=D(1)) for _ in range(55))))
    lines_balance(shop.stored(order))
    assert not any(line.backordered_quantity for line in order.lines)
    shop.numbers_are("A", "60", "55", "5")
    assert sales.cancel(shop.ctx(), order, CancelOrder()).state == "cancelled"
    shop.numbers_are("A", "60", "0", "60")


def test_an_order_too_long_for_one_parcel_leaves_in_several_of_the_same_tracking(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    skus = [f"A{n}" for n in range(30)]
    shop.article(*skus)
    for sku in skus:
        shop.receive(paris, sku, "2")
    order = shop.order(dict.fromkeys(skus, "1"))
    shipped = sales.ship(shop.ctx(), order, ShipOrder(tracking_number="6A9"))
    assert shipped.state == "shipped" and [number for _, number, _ in shop.parcels(shipped)] == ["6A9", "6A9"]
    lines_balance(shipped)
    shop.numbers_are("A29", "1", "0", "1")


def test_lists_show_what_is_to_do(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "1")
    first, second = shop.order({"A": "1"}), shop.order({"A": "1"}, shortage="backorder")
    rows = {view: [row["id"] for row in read.query(shop.ctx(), index, partition).items]
            for view, index, partition in (("all", "by_list", "ORDER"), ("ship", "by_due", "DUE#ship"),
                                           ("wait", "by_due", "DUE#backorder"))}
    assert rows == {"all": [second.id, first.id], "ship": [first.id], "wait": [second.id]}
    assert replace(first).version == 1

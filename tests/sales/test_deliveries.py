"""Deliveries of an order: one for each warehouse, prepared, shipped, given up, and never promised twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.kernel.errors import AlreadyDone, Conflict
from chalicelib.sales import delivering
from chalicelib.sales import service as sales
from chalicelib.sales.amending import amend
from chalicelib.sales.commands import AmendLine, AmendOrder, CancelOrder, ChannelUpdate, ShipOrder
from chalicelib.sales.delivery import DELIVERY, PrepareDeliveries, delivery_data
from chalicelib.sales.model import LineQuantity, Order
from chalicelib.storage import read
from tests.sales.shop import Shop, lines_balance

D = Decimal


def two_warehouses(shop: Shop) -> Order:
    """Three lines, of which one lies half in Paris and half in Lyon, and one in Lyon only."""
    paris, lyon = shop.warehouse("PARIS"), shop.warehouse("LYON", 1)
    shop.article("BUCHE", "MACARON", "SORBET")
    shop.receive(paris, "BUCHE", "5")
    shop.receive(paris, "MACARON", "2")
    shop.receive(lyon, "MACARON", "5")
    shop.receive(lyon, "SORBET", "5")
    return shop.order({"BUCHE": "1", "MACARON": "3", "SORBET": "2"})


def test_three_lines_in_two_warehouses_are_two_deliveries(shop: Shop) -> None:
    order = sales.prepare(shop.ctx(), two_warehouses(shop), PrepareDeliveries())
    paris, lyon = shop.deliveries(order)
    assert [(line.sku, line.quantity) for line in paris.lines] == [("BUCHE", D(1)), ("MACARON", D(2))]
    assert [(line.sku, line.quantity) for line in lyon.lines] == [("MACARON", D(1)), ("SORBET", D(2))]
    assert (paris.number, lyon.number, paris.state) == (f"{order.number}-1", f"{order.number}-2", "ready")
    assert {pick.warehouse_id for pick in paris.picks} == {paris.warehouse_id} != {lyon.warehouse_id}
    shop.numbers_are("MACARON", "7", "3", "4")
    lines_balance(shop.stored(order))
    with pytest.raises(Conflict) as refused:
        sales.prepare(shop.ctx(), shop.stored(order), PrepareDeliveries())
    assert refused.value.code == "nothing_to_ship"


def test_preparing_is_told_answered_again_and_refused_for_what_is_cancelled(shop: Shop) -> None:
    order, ctx = two_warehouses(shop), shop.ctx()
    prepared = sales.prepare(ctx, order, PrepareDeliveries())
    told = shop.events("DeliveryCreated")
    assert [(e.entity_id, e.data) for e in told] == [(d.id, delivery_data(d, prepared)) for d in shop.deliveries(prepared)]
    assert prepared.updated_at is not None and prepared.delivery_count == 2
    with pytest.raises(AlreadyDone) as done:
        sales.prepare(replace(shop.ctx(), command=ctx.command), order, PrepareDeliveries())
    assert (done.value.marker["status"], done.value.marker["kind"], done.value.marker["id"]) == (200, "sales_order", order.id)
    cancelled = sales.cancel(shop.ctx(), shop.stored(order), CancelOrder())
    with pytest.raises(Conflict) as refused:
        sales.prepare(shop.ctx(), cancelled, PrepareDeliveries())
    assert refused.value.code == "wrong_state"


def test_a_delivery_leaves_with_its_goods_its_cost_and_its_event_in_one_transaction(shop: Shop) -> None:
    order = sales.prepare(shop.ctx(), two_warehouses(shop), PrepareDeliveries())
    first, second = shop.deliveries(order)
    order, left = delivering.leave(shop.ctx(), order, first, ShipOrder(carrier="Colissimo", tracking_number="6A1"))
    assert (order.state, left.state, left.parcels[0].tracking_number) == ("partly_shipped", "shipped", "6A1")
    shop.numbers_are("MACARON", "5", "1", "4")
    order, _ = delivering.leave(shop.ctx(), order, second, ShipOrder())
    assert order.state == "shipped" and [s.delivery_id for s in order.shipments] == [first.id, second.id]
    assert [s.lines[0].cost for s in order.shipments] == [D("4.00"), D("4.00")]
    shop.numbers_are("MACARON", "4", "0", "4")
    told = shop.events("DeliveryShipped")
    assert [(e.entity_id, [(part["line_id"], part["quantity"]) for part in e.data["lines"]]) for e in told] == [
        (first.id, [("1", "1"), ("2", "2")]), (second.id, [("2", "1"), ("3", "2")])]
    assert [e.type for e in shop.events("OrderShipped", "OrderPartlyShipped")] == ["OrderPartlyShipped", "OrderShipped"]


def test_the_short_way_makes_the_same_deliveries(shop: Shop) -> None:
    order = sales.ship(shop.ctx(), two_warehouses(shop), ShipOrder(carrier="DPD", tracking_number="D1"))
    assert order.state == "shipped" and [d.state for d in shop.deliveries(order)] == ["shipped", "shipped"]
    assert [len(d.lines) for d in shop.deliveries(order)] == [2, 2]
    lines_balance(order)


def test_what_is_being_prepared_is_not_shipped_beside_it_nor_cancelled_in_part_nor_amended(shop: Shop) -> None:
    order = sales.prepare(shop.ctx(), two_warehouses(shop), PrepareDeliveries())
    line = (LineQuantity(line_id="2", quantity=D(1)),)
    for act, code in ((lambda: sales.ship(shop.ctx(), order, ShipOrder(lines=line)), "in_delivery"),
                      (lambda: sales.cancel(shop.ctx(), order, CancelOrder(lines=line)), "not_open"),
                      (lambda: amend(shop.ctx(), order, AmendOrder(lines=(AmendLine(line_id="1", quantity=D(1)),))),
                       "in_delivery")):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == code
    shop.numbers_are("MACARON", "7", "3", "4")


def test_a_delivery_given_up_leaves_its_goods_reserved_and_free_for_another(shop: Shop) -> None:
    order = sales.prepare(shop.ctx(), two_warehouses(shop), PrepareDeliveries())
    first, second = shop.deliveries(order)
    assert delivering.give_up(shop.ctx(), first, "wrong box").state == "cancelled"
    shop.numbers_are("MACARON", "7", "3", "4")
    again = sales.prepare(shop.ctx(), shop.stored(order), PrepareDeliveries())
    third = shop.deliveries(again)[2]
    assert third.number == f"{order.number}-3" and third.lines == first.lines
    shipped = sales.ship(shop.ctx(), again, ShipOrder())
    assert [d.state for d in shop.deliveries(shipped)] == ["cancelled", "shipped", "shipped"] and shipped.state == "shipped"
    assert second.id in {s.delivery_id for s in shipped.shipments}


def test_an_order_cancelled_as_a_whole_takes_its_deliveries_with_it(shop: Shop) -> None:
    order = sales.prepare(shop.ctx(), two_warehouses(shop), PrepareDeliveries())
    gone = sales.cancel(shop.ctx(), order, CancelOrder(reason="changed her mind"))
    assert gone.state == "cancelled" and {d.state for d in shop.deliveries(gone)} == {"cancelled"}
    shop.numbers_are("MACARON", "7", "0", "7")
    assert {e.data["reason"] for e in shop.events("DeliveryCancelled")} == {"changed her mind"}


def test_a_shop_that_says_it_is_sent_ships_what_is_being_picked(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "5")
    order = shop.order({"A": "2"}, channel_id="con_1", external_id="7", paid_total=D("20.00"), source_version="2026-01-01#a")
    sales.prepare(shop.ctx(), order, PrepareDeliveries())
    sales.apply_channel_update(shop.ctx(), ChannelUpdate(channel_id="con_1", external_id="7", status="completed",
                                                         source_version="2026-01-02#b", is_paid=True))
    (delivery,) = shop.deliveries(order)
    assert (delivery.state, delivery.by_channel, shop.stored(order).state) == ("shipped", True, "shipped")


def test_a_kit_whose_parts_lie_apart_leaves_whole_from_where_its_first_part_is(shop: Shop) -> None:
    paris, lyon = shop.warehouse("PARIS"), shop.warehouse("LYON", 1)
    shop.article("CARAFE", "VERRE")
    shop.kit("SERVICE", {"CARAFE": "1", "VERRE": "6"})
    shop.receive(paris, "CARAFE", "3")
    shop.receive(lyon, "VERRE", "20")
    order = sales.prepare(shop.ctx(), shop.order({"SERVICE": "2"}), PrepareDeliveries())
    (delivery,) = shop.deliveries(order)
    assert [(line.sku, line.quantity) for line in delivery.lines] == [("SERVICE", D(2))]
    assert {(p.sku, p.quantity, p.warehouse_id) for p in delivery.picks} == {
        ("CARAFE", D(2), paris.id), ("VERRE", D(12), lyon.id)}
    order, _ = delivering.leave(shop.ctx(), order, delivery, ShipOrder())
    assert order.state == "shipped"
    shop.numbers_are("VERRE", "8", "0", "8")


def test_two_packers_who_ship_one_delivery_ship_it_once(shop: Shop) -> None:
    order = sales.prepare(shop.ctx(), two_warehouses(shop), PrepareDeliveries())
    first = shop.deliveries(order)[0]
    delivering.leave(shop.ctx(), order, first, ShipOrder())
    with pytest.raises(Conflict):
        delivering.leave(shop.ctx(), shop.stored(order), read.get(shop.ctx(), DELIVERY, first.id), ShipOrder())
    assert len(shop.stored(order).shipments) == 1

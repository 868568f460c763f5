"""Deliveries without an engine: what may be done in which state, what is picked and packed, what people and events are told."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.states import next_state
from chalicelib.sales import delivery as shapes
from chalicelib.sales.delivery import (
    DELIVERY,
    DELIVERY_STATES,
    DELIVERY_TRANSITIONS,
    Delivery,
    DeliveryLine,
    Label,
    Parcel,
    ParcelLine,
    Pick,
    PrepareDeliveries,
    TrackingEvent,
)
from chalicelib.sales.model import Buyer, Order, OrderLine, Reserved
from chalicelib.stock.model import Place, Reservation

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 15, 30, 1, 250, tzinfo=UTC)


def order_line(id: str, sku: str, **more: Any) -> OrderLine:
    return OrderLine(**{"id": id, "sku": sku, "name": f"{sku} of ours", "quantity": D(10), "unit_price": D(1),
                        "base_unit_code": "KGM", "amount": D(10), "vat_category": "S",
                        "vat_rate": D(20), "external_id": f"x{id}", **more})


def order(*lines: OrderLine, **more: Any) -> Order:
    return Order(**{"id": "ord_1", "number": "SO-1", "state": "confirmed", "placed_at": NOON, "channel_id": "con_1",
                    "channel_name": "Boutique", "external_id": "1001", "delivery_count": 2,
                    "buyer": Buyer(name="Zoé Martin", company_name=""), "lines": lines, **more})


def goods(line_id: str, sku: str, quantity: str, location: str = "", lot: str = "") -> Reservation:
    return Reservation(line_id=line_id, sku=sku, quantity=D(quantity),
                       place=Place(warehouse_id="whs_1", location=location, lot_number=lot))


def delivery(**more: Any) -> Delivery:
    return Delivery(**{
        "id": "dlv_1", "number": "SO-1-1", "state": "ready", "order_id": "ord_1", "order_number": "SO-1",
        "warehouse_id": "whs_1", "created_at": NOON,
        "lines": (DeliveryLine(line_id="1", sku="ICE", name="Ice", quantity=D(3)),),
        "picks": (Pick(line_id="1", sku="ICE", quantity=D(2), warehouse_id="whs_1", location="A1"),
                  Pick(line_id="1", sku="ICE", quantity=D(1), warehouse_id="whs_1", location="B1"),
                  Pick(line_id="2", sku="TEA", quantity=D(4), warehouse_id="whs_1")), **more})


ALLOWED = {
    "ready": {"scan": "picking", "pick_all": "picking", "ship": "shipped", "cancel": "cancelled"},
    "picking": {"scan": "picking", "pick_all": "picking", "put_back": "picking", "pack": "packed", "cancel": "cancelled"},
    "packed": {"buy_labels": "packed", "void_label": "packed", "set_tracking": "packed", "ship": "shipped",
               "unpack": "picking", "cancel": "cancelled"},
    "shipped": {"buy_labels": "shipped", "set_tracking": "shipped", "deliver": "delivered"},
    "delivered": {}, "cancelled": {}}


@pytest.mark.parametrize("state", DELIVERY_STATES)
def test_what_may_be_done_with_a_delivery(state: str) -> None:
    for action in {action for row in ALLOWED.values() for action in row}:
        if action in ALLOWED[state]:
            assert next_state(DELIVERY_TRANSITIONS, state, action) == ALLOWED[state][action]
        else:
            with pytest.raises(Conflict) as refused:
                next_state(DELIVERY_TRANSITIONS, state, action)
            assert refused.value.code == "wrong_state"


def test_the_words_of_a_delivery_are_these() -> None:
    assert tuple(ALLOWED) == DELIVERY_STATES
    assert [state for state in DELIVERY_STATES if delivery(state=state).is_open] == ["ready", "picking", "packed"]
    assert shapes.OPEN_STATES == ("ready", "picking", "packed")
    assert shapes.TRACKING_STATUSES == ("announced", "in_transit", "out_for_delivery", "pickup_ready", "delivered",
                                        "exception", "returned")
    assert shapes.FINAL_STATUSES == ("delivered", "returned")


def defaults(shape: type) -> dict[str, Any]:
    return {f.name: f.default for f in dataclasses.fields(shape) if f.default is not dataclasses.MISSING}


def test_what_a_delivery_assumes_when_nothing_is_said() -> None:
    assert defaults(Pick) == {"name": "", "unit_code": "C62", "location": "", "lot_number": ""}
    assert defaults(Label) == {"external_id": "", "pdf_file": "", "zpl_file": "", "problem": ""}
    assert defaults(TrackingEvent) == {"code": "", "text": "", "place": ""}
    assert defaults(Parcel) == {
        "lines": (), "weight_grams": 0, "length_mm": 0, "width_mm": 0, "height_mm": 0, "sscc": "", "label": None,
        "tracking_number": "", "tracking_url": "", "status": "", "status_at": None, "tracking_events": ()}
    assert defaults(Delivery) == {
        "channel_id": "", "channel_name": "", "customer_name": "", "lines": (), "picks": (), "parcels": (), "carrier_id": "",
        "carrier_name": "", "service_code": "", "shipped_at": None, "delivered_at": None, "next_tracking_at": None,
        "by_channel": False, "version": 0}
    assert defaults(PrepareDeliveries) == {"lines": (), "warehouse_id": ""}


@pytest.mark.parametrize(("statuses", "told"), (
    ((), ""), (("",), ""), (("delivered",), "delivered"), (("delivered", "delivered"), "delivered"),
    (("delivered", ""), ""), (("delivered", "announced"), "announced"), (("announced", "in_transit"), "in_transit"),
    (("in_transit", "out_for_delivery"), "out_for_delivery"), (("out_for_delivery", "pickup_ready"), "pickup_ready"),
    (("pickup_ready", "returned"), "returned"), (("returned", "exception"), "exception")))
def test_the_most_telling_status_of_its_parcels_is_the_deliverys(statuses: tuple[str, ...], told: str) -> None:
    parcels = tuple(Parcel(number=n, status=status) for n, status in enumerate(statuses, 1))
    assert delivery(parcels=parcels).tracking_status == told
    assert delivery(parcels=parcels[::-1]).tracking_status == told


def test_the_next_delivery_says_what_to_fetch_from_where_and_for_whom() -> None:
    placed = order(order_line("1", "ICE"), order_line("2", "BOX"))
    made = shapes.new_delivery(
        placed, "whs_1", {"1": D(3), "2": D(1)},
        (goods("2", "CUP", "2", "B2"), goods("1", "ICE", "1", "B1", "L7"), goods("2", "LID", "2", "A1"),
         goods("1", "ICE", "2", "A1")), LATER, {"CUP": ("A cup", "H87")})
    assert (made.id, made.number, made.state, made.version) == (derived_id("dlv", "ord_1", "3"), "SO-1-3", "ready", 0)
    assert (made.order_id, made.order_number, made.warehouse_id, made.created_at) == ("ord_1", "SO-1", "whs_1", LATER)
    assert (made.channel_id, made.channel_name, made.customer_name) == ("con_1", "Boutique", "Zoé Martin")
    assert made.lines == (DeliveryLine(line_id="1", sku="ICE", name="ICE of ours", quantity=D(3)),
                          DeliveryLine(line_id="2", sku="BOX", name="BOX of ours", quantity=D(1)))
    assert [(p.location, p.sku, p.line_id, p.name, p.unit_code, p.quantity, p.lot_number, p.warehouse_id)
            for p in made.picks] == [
        ("A1", "ICE", "1", "ICE of ours", "KGM", D(2), "", "whs_1"), ("A1", "LID", "2", "", "C62", D(2), "", "whs_1"),
        ("B1", "ICE", "1", "ICE of ours", "KGM", D(1), "L7", "whs_1"), ("B2", "CUP", "2", "A cup", "H87", D(2), "", "whs_1")]


def test_a_firm_is_named_before_its_people_and_long_names_are_cut() -> None:
    firm = replace(order(), buyer=Buyer(name="Zoé", company_name="G" * 70))
    assert shapes.new_delivery(firm, "whs_1", {}, (), NOON, {}).customer_name == "G" * 60


def test_goods_of_one_place_and_sku_are_fetched_in_the_order_of_the_lines() -> None:
    placed = order(order_line("1", "ICE"), order_line("2", "ICE"))
    made = shapes.new_delivery(placed, "whs_1", {"1": D(1), "2": D(1)},
                               (goods("2", "ICE", "1"), goods("1", "ICE", "1")), NOON, {})
    assert [pick.line_id for pick in made.picks] == ["1", "2"]


def test_an_order_knows_its_open_deliveries_each_once() -> None:
    held = [Reserved(warehouse_id="whs_1", quantity=D(1), delivery_id=d) for d in ("dlv_2", "", "dlv_1", "dlv_2")]
    both = order(order_line("1", "ICE", reserved=tuple(held[:2])), order_line("2", "TEA", reserved=tuple(held[2:])))
    assert shapes.open_deliveries(both) == ("dlv_2", "dlv_1")
    assert shapes.open_deliveries(order(order_line("1", "ICE"))) == ()


def parcel(number: int, *held: tuple[str, str, str], **more: Any) -> Parcel:
    return Parcel(number=number, lines=tuple(ParcelLine(line_id=i, sku=s, quantity=D(q)) for i, s, q in held), **more)


def test_what_is_packed_and_what_is_left() -> None:
    half = delivery(parcels=(parcel(1, ("1", "ICE", "1")), parcel(2, ("1", "ICE", "1"), ("2", "TEA", "4"))))
    assert shapes.packed_quantities(half) == {("1", "ICE"): D(2), ("2", "TEA"): D(4)}
    assert shapes.wanted_quantities(half) == {("1", "ICE"): D(3), ("2", "TEA"): D(4)}
    assert shapes.left_to_pack(half) == {("1", "ICE"): D(1)}
    assert shapes.left_to_pack(delivery()) == {("1", "ICE"): D(3), ("2", "TEA"): D(4)}


def test_goods_go_into_the_parcel_of_the_number_and_come_out_again() -> None:
    begun = delivery(parcels=(parcel(2, ("1", "ICE", "1"), weight_grams=50),))
    more = shapes.put_in(begun, 2, [(("1", "ICE"), D(1)), (("2", "TEA"), D(4))])
    assert more.parcels == (parcel(2, ("1", "ICE", "2"), ("2", "TEA", "4"), weight_grams=50),)
    first = shapes.put_in(more, 1, [(("1", "ICE"), D(1))])
    assert [each.number for each in first.parcels] == [1, 2] and first.parcels[0] == parcel(1, ("1", "ICE", "1"))
    assert shapes.put_in(first, 2, [(("2", "TEA"), D(-4))]).parcels[1] == parcel(2, ("1", "ICE", "2"), weight_grams=50)


def test_what_leaves_without_being_scanned_is_in_the_last_parcel() -> None:
    whole = (("1", "ICE", "3"), ("2", "TEA", "4"))
    assert shapes.filled(delivery()).parcels == (parcel(1, *whole),)
    begun = delivery(parcels=(parcel(1, ("1", "ICE", "2")), parcel(3, ("1", "ICE", "1"))))
    assert shapes.filled(begun).parcels == (parcel(1, ("1", "ICE", "2")), parcel(3, ("1", "ICE", "1"), ("2", "TEA", "4")))
    full = delivery(parcels=(parcel(1, *whole),))
    assert shapes.filled(full) is full
    assert shapes.filled(delivery(picks=())).parcels == (Parcel(number=1),)


def test_a_number_that_is_given_is_that_of_the_first_parcel() -> None:
    two = delivery(carrier_name="DPD", parcels=(
        parcel(1, ("1", "ICE", "3"), tracking_number="OLD", tracking_url="https://old.example"),
        parcel(2, ("2", "TEA", "4"), tracking_number="TWO")))
    gone = shapes.departed(two, LATER, tracking_number="NEW")
    assert (gone.state, gone.shipped_at, gone.by_channel, gone.carrier_name) == ("shipped", LATER, False, "DPD")
    assert [(p.tracking_number, p.tracking_url) for p in gone.parcels] == [("NEW", "https://old.example"), ("TWO", "")]
    told = shapes.departed(two, LATER, tracking_url="https://new.example", carrier_name="Colissimo", by_channel=True)
    assert [(p.tracking_number, p.tracking_url) for p in told.parcels] == [("OLD", "https://new.example"), ("TWO", "")]
    assert (told.carrier_name, told.by_channel) == ("Colissimo", True)
    assert shapes.departed(two, LATER).parcels == two.parcels


def test_what_events_tell_of_a_delivery() -> None:
    sent = delivery(state="shipped", shipped_at=LATER, carrier_name="DPD", by_channel=True, lines=(
        DeliveryLine(line_id="1", sku="ICE", name="Ice", quantity=D("2.50")),
        DeliveryLine(line_id="9", sku="TEA", name="Tea", quantity=D(1))),
        parcels=(Parcel(number=1, tracking_number="T1", tracking_url="https://t.example"),))
    assert shapes.delivery_data(sent, order(order_line("1", "ICE"))) == {
        "number": "SO-1-1", "state": "shipped", "order_id": "ord_1", "order_number": "SO-1", "channel_id": "con_1",
        "external_id": "1001", "warehouse_id": "whs_1", "carrier": "DPD", "by_channel": True, "shipped_at": LATER.isoformat(),
        "lines": [{"line_id": "1", "external_id": "x1", "quantity": "2.50"},
                  {"line_id": "9", "external_id": "", "quantity": "1"}],
        "parcels": [{"number": 1, "tracking_number": "T1", "tracking_url": "https://t.example"}]}
    assert shapes.delivery_data(delivery(), order())["shipped_at"] == ""


def test_what_a_list_of_deliveries_shows() -> None:
    long = delivery(customer_name="C" * 50, channel_id="con_1", channel_name="B" * 40, carrier_name="D" * 40, created_at=LATER,
                    shipped_at=LATER, parcels=(Parcel(number=1, status="in_transit"),
                                               Parcel(number=2, tracking_number="T" * 50, status="in_transit")))
    assert shapes.delivery_summary(long) == {
        "number": "SO-1-1", "state": "ready", "order_id": "ord_1", "order_number": "SO-1", "warehouse_id": "whs_1",
        "customer_name": "C" * 40, "channel_id": "con_1", "channel_name": "B" * 30, "created_at": "2026-11-24T15:30:01+00:00",
        "shipped_at": "2026-11-24T15:30:01+00:00", "carrier_name": "D" * 30, "parcel_count": 2, "tracking_number": "T" * 40,
        "tracking_status": "in_transit"}
    bare = shapes.delivery_summary(delivery())
    assert (bare["shipped_at"], bare["tracking_number"], bare["parcel_count"]) == ("", "", 0)


def test_the_open_work_a_delivery_stands_in() -> None:
    place = f"{NOON.isoformat()}#dlv_1"
    for state in ("ready", "picking", "packed"):
        assert shapes.delivery_due(delivery(state=state, next_tracking_at=LATER)) == ("DUE#deliver", place)
    for status in ("exception", "returned"):
        trouble = delivery(state="shipped", next_tracking_at=LATER, parcels=(Parcel(number=1, status=status),))
        assert shapes.delivery_due(trouble) == ("DUE#delivery_trouble", place)
        assert shapes.delivery_due(replace(trouble, state="delivered")) is None
    asked = delivery(state="shipped", next_tracking_at=LATER)
    assert shapes.delivery_due(asked) == ("DUE#track", f"{LATER.isoformat()}#dlv_1")
    assert shapes.delivery_due(replace(asked, next_tracking_at=None)) is None
    assert shapes.delivery_due(replace(asked, state="delivered")) is None


def test_where_a_delivery_stands() -> None:
    one = delivery()
    assert (DELIVERY.kind, DELIVERY.prefix, DELIVERY.personal) == ("sales_delivery", "dlv", frozenset({"customer_name"}))
    assert DELIVERY.by_list(one) == ("SALES_DELIVERY", f"{NOON.isoformat()}#dlv_1")
    assert DELIVERY.by_ref(one) == ("REF#delivery#SO-1-1", "dlv_1") and DELIVERY.by_due(one) == shapes.delivery_due(one)

"""Where parcels are: asked and told, late, twice and out of order; and what a customer sees behind a link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, LimitExceeded, NotFound
from chalicelib.sales.delivery import DELIVERY, TRACKING_STATUSES, Delivery, Parcel, TrackingEvent
from chalicelib.shipping import public, tracking
from chalicelib.shipping import service as shipping
from chalicelib.shipping.model import BuyLabels, SetTracking, ShipDelivery
from chalicelib.storage import read
from connectors.carriers.contract import ParcelStatus
from connectors.carriers.sendcloud import mapping
from infra.local.carriers.sendcloud import SendcloudServer
from tests.sales.shop import Shop
from tests.shipping.packer import packed, sendcloud

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def event(status: str, minutes: int = 0) -> TrackingEvent:
    return TrackingEvent(at=NOON + timedelta(minutes=minutes), status=status, code=status)


def test_the_statuses_are_the_contracts() -> None:
    assert tuple(status.value for status in ParcelStatus) == TRACKING_STATUSES
    assert set(mapping.STATUS_NUMBERS.values()) <= set(mapping.STATUSES), "every number has a status"


@pytest.mark.parametrize(("word", "status"), [
    ("READY_TO_SEND", "announced"), ("ready-to-send", "announced"), ("Ready to send", "announced"), ("1000", "announced"),
    ("Driver en route", "out_for_delivery"), ("92", "out_for_delivery"), ("11", "delivered"), ("Delivered", "delivered"),
    ("Awaiting customer pickup", "pickup_ready"), ("Returned to sender", "returned"), ("At customs", "in_transit"),
    ("Announced: not collected", "announced"), ("Eaten by the dog", "exception"), ("424242", "exception"), ("", "exception")])
def test_whatever_a_carrier_calls_it_has_a_status_and_the_unknown_is_looked_at(word: str, status: str) -> None:
    assert mapping.status_of(word) == status


def test_news_out_of_order_and_twice_ends_in_the_same_parcel() -> None:
    said = [event("announced"), event("in_transit", 60), event("out_for_delivery", 120), event("delivered", 180)]
    parcel = Parcel(number=1, tracking_number="A")
    for order in (said, list(reversed(said)), [said[3], said[0], said[3], said[2], said[1]]):
        found = parcel
        for each in order:
            found = tracking.with_events(found, [each])
        assert (found.status, found.status_at, len(found.tracking_events)) == ("delivered", NOON + timedelta(hours=3), 4)
    late = tracking.with_events(found, [event("in_transit", 999)])
    assert late.status == "delivered", "what has arrived does not travel on"


def test_a_carrier_is_asked_more_often_on_the_last_way_and_not_for_ever() -> None:
    parcel = Parcel(number=1, tracking_number="A", status="in_transit")
    travelling = Delivery(id="d", number="1", state="shipped", order_id="o", order_number="1", warehouse_id="w",
                          created_at=NOON, shipped_at=NOON, parcels=(parcel,))
    near = replace(travelling, parcels=(replace(parcel, status="out_for_delivery"),))
    assert tracking.next_look(travelling, NOON) == NOON + timedelta(hours=2)
    assert tracking.next_look(near, NOON) == NOON + timedelta(minutes=30)
    assert tracking.next_look(travelling, NOON + timedelta(days=61)) is None
    assert tracking.next_look(replace(travelling, parcels=(replace(parcel, status="delivered"),)), NOON) is None


def travelling(shop: Shop, server: SendcloudServer) -> tuple[Delivery, Any]:
    carrier = sendcloud(shop, server)
    delivery = shipping.buy_labels(shop.ctx(), packed(shop), BuyLabels(carrier_id=carrier.id))
    shipping.ship(shop.ctx(), delivery, ShipDelivery())
    shipping.begin(shop.ctx(), delivery.id)
    return read.get(shop.ctx(), DELIVERY, delivery.id), carrier


def test_a_parcel_is_asked_for_until_it_has_arrived_and_the_order_hears_of_it(
    shop: Shop, carrier_server: SendcloudServer, new_ctx: Callable[..., Context]
) -> None:
    delivery, _ = travelling(shop, carrier_server)
    number = delivery.parcels[0].tracking_number
    assert delivery.next_tracking_at is not None
    for step in (1, 2, 3, 4):
        carrier_server.advance(number, step)
    due = replace(shop.ctx(), now=delivery.next_tracking_at + timedelta(seconds=1))
    shipping.look_after(due)
    arrived = read.get(shop.ctx(), DELIVERY, delivery.id)
    assert (arrived.state, arrived.parcels[0].status, arrived.next_tracking_at) == ("delivered", "delivered", None)
    assert [each.status for each in arrived.parcels[0].tracking_events] == [
        "announced", "in_transit", "in_transit", "out_for_delivery", "delivered"]
    (told,) = shop.events("DeliveryDelivered")
    assert (told.kind, told.entity_id) == ("sales_order", delivery.order_id)
    shipping.look_after(replace(due, now=due.now + timedelta(days=1)))
    assert read.get(shop.ctx(), DELIVERY, delivery.id) == arrived


def test_a_webhook_is_taken_once_and_only_with_its_carriers_signature(shop: Shop, carrier_server: SendcloudServer) -> None:
    delivery, carrier = travelling(shop, carrier_server)
    body = carrier_server.advance(delivery.parcels[0].tracking_number, 3)
    headers = carrier_server.signed(body)
    assert shipping.receive(shop.ctx(), carrier, headers, body) == "accepted"
    assert shipping.receive(shop.ctx(), carrier, headers, body) == "duplicate"
    with pytest.raises(Conflict):
        shipping.receive(shop.ctx(), carrier, {"Sendcloud-Signature": "0" * 64}, body)
    for other in (b"{}", b"not json", body.replace(b"parcel_status_changed", b"return_created"),
                  body.replace(delivery.parcels[0].tracking_number.encode(), b"unknown")):
        assert shipping.receive(shop.ctx(), carrier, carrier_server.signed(other), other) == "ignored"
    (heard,) = shop.events("TrackingReceived")
    shipping.told(shop.ctx(), heard.entity_id, heard.data)
    shipping.told(shop.ctx(), heard.entity_id, heard.data)
    assert read.get(shop.ctx(), DELIVERY, delivery.id).parcels[0].status == "out_for_delivery"


def test_trouble_stands_on_the_orders_timeline_once_and_in_the_list_of_troubles(
    shop: Shop, carrier_server: SendcloudServer
) -> None:
    delivery, _ = travelling(shop, carrier_server)
    for _ in range(2):
        tracking.take_in(shop.ctx(), delivery.id, {1: [event("exception", 10**6)]})
    (told,) = shop.events("DeliveryTroubled")
    assert told.data["status"] == "exception" and told.entity_id == delivery.order_id
    assert [row["id"] for row in read.query(shop.ctx(), "by_due", "DUE#delivery_trouble").items] == [delivery.id]


def test_a_number_typed_by_hand_and_an_arrival_that_somebody_saw(shop: Shop) -> None:
    left = shipping.ship(shop.ctx(), packed(shop), ShipDelivery(carrier="La tournée"))
    numbered = shipping.set_tracking(shop.ctx(), left, SetTracking(tracking_number="T1", tracking_url="https://t.example/1"))
    assert [e.data["tracking_number"] for e in shop.events("ParcelTracked")] == ["T1"]
    assert shipping.deliver(shop.ctx(), numbered).state == "delivered"
    for wrong in ("", "a b", "é", "x" * 61):
        with pytest.raises(Exception, match="letters and digits"):
            shipping.set_tracking(shop.ctx(), left, SetTracking(tracking_number=wrong))


def test_the_customers_page_shows_parcels_and_nothing_private_and_only_to_its_link(
    shop: Shop, platform: Context
) -> None:
    left = shipping.ship(shop.ctx(), packed(shop), ShipDelivery(carrier="DPD", tracking_number="D1"))
    link = public.token(shop.ctx(), left.order_id)
    seen = public.tracked(platform, link, "203.0.113.9")
    assert [(d.carrier, d.parcels[0].tracking_number) for d in seen.deliveries] == [("DPD", "D1")]
    shown = repr(seen)
    assert not any(private in shown for private in ("Bérard", "Lilas", "75011", "ada@", "MACARON", "10.00"))
    for wrong in (link[:-1] + ("A" if link[-1] != "A" else "B"), link.replace(".ord_", ".ord_0"), "nothing", ""):
        with pytest.raises(NotFound):
            public.tracked(platform, wrong, "203.0.113.9")


def test_somebody_who_guesses_links_is_stopped(shop: Shop, platform: Context) -> None:
    with pytest.raises(LimitExceeded):
        for _ in range(public.BY_ADDRESS.count + 1):
            with pytest.raises(NotFound):
                public.tracked(platform, "guess", "198.51.100.7")

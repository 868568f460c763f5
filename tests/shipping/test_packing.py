"""A packer scans a delivery into parcels: what is right is counted, what is wrong is said loudly and changes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.kernel.errors import Conflict, DomainError, Invalid
from chalicelib.sales import service as sales
from chalicelib.sales.delivery import PrepareDeliveries
from chalicelib.shipping import packing
from chalicelib.shipping import service as shipping
from chalicelib.shipping.model import CancelDelivery, Pack, ParcelSize, PickAll, PutBack, ShipDelivery
from tests.sales.shop import Shop
from tests.shipping.packer import BUCHE, CARTON, MACARON, ready, scan

D = Decimal


def refusal(code: str, act: object) -> DomainError:
    with pytest.raises(DomainError) as refused:
        act()  # type: ignore[operator]
    assert refused.value.code == code
    return refused.value


def test_pieces_cartons_and_skus_are_scanned_into_two_parcels_and_the_delivery_leaves(shop: Shop) -> None:
    delivery = scan(shop, ready(shop), CARTON)
    assert delivery.state == "picking" and delivery.parcels[0].lines[0].quantity == 6
    delivery = scan(shop, delivery, f"]C101{MACARON.zfill(14)}")
    delivery = scan(shop, delivery, BUCHE, "2", parcel=2)
    delivery = scan(shop, delivery, "SORBET", parcel=2)
    delivery = shipping.pack(shop.ctx(), delivery, Pack(parcels=(ParcelSize(number=2, weight_grams=900, length_mm=300),)))
    assert [(p.number, p.weight_grams) for p in delivery.parcels] == [(1, 1400), (2, 900)], "unweighed: what its articles weigh"
    left = shipping.ship(shop.ctx(), delivery, ShipDelivery(carrier="DPD", tracking_number="D1"))
    assert left.state == "shipped" and [p.tracking_number for p in left.parcels] == ["D1", ""]
    shop.numbers_are("MACARON", "13", "0", "13")


def test_the_wrong_article_one_too_many_and_an_unknown_code_are_named_and_change_nothing(shop: Shop) -> None:
    delivery = ready(shop)
    shop.article("GLACE")
    wrong = refusal("wrong_article", lambda: scan(shop, delivery, "GLACE"))
    assert "GLACE" in wrong.detail and wrong.fields == {"code": "GLACE"}
    assert refusal("unknown_code", lambda: scan(shop, delivery, "9999999999994")).fields == {"code": "unknown"}
    once = scan(shop, delivery, CARTON)
    assert "Only 1 more of MACARON" in refusal("too_many", lambda: scan(shop, once, CARTON)).detail
    twice = scan(shop, once, MACARON)
    assert "All of MACARON is packed" in refusal("too_many", lambda: scan(shop, twice, MACARON)).detail
    assert shop.deliveries(shop.stored_order(delivery.order_id))[0] == twice


def test_what_is_taken_out_again_can_be_packed_elsewhere(shop: Shop) -> None:
    delivery = scan(shop, ready(shop), MACARON, "7")
    delivery = shipping.put_back(shop.ctx(), delivery, PutBack(parcel_number=1, sku="MACARON", quantity=D(3)))
    assert packing.left_to_pack(delivery)[("1", "MACARON")] == 3
    refusal("not_in_parcel", lambda: shipping.put_back(shop.ctx(), delivery, PutBack(parcel_number=2, sku="MACARON",
                                                                                  quantity=D(1))))
    assert scan(shop, delivery, MACARON, "3", parcel=2).parcels[1].lines[0].quantity == 3


def test_a_short_delivery_says_what_is_missing_and_leaves_the_rest_reserved_for_later(shop: Shop) -> None:
    delivery = scan(shop, scan(shop, ready(shop), MACARON, "5"), BUCHE, "2")
    missing = refusal("not_all_picked", lambda: shipping.pack(shop.ctx(), delivery, Pack()))
    assert missing.fields == {"lines.1.MACARON": "2 missing", "lines.3.SORBET": "1 missing"}
    short = shipping.pack(shop.ctx(), delivery, Pack(allow_short=True))
    assert [(line.sku, line.quantity) for line in short.lines] == [("MACARON", D(5)), ("BUCHE", D(2))]
    shop.numbers_are("MACARON", "20", "7", "13")
    shipping.ship(shop.ctx(), short, ShipDelivery())
    order = sales.prepare(shop.ctx(), shop.stored_order(short.order_id), PrepareDeliveries())
    rest = shop.deliveries(order)[1]
    assert [(line.sku, line.quantity) for line in rest.lines] == [("MACARON", D(2)), ("SORBET", D(1))]
    assert order.state == "partly_shipped"


def test_nothing_packed_is_not_closed_and_a_parcel_that_cannot_be_is_refused(shop: Shop) -> None:
    delivery = ready(shop)
    refusal("wrong_state", lambda: shipping.pack(shop.ctx(), delivery, Pack()))
    emptied = shipping.put_back(shop.ctx(), scan(shop, delivery, MACARON), PutBack(parcel_number=1, sku="MACARON",
                                                                                 quantity=D(1)))
    refusal("nothing_packed", lambda: shipping.pack(shop.ctx(), emptied, Pack()))
    full = shipping.pick_all(shop.ctx(), emptied, PickAll())
    for size in (ParcelSize(number=9), ParcelSize(number=1, weight_grams=-1), ParcelSize(number=1, length_mm=20_000)):
        refusal("parcels", lambda s=size: shipping.pack(shop.ctx(), full, Pack(parcels=(s,))))
    refusal("parcel_number", lambda: scan(shop, delivery, MACARON, parcel=99))
    closed = shipping.pack(shop.ctx(), full, Pack())
    again = shipping.unpack(shop.ctx(), closed)
    assert (closed.state, again.state) == ("packed", "picking")
    assert shipping.cancel(shop.ctx(), again, CancelDelivery(reason="lost")).state == "cancelled"
    shop.numbers_are("MACARON", "20", "7", "13")


def test_a_kit_is_not_packed_without_all_of_its_parts(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("CARAFE", "VERRE")
    shop.kit("SERVICE", {"CARAFE": "1", "VERRE": "6"})
    shop.receive(paris, "CARAFE", "3")
    shop.receive(paris, "VERRE", "18")
    (delivery,) = shop.deliveries(sales.prepare(shop.ctx(), shop.order({"SERVICE": "2"}), PrepareDeliveries()))
    part = scan(shop, scan(shop, delivery, "CARAFE", "2"), "VERRE", "7")
    refusal("kit_incomplete", lambda: shipping.pack(shop.ctx(), part, Pack(allow_short=True)))
    part = shipping.put_back(shop.ctx(), part, PutBack(parcel_number=1, sku="CARAFE", quantity=D(1)))
    part = shipping.put_back(shop.ctx(), part, PutBack(parcel_number=1, sku="VERRE", quantity=D(1)))
    closed = shipping.pack(shop.ctx(), part, Pack(allow_short=True))
    assert [(line.sku, line.quantity) for line in closed.lines] == [("SERVICE", D(1))]
    shipping.ship(shop.ctx(), closed, ShipDelivery())
    shop.numbers_are("VERRE", "12", "6", "6")


@pytest.mark.parametrize(("code", "reading"), [
    ("3017620422003", "3017620422003"), ("]E03017620422003", "3017620422003"), ("03017620422003", "3017620422003"),
    ("]C10103017620422003", "3017620422003"), ("(01)03017620422003(10)AB", "3017620422003"),
    ("0103017620422003", "3017620422003"), ("00000096385074", "96385074"), ("SKU-1", "SKU-1")])
def test_a_scanner_may_say_a_gtin_in_many_ways(code: str, reading: str) -> None:
    assert reading in packing.readings(code)


def test_bad_quantities_are_refused(shop: Shop) -> None:
    delivery = ready(shop)
    for quantity in ("0", "-1", "10000000"):
        with pytest.raises(Invalid):
            scan(shop, delivery, MACARON, quantity)
    with pytest.raises(Conflict):
        shipping.unpack(shop.ctx(), delivery)

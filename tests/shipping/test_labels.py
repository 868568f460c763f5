"""Labels: bought once whatever happens to the answer, given back, decodable; and the carrier's own words when it refuses."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import VARIANT, VariantChange
from chalicelib.kernel.address import Address
from chalicelib.kernel.errors import Conflict, DomainError, Invalid, Unavailable
from chalicelib.sales import service as sales
from chalicelib.sales.commands import CancelOrder, HoldOrder
from chalicelib.sales.delivery import DELIVERY
from chalicelib.shipping import barcode, customs, drawing
from chalicelib.shipping import service as shipping
from chalicelib.shipping.model import BuyLabels, CarrierBody, SetTracking, ShipDelivery, VoidLabel
from chalicelib.storage import read
from infra.local.carriers.sendcloud import SendcloudServer
from tests.sales.shop import Shop
from tests.shipping.packer import HOME, SENDER, packed, sendcloud

D = Decimal


def bars_of_pdf(content: bytes) -> list[tuple[str, str]]:
    image = pypdfium2.PdfDocument(io.BytesIO(content))[0].render(scale=203 / 72).to_pil()
    return [(found.text, found.content_type.name) for found in zxingcpp.read_barcodes(image)]


def bars_of_zpl(content: bytes) -> list[tuple[str, str]]:
    """What a printer of 203 dpi would print of the symbols, read by a decoder: ^BC's field data is turned into symbol
    characters by the invocation table of the ZPL II guide, independently of how it was written."""
    image = Image.new("L", (800, 1200), 255)
    pen = ImageDraw.Draw(image)
    for x, y, module, height, data in re.findall(r"\^FO(\d+),(\d+)\^BY(\d+),3,(\d+)\^BCN,,N,N,N,N\^FH_\^FD(.*?)\^FS",
                                                 content.decode()):
        values, in_c, at = [], False, 0
        while at < len(data):
            pair = data[at:at + 2]
            if pair[0] == ">":
                values.append({">;": 105, ">:": 104, ">5": 99, ">6": 100, ">8": 102, ">0": 30}[pair])
                in_c = pair in (">;", ">5") or (in_c and pair == ">8")
                at += 2
            else:
                values.append(int(pair) if in_c else ord(pair[0]) - 32)
                at += 2 if in_c else 1
        values.append((values[0] + sum(n * v for n, v in enumerate(values[1:], 1))) % 103)
        left = int(x)
        for value in (*values, 106):
            for n, width in enumerate(barcode._WIDTHS[value]):
                if n % 2 == 0:
                    pen.rectangle((left, int(y), left + int(width) * int(module) - 1, int(y) + int(height)), fill=0)
                left += int(width) * int(module)
    return [(found.text, found.content_type.name) for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("number", ["XN000000001FR", "6A00000000001", "1Z999AA10123456784", "JVGL0612345678901234", "A>B"])
def test_both_formats_print_symbols_that_a_decoder_reads(number: str) -> None:
    code = barcode.sscc("3760123", 42)
    content = drawing.LabelContent(sender=SENDER, recipient=HOME, number="SO-1-1", parcel="1/2", weight="2 kg",
                                   carrier="Chronofresh", service="", sscc=code, tracking_number=number)
    wanted = {(number, "Text"), (f"(00){code}", "GS1")}
    assert set(bars_of_pdf(drawing.pdf(content))) == wanted
    assert set(bars_of_zpl(drawing.zpl(content))) == wanted


def test_an_sscc_is_that_of_the_general_specifications() -> None:
    """GS1 General Specifications §7.9: the check digit of 37610425002123456 is 9."""
    assert barcode.check_digit("37610425002123456") == 9
    assert barcode.sscc("7610425", 2123456, 3) == "376104250021234569"
    with pytest.raises(Invalid):
        barcode.sscc("12", 1)


def test_a_manual_carrier_prints_our_own_label_numbered_by_its_prefix(shop: Shop) -> None:
    carrier = shipping.create_carrier(shop.ctx(), CarrierBody(
        name="Tournée du Nord", sender=SENDER, gs1_company_prefix="3760123", tracking_url_template="https://t.example/{number}"))
    delivery = packed(shop)
    delivery = shipping.set_tracking(shop.ctx(), delivery, SetTracking(tracking_number="TN1"))
    delivery = shipping.buy_labels(shop.ctx(), delivery, BuyLabels(carrier_id=carrier.id))
    (parcel,) = delivery.parcels
    assert parcel.label is not None and parcel.label.state == "bought" and len(parcel.sscc) == 18
    assert barcode.check_digit(parcel.sscc[:17]) == int(parcel.sscc[17])
    pdf, kind = shipping.label_file(shop.ctx(), delivery, 1, "pdf")
    assert kind == "application/pdf" and set(bars_of_pdf(pdf)) == {("TN1", "Text"), (f"(00){parcel.sscc}", "GS1")}
    zpl, _ = shipping.label_file(shop.ctx(), delivery, 1, "zpl")
    assert set(bars_of_zpl(zpl)) == {("TN1", "Text"), (f"(00){parcel.sscc}", "GS1")}


def test_a_carriers_label_brings_its_number_and_is_not_bought_again(shop: Shop, carrier_server: SendcloudServer) -> None:
    carrier = sendcloud(shop, carrier_server)
    before = len(carrier_server.shipments)
    delivery = shipping.buy_labels(shop.ctx(), packed(shop), BuyLabels(carrier_id=carrier.id))
    (parcel,) = delivery.parcels
    sold = carrier_server.shipments[-1]
    assert (parcel.tracking_number, delivery.carrier_name) == (sold.tracking_number, "Colissimo")
    assert sold.body["to_address"]["postal_code"] == "75011" and sold.body["parcels"][0]["weight"] == {
        "value": "2.500", "unit": "kg"}
    assert bars_of_pdf(shipping.label_file(shop.ctx(), delivery, 1, "pdf")[0]) == [(parcel.tracking_number, "Text")]
    again = shipping.buy_labels(shop.ctx(), delivery, BuyLabels(carrier_id=carrier.id))
    assert again == delivery and len(carrier_server.shipments) == before + 1


def test_an_answer_that_is_lost_costs_no_second_label(shop: Shop, carrier_server: SendcloudServer) -> None:
    carrier, delivery = sendcloud(shop, carrier_server), packed(shop)
    before = len(carrier_server.shipments)
    carrier_server.lose_next_answer = True
    with pytest.raises(Unavailable):
        shipping.buy_labels(shop.ctx(), delivery, BuyLabels(carrier_id=carrier.id))
    waiting = read.get(shop.ctx(), DELIVERY, delivery.id)
    assert waiting.parcels[0].label is not None and waiting.parcels[0].label.state == "buying"
    bought = shipping.buy_labels(shop.ctx(), waiting, BuyLabels(carrier_id=carrier.id))
    assert bought.parcels[0].tracking_number == carrier_server.shipments[-1].tracking_number
    assert len(carrier_server.shipments) == before + 1


def test_a_carrier_that_is_down_leaves_the_delivery_as_it_is(shop: Shop, carrier_server: SendcloudServer) -> None:
    carrier, delivery = sendcloud(shop, carrier_server), packed(shop)
    carrier_server.down = True
    try:
        with pytest.raises(Unavailable):
            shipping.buy_labels(shop.ctx(), delivery, BuyLabels(carrier_id=carrier.id))
    finally:
        carrier_server.down = False
    waiting = read.get(shop.ctx(), DELIVERY, delivery.id)
    assert shipping.buy_labels(shop.ctx(), waiting, BuyLabels(carrier_id=carrier.id)).parcels[0].tracking_number


def test_what_a_carrier_refuses_is_said_in_its_words(shop: Shop, carrier_server: SendcloudServer) -> None:
    carrier = sendcloud(shop, carrier_server)
    delivery = packed(shop, shipping_address=Address(name="Ada", line1="1", postal_code="00000", city="X", country_code="FR"))
    with pytest.raises(Conflict) as refused:
        shipping.buy_labels(shop.ctx(), delivery, BuyLabels(carrier_id=carrier.id))
    assert refused.value.code == "carrier_refused" and "postal code does not exist" in refused.value.detail
    kept = read.get(shop.ctx(), DELIVERY, delivery.id).parcels[0].label
    assert kept is not None and (kept.state, kept.problem) == ("refused", "The postal code does not exist.")


def test_a_label_is_given_back_and_another_is_another_purchase(shop: Shop, carrier_server: SendcloudServer) -> None:
    carrier = sendcloud(shop, carrier_server)
    first = shipping.buy_labels(shop.ctx(), packed(shop), BuyLabels(carrier_id=carrier.id))
    void = shipping.void_label(shop.ctx(), first, VoidLabel(parcel_number=1))
    assert carrier_server.shipments[-1].is_cancelled and void.parcels[0].tracking_number == ""
    with pytest.raises(Conflict):
        shipping.void_label(shop.ctx(), void, VoidLabel(parcel_number=1))
    second = shipping.buy_labels(shop.ctx(), void, BuyLabels(carrier_id=carrier.id))
    assert second.parcels[0].tracking_number not in ("", first.parcels[0].tracking_number)


def test_an_order_cancelled_gives_its_labels_back(shop: Shop, carrier_server: SendcloudServer) -> None:
    carrier = sendcloud(shop, carrier_server)
    delivery = shipping.buy_labels(shop.ctx(), packed(shop), BuyLabels(carrier_id=carrier.id))
    sales.cancel(shop.ctx(), shop.stored_order(delivery.order_id), CancelOrder())
    shipping.void_all(shop.ctx(), delivery.id)
    shipping.void_all(shop.ctx(), delivery.id)
    assert carrier_server.shipments[-1].is_cancelled
    kept = read.get(shop.ctx(), DELIVERY, delivery.id).parcels[0].label
    assert kept is not None and kept.state == "voided"


def test_what_cannot_be_labelled_says_why(shop: Shop, carrier_server: SendcloudServer) -> None:
    carrier, delivery = sendcloud(shop, carrier_server), packed(shop)
    for body, code in ((BuyLabels(carrier_id="crr_none"), "carrier"),
                       (BuyLabels(carrier_id=carrier.id, service_code="none"), "service_code")):
        with pytest.raises(DomainError) as refused:
            shipping.buy_labels(shop.ctx(), delivery, body)
        assert refused.value.code == code
    sales.hold(shop.ctx(), shop.stored_order(delivery.order_id), HoldOrder(reason="fraud?"))
    with pytest.raises(Conflict) as held:
        shipping.buy_labels(shop.ctx(), delivery, BuyLabels(carrier_id=carrier.id))
    assert held.value.code == "order_on_hold"
    with pytest.raises(Conflict) as state:
        shipping.ship(shop.ctx(), delivery, ShipDelivery())
    assert state.value.code == "wrong_state"


def test_a_parcel_out_of_the_eu_declares_what_is_in_it(shop: Shop, carrier_server: SendcloudServer) -> None:
    """7 macarons at 10.00, 2 bûches and a sorbet to Geneva. Nothing is asked of the carrier before every article has its
    customs code and origin; then the announcement bears them as Sendcloud's API v3 has them."""
    geneva = replace(HOME, postal_code="1204", city="Genève", country_code="CH")
    carrier, delivery = sendcloud(shop, carrier_server), packed(shop, shipping_address=geneva)
    before = len(carrier_server.shipments)
    with pytest.raises(Invalid) as refused:
        shipping.buy_labels(shop.ctx(), delivery, BuyLabels(carrier_id=carrier.id))
    assert refused.value.code == "customs_data" and set(refused.value.fields) == {
        f"{sku}.{field}" for sku in ("BUCHE", "MACARON", "SORBET") for field in ("hs_code", "country_of_origin")}
    assert len(carrier_server.shipments) == before and read.get(shop.ctx(), DELIVERY, delivery.id).parcels[0].label is None
    for sku in ("BUCHE", "MACARON", "SORBET"):
        variant = read.get(shop.ctx(), VARIANT, catalog.find_skus(shop.ctx(), [sku])[sku].variant_id)
        catalog.update_variant(shop.ctx(), variant, VariantChange(
            weight_grams=200, hs_code="2105.0010", country_of_origin="FR", gtin=variant.gtin,
            conversions=variant.conversions))
    declared = shipping.customs_of(shop.ctx(), delivery)
    assert declared.is_required and declared.missing == () and declared.parcels[0].total_value > 0
    shipping.buy_labels(shop.ctx(), delivery, BuyLabels(carrier_id=carrier.id))
    told = carrier_server.shipments[-1].body
    assert told["customs_information"] == {"invoice_number": delivery.number, "export_reason": "commercial_goods",
                                           "export_type": "commercial_b2c"}
    macaron = next(item for item in told["parcels"][0]["parcel_items"] if item["sku"] == "MACARON")
    price = declared.parcels[0].items[0].unit_value
    assert macaron == {"sku": "MACARON", "description": "Macaron", "quantity": 7, "weight": {"value": "0.200", "unit": "kg"},
                       "price": {"value": str(price), "currency": "EUR"}, "hs_code": "21050010", "origin_country": "FR"}


def test_what_leaves_the_customs_territory() -> None:
    def at(country: str, code: str) -> Address:
        return Address(country_code=country, postal_code=code)
    annecy = at("FR", "74000")
    assert not any(customs.is_required(annecy, each) for each in (
        at("FR", "75001"), at("DE", "10115"), at("MC", "98000"), at("GB", "BT1 5GS"), at("ES", "28001")))
    assert all(customs.is_required(annecy, each) for each in (
        at("CH", "1204"), at("GB", "SW1A 1AA"), at("US", "10001"), at("FR", "97400"), at("ES", "35001"), at("RE", "97400")))
    assert not customs.is_required(at("CH", "1204"), at("CH", "1201")) and customs.is_required(at("CH", "1204"), annecy)


def test_a_carrier_with_wrong_keys_or_a_private_address_is_not_set_up(shop: Shop, carrier_server: SendcloudServer) -> None:
    body = {"name": "S", "platform": "sendcloud", "base_url": carrier_server.url}
    for more, field in (({"credentials": {"public_key": "public", "secret_key": "wrong"}}, "credentials"),
                        ({"credentials": {"public_key": "public"}}, "credentials"), ({}, "credentials"),
                        ({"credentials": {"public_key": "a", "secret_key": "b"}, "base_url": "https://10.0.0.1"}, "base_url")):
        with pytest.raises(Invalid) as refused:
            shipping.create_carrier(shop.ctx(), CarrierBody(**{**body, **more}))
        assert field in refused.value.fields
    for wrong in (CarrierBody(name=" "), CarrierBody(name="X", platform="pigeon"),
                  CarrierBody(name="X", gs1_company_prefix="1"), CarrierBody(name="X", tracking_url_template="http://t.example")):
        with pytest.raises(Invalid):
            shipping.create_carrier(shop.ctx(), wrong)

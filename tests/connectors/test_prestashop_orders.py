"""Recorded PrestaShop orders, to the cent: what the customer paid, VAT per rate, slips, states by their flags, dates, XML."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.contract import ChannelOrder, MappingProblem, OrderStatus
from connectors.prestashop.clock import lower_bound, optional_instant, upper_bound
from connectors.prestashop.mapping import map_order, status_of
from connectors.prestashop.reference import settings_of, states_of
from connectors.prestashop.xml import UnreadableXml, document, listed, parse, resource, single
from connectors.reading import Unreadable
from tests.connectors.replay import recorded

RECORDED = recorded("prestashop")
PARIS = ZoneInfo("Europe/Paris")
SHOP = {name: listed(parse(RECORDED[number].response_body)) for name, number in (
    ("configurations", "036"), ("order_states", "040"), ("currencies", "038"), ("taxes", "041"), ("carriers", "045"),
    ("languages", "037"), ("customers", "170"))}  # fmt: skip


def bundle(order: str, details: str, **more: str) -> dict[str, Any]:
    """A recorded order with what was recorded around it."""
    address = single(parse(RECORDED["171"].response_body), "address")
    assert address is not None
    raw = single(parse(RECORDED[order].response_body), "order")
    assert raw is not None
    people = {"addresses": [{**address, "id": raw["id_address_invoice"]}],
              "customers": [{**SHOP["customers"][0], "id": raw["id_customer"]}]}
    return {**SHOP, **people, "countries": [{"id": "8", "iso_code": "FR"}], "order": raw,
            "order_details": listed(parse(RECORDED[details].response_body)),
            **{name: listed(parse(RECORDED[number].response_body)) for name, number in more.items()}}


def order_of(order: str, details: str, **more: str) -> ChannelOrder:
    found = map_order(bundle(order, details, **more))
    assert isinstance(found, ChannelOrder), found
    return found


# order, details, more: total paid, net, VAT by rate (goods and shipping), discount.
FACTS = [
    ("095", "096", {}, "185.15", "162.41", {"20.000": "17.61", "5.500": "2.81", "10.000": "2.32"}, "0.00"),
    ("097", "098", {"order_cart_rules": "137"}, "99.40", "88.40", {"20.000": "8.47", "5.500": "2.53"}, "9.28"),
    ("099", "100", {"order_cart_rules": "138"}, "104.69", "92.88", {"20.000": "6.52", "5.500": "0.88", "10.000": "4.41"},
     "4.45"),
    ("101", "102", {}, "65.00", "54.17", {"20.000": "10.83"}, "0.00"),
    ("105", "106", {}, "36.01", "34.13", {"5.500": "1.88"}, "0.00"),
    ("111", "112", {}, "185.14", "162.40", {"20.000": "17.61", "5.500": "2.82", "10.000": "2.31"}, "0.00"),
    ("113", "114", {}, "422.71", "392.00", {"20.000": "0.98", "5.500": "10.98", "10.000": "18.75"}, "43.01"),
    ("115", "116", {}, "185.15", "162.40", {"20.000": "17.61", "5.500": "2.82", "10.000": "2.32"}, "0.00"),
    ("117", "118", {}, "422.71", "392.00", {"20.000": "0.98", "5.500": "10.98", "10.000": "18.75"}, "43.01"),
]


@pytest.mark.parametrize(("number", "details", "more", "paid", "net", "vat", "discount"), FACTS)
def test_recorded_orders_to_the_cent(
    number: str, details: str, more: dict[str, str], paid: str, net: str, vat: dict[str, str], discount: str
) -> None:
    order = order_of(number, details, **more)
    assert (order.total_paid, order.net_total, order.rounding) == (D(paid), D(net), 0)
    by_rate = {f"{line.percent}": line.total for line in order.tax_lines}
    assert by_rate == {rate: D(amount) for rate, amount in vat.items()}
    assert sum(line.discount for line in order.lines) == D(discount)


def test_who_bought_and_where_it_goes() -> None:
    order = order_of("095", "096")
    assert (order.number, order.payment_title, order.currency, order.prices_include_tax) == (
        "EQDVQVXRO", "Virement bancaire", "EUR", True)
    buyer, billing = order.customer, order.billing
    assert (buyer.company, buyer.siret, buyer.siren, buyer.vat_number) == (
        "Établissements Lefèvre et Fils SARL", "73282932000074", "732829320", "FR44732829320")
    assert (billing.name, billing.postcode, billing.city, billing.country) == ("Hélène Lefèvre", "67000", "Strasbourg", "FR")
    [lamp, *_] = order.lines
    assert (lamp.sku, lamp.product_external_id, lamp.variation_external_id) == ("LAMPE-01", "9", None)
    assert lamp.gtin == "3760000000017"
    assert order.shipping_lines[0].name == "Colissimo"
    assert order.created_at == datetime(2026, 11, 24, 4, 16, 48, tzinfo=UTC) and not order.is_paid


def test_states_by_their_flags_and_names_never_by_their_numbers() -> None:
    states = {state.id: status_of(state) for state in states_of(SHOP["order_states"], settings_of(SHOP["configurations"], ""))}
    assert {i: states[i] for i in ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13")} == {
        "1": OrderStatus.PROCESSING, "2": OrderStatus.PROCESSING, "3": OrderStatus.COMPLETED, "4": OrderStatus.COMPLETED,
        "5": OrderStatus.CANCELLED, "6": OrderStatus.REFUNDED, "7": OrderStatus.FAILED, "8": OrderStatus.PROCESSING,
        "9": OrderStatus.PENDING, "10": OrderStatus.PENDING, "11": OrderStatus.PROCESSING, "12": OrderStatus.PENDING,
        "13": OrderStatus.PENDING}  # fmt: skip
    elsewhere = {name: value for name, value in settings_of(SHOP["configurations"], "").items() if not name.startswith("PS_OS")}
    by_mail = {state.id: status_of(state) for state in states_of(SHOP["order_states"], elsewhere)}
    assert (by_mail["5"], by_mail["6"], by_mail["7"]) == (OrderStatus.CANCELLED, OrderStatus.REFUNDED, OrderStatus.FAILED)
    assert status_of(None) is OrderStatus.OTHER


def test_paid_shipped_and_its_parcel() -> None:
    paid = order_of("120", "121", order_payments="122")
    assert paid.status is OrderStatus.PROCESSING and paid.paid_at == datetime(2026, 11, 24, 4, 16, 54, tzinfo=UTC)
    sent = order_of("129", "130", order_payments="122", order_carriers="126")
    assert sent.status is OrderStatus.COMPLETED and sent.completed_at == sent.updated_at
    raw = bundle("129", "130")
    told = map_order({**raw, "order_carriers": []})
    assert isinstance(told, ChannelOrder)
    assert [(p.carrier, p.number, p.url) for p in told.tracking] == [
        ("Colissimo", "6A00000000001", "https://suivi.example/?n=6A00000000001")]


def test_slips_move_the_orders_version_though_not_its_date() -> None:
    before, after = order_of("145", "146"), order_of("145", "146", order_slips="144")
    [slip] = after.refunds
    assert (slip.external_id, slip.amount) == ("2", D("32.50"))
    [line] = slip.lines or ()
    assert (line.order_line_external_id, line.quantity, line.net_total, line.tax_total) == ("25", 1, D("27.08"), D("5.42"))
    assert after.updated_at > before.updated_at
    assert after.source_version.content_hash != before.source_version.content_hash
    assert after.source_version.updated_at > before.source_version.updated_at


def test_slips_made_by_the_web_service_and_by_the_back_office_read_the_same() -> None:
    posted = single(parse(RECORDED["140"].response_body), "order_slip")
    raw = map_order({**bundle("099", "100", order_cart_rules="138"), "order_slips": [posted]})
    assert isinstance(raw, ChannelOrder) and raw.refunds[0].amount == D("18.00")


def test_a_refunded_order_that_had_been_sent_stays_sent() -> None:
    raw = bundle("129", "130", order_histories="132")
    refunded = map_order({**raw, "order": {**raw["order"], "current_state": "6"}})
    assert isinstance(refunded, ChannelOrder) and refunded.status is OrderStatus.REFUNDED and refunded.completed_at
    never = map_order({**raw, "order": {**raw["order"], "current_state": "6"}, "order_histories": []})
    assert isinstance(never, ChannelOrder) and never.completed_at is None


def test_without_order_details_the_rows_inside_the_order_do() -> None:
    raw = bundle("095", "096")
    order = map_order({**raw, "order_details": []})
    assert isinstance(order, ChannelOrder) and order.rounding == 0
    assert [line.taxes[0].percent for line in order.lines] == [D(20), D("5.5"), D(10)]


def test_ecotax_of_another_rate_is_a_fee_of_its_own() -> None:
    raw = bundle("095", "096")
    lamp, *others = raw["order_details"]
    order = map_order({**raw, "order_details": [{**lamp, "ecotax": "1.000000", "ecotax_tax_rate": "5.500"}, *others]})
    assert isinstance(order, ChannelOrder) and order.rounding == 0 and order.total_paid == D("185.15")
    [fee] = order.fee_lines
    assert (fee.name, fee.net_total, fee.tax_total) == ("Éco-participation Lampe « Étoile »", D("2.00"), D("0.11"))


def test_wrapping_and_a_voucher_for_one_rate_only() -> None:
    raw = bundle("097", "098")
    voucher = {"id": "1", "name": "LIVRES", "value": "5.400000", "value_tax_excl": "5.118483", "free_shipping": "0"}
    changed = {"total_wrapping": "2.40", "total_wrapping_tax_incl": "2.40", "total_wrapping_tax_excl": "2.00",
               "total_discounts": "5.40", "total_discounts_tax_incl": "5.40", "total_discounts_tax_excl": "5.118483",
               "total_paid": "106.79", "total_paid_tax_incl": "106.79", "total_paid_tax_excl": "94.56"}  # fmt: skip
    order = map_order({**raw, "order": {**raw["order"], **changed}, "order_cart_rules": [voucher]})
    assert isinstance(order, ChannelOrder), order
    lamp, book = order.lines
    assert (lamp.discount, book.discount) == (0, D("5.12"))
    assert [(fee.name, fee.net_total, fee.tax_total) for fee in order.fee_lines] == [("Emballage cadeau", D("2.00"), D("0.40"))]


def test_what_cannot_be_read_is_a_value() -> None:
    raw = bundle("095", "096")
    for change, code in (({"id_currency": "9"}, "currency_unknown"), ({"date_upd": "hier"}, "date_expected"),
                         ({"total_paid_tax_incl": "12,95"}, "amount_expected"), ({"id": ""}, "identifier_missing")):
        problem = map_order({**raw, "order": {**raw["order"], **change}})
        assert isinstance(problem, MappingProblem) and problem.code == code
    nowhere = map_order({**raw, "configurations": []})
    assert isinstance(nowhere, MappingProblem) and nowhere.code == "time_zone_unknown"


# -- dates ---------------------------------------------------------------------------------------------------------------


def test_the_doubled_hour_is_read_as_late_as_it_can_be() -> None:
    raw = {"at": "2026-10-25 02:30:00"}
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert optional_instant(raw, "at", PARIS, datetime(2026, 10, 25, 0, 40, tzinfo=UTC)) == first
    assert optional_instant(raw, "at", PARIS, datetime(2026, 10, 25, 1, 31, tzinfo=UTC)) == second
    assert optional_instant({"at": "0000-00-00 00:00:00"}, "at", PARIS, first) is None
    with pytest.raises(Unreadable):
        optional_instant({"at": "2026-10-25T02:30:00Z"}, "at", PARIS, first)


def test_a_filter_over_the_night_when_clocks_go_back_misses_nothing() -> None:
    before, after = datetime(2026, 10, 25, 0, 50, tzinfo=UTC), datetime(2026, 10, 25, 1, 20, tzinfo=UTC)
    assert lower_bound(before, after, PARIS) == "2026-10-25 01:50:00"
    assert upper_bound(after, before, PARIS) == "2026-10-25 03:20:00"
    summer = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert lower_bound(summer, summer, PARIS) == "2026-07-01 12:00:00"


# -- XML -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", [
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><prestashop>&a;</prestashop>',
    b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><prestashop/>',
    b"<a>" * 40 + b"</a>" * 40, b"", b"\x00", b'<?xml version="1.0" encoding="nonsense"?><a/>', b"<a></b>"])  # fmt: skip
def test_hostile_xml_is_refused(hostile: bytes) -> None:
    with pytest.raises(UnreadableXml):
        parse(hostile)
    assert isinstance(map_order(hostile), MappingProblem)


def test_a_warning_of_php_before_the_xml_is_skipped() -> None:
    assert parse(b"<br />\n<b>Warning</b>: x in y on line 3<br />" + RECORDED["095"].response_body).tag == "prestashop"


def test_a_resource_is_written_as_it_was_read() -> None:
    read = single(parse(RECORDED["068"].response_body), "product")
    assert read is not None and read["name"] == {"1": "Le petit atlas", "2": "EN Le petit atlas"}
    plain = {name: value for name, value in read.items() if name != "associations"}
    again = single(parse(document("product", plain)), "product")
    assert again == plain
    [element] = parse(document("x", {"note": "a\x00b & <c>"}))
    assert resource(element) == {"note": "ab & <c>"}

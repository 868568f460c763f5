"""Recorded WooCommerce orders, to the cent: what the customer paid, VAT per rate, refunds, who bought."""

from __future__ import annotations

import json
from decimal import Decimal as D

import pytest

from connectors.contract import ChannelOrder, MappingProblem, OrderStatus
from connectors.reading import Unreadable
from connectors.strict_json import loads
from connectors.woocommerce.mapping import STATUSES, map_order, map_refund, with_customer_record
from tests.connectors.replay import recorded

RECORDED = recorded("woocommerce")
ORDER_FIELDS = {"line_items", "currency", "status", "prices_include_tax"}


def is_order(body: bytes) -> bool:
    try:
        return json.loads(body).keys() >= ORDER_FIELDS
    except (ValueError, AttributeError):
        return False


ORDERS = {
    f"{name} {side}": body
    for name, exchange in RECORDED.items()
    for side, body in (("sent", exchange.request_body), ("answered", exchange.response_body))
    if is_order(body)
}

# number: total paid, VAT, net goods, net discount, net shipping, rounding, VAT per rate.
FACTS = {
    "025": (
        "211.81",
        "26.66",
        "179.25",
        "0.00",
        "5.90",
        "0.00",
        {"20": "21.14", "10": "2.55", "5.5": "2.97"},
    ),
    "026": ("112.24", "12.83", "93.51", "10.39", "5.90", "0.00", {"20": "10.16", "5.5": "2.67"}),
    "027": ("115.49", "13.19", "96.40", "5.00", "5.90", "0.00", {"20": "7.43", "10": "4.84", "5.5": "0.92"}),
    "028": ("101.37", "13.62", "75.35", "0.00", "12.40", "0.00", {"19": "11.84", "7": "1.78"}),
    "029": ("124.90", "0.00", "99.90", "0.00", "25.00", "0.00", {}),
    "030": ("23.76", "3.96", "19.80", "0.00", "0.00", "0.00", {"20": "3.96"}),
    "032": ("312.88", "50.38", "249.50", "3.00", "15.00", "0.00", {"20": "49.57", "5.5": "0.81"}),
    "034": (
        "225.68",
        "31.70",
        "188.08",
        "0.00",
        "5.90",
        "0.00",
        {"20": "26.13", "10": "4.63", "5.5": "0.94"},
    ),
    "035": ("84.39", "10.35", "68.14", "7.56", "5.90", "0.00", {"20": "8.66", "5.5": "1.69"}),
    "036": ("29.98", "3.22", "20.86", "4.45", "5.90", "0.00", {"20": "2.41", "5.5": "0.81"}),
    "038": (
        "225.68",
        "31.70",
        "188.08",
        "0.00",
        "5.90",
        "0.00",
        {"20": "26.13", "10": "4.63", "5.5": "0.94"},
    ),
    "039": ("49.48", "8.25", "35.33", "0.00", "5.90", "0.00", {"20": "8.25"}),
    "040": ("124.38", "20.73", "97.74", "0.00", "5.90", "0.01", {"20": "20.73"}),
    "041": ("97.83", "14.13", "77.80", "0.00", "5.90", "0.00", {"20": "13.14", "5.5": "0.99"}),
    "072": ("6300", "0", "4500", "0", "1800", "0", {}),
}


def order(number: str) -> ChannelOrder:
    found = map_order(RECORDED[number].response_body)
    assert isinstance(found, ChannelOrder), found
    return found


@pytest.mark.parametrize("name", ORDERS)
def test_every_recorded_order_can_be_read_and_adds_up_within_a_cent(name: str) -> None:
    found = map_order(ORDERS[name])
    assert isinstance(found, ChannelOrder), found
    raw = json.loads(ORDERS[name], parse_float=D)
    assert found.total_paid == D(raw["total"])
    assert found.total_tax == D(raw["total_tax"])
    assert abs(found.rounding) <= D("0.01")
    assert sum(line.total for line in found.tax_lines) == found.total_tax
    for line in (*found.lines, *found.shipping_lines, *found.fee_lines):
        assert abs(sum((tax.amount for tax in line.taxes), D(0)) - line.tax_total) <= D("0.01")
        assert all(tax.percent is not None for tax in line.taxes)
    assert found.updated_at.utcoffset() == found.created_at.utcoffset() == found.created_at - found.created_at


@pytest.mark.parametrize("number", FACTS)
def test_the_amounts_of_each_order_are_right_to_the_cent(number: str) -> None:
    total, tax, goods, discount, shipping, rounding, rates = FACTS[number]
    found = order(number)
    assert found.total_paid == D(total)
    assert found.total_tax == D(tax)
    assert sum(line.net_total for line in found.lines) == D(goods)
    assert sum(line.discount for line in found.lines) == D(discount)
    assert sum(line.net_total for line in found.shipping_lines) == D(shipping)
    assert found.rounding == D(rounding)
    assert {line.percent: line.total for line in found.tax_lines} == {
        D(rate): D(vat) for rate, vat in rates.items()
    }


def test_a_guest_pays_by_transfer_and_the_order_waits() -> None:
    found = order("025")
    assert found.status is OrderStatus.ON_HOLD
    assert found.customer.is_guest and found.customer.email == "ana.durand@example.com"
    assert found.payment_method == "bacs" and not found.is_paid
    assert [(line.sku, line.quantity) for line in found.lines] == [
        ("LAMPE-01", 2),
        ("LIVRE-01", 3),
        ("PANIER-01", 1),
    ]
    assert found.lines[0].unit_price == D("49.90")
    assert found.lines[0].gtin == "3760000000017"
    assert found.created_at.isoformat() == "2026-11-24T04:15:30+00:00"


def test_a_company_orders_with_a_rebate_split_over_two_rates() -> None:
    found = order("032")
    assert found.customer.external_id == "14" and not found.customer.is_guest
    assert found.customer.company == "Établissements Lefèvre & Fils SARL"
    assert (found.customer.siret, found.customer.siren) == ("73282932000074", "732829320")
    assert found.purchase_order_number == "2026/118"
    gift_wrap, rebate = found.fee_lines
    assert (gift_wrap.net_total, gift_wrap.tax_total) == (D("4.00"), D("0.80"))
    assert (rebate.net_total, rebate.tax_total) == (D("-6.00"), D("-1.15"))
    assert [(tax.percent, tax.amount) for tax in rebate.taxes] == [
        (D(20), D("-1.13")),
        (D("5.5"), D("-0.02")),
    ]
    book = found.lines[1]
    assert (book.net_before_discount, book.discount, book.net_total) == (D("18.00"), D("3.00"), D("15.00"))
    assert found.is_paid and found.status is OrderStatus.PROCESSING


def test_the_vat_number_comes_from_the_customers_own_record() -> None:
    record = loads(RECORDED["024"].response_body)
    completed = with_customer_record(order("032"), record)
    assert completed.customer.vat_number == "FR44732829320"
    assert completed.customer.siret == "73282932000074"
    assert completed.source_version != order("032").source_version


def test_a_coupon_is_information_and_the_lines_carry_its_discount() -> None:
    found = order("026")
    assert [(coupon.code, coupon.discount, coupon.discount_tax) for coupon in found.coupon_lines] == [
        ("bienvenue10", D("10.39"), D("1.29"))
    ]
    assert sum(line.discount for line in found.lines) == D("10.39")


def test_prices_typed_with_tax_are_still_read_net() -> None:
    found = order("034")
    assert found.prices_include_tax
    assert order("025").prices_include_tax is False
    assert found.net_total + found.total_tax == found.total_paid


def test_tax_of_a_line_may_differ_by_a_cent_from_its_rates() -> None:
    lamp = order("035").lines[0]
    assert lamp.tax_total == D("7.48")
    assert sum(tax.amount for tax in lamp.taxes) == D("7.49")


def test_unit_price_has_full_precision_and_no_float_noise() -> None:
    raw = loads(RECORDED["040"].response_body)
    assert raw["line_items"][0]["price"] == D("41.583333")
    assert order("040").lines[0].unit_price == D("41.58")
    third = loads(RECORDED["026"].response_body)
    third["line_items"][0] |= {"quantity": 3, "total": "10.00"}
    found = map_order(third)
    assert isinstance(found, ChannelOrder)
    assert found.lines[0].unit_price.quantize(D("1e-12")) == D("3.333333333333")


def test_yen_have_no_decimals_though_the_shop_writes_two() -> None:
    found = order("072")
    assert (found.currency, found.currency_exponent, found.decimals) == ("JPY", 0, 2)
    assert found.billing.city == "東京" and found.shipping.is_empty


def test_a_note_with_an_emoji_and_a_german_address() -> None:
    found = order("028")
    assert found.customer_note == 'Bitte klingeln 🔔 – "Hof"'
    assert (found.billing.name, found.billing.country) == ("Kurt Weiß", "DE")


def test_html_entities_in_names_are_resolved() -> None:
    found = map_order(RECORDED["138"].request_body)
    assert isinstance(found, ChannelOrder)
    assert found.billing.company == "Atelier Bérard & Cie"


def test_an_unknown_product_leaves_an_empty_line() -> None:
    line = order("098").lines[0]
    assert (line.product_external_id, line.sku, line.name) == (None, "", "")


def test_a_variation_names_its_product_too() -> None:
    line = order("027").lines[0]
    assert (line.sku, line.product_external_id, line.variation_external_id) == ("MAR-M-B", "299", "301")


STATUS_STORY = [
    ("042", OrderStatus.PROCESSING),
    ("043", OrderStatus.COMPLETED),
    ("044", OrderStatus.CANCELLED),
    ("046", OrderStatus.FAILED),
    ("047", OrderStatus.PENDING),
    ("049", OrderStatus.REFUNDED),
    ("067", OrderStatus.TRASHED),
]


@pytest.mark.parametrize(("number", "status"), STATUS_STORY)
def test_states_are_neutral(number: str, status: OrderStatus) -> None:
    assert order(number).status is status


def test_completed_orders_tell_when() -> None:
    assert order("043").completed_at is not None and order("042").completed_at is None
    assert order("042").is_paid


def test_a_status_of_a_plug_in_is_tolerated() -> None:
    raw = loads(RECORDED["025"].response_body) | {"status": "wc-livraison-partielle"}
    found = map_order(raw)
    assert isinstance(found, ChannelOrder)
    assert (found.status, found.source_status) == (OrderStatus.OTHER, "livraison-partielle")
    assert "livraison-partielle" not in STATUSES


def test_an_order_tells_refunds_only_in_summary_and_keeps_its_total() -> None:
    found = order("059")
    assert found.total_paid == D("312.88")
    assert {(refund.amount, refund.reason, refund.lines) for refund in found.refunds} == {
        (D("59.88"), "Lampe cassée", None),
        (D("10.00"), "Geste commercial", None),
    }
    assert found.refunded_total == D("69.88")


def test_a_refunded_order_is_one_version_in_a_list_and_with_its_refunds_in_full() -> None:
    """Else every poll would ask for it anew. The shop lists refunds newest first, and in the order oldest first."""
    listed = loads(RECORDED["059"].response_body)
    in_full = map_order({**listed, "refunds": loads(RECORDED["057"].response_body)})
    assert isinstance(in_full, ChannelOrder)
    assert in_full.source_version == order("059").source_version
    one_less = map_order({**listed, "refunds": listed["refunds"][:1]})
    assert isinstance(one_less, ChannelOrder) and one_less.source_version != in_full.source_version


def test_refunds_in_full_name_their_lines_or_have_none() -> None:
    by_amount, by_line = sorted(
        (map_refund(raw) for raw in loads(RECORDED["057"].response_body)), key=lambda r: r.amount
    )
    assert (by_amount.amount, by_amount.lines) == (D("10.00"), ())
    assert by_line.amount == D("59.88") and by_line.lines is not None
    (lamp,) = by_line.lines
    assert (lamp.order_line_external_id, lamp.quantity, lamp.net_total, lamp.tax_total) == (
        "805", D(1), D("49.90"), D("9.98"),
    )  # fmt: skip
    assert [(tax.percent, tax.amount) for tax in lamp.taxes] == [(D(20), D("9.98"))]


def test_a_refund_by_status_is_whole_and_without_lines() -> None:
    (refund,) = (map_refund(raw) for raw in loads(RECORDED["050"].response_body))
    assert (refund.amount, refund.lines) == (D("101.37"), ())


def test_a_delivery_and_a_fetch_of_the_same_state_are_the_same_version() -> None:
    delivered, fetched = map_order(RECORDED["114"].request_body), order("117")
    assert isinstance(delivered, ChannelOrder)
    assert delivered.source_version == fetched.source_version
    changed = order("118")
    assert changed.source_version.updated_at > fetched.source_version.updated_at
    assert changed.source_version.content_hash != fetched.source_version.content_hash


def test_two_states_in_one_second_differ_by_their_hash() -> None:
    before, after = map_order(RECORDED["119"].request_body), map_order(RECORDED["121"].request_body)
    assert isinstance(before, ChannelOrder) and isinstance(after, ChannelOrder)
    assert before.source_version.updated_at == after.source_version.updated_at
    assert before.source_version.content_hash != after.source_version.content_hash


def broken(**changes: object) -> MappingProblem:
    found = map_order(loads(RECORDED["025"].response_body) | changes)
    assert isinstance(found, MappingProblem), found
    return found


def test_what_cannot_be_read_is_a_problem_with_its_place_and_never_a_crash() -> None:
    lines = loads(RECORDED["025"].response_body)["line_items"]
    cases = [
        (broken(total="12,95"), "amount_expected", "total"),
        (broken(total=211.81), "amount_expected", "total"),
        (broken(total="NaN"), "amount_out_of_bounds", "total"),
        (broken(total="1e99"), "amount_out_of_bounds", "total"),
        (broken(currency=None), "identifier_missing", "currency"),
        (broken(line_items="none"), "list_expected", "line_items"),
        (broken(billing=[1]), "object_expected", "billing"),
        (broken(date_created_gmt="hier"), "date_expected", "date_created_gmt"),
        (broken(prices_include_tax="no"), "boolean_expected", "prices_include_tax"),
        (broken(line_items=[*lines, {"id": 1}]), "amount_expected", f"line_items[{len(lines)}].quantity"),
        (broken(tax_lines=[{"rate_id": 30, "label": ""}]), "amount_expected", "tax_lines[0].rate_percent"),
    ]
    for problem, code, path in cases:
        assert (problem.code, problem.path, problem.external_id) == (code, path, "318")


@pytest.mark.parametrize(
    "raw", [b"", b"webhook_id=28", b"\xff\xfe", b'{"a":NaN}', b'{"id":1,"id":2}', b"[" * 100_000]
)
def test_hostile_bodies_are_problems(raw: bytes) -> None:
    found = map_order(raw)
    assert isinstance(found, MappingProblem) and found.code == "malformed_json"


def test_a_list_and_an_empty_object_are_problems() -> None:
    assert isinstance(map_order(b"[]"), MappingProblem)
    assert isinstance(map_order(b"{}"), MappingProblem)
    with pytest.raises(Unreadable):
        map_refund({})

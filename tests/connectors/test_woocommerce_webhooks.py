"""Recorded WooCommerce deliveries: whose they are, and what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import ChannelOrder, MeaningKind
from connectors.woocommerce.mapping import map_order
from connectors.woocommerce.webhook import meaning, sign, verify
from tests.connectors.replay import recorded

SECRET = "demo-webhook-secret-é-42"
DELIVERIES = {number: found for number, found in recorded("woocommerce").items() if "delivery" in found.name}
PINGS = {number: found for number, found in DELIVERIES.items() if "ping" in found.name}
SIGNED = {number: found for number, found in DELIVERIES.items() if number not in PINGS}
SIGNATURE = "X-WC-Webhook-Signature"

MEANINGS = {
    "113": (MeaningKind.ORDER_CHANGED, "order.updated", "356"),
    "114": (MeaningKind.ORDER_CHANGED, "order.created", "356"),
    "115": (MeaningKind.PRODUCT_CHANGED, "product.updated", "295"),
    "126": (MeaningKind.CUSTOMER_CHANGED, "customer.created", "16"),
    "127": (MeaningKind.CUSTOMER_CHANGED, "customer.updated", "16"),
    "129": (MeaningKind.ORDER_DELETED, "order.deleted", "356"),
    "131": (MeaningKind.ORDER_CHANGED, "order.updated", "358"),
    "132": (MeaningKind.ORDER_CHANGED, "order.updated", "359"),
}


def test_the_recordings_hold_deliveries_of_both_kinds() -> None:
    assert len(PINGS) == 4 and len(SIGNED) >= 18


@pytest.mark.parametrize("number", SIGNED)
def test_every_signature_is_verified_and_a_changed_byte_is_refused(number: str) -> None:
    delivery = SIGNED[number]
    body, headers = delivery.request_body, delivery.request_headers
    assert verify(body, headers, [SECRET])
    assert verify(body, {name.lower(): value for name, value in headers.items()}, ["new", SECRET])
    assert not verify(body, headers, [SECRET.replace("é", "e")])
    assert not verify(body, headers, [])
    for position in (0, len(body) // 2, len(body) - 1):
        tampered = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        assert not verify(tampered, headers, [SECRET])


@pytest.mark.parametrize("number", PINGS)
def test_a_ping_is_recognised_and_never_verified(number: str) -> None:
    ping = PINGS[number]
    found = meaning(ping.request_headers, ping.request_body)
    assert (found.kind, found.external_id) == (MeaningKind.PING, "")
    assert found.webhook_id in ping.request_body.decode()
    assert not verify(ping.request_body, ping.request_headers, [SECRET])


@pytest.mark.parametrize("number", MEANINGS)
def test_what_each_delivery_means(number: str) -> None:
    delivery = SIGNED[number]
    found = meaning(delivery.request_headers, delivery.request_body)
    assert (found.kind, found.topic, found.external_id) == MEANINGS[number]
    assert found.has_body is (found.kind is not MeaningKind.ORDER_DELETED)


@pytest.mark.parametrize("number", SIGNED)
def test_order_deliveries_hold_the_whole_order(number: str) -> None:
    delivery = SIGNED[number]
    found = meaning(delivery.request_headers, delivery.request_body)
    assert found.kind is not MeaningKind.IGNORED and found.external_id
    if found.kind is MeaningKind.ORDER_CHANGED:
        order = map_order(delivery.request_body)
        assert isinstance(order, ChannelOrder) and order.external_id == found.external_id


def test_two_deliveries_of_one_second_may_share_their_id() -> None:
    first, second = (meaning(SIGNED[n].request_headers, SIGNED[n].request_body) for n in ("131", "132"))
    assert first.delivery_id == second.delivery_id != ""
    assert first.external_id != second.external_id


def test_unreadable_and_unknown_deliveries_do_not_raise() -> None:
    broken = meaning({"X-WC-Webhook-Topic": "order.updated"}, b"{")
    assert (broken.kind, broken.external_id, broken.has_body) == (MeaningKind.ORDER_CHANGED, "", False)
    assert meaning({"X-WC-Webhook-Topic": "coupon.created"}, b'{"id":1}').kind is MeaningKind.IGNORED
    assert meaning({}, b"hello").kind is MeaningKind.IGNORED
    assert meaning({}, b"\xff" * 300).kind is MeaningKind.IGNORED
    assert meaning({"X-WC-Webhook-Topic": "order.updated"}, b'{"id":true}').external_id == ""


def test_an_empty_secret_verifies_nothing() -> None:
    assert not verify(b"{}", {SIGNATURE: sign(b"{}", "")}, [""])


@given(st.binary(max_size=300), st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_what_we_sign_verifies_under_that_secret_and_no_other(body: bytes, secret: str, other: str) -> None:
    headers = {SIGNATURE: sign(body, secret)}
    assert verify(body, headers, [other, secret])
    assert verify(body, headers, [other]) is (other == secret)
    assert not verify(body + b" ", headers, [secret])


@given(st.binary(max_size=200), st.text(max_size=60))
def test_no_signature_of_any_shape_makes_verification_crash(body: bytes, signature: str) -> None:
    assert not verify(body, {SIGNATURE: signature + "\ud800"}, [SECRET])

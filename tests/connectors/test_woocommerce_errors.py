"""Every recorded refusal of a WooCommerce shop, and shops in trouble."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from connectors.contract import (
    ConnectorError,
    Malformed,
    NotFound,
    RateLimited,
    RefundRequest,
    Rejected,
    Unauthorised,
    Unavailable,
)
from connectors.strict_json import loads
from connectors.woocommerce.client import WooCommerce
from tests.connectors.replay import Exchange, Shop, VirtualTime, answer, recorded

RECORDED = recorded("woocommerce")


def body(number: str) -> Any:
    return loads(RECORDED[number].response_body)


ERRORS = [
    ("085", Unauthorised, "woocommerce_rest_cannot_view"),
    ("086", Unauthorised, "woocommerce_rest_cannot_view"),
    ("087", Unauthorised, "woocommerce_rest_authentication_error"),
    ("088", Unauthorised, "woocommerce_rest_authentication_error"),
    ("089", NotFound, "woocommerce_rest_shop_order_invalid_id"),
    ("090", NotFound, "rest_no_route"),
    ("091", NotFound, "woocommerce_rest_product_invalid_id"),
    ("092", Rejected, "rest_invalid_param"),
    ("093", Rejected, "rest_invalid_param"),
    ("094", Rejected, "rest_invalid_json"),
    ("095", Rejected, "product_invalid_sku"),
    ("096", Rejected, "woocommerce_rest_invalid_coupon"),
    ("097", Rejected, "registration-error-email-exists"),
    ("099", NotFound, "rest_no_route"),
    ("052", Rejected, "rest_invalid_param"),
    ("055", Rejected, "woocommerce_rest_cannot_create_order_refund"),
    ("056", Rejected, "woocommerce_rest_cannot_create_order_refund"),
    ("070", NotFound, "woocommerce_rest_shop_order_invalid_id"),
    ("071", Rejected, "woocommerce_rest_trash_not_supported"),
    ("078", Rejected, "rest_invalid_param"),
    ("079", Rejected, "rest_invalid_param"),
    ("080", Rejected, "rest_invalid_param"),
    ("084", Rejected, "woocommerce_rest_request_entity_too_large"),
    ("147", Rejected, "woocommerce_rest_shop_webhook_invalid_delivery_url"),
]


def call(woo: WooCommerce, exchange: Exchange) -> Any:
    path = exchange.target.removeprefix("/wp-json/wc/v3/")
    return woo._api.call(exchange.method, path, exchange.request_body or None)


@pytest.mark.parametrize(("number", "error", "code"), ERRORS)
def test_every_recorded_error_has_its_kind_and_the_platforms_code(
    number: str, error: type[ConnectorError], code: str, shop: Shop, woo: WooCommerce
) -> None:
    shop.plays(RECORDED[number])
    with pytest.raises(error) as caught:
        call(woo, RECORDED[number])
    assert type(caught.value) is error
    assert caught.value.platform_code == code
    assert caught.value.status == RECORDED[number].status
    assert not caught.value.retryable and caught.value.message


def test_all_recorded_refusals_are_in_the_table() -> None:
    answered = {n for n, found in RECORDED.items() if found.status >= 400 and "delivery" not in found.name}
    assert answered == {number for number, _error, _code in ERRORS}


def test_a_rejected_parameter_is_named(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["092"])
    with pytest.raises(Rejected, match="per_page must be between 1"):
        call(woo, RECORDED["092"])


def test_a_shop_in_trouble_is_unavailable_after_some_attempts(
    shop: Shop, woo: WooCommerce, time: VirtualTime
) -> None:
    shop.answers_with("GET", "orders/1", answer(b"<h1>Bad gateway</h1>", 502))
    with pytest.raises(Unavailable) as caught:
        woo.get_order("1")
    assert caught.value.retryable and not caught.value.outcome_unknown
    assert len(shop.sent) == 4 and time.slept == [0.25, 0.5, 1.0]


def test_a_crash_of_wordpress_is_unavailable_and_leaves_a_write_unknown(shop: Shop, woo: WooCommerce) -> None:
    crash = answer(
        {"code": "internal_server_error", "message": "critical error", "data": {"status": 500}}, 500
    )
    shop.answers_with("POST", "orders/1/refunds", crash)
    with pytest.raises(Unavailable) as caught:
        woo.create_refund(RefundRequest("1", D("5.00")))
    assert caught.value.outcome_unknown and len(shop.sent) == 1


def test_a_full_shop_says_when_to_come_back(shop: Shop, woo: WooCommerce) -> None:
    shop.answers_with("GET", "orders/1", answer(b"", 429, **{"retry-after": "120"}))
    with pytest.raises(RateLimited) as caught:
        woo.get_order("1")
    assert caught.value.retry_after_seconds == 120 and len(shop.sent) == 1


def test_garbage_is_malformed_but_php_warnings_before_the_answer_are_tolerated(
    shop: Shop, woo: WooCommerce
) -> None:
    warning = (
        b'<br />\n<b>Warning</b>:  Undefined array key "x" in <b>/srv/a.php</b> on line <b>12</b><br />\n'
    )
    shop.answers_with("GET", "orders/341", answer(warning * 2 + RECORDED["040"].response_body))
    shop.answers_with("GET", "orders/2", answer(b"<html>maintenance</html>"), answer(b'[{"id":2}]'))
    assert woo.get_order("341") == woo.map_order(RECORDED["040"].response_body)
    for _garbage in range(2):
        with pytest.raises(Malformed):
            woo.get_order("2")

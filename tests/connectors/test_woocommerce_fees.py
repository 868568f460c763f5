"""What a provider kept, as the plug-ins of WooCommerce note it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.woocommerce.fees import payment_fee

PAYPAL = {"gross_amount": {"currency_code": "EUR", "value": "80.00"}, "paypal_fee": {"currency_code": "EUR", "value": "2.94"},
          "net_amount": {"currency_code": "EUR", "value": "77.06"}}


@pytest.mark.parametrize(("meta", "fee"), [
    ({"_stripe_fee": "1.93", "_stripe_currency": "EUR"}, "1.93"), ({"_stripe_fee": Decimal("0.7")}, "0.7"),
    ({"_stripe_fee": "1.93", "_stripe_currency": "USD"}, None), ({"_wcpay_transaction_fee": "1.84"}, "1.84"),
    ({"PayPal Transaction Fee": "2.50"}, "2.50"), ({"_paypal_transaction_fee": "2.10"}, "2.10"),
    ({"_ppcp_paypal_fees": PAYPAL}, "2.94"), ({"_ppcp_paypal_fees": [PAYPAL]}, "2.94"),
    ({"_ppcp_paypal_fees": {"paypal_fee": {"currency_code": "USD", "value": "3"}}}, None),
    ({}, None), ({"_stripe_fee": "n/a"}, None), ({"_stripe_fee": "-1"}, None), ({"_stripe_fee": ""}, None),
    ({"_stripe_fee": "NaN"}, None), ({"_stripe_fee": True}, None), ({"_ppcp_paypal_fees": "x"}, None),
])
def test_the_fee_is_read_where_the_plug_in_wrote_it(meta: dict[str, Any], fee: str | None) -> None:
    raw = {"meta_data": [{"id": n, "key": key, "value": value} for n, (key, value) in enumerate(meta.items())]}
    assert payment_fee(raw, "EUR") == (None if fee is None else Decimal(fee))

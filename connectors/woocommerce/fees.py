"""What a payment provider kept of an order, as its plug-in notes it beside the order.

WooCommerce has no field of its own for it. The plug-ins write order metadata: Stripe `_stripe_fee` (in `_stripe_currency`),
WooPayments `_wcpay_transaction_fee`, PayPal Payments `_ppcp_paypal_fees` (an object with `paypal_fee` and its currency) and
`PayPal Transaction Fee`, the older PayPal plug-ins `_paypal_transaction_fee`. They often come after the order itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.reading import Raw, entries

FEE_KEYS = ("_stripe_fee", "Stripe Fee", "_wcpay_transaction_fee", "PayPal Transaction Fee", "_paypal_transaction_fee",
            "_paypal_fee")
PAYPAL_BREAKDOWN = "_ppcp_paypal_fees"
STRIPE_CURRENCY = "_stripe_currency"
_LARGEST = Decimal(10) ** 9


def payment_fee(raw: Raw, currency: str) -> Decimal | None:
    """The fee in the order's currency; None when no plug-in tells one, or tells it in another currency. What cannot be read is
    no reason to refuse an order."""
    meta = {str(entry.get("key")): entry.get("value") for _, entry in entries(raw, "meta_data")}
    breakdown = _breakdown(meta.get(PAYPAL_BREAKDOWN), currency)
    if breakdown is not None:
        return breakdown
    for key in FEE_KEYS:
        fee = _amount(meta.get(key))
        told = str(meta.get(STRIPE_CURRENCY) or currency).upper() if "stripe" in key.lower() else currency
        if fee is not None and told == currency:
            return fee
    return None


def _breakdown(value: Any, currency: str) -> Decimal | None:
    found = value[0] if isinstance(value, list) and value else value
    fee = found.get("paypal_fee") if isinstance(found, Mapping) else None
    if not isinstance(fee, Mapping) or str(fee.get("currency_code", "")).upper() != currency:
        return None
    return _amount(fee.get("value"))


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        fee = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        return None
    return fee if fee.is_finite() and 0 <= fee < _LARGEST else None

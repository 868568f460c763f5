"""The demo's payouts: what the card provider brought to the bank, twice, and the fees agreed with providers."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.kernel.context import Context
from chalicelib.payments import paying_out
from chalicelib.payments.payouts import FeeRule, NewPayout, PaymentSettingsBody, PayoutPayment
from chalicelib.storage import read
from chalicelib.tenants import directory

OF_ONE = 12
"""Payments of each payout."""
LATEST = 10
"""The newest payments, which the provider still has."""


def seed_payouts(ctx: Context) -> None:
    """Agreed fees, and two payouts of the older card payments of this year's shops, at those fees."""
    paying_out.change_settings(directory.apart(ctx, "fees"), PaymentSettingsBody(fee_rules=(
        FeeRule(method="card", percent=Decimal("1.4"), fixed=Decimal("0.25")),
        FeeRule(method="provider", gateway="paypal", percent=Decimal("2.9"), fixed=Decimal("0.35")))))
    rows = [row for row in read.query(ctx, "by_list", "PAYMENT", limit=300).items
            if row["payout_state"] == "waiting" and row["method"] == "card"][LATEST:]
    for n in range(2):
        chosen = rows[n * OF_ONE : (n + 1) * OF_ONE]
        if chosen:
            paying_out.record(directory.apart(ctx, f"payout:{n}"), NewPayout(
                external_id=f"po_demo_{2 - n}", payments=tuple(PayoutPayment(payment_id=str(row["id"])) for row in chosen)))

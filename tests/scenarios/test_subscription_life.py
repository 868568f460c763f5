"""A whole subscription life, on the Stripe beside the engine: trial, checkout, upgrade, failed payments with their mails,
read-only, paid again, left, suspended, closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from infra.local.stripe.running import forget_stripe, start_stripe
from tests.subscriptions.company import FAILS_LATER, GOOD, Merchant


@pytest.fixture
def merchant(engine: Any, new_ctx: Callable[..., Context]) -> Iterator[Merchant]:
    server = start_stripe(None)
    found = Merchant(new_ctx, server)
    yield found
    found.close()
    server.stop()
    forget_stripe()


def a_write(merchant: Merchant) -> tuple[int, Any]:
    """Something that changes something."""
    return merchant.ask("POST", "/parties/customers", {"name": "Café Niepce"})


def test_from_trial_to_closed(merchant: Merchant) -> None:
    # Fourteen days of Growth without a card.
    begun = merchant.subscription()
    assert (begun["state"], begun["plan"], begun["card"]) == ("trialing", "trial", "")
    assert begun["upcoming_state"] == "active" and begun["upcoming_at"] == begun["trial_ends_at"]

    # Starter is bought on the third day: paid when the trial ends, not before.
    assert merchant.ask("POST", "/subscriptions/test-clock", {})[0] == 201
    merchant.follow()
    merchant.days_pass(3)
    merchant.buys("starter")
    bought = merchant.subscription()
    assert (bought["state"], bought["plan"], bought["card"]) == ("trialing", "starter", "visa 4242")
    assert [row["total"] for row in merchant.ask("GET", "/subscriptions/invoices")[1]["items"]] == ["0.00"]
    merchant.days_pass(12)
    assert merchant.subscription()["state"] == "active"
    first = merchant.ask("GET", "/subscriptions/invoices")[1]["items"][0]
    assert (first["total_without_vat"], first["total"], first["state"]) == ("29.00", "34.80", "paid")
    assert first["page_url"].endswith(first["id"]) and first["number"]

    # Ten days into the month: Growth, of which the rest of the month is paid at once, as the preview said.
    merchant.days_pass(9)
    status, preview = merchant.ask("POST", "/subscriptions/subscription/preview", {"plan": "growth", "extra_seats": 2})
    assert status == 200 and preview["is_due_now"], preview
    assert merchant.ask("POST", "/subscriptions/subscription/change", {"plan": "growth", "extra_seats": 2})[0] == 200
    merchant.follow()
    grown = merchant.subscription()
    assert (grown["plan"], grown["extra_seats"]) == ("growth", 2)
    assert next(each["limit"] for each in grown["usage"] if each["what"] == "seats") == 12
    prorated = merchant.ask("GET", "/subscriptions/invoices")[1]["items"][0]
    assert prorated["total"] == preview["amount_due"] and prorated["state"] == "paid"

    # The card is kept but no longer pays: past due, then read-only, each with its mail.
    merchant.uses_card(FAILS_LATER)
    merchant.days_pass(22)
    late = merchant.subscription()
    assert (late["state"], late["upcoming_state"], late["reason"]) == ("past_due", "read_only", "unpaid")
    assert late["unpaid_url"] and a_write(merchant)[0] == 201
    merchant.days_pass(14)
    assert merchant.subscription()["state"] == "read_only"
    status, refused = a_write(merchant)
    assert (status, refused["code"]) == (402, "subscription_read_only")
    assert refused["facts"]["upgrade"] == "/settings/subscription"
    assert merchant.ask("GET", "/parties/customers")[0] == 200
    assert merchant.mails()[-3:] == ["Comptoir: a payment failed", "Reminder: a payment is awaited",
                                     "Maison Givrée is read-only"]

    # Paid on the invoice's own page: open again at once.
    merchant.types(merchant.subscription()["unpaid_url"], card=GOOD)
    merchant.follow()
    assert merchant.subscription()["state"] == "active" and a_write(merchant)[0] == 201
    assert merchant.mails()[-1] == "Thank you: everything is open again"

    # Left, without going on with Free: the period is served, then read-only, suspended, closed.
    status, leaving = merchant.ask("POST", "/subscriptions/subscription/leave", {"to_free": False})
    assert status == 200 and leaving["is_ending"] and leaving["upcoming_state"] == "read_only"
    merchant.days_pass(16)
    ended = merchant.subscription()
    assert (ended["state"], ended["reason"]) == ("read_only", "ended")
    merchant.days_pass(17)
    assert merchant.subscription()["state"] == "suspended"
    assert merchant.ask("GET", "/parties/customers")[1]["code"] == "subscription_suspended"
    assert merchant.ask("GET", "/subscriptions/plans")[0] == 200
    merchant.days_pass(60)
    assert merchant.tenant().status == "closed"
    assert merchant.ask("GET", "/tenants/session")[0] == 403
    assert merchant.happened()[-1] == "SubscriptionClosed"
    assert [re.sub(r" on \d.*", "", subject) for subject in merchant.mails()[-4:]] == [
        "Maison Givrée will be suspended", "Access of Maison Givrée is suspended",
        "The account of Maison Givrée will be closed", "The account of Maison Givrée is closed"]

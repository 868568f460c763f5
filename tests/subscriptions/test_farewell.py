"""A company that subscribes asks to be closed: no further month is paid, and nothing is left of it at Stripe in the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.leaving import closing
from chalicelib.leaving.closing import RequestClosure
from chalicelib.runtime.api import platform_context
from chalicelib.storage import read
from chalicelib.subscriptions import account, service
from chalicelib.subscriptions.farewell import due
from chalicelib.subscriptions.model import ID, SUBSCRIPTION
from tests.subscriptions.company import Merchant


def asks(merchant: Merchant) -> None:
    closing.request(merchant.ctx(), RequestClosure(confirm="Maison Givrée"))


def at_stripe(merchant: Merchant) -> Any:
    return account.subscription(merchant.stored().customer_id)


@pytest.mark.parametrize(("noted", "is_ending", "step"), [
    ({}, False, ""), ({}, True, ""), ({"closure_requested": "1"}, False, "end"), ({"closure_requested": "1"}, True, ""),
    ({"closure_requested": "1", "closure_withdrawn": "2"}, True, ""),
    ({"closure_requested": "1", "closure_withdrawn": "2", "ended_by_closure": "yes"}, True, "renew"),
    ({"closure_requested": "3", "closure_withdrawn": "2", "ended_by_closure": ""}, False, "end"),
])
def test_what_follows_from_what_was_heard(noted: dict[str, str], is_ending: bool, step: str) -> None:
    found = due({"metadata": noted, "cancel_at_period_end": is_ending})
    assert (found[0] if found else "") == step


def test_who_asks_to_be_closed_is_not_renewed_and_who_changes_their_mind_is(merchant: Merchant) -> None:
    merchant.buys("starter")
    asks(merchant)
    merchant.work(twice=True)
    merchant.follow()
    assert at_stripe(merchant)["cancel_at_period_end"] and merchant.subscription()["is_ending"]
    assert merchant.stored().billing.status in ("active", "trialing"), "the month of grace is served"
    closing.withdraw(merchant.ctx())
    merchant.work(twice=True)
    merchant.follow()
    assert not at_stripe(merchant)["cancel_at_period_end"] and not merchant.subscription()["is_ending"]
    assert merchant.happened("SubscriptionEnding", "SubscriptionResumed") == ["SubscriptionEnding", "SubscriptionResumed"]


def test_what_is_heard_late_or_was_ended_before_stays_as_it_is(merchant: Merchant) -> None:
    """The withdrawal overtakes the request; then somebody who had ended the subscription asks and withdraws."""
    merchant.buys("starter")
    asks(merchant)
    closing.withdraw(merchant.ctx())
    merchant._waiting.reverse()
    merchant.work(twice=True)
    assert not at_stripe(merchant)["cancel_at_period_end"]
    merchant.ask("POST", "/subscriptions/subscription/leave", {"to_free": False})
    asks(merchant)
    merchant.follow()
    closing.withdraw(merchant.ctx())
    merchant.follow()
    assert at_stripe(merchant)["cancel_at_period_end"], "their own choice stands"


def test_nothing_is_left_at_stripe_of_a_company_that_is_gone(merchant: Merchant) -> None:
    """Somebody renewed during the month of grace; its end cancels that too, and later words of Stripe are nobody's."""
    merchant.buys("starter")
    asks(merchant)
    merchant.follow()
    assert merchant.ask("POST", "/subscriptions/subscription/resume", {})[0] == 200
    merchant.follow()
    customer = merchant.stored().customer_id
    for days in (31, 32):
        closing.end_companies(replace(merchant.ctx(), now=merchant.ctx().now + timedelta(days=days)))
    assert read.find(merchant.ctx(), SUBSCRIPTION, ID) is None, "the company keeps its books alone"
    merchant.work(twice=True)
    found = account.subscription(customer)
    assert found is not None and found["status"] == "canceled"
    assert read.item(platform_context("t"), service.pointer(platform_context("t"), customer)) is None
    assert {body["status"] for _, body in merchant.deliver(merchant.untold())} == {"ignored"}
    merchant.work()
    assert read.find(merchant.ctx(), SUBSCRIPTION, ID) is None

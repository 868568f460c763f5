"""Stripe's webhooks: forged, stale, foreign, repeated, in any order. Nothing is lost and nothing counts twice."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from chalicelib.kernel.context import Context
from infra.local.stripe.server import StripeServer
from tests.subscriptions.company import DAY, DECLINED, FAILS_LATER, Merchant


def test_a_signature_that_is_wrong_old_or_missing_is_refused(merchant: Merchant) -> None:
    merchant.buys("starter")
    merchant.account.objects.update_customer(merchant.stored().customer_id, {"name": "Autre"})
    events = merchant.untold()
    for answers in (merchant.deliver(events, secret="whsec_guessed"),
                    merchant.deliver(events, at=merchant.account.state.clock_time() - 301)):
        assert [(status, body["code"]) for status, body in answers] == [(401, "wrong_signature")] * len(events)
    assert [body["status"] for _, body in merchant.deliver(events)] == ["accepted"] * len(events)
    assert [body["status"] for _, body in merchant.deliver(events)] == ["duplicate"] * len(events)


def test_whose_an_event_is_follows_from_the_customer_not_from_its_metadata(merchant: Merchant, stripe: StripeServer) -> None:
    stranger = stripe.account.objects.create_customer({"name": "X", "metadata": {"tenant": merchant.tenant_id}})
    told = [each for each in merchant.untold() if each["data"]["object"]["id"] == stranger["id"]]
    assert [body["status"] for _, body in merchant.deliver(told)] == ["ignored"]
    merchant.work()
    assert merchant.happened() == []


@pytest.mark.parametrize("seed", range(1, 3))
def test_any_permutation_and_repetition_ends_in_the_same_state(
        new_ctx: Callable[..., Context], stripe: StripeServer, seed: int) -> None:
    """Events of a bought, upgraded, unpaid and left subscription are told in order to one merchant, and shuffled, doubled and
    late to another; both stand alike at the end."""
    chance, ends = random.Random(seed), []
    for is_shuffled in (False, True):
        merchant = Merchant(lambda tenant=new_ctx().tenant_id + f"s{seed}{is_shuffled:d}": new_ctx(tenant=tenant), stripe)
        try:
            merchant.buys("starter")
            held: list[object] = []
            clock = merchant.stored().billing.test_clock_id
            found = merchant.stored()
            now = merchant.account.state.now(found.customer_id)
            merchant.account.objects.keep_card(found.customer_id, FAILS_LATER)
            for days in (15, 20, 24, 28, 32):
                merchant.account.sessions.advance(clock, {"frozen_time": now + days * DAY})
                if is_shuffled:
                    held += merchant.untold()
                    some = chance.sample(held, len(held) // 2)
                    merchant.deliver(some)
                    merchant.work(twice=True)
                else:
                    merchant.follow()
            if is_shuffled:
                rest = [*held, *chance.choices(held, k=5)]
                chance.shuffle(rest)
                merchant.deliver(rest)
                merchant.work(twice=True)
            end = merchant.stored()
            ends.append((end.state, end.plan, end.billing.status, merchant.tenant().standing,
                         end.billing.unpaid_since is not None))
        finally:
            merchant.close()
    assert ends[0] == ends[1]
    assert ends[0][0] == "read_only"


def test_a_declined_card_at_checkout_begins_nothing(merchant: Merchant) -> None:
    assert merchant.ask("POST", "/subscriptions/test-clock", {})[0] == 201
    _, page = merchant.ask("POST", "/subscriptions/checkout-sessions", {"plan": "starter"})
    assert merchant.types(page["url"], card=DECLINED) == 402
    merchant.follow()
    assert merchant.subscription()["plan"] == "trial"


def test_a_lost_webhook_is_made_up_for_by_the_hourly_beat(merchant: Merchant) -> None:
    merchant.buys("starter")
    found = merchant.stored()
    merchant.account.objects.keep_card(found.customer_id, FAILS_LATER)
    clock = found.billing.test_clock_id
    merchant.account.sessions.advance(clock, {"frozen_time": merchant.account.state.now(found.customer_id) + 16 * DAY})
    merchant.untold()
    merchant.account.events.emit("test_helpers.test_clock.ready", merchant.account.state.get("test_helpers.test_clock", clock))
    merchant.follow()
    assert merchant.subscription()["state"] == "past_due"

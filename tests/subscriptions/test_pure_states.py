"""The states of a subscription: what follows from what Stripe says and from time alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.states import next_state
from chalicelib.subscriptions.model import (
    EVENTS,
    LATE,
    TRANSITIONS,
    Billing,
    Subscription,
    initial,
    plan_of,
    settle,
    target,
    upcoming,
)

FOUNDED = datetime(2026, 3, 1, 9, tzinfo=UTC)
BOUGHT = Billing(status="active", subscription_id="sub_1", plan="growth")


def after(days: float) -> datetime:
    return FOUNDED + timedelta(days=days)


def begun() -> Subscription:
    return initial(FOUNDED, FOUNDED)


def late(days: float, status: str = "past_due") -> Billing:
    return replace(BOUGHT, status=status, unpaid_since=after(days))


@pytest.mark.parametrize("days, state, plan", [(0, "trialing", "trial"), (13.9, "trialing", "trial"), (14, "active", "free")])
def test_a_trial_lasts_fourteen_days_and_free_follows(days: float, state: str, plan: str) -> None:
    found, _ = settle(begun(), Billing(), after(days))
    assert (found.state, found.plan) == (state, plan)


def test_the_end_of_a_trial_is_told_once_three_days_before() -> None:
    found, told = settle(begun(), Billing(), after(11))
    assert [(each.action, each.reminder, each.at) for each in told] == [("remind", "trial", after(11))]
    assert settle(found, Billing(), after(12))[1] == ()


@pytest.mark.parametrize("days, state", [
    (0, "past_due"), (13.9, "past_due"), (14, "read_only"), (29.9, "read_only"), (30, "suspended"), (89.9, "suspended"),
    (90, "closed")])
def test_lateness_leads_from_step_to_step_by_its_days(days: float, state: str) -> None:
    paying, _ = settle(begun(), BOUGHT, after(1))
    found, told = settle(paying, late(20), after(20 + days))
    assert found.state == state
    assert [each.at for each in told if each.action != "remind"] == [
        after(20 + least) for least, name in LATE if least <= days]


def test_a_payment_opens_everything_but_a_closed_account() -> None:
    paying, _ = settle(begun(), BOUGHT, after(1))
    for days in (1, 15, 40):
        found, told = settle(settle(paying, late(20), after(20 + days))[0], BOUGHT, after(21 + days))
        assert (found.state, found.told, [each.action for each in told]) == ("active", (), ["recover"])
    closed, _ = settle(paying, late(20), after(111))
    assert settle(closed, BOUGHT, after(112))[0].state == "closed"


def test_an_ended_subscription_is_read_only_at_once_unless_free_was_chosen() -> None:
    ended = replace(BOUGHT, status="canceled", ended_at=after(40))
    paying, _ = settle(begun(), BOUGHT, after(1))
    found, told = settle(paying, ended, after(40))
    assert (found.state, found.plan, [each.action for each in told]) == ("read_only", "growth", ["end"])
    assert upcoming(found, after(40)) == ("suspended", after(56))
    freed, _ = settle(replace(found, free_since=after(41)), ended, after(41))
    assert (freed.state, freed.plan) == ("active", "free")
    planned, _ = settle(replace(paying, free_since=after(40)), ended, after(40))
    assert (planned.state, planned.plan) == ("active", "free"), "Free was chosen with the end"


BILLINGS = st.one_of(
    st.just(Billing()), st.just(BOUGHT), st.just(replace(BOUGHT, status="trialing")),
    st.builds(late, st.integers(0, 100), st.sampled_from(["past_due", "unpaid"])),
    st.builds(lambda days: replace(BOUGHT, status="canceled", ended_at=after(days)), st.integers(0, 100)))
HISTORY = st.lists(st.tuples(BILLINGS, st.integers(0, 40)), min_size=1, max_size=8)


@given(HISTORY)
def test_whatever_stripe_says_it_stands_where_that_leads_and_says_it_once(history: list[tuple[Billing, int]]) -> None:
    found, day = begun(), 0
    for billing, more in history:
        day += more
        before = found
        found, told = settle(found, billing, after(day))
        assert found.state == target(found, after(day)) and found.plan == plan_of(found, after(day))
        assert all(each.action in EVENTS for each in told)
        if found.state != before.state:
            state = before.state
            for each in told:
                state = state if each.action == "remind" else next_state(TRANSITIONS, state, each.action)
            assert state == found.state, "each step is a row of the table"
        assert settle(found, billing, after(day)) == (found, ()), "told again, nothing happens"


@given(BILLINGS, st.lists(st.integers(0, 120), min_size=1, max_size=6))
def test_the_last_word_counts_not_how_often_it_was_asked(billing: Billing, looks: list[int]) -> None:
    """Looked at in between or only at the end: the state is the same."""
    end = after(max(looks) + 101)
    found = begun()
    for day in sorted(looks):
        if billing.unpaid_since is None or after(day) >= billing.unpaid_since:
            found, _ = settle(found, billing, after(day))
    at_last = settle(found, billing, end)[0]
    at_once = settle(begun(), billing, end)[0]
    assert (at_last.state == "closed") == (at_once.state == "closed") and at_last.plan == at_once.plan

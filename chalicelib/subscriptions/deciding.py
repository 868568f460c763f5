"""What operators of the platform decide about a subscription, besides what Stripe and time do: a longer trial, and a company
held and released. A held company stands as a suspended one, whatever is paid, and what is paid goes on beneath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.storage.racing import retried
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions.model import TRIAL, Notice, Subscription, present, settle
from chalicelib.subscriptions.service import RACED, load, save

LONGEST_TRIAL = timedelta(days=90)
"""A trial never lasts longer than this from a company's first day."""


def _decide(ctx: Context, action: str, change: Callable[[Subscription], Subscription]) -> Subscription:
    """Saves what `change` makes of the subscription, with all that follows from it; a change that is none does nothing."""

    def attempt() -> Subscription:
        tenant, old = load(ctx)
        wanted = change(old)
        transaction = Transaction(ctx)
        saved = old
        if wanted != old:
            new, notices = settle(wanted, wanted.billing, ctx.now)
            saved = save(transaction, tenant, old, new, (*notices, Notice(action, ctx.now)))
        transaction.answers(200, "subscription", saved.id, saved.version)
        transaction.commit()
        return saved

    return retried(ctx, attempt, RACED)


def longer_trial(subscription: Subscription, last_day: date, now: datetime) -> Subscription:
    """The subscription with a trial through this day (UTC). Raises Conflict `not_on_trial`; Invalid for a day that is not
    later than the present end, or beyond ninety days from the company's first."""
    if subscription.state != "trialing" or subscription.plan != TRIAL:
        raise Conflict("not_on_trial", "This company is not on trial.")
    ends = datetime.combine(last_day, time(23, 59, 59), tzinfo=now.tzinfo)
    last = subscription.created_at + LONGEST_TRIAL
    if ends == subscription.trial_ends_at:
        return subscription
    if not max(subscription.trial_ends_at, present(subscription, now)) < ends <= last:
        raise Invalid("trial_end", f"A trial is made longer, and ends on {last:%Y-%m-%d} at the latest.",
                      {"last_day": f"after {subscription.trial_ends_at:%Y-%m-%d}, until {last:%Y-%m-%d}"})
    return replace(subscription, trial_ends_at=ends, told=tuple(each for each in subscription.told if each != "trial"))


def extend_trial(ctx: Context, last_day: date) -> Subscription:
    """A longer trial. Raises Conflict, Invalid."""
    return _decide(ctx, "extend_trial", lambda each: longer_trial(each, last_day, ctx.now))


def _open(subscription: Subscription) -> Subscription:
    if subscription.state == "closed":
        raise Conflict("wrong_state", "This company is closed.", state="closed")
    return subscription


def hold(ctx: Context, reason: str) -> Subscription:
    """Suspends the company from its next request on; held already, nothing. Its data can be exported. Raises Conflict."""
    return _decide(ctx, "hold", lambda each: each if _open(each).held_at else replace(
        each, held_at=ctx.now, held_reason=reason))


def release(ctx: Context) -> Subscription:
    """Opens a held company again, as far as its subscription does; not held, nothing."""
    return _decide(ctx, "release", lambda each: replace(each, held_at=None, held_reason="") if each.held_at else each)

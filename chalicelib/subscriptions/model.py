"""A tenant's subscription and the pure decisions about it.

What Stripe says is taken as a whole (`Billing`), never as a change, so events may come twice, late or in any order. The state
follows from that whole and the instant; `settle` goes there by rows of the table, one dated step after another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from chalicelib.kernel.documents import Document
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.standing import Access
from chalicelib.kernel.states import Transitions, next_state

ID = "subscription"
TRIAL_DAYS = 14
TRIAL_WARNED_DAYS = 3
FREE, TRIAL = "free", "trial"

TRANSITIONS: Transitions = {
    ("trialing", "subscribe"): "active",
    ("trialing", "end_trial"): "active",
    ("trialing", "miss_payment"): "past_due",
    ("active", "miss_payment"): "past_due",
    ("trialing", "end"): "read_only",
    ("active", "end"): "read_only",
    ("past_due", "end"): "read_only",
    ("past_due", "restrict"): "read_only",
    ("read_only", "suspend"): "suspended",
    ("suspended", "close"): "closed",
    ("past_due", "recover"): "active",
    ("read_only", "recover"): "active",
    ("suspended", "recover"): "active",
}
LATE: tuple[tuple[int, str], ...] = ((0, "past_due"), (14, "read_only"), (30, "suspended"), (90, "closed"))
"""Days after the first failed payment from which a subscription stands so. One that was ended counts from its fourteenth day,
for nothing is owed and nothing bought: it is read-only at once."""
REMINDERS: tuple[tuple[int, str], ...] = ((7, "payment"), (23, "suspension"), (83, "closing"))
"""Days after which the owners are told once more what comes next."""
_ON_THE_WAY = {"past_due": "miss_payment", "read_only": "restrict", "suspended": "suspend", "closed": "close"}
_ORDER = ("trialing", "active", "past_due", "read_only", "suspended", "closed")
ACCESS: Mapping[str, Access] = MappingProxyType({"read_only": "read_only", "suspended": "suspended", "closed": "suspended"})
LIVE = ("active", "trialing", "past_due", "unpaid")
EVENTS: Mapping[str, str] = MappingProxyType({
    "subscribe": "SubscriptionStarted", "change": "SubscriptionChanged", "leave": "SubscriptionEnding",
    "resume": "SubscriptionResumed", "end_trial": "SubscriptionTrialEnded", "miss_payment": "SubscriptionPastDue",
    "end": "SubscriptionReadOnly", "restrict": "SubscriptionReadOnly", "suspend": "SubscriptionSuspended",
    "close": "SubscriptionClosed", "recover": "SubscriptionRecovered", "remind": "SubscriptionReminded",
    "extend_trial": "SubscriptionTrialExtended", "hold": "SubscriptionHeld", "release": "SubscriptionReleased"})


@entity
class Billing:
    """What Stripe says of a customer, whole. `status` is that of the subscription, "" when there never was one;
    `unpaid_since` when the oldest invoice that is open and was tried became due; `test_time` is the instant of the customer's
    test clock, where it has one: its subscription lives by that."""

    status: str = ""
    subscription_id: str = ""
    plan: str = ""
    extra_seats: int = 0
    period_start: datetime | None = None
    period_end: datetime | None = None
    is_ending: bool = False
    ended_at: datetime | None = None
    unpaid_since: datetime | None = None
    unpaid_url: str = ""
    card: str = ""
    test_clock_id: str = ""
    test_time: datetime | None = None


@entity
class Subscription:
    """`held_at` is since when operators suspended the company, for `held_reason`, whatever is paid; None when they did not.
    `since` is when it came to stand as it does; `free_since` when somebody chose Free, so that an ended subscription of
    before says nothing any more; `told` the reminders of this lateness or trial."""

    id: str = ID
    version: int = 0
    state: str = "trialing"
    plan: str = TRIAL
    since: datetime
    trial_ends_at: datetime
    free_since: datetime | None = None
    customer_id: str = ""
    billing: Billing = Billing()
    told: tuple[str, ...] = ()
    held_at: datetime | None = None
    held_reason: str = ""
    created_at: datetime


SUBSCRIPTION: Document[Subscription] = Document("subscription", "", Subscription,
                                                lambda s: {"state": s.state, "plan": s.plan})


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to the subscription, and when."""

    action: str
    at: datetime
    reminder: str = ""


@command
class ChoosePlan:
    """A plan, and seats besides those it has."""

    plan: str
    extra_seats: int = 0


@command
class PortalRequest:
    """Where on Stripe's page to begin: "" for its front, `payment_method_update`, `subscription_cancel`."""

    flow: str = ""


@command
class TaxNumber:
    """A VAT number, to stand on our invoices; "" takes it away."""

    vat_number: str


def initial(created_at: datetime, now: datetime) -> Subscription:
    """The subscription of a tenant that has none yet: fourteen days of trial from its first day."""
    ends = created_at + timedelta(days=TRIAL_DAYS)
    return Subscription(since=created_at, trial_ends_at=ends, created_at=now)


def present(subscription: Subscription, now: datetime) -> datetime:
    """The instant that counts for it: its test clock's, where it has one."""
    return subscription.billing.test_time or now


def is_over(subscription: Subscription) -> bool:
    """Whether Stripe's subscription ended and nobody chose Free since."""
    billing = subscription.billing
    if billing.status != "canceled" or billing.ended_at is None:
        return False
    return subscription.free_since is None or subscription.free_since < billing.ended_at


def late_since(subscription: Subscription) -> datetime | None:
    """From when lateness is counted; None when nothing is late."""
    billing = subscription.billing
    if billing.status in ("past_due", "unpaid"):
        return billing.unpaid_since or subscription.since
    if not is_over(subscription) or billing.ended_at is None:
        return None
    as_if = billing.ended_at - timedelta(days=dict((state, days) for days, state in LATE)["read_only"])
    return min(as_if, billing.unpaid_since) if billing.unpaid_since else as_if


def plan_of(subscription: Subscription, now: datetime) -> str:
    """The plan whose entitlements hold: what is or was bought last, the trial's, else Free."""
    billing = subscription.billing
    if billing.status in LIVE or is_over(subscription):
        return billing.plan or FREE
    return TRIAL if now < subscription.trial_ends_at and subscription.free_since is None else FREE


def target(subscription: Subscription, now: datetime) -> str:
    """The state that follows from what Stripe says and the instant. A closed subscription stays closed."""
    if subscription.state == "closed":
        return "closed"
    start = late_since(subscription)
    if start is not None:
        days = (now - start) / timedelta(days=1)
        first = "read_only" if is_over(subscription) else "past_due"
        reached = [state for least, state in LATE if days >= least]
        return max((first, *reached), key=_ORDER.index)
    is_trying = subscription.billing.status == "trialing" or plan_of(subscription, now) == TRIAL
    return "trialing" if subscription.state == "trialing" and is_trying else "active"


def next_step(subscription: Subscription, now: datetime) -> Notice | None:
    """The next row of the table on the way to the target, with the instant it was due; None when it stands there."""
    state, goal = subscription.state, target(subscription, now)
    if state == goal:
        return None
    start = late_since(subscription)
    if goal == "active":
        if state != "trialing":
            return Notice("recover", now)
        if subscription.billing.status in LIVE:
            return Notice("subscribe", now)
        return Notice("end_trial", _trial_end(subscription, now))
    if _ORDER.index(goal) < _ORDER.index(state):
        return Notice("recover", now)
    if is_over(subscription) and state in ("trialing", "active", "past_due"):
        return Notice("end", subscription.billing.ended_at or now)
    following = _ORDER[max(2, _ORDER.index(state) + 1)]
    days = next(days for days, name in LATE if name == following)
    return Notice(_ON_THE_WAY[following], (start or now) + timedelta(days=days))


def _trial_end(subscription: Subscription, now: datetime) -> datetime:
    return min(subscription.trial_ends_at, subscription.free_since or subscription.trial_ends_at, now)


def reminder(subscription: Subscription, now: datetime) -> Notice | None:
    """What the owners are told besides the steps: the trial ends, or what comes next for who does not pay."""
    if subscription.state == "trialing" and subscription.plan == TRIAL:
        at = subscription.trial_ends_at - timedelta(days=TRIAL_WARNED_DAYS)
        return Notice("remind", at, "trial") if now >= at and "trial" not in subscription.told else None
    start = late_since(subscription)
    if start is None or subscription.state == "closed":
        return None
    steps = {name: days for days, name in LATE}
    due = [(days, name) for days, name in REMINDERS
           if now >= start + timedelta(days=days) and days > steps.get(subscription.state, 0) and name not in subscription.told]
    return Notice("remind", start + timedelta(days=due[-1][0]), due[-1][1]) if due else None


def settle(subscription: Subscription, billing: Billing, now: datetime) -> tuple[Subscription, tuple[Notice, ...]]:
    """The subscription as it stands given what Stripe says, and what happened on the way. `now` is the machine's; a test
    clock's instant goes before it."""
    before = subscription
    subscription = replace(subscription, billing=billing)
    now = present(subscription, now)
    notices: list[Notice] = []
    while (step := next_step(subscription, now)) is not None:
        state = next_state(TRANSITIONS, subscription.state, step.action)
        told = () if step.action in ("recover", "subscribe", "end_trial") else subscription.told
        subscription = replace(subscription, state=state, since=step.at, told=told)
        notices.append(step)
    plan = plan_of(subscription, now)
    if subscription.state != "closed" and not notices:
        notices += _changes(before, subscription, plan, now)
    subscription = replace(subscription, plan=plan)
    word = reminder(subscription, now)
    if word is not None:
        subscription = replace(subscription, told=(*subscription.told, word.reminder))
        notices.append(word)
    return subscription, tuple(notices)


def _changes(before: Subscription, after: Subscription, plan: str, now: datetime) -> list[Notice]:
    """What happened without a step: another plan or other seats, an end in sight, or no end any more."""
    found = []
    if plan != before.plan or after.billing.extra_seats != before.billing.extra_seats:
        is_first = before.plan in (FREE, TRIAL) and plan not in (FREE, TRIAL)
        found.append(Notice("subscribe" if is_first else "change", now))
    if after.billing.is_ending != before.billing.is_ending and after.billing.status in LIVE:
        found.append(Notice("leave" if after.billing.is_ending else "resume", now))
    return found


def upcoming(subscription: Subscription, now: datetime) -> tuple[str, datetime] | None:
    """The next state if nothing changes, and when: the end of the trial or of the period, or what lateness leads to."""
    now = present(subscription, now)
    start = late_since(subscription)
    if start is not None:
        return next(((state, start + timedelta(days=days)) for days, state in LATE
                     if start + timedelta(days=days) > now and state != "past_due"), None)
    if subscription.state == "trialing" and subscription.plan == TRIAL:
        return "active", subscription.trial_ends_at
    if subscription.billing.is_ending and subscription.billing.period_end:
        return "read_only", subscription.billing.period_end
    return None

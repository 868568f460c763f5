"""What follows from events: Stripe is asked again, owners get their mails, orders are counted; and the hourly beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import mail
from chalicelib.runtime.settings import settings
from chalicelib.runtime.worker import Handler, Schedule
from chalicelib.storage import read
from chalicelib.subscriptions import farewell, service, usage
from chalicelib.subscriptions.model import ID, SUBSCRIPTION, Subscription, upcoming
from chalicelib.tenants.model import USER, Tenant

SIDE_BY_SIDE = 10
"""Messages worked at the same time: most of them wait for Stripe."""
LOOK_MINUTES = 60
MAILS: Mapping[str, str] = {
    "SubscriptionTrialEnded": "subscription_trial_ended", "SubscriptionPastDue": "subscription_payment_failed",
    "SubscriptionReadOnly": "subscription_read_only", "SubscriptionSuspended": "subscription_suspended",
    "SubscriptionClosed": "subscription_closed", "SubscriptionRecovered": "subscription_recovered",
    "SubscriptionEnding": "subscription_ending", "SubscriptionStarted": "subscription_started"}
REMINDERS: Mapping[str, str] = {"trial": "subscription_trial_ending", "payment": "subscription_payment_reminder",
                                "suspension": "subscription_suspension_soon", "closing": "subscription_closing_soon"}


def take_over(ctx: Context, event: Event) -> None:
    """Something happened at Stripe: asked again as a whole, whatever it was. Who changed plan there gets that plan's orders. A
    company that is gone keeps no subscription."""
    if read.find(ctx, SUBSCRIPTION, ID) is None:
        return
    if event.data["type"] == "customer.subscription.updated":
        service.align(ctx)
    service.refresh(ctx)


def tell_owners(ctx: Context, event: Event) -> None:
    """The mail of a step, to every owner in their language; one whose state is past says nothing any more."""
    tenant, found = service.load(ctx)
    template = REMINDERS.get(str(event.data.get("reminder", "")), "") or MAILS.get(event.type, "")
    if event.data["state"] == found.state and template:
        send(ctx, tenant, found, template)


def send(ctx: Context, tenant: Tenant, found: Subscription, template: str, more: Mapping[str, str] | None = None) -> None:
    """One mail to each active owner."""
    following = upcoming(found, ctx.now)
    zone = ZoneInfo(tenant.time_zone)
    for user in read.get_many(ctx, USER, tenant.owner_ids).values():
        if user.is_active:
            locale = user.locale or tenant.locale
            mail.send(replace(ctx, locale=locale), user.email, template, {
                "name": user.name, "company": tenant.name, "plan": found.plan.capitalize(),
                "date": _date(following[1].astimezone(zone) if following else None, locale),
                "link": f"{settings().public_url}{service.PAGE}", "pay": found.billing.unpaid_url or
                f"{settings().public_url}{service.PAGE}", **(more or {})})


def _date(at: datetime | None, locale: str) -> str:
    if at is None:
        return "–"
    return f"{at:%d/%m/%Y}" if locale == "fr" else f"{at.day} {at:%B %Y}"


def close(ctx: Context, event: Event) -> None:
    """A closed subscription is ended at Stripe, and its owners are told."""
    service.end_at_stripe(ctx)
    tell_owners(ctx, event)


def tell_limit(ctx: Context, event: Event) -> None:
    """The plan's orders of the month are used up: what follows from it is in the mail."""
    tenant, found = service.load(ctx)
    template = "subscription_orders_billed" if event.data["is_billed"] else "subscription_orders_full"
    send(ctx, tenant, found, template, {"limit": str(event.data["limit"])})


def tell_held(ctx: Context, event: Event) -> None:
    """Operators suspended the company, or opened it again; a mail whose word is past is not sent."""
    tenant, found = service.load(ctx)
    is_held = event.type == "SubscriptionHeld"
    if (found.held_at is not None) == is_held:
        template = "subscription_held" if is_held else "subscription_released"
        send(ctx, tenant, found, template, {"reason": found.held_reason})


HANDLERS: dict[str, Handler] = {
    "StripeEventReceived": take_over,
    "OrderPlaced": usage.count_order,
    "PlanLimitReached": tell_limit,
    **dict.fromkeys((*MAILS, "SubscriptionReminded"), tell_owners),
    "SubscriptionClosed": close,
    "SubscriptionHeld": tell_held,
    "SubscriptionReleased": tell_held,
    **dict.fromkeys(farewell.HEARD, farewell.follow),
    "CompanyClosed": farewell.end,
}
SCHEDULES = (Schedule("subscriptions_due", LOOK_MINUTES, service.look_after),)

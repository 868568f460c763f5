"""What a tenant uses: orders counted behind the order, files when they are uploaded, seats and channels when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.event import Event
from chalicelib.kernel.standing import Standing
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions import account, service
from chalicelib.subscriptions.model import ID, LIVE, Subscription, present
from chalicelib.tenants.selling import entitlements, seats
from chalicelib.tenants.selling.plans import PAID, plan_of

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Usage:
    """What is used, and the days over which the orders are counted, the last one not included."""

    users: int
    invitations: int
    channels: int
    orders: int
    storage_bytes: int
    counted_from: date
    counted_until: date


def period_of(subscription: Subscription, now: datetime) -> tuple[date, date]:
    """The period whose orders count: the one that is paid, else the month (UTC)."""
    billing = subscription.billing
    if billing.status in LIVE and billing.period_start and billing.period_end and subscription.plan in PAID:
        return billing.period_start.date(), max(billing.period_end.date(), billing.period_start.date() + timedelta(days=1))
    first = present(subscription, now).date().replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def orders_in(ctx: Context, start: date, end: date) -> int:
    """Orders placed from `start` until before `end`, from the months' counts by day."""
    months = sorted({f"{start + timedelta(days=n):%Y-%m}" for n in range((end - start).days)})
    wanted = {entitlements.orders_key(ctx, month): month for month in months}
    total = 0
    for key, numbers in read.raw_many(ctx, wanted).items():
        for name, value in numbers.items():
            if name.startswith("d") and name[1:].isdigit():
                day = date.fromisoformat(f"{wanted[key]}-{name[1:]}")
                total += int(value["N"]) if start <= day < end else 0
    return total


def measure(ctx: Context, subscription: Subscription) -> Usage:
    """What the tenant uses now."""
    taken = seats.held(ctx)
    start, end = period_of(subscription, ctx.now)
    channels = read.count(ctx, "by_list", "CONNECTION")
    return Usage(len(taken.user_ids), taken.invited(ctx.now), channels, orders_in(ctx, start, end),
                 entitlements.storage_used(ctx), start, end)


def count_order(ctx: Context, event: Event) -> None:
    """One order more, told to the meter of who pays for those beyond the plan. At the plan's last order of the month (of the
    period, for who pays) the owners are told, and a plan that sells no more refuses further ones by hand from then on.

    Stripe is told first: it counts the event's id once, so a repeat after a crash is no second order.
    """
    tenant, subscription = service.load(ctx)
    at = subscription.billing.test_time or event.at
    if subscription.billing.status in LIVE and subscription.plan in PAID:
        account.meter_order(subscription.customer_id, event.id, at)
    start, end = period_of(subscription, ctx.now)
    plan = plan_of(subscription.plan)
    before = orders_in(ctx, start, end)
    month = entitlements.month_of(at)
    transaction = Transaction(ctx)
    transaction.add(entitlements.orders_key(ctx, month), "usage", {f"d{at:%d}": _ONE, "total": _ONE}, {},
                    Unavailable)
    if before + 1 >= plan.orders and tenant.standing.orders_full_in != month:
        entitlements.standing_writes(transaction, tenant, replace(tenant.standing, orders_full_in=month))
        transaction.emit("PlanLimitReached", "subscription", ID, subscription.version, {
            "what": "orders", "plan": plan.id, "limit": plan.orders, "is_billed": plan.extra_order is not None})
    transaction.commit()


def limits(subscription: Subscription) -> Mapping[str, int]:
    """How much of each the tenant may have."""
    standing = Standing(plan=subscription.plan, extra_seats=subscription.billing.extra_seats)
    return {what: entitlements.limit_of(standing, what) for what in entitlements.WORDS}

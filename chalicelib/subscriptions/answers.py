"""What the API says of a subscription."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.shapes import entity
from chalicelib.runtime.settings import settings
from chalicelib.subscriptions import account, usage
from chalicelib.subscriptions.model import LIVE, Subscription, is_over, late_since, upcoming
from chalicelib.tenants.selling.plans import CURRENCY, OFFERED, PLANS, plan_of


@entity
class PlanView:
    """A plan on offer: prices in euros a month without VAT, and what it has. `extra_order` None: no more than `orders`."""

    id: str
    currency: str
    price: Decimal
    seats: int
    orders: int
    channels: int
    storage_bytes: int
    extra_seat: Decimal | None
    extra_order: Decimal | None


@entity
class Used:
    """How much of something is used of how much; beyond it more is billed, or refused."""

    what: str
    used: int
    limit: int
    is_billed_beyond: bool


@entity
class SubscriptionView:
    """How the subscription stands. `upcoming_state` follows at `upcoming_at` if nothing changes. `now` is the test
    clock's instant, on a laptop, and nothing elsewhere. `allowed_actions` are checkout, change, leave, resume, choose_free,
    portal."""

    id: str
    version: int
    state: str
    plan: str
    extra_seats: int
    since: datetime
    trial_ends_at: datetime
    period_start: datetime | None
    period_end: datetime | None
    is_ending: bool
    follows_free: bool
    late_since: datetime | None
    unpaid_url: str
    reason: str
    card: str
    upcoming_state: str
    upcoming_at: datetime | None
    now: datetime | None
    is_billing_on: bool
    test_clock_url: str
    has_test_clock: bool
    counted_from: date
    counted_until: date
    usage: tuple[Used, ...]
    allowed_actions: tuple[str, ...]


@entity
class Redirect:
    """Where at Stripe to go on."""

    url: str


@entity
class PreviewLine:
    text: str
    amount: Decimal


@entity
class ChangePreview:
    """What a change costs: lines with their amounts without VAT, the VAT, and what is paid: now when `is_due_now`, else with
    the next invoice."""

    currency: str
    is_due_now: bool
    lines: tuple[PreviewLine, ...]
    total_without_vat: Decimal
    vat_amount: Decimal
    total: Decimal
    amount_due: Decimal
    due_at: datetime


@entity
class StripeInvoice:
    """An invoice of ours to the tenant, with its pages at Stripe."""

    id: str
    number: str
    issued_at: datetime
    state: str
    currency: str
    total_without_vat: Decimal
    total: Decimal
    amount_remaining: Decimal
    page_url: str
    pdf_url: str


@entity
class TaxView:
    vat_number: str


def plans() -> list[PlanView]:
    """The plans on offer, smallest first."""
    return [PlanView(id=row.id, currency=CURRENCY, price=row.price, seats=row.seats, orders=row.orders, channels=row.channels,
                     storage_bytes=row.storage_bytes, extra_seat=row.extra_seat, extra_order=row.extra_order)
            for row in (PLANS[name] for name in OFFERED)]


def allowed(subscription: Subscription) -> tuple[str, ...]:
    """What can be done with it now, by whoever may."""
    if subscription.state == "closed" or not account.is_on():
        return ()
    billing = subscription.billing
    if billing.status in LIVE:
        return ("change", "resume" if billing.is_ending else "leave", "portal")
    free = () if subscription.plan == "free" and not is_over(subscription) else ("choose_free",)
    return ("checkout", *free, *(("portal",) if subscription.customer_id else ()))


def shown(ctx: Context, subscription: Subscription) -> SubscriptionView:
    """The subscription with what is used of it, counted now."""
    counted, billing = usage.measure(ctx, subscription), subscription.billing
    limits, following = usage.limits(subscription), upcoming(subscription, ctx.now)
    used = {"seats": counted.users + counted.invitations, "channels": counted.channels, "orders": counted.orders,
            "storage_bytes": counted.storage_bytes}
    is_billed = plan_of(subscription.plan).extra_order is not None
    clocks = settings().stripe_test_clocks
    return SubscriptionView(
        id=subscription.id, version=subscription.version, state=subscription.state, plan=subscription.plan,
        extra_seats=billing.extra_seats, since=subscription.since, trial_ends_at=subscription.trial_ends_at,
        period_start=billing.period_start, period_end=billing.period_end, is_ending=billing.is_ending,
        follows_free=subscription.free_since is not None, late_since=late_since(subscription), unpaid_url=billing.unpaid_url,
        reason="ended" if is_over(subscription) else "unpaid" if late_since(subscription) else "", card=billing.card,
        upcoming_state=following[0] if following else "", upcoming_at=following[1] if following else None,
        now=subscription.billing.test_time, is_billing_on=account.is_on(), has_test_clock=clocks,
        test_clock_url=f"{settings().stripe_url}/clock/{billing.test_clock_id}" if clocks and billing.test_clock_id else "",
        counted_from=counted.counted_from, counted_until=counted.counted_until,
        usage=tuple(Used(what=what, used=used[what], limit=limit, is_billed_beyond=what == "orders" and is_billed)
                    for what, limit in limits.items()),
        allowed_actions=allowed(subscription))


def preview_of(invoice: Mapping[str, Any], is_due_now: bool, due_at: datetime) -> ChangePreview:
    """Stripe's preview of an invoice."""
    vat = sum(int(each["amount"]) for each in invoice["total_taxes"] or ())
    return ChangePreview(
        currency=str(invoice["currency"]).upper(), is_due_now=is_due_now, due_at=due_at,
        lines=tuple(PreviewLine(text=str(line["description"]), amount=account.amount(line["amount"]))
                    for line in invoice["lines"]["data"]),
        total_without_vat=account.amount(invoice["total_excluding_tax"]), vat_amount=account.amount(vat),
        total=account.amount(invoice["total"]), amount_due=account.amount(invoice["amount_due"]))


def invoice_row(row: Mapping[str, Any]) -> StripeInvoice:
    """One of Stripe's invoices."""
    issued = account.instant(row["status_transitions"]["finalized_at"] or row["created"])
    assert issued is not None
    return StripeInvoice(
        id=str(row["id"]), number=str(row["number"] or ""), issued_at=issued, state=str(row["status"]),
        currency=str(row["currency"]).upper(), total_without_vat=account.amount(row["total_excluding_tax"] or 0),
        total=account.amount(row["total"]), amount_remaining=account.amount(row["amount_remaining"]),
        page_url=str(row["hosted_invoice_url"] or ""), pdf_url=str(row["invoice_pdf"] or ""))



"""`/api/subscriptions`: how it stands, buying, changing and ending it, and Stripe's webhooks."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.usage import Costs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.settings import settings
from chalicelib.subscriptions import account, answers, service
from chalicelib.subscriptions.answers import (
    ChangePreview,
    PlanView,
    Redirect,
    StripeInvoice,
    SubscriptionView,
    TaxView,
)
from chalicelib.subscriptions.model import ChoosePlan, PortalRequest, Subscription, TaxNumber, present
from chalicelib.subscriptions.receiving import receive
from chalicelib.tenants.selling import costs

api = Api("subscriptions")
READ, MANAGE = "subscription.read", "subscription.manage"
_WEBHOOK_BYTES = 500_000


@command
class Leave:
    """`to_free` goes on with the plan Free; else everything stays readable for a while and is closed after that."""

    to_free: bool = True


@command
class Nothing:
    """No more is asked."""


@entity
class Received:
    status: str


def _shown(ctx: Context, found: Subscription) -> Answer:
    return Answer(codec.plain(answers.shown(ctx, found)), version=found.version)


@api.get("/subscription", permission=READ, answer=SubscriptionView, stays_open=True)
def read_subscription(ctx: Context, request: Request[Any]) -> Answer:
    """How the subscription stands, and what is used of the plan, counted now."""
    return _shown(ctx, service.load(ctx)[1])


@api.get("/costs", permission=READ, answer=Costs, parameters=(Parameter("month", "2026-11; the present one if not given"),))
def read_costs(ctx: Context, request: Request[Any]) -> Answer:
    """What the company costs in a month at the cloud's prices: by service, by day and for an order; a minute late."""
    return Answer(codec.plain(costs.of_month(ctx, request.query.get("month", ""))))


LOADERS["subscription"] = lambda ctx, _: codec.plain(answers.shown(ctx, service.load(ctx)[1]))


@api.get("/plans", permission=READ, answer=PlanView, is_list=True, stays_open=True)
def list_plans(ctx: Context, request: Request[Any]) -> Answer:
    """The plans on offer, smallest first."""
    return Answer({"items": [codec.plain(each) for each in answers.plans()], "cursor": None})


@api.get("/invoices", permission=READ, answer=StripeInvoice, is_list=True, stays_open=True)
def list_invoices(ctx: Context, request: Request[Any]) -> Answer:
    """Our invoices to the company, newest first, with their pages at Stripe."""
    _, found = service.load(ctx)
    rows = account.invoices(found.customer_id) if found.customer_id else []
    return Answer({"items": [codec.plain(answers.invoice_row(row)) for row in rows], "cursor": None})


@api.post("/checkout-sessions", permission=MANAGE, body=ChoosePlan, answer=Redirect, status=201, stays_open=True)
def begin_checkout(ctx: Context, request: Request[ChoosePlan]) -> Answer:
    """Buy a plan: the address of the page where it is paid."""
    return Answer({"url": service.begin_checkout(ctx, request.body)}, 201)


@api.post("/portal-sessions", permission=MANAGE, body=PortalRequest, answer=Redirect, status=201, stays_open=True)
def open_portal(ctx: Context, request: Request[PortalRequest]) -> Answer:
    """Change the card, see invoices, end the subscription: the address of Stripe's page for it."""
    return Answer({"url": service.open_portal(ctx, request.body.flow)}, 201)


@api.post("/subscription/preview", permission=MANAGE, body=ChoosePlan, answer=ChangePreview, stays_open=True)
def preview_change(ctx: Context, request: Request[ChoosePlan]) -> Answer:
    """What another plan or other seats would cost, to the day; nothing is changed."""
    subscription_id, terms = service.change_terms(ctx, request.body)
    _, found = service.load(ctx)
    invoice = account.post(account.client().invoices.create_preview, {
        "customer": found.customer_id, "subscription": subscription_id, "subscription_details": terms}, options={})
    now = present(found, ctx.now)
    is_due_now = terms["proration_behavior"] == "always_invoice"
    due_at = now if is_due_now else found.billing.period_end or now
    return Answer(codec.plain(answers.preview_of(invoice, is_due_now, due_at)))


@api.post("/subscription/change", permission=MANAGE, body=ChoosePlan, answer=SubscriptionView, stays_open=True)
def change_plan(ctx: Context, request: Request[ChoosePlan]) -> Answer:
    """Another plan or other seats, from now on."""
    return _shown(ctx, service.change_plan(ctx, request.body))


@api.post("/subscription/leave", permission=MANAGE, body=Leave, answer=SubscriptionView, stays_open=True)
def leave(ctx: Context, request: Request[Leave]) -> Answer:
    """End the subscription with the period that is paid."""
    return _shown(ctx, service.leave(ctx, request.body.to_free))


@api.post("/subscription/resume", permission=MANAGE, body=Nothing, answer=SubscriptionView, stays_open=True)
def resume(ctx: Context, request: Request[Nothing]) -> Answer:
    """Take an ending back, while the period lasts."""
    return _shown(ctx, service.resume(ctx))


@api.post("/subscription/choose-free", permission=MANAGE, body=Nothing, answer=SubscriptionView, stays_open=True)
def choose_free(ctx: Context, request: Request[Nothing]) -> Answer:
    """Go on with Free, from trial or after a subscription that ended."""
    return _shown(ctx, service.choose_free(ctx))


@api.get("/tax-number", permission=READ, answer=TaxView, stays_open=True)
def read_tax_number(ctx: Context, request: Request[Any]) -> Answer:
    """The VAT number on our invoices."""
    _, found = service.load(ctx)
    numbers = list(service.tax_ids(found.customer_id).values()) if found.customer_id else []
    return Answer({"vat_number": numbers[0] if numbers else ""})


@api.put("/tax-number", permission=MANAGE, body=TaxNumber, answer=TaxView, stays_open=True)
def change_tax_number(ctx: Context, request: Request[TaxNumber]) -> Answer:
    """Another VAT number on our invoices to come, or none."""
    return Answer({"vat_number": service.change_tax_id(ctx, request.body)})


@api.post("/test-clock", permission=MANAGE, body=Nothing, answer=Redirect, status=201, stays_open=True)
def open_test_clock(ctx: Context, request: Request[Nothing]) -> Answer:
    """On a laptop: the page that lets the subscription's time pass. Nowhere else."""
    if not settings().stripe_test_clocks:
        raise NotFound("page")
    found = service.with_customer(ctx)
    return Answer({"url": f"{settings().stripe_url}/clock/{found.billing.test_clock_id}"}, 201)


@api.post("/webhooks", public=True, raw_body=True, answer=Received, max_body=_WEBHOOK_BYTES)
def receive_webhook(ctx: Context, request: Request[Any]) -> Answer:
    """Stripe's webhooks: signed, each event once, in any order."""
    return Answer({"status": receive(ctx, request.raw, request.headers.get("stripe-signature", ""))})

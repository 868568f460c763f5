"""Use cases of a subscription: how it stands, subscribing, changing, ending, and taking over what Stripe says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.kernel.context import PLATFORM, Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.standing import Standing
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read, single
from chalicelib.storage.keys import Key
from chalicelib.storage.racing import retried
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions import account
from chalicelib.subscriptions.model import (
    ACCESS,
    EVENTS,
    ID,
    LIVE,
    SUBSCRIPTION,
    TRIAL,
    Billing,
    ChoosePlan,
    Notice,
    Subscription,
    TaxNumber,
    initial,
    is_over,
    late_since,
    present,
    settle,
)
from chalicelib.tenants import directory
from chalicelib.tenants.model import COMPANY, COMPANY_ID, TENANT, Tenant
from chalicelib.tenants.selling import entitlements, seats
from chalicelib.tenants.selling.plans import PAID, PLANS

MOST_SEATS = 1000
SHORTEST_TRIAL = timedelta(hours=49)
"""Stripe wants a trial to end two days from now at the earliest."""
RACED = ("stale_version", "already_exists")
PAGE = "/settings/subscription"


def load(ctx: Context) -> tuple[Tenant, Subscription]:
    """The tenant and its subscription; the one it begins with, at version 0, while none is stored."""
    found = read.items(ctx, (keys.document(ctx, "tenant", ctx.tenant_id), keys.document(ctx, "subscription", ID)))
    stored = found.get(keys.document(ctx, "tenant", ctx.tenant_id))
    if stored is None:
        raise NotFound("tenant")
    tenant = read.document_of(TENANT, stored)
    kept = found.get(keys.document(ctx, "subscription", ID))
    return tenant, read.document_of(SUBSCRIPTION, kept) if kept else initial(tenant.created_at, ctx.now)


# -- taking over ---------------------------------------------------------------------------------------------------


def save(transaction: Transaction, tenant: Tenant, old: Subscription, new: Subscription,
         notices: Sequence[Notice]) -> Subscription:
    """Adds the subscription, the tenant's standing that follows from it, and an event for each notice."""
    saved = transaction.save(SUBSCRIPTION, old, new) if old.version else transaction.create(SUBSCRIPTION, new)
    is_held = saved.held_at is not None
    standing = Standing(plan=saved.plan, access="suspended" if is_held else ACCESS.get(saved.state, "full"), is_held=is_held,
                        extra_seats=saved.billing.extra_seats,
                        orders_full_in=tenant.standing.orders_full_in if saved.plan == old.plan else "",
                        is_late=late_since(saved) is not None)
    entitlements.standing_writes(transaction, tenant, standing, closed=saved.state == "closed")
    for notice in notices:
        transaction.emit(EVENTS[notice.action], "subscription", saved.id, saved.version, {
            "state": saved.state, "plan": saved.plan, "due": notice.at.isoformat(),
            "reason": "ended" if is_over(saved) else "unpaid" if late_since(saved) else "",
            **({"reminder": notice.reminder} if notice.reminder else {})})
    return saved


def refresh(ctx: Context, change: Callable[[Subscription], Subscription] = lambda each: each) -> Subscription:
    """Takes over what Stripe says now and goes where it leads; `change` is what the caller decides besides. Commits under the
    caller's command, also when nothing changed. Raises Unavailable.

    The document is read before Stripe is asked and saved only if nobody saved it since, so an answer that came late
    never overwrites a later one.
    """

    def attempt() -> Subscription:
        tenant, old = load(ctx)
        billing = account.billing(old.customer_id) if old.customer_id else old.billing
        new, notices = settle(change(old), billing, ctx.now)
        transaction = Transaction(ctx)
        saved = old
        if new != old or old.version == 0:
            saved = save(transaction, tenant, old, new, notices)
        transaction.answers(200, "subscription", saved.id, saved.version)
        transaction.commit()
        return saved

    return retried(ctx, attempt, RACED)


def look_after(ctx: Context) -> None:
    """The hourly beat: time alone moves a trial, a lateness, a reminder; and a period whose end no webhook told of is asked
    for. A subscription that owes nothing to time costs one read."""
    tenant, old = load(ctx)
    now = present(old, ctx.now)
    is_due = old.billing.period_end is not None and now > old.billing.period_end and old.billing.status in LIVE
    is_late = late_since(old) is not None
    new, notices = settle(old, old.billing, ctx.now)
    if old.state == "closed" or tenant.status != "active" or not (notices or is_due or is_late or new != old):
        return
    refresh(ctx)


# -- the customer at Stripe ----------------------------------------------------------------------------------------


def pointer(platform: Context, name: str) -> Key:
    """Which tenant a customer, or a test clock, of Stripe's belongs to: written by us when it was made."""
    return keys.platform(platform, "STRIPE", name)


def _point(ctx: Context, name: str) -> None:
    platform = directory.platform(ctx)
    single.put(platform, Item(pointer(platform, name), "stripe_pointer", PLATFORM, f'{{"tenant_id":"{ctx.tenant_id}"}}'))


def with_customer(ctx: Context) -> Subscription:
    """The subscription with a customer at Stripe, made if there is none: under the same key whoever asks, so there is one."""
    tenant, old = load(ctx)
    if old.customer_id:
        return old
    company = read.get(ctx, COMPANY, COMPANY_ID)
    body: dict[str, Any] = {
        "name": company.legal_name, "preferred_locales": [tenant.locale], "metadata": {"tenant": tenant.id},
        "address": {"country": company.address.country_code, "line1": company.address.street, "city": company.address.city,
                    "postal_code": company.address.postal_code}}
    if company.email:
        body["email"] = company.email
    named = replace(ctx, command=replace(ctx.command, id="customer", body_hash=""))
    if settings().stripe_test_clocks:
        clock = account.post(account.client().test_helpers.test_clocks.create, {
            "frozen_time": int(tenant.created_at.timestamp()), "name": tenant.id}, options=account.key_of(named, "clock"))
        _point(ctx, str(clock["id"]))
        body["test_clock"] = clock["id"]
    customer = account.post(account.client().customers.create, body, options=account.key_of(named, "customer"))
    _point(ctx, str(customer["id"]))
    if company.vat_number:
        _add_tax_id(named, str(customer["id"]), company.vat_number)
    return refresh(ctx.step("customer"), lambda each: replace(each, customer_id=str(customer["id"])))


def _add_tax_id(ctx: Context, customer_id: str, vat_number: str) -> None:
    account.post(account.client().customers.tax_ids.create, customer_id, {"type": "eu_vat", "value": vat_number},
                 options=account.key_of(ctx, f"tax:{vat_number}"))


def change_tax_id(ctx: Context, body: TaxNumber) -> str:
    """The VAT number on our invoices, instead of any before. Raises Invalid when Stripe does not take it."""
    customer_id = with_customer(ctx).customer_id
    wanted = "".join(body.vat_number.split()).upper()
    present_ids = tax_ids(customer_id)
    if wanted and wanted not in present_ids.values():
        _add_tax_id(ctx, customer_id, wanted)
    for tax_id, value in present_ids.items():
        if value != wanted:
            with account.answering():
                account.client().customers.tax_ids.delete(customer_id, tax_id)
    _keep_answer(ctx, 200, {"vat_number": wanted})
    return wanted


def tax_ids(customer_id: str) -> Mapping[str, str]:
    """The customer's tax numbers by their ids at Stripe."""
    with account.answering():
        rows = account.client().customers.tax_ids.list(customer_id, {"limit": 10}).to_dict()["data"]
    return {str(row["id"]): str(row["value"]) for row in rows}


def _keep_answer(ctx: Context, status: int, answer: Mapping[str, Any]) -> None:
    """The command's marker, so that a repeat is answered alike."""
    transaction = Transaction(ctx)
    transaction.keeps(status, answer)
    transaction.commit()


# -- buying and changing -------------------------------------------------------------------------------------------


def check_choice(body: ChoosePlan) -> None:
    """Raises Invalid for a plan that cannot be bought, or seats that cannot be."""
    if body.plan not in PAID:
        raise Invalid("unknown_plan", f"There is no plan {body.plan} to buy.", {"plan": f"one of {', '.join(PAID)}"})
    if not 0 <= body.extra_seats <= MOST_SEATS:
        raise Invalid("extra_seats", f"0 to {MOST_SEATS} more seats.", {"extra_seats": f"0 to {MOST_SEATS}"})


def is_live(billing: Billing) -> bool:
    return billing.status in LIVE


def begin_checkout(ctx: Context, body: ChoosePlan) -> str:
    """The address of Stripe's page where the plan is bought. Who is on trial pays when it ends. Raises Invalid, Conflict
    `subscribed` for who has a subscription that lives, Unavailable."""
    check_choice(body)
    old = with_customer(ctx)
    if is_live(old.billing):
        raise Conflict("subscribed", "There is a subscription already; change it instead.")
    items = [{name: value for name, value in row.items() if name != "id"}
             for row in account.items_for(body.plan, body.extra_seats, [])]
    data: dict[str, Any] = {"metadata": {"tenant": ctx.tenant_id}}
    is_trying = old.plan == TRIAL and old.trial_ends_at - present(old, ctx.now) > SHORTEST_TRIAL
    if is_trying:
        data["trial_end"] = int(old.trial_ends_at.timestamp())
    page = f"{settings().public_url}{PAGE}"
    session = account.post(account.client().checkout.sessions.create, {
        "mode": "subscription", "customer": old.customer_id, "line_items": items, "subscription_data": data,
        "success_url": f"{page}?checkout=done", "cancel_url": page, "client_reference_id": ctx.tenant_id,
        "locale": ctx.locale, "automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True},
        "billing_address_collection": "required", "customer_update": {"address": "auto", "name": "auto"},
    }, options=account.key_of(ctx, "checkout"))
    _keep_answer(ctx, 201, {"url": session["url"]})
    return str(session["url"])


def open_portal(ctx: Context, flow: str) -> str:
    """The address of Stripe's page for cards, invoices and cancelling. Raises Invalid, Unavailable."""
    if flow not in ("", "payment_method_update", "subscription_cancel"):
        raise Invalid("unknown_flow", "This page has no such beginning.",
                      {"flow": "payment_method_update or subscription_cancel"})
    old = with_customer(ctx)
    body: dict[str, Any] = {"customer": old.customer_id, "return_url": f"{settings().public_url}{PAGE}", "locale": ctx.locale}
    if flow == "subscription_cancel":
        body["flow_data"] = {"type": flow, flow: {"subscription": _living(old).subscription_id}}
    elif flow:
        body["flow_data"] = {"type": flow}
    session = account.post(account.client().billing_portal.sessions.create, body, options=account.key_of(ctx, "portal"))
    _keep_answer(ctx, 201, {"url": session["url"]})
    return str(session["url"])


def _living(subscription: Subscription) -> Billing:
    if not is_live(subscription.billing):
        raise Conflict("not_subscribed", "There is no paid subscription.")
    return subscription.billing


def is_upgrade(old: Billing, body: ChoosePlan) -> bool:
    """Whether the monthly price rises: the difference is then paid at once, else it is taken off the next invoice."""
    def monthly(plan: str, extra: int) -> Any:
        row = PLANS[plan]
        return row.price + extra * (row.extra_seat or 0)

    return bool(monthly(body.plan, body.extra_seats) > monthly(old.plan, old.extra_seats))


def change_terms(ctx: Context, body: ChoosePlan) -> tuple[str, dict[str, Any]]:
    """The subscription's id and the terms of a change, the same for its preview and itself."""
    check_choice(body)
    _, old = load(ctx)
    billing = _living(old)
    current = account.subscription(old.customer_id)
    if current is None or current["id"] != billing.subscription_id:
        raise Conflict("stale_version", "The subscription was changed by somebody else meanwhile.")
    terms: dict[str, Any] = {"items": account.items_for(body.plan, body.extra_seats, current["items"]["data"]),
                             "proration_behavior": "always_invoice" if is_upgrade(billing, body) else "create_prorations"}
    return billing.subscription_id, terms


def check_fits(ctx: Context, body: ChoosePlan) -> None:
    """Raises Conflict `plan_too_small` when there are more users than a smaller plan has: who goes is not ours to choose."""
    users = len(seats.held(ctx).user_ids)
    room = PLANS[body.plan].seats + body.extra_seats
    if users > room:
        raise Conflict("plan_too_small", f"There are {users} active users and the plan has {room} seats.",
                       {"extra_seats": f"at least {users - PLANS[body.plan].seats}"})


def change_plan(ctx: Context, body: ChoosePlan) -> Subscription:
    """Another plan or other seats, from now on. Raises Invalid, Conflict (`not_subscribed`, `plan_too_small`,
    `payment_declined`: nothing is changed then), Unavailable."""
    check_choice(body)
    check_fits(ctx, body)
    subscription_id, terms = change_terms(ctx, body)
    if terms["proration_behavior"] == "always_invoice":
        terms["payment_behavior"] = "error_if_incomplete"
    account.post(account.client().subscriptions.update, subscription_id, terms, options=account.key_of(ctx, "change"))
    return refresh(ctx, lambda each: replace(each, free_since=None))


def leave(ctx: Context, to_free: bool) -> Subscription:
    """Ends the subscription with the period that is paid; then Free, or nothing more (read-only, with everything there).
    Raises Conflict `not_subscribed`, Unavailable."""
    _, old = load(ctx)
    billing = _living(old)
    account.post(account.client().subscriptions.update, billing.subscription_id, {"cancel_at_period_end": True},
                 options=account.key_of(ctx, "leave"))
    return refresh(ctx, lambda each: replace(each, free_since=billing.period_end if to_free else None))


def resume(ctx: Context) -> Subscription:
    """Takes an ending back while the period lasts. Raises Conflict `not_subscribed`, Unavailable."""
    _, old = load(ctx)
    account.post(account.client().subscriptions.update, _living(old).subscription_id, {"cancel_at_period_end": False},
                 options=account.key_of(ctx, "resume"))
    return refresh(ctx, lambda each: replace(each, free_since=None))


def choose_free(ctx: Context) -> Subscription:
    """Free from now on, for who is on trial or whose subscription ended. Raises Conflict: `subscribed` (leave first),
    `invoices_unpaid`."""
    _, old = load(ctx)
    if is_live(old.billing):
        raise Conflict("subscribed", "There is a paid subscription; end it first.")
    if old.billing.unpaid_since is not None:
        raise Conflict("invoices_unpaid", "An invoice is still to be paid.", invoice=old.billing.unpaid_url)
    return refresh(ctx, lambda each: replace(each, free_since=present(each, ctx.now)))


def end_at_stripe(ctx: Context) -> None:
    """A closed subscription is ended at Stripe too, so that no invoice follows. Done before: nothing."""
    _, old = load(ctx)
    if old.state == "closed" and is_live(old.billing):
        found = account.subscription(old.customer_id)
        if found is not None and found["status"] in LIVE:
            with account.answering():
                account.client().subscriptions.cancel(found["id"], options=account.key_of(ctx, "close"))


def align(ctx: Context) -> None:
    """Who changed plan on Stripe's page changed its price alone: the orders' price follows here."""
    _, subscription = load(ctx)
    found = account.subscription(subscription.customer_id) if subscription.customer_id else None
    if found is None or found["status"] not in LIVE:
        return
    items = found["items"]["data"]
    wanted = account.price(f"{account.plan_in(items)}_orders")
    for item in items:
        if account.kind_of(item) == "orders" and item["price"]["id"] != wanted:
            change = {"items": [{"id": item["id"], "price": wanted}], "proration_behavior": "none"}
            account.post(account.client().subscriptions.update, found["id"], change, options=account.key_of(ctx, "align"))



"""Our account at Stripe: the only module that imports its library, and only when something is asked of it.

The API version is the library's own (16.1: 2026-10-28). Every POST carries a key that follows from our command or event, so a
repeat is no second effect (https://docs.stripe.com/api/idempotent_requests). What Stripe refuses becomes an error of ours;
what it does not answer is Unavailable. No key, secret or card is ever logged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from chalicelib.runtime import secrets
from chalicelib.runtime.settings import settings
from chalicelib.subscriptions.model import LIVE, Billing
from chalicelib.tenants.selling.plans import PAID

METER_EVENT = "comptoir_orders"
SECONDS = 10.0
RETRIES = 2
TOLERANCE_SECONDS = 300
"""How old a signed webhook may be (Stripe's own default)."""


def is_on() -> bool:
    """Whether this installation has an account at Stripe."""
    return settings().stripe_secret_id != "" and secrets.stripe()["STRIPE_API_KEY"] != ""


@lru_cache(maxsize=2)
def _client(key: str, base: str) -> Any:
    import stripe

    return stripe.StripeClient(key, http_client=stripe.RequestsClient(timeout=SECONDS), max_network_retries=RETRIES,
                               base_addresses={"api": base} if base else {})


def client() -> Any:
    """The library's client. Raises Conflict `billing_off` where there is no account, Unavailable."""
    if not is_on():
        raise Conflict("billing_off", "This installation sells no subscriptions.")
    return _client(secrets.stripe()["STRIPE_API_KEY"], settings().stripe_url).v1


@contextmanager
def answering() -> Iterator[None]:
    """Turns what Stripe's library raises into our errors: `payment_declined`, `stripe_refused`, Unavailable."""
    import stripe

    try:
        yield
    except stripe.CardError as error:
        raise Conflict("payment_declined", "The bank refused the payment; try another card.") from error
    except stripe.IdempotencyError as error:
        raise Conflict("idempotency_key_reused", "This Idempotency-Key was used for another request.") from error
    except stripe.InvalidRequestError as error:
        raise Invalid("stripe_refused", f"Stripe refused this: {error.user_message or error.code or 'invalid'}") from error
    except stripe.AuthenticationError as error:
        secrets.forget_stripe()
        raise Unavailable("The payment service does not answer; send the same request again.") from error
    except stripe.StripeError as error:
        raise Unavailable("The payment service does not answer; send the same request again.") from error


def key_of(ctx: Context, part: str) -> dict[str, str]:
    """The options of a POST: an idempotency key that is the same whenever this command is tried again."""
    name = hashlib.sha256(f"{ctx.tenant_id}\x1f{ctx.command.id}\x1f{part}".encode()).hexdigest()[:48]
    return {"idempotency_key": name}


def instant(seconds: Any) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


def amount(cents: Any) -> Decimal:
    """Stripe's whole cents as euros."""
    return Decimal(int(cents)).scaleb(-2)


# -- webhooks ------------------------------------------------------------------------------------------------------


def verified(raw: bytes, header: str) -> Mapping[str, Any]:
    """The event of a webhook whose signature is ours and not older than five minutes. Raises Unauthenticated
    `wrong_signature`, Invalid `delivery_unreadable`."""
    import stripe

    if not is_on():
        raise NotFound("webhook")
    try:
        event = stripe.Webhook.construct_event(raw, header, secrets.stripe()["STRIPE_WEBHOOK_SECRET"], TOLERANCE_SECONDS)
    except stripe.SignatureVerificationError:
        raise Unauthenticated("wrong_signature", "The signature is not Stripe's, or too old.") from None
    except ValueError:
        raise Invalid("delivery_unreadable", "The body is not an event of Stripe.") from None
    found: Mapping[str, Any] = event.to_dict()
    if not isinstance(found.get("data"), dict) or not isinstance(found["data"].get("object"), dict):
        raise Invalid("delivery_unreadable", "The body is not an event of Stripe.")
    return found


# -- what Stripe knows ---------------------------------------------------------------------------------------------


def kind_of(item: Mapping[str, Any]) -> str:
    """What an item is for: plan, seat or orders; "" for one that is not ours."""
    return str(item["price"]["metadata"].get("comptoir", ""))


def plan_in(items: list[Mapping[str, Any]]) -> str:
    """The plan that the items sell."""
    return next((str(item["price"]["metadata"].get("plan", "")) for item in items if kind_of(item) == "plan"), "")


def subscription(customer_id: str) -> Mapping[str, Any] | None:
    """The subscription that counts: the newest that lives, else the newest that ended."""
    with answering():
        rows = client().subscriptions.list({"customer": customer_id, "status": "all", "limit": 100}).to_dict()["data"]
    ours = [row for row in rows if plan_in(row["items"]["data"])]
    living = [row for row in ours if row["status"] in LIVE]
    ended = [row for row in ours if row["status"] == "canceled"]
    found: Mapping[str, Any] | None = max(living or ended, key=lambda row: (row["created"], row["id"]), default=None)
    return found


def billing(customer_id: str) -> Billing:
    """All that Stripe says of a customer, asked now. Raises Unavailable."""
    with answering():
        customer = client().customers.retrieve(customer_id).to_dict()
        card = _card(customer)
        clock_id = customer["test_clock"] or ""
        clock = client().test_helpers.test_clocks.retrieve(clock_id).to_dict() if clock_id else None
    found = subscription(customer_id)
    common = Billing(card=card, test_clock_id=clock_id, test_time=instant(clock["frozen_time"]) if clock else None)
    if found is None:
        return common
    items = found["items"]["data"]
    unpaid = _oldest_unpaid(found["id"])
    return replace(
        common, status=found["status"], subscription_id=found["id"], plan=plan_in(items),
        extra_seats=sum(int(item.get("quantity", 0)) for item in items if kind_of(item) == "seat"),
        period_start=instant(items[0]["current_period_start"]), period_end=instant(items[0]["current_period_end"]),
        is_ending=bool(found["cancel_at_period_end"]), ended_at=instant(found["ended_at"]),
        unpaid_since=instant(unpaid["status_transitions"]["finalized_at"]) if unpaid else None,
        unpaid_url=str(unpaid["hosted_invoice_url"]) if unpaid else "")


def _card(customer: Mapping[str, Any]) -> str:
    """`visa 4242` of the card that is charged, "" when there is none."""
    chosen = customer["invoice_settings"]["default_payment_method"]
    if not chosen:
        return ""
    method = client().payment_methods.retrieve(chosen).to_dict()
    card = method.get("card")
    return f"{card['brand']} {card['last4']}" if card else str(method["type"])


def _oldest_unpaid(subscription_id: str) -> Mapping[str, Any] | None:
    with answering():
        rows = client().invoices.list({"subscription": subscription_id, "status": "open", "limit": 100}).to_dict()["data"]
    tried = (row for row in rows if row["attempted"])
    return min(tried, key=lambda row: row["status_transitions"]["finalized_at"], default=None)


def invoices(customer_id: str, limit: int = 24) -> list[Mapping[str, Any]]:
    """The customer's invoices, newest first, drafts left out."""
    with answering():
        rows = client().invoices.list({"customer": customer_id, "limit": limit}).to_dict()["data"]
    return [row for row in rows if row["status"] != "draft"]


@lru_cache(maxsize=2)
def _prices(base: str, key: str) -> Mapping[str, str]:
    wanted = [*(f"comptoir_{plan}" for plan in PAID), *(f"comptoir_{plan}_orders" for plan in PAID), "comptoir_seat"]
    with answering():
        rows = client().prices.list({"lookup_keys": wanted, "active": True, "limit": 100}).to_dict()["data"]
    found = {row["lookup_key"]: row["id"] for row in rows}
    if set(wanted) - set(found):
        raise Conflict("billing_off", "The prices of our plans are not set up at Stripe yet.")
    return found


def price(name: str) -> str:
    """The id of a price by the end of its look-up key: `growth`, `growth_orders`, `seat`. Looked up once for each process."""
    return _prices(settings().stripe_url, secrets.digest(secrets.stripe()["STRIPE_API_KEY"]))[f"comptoir_{name}"]


# -- what we ask of it ---------------------------------------------------------------------------------------------


def post(call: Callable[..., Any], *arguments: Any, options: Mapping[str, str]) -> Mapping[str, Any]:
    """One POST under its idempotency key; answers plain values."""
    with answering():
        found: Mapping[str, Any] = call(*arguments, options=options).to_dict()
    return found


def items_for(plan: str, extra_seats: int, present: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a subscription's items become: those there are changed, those missing added, seats nobody wants deleted."""
    wanted: dict[str, dict[str, Any]] = {"plan": {"price": price(plan), "quantity": 1},
                                         "orders": {"price": price(f"{plan}_orders")}}
    if extra_seats:
        wanted["seat"] = {"price": price("seat"), "quantity": extra_seats}
    rows = []
    for item in present:
        kind = kind_of(item)
        if kind in wanted:
            rows.append({"id": item["id"], **wanted.pop(kind)})
        elif kind == "seat":
            rows.append({"id": item["id"], "deleted": True})
    return [*rows, *wanted.values()]


def meter_order(customer_id: str, event_id: str, at: datetime) -> None:
    """One order for the meter. The event's id is its identifier, so Stripe counts it once; that it knows it is no error."""
    import stripe

    try:
        with answering():
            client().billing.meter_events.create({
                "event_name": METER_EVENT, "identifier": event_id, "timestamp": int(at.timestamp()),
                "payload": {"stripe_customer_id": customer_id, "value": "1"}}, options={"idempotency_key": f"meter:{event_id}"})
    except Invalid as error:
        cause = error.__cause__
        is_known = isinstance(cause, stripe.InvalidRequestError) and (
            cause.code == "duplicate_meter_event" or "identifier" in str(cause.user_message))
        if not is_known:
            raise


def forget() -> None:
    """Drops what this process knows of the account (a test that starts another)."""
    _client.cache_clear()
    _prices.cache_clear()

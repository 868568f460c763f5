"""A company that closes, changes its mind, or is gone: what becomes of its subscription at Stripe.

Asked to close, it is not renewed: what is paid is served to its end, for the month of grace needs it. Who withdraws goes on as
before; one who had ended the subscription themselves finds it ended still. When the company is gone, whatever is left ends.

Which request and which withdrawal were heard last stands in the subscription's metadata, by the closure's version, and every
answer of Stripe is looked at anew; so the two may come twice, late, in any order or at the same time
(https://docs.stripe.com/api/subscriptions/update: metadata are merged key by key, an empty value takes a key away).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.storage import single
from chalicelib.subscriptions import account, service
from chalicelib.subscriptions.model import LIVE
from chalicelib.tenants import directory

HEARD = {"ClosureRequested": "closure_requested", "ClosureWithdrawn": "closure_withdrawn"}
ENDED = "ended_by_closure"


def due(found: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """What a subscription still needs, given what was heard of the closure, with a name for it; None when it stands right."""
    noted = found["metadata"]
    requested, withdrawn = (int(noted.get(name) or 0) for name in HEARD.values())
    if requested > withdrawn and not found["cancel_at_period_end"]:
        return "end", {"cancel_at_period_end": True, "metadata": {ENDED: "yes"}}
    if requested <= withdrawn and noted.get(ENDED) == "yes":
        return "renew", {"cancel_at_period_end": False, "metadata": {ENDED: ""}}
    return None


def follow(ctx: Context, event: Event) -> None:
    """The company asked to be closed, or took that back. Heard before, or nothing bought: nothing. Raises Unavailable."""
    _, subscription = service.load(ctx)
    found = account.subscription(subscription.customer_id) if subscription.customer_id else None
    if found is None or found["status"] not in LIVE:
        return
    name = HEARD[event.type]
    if int(found["metadata"].get(name) or 0) < event.version:
        found = _update(ctx, found, "heard", {"metadata": {name: str(event.version)}})
    while (step := due(found)) is not None:
        found = _update(ctx, found, *step)
    service.refresh(ctx)


def _update(ctx: Context, found: Mapping[str, Any], step: str, terms: dict[str, Any]) -> Mapping[str, Any]:
    return account.post(account.client().subscriptions.update, found["id"], terms,
                        options=account.key_of(ctx, f"closure:{step}"))


def end(ctx: Context, event: Event) -> None:
    """The company is gone, and its subscription's document with it: the event says which customer it was. What Stripe tells of
    it from here on is nobody's, and what still lives is cancelled. Done before: nothing. Raises Unavailable."""
    customer_id = str(event.data["customer_id"])
    if not customer_id:
        return
    billing = account.billing(customer_id)
    platform = directory.platform(ctx)
    for name in filter(None, (customer_id, billing.test_clock_id)):
        single.delete(platform, service.pointer(platform, name))
    if service.is_live(billing):
        with account.answering():
            account.client().subscriptions.cancel(billing.subscription_id, options=account.key_of(ctx, "gone"))

"""Stripe's webhooks: whose it is, is it new; the rest is asked of Stripe, by the worker.

An event tells only that something happened to a customer. Whose the customer is, is looked up in what we wrote when we made
it; metadata and references in the event are not believed. The event's id names the command, so a repeat changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor, Command, Context
from chalicelib.kernel.errors import AlreadyDone
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions import account, service
from chalicelib.subscriptions.model import ID

_NAME = re.compile(r"[A-Za-z0-9_]{3,80}")
HEARD = ("customer.", "invoice.", "checkout.session.", "payment_method.", "test_helpers.test_clock.")
"""What may move a subscription, by how the type begins."""


def subject_of(event: Mapping[str, Any]) -> str:
    """The customer an event is about, or the test clock; "" when it is about neither."""
    about = event["data"]["object"]
    if not str(event.get("type", "")).startswith(HEARD):
        return ""
    is_own = about.get("object") in ("customer", "test_helpers.test_clock")
    name = about.get("id") if is_own else about.get("customer")
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def receive(platform: Context, raw: bytes, signature: str) -> str:
    """Takes one delivery; answers accepted, duplicate or ignored. Raises Unauthenticated `wrong_signature`, Invalid."""
    event = account.verified(raw, signature)
    name, event_id = subject_of(event), str(event.get("id", ""))
    stored = read.item(platform, service.pointer(platform, name)) if name and _NAME.fullmatch(event_id) else None
    if stored is None:
        return "ignored"
    tenant_id = str(codec.load(stored.data)["tenant_id"])
    ctx = replace(platform, tenant_id=tenant_id, actor=Actor("system", "stripe", "Stripe"),
                  command=Command(f"stripe:{event_id}"))
    transaction = Transaction(ctx)
    transaction.emit("StripeEventReceived", "subscription", ID, 0, {"event_id": event_id, "type": str(event["type"])})
    try:
        transaction.commit()
    except AlreadyDone:
        return "duplicate"
    return "accepted"

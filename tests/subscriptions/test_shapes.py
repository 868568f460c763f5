"""The fake's objects have exactly the fields of Stripe's published fixtures, with their types; it refuses what Stripe does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe as library

from infra.local.stripe.server import StripeServer
from tests.subscriptions.company import FAILS_LATER, Merchant

PUBLISHED = json.loads((Path(__file__).parents[1] / "golden/stripe/shapes.json").read_text())["objects"]
MAY_BE_LEFT_OUT = {("subscription_item", "quantity")}
"""A metered item has no quantity."""
TYPES = {bool: "boolean", int: "integer", str: "string", list: "list", dict: "object"}


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of Stripe's inside a value."""
    if isinstance(value, dict):
        if isinstance(value.get("object"), str) and value["object"] in PUBLISHED:
            yield value
        for each in value.values():
            yield from parts(each)
    elif isinstance(value, list):
        for each in value:
            yield from parts(each)


def breaches(found: dict[str, Any]) -> list[str]:
    """What of an object is not as published. Null is allowed where the fixture happens to hold a value, and the other way."""
    kind = found["object"]
    published = PUBLISHED[kind]
    wrong = [f"{kind}.{name} is not Stripe's" for name in found.keys() - published.keys()]
    wrong += [f"{kind}.{name} is missing" for name in published.keys() - found.keys() if (kind, name) not in MAY_BE_LEFT_OUT]
    wrong += [f"{kind}.{name} is {type(value).__name__}" for name, value in found.items()
              if value is not None and published.get(name) not in ("null", None, TYPES[type(value)])]
    return wrong


def test_every_object_of_a_life_is_as_published(merchant: Merchant) -> None:
    merchant.buys("growth", extra_seats=1)
    merchant.uses_card(FAILS_LATER)
    merchant.days_pass(60)
    seen = list(parts([each for kind in PUBLISHED for each in merchant.account.state.all(kind)]))
    assert {each["object"] for each in seen} >= PUBLISHED.keys() - {
        "billing.meter_event", "billing.meter_event_summary", "tax_id"}
    assert sorted({wrong for each in seen for wrong in breaches(each)}) == []
    assert breaches({**seen[0], "not_stripes": 1}), "a field more would be found"


def test_unknown_parameters_and_reused_keys_are_refused(stripe: StripeServer) -> None:
    client = library.StripeClient(stripe.key, base_addresses={"api": stripe.url}).v1
    with pytest.raises(library.InvalidRequestError, match="unknown parameter"):
        client.customers.create({"nom": "Café"})
    one = client.customers.create({"name": "Café"}, options={"idempotency_key": "k1"})
    assert client.customers.create({"name": "Café"}, options={"idempotency_key": "k1"}).id == one.id
    with pytest.raises(library.IdempotencyError):
        client.customers.create({"name": "Bar"}, options={"idempotency_key": "k1"})
    with pytest.raises(library.AuthenticationError):
        library.StripeClient("sk_test_other", base_addresses={"api": stripe.url}).v1.customers.list()

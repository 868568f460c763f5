"""Signatures, retries and the list of events: what needs no engine."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.events.routing import PUBLISHED, queues_for
from chalicelib.kernel.context import Actor
from chalicelib.kernel.event import Event
from chalicelib.runtime import access
from chalicelib.webhooks import model, signing
from chalicelib.webhooks.catalogue import CATALOGUE, message_id, payload

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl"
BODY = b'{"event_type":"ping","data":{"success":true}}'
SIGNED = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
"""The published example (Svix, "Verifying webhooks manually"; `webhook-id` msg_loFOjxBNrRLzqYUf, 1731705121)."""


def test_the_published_example_is_signed_as_published() -> None:
    assert signing.signature(SECRET, "msg_loFOjxBNrRLzqYUf", 1731705121, BODY) == SIGNED


def test_both_signatures_are_sent_while_a_secret_changes() -> None:
    sent = signing.headers([signing.secret_text(b"n" * 32), SECRET], "msg_loFOjxBNrRLzqYUf", 1731705121, BODY)
    first, second = sent["webhook-signature"].split(" ")
    assert second == SIGNED and first.startswith("v1,") and first != second


def test_a_secret_has_24_to_64_bytes() -> None:
    assert base64.b64decode(signing.secret_text(bytes(32)).removeprefix("whsec_")) == bytes(32)
    for size in (23, 65):
        with pytest.raises(ValueError):
            signing.secret_text(bytes(size))


def examples() -> list[str]:
    """The Python blocks of the page that explains how to verify."""
    page = Path(__file__).resolve().parents[2] / "docs" / "usage" / "webhooks.md"
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S)


def test_the_code_that_the_page_gives_verifies_and_refuses() -> None:
    (code,) = examples()
    names: dict[str, object] = {}
    exec(code, names)
    verify = names["verify"]
    assert callable(verify)
    sent = dict(signing.headers([signing.secret_text(b"o" * 32), SECRET], "evt_1_0", int(NOW.timestamp()), BODY))
    now = NOW.timestamp()
    assert verify(SECRET, sent, BODY, now)
    assert not verify(SECRET, sent, BODY + b" ", now)
    assert not verify(SECRET, {**sent, "webhook-id": "evt_2_0"}, BODY, now)
    assert not verify(SECRET, sent, BODY, now + 301)
    assert not verify("whsec_" + base64.b64encode(b"x" * 32).decode(), sent, BODY, now)


# -- retries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_ten_attempts_within_about_three_days(chance: float) -> None:
    at, waits = NOW, []
    while (following := model.retry_at(len(waits), at, chance)) is not None:
        waits.append(following - at)
        at = following
    assert len(waits) == 9 and waits == sorted(waits)
    assert timedelta(days=2.8) < at - NOW < timedelta(days=3.2)
    assert sum(model.RETRY_SECONDS) == 3 * 86_400


def test_an_endpoint_that_asks_for_time_gets_it_but_no_more_than_a_day() -> None:
    assert model.retry_at(0, NOW, 0.5, 120.0) == NOW + timedelta(minutes=2)
    assert model.retry_at(0, NOW, 0.5, 10.0**9) == NOW + timedelta(days=1)


def test_a_failing_endpoint_is_left_alone_longer_and_longer() -> None:
    health, pauses = model.Health(), []
    for _ in range(14):
        health = model.failed(health, NOW, 0.999999)
        pauses.append((health.open_until - NOW).total_seconds() if health.open_until else 0)
    assert [round(p) for p in pauses[:5]] == [0, 0, 10, 20, 40] and round(max(pauses)) == 600
    assert model.succeeded(health, NOW) == model.Health(last_success_at=NOW)


# -- the list of events ----------------------------------------------------------------------------------------------


def test_every_published_event_is_in_the_catalogue_and_reaches_the_queue() -> None:
    assert set(CATALOGUE) == PUBLISHED
    assert all("webhooks" in queues_for(name) for name in PUBLISHED)
    assert all(each.permission in access.PERMISSIONS for each in CATALOGUE.values())


def test_what_is_told_is_thin_and_names_no_amount() -> None:
    event = Event("evt_1.0", "OrderShipped", "acme", NOW, "sales_order", "ord/1", 4, Actor("user", "u", "Ana"), "req_1", {
        "number": "SO-1", "state": "shipped", "total_without_vat": "79.90", "cost": "12.00", "channel_id": "con_1"})
    assert message_id(event.id) == "evt_1_0"
    assert payload(event, "https://erp.example") == (
        '{"type":"OrderShipped","timestamp":"2026-11-24T08:00:00Z","data":{"id":"ord/1","kind":"sales_order","version":4,'
        '"number":"SO-1","state":"shipped","channel_id":"con_1","url":"https://erp.example/api/sales/orders/ord%2F1"}}')

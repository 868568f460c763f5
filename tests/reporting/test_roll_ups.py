"""Revenue of a day: every event counted once, whatever is delivered twice, and no past day changed behind the reader."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.context import Actor, Command, Context
from chalicelib.kernel.errors import AlreadyDone, Invalid
from chalicelib.kernel.event import Event
from chalicelib.reporting import model, service
from chalicelib.tenants.model import Tenant

NewContext = Callable[..., Context]
DAY = date(2026, 11, 23)


def placed(ctx: Context, n: int, amount: str, channel: str = "con_retail", type: str = "OrderPlaced", hour: int = 12) -> Event:
    at = datetime(2026, 11, 23, hour, tzinfo=UTC)
    return Event(f"evt_{n}", type, ctx.tenant_id, at, "order", f"ord_{n}", 1, Actor("system", "channels"), "req",
                 {"channel_id": channel, "total_without_vat": amount})


@pytest.fixture(autouse=True)
def paris(monkeypatch: Any) -> None:
    monkeypatch.setattr(service.tenants, "tenant", lambda ctx: Tenant(
        id=ctx.tenant_id, name="Maison Givrée", locale="fr", currency="EUR", time_zone="Europe/Paris", country_code="FR",
        owner_ids=(), created_at=ctx.now))


def record(ctx: Context, event: Event) -> None:
    with contextlib.suppress(AlreadyDone):
        service.record(replace(ctx, command=Command(f"reporting:{event.id}")), event)


def test_three_orders_delivered_twice_are_three_orders(new_ctx: NewContext) -> None:
    ctx = new_ctx()
    for _ in range(2):
        record(ctx, placed(ctx, 1, "10.10"))
        record(ctx, placed(ctx, 2, "20.20"))
        record(ctx, placed(ctx, 3, "5.00", "con_gifts"))
    rows = service.rows(ctx, DAY, DAY)
    assert model.total(rows, "orders", DAY, DAY) == 3
    assert model.series(rows, "revenue", DAY, DAY) == {"con_retail": [Decimal("30.30")], "con_gifts": [Decimal("5.00")]}


def test_an_order_at_half_past_eleven_in_the_evening_utc_is_tomorrows_in_paris(new_ctx: NewContext) -> None:
    ctx = new_ctx()
    record(ctx, placed(ctx, 1, "10.00", hour=23))
    assert [row.day for row in service.rows(ctx, date(2026, 11, 1), date(2026, 12, 31))] == [date(2026, 11, 24)]


def test_a_cancellation_stands_apart(new_ctx: NewContext) -> None:
    ctx = new_ctx()
    record(ctx, placed(ctx, 1, "10.00"))
    record(ctx, placed(ctx, 2, "10.00", type="OrderCancelled"))
    rows = service.rows(ctx, DAY, DAY)
    assert model.total(rows, "revenue", DAY, DAY) == Decimal("10.00")
    assert model.total(rows, "cancelled_revenue", DAY, DAY) == Decimal("10.00")


def test_a_period_is_compared_with_the_one_before(new_ctx: NewContext) -> None:
    ctx = replace(new_ctx(), now=datetime(2026, 11, 24, 8, tzinfo=UTC))
    record(ctx, placed(ctx, 1, "10.00"))
    shown = service.business(ctx, {"from": "2026-11-24", "to": "2026-11-24"})
    assert shown["measures"]["revenue"]["total"] == 0
    assert shown["measures"]["revenue"]["before"] == Decimal("10.00")
    with pytest.raises(Invalid):
        service.business(ctx, {"from": "2026-11-24", "to": "2026-11-01"})

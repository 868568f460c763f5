"""What a tenant uses is summed without a write for each request, and said at the cloud's prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, Unavailable
from chalicelib.kernel.event import Event
from chalicelib.kernel.usage import costs
from chalicelib.runtime import metering, worker
from chalicelib.runtime.settings import settings
from chalicelib.storage import client, single
from chalicelib.tenants.selling import costs as month_costs
from tests.hostile.merchant import Merchant, found

Call = Callable[..., Any]
D = Decimal


@pytest.fixture
def meter(engine: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[metering.Meter]:
    """A process that meters."""
    kept = metering.Meter()
    monkeypatch.setenv("COMPTOIR_METERING", "1")
    monkeypatch.setattr(metering, "METER", kept)
    settings.cache_clear()
    yield kept
    kept.stop()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def merchant(platform: Context) -> Merchant:
    return found(platform, "meter")


def test_hundred_requests_are_two_writes_and_the_owner_sees_what_they_cost(
        meter: metering.Meter, merchant: Merchant, call: Call) -> None:
    who = {"authorization": f"Bearer {merchant.api_key}"}
    call("GET", "/api/stock/warehouses", None, who)
    writes: list[str] = []
    client.observers.append(lambda operation, parameters, answer: writes.append(operation))
    try:
        for _ in range(100):
            assert call("GET", "/api/stock/warehouses", None, who)[0] == 200
    finally:
        client.observers.pop()
    assert len([each for each in writes if each == "UpdateItem"]) <= 12, "the quota's leases and no more"
    meter._tallies[merchant.tenant_id].written_at = -1e9
    status, _, seen = call("GET", "/api/subscriptions/costs", None, who)
    assert status == 200 and seen["orders"] == 0 and seen["usd_per_order"] is None
    status, _, seen = call("GET", "/api/subscriptions/costs", None, who)
    lines = {line["meter"]: line for line in seen["lines"]}
    assert D(lines["gateway_requests"]["quantity"]) == 102 and D(lines["gateway_requests"]["usd"]) == D("0.000357")
    assert D(lines["read_units"]["quantity"]) > 100
    assert sum(D(line["usd"]) for line in seen["lines"]) == pytest.approx(D(seen["usd"]), abs=D("0.00001"))
    assert len(seen["days"]) == 1 and D(seen["days"][0]["usd"]) == D(seen["usd"])


def test_a_message_counts_its_queue_and_its_work(meter: metering.Meter, merchant: Merchant) -> None:
    ctx = merchant.ctx()
    event = Event("evt_1.0", "StockChanged", ctx.tenant_id, ctx.now, "stock", "A", 1, ctx.actor, "r", {"skus": ["A"]})
    from chalicelib.events.outbox import message

    batch = {"Records": [{"messageId": "m", "body": message(event)}]}
    done = worker.consume("any", {"StockChanged": lambda ctx, event: None}, batch, None)
    assert done == {"batchItemFailures": []}
    shown = month_costs.of_month(merchant.ctx())
    assert {line.meter: line.quantity for line in shown.lines}["queue_requests"] == 3


def test_what_could_not_be_written_is_written_later(meter: metering.Meter, merchant: Merchant,
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = merchant.ctx()
    meter.note(ctx.tenant_id, mails=2)
    with monkeypatch.context() as broken:
        broken.setattr(single, "add_up", lambda *given: (_ for _ in ()).throw(Unavailable()))
        meter.write(ctx)
    meter.note(ctx.tenant_id, mails=1)
    meter._tallies[ctx.tenant_id].written_at = None
    meter.write(replace(ctx, deadline=ctx.clock.monotonic() + 5))
    assert [(line.meter, line.quantity) for line in month_costs.of_month(ctx).lines] == [("mails", 3)]


def test_a_month_is_units_times_prices_and_an_order_its_share() -> None:
    """1,000,000 writes and 100,000 requests at Paris' prices of the table: $0.7423 and $0.35."""
    first, second = date(2026, 11, 1), date(2026, 11, 2)
    seen = costs("2026-11", {first: {"write_halves": 2_000_000}, second: {"gateway_requests": 100_000}}, {second: 10}, 0)
    assert seen.usd == D("1.0923") and seen.usd_per_order == D("0.10923") and seen.orders == 10
    assert [(each.day, each.orders, each.usd) for each in seen.days] == [(first, 0, D("0.7423")), (second, 10, D("0.35"))]


def test_a_month_that_is_none_is_refused(merchant: Merchant) -> None:
    for month in ("2026-13", "november", "2026-1", "1999-01"):
        with pytest.raises(Invalid, match="2026-11"):
            month_costs.of_month(merchant.ctx(), month)

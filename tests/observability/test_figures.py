"""The operators' figures are the measurements of the lines: summed by five minutes, by domain and platform, right to a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.cloud_prices import HOME_REGION, PRICES
from chalicelib.kernel.context import OPERATORS, Context
from chalicelib.kernel.errors import Invalid
from chalicelib.operators import figures as pages
from chalicelib.runtime import figures, observability


def test_a_step_holds_its_times_and_its_end_is_not_far_off() -> None:
    for milliseconds in (0, 0.4, 1, 2, 3, 7.5, 100, 999, 60_000, 10**9):
        step = figures.step_of(milliseconds)
        assert figures.upper(step) >= min(milliseconds, figures.upper(figures.MOST_STEPS)) * 0.999
        if 1 < milliseconds < 10**8:
            assert figures.upper(step) / milliseconds < 1.42


def test_what_lines_measure_is_what_the_page_shows(new_ctx: Callable[..., Context], monkeypatch: pytest.MonkeyPatch) -> None:
    kept = figures.Figures()
    monkeypatch.setattr(figures, "FIGURES", kept)
    monkeypatch.setattr(kept, "_writer", object())
    monkeypatch.setattr(observability, "settings", lambda: type("On", (), {"request_log": True, "stage": "local"}))
    for milliseconds in (10, 20, 30, 400):
        values = {"Latency": milliseconds, "ServerErrors": int(milliseconds > 100)}
        observability.measure("request", values, {"Domain": "catalog"})
    observability.measure("event", {"OrdersPlaced": 2, "WriteUnits": 52.5, "ReadUnits": 6})
    observability.measure("delivery", {"WebhookLag": [100, 200]}, {"Platform": "prestashop"})
    operators = replace(new_ctx(), tenant_id=OPERATORS)
    before = pages.platform(operators, 3)
    kept.write()
    after = pages.platform(replace(operators, now=operators.clock.now()), 3)

    def told(page: pages.PlatformFigures, metric: str, member: str) -> Any:
        return next((each for each in page.series if (each.metric, each.member) == (metric, member)), None)

    def grown(metric: str, member: str) -> tuple[int, Decimal]:
        old, new = told(before, metric, member), told(after, metric, member)
        return (new.count - (old.count if old else 0), new.total - (old.total if old else 0))

    assert grown("Latency", "catalog") == (4, Decimal(460)) and grown("ServerErrors", "catalog") == (4, Decimal(1))
    assert grown("WriteUnits", "all") == (1, Decimal("52.5")) and grown("WebhookLag", "prestashop") == (2, Decimal(300))
    assert 400 <= told(after, "Latency", "catalog").p99 < 400 * 1.42
    kept.write()
    assert told(pages.platform(operators, 24), "OrdersPlaced", "all").total == told(after, "OrdersPlaced", "all").total, "once"
    with pytest.raises(Invalid):
        pages.hours_of({"hours": "5"})


def test_an_orders_share_is_what_was_asked_of_table_and_gateway_at_its_price() -> None:
    def of(metric: str, count: int, total: str) -> pages.FigureSeries:
        return pages.FigureSeries(metric=metric, member="all", unit="Count", count=count, total=Decimal(total), p99=None,
                                  slots=())

    asked = (of("ReadUnits", 9, "1000"), of("WriteUnits", 9, "26000"), of("Latency", 1000, "5"), of("OrdersPlaced", 9, "1000"))
    expected = (PRICES["read_units"].of(Decimal(1), HOME_REGION) + PRICES["write_units"].of(Decimal(26), HOME_REGION)
                + PRICES["gateway_requests"].of(Decimal(1), HOME_REGION))
    assert pages.share_of_an_order(asked) == expected.quantize(Decimal("0.0000001"))
    assert pages.share_of_an_order(asked[:3]) is None


def test_slots_are_whole_and_old_figures_are_left_out(new_ctx: Callable[..., Context]) -> None:
    now = new_ctx().now
    slot = figures.slot_of(now)
    assert now - timedelta(minutes=5) < slot <= now and (slot.minute % 5, slot.second, slot.microsecond) == (0, 0, 0)

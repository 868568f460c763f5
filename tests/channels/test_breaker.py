"""How gently a shop is called."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.channels import breaker
from chalicelib.channels.breaker import Pace
from tests.channels.shapes import NOON


def test_a_burst_is_two_seconds_of_the_budget_and_then_the_rate_holds() -> None:
    pace = breaker.refilled(Pace(), 5, NOON)
    calls, now = 0, NOON
    for _ in range(600):
        pace = breaker.refilled(pace, 5, now)
        if not breaker.wait_seconds(pace, 5):
            pace = breaker.spent(pace, 1)
            calls += 1
        now += timedelta(milliseconds=100)
    assert calls <= 10 + 60 * 5
    assert calls >= 60 * 5


def test_three_failures_in_a_row_leave_the_shop_alone_longer_each_time_up_to_ten_minutes() -> None:
    pace = Pace()
    pauses = []
    for _ in range(14):
        pace = breaker.failed(pace, NOON, "down", 0.999999)
        pauses.append(round((pace.open_until - NOON).total_seconds()) if pace.open_until else 0)
    assert pauses[:5] == [0, 0, 5, 10, 20]
    assert pauses[-1] == 600
    assert pace.is_open(NOON + timedelta(seconds=599)) and not pace.is_open(NOON + timedelta(seconds=601))
    assert breaker.succeeded(pace, NOON).failure_count == 0


def test_a_shop_that_names_a_time_is_left_alone_for_it() -> None:
    pace = breaker.failed(Pace(), NOON, "429", 0, retry_after_seconds=30)
    assert pace.open_until == NOON + timedelta(seconds=30)

"""How a shop in trouble is left alone."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.channels import pace as breaker
from chalicelib.channels.pace import Pace
from connectors.errors import RateLimited, Unavailable
from tests.channels.shapes import NOON


def test_three_failures_in_a_row_leave_the_shop_alone_longer_each_time_up_to_ten_minutes() -> None:
    pace = Pace()
    pauses = []
    for _ in range(14):
        pace = breaker.failed(pace, NOON, Unavailable("down"), 0.999999)
        pauses.append(round((pace.open_until - NOON).total_seconds()) if pace.open_until else 0)
    assert pauses[:5] == [0, 0, 5, 10, 20]
    assert pauses[-1] == 600
    assert pace.is_open(NOON + timedelta(seconds=599)) and not pace.is_open(NOON + timedelta(seconds=601))
    assert breaker.succeeded(pace, NOON).failure_count == 0


def test_a_shop_that_names_a_time_is_left_alone_for_it() -> None:
    pace = breaker.failed(Pace(), NOON, RateLimited("429"), 0, retry_after_seconds=30)
    assert pace.open_until == NOON + timedelta(seconds=30)

"""When schedules fire, and what they call."""
from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.schedule_expression import next_fire
from infra.local.schedule_loop import ScheduleLoop
from infra.local.sources import ScheduleSource


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("expression", "after", "expected"), [
    ("rate(1 minute)", "2026-01-31T23:59:30", "2026-02-01T00:00:30"),
    ("rate(6 hours)", "2026-01-01T00:00:00", "2026-01-01T06:00:00"),
    ("cron(0 6 * * ? *)", "2026-03-01T06:00:00", "2026-03-02T06:00:00"),
    ("cron(0/15 * * * ? *)", "2026-03-01T06:16:00", "2026-03-01T06:30:00"),
    ("cron(30 8 ? * MON-FRI *)", "2026-11-20T08:30:00", "2026-11-23T08:30:00"),
    ("cron(0 0 1 1,7 ? *)", "2026-01-01T00:00:00", "2026-07-01T00:00:00"),
    ("cron(0 12 ? * 1 *)", "2026-11-24T00:00:00", "2026-11-29T12:00:00"),
    ("cron(0 0 29 2 ? *)", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
    ("cron(59 23 31 12 ? 2026)", "2026-01-01T00:00:00", "2026-12-31T23:59:00"),
])
def test_the_next_instant_of_a_schedule(expression: str, after: str, expected: str) -> None:
    assert next_fire(expression, at(after)) == at(expected)


def test_a_schedule_in_paris_keeps_its_local_hour_across_summer_time() -> None:
    winter = next_fire("cron(0 6 * * ? *)", at("2026-03-28T00:00:00"), "Europe/Paris")
    summer = next_fire("cron(0 6 * * ? *)", at("2026-03-29T00:00:00"), "Europe/Paris")
    assert (winter, summer) == (at("2026-03-28T05:00:00"), at("2026-03-29T04:00:00"))


def test_a_schedule_whose_years_are_over_never_fires() -> None:
    assert next_fire("cron(0 0 1 1 ? 2020)", at("2026-01-01T00:00:00")) is None


@pytest.mark.parametrize("expression", [
    "rate(0 minutes)", "rate(5 seconds)", "cron(0 6 * * *)", "cron(0 6 * * * *)", "cron(0 6 ? * ? *)",
    "cron(60 6 * * ? *)", "cron(0 6 L * ? *)", "cron(0 6 ? * 2#1 *)", "cron(5-1 * * * ? *)", "cron(0/0 * * * ? *)",
    "every day",
])
def test_other_expressions_are_refused_when_declared(expression: str) -> None:
    with pytest.raises(ValueError, match=r"cron|rate|valid|must"):
        ScheduleSource("sweep", expression, lambda event, context: None)


def fire_twice(source: ScheduleSource) -> None:
    """Run the loop on a clock that jumps an hour at every look, until its handler was called twice."""
    instants = (at("2026-01-01T00:00:00") + timedelta(hours=step) for step in range(1000))
    thread = threading.Thread(target=ScheduleLoop(source, STOPPING, now=lambda: next(instants)).run)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()


STOPPING = threading.Event()


@pytest.fixture(autouse=True)
def not_stopping() -> None:
    STOPPING.clear()


def test_a_schedule_sends_the_scheduled_event_and_survives_a_failing_handler() -> None:
    events: list[dict[str, Any]] = []

    def handler(event: dict[str, Any], context: Any) -> None:
        events.append(event)
        if len(events) == 2:
            STOPPING.set()
        raise RuntimeError("boom")

    fire_twice(ScheduleSource("sweep", "rate(1 hour)", handler))
    assert len(events) == 2
    assert events[0]["source"] == "aws.events" and events[0]["detail-type"] == "Scheduled Event"
    assert events[0]["time"] == "2026-01-01T01:00:00Z" and events[0]["resources"][0].endswith("rule/sweep")


def test_a_constant_payload_replaces_the_scheduled_event() -> None:
    events: list[dict[str, Any]] = []

    def handler(event: dict[str, Any], context: Any) -> None:
        events.append(event)
        if len(events) == 2:
            STOPPING.set()

    fire_twice(ScheduleSource("poll", "rate(1 hour)", handler, payload={"task": "poll"}))
    assert events == [{"task": "poll"}, {"task": "poll"}]

"""Calls handlers by the clock, as EventBridge schedules do."""
from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.engine import ACCOUNT, REGION
from infra.local.invocation import BatchFailed, invoke
from infra.local.schedule_expression import next_fire
from infra.local.sources import ScheduleSource

logger = logging.getLogger(__name__)

_LONGEST_SLEEP_SECONDS = 30.0


class ScheduleLoop:
    """The loop of one schedule. A firing that takes longer than the interval delays the next one."""

    def __init__(
        self, source: ScheduleSource, stopping: threading.Event,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._stopping = stopping
        self._now = now

    def run(self) -> None:
        """Fire until told to stop. The sleep is cut in pieces, so a laptop that slept fires soon after waking."""
        due = self._next(self._now())
        while due is not None and not self._stopping.is_set():
            left = (due - self._now()).total_seconds()
            if left > 0:
                self._stopping.wait(min(left, _LONGEST_SLEEP_SECONDS))
                continue
            self._fire(due)
            due = self._next(max(due, self._now()))

    def _next(self, after: datetime) -> datetime | None:
        if self._source.every_seconds is not None:
            return after + timedelta(seconds=self._source.every_seconds)
        return next_fire(self._source.expression, after, self._source.timezone)

    def _fire(self, due: datetime) -> None:
        source = self._source
        event = dict(source.payload) if source.payload is not None else scheduled_event(source.name, due)
        try:
            invoke(source.name, source.handler, event, source.timeout_seconds)
        except BatchFailed:
            logger.warning("the schedule %s failed; it fires again at its next time", source.name)


def scheduled_event(name: str, due: datetime) -> dict[str, Any]:
    """The event EventBridge sends to a function for a scheduled rule."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"],
        "detail": {},
    }

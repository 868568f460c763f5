"""Runs all event sources of the laptop in threads of this process: queues, streams and schedules.

    runner = LoopRunner(sources, environment=engine.environment(), on_start=sweep)
    runner.start()
    …
    runner.stop()
"""
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import boto3
from botocore.config import Config

from infra.local.queue_loop import QueueLoop
from infra.local.schedule_loop import ScheduleLoop
from infra.local.sources import QueueSource, ScheduleSource, StreamSource
from infra.local.stream_loop import StreamLoop

logger = logging.getLogger(__name__)

Source = QueueSource | StreamSource | ScheduleSource

_RETRY_ON_START_SECONDS = 2.0


class LoopRunner:
    """Owns the threads. `on_start` runs once beside the loops, again after a failure: a restarted engine has lost
    its queues and stream positions, so there the application publishes its outbox again."""

    def __init__(
        self,
        sources: Iterable[Source],
        environment: Mapping[str, str],
        on_start: Callable[[], object] | None = None,
    ) -> None:
        self._stopping = threading.Event()
        self._sources = list(sources)
        self._on_start = on_start
        self._threads: list[threading.Thread] = []
        self._stream_loops: list[StreamLoop] = []
        loops = sum(source.concurrency if isinstance(source, QueueSource) else 1 for source in self._sources)
        self._sqs = _client("sqs", environment, loops)
        self._streams = _client("dynamodbstreams", environment, loops)

    def start(self, skip_past: bool = False) -> None:
        """Start one named thread for each loop and return at once. With `skip_past` what stands in the streams before this
        call is not delivered."""
        for source in self._sources:
            for name, loop in self._loops(source):
                self._threads.append(threading.Thread(target=loop, name=name, daemon=True))
        if skip_past:
            for stream in self._stream_loops:
                stream.skip()
        if self._on_start is not None:
            self._threads.append(threading.Thread(target=self._run_on_start, name="on-start", daemon=True))
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something was written: the streams are read at once."""
        for stream in self._stream_loops:
            stream.wake()

    def have_read(self, since: float) -> bool:
        """Whether every stream was found empty after the instant `since` (monotonic seconds)."""
        return all(stream.has_read(since) for stream in self._stream_loops)

    def stop(self, timeout_seconds: float = 30.0) -> bool:
        """Let every batch under way finish; False if some handler is still running after `timeout_seconds`."""
        self._stopping.set()
        self.wake()
        deadline = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        running = [thread.name for thread in self._threads if thread.is_alive()]
        if running:
            logger.warning("still running after %.0f s: %s", timeout_seconds, ", ".join(running))
        return not running

    def _loops(self, source: Source) -> list[tuple[str, Callable[[], None]]]:
        if isinstance(source, QueueSource):
            return [
                (f"queue-{source.name}-{number}", QueueLoop(source, self._sqs, self._stopping).run)
                for number in range(source.concurrency)
            ]
        if isinstance(source, StreamSource):
            stream = StreamLoop(source, self._streams, self._sqs, self._stopping)
            self._stream_loops.append(stream)
            return [(f"stream-{source.name}", stream.run)]
        return [(f"schedule-{source.name}", ScheduleLoop(source, self._stopping).run)]

    def _run_on_start(self) -> None:
        assert self._on_start is not None
        while not self._stopping.is_set():
            try:
                self._on_start()
                return
            except Exception:
                logger.exception("the work at start failed; next attempt in %.0f s", _RETRY_ON_START_SECONDS)
                self._stopping.wait(_RETRY_ON_START_SECONDS)


def _client(service: str, environment: Mapping[str, str], connections: int) -> Any:
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(max_pool_connections=connections + 2, retries={"total_max_attempts": 1}),
    )

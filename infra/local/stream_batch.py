"""Delivers one batch of stream records in order, the way Lambda's stream event source retries it.

A failure never lets a later record of the shard overtake: the batch is retried from its first failed record, split
to isolate it (which is no retry), and after the last retry dropped with its position sent to the failure destination.
"""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.invocation import BatchFailed, failed_identifiers, invoke
from infra.local.sources import StreamSource

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many records from the front are done, and whether the handler named the ones that are not."""

    done: int
    names_failures: bool = False


class Delivery:
    """Delivers batches of one shard. `discard(records, attempts)` tells the failure destination."""

    def __init__(
        self, source: StreamSource, stopping: threading.Event, discard: Callable[[list[Record], int], None],
    ) -> None:
        self._source = source
        self._stopping = stopping
        self._discard = discard

    def deliver(self, records: list[Record]) -> int:
        """Deliver in order; answer how many from the front are settled: fewer than all only when told to stop."""
        settled = 0
        parts = deque([(records, 0)] if records else [])
        while parts:
            part, attempts = parts.popleft()
            outcome = self._attempt(part)
            settled += outcome.done
            rest = part[outcome.done:]
            if not rest:
                continue
            attempts = 1 if outcome.done else attempts + 1
            if self._source.bisect_on_error and len(rest) > 1:
                middle = 1 if outcome.names_failures else len(rest) // 2
                parts.extendleft([(rest[middle:], 0), (rest[:middle], attempts - 1)])
            elif self._source.maximum_retries is not None and attempts > self._source.maximum_retries:
                self._discard(rest, attempts)
                settled += len(rest)
            else:
                parts.appendleft((rest, attempts))
                if self._stopping.wait(self._pause(attempts)):
                    break
        return settled

    def _attempt(self, records: list[Record]) -> Outcome:
        source = self._source
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        try:
            answer = invoke(source.name, source.handler, {"Records": records}, source.timeout_seconds)
            failed = failed_identifiers(answer, numbers) if source.report_batch_item_failures else set()
        except BatchFailed:
            return Outcome(0)
        if not failed:
            return Outcome(len(records))
        return Outcome(min(numbers.index(number) for number in failed), names_failures=True)

    def _pause(self, attempts: int) -> float:
        doubled = self._source.first_retry_seconds * 2.0 ** min(attempts - 1, 20)
        return min(doubled, self._source.longest_retry_seconds)

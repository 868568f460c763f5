"""Declarations of what calls a handler on the laptop: the counterparts of Lambda's event source mappings."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.event_filter import check_pattern
from infra.local.lambda_context import LambdaContext
from infra.local.schedule_expression import next_fire_check

Handler = Callable[[dict[str, Any], LambdaContext], Any]


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A handler fed from a queue. Visibility timeout and redrive policy are the queue's own attributes.

    `batch_size` 1 to 10,000; `batch_window_seconds` 0 to 300: how long a batch may be gathered (over 10 messages
    needs a window, as in Lambda). `concurrency` loops poll the queue side by side, each waiting `wait_seconds` for a first
    message: so long may stopping take.
    """

    name: str
    queue_url: str
    handler: Handler
    batch_size: int = 10
    batch_window_seconds: float = 0.0
    concurrency: int = 1
    report_batch_item_failures: bool = True
    timeout_seconds: float = 30.0
    wait_seconds: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.batch_size <= 10_000:
            raise ValueError(f"{self.name}: batch_size must be 1 to 10,000")
        if self.batch_size > 10 and self.batch_window_seconds <= 0:
            raise ValueError(f"{self.name}: a batch of more than 10 messages needs a batch window")


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A handler fed from a table's stream, in order within each shard.

    `maximum_retries` None retries until success, as Lambda does by default; after the last retry the records are
    dropped and their position goes to `failure_queue_url`. `filters` are Lambda filter patterns, any of which
    lets a record through. While records come it is polled every `poll_seconds`; after `calm_seconds` without any, every
    `idle_seconds`, or at once when the loop is woken.
    """

    name: str
    stream_arn: str
    handler: Handler
    batch_size: int = 100
    maximum_retries: int | None = None
    bisect_on_error: bool = True
    report_batch_item_failures: bool = True
    filters: tuple[Mapping[str, Any], ...] = ()
    failure_queue_url: str | None = None
    starting_position: str = "TRIM_HORIZON"
    poll_seconds: float = 0.1
    idle_seconds: float = 0.5
    calm_seconds: float = 2.0
    first_retry_seconds: float = 0.1
    longest_retry_seconds: float = 10.0
    timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.starting_position not in ("TRIM_HORIZON", "LATEST"):
            raise ValueError(f"{self.name}: a stream starts at TRIM_HORIZON or LATEST")
        for pattern in self.filters:
            check_pattern(pattern)


@dataclass(frozen=True, slots=True)
class ScheduleSource:
    """A handler called by the clock: `rate(5 minutes)` or `cron(0 6 * * ? *)`, in `timezone`.

    `payload` replaces the scheduled event, as a schedule's constant input does. `every_seconds` replaces the expression
    where a laptop need not spare calls as a cloud does.
    """

    name: str
    expression: str
    handler: Handler
    timezone: str = "UTC"
    payload: Mapping[str, Any] | None = field(default=None)
    timeout_seconds: float = 300.0
    every_seconds: float | None = None

    def __post_init__(self) -> None:
        next_fire_check(self.expression, self.timezone)

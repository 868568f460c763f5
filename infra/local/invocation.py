"""One call of a handler by an event source, and what Lambda reads from its answer."""
from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from infra.local.lambda_context import new_context
from infra.local.sources import Handler

logger = logging.getLogger(__name__)
Watcher = Callable[[str, float, bool, dict[str, Any]], None]
watchers: list[Watcher] = []
"""Told of every call: whose, how many milliseconds it took, whether it failed, and its event."""


class BatchFailed(Exception):
    """The whole batch counts as failed: the handler raised, or its answer cannot be read."""


def invoke(name: str, handler: Handler, event: dict[str, Any], timeout_seconds: float) -> Any:
    """Call the handler with a fresh context. Raises BatchFailed (and logs the trace) when it raises."""
    context, began, failed = new_context(name, timeout_seconds), time.monotonic(), False
    try:
        return handler(event, context)
    except Exception as error:
        failed = True
        logger.exception("%s failed (request %s)", name, context.aws_request_id)
        raise BatchFailed(str(error)) from error
    finally:
        for watch in watchers:
            watch(name, (time.monotonic() - began) * 1000, failed, event)


def failed_identifiers(answer: Any, known: Sequence[str]) -> set[str]:
    """The identifiers in `batchItemFailures`. An empty answer means success.

    Lambda takes the whole batch as failed when the answer is malformed or names an item that is not in the batch.
    """
    if not answer:
        return set()
    try:
        failures = answer.get("batchItemFailures") or []
        identifiers = [failure["itemIdentifier"] for failure in failures]
    except (AttributeError, KeyError, TypeError) as error:
        raise BatchFailed(f"unreadable batchItemFailures: {answer!r}") from error
    unknown = [identifier for identifier in identifiers if identifier not in set(known)]
    if unknown:
        raise BatchFailed(f"batchItemFailures names items that are not in the batch: {unknown!r}")
    return set(identifiers)

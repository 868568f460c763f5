"""Events of a tenant that a consumer could not do: noted when they fail, forgotten when they are done after all.

A note costs a write when something failed, and a delete when a message that was delivered before is done; the many that are
done at once cost nothing. One that ends among the dead letters keeps its note as long as it may lie there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import observability
from chalicelib.storage import keys, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item

KEPT_SECONDS = 14 * 86_400
"""As long as a dead letter waits."""
REDRIVEN = "redriven"
"""The attribute of a message that was sent back from the dead letters: its count of deliveries begins anew."""


def deliveries(record: Mapping[str, Any]) -> int:
    """How many times a message was handed out, this one included."""
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))


def was_here_before(record: Mapping[str, Any]) -> bool:
    """Whether a message failed before, as far as it can tell."""
    return deliveries(record) > 1 or REDRIVEN in record.get("messageAttributes", {})


def _key(ctx: Context, consumer: str, event: Event) -> Key:
    return keys.child(ctx, "failed_event", "all", f"{consumer}#{event.id}")


def note(ctx: Context, consumer: str, event: Event, error: Exception, record: Mapping[str, Any]) -> None:
    """Keeps that the event failed. What cannot be kept (the table itself is in trouble) is in the log all the same."""
    now = ctx.clock.now()
    told = {"event_id": event.id, "type": event.type, "consumer": consumer, "failed_at": now.isoformat(),
            "attempts": deliveries(record), "error": type(error).__name__, "request_id": event.request_id,
            "correlation_id": event.correlation_id or event.request_id}
    _try(lambda: single.put(_hurried(ctx), Item(_key(ctx, consumer, event), "failed_event", event.tenant_id,
                                                codec.compact(told), expires_at=int(now.timestamp()) + KEPT_SECONDS)), ctx)


def forget(ctx: Context, consumer: str, event: Event) -> None:
    """The event is done after all."""
    _try(lambda: single.delete(_hurried(ctx), _key(ctx, consumer, event)), ctx)


def _hurried(ctx: Context) -> Context:
    return replace(ctx, deadline=min(ctx.deadline, ctx.clock.monotonic() + 2))


def _try(write: Any, ctx: Context) -> None:
    try:
        write()
    except Exception as error:
        observability.log(logging.WARNING, "failure not noted", **observability.ids(ctx), error=type(error).__name__)

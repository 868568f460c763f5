"""What channels say of themselves in the log, with their lag as metrics of each platform."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from chalicelib.channels.desired import ChangeNote, Measurement
from chalicelib.channels.model import Connection, Delivery
from chalicelib.kernel.context import Context
from chalicelib.runtime import observability
from chalicelib.runtime.observability import MAX_VALUES, Value
from connectors.contract import ConnectorError

PLATFORM = "Platform"


def pushed(ctx: Context, connection: Connection, items: int, measured: Sequence[Measurement],
           told: Sequence[ChangeNote]) -> None:
    """A push was answered. What it told of is named by the ids of the work that made the changes, whoever carries them."""
    lags = [int(each.seconds * 1000) for each in measured[:MAX_VALUES]]
    values: dict[str, Value] = {"PushesFailed": 0, **({"PushLag": lags} if lags else {})}
    found = observability.correlations([*(each.correlation_id for each in told if each.correlation_id), ctx.correlation])
    observability.measure("pushed", values, {PLATFORM: connection.platform}, tenant=ctx.tenant_id, request_id=ctx.request_id,
                          connection=connection.id, items=items, **found)


def push_failed(ctx: Context, connection: Connection, items: int, error: ConnectorError) -> None:
    """A shop did not take a push."""
    observability.measure("push failed", {"PushesFailed": 1}, {PLATFORM: connection.platform}, logging.WARNING,
                          **observability.ids(ctx), connection=connection.id, items=items, error=error.code)


def delivered(ctx: Context, connection: Connection, delivery: Delivery) -> None:
    """A webhook was handled for the first time: how long after it came."""
    if delivery.handled_at is not None:
        lag = max(0, round((delivery.handled_at - delivery.received_at).total_seconds() * 1000))
        observability.measure("delivery", {"WebhookLag": lag}, {PLATFORM: connection.platform}, **observability.ids(ctx),
                              connection=connection.id, outcome=delivery.outcome or delivery.problem_code)

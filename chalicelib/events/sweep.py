"""Finds what the stream missed: publishes the outbox of some past time again. Consumers ignore what they have seen.

Lambda gives up a batch of the stream after its retries and tells the failure destination where it stood and when its
records arrived, not what they were. That message is the order to sweep.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.events.outbox import events_of
from chalicelib.events.relay import publish
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.event import Event
from chalicelib.storage import keys, read

QUEUE = "sweep"
"""The failure destination of the stream."""
_MARGIN = timedelta(minutes=2)
"""An event carries the clock of the command that wrote it, which may have tried for a whole request before it committed."""


def given_up(body: str) -> tuple[datetime, datetime]:
    """When the events of a batch that the stream gave up were written, from the message Lambda sends for it
    (`DDBStreamBatchInfo`, Lambda developer guide, "Retaining discarded batches"). Raises KeyError, ValueError."""
    batch = json.loads(body)["DDBStreamBatchInfo"]
    first, last = (datetime.fromisoformat(batch[f"approximateArrivalOf{which}Record"]) for which in ("First", "Last"))
    return first - _MARGIN, last + _MARGIN


def outbox_between(ctx: Context, since: datetime, until: datetime) -> Iterator[Event]:
    """Every event of the tenant written between two instants, shard by shard and hour by hour."""
    hour = since.replace(minute=0, second=0, microsecond=0)
    prefix = keys.prefix(ctx)
    while hour <= until:
        for shard in range(keys.OUTBOX_SHARDS):
            partition = keys.outbox_partition(ctx, shard, hour).removeprefix(prefix)
            for item in read.every_item(ctx, partition):
                for event in events_of(ctx.tenant_id, item.key.sk, item.data):
                    if since <= event.at <= until:
                        yield event
        hour += timedelta(hours=1)


def sweep(ctx: Context, since: datetime, until: datetime) -> int:
    """Publishes the tenant's events between two instants again; answers how many. Raises Unavailable when a queue did not
    take some of them: sweeping once more does no harm."""
    count = 0
    batch: list[Event] = []
    failed: set[str] = set()
    for event in outbox_between(ctx, since, until):
        batch.append(event)
        count += 1
        if len(batch) == 100:
            failed |= publish(batch)
            batch = []
    failed |= publish(batch)
    if failed:
        raise Unavailable(f"{len(failed)} of {count} events were not accepted by their queues.")
    return count

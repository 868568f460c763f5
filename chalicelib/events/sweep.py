"""Finds what the stream missed: publishes the outbox of some past hours again. Consumers ignore what they have seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.events.outbox import events_of
from chalicelib.events.relay import publish
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.storage import keys, read


def outbox_between(ctx: Context, since: datetime, until: datetime) -> Iterator[Event]:
    """Every event of the tenant written between two instants, shard by shard and hour by hour."""
    hour = since.replace(minute=0, second=0, microsecond=0)
    prefix = keys.prefix(ctx)
    while hour <= until:
        for shard in range(keys.OUTBOX_SHARDS):
            partition = keys.outbox_partition(ctx, shard, hour).removeprefix(prefix)
            start = None
            while True:
                found, start = read.collection(ctx, partition, start=start)
                for item in found:
                    for event in events_of(ctx.tenant_id, item.key.sk, item.data):
                        if since <= event.at <= until:
                            yield event
                if start is None:
                    break
        hour += timedelta(hours=1)


def sweep(ctx: Context, since: datetime, until: datetime) -> int:
    """Publishes the tenant's events between two instants again; answers how many."""
    count = 0
    batch: list[Event] = []
    for event in outbox_between(ctx, since, until):
        batch.append(event)
        count += 1
        if len(batch) == 100:
            publish(batch)
            batch = []
    publish(batch)
    return count

"""The edge of queues and schedules: a batch in, one handler call per event, failures reported one by one.

A handler is `(ctx, event) -> None`. Its command id is the event's id and the queue's name, so that a second delivery
finds the marker of the first and does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from chalicelib.events.outbox import from_message
from chalicelib.events.sweep import given_up, sweep
from chalicelib.kernel.context import Actor, Command, Context, Origin
from chalicelib.kernel.errors import AlreadyDone
from chalicelib.kernel.event import Event
from chalicelib.runtime import api, metering, observability, secrets

Handler = Callable[[Context, Event], None]
BatchHandler = Callable[[Context, list[Event]], None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that time starts: `run(ctx)` is called for every tenant, `minutes` apart; or each hour so many minutes past it."""

    name: str
    minutes: int
    run: Callable[[Context], None]
    past_the_hour: int | None = None

    @property
    def expression(self) -> str:
        """The same as EventBridge says it."""
        if self.past_the_hour is not None:
            return f"cron({self.past_the_hour} * * * ? *)"
        return f"rate({self.minutes} {'minute' if self.minutes == 1 else 'minutes'})"


def _seconds(context: Any) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining() / 1000 - 1 if remaining else api.DEADLINE_SECONDS


def event_context(event: Event, consumer: str, seconds: float) -> Context:
    """The context a consumer works in: the event's tenant and request id, all permissions, a command of its own."""
    platform = api.platform_context(event.request_id)
    actor = Actor("system", consumer, event.actor.name)
    return Context(event.tenant_id, actor, platform.now, event.request_id, Command(f"{consumer}:{event.id}"),
                   frozenset("*"), platform.locale, api.clock.monotonic() + seconds, api.clock, api.chance,
                   secrets.blind_key(event.tenant_id), origin=Origin(event.type))


def tenant_work(tenant_id: str, name: str, seconds: float = 60.0) -> Context:
    """The context of scheduled work for one tenant, and of commands that operations run by hand."""
    platform = api.platform_context(f"{name}-{api.clock.now():%Y%m%d%H%M%S}")
    return Context(tenant_id, Actor("schedule", name), platform.now, platform.request_id,
                   Command(f"{name}:{tenant_id}:{api.clock.now().isoformat()}:{api.chance.token(4).hex()}"),
                   frozenset("*"), platform.locale, api.clock.monotonic() + seconds, api.clock, api.chance,
                   secrets.blind_key(tenant_id), origin=Origin(name))


def consume(consumer: str, handlers: Mapping[str, Handler], batch: Mapping[str, Any], context: Any,
            side_by_side: int = 1) -> dict[str, Any]:
    """A queue's batch, message by message, or so many at a time where a handler waits for strangers. Answers the failed
    ones (SQS `ReportBatchItemFailures`)."""
    seconds = _seconds(context)

    def works(record: Mapping[str, Any]) -> bool:
        try:
            event = from_message(record["body"])
            handler = handlers.get(event.type)
            ctx, began = event_context(event, consumer, seconds), api.clock.monotonic()
            try:
                if handler is not None:
                    handler(ctx, event)
            finally:
                metering.message_done(ctx, api.clock.monotonic() - began)
        except AlreadyDone:
            return True
        except Exception as error:
            observability.crash(error, record.get("messageId", ""), consumer=consumer)
            return False
        return True

    records = batch["Records"]
    if side_by_side > 1 and len(records) > 1:
        with ThreadPoolExecutor(side_by_side) as pool:
            done = list(pool.map(works, records))
    else:
        done = [works(record) for record in records]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record, is_done in zip(records, done, strict=True)
                                  if not is_done]}


def consume_batch(consumer: str, handler: BatchHandler, batch: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """A queue's batch, tenant by tenant, for consumers that write many small items at once."""
    by_tenant: dict[str, list[tuple[str, Event]]] = {}
    failures = []
    for record in batch["Records"]:
        try:
            event = from_message(record["body"])
            by_tenant.setdefault(event.tenant_id, []).append((record["messageId"], event))
        except (ValueError, KeyError, TypeError) as error:
            observability.crash(error, record.get("messageId", ""), consumer=consumer)
            failures.append({"itemIdentifier": record["messageId"]})
    for members in by_tenant.values():
        try:
            events = [event for _, event in members]
            ctx, began = event_context(events[0], consumer, _seconds(context)), api.clock.monotonic()
            handler(ctx, events)
            metering.message_done(ctx, api.clock.monotonic() - began, len(events))
        except Exception as error:
            observability.crash(error, members[0][1].request_id, consumer=consumer)
            failures += [{"itemIdentifier": message_id} for message_id, _ in members]
    return {"batchItemFailures": failures}


def sweep_given_up(batch: Mapping[str, Any], tenants: list[str]) -> dict[str, Any]:
    """Publishes again what every tenant wrote while the stream gave up a batch: the message does not say whose it was.
    A message that fails is delivered again, at last to its dead letters; publishing twice does no harm."""
    failures = []
    for record in batch["Records"]:
        try:
            since, until = given_up(record["body"])
            for tenant_id in tenants:
                sweep(tenant_work(tenant_id, "sweep"), since, until)
        except Exception as error:
            observability.crash(error, record.get("messageId", ""), consumer="sweep")
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def run_schedule(schedule: Schedule, tenants: list[str]) -> None:
    """One beat of a schedule over all tenants; one tenant's failure does not keep the others waiting."""
    for tenant_id in tenants:
        try:
            schedule.run(tenant_work(tenant_id, schedule.name))
        except AlreadyDone:
            continue
        except Exception as error:
            observability.crash(error, schedule.name, tenant=tenant_id)
    observability.log(logging.DEBUG, "schedule", name=schedule.name, tenants=len(tenants))



"""The edge of queues and schedules: a batch in, one handler call per event, failures reported one by one.

A handler is `(ctx, event) -> None`. Its command id is the event's id and the queue's name, so that a second delivery
finds the marker of the first and does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from chalicelib.events import relay
from chalicelib.events.outbox import from_message
from chalicelib.events.sweep import given_up, sweep
from chalicelib.kernel.context import OPERATORS, Actor, Command, Context, Origin
from chalicelib.kernel.errors import AlreadyDone
from chalicelib.kernel.event import Event
from chalicelib.runtime import api, failures, metering, observability, secrets

Handler = Callable[[Context, Event], None]
BatchHandler = Callable[[Context, list[Event]], None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that time starts: `run(ctx)` is called for every tenant, `minutes` apart; or each hour so many minutes past it.
    `tell` is given what came of it for those with whom it did not fail; `for_operators`: for the operators' own partition as
    well."""

    name: str
    minutes: int
    run: Callable[[Context], Any]
    past_the_hour: int | None = None
    tell: Callable[[Sequence[Any]], None] | None = None
    for_operators: bool = False

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
    """The context a consumer works in: the event's tenant and ids, all permissions, a command of its own."""
    platform = api.platform_context(event.request_id)
    actor = Actor("system", consumer, event.actor.name)
    return Context(event.tenant_id, actor, platform.now, event.request_id, Command(f"{consumer}:{event.id}"),
                   frozenset("*"), platform.locale, api.clock.monotonic() + seconds, api.clock, api.chance,
                   secrets.blind_key(event.tenant_id), origin=Origin(event.type), correlation_id=event.correlation_id)


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
        began, told = api.clock.monotonic(), []
        try:
            event = from_message(record["body"])
            told = [event]
            handler, ctx = handlers.get(event.type), event_context(event, consumer, seconds)
            try:
                if handler is not None:
                    handler(ctx, event)
            except AlreadyDone:
                pass
            finally:
                metering.message_done(ctx, api.clock.monotonic() - began)
        except Exception as error:
            _failed(error, consumer, [(record, event) for event in told] or [(record, None)], _since(began))
            return False
        _done(consumer, [(record, event) for event in told], _since(began))
        return True

    records = batch["Records"]
    if side_by_side > 1 and len(records) > 1:
        with ThreadPoolExecutor(side_by_side) as pool:
            done = list(pool.map(works, records))
    else:
        done = [works(record) for record in records]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record, is_done in zip(records, done, strict=True)
                                  if not is_done]}


def _since(began: float) -> float:
    """Milliseconds since an instant of the clock that never goes back."""
    return (api.clock.monotonic() - began) * 1000


Told = tuple[Mapping[str, Any], Event | None]
"""A message, and its event when it could be read."""


def _failed(error: Exception, consumer: str, told: Sequence[Told], milliseconds: float) -> None:
    """What is left of messages that failed together: the stack once, their line, and a note of each for its company."""
    record, first = told[0]
    known: dict[str, Any] = {
        "tenant": first.tenant_id, "correlation_id": first.correlation_id or first.request_id, "event": first.type,
        "event_id": first.id} if first else {}
    observability.crash(error, first.request_id if first else "", consumer=consumer,
                        message_id=record.get("messageId", ""), **known)
    events = [event for _, event in told if event is not None]
    observability.consumed(consumer, events, milliseconds, is_done=False)
    for each, event in told:
        if event is not None:
            failures.note(event_context(event, consumer, api.DEADLINE_SECONDS), consumer, event, error, each)


def _done(consumer: str, told: Sequence[tuple[Mapping[str, Any], Event]], milliseconds: float,
          numbers: Mapping[str, int] | None = None) -> None:
    """The line of messages that are done; the notes of those that failed before are taken away."""
    observability.consumed(consumer, [event for _, event in told], milliseconds, is_done=True, numbers=numbers)
    for record, event in told:
        if failures.was_here_before(record):
            failures.forget(event_context(event, consumer, api.DEADLINE_SECONDS), consumer, event)


def consume_batch(consumer: str, handler: BatchHandler, batch: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """A queue's batch, tenant by tenant, for consumers that write many small items at once."""
    by_tenant: dict[str, list[tuple[Mapping[str, Any], Event]]] = {}
    failed = []
    for record in batch["Records"]:
        try:
            event = from_message(record["body"])
            by_tenant.setdefault(event.tenant_id, []).append((record, event))
        except (ValueError, KeyError, TypeError) as error:
            _failed(error, consumer, [(record, None)], 0.0)
            failed.append({"itemIdentifier": record["messageId"]})
    for members in by_tenant.values():
        events, began = [event for _, event in members], api.clock.monotonic()
        try:
            ctx = event_context(events[0], consumer, _seconds(context))
            handler(ctx, events)
            metering.message_done(ctx, api.clock.monotonic() - began, len(events))
        except Exception as error:
            _failed(error, consumer, members, _since(began))
            failed += [{"itemIdentifier": record["messageId"]} for record, _ in members]
            continue
        _done(consumer, members, _since(began), observability.counted(events))
    return {"batchItemFailures": failed}


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
            observability.crash(error, "", consumer="sweep", message_id=record.get("messageId", ""))
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def run_schedule(schedule: Schedule, tenants: list[str]) -> None:
    """One beat of a schedule over all tenants; one tenant's failure does not keep the others waiting."""
    found: list[Any] = []
    for tenant_id in (*tenants, OPERATORS) if schedule.for_operators else tenants:
        try:
            found.append(schedule.run(tenant_work(tenant_id, schedule.name)))
        except AlreadyDone:
            continue
        except Exception as error:
            observability.crash(error, schedule.name, tenant=tenant_id, name=schedule.name)
    if schedule.tell is not None:
        schedule.tell(found)
    observability.log(logging.DEBUG, "schedule", name=schedule.name, tenants=len(tenants))


def forward(batch: Mapping[str, Any]) -> dict[str, Any]:
    """A batch of the table's stream → the queues, measured: how long the oldest record had waited. The stream tells a
    record's instant in whole seconds (Amazon DynamoDB API Reference, StreamRecord)."""
    answer = relay.handle(batch)
    waited = [each["dynamodb"]["ApproximateCreationDateTime"] for each in batch["Records"]
              if "ApproximateCreationDateTime" in each["dynamodb"]]
    if waited:
        age = max(0, round((api.clock.now().timestamp() - float(min(waited))) * 1000))
        observability.measure("relayed", {"StreamAge": age}, records=len(waited))
    return answer



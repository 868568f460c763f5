"""What follows from the past, at once: as it would be found by somebody who moved here with a year of orders.

The loops hear of an event each time one happens. Of a year of them that is most of the work of a first start, and nearly
all of it for nothing: a worker reads its document as it stands, so the last of a document's events says everything. So the
loops start when the past is made, and until then its events are gathered here and handed to the same workers, one call for
each document, journal or set of articles.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.activity import service as activity
from chalicelib.events.outbox import events_of
from chalicelib.events.routing import queues_for
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone
from chalicelib.kernel.event import Event
from chalicelib.runtime import registry
from chalicelib.runtime.worker import Handler, event_context
from chalicelib.storage import client
from chalicelib.storage.table import text_of

LATELY = timedelta(days=3)
TOLD_LATELY = frozenset({"documents", "shipping", "channels"})
"""Papers are drawn, carriers asked and shops told for the parcels of the last days; of older ones when somebody asks."""
COUNTED, PERIOD = "subscriptions", timedelta(days=31)
"""What a plan counts begins anew with each period, a month at most."""
NOBODY_LISTENS = "webhooks"
"""To a past nobody listened."""
BOOKED = frozenset({"invoicing", "payments"})
ONE_SAYS_ALL = frozenset({"ledger", "stock", "sales", "invoicing", "payments", "documents", "reporting"})
"""Whose workers bring something up to a document as it stands: of all its events they need one."""
_AT_ONCE = 200
_SECONDS = 600.0


class Past:
    """Gathers the events of this process's transactions from `with` on, until its end."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def __enter__(self) -> Past:
        client.observers.append(self._observe)
        return self

    def __exit__(self, *_: object) -> None:
        client.observers.remove(self._observe)

    def _observe(self, operation: str, parameters: dict[str, Any], _: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            items = [action["Put"]["Item"] for action in parameters["TransactItems"] if "Put" in action]
        elif operation == "PutItem":
            items = [parameters["Item"]]
        else:
            return
        for item in items:
            if item["kind"]["S"] == "Event":
                self._events += events_of(item["tenant_id"]["S"], item["sk"]["S"], text_of(item))

    def taken(self) -> list[Event]:
        """The events gathered since the last time."""
        taken, self._events = self._events, []
        return taken


def follow(ctx: Context, past: Past, elsewhere: frozenset[str]) -> None:
    """Does what follows from the events of the past, and what follows from that. Orders booked `elsewhere` are not booked
    here a second time. Whatever a worker raises ends the demo."""
    while events := past.taken():
        seen = [event for event in events if "activity" in queues_for(event.type)]
        for start in range(0, len(seen), _AT_ONCE):
            activity.record(_context(ctx, seen[start], "activity"), seen[start : start + _AT_ONCE])
        for (queue, _), (handler, event) in _calls(ctx, events, elsewhere).items():
            try:
                handler(_context(ctx, event, queue), event)
            except AlreadyDone:
                continue


def _context(ctx: Context, event: Event, queue: str) -> Context:
    return replace(event_context(event, queue, _SECONDS), deadline=ctx.deadline)


def _calls(ctx: Context, events: Iterable[Event], elsewhere: frozenset[str]
           ) -> Mapping[tuple[str, tuple[str, ...]], tuple[Handler, Event]]:
    """The calls by queue and subject: the newest event of each, with the articles of all where it names articles."""
    calls: dict[tuple[str, tuple[str, ...]], tuple[Handler, Event]] = {}
    workers: dict[str, Mapping[str, Handler]] = {}
    for event in events:
        for queue in queues_for(event.type):
            if queue not in workers:
                workers[queue] = getattr(registry.worker(queue), "HANDLERS", {})
            handler = workers[queue].get(event.type)
            if handler is None or _is_over(ctx, event, queue, elsewhere):
                continue
            name = (queue, _subject(event, queue, handler))
            calls[name] = handler, _together(calls[name][1], event) if name in calls else event
    return calls


def _is_over(ctx: Context, event: Event, queue: str, elsewhere: frozenset[str]) -> bool:
    if queue == NOBODY_LISTENS or (queue in BOOKED and event.entity_id in elsewhere):
        return True
    if queue == COUNTED:
        return ctx.now - event.at > PERIOD
    return queue in TOLD_LATELY and ctx.now - event.at > LATELY


def _subject(event: Event, queue: str, handler: Callable[..., object]) -> tuple[str, ...]:
    """What a worker's call is about: the journal of an entry, any set of articles, a document, else this one event."""
    what = f"{handler.__module__}.{handler.__qualname__}"
    if event.type == "EntryPosted":
        return what, str(event.data["fiscal_year"]), str(event.data["journal"])
    if event.kind in ("stock", "stock_operation"):
        return (what,)
    return (what, event.kind, event.entity_id) if queue in ONE_SAYS_ALL else (what, event.id)


def _together(before: Event, event: Event) -> Event:
    if "skus" not in event.data:
        return event
    skus = dict.fromkeys([*before.data.get("skus", ()), *event.data["skus"]])
    return replace(event, data={**event.data, "skus": list(skus)})

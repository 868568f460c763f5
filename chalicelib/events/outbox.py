"""The outbox item and the queue message: the two shapes an event travels in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor
from chalicelib.kernel.event import Event


def events_of(tenant_id: str, outbox_id: str, data: str) -> list[Event]:
    """The events of one outbox item, in the order they were emitted, each with an id of its own."""
    body = codec.load(data)
    at, actor = datetime.fromisoformat(body["at"]), Actor(*body["actor"])
    return [
        Event(f"{outbox_id}.{n}", each["type"], tenant_id, at, each["kind"], each["entity_id"], each["version"], actor,
              body["request_id"], each.get("data", {}), body.get("correlation_id", ""))
        for n, each in enumerate(body["events"])
    ]


def message(event: Event) -> str:
    """An event as a queue message."""
    return codec.compact({"id": event.id, "type": event.type, "tenant_id": event.tenant_id, "at": event.at.isoformat(),
                          "kind": event.kind, "entity_id": event.entity_id, "version": event.version,
                          "actor": [event.actor.kind, event.actor.id, event.actor.name],
                          "request_id": event.request_id, "data": event.data, **caller(event.correlation_id)})


def caller(correlation_id: str) -> dict[str, str]:
    """What is kept beside a request's id: nothing where the caller named no id of its own, so that it costs nothing."""
    return {"correlation_id": correlation_id} if correlation_id else {}


def from_message(body: str) -> Event:
    """The event of a queue message."""
    value: Mapping[str, Any] = codec.load(body)
    return Event(value["id"], value["type"], value["tenant_id"], datetime.fromisoformat(value["at"]), value["kind"],
                 value["entity_id"], value["version"], Actor(*value["actor"]), value["request_id"], value["data"],
                 value.get("correlation_id", ""))

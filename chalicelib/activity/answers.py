"""What the API says of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel.shapes import entity


@entity
class Change:
    """One change in the feed: reload what it names if you show an older version."""

    at: datetime
    type: str
    kind: str
    entity_id: str
    version: int


@entity
class Found:
    """A document that the words found."""

    kind: str
    id: str
    title: str
    subtitle: str
    state: str


@entity
class EntryActor:
    kind: str
    id: str
    name: str


@entity
class TimelineEntry:
    """What happened to a document: `type` is the event's, `data` its facts."""

    id: str
    at: datetime
    type: str
    kind: str
    entity_id: str
    version: int
    request_id: str
    actor: EntryActor
    data: Mapping[str, Any]

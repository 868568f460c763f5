"""Facts that happened: `<Entity><PastParticiple>`, written in the transaction that made them true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.kernel.context import Actor


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about one document. `id` is unique; a consumer that saw it before does nothing.

    `kind`, `entity_id` and `version` say which document it is about and as of which version; `data` holds what a
    consumer needs without reading (quantities as decimal strings); `correlation_id` is what the caller of the request named,
    "" when that is the request's own id.
    """

    id: str
    type: str
    tenant_id: str
    at: datetime
    kind: str
    entity_id: str
    version: int
    actor: Actor
    request_id: str
    data: Mapping[str, Any] = field(default_factory=dict)
    correlation_id: str = ""

"""What the operators' API says where it is no stored document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from chalicelib.kernel.shapes import Row, entity
from chalicelib.operators.model import Fault, TenantFile
from chalicelib.tenants.support.model import SupportRow


@entity
class CodeAsked:
    """The password was right; a one-time code with this `challenge` completes the sign-in."""

    status: Literal["totp_required"]
    challenge: str


@entity
class OperatorSession:
    """Who operates. `csrf_token` goes back in `X-CSRF-Token` with every change."""

    status: Literal["signed_in"]
    csrf_token: str
    id: str
    name: str
    email: str
    locale: str


@entity
class TenantRow(Row):
    """A tenant in the list; `state` is that of its subscription, or `held`. `problems` is how many kinds of trouble it has."""

    name: str
    plan: str
    state: str
    environment: str
    created_at: datetime
    users: int
    orders: int
    orders_limit: int
    problems: int
    last_activity_at: datetime | None
    looked_at: datetime


@entity
class TenantView:
    """A tenant looked up now: its file, the last failures of its work, the requests of operators to come in."""

    file: TenantFile
    faults: tuple[Fault, ...]
    accesses: tuple[SupportRow, ...]
    longest_trial: datetime
    is_billing_on: bool


@entity
class ActRow(Row):
    """Something an operator did to a tenant. `state` asked: interrupted; refused: under `code`."""

    act: str
    name: str
    tenant_id: str
    state: str
    reason: str
    operator_name: str
    facts: str
    code: str
    at: datetime


@entity
class Acted:
    """What was done."""

    id: str
    act: str
    tenant_id: str
    state: str


@entity
class Inside:
    """The session inside the tenant has begun; its cookie came with this answer."""

    tenant_id: str
    ends_at: datetime
    may_write: bool


@entity
class SwitchView:
    """A feature switch with its words, how it stands, and whether it is only at its default."""

    id: str
    version: int
    words: Mapping[str, str]
    by_tenant: bool
    mode: str
    tenant_ids: tuple[str, ...]
    is_default: bool


@entity
class QueueHealth:
    """A queue: messages that wait or are worked on, and those that were given up, about."""

    id: str
    waiting: int
    dead_letters: int


@entity
class PlatformHealth:
    """The platform's queues, and how many tenants have trouble."""

    queues: tuple[QueueHealth, ...]
    tenants: int
    tenants_in_trouble: int

"""Who is asking, for which tenant, at what instant. The first argument of every use case.

Time and chance are read from here only, so that a simulator can replay any run.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.kernel.errors import Forbidden
from chalicelib.kernel.ids import sortable_id
from chalicelib.kernel.scope import EVERYWHERE, Scope
from chalicelib.kernel.standing import FULL_TRIAL, Standing


class Clock(Protocol):
    """Where instants come from; `sleep` waits on the same clock."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class Chance(Protocol):
    """Where randomness comes from: `token` for ids and secrets, `uniform` (0 ≤ x < 1) for jitter."""

    def token(self, size: int) -> bytes: ...

    def uniform(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class SystemChance:
    """The operating system's randomness."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def uniform(self) -> float:
        return secrets.randbelow(1 << 53) / (1 << 53)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `kind` is user, api_key, connection, schedule, system, operator, or anonymous for who is not known."""

    kind: str
    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """On what an operator of the platform is inside a tenant: the consent `access_id` at its `version`, who gave it, until
    when, and whether more than reading is in it."""

    access_id: str
    version: int
    consented_by_id: str
    consented_by: str
    ends_at: datetime
    may_write: bool


@dataclass(frozen=True, slots=True)
class Command:
    """One intention of a caller: the same `id` never has two effects; `body_hash` tells a reuse with other content."""

    id: str
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a command comes from: `operation` is the route (`PUT /api/tenants/company`) or, of work without one, its name;
    address and user agent are empty where nobody called."""

    operation: str = ""
    source_ip: str = ""
    user_agent: str = ""


PLATFORM = ""
"""The tenant id of the platform's own work: sign-in before a tenant is known, cross-tenant schedules."""

OPERATORS = "@operators"
"""The partition of those who operate the platform: written like a tenant's, so that its documents have guards, markers and
a sealed audit, under an id that no tenant can have and no session, key, list or schedule of tenants names."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a use case may know about its caller. `now` is the instant of the request and does not move;
    `requests_per_minute` is what the tenant was promised beyond its plan, 0 when nothing was; `scope` is where the caller may
    act: everywhere, for the work of queues and schedules; `standing` is what the tenant's subscription lets it do.
    `correlation_id` is what the caller names to bind several requests together, "" when it names nothing; `support` is there
    when an operator is inside by the tenant's consent, None otherwise."""

    tenant_id: str
    actor: Actor
    now: datetime
    request_id: str
    command: Command
    permissions: frozenset[str] = frozenset()
    locale: str = "fr"
    deadline: float = float("inf")
    clock: Clock = field(default_factory=SystemClock)
    chance: Chance = field(default_factory=SystemChance)
    blind_key: bytes = b""
    requests_per_minute: int = 0
    origin: Origin = Origin()
    scope: Scope = EVERYWHERE
    standing: Standing = FULL_TRIAL
    correlation_id: str = ""
    support: Support | None = None

    @property
    def correlation(self) -> str:
        """What every log line and event of this work is found by: the caller's own id, or that of its request."""
        return self.correlation_id or self.request_id

    def new_id(self, prefix: str) -> str:
        """A new id such as `ord_01K…`: sorts by time, says what it names."""
        return sortable_id(prefix, self.clock.now(), self.chance.token(10))

    def allows(self, permission: str) -> bool:
        return "*" in self.permissions or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises Forbidden unless the caller holds `permission`."""
        if not self.allows(permission):
            raise Forbidden("forbidden", f"This needs the permission {permission}.")

    def blind(self, value: str) -> str:
        """A personal value (e-mail, phone) as it may stand in a key: a keyed hash, since a key cannot be erased."""
        if not self.blind_key:
            raise RuntimeError("this context carries no blind key")
        return hmac.new(self.blind_key, value.encode(), hashlib.sha256).hexdigest()[:40]

    def step(self, name: str) -> Context:
        """The context of one part of a larger command, with a command id of its own derived from the whole's."""
        return replace(self, command=Command(f"{self.command.id}/{name}", self.command.body_hash))

    def remaining_seconds(self) -> float:
        """Seconds left before the caller stops waiting."""
        return self.deadline - self.clock.monotonic()

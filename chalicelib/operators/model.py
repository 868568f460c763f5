"""The shapes of operators and of what they do; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import command, entity

MIN_REASON, MAX_REASON = 10, 500
ACTS = ("TrialExtended", "PlanChanged", "TenantHeld", "TenantReleased", "SupportAsked", "SupportGivenBack", "SupportEntered")
"""What an operator does to a tenant, as the platform's log names it."""


@entity
class Operator:
    """Somebody who operates the platform. `login_id` names their credentials, which are nobody's of a tenant."""

    id: str
    version: int = 0
    email: str
    email_key: str
    login_id: str
    name: str
    locale: str = "en"
    is_active: bool = True
    sessions_valid_from: datetime | None = None
    created_at: datetime


OPERATOR: Document[Operator] = Document(
    "operator", "opr", Operator, lambda o: {"name": o.name[:80], "is_active": o.is_active},
    by_list=lambda o: ("OPERATOR", f"{o.name[:80]}#{o.id}"), guards=lambda o: (Guard("operator_email", o.email_key),),
    personal=frozenset({"email"}))


@entity
class Act:
    """Something an operator does to a tenant, with why. It is noted before it is done, as `asked`; then it is `done`, or
    `refused` under `code`. One that stays asked was interrupted, and goes on when the request is sent again."""

    id: str
    version: int = 0
    name: str
    tenant_id: str
    tenant_name: str
    reason: str
    facts: str = ""
    state: Literal["asked", "done", "refused"] = "asked"
    code: str = ""
    operator_id: str
    operator_name: str
    at: datetime


ACT: Document[Act] = Document(
    "operator_act", "act", Act,
    lambda a: {"act": a.name, "name": a.tenant_name[:60], "tenant_id": a.tenant_id, "state": a.state, "reason": a.reason[:120],
               "operator_name": a.operator_name[:60], "facts": a.facts[:80], "code": a.code, "at": a.at.isoformat()},
    by_list=lambda a: ("OPERATOR_ACT", f"{a.at:%Y-%m-%dT%H:%M:%S.%f}#{a.id}"),
    by_ref=lambda a: (f"ACTS_ON#{a.tenant_id}", f"{a.at:%Y-%m-%dT%H:%M:%S.%f}#{a.id}"))


@entity
class Used:
    """How much of something a tenant uses of how much its plan has."""

    what: str
    used: int
    limit: int


@entity
class Fault:
    """An event that a consumer of the tenant's could not do: `where` and `what`, the class of the error, how often it was
    tried, and the id by which the logs tell the rest. `is_dead`: it was given up, and lies in the dead letters."""

    id: str
    where: str
    what: str
    error: str
    at: datetime
    attempts: int
    correlation_id: str
    is_dead: bool


@entity
class TenantHealth:
    """What is wrong with a tenant's work, from what is stored: numbers only. `connections_failing` of `connections`;
    deliveries in quarantine; pushes a shop refused; webhook endpoints that are off, and messages that wait; long work under
    way; fiscal years whose kept balances do not balance, and entries not yet counted; failures kept, and those whose message
    is a dead letter."""

    connections: int = 0
    connections_failing: int = 0
    quarantined: int = 0
    pushes_failed: int = 0
    webhooks_off: int = 0
    webhooks_waiting: int = 0
    jobs_open: int = 0
    unbalanced_years: int = 0
    entries_uncounted: int = 0
    faults: int = 0
    dead_letters: int = 0

    @property
    def problems(self) -> int:
        """How many of these somebody should look at."""
        return sum(map(bool, (self.connections_failing, self.quarantined, self.pushes_failed, self.webhooks_off,
                              self.unbalanced_years, self.dead_letters)))


@entity
class TenantFile:
    """A tenant as the platform's list knows it: looked up every quarter of an hour, when somebody opens it, and after each act.
    `id` is the tenant's."""

    id: str
    version: int = 0
    name: str
    status: str
    environment: str
    country_code: str
    locale: str
    created_at: datetime
    plan: str
    state: str
    access: str
    is_held: bool
    trial_ends_at: datetime
    users: int
    invitations: int
    usage: tuple[Used, ...]
    last_activity_at: datetime | None
    health: TenantHealth
    looked_at: datetime


TENANT_FILE: Document[TenantFile] = Document(
    "tenant_file", "", TenantFile,
    lambda f: {"name": f.name[:80], "plan": f.plan, "state": "held" if f.is_held else f.state, "environment": f.environment,
               "created_at": f.created_at.isoformat(timespec="seconds"), "users": f.users, "orders": _used(f.usage, "orders"),
               "orders_limit": _limit(f.usage, "orders"), "problems": f.health.problems, "last_activity_at":
               f.last_activity_at.isoformat(timespec="seconds") if f.last_activity_at else None,
               "looked_at": f.looked_at.isoformat(timespec="seconds")},
    by_list=lambda f: ("TENANT_FILE", f"{f.name[:80]}#{f.id}"), is_derived=True)


def _used(usage: Iterable[Used], what: str) -> int:
    return next((each.used for each in usage if each.what == what), 0)


def _limit(usage: Iterable[Used], what: str) -> int:
    return next((each.limit for each in usage if each.what == what), 0)


@command
class Credentials:
    """Two steps: `email` and `password`; then the `challenge` of that answer with a one-time `code`."""

    email: str = ""
    password: str = ""
    challenge: str = ""
    code: str = ""


@command
class Because:
    """Why something is done to a tenant, in 10 to 500 characters; it stands in the log."""

    reason: str


@command
class LongerTrial:
    """The last day of the trial, UTC: at most ninety days after the company's first."""

    last_day: date
    reason: str


@command
class OtherPlan:
    """A plan instead of the present one, with more seats, as the company itself could choose; `free` for who pays nothing."""

    plan: str
    extra_seats: int = 0
    reason: str


@command
class SetSwitch:
    """How a switch shall stand: on for all, off for all, or on for the tenants named."""

    mode: str
    tenant_ids: tuple[str, ...] = ()


def checked_reason(reason: str) -> str:
    """Raises Invalid for a reason that tells nobody why."""
    text = " ".join(reason.split())
    if not MIN_REASON <= len(text) <= MAX_REASON:
        raise Invalid("reason", f"Say why in {MIN_REASON} to {MAX_REASON} characters.",
                      {"reason": f"{MIN_REASON} to {MAX_REASON} characters"})
    return text


def shut_out(operator: Operator, now: datetime) -> Operator:
    """The operator without any way in, from now on."""
    return replace(operator, is_active=False, sessions_valid_from=now)

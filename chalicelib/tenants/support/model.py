"""A company's consent that an operator of the platform comes in: its shape, its states, and the pure decisions about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.states import Transitions, next_state

ANSWER_WITHIN = timedelta(days=7)
"""How long a request waits for the company's answer."""
MAX_HOURS = 72
MIN_REASON, MAX_REASON = 10, 500
TRANSITIONS: Transitions = {
    ("requested", "grant"): "granted",
    ("requested", "refuse"): "refused",
    ("requested", "cancel"): "cancelled",
    ("granted", "withdraw"): "withdrawn",
    ("granted", "end"): "ended",
}
"""`grant`, `refuse` and `withdraw` are the company's; `cancel` and `end` are the operator's who asked."""


@entity
class SupportAccess:
    """A request of an operator to come in, and what the company answered. `hours` and `wants_write` are asked for, `may_write`
    and `permissions` granted; `ends_at` is until when it can be answered, or, once granted, until when it holds."""

    id: str
    version: int = 0
    state: str = "requested"
    reason: str
    operator_id: str
    operator_name: str
    hours: int
    wants_write: bool = False
    asked_at: datetime
    ends_at: datetime
    may_write: bool = False
    permissions: tuple[str, ...] = ()
    consented_by_id: str = ""
    consented_by: str = ""
    answered_at: datetime | None = None
    closed_at: datetime | None = None


@command
class GrantSupport:
    """For how many hours from now, at most 72, and whether the operator may change things, which they must have asked for."""

    hours: int
    may_write: bool = False


@command
class AskSupport:
    """Why an operator wants to come in (10 to 500 characters, the company reads it), for how long, and whether to change
    something."""

    reason: str
    hours: int = 4
    wants_write: bool = False


SUPPORT_ACCESS: Document[SupportAccess] = Document(
    "support_access", "sup", SupportAccess,
    lambda a: {"state": a.state, "reason": a.reason[:120], "operator_name": a.operator_name[:60], "asked_at":
               a.asked_at.isoformat(), "ends_at": a.ends_at.isoformat(), "may_write": a.may_write,
               "wants_write": a.wants_write, "consented_by": a.consented_by[:60]},
    by_list=lambda a: ("SUPPORT_ACCESS", f"{a.asked_at:%Y-%m-%dT%H:%M:%S.%f}#{a.id}"),
    by_due=lambda a: ("DUE#support", f"{a.ends_at.isoformat()}#{a.id}") if a.state == "requested" else None)


def checked_hours(hours: int) -> int:
    """Raises Invalid for a time that is none, or longer than a consent may last."""
    if not 1 <= hours <= MAX_HOURS:
        raise Invalid("support_hours", f"An access lasts 1 to {MAX_HOURS} hours.", {"hours": f"1 to {MAX_HOURS}"})
    return hours


def checked_reason(reason: str) -> str:
    """Raises Invalid for a reason that tells nobody why."""
    text = " ".join(reason.split())
    if not MIN_REASON <= len(text) <= MAX_REASON:
        raise Invalid("reason", f"Say why in {MIN_REASON} to {MAX_REASON} characters.",
                      {"reason": f"{MIN_REASON} to {MAX_REASON} characters"})
    return text


def _next(access: SupportAccess, action: str, now: datetime) -> str:
    state = next_state(TRANSITIONS, access.state, action)
    if access.ends_at <= now:
        raise Conflict("support_over", "The time of this access is over.", ends_at=access.ends_at.isoformat())
    return state


def granted(access: SupportAccess, body: GrantSupport, user_id: str, user_name: str, permissions: Iterable[str],
            now: datetime) -> SupportAccess:
    """The access that a person of the company grants. Raises Invalid when it is longer or more than what was asked for,
    Conflict `wrong_state`, `support_over`."""
    state = _next(access, "grant", now)
    checked_hours(body.hours)
    if body.may_write and not access.wants_write:
        raise Invalid("support_not_asked", "The operator asked to read only.", {"may_write": "was not asked for"})
    return replace(access, state=state, may_write=body.may_write, permissions=tuple(sorted(permissions)), answered_at=now,
                   consented_by_id=user_id, consented_by=user_name, ends_at=now + timedelta(hours=body.hours))


def refused(access: SupportAccess, user_id: str, user_name: str, now: datetime) -> SupportAccess:
    """The access that the company does not grant. Raises Conflict."""
    return replace(access, state=_next(access, "refuse", now), answered_at=now, closed_at=now, consented_by_id=user_id,
                   consented_by=user_name)


def closed(access: SupportAccess, action: str, now: datetime) -> SupportAccess:
    """The access after the company withdrew it, or its operator gave it back. Raises Conflict."""
    return replace(access, state=next_state(TRANSITIONS, access.state, action), closed_at=now)


@entity
class SupportRow(Row):
    """A request in the list. `ends_at` is until when it can be answered, or holds."""

    state: str
    reason: str
    operator_name: str
    asked_at: datetime
    ends_at: datetime
    wants_write: bool
    may_write: bool
    consented_by: str

"""Use cases of a company's consent: asked for, granted, refused, taken back; each in its audit log with who did it."""

from __future__ import annotations

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import derived_id
from chalicelib.runtime import access as rights
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.support.model import (
    ANSWER_WITHIN,
    SUPPORT_ACCESS,
    AskSupport,
    GrantSupport,
    SupportAccess,
    checked_hours,
    checked_reason,
    closed,
    granted,
    refused,
)

EVENTS = {"grant": "SupportGranted", "refuse": "SupportRefused", "withdraw": "SupportWithdrawn", "cancel": "SupportCancelled",
          "end": "SupportEnded"}


def waiting(ctx: Context) -> int:
    """How many requests of operators wait for the company's answer."""
    return read.count(ctx, "by_due", "DUE#support", between=(ctx.now.isoformat(), "\uffff"), at_most=100)


def ask(ctx: Context, body: AskSupport) -> SupportAccess:
    """An operator's request, in the tenant's context with the operator as its actor; the owners are told by mail. Raises
    Invalid."""
    made = SupportAccess(
        id=derived_id(SUPPORT_ACCESS.prefix, ctx.tenant_id, ctx.command.id), reason=checked_reason(body.reason),
        operator_id=ctx.actor.id, operator_name=ctx.actor.name, hours=checked_hours(body.hours), wants_write=body.wants_write,
        asked_at=ctx.now, ends_at=ctx.now + ANSWER_WITHIN)
    transaction = Transaction(ctx)
    made = transaction.create(SUPPORT_ACCESS, made)
    transaction.emit("SupportRequested", SUPPORT_ACCESS.kind, made.id, made.version, {"reason": made.reason})
    transaction.answers(201, SUPPORT_ACCESS.kind, made.id, made.version)
    transaction.commit()
    return made


def _save(ctx: Context, old: SupportAccess, new: SupportAccess, event: str) -> SupportAccess:
    transaction = Transaction(ctx)
    saved = transaction.save(SUPPORT_ACCESS, old, new)
    transaction.emit(event, SUPPORT_ACCESS.kind, saved.id, saved.version, {"until": saved.ends_at.isoformat()})
    transaction.answers(200, SUPPORT_ACCESS.kind, saved.id, saved.version)
    transaction.commit()
    return saved


def _person(ctx: Context) -> tuple[str, str]:
    """Who consents: a person of the company, no program and no operator. Raises Conflict."""
    if ctx.actor.kind != "user":
        raise Conflict("people_only", "Only a person of the company can do this.")
    return ctx.actor.id, ctx.actor.name


def grant(ctx: Context, old: SupportAccess, body: GrantSupport) -> SupportAccess:
    """Lets the operator in for some hours, with what this person may see (and change, when that is granted) and no more:
    never people, keys, exports, erasures or the subscription. Raises Invalid, Conflict."""
    user_id, name = _person(ctx)
    new = granted(old, body, user_id, name, rights.for_support(ctx.permissions, body.may_write), ctx.now)
    return _save(ctx, old, new, EVENTS["grant"])


def refuse(ctx: Context, old: SupportAccess) -> SupportAccess:
    """Does not let the operator in. Raises Conflict."""
    return _save(ctx, old, refused(old, *_person(ctx), ctx.now), EVENTS["refuse"])


def withdraw(ctx: Context, old: SupportAccess) -> SupportAccess:
    """Takes the consent back: the operator's next request is refused, and so is what they are writing right now. Raises
    Conflict."""
    _person(ctx)
    return _save(ctx, old, closed(old, "withdraw", ctx.now), EVENTS["withdraw"])


def give_back(ctx: Context, old: SupportAccess) -> SupportAccess:
    """The operator needs it no more: a request is cancelled, an access ended. Raises Conflict."""
    action = "end" if old.state == "granted" else "cancel"
    return _save(ctx, old, closed(old, action, ctx.now), EVENTS[action])

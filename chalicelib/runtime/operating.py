"""Those who operate the platform, at the edge: their own sessions, and their way into a tenant that let them in.

An operator is nobody's user: who they are stands in the partition `@operators`, their cookie has a name of its own, and a
session begins only after password and one-time code. Inside a tenant an operator has another session, in that tenant's
partition, which rests on the tenant's consent: it is read, with the operator, on every request, so a consent that is
withdrawn, a time that is over or an operator who was shut out end it at once. What is asked inside is written into both
audit logs before it is answered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.kernel import codec
from chalicelib.kernel.context import OPERATORS, Actor, Context, Support
from chalicelib.kernel.errors import Forbidden, NotFound, Unauthenticated
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import secrets, sessions
from chalicelib.runtime.endpoints import Endpoint
from chalicelib.runtime.sessions import SAFE, Build, Session, TenantFacts
from chalicelib.storage import keys, read, record, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import SUPPORT, Transaction, support_ended

COOKIE, _PATH = "comptoir_operator", "/api/operators"
IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=5)
OPERATOR = "operator"
ROLE = "support"
"""What the portal calls the role of an operator inside a tenant."""
_OPERATOR_COOKIE = re.compile(r"(opr_[0-9A-Z]{20,32})\.([A-Za-z0-9_-]{43})")
_SUPPORT_COOKIE = re.compile(r"([a-z0-9-]{2,48})\.(sup_[0-9A-Z]{20,32})\.([A-Za-z0-9_-]{43})")
_ALWAYS = frozenset({"sign_out", "read_session"})
"""Operations of an operator inside a tenant that write nothing of the tenant's and are no look at it."""


@entity
class OperatorFacts:
    """What a request needs of the stored operator; `operators.model.Operator` has these fields and more."""

    id: str
    name: str
    is_active: bool = True
    locale: str = "en"
    sessions_valid_from: datetime | None = None


@entity
class AccessFacts:
    """What a request needs of a tenant's consent; `tenants.support.model.SupportAccess` has these fields and more."""

    id: str
    state: str
    operator_id: str
    may_write: bool = False
    permissions: tuple[str, ...] = ()
    consented_by_id: str = ""
    consented_by: str = ""
    ends_at: datetime


def _expires(session: Session) -> datetime:
    return min(session.last_seen_at + IDLE, session.created_at + ABSOLUTE)


def session_key(ctx: Context, operator_id: str, session_id: str) -> Key:
    """Where a session of an operator stands: in their own collection."""
    return keys.child(ctx, OPERATOR, operator_id, f"SESSION#{session_id}")


def _item(ctx: Context, session: Session) -> Item:
    return Item(session_key(ctx, session.user_id, session.id), "operator_session", ctx.tenant_id, codec.store(session),
                expires_at=int(_expires(session).timestamp()))


def start(transaction: Transaction, operator_id: str, source_ip: str, user_agent: str) -> str:
    """Adds a new session of the operator to `transaction`; answers the value of its cookie."""
    ctx = transaction.ctx
    token = f"{operator_id}.{secrets.random_token(ctx)}"
    transaction.put(_item(ctx, Session(id=secrets.digest(token), user_id=operator_id, created_at=ctx.now, last_seen_at=ctx.now,
                                       source_ip=source_ip[:64], user_agent=user_agent[:200])))
    return token


def support_session_key(ctx: Context, access_id: str, session_id: str) -> Key:
    """Where an operator's session inside a tenant stands: in the collection of the consent it rests on."""
    return keys.child(ctx, "support_access", access_id, f"SESSION#{session_id}")


def start_inside(transaction: Transaction, access_id: str, operator_id: str, ends_at: datetime) -> str:
    """Adds a session inside the tenant of `transaction`; answers the value of its cookie, which is the tenant's people's."""
    ctx = transaction.ctx
    token = f"{ctx.tenant_id}.{access_id}.{secrets.random_token(ctx)}"
    session = Session(id=secrets.digest(token), user_id=operator_id, created_at=ctx.now, last_seen_at=ctx.now,
                      source_ip=ctx.origin.source_ip[:64], user_agent=ctx.origin.user_agent[:200])
    transaction.put(Item(support_session_key(ctx, access_id, session.id), "support_session", ctx.tenant_id,
                         codec.store(session), expires_at=int(min(ends_at, ctx.now + ABSOLUTE).timestamp())))
    return token


def cookie(token: str) -> str:
    """The Set-Cookie value of an operator's session: sent to the operators' own addresses only."""
    return sessions.set_cookie(COOKIE, token, _PATH, ABSOLUTE)


def clear_cookie() -> str:
    """The Set-Cookie value that makes the browser forget it."""
    return sessions.set_cookie(COOKIE, "", _PATH, timedelta())


def token_of(headers: Mapping[str, str]) -> str:
    """The operator's token in the request's cookies, "" when there is none."""
    return sessions.cookie_value(headers, COOKIE)


def caller(headers: Mapping[str, str], endpoint: Endpoint, build: Build) -> Context:
    """Who calls. Raises Unauthenticated; NotFound for who is of a tenant where only operators are served."""
    if endpoint.for_operators:
        return _operator(headers, endpoint.method, build)
    match = None if headers.get("authorization") else _SUPPORT_COOKIE.fullmatch(sessions.token_of(headers))
    if match is None:
        return sessions.authenticate(headers, endpoint.method, build)
    ctx = _by_consent(build, match[1], match[2], match[0])
    sessions.check_csrf(ctx, endpoint.method, match[0], headers)
    return ctx


def _operator(headers: Mapping[str, str], method: str, build: Build) -> Context:
    """The operator whose cookie it is."""
    token = token_of(headers)
    match = _OPERATOR_COOKIE.fullmatch(token)
    if match is None:
        sessions.authenticate(headers, "GET", build)
        raise NotFound("address", "no_such_route")
    ctx = sessions.anonymous(build, OPERATORS, "en")
    own, person = session_key(ctx, match[1], secrets.digest(token)), keys.document(ctx, OPERATOR, match[1])
    found = read.items(ctx, (own, person))
    if len(found) < 2:
        raise Unauthenticated()
    session = codec.adapter(Session).validate_json(found[own].data)
    operator = codec.adapter(OperatorFacts).validate_json(found[person].data)
    if _is_shut_out(operator, session) or _expires(session) <= ctx.now:
        raise Unauthenticated()
    sessions.check_csrf(ctx, method, token, headers)
    if ctx.now - session.last_seen_at >= TOUCH_EVERY:
        single.put_existing(ctx, _item(ctx, replace(session, last_seen_at=ctx.now)))
    return replace(ctx, actor=Actor(OPERATOR, operator.id, operator.name), locale=operator.locale)


def _is_shut_out(operator: OperatorFacts, session: Session) -> bool:
    is_old = operator.sessions_valid_from is not None and session.created_at < operator.sessions_valid_from
    return not operator.is_active or is_old


def _by_consent(build: Build, tenant_id: str, access_id: str, token: str) -> Context:
    """The operator inside a tenant, with what the tenant's consent lets them do at this instant."""
    ctx = sessions.anonymous(build, tenant_id, "en")
    own = support_session_key(ctx, access_id, secrets.digest(token))
    consent, company = keys.document(ctx, SUPPORT, access_id), keys.document(ctx, "tenant", tenant_id)
    found = read.items(ctx, (own, consent, company))
    if len(found) < 3:
        raise Unauthenticated()
    session = codec.adapter(Session).validate_json(found[own].data)
    access = codec.adapter(AccessFacts).validate_json(found[consent].data)
    tenant = codec.adapter(TenantFacts).validate_json(found[company].data)
    if access.state != "granted" or access.ends_at <= ctx.now or access.operator_id != session.user_id:
        raise support_ended()
    stored = read.item(_backstage(ctx), keys.document(_backstage(ctx), OPERATOR, access.operator_id))
    operator = codec.adapter(OperatorFacts).validate_json(stored.data) if stored else None
    if operator is None or _is_shut_out(operator, session):
        raise Unauthenticated()
    return replace(ctx, actor=Actor(OPERATOR, operator.id, operator.name), permissions=frozenset(access.permissions),
                   locale=operator.locale, requests_per_minute=tenant.requests_per_minute, support=Support(
                       access.id, found[consent].version, access.consented_by_id, access.consented_by, access.ends_at,
                       access.may_write))


def _backstage(ctx: Context) -> Context:
    return replace(ctx, tenant_id=OPERATORS, support=None, blind_key=b"")


def inside(ctx: Context, endpoint: Endpoint, path: str) -> None:
    """What an operator inside a tenant may ask at all, written into the tenant's audit and the platform's before it is done.

    Raises Forbidden: `support_read_only` when the consent is to read, `support_no_jobs` for long work, which would outlast it,
    and Unavailable when a log does not answer: what cannot be written down is not done.
    """
    if ctx.support is None or endpoint.name in _ALWAYS:
        return
    is_read = endpoint.method in SAFE
    if not is_read and not ctx.support.may_write:
        raise Forbidden("support_read_only", "The company's consent is to read, not to change anything.")
    if not is_read and endpoint.status == 202:
        raise Forbidden("support_no_jobs", "Long work is started by the company itself: it would outlast the consent.")
    event = record.LOOKED if is_read else record.ASKED
    single.put_version(ctx, replace(record.request_item(ctx, event, path), version=1))
    backstage = replace(ctx, tenant_id=OPERATORS)
    single.put_version(backstage, replace(record.request_item(backstage, event, path, f"{ctx.tenant_id} {path}"), version=1))


def leave(ctx: Context, headers: Mapping[str, str]) -> None:
    """Ends an operator's session inside a tenant."""
    assert ctx.support is not None
    single.delete(ctx, support_session_key(ctx, ctx.support.access_id, secrets.digest(sessions.token_of(headers))))

"""Who is calling: sessions of people (a cookie) and API keys of programs (a bearer token), read now on every request.

One round trip: the session with its user and tenant, or the key with its tenant. Nothing is cached, so a revoked
session, a disabled user or a changed role holds on the very next request.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime, timedelta

from chalicelib.kernel import codec
from chalicelib.kernel.context import PLATFORM, Actor, Command, Context, SystemClock
from chalicelib.kernel.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from chalicelib.kernel.scope import Scope
from chalicelib.kernel.shapes import entity
from chalicelib.kernel.standing import Standing
from chalicelib.runtime import access, secrets
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction

COOKIE = "comptoir_session"
CSRF_HEADER = "x-csrf-token"
IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=30)
TOUCH_EVERY = timedelta(minutes=15)
KEY_USE_EVERY = timedelta(minutes=15)
TENANT_SHARDS = 10
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_COOKIE_VALUE = re.compile(r"([a-z0-9-]{2,48})\.(usr_[0-9A-Z]{20,32})\.([A-Za-z0-9_-]{43})")
_API_KEY = re.compile(r"cmp_([a-z0-9-]+)_([a-z0-9-]{2,48})_([0-9A-Z]{20,32})_([0-9a-f]{64})")
_USE = "USE"

Build = Callable[..., Context]
"""`build(tenant_id, actor, permissions, locale, blind_key)`: the edge's way to make a tenant's context."""


@entity
class Session:
    """One signed-in browser. `id` is the digest of the token in its cookie, which is stored nowhere."""

    id: str
    user_id: str
    created_at: datetime
    last_seen_at: datetime
    source_ip: str = ""
    user_agent: str = ""

    @property
    def ends_at(self) -> datetime:
        """Twelve hours after it was last seen, at the latest thirty days after it began."""
        return min(self.last_seen_at + IDLE, self.created_at + ABSOLUTE)


@entity
class Membership:
    """What a request needs of the stored user; `tenants.model.User` has these fields and more."""

    id: str
    name: str
    role: str
    is_active: bool = True
    locale: str = ""
    warehouse_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    sessions_valid_from: datetime | None = None


@entity
class Granted:
    """What a role of the tenant's own may do."""

    permissions: tuple[str, ...]


@entity
class TenantFacts:
    """What a request needs of the stored tenant; `tenants.model.Tenant` has these fields and more."""

    id: str
    status: str = "active"
    locale: str = "fr"
    requests_per_minute: int = 0
    standing: Standing = Standing()
    roles: Mapping[str, Granted] = field(default_factory=dict)

    def permissions_of(self, role: str) -> frozenset[str]:
        """What a role may do in this tenant, built in or its own."""
        own = self.roles.get(role)
        return access.permissions_of(role, own.permissions if own else ())


@entity
class KeyFacts:
    """What a request needs of a stored API key; `tenants.model.ApiKey` has these fields and more."""

    id: str
    name: str
    role: str
    secret_hash: str
    permissions: tuple[str, ...] = ()
    warehouse_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    previous_secret_hash: str = ""
    previous_until: datetime | None = None

    def is_previous(self, digest: str, now: datetime) -> bool:
        """Whether a secret is the former one, in the time for which both are good."""
        is_good = self.previous_until is not None and now < self.previous_until
        return hmac.compare_digest(self.previous_secret_hash, digest) and is_good


def session_key(ctx: Context, user_id: str, session_id: str) -> Key:
    """A session stands in its user's own collection, so that all of them are one consistent query."""
    return keys.child(ctx, "user", user_id, f"SESSION#{session_id}")


def key_use_key(ctx: Context, key_id: str) -> Key:
    """When a key was last used; beside the key, so that using it never changes the document."""
    return keys.child(ctx, "api_key", key_id, _USE)


def _item(ctx: Context, session: Session) -> Item:
    return Item(session_key(ctx, session.user_id, session.id), "session", ctx.tenant_id, codec.store(session),
                expires_at=int(session.ends_at.timestamp()))


def start(transaction: Transaction, user_id: str, source_ip: str, user_agent: str) -> str:
    """Adds a new session of the user to `transaction`; answers the value of its cookie, the only place of its token."""
    ctx = transaction.ctx
    token = f"{ctx.tenant_id}.{user_id}.{secrets.random_token(ctx)}"
    session = Session(id=secrets.digest(token), user_id=user_id, created_at=ctx.now, last_seen_at=ctx.now,
                      source_ip=source_ip[:64], user_agent=user_agent[:200])
    transaction.put(_item(ctx, session))
    return token


def of_user(ctx: Context, user_id: str) -> list[Session]:
    """The living sessions of a user, newest first."""
    stored, _ = read.collection(ctx, f"USER#{user_id}", begins="SESSION#", limit=200)
    found = [codec.adapter(Session).validate_json(item.data) for item in stored]
    return sorted(found, key=lambda session: session.created_at, reverse=True)


def revoke(ctx: Context, user_id: str, session_id: str) -> None:
    """Ends one session of the user. Raises NotFound."""
    if not re.fullmatch(r"[0-9a-f]{64}", session_id):
        raise NotFound("session")
    key = session_key(ctx, user_id, session_id)
    if read.item(ctx, key) is None:
        raise NotFound("session")
    transaction = Transaction(ctx)
    transaction.delete(key)
    transaction.emit("SessionEnded", "user", user_id, 0)
    transaction.commit()


def csrf_token(ctx: Context, token: str) -> str:
    """What a page must send back in `X-CSRF-Token`: only scripts of our own origin can read it (OWASP, signed token)."""
    return secrets.sign(ctx, "csrf", token)


def cookie(token: str) -> str:
    """The Set-Cookie value of a new session."""
    return set_cookie(COOKIE, token, "/", ABSOLUTE)


def clear_cookie() -> str:
    """The Set-Cookie value that makes the browser forget its session."""
    return set_cookie(COOKIE, "", "/", timedelta())


def set_cookie(name: str, token: str, path: str, age: timedelta) -> str:
    """A Set-Cookie value for a session: no script reads it, no other site sends it, nothing carries it in the clear where the
    portal is deployed. Without an age the browser forgets it."""
    secure = "; Secure" if settings().secure_cookies else ""
    return f"{name}={token}; Path={path}; HttpOnly; SameSite=Strict; Max-Age={int(age.total_seconds())}{secure}"


def token_of(headers: Mapping[str, str]) -> str:
    """The session token in the request's cookie, "" when there is none."""
    return cookie_value(headers, COOKIE)


def cookie_value(headers: Mapping[str, str], cookie_name: str) -> str:
    """What the request's cookie of this name holds, "" when there is none."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == cookie_name:
            return value
    return ""


def session_id_of(headers: Mapping[str, str]) -> str:
    """The id of the session the request came with."""
    return secrets.digest(token_of(headers))


def authenticate(headers: Mapping[str, str], method: str, build: Build) -> Context:
    """The context of the caller, with what it may do at this instant; one read from the table.

    Raises Unauthenticated when the caller is not known (any more), Forbidden `csrf` when a cookie changes something
    without its CSRF token, Forbidden `tenant_suspended` when the tenant is closed to everybody.
    """
    authorization = headers.get("authorization", "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        match = _API_KEY.fullmatch(token.strip()) if scheme.lower() == "bearer" else None
        if match is None or match[1] != settings().stage:
            raise Unauthenticated()
        return _by_api_key(build, match[2], f"key_{match[3]}", match[4])
    token = token_of(headers)
    match = _COOKIE_VALUE.fullmatch(token)
    if match is None:
        raise Unauthenticated()
    ctx = _by_session(build, match[1], match[2], token)
    check_csrf(ctx, method, token, headers)
    return ctx


def tenants_key(platform: Context, tenant_id: str) -> Key:
    """Where the platform keeps the name of a tenant: ten places, calculated from the id (storage rule 7)."""
    shard = int(secrets.digest(tenant_id)[:4], 16) % TENANT_SHARDS
    return keys.platform(platform, "TENANTS", str(shard), tenant_id)


def active_tenants() -> list[str]:
    """Every tenant that schedules work for, by id."""
    clock = SystemClock()
    platform = Context(PLATFORM, Actor("system", "tenants"), clock.now(), "active-tenants", Command("active-tenants"))
    return sorted(item.key.sk for shard in range(TENANT_SHARDS) for item in read.every_item(platform, f"TENANTS#{shard}"))


def anonymous(build: Build, tenant_id: str, locale: str = "fr") -> Context:
    """The tenant's context of who is not known yet."""
    return build(tenant_id=tenant_id, actor=Actor("anonymous", ""), permissions=frozenset(), locale=locale,
                 blind_key=secrets.blind_key(tenant_id))


def check_csrf(ctx: Context, method: str, token: str, headers: Mapping[str, str]) -> None:
    """Raises Forbidden `csrf` when a cookie would change something without the token that goes with it."""
    sent = headers.get(CSRF_HEADER, "")
    if method not in SAFE and (not sent or not secrets.verify(ctx, "csrf", token, sent)):
        raise Forbidden("csrf", "This request lacks the X-CSRF-Token that sign-in and GET session answer.")


def _by_session(build: Build, tenant_id: str, user_id: str, token: str) -> Context:
    ctx = anonymous(build, tenant_id)
    own = session_key(ctx, user_id, secrets.digest(token))
    user_key, tenant_key = keys.document(ctx, "user", user_id), keys.document(ctx, "tenant", tenant_id)
    found = read.items(ctx, (own, user_key, tenant_key))
    if len(found) < 3:
        raise Unauthenticated()
    session = codec.adapter(Session).validate_json(found[own].data)
    user = codec.adapter(Membership).validate_json(found[user_key].data)
    tenant = codec.adapter(TenantFacts).validate_json(found[tenant_key].data)
    is_old = user.sessions_valid_from is not None and session.created_at < user.sessions_valid_from
    if not user.is_active or is_old or session.ends_at <= ctx.now:
        raise Unauthenticated()
    _check_open(tenant)
    if ctx.now - session.last_seen_at >= TOUCH_EVERY:
        with suppress(Unavailable):
            single.put_existing(ctx, _item(ctx, replace(session, last_seen_at=ctx.now)))
    return replace(ctx, actor=Actor("user", user.id, user.name), permissions=tenant.permissions_of(user.role),
                   scope=Scope(frozenset(user.warehouse_ids), frozenset(user.channel_ids)),
                   locale=user.locale or tenant.locale, requests_per_minute=tenant.requests_per_minute,
                   standing=tenant.standing)


def _by_api_key(build: Build, tenant_id: str, key_id: str, secret: str) -> Context:
    ctx = anonymous(build, tenant_id)
    own, use = keys.document(ctx, "api_key", key_id), key_use_key(ctx, key_id)
    tenant_key = keys.document(ctx, "tenant", tenant_id)
    found = read.items(ctx, (own, use, tenant_key))
    if own not in found or tenant_key not in found:
        raise Unauthenticated()
    key = codec.adapter(KeyFacts).validate_json(found[own].data)
    tenant = codec.adapter(TenantFacts).validate_json(found[tenant_key].data)
    digest = secrets.digest(secret)
    is_former = key.is_previous(digest, ctx.now)
    is_right = hmac.compare_digest(key.secret_hash, digest) or is_former
    is_over = key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= ctx.now)
    if not is_right or is_over:
        raise Unauthenticated()
    _check_open(tenant)
    _note_use(ctx, use, found.get(use), is_former)
    return replace(ctx, actor=Actor("api_key", key.id, key.name), locale=tenant.locale,
                   requests_per_minute=tenant.requests_per_minute, standing=tenant.standing,
                   scope=Scope(frozenset(key.warehouse_ids), frozenset(key.channel_ids)),
                   permissions=access.api_key_permissions(tenant.permissions_of(key.role), key.permissions))


def _note_use(ctx: Context, key: Key, stored: Item | None, is_former: bool) -> None:
    """Notes when the key was last used, and when with its former secret, at most every quarter of an hour."""
    uses: dict[str, str] = codec.load(stored.data) if stored else {}
    now = ctx.now.isoformat()
    names = ("at", "former_at") if is_former else ("at",)
    if all(name in uses and ctx.now - datetime.fromisoformat(uses[name]) < KEY_USE_EVERY for name in names):
        return
    with suppress(Unavailable):
        single.put(ctx, Item(key, "api_key_use", ctx.tenant_id, codec.compact({**uses, **dict.fromkeys(names, now)})))


def _check_open(tenant: TenantFacts) -> None:
    if tenant.status != "active":
        raise Forbidden("tenant_suspended", "This company's access is suspended; its owner can tell why.")

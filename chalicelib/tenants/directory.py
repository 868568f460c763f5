"""Logins: which credentials an e-mail signs in with, and into which tenants. Stands on the platform's side.

The directory only points: whether somebody is a member is decided by the tenant's own user document, read at sign-in and
on every request. So it is written before the user, and a pointer whose user never came to be does no harm.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel import codec
from chalicelib.kernel.context import PLATFORM, Actor, Command, Context
from chalicelib.kernel.documents import at_version
from chalicelib.kernel.errors import Stale
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import access, secrets
from chalicelib.storage import keys, read, single
from chalicelib.storage.table import Item
from chalicelib.tenants.model import TENANT, USER, Tenant, User


@entity
class Place:
    """A user of a tenant that a login may enter as."""

    tenant_id: str
    user_id: str


@entity
class Login:
    """One person's credentials. `id` is the name Cognito knows, chosen at random, so that the pool holds no e-mail."""

    id: str
    email_key: str
    places: tuple[Place, ...] = ()
    version: int = 0


@entity
class Member:
    """A place whose tenant is open and whose user is active."""

    tenant: Tenant
    user: User


def platform(ctx: Context) -> Context:
    """The same work on the platform's side."""
    return replace(ctx, tenant_id=PLATFORM, blind_key=b"")


def within(ctx: Context, tenant_id: str, user: User | None = None) -> Context:
    """The same work inside a tenant, as this user when given, with what a built-in role of theirs may do: what a role of the
    tenant's own may do stands in the tenant, which is not read here, and nothing that is done so asks for it."""
    actor = Actor("user", user.id, user.name) if user else ctx.actor
    held = access.permissions_of(user.role) if user else ctx.permissions
    return replace(ctx, tenant_id=tenant_id, actor=actor, permissions=held, blind_key=secrets.blind_key(tenant_id))


def by_nobody(ctx: Context, tenant_id: str) -> Context:
    """The same work inside a tenant, for somebody who did not prove who they are."""
    return replace(within(ctx, tenant_id), actor=Actor("anonymous", ""))


def apart(ctx: Context, name: str) -> Context:
    """The same context for a command of its own, named by chance: never a repeat of another."""
    return replace(ctx, command=Command(f"{name}:{ctx.chance.token(16).hex()}"))


def key_of(email: str) -> str:
    """The keyed hash under which the login of an e-mail stands."""
    return secrets.blind(email)


def find(ctx: Context, email: str) -> Login | None:
    """The login of an e-mail in its normal form. Needs a platform context."""
    return find_by_key(ctx, key_of(email))


def find_by_key(ctx: Context, email_key: str) -> Login | None:
    """The login whose e-mail has this keyed hash. Needs a platform context."""
    stored = read.item(ctx, keys.platform(ctx, "LOGIN", email_key))
    return None if stored is None else at_version(codec.adapter(Login).validate_json(stored.data), stored.version)


def _put(ctx: Context, login: Login) -> Login:
    item = Item(keys.platform(ctx, "LOGIN", login.email_key), "login", PLATFORM, codec.store(login), login.version + 1)
    if not single.put_version(ctx, item):
        raise Stale("login")
    return at_version(login, login.version + 1)


def new_login(ctx: Context, email: str) -> Login:
    """A login not stored yet; `point` stores it with its first place."""
    return Login(id=ctx.new_id("lgn"), email_key=secrets.blind(email))


def point(ctx: Context, login: Login, place: Place) -> Login:
    """Adds a place to the login; a place it has already changes nothing. Raises Stale."""
    if login.version and place in login.places:
        return login
    return _put(ctx, replace(login, places=(*login.places, place)))


def leave(ctx: Context, email: str, tenant_id: str) -> bool:
    """Takes a tenant's places from the login of an e-mail; a login without places is deleted. Answers whether there is none
    any more. Needs a platform context. Raises Stale."""
    login = find(ctx, email)
    if login is None:
        return True
    left = tuple(place for place in login.places if place.tenant_id != tenant_id)
    if not left:
        single.delete(ctx, keys.platform(ctx, "LOGIN", login.email_key))
    elif left != login.places:
        _put(ctx, replace(login, places=left))
    return not left


def members(ctx: Context, login: Login) -> list[Member]:
    """Where the login may enter now, the oldest membership first."""
    found = []
    for place in login.places:
        inside = within(ctx, place.tenant_id)
        tenant_key, user_key = keys.document(inside, "tenant", place.tenant_id), keys.document(inside, "user", place.user_id)
        stored = read.items(inside, (tenant_key, user_key))
        if len(stored) == 2:
            tenant, user = read.document_of(TENANT, stored[tenant_key]), read.document_of(USER, stored[user_key])
            if tenant.status == "active" and user.is_active:
                found.append(Member(tenant=tenant, user=user))
    return found

"""Roles of a tenant's own: named sets of permissions, who has them, and that nobody gives what they do not hold.

A role is a document, and what it may do stands once more in the tenant's document, written in the same transaction: every
request reads the tenant, so a changed role holds on the next request of everybody who has it, without a read more. Who has a
role stands in the role, so that it is not removed while somebody is given it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Conflict, Forbidden, Invalid
from chalicelib.kernel.scope import Scope
from chalicelib.kernel.shapes import command, entity
from chalicelib.runtime import access
from chalicelib.storage import read
from chalicelib.storage.racing import retried
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.checks import check_name, failed
from chalicelib.tenants.model import API_KEY, INVITATION, TENANT, USER, RoleGrant, Tenant, User

T = TypeVar("T")
MAX_ROLES = 30
MAX_HOLDERS = 2000
MAX_PLACES = 50
LONGEST_NAME = 40
NAMED_AT_MOST = 5
SHARED = frozenset({"tenant", "role", "seats"})
"""Documents that somebody else's command may have saved though it is about another person."""


@entity
class Role:
    """A set of permissions under a name. `holders` are the ids of the users, open invitations and API keys that have it."""

    id: str
    version: int = 0
    name_fr: str
    name_en: str
    description: str = ""
    permissions: tuple[str, ...]
    holders: tuple[str, ...] = ()
    created_at: datetime
    created_by: str = ""


@command
class RoleBody:
    """A role as it shall be. One of the two names is enough: it then stands for both."""

    name_fr: str = ""
    name_en: str = ""
    description: str = ""
    permissions: tuple[str, ...]


@entity
class Holder:
    """Somebody who has a role: a user, an open invitation or an API key."""

    kind: str
    id: str
    name: str


ROLE: Document[Role] = Document(
    "role", "rol", Role,
    lambda r: {"name_fr": r.name_fr, "name_en": r.name_en, "permission_count": len(r.permissions),
               "holder_count": len(r.holders)},
    by_list=lambda r: ("ROLE", f"{r.created_at:%Y-%m-%d}#{r.id}"),
    guards=lambda r: tuple(Guard("role_name", name) for name in sorted({r.name_fr.casefold(), r.name_en.casefold()})),
)


# -- decisions -----------------------------------------------------------------------------------------------------


def checked(role: Role, body: RoleBody) -> Role:
    """The role as the body wants it, its names trimmed, its permissions known, each once and in the table's order.

    Raises Invalid: `unknown_permission`, `role_name` for a built-in role's name, or `validation`.
    """
    french, english = (check_name(text or other, field, LONGEST_NAME) for text, other, field in (
        (body.name_fr.strip(), body.name_en, "name_fr"), (body.name_en.strip(), body.name_fr, "name_en")))
    taken = {name.casefold() for labels in access.ROLE_LABELS.values() for name in labels.values()}
    for field, name in (("name_fr", french), ("name_en", english)):
        if name.casefold() in taken:
            raise failed(field, "the name of a built-in role", "role_name")
    unknown = set(body.permissions) - set(access.PERMISSIONS)
    if unknown:
        raise Invalid("unknown_permission", f"There is no permission {min(unknown)}.", {"permissions": "unknown"})
    if not body.permissions:
        raise failed("permissions", "at least one")
    if len(body.description) > 300:
        raise failed("description", "at most 300 characters")
    wanted = set(body.permissions)
    return replace(role, name_fr=french, name_en=english, description=body.description.strip(),
                   permissions=tuple(name for name in access.PERMISSIONS if name in wanted))


def check_held(ctx: Context, permissions: Iterable[str]) -> None:
    """Nobody gives, changes or takes away what they do not hold themselves. Raises Forbidden `beyond_own`, naming it."""
    beyond = sorted(name for name in permissions if not ctx.allows(name))
    if beyond:
        raise Forbidden("beyond_own", f"This takes permissions that you do not hold: {', '.join(beyond)}.",
                        {"permissions": ", ".join(beyond)})


def grant_of(role: Role) -> RoleGrant:
    """What the tenant's document says of a role."""
    return RoleGrant(name_fr=role.name_fr, name_en=role.name_en, permissions=role.permissions)


def permissions_of(tenant: Tenant, role: str) -> frozenset[str]:
    """What a role may do in this tenant, built in or its own."""
    own = tenant.roles.get(role)
    return access.permissions_of(role, own.permissions if own else ())


def names_of(tenant: Tenant, role: str) -> Mapping[str, str]:
    """A role's name by language."""
    own = tenant.roles.get(role)
    return {"fr": own.name_fr, "en": own.name_en} if own else access.ROLE_LABELS.get(role, {"fr": role, "en": role})


# -- what others' commands need ------------------------------------------------------------------------------------


def decided_again(ctx: Context, attempt: Callable[[], T]) -> T:
    """What `attempt` answers, tried again while another person's command was faster in saving the tenant, a role or the
    seats: the caller named none of them. `attempt` reads them anew. Raises every other refusal, and the same at the caller's
    deadline."""
    return retried(ctx, attempt, stale=SHARED)


def hold(transaction: Transaction, before: tuple[str, str] | None, after: tuple[str, str] | None) -> None:
    """Adds to `transaction` that a role has another holder: each of `before` and `after` is a role and who has it.

    Raises Invalid `unknown_role` for a role that is not there, Conflict `too_many_holders`. Refused: Stale, when the role was
    changed or removed since it was read here. So what it may do is read after this: it is then what stands at the commit.
    """
    if before == after:
        return
    ctx = transaction.ctx
    wanted = {role for role, _ in filter(None, (before, after)) if role not in access.ROLES}
    stored = read.get_many(ctx, ROLE, wanted) if wanted else {}
    if after and after[0] in wanted and after[0] not in stored:
        raise access.unknown_role(after[0])
    gone = before[1] if before else ""
    for role in stored.values():
        holders = [each for each in role.holders if each != gone and not (after and each == after[1])]
        if after and role.id == after[0]:
            holders.append(after[1])
        if len(holders) > MAX_HOLDERS:
            raise Conflict("too_many_holders", f"A role is given to at most {MAX_HOLDERS} people and keys.")
        transaction.save(ROLE, role, replace(role, holders=tuple(holders)))


def granted(tenant: Tenant, role: str) -> frozenset[str]:
    """What a role may do that somebody is about to get. Raises Invalid `unknown_role`."""
    if role not in access.ROLES and role not in tenant.roles:
        raise access.unknown_role(role)
    return permissions_of(tenant, role)


def check_grant(ctx: Context, tenant: Tenant, role: str) -> None:
    """Whether the caller may give this role. Raises Invalid `unknown_role`, Forbidden `beyond_own`."""
    check_held(ctx, granted(tenant, role))


def check_places(ctx: Context, role: str, warehouse_ids: Iterable[str], channel_ids: Iterable[str]) -> None:
    """Whether the caller may limit somebody to these places, or leave them unlimited: nobody gives a place they do not have,
    nor deals with who has more. Raises Forbidden `beyond_scope`; Invalid for an owner, who is limited to nothing."""
    warehouses, channels = tuple(warehouse_ids), tuple(channel_ids)
    if role == "owner" and (warehouses or channels):
        raise failed("warehouse_ids" if warehouses else "channel_ids", "an owner is limited to nothing", "owner_everywhere")
    for field, named in (("warehouse_ids", warehouses), ("channel_ids", channels)):
        if len(named) > MAX_PLACES or any(not each or len(each) > 80 for each in named):
            raise failed(field, f"at most {MAX_PLACES} ids")
    if not ctx.scope.holds(warehouses, channels):
        raise ctx.scope.beyond("who is limited to less or to something else")


def acting_as(ctx: Context, user: User) -> Context:
    """The same work with what and where this user may act, in their language; for what is sent to them unasked."""
    tenant = read.get(ctx, TENANT, ctx.tenant_id)
    locale = user.locale or tenant.locale
    return replace(ctx, permissions=permissions_of(tenant, user.role), locale=locale,
                   scope=Scope(frozenset(user.warehouse_ids), frozenset(user.channel_ids)))


# -- use cases -----------------------------------------------------------------------------------------------------


def _tenant(ctx: Context) -> Tenant:
    return read.get(ctx, TENANT, ctx.tenant_id)


def every(ctx: Context) -> list[Role]:
    """The tenant's own roles, the oldest first."""
    return sorted(read.get_many(ctx, ROLE, _tenant(ctx).roles).values(), key=lambda role: (role.created_at, role.id))


def create(ctx: Context, body: RoleBody) -> Role:
    """A new role. Raises Invalid, Forbidden `beyond_own`, Conflict `role_name_taken` or `too_many_roles`."""
    role = checked(Role(id=ctx.new_id("rol"), name_fr="", name_en="", permissions=(), created_at=ctx.now,
                        created_by=ctx.actor.name), body)
    check_held(ctx, role.permissions)

    def attempt() -> Role:
        tenant = _tenant(ctx)
        if len(tenant.roles) >= MAX_ROLES:
            raise Conflict("too_many_roles", f"A company has at most {MAX_ROLES} roles of its own.")
        transaction = Transaction(ctx)
        made = transaction.create(ROLE, role)
        transaction.save(TENANT, tenant, replace(tenant, roles={**tenant.roles, role.id: grant_of(role)}))
        transaction.emit("RoleCreated", ROLE.kind, role.id, 1, {"name": role.name_en, "permissions": list(role.permissions)})
        transaction.answers(201, ROLE.kind, role.id, 1)
        transaction.commit()
        return made

    return decided_again(ctx, attempt)


def change(ctx: Context, old: Role, body: RoleBody, is_exact: bool) -> Role:
    """Another name or other permissions; they hold on the next request of everybody who has the role.

    `is_exact` says that the caller named the version. Raises Invalid, Stale, Conflict `role_name_taken`, and Forbidden
    `beyond_own` for a role that may more than the caller, before or after.
    """

    def attempt() -> Role:
        role = old if is_exact else read.get(ctx, ROLE, old.id)
        new = checked(role, body)
        check_held(ctx, {*role.permissions, *new.permissions})
        tenant = _tenant(ctx)
        transaction = Transaction(ctx)
        saved = transaction.save(ROLE, role, new)
        transaction.save(TENANT, tenant, replace(tenant, roles={**tenant.roles, role.id: grant_of(new)}))
        transaction.emit("RoleUpdated", ROLE.kind, role.id, saved.version, {
            "name": new.name_en, "added": sorted(set(new.permissions) - set(role.permissions)),
            "removed": sorted(set(role.permissions) - set(new.permissions))})
        transaction.answers(200, ROLE.kind, role.id, saved.version)
        transaction.commit()
        return saved

    return attempt() if is_exact else decided_again(ctx, attempt)


def remove(ctx: Context, old: Role, is_exact: bool) -> None:
    """Ends a role that nobody has. Raises Conflict `role_in_use`, naming who has it, Forbidden `beyond_own`, Stale."""

    def attempt() -> None:
        role = old if is_exact else read.get(ctx, ROLE, old.id)
        check_held(ctx, role.permissions)
        if role.holders:
            raise _in_use(ctx, role)
        tenant = _tenant(ctx)
        transaction = Transaction(ctx)
        transaction.remove(ROLE, role)
        transaction.save(TENANT, tenant, replace(
            tenant, roles={name: grant for name, grant in tenant.roles.items() if name != role.id}))
        transaction.emit("RoleRemoved", ROLE.kind, role.id, role.version, {"name": role.name_en})
        transaction.commit()

    if is_exact:
        attempt()
    else:
        decided_again(ctx, attempt)


def _in_use(ctx: Context, role: Role) -> Conflict:
    named = [holder.name for holder in holders_of(ctx, replace(role, holders=role.holders[:NAMED_AT_MOST]))]
    others = len(role.holders) - len(named)
    told = ", ".join(named) + (f" and {others} more" if others > 0 else "")
    return Conflict("role_in_use", f"These have the role: {told}. Give them another first.", {"holders": told})


def _holding(ctx: Context, document: Document[T], role: Role) -> dict[str, T]:
    return read.get_many(ctx, document, [each for each in role.holders if each.startswith(f"{document.prefix}_")])


def holders_of(ctx: Context, role: Role) -> list[Holder]:
    """Who has the role, with their names; an e-mail for who is invited."""
    users, invitations, programs = _holding(ctx, USER, role), _holding(ctx, INVITATION, role), _holding(ctx, API_KEY, role)
    names = {**{i: ("user", user.name) for i, user in users.items()},
             **{i: ("invitation", invitation.email) for i, invitation in invitations.items()},
             **{i: ("api_key", program.name) for i, program in programs.items()}}
    return [Holder(kind=names[i][0], id=i, name=names[i][1]) for i in role.holders if i in names]

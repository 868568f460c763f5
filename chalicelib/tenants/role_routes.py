"""`/api/tenants/roles`: the built-in roles and the company's own."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound, Stale
from chalicelib.runtime import access
from chalicelib.runtime.endpoints import LOADERS, Answer, Request
from chalicelib.storage import read
from chalicelib.tenants import roles
from chalicelib.tenants.answers import RoleDetail, RoleView
from chalicelib.tenants.edge import api
from chalicelib.tenants.roles import ROLE, Role, RoleBody


def _view(ctx: Context, role: str, version: int, labels: dict[str, str], held: frozenset[str], count: int | None,
          description: str = "") -> dict[str, Any]:
    return {"role": role, "version": version, "is_builtin": role in access.ROLES, **labels, "description": description,
            "permissions": sorted(held), "for_keys": sorted(access.api_key_permissions(held)),
            "is_grantable": all(ctx.allows(name) for name in held), "holder_count": count}


def _of(ctx: Context, role: Role) -> dict[str, Any]:
    return _view(ctx, role.id, role.version, {"en": role.name_en, "fr": role.name_fr}, frozenset(role.permissions),
                 len(role.holders), role.description)


def _shown(ctx: Context, role: Role) -> dict[str, Any]:
    return {**_of(ctx, role), "holders": [codec.plain(each) for each in roles.holders_of(ctx, role)]}


def _current(ctx: Context, request: Request[Any], role_id: str) -> Role:
    found = read.find(ctx, ROLE, role_id)
    if found is None:
        raise NotFound("role")
    if request.if_match is not None and request.if_match != found.version:
        raise Stale(ROLE.kind)
    return found


@api.get("/roles", permission="users.read", answer=RoleView, is_list=True)
def list_roles(ctx: Context, request: Request[Any]) -> Answer:
    """The roles a user, an invitation or a key can have, with what each may do: the built-in ones, then the company's own."""
    rows = [_view(ctx, role, 0, dict(access.ROLE_LABELS[role]), held, None) for role, held in access.ROLES.items()]
    return Answer({"items": rows + [_of(ctx, each) for each in roles.every(ctx)], "cursor": None})


@api.get("/roles/{role_id}", permission="users.read", answer=RoleDetail)
def read_role(ctx: Context, request: Request[Any], role_id: str) -> Answer:
    """One of the company's own roles, with who has it."""
    found = _current(ctx, request, role_id)
    return Answer(_shown(ctx, found), version=found.version)


@api.post("/roles", permission="users.manage", body=RoleBody, answer=RoleDetail, status=201)
def create_role(ctx: Context, request: Request[RoleBody]) -> Answer:
    """Make a role of permissions that you hold yourself."""
    made = roles.create(ctx, request.body)
    return Answer(_shown(ctx, made), 201, version=made.version)


@api.put("/roles/{role_id}", permission="users.manage", body=RoleBody, answer=RoleDetail)
def change_role(ctx: Context, request: Request[RoleBody], role_id: str) -> Answer:
    """Change a role's name or permissions; that holds on the next request of everybody who has it."""
    found = _current(ctx, request, role_id)
    changed = roles.change(ctx, found, request.body, request.if_match is not None)
    return Answer(_shown(ctx, changed), version=changed.version)


@api.delete("/roles/{role_id}", permission="users.manage", status=204)
def remove_role(ctx: Context, request: Request[Any], role_id: str) -> Answer:
    """Remove a role that nobody has."""
    roles.remove(ctx, _current(ctx, request, role_id), request.if_match is not None)
    return Answer(None, 204)


LOADERS[ROLE.kind] = lambda ctx, role_id: _shown(ctx, read.get(ctx, ROLE, role_id))

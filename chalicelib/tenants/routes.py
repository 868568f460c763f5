"""`/api/tenants`: the company and its settings; the other modules of routes are loaded here."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Stale
from chalicelib.runtime.endpoints import LOADERS, Request
from chalicelib.tenants import passkey_routes, people_routes, role_routes, service, session_routes
from chalicelib.tenants.edge import api
from chalicelib.tenants.model import ChangeCompany, ChangeSettings, Company, Tenant
from chalicelib.tenants.sign_up import routes as sign_up_routes
from chalicelib.tenants.support import routes as support_routes

__all__ = ["api", "passkey_routes", "people_routes", "role_routes", "session_routes", "sign_up_routes",
           "support_routes"]


def _check_match(request: Request[Any], document: Company | Tenant, kind: str) -> None:
    if request.if_match is not None and request.if_match != document.version:
        raise Stale(kind)


@api.get("/company", permission="tenants.read", answer=Company)
def read_company(ctx: Context, request: Request[Any]) -> Company:
    """The company, as its documents name it."""
    return service.company(ctx)


@api.put("/company", permission="tenants.manage", body=ChangeCompany, answer=Company)
def change_company(ctx: Context, request: Request[ChangeCompany]) -> Company:
    """Replace the company's facts."""
    old = service.company(ctx)
    _check_match(request, old, "company")
    return service.change_company(ctx, old, request.body)


@api.get("/settings", permission="tenants.read", answer=Tenant)
def read_settings(ctx: Context, request: Request[Any]) -> Tenant:
    """The tenant's settings."""
    return service.tenant(ctx)


@api.put("/settings", permission="tenants.manage", body=ChangeSettings, answer=Tenant)
def change_settings(ctx: Context, request: Request[ChangeSettings]) -> Tenant:
    """Replace the tenant's settings."""
    old = service.tenant(ctx)
    _check_match(request, old, "tenant")
    return service.change_settings(ctx, old, request.body)


LOADERS["company"] = lambda ctx, _: service.company(ctx)
LOADERS["tenant"] = lambda ctx, _: service.tenant(ctx)

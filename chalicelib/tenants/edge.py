"""The one `api` of `/api/tenants`, which several modules of routes fill, and what their answers have in common."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.runtime import sessions
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.runtime.settings import settings
from chalicelib.tenants import roles
from chalicelib.tenants.model import Tenant, User
from chalicelib.tenants.signing_in import Asked, Origin, SignedIn

api = Api("tenants")
SMALL = 20_000
"""The most bytes that a body without a file needs."""


def origin(request: Request[Any]) -> Origin:
    """Where a request comes from."""
    return Origin(request.source_ip, request.headers.get("user-agent", ""))


def described(tenant: Tenant, user: User | None, permissions: frozenset[str], csrf: str | None) -> dict[str, Any]:
    """What a signed-in page needs to know of itself."""
    return {
        "status": "signed_in", "csrf_token": csrf, "role": user.role if user else None,
        "role_names": roles.names_of(tenant, user.role) if user else None,
        "user": {
            "id": user.id, "name": user.name, "email": user.email, "totp_enabled": user.totp_enabled,
            "passkey_count": user.passkey_count, "warehouse_ids": list(user.warehouse_ids),
            "channel_ids": list(user.channel_ids)} if user else None,
        "tenant": {name: value for name, value in codec.plain(tenant).items() if name not in ("owner_ids", "roles", "version")},
        "permissions": sorted(permissions), "locale": (user.locale if user else "") or tenant.locale,
        "support": None, "support_requests": 0,
        "features": {"dev_mail": settings().is_local, "loopback_connections": settings().allow_loopback},
    }


def session_answer(result: SignedIn | Asked) -> Answer:
    """A session with its cookie, or the one more thing that is asked."""
    if isinstance(result, Asked):
        return Answer({"status": result.status, "challenge": result.challenge, "tenants": list(result.tenants)}, 200)
    member = result.member
    body = described(member.tenant, member.user, roles.permissions_of(member.tenant, member.user.role), result.csrf_token)
    return Answer(body, 201, cookies=(sessions.cookie(result.token),))

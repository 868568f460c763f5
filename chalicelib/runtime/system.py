"""The addresses that belong to no domain: the API's description and its health."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from chalicelib.events import relay
from chalicelib.events.routing import QUEUES
from chalicelib.kernel.context import Context
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import identity, openapi, registry, request_log, secrets
from chalicelib.runtime.access import PERMISSIONS, ROLES, api_key_permissions
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request
from chalicelib.storage import keys, read

api = Api("system", root="/api")


@entity
class PermissionsView:
    """Every permission with its labels by language, each role with the permissions it holds, and those that a key of the
    role can have."""

    permissions: dict[str, dict[str, str]]
    roles: dict[str, tuple[str, ...]]
    for_keys: dict[str, tuple[str, ...]]


@entity
class Health:
    """Each part of the service: `up` or `down`."""

    status: Literal["ok", "degraded"]
    parts: dict[str, Literal["up", "down"]]


@api.get("/openapi.json", public=True, answer=dict[str, Any])
def read_openapi(ctx: Context, request: Request[Any]) -> Answer:
    """This description: OpenAPI 3.1 of every operation."""
    return Answer(_description(), 200, {"Cache-Control": "public, max-age=60"})


@cache
def _description() -> dict[str, Any]:
    """Written once in a process: the routes do not change while it runs."""
    return openapi.description([*(registry.routes(domain).api for domain in registry.DOMAINS), api])


@api.get("/permissions", answer=PermissionsView)
def list_permissions(ctx: Context, request: Request[Any]) -> Answer:
    """Every permission and which role holds it."""
    roles = {role: sorted(held) for role, held in ROLES.items()}
    return Answer({"permissions": {name: dict(labels) for name, labels in PERMISSIONS.items()}, "roles": roles,
                   "for_keys": {role: sorted(api_key_permissions(held)) for role, held in ROLES.items()}})


@api.get("/requests", permission="api_keys.manage", answer=request_log.RequestRow, is_list=True, parameters=(
    Parameter("limit", "1 to 100, 50 if not given; a page may hold more"), Parameter("cursor"), Parameter("key_id"),
    Parameter("method"), Parameter("status", "404, or 4xx"), Parameter("request_id")))
def list_requests(ctx: Context, request: Request[Any]) -> Answer:
    """What the company's API keys asked in the last seven days, newest first; a few seconds late."""
    return Answer(request_log.page(ctx, request.query))


def _is_up(probe: Callable[[], object]) -> bool:
    try:
        probe()
    except Exception:
        return False
    return True


@api.get("/health", public=True, answer=Health, others={503: Health})
def read_health(ctx: Context, request: Request[Any]) -> Answer:
    """Which parts are up. 503 when one that a request needs is not."""
    parts = {
        "storage": _is_up(lambda: read.item(ctx, keys.platform(ctx, "HEALTH", "probe"))),
        "queues": _is_up(lambda: [relay.backlog(queue) for queue in QUEUES]),
        "identity": _is_up(identity.probe),
        "secrets": _is_up(lambda: secrets.blind_key("probe")),
    }
    healthy = all(parts.values())
    return Answer({"status": "ok" if healthy else "degraded",
                   "parts": {name: "up" if up else "down" for name, up in parts.items()}}, 200 if healthy else 503)

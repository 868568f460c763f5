"""`/api/webhooks`: endpoints of the tenant's own programs, what may be told them, and the log of what was."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Stale
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Request
from chalicelib.runtime.resources import Action, Listing, Nothing, Resource, mount
from chalicelib.storage import read
from chalicelib.webhooks import sending, service
from chalicelib.webhooks.answers import (
    EventTypeView,
    NewSecretView,
    RecoveryView,
    WebhookEndpointRow,
    WebhookEndpointView,
    WebhookMessageRow,
    WebhookMessageView,
)
from chalicelib.webhooks.catalogue import CATALOGUE
from chalicelib.webhooks.model import (
    ENDPOINT_TRANSITIONS,
    MESSAGE_TRANSITIONS,
    WEBHOOK_ENDPOINT,
    WEBHOOK_MESSAGE,
    EndpointBody,
    Recover,
    WebhookEndpoint,
    WebhookMessage,
)

MANAGE = "webhooks.manage"
api = Api("webhooks")


@api.get("/event-types", permission=MANAGE, answer=EventTypeView, is_list=True)
def list_event_types(ctx: Context, request: Request[Any]) -> Answer:
    """The events that can be subscribed to."""
    items = [codec.plain(EventTypeView(type=name, area=each.area, permission=each.permission,
                                       is_allowed=ctx.allows(each.permission))) for name, each in CATALOGUE.items()]
    return Answer({"items": items, "cursor": None})


def _present(ctx: Context, endpoint: WebhookEndpoint) -> dict[str, Any]:
    """An endpoint as it is shown: without its secrets, with how it does."""
    health = service.healths(ctx, [endpoint.id])[endpoint.id]
    shown: dict[str, Any] = codec.plain(endpoint)
    for name in ("sealed_secret", "previous_sealed_secret", "key_id"):
        del shown[name]
    is_over = endpoint.previous_until is None or endpoint.previous_until <= ctx.now
    return {**shown, "previous_until": None if is_over else shown["previous_until"],
            "failing_since": _instant(health.failing_since), "paused_until": _instant(health.open_until),
            "last_success_at": _instant(health.last_success_at)}


def _instant(value: Any) -> str | None:
    return value.isoformat() if value else None


def _with_health(ctx: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A list of endpoints with how each does: one read for all of them."""
    found = service.healths(ctx, [str(row["id"]) for row in rows])
    return [{**row, "failing_since": _instant(found[row["id"]].failing_since),
             "last_success_at": _instant(found[row["id"]].last_success_at)} for row in rows]


def _kept(ctx: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    since = sending.log_kept_since(ctx)
    return [row for row in rows if str(row["created_at"]) > since]


ENDPOINTS: Resource[WebhookEndpoint] = Resource(
    document=WEBHOOK_ENDPOINT, shape=WebhookEndpointView, row=WebhookEndpointRow, path="/endpoints", read=MANAGE,
    write=MANAGE, listings={"": Listing("by_list", "WEBHOOK_ENDPOINT")}, filters=("state",), update=service.change,
    update_body=EndpointBody, remove=service.remove,
    actions={"disable": Action(lambda ctx, endpoint, _: service.disable(ctx, endpoint)),
             "enable": Action(lambda ctx, endpoint, _: service.enable(ctx, endpoint))},
    transitions=ENDPOINT_TRANSITIONS, present=_present, complete=_with_health)
MESSAGES: Resource[WebhookMessage] = Resource(
    document=WEBHOOK_MESSAGE, shape=WebhookMessageView, row=WebhookMessageRow, path="/messages", read=MANAGE, write=MANAGE,
    listings={"": Listing("by_list", "WEBHOOK_MESSAGE")}, filters=("state", "event_type"),
    lookups={"endpoint_id": Listing("by_ref", "WEBHOOK_MESSAGES_OF#{}")},
    actions={"resend": Action(lambda ctx, message, _: sending.resend(ctx, message))},
    transitions=MESSAGE_TRANSITIONS, complete=_kept,
    present=lambda ctx, message: {name: value for name, value in codec.plain(message).items()
                                  if name not in ("turn", "step", "is_queued")})


def _new_secret(ctx: Context, endpoint: WebhookEndpoint, secret: str, status: int) -> Answer:
    return Answer({**ENDPOINTS.shown(ctx, endpoint).body, "secret": secret}, status, version=endpoint.version)


LOADERS[service.TOLD_ONCE] = lambda ctx, endpoint_id: _new_secret(
    ctx, read.get(ctx, WEBHOOK_ENDPOINT, endpoint_id), "", 200).body
"""A repeat of the request is answered alike, without the secret that only the first answer told."""


def _endpoint(ctx: Context, request: Request[Any], endpoint_id: str) -> WebhookEndpoint:
    endpoint = read.get(ctx, WEBHOOK_ENDPOINT, endpoint_id)
    if request.if_match is not None and request.if_match != endpoint.version:
        raise Stale(WEBHOOK_ENDPOINT.kind)
    return endpoint


@api.post("/endpoints", permission=MANAGE, body=EndpointBody, answer=NewSecretView, status=201)
def create_webhook_endpoint(ctx: Context, request: Request[EndpointBody]) -> Answer:
    """Create a webhook endpoint; `secret` is shown this once."""
    endpoint, secret = service.create(ctx, request.body)
    return _new_secret(ctx, endpoint, secret, 201)


@api.post("/endpoints/{endpoint_id}/rotate_secret", permission=MANAGE, body=Nothing, answer=NewSecretView)
def rotate_secret(ctx: Context, request: Request[Nothing], endpoint_id: str) -> Answer:
    """Give a webhook endpoint a new secret, shown this once; for 24 hours messages are signed under both."""
    endpoint, secret = service.rotate(ctx, _endpoint(ctx, request, endpoint_id))
    return _new_secret(ctx, endpoint, secret, 200)


@api.post("/endpoints/{endpoint_id}/ping", permission=MANAGE, body=Nothing, answer=WebhookMessageView, status=201)
def ping_endpoint(ctx: Context, request: Request[Nothing], endpoint_id: str) -> Answer:
    """Send a webhook endpoint a message of type `ping`."""
    message = service.ping(ctx, _endpoint(ctx, request, endpoint_id))
    return Answer(MESSAGES.shown(ctx, message).body, 201, version=message.version)


@api.post("/endpoints/{endpoint_id}/recover", permission=MANAGE, body=Recover, answer=RecoveryView, status=202)
def recover_endpoint(ctx: Context, request: Request[Recover], endpoint_id: str) -> Answer:
    """Send again everything that failed since an instant."""
    return Answer(service.ask_recovery(ctx, _endpoint(ctx, request, endpoint_id), request.body.since), 202)


mount(api, ENDPOINTS)
mount(api, MESSAGES)

"""Endpoints: made, changed, switched off and on, given a new secret, tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Forbidden, Invalid
from chalicelib.kernel.states import next_state
from chalicelib.runtime import secrets
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.webhooks import signing
from chalicelib.webhooks.catalogue import CATALOGUE
from chalicelib.webhooks.model import (
    ENDPOINT_TRANSITIONS,
    KEPT,
    OVERLAP,
    PING,
    WEBHOOK_ENDPOINT,
    WEBHOOK_MESSAGE,
    EndpointBody,
    Health,
    WebhookEndpoint,
    WebhookMessage,
)
from connectors.errors import ConnectorError
from connectors.targets import pin, split_target

MAX_ENDPOINTS = 50
MAX_NAME, MAX_URL = 80, 500
TOLD_ONCE = "new_webhook_endpoint"
"""What the marker of a command that told a secret names: a repeat is answered alike, without the secret."""


# -- what is checked -------------------------------------------------------------------------------------------------


def checked_url(url: str) -> str:
    """The address, if messages may be sent there: https and public, or this very machine where the stage allows it. It is
    checked again, and pinned, at every single call. Raises Invalid `url`."""
    url = url.strip()
    if len(url) > MAX_URL:
        raise Invalid("url", f"An address has at most {MAX_URL} characters.", {"url": "too long"})
    try:
        pin(split_target(url), settings().allow_loopback)
    except ConnectorError as refusal:
        raise Invalid("url", f"Nothing can be sent to this address: {refusal.message}.", {"url": refusal.message}) from None
    if urlsplit(url).fragment:
        raise Invalid("url", "An address to send to has no #fragment.", {"url": "no #fragment"})
    return url


def checked_events(ctx: Context, event_types: Sequence[str]) -> tuple[str, ...]:
    """The events in the order of the list, each once. Raises Invalid, and Forbidden for one about what the caller may not
    see: what is told must not reach further than whoever asks for it."""
    unknown = sorted(set(event_types) - set(CATALOGUE))
    if unknown or not event_types:
        raise Invalid("event_types", "Name at least one event of the list that GET /api/webhooks/event-types gives.",
                      {"event_types": f"unknown: {unknown[0][:60]}" if unknown else "required"})
    chosen = tuple(name for name in CATALOGUE if name in event_types)
    hidden = next((name for name in chosen if not ctx.allows(CATALOGUE[name].permission)), None)
    if hidden:
        raise Forbidden("forbidden", f"{hidden} tells of what needs the permission {CATALOGUE[hidden].permission}.")
    return chosen


def _with_body(ctx: Context, endpoint: WebhookEndpoint, body: EndpointBody) -> WebhookEndpoint:
    name = body.name.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise Invalid("name", f"A name has 1 to {MAX_NAME} printable characters.", {"name": f"1 to {MAX_NAME} characters"})
    return replace(endpoint, name=name, url=checked_url(body.url), event_types=checked_events(ctx, body.event_types))


# -- which endpoints listen ------------------------------------------------------------------------------------------


def _listening(ctx: Context, endpoint: WebhookEndpoint) -> Item:
    """What stands beside the others that listen, so that an event finds them all in one consistent read."""
    return Item(keys.child(ctx, "listening", "all", endpoint.id), "webhook_listening", ctx.tenant_id,
                codec.compact({"event_types": list(endpoint.event_types)}))


def listeners(ctx: Context, event_type: str) -> list[str]:
    """The ids of the active endpoints that want to hear of an event."""
    found, _ = read.collection(ctx, "LISTENING#all", limit=10 * MAX_ENDPOINTS)
    return [item.key.sk for item in found if event_type in codec.load(item.data)["event_types"]]


def health_key(ctx: Context, endpoint_id: str) -> keys.Key:
    """How an endpoint does; beside it, so that a call never changes the document."""
    return keys.child(ctx, "webhook_endpoint", endpoint_id, "HEALTH")


def healths(ctx: Context, endpoint_ids: Iterable[str]) -> dict[str, Health]:
    """How these endpoints do: one read for all of them."""
    wanted = {health_key(ctx, endpoint_id): endpoint_id for endpoint_id in endpoint_ids}
    found = {wanted[key]: codec.adapter(Health).validate_json(item.data) for key, item in read.items(ctx, wanted).items()}
    return {endpoint_id: found.get(endpoint_id, Health()) for endpoint_id in wanted.values()}


# -- use cases -------------------------------------------------------------------------------------------------------


def _new_secret(ctx: Context) -> str:
    return signing.secret_text(ctx.chance.token(signing.SECRET_BYTES))


def create(ctx: Context, body: EndpointBody) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and, this once, its secret. One that an API key makes is switched off with the key. Raises Invalid,
    Forbidden, and Conflict `too_many_webhooks` beyond fifty."""
    if read.count(ctx, "by_list", "WEBHOOK_ENDPOINT", at_most=MAX_ENDPOINTS) >= MAX_ENDPOINTS:
        raise Conflict("too_many_webhooks", f"A company has at most {MAX_ENDPOINTS} webhook endpoints.")
    secret = _new_secret(ctx)
    endpoint = _with_body(ctx, WebhookEndpoint(
        id=ctx.new_id(WEBHOOK_ENDPOINT.prefix), name="", url="", event_types=(), sealed_secret=secrets.encrypt(ctx, secret),
        created_at=ctx.now, created_by=ctx.actor.name, key_id=ctx.actor.id if ctx.actor.kind == "api_key" else ""), body)
    tx = Transaction(ctx)
    created = tx.create(WEBHOOK_ENDPOINT, endpoint)
    tx.put(_listening(ctx, created))
    tx.emit("WebhookEndpointCreated", WEBHOOK_ENDPOINT.kind, created.id, 1, {"name": created.name})
    tx.answers(201, TOLD_ONCE, created.id, 1)
    tx.commit()
    return created, secret


def change(ctx: Context, old: WebhookEndpoint, body: EndpointBody) -> WebhookEndpoint:
    """Another name, address or other events; its secret stays. Raises Invalid, Forbidden, Stale."""
    tx = Transaction(ctx)
    saved = tx.save(WEBHOOK_ENDPOINT, old, _with_body(ctx, old, body))
    if saved.state == "active":
        tx.put(_listening(ctx, saved))
    tx.emit("WebhookEndpointUpdated", WEBHOOK_ENDPOINT.kind, saved.id, saved.version, {"name": saved.name})
    tx.answers(200, WEBHOOK_ENDPOINT.kind, saved.id, saved.version)
    tx.commit()
    return saved


def remove(ctx: Context, endpoint: WebhookEndpoint) -> None:
    """Ends an endpoint; what waits for it is not sent any more, its log stays its thirty days. Raises Stale."""
    tx = Transaction(ctx)
    tx.remove(WEBHOOK_ENDPOINT, endpoint)
    tx.delete(keys.child(ctx, "listening", "all", endpoint.id))
    tx.delete(health_key(ctx, endpoint.id))
    tx.emit("WebhookEndpointRemoved", WEBHOOK_ENDPOINT.kind, endpoint.id, endpoint.version, {"name": endpoint.name})
    tx.commit()


def disabling_writes(tx: Transaction, endpoint: WebhookEndpoint, code: str) -> WebhookEndpoint:
    """Adds to `tx` that the endpoint is switched off, and why. Raises Conflict `wrong_state`."""
    saved = tx.save(WEBHOOK_ENDPOINT, endpoint, replace(
        endpoint, state=next_state(ENDPOINT_TRANSITIONS, endpoint.state, "disable"), disabled_code=code,
        disabled_at=tx.ctx.now))
    tx.delete(keys.child(tx.ctx, "listening", "all", endpoint.id))
    tx.emit("WebhookEndpointDisabled", WEBHOOK_ENDPOINT.kind, saved.id, saved.version, {"name": saved.name, "code": code})
    return saved


def disable(ctx: Context, endpoint: WebhookEndpoint, code: str = "by_hand") -> WebhookEndpoint:
    """Nothing is sent there until it is switched on again. Raises Conflict `wrong_state`, Stale."""
    tx = Transaction(ctx)
    saved = disabling_writes(tx, endpoint, code)
    tx.answers(200, WEBHOOK_ENDPOINT.kind, saved.id, saved.version)
    tx.commit()
    return saved


def enable(ctx: Context, endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """It hears of what happens from now on; what it missed is sent by `recover`. Raises Invalid when its address may not be
    called any more, Conflict `wrong_state`, Stale."""
    tx = Transaction(ctx)
    saved = tx.save(WEBHOOK_ENDPOINT, endpoint, replace(
        endpoint, state=next_state(ENDPOINT_TRANSITIONS, endpoint.state, "enable"), url=checked_url(endpoint.url),
        disabled_code="", disabled_at=None, key_id=""))
    tx.put(_listening(ctx, saved))
    tx.delete(health_key(ctx, saved.id))
    tx.emit("WebhookEndpointEnabled", WEBHOOK_ENDPOINT.kind, saved.id, saved.version, {"name": saved.name})
    tx.answers(200, WEBHOOK_ENDPOINT.kind, saved.id, saved.version)
    tx.commit()
    return saved


def rotate(ctx: Context, endpoint: WebhookEndpoint) -> tuple[WebhookEndpoint, str]:
    """A new secret, told this once. For a day messages are signed under both, so that the receiver can be changed at
    leisure (Standard Webhooks 1.0, "Secret rotation"). Raises Stale."""
    secret = _new_secret(ctx)
    tx = Transaction(ctx)
    saved = tx.save(WEBHOOK_ENDPOINT, endpoint, replace(
        endpoint, sealed_secret=secrets.encrypt(ctx, secret), previous_sealed_secret=endpoint.sealed_secret,
        previous_until=ctx.now + OVERLAP))
    tx.emit("WebhookSecretRotated", WEBHOOK_ENDPOINT.kind, saved.id, saved.version, {"name": saved.name})
    tx.answers(200, TOLD_ONCE, saved.id, saved.version)
    tx.commit()
    return saved, secret


def signing_secrets(ctx: Context, endpoint: WebhookEndpoint) -> list[str]:
    """What messages to the endpoint are signed under now, the newest first."""
    sealed = [endpoint.sealed_secret]
    if endpoint.previous_until is not None and ctx.clock.now() < endpoint.previous_until:
        sealed.append(endpoint.previous_sealed_secret)
    return [secrets.decrypt(ctx, each) for each in sealed]


def due(tx: Transaction, message: WebhookMessage, delay_seconds: int = 0, by_hand: bool = False) -> None:
    """Adds to `tx` that it is this message's turn, in so many seconds (at most 900). One asked for by hand is sent even to
    an endpoint that is left alone."""
    data: dict[str, Any] = {"turn": message.turn}
    if delay_seconds:
        data["delay_seconds"] = delay_seconds
    if by_hand:
        data["by_hand"] = True
    tx.emit("WebhookDue", WEBHOOK_MESSAGE.kind, message.id, message.version, data)


def ping(ctx: Context, endpoint: WebhookEndpoint) -> WebhookMessage:
    """A message of type `ping`, sent at once. Raises Conflict `wrong_state` when the endpoint is switched off."""
    if endpoint.state != "active":
        raise Conflict("wrong_state", "Switch the endpoint on first.")
    message_id = ctx.new_id(WEBHOOK_MESSAGE.prefix)
    body = codec.compact({"type": PING, "timestamp": ctx.now.isoformat().replace("+00:00", "Z"),
                          "data": {"id": endpoint.id, "kind": WEBHOOK_ENDPOINT.kind, "version": endpoint.version}})
    tx = Transaction(ctx)
    message = tx.create(WEBHOOK_MESSAGE, WebhookMessage(
        id=message_id, endpoint_id=endpoint.id, webhook_id=message_id, event_type=PING, body=body, created_at=ctx.now,
        next_attempt_at=ctx.now))
    due(tx, message, by_hand=True)
    tx.answers(201, WEBHOOK_MESSAGE.kind, message.id, 1)
    tx.commit()
    return message


def ask_recovery(ctx: Context, endpoint: WebhookEndpoint, since: Any) -> Mapping[str, Any]:
    """Has everything that failed since then sent again, page by page. Raises Invalid, Conflict `wrong_state`."""
    if since.tzinfo is None or not ctx.now - KEPT - timedelta(days=1) <= since <= ctx.now:
        raise Invalid("since", "since is an instant of the last 30 days, with its zone.", {"since": "last 30 days"})
    if endpoint.state != "active":
        raise Conflict("wrong_state", "Switch the endpoint on first.")
    answer = {"endpoint_id": endpoint.id, "since": since.isoformat()}
    tx = Transaction(ctx)
    tx.emit("WebhookRecoveryAsked", WEBHOOK_ENDPOINT.kind, endpoint.id, endpoint.version, {"since": since.isoformat()})
    tx.keeps(202, answer)
    tx.commit()
    return answer

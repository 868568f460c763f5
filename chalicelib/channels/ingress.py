"""Receiving webhooks: who sends, is the signature right, is it new. One read, one write, no login.

The inbox item stands in the outbox partition of its hour and has the form of an outbox item, so the relay publishes it
as `WebhookReceived` and a sweep finds it again. Its sort key is a digest of connection, topic, delivery id and body: the
same delivery sent twice meets "does not exist".
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.channels import shops
from chalicelib.channels.model import CONNECTION, INLINE_BODY_BYTES, MAX_DELIVERY_BYTES, Connection, delivery_id_of
from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import Invalid, NotFound, OutcomeUnknown, Unauthenticated
from chalicelib.runtime import rate_limit
from chalicelib.storage import blobs, keys, read, single
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import OUTBOX_SECONDS
from connectors import connector
from connectors.contract import MeaningKind, WebhookMeaning

_ADDRESS = re.compile(r"([a-z0-9-]{2,48})\.(con_[0-9A-Z]{20,32})")
_PING_BYTES = 200
TEXT_BYTES = 32_768
_FORMS = ("text", "body", "blob")
"""How a body is kept: see `_packed`."""
_ORDER_KINDS = (MeaningKind.ORDER_CHANGED, MeaningKind.ORDER_DELETED)


def receive(platform: Context, address: str, headers: Mapping[str, str], raw: bytes) -> str:
    """Takes one delivery at `<tenant>.<connection>`; answers accepted, duplicate, ignored or pong.

    A shop has a quota of its own, far above any it reaches; beyond it the delivery is refused with 429, and what is not
    sent again is found by the poll. Raises LimitExceeded then, NotFound for an address that no connection has,
    Unauthenticated `wrong_signature`, Invalid `delivery_unreadable` for a signed body that is no JSON object with an id.
    Only order topics are stored: what a shop says of its products answers our own pushes, and the read-back asks it anew.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise NotFound("connection")
    ctx = replace(platform, tenant_id=match[1], actor=Actor("connection", match[2]))
    connection = read.get(ctx, CONNECTION, match[2])
    ctx = replace(ctx, actor=Actor("connection", connection.id, connection.name))
    platform_of = connector(connection.platform)
    if not platform_of.verify(raw, headers, shops.webhook_secrets(ctx, connection)):
        if len(raw) <= _PING_BYTES and platform_of.meaning(headers, raw).kind is MeaningKind.PING:
            return "pong"
        raise Unauthenticated("wrong_signature", "The signature is not that of this connection.")
    meaning = platform_of.meaning(headers, raw)
    if meaning.kind is MeaningKind.PING:
        return "pong"
    if not meaning.external_id and meaning.kind is not MeaningKind.IGNORED:
        raise Invalid("delivery_unreadable", "The body is not a JSON object with an id.")
    if connection.state == "paused" or meaning.kind not in _ORDER_KINDS:
        return "ignored"
    rate_limit.spend(ctx, rate_limit.WEBHOOKS).require()
    return "accepted" if store(ctx, connection, meaning, raw) else "duplicate"


def store(ctx: Context, connection: Connection, meaning: WebhookMeaning, raw: bytes) -> bool:
    """Puts the inbox item if it is not there; False when it was. A lost answer is asked again: the condition tells."""
    body_hash = hashlib.sha256(raw).hexdigest()
    delivery_id = delivery_id_of(connection.id, meaning.topic, meaning.delivery_id, body_hash)
    now = ctx.clock.now()
    sort = f"whk_{delivery_id.removeprefix('dlv_')}"
    body = {
        "at": now.isoformat(), "actor": [ctx.actor.kind, ctx.actor.id, ctx.actor.name], "request_id": ctx.request_id,
        "events": [{"type": "WebhookReceived", "kind": "delivery", "entity_id": delivery_id, "version": 0,
                    "data": {"inbox": sort, "connection_id": connection.id}}],
        "topic": meaning.topic, "kind": meaning.kind.value, "delivery_id": meaning.delivery_id,
        "external_id": meaning.external_id, "body_hash": body_hash, "has_body": meaning.has_body,
        "origin": [ctx.origin.operation, ctx.origin.source_ip[:64], ctx.origin.user_agent[:120]],
        **_packed(ctx, delivery_id, raw), **({"correlation_id": ctx.correlation_id} if ctx.correlation_id else {}),
    }
    item = Item(keys.outbox(ctx, sort, now), "Event", ctx.tenant_id, codec.compact(body),
                expires_at=int(now.timestamp()) + OUTBOX_SECONDS)
    try:
        return single.put_version(ctx, item)
    except OutcomeUnknown:
        return single.put_version(ctx, item)


def _packed(ctx: Context, delivery_id: str, raw: bytes) -> dict[str, str]:
    """The body: as text, which the table keeps smaller than anything compressed here; compressed where it is long or no
    text; from 300 kB on in the bucket."""
    if len(raw) <= TEXT_BYTES:
        try:
            return {"text": raw.decode()}
        except UnicodeDecodeError:
            pass
    packed = base64.b85encode(zlib.compress(raw, 1)).decode()
    if len(packed) <= INLINE_BODY_BYTES:
        return {"body": packed}
    name = f"deliveries/{delivery_id}.z"
    blobs.put(ctx, name, zlib.compress(raw, 1), "application/zlib")
    return {"blob": name}


def is_kept(inbox: Mapping[str, Any]) -> bool:
    """Whether an outbox item is a delivery whose body is still there."""
    return inbox["events"][0]["type"] == "WebhookReceived" and any(form in inbox for form in _FORMS)


def texts(ctx: Context, inbox: Mapping[str, Any]) -> Iterator[str]:
    """Every text of a delivery's body, as its JSON means it; of one that is none, all of it."""
    raw = unpacked(ctx, inbox).decode("utf-8", "replace")
    try:
        waiting = [json.loads(raw)]
    except ValueError:
        waiting = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def emptied(ctx: Context, inbox: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery without its body: that it came, when and what about stays. Replayed, it asks the shop."""
    if "blob" in inbox:
        blobs.delete(ctx, str(inbox["blob"]))
    return {**{name: value for name, value in inbox.items() if name not in _FORMS}, "has_body": False}


def unpacked(ctx: Context, inbox: Mapping[str, Any]) -> bytes:
    """The very bytes that came. Never more than ingress took in, whatever the compressed form claims."""
    if "text" in inbox:
        return str(inbox["text"]).encode()
    packed = blobs.get(ctx, str(inbox["blob"])) if "blob" in inbox else base64.b85decode(inbox["body"])
    return zlib.decompressobj().decompress(packed, MAX_DELIVERY_BYTES)

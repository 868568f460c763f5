"""WooCommerce webhooks, purely: is the signature right, and what does the delivery mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from connectors.contract import MeaningKind, WebhookMeaning
from connectors.strict_json import StrictJsonError, loads

MEANINGS = {
    "order.created": MeaningKind.ORDER_CHANGED,
    "order.updated": MeaningKind.ORDER_CHANGED,
    "order.restored": MeaningKind.ORDER_CHANGED,
    "order.deleted": MeaningKind.ORDER_DELETED,
    "product.created": MeaningKind.PRODUCT_CHANGED,
    "product.updated": MeaningKind.PRODUCT_CHANGED,
    "product.restored": MeaningKind.PRODUCT_CHANGED,
    "product.deleted": MeaningKind.PRODUCT_DELETED,
    "customer.created": MeaningKind.CUSTOMER_CHANGED,
    "customer.updated": MeaningKind.CUSTOMER_CHANGED,
}
SUBSCRIBED_TOPICS = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
)
"""Orders only: every push of stock or price would come back as `product.updated`, and tell us what we have just said."""


def sign(raw_body: bytes, secret: str) -> str:
    """What X-WC-Webhook-Signature holds: base64 of HMAC-SHA256 over the very bytes of the body."""
    return base64.b64encode(hmac.new(secret.encode(), raw_body, hashlib.sha256).digest()).decode()


def verify(raw_body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """True when the signature header fits `raw_body` under one of `secrets`, compared in constant time.

    An empty secret never verifies: WooCommerce signs with it when none was set, and so could anyone.
    """
    given = _header(headers, "x-wc-webhook-signature").encode("utf-8", "replace")
    fits = [hmac.compare_digest(given, sign(raw_body, secret).encode()) for secret in secrets if secret]
    return any(fits)


def meaning(headers: Mapping[str, str], raw_body: bytes) -> WebhookMeaning:
    """What a delivery is about, by its topic. Never raises.

    The ping at creation, at reactivation and after each failure is a form ("webhook_id=28") without any X-WC
    header and without signature. `external_id` is empty when the body cannot be read: a case for quarantine,
    unless it is a ping.
    """
    topic = _header(headers, "x-wc-webhook-topic")
    webhook_id = _header(headers, "x-wc-webhook-id")
    if not topic:
        pinged = parse_qs(raw_body[:200].decode("ascii", "replace")).get("webhook_id", [""])[0]
        return WebhookMeaning(
            MeaningKind.PING if pinged.isdecimal() else MeaningKind.IGNORED, webhook_id=pinged
        )
    kind = MEANINGS.get(topic, MeaningKind.IGNORED)
    try:
        body = loads(raw_body)
    except StrictJsonError:
        body = None
    identified = isinstance(body, dict) and type(body.get("id")) is int and body["id"] > 0
    return WebhookMeaning(
        kind=kind,
        topic=topic,
        external_id=str(body["id"]) if identified else "",
        delivery_id=_header(headers, "x-wc-webhook-delivery-id"),
        webhook_id=webhook_id,
        has_body=identified and len(body) > 1,
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    """Header `name` (lower case) whatever the case it came in, empty when absent."""
    return next((value for key, value in headers.items() if key.lower() == name), "")

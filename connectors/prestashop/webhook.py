"""The light ping: PrestaShop's core has no webhooks, but a module of three lines can tell us that an order changed. Pure.

The ping is `{"id_order": 7, "at": "2026-11-24 05:16:48"}` with the header `X-Comptoir-Signature`: base64 of the HMAC-SHA256 of
the very bytes under the connection's webhook secret. It says what to look at, never what to believe: the order is then
read from the shop. Without it the poll finds the same order a little later.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from connectors.contract import MeaningKind, WebhookMeaning
from connectors.strict_json import StrictJsonError, loads

SIGNATURE = "x-comptoir-signature"
TOPIC = "order.changed"


def sign(raw_body: bytes, secret: str) -> str:
    """What the signature header holds."""
    return base64.b64encode(hmac.new(secret.encode(), raw_body, hashlib.sha256).digest()).decode()


def verify(raw_body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """True when the signature fits `raw_body` under one of `secrets`, compared in constant time. An empty secret never does."""
    given = next((value for key, value in headers.items() if key.lower() == SIGNATURE), "").encode("utf-8", "replace")
    return any([hmac.compare_digest(given, sign(raw_body, secret).encode()) for secret in secrets if secret])


def meaning(headers: Mapping[str, str], raw_body: bytes) -> WebhookMeaning:
    """Which order a ping is about. Never raises; a body that cannot be read gives no `external_id`."""
    try:
        body = loads(raw_body)
    except StrictJsonError:
        body = None
    order_id = body.get("id_order") if isinstance(body, dict) else None
    known = isinstance(order_id, int) and not isinstance(order_id, bool) and order_id > 0
    return WebhookMeaning(MeaningKind.ORDER_CHANGED, TOPIC, str(order_id) if known else "")

"""Standard Webhooks signatures (specification 1.0, "Signature scheme"): symmetric, version `v1`."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping

PREFIX = "whsec_"
SECRET_BYTES = 32
"""The specification asks for 24 to 64 bytes of randomness."""


def secret_text(raw: bytes) -> str:
    """A secret as people keep it: `whsec_` and its bytes in base64. Raises ValueError unless it has 24 to 64 bytes."""
    if not 24 <= len(raw) <= 64:
        raise ValueError("a webhook secret has 24 to 64 bytes")
    return PREFIX + base64.b64encode(raw).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64>`: HMAC-SHA256 under the secret's bytes of `<id>.<timestamp>.<body>`. `timestamp` is in Unix seconds; the
    id holds no full stop, so that the parts cannot be told apart in two ways."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The three headers of a message. While a secret is being changed it is signed under both, blanks between."""
    signatures = [signature(secret, message_id, timestamp, body) for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": " ".join(signatures)}

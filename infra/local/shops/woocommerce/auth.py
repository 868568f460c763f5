"""Who calls the REST side: OAuth 1.0a (HMAC-SHA256) as WooCommerce asks for over plain HTTP, or Basic."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from infra.local.shops.woocommerce.config import ApiKey
from infra.local.shops.woocommerce.errors import RestError

WINDOW = timedelta(minutes=15)
OAUTH_FIELDS = (
    "oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method",
)  # fmt: skip
REFUSED = {
    "GET": ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "POST": ("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
    "PUT": ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "PATCH": ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "DELETE": ("woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource."),
}


@dataclass(frozen=True, slots=True)
class Call:
    """What a signature covers: the method, the address without its query, the query's pairs and the header."""

    method: str
    url: str
    query: tuple[tuple[str, str], ...]
    authorization: str


def _failure(message: str) -> RestError:
    return RestError(401, "woocommerce_rest_authentication_error", message)


def signature(call: Call, parameters: Sequence[tuple[str, str]], secret: str) -> str:
    """Return the OAuth 1.0a signature (RFC 5849 section 3.4, no token) of a call, base64."""
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in parameters)
    normalised = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join((call.method, quote(call.url, safe="~"), quote(normalised, safe="~")))
    digest = hmac.new(f"{quote(secret, safe='~')}&".encode(), base.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


class Guard:
    """Checks calls against the shop's keys; remembers nonces for as long as their timestamp is good."""

    def change_keys(self, keys: Sequence[ApiKey]) -> None:
        """From now on these keys are good, and no others."""
        self._keys = {key.consumer_key: key for key in keys}

    def __init__(self, keys: Sequence[ApiKey]) -> None:
        self.change_keys(keys)
        self._nonces: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def admit(self, call: Call, now: datetime) -> ApiKey:
        """Return the caller's key. Raises RestError 401: no key, wrong secret or signature, or no right to write."""
        key = self._basic(call) or self._oauth(call, now)
        if key is None:
            raise RestError(401, *REFUSED.get(call.method, REFUSED["GET"]))
        if call.method not in ("GET", "HEAD", "OPTIONS") and key.permissions == "read":
            raise _failure("The API key provided does not have write permissions.")
        return key

    def _basic(self, call: Call) -> ApiKey | None:
        given = dict(call.query)
        name, secret = given.get("consumer_key", ""), given.get("consumer_secret", "")
        if call.authorization.startswith("Basic "):
            try:
                name, _, secret = base64.b64decode(call.authorization[6:]).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
        key = self._keys.get(name)
        if key and not hmac.compare_digest(key.consumer_secret.encode(), secret.encode()):
            raise _failure("Consumer secret is invalid.")
        return key

    def _oauth(self, call: Call, now: datetime) -> ApiKey | None:
        header = call.authorization[6:] if call.authorization.startswith("OAuth ") else ""
        in_header = [(unquote(name), unquote(value)) for name, value in re.findall(r'([\w]+)="([^"]*)"', header)]
        parameters = [pair for pair in [*call.query, *in_header] if pair[0] != "realm"]
        given = dict(parameters)
        if "oauth_consumer_key" not in given:
            return None
        missing = [name for name in OAUTH_FIELDS if name not in given]
        if missing:
            raise _failure(f"Missing OAuth parameter{'s' if missing[1:] else ''} {', '.join(missing)}")
        key = self._keys.get(given["oauth_consumer_key"])
        if key is None:
            raise _failure("Consumer key is invalid.")
        if given["oauth_signature_method"] != "HMAC-SHA256":
            raise _failure("Invalid signature - signature method is invalid.")
        signed = [pair for pair in parameters if pair[0] != "oauth_signature"]
        expected = signature(call, signed, key.consumer_secret)
        if not hmac.compare_digest(expected.encode(), given["oauth_signature"].encode()):
            raise _failure("Invalid signature - provided signature does not match.")
        self._check_fresh(given, now)
        return key

    def _check_fresh(self, given: dict[str, str], now: datetime) -> None:
        stamp = given["oauth_timestamp"]
        if not stamp.isdigit() or abs(now.timestamp() - int(stamp)) > WINDOW.total_seconds():
            raise _failure("Invalid timestamp.")
        with self._lock:
            self._nonces = {nonce: seen for nonce, seen in self._nonces.items() if now - seen <= 2 * WINDOW}
            if given["oauth_nonce"] in self._nonces:
                raise _failure("Invalid nonce - nonce has already been used.")
            self._nonces[given["oauth_nonce"]] = now

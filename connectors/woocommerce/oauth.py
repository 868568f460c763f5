"""How a request proves who sends it: OAuth 1.0a without a token over plain http, Basic over https.

WooCommerce accepts Basic only where it believes itself behind TLS, so plain http (loopback) must be signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlsplit

from connectors.http import Clock, HttpRequest

_DEFAULT_PORTS = {"http": 80, "https": 443}


def encode(text: str) -> str:
    """Percent-encode as RFC 5849 §3.6 demands: all but letters, digits, "-", ".", "_" and "~"."""
    return quote(text, safe="~", encoding="utf-8")


def query_text(parameters: Iterable[tuple[str, str]]) -> str:
    """A query string encoded like the signature base string, so that what is sent is what was signed."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in parameters)


def base_uri(url: str) -> str:
    """Scheme, host and path of `url` as RFC 5849 §3.4.1.2: lower case, no default port, no query."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path or '/'}"


def base_string(method: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The text that is signed (RFC 5849 §3.4.1): method, address and all parameters, of the query and of
    OAuth.

    `parameters` are decoded pairs; those in the query of `url` are added. Parameters sort by encoded name,
    then value.
    """
    pairs = [*parse_qsl(urlsplit(url).query, keep_blank_values=True), *parameters]
    encoded = sorted((encode(name), encode(value)) for name, value in pairs if name != "oauth_signature")
    joined = "&".join(f"{name}={value}" for name, value in encoded)
    return "&".join(encode(part) for part in (method.upper(), base_uri(url), joined))


def signature(method: str, url: str, parameters: Iterable[tuple[str, str]], consumer_secret: str) -> str:
    """HMAC-SHA256 of the base string in base64; the key ends in "&" because there is no token secret."""
    key = f"{encode(consumer_secret)}&".encode()
    text = base_string(method, url, parameters).encode()
    return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def sign(request: HttpRequest, consumer_key: str, consumer_secret: str, clock: Clock) -> HttpRequest:
    """`request` with OAuth parameters in its query.

    Every call gives a fresh nonce: WooCommerce refuses a repeated one.
    """
    nonce = hashlib.sha256(f"{clock.random()!r} {clock.random()!r} {request.url}".encode()).hexdigest()[:32]
    parameters = [
        ("oauth_consumer_key", consumer_key),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", str(int(clock.now().timestamp()))),
        ("oauth_version", "1.0"),
    ]
    proof = signature(request.method, request.url, parameters, consumer_secret)
    separator = "&" if urlsplit(request.url).query else "?"
    query = query_text([*parameters, ("oauth_signature", proof)])
    return replace(request, url=f"{request.url}{separator}{query}")


def basic(request: HttpRequest, consumer_key: str, consumer_secret: str) -> HttpRequest:
    """`request` with key and secret in the Authorization header (RFC 7617); for https only."""
    token = base64.b64encode(f"{consumer_key}:{consumer_secret}".encode()).decode()
    return replace(request, headers={**request.headers, "Authorization": f"Basic {token}"})


def authorised(request: HttpRequest, consumer_key: str, consumer_secret: str, clock: Clock) -> HttpRequest:
    """`request` with the proof that fits its scheme."""
    if urlsplit(request.url).scheme == "https":
        return basic(request, consumer_key, consumer_secret)
    return sign(request, consumer_key, consumer_secret, clock)

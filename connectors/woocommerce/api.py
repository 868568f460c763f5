"""One call to the REST API v3 of a shop: authorised, sent, and its answer read or turned into a
ConnectorError.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connectors.contract import ConnectionSettings
from connectors.errors import (
    ConnectorError,
    Malformed,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorised,
    Unavailable,
)
from connectors.http import Clock, HttpPolicy, HttpRequest, HttpResponse, retry_after_seconds, send
from connectors.strict_json import StrictJsonError, loads_after_php_notices
from connectors.woocommerce.oauth import authorised, query_text

ROOT = "wp-json/wc/v3"
_WRITES = frozenset({"POST", "PUT", "DELETE"})
_REASONS_TO_ACT: dict[int, type[ConnectorError]] = {401: Unauthorised, 403: Unauthorised, 404: NotFound, 410: NotFound}


def shop_of(url: str) -> str:
    """The shop's root in an address of its API: where a redirect leads to."""
    return url.partition(f"/{ROOT}/")[0].partition("?")[0].rstrip("/")


class Api:
    """The REST API of one shop."""

    def __init__(self, settings: ConnectionSettings, clock: Clock) -> None:
        self._base_url = settings.base_url.rstrip("/")
        self._key = settings.credentials.get("consumer_key", "")
        self._secret = settings.credentials.get("consumer_secret", "")
        self._clock = clock
        self._policy = HttpPolicy(
            allow_loopback=settings.allow_loopback,
            connect_timeout_seconds=settings.connect_timeout_seconds,
            read_timeout_seconds=settings.read_timeout_seconds,
            attempts=settings.attempts,
            admit=settings.admit,
        )

    def get(self, path: str, **parameters: str | int) -> Any:
        """Read `path` with query `parameters`."""
        query = query_text((name, str(value)) for name, value in parameters.items())
        return self.call("GET", f"{path}?{query}" if query else path)

    def page(self, path: str, **parameters: str | int) -> tuple[Any, int | None]:
        """Read a page of a collection, and how many there are in all, from `X-WP-Total` (WordPress REST API
        Handbook, "Pagination"); None when a proxy drops it.
        """
        query = query_text((name, str(value)) for name, value in parameters.items())
        response = self._exchange("GET", f"{path}?{query}")
        said = {name.lower(): value for name, value in response.headers.items()}.get("x-wp-total", "")
        known = said.isascii() and said.isdecimal() and len(said) < 10
        return _parsed(response), int(said) if known else None

    def write(self, method: str, path: str, body: Mapping[str, Any], repeatable: bool = False) -> Any:
        """Write `body`. Only what sets absolute values may be `repeatable`."""
        return self.call(method, path, json.dumps(body, allow_nan=False).encode(), repeatable)

    def call(self, method: str, path: str, body: bytes | None = None, repeatable: bool = False) -> Any:
        """Send one request and give its parsed answer. Raises ConnectorError."""
        return _parsed(self._exchange(method, path, body, repeatable))

    def _exchange(
        self, method: str, path: str, body: bytes | None = None, repeatable: bool = False
    ) -> HttpResponse:
        headers = {"Accept": "application/json", "User-Agent": "Comptoir"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = HttpRequest(
            method, f"{self._base_url}/{ROOT}/{path}", headers, body, repeatable, authorise=self._authorise
        )
        response = send(request, self._policy, self._clock)
        if 200 <= response.status < 300:
            return response
        raise failure(response, self._clock, method in _WRITES and not repeatable)

    def _authorise(self, request: HttpRequest) -> HttpRequest:
        return authorised(request, self._key, self._secret, self._clock)


def _parsed(response: HttpResponse) -> Any:
    try:
        return loads_after_php_notices(response.body)
    except StrictJsonError as problem:
        raise Malformed(f"the shop's answer cannot be read: {problem}", status=response.status) from None


def failure(response: HttpResponse, clock: Clock, may_have_happened: bool) -> ConnectorError:
    """The error that `response` stands for, by status and by WooCommerce's own code in the body.

    A 5xx with one of WooCommerce's codes is a refusal (an impossible refund is answered by 500), any other is
    a shop in trouble: then a write `may_have_happened`.
    """
    code, message = _platform_error(response.body)
    status = response.status
    text = message or f"the shop answered {status}"
    if status == 429:
        wait = retry_after_seconds(response.headers, clock.now())
        return RateLimited(text, status=status, platform_code=code, retry_after_seconds=wait)
    if code.endswith("_invalid_id"):
        return NotFound(text, status=status, platform_code=code, is_object=True)
    if status in _REASONS_TO_ACT:
        return _REASONS_TO_ACT[status](text, status=status, platform_code=code)
    if status == 408 or (status >= 500 and not code.startswith("woocommerce_rest_")):
        return Unavailable(text, status=status, platform_code=code, outcome_unknown=may_have_happened)
    return Rejected(text, status=status, platform_code=code)


def _platform_error(body: bytes) -> tuple[str, str]:
    """Code and message of a WordPress error, with the parameters it names; empty for anything else."""
    try:
        error = loads_after_php_notices(body)
    except StrictJsonError:
        return "", ""
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return "", ""
    message = str(error.get("message") or "")
    data = error.get("data")
    named = data.get("params") if isinstance(data, dict) else None
    details = " ".join(str(reason) for reason in named.values()) if isinstance(named, dict) else ""
    return error["code"], f"{message} ({details})" if details else message

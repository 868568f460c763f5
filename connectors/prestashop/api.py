"""One call to a shop's web service: authorised, sent, and its answer read or turned into a ConnectorError."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element

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
from connectors.prestashop.xml import Resource, UnreadableXml, document, listed, parse, read_only_fields, single

ROOT = "api"
SERVICE_DISABLED = "22"
KEY_REFUSED = frozenset({"17", "18", "19", "20", "21"})
"""WebserviceRequest::authenticate: no key, empty, wrong length, not active, without any permission."""
RIGHT_MISSING = frozenset({"25", "26"})
"""The key may not use this method, or this resource at all."""
OTHER_SHOP = "132"
PHP_ERROR = frozenset({"1", "2"})
"""The shop's own code stumbled (WebserviceRequest::webserviceErrorHandler)."""
NEVER_WRITTEN = frozenset({"position_in_category", "manufacturer_name", "quantity_all_versions"})
"""Written back they move the product, or are refused, whatever the schema says."""
_VERSION_HEADERS = ("psws-version", "tbws-version")
_NAME = re.compile(r"[a-z_]{2,40}")


def any_of(values: Iterable[str]) -> str:
    """A filter that matches one of `values`."""
    return "[" + "|".join(dict.fromkeys(values)) + "]"


class Api:
    """The web service of one shop. The key goes as the user of Basic authentication; where a CGI server strips that header
    the shop asks for a key although one was sent, and it goes into the address as `ws_key` from then on."""

    def __init__(self, settings: ConnectionSettings, clock: Clock) -> None:
        self._base_url = settings.base_url.rstrip("/")
        self._key = settings.credentials.get("key", "")
        self.shop_id = settings.credentials.get("shop_id", "")
        self.clock = clock
        self.key_in_address = False
        self.version = ""
        self.answered_at = ""
        self._read_only: dict[str, frozenset[str]] = {}
        self._policy = HttpPolicy(
            allow_loopback=settings.allow_loopback,
            connect_timeout_seconds=settings.connect_timeout_seconds,
            read_timeout_seconds=settings.read_timeout_seconds,
            attempts=settings.attempts,
            admit=settings.admit,
        )

    def list(self, resource: str, **parameters: str) -> list[Resource]:
        """Resources in full unless `display` says otherwise. `filter_<field>` becomes `filter[<field>]`."""
        asked = {"display": "full"} | {
            f"filter[{name.removeprefix('filter_')}]" if name.startswith("filter_") else name: value
            for name, value in parameters.items()
        }
        return listed(self.call("GET", resource, asked))

    def get(self, resource: str, external_id: str, name: str) -> Resource:
        """One resource, whose element is called `name`. Raises NotFound."""
        if not external_id.isascii() or not external_id.isdecimal():
            raise NotFound("this is no number of the shop's", is_object=True)
        found = single(self.call("GET", f"{resource}/{external_id}"), name)
        if found is None:
            raise Malformed(f"the shop answered no {name}")
        return found

    def put(self, resource: str, name: str, whole: Resource, changes: Mapping[str, Any]) -> Resource:
        """Write `whole` back with `changes`: every field, because PrestaShop empties those left out, but those that its own
        schema marks as read-only. Associations are left out, and therefore stay. Absolute values, so it may be repeated.
        """
        kept = {
            field: value
            for field, value in whole.items()
            if field not in self._unwritable(resource) and field not in NEVER_WRITTEN and field != "associations"
        }
        body = document(name, {**kept, **changes})
        return single(self.call("PUT", f"{resource}/{whole['id']}", body=body, repeatable=True), name) or {}

    def post(self, resource: str, name: str, fields: Mapping[str, Any], **parameters: str) -> Resource:
        """Create a resource. Not repeatable."""
        found = single(self.call("POST", resource, parameters, document(name, fields)), name)
        if found is None:
            raise Malformed(f"the shop answered no {name}")
        return found

    def _unwritable(self, resource: str) -> frozenset[str]:
        if resource not in self._read_only:
            self._read_only[resource] = read_only_fields(self.call("GET", resource, {"schema": "synopsis"}))
        return self._read_only[resource]

    def root(self) -> Element:
        """The index: the shop's name, the resources and what this key may do with each."""
        return self.call("GET", "")

    def call(
        self, method: str, path: str, parameters: Mapping[str, str] | None = None, body: bytes | None = None,
        repeatable: bool = False,
    ) -> Element:
        """Send one request and give the root of its answer. Raises ConnectorError."""
        response = self._answer(method, path, parameters or {}, body, repeatable)
        try:
            return parse(response.body)
        except UnreadableXml as problem:
            raise Malformed(f"the shop's answer cannot be read: {problem}", status=response.status) from None

    def delete(self, resource: str, external_id: str) -> None:
        """Take a resource away, which answers nothing; one that is not there is away."""
        with suppress(NotFound):
            self._answer("DELETE", f"{resource}/{external_id}", {}, None, repeatable=True)

    def _answer(
        self, method: str, path: str, parameters: Mapping[str, str], body: bytes | None, repeatable: bool
    ) -> HttpResponse:
        """A good answer, whatever is in it. A shop that saw no key in the header gets it in the address from then on."""
        response = self._send(method, path, parameters, body, repeatable)
        if response.status == 401 and not self.key_in_address and self._key and _was_not_given(response):
            self.key_in_address = True
            response = self._send(method, path, parameters, body, repeatable)
        self.version = next((response.headers[name] for name in _VERSION_HEADERS if response.headers.get(name)), self.version)
        self.answered_at = response.headers.get("date", self.answered_at)
        if 200 <= response.status < 300:
            return response
        raise failure(response, self.clock, may_have_happened=method != "GET" and not repeatable)

    def _send(
        self, method: str, path: str, parameters: Mapping[str, str], body: bytes | None, repeatable: bool
    ) -> HttpResponse:
        asked = dict(parameters)
        if self.shop_id:
            asked["id_shop"] = self.shop_id
        headers = {"Accept": "application/xml", "User-Agent": "Comptoir"}
        if self.key_in_address:
            asked["ws_key"] = self._key
        else:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{self._key}:".encode()).decode()
        if body is not None:
            headers["Content-Type"] = "text/xml; charset=utf-8"
        query = urlencode(asked, safe="[]|,", quote_via=quote)
        url = f"{self._base_url}/{ROOT}/{path}" + (f"?{query}" if query else "")
        return send(HttpRequest(method, url, headers, body, repeatable), self._policy, self.clock)


def _was_not_given(response: HttpResponse) -> bool:
    """Whether the shop saw no key at all: it says so in plain text, or with error 17."""
    codes = [code for code, _ in _platform_errors(response.body)]
    return not codes or "17" in codes


def failure(response: HttpResponse, clock: Clock, may_have_happened: bool) -> ConnectorError:
    """The error that `response` stands for, by status and by PrestaShop's own code in the body.

    A 5xx with a code of PrestaShop's is a refusal (an order that cannot be made is answered by 500), unless its own code
    stumbled or the web service is switched off; any other 5xx is a shop in trouble: a write `may_have_happened`.
    """
    errors = _platform_errors(response.body)
    code = next(iter(code for code, _ in errors), "")
    status = response.status
    text = "; ".join(dict.fromkeys(message for _, message in errors if message)) or f"the shop answered {status}"
    if status == 429:
        wait = retry_after_seconds(response.headers, clock.now())
        return RateLimited(text, status=status, platform_code=code, retry_after_seconds=wait)
    if code in RIGHT_MISSING or code in KEY_REFUSED or code == OTHER_SHOP or status in (401, 403):
        return Unauthorised(text, status=status, platform_code=code)
    if status in (404, 410):
        speaks = bool(errors) or any(name in response.headers for name in _VERSION_HEADERS)
        return NotFound(text, status=status, platform_code=code, is_object=speaks)
    if code == SERVICE_DISABLED or status == 408 or (status >= 500 and (not code or code in PHP_ERROR)):
        return Unavailable(text, status=status, platform_code=code, outcome_unknown=may_have_happened)
    return Rejected(text, status=status, platform_code=code)


def _platform_errors(body: bytes) -> list[tuple[str, str]]:
    """Codes and messages of an error document; nothing for anything else."""
    try:
        root = parse(body)
    except UnreadableXml:
        return []
    return [
        ((error.findtext("code") or "").strip(), " ".join((error.findtext("message") or "").split())[:300])
        for error in root.iter("error")
    ]


def right_missing(problem: ConnectorError) -> str:
    """The resource that the key may not use in this way, "" when the error is another."""
    if problem.platform_code not in RIGHT_MISSING:
        return ""
    named = re.search(r'"([a-z_]+)"|resource ([a-z_]+) ', problem.message)
    found = (named[1] or named[2]) if named else ""
    return found if _NAME.fullmatch(found) else ""

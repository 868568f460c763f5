"""Calls to Sendcloud's API v3, authorised by public and secret key (HTTP Basic), through the one HTTP function."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from connectors.carriers.contract import (
    BoughtLabel,
    CarrierEvent,
    CarrierService,
    CarrierSettings,
    LabelRequest,
    TrackingNews,
)
from connectors.carriers.sendcloud import mapping
from connectors.errors import (
    ConnectorError,
    Malformed,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorised,
    Unavailable,
)
from connectors.http import SYSTEM_CLOCK, Clock, HttpPolicy, HttpRequest, HttpResponse, retry_after_seconds, send
from connectors.strict_json import StrictJsonError, loads

_LARGEST_ANSWER = 8_000_000


class Sendcloud:
    """One Sendcloud account."""

    default_base_url: ClassVar[str] = "https://panel.sendcloud.sc/api/v3"
    credential_names: ClassVar[tuple[str, ...]] = ("public_key", "secret_key")

    def __init__(self, settings: CarrierSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        keys = f"{settings.credentials.get('public_key', '')}:{settings.credentials.get('secret_key', '')}"
        self._authorisation = "Basic " + base64.b64encode(keys.encode()).decode()
        self._base_url = settings.base_url.rstrip("/")
        self._clock = clock
        self._policy = HttpPolicy(
            allow_loopback=settings.allow_loopback,
            connect_timeout_seconds=settings.connect_timeout_seconds,
            read_timeout_seconds=settings.read_timeout_seconds,
            deadline_seconds=settings.read_timeout_seconds,
            attempts=settings.attempts,
            max_body_bytes=_LARGEST_ANSWER,
            admit=settings.admit,
        )

    def services(self, from_country: str, to_country: str) -> list[CarrierService]:
        """The account's shipping options between two countries."""
        query = {"from_country_code": from_country, "to_country_code": to_country}
        body = json.dumps(query).encode()
        return mapping.services(self._data(self._send("POST", "shipping-options", body, repeatable=True)))

    def find_label(self, reference: str) -> BoughtLabel | None:
        """The shipment of this external reference."""
        query = urlencode({"external_reference_id": reference})
        found = self._data(self._send("GET", f"shipments?{query}"))
        return mapping.bought(found[0]) if isinstance(found, list) and found else None

    def buy_label(self, request: LabelRequest) -> BoughtLabel:
        """Announces the parcel. 409 answers the shipment that this reference bought before; an announcement that the
        carrier behind refused leaves a shipment with errors, which are the refusal."""
        body = json.dumps(mapping.announcement(request), allow_nan=False).encode()
        response = self._exchange("POST", "shipments/announce", body)
        if response.status == 409:
            found = self.find_label(request.reference)
            if found is None:
                raise self._failure(response, is_write=True)
            return found
        if not 200 <= response.status < 300:
            raise self._failure(response, is_write=True)
        answer = self._read(response)
        data = answer.get("data") if isinstance(answer, dict) else None
        code, words = mapping.refusal_of(data)
        if code or words:
            raise Rejected(words or "the carrier refused the parcel", status=response.status, platform_code=code)
        return mapping.bought(data)

    def label_file(self, bought: BoughtLabel, media_type: str) -> bytes:
        """The label; ZPL is asked for at 203 dpi, what most label printers have."""
        path = f"parcels/{quote(bought.parcel_external_id, safe='')}/documents/label?dpi={203 if 'zpl' in media_type else 72}"
        return self._send("GET", path, accept=media_type).body

    def void_label(self, bought: BoughtLabel) -> bool:
        """Cancels the shipment. 409 is refused or done already: asking for the shipment tells which."""
        path = f"shipments/{quote(bought.external_id, safe='')}"
        response = self._exchange("POST", f"{path}/cancel", b"{}", repeatable=True)
        if response.status == 409:
            return mapping.bought(self._data(self._send("GET", path))).is_cancelled
        if 200 <= response.status < 300:
            return True
        raise self._failure(response, is_write=False)

    def track(self, tracking_number: str) -> list[CarrierEvent]:
        """The parcel's events; none while Sendcloud does not know it."""
        try:
            response = self._send("GET", f"parcels/tracking/{quote(tracking_number, safe='')}")
        except NotFound:
            return []
        answer = self._read(response)
        return mapping.events(answer.get("data", answer) if isinstance(answer, dict) else answer)

    @staticmethod
    def verify(raw_body: bytes, headers: Mapping[str, str], secret: str) -> bool:
        """`Sendcloud-Signature` is the hexadecimal HMAC-SHA256 of the body under the account's secret key."""
        given = next((value for name, value in headers.items() if name.lower() == "sendcloud-signature"), "")
        wanted = hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest()
        return bool(secret) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())

    @staticmethod
    def read_webhook(raw_body: bytes) -> TrackingNews | None:
        """The parcel and its new status."""
        return mapping.news(raw_body)

    # -- the exchange ------------------------------------------------------------------------------------------

    def _exchange(
        self, method: str, path: str, body: bytes | None = None, repeatable: bool = False, accept: str = ""
    ) -> HttpResponse:
        headers = {"Accept": accept or "application/json", "Authorization": self._authorisation, "User-Agent": "Comptoir"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return send(HttpRequest(method, f"{self._base_url}/{path}", headers, body, repeatable), self._policy, self._clock)

    def _send(
        self, method: str, path: str, body: bytes | None = None, repeatable: bool = False, accept: str = ""
    ) -> HttpResponse:
        response = self._exchange(method, path, body, repeatable, accept)
        if 200 <= response.status < 300:
            return response
        raise self._failure(response, is_write=False)

    def _read(self, response: HttpResponse) -> Any:
        try:
            return loads(response.body)
        except StrictJsonError as problem:
            raise Malformed(f"the carrier's answer cannot be read: {problem}", status=response.status) from None

    def _data(self, response: HttpResponse) -> Any:
        answer = self._read(response)
        if not isinstance(answer, dict) or "data" not in answer:
            raise Malformed("the carrier's answer holds no data", status=response.status)
        return answer["data"]

    def _failure(self, response: HttpResponse, is_write: bool) -> ConnectorError:
        try:
            code, words = mapping.refusal_of(loads(response.body))
        except StrictJsonError:
            code, words = "", ""
        words = words or f"the carrier answered {response.status}"
        if response.status in (401, 403):
            return Unauthorised(words, status=response.status, platform_code=code)
        if response.status == 404:
            return NotFound(words, status=404, platform_code=code)
        if response.status == 429:
            seconds = retry_after_seconds(response.headers, self._clock.now())
            return RateLimited(words, status=429, platform_code=code, retry_after_seconds=seconds)
        if response.status >= 500:
            return Unavailable(words, status=response.status, platform_code=code, outcome_unknown=is_write)
        return Rejected(words, status=response.status, platform_code=code)

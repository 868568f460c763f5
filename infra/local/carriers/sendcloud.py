"""A carrier on loopback that speaks Sendcloud's API v3: shipping options, announcements under a reference that buys once,
labels as PDF and ZPL, cancellation, tracking, and signed webhooks when a parcel moves.

Its parcels live as long as the process, and their numbers never come again. A journey is taken by hand (`advance`, or
`POST demo/advance?number=…&step=…`, which no real carrier has), from announced to delivered.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import urllib3
from cheroot import wsgi

Environ = dict[str, Any]
PREFIX = "/api/v3/"
OPTIONS = (("colissimo:home", "Colissimo Domicile", "Colissimo"), ("chronopost:chrono13", "Chrono 13", "Chronopost"),
           ("mondial_relay:point", "Point Relais", "Mondial Relay"))
JOURNEY = ((1, "READY_TO_SEND", "Ready to send"), (22, "SHIPMENT_PICKED_UP_BY_DRIVER", "Shipment picked up by driver"),
           (3, "EN_ROUTE_TO_SORTING_CENTER", "En route to sorting center"), (92, "DRIVER_EN_ROUTE", "Driver en route"),
           (11, "DELIVERED", "Delivered"))


@dataclass(slots=True)
class Shipment:
    """A parcel that was announced. `events` are (instant, code, words)."""

    id: str
    number: int
    reference: str
    tracking_number: str
    body: dict[str, Any]
    is_cancelled: bool = False
    events: list[tuple[str, str, str]] = field(default_factory=list)


class SendcloudServer:
    """One account with its keys. `lose_next_answer` breaks the connection after the next announcement was made: the
    outcome is unknown to whoever asked. `down` answers 503."""

    def __init__(self, public_key: str, secret_key: str, port: int = 0) -> None:
        self._keys = base64.b64encode(f"{public_key}:{secret_key}".encode()).decode()
        self._secret = secret_key
        self.credentials = {"public_key": public_key, "secret_key": secret_key}
        self._lock = threading.Lock()
        self._first = int(datetime.now(UTC).timestamp())
        self.shipments: list[Shipment] = []
        self.lose_next_answer = False
        self.down = False
        self.webhook_url = ""
        self._server = wsgi.Server(("127.0.0.1", port), self, numthreads=4, server_name="carrier")
        self._server.prepare()
        self._thread = threading.Thread(target=self._server.serve, daemon=True, name="carrier")
        self._thread.start()

    @property
    def url(self) -> str:
        """The root of the API, as a carrier's base address."""
        return f"http://127.0.0.1:{self._server.bind_addr[1]}{PREFIX.rstrip('/')}"

    def stop(self) -> None:
        """Ends the server."""
        self._server.stop()
        self._thread.join(5)

    # -- the protocol --------------------------------------------------------------------------------------------

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request."""
        status, kind, body = self._answer(environ)
        start_response(f"{status} {HTTPStatus(status).phrase}", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, environ: Environ) -> tuple[int, str, bytes]:
        path = str(environ["PATH_INFO"]).removeprefix(PREFIX)
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if self.down:
            return 503, "text/plain", b"Service Unavailable"
        if environ.get("HTTP_AUTHORIZATION", "") != f"Basic {self._keys}":
            return _errors(401, "unauthorized", "Invalid API key.")
        query = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        asked = (environ["REQUEST_METHOD"], *path.split("/"))
        if asked == ("POST", "demo", "advance"):
            self.advance(query["number"], int(query["step"]))
            return _json(200, {"data": {}})
        with self._lock:
            match asked:
                case ("POST", "shipping-options"):
                    return _json(200, {"data": [{"code": code, "name": name, "carrier": {"name": carrier}}
                                                for code, name, carrier in OPTIONS]})
                case ("POST", "shipments", "announce"):
                    return self._announce(json.loads(raw))
                case ("GET", "shipments"):
                    found = [s for s in self.shipments if s.reference == query.get("external_reference_id")]
                    return _json(200, {"data": [_shown(each) for each in found]})
                case ("GET", "shipments", shipment_id):
                    return self._with(shipment_id, lambda s: _json(200, {"data": _shown(s)}))
                case ("POST", "shipments", shipment_id, "cancel"):
                    return self._with(shipment_id, _cancel)
                case ("GET", "parcels", "tracking", number):
                    return self._track(number)
                case ("GET", "parcels", parcel_id, "documents", "label"):
                    return self._label(parcel_id, environ.get("HTTP_ACCEPT", ""))
        return _errors(404, "not_found", "Not found")

    def _with(self, shipment_id: str, act: Callable[[Shipment], tuple[int, str, bytes]]) -> tuple[int, str, bytes]:
        found = next((each for each in self.shipments if each.id == shipment_id), None)
        return act(found) if found else _errors(404, "not_found", "Not found")

    def _announce(self, body: dict[str, Any]) -> tuple[int, str, bytes]:
        reference = str(body.get("external_reference_id") or "")
        known = next((each for each in self.shipments if reference and each.reference == reference), None)
        if known is not None:
            return _json(409, {"data": _shown(known), "errors": [{"status": "409", "code": "invalid",
                                                                  "detail": "This reference was used before."}]})
        code = body["ship_with"]["properties"]["shipping_option_code"]
        if code not in {each[0] for each in OPTIONS}:
            return _errors(400, "invalid", "Unknown shipping option.", "/ship_with/properties/shipping_option_code")
        for name in ("name", "address_line_1", "postal_code", "city", "country_code"):
            if not body["to_address"].get(name):
                return _errors(400, "required", "This field is required.", f"/to_address/{name}")
        if body["to_address"]["country_code"] in ("CH", "GB", "US"):
            items = [item for parcel in body["parcels"] for item in parcel.get("parcel_items", ())]
            if not body.get("customs_information", {}).get("invoice_number"):
                return _errors(400, "required", "This field is required.", "/customs_information/invoice_number")
            if not items or not all(item.get("hs_code") and item.get("origin_country") for item in items):
                return _errors(400, "required", "This field is required.", "/parcels/0/parcel_items/0/hs_code")
        if body["to_address"]["postal_code"] == "00000":
            shown = {"id": "refused", "parcels": [], "errors": [
                {"status": "500", "code": "parcel_announcement_error", "detail": "The postal code does not exist."}]}
            return _json(201, {"data": shown})
        number = self._first + len(self.shipments)
        made = Shipment(f"shp-{number}", number, reference, f"6A{number:011d}", body)
        made.events.append((datetime.now(UTC).isoformat(), JOURNEY[0][1], JOURNEY[0][2]))
        self.shipments.append(made)
        if self.lose_next_answer:
            self.lose_next_answer = False
            return 502, "text/plain", b"Bad Gateway"
        return _json(201, {"data": _shown(made)})

    def _track(self, number: str) -> tuple[int, str, bytes]:
        found = next((each for each in self.shipments if each.tracking_number == number), None)
        if found is None:
            return _errors(404, "not_found", "Parcel does not exist")
        return _json(200, {"data": {"events": [
            {"event_at": at, "event_type": "carrier", "status_code": code.lower(), "status_description": words}
            for at, code, words in found.events]}})

    def _label(self, parcel_id: str, accept: str) -> tuple[int, str, bytes]:
        from chalicelib.kernel.address import Address
        from chalicelib.shipping import drawing

        found = next((each for each in self.shipments if str(each.number) == parcel_id), None)
        if found is None:
            return _errors(404, "not_found", "No Parcel matches the given query.")
        to, sender = found.body["to_address"], found.body["from_address"]
        content = drawing.LabelContent(
            sender=_address(Address, sender), recipient=_address(Address, to), number=str(found.body.get("order_number", "")),
            parcel="", weight=f"{found.body['parcels'][0]['weight']['value']} kg", carrier="Colissimo", service="DEMO",
            tracking_number=found.tracking_number)
        if "zpl" in accept:
            return 200, "application/zpl", drawing.zpl(content)
        return 200, "application/pdf", drawing.pdf(content)

    # -- what a driver does --------------------------------------------------------------------------------------

    def advance(self, tracking_number: str, step: int) -> bytes:
        """The parcel reaches a step of JOURNEY; answers the webhook's body, sent when an address is set."""
        status_id, code, words = JOURNEY[step]
        now = datetime.now(UTC)
        with self._lock:
            shipment = next(each for each in self.shipments if each.tracking_number == tracking_number)
            shipment.events.append((now.isoformat(), code, words))
        body = json.dumps({"action": "parcel_status_changed", "timestamp": int(now.timestamp() * 1000),
                           "carrier_status_change_timestamp": int(now.timestamp()),
                           "parcel": {"id": shipment.number, "tracking_number": tracking_number,
                                      "status": {"id": status_id, "message": words}}}).encode()
        if self.webhook_url:
            urllib3.request("POST", self.webhook_url, body=body, headers=self.signed(body), timeout=5, retries=False)
        return body

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a webhook."""
        return {"Content-Type": "application/json",
                "Sendcloud-Signature": hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()}


def _address(shape: Any, raw: dict[str, Any]) -> Any:
    return shape(name=raw.get("name", ""), company_name=raw.get("company_name", ""), line1=raw.get("address_line_1", ""),
                 line2=raw.get("address_line_2", ""), postal_code=raw.get("postal_code", ""), city=raw.get("city", ""),
                 country_code=raw.get("country_code", ""))


def _cancel(shipment: Shipment) -> tuple[int, str, bytes]:
    if shipment.is_cancelled:
        return _errors(409, "invalid", "This shipment is already being cancelled.")
    if any(code == "DELIVERED" for _, code, _ in shipment.events):
        return _errors(409, "invalid", "This shipment was delivered.")
    shipment.is_cancelled = True
    return _json(200, {"data": {"status": "cancelled", "message": "Shipment has been cancelled"}})


def _shown(shipment: Shipment) -> dict[str, Any]:
    code, words = ("CANCELLED", "Cancelled") if shipment.is_cancelled else shipment.events[-1][1:]
    return {"id": shipment.id, "order_number": shipment.body.get("order_number"), "errors": [],
            "external_reference_id": shipment.reference,
            "parcels": [{"id": shipment.number, "status": {"code": code, "message": words},
                         "tracking_number": shipment.tracking_number,
                         "tracking_url": f"https://tracking.example/{shipment.tracking_number}"}]}


def _json(status: int, body: Any) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(body).encode()


def _errors(status: int, code: str, detail: str, pointer: str = "") -> tuple[int, str, bytes]:
    error: dict[str, Any] = {"status": str(status), "code": code, "detail": detail}
    return _json(status, {"errors": [error | ({"source": {"pointer": pointer}} if pointer else {})]})

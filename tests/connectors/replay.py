"""Recorded exchanges as values, and transports that answer from them where the network was."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.contract import ConnectionSettings
from connectors.http import Clock, HttpPolicy, HttpRequest, HttpResponse

GOLDEN = Path(__file__).parent.parent / "golden"
START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded HTTP exchange; bodies are the very bytes."""

    name: str
    method: str
    target: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes

    @property
    def path(self) -> str:
        """Target without its query."""
        return urlsplit(self.target).path

    @property
    def response(self) -> HttpResponse:
        """The answer as a transport gives it."""
        headers = {name.lower(): value for name, value in self.response_headers.items()}
        return HttpResponse(self.status, headers, self.response_body)


def recorded(platform: str) -> dict[str, Exchange]:
    """Every exchange of a platform by its number ("025"), in recorded order."""
    return {file.name[:3]: _read(file) for file in sorted((GOLDEN / platform).glob("*.json"))}


def _read(file: Path) -> Exchange:
    raw = json.loads(file.read_text(encoding="utf-8"))
    request, response = raw["request"], raw["response"]
    return Exchange(
        file.stem,
        request["method"],
        request["target"],
        dict(request["headers"]),
        _bytes(request),
        response["status"],
        dict(response["headers"]),
        _bytes(response),
    )


def _bytes(message: dict[str, Any]) -> bytes:
    """The body as it was sent; what is no text was kept in base64."""
    if "body_base64" in message:
        return base64.b64decode(message["body_base64"])
    return (message["body"] or "").encode()


@dataclass
class VirtualTime:
    """A clock that only moves when somebody sleeps; chance is always one half."""

    moment: datetime = START
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.moment, self.sleep, lambda: 0.5)


Answer = HttpResponse | Exception


@dataclass
class Shop:
    """A transport that answers each (method, path) from a queue, its last answer for ever."""

    answers: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    sent: list[HttpRequest] = field(default_factory=list)
    root: str = "/wp-json/wc/v3"

    def plays(self, *exchanges: Exchange) -> Shop:
        """Answer as recorded."""
        for exchange in exchanges:
            self.answers.setdefault((exchange.method, exchange.path), []).append(exchange.response)
        return self

    def answers_with(self, method: str, path: str, *answers: Answer) -> Shop:
        """Answer what was not recorded; `path` is under the API's root."""
        self.answers.setdefault((method, f"{self.root}/{path}"), []).extend(answers)
        return self

    def __call__(self, request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
        self.sent.append(request)
        waiting = self.answers[request.method, urlsplit(request.url).path]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def bodies(self, method: str) -> list[Any]:
        """JSON bodies sent with `method`, in order."""
        return [json.loads(request.body or b"null") for request in self.sent if request.method == method]

    def queries(self) -> list[dict[str, str]]:
        """Decoded query parameters of every request, without those of the signature."""
        found = [dict(parse_qsl(urlsplit(request.url).query)) for request in self.sent]
        return [
            {key: value for key, value in query.items() if not key.startswith("oauth_")} for query in found
        ]


def answer(body: Any, status: int = 200, **headers: str) -> HttpResponse:
    """A made-up answer, for what was not recorded; decimals of a recording are written as text."""
    raw = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
    return HttpResponse(status, headers, raw)


def woocommerce_settings(**changes: Any) -> ConnectionSettings:
    """Settings of the recorded shop, as if behind TLS."""
    known: dict[str, Any] = {
        "base_url": "https://shop.example",
        "credentials": {"consumer_key": "ck_" + "a" * 40, "consumer_secret": "cs_" + "b" * 40},
        "webhook_url": "http://127.0.0.1:8080/hook",
        "webhook_secrets": ("demo-webhook-secret-é-42",),
    }
    return ConnectionSettings(**(known | changes))


def prestashop_settings(**changes: Any) -> ConnectionSettings:
    """Settings of the recorded PrestaShop, as if behind TLS."""
    known: dict[str, Any] = {
        "base_url": "https://shop.example",
        "credentials": {"key": "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"},
        "webhook_secrets": ("ping-secret-é",),
    }
    return ConnectionSettings(**(known | changes))


def prestashop_list(name: str, *entries: str) -> HttpResponse:
    """A made-up list of the web service, for what was not recorded."""
    body = f"<?xml version='1.0' encoding='UTF-8'?><prestashop><{name}>{''.join(entries)}</{name}></prestashop>"
    return HttpResponse(200, {"psws-version": "1.6.1.999"}, body.encode())


FRANCE = "<country><id>8</id><iso_code>FR</iso_code></country>"
NO_ROWS = {"order_payments": "order_payments", "order_cart_rules": "order_cart_rules", "order_carriers": "order_carriers",
           "order_slip": "order_slips", "order_histories": "order_histories"}


def prestashop_shop(*exchanges: Exchange) -> Shop:
    """A recorded PrestaShop: what it says of itself, no rows of an order but those of `exchanges`, and the people of P1."""
    known = recorded("prestashop")
    shop = Shop(root="/api").plays(*exchanges)
    for number in ("036", "040", "038", "041", "045", "037", "170"):
        shop.answers.setdefault(("GET", known[number].path), [known[number].response])
    shop.answers.setdefault(("GET", "/api/countries"), [prestashop_list("countries", FRANCE)])
    shop.answers.setdefault(("GET", "/api/addresses"), [known["171"].response])
    for path, name in NO_ROWS.items():
        shop.answers.setdefault(("GET", f"/api/{path}"), [prestashop_list(name)])
    return shop

"""Starts a shop: its file, its HTTP server on loopback, the thread that sends its webhooks."""

from __future__ import annotations

import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from cheroot import wsgi

from infra.local.shops.woocommerce.auth import Call
from infra.local.shops.woocommerce.config import ApiKey, ShopConfig
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.rest import PREFIX, Answer, Rest
from infra.local.shops.woocommerce.seeding import seed_products
from infra.local.shops.woocommerce.state import State
from infra.local.shops.woocommerce.storefront import Storefront
from infra.local.shops.woocommerce.webhooks import Deliverer, to_json

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
JSON = (("Content-Type", "application/json; charset=UTF-8"),)
BODY_LIMIT = 8_388_608
SLOWEST_SECONDS = 60.0
MODES = ("ok", "down", "slow", "500", "429", "garbage")


@dataclass(frozen=True, slots=True)
class Failure:
    """How the REST side misbehaves: one of MODES; `seconds` is the delay of `slow` and the Retry-After of `429`."""

    mode: str = "ok"
    seconds: float = 5.0


class Gateway(wsgi.Gateway_10):
    """Cheroot's WSGI gateway, which also shows the connection, so that a shop can play dead."""

    def get_environ(self) -> Environ:  # type: ignore[override]
        """Return the usual environment and the connection's socket."""
        environ: Environ = super().get_environ()  # type: ignore[no-untyped-call]
        environ["shop.socket"] = self.req.conn.socket
        return environ


class App:
    """The WSGI application: REST, the control switch of tests, and the storefront for all else."""

    def __init__(self, core: Core, deliverer: Deliverer) -> None:
        self._core = core
        self._rest = Rest(core, deliverer)
        self._storefront = Storefront(core)
        self.failure = Failure()

    def change_keys(self, keys: Sequence[ApiKey]) -> None:
        """From now on the REST side takes these keys, and no others."""
        self._rest.guard.change_keys(keys)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(environ)
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        start_response(status, [*answer.headers, ("Content-Length", str(len(answer.body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    def _answer(self, environ: Environ) -> Answer:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > BODY_LIMIT:
            return Answer(413, JSON, b'{"code":"too_large","message":"Body too large.","data":{"status":413}}')
        body = environ["wsgi.input"].read(length) if length else b""
        query = tuple(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if path == "/__control":
            return self._control(environ, body)
        if path.startswith("/wp-json"):
            return self._misbehave(environ) or self._api(environ, path, query, body)
        return self._storefront.answer(environ["REQUEST_METHOD"], path, dict(query), body, environ.get("HTTP_COOKIE", ""))

    def _api(self, environ: Environ, path: str, query: tuple[tuple[str, str], ...], body: bytes) -> Answer:
        if path.rstrip("/") == "/wp-json":
            index = {"name": self._core.config.name, "url": self._core.base_url, "namespaces": ["wc/v3"]}
            return Answer(200, JSON, to_json(index))
        url = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}{path}"
        call = Call(environ["REQUEST_METHOD"], url, query, environ.get("HTTP_AUTHORIZATION", ""))
        return self._rest.answer(call, path.removeprefix(PREFIX).rstrip("/"), body)

    def _control(self, environ: Environ, body: bytes) -> Answer:
        """Set the failure mode: POST {"mode": "slow", "seconds": 3} with the token; an unknown mode is a 400."""
        token = self._core.config.control_token
        given = environ.get("HTTP_X_CONTROL_TOKEN", "")
        if not token or not hmac.compare_digest(token.encode(), given.encode()):
            return Answer(404, JSON, b'{"code":"rest_no_route"}')
        try:
            wanted = json.loads(body)
            failure = Failure(str(wanted["mode"]), min(float(wanted.get("seconds", 5)), SLOWEST_SECONDS))
        except (ValueError, KeyError, TypeError):
            failure = Failure("unknown")
        if failure.mode not in MODES:
            return Answer(400, JSON, to_json({"modes": MODES}))
        self.failure = failure
        return Answer(200, JSON, to_json({"mode": failure.mode}))

    def _misbehave(self, environ: Environ) -> Answer | None:
        """Return the wrong answer the switch asks for, or None to answer as usual."""
        failure = self.failure
        if failure.mode == "down":
            environ["shop.socket"].shutdown(socket.SHUT_RDWR)
            return Answer(503, JSON, b"")
        if failure.mode == "slow":
            time.sleep(failure.seconds)
        elif failure.mode == "500":
            message = "<p>There has been a critical error on this website.</p>"
            return Answer(500, JSON, to_json({"code": "internal_server_error", "message": message,
                                              "data": {"status": 500}}))  # fmt: skip
        elif failure.mode == "429":
            body = {"code": "too_many_requests", "message": "Too many requests.", "data": {"status": 429}}
            return Answer(429, (*JSON, ("Retry-After", str(round(failure.seconds)))), to_json(body))
        elif failure.mode == "garbage":
            return Answer(200, (("Content-Type", "text/html"),), b'<br />\n<b>Warning</b>: [{"id":\xff\xfe')
        return None


class Shop:
    """A running shop; `stop()` ends it and leaves its file."""

    platform = "woocommerce"

    def __init__(self, config: ShopConfig, core: Core, deliverer: Deliverer, app: App, server: wsgi.Server) -> None:
        self.url = core.base_url
        self.consumer_key = config.keys[0].consumer_key
        self.consumer_secret = config.keys[0].consumer_secret
        self.core = core
        self._app = app
        self._deliverer = deliverer
        self._server = server
        self._thread = threading.Thread(target=server.serve, name=f"shop-{config.slug}", daemon=True)

    @property
    def credentials(self) -> dict[str, str]:
        """What connecting this shop asks for."""
        return {"consumer_key": self.consumer_key, "consumer_secret": self.consumer_secret}

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()
        self._deliverer.start()

    @property
    def is_running(self) -> bool:
        """Say whether the shop still serves."""
        return self._thread.is_alive()

    def fail(self, mode: str, seconds: float = 5.0) -> None:
        """Make the REST side misbehave (one of MODES), as `/__control` does."""
        if mode not in MODES:
            raise ValueError(f"mode is not one of {MODES}")
        self._app.failure = Failure(mode, seconds)

    def change_keys(self, *keys: ApiKey) -> None:
        """Revoke the shop's keys and issue others."""
        self._app.change_keys(keys)

    def stop(self) -> None:
        """Stop serving and sending, close the file."""
        self._server.stop()
        self._thread.join()
        self._deliverer.stop()
        self.core.state.close()


def start_shop(
    config: ShopConfig,
    data_dir: Path,
    port: int,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Shop:
    """Start a shop on 127.0.0.1 (port 0 picks a free one), kept in `<data_dir>/<slug>.sqlite`.

    A new file is filled with the configured products; an existing one keeps its orders, stock and webhooks.
    Raises OSError when the port is taken.
    """
    server = wsgi.Server(("127.0.0.1", port), not_ready, numthreads=8, timeout=10, shutdown_timeout=2)
    server.gateway = Gateway
    server.nodelay = True
    server.expiration_interval = 0.1
    prepare(server)
    base_url = f"http://127.0.0.1:{server.bind_addr[1]}"
    core = Core(config, State(data_dir / f"{config.slug}.sqlite"), base_url, clock)
    seed_products(core)
    deliverer = Deliverer(core)
    app = App(core, deliverer)
    server.wsgi_app = app
    shop = Shop(config, core, deliverer, app, server)
    shop.start()
    return shop


def prepare(server: wsgi.Server) -> None:
    """Bind and start the workers from a daemon thread, whose kind they inherit: a shop never keeps a process alive.

    Raises OSError when the port is taken.
    """
    failures: list[Exception] = []

    def prepare() -> None:
        try:
            server.prepare()
        except Exception as error:
            failures.append(error)

    starter = threading.Thread(target=prepare, daemon=True)
    starter.start()
    starter.join()
    if failures:
        raise failures[0]


def not_ready(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer 503 until the shop stands."""
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return [b""]

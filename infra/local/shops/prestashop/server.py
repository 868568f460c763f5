"""Starts a PrestaShop: its file, its HTTP server on loopback, and the ping of its module."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

import urllib3
from cheroot import wsgi

from infra.local.shops.prestashop.service import XML, Service
from infra.local.shops.woocommerce.config import ApiKey, ShopConfig
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.rest import Answer
from infra.local.shops.woocommerce.seeding import seed_products
from infra.local.shops.woocommerce.server import BODY_LIMIT, Environ, StartResponse, not_ready, prepare
from infra.local.shops.woocommerce.state import State
from infra.local.shops.woocommerce.storefront import Storefront
from infra.local.shops.woocommerce.webhooks import sign

logger = logging.getLogger(__name__)
PING = 1


class Module(Core):
    """The shop with a module of three lines: it tells one address which order changed."""

    def __init__(self, config: ShopConfig, state: State, base_url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(config, state, base_url, clock)
        self._waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"ping-{config.slug}", daemon=True)
        self._thread.start()

    def announce(self, topic: str, resource_id: int) -> None:
        """PrestaShop sends no webhooks; orders that change here are pinged."""
        if topic.startswith("order.") and self.state.get("ping", PING):
            self._waiting.put(resource_id)

    def _run(self) -> None:
        pool = urllib3.PoolManager(retries=False)
        while (order_id := self._waiting.get()) is not None:
            with self.state.read():
                target = self.state.get("ping", PING)
            if target is None:
                continue
            body = json.dumps({"id_order": order_id, "at": self.instant().isoformat()}).encode()
            headers = {"Content-Type": "application/json", "X-Comptoir-Signature": sign(target["secret"], body)}
            try:
                pool.request("POST", target["url"], body=body, headers=headers, timeout=5)
            except urllib3.exceptions.HTTPError:
                logger.info("the ping of order %d did not arrive; the poll finds it", order_id)

    def stop(self) -> None:
        """End the module's thread."""
        self._waiting.put(None)
        self._thread.join()


class App:
    """The WSGI application: the web service under `/api`, the storefront for all else. `is_down` answers 503."""

    def __init__(self, core: Core, service: Service) -> None:
        self._service = service
        self._storefront = Storefront(core)
        self.is_down = False

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
            return Answer(413, XML, b"")
        body = environ["wsgi.input"].read(length) if length else b""
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        method = environ["REQUEST_METHOD"]
        if path == "/api" or path.startswith("/api/"):
            if self.is_down:
                return Answer(503, (("Content-Type", "text/html"),), b"<h1>Maintenance</h1>")
            return self._service.answer(method, path.removeprefix("/api"), query, body, environ.get("HTTP_AUTHORIZATION", ""))
        return self._storefront.answer(method, path, query, body, environ.get("HTTP_COOKIE", ""))


class PrestaShop:
    """A running shop; `stop()` ends it and leaves its file."""

    platform = "prestashop"

    def __init__(self, core: Module, app: App, service: Service, server: wsgi.Server) -> None:
        self.url = core.base_url
        self.core = core
        self.app = app
        self._service = service
        self._server = server
        self._thread = threading.Thread(target=server.serve, name=f"shop-{core.config.slug}", daemon=True)

    @property
    def credentials(self) -> dict[str, str]:
        """What connecting this shop asks for."""
        return {"key": self._service.key}

    @property
    def is_running(self) -> bool:
        """Say whether the shop still serves."""
        return self._thread.is_alive()

    def ping(self, url: str, secret: str) -> None:
        """Have the module tell an address which order changed."""
        with self.core.state.change():
            self.core.state.put("ping", {"id": PING, "url": url, "secret": secret})

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and pinging, close the file."""
        self._server.stop()
        self._thread.join()
        self.core.stop()
        self.core.state.close()


def start_prestashop(
    config: ShopConfig, key: str, data_dir: Path, port: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> PrestaShop:
    """Start a shop on 127.0.0.1 (port 0 picks a free one), kept in `<data_dir>/<slug>.sqlite`, open to `key`.

    Raises OSError when the port is taken.
    """
    server = wsgi.Server(("127.0.0.1", port), not_ready, numthreads=8, timeout=10, shutdown_timeout=2)
    server.nodelay = True
    server.expiration_interval = 0.1
    prepare(server)
    base_url = f"http://127.0.0.1:{server.bind_addr[1]}"
    config = replace(config, keys=(ApiKey(key, ""),))
    core = Module(config, State(data_dir / f"{config.slug}.sqlite"), base_url, clock)
    seed_products(core)
    service = Service(core, key)
    app = App(core, service)
    server.wsgi_app = app
    shop = PrestaShop(core, app, service, server)
    shop.start()
    return shop

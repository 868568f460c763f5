"""Shops in a simulated world: the demo WooCommerce shop's own code, without its server, its file and its threads.

    shop = SimulatedShop(world, config)             # https address, REST keys; answers the connectors' HTTP function
    shop.fail("429", seconds=2)                     # 429, 500, down; "ok" ends it; `shop.limit(10)` calls a second
    shop.start_webhooks()                           # an actor delivers what the shop announces to our ingress

`shop.core` is the shop as its own code sees it; `shop.buy(…)` an order in it, `shop.shown(sku)` its stock.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.errors import Unavailable
from connectors.http import HttpRequest, HttpResponse
from infra.local.shops.woocommerce.auth import Call
from infra.local.shops.woocommerce.config import ApiKey, Picture, ShopConfig, ShopProduct
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.rest import PREFIX, Rest
from infra.local.shops.woocommerce.seeding import seed_products
from infra.local.shops.woocommerce.state import Document, State
from infra.local.shops.woocommerce.webhooks import Deliverer, to_json
from tests.torture.world import Died, World

DELIVERY_SECONDS = 5.0


class _Memory(State):
    """The shop's documents without a file."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._documents: dict[str, dict[int, Document]] = {}
        self._before: dict[tuple[str, int], Document | None] = {}
        self._depth = 0

    def _commit(self) -> None:
        self._before = {}


class _Deliverer(Deliverer):
    """Its deliveries go to our ingress as actors; `sent` is told of each."""

    def __init__(self, shop: SimulatedShop) -> None:
        self._shop, self._core = shop, shop.core

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        return self._shop.post(url, body, headers)


@dataclass(slots=True)
class Tally:
    """What arrived at the shop: calls in all, and in each second of virtual time; `pairs` are the SKUs it was told."""

    calls: int = 0
    refused: int = 0
    pairs: int = 0
    by_second: dict[int, int] = field(default_factory=dict)
    by_path: dict[str, int] = field(default_factory=dict)


class SimulatedShop:
    """One shop. `products` are (SKU, quantity shown)."""

    def __init__(self, world: World, slug: str, products: Mapping[str, int]) -> None:
        self.world, self.slug = world, slug
        self.url = f"http://127.0.0.1:{9000 + len(world.cloud.shops)}"
        self.key, self.secret = f"ck_{slug}", f"cs_{slug}"
        config = ShopConfig(slug.title(), slug, tuple(
            ShopProduct(sku, sku, sku, _price(n), quantity, Picture("cup", ("#fff",)))
            for n, (sku, quantity) in enumerate(products.items())), (ApiKey(self.key, self.secret),))
        self.core = Core(config, _Memory(), self.url, world.true_now)
        seed_products(self.core)
        self.deliverer = _Deliverer(self)
        self.tally = Tally()
        self.lost_webhooks = 0.0
        self._rest = Rest(self.core, self.deliverer)
        self._mode, self._seconds, self._limit = "ok", 0.0, 0
        self._posting = False
        world.cloud.shops[urlsplit(self.url).netloc] = self.answer

    # -- as the connector sees it ----------------------------------------------------------------------------------------

    def fail(self, mode: str, seconds: float = 1.0) -> None:
        """From now on answers ok, 429 (with Retry-After), 500, or is down."""
        self._mode, self._seconds = mode, seconds

    def limit(self, calls_a_second: int) -> None:
        """Answers 429 to more calls than this in one second; 0 for no limit."""
        self._limit = calls_a_second

    def answer(self, request: HttpRequest) -> HttpResponse:
        """One request of the connector. Raises Unavailable while the shop is down."""
        parts = urlsplit(request.url)
        second = int(self.world.time)
        self.tally.calls += 1
        self.tally.by_second[second] = self.tally.by_second.get(second, 0) + 1
        name = f"{request.method} {parts.path}"
        self.tally.by_path[name] = self.tally.by_path.get(name, 0) + 1
        if self._mode == "down":
            raise Unavailable(f"{parts.netloc} does not accept a connection")
        if self._mode == "500":
            return _json(500, {"code": "internal_server_error", "message": "critical", "data": {"status": 500}})
        if self._mode == "429" or (self._limit and self.tally.by_second[second] > self._limit):
            self.tally.refused += 1
            return _json(429, {"code": "too_many_requests", "message": "Too many requests.", "data": {"status": 429}},
                         {"retry-after": str(max(1, round(self._seconds)))})
        if name.endswith("/products/batch"):
            self.tally.pairs += len(json.loads(request.body or b"{}").get("update", ()))
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        authorization = next((value for key, value in request.headers.items() if key.lower() == "authorization"), "")
        address = f"{parts.scheme}://{parts.netloc}{parts.path}"
        if parts.path.rstrip("/") == "/wp-json":
            return _json(200, {"name": self.slug, "url": self.url, "namespaces": ["wc/v3"]})
        found = self._rest.answer(Call(request.method, address, query, authorization),
                                  parts.path.removeprefix(PREFIX).rstrip("/"), request.body or b"")
        return HttpResponse(found.status, {key.lower(): value for key, value in found.headers}, found.body)

    # -- as its customers and its owner see it ---------------------------------------------------------------------------

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The parsed answer of the shop's own REST side, always in good health."""
        found = self._rest.answer(Call(method, f"{self.url}{PREFIX}{path.partition('?')[0]}",
                                       tuple(parse_qsl(path.partition("?")[2])), _basic(self.key, self.secret)),
                                  path.partition("?")[0], b"" if body is None else json.dumps(body).encode())
        if found.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {found.status} {found.body[:300]!r}")
        return json.loads(found.body)

    def product(self, sku: str) -> Document:
        """The product of a SKU."""
        return next(each for each in self.core.state.all("product") if each["sku"] == sku)

    def shown(self, sku: str) -> int:
        """The quantity the shop shows."""
        return int(self.product(sku)["stock_quantity"])

    def buy(self, lines: Mapping[str, int], status: str = "processing") -> Document:
        """An order in the shop."""
        order: Document = self.call("POST", "orders", {
            "set_paid": True, "payment_method": "bacs", "status": status,
            "billing": {"first_name": "Zoé", "last_name": "Lefèvre", "email": "zoe.lefevre@example.org",
                        "address_1": "3 rue des Alpes", "city": "Annecy", "postcode": "74000", "country": "FR"},
            "line_items": [{"product_id": self.product(sku)["id"], "quantity": n} for sku, n in lines.items()]})
        return order

    # -- webhooks --------------------------------------------------------------------------------------------------------

    def start_webhooks(self) -> None:
        """Sends what was announced so far; the actor ends when nothing is left. Call it again after more happened."""
        if not self._posting:
            self._posting = True
            self.world.spawn(f"{self.slug} webhooks", self._deliver_all)

    def _deliver_all(self) -> None:
        state = self.core.state
        while waiting := state.all("delivery"):
            for delivery in waiting:
                if self.world.chance.random() < self.lost_webhooks:
                    with state.change():
                        state.delete("delivery", delivery["id"])
                    continue
                self.deliverer._deliver(delivery)
        self._posting = False

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """One delivery to our ingress; 0 when no answer came in time. Outside of actors nobody listens."""
        from tests.gateway import call_api

        world = self.world
        if world.current is None or world.current.invocation is not None:
            return 0
        started = world.time
        try:
            status, _, _ = world.invoke("ingress", lambda: call_api("POST", urlsplit(url).path, body, headers))
        except Died:
            return 0
        return int(status) if world.time - started < DELIVERY_SECONDS else 0

    def delivery_of(self, order: Document, topic: str = "order.updated") -> tuple[str, bytes, dict[str, str]]:
        """(address, body, headers) of a signed delivery that tells of an order as it is now, for a proof to send itself."""
        webhook = next(each for each in self.core.state.all("webhook") if each["topic"] == topic)
        body = to_json(self.deliverer._body({"topic": topic, "resource_id": order["id"]}))
        return webhook["delivery_url"], body, self.deliverer._headers(webhook, body)


def _price(n: int) -> Any:
    from decimal import Decimal

    return Decimal(10 + n % 50)


def _basic(key: str, secret: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json; charset=UTF-8", **(headers or {})}, to_json(body))

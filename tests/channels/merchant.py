"""A merchant with two connected demo shops; the queue is played by hand, so that a test decides what arrives when."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import NewProduct, NewVariant
from chalicelib.channels import connecting, ingress, shops
from chalicelib.channels.model import DELIVERY, Connection, Delivery, NewConnection
from chalicelib.channels.worker import HANDLERS
from chalicelib.events.sweep import outbox_between
from chalicelib.kernel.context import Clock, Context, SystemClock
from chalicelib.kernel.errors import AlreadyDone
from chalicelib.kernel.event import Event
from chalicelib.runtime.api import platform_context
from chalicelib.runtime.worker import event_context
from chalicelib.sales.model import ORDER, Order
from chalicelib.stock import levels, service
from chalicelib.stock.model import NewReceipt, ReceiptLine, WarehouseBody
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT, Tenant
from connectors.woocommerce.webhook import sign
from infra.local.shops.woocommerce import ApiKey, Picture, Shop, ShopConfig, ShopProduct, start_shop
from infra.local.shops.woocommerce import catalogue as shop_catalogue
from infra.local.shops.woocommerce.orders import CartLine, place, set_status
from infra.local.shops.woocommerce.render_orders import order_json

NewContext = Callable[..., Context]
KEY = ApiKey("ck_" + "a" * 40, "cs_" + "b" * 40)
PICTURE = Picture("buche", ("#7a4a2e", "#f6e3c5"))
ADDRESS = {"first_name": "Ada", "last_name": "Martin", "company": "", "address_1": "1 rue du Four", "address_2": "",
           "city": "Lyon", "state": "", "postcode": "69002", "country": "FR", "phone": "0601020304"}
STOCK = {"MAC": 24, "SORBET": 10}


def shop_products(*skus: str) -> tuple[ShopProduct, ...]:
    return tuple(ShopProduct(sku, sku.title(), sku.title(), Decimal("9.90"), STOCK.get(sku, 5), PICTURE) for sku in skus)


class Merchant:
    """`shops` are running demo shops by slug, `secrets` their webhook secrets by connection id."""

    def __init__(self, new_ctx: NewContext, directory: Path) -> None:
        self.ctx, self.directory = new_ctx, directory
        self.shops: dict[str, Shop] = {}
        self.secrets: dict[str, str] = {}
        self.seen: set[str] = set()
        self.clock: Clock = SystemClock()
        self.began = self.ctx().now - timedelta(seconds=5)
        self.warehouse = service.create_warehouse(self.ctx(), WarehouseBody(code="LYON", name="Lyon"))
        for sku, quantity in STOCK.items():
            self.article(sku)
            service.receive(self.ctx(), NewReceipt(warehouse_id=self.warehouse.id, lines=(
                ReceiptLine(sku=sku, quantity=Decimal(quantity), unit_cost=Decimal("3.10")),)))

    def article(self, sku: str) -> None:
        catalog.create_product(self.ctx(), NewProduct(name=sku, variants=(NewVariant(sku=sku, vat_rate=Decimal("5.5")),)))

    def tenant(self) -> None:
        """The tenant's own record, for what asks its time zone."""
        ctx = self.ctx()
        transaction = Transaction(ctx)
        transaction.create(TENANT, Tenant(id=ctx.tenant_id, name="Maison Givrée", created_at=ctx.now))
        transaction.commit()

    def open(self, slug: str, *skus: str) -> Shop:
        self.shops[slug] = start_shop(
            ShopConfig(slug.title(), slug, shop_products(*skus), (KEY,)), self.directory, 0, lambda: self.clock.now())
        return self.shops[slug]

    def connect(self, slug: str, **rules: Any) -> Connection:
        connection, secret = connecting.create(self.ctx(), NewConnection(
            name=slug.title(), base_url=self.shops[slug].url, **rules,
            credentials={"consumer_key": KEY.consumer_key, "consumer_secret": KEY.consumer_secret}))
        self.secrets[connection.id] = secret
        return connection

    def buy(self, slug: str, **quantities: int) -> dict[str, Any]:
        """A shopper buys on the shop; the order as the shop's webhook would carry it."""
        core = self.shops[slug].core
        ids = {p["sku"]: p["id"] for p in core.state.all("product")}
        order = place(core, [CartLine(ids[sku], quantity) for sku, quantity in quantities.items()],
                      {**ADDRESS, "email": "ada@example.com"}, ADDRESS, core.config.shipping_methods[0])
        return self.order_body(slug, order["id"])

    def order_body(self, slug: str, order_id: int) -> dict[str, Any]:
        core = self.shops[slug].core
        with core.state.read():
            return order_json(core, core.state.get("order", order_id))

    def set_status(self, slug: str, order_id: int, status: str) -> dict[str, Any]:
        core = self.shops[slug].core
        with core.state.change():
            set_status(core, core.state.get("order", order_id), status)
        return self.order_body(slug, order_id)

    def deliver(self, connection: Connection, body: Any, topic: str = "order.created", delivery_id: str = "d1",
                secret: str = "", raw: bytes | None = None) -> str:
        sent = json.dumps(body).encode() if raw is None else raw
        headers = {"content-type": "application/json", "x-wc-webhook-topic": topic,
                   "x-wc-webhook-delivery-id": delivery_id, "x-wc-webhook-id": "7",
                   "x-wc-webhook-signature": sign(sent, secret or self.secrets[connection.id])}
        return ingress.receive(platform_context("req_webhook"), self.address(connection), headers, sent)

    def address(self, connection: Connection) -> str:
        return f"{self.ctx().tenant_id}.{connection.id}"

    def pump(self, *, twice: bool = False, threads: int = 1) -> list[Event]:
        """Plays the `channels` queue until nothing new happens; `twice` delivers every message a second time."""
        handled: list[Event] = []
        while True:
            now = self.ctx()
            new = [e for e in outbox_between(now, self.began, now.now + timedelta(seconds=5)) if e.id not in self.seen]
            if not new:
                return handled
            self.seen |= {event.id for event in new}
            in_order = sorted(new, key=lambda e: e.at)
            played = [event for event in in_order for _ in range(2 if twice else 1)]
            with ThreadPoolExecutor(threads) as workers:
                list(workers.map(self.handle, played))
            handled += in_order

    def handle(self, event: Event) -> None:
        handler = HANDLERS.get(event.type)
        try:
            if handler is not None:
                ctx = event_context(event, "channels", 60)
                handler(replace(ctx, clock=self.clock, deadline=self.clock.monotonic() + 60), event)
        except AlreadyDone:
            return

    def shown(self, slug: str, sku: str) -> int:
        """What a shopper of the shop sees left."""
        core = self.shops[slug].core
        product = next(p for p in core.state.all("product") if p["sku"] == sku)
        left = shop_catalogue.available(core, product)
        assert left is not None
        return int(left)

    def truth(self, sku: str) -> int:
        return int(levels.available_for(self.ctx(), [sku])[sku])

    def orders(self) -> list[Order]:
        ctx = self.ctx()
        rows = read.query(ctx, "by_list", "ORDER").items
        return list(read.get_many(ctx, ORDER, [str(row["id"]) for row in rows]).values())

    def deliveries(self, *states: str) -> list[Delivery]:
        ctx = self.ctx()
        rows = read.query(ctx, "by_list", DELIVERY.partition).items
        found = read.get_many(ctx, DELIVERY, [str(row["id"]) for row in rows]).values()
        return [each for each in found if not states or each.state in states]

    def inbox_count(self) -> int:
        now = self.ctx()
        return sum(e.type == "WebhookReceived" for e in outbox_between(now, self.began, now.now + timedelta(seconds=5)))

    def connection(self, connection: Connection) -> Connection:
        return shops.get(self.ctx(), connection.id)

    def stop(self) -> None:
        for shop in self.shops.values():
            shop.stop()

"""After three days of silence: every order arrives once, the webhook lives again, and both shops show the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.channels import bindings, connecting, polling, pushing, shops
from chalicelib.channels.model import ChangeConnection, Connection
from chalicelib.stock import service as stock
from chalicelib.stock.model import NewReceipt, ReceiptLine
from tests.channels.merchant import Merchant

MISSED = 230
PAGES = 3


def connected(merchant: Merchant) -> tuple[Connection, Connection]:
    stock.receive(merchant.ctx(), NewReceipt(warehouse_id=merchant.warehouse.id, lines=(
        ReceiptLine(sku="MAC", quantity=Decimal(976), unit_cost=Decimal(3)),)))
    found = []
    for slug in ("retail", "gifts"):
        merchant.open(slug, "MAC")
        connection = merchant.connect(slug)
        bindings.import_products(merchant.ctx(), connection)
        rules = ChangeConnection(name=slug.title(), requests_per_second=Decimal(50))
        found.append(connecting.update(merchant.ctx(), merchant.connection(connection), rules))
    merchant.pump()
    return found[0], found[1]


def silent_days(merchant: Merchant, connection: Connection) -> list[str]:
    """Three days of orders nobody told us of, the first of them three days ago; the shop gave up on its webhooks."""
    bought = [str(merchant.buy("retail", MAC=1)["id"]) for _ in range(MISSED)]
    core = merchant.shops["retail"].core
    began = merchant.ctx().now - timedelta(days=3)
    with core.state.change():
        for n, order_id in enumerate(bought):
            changed_at = began + timedelta(days=3) * n / MISSED
            order = core.state.get("order", int(order_id))
            core.state.put("order", {**order, "date_modified_gmt": changed_at.strftime("%Y-%m-%dT%H:%M:%S")})
        for hook in core.state.all("webhook"):
            core.state.put("webhook", {**hook, "status": "disabled"})
    _, sync = shops.state(merchant.ctx(), connection.id)
    shops.keep_sync(merchant.ctx(), connection.id, replace(sync, polled_until=began))
    return bought


def everything_is_here_once(merchant: Merchant, bought: list[str]) -> None:
    orders = all_orders(merchant)
    assert Counter(orders) == Counter(bought), "each order once"
    assert merchant.deliveries("quarantined") == []
    assert merchant.truth("MAC") == 1000 - MISSED
    assert merchant.shown("retail", "MAC") == merchant.shown("gifts", "MAC") == 1000 - MISSED


def all_orders(merchant: Merchant) -> list[str]:
    from chalicelib.sales.model import ORDER
    from chalicelib.storage import read

    ctx, found, start = merchant.ctx(), [], None
    while True:
        page = read.query(ctx, "by_list", "ORDER", limit=100, start=start)
        found += [order.external_id for order in read.get_many(ctx, ORDER, [str(row["id"]) for row in page.items]).values()]
        start = page.start
        if start is None:
            return found


def settle(merchant: Merchant) -> None:
    merchant.pump()
    for _ in range(3):
        polling.retry(merchant.ctx())


def test_our_side_was_down_for_three_days(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    bought = silent_days(merchant, retail)
    polling.poll(merchant.ctx())
    polling.poll(merchant.ctx())
    for connection in (retail, _):
        polling.reconcile_connection(merchant.ctx(), merchant.connection(connection))
    polling.keep_webhooks(merchant.ctx())
    settle(merchant)
    everything_is_here_once(merchant, bought)
    hooks = merchant.shops["retail"].core.state.all("webhook")
    assert {hook["status"] for hook in hooks} == {"active"} and len(hooks) == 4
    late = merchant.order_body("retail", int(bought[0]))
    assert merchant.deliver(retail, late, "order.created", "late") == "accepted"
    merchant.pump()
    everything_is_here_once(merchant, bought)


def test_a_shop_that_breaks_off_on_every_other_page_is_caught_up_with_all_the_same(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.contract import Unavailable
    from connectors.woocommerce.client import WooCommerce

    retail, _ = connected(merchant)
    bought = silent_days(merchant, retail)
    asked = []
    real = WooCommerce.list_orders

    def moody(self: WooCommerce, *arguments: object) -> object:
        asked.append(arguments)
        if len(asked) % 2 == 0:
            raise Unavailable("the shop broke off")
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(WooCommerce, "list_orders", moody)
    for _ in range(PAGES + 1):
        polling.poll_connection(merchant.ctx(), merchant.connection(retail))
    monkeypatch.undo()
    polling.keep_webhooks(merchant.ctx())
    settle(merchant)
    assert Counter(all_orders(merchant)) == Counter(bought)
    assert pushing.waiting_notes(merchant.ctx(), retail.id) == []

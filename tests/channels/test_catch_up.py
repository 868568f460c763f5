"""After three days of silence: every order arrives once, the webhook lives again, and both shops show the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.channels import connecting, polling, pushing, shops
from chalicelib.channels.model import ChangeConnection, Connection
from chalicelib.stock import service as stock
from chalicelib.stock.model import NewReceipt, ReceiptLine
from connectors.contract import Unavailable
from connectors.woocommerce import client
from tests.channels.merchant import Merchant
from tests.working import import_products

PAGE_SIZE = 20
MISSED = 46
PAGES = 3


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pages of orders are as many questions whatever stands on each; the shop answers as many as are asked for."""
    monkeypatch.setattr(client, "PAGE_SIZE", PAGE_SIZE)


def connected(merchant: Merchant) -> tuple[Connection, Connection]:
    stock.receive(merchant.ctx(), NewReceipt(warehouse_id=merchant.warehouse.id, lines=(
        ReceiptLine(sku="MAC", quantity=Decimal(976), unit_cost=Decimal(3)),)))
    found = []
    for slug in ("retail", "gifts"):
        merchant.open(slug, "MAC")
        connection = merchant.connect(slug)
        import_products(merchant.ctx(), connection)
        rules = ChangeConnection(name=slug.title(), requests_per_second=Decimal(50))
        found.append(connecting.update(merchant.ctx(), merchant.connection(connection), rules))
    merchant.pump()
    return found[0], found[1]


def silence(merchant: Merchant, connection: Connection, length: timedelta = timedelta(days=3)) -> list[str]:
    """Days of orders nobody told us of, the first of them when they began; the shop gave up on its webhooks."""
    bought = [str(merchant.buy("retail", MAC=1)["id"]) for _ in range(MISSED)]
    core = merchant.shops["retail"].core
    began = merchant.ctx().now - length
    with core.state.change():
        for n, order_id in enumerate(bought):
            changed_at = began + length * n / MISSED
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
    bought = silence(merchant, retail)
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
    retail, _ = connected(merchant)
    bought = silence(merchant, retail)
    asked = []
    real = client.WooCommerce.list_orders

    def moody(self: client.WooCommerce, *arguments: object) -> object:
        asked.append(arguments)
        if len(asked) % 2 == 0:
            raise Unavailable("the shop broke off")
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(client.WooCommerce, "list_orders", moody)
    for _ in range(PAGES + 1):
        polling.poll_connection(merchant.ctx(), merchant.connection(retail))
    monkeypatch.setattr(client.WooCommerce, "list_orders", real)
    polling.keep_webhooks(merchant.ctx())
    settle(merchant)
    assert Counter(all_orders(merchant)) == Counter(bought)
    assert pushing.waiting_notes(merchant.ctx(), retail.id) == []


def test_a_shop_with_more_changes_than_a_poll_can_read_is_read_to_its_end(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All orders in one minute, and time for one page a poll: the overlap must not send each poll back to the first page."""
    retail, _ = connected(merchant)
    bought = silence(merchant, retail, timedelta(minutes=1))
    monkeypatch.setattr(polling, "SPARE_SECONDS", 3_600)
    for _ in range(PAGES):
        polling.poll_connection(merchant.ctx(), merchant.connection(retail))
    assert Counter(all_orders(merchant)) == Counter(bought)


NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def test_a_poll_that_stops_is_gone_on_with_and_its_beginning_counts() -> None:
    """The overlap of the next whole poll counts from when the first part began: what became visible late is still seen."""
    before = shops.SyncState(polled_until=NOON - timedelta(hours=1))
    stopped = polling.swept(before, polling.Swept(100, 100, reached=NOON - timedelta(minutes=30)), NOON)
    assert (stopped.polled_until, stopped.swept_until) == (before.polled_until, NOON - timedelta(minutes=30))
    broken = polling.swept(stopped, polling.Swept(0, 0, error=Unavailable("down")), LATER)
    assert broken == stopped
    ended = polling.swept(broken, polling.Swept(30, 30), LATER)
    assert ended == shops.SyncState(polled_until=NOON)

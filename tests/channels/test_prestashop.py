"""A PrestaShop beside a WooCommerce shop: sales, stock, parcels and refunds both ways, over the web service on loopback."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.channels import connecting, ingress, polling
from chalicelib.channels.model import ChangeConnection, Connection, NewConnection
from chalicelib.kernel.errors import Invalid
from chalicelib.pricing import service as pricing
from chalicelib.pricing.model import EntryBody, PriceChanges, PriceListBody, SkuEntries
from chalicelib.runtime.api import platform_context
from chalicelib.sales import service as sales
from chalicelib.sales.commands import RefundOrder, ShipOrder
from chalicelib.sales.model import ORDER, LineQuantity, Order
from chalicelib.storage import read
from connectors.prestashop.webhook import sign
from infra.local.shops.prestashop import PrestaShop, start_prestashop
from infra.local.shops.prestashop.rows import parcels_of
from infra.local.shops.woocommerce import ShopConfig
from tests.channels.merchant import Merchant, shop_products
from tests.working import import_products

KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


class Presta:
    """The merchant's PrestaShop, connected, its articles bound."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        config = ShopConfig("Fêtes", "party", shop_products("MAC", "SORBET"), ())
        self.shop: PrestaShop = start_prestashop(config, KEY, merchant.directory, 0, lambda: merchant.clock.now())
        merchant.shops["party"] = self.shop  # type: ignore[assignment]
        merchant.open("retail", "MAC", "SORBET")
        self.retail = self.connect("retail", merchant.shops["retail"])
        self.connection = self.connect("party", self.shop)
        merchant.pump()

    def connect(self, name: str, shop: Any) -> Connection:
        made, secret = connecting.create(self.merchant.ctx(), NewConnection(
            name=name, platform=shop.platform, base_url=shop.url, credentials=shop.credentials))
        assert made.missing == () and made.state == "active", made
        self.merchant.secrets[made.id] = secret
        import_products(self.merchant.ctx(), made)
        return made

    def poll(self) -> None:
        polling.poll_connection(self.merchant.ctx(), self.merchant.connection(self.connection))
        self.merchant.pump()

    def order(self) -> Order:
        [order] = [each for each in self.merchant.orders() if each.channel_id == self.connection.id]
        return order

    def ship(self, lines: tuple[LineQuantity, ...], number: str) -> None:
        sales.ship(self.merchant.ctx(), self.order(), ShipOrder(lines=lines, carrier="Colissimo", tracking_number=number))
        self.merchant.pump()

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return list(self.shop.core.state.all(kind))


@pytest.fixture
def presta(merchant: Merchant) -> Presta:
    return Presta(merchant)


def test_the_life_of_an_order_between_a_prestashop_and_its_merchant(presta: Presta) -> None:
    merchant = presta.merchant
    bought = merchant.buy("party", MAC=3, SORBET=1)
    presta.poll()
    order = presta.order()
    assert (order.external_id, order.state, str(order.paid_total)) == (str(bought["id"]), "confirmed", bought["total"])
    assert order.rounding_amount == 0 and all(line.reserved for line in order.lines)
    assert merchant.shown("retail", "MAC") == merchant.shown("party", "MAC") == 21
    presta.poll()
    assert len(merchant.orders()) == 1

    first, second = (LineQuantity(line_id=line.id, quantity=line.quantity) for line in order.lines)
    presta.ship((first,), "6A1")
    assert presta.rows("order")[0]["status"] == "processing"
    presta.ship((second,), "6A2")
    [told] = presta.rows("order")
    assert told["status"] == "completed"
    numbers = [parcel["tracking_number"] for parcel in parcels_of(told)]
    assert numbers == ["6A1", "6A2"]

    line = presta.order().lines[0]
    refunded = sales.refund(merchant.ctx(), presta.order(), RefundOrder(
        amount=Decimal("9.90"), lines=(LineQuantity(line_id=line.id, quantity=Decimal(1)),)))
    merchant.pump()
    [slip] = presta.rows("slip")
    assert slip["fields"]["total_products_tax_incl"] == "9.900000" and slip["details"][0]["product_quantity"] == "1"
    presta.poll()
    polling.reconcile_connection(merchant.ctx(), merchant.connection(presta.connection))
    [known] = read.get(merchant.ctx(), ORDER, refunded.id).refunds
    assert known.external_id == str(slip["id"])


def test_a_slip_made_in_the_shop_is_money_back_here_once(presta: Presta) -> None:
    merchant = presta.merchant
    bought = merchant.buy("party", MAC=2)
    presta.poll()
    [line] = bought["line_items"]
    service = presta.shop._service
    with presta.shop.core.state.change():
        service._post_slip({
            "id_order": str(bought["id"]), "id_customer": "1", "conversion_rate": "1", "total_products_tax_excl": "9.383886",
            "total_products_tax_incl": "9.900000", "total_shipping_tax_excl": "0", "total_shipping_tax_incl": "0",
            "associations": {"order_slip_details": [{"id_order_detail": str(line["id"]), "product_quantity": "1",
                                                     "amount_tax_excl": "9.383886", "amount_tax_incl": "9.900000"}]}})
    for _ in range(2):
        presta.poll()
    [refund] = presta.order().refunds
    assert (refund.amount, [each.quantity for each in refund.lines]) == (Decimal("9.90"), [Decimal(1)])
    assert len(presta.rows("slip")) == 1


def test_a_refund_whose_answer_was_lost_is_not_recorded_twice(presta: Presta, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.contract import Unavailable
    from connectors.prestashop.client import PrestaShop as Connector

    presta.merchant.buy("party", MAC=2)
    presta.poll()
    real = Connector.create_refund

    def lost(self: Connector, request: Any) -> Any:
        real(self, request)
        raise Unavailable("no answer", outcome_unknown=True)

    monkeypatch.setattr(Connector, "create_refund", lost)
    sales.refund(presta.merchant.ctx(), presta.order(), RefundOrder(amount=Decimal("5.00"), reason="geste"))
    presta.merchant.pump()
    monkeypatch.setattr(Connector, "create_refund", real)
    polling.retry(presta.merchant.ctx())
    presta.merchant.pump()
    assert len(presta.rows("slip")) == 1 and presta.order().refunds[0].external_id


def test_quantity_breaks_are_sold_by_the_shop_itself(presta: Presta) -> None:
    """Eleven sold: the price of six pieces holds, without tax in the shop, with it here; a break taken off here is taken off
    there."""
    merchant, connection = presta.merchant, presta.connection
    merchant.tenant()
    connecting.update(merchant.ctx(), merchant.connection(connection), ChangeConnection(
        name=connection.name, push_prices=True))
    prices = pricing.create_price_list(merchant.ctx(), PriceListBody(name="Web", currency="EUR", prices_include_vat=True))

    def set_prices(*steps: tuple[str, str]) -> None:
        entries = tuple(EntryBody(min_quantity=Decimal(quantity), price=Decimal(price)) for quantity, price in steps)
        pricing.set_prices(merchant.ctx(), prices.id, PriceChanges(prices=(SkuEntries(sku="MAC", entries=entries),)))
        merchant.pump()

    set_prices(("1", "12.50"), ("5.5", "11.00"), ("20", "10.00"))
    assert [(row["from_quantity"], row["gross"]) for row in presta.rows("special")] == [(6, "11.00"), (20, "10.00")]
    merchant.buy("party", MAC=11)
    presta.poll()
    [line] = presta.order().lines
    assert (line.quantity, line.unit_price) == (11, Decimal("11.00"))
    set_prices(("1", "12.50"), ("20", "9.50"))
    assert [(row["from_quantity"], row["gross"]) for row in presta.rows("special")] == [(20, "9.50")]


def test_a_ping_brings_the_order_at_once_and_a_forged_one_nothing(presta: Presta) -> None:
    from chalicelib.kernel.errors import Unauthenticated

    merchant = presta.merchant
    bought = merchant.buy("party", SORBET=1)
    body = f'{{"id_order": {bought["id"]}, "at": "now"}}'.encode()
    address = merchant.address(presta.connection)
    with pytest.raises(Unauthenticated):
        ingress.receive(platform_context("req_ping"), address, {"x-comptoir-signature": sign(body, "guess")}, body)
    headers = {"x-comptoir-signature": sign(body, merchant.secrets[presta.connection.id])}
    assert ingress.receive(platform_context("req_ping"), address, headers, body) == "accepted"
    merchant.pump()
    assert presta.order().external_id == str(bought["id"])


def test_an_order_that_does_not_add_up_waits_with_its_arithmetic_and_is_taken_when_put_right(presta: Presta) -> None:
    merchant = presta.merchant
    bought = merchant.buy("party", MAC=1)
    core = presta.shop.core
    kept = core.state.get("order", bought["id"])
    assert kept is not None
    with core.state.change():
        core.state.put("order", {**kept, "total": "25.00", "coupon_lines": []})
    from infra.local.shops.prestashop import rows

    honest = rows._sums
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rows, "_sums", lambda order: {**honest(order), "discounts_tax_incl": Decimal(0)})
        presta.poll()
    [waiting] = merchant.deliveries("quarantined")
    assert waiting.problem_code == "totals_do_not_add_up" and waiting.problem_parameters["told"] == "25.00"
    assert {"products", "shipping", "discounts", "computed", "difference", "reached"} <= waiting.problem_parameters.keys()
    assert not merchant.orders()
    with core.state.change():
        core.state.put("order", kept)
    from chalicelib.channels import importing

    importing.replay(merchant.ctx(), waiting, None)
    merchant.pump()
    assert presta.order().external_id == str(bought["id"])


def test_credentials_are_what_the_platform_asks_for(presta: Presta) -> None:
    asked = NewConnection(name="x", platform="prestashop", base_url=presta.shop.url, credentials={"key": "short"})
    for credentials, names in (({"key": "short"}, {"credentials.key"}), ({}, {"credentials.key"}),
                               ({"key": KEY, "shop_id": "x"}, {"credentials.shop_id"}),
                               ({"key": KEY, "consumer_key": "ck"}, {"credentials.consumer_key"})):
        with pytest.raises(Invalid) as refused:
            connecting.create(presta.merchant.ctx(), replace(asked, credentials=credentials))
        assert set(refused.value.fields) == names

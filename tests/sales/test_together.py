"""Several people at once, and what happens by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.events.routing import ROUTES
from chalicelib.kernel.context import Actor
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.event import Event
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.pricing import service as pricing
from chalicelib.pricing.model import EntryBody, PriceChanges, PriceListBody, SkuEntries
from chalicelib.sales import service as sales
from chalicelib.sales import worker
from chalicelib.sales.commands import CancelOrder, ChangeOrder, ShipOrder
from chalicelib.sales.model import LineQuantity, NewLine, Order, PlaceOrder
from chalicelib.stock import balances
from chalicelib.stock.warehouses import retrying
from chalicelib.storage import client
from chalicelib.storage.transaction import Refused
from tests.sales.shop import D, Shop, lines_balance


def test_one_ships_while_another_cancels_and_only_one_of_them_does(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "12", "3.33")
    orders = [shop.order({"A": "2"}) for _ in range(6)]

    def act(n: int) -> str:
        order: Order = orders[n // 2]
        try:
            if n % 2:
                return sales.ship(shop.ctx(), order, ShipOrder()).state
            return sales.cancel(shop.ctx(), order, CancelOrder()).state
        except (Conflict, Refused):
            return ""

    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(act, range(12)))
    for n, order in enumerate(orders):
        assert [states[2 * n], states[2 * n + 1]].count("") == 1
        lines_balance(shop.stored(order))
    shipped = 2 * states.count("shipped")
    shop.numbers_are("A", str(12 - shipped), "0", str(12 - shipped))
    valuation = balances.read_valuations(shop.ctx(), ["A"])["A"]
    moves = balances.read_moves(shop.ctx(), "A")
    assert valuation.value == sum(move.value for move in moves) and valuation.quantity == 12 - shipped


def test_named_lines_from_two_warehouses_leave_once_though_somebody_writes_after_the_first(shop: Shop) -> None:
    """Three of four leave from Paris; a note is saved before the fourth leaves from Lyon, where there are more."""
    paris, lyon = shop.warehouse("PARIS", 1), shop.warehouse("LYON", 2)
    shop.article("A")
    shop.receive(paris, "A", "3")
    shop.receive(lyon, "A", "9")
    order = shop.order({"A": "10"})
    waiting = ["a note"]

    def write(operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        if waiting and operation == "TransactWriteItems":
            sales.change(shop.ctx(), shop.stored(order), ChangeOrder(note=waiting.pop()))

    client.observers.append(write)
    try:
        shipped = sales.ship(shop.ctx(), order, ShipOrder(lines=(LineQuantity(line_id=order.lines[0].id, quantity=D(4)),)))
    finally:
        client.observers.remove(write)
    assert (shipped.note, shipped.lines[0].shipped_quantity, len(shipped.shipments)) == ("a note", D(4), 2)
    assert shipped == shop.stored(order)
    shop.numbers_are("A", "8", "6", "2")


def test_a_phone_order_takes_the_price_list_and_the_customers_address(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", vat_rate="5.5")
    shop.receive(paris, "A", "9")
    price_list = pricing.create_price_list(shop.ctx(), PriceListBody(name="Retail", currency="EUR"))
    pricing.set_prices(shop.ctx(), price_list.id, PriceChanges(prices=(
        SkuEntries(sku="A", entries=(EntryBody(price=D("21.10")), EntryBody(price=D("19.00"), min_quantity=D(3)))),)))
    customer = create_customer(shop.ctx(), CustomerBody(name="Zoé", company_name="Atelier Neige", email="zoe@example.fr"))

    def phone(quantity: str, prices_include_vat: bool = True) -> Order:
        return sales.place_order(shop.ctx(), PlaceOrder(
            lines=(NewLine(sku="A", quantity=D(quantity)),), customer_id=customer.id, prices_include_vat=prices_include_vat))

    order = phone("1")
    assert (order.total_with_vat, order.vat_amount, order.buyer.company_name) == (D("21.10"), D("1.10"), "Atelier Neige")
    assert phone("3").total_with_vat == D("57.00")
    net = phone("1", prices_include_vat=False)
    assert (net.lines[0].unit_price, net.total_with_vat) == (D("20.000000"), D("21.10"))


def told(shop: Shop, type: str, *skus: str) -> Event:
    return Event("evt_1.0", type, shop.ctx().tenant_id, datetime(2026, 11, 24, tzinfo=UTC), "stock_operation", "sop_1", 1,
                 Actor("user", "u"), "req_test", {"skus": list(skus)})


def test_received_goods_serve_whoever_waits_and_the_same_news_twice_serves_once(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", "B")
    waiting = shop.order({"A": "2", "B": "1"}, shortage="backorder")
    shop.receive(paris, "A", "5")
    ctx = shop.ctx()
    for _ in range(2):
        worker.HANDLERS["GoodsReceived"](ctx, told(shop, "GoodsReceived", "A"))
    order = shop.stored(waiting)
    assert [line.backordered_quantity for line in order.lines] == [0, 1] and order.version == 2
    shop.numbers_are("A", "5", "2", "3")
    shop.receive(paris, "B", "1")
    worker.serve_all_backorders(shop.ctx())
    assert not any(line.backordered_quantity for line in shop.stored(waiting).lines)
    assert {type for type, queues in ROUTES.items() if "sales" in queues} == set(worker.HANDLERS)


def test_a_cancelled_order_makes_room_for_the_next_in_line(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "1")
    first, second = shop.order({"A": "1"}), shop.order({"A": "1"}, shortage="backorder")
    sales.cancel(shop.ctx(), first, CancelOrder())
    freed, = shop.events("OrderCancelled")
    worker.HANDLERS["OrderCancelled"](shop.ctx(), freed)
    assert shop.stored(second).lines[0].backordered_quantity == 0
    shop.numbers_are("A", "1", "1", "0")


def test_a_race_is_tried_again_and_another_refusal_is_not(shop: Shop) -> None:
    tries: list[int] = []

    def raced() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise Conflict("valuation_raced", "raced")
        return len(tries)

    def refused() -> int:
        tries.append(1)
        raise Conflict("stock_short", "short")

    assert retrying(shop.ctx(), raced) == 3
    with pytest.raises(Conflict):
        retrying(shop.ctx(), refused)
    assert len(tries) == 4

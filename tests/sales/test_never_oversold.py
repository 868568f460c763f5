"""Never oversold: sixteen threads on one SKU; the careless way, caught; and any run of commands keeps the accounts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.sales import service as sales
from chalicelib.sales.commands import CancelOrder, ShipOrder
from chalicelib.sales.model import LineQuantity, Order
from chalicelib.stock import balances
from chalicelib.stock import service as stock
from chalicelib.stock.model import AdjustmentLine, NewAdjustment, Place
from chalicelib.storage.transaction import Transaction
from tests.conftest import make_context
from tests.sales.shop import D, Shop, lines_balance

STOCK, ATTEMPTS, THREADS = 20, 60, 16


def sell_out(buy: Callable[[int], bool]) -> int:
    """Sixty attempts on sixteen threads; answers how many were sold."""
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(buy, range(ATTEMPTS)))


def check(shop: Shop, sold: int) -> None:
    """Exactly the stock was sold, and the balance says so."""
    assert sold == STOCK
    shop.numbers_are("HOT", str(STOCK), str(STOCK), "0")


@pytest.fixture
def hot(shop: Shop) -> Shop:
    shop.article("HOT")
    shop.receive(shop.warehouse("PARIS"), "HOT", str(STOCK))
    return shop


def test_sixty_buyers_of_twenty_get_exactly_twenty(hot: Shop) -> None:
    def buy(_: int) -> bool:
        try:
            return hot.order({"HOT": "1"}).state == "confirmed"
        except Conflict as refused:
            assert refused.code == "stock_short"
            return False

    check(hot, sell_out(buy))


def test_reading_checking_and_then_writing_is_caught(hot: Shop) -> None:
    """The broken variant: it looks first and writes without a condition."""
    looked = threading.Barrier(12)

    def careless(n: int) -> bool:
        ctx = hot.ctx()
        balance = balances.read_balances(ctx, ["HOT"])["HOT"][0]
        if n < 12:
            looked.wait(timeout=20)
        if balance.available < 2:
            return False
        tx = Transaction(ctx)
        tx.add(balances.balance_key(ctx, "HOT", Place(warehouse_id=balance.place.warehouse_id)), "stock_balance",
               {"available": D(-2), "reserved": D(2)}, {}, lambda: Conflict("never", "no condition"))
        tx.commit()
        return True

    sold = 2 * sell_out(careless)
    with pytest.raises(AssertionError):
        check(hot, sold)
    assert hot.numbers("HOT")["available"] < 0


class Accounts(RuleBasedStateMachine):
    """Any run of receipts, orders, shipments, cancellations, counts: nothing is made, lost, or promised twice."""

    engine: Any = None
    SKUS = ("A", "B")

    @initialize()
    def open_shop(self) -> None:
        tenant = f"acc{id(self)}x{threading.get_ident()}x{Accounts.counter()}"
        self.shop = Shop(lambda *permissions: make_context(tenant, *permissions))
        self.houses = [self.shop.warehouse("PARIS"), self.shop.warehouse("LYON", 1)]
        self.shop.article(*self.SKUS)
        self.shop.kit("KIT", {"A": "2", "B": "1"})
        self.received = dict.fromkeys(self.SKUS, D(0))
        self.corrected = dict.fromkeys(self.SKUS, D(0))
        self.orders: list[Order] = []

    _made = 0

    @classmethod
    def counter(cls) -> int:
        cls._made += 1
        return cls._made

    @rule(house=st.integers(0, 1), sku=st.sampled_from(SKUS), quantity=st.integers(1, 6), cost=st.decimals(0, 9, places=3))
    def receive(self, house: int, sku: str, quantity: int, cost: Decimal) -> None:
        self.shop.receive(self.houses[house], sku, str(quantity), str(cost))
        self.received[sku] += quantity
        sales.allocate_backorders(self.shop.ctx(), [sku])

    @rule(lines=st.dictionaries(st.sampled_from(("A", "B", "KIT")), st.integers(1, 4).map(str), min_size=1),
          shortage=st.sampled_from(("refuse", "backorder")))
    def order(self, lines: dict[str, str], shortage: str) -> None:
        try:
            self.orders.append(self.shop.order(lines, shortage=shortage))
        except Conflict as refused:
            assert refused.code == "stock_short" and shortage == "refuse"

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), whole=st.booleans(), verb=st.sampled_from(("ship", "cancel")))
    def act(self, data: Any, whole: bool, verb: str) -> None:
        order = self.shop.stored(data.draw(st.sampled_from(self.orders)))
        some = () if whole else (LineQuantity(line_id=data.draw(st.sampled_from(order.lines)).id, quantity=D(1)),)
        try:
            if verb == "ship":
                sales.ship(self.shop.ctx(), order, ShipOrder(lines=some))
            else:
                sales.cancel(self.shop.ctx(), order, CancelOrder(lines=some))
        except Conflict as refused:
            assert refused.code in ("wrong_state", "not_reserved", "nothing_to_ship", "not_open", "nothing_to_cancel",
                                    "stock_short", "reservation_mismatch")

    @rule(house=st.integers(0, 1), sku=st.sampled_from(SKUS), quantity=st.integers(1, 3))
    def scrap(self, house: int, sku: str, quantity: int) -> None:
        free = sum((b.available for b in balances.read_balances(self.shop.ctx(), [sku])[sku]
                    if b.place.warehouse_id == self.houses[house].id), D(0))
        if free >= quantity:
            stock.adjust(self.shop.ctx(), NewAdjustment(warehouse_id=self.houses[house].id, reason="scrap", lines=(
                AdjustmentLine(sku=sku, quantity=D(-quantity)),)))
            self.corrected[sku] += quantity

    @invariant()
    def the_accounts_balance(self) -> None:
        orders = [self.shop.stored(order) for order in getattr(self, "orders", ())]
        shipped = dict.fromkeys(self.SKUS, D(0))
        for order in orders:
            lines_balance(order)
            for line in order.lines:
                for sku, each in ([(c.sku, c.quantity) for c in line.kit] or [(line.sku, D(1))]):
                    shipped[sku] += each * line.shipped_quantity
        for sku in self.SKUS if hasattr(self, "shop") else ():
            numbers = self.shop.numbers(sku)
            parts = (numbers["available"], numbers["reserved"], shipped[sku], self.corrected[sku])
            assert all(part >= 0 for part in parts) and sum(parts) == self.received[sku], (sku, parts)
            self.shop.numbers_are(sku, *(str(numbers[n]) for n in ("on_hand", "reserved", "available")))
            valuation = balances.read_valuations(self.shop.ctx(), [sku])[sku]
            moves = balances.read_moves(self.shop.ctx(), sku, 500)
            assert valuation.quantity == numbers["on_hand"] == sum((m.quantity for m in moves), D(0))
            assert valuation.value == sum((m.value for m in moves), D(0))


def test_any_run_of_commands_keeps_the_accounts(ctx: Context) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Accounts, settings=settings(
        max_examples=8, stateful_step_count=12, suppress_health_check=list(HealthCheck)))

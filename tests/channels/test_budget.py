"""A shop is never called more often than agreed, whoever calls: pushes, polls, parcels, read-backs, prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import bindings, connecting, leaving, notifying, pace, polling, pushing, shops
from chalicelib.channels.model import ChangeConnection, Connection, ShopFinding
from chalicelib.channels.pace import Budget
from chalicelib.events.sweep import outbox_between
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import LimitExceeded
from chalicelib.kernel.job import JOB
from chalicelib.runtime.jobs import carry_on, look_after
from chalicelib.sales import service as sales
from chalicelib.sales.commands import ShipOrder
from chalicelib.stock import service as stock
from chalicelib.stock.model import NewReceipt, ReceiptLine
from chalicelib.storage import read, single
from chalicelib.storage.table import Item
from connectors.errors import OverBudget, RateLimited, Unavailable
from connectors.http import Clock, HttpPolicy, HttpRequest, HttpResponse, urllib3_transport, using_transport
from tests.channels.merchant import Merchant
from tests.channels.shapes import NOON
from tests.working import import_products


class VirtualClock:
    """Time that only moves when somebody sleeps, or when the test says so."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()

    def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


class Line:
    """The wire to the shops: when each call passed, and what it was."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.calls: list[tuple[datetime, str]] = []

    def __call__(self, request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
        self.calls.append((self.clock.instant, f"{request.method} {request.url.split('?')[0].split('/v3/')[1]}"))
        return urllib3_transport(request, policy, Clock(datetime.now, clock.sleep, clock.random))

    def breaches(self, rate: Decimal) -> list[datetime]:
        """Instants from which more calls were made than the rate and one burst allow, over any span."""
        instants = [at for at, _ in self.calls]
        found = []
        for first, began in enumerate(instants):
            for last in range(first, len(instants)):
                seconds = Decimal((instants[last] - began) / timedelta(milliseconds=1)) / 1000
                if last - first + 1 > rate * seconds + pace.burst(rate):
                    found.append(began)
        return found


def connected(merchant: Merchant, rate: Decimal) -> Connection:
    merchant.open("retail", "MAC", "SORBET")
    connection = merchant.connect("retail")
    import_products(merchant.ctx(), connection)
    merchant.pump()
    rules = ChangeConnection(name="Retail", requests_per_second=rate)
    return connecting.update(merchant.ctx(), merchant.connection(connection), rules)


def receive(ctx: Context, merchant: Merchant, quantity: int) -> None:
    stock.receive(ctx, NewReceipt(warehouse_id=merchant.warehouse.id, lines=(
        ReceiptLine(sku="MAC", quantity=Decimal(quantity), unit_cost=Decimal(3)),)))


@pytest.mark.parametrize("rate", [Decimal(1), Decimal(5)])
def test_a_busy_hour_of_pushes_polls_and_parcels_breaks_no_quota(merchant: Merchant, rate: Decimal) -> None:
    connection = connected(merchant, rate)
    merchant.began -= timedelta(hours=2)
    merchant.clock = clock = VirtualClock(merchant.ctx().now - timedelta(minutes=90))
    single.delete(merchant.ctx(), pace.key(merchant.ctx(), connection.id))
    line = Line(clock)

    def at(seconds: int = 60) -> Context:
        return replace(merchant.ctx(), clock=clock, now=clock.now(), deadline=clock.monotonic() + seconds)

    receive(merchant.ctx(), merchant, 100)
    merchant.pump()
    with using_transport(line):
        for minute in range(5):
            for n in range(2):
                merchant.deliver(connection, merchant.buy("retail", MAC=1), delivery_id=f"{minute}-{n}")
                merchant.pump()
            for order in merchant.orders():
                if order.state == "confirmed":
                    sales.ship(at(), order, ShipOrder(carrier="Chronofresh", tracking_number=f"T{order.number}"))
            receive(at(), merchant, 2)
            for work in (pushing.push, polling.poll_connection, polling.reconcile_connection, connecting.look_after,
                         notifying.run):
                work(at(), merchant.connection(connection))  # type: ignore[operator]
            clock.sleep(20)
    kinds = {what.split("/")[0] for _, what in line.calls}
    assert {"POST products", "GET orders", "GET products", "GET webhooks", "PUT orders"} <= kinds
    assert len(line.calls) > 30
    assert line.breaches(rate) == []


def test_the_proof_sees_a_breach() -> None:
    clock = VirtualClock(NOON)
    line = Line(clock)
    line.calls = [(NOON, "GET orders")] * 11
    assert line.breaches(Decimal(5)) == [NOON]


def test_stock_goes_before_polls(merchant: Merchant, new_ctx: Callable[..., Context]) -> None:
    clock = VirtualClock(NOON)
    rate = Decimal(5)

    def ask(urgent: bool) -> float:
        began = clock.now()
        ctx = replace(new_ctx(), clock=clock, deadline=clock.monotonic() + 300)
        pace.admit(ctx, "con_1", rate, urgent)
        return (clock.now() - began).total_seconds()

    assert [ask(urgent=False) for _ in range(5)] == [0] * 5, "a poll at rest starts at once"
    assert ask(urgent=False) > 0, "half of the burst is not for polls"
    assert [ask(urgent=True) for _ in range(5)] == [0] * 5, "and stock takes it without waiting"
    assert ask(urgent=True) > 0
    for _ in range(40):
        ask(urgent=False)
    assert ask(urgent=True) == 0, "however much is polled, stock never waits for it"


def test_who_would_wait_too_long_is_sent_away_without_having_taken_anything(new_ctx: Callable[..., Context]) -> None:
    clock = VirtualClock(NOON)
    ctx = replace(new_ctx(), clock=clock, deadline=clock.monotonic() + 10)
    pace.admit(ctx, "con_1", Decimal("0.1"), True)
    for _ in range(3):
        with pytest.raises(OverBudget):
            pace.admit(ctx, "con_1", Decimal("0.1"), True)
    assert clock.now() == NOON
    clock.sleep(10)
    pace.admit(replace(ctx, deadline=clock.monotonic() + 10), "con_1", Decimal("0.1"), True)


def test_a_spent_budget_of_ours_is_no_failure_of_the_shop(merchant: Merchant) -> None:
    connection = connected(merchant, Decimal("0.1"))
    late = replace(merchant.ctx(), deadline=merchant.clock.monotonic() + 10)
    pace.admit(replace(late, deadline=late.deadline + 600), connection.id, Decimal("0.1"), True)
    before = merchant.connection(connection)
    with pytest.raises(LimitExceeded) as told:
        connecting.test(late, before)
    assert told.value.code == "shop_budget" and told.value.retry_after_seconds
    assert connecting.look_after(late, replace(before, missing=(ShopFinding(code="taxes", message=""),))).state == "active"
    connecting.remove(late, before)
    connecting.clear(late, before.id)
    (left,) = leaving.farewells(merchant.ctx())
    assert left.attempts == 0 and left.next_at > merchant.clock.now(), "it is only a minute later"


def test_work_that_nobody_waits_for_waits_for_its_turn(merchant: Merchant) -> None:
    connection = connected(merchant, Decimal(1))
    clock = VirtualClock(merchant.ctx().now + timedelta(minutes=5))
    ctx = replace(merchant.ctx(), clock=clock, deadline=float("inf"))
    began = clock.now()
    for _ in range(12):
        import_products(replace(ctx, command=merchant.ctx().command), merchant.connection(connection))
    assert clock.now() - began >= timedelta(seconds=10), "paced, and none refused"


def test_an_import_waits_for_its_budget_by_message_and_goes_on_where_it_was(merchant: Merchant) -> None:
    """A spent budget holds no worker: the job names the instant it goes on at, and a delayed message carries it on."""
    connection = connected(merchant, Decimal("0.1"))
    clock = VirtualClock(merchant.ctx().now + timedelta(minutes=5))
    ctx = replace(merchant.ctx(), clock=clock, deadline=clock.monotonic() + 60)
    single.put(ctx, Item(pace.key(ctx, connection.id), "budget", ctx.tenant_id, codec.store(
        Budget(paid_at=clock.now() + timedelta(seconds=90)))))
    job = bindings.start_import(ctx, merchant.connection(connection))
    carry_on(ctx, job.id, 1, bindings.work_import)
    waiting = read.get(ctx, JOB, job.id)
    assert (waiting.state, waiting.run, waiting.done) == ("running", 2, 0)
    assert waiting.resume_at is not None and 80 < (waiting.resume_at - clock.now()).total_seconds() < 100
    told = [e for e in outbox_between(merchant.ctx(), merchant.began, merchant.ctx().now + timedelta(hours=1))
            if e.type == "JobContinued"]
    assert [(e.data["run"], 80 < int(e.data["delay_seconds"]) < 100) for e in told] == [(2, True)]
    look_after(frozenset({bindings.KIND}))(replace(ctx, now=clock.now() + timedelta(minutes=5)))
    assert read.get(ctx, JOB, job.id).run == 2, "who waits is not lost"
    clock.sleep(100)
    carry_on(replace(ctx, deadline=clock.monotonic() + 60), job.id, 2, bindings.work_import)
    over = read.get(ctx, JOB, job.id)
    assert (over.state, over.done, over.waiting_since, over.counts["unchanged"]) == ("done", 2, None, 2)


def test_a_shop_that_refuses_ends_its_import_and_one_in_trouble_is_asked_again_ever_later() -> None:
    waits = [bindings.delay_after(Unavailable("down"), timedelta(seconds=waited)) for waited in (0, 40, 5000)]
    assert waits == [15, 40, 600]
    assert bindings.delay_after(RateLimited("slow", retry_after_seconds=7.2), timedelta(0)) == 8
    assert bindings.in_all(50, 10, 100, 0) == 500 and bindings.in_all(50, 10, None, 70) == 70
    assert bindings.in_all(0, 0, 100, 0) == 0


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=60), st.sampled_from(["0.1", "0.7", "1", "5", "50"]))
def test_no_span_of_any_arrivals_holds_more_than_rate_and_burst(gaps: list[int], text: str) -> None:
    rate, budget, now = Decimal(text), Budget(), NOON
    passed: list[datetime] = []
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        budget, wait = pace.granted(budget, rate, now)
        passed.append(now + wait)
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            span = passed[last] - passed[first]
            assert last - first + 1 <= pace.burst(rate) + span / pace.interval(rate) + 1e-6


def test_two_who_ask_at_once_are_both_counted(new_ctx: Callable[..., Context]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ctx = new_ctx()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: pace.admit(new_ctx(), "con_both", Decimal(50), True), range(24)))
    stored = shops.read.item(ctx, pace.key(ctx, "con_both"))
    assert stored is not None and stored.version == 24

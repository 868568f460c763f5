"""Random histories of orders: told twice, late, in any order or not at all until the end; made again, it is the same.

The product's own code runs on the simulated table. Whatever was told, the roll-ups kept after every event was heard at least
once are those of the documents, cell by cell, in every dimension; the planted bugs are found.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.events import jobs
from chalicelib.kernel.errors import DomainError
from chalicelib.kernel.event import Event
from chalicelib.reporting import cells, rebuilding, rolling
from chalicelib.reporting.model import CONTRIBUTION
from chalicelib.runtime.worker import event_context
from chalicelib.sales import service as sales
from chalicelib.sales.commands import AmendLine, AmendOrder, CancelOrder, RefundOrder, ShipOrder
from chalicelib.sales.model import ORDER, LineQuantity, NewCharge, NewLine, Order, PlaceOrder
from chalicelib.storage import read
from tests.reporting.books import TOLD
from tests.torture.faults import CALM
from tests.torture.merchant import Merchant
from tests.torture.world import World

D = Decimal
SKUS = ("A", "B", "C", "D")
Cells = dict[str, dict[str, Decimal]]


class History:
    """A merchant with four articles in two warehouses, and what was done so far."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance, self.merchant = world, random.Random(seed), Merchant(world)
        self.merchant.become_tenant()
        shop = self.merchant.shop
        houses = [shop.warehouse("PARIS"), shop.warehouse("LYON", 1)]
        shop.article(*SKUS)
        for sku in SKUS:
            for n, house in enumerate(houses):
                shop.receive(house, sku, "40", f"{2 + n}.37")
        self.orders: list[str] = []
        self.said = 0

    def act(self) -> None:
        """One command of a random kind, some hours after the one before; what is refused is refused."""
        self.world.time += self.chance.random() * 40_000
        turn, ctx = self.chance.random(), self.merchant.context()
        if turn < 0.4 or not self.orders:
            self.orders.append(sales.place_order(ctx, self._new()).id)
            return
        order = read.get(ctx, ORDER, self.chance.choice(self.orders))
        work = self.chance.choice((self._ship, self._ship, self._cancel, self._refund, self._amend))
        try:
            work(order)
        except DomainError:
            return

    def _new(self) -> PlaceOrder:
        lines = tuple(NewLine(sku=sku, quantity=D(self.chance.randint(1, 7)), unit_price=D(self.chance.randint(1, 9999)) / 100)
                      for sku in self.chance.sample(SKUS, self.chance.randint(1, 4)))
        shop = self.chance.choice(("", "con_1", "con_2"))
        external_id = f"x{len(self.orders)}" if shop else ""
        return PlaceOrder(lines=lines, shortage="backorder", channel_id=shop, external_id=external_id,
                          charges=self.chance.choice(((), (NewCharge(amount=D("4.90")),))),
                          currency=self.chance.choice(("EUR", "EUR", "CHF")), allowance=self.chance.choice((D(0), D("0.03"))))

    def _some(self, order: Order) -> tuple[LineQuantity, ...]:
        line = self.chance.choice(order.lines)
        most = int(line.open_quantity)
        return (LineQuantity(line_id=line.id, quantity=D(self.chance.randint(1, most))),) if most else ()

    def _ship(self, order: Order) -> None:
        sales.ship(self.merchant.context(), order, ShipOrder(lines=self._some(order)))

    def _cancel(self, order: Order) -> None:
        lines = self._some(order) if self.chance.random() < 0.6 else ()
        sales.cancel(self.merchant.context(), order, CancelOrder(lines=lines))

    def _refund(self, order: Order) -> None:
        sales.refund(self.merchant.context(), order, RefundOrder(amount=D("0.50")))

    def _amend(self, order: Order) -> None:
        lines = tuple(AmendLine(line_id=line.id, quantity=line.quantity + 1) for line in order.lines)
        sales.amend(self.merchant.context(), order, AmendOrder(lines=lines, shortage="backorder"))

    def events(self) -> list[Event]:
        from chalicelib.events.outbox import events_of

        found = [event for item in self.merchant.items("OUTBOX#")
                 for event in events_of(self.merchant.tenant_id, item.key.sk, item.data)]
        return [event for event in sorted(found, key=lambda event: event.id) if event.type in TOLD]

    def tell(self, events: list[Event]) -> None:
        for event in events:
            ctx = event_context(event, "reporting", 60)
            rolling.record(replace(ctx, clock=self.merchant.context().clock), event)

    def kept(self, generation: int) -> Cells:
        """Every cell of a generation with its numbers, its shards added up; zeros are as good as nothing."""
        found: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(D))
        for kind in ("ROLLUP_DAY", "ROLLUP_MONTH"):
            for wire in self.merchant.wires(f"{kind}#{generation}#"):
                place = f"{wire['pk']['S'].split('#', 4)[4]} {wire['sk']['S'].rpartition('#')[0]} {kind}"
                for name, value in wire.items():
                    if "N" in value:
                        found[place][name] += D(value["N"])
        return {place: solid for place, numbers in found.items() if (solid := {n: v for n, v in numbers.items() if v})}

    def rebuild(self) -> Mapping[str, int]:
        ctx = self.merchant.context()
        job = rebuilding.start(ctx)
        run = job.run
        while True:
            hold = jobs.take_up(self.merchant.context(), job.id, run)
            assert hold is not None
            rebuilding.work(hold)
            run = hold.job.run
            if hold.job.state == "done":
                return hold.job.counts


def live(seed: int, commands: int = 45) -> tuple[Cells, Cells, Mapping[str, int]]:
    """A random history, told badly while it happens; the cells kept, those made again, and what the rebuild counted."""
    with World(seed, CALM) as world:
        history = History(world, seed)
        chance = random.Random(f"telling {seed}")
        waiting: list[Event] = []
        for _ in range(commands):
            history.act()
            events = history.events()
            waiting += events[history.said :]
            history.said = len(events)
            chance.shuffle(waiting)
            now = [event for event in waiting if chance.random() < 0.4]
            waiting = [event for event in waiting if event not in now or chance.random() < 0.3]
            history.tell(now)
        history.tell(waiting)
        kept = history.kept(1)
        counts = history.rebuild()
        return kept, history.kept(2), counts


@pytest.mark.parametrize("seed", range(4))
def test_made_again_is_what_was_kept(seed: int) -> None:
    kept, again, counts = live(seed)
    assert len(kept) > 60 and counts["documents"] > 5
    assert kept == again
    assert counts["differences"] == 0


@contextmanager
def _added_not_replaced() -> Iterator[None]:
    """A document's new contribution is added to the former one."""
    changes = cells.changes
    with patch.object(cells, "changes", lambda before, after: changes(None, after)):
        yield


@contextmanager
def _as_the_event_found_it() -> Iterator[None]:
    """Whoever comes last wins, whatever version of the document it has read: its number is not compared."""
    find = read.find

    def careless(ctx: Any, document: Any, document_id: str) -> Any:
        found = find(ctx, document, document_id)
        if document is CONTRIBUTION and found is not None:
            return replace(found, source_version=0, cells=())
        return found

    with patch.object(rolling.read, "find", careless):
        yield


@pytest.mark.parametrize("bug", [_added_not_replaced, _as_the_event_found_it])
def test_a_planted_bug_is_found(bug: Any) -> None:
    """What a bug leaves is not what the documents say."""
    with World(1, CALM) as world:
        history = History(world, 1)
        with bug():
            for _ in range(30):
                history.act()
                events = history.events()
                history.tell(events[history.said :])
                history.said = len(events)
        kept = history.kept(1)
        assert history.rebuild()["differences"] > 0
        assert kept != history.kept(2)

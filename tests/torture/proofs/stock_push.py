"""Stock out to the shops: after the storm every shop shows the truth, with few calls and never more than it bears.

Many people receive and correct stock for half an hour, a few SKUs most of all (Zipf), while calls fail and workers are
killed. One shop is down for six hours, one answers 429 for ten minutes, one loses its temper with 500s. Afterwards, with
nothing but what queues and the schedule of retries do, each shop shows what is available of every SKU that changed. `size`
is changes. A pair of shop and SKU becomes dirty when the first change is noted that the shop was not told of; it may be told
once for that, so many changes of a busy SKU cost one place in one call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.channels import desired, pace, pushing, shops
from chalicelib.channels.model import CONNECTION, Connection
from chalicelib.kernel.errors import DomainError
from chalicelib.stock import levels
from chalicelib.stock import service as stock
from chalicelib.stock.model import AdjustmentLine, NewAdjustment
from chalicelib.storage.transaction import Refused, Transaction
from connectors.contract import Capabilities
from tests.torture.faults import CALM, STORMY, Faults
from tests.torture.merchant import GaveUp, Merchant
from tests.torture.pipeline import Pipeline
from tests.torture.proof import Proof, Result, Variant
from tests.torture.shops import SimulatedShop
from tests.torture.world import World

D = Decimal
WRITERS = 6
LARGE = 10_000
"""From this many changes on ten shops with 1,000 SKUs, else four with 60."""

CHANGING_SECONDS, OUTAGE_SECONDS = 1_800.0, 6 * 3_600.0
QUIET_SECONDS = 2_400.0


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` changes, the outage, and quiet."""
    shop_count, sku_count = (10, 1_000) if size >= LARGE else (4, 60)
    with World(seed, faults) as world:
        merchant, dirty = Merchant(world), DirtyPairs(world)
        merchant.become_tenant()
        house = merchant.shop.warehouse("ANNECY")
        skus = [f"SKU-{n:04d}" for n in range(sku_count)]
        merchant.shop.article(*skus)
        for sku in skus:
            merchant.shop.receive(house, sku, "50")
        sold_by = [SimulatedShop(world, f"shop{n}", dict.fromkeys(skus, 1)) for n in range(shop_count)]
        connections = [_slowly(merchant, merchant.connect(shop)) for shop in sold_by]
        pipeline = Pipeline(world, only=("channels",))
        before = [_stock_calls(shop) for shop in sold_by]
        first = [dict(shop.tally.by_second) for shop in sold_by]
        for n in range(WRITERS):
            world.spawn(f"writer {n}", lambda n=n: _change(merchant, house.id, skus, n, size // WRITERS))  # type: ignore[misc]
        for delay, shop, mode in ((60.0, sold_by[0], "down"), (60.0 + OUTAGE_SECONDS, sold_by[0], "ok"),
                                  (300.0, sold_by[1], "429"), (900.0, sold_by[1], "ok"),
                                  (600.0, sold_by[2], "500"), (1_200.0, sold_by[2], "ok")):
            world.spawn(f"{shop.slug} {mode}", lambda s=shop, m=mode: s.fail(m), delay=delay)  # type: ignore[misc]
        pipeline.start_schedules(60.0 + OUTAGE_SECONDS + QUIET_SECONDS, "channels_retry")
        world.run(seconds=60.0 + OUTAGE_SECONDS)
        world.faults = CALM
        pipeline.redrive()
        world.run()
        result = Result()
        moves = Counter(item.key.pk.rpartition("#")[2] for item in merchant.items("MOVES#"))
        _check(merchant, sold_by, connections, [sku for sku in skus if moves[sku] > 1], result)
        calls = sum(_stock_calls(shop) - had for shop, had in zip(sold_by, before, strict=True))
        pairs = sum(shop.tally.pairs for shop in sold_by)
        result.check("calls within dirty pairs", calls <= dirty.count * 1.05, f"{calls} calls, {dirty.count} pairs")
        result.check("each dirty pair is told once", pairs <= dirty.count * 1.05, f"{pairs} told, {dirty.count} pairs")
        for shop, connection, had in zip(sold_by, connections, first, strict=True):
            _check_quota(shop, connection, had, result)
        result.facts = {"stock calls": calls, "told": pairs, "dirty pairs": dirty.count, "changes × shops": size * shop_count,
                        "refused": sum(s.tally.refused for s in sold_by)}
        return result.close(world)


class DirtyPairs:
    """How often a pair of shop and SKU went from clean to dirty: a note where there was none."""

    def __init__(self, world: World) -> None:
        self.count = 0
        self._notes: Counter[tuple[str, str]] = Counter()
        told = world.cloud.table._on_change

        def changed(old: Any, new: Any) -> None:
            wire = new or old
            if "#DIRTY#" in wire["pk"]["S"] and (old is None or new is None):
                pair = (wire["pk"]["S"], wire["sk"]["S"].partition("#")[0])
                self.count += new is not None and not self._notes[pair]
                self._notes[pair] += 1 if old is None else -1
            told(old, new)

        world.cloud.table._on_change = changed


def _slowly(merchant: Merchant, connection: Connection) -> Connection:
    """The connection to a shop that bears one call a second."""
    found = shops.get(merchant.context(), connection.id)
    transaction = Transaction(merchant.context())
    saved = transaction.save(CONNECTION, found, replace(found, requests_per_second=D(1)))
    transaction.commit()
    return saved


def _change(merchant: Merchant, house_id: str, skus: list[str], writer: int, changes: int) -> None:
    world = merchant.world
    skewed = [1 / (rank + 1) for rank in range(len(skus))]
    for n in range(changes):
        world.sleep(world.chance.random() * 2 * CHANGING_SECONDS / max(changes, 1))
        line = AdjustmentLine(sku=world.chance.choices(skus, skewed)[0], quantity=D(world.chance.choice((-3, -2, -1, 1, 2, 4))))
        body = NewAdjustment(warehouse_id=house_id, reason="count", lines=(line,))
        try:
            merchant.insist(f"w{writer}-{n}", lambda ctx, b=body: stock.adjust(ctx, b))  # type: ignore[misc]
        except (GaveUp, DomainError, Refused):
            continue


def _stock_calls(shop: SimulatedShop) -> int:
    return sum(count for path, count in shop.tally.by_path.items() if not path.startswith("GET"))


def _check(merchant: Merchant, sold_by: list[SimulatedShop], connections: list[Connection], skus: list[str],
           result: Result) -> None:
    truth = levels.available_for(merchant.context(), skus)
    for shop, connection in zip(sold_by, connections, strict=True):
        for sku in skus:
            result.check("shops show the truth", shop.shown(sku) == max(int(truth[sku]), 0),
                         f"{shop.slug} {sku}: {shop.shown(sku)}, available {truth[sku]}")
        left = pushing.waiting_notes(merchant.context(), connection.id)
        result.check("nothing waits", not left, f"{shop.slug}: {len(left)}")


def _check_quota(shop: SimulatedShop, connection: Connection, before: dict[int, int], result: Result) -> None:
    """In no span of up to a minute did a shop get more than its rate and one burst; a call's way takes a moment."""
    rate = shops.rate_per_second(connection)
    seconds = {second: count - before.get(second, 0) for second, count in shop.tally.by_second.items()}
    for start in sorted(seconds):
        for span in (1, 5, 60):
            calls = sum(seconds.get(start + n, 0) for n in range(span))
            result.check("no quota breached", calls <= rate * (span + 1) + pace.burst(rate),
                         f"{shop.slug}: {calls} calls in {span} s from {start}")


# -- planted bugs --------------------------------------------------------------------------------------------------------


@contextmanager
def _nobody_tries_again() -> Iterator[None]:
    """What could not be pushed is forgotten."""
    from chalicelib.channels import polling

    with patch.object(polling, "_retry_connection", lambda ctx, connection: None):
        yield


@contextmanager
def _without_budget() -> Iterator[None]:
    """Nobody counts calls, and each SKU has a call of its own."""
    batches = pushing.batches

    def single(rows: Any, able: Capabilities, rate: Decimal) -> Any:
        return batches(rows, replace(able, batch_size=1), rate)

    with patch.object(pace, "admit", lambda *_, **__: None), patch.object(pushing, "batches", single):
        yield


@contextmanager
def _taken_as_pushed() -> Iterator[None]:
    """What is wanted is taken for shown as soon as it is wanted."""
    with patch.object(desired, "needs_push", lambda row: False):
        yield


PROOF = Proof(
    "stock_push", run, ci=(1_200, 1), long=(100_000, 1), unit="changes", faults=STORMY.but(skew_seconds=0.0), variant_size=120,
    variants={
        "nobody tries again": Variant(_nobody_tries_again), "without a budget": Variant(_without_budget),
        "taken for pushed": Variant(_taken_as_pushed),
    })

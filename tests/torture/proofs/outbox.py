"""What committed is told, to every subscriber, and nothing else is: stream, relay, queues and sweep under the storm.

Sixteen writers place, cancel and ship orders and receive goods while every queue is worked on. Some stream batches are
given up. First everything that the stream kept must have arrived, then, after a sweep, everything. At the end what the
consumers keep (list rows of stock, the days' roll-ups, timelines) is what the documents say, however often they were told.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.events import relay, sweep
from chalicelib.events.outbox import events_of
from chalicelib.events.routing import queues_for
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import DomainError
from chalicelib.kernel.event import Event
from chalicelib.reporting import cells, rolling
from chalicelib.reporting.facts import order_facts
from chalicelib.reporting.model import CONTRIBUTION
from chalicelib.sales import service as sales
from chalicelib.sales.commands import CancelOrder, ShipOrder
from chalicelib.sales.model import ORDER, NewLine, Order, PlaceOrder
from chalicelib.stock import service as stock
from chalicelib.stock.model import STOCK_LEVEL, NewReceipt, ReceiptLine, Warehouse
from chalicelib.storage import client, keys, read
from chalicelib.storage.transaction import Refused, Transaction
from tests.torture.faults import CALM, STORMY, Faults
from tests.torture.merchant import GaveUp, Merchant, papers_not_drawn
from tests.torture.pipeline import Pipeline
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import World

D = Decimal
WRITERS, SKUS = 16, 8


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` commands."""
    with World(seed, faults) as world, papers_not_drawn():
        pipeline, merchant = Pipeline(world), Merchant(world)
        merchant.become_tenant()
        house = merchant.shop.warehouse("PARIS")
        skus = [f"SKU-{n}" for n in range(SKUS)]
        merchant.shop.article(*skus)
        for n in range(WRITERS):
            world.spawn(f"writer {n}", lambda n=n: _write(merchant, house, skus, n, size // WRITERS))  # type: ignore[misc]
        world.run()
        result = Result(facts={"given up by the stream": len(pipeline.lost), "dead letters": sum(
            pipeline.dead_letters().values())})
        world.faults = CALM
        pipeline.redrive()
        world.run()
        given_up = {record["dynamodb"]["NewImage"]["sk"]["S"] for record in pipeline.lost}
        _check_told(merchant, pipeline, result, "told without a sweep", given_up)
        pipeline.sweep(merchant.tenant_id, hours=1 + world.time / 3600)
        world.run()
        _check_told(merchant, pipeline, result, "told in the end", frozenset())
        _check_facts(merchant, result)
        _check_kept(merchant, result)
        return result.close(world)


def _write(merchant: Merchant, house: Warehouse, skus: list[str], writer: int, commands: int) -> None:
    world, orders = merchant.world, list[str]()
    for n in range(commands):
        world.sleep(world.chance.random() * 2)
        command, turn = f"w{writer}-{n}", world.chance.random()
        try:
            if turn < 0.25 or n == 0:
                receipt = NewReceipt(warehouse_id=house.id, lines=(
                    ReceiptLine(sku=world.chance.choice(skus), quantity=D(6), unit_cost=D("3.20")),))
                merchant.insist(command, lambda ctx, body=receipt: stock.receive(ctx, body))  # type: ignore[misc]
            elif turn < 0.8 or not orders:
                body = PlaceOrder(lines=tuple(NewLine(sku=sku, quantity=D(1), unit_price=D("10.05"))
                                              for sku in world.chance.sample(skus, 2)))
                made = merchant.insist(command, lambda ctx, body=body: sales.place_order(ctx, body))  # type: ignore[misc]
                if isinstance(made, Order):
                    orders.append(made.id)
            else:
                order_id = world.chance.choice(orders)
                merchant.insist(command, _action(world.chance.choice(("ship", "cancel")), order_id))
        except (DomainError, Refused, GaveUp):
            continue


def _action(verb: str, order_id: str) -> Any:
    def work(ctx: Context) -> Order:
        order = read.get(ctx, ORDER, order_id)
        return sales.ship(ctx, order, ShipOrder()) if verb == "ship" else sales.cancel(ctx, order, CancelOrder())

    return work


# -- invariants ----------------------------------------------------------------------------------------------------------


def _committed(merchant: Merchant) -> dict[str, Event]:
    """Every event that stands in the outbox, by its id."""
    return {event.id: event for item in merchant.items("OUTBOX#") for event in events_of(
        merchant.tenant_id, item.key.sk, item.data)}


def _check_told(merchant: Merchant, pipeline: Pipeline, result: Result, name: str, given_up: Any) -> None:
    """Each committed event was handled by each of its queues; whatever was handled is committed."""
    committed = _committed(merchant)
    handled = {queue: {json.loads(body)["id"] for body in bodies} for queue, bodies in pipeline.handled.items()}
    for event in committed.values():
        if event.id.partition(".")[0] in given_up:
            continue
        for queue in queues_for(event.type):
            result.check(name, event.id in handled[queue], f"{event.type} {event.id} to {queue}")
    for queue, ids in handled.items():
        result.check("only what committed is told", ids <= committed.keys(), f"{queue}: {sorted(ids - committed.keys())[:3]}")


def _check_facts(merchant: Merchant, result: Result) -> None:
    """Every order that is there was told of, once; so was every change of stock."""
    told: Counter[tuple[str, str]] = Counter((event.type, event.entity_id) for event in _committed(merchant).values())
    for order in merchant.documents(ORDER):
        result.check("no fact without its event", told[("OrderPlaced", order.id)] == 1, f"{order.id} placed")
        if order.state == "cancelled":
            result.check("no fact without its event", told[("OrderCancelled", order.id)] == 1, f"{order.id} cancelled")


def _check_kept(merchant: Merchant, result: Result) -> None:
    """What consumers keep is what the documents say."""
    truth: defaultdict[str, Decimal] = defaultdict(D)
    for wire in merchant.wires("STOCK#"):
        if wire["sk"]["S"].startswith("BALANCE#"):
            truth[wire["pk"]["S"].split("#")[3]] += merchant.numbers(wire, "available")[0]
    shown = {level.sku: level.available for level in merchant.documents(STOCK_LEVEL)}
    for sku, available in truth.items():
        result.check("list rows follow the balances", shown.get(sku) == available, f"{sku}: {shown.get(sku)}, is {available}")
    rolled, expected = _rolled(merchant), _expected(merchant)
    for place in rolled.keys() | expected.keys():
        result.check("roll-ups are the documents", rolled.get(place) == expected.get(place),
                     f"{place}: {rolled.get(place)}, is {expected.get(place)}")
    lines = Counter(item.key.sk.rpartition("#")[2] for item in merchant.items("TIMELINE#"))
    expected_lines = {event.id for event in _committed(merchant).values() if "activity" in queues_for(event.type)}
    result.check("timelines tell each event", lines.keys() == expected_lines, len(lines.keys() ^ expected_lines))


def _rolled(merchant: Merchant) -> dict[str, dict[str, Decimal]]:
    """The days' roll-ups of every dimension, zeros left out."""
    found: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(D))
    for wire in merchant.wires("ROLLUP_DAY#1#"):
        dimension, (member, day, *_) = wire["pk"]["S"].split("#")[4], wire["sk"]["S"].split("#")
        for name, value in wire.items():
            if "N" in value:
                found[f"{dimension} {member} {day}"][name] += D(value["N"])
    return {place: solid for place, numbers in found.items() if (solid := {n: v for n, v in numbers.items() if v})}


def _expected(merchant: Merchant) -> dict[str, dict[str, Decimal]]:
    """What the orders as they stand add up to."""
    found: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(D))
    for order in merchant.documents(ORDER):
        for cell in cells.cells_of(order_facts(order, ZoneInfo("Europe/Paris"))):
            for name, number in cell.numbers.items():
                found[f"{cell.dimension} {cell.member} {cell.day}"][name] += number
    return {place: dict(numbers) for place, numbers in found.items()}


# -- planted bugs --------------------------------------------------------------------------------------------------------


@contextmanager
def _event_after_commit() -> Iterator[None]:
    """The events are written after the transaction, not in it."""
    commit, told = Transaction.commit, Transaction._told

    def late(tx: Transaction) -> None:
        kept: list[Any] = []

        def without_events() -> list[Any]:
            actions = told(tx)
            kept.extend(each for each in actions if each.wire["Put"]["Item"]["kind"]["S"] == "Event")
            return [each for each in actions if each not in kept]

        with patch.object(tx, "_told", without_events):
            commit(tx)
        for action in kept:
            client.call(tx.ctx, "PutItem", action.wire["Put"])

    with patch.object(Transaction, "commit", late):
        yield


@contextmanager
def _told_before_commit() -> Iterator[None]:
    """The queues are told before the transaction commits."""
    commit = Transaction.commit

    def early(tx: Transaction) -> None:
        event_id = tx.ctx.new_id("evt")
        with suppress(ClientError, BotoCoreError):
            relay.publish(Event(f"{event_id}.{n}", e["type"], tx.ctx.tenant_id, tx.ctx.now, e["kind"], e["entity_id"],
                                e["version"], tx.ctx.actor, tx.ctx.request_id, e.get("data", {}))
                          for n, e in enumerate(tx._events))
        commit(tx)

    with patch.object(Transaction, "commit", early):
        yield


@contextmanager
def _failures_forgotten() -> Iterator[None]:
    """The relay takes what a queue refused as sent."""
    send = relay.send
    with patch.object(relay, "send", lambda queue, bodies: (send(queue, bodies), set())[1]):
        yield


@contextmanager
def _sweep_skips_a_shard() -> Iterator[None]:
    """The sweep forgets one of the eight places of the outbox."""
    collection = read.collection

    def careless(ctx: Context, partition: str, **options: Any) -> Any:
        return ([], None) if partition.startswith("OUTBOX#3#") else collection(ctx, partition, **options)

    with patch.object(sweep.read, "collection", careless):
        yield


@contextmanager
def _consumer_counts_again() -> Iterator[None]:
    """A consumer counts a document each time it is told of it."""
    find = read.find

    def forgetful(ctx: Context, document: Any, document_id: str) -> Any:
        found = find(ctx, document, document_id)
        return replace(found, source_version=0, cells=()) if document is CONTRIBUTION and found is not None else found

    def command(ctx: Context, *rest: Any) -> Any:
        return marker(ctx, f"{rest[0]}:{ctx.chance.token(8).hex()}" if rest[0].startswith("reporting:") else rest[0])

    marker = keys.marker
    with patch.object(rolling.read, "find", forgetful), patch.object(keys, "marker", command):
        yield


PROOF = Proof(
    "outbox", run, ci=(480, 3), long=(5_000, 50), unit="commands", faults=STORMY.but(stream_loss=0.05), variant_size=320,
    variants={
        "event written after the commit": Variant(_event_after_commit), "told before the commit": Variant(_told_before_commit),
        "refused messages forgotten": Variant(_failures_forgotten), "sweep skips a shard": Variant(_sweep_skips_a_shard),
        "consumer counts again": Variant(_consumer_counts_again),
    })

"""A storm of webhooks: told one to three times, shuffled, updates before their order, cancellations before it, with kills.

Two shops sell and change their orders over an hour or more: paid, sent, cancelled, refunded, binned, deleted. What a
webhook would say is taken at each change, as the shop's own code writes and signs it, and sent later: in any order, each
until it is acknowledged once, some of them again, and three in a hundred never (the poll must find those). Afterwards
every order here must be what its shop says, once, with one reservation. `size` is deliveries, repeats not counted.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.channels import import_orders, importing, ingress
from chalicelib.channels.model import DELIVERY, Connection, Delivery, delivery_id_of
from chalicelib.sales import channel_updates, placing
from chalicelib.sales.fulfilment import reservations_of
from chalicelib.sales.model import ORDER, Order
from chalicelib.storage import read
from infra.local.shops.woocommerce import orders as shop_orders
from tests.torture.faults import CALM, STORMY, Faults
from tests.torture.merchant import Merchant
from tests.torture.pipeline import Pipeline
from tests.torture.proof import Proof, Result, Variant
from tests.torture.proofs.reservations import check_books
from tests.torture.shops import SimulatedShop
from tests.torture.world import World

D = Decimal
SKUS = tuple(f"SKU-{n}" for n in range(8))
STORIES: tuple[tuple[tuple[str, ...], int], ...] = (
    (("processing",), 6), (("pending", "processing"), 4), (("pending", "cancelled"), 3), (("processing", "cancelled"), 4),
    (("processing", "completed"), 4), (("pending", "processing", "completed"), 2), (("pending", "failed"), 1),
    (("processing", "part refund"), 2), (("processing", "completed", "part refund"), 1), (("processing", "refunded"), 1),
    (("processing", "completed", "refunded"), 1),
    (("processing", "binned"), 1), (("processing", "deleted"), 2), (("on-hold", "processing", "cancelled"), 1))
"""What may happen to an order in its shop, and how often."""

ENDS = {"pending": "pending", "on-hold": "pending", "processing": "confirmed", "completed": "shipped",
        "cancelled": "cancelled", "failed": "cancelled", "trash": "cancelled", "refunded": "cancelled"}
"""What that makes of ours. An order that was sent before its money went back stays sent."""

EXPECTED_CRASHES = {"Unavailable", "OutcomeUnknown", "Stale"}
"""With these a handler asks its queue to bring the message again."""

PER_STORY = 2.03
LOST = 0.03
SECONDS_APART = 0.35
LATEST_SECONDS = 300.0


@dataclass(slots=True)
class Storm:
    """What was sent: acknowledged deliveries by id, and orders of which something was never sent or never answered."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    unheard: set[tuple[str, str]] = field(default_factory=set)
    deleted: set[tuple[str, str]] = field(default_factory=set)
    begun: int = 0
    told: int = 0
    copies: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


class _Seller:
    """A shop, what happens in it, and its webhooks."""

    def __init__(self, storm: Storm, world: World, shop: SimulatedShop, connection: Connection) -> None:
        self.storm, self.world, self.shop, self.connection = storm, world, shop, connection
        self.chance = world.chance

    def live(self, story: tuple[str, ...]) -> None:
        """One order from its creation to its end."""
        chosen = self.chance.sample(SKUS, self.chance.choice((1, 1, 2)))
        first, *later = story
        order = self.shop.call("POST", "orders", {
            "payment_method": "bacs", "status": first, "billing": {
                "first_name": "Zoé", "last_name": "Lefèvre", "email": f"client{self.chance.randrange(60)}@example.org",
                "address_1": "3 rue des Alpes", "city": "Annecy", "postcode": "74000", "country": "FR"},
            "line_items": [{"product_id": self.shop.product(sku)["id"], "quantity": self.chance.randint(1, 3)}
                           for sku in chosen]})
        self.tell(order, "order.created")
        for change in later:
            self.world.sleep(self.chance.choice((0.0, 0.4, 2.0, 60.0)))
            self.tell(order, self.change(order, change))

    def change(self, order: Any, change: str) -> str:
        """Does it in the shop; answers the topic that tells of it."""
        path = f"orders/{order['id']}"
        if change == "deleted":
            self.shop.call("DELETE", f"{path}?force=true")
            self.storm.deleted.add((self.connection.id, str(order["id"])))
            return "order.deleted"
        if change == "binned":
            self.shop.call("DELETE", path)
            return "order.deleted"
        if change == "part refund":
            self.shop.call("POST", f"{path}/refunds", {"amount": "1.50", "api_refund": False, "reason": "abîmé"})
        else:
            self.shop.call("PUT", path, {"status": change})
        return "order.updated"

    def tell(self, order: Any, topic: str) -> None:
        """Takes the delivery as it is now and has it sent, later, once to three times."""
        storm, chance = self.storm, self.chance
        address, body, headers = self.shop.delivery_of(order, topic)
        storm.told += 1
        about = (self.connection.id, str(order["id"]))
        if topic != "order.deleted" and chance.random() < LOST:
            storm.unheard.add(about)
            return
        done = [False]
        for copy in range(chance.choice((1, 1, 2, 3))):
            storm.copies += 1
            self.world.spawn(f"{topic} {order['id']}", lambda n=copy: self.send(  # type: ignore[misc]
                n, done, about, (address, body, dict(headers))), delay=chance.random() ** 4 * LATEST_SECONDS)

    def send(self, copy: int, done: list[bool], about: tuple[str, str], sent: tuple[str, bytes, dict[str, str]]) -> None:
        """One copy; the first is sent until some copy was acknowledged."""
        address, body, headers = sent
        lower = {name.lower(): value for name, value in headers.items()}
        for attempt in range(12):
            status = self.shop.post(address, body, headers)
            self.storm.outcomes[str(status)] += 1
            if 200 <= status < 300:
                done[0] = True
                key = delivery_id_of(about[0], lower["x-wc-webhook-topic"], lower["x-wc-webhook-delivery-id"],
                                     hashlib.sha256(body).hexdigest())
                self.storm.acknowledged[key] = about[1]
                return
            if copy or done[0]:
                return
            self.world.sleep(2.0 ** min(attempt, 5))
        self.storm.unheard.add(about)


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` deliveries of two shops; then what was heard, then, after polls, everything."""
    counter = itertools.count()
    with World(seed, faults) as world, patch.object(shop_orders.secrets, "token_hex", lambda n: f"{next(counter):0{2 * n}x}"):
        merchant, storm = Merchant(world), Storm()
        sellers = _open(merchant, storm, size)
        pipeline = Pipeline(world, only=("channels",))
        stories = round(size / PER_STORY)
        choices, weights = zip(*STORIES, strict=True)
        for n in range(stories):
            story, seller = world.chance.choices(choices, weights)[0], sellers[n % 2]
            world.spawn(f"order {n}", lambda c=seller, s=story: c.live(s),  # type: ignore[misc]
                        delay=world.chance.random() * stories * SECONDS_APART)
        world.run()
        world.faults = CALM
        while pipeline.redrive():
            world.run()
        _retry_what_waits(merchant, pipeline)
        result = Result()
        _check_deliveries(merchant, storm, result)
        _check_orders(merchant, storm, sellers, result, all_of_them=False)
        pipeline.start_schedules(400.0, "channels_poll", "channels_retry")
        world.run()
        _check_orders(merchant, storm, sellers, result, all_of_them=True)
        check_books(merchant, result)
        unexpected = [text for text in world.crash_texts if not any(name in text for name in EXPECTED_CRASHES)]
        result.check("no handler crashed", not set(world.crashes) - EXPECTED_CRASHES, (dict(world.crashes), unexpected[:1]))
        result.facts = {"deliveries": storm.told, "sent": storm.copies, "orders": stories, "never heard": len(storm.unheard),
                        "answers": dict(storm.outcomes)}
        return result.close(world)


def _retry_what_waits(merchant: Merchant, pipeline: Pipeline) -> None:
    """Minutes pass, until no delivery waits for its shop any more: clocks that disagree spend the budget of calls early."""
    for _ in range(90):
        deliveries = (read.document_of(DELIVERY, item) for item in merchant.items(f"{DELIVERY.kind.upper()}#"))
        if not any(each.state == "quarantined" and each.problem_code == importing.WAITING for each in deliveries):
            return
        pipeline.start_schedules(60.0, "channels_retry")
        merchant.world.run()


def _open(merchant: Merchant, storm: Storm, size: int) -> list[_Seller]:
    world = merchant.world
    merchant.become_tenant()
    house = merchant.shop.warehouse("ANNECY")
    merchant.shop.article(*SKUS)
    for sku in SKUS:
        merchant.shop.receive(house, sku, str(4 * size + 100))
    sellers = []
    for slug in ("maison", "givree"):
        shop = SimulatedShop(world, slug, dict.fromkeys(SKUS, 10 * size + 100))
        sellers.append(_Seller(storm, world, shop, merchant.connect(shop, push_stock=False)))
    return sellers


# -- invariants ----------------------------------------------------------------------------------------------------------


def _check_deliveries(merchant: Merchant, storm: Storm, result: Result) -> None:
    """Whatever was acknowledged was handled. Only news of an order that its shop has deleted may wait for a person."""
    found: dict[str, Delivery] = {}
    for item in merchant.items(f"{DELIVERY.kind.upper()}#"):
        delivery = read.document_of(DELIVERY, item)
        found[delivery.id] = delivery
    for delivery_id, external_id in storm.acknowledged.items():
        delivery = found.get(delivery_id)
        gone = delivery is not None and delivery.problem_code == "order_gone" and (
            delivery.connection_id, external_id) in storm.deleted
        result.check("no acknowledged delivery lost", delivery is not None and (delivery.state in ("done", "ignored") or gone),
                     f"{delivery_id}: {delivery and (delivery.state, delivery.problem_code, delivery.problem_message)}")


def _check_orders(merchant: Merchant, storm: Storm, sellers: list[_Seller], result: Result, all_of_them: bool) -> None:
    """Our orders are the shops' orders: one each, in their state, with what is open reserved and no more."""
    ours: defaultdict[tuple[str, str], list[Order]] = defaultdict(list)
    for item in merchant.items(f"{ORDER.kind.upper()}#"):
        order = read.document_of(ORDER, item)
        ours[(order.channel_id, order.external_id)].append(order)
    reserved: defaultdict[str, Decimal] = defaultdict(D)
    for order in (each for orders in ours.values() for each in orders):
        reserved[order.id] += sum((held.quantity for held in reservations_of(order)), D(0))
    theirs = {(seller.connection.id, str(order["id"])): (seller.shop, order)
              for seller in sellers for order in seller.shop.core.state.all("order")}
    for about in [*theirs, *sorted(storm.deleted)]:
        if about in storm.unheard and (not all_of_them or about in storm.deleted):
            continue
        result.check("one order each", len(ours[about]) == 1, f"{about}: {len(ours[about])}")
        if len(ours[about]) == 1:
            shop, told = theirs.get(about, (None, None))
            _check_order(ours[about][0], shop, told, reserved, result)
    known = {*theirs, *storm.deleted}
    result.check("no order of nobody", all(about in known for about in ours), list(ours)[:3])


def _check_order(order: Order, shop: SimulatedShop | None, told: Any, reserved: dict[str, Decimal], result: Result) -> None:
    name = f"{order.external_id} ({order.state}, {order.source_version}, {order.attention})"
    status = told["status"] if told else "cancelled"
    end = "shipped" if told and told["date_completed_gmt"] and status == "refunded" else ENDS[status]
    result.check("final state", order.state == end, f"{name}: {status} in the shop")
    wanted = sum((line.quantity for line in order.lines), D(0)) if order.state in ("pending", "confirmed") else D(0)
    result.check("one reservation each", reserved.get(order.id, D(0)) == wanted,
                 f"{name}: {reserved.get(order.id)} reserved, {wanted} open")
    result.check("sent once", len(order.shipments) == (order.state == "shipped"), name)
    if shop is None or told is None or not order.lines:
        return
    quantities = Counter({line["sku"]: line["quantity"] for line in told["line_items"]})
    result.check("what was bought", {line.sku: int(line.quantity) for line in order.lines} == quantities, name)
    if order.state != "cancelled":
        refunds = [each for each in shop.core.state.all("refund") if each["order_id"] == told["id"]]
        result.check("refunded once", sorted((r.external_id, r.amount) for r in order.refunds)
                     == sorted((str(each["id"]), D(each["amount"])) for each in refunds), name)
        result.check("paid as told", order.is_paid == bool(told["date_paid_gmt"]), f"{name}: {told['date_paid_gmt']}")


# -- planted bugs --------------------------------------------------------------------------------------------------------


@contextmanager
def _last_word_wins() -> Iterator[None]:
    """Versions say when the news arrived here, not when the order changed there: late news wins, and a poll passes over
    what is older than the last arrival."""
    arrivals, told_by_the_shop = itertools.count(), import_orders.source_version

    def by_arrival(version: Any) -> str:
        return f"2027-01-01T{next(arrivals):09d}#{version.content_hash}"

    def is_known(order: Any, versions: Any) -> bool:
        return bool(versions.get(order.external_id, "") >= told_by_the_shop(order.source_version))

    with patch.object(import_orders, "source_version", by_arrival), patch.object(importing, "source_version", by_arrival), \
            patch.object(importing, "is_known", is_known):
        yield


@contextmanager
def _new_id_each_time() -> Iterator[None]:
    """Orders get an id of their own instead of the one that follows from shop and number."""
    numbers, derived = itertools.count(), placing.derived_id
    with patch.object(placing, "derived_id", lambda prefix, *parts: derived(prefix, *parts, str(next(numbers)))):
        yield


@contextmanager
def _answered_before_stored() -> Iterator[None]:
    """The shop is thanked whether or not the inbox item could be stored."""
    store = ingress.store

    def careless(*given: Any) -> bool:
        try:
            return store(*given)
        except Exception:
            return True

    with patch.object(ingress, "store", careless):
        yield


@contextmanager
def _no_tombstone() -> Iterator[None]:
    """A cancellation of an order nobody knows yet is forgotten."""
    with patch.object(channel_updates, "_bury", lambda ctx, order_id, update: None):
        yield


@contextmanager
def _settled_first() -> Iterator[None]:
    """The delivery is noted as done before its order was taken."""
    def careless(ctx: Any, connection: Any, delivery: Any, inbox: Any) -> None:
        importing.settle(ctx.step("noted"), delivery, importing.Outcome("placed"))
        importing._guarded(lambda: importing._take(ctx, connection, delivery, inbox))

    with patch.object(importing, "_handle", careless):
        yield


@contextmanager
def _delivery_id_is_enough() -> Iterator[None]:
    """Repeats are told by the shop's delivery id alone, which it gives to all news of one second."""
    def careless(connection_id: str, topic: str, delivery_id: str, body_hash: str) -> str:
        return delivery_id_of(connection_id, "", delivery_id, "")

    with patch.object(ingress, "delivery_id_of", careless):
        yield


PROOF = Proof(
    "webhooks", run, ci=(1_800, 1), long=(100_000, 1), unit="deliveries", faults=STORMY, variant_size=220,
    variants={
        "the last word wins": Variant(_last_word_wins), "a new id each time": Variant(_new_id_each_time),
        "answered before stored": Variant(_answered_before_stored), "no tombstone": Variant(_no_tombstone),
        "settled before taken": Variant(_settled_first), "delivery id alone": Variant(_delivery_id_is_enough),
    })

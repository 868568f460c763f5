"""Never oversold: 32 writers place, cancel and ship orders of the same few SKUs while calls fail, are lost, are killed.

Each writer is a good client: it repeats a command under the same id until it is answered. At the end the books are read
straight from the table: every balance, reservation, move, order and marker.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import NewProduct, NewVariant
from chalicelib.events.outbox import events_of
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError
from chalicelib.sales import service as sales
from chalicelib.sales.commands import CancelOrder, ShipOrder
from chalicelib.sales.fulfilment import reservations_of
from chalicelib.sales.model import ORDER, NewLine, Order, PlaceOrder
from chalicelib.stock import balances
from chalicelib.stock.model import Move, Place, StockShort
from chalicelib.stock.worker import reservations_changed
from chalicelib.storage import read
from chalicelib.storage.keys import Key
from chalicelib.storage.transaction import Refused, Transaction
from tests.torture.faults import STORMY, Faults
from tests.torture.merchant import GaveUp, Merchant
from tests.torture.planted import look_then_write, no_marker
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import World

D = Decimal
WRITERS, SKUS, WEIGHED = 32, 12, 4
REFUSALS = {"stock_short", "wrong_state", "not_reserved", "nothing_to_ship", "nothing_to_cancel", "not_open",
            "reservation_mismatch", "stale_version", "valuation_raced"}


@dataclass(slots=True)
class Seen:
    """What the clients were told: orders acknowledged by attempt, attempts refused, attempts never answered."""

    placed: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` attempts to place an order, and a cancellation or shipment for every fourth."""
    with World(seed, faults) as world:
        merchant = Merchant(world)
        stock = _open(merchant, size)
        seen = Seen()
        for n in range(WRITERS):
            world.spawn(f"writer {n}", lambda n=n: _write(merchant, seen, stock, n, size // WRITERS))  # type: ignore[misc]
        world.run()
        result = Result(facts=dict(seen.outcomes))
        check_books(merchant, result)
        _check_rows(merchant, result)
        _check_acknowledged(merchant, seen, result)
        return result.close(world)


def _open(merchant: Merchant, size: int) -> list[str]:
    """Two warehouses; SKUs by the piece and by weight, with stock for about two thirds of the attempts."""
    first, second = merchant.shop.warehouse("PARIS"), merchant.shop.warehouse("LYON", 1)
    skus = [f"SKU-{n:02d}" for n in range(SKUS)]
    for n, sku in enumerate(skus):
        unit = "KGM" if n < WEIGHED else "H87"
        catalog.create_product(merchant.context(), NewProduct(name=sku, variants=(
            NewVariant(sku=sku, vat_rate=D(20), unit_code=unit),)))
        for house, share in ((first, D("0.9")), (second, D("0.3"))):
            merchant.shop.receive(house, sku, str(max(1, round(size * share / SKUS))))
    return skus


def _write(merchant: Merchant, seen: Seen, skus: list[str], writer: int, attempts: int) -> None:
    world = merchant.world
    for n in range(attempts):
        world.sleep(world.chance.random() * 0.2)
        attempt = f"w{writer}-{n}"
        _place(merchant, seen, skus, attempt)
        if seen.placed and world.chance.random() < 0.25:
            _act(merchant, seen, f"{attempt}-act")


def _place(merchant: Merchant, seen: Seen, skus: list[str], attempt: str) -> None:
    chance = merchant.world.chance
    lines = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        n = chance.randrange(SKUS)
        quantity = D(chance.choice(("0.1", "0.2", "0.7") if n < WEIGHED else ("1", "2")))
        lines.append(NewLine(sku=skus[n], quantity=quantity, unit_price=D("9.90")))
    if len(lines) == 1 and chance.random() < 0.3:
        lines.append(lines[0])
    body = PlaceOrder(lines=tuple(lines), shortage=chance.choice(("refuse", "refuse", "backorder")), note=attempt)
    try:
        answer = merchant.insist(attempt, lambda ctx: sales.place_order(ctx, body))
    except (Conflict, Refused) as error:
        _expected(error)
        seen.refused.add(attempt)
        seen.outcomes["refused"] += 1
    except GaveUp:
        seen.unknown.add(attempt)
        seen.outcomes["unknown"] += 1
    else:
        seen.placed[attempt] = str(answer.marker["id"]) if isinstance(answer, AlreadyDone) else answer.id
        seen.outcomes["placed"] += 1


def _act(merchant: Merchant, seen: Seen, command: str) -> None:
    """Cancels or ships one of the last orders; others may do so at the same time."""
    chance = merchant.world.chance
    order_id = list(seen.placed.values())[-1 - chance.randrange(min(16, len(seen.placed)))]
    verb = chance.choice(("cancel", "ship"))

    def work(ctx: Context) -> Order:
        order = read.get(ctx, ORDER, order_id)
        if verb == "ship":
            return sales.ship(ctx, order, ShipOrder())
        return sales.cancel(ctx, order, CancelOrder())

    try:
        merchant.insist(command, work)
        seen.outcomes[verb] += 1
    except (DomainError, Refused) as error:
        _expected(error)
        seen.outcomes[f"{verb} refused"] += 1
    except GaveUp:
        seen.outcomes[f"{verb} unknown"] += 1


def _expected(error: Exception) -> None:
    """Passes over refusals that a client must expect."""
    for each in error.errors if isinstance(error, Refused) else [error]:
        if getattr(each, "code", "") not in REFUSALS:
            raise error


# -- invariants ----------------------------------------------------------------------------------------------------------


def check_books(merchant: Merchant, result: Result) -> None:
    """Balances, reservations, moves and orders of the whole tenant agree; nothing is below zero."""
    held: defaultdict[str, Decimal] = defaultdict(D)
    rows: dict[str, list[Decimal]] = {}
    for wire in merchant.wires("STOCK#"):
        sku, sort = wire["pk"]["S"].split("#")[3], wire["sk"]["S"].split("#")
        if sort[0] == "BALANCE":
            rows[f"{sku}#{'#'.join(sort[1:])}"] = merchant.numbers(wire, "on_hand", "reserved", "available")
    for order in merchant.documents(ORDER):
        for each in reservations_of(order):
            place = each.place
            held[f"{each.sku}#{place.warehouse_id}#{place.location}#{place.lot_number}"] += each.quantity
    moved: defaultdict[str, Decimal] = defaultdict(D)
    for item in merchant.items("MOVES#"):
        move = codec.adapter(Move).validate_json(item.data)
        moved[f"{move.sku}#{move.place.warehouse_id}#{move.place.location}#{move.place.lot_number}"] += move.quantity
    for place, (on_hand, reserved, available) in rows.items():
        result.check("never oversold", available >= 0 and reserved >= 0,
                     f"{place}: available {available}, reserved {reserved}")
        result.check("on hand = reserved + available", on_hand == reserved + available,
                     f"{place}: {on_hand}, {reserved}, {available}")
        result.check("reserved = reservations", reserved == held[place], f"{place}: {reserved}, held {held[place]}")
        result.check("on hand = moves", on_hand == moved[place], f"{place}: {on_hand}, moved {moved[place]}")


def _check_rows(merchant: Merchant, result: Result) -> None:
    """Told of every change in any order, and twice, the rows under the SKUs are what the orders hold."""
    told = [event for item in merchant.items("OUTBOX#") for event in events_of(item.tenant_id, item.key.sk, item.data)
            if event.type == "ReservationsChanged"]
    for event in [*reversed(told), *told]:
        reservations_changed(merchant.context(), event)
    rows = {(sku, held.order_id, held.line_id, held.place): held.quantity
            for sku in {row[0] for event in told for row in event.data["held"]}
            for held in balances.read_reservations(merchant.context(), sku)}
    promised: Counter[tuple[str, str, str, Place]] = Counter()
    for order in merchant.documents(ORDER):
        for each in reservations_of(order):
            promised[each.sku, order.id, each.line_id, each.place] += each.quantity  # type: ignore[assignment]
    result.check("no ghost reservation", rows == promised, f"{len(rows)} rows, {len(promised)} promises")


def _check_acknowledged(merchant: Merchant, seen: Seen, result: Result) -> None:
    """Every acknowledged order is there, once; a refused attempt left none."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for order in merchant.documents(ORDER):
        found[order.note].append(order.id)
    for attempt, order_id in seen.placed.items():
        result.check("no acknowledged order lost", order_id in found[attempt], f"{attempt}: {order_id}")
    for attempt, ids in found.items():
        result.check("one order for one attempt", len(ids) <= 1, f"{attempt}: {ids}")
    for attempt in seen.refused:
        result.check("a refused attempt wrote nothing", attempt not in found or not found[attempt], attempt)


# -- planted bugs ----------------------------------------------------------------------------------------------------------


@contextmanager
def _no_condition() -> Iterator[None]:
    """The condition on the balance is forgotten."""
    add = Transaction.add

    def careless(tx: Transaction, key: Key, kind: str, changes: Any, at_least: Any, refusal: Any, texts: Any = None) -> None:
        add(tx, key, kind, changes, {}, refusal, texts)

    with patch.object(Transaction, "add", careless):
        yield


@contextmanager
def _lost_is_refused() -> Iterator[None]:
    """No answer is taken for "nothing happened": the client is told that stock was short."""
    def settled(tx: Transaction, ours: Any) -> bool:
        raise StockShort("?", [], Place(warehouse_id="?"))

    with patch.object(Transaction, "_is_settled", settled):
        yield


@contextmanager
def _float_sums() -> Iterator[None]:
    """Quantities of lines that take the same SKU are added up as floats."""
    original = balances._by_place

    class Floating(D):
        def __radd__(self, other: Any) -> Any:
            return Floating(repr(float(self) + float(other)))

        def __add__(self, other: Any) -> Any:
            return Floating(repr(float(self) + float(other)))

    def by_place(reservations: Any) -> Any:
        from dataclasses import replace

        grouped = original(reservations)
        return {place: [replace(r, quantity=Floating(r.quantity)) for r in group] for place, group in grouped.items()}

    with patch.object(balances, "_by_place", by_place):
        yield


@contextmanager
def _blind_save() -> Iterator[None]:
    """The order's version is not checked: two cancellations release the same stock."""
    put = Transaction._put

    def careless(tx: Transaction, item: Any, condition: str, values: Any, refusal: Any) -> None:
        if condition.startswith("version"):
            tx.put(item)
        else:
            put(tx, item, condition, values, refusal)

    with patch.object(Transaction, "_put", careless):
        yield


PROOF = Proof(
    "reservations", run, ci=(4_000, 3), long=(20_000, 100), unit="attempts", faults=STORMY, variant_size=960,
    variants={
        "look, then write": Variant(look_then_write), "condition forgotten": Variant(_no_condition),
        "repeat without marker": Variant(no_marker), "no answer taken for a refusal": Variant(_lost_is_refused),
        "sums in floats": Variant(_float_sums), "version not checked": Variant(_blind_save),
    })

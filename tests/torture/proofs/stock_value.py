"""Stock value is conserved: what came in is what went out plus what is there, to the cent, whoever moves it at once.

Many writers receive, transfer, count, correct, order, ship in part or whole, amend and cancel the same few SKUs, some of
them by weight, by the pack, in lots and in kits, while calls fail, are lost and are killed. Every change of a valuation
is noted as the table commits it, so that each issue can be held against the exact share it had to take. At the end the
books are read straight from the table. `size` is commands; ten of them make about twelve moves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import patch

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import KitComponent, NewProduct, NewVariant, UnitConversion
from chalicelib.events.outbox import events_of
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, DomainError
from chalicelib.sales import service as sales
from chalicelib.sales.commands import AmendLine, AmendOrder, CancelOrder, ShipOrder
from chalicelib.sales.model import ORDER, LineQuantity, NewLine, PlaceOrder
from chalicelib.stock import balances, valuation
from chalicelib.stock import service as stock
from chalicelib.stock.model import (
    OPERATION,
    AdjustmentLine,
    Move,
    NewAdjustment,
    NewReceipt,
    NewTransfer,
    ReceiptLine,
    TransferLine,
)
from chalicelib.stock.valuation import VALUATION, Valuation
from chalicelib.storage import keys, read
from chalicelib.storage.table import from_wire
from chalicelib.storage.transaction import Refused, Transaction
from tests.torture.faults import STORMY, Faults
from tests.torture.merchant import GaveUp, Merchant
from tests.torture.planted import no_marker
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import World

D = Decimal
CENT = D("0.01")
WRITERS, SKUS, WEIGHED, SCARCE = 24, 10, 4, (3, 8, 9)
MOST_MOVES = 8
COSTS = ("0", "0.0001", "0.333333", "1.005", "3.10", "3.333", "9.99", "17.123456", "1234.5678")
REFUSALS = {"stock_short", "wrong_state", "not_reserved", "nothing_to_ship", "nothing_to_cancel", "not_open",
            "reservation_mismatch", "stale_version", "valuation_raced", "nothing_to_adjust", "stock_raced", "below_cancelled"}


@dataclass(slots=True)
class Books:
    """What clients were told, and how valuations went: (SKU, before, after) in the order of their commits."""

    told: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)
    history: list[tuple[str, Valuation, Valuation]] = field(default_factory=list)


class _Writer:
    """One of many: picks what to do from the world's chance."""

    def __init__(self, merchant: Merchant, books: Books, houses: list[Any], name: str) -> None:
        self.merchant, self.books, self.houses, self.name = merchant, books, houses, name
        self.chance = merchant.world.chance

    def work(self, commands: int) -> None:
        acts: tuple[tuple[Callable[[str], Callable[[Context], Any]], int], ...] = (
            (self.receipt, 8), (self.transfer, 4), (self.correction, 3), (self.count, 2), (self.order, 5), (self.shipment, 5),
            (self.cancellation, 1), (self.amendment, 1))
        makers, weights = zip(*acts, strict=True)
        for n in range(commands):
            self.merchant.world.sleep(self.chance.random() * 0.2)
            attempt = f"{self.name}-{n}"
            self.attempt(attempt, self.chance.choices(makers, weights)[0](attempt))

    def attempt(self, attempt: str, work: Callable[[Context], Any]) -> None:
        books = self.books
        try:
            answer = self.merchant.insist(attempt, lambda ctx: _as_the_edge(ctx, work))
        except (DomainError, Refused) as error:
            for each in error.errors if isinstance(error, Refused) else [error]:
                if getattr(each, "code", "") not in REFUSALS:
                    raise
            books.refused.add(attempt)
            books.outcomes["refused"] += 1
        except GaveUp:
            books.outcomes["unknown"] += 1
        else:
            done = str(answer.marker["id"]) if isinstance(answer, AlreadyDone) else answer.id
            books.told[attempt] = done
            books.outcomes["done"] += 1
            if done.startswith(ORDER.prefix):
                books.orders.append(done)

    # -- what a writer may do ---------------------------------------------------------------------------------------

    def sku(self) -> tuple[int, str]:
        n = self.chance.randrange(SKUS)
        return n, f"SKU-{n:02d}"

    def quantity(self, n: int, most: int = 9) -> Decimal:
        whole = D(self.chance.randint(1, most))
        return whole + D(self.chance.choice(("0", "0.1", "0.7", "0.333"))) if n < WEIGHED else whole

    def place(self) -> dict[str, str]:
        return {"location": self.chance.choice(("", "", "", "A1")), "lot_number": self.chance.choice(("",) * 5 + ("L1",))}

    def receipt(self, attempt: str) -> Callable[[Context], Any]:
        lines = []
        for n, sku in [self.sku() for _ in range(self.chance.choice((1, 2, 3, 4)))]:
            pack = n >= WEIGHED and self.chance.random() < 0.2
            most = 2 if n in SCARCE else 40
            lines.append(ReceiptLine(sku=sku, quantity=self.quantity(n, most), unit_cost=D(self.chance.choice(COSTS)),
                                     unit_code="CT" if pack else "", cost_per=self.chance.choice(("base", "unit")),
                                     **self.place()))
        body = NewReceipt(warehouse_id=self.chance.choice(self.houses).id, reference=attempt, lines=tuple(lines))
        return lambda ctx: stock.receive(ctx, body)

    def transfer(self, attempt: str) -> Callable[[Context], Any]:
        n, sku = self.sku()
        start, end = self.chance.choice([self.houses, self.houses[::-1], [self.houses[0]] * 2])
        place = {**self.place(), "location": ""}
        body = NewTransfer(warehouse_id=start.id, to_warehouse_id=end.id, reference=attempt, lines=(TransferLine(
            sku=sku, quantity=self.quantity(n, 4), to_location="A1" if start is end else "", **place),))
        return lambda ctx: stock.transfer(ctx, body)

    def correction(self, attempt: str) -> Callable[[Context], Any]:
        n, sku = self.sku()
        line = AdjustmentLine(sku=sku, quantity=self.quantity(n, 5) * self.chance.choice((1, -1)), **self.place())
        body = NewAdjustment(warehouse_id=self.chance.choice(self.houses).id, reason=attempt, lines=(line,))
        return lambda ctx: stock.adjust(ctx, body)

    def count(self, attempt: str) -> Callable[[Context], Any]:
        n, sku = self.sku()
        counted = self.chance.choice((D(0), *(self.quantity(n, 60) for _ in range(5))))
        line = AdjustmentLine(sku=sku, counted=counted, **self.place())
        body = NewAdjustment(warehouse_id=self.chance.choice(self.houses).id, reason=attempt, lines=(line,))
        return lambda ctx: stock.adjust(ctx, body)

    def order(self, attempt: str) -> Callable[[Context], Any]:
        lines = []
        for n, sku in [self.sku() for _ in range(self.chance.choice((1, 1, 2, 3)))]:
            lines.append(NewLine(sku=sku, quantity=self.quantity(n, 5), unit_price=D("9.90")))
        if self.chance.random() < 0.2:
            lines.append(NewLine(sku="KIT", quantity=D(self.chance.randint(1, 3)), unit_price=D(25)))
        body = PlaceOrder(lines=tuple(lines), shortage=self.chance.choice(("refuse", "backorder")), note=attempt)
        return lambda ctx: sales.place_order(ctx, body)

    def one_of_the_last(self) -> str:
        orders = self.books.orders
        return orders[-1 - self.chance.randrange(min(24, len(orders)))] if orders else ""

    def shipment(self, attempt: str) -> Callable[[Context], Any]:
        chosen, in_part = self.one_of_the_last(), self.chance.random() < 0.4

        def work(ctx: Context) -> Any:
            order = read.get(ctx, ORDER, chosen)
            lines = tuple(LineQuantity(line_id=line.id, quantity=D(1)) for line in order.lines[:1]) if in_part else ()
            return sales.ship(ctx, order, ShipOrder(lines=lines, tracking_number=attempt))

        return work if chosen else self.receipt(attempt)

    def cancellation(self, attempt: str) -> Callable[[Context], Any]:
        chosen, in_part = self.one_of_the_last(), self.chance.random() < 0.3

        def work(ctx: Context) -> Any:
            order = read.get(ctx, ORDER, chosen)
            lines = tuple(LineQuantity(line_id=line.id, quantity=D(1)) for line in order.lines[:1]) if in_part else ()
            return sales.cancel(ctx, order, CancelOrder(lines=lines))

        return work if chosen else self.receipt(attempt)

    def amendment(self, attempt: str) -> Callable[[Context], Any]:
        chosen, factor = self.one_of_the_last(), self.chance.choice((1, 2))

        def work(ctx: Context) -> Any:
            order = read.get(ctx, ORDER, chosen)
            lines = tuple(AmendLine(line_id=line.id, quantity=line.quantity * factor) for line in order.lines[-2:])
            return sales.amend(ctx, order, AmendOrder(lines=lines, shortage="backorder"))

        return work if chosen else self.receipt(attempt)


def _as_the_edge(ctx: Context, work: Callable[[Context], Any]) -> Any:
    """A refusal of a repeat whose first attempt was done is that attempt's answer, as `runtime/api.py` has it."""
    try:
        return work(ctx)
    except (DomainError, Refused):
        stored = read.item(ctx, keys.marker(ctx, ctx.command.id))
        if stored is not None:
            raise AlreadyDone(codec.load(stored.data)) from None
        raise


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` commands by many writers, then the books."""
    with World(seed, faults) as world:
        merchant, books = Merchant(world), Books()
        houses = _open(merchant)
        _listen(world, books)
        for n in range(WRITERS):
            writer = _Writer(merchant, books, houses, f"w{n}")
            world.spawn(f"writer {n}", lambda w=writer: w.work(size // WRITERS))  # type: ignore[misc]
        world.run()
        result = Result()
        _check_books(merchant, books, result)
        result.facts = {**dict(books.outcomes), "moves": sum(1 for _ in merchant.items("MOVES#"))}
        return result.close(world)


def _open(merchant: Merchant) -> list[Any]:
    houses = [merchant.shop.warehouse("PARIS", 0, ("A1",)), merchant.shop.warehouse("LYON", 1, ("A1",))]
    for n in range(SKUS):
        sku, unit = f"SKU-{n:02d}", "KGM" if n < WEIGHED else "H87"
        packs = () if n < WEIGHED else (UnitConversion(unit_code="CT", quantity=D(6)),)
        catalog.create_product(merchant.context(), NewProduct(name=sku, variants=(
            NewVariant(sku=sku, vat_rate=D(20), unit_code=unit, conversions=packs),)))
        merchant.shop.receive(houses[n % 2], sku, "3" if n in SCARCE else "40", COSTS[n % len(COSTS)])
    parts = (KitComponent(sku="SKU-05", quantity=D(2)), KitComponent(sku="SKU-00", quantity=D("0.25")))
    catalog.create_product(merchant.context(), NewProduct(name="KIT", variants=(
        NewVariant(sku="KIT", kit_components=parts),)))
    return houses


def _listen(world: World, books: Books) -> None:
    """Notes each valuation as it is committed."""
    told = world.cloud.table._on_change

    def changed(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        told(old, new)
        if new is not None and new.get("kind", {}).get("S") == VALUATION.kind:
            after = read.document_of(VALUATION, from_wire(dict(new)))
            before = read.document_of(VALUATION, from_wire(dict(old))) if old else Valuation(id=after.id)
            books.history.append((after.id, before, after))

    world.cloud.table._on_change = changed


# -- invariants ----------------------------------------------------------------------------------------------------------


def _check_books(merchant: Merchant, books: Books, result: Result) -> None:
    moves = [codec.adapter(Move).validate_json(item.data) for item in merchant.items("MOVES#")]
    on_hand = _check_balances(merchant, moves, result)
    _check_valuations(merchant, moves, on_hand, result)
    _check_history(books, moves, result)
    _check_operations(merchant, books, moves, result)
    _check_shipments(merchant, moves, result)


def _check_balances(merchant: Merchant, moves: list[Move], result: Result) -> dict[str, Decimal]:
    moved: defaultdict[tuple[str, str], Decimal] = defaultdict(D)
    for move in moves:
        moved[(move.sku, f"{move.place.warehouse_id}#{move.place.location}#{move.place.lot_number}")] += move.quantity
    total: defaultdict[str, Decimal] = defaultdict(D)
    for wire in merchant.wires("STOCK#"):
        sku, sort = wire["pk"]["S"].split("#")[3], wire["sk"]["S"]
        if sort.startswith("BALANCE#"):
            place = sort.removeprefix("BALANCE#")
            here, reserved, available = merchant.numbers(wire, "on_hand", "reserved", "available")
            total[sku] += here
            result.check("nothing physical below zero", here >= 0 and reserved >= 0, f"{sku} {place}: {here}, {reserved}")
            result.check("on hand = reserved + available", here == reserved + available, f"{sku} {place}")
            result.check("on hand = moves", here == moved.pop((sku, place), D(0)), f"{sku} {place}: {here}")
    result.check("on hand = moves", not any(moved.values()), f"moves without a balance: {dict(moved)}")
    return total


def _check_valuations(merchant: Merchant, moves: list[Move], on_hand: Mapping[str, Decimal], result: Result) -> None:
    worth: defaultdict[str, Decimal] = defaultdict(D)
    for move in moves:
        worth[move.sku] += move.value or D(0)
    whole = D(0)
    for item in merchant.items(f"{VALUATION.kind.upper()}#"):
        found = read.document_of(VALUATION, item)
        whole += found.value
        result.check("valued quantity = on hand", found.quantity == on_hand.get(found.id, D(0)),
                     f"{found.id}: {found.quantity}, on hand {on_hand.get(found.id)}")
        result.check("value = moves' values", found.value == worth[found.id], f"{found.id}: {found.value}, {worth[found.id]}")
        result.check("value is whole cents, not below zero", found.value >= 0 and found.value % CENT == 0,
                     f"{found.id}: {found.value}")
        result.check("no stock, no value", found.quantity > 0 or found.value == 0, f"{found.id}: {found.value}")
    result.check("the whole of it to the cent", whole == sum(worth.values()), f"{whole}, {sum(worth.values())}")


def _check_history(books: Books, moves: list[Move], result: Result) -> None:
    """Each change of a valuation follows the last, and takes or brings the exact share, half a cent for each move off."""
    last: dict[str, Valuation] = {}
    for sku, before, after in books.history:
        result.check("valuations follow each other", before == last.get(sku, before) and after.version == before.version + 1,
                     f"{sku}: version {before.version} → {after.version}")
        last[sku] = after
        quantity = after.quantity - before.quantity
        if quantity < 0 and after.quantity > 0:
            share = Fraction(before.value) * Fraction(-quantity) / Fraction(before.quantity)
            off = abs(Fraction(before.value - after.value) - share)
            result.check("an issue takes its share", off <= Fraction(1, 200) * MOST_MOVES, f"{sku}: off by {float(off)}")


def _check_operations(merchant: Merchant, books: Books, moves: list[Move], result: Result) -> None:
    """Receipts are worth what they cost, transfers nothing, and each command was done once and whole."""
    by_document: defaultdict[str, list[Move]] = defaultdict(list)
    for move in moves:
        by_document[move.document_id].append(move)
    done: defaultdict[str, list[str]] = defaultdict(list)
    for item in merchant.items(f"{OPERATION.kind.upper()}#"):
        operation = read.document_of(OPERATION, item)
        done[operation.reference or operation.reason].append(operation.id)
        made = by_document[operation.id]
        value = sum((move.value or D(0) for move in made), D(0))
        if operation.operation == "receipt":
            cost = sum(((line.quantity * (line.unit_cost or D(0))).quantize(CENT, ROUND_HALF_UP)
                        for line in operation.lines), D(0))
            result.check("a receipt is worth its cost", value == cost, f"{operation.number}: {value}, cost {cost}")
        if operation.operation == "transfer":
            result.check("a transfer moves no value", value == 0 and sum(move.quantity for move in made) == 0,
                         f"{operation.number}: {value}")
        result.check("an operation is whole", sum(abs(line.quantity) for line in operation.lines)
                     * (2 if operation.operation == "transfer" else 1) == sum(abs(move.quantity) for move in made),
                     operation.number)
    done.pop("", None)
    for attempt, ids in done.items():
        result.check("one operation for one command", len(ids) == 1, f"{attempt}: {ids}")
        result.check("a refused command wrote nothing", attempt not in books.refused, attempt)
    for attempt, document_id in books.told.items():
        if document_id.startswith(OPERATION.prefix):
            result.check("no acknowledged operation lost", done.get(attempt) == [document_id], f"{attempt}: {document_id}")


def _check_shipments(merchant: Merchant, moves: list[Move], result: Result) -> None:
    """What orders say left is what left stock, and the cost their events tell is its value."""
    left: defaultdict[str, Decimal] = defaultdict(D)
    units: defaultdict[tuple[str, str], Decimal] = defaultdict(D)
    for move in moves:
        if move.reason == "shipment":
            left[move.document_id] -= move.value or D(0)
            units[(move.document_id, move.sku)] -= move.quantity
    told: defaultdict[str, Decimal] = defaultdict(D)
    for item in merchant.items("OUTBOX#"):
        for event in events_of(merchant.tenant_id, item.key.sk, item.data):
            if event.type in ("OrderShipped", "OrderPartlyShipped"):
                told[event.entity_id] += D(event.data["cost"])
    for item in merchant.items(f"{ORDER.kind.upper()}#"):
        order = read.document_of(ORDER, item)
        result.check("cost told = value that left", told[order.id] == left[order.id],
                     f"{order.number}: {told[order.id]}, {left[order.id]}")
        shipped: defaultdict[str, Decimal] = defaultdict(D)
        for line in order.lines:
            for sku, each in [(part.sku, part.quantity) for part in line.kit] or [(line.sku, D(1))]:
                shipped[sku] += each * line.shipped_quantity
        for sku, quantity in shipped.items():
            result.check("shipped = moves", units[(order.id, sku)] == quantity, f"{order.number} {sku}: {quantity}")


# -- planted bugs --------------------------------------------------------------------------------------------------------


@contextmanager
def _cost_in_cents() -> Iterator[None]:
    """An issue is valued at a unit cost that was rounded to cents first."""
    def careless(before: Valuation, quantity: Decimal, currency: str) -> tuple[Valuation, Decimal]:
        value = min(before.unit_cost.quantize(CENT, ROUND_HALF_UP) * quantity, before.value).quantize(CENT, ROUND_HALF_UP)
        return valuation._after(before, before.quantity - quantity, before.value - value, before.unit_cost), value

    with patch.object(balances, "issue", careless):
        yield


@contextmanager
def _rest_left_behind() -> Iterator[None]:
    """An issue takes its share rounded down to the cent, the last one too: the rest stays where nothing is."""
    def careless(before: Valuation, quantity: Decimal, currency: str) -> tuple[Valuation, Decimal]:
        if quantity > before.quantity:
            return valuation.issue(before, quantity, currency)
        each = (before.value / before.quantity).quantize(D("0.0001"), ROUND_DOWN)
        value = (each * quantity).quantize(CENT, ROUND_DOWN)
        return valuation._after(before, before.quantity - quantity, before.value - value, before.unit_cost), value

    with patch.object(balances, "issue", careless):
        yield


@contextmanager
def _blind_valuation() -> Iterator[None]:
    """The valuation's version is not checked: of two that issue at once, one is forgotten."""
    put = Transaction._put

    def careless(tx: Transaction, item: Any, condition: str, values: Any, refusal: Any) -> None:
        if item.kind == VALUATION.kind:
            tx.put(item)
        else:
            put(tx, item, condition, values, refusal)

    with patch.object(Transaction, "_put", careless):
        yield


@contextmanager
def _transfers_revalued() -> Iterator[None]:
    """A transfer leaves at the average and arrives at what somebody takes for the cost."""
    apply = stock._apply

    def careless(ctx: Context, operation: Any, changes: Any, event: str, **named: Any) -> Any:
        if operation.operation == "transfer":
            named["valued"] = True
            changes = [(sku, place, quantity, D("3.10") if quantity > 0 else None) for sku, place, quantity, _ in changes]
        return apply(ctx, operation, changes, event, **named)

    with patch.object(stock, "_apply", careless):
        yield


@contextmanager
def _float_quantities() -> Iterator[None]:
    """Quantities of the valuation are added up as floats."""
    original = valuation._after

    def careless(before: Valuation, quantity: Decimal, value: Decimal, unit_cost: Decimal) -> Valuation:
        moved = quantity - before.quantity
        return replace(original(before, quantity, value, unit_cost), quantity=D(repr(float(before.quantity) + float(moved))))

    with patch.object(valuation, "_after", careless):
        yield


PROOF = Proof(
    "stock_value", run, ci=(8_400, 1), long=(100_000, 1), unit="commands", faults=STORMY, variant_size=720,
    variants={
        "unit cost rounded to cents": Variant(_cost_in_cents), "the rest left behind": Variant(_rest_left_behind),
        "valuation not versioned": Variant(_blind_valuation), "repeat without marker": Variant(no_marker),
        "transfers revalued": Variant(_transfers_revalued), "sums in floats": Variant(_float_quantities),
    })

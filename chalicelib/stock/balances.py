"""The balances: read by key, changed only by conditional ADD, in the transaction of whoever needs the change.

The write parts here take the caller's transaction. They never SET a number, so two that race add up, and a repeat of the
whole command is stopped by the transaction's marker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.money import ZERO, split
from chalicelib.kernel.scope import WAREHOUSE
from chalicelib.stock.model import Balance, Move, Place, Reservation, StockShort
from chalicelib.stock.valuation import VALUATION, Valuation, issue, receive
from chalicelib.storage import keys, read, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item, balance_from_wire
from chalicelib.storage.transaction import Refusal, Transaction
from chalicelib.tenants.model import TENANT

NOTHING_SECONDS = 30 * 86400
"""As long as the outbox is kept: nothing older can be published again."""
DEFAULT_CURRENCY = "EUR"
"""Of a company that is only being set up."""


def currency_of(ctx: Context) -> str:
    """The currency stock is valued in: the company's own."""
    known = read.find(ctx, TENANT, ctx.tenant_id)
    return known.currency if known else DEFAULT_CURRENCY


def balance_key(ctx: Context, sku: str, place: Place) -> Key:
    return keys.child(ctx, "stock", sku, f"BALANCE#{place.warehouse_id}#{place.location}#{place.lot_number}")


def read_balances(ctx: Context, skus: Iterable[str]) -> dict[str, list[Balance]]:
    """The balances of each SKU at all its places, consistent."""
    found: dict[str, list[Balance]] = {}
    for sku in dict.fromkeys(skus):
        wires = read.wires(ctx, f"STOCK#{sku}", between=("BALANCE#", "BALANCE#\uffff"))
        found[sku] = [_balance(wire["sk"]["S"], balance_from_wire(wire).numbers) for wire in wires]
    return found


def _balance(sort: str, numbers: Mapping[str, Decimal]) -> Balance:
    _, warehouse_id, location, lot_number = sort.split("#", 3)
    return Balance(place=Place(warehouse_id=warehouse_id, location=location, lot_number=lot_number),
                   **{name: numbers.get(name, ZERO) for name in ("on_hand", "reserved", "available", "incoming")})


@dataclass(frozen=True, slots=True)
class Held:
    """A reservation as it stands under its SKU."""

    order_id: str
    order_number: str
    line_id: str
    place: Place
    quantity: Decimal


def read_reservations(ctx: Context, sku: str) -> list[Held]:
    """Who holds how much of a SKU: rows that follow the orders, a moment late."""
    found = []
    for wire in read.wires(ctx, f"STOCK#{sku}", between=("RESERVATION#", "RESERVATION#\uffff")):
        _, order_id, line_id, warehouse_id, location, lot_number = wire["sk"]["S"].split("#", 5)
        place = Place(warehouse_id=warehouse_id, location=location, lot_number=lot_number)
        quantity = balance_from_wire(wire).numbers.get("quantity", ZERO)
        if quantity:
            found.append(Held(order_id, wire.get("order_number", {}).get("S", ""), line_id, place, quantity))
    return found


def read_moves(ctx: Context, sku: str, limit: int = 20) -> list[Move]:
    """The last moves of a SKU, newest first."""
    found, _ = read.collection(ctx, f"MOVES#{sku}", newest_first=True, limit=limit)
    return [codec.adapter(Move).validate_json(item.data) for item in found]


def read_valuations(ctx: Context, skus: Iterable[str]) -> dict[str, Valuation]:
    """The valuation of each SKU; one that was never received is empty at version 0."""
    wanted = list(dict.fromkeys(skus))
    found = read.get_many(ctx, VALUATION, wanted)
    return {sku: found.get(sku) or Valuation(id=sku) for sku in wanted}


def _by_place(reservations: Iterable[Reservation]) -> dict[tuple[str, Place], list[Reservation]]:
    grouped: dict[tuple[str, Place], list[Reservation]] = {}
    for reservation in reservations:
        grouped.setdefault((reservation.sku, reservation.place), []).append(reservation)
    return grouped


def _moved(tx: Transaction, sku: str, place: Place) -> Key:
    """The balance about to change. Raises Forbidden `beyond_scope` for one in a warehouse the caller is not limited to."""
    tx.ctx.scope.check_each(WAREHOUSE, (place.warehouse_id,))
    return balance_key(tx.ctx, sku, place)


def reservation_writes(tx: Transaction, reservations: Sequence[Reservation]) -> None:
    """Promises the quantities to an order: available − q, reserved + q, only where available ≥ q.

    Lines that take the same SKU at one place become one condition. Refused: StockShort per short place, naming its lines
    (several together arrive as `Refused`). The caller's transaction emits StockChanged with `changed`, and tells with
    `promised` who holds what.
    """
    for (sku, place), group in _by_place(reservations).items():
        quantity = sum((r.quantity for r in group), ZERO)
        tx.add(_moved(tx, sku, place), "stock_balance", {"available": -quantity, "reserved": quantity},
               {"available": quantity}, _short(sku, group, place))


def _short(sku: str, group: Sequence[Reservation], place: Place) -> Refusal:
    return lambda: StockShort(sku, [r.line_id for r in group], place)


def release_writes(tx: Transaction, reservations: Sequence[Reservation]) -> None:
    """Takes promises back: available + q, reserved − q. The order's own version, saved in the same transaction, is what
    keeps two releases of one reservation apart."""
    for (sku, place), group in _by_place(reservations).items():
        quantity = sum((r.quantity for r in group), ZERO)
        tx.add(_moved(tx, sku, place), "stock_balance", {"available": quantity, "reserved": -quantity},
               {"reserved": quantity}, _mismatch)


def change_writes(
    tx: Transaction, before: Sequence[Reservation], after: Sequence[Reservation]
) -> tuple[set[str], set[str]]:
    """What is promised to an order becomes `after` where it was `before`; balances move by the difference of each place.

    Answers the SKUs whose balance moves, and those of which something becomes available. Refused: Conflict `stock_raced`
    when somebody else took what was to be taken: read the balances and plan again.
    """
    def by_key(rows: Sequence[Reservation]) -> dict[tuple[str, str, Place], Reservation]:
        return {(r.line_id, r.sku, r.place): r for r in rows}

    old, new = by_key(before), by_key(after)
    moves: dict[tuple[str, Place], Decimal] = {}
    for name in dict.fromkeys([*old, *new]):
        had = old[name].quantity if name in old else ZERO
        has = new[name].quantity if name in new else ZERO
        if has == had:
            continue
        _, sku, place = name
        moves[(sku, place)] = moves.get((sku, place), ZERO) + has - had
    for (sku, place), quantity in moves.items():
        if quantity:
            at_least = {"available": quantity} if quantity > 0 else {"reserved": -quantity}
            tx.add(_moved(tx, sku, place), "stock_balance", {"available": -quantity, "reserved": quantity},
                   at_least, _raced if quantity > 0 else _mismatch)
    return ({sku for (sku, _), quantity in moves.items() if quantity},
            {sku for (sku, _), quantity in moves.items() if quantity < 0})


def _raced() -> Conflict:
    return Conflict("stock_raced", "This stock was promised to somebody else just now.")


def shipment_writes(
    tx: Transaction, order_id: str, reservations: Sequence[Reservation], valuations: Mapping[str, Valuation], currency: str
) -> dict[str, dict[str, Decimal]]:
    """Reserved goods leave: reserved − q, on_hand − q, with their moves and their cost. Answers the value that left, by
    line and warehouse; lines that took of one place share its value by quantity, to the cent.

    `valuations` are those read before; refused as Stale `valuation` when another issue came first: read and try again.
    """
    current = dict(valuations)
    costs: dict[str, dict[str, Decimal]] = {}
    for (sku, place), group in _by_place(reservations).items():
        quantity = sum((r.quantity for r in group), ZERO)
        tx.add(_moved(tx, sku, place), "stock_balance", {"reserved": -quantity, "on_hand": -quantity},
               {"reserved": quantity, "on_hand": quantity}, _mismatch)
        current[sku], value = issue(current[sku], quantity, currency)
        move_write(tx, sku, place, -quantity, "shipment", -value, None, "sales_order", order_id)
        for reservation, share in zip(group, split(value, [r.quantity for r in group], currency), strict=True):
            of_line = costs.setdefault(reservation.line_id, {})
            of_line[place.warehouse_id] = of_line.get(place.warehouse_id, ZERO) + share
    valuation_writes(tx, valuations, current)
    return costs


def _mismatch() -> Conflict:
    return Conflict("reservation_mismatch", "The stock promised here was changed meanwhile; read the order again.")


def on_hand_writes(
    tx: Transaction, sku: str, place: Place, quantity: Decimal, *, only_available: bool, reserved_may_lack: bool = False
) -> None:
    """Goods come (quantity above 0) or go. Going, `only_available` refuses what is promised; a physical count may
    leave less than is promised (`reserved_may_lack`): then available goes below zero, which is the truth."""
    at_least: dict[str, Decimal] = {}
    if quantity < 0:
        at_least = {"available": -quantity} if only_available and not reserved_may_lack else {"on_hand": -quantity}
    tx.add(_moved(tx, sku, place), "stock_balance", {"on_hand": quantity, "available": quantity, "reserved": ZERO},
           at_least, lambda: StockShort(sku, [], place))


def move_write(
    tx: Transaction, sku: str, place: Place, quantity: Decimal, reason: str, value: Decimal, unit_cost: Decimal | None,
    document_kind: str, document_id: str,
) -> None:
    """Records a move under its SKU, by the instant it took effect."""
    ctx = tx.ctx
    move = Move(id=ctx.new_id("mov"), sku=sku, effective_at=ctx.now, place=place, quantity=quantity, reason=reason,
                value=value, unit_cost=unit_cost, document_kind=document_kind, document_id=document_id,
                actor_name=ctx.actor.name[:60])
    tx.put(Item(keys.child(ctx, "moves", sku, f"{ctx.now.isoformat()}#{move.id}"), "stock_move", ctx.tenant_id,
                codec.store(move)))


def valuation_writes(tx: Transaction, before: Mapping[str, Valuation], after: Mapping[str, Valuation]) -> None:
    """Saves the valuations that changed, if nobody saved them in between (Stale)."""
    for sku, new in after.items():
        old = before[sku]
        if new == old:
            continue
        if old.version == 0:
            tx.create(VALUATION, new, lambda: Conflict("valuation_raced", "This SKU was received elsewhere just now."))
        else:
            tx.save(VALUATION, old, new)


def revalue(
    before: Valuation, quantity: Decimal, unit_cost: Decimal | None, currency: str
) -> tuple[Valuation, Decimal]:
    """The valuation and the signed value of a move: in at `unit_cost` (the average when none is given), out at average."""
    if quantity >= 0:
        return receive(before, quantity, before.unit_cost if unit_cost is None else unit_cost, currency)
    after, value = issue(before, -quantity, currency)
    return after, -value


def changed(tx: Transaction, skus: Iterable[str]) -> None:
    """Emits the transaction's one StockChanged, naming every stocked SKU whose balance it changes."""
    names = sorted(set(skus))
    if names:
        tx.emit("StockChanged", "stock", names[0], 1, {"skus": names})


# -- who holds what ----------------------------------------------------------------------------------------------------


def promised(tx: Transaction, order_id: str, order_number: str, version: int, touched: Iterable[Reservation],
             now: Iterable[Reservation]) -> None:
    """Emits the transaction's one ReservationsChanged: what the order, at this version of it, holds at every place that was
    touched; nothing where it holds nothing more. The order itself is what holds; rows under its SKUs follow this event."""
    held = {_where(each): ZERO for each in touched}
    for each in now:
        if _where(each) in held:
            held[_where(each)] += each.quantity
    if held:
        tx.emit("ReservationsChanged", "sales_order", order_id, version, {
            "number": order_number, "held": [[*where, str(quantity)] for where, quantity in sorted(held.items())]})


def _where(reservation: Reservation) -> tuple[str, str, str, str, str]:
    place = reservation.place
    return reservation.sku, reservation.line_id, place.warehouse_id, place.location, place.lot_number


def follow(ctx: Context, order_id: str, version: int, order_number: str, held: Iterable[Sequence[str]]) -> None:
    """Puts the rows of an order under its SKUs as they are at a version of it, unless a later one was here before. A row of
    nothing stays for a while, so that an earlier event that comes late finds it."""
    ends = int(ctx.now.timestamp()) + NOTHING_SECONDS
    for sku, line_id, warehouse_id, location, lot_number, quantity in held:
        key = keys.child(ctx, "stock", sku, f"RESERVATION#{order_id}#{line_id}#{warehouse_id}#{location}#{lot_number}")
        single.put_later(ctx, key, "reservation", {"quantity": Decimal(quantity)}, {"order_number": order_number}, version,
                         None if Decimal(quantity) else ends)

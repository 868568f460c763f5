"""Which places an order takes from: the preferred one unseen, and, when that was short, what the balances allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import entity
from chalicelib.stock.availability import Components, whole
from chalicelib.stock.model import Balance, Place, Reservation


@entity
class Demand:
    """What an order line wants: `quantity` times each of `components` (an article is its own single component)."""

    line_id: str
    quantity: Decimal
    components: tuple[tuple[str, Decimal], ...]
    is_kit: bool = False


@entity
class Allocation:
    """Where each line's quantity is taken from, and what of each line could not be (by line id)."""

    reservations: tuple[Reservation, ...]
    short: Mapping[str, Decimal]


def optimistic(demands: Sequence[Demand], warehouse_id: str) -> Allocation:
    """Everything from one warehouse's own place: the conditions of the transaction say whether that was true."""
    place = Place(warehouse_id=warehouse_id)
    return Allocation(reservations=tuple(
        Reservation(line_id=d.line_id, sku=sku, place=place, quantity=each * d.quantity)
        for d in demands for sku, each in d.components), short={})


def allocate(
    demands: Sequence[Demand], balances: Mapping[str, Sequence[Balance]], warehouse_ids: Sequence[str]
) -> Allocation:
    """Takes each line, in order, from the warehouses in their order, splitting over places where one is not enough.

    A kit is taken whole or not at all: its components may come from different places, but never more of one component
    than the kits that all components allow.
    """
    rank = {warehouse_id: n for n, warehouse_id in enumerate(warehouse_ids)}
    free: dict[str, list[list[Place | Decimal]]] = {
        sku: [[b.place, b.available] for b in sorted(rows, key=lambda b: (
            rank[b.place.warehouse_id], b.place.location, b.place.lot_number))]
        for sku, rows in ((s, [b for b in found if b.place.warehouse_id in rank and b.available > 0])
                          for s, found in balances.items())}
    reservations: list[Reservation] = []
    short: dict[str, Decimal] = {}
    for demand in demands:
        possible = _possible(demand, {s: _total(free.get(s, [])) for s, _ in demand.components})
        if possible < demand.quantity:
            short[demand.line_id] = demand.quantity - possible
        if possible > 0:
            for sku, each in demand.components:
                reservations += _take(demand.line_id, sku, each * possible, free[sku])
    return Allocation(reservations=tuple(reservations), short=short)


def _total(rows: Sequence[Sequence[Place | Decimal]]) -> Decimal:
    return sum((amount for _, amount in rows if isinstance(amount, Decimal)), ZERO)


def _possible(demand: Demand, totals: Mapping[str, Decimal]) -> Decimal:
    components: Components = demand.components
    if demand.is_kit:
        return max(ZERO, min(demand.quantity, *(whole(totals[sku], each) for sku, each in components)))
    return max(ZERO, min(demand.quantity, *(totals[sku] for sku, _ in components)))


def _take(line_id: str, sku: str, wanted: Decimal, rows: list[list[Place | Decimal]]) -> list[Reservation]:
    taken: list[Reservation] = []
    for row in rows:
        place, amount = row
        assert isinstance(place, Place) and isinstance(amount, Decimal)
        part = min(wanted, amount)
        if part > 0:
            taken.append(Reservation(line_id=line_id, sku=sku, place=place, quantity=part))
            row[1] = amount - part
            wanted -= part
    return taken

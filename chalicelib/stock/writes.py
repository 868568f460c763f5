"""The write parts other domains add to their own transaction: reserve, release, ship. Two facts, one commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.stock.model import ZERO, Allocation, StockMove, StockShort
from chalicelib.storage import keys
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Refusal, Transaction

Place = tuple[str, str]
"""(SKU, warehouse id)."""


def balance_key(ctx: Context, sku: str, warehouse_id: str) -> Key:
    return keys.child(ctx, "stock", sku, f"BALANCE#{warehouse_id}")


def place_key(ctx: Context, sku: str, warehouse_id: str, location: str) -> Key:
    return keys.child(ctx, "stock", sku, f"PLACE#{warehouse_id}#{location}")


def _together(allocations: Iterable[Allocation]) -> dict[Place, Decimal]:
    sums: dict[Place, Decimal] = {}
    for each in allocations:
        place = (each.sku, each.warehouse_id)
        sums[place] = sums.get(place, ZERO) + each.quantity
    return sums


def set_reservation(tx: Transaction, order_id: str, order_number: str, place: Place, quantity: Decimal) -> None:
    """What an order holds of a SKU in a warehouse from now on; the order's version keeps its writers apart."""
    sku, warehouse_id = place
    key = keys.child(tx.ctx, "stock", sku, f"RESERVATION#{order_id}#{warehouse_id}")
    if quantity == 0:
        tx.delete(key)
        return
    data = {"order_id": order_id, "number": order_number, "warehouse_id": warehouse_id, "quantity": quantity}
    tx.put(Item(key, "reservation", tx.ctx.tenant_id, codec.compact(data)))


def reserve(tx: Transaction, allocations: Iterable[Allocation]) -> None:
    """Promises stock: refused with StockShort, for every short SKU and warehouse, when it is not available."""
    for (sku, warehouse_id), quantity in _together(allocations).items():
        tx.add(balance_key(tx.ctx, sku, warehouse_id), "balance", {"available": -quantity, "reserved": quantity},
               {"available": quantity}, _short(sku, warehouse_id, quantity))


def _short(sku: str, warehouse_id: str, quantity: Decimal) -> Refusal:
    return lambda: StockShort(sku, warehouse_id, quantity)


def _not_on_hand(sku: str) -> Refusal:
    return lambda: Conflict("not_on_hand", f"{sku} is not on hand in this warehouse.", {sku: "not on hand"})


def release(tx: Transaction, allocations: Iterable[Allocation]) -> None:
    """Gives promised stock back."""
    for (sku, warehouse_id), quantity in _together(allocations).items():
        tx.add(balance_key(tx.ctx, sku, warehouse_id), "balance", {"available": quantity, "reserved": -quantity},
               {"reserved": quantity}, lambda: Conflict("not_reserved", "This much is not reserved."))


def ship(
    tx: Transaction, allocations: Iterable[Allocation], order_id: str, values: Mapping[Place, Decimal], number: str
) -> None:
    """Promised stock leaves: `values` says what each part was worth (see `service.issue_values`)."""
    for (sku, warehouse_id), quantity in _together(allocations).items():
        tx.add(balance_key(tx.ctx, sku, warehouse_id), "balance", {"on_hand": -quantity, "reserved": -quantity},
               {"on_hand": quantity, "reserved": quantity},
               _not_on_hand(sku))
        tx.add(place_key(tx.ctx, sku, warehouse_id, ""), "place", {"on_hand": -quantity}, {}, _unconditional)
        move(tx, StockMove(id=tx.ctx.new_id("mov"), sku=sku, warehouse_id=warehouse_id, quantity=-quantity, reason="sale",
                           value=-values[(sku, warehouse_id)], document_kind="order", document_id=order_id, note=number,
                           actor=tx.ctx.actor.name or tx.ctx.actor.id, effective_at=tx.ctx.now))


def _unconditional() -> Conflict:
    raise RuntimeError("an unconditional write was refused")


def move(tx: Transaction, made: StockMove) -> None:
    """Writes a move into the SKU's own history."""
    key = keys.child(tx.ctx, "moves", made.sku, f"{made.effective_at.isoformat()}#{made.id}")
    tx.put(Item(key, "stock_move", tx.ctx.tenant_id, codec.store(made)))


def changed(tx: Transaction, skus: Iterable[str]) -> None:
    """Tells that these SKUs' numbers changed: one event for all of them."""
    distinct = sorted(set(skus))
    if distinct:
        tx.emit("StockChanged", "stock_level", distinct[0], 0, {"skus": distinct})

"""Takes sample orders away again; any other order stays for ever."""

from __future__ import annotations

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.sales.model import ORDER, Order
from chalicelib.stock import balances
from chalicelib.stock.model import Place, Reservation
from chalicelib.storage.transaction import Transaction


def remove_sample(ctx: Context, order: Order) -> None:
    """A sample order is gone, and what was promised to it is free. Raises Conflict `not_a_sample`, Stale."""
    if not order.is_sample or order.shipments:
        raise Conflict("not_a_sample", f"Order {order.number} is no sample.")
    promised = [Reservation(line_id=line.id, sku=each.sku or line.sku, quantity=each.quantity, place=Place(
        warehouse_id=each.warehouse_id, location=each.location, lot_number=each.lot_number))
        for line in order.lines for each in line.reserved]
    tx = Transaction(ctx)
    tx.remove(ORDER, order)
    balances.release_writes(tx, promised)
    balances.changed(tx, (each.sku for each in promised))
    balances.promised(tx, order.id, order.number, order.version + 1, promised, ())
    tx.emit("OrderRemoved", ORDER.kind, order.id, order.version, {"number": order.number})
    tx.commit()

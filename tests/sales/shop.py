"""A small merchant for the tests: warehouses, articles, stock, orders; and the accounts that must always balance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import KitComponent, NewProduct, NewVariant
from chalicelib.events.outbox import events_of
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.sales import service as sales
from chalicelib.sales.delivery import Delivery
from chalicelib.sales.model import ORDER, NewLine, Order, PlaceOrder
from chalicelib.stock import balances
from chalicelib.stock import service as stock
from chalicelib.stock.model import NewReceipt, ReceiptLine, Warehouse, WarehouseBody
from chalicelib.stock.worker import reservations_changed
from chalicelib.storage import keys, read

NewContext = Callable[..., Context]
D = Decimal


class Shop:
    """`new_ctx` gives each command a context of its own."""

    def __init__(self, new_ctx: NewContext) -> None:
        self.ctx = new_ctx

    def warehouse(self, code: str, priority: int = 0, locations: tuple[str, ...] = ()) -> Warehouse:
        return stock.create_warehouse(self.ctx(), WarehouseBody(code=code, name=code.title(), priority=priority,
                                                                locations=locations))

    def article(self, *skus: str, vat_rate: str = "20") -> None:
        for sku in skus:
            catalog.create_product(self.ctx(), NewProduct(name=sku, variants=(
                NewVariant(sku=sku, vat_rate=D(vat_rate)),)))

    def kit(self, sku: str, components: Mapping[str, str]) -> None:
        parts = tuple(KitComponent(sku=s, quantity=D(q)) for s, q in components.items())
        catalog.create_product(self.ctx(), NewProduct(name=sku, variants=(NewVariant(sku=sku, kit_components=parts),)))

    def receive(self, warehouse: Warehouse, sku: str, quantity: str, unit_cost: str = "4.00", **place: str) -> None:
        stock.receive(self.ctx(), NewReceipt(warehouse_id=warehouse.id, lines=(
            ReceiptLine(sku=sku, quantity=D(quantity), unit_cost=D(unit_cost), **place),)))

    def order(self, lines: Mapping[str, str], price: str = "10.00", **more: Any) -> Order:
        return sales.place_order(self.ctx(), PlaceOrder(lines=tuple(
            NewLine(sku=sku, quantity=D(quantity), unit_price=D(price)) for sku, quantity in lines.items()), **more))

    def stored(self, order: Order) -> Order:
        return read.get(self.ctx(), ORDER, order.id)

    def stored_order(self, order_id: str) -> Order:
        return read.get(self.ctx(), ORDER, order_id)

    def deliveries(self, order: Order) -> list[Delivery]:
        return sales.deliveries_of(self.ctx(), self.stored(order))

    def parcels(self, order: Order) -> list[tuple[str, str, str]]:
        """Carrier, tracking number and link of every parcel that left of an order."""
        return [(d.carrier_name, p.tracking_number, p.tracking_url) for d in self.deliveries(order) for p in d.parcels]

    def numbers(self, sku: str) -> dict[str, Decimal]:
        rows = balances.read_balances(self.ctx(), [sku])[sku]
        return {n: sum((getattr(row, n) for row in rows), D(0)) for n in ("on_hand", "reserved", "available")}

    def numbers_are(self, sku: str, on_hand: str, reserved: str, available: str) -> None:
        assert self.numbers(sku) == {"on_hand": D(on_hand), "reserved": D(reserved), "available": D(available)}
        self.heard()
        held = sum((h.quantity for h in balances.read_reservations(self.ctx(), sku)), D(0))
        assert held == D(reserved), "who holds it, whatever order they were told in, is what is reserved"

    def heard(self) -> None:
        """The queue of `stock` has heard who holds what, the newest first."""
        for event in reversed(self.events("ReservationsChanged")):
            reservations_changed(self.ctx(), event)

    def events(self, *types: str) -> list[Event]:
        ctx = self.ctx()
        found = [event for shard in range(keys.OUTBOX_SHARDS)
                 for item in read.collection(ctx, f"OUTBOX#{shard}#{ctx.clock.now():%Y%m%d%H}")[0]
                 for event in events_of(ctx.tenant_id, item.key.sk, item.data)]
        return [event for event in sorted(found, key=lambda e: e.id) if event.type in types]


def lines_balance(order: Order) -> None:
    """Of every line: quantity = reserved + back-ordered + shipped + cancelled, each at least zero."""
    from chalicelib.sales.fulfilment import reserved_quantity

    for line in order.lines:
        parts = (reserved_quantity(line), line.backordered_quantity, line.shipped_quantity, line.cancelled_quantity)
        assert all(part >= 0 for part in parts) and sum(parts) == line.quantity, (order.number, line)

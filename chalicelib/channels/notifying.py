"""Telling a shop what became of its order: parcels with their tracking, and cancellations made here.

An errand is written before the shop is called and deleted when it has answered, so nothing is forgotten while a shop is
down; every call may be repeated. What the shop's own webhooks told us is never told back to it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.channels import shops
from chalicelib.channels.model import Connection
from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.event import Event
from chalicelib.kernel.shapes import entity
from chalicelib.sales import service as sales
from chalicelib.sales.model import Order
from chalicelib.storage import keys, read, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from connectors.contract import ConnectorError, OrderStatus, TrackingUpdate

ERRANDS_AT_ONCE = 100


@entity
class Errand:
    """Something a shop has still to be told about one of its orders. `shipment_id` is "" for a cancellation."""

    kind: str
    order_id: str
    shipment_id: str = ""
    at: datetime
    attempts: int = 0
    last_error: str = ""

    @property
    def sort(self) -> str:
        """The same thing to tell is one errand, however often the event comes."""
        return f"{self.order_id}#{self.kind}#{self.shipment_id}"


def _key(ctx: Context, connection_id: str, errand: Errand) -> Key:
    return keys.child(ctx, "errand", connection_id, errand.sort)


def _item(ctx: Context, connection_id: str, errand: Errand) -> Item:
    """An errand that has failed stands among what must be done now."""
    indexes = {}
    place = keys.index(ctx, ("DUE#push_failed", f"{connection_id}#{errand.sort}")) if errand.last_error else None
    if place is not None:
        indexes["by_due"] = place
    summary = codec.compact({"order_id": errand.order_id, "code": errand.kind, "message": errand.last_error[:120]})
    return Item(_key(ctx, connection_id, errand), "errand", ctx.tenant_id, codec.store(errand), summary=summary,
                indexes=indexes)


def order_event(ctx: Context, event: Event) -> None:
    """OrderShipped, OrderPartlyShipped, OrderCancelled: notes what the order's shop must hear, and tells it at once."""
    order = sales.find_order(ctx, event.entity_id)
    if order is None or not order.channel_id or not order.external_id:
        return
    if event.actor.kind == "connection" and event.actor.id == order.channel_id:
        return
    connection = shops.find(ctx, order.channel_id)
    if connection is None:
        return
    write.many(ctx, [_item(ctx, connection.id, each) for each in errands_of(order, event)])
    if connection.state != "paused":
        run(ctx, connection)


def errands_of(order: Order, event: Event) -> list[Errand]:
    """What the event asks to be told: each of our parcels, or that the order is cancelled as a whole."""
    if event.type == "OrderCancelled":
        return [Errand(kind="cancel", order_id=order.id, at=event.at)] if order.state == "cancelled" else []
    return [Errand(kind="tracking", order_id=order.id, shipment_id=each.id, at=each.shipped_at)
            for each in order.shipments if not each.by_channel]


def waiting(ctx: Context, connection_id: str) -> list[Errand]:
    """What a shop has still to be told, order by order."""
    found, _ = read.collection(ctx, f"ERRAND#{connection_id}", limit=ERRANDS_AT_ONCE)
    return [codec.adapter(Errand).validate_json(item.data) for item in found]


def run(ctx: Context, connection: Connection, probing: bool = False) -> int:
    """Tells one shop what waits, in order, until it is all told or the shop is in trouble. Answers how many it took."""
    pace, _ = shops.state(ctx, connection.id)
    if pace.is_open(ctx.clock.now()) and not probing:
        return 0
    told = 0
    for errand in waiting(ctx, connection.id):
        if ctx.remaining_seconds() < 8:
            return told
        if _was_told(ctx, errand):
            write.many(ctx, [], [_key(ctx, connection.id, errand)])
            continue
        try:
            _tell(ctx, connection, errand)
        except ConnectorError as error:
            if error.retryable:
                failed = replace(errand, attempts=errand.attempts + 1, last_error=f"{error.code}: {error.message}"[:200])
                write.many(ctx, [_item(ctx, connection.id, failed)])
                return told
            _finish(ctx, connection, errand, error)
            continue
        _finish(ctx, connection, errand, None)
        told += 1
    return told


def _proof_key(ctx: Context, errand: Errand) -> Key:
    return keys.child(ctx, "told", errand.order_id, f"{errand.kind}#{errand.shipment_id}")


def _was_told(ctx: Context, errand: Errand) -> bool:
    return read.item(ctx, _proof_key(ctx, errand)) is not None


def _tell(ctx: Context, connection: Connection, errand: Errand) -> None:
    """One call to the shop; each looks first whether it is done already."""
    order = sales.find_order(ctx, errand.order_id)
    if order is None:
        return
    shop = shops.open_shop(ctx, connection, hurried=True)
    if errand.kind == "cancel":
        shop.set_order_status(order.external_id, OrderStatus.CANCELLED)
        return
    update = tracking_update(order, errand.shipment_id)
    if update is not None:
        shop.push_tracking(update)


def tracking_update(order: Order, shipment_id: str) -> TrackingUpdate | None:
    """The parcel as the shop hears of it; the last one completes the order there."""
    ours = [each for each in order.shipments if not each.by_channel]
    for n, shipment in enumerate(ours):
        if shipment.id == shipment_id:
            completes = order.state in ("shipped", "closed") and n == len(ours) - 1
            return TrackingUpdate(order.external_id, shipment.carrier, shipment.tracking_number, shipment.shipped_at,
                                  shipment.tracking_url, completes)
    return None


def _finish(ctx: Context, connection: Connection, errand: Errand, refusal: ConnectorError | None) -> None:
    """Keeps the proof, or says on the order's timeline why the shop refused; the errand is over either way."""
    transaction = Transaction(replace(ctx, command=Command(f"told:{connection.id}:{errand.sort}:{ctx.chance.token(6).hex()}")))
    transaction.delete(_key(ctx, connection.id, errand))
    data = {"connection_id": connection.id, "what": errand.kind, "shipment_id": errand.shipment_id}
    if refusal is None:
        transaction.put(Item(_proof_key(ctx, errand), "told", ctx.tenant_id, codec.compact(
            {**data, "at": ctx.clock.now().isoformat()})))
        transaction.emit("TrackingPushed", "order", errand.order_id, 0, data)
    else:
        transaction.emit("PushRejected", "order", errand.order_id, 0, {
            **data, "code": refusal.code, "message": refusal.message[:200]})
    transaction.commit()

"""Telling a shop more than stock: parcels with their tracking, cancellations made here, prices.

A delivery tells its shop of each parcel when it leaves, and of a parcel again when its tracking number comes or changes.

An errand is written before the shop is called and deleted when it has answered, so nothing is forgotten while a shop is
down; every call may be repeated. What the shop's own webhooks told us is never told back to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.catalog import service as catalog
from chalicelib.channels import bindings, pushing, shops
from chalicelib.channels.model import Connection
from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.event import Event
from chalicelib.kernel.money import round_amount
from chalicelib.kernel.shapes import entity
from chalicelib.pricing import service as pricing
from chalicelib.pricing.applicable import unit_price
from chalicelib.sales.delivery import DELIVERY, Delivery
from chalicelib.sales.model import ORDER, Order
from chalicelib.storage import keys, read, single, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants
from connectors.contract import (
    ConnectorError,
    NotFound,
    OrderStatus,
    OverBudget,
    PriceUpdate,
    Rejected,
    TrackingUpdate,
    Unauthorised,
)

ERRANDS_AT_ONCE = 200
PRICE = "price"


@entity
class Errand:
    """Something a shop has still to be told: of an order (`tracking` of a parcel, `cancel`) or the `price` of a SKU. A parcel
    is told under its delivery, its number in it and its tracking number (`parcel`, joined by `/`)."""

    kind: str
    subject_id: str
    parcel: str = ""
    at: datetime
    attempts: int = 0
    last_error: str = ""

    @property
    def sort(self) -> str:
        """The same thing to tell is one errand, however often the event comes."""
        return f"{self.kind}#{self.subject_id}#{self.parcel}"


def _key(ctx: Context, connection_id: str, errand: Errand) -> Key:
    return keys.child(ctx, "errand", connection_id, errand.sort)


def _item(ctx: Context, connection_id: str, errand: Errand) -> Item:
    """An errand that has failed stands among what must be done now."""
    place = keys.index(ctx, ("DUE#push_failed", f"{connection_id}#{errand.sort}")) if errand.last_error else None
    summary = codec.compact({"subject_id": errand.subject_id, "code": errand.kind, "message": errand.last_error[:120]})
    return Item(_key(ctx, connection_id, errand), "errand", ctx.tenant_id, codec.store(errand), summary=summary,
                indexes={"by_due": place} if place else {})


# -- what must be told -----------------------------------------------------------------------------------------------


def order_event(ctx: Context, event: Event) -> None:
    """OrderCancelled: notes that the order's shop must hear of it, and tells it at once."""
    _note(ctx, event, event.entity_id, lambda order: cancellation(order, event))


def delivery_event(ctx: Context, event: Event) -> None:
    """DeliveryShipped, ParcelTracked: notes which parcels the order's shop must hear of, and tells it at once."""
    delivery = read.find(ctx, DELIVERY, event.entity_id)
    if delivery is not None:
        _note(ctx, event, delivery.order_id, lambda order: parcels_to_tell(order, delivery))


def _note(ctx: Context, event: Event, order_id: str, errands: Callable[[Order], list[Errand]]) -> None:
    order = read.find(ctx, ORDER, order_id)
    if order is None or not order.channel_id or not order.external_id:
        return
    if event.actor.kind == "connection" and event.actor.id == order.channel_id:
        return
    connection = shops.find(ctx, order.channel_id)
    if connection is None:
        return
    write.many(ctx, [_item(ctx, connection.id, each) for each in errands(order)])
    if connection.state != "paused":
        run(ctx, connection)


def cancellation(order: Order, event: Event) -> list[Errand]:
    """That the order is cancelled as a whole, if it still is."""
    return [Errand(kind="cancel", subject_id=order.id, at=event.at)] if order.state == "cancelled" else []


def parcels_to_tell(order: Order, delivery: Delivery) -> list[Errand]:
    """Each parcel of a delivery that left from here; what its own shop said is not told back."""
    if delivery.by_channel or delivery.shipped_at is None:
        return []
    return [Errand(kind="tracking", subject_id=order.id, at=delivery.shipped_at,
                   parcel=f"{delivery.id}/{parcel.number}/{parcel.tracking_number}") for parcel in delivery.parcels]


def prices_changed(ctx: Context, event: Event) -> None:
    """VariantUpdated and price list events: the bound SKUs they may concern are priced again on shops we price."""
    if event.kind == "price_list" and "skus" not in event.data:
        skus = None
    else:
        skus = [str(sku) for sku in event.data.get("skus") or [event.data["sku"]]]
    for connection in shops.working(ctx):
        if connection.push_prices:
            mine = [each.sku for each in bindings.of_connection(ctx, connection.id)] if skus is None else skus
            bound = pushing.bindings_of(ctx, [connection.id], mine)
            write.many(ctx, [_item(ctx, connection.id, Errand(kind=PRICE, subject_id=sku, at=event.at))
                             for _, sku in bound])
            run(ctx, connection)


def prices_of(ctx: Context, connection: Connection, skus: Iterable[str]) -> dict[str, Decimal]:
    """What the shop should ask for one of each SKU today, in its currency, with or without VAT as it types prices."""
    skus = list(skus)
    today = ctx.now.astimezone(ZoneInfo(tenants.tenant(ctx).time_zone)).date()
    found = pricing.prices_for(ctx, dict.fromkeys(skus, Decimal(1)), at=today, currency=connection.currency,
                               channel_id=connection.id, price_list_id=connection.price_list_id)
    facts = catalog.find_skus(ctx, found)
    return {sku: round_amount(unit_price(price, connection.prices_include_tax, facts[sku].vat_rate), connection.currency)
            for sku, price in found.items() if sku in facts}


# -- telling it ------------------------------------------------------------------------------------------------------


def waiting(ctx: Context, connection_id: str) -> list[Errand]:
    """What a shop has still to be told."""
    found, _ = read.collection(ctx, f"ERRAND#{connection_id}", limit=ERRANDS_AT_ONCE)
    return [codec.adapter(Errand).validate_json(item.data) for item in found]


def keys_of(ctx: Context, connection_id: str) -> list[Key]:
    """Where the errands of a connection stand, for whoever forgets it."""
    return [_key(ctx, connection_id, errand) for errand in waiting(ctx, connection_id)]


def run(ctx: Context, connection: Connection, probing: bool = False) -> int:
    """Tells one shop what waits, until it is all told or the shop is in trouble. Answers how many things it took."""
    pace, _ = shops.state(ctx, connection.id)
    if pace.is_open(ctx.clock.now()) and not probing:
        return 0
    errands = waiting(ctx, connection.id)
    told = _tell_prices(ctx, connection, [each for each in errands if each.kind == PRICE])
    for errand in errands:
        if errand.kind == PRICE:
            continue
        if ctx.remaining_seconds() < 8:
            return told
        try:
            if read.item(ctx, _proof_key(ctx, errand)) is not None:
                single.delete(ctx, _key(ctx, connection.id, errand))
                continue
            _tell(ctx, connection, errand)
        except ConnectorError as error:
            if isinstance(error, Unauthorised):
                shops.credentials_refused(ctx, connection, error)
            if not is_final(error):
                _keep(ctx, connection, [errand], error)
                return told
            _finish(ctx, connection, errand, error)
            continue
        _finish(ctx, connection, errand, None)
        told += 1
    return told


def is_final(error: ConnectorError) -> bool:
    """Whether the shop understood and refused. A key it does not take, an API that is not there and an answer that cannot
    be read are troubles of the connection: what waits is told once they are over."""
    return isinstance(error, Rejected) or (isinstance(error, NotFound) and error.platform_code.endswith("_invalid_id"))


def _keep(ctx: Context, connection: Connection, errands: Sequence[Errand], error: ConnectorError) -> None:
    """The errands wait, with what stood in their way; our own budget of calls is nothing to report."""
    if isinstance(error, OverBudget):
        return
    write.many(ctx, [_item(ctx, connection.id, replace(each, attempts=each.attempts + 1,
                                                       last_error=f"{error.code}: {error.message}"[:200]))
                     for each in errands])


def _tell_prices(ctx: Context, connection: Connection, errands: Sequence[Errand]) -> int:
    """All waiting prices in the connector's batches. A SKU without a price here keeps the shop's."""
    if not errands:
        return 0
    prices = prices_of(ctx, connection, [each.subject_id for each in errands])
    bound = pushing.bindings_of(ctx, [connection.id], prices)
    updates = [PriceUpdate(variation or product, prices[sku], product if variation else None, sku)
               for (_, sku), (product, variation) in bound.items()]
    try:
        results = shops.open_shop(ctx, connection, hurried=True).push_prices(updates) if updates else []
    except ConnectorError as error:
        if isinstance(error, Unauthorised):
            shops.credentials_refused(ctx, connection, error)
        _keep(ctx, connection, errands, error)
        return 0
    write.many(ctx, [], [_key(ctx, connection.id, each) for each in errands])
    transaction = Transaction(replace(ctx, command=Command(f"{ctx.command.id}/prices:{ctx.chance.token(6).hex()}")))
    refused = [(update, result) for update, result in zip(updates, results, strict=True) if not result.ok]
    for update, result in refused[:20]:
        transaction.emit("PushRejected", "connection", connection.id, 0, {
            "sku": update.sku, "price": str(update.price), "code": result.code, "message": result.message[:200]})
    if refused:
        transaction.commit()
    return len(updates) - len(refused)


def _proof_key(ctx: Context, errand: Errand) -> Key:
    return keys.child(ctx, "told", errand.subject_id, f"{errand.kind}#{errand.parcel}")


def _tell(ctx: Context, connection: Connection, errand: Errand) -> None:
    """One thing said of an order; each call looks first whether it is done already."""
    order = read.find(ctx, ORDER, errand.subject_id)
    if order is None:
        return
    shop = shops.open_shop(ctx, connection, hurried=True, urgent=True)
    if errand.kind == "cancel":
        shop.set_order_status(order.external_id, OrderStatus.CANCELLED)
        return
    delivery = read.find(ctx, DELIVERY, errand.parcel.split("/")[0])
    update = tracking_update(order, delivery, errand.parcel) if delivery else None
    if update is not None:
        shop.push_tracking(update)


def tracking_update(order: Order, delivery: Delivery, name: str) -> TrackingUpdate | None:
    """The parcel as the shop hears of it, None when its tracking number is another by now. The last parcel of the last
    delivery completes the order there."""
    ours = [each for each in order.shipments if not each.by_channel]
    is_last = order.state in ("shipped", "closed") and bool(ours) and ours[-1].delivery_id == delivery.id
    for n, parcel in enumerate(delivery.parcels):
        if f"{delivery.id}/{parcel.number}/{parcel.tracking_number}" == name and delivery.shipped_at is not None:
            return TrackingUpdate(order.external_id, delivery.carrier_name, parcel.tracking_number, delivery.shipped_at,
                                  parcel.tracking_url, is_last and n == len(delivery.parcels) - 1)
    return None


def _finish(ctx: Context, connection: Connection, errand: Errand, refusal: ConnectorError | None) -> None:
    """Keeps the proof, or says on the order's timeline why the shop refused; the errand is over either way."""
    name = f"told:{connection.id}:{errand.sort}:{ctx.chance.token(6).hex()}"
    transaction = Transaction(replace(ctx, command=Command(name)))
    transaction.delete(_key(ctx, connection.id, errand))
    data = {"connection_id": connection.id, "what": errand.kind, "parcel": errand.parcel}
    if refusal is None:
        proof = codec.compact({**data, "at": ctx.clock.now().isoformat()})
        transaction.put_new(Item(_proof_key(ctx, errand), "told", ctx.tenant_id, proof), _told_already)
        transaction.emit("TrackingPushed", "sales_order", errand.subject_id, 0, data)
    else:
        transaction.emit("PushRejected", "sales_order", errand.subject_id, 0, {
            **data, "code": refusal.code, "message": refusal.message[:200]})
    try:
        transaction.commit()
    except Conflict:
        single.delete(ctx, _key(ctx, connection.id, errand))


def _told_already() -> Conflict:
    return Conflict("told_already", "Another worker has told the shop meanwhile.")

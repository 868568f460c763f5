"""Telling a shop more than stock: parcels with their tracking, cancellations made here, prices.

A delivery tells its shop of each parcel when it leaves, and of a parcel again when its tracking number comes or changes.

An errand is written before the shop is called and deleted when it has answered, so nothing is forgotten while a shop is
down; every call may be repeated. What the shop's own webhooks told us is never told back to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil

from chalicelib.channels import bindings, prices, pushing, shops
from chalicelib.channels.model import Connection
from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.event import Event
from chalicelib.kernel.money import ZERO, round_amount, split
from chalicelib.kernel.shapes import entity
from chalicelib.sales import service as sales
from chalicelib.sales.delivery import DELIVERY, Delivery
from chalicelib.sales.model import ORDER, Order, Refund
from chalicelib.sales.totals import line_amounts
from chalicelib.storage import keys, read, single, steps, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from connectors import connector
from connectors.contract import (
    ChannelOrder,
    Connector,
    ConnectorError,
    NotFound,
    OrderStatus,
    OverBudget,
    RefundLineRequest,
    RefundRequest,
    Rejected,
    TaxAmount,
    TrackingUpdate,
    Unauthorised,
)

ERRANDS_AT_ONCE = 200
SPARE_SECONDS = 8
PRICE = "price"
CALLS_FOR_A_PRICE = 4
"""A platform that takes items one by one has each read before it is written, a variant with its product."""


@entity
class Errand:
    """Something a shop has still to be told: of an order (`tracking` of a parcel, `cancel`, `refund`) or the `price` of a SKU.
    `part` is the refund's id, or the parcel's delivery, its number in it and its tracking number, joined by `/`."""

    kind: str
    subject_id: str
    part: str = ""
    at: datetime
    attempts: int = 0
    last_error: str = ""

    @property
    def sort(self) -> str:
        """The same thing to tell is one errand, however often the event comes."""
        return f"{self.kind}#{self.subject_id}#{self.part}"


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
    """OrderCancelled, OrderRefunded: notes that the order's shop must hear of it, and tells it at once."""
    asked = refund_to_tell if event.type == "OrderRefunded" else cancellation
    _note(ctx, event, event.entity_id, lambda order: asked(order, event))


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


def refund_to_tell(order: Order, event: Event) -> list[Errand]:
    """A refund that was typed here; the shop's own have its number."""
    return [Errand(kind="refund", subject_id=order.id, part=each.id, at=event.at) for each in order.refunds
            if each.id == event.data["refund_id"] and not each.external_id]


def parcels_to_tell(order: Order, delivery: Delivery) -> list[Errand]:
    """Each parcel of a delivery that left from here; what its own shop said is not told back."""
    if delivery.by_channel or delivery.shipped_at is None:
        return []
    return [Errand(kind="tracking", subject_id=order.id, at=delivery.shipped_at,
                   part=f"{delivery.id}/{parcel.number}/{parcel.tracking_number}") for parcel in delivery.parcels]


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


# -- telling it ------------------------------------------------------------------------------------------------------


def waiting(ctx: Context, connection_id: str) -> list[Errand]:
    """What a shop has still to be told."""
    found, _ = read.collection(ctx, f"ERRAND#{connection_id}", limit=ERRANDS_AT_ONCE)
    return [codec.adapter(Errand).validate_json(item.data) for item in found]


def keys_of(ctx: Context, connection_id: str) -> list[Key]:
    """Where the errands of a connection stand, for whoever forgets it."""
    return [_key(ctx, connection_id, errand) for errand in waiting(ctx, connection_id)]


def run(ctx: Context, connection: Connection, probing: bool = False) -> int:
    """Tells one shop what waits, until it is all told or the shop is in trouble. Answers how many things it took.

    One worker at a time tells a shop, for a parcel is added to a list that is read before: of two at once, one would write
    over what the other has added. Whoever finds the claim taken has noted its errand before, and the holder looks again
    after giving the claim back.
    """
    total, goes_on = 0, True
    while goes_on and _can_tell(ctx, connection, probing) and waiting(ctx, connection.id):
        holder = replace(ctx, command=Command(f"errands:{connection.id}"))
        try:
            with steps.claimed(holder, max(ceil(ctx.remaining_seconds()), 1)):
                told, goes_on = _tell_waiting(ctx, connection)
        except Conflict:
            return total
        total += told
    return total


def _can_tell(ctx: Context, connection: Connection, probing: bool) -> bool:
    pace, _ = shops.state(ctx, connection.id)
    return ctx.remaining_seconds() >= SPARE_SECONDS and (probing or not pace.is_open(ctx.clock.now()))


def _tell_waiting(ctx: Context, connection: Connection) -> tuple[int, bool]:
    """How many things the shop took, and whether it makes sense to go on."""
    errands = waiting(ctx, connection.id)
    total, goes_on = _tell_prices(ctx, connection, [each for each in errands if each.kind == PRICE])
    for errand in errands:
        if errand.kind == PRICE:
            continue
        if ctx.remaining_seconds() < SPARE_SECONDS:
            return total, False
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
                return total, False
            _finish(ctx, connection, errand, error)
            continue
        _finish(ctx, connection, errand, None)
        total += 1
    return total, goes_on


def is_final(error: ConnectorError) -> bool:
    """Whether the shop understood and refused. A key it does not take, an API that is not there and an answer that cannot
    be read are troubles of the connection: what waits is told once they are over."""
    return isinstance(error, Rejected) or (isinstance(error, NotFound) and error.is_object)


def _keep(ctx: Context, connection: Connection, errands: Sequence[Errand], error: ConnectorError) -> None:
    """The errands wait, with what stood in their way; our own budget of calls is nothing to report."""
    if isinstance(error, OverBudget):
        return
    write.many(ctx, [_item(ctx, connection.id, replace(each, attempts=each.attempts + 1,
                                                       last_error=f"{error.code}: {error.message}"[:200]))
                     for each in errands])


def _tell_prices(ctx: Context, connection: Connection, errands: Sequence[Errand]) -> tuple[int, bool]:
    """All waiting prices, as many at once as the platform takes; what was told is done with, whatever stops the rest. How
    many were told, and whether nothing stopped the rest."""
    able, total = connector(connection.platform).capabilities, 0
    paid = int(shops.rate_per_second(connection) * pushing.PAID_SECONDS) // CALLS_FOR_A_PRICE
    size = max(min(paid, able.batch_size), 1) if able.one_call_per_item else ERRANDS_AT_ONCE
    for start in range(0, len(errands), size):
        told = _tell_some_prices(ctx, connection, errands[start : start + size])
        if told is None or ctx.remaining_seconds() < SPARE_SECONDS:
            return total + (told or 0), False
        total += told
    return total, True


def _tell_some_prices(ctx: Context, connection: Connection, errands: Sequence[Errand]) -> int | None:
    """These prices; None when the shop is in trouble. A SKU without a price here keeps the shop's."""
    updates = prices.wanted(ctx, connection, [each.subject_id for each in errands])
    try:
        results = shops.open_shop(ctx, connection, hurried=True).push_prices(updates) if updates else []
    except ConnectorError as error:
        if isinstance(error, Unauthorised):
            shops.credentials_refused(ctx, connection, error)
        _keep(ctx, connection, errands, error)
        return None
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
    return keys.child(ctx, "told", errand.subject_id, f"{errand.kind}#{errand.part}")


def _tell(ctx: Context, connection: Connection, errand: Errand) -> None:
    """One thing said of an order; each call looks first whether it is done already."""
    order = read.find(ctx, ORDER, errand.subject_id)
    if order is None:
        return
    shop = shops.open_shop(ctx, connection, hurried=True, urgent=True)
    if errand.kind == "cancel":
        shop.set_order_status(order.external_id, OrderStatus.CANCELLED)
        return
    if errand.kind == "refund":
        _tell_refund(ctx, shop, order, errand.part)
        return
    delivery = read.find(ctx, DELIVERY, errand.part.split("/")[0])
    update = tracking_update(order, delivery, errand.part) if delivery else None
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


def _tell_refund(ctx: Context, shop: Connector, order: Order, refund_id: str) -> None:
    """Has the shop record one of the order's refunds, and keeps what the shop calls it. Raises ConnectorError.

    A shop that did not answer may have recorded it all the same, so its refunds are read first.
    """
    refund = next((each for each in order.refunds if each.id == refund_id), None)
    if refund is None or refund.external_id:
        return
    external_id = _found_there(order, refund, shop.get_order(order.external_id))
    if not external_id:
        external_id = shop.create_refund(refund_request(order, refund)).external_id
    sales.name_refund(ctx.step(f"refund-named:{refund.id}"), order, refund.id, external_id)


def _found_there(order: Order, refund: Refund, told: object) -> str:
    """The shop's id of a refund of this amount that we do not know yet, which is this one; else ""."""
    known = {each.external_id for each in order.refunds}
    theirs = told.refunds if isinstance(told, ChannelOrder) else ()
    return next((each.external_id for each in theirs if each.external_id not in known and each.amount == refund.amount), "")


def refund_request(order: Order, refund: Refund) -> RefundRequest:
    """The refund as a shop understands it: the articles it names with their net and VAT, together at most the amount."""
    amounts = dict(zip((line.id for line in order.lines), line_amounts(order), strict=False))
    lines = {line.id: line for line in order.lines}
    named = [(lines[each.line_id], each.quantity) for each in refund.lines
             if each.line_id in lines and lines[each.line_id].external_id and each.quantity]
    values = [sum(amounts[line.id], ZERO) * quantity / line.quantity for line, quantity in named]
    whole = sum(values, ZERO)
    covered = min(refund.amount, round_amount(whole, order.currency))
    gross = split(covered, values, order.currency) if whole else [ZERO for _ in named]
    requests = []
    for (line, quantity), paid in zip(named, gross, strict=True):
        net, vat = amounts[line.id]
        tax = round_amount(paid * vat / (net + vat), order.currency) if net + vat else ZERO
        taxes = (TaxAmount("", line.vat_rate, tax),) if line.vat_rate else ()
        whole_pieces = int(quantity) if quantity == quantity.to_integral_value() else 0
        requests.append(RefundLineRequest(line.external_id, whole_pieces, paid - tax, taxes))
    return RefundRequest(order.external_id, refund.amount, refund.reason, tuple(requests))


def _finish(ctx: Context, connection: Connection, errand: Errand, refusal: ConnectorError | None) -> None:
    """Keeps the proof, or says on the order's timeline why the shop refused; the errand is over either way."""
    name = f"told:{connection.id}:{errand.sort}:{ctx.chance.token(6).hex()}"
    transaction = Transaction(replace(ctx, command=Command(name)))
    transaction.delete(_key(ctx, connection.id, errand))
    named = "refund_id" if errand.kind == "refund" else "parcel"
    data = {"connection_id": connection.id, "what": errand.kind, named: errand.part}
    if refusal is None:
        proof = codec.compact({**data, "at": ctx.clock.now().isoformat()})
        transaction.put_new(Item(_proof_key(ctx, errand), "told", ctx.tenant_id, proof), _told_already)
        event = "RefundPushed" if errand.kind == "refund" else "TrackingPushed"
        transaction.emit(event, "sales_order", errand.subject_id, 0, data)
    else:
        transaction.emit("PushRejected", "sales_order", errand.subject_id, 0, {
            **data, "code": refusal.code, "message": refusal.message[:200]})
    try:
        transaction.commit()
    except Conflict:
        single.delete(ctx, _key(ctx, connection.id, errand))


def _told_already() -> Conflict:
    return Conflict("told_already", "Another worker has told the shop meanwhile.")

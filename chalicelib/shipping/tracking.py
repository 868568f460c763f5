"""Where parcels are: what carriers say, put in order, and what follows from it for the delivery and its order.

News comes late, twice and out of order, by webhook and by asking. Events are a set ordered by their instants; the newest
says where the parcel is, except that delivered and returned are final.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid
from chalicelib.kernel.states import next_state
from chalicelib.sales.delivering import change_writes
from chalicelib.sales.delivery import (
    DELIVERY,
    DELIVERY_TRANSITIONS,
    FINAL_STATUSES,
    TRACKING_STATUSES,
    Delivery,
    Parcel,
    TrackingEvent,
)
from chalicelib.sales.model import ORDER
from chalicelib.shipping import carriers, labels
from chalicelib.shipping.model import CARRIER, MANUAL, Carrier, SetTracking
from chalicelib.stock.warehouses import retrying
from chalicelib.storage import keys, read
from chalicelib.storage.transaction import Transaction
from connectors.carriers.contract import CarrierEvent
from connectors.errors import ConnectorError

EVENTS_KEPT = 40
AT_ONCE = 50
GIVEN_UP_AFTER = timedelta(days=60)
SOON, OFTEN, SELDOM = timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12)


def with_events(parcel: Parcel, events: Iterable[TrackingEvent]) -> Parcel:
    """The parcel with what was seen of it; the same news again changes nothing. The oldest events go first when there are
    more than are kept."""
    known = {(each.at, each.status, each.code): each for each in (*parcel.tracking_events, *events)}
    merged = sorted(known.values(), key=lambda each: (each.at, TRACKING_STATUSES.index(each.status)))
    if not merged:
        return parcel
    ends = [each for each in merged if each.status in FINAL_STATUSES]
    newest = ends[-1] if ends else merged[-1]
    return replace(parcel, tracking_events=tuple(merged[-EVENTS_KEPT:]), status=newest.status, status_at=newest.at)


def next_look(delivery: Delivery, now: datetime) -> datetime | None:
    """When the carrier is to be asked again: half an hour while the parcel is on its last way, twice a day while nothing is
    known of it; never once all parcels have arrived, or two months after they left."""
    open_parcels = [p for p in delivery.parcels if p.tracking_number and p.status not in FINAL_STATUSES]
    if delivery.state != "shipped" or not open_parcels or delivery.shipped_at is None:
        return None
    if now - delivery.shipped_at > GIVEN_UP_AFTER:
        return None
    statuses = {parcel.status for parcel in open_parcels}
    pause = SOON if "out_for_delivery" in statuses else OFTEN if statuses & {"in_transit", "announced"} else SELDOM
    return now + pause


def after_news(delivery: Delivery, now: datetime) -> tuple[Delivery, str]:
    """The delivery as its parcels say, and the event that makes: DeliveryDelivered, DeliveryTroubled or none ("")."""
    before = delivery.tracking_status
    if delivery.parcels and all(parcel.status == "delivered" for parcel in delivery.parcels) and delivery.state == "shipped":
        arrived = max(parcel.status_at or now for parcel in delivery.parcels)
        done = replace(delivery, state=next_state(DELIVERY_TRANSITIONS, delivery.state, "deliver"), delivered_at=arrived)
        return replace(done, next_tracking_at=None), "DeliveryDelivered"
    return replace(delivery, next_tracking_at=next_look(delivery, now)), (
        "DeliveryTroubled" if before in ("exception", "returned") else "")


def _neutral(event: CarrierEvent) -> TrackingEvent:
    return TrackingEvent(at=event.at, status=event.status.value, code=event.code, text=event.text, place=event.place)


def take_in(ctx: Context, delivery_id: str, news: Mapping[int, Sequence[TrackingEvent]], asked: bool = False) -> None:
    """Brings a delivery up to what was seen of its parcels (events by parcel number); on the order's timeline stands what a
    person wants to know: it arrived, or it is in trouble. Repeating it changes nothing but, when the carrier was `asked`,
    when it is asked next."""
    def write() -> None:
        old = read.get(ctx, DELIVERY, delivery_id)
        new = replace(old, parcels=tuple(with_events(p, news.get(p.number, ())) for p in old.parcels))
        if new == old and not asked:
            return
        new, event = after_news(new, ctx.now)
        is_new = event and (new.state != old.state or new.tracking_status != old.tracking_status)
        tx = Transaction(ctx)
        change_writes(tx, old, new, "")
        if is_new:
            tx.emit(event, ORDER.kind, old.order_id, 0, {
                "delivery_id": old.id, "number": old.number, "status": new.tracking_status,
                "tracking_numbers": [p.tracking_number for p in new.parcels if p.tracking_number]})
        tx.commit()

    retrying(ctx, write)


# -- asking ------------------------------------------------------------------------------------------------------------


def look_after(ctx: Context) -> None:
    """Asks carriers about the deliveries whose turn it is, the most due first; one carrier's trouble stops no other."""
    until = f"{ctx.now.isoformat()}#~"
    due = read.query(ctx, "by_due", "DUE#track", limit=AT_ONCE, newest_first=False, between=("0", until)).items
    troubled = read.query(ctx, "by_due", "DUE#delivery_trouble", limit=AT_ONCE, newest_first=False).items
    silent: set[str] = set()
    for row in (*due, *troubled):
        if ctx.remaining_seconds() < 20:
            return
        delivery = read.find(ctx, DELIVERY, str(row["id"]))
        if delivery is None or delivery.next_tracking_at is None or delivery.next_tracking_at > ctx.now:
            continue
        if delivery.carrier_id not in silent and not _ask(ctx, delivery):
            silent.add(delivery.carrier_id)


def _ask(ctx: Context, delivery: Delivery) -> bool:
    """Asks about each parcel that has not arrived; False when the carrier is in trouble."""
    carrier = read.find(ctx, CARRIER, delivery.carrier_id) if delivery.carrier_id else None
    news: dict[int, Sequence[TrackingEvent]] = {}
    if carrier is not None and carrier.platform != MANUAL and carrier.is_active:
        try:
            shop = carriers.connect(ctx, carrier)
            for parcel in delivery.parcels:
                if parcel.tracking_number and parcel.status not in FINAL_STATUSES:
                    news[parcel.number] = [_neutral(each) for each in shop.track(parcel.tracking_number)]
        except ConnectorError:
            return False
    take_in(ctx.step(f"asked:{delivery.id}"), delivery.id, news, asked=True)
    return True


def begin(ctx: Context, delivery_id: str) -> None:
    """A delivery left: its carrier is asked from now on, when it has one that answers."""
    delivery = read.find(ctx, DELIVERY, delivery_id)
    if delivery is None or delivery.state != "shipped" or delivery.next_tracking_at is not None:
        return
    carrier = read.find(ctx, CARRIER, delivery.carrier_id) if delivery.carrier_id else None
    if carrier is None or carrier.platform == MANUAL:
        return
    take_in(ctx, delivery.id, {}, asked=True)


# -- being told --------------------------------------------------------------------------------------------------------


def receive(ctx: Context, carrier: Carrier, headers: Mapping[str, str], raw: bytes) -> str:
    """Takes one webhook of a carrier: verified on its raw bytes, kept once, answered at once; answers accepted, duplicate
    or ignored. Raises Conflict `wrong_signature`."""
    platform = carriers.platform_of(carrier)
    if not platform.verify(raw, headers, carriers.webhook_secret(ctx, carrier)):
        raise Conflict("wrong_signature", "The signature is not that of this carrier.")
    told = platform.read_webhook(raw)
    if told is None:
        return "ignored"
    stored = read.item(ctx, keys.child(ctx, "tracking", told.tracking_number, keys.ALONE))
    if stored is None:
        return "ignored"
    place = codec.load(stored.data)
    body = hashlib.sha256(raw).hexdigest()
    tx = Transaction(replace(ctx, command=Command(f"tracking:{carrier.id}:{body}")))
    tx.emit("TrackingReceived", DELIVERY.kind, place["delivery_id"], 0, {
        "parcel": place["parcel"], "event": codec.plain(_neutral(told.event))})
    try:
        tx.commit()
    except AlreadyDone:
        return "duplicate"
    return "accepted"


def told(ctx: Context, delivery_id: str, data: Mapping[str, Any]) -> None:
    """TrackingReceived: the news goes to its parcel."""
    event = codec.parse(TrackingEvent, data["event"])
    take_in(ctx, delivery_id, {int(data["parcel"]): [event]})


# -- by hand -----------------------------------------------------------------------------------------------------------


def set_tracking(ctx: Context, delivery: Delivery, body: SetTracking) -> Delivery:
    """A parcel's tracking number, typed; the shop hears of it when the delivery has left. Raises Conflict `labelled` for a
    parcel whose label has a number of its own, Invalid."""
    next_state(DELIVERY_TRANSITIONS, delivery.state, "set_tracking")
    number = body.tracking_number.strip()
    if not 1 <= len(number) <= 60 or not number.isascii() or not number.isprintable() or any(c in number for c in "/# "):
        raise Invalid("tracking_number", "A tracking number has 1 to 60 letters and digits.", {"tracking_number": "1 to 60"})
    if (body.tracking_url and not body.tracking_url.startswith(("https://", "http://"))) or len(body.tracking_url) > 300:
        raise Invalid("tracking_url", "The link begins with https://.", {"tracking_url": "https://…"})
    parcel = labels.parcel_of(delivery, body.parcel_number)
    if parcel.label and parcel.label.external_id and parcel.label.state == "bought":
        raise Conflict("labelled", "This parcel has its carrier's number: void the label first.")
    carrier = read.find(ctx, CARRIER, delivery.carrier_id) if delivery.carrier_id else None
    url = body.tracking_url or (labels.tracking_url(carrier, number) if carrier else "")
    changed = replace(labels.with_parcel(delivery, replace(parcel, tracking_number=number, tracking_url=url)),
                      carrier_name=body.carrier_name.strip()[:60] or delivery.carrier_name)
    tx = Transaction(ctx)
    saved = change_writes(tx, delivery, changed, "ParcelTracked", {
        "parcel": parcel.number, "tracking_number": number, "carrier": changed.carrier_name})
    if parcel.tracking_number and parcel.tracking_number != number:
        tx.delete(keys.child(ctx, "tracking", parcel.tracking_number, keys.ALONE))
    labels.note_number(tx, saved, labels.parcel_of(saved, parcel.number))
    tx.commit()
    return saved


def deliver(ctx: Context, delivery: Delivery, body: object = None) -> Delivery:
    """Somebody says that it arrived. Raises Conflict `wrong_state`."""
    next_state(DELIVERY_TRANSITIONS, delivery.state, "deliver")
    seen = TrackingEvent(at=ctx.now, status="delivered", code="by_hand")
    parcels = tuple(p if p.status == "delivered" else with_events(p, [seen]) for p in delivery.parcels)
    done, event = after_news(replace(delivery, parcels=parcels), ctx.now)
    tx = Transaction(ctx)
    saved = change_writes(tx, delivery, done, "")
    tx.emit(event, ORDER.kind, delivery.order_id, 0, {"delivery_id": saved.id, "number": saved.number, "status": "delivered",
                                                       "tracking_numbers": []})
    tx.commit()
    return saved

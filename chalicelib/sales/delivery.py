"""Deliveries: what leaves of an order from one warehouse, from the pick list to the customer's door. Shapes, states, pure.

A delivery is the one record of goods leaving. It stands in sales because preparing, shipping and cancelling one changes
what its order promises, in the same transaction; how it travels (carriers, labels, tracking) is `shipping`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.documents import Document, IndexKey
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.states import Transitions
from chalicelib.sales.model import LineQuantity, Order
from chalicelib.stock.model import Reservation

DELIVERY_TRANSITIONS: Transitions = {
    ("ready", "scan"): "picking",
    ("ready", "pick_all"): "picking",
    ("ready", "ship"): "shipped",
    ("ready", "cancel"): "cancelled",
    ("picking", "scan"): "picking",
    ("picking", "pick_all"): "picking",
    ("picking", "put_back"): "picking",
    ("picking", "pack"): "packed",
    ("picking", "cancel"): "cancelled",
    ("packed", "buy_labels"): "packed",
    ("packed", "void_label"): "packed",
    ("packed", "set_tracking"): "packed",
    ("packed", "ship"): "shipped",
    ("packed", "unpack"): "picking",
    ("packed", "cancel"): "cancelled",
    ("shipped", "buy_labels"): "shipped",
    ("shipped", "set_tracking"): "shipped",
    ("shipped", "deliver"): "delivered",
}
DELIVERY_STATES = ("ready", "picking", "packed", "shipped", "delivered", "cancelled")
OPEN_STATES = ("ready", "picking", "packed")
TRACKING_STATUSES = ("announced", "in_transit", "out_for_delivery", "pickup_ready", "delivered", "exception", "returned")
"""Where a parcel is, whatever its carrier calls it."""

FINAL_STATUSES = ("delivered", "returned")


@entity
class DeliveryLine:
    """How much of an order's line leaves with this delivery, in base units (of a kit: whole kits)."""

    line_id: str
    sku: str
    name: str
    quantity: Decimal


@entity
class Pick:
    """`quantity` of a stocked SKU to fetch from a place, for a line of the order."""

    line_id: str
    sku: str
    name: str = ""
    unit_code: str = "C62"
    quantity: Decimal
    warehouse_id: str
    location: str = ""
    lot_number: str = ""


@entity
class ParcelLine:
    line_id: str
    sku: str
    quantity: Decimal


@entity
class Label:
    """A carrier's label. `state` is `buying` (asked for, the answer not known yet), `bought` or `voided`. `reference` is
    what the carrier knows this purchase by, whatever becomes of its answer; the files are names in the bucket."""

    state: str
    reference: str
    asked_at: datetime
    external_id: str = ""
    pdf_file: str = ""
    zpl_file: str = ""
    problem: str = ""


@entity
class TrackingEvent:
    """Something a carrier reported of a parcel, under its normalised `status`; `code` and `text` are the carrier's own."""

    at: datetime
    status: str
    code: str = ""
    text: str = ""
    place: str = ""


@entity
class Parcel:
    """A parcel of a delivery. `sscc` is its serial shipping container code (GS1, AI 00) when we numbered it ourselves.
    A parcel without a tracking status was not handed over yet, or is not tracked."""

    number: int
    lines: tuple[ParcelLine, ...] = ()
    weight_grams: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    sscc: str = ""
    label: Label | None = None
    tracking_number: str = ""
    tracking_url: str = ""
    status: str = ""
    status_at: datetime | None = None
    tracking_events: tuple[TrackingEvent, ...] = ()


@entity
class Delivery:
    """What leaves of an order from one warehouse. `carrier_id` names one of the tenant's carriers, `carrier_name` is how
    people and shops are told of it, also when it is none of those."""

    id: str
    number: str
    state: str
    order_id: str
    order_number: str
    warehouse_id: str
    created_at: datetime
    channel_id: str = ""
    channel_name: str = ""
    customer_name: str = ""
    lines: tuple[DeliveryLine, ...] = ()
    picks: tuple[Pick, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    carrier_id: str = ""
    carrier_name: str = ""
    service_code: str = ""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    next_tracking_at: datetime | None = None
    by_channel: bool = False
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether its goods are still here."""
        return self.state in OPEN_STATES

    @property
    def tracking_status(self) -> str:
        """The most telling status of its parcels: trouble first, delivered only when all are."""
        found = {parcel.status for parcel in self.parcels}
        for status in ("exception", "returned", "pickup_ready", "out_for_delivery", "in_transit", "announced"):
            if status in found:
                return status
        return "delivered" if found == {"delivered"} else ""


@command
class PrepareDeliveries:
    """No lines means all that is reserved and in no delivery yet; a warehouse restricts it to what is reserved there."""

    lines: tuple[LineQuantity, ...] = ()
    warehouse_id: str = ""


def delivery_id_of(order_id: str, n: int) -> str:
    """The id of an order's n-th delivery."""
    return derived_id(DELIVERY.prefix, order_id, str(n))


def open_deliveries(order: Order) -> tuple[str, ...]:
    """Ids of the order's deliveries whose goods are still here."""
    return tuple(dict.fromkeys(held.delivery_id for line in order.lines for held in line.reserved if held.delivery_id))


def new_delivery(
    order: Order, warehouse_id: str, quantities: Mapping[str, Decimal], goods: Sequence[Reservation], at: datetime,
    names: Mapping[str, tuple[str, str]],
) -> Delivery:
    """The order's next delivery, of these lines and these goods. `names` are name and unit by SKU."""
    n = order.delivery_count + 1
    titles = {line.id: line for line in order.lines}
    lines = tuple(DeliveryLine(line_id=i, sku=titles[i].sku, name=titles[i].name, quantity=q) for i, q in quantities.items())
    picks = []
    for each in goods:
        line = titles[each.line_id]
        name, unit = (line.name, line.base_unit_code) if each.sku == line.sku else names.get(each.sku, ("", "C62"))
        picks.append(Pick(line_id=each.line_id, sku=each.sku, name=name, unit_code=unit, quantity=each.quantity,
                          warehouse_id=each.place.warehouse_id, location=each.place.location,
                          lot_number=each.place.lot_number))
    return Delivery(
        id=delivery_id_of(order.id, n), number=f"{order.number}-{n}", state="ready", order_id=order.id,
        order_number=order.number, warehouse_id=warehouse_id, created_at=at, channel_id=order.channel_id,
        channel_name=order.channel_name, customer_name=(order.buyer.company_name or order.buyer.name)[:60],
        lines=lines, picks=tuple(sorted(picks, key=lambda p: (p.location, p.sku, p.line_id))))


def packed_quantities(delivery: Delivery) -> dict[tuple[str, str], Decimal]:
    """What lies in the parcels, by line and SKU."""
    found: dict[tuple[str, str], Decimal] = {}
    for parcel in delivery.parcels:
        for line in parcel.lines:
            found[(line.line_id, line.sku)] = found.get((line.line_id, line.sku), ZERO) + line.quantity
    return found


def wanted_quantities(delivery: Delivery) -> dict[tuple[str, str], Decimal]:
    """What is to be packed, by line and SKU."""
    found: dict[tuple[str, str], Decimal] = {}
    for pick in delivery.picks:
        found[(pick.line_id, pick.sku)] = found.get((pick.line_id, pick.sku), ZERO) + pick.quantity
    return found


def left_to_pack(delivery: Delivery) -> dict[tuple[str, str], Decimal]:
    """What is still to be packed, by line and SKU."""
    packed = packed_quantities(delivery)
    left = {key: quantity - packed.get(key, ZERO) for key, quantity in wanted_quantities(delivery).items()}
    return {key: quantity for key, quantity in left.items() if quantity > 0}


def put_in(delivery: Delivery, number: int, goods: Iterable[tuple[tuple[str, str], Decimal]]) -> Delivery:
    """The delivery with these goods in a parcel, which is added when there is none of that number."""
    parcels = {parcel.number: parcel for parcel in delivery.parcels}
    parcel = parcels.get(number) or Parcel(number=number)
    held = {(line.line_id, line.sku): line.quantity for line in parcel.lines}
    for key, quantity in goods:
        held[key] = held.get(key, ZERO) + quantity
    lines = tuple(ParcelLine(line_id=line_id, sku=sku, quantity=q) for (line_id, sku), q in held.items() if q > 0)
    parcels[number] = replace(parcel, lines=lines)
    return replace(delivery, parcels=tuple(parcels[n] for n in sorted(parcels)))


def filled(delivery: Delivery) -> Delivery:
    """The delivery with all that is not packed yet in its last parcel: what leaves without being scanned."""
    left = left_to_pack(delivery)
    number = delivery.parcels[-1].number if delivery.parcels else 1
    return put_in(delivery, number, left.items()) if left or not delivery.parcels else delivery


def departed(
    delivery: Delivery, at: datetime, *, carrier_name: str = "", tracking_number: str = "", tracking_url: str = "",
    by_channel: bool = False,
) -> Delivery:
    """The delivery on its way. A tracking number that is given is that of its first parcel."""
    full = filled(delivery)
    first, *others = full.parcels
    if tracking_number or tracking_url:
        first = replace(first, tracking_number=tracking_number or first.tracking_number,
                        tracking_url=tracking_url or first.tracking_url)
    return replace(full, state="shipped", shipped_at=at, parcels=(first, *others), by_channel=by_channel,
                   carrier_name=carrier_name or full.carrier_name)


def delivery_data(delivery: Delivery, order: Order) -> dict[str, Any]:
    """What the events of a delivery tell."""
    external = {line.id: line.external_id for line in order.lines}
    return {
        "number": delivery.number, "state": delivery.state, "order_id": order.id, "order_number": order.number,
        "channel_id": order.channel_id, "external_id": order.external_id, "warehouse_id": delivery.warehouse_id,
        "carrier": delivery.carrier_name, "by_channel": delivery.by_channel,
        "shipped_at": delivery.shipped_at.isoformat() if delivery.shipped_at else "",
        "lines": [{"line_id": line.line_id, "external_id": external.get(line.line_id, ""), "quantity": str(line.quantity)}
                  for line in delivery.lines],
        "parcels": [{"number": parcel.number, "tracking_number": parcel.tracking_number,
                     "tracking_url": parcel.tracking_url} for parcel in delivery.parcels]}


def delivery_summary(delivery: Delivery) -> dict[str, Any]:
    """The list's columns."""
    return {
        "number": delivery.number, "state": delivery.state, "order_id": delivery.order_id,
        "order_number": delivery.order_number, "warehouse_id": delivery.warehouse_id,
        "customer_name": delivery.customer_name[:40], "channel_id": delivery.channel_id,
        "channel_name": delivery.channel_name[:30],
        "created_at": delivery.created_at.isoformat(timespec="seconds"),
        "shipped_at": delivery.shipped_at.isoformat(timespec="seconds") if delivery.shipped_at else "",
        "carrier_name": delivery.carrier_name[:30], "parcel_count": len(delivery.parcels),
        "tracking_number": next((p.tracking_number for p in delivery.parcels if p.tracking_number), "")[:40],
        "tracking_status": delivery.tracking_status,
    }


def _when(delivery: Delivery) -> str:
    return f"{delivery.created_at.isoformat()}#{delivery.id}"


def delivery_due(delivery: Delivery) -> IndexKey | None:
    """The open work a delivery stands in: to be packed, in trouble, or to be asked about at its carrier."""
    if delivery.is_open:
        return "DUE#deliver", _when(delivery)
    if delivery.state == "shipped" and delivery.tracking_status in ("exception", "returned"):
        return "DUE#delivery_trouble", _when(delivery)
    if delivery.state == "shipped" and delivery.next_tracking_at is not None:
        return "DUE#track", f"{delivery.next_tracking_at.isoformat()}#{delivery.id}"
    return None


DELIVERY = Document(
    kind="sales_delivery", prefix="dlv", model=Delivery, summary=delivery_summary,
    by_list=lambda d: ("SALES_DELIVERY", _when(d)), by_ref=lambda d: (f"REF#delivery#{d.number}", d.id),
    by_due=delivery_due,
    personal=frozenset({"customer_name"}))

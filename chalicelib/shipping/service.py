"""Use cases of shipping; the only functions other code calls."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.kernel.states import next_state
from chalicelib.sales import delivering, fulfilment
from chalicelib.sales.commands import ShipOrder
from chalicelib.sales.delivery import DELIVERY_TRANSITIONS, Delivery, left_to_pack
from chalicelib.sales.model import ORDER, Address, Order
from chalicelib.shipping import customs, packing, public
from chalicelib.shipping.carriers import create_carrier, update_carrier
from chalicelib.shipping.labels import buy_labels, label_file, void_all, void_label
from chalicelib.shipping.model import CARRIER, CancelDelivery, Pack, PickAll, PutBack, Scan, ShipDelivery
from chalicelib.shipping.tracking import begin, deliver, look_after, receive, set_tracking, told
from chalicelib.stock import service as stock
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import COMPANY, COMPANY_ID, PostalAddress

__all__ = ["begin", "buy_labels", "cancel", "create_carrier", "customs_of", "deliver", "label_file", "look_after", "pack",
           "pick_all", "present", "put_back", "receive", "scan", "set_tracking", "ship", "told", "unpack", "update_carrier",
           "void_all", "void_label"]


def _change(ctx: Context, delivery: Delivery, new: Delivery, event: str = "") -> Delivery:
    tx = Transaction(ctx)
    saved = delivering.change_writes(tx, delivery, new, event)
    tx.commit()
    return saved


def resolve(ctx: Context, code: str) -> packing.Scanned:
    """What a scanned code stands for: an article's GTIN or SKU, or the GTIN of one of its packs. Raises Invalid
    `unknown_code`."""
    if not 1 <= len(code.strip()) <= 100:
        raise Invalid("unknown_code", "Scan a GTIN or type a SKU.", {"code": "empty"})
    readings = packing.readings(code)
    for reading in readings:
        try:
            found = catalog.scanned(ctx, reading)
        except NotFound:
            continue
        return packing.Scanned(code=code, sku=found.sku, name=found.name, factor=found.factor)
    known = catalog.find_skus(ctx, [code.strip()])
    if not known:
        raise Invalid("unknown_code", f"No article has the code {code.strip()[:60]}.", {"code": "unknown"})
    (facts,) = known.values()
    return packing.Scanned(code=code, sku=facts.sku, name=facts.name)


def scan(ctx: Context, delivery: Delivery, body: Scan) -> Delivery:
    """Puts what was scanned into a parcel. Raises Invalid `unknown_code`, Conflict `wrong_article`, `too_many`."""
    return _change(ctx, delivery, packing.scan(delivery, resolve(ctx, body.code), body.quantity, body.parcel_number))


def pick_all(ctx: Context, delivery: Delivery, body: PickAll) -> Delivery:
    """Puts everything that is left into a parcel, unscanned."""
    return _change(ctx, delivery, packing.pick_all(delivery, body))


def put_back(ctx: Context, delivery: Delivery, body: PutBack) -> Delivery:
    """Takes goods out of a parcel again."""
    return _change(ctx, delivery, packing.put_back(delivery, body))


def unpack(ctx: Context, delivery: Delivery, body: object = None) -> Delivery:
    """Opens closed parcels again."""
    return _change(ctx, delivery, packing.unpack(delivery))


def pack(ctx: Context, delivery: Delivery, body: Pack) -> Delivery:
    """Closes the parcels, weighed. What is missing of a short delivery stays reserved for its order, in no delivery.
    Raises Conflict `nothing_packed`, `not_all_picked`, `kit_incomplete`; Invalid; Stale."""
    next_state(DELIVERY_TRANSITIONS, delivery.state, "pack")
    order = read.get(ctx, ORDER, delivery.order_id)
    facts = catalog.find_skus(ctx, sorted({pick.sku for pick in delivery.picks}))
    packed = packing.pack(delivery, body, {sku: each.weight_grams for sku, each in facts.items()})
    kits: dict[str, dict[str, Decimal]] = {line.id: dict(fulfilment.components(line)) for line in order.lines}
    quantities = packing.leaving(delivery, kits, body.allow_short)
    tx = Transaction(ctx)
    if left_to_pack(delivery):
        packed = delivering.narrow_writes(tx, order, packed, quantities)
    saved = delivering.change_writes(tx, delivery, packed, "DeliveryPacked", {"parcel_count": len(packed.parcels)})
    tx.commit()
    return saved


def ship(ctx: Context, delivery: Delivery, body: ShipDelivery) -> Delivery:
    """The delivery leaves: its goods leave stock, its order and its shop hear of it. Raises Conflict `wrong_state` (of the
    delivery, or of an order on hold), Stale."""
    next_state(DELIVERY_TRANSITIONS, delivery.state, "ship")
    order = read.get(ctx, ORDER, delivery.order_id)
    parcel = ShipOrder(carrier=body.carrier, tracking_number=body.tracking_number, tracking_url=body.tracking_url)
    return delivering.leave(ctx, order, delivery, parcel)[1]


def cancel(ctx: Context, delivery: Delivery, body: CancelDelivery) -> Delivery:
    """Gives the delivery up; its goods stay reserved for the order, its labels are given back a moment later."""
    return delivering.give_up(ctx, delivery, body.reason)


def customs_of(ctx: Context, delivery: Delivery) -> customs.CustomsDeclaration:
    """What customs are told of the delivery's parcels, and what the catalogue lacks for it. Raises NotFound."""
    order = read.get(ctx, ORDER, delivery.order_id)
    return customs.declaration(ctx, order, delivery, _sender(ctx, delivery), _recipient(order))


def _sender(ctx: Context, delivery: Delivery) -> Address:
    """From where it is sent: what the carrier was told, else the company's own address."""
    carrier = read.find(ctx, CARRIER, delivery.carrier_id) if delivery.carrier_id else None
    if carrier and carrier.sender.country_code:
        return carrier.sender
    company = read.find(ctx, COMPANY, COMPANY_ID)
    own = company.address if company else PostalAddress()
    return Address(country_code=own.country_code, postal_code=own.postal_code)


def _recipient(order: Order) -> Address:
    return order.billing_address if order.shipping_address == Address() else order.shipping_address


def present(ctx: Context, delivery: Delivery) -> dict[str, Any]:
    """The delivery with what is left to pack, where it comes from and goes to, whether that is declared to customs, and the
    customer's link."""
    order = read.find(ctx, ORDER, delivery.order_id)
    shown: dict[str, Any] = codec.plain(delivery)
    shown["left"] = [{"line_id": line_id, "sku": sku, "quantity": str(quantity)}
                     for (line_id, sku), quantity in left_to_pack(delivery).items()] if delivery.is_open else []
    directory = stock.directory(ctx)
    shown["warehouse_name"] = directory.name_of(delivery.warehouse_id)
    address = Address() if order is None else _recipient(order)
    shown["shipping_address"] = codec.plain(address)
    shown["is_declared"] = bool(address.country_code) and customs.is_required(_sender(ctx, delivery), address)
    shown["order_state"] = order.state if order else ""
    shown["order_note"] = order.note if order else ""
    shown["current_status"] = delivery.tracking_status
    shown["tracking_page_url"] = public.page_url(ctx, delivery.order_id)
    return shown

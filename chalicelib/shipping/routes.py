"""`/api/shipping`: deliveries to pack and ship, labels, carriers; the carriers' webhooks and the customer's page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import Conflict, NotFound, Unauthenticated
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request
from chalicelib.runtime.resources import Action, Listing, Resource, mount
from chalicelib.sales.delivery import DELIVERY, DELIVERY_TRANSITIONS, Delivery
from chalicelib.shipping import carriers, public, service
from chalicelib.shipping.answers import CarrierRow, Heard, SalesDeliveryRow, SalesDeliveryView
from chalicelib.shipping.customs import CustomsDeclaration
from chalicelib.shipping.model import (
    CARRIER,
    BuyLabels,
    CancelDelivery,
    CarrierBody,
    CarrierView,
    Pack,
    PickAll,
    PutBack,
    Scan,
    SetTracking,
    ShipDelivery,
    VoidLabel,
)
from chalicelib.storage import read

MAX_WEBHOOK_BYTES = 200_000
_ADDRESS = re.compile(r"([a-z0-9-]{2,48})\.(crr_[0-9A-Z]{20,32})")
api = Api("shipping")


def _allows(ctx: Context, delivery: Delivery, action: str) -> bool:
    """Whether a delivery itself permits what its state does: labels are bought where one is missing and voided where one
    is; a parcel with its carrier's label has its number."""
    labels = [parcel.label for parcel in delivery.parcels if parcel.label and parcel.label.state in ("bought", "buying")]
    if action == "buy_labels":
        return any(not parcel.label or parcel.label.state != "bought" for parcel in delivery.parcels)
    if action == "void_label":
        return bool(labels)
    if action == "unpack":
        return not labels
    return True


mount(api, Resource(
    document=DELIVERY, shape=SalesDeliveryView, row=SalesDeliveryRow, path="/deliveries", read="orders.read",
    write="orders.ship",
    listings={"": Listing("by_list", "SALES_DELIVERY"),
              "to_pack": Listing("by_due", "DUE#deliver", newest_first=False),
              "trouble": Listing("by_due", "DUE#delivery_trouble", newest_first=False)},
    filters=("state", "warehouse_id", "tracking_status"), lookups={"number": Listing("by_ref", "REF#delivery#{}")},
    actions={
        "scan": Action(service.scan, Scan),
        "pick_all": Action(service.pick_all, PickAll),
        "put_back": Action(service.put_back, PutBack),
        "pack": Action(service.pack, Pack, again=True),
        "unpack": Action(service.unpack),
        "buy_labels": Action(service.buy_labels, BuyLabels),
        "void_label": Action(service.void_label, VoidLabel),
        "set_tracking": Action(service.set_tracking, SetTracking),
        "ship": Action(service.ship, ShipDelivery, again=True),
        "deliver": Action(service.deliver),
        "cancel": Action(service.cancel, CancelDelivery, again=True),
    },
    transitions=DELIVERY_TRANSITIONS, allows=_allows, present=service.present))

mount(api, Resource(
    document=CARRIER, shape=CarrierView, row=CarrierRow, path="/carriers", read="orders.read", write="carriers.manage",
    listings={"": Listing("by_list", "CARRIER", newest_first=False)}, filters=("is_active", "platform"),
    create=service.create_carrier, create_body=CarrierBody, update=service.update_carrier, update_body=CarrierBody,
    present=carriers.view))


@api.get("/deliveries/{delivery_id}/label", permission="orders.read", produces="application/pdf", parameters=(
    Parameter("parcel", "the parcel's number, 1 if not given"), Parameter("format", "pdf (if not given) or zpl")))
def read_label(ctx: Context, request: Request[Any], delivery_id: str) -> Answer:
    """A parcel's label, as PDF or ZPL."""
    delivery = read.get(ctx, DELIVERY, delivery_id)
    number = request.query.get("parcel", "1")
    if not number.isascii() or not number.isdecimal() or len(number) > 3:
        raise NotFound("parcel")
    content, content_type = service.label_file(ctx, delivery, int(number), request.query.get("format", "pdf"))
    ending = "zpl" if "zpl" in content_type else "pdf"
    return Answer(content if ending == "pdf" else content.decode("utf-8", "replace"), 200, {
        "Content-Disposition": f'inline; filename="{delivery.number}-{number}.{ending}"'}, content_type=content_type)


@api.get("/deliveries/{delivery_id}/customs", permission="orders.read", answer=CustomsDeclaration)
def read_customs(ctx: Context, request: Request[Any], delivery_id: str) -> Answer:
    """What customs are told of a delivery's parcels, and what the catalogue lacks for it."""
    return Answer(service.customs_of(ctx, read.get(ctx, DELIVERY, delivery_id)))


@api.post("/{address}/webhooks", public=True, raw_body=True, answer=Heard, status=200, max_body=MAX_WEBHOOK_BYTES)
def receive_tracking(platform: Context, request: Request[Any], address: str) -> Answer:
    """What a carrier saw of a parcel, sent to `<tenant>.<carrier>` and signed by it."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise NotFound("carrier")
    ctx = replace(platform, tenant_id=match[1], actor=Actor("system", match[2]))
    carrier = read.get(ctx, CARRIER, match[2])
    ctx = replace(ctx, actor=Actor("system", carrier.id, carrier.name))
    try:
        status = service.receive(ctx, carrier, request.headers, request.raw)
    except Conflict as refusal:
        raise Unauthenticated("wrong_signature", refusal.detail) from None
    return Answer({"status": status})


@api.get("/track/{token}", public=True, answer=public.TrackedOrder)
def track_order(platform: Context, request: Request[Any], token: str) -> Answer:
    """Where the parcels of an order are, for whoever has its link."""
    return Answer(public.tracked(platform, token, request.source_ip))

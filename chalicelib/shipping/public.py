"""The customer's tracking page: an order's parcels behind a link that cannot be guessed, without signing in.

The link is signed, not stored: tenant, order, and 128 bits of an HMAC under a key of this tenant and purpose. The page
shows what somebody needs who waits for a parcel, and no name, address, article or price.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import secrets
from chalicelib.runtime.settings import settings
from chalicelib.sales import delivering
from chalicelib.sales.delivery import Delivery
from chalicelib.sales.model import ORDER
from chalicelib.storage import read
from chalicelib.tenants import attempts
from chalicelib.tenants.model import COMPANY, COMPANY_ID

PURPOSE = "tracking"
SIGNATURE_LENGTH = 22
BY_ADDRESS = attempts.Limit("tracking_address", 120, 600)
_TOKEN = re.compile(r"([a-z0-9-]{2,48})\.(ord_[0-9A-Z]{20,32})\.([A-Za-z0-9_-]{22})")


@entity
class TrackedEvent:
    at: datetime
    status: str
    place: str


@entity
class TrackedParcel:
    tracking_number: str
    tracking_url: str
    status: str
    status_at: datetime | None
    events: tuple[TrackedEvent, ...]


@entity
class TrackedDelivery:
    number: str
    state: str
    carrier: str
    shipped_at: datetime | None
    delivered_at: datetime | None
    parcels: tuple[TrackedParcel, ...]


@entity
class TrackedOrder:
    """What somebody sees who has the link. `company` is who sent it."""

    company: str
    order_number: str
    deliveries: tuple[TrackedDelivery, ...]


def token(ctx: Context, order_id: str) -> str:
    """What opens the tracking page of an order."""
    return f"{ctx.tenant_id}.{order_id}.{secrets.sign(ctx, PURPOSE, order_id)[:SIGNATURE_LENGTH]}"


def page_url(ctx: Context, order_id: str) -> str:
    """Where the customer sees the order's parcels."""
    return f"{settings().public_url}/track/{token(ctx, order_id)}"


def tracked(platform: Context, text: str, source_ip: str) -> TrackedOrder:
    """The order behind a link, counted against its asker's address before anything is looked up. Raises NotFound for a
    link that is not ours, whatever is wrong with it, and LimitExceeded."""
    attempts.spend(platform, BY_ADDRESS, source_ip)
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise NotFound("parcel")
    ctx = replace(platform, tenant_id=match[1], actor=Actor("system", "tracking"))
    if not secrets.verify(ctx, PURPOSE, match[2], match[3], SIGNATURE_LENGTH):
        raise NotFound("parcel")
    order = read.find(ctx, ORDER, match[2])
    if order is None:
        raise NotFound("parcel")
    left = [delivery for delivery in delivering.deliveries_of(ctx, order) if delivery.shipped_at is not None]
    company = read.find(ctx, COMPANY, COMPANY_ID)
    name = (company.trade_name or company.legal_name) if company else ""
    return TrackedOrder(company=name, order_number=order.external_number or order.number,
                        deliveries=tuple(map(_tracked, left)))


def _tracked(delivery: Delivery) -> TrackedDelivery:
    parcels = tuple(TrackedParcel(
        tracking_number=parcel.tracking_number, tracking_url=parcel.tracking_url, status=parcel.status,
        status_at=parcel.status_at,
        events=tuple(TrackedEvent(at=each.at, status=each.status, place=each.place)
                     for each in reversed(parcel.tracking_events))) for parcel in delivery.parcels)
    return TrackedDelivery(number=delivery.number, state=delivery.state, carrier=delivery.carrier_name,
                           shipped_at=delivery.shipped_at, delivered_at=delivery.delivered_at, parcels=parcels)

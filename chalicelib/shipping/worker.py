"""The `shipping` queue and its schedule: carriers are asked, their news goes to its parcel, labels are given back."""

from __future__ import annotations

from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime.worker import Handler, Schedule
from chalicelib.shipping import service


def delivery_shipped(ctx: Context, event: Event) -> None:
    """Its carrier is asked from now on."""
    service.begin(ctx, event.entity_id)


def delivery_cancelled(ctx: Context, event: Event) -> None:
    """Its labels are given back."""
    service.void_all(ctx, event.entity_id)


def tracking_received(ctx: Context, event: Event) -> None:
    """A carrier's news goes to its parcel."""
    service.told(ctx, event.entity_id, event.data)


HANDLERS: dict[str, Handler] = {
    "DeliveryShipped": delivery_shipped,
    "DeliveryCancelled": delivery_cancelled,
    "TrackingReceived": tracking_received,
}
SCHEDULES = (Schedule("shipping_tracking", 10, service.look_after),)

"""The `documents` queue: whenever a document is made or changed, its papers follow."""

from __future__ import annotations

from chalicelib.documents import service
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event


def order_changed(ctx: Context, event: Event) -> None:
    """The order's confirmation, as the order stands now."""
    service.make(ctx, lambda: service.order_drafts(ctx, event.entity_id))


def goods_left(ctx: Context, event: Event) -> None:
    """The delivery's note, and an address label where the parcel has none of its carrier's."""
    service.make(ctx, lambda: service.delivery_drafts(ctx, event.entity_id, only_needed=True))


def invoice_issued(ctx: Context, event: Event) -> None:
    """The invoice's or credit note's paper, with the electronic one inside."""
    service.make(ctx, lambda: service.invoice_drafts(ctx, event.entity_id))


HANDLERS = {
    **dict.fromkeys(("OrderPlaced", "OrderAmended", "OrderPartlyCancelled"), order_changed),
    "DeliveryShipped": goods_left,
    **dict.fromkeys(("InvoiceIssued", "CreditNoteIssued"), invoice_issued),
}

"""The `payments` queue: what shops took and gave back, and invoices that are there to be settled."""

from __future__ import annotations

from chalicelib.payments import shop

HANDLERS = {
    **dict.fromkeys(("OrderPlaced", "OrderConfirmed", "OrderUpdated"), shop.on_order),
    "OrderRefunded": shop.on_refunded,
    **dict.fromkeys(("InvoiceIssued", "CreditNoteIssued"), shop.on_issued),
}

"""The published events: what a tenant's programs may hear of, who may ask for it, and what of it is told.

A message is thin: which document, its version and state, and where the API shows it. Amounts, costs and everything personal
are read there, with the reader's own permissions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from chalicelib.kernel import codec
from chalicelib.kernel.event import Event

TOLD = ("number", "state", "sku", "skus", "channel_id", "external_id", "connection_id", "order_id", "order_number",
        "order_ids", "delivery_id", "delivery_number", "warehouse_id", "invoice_ids", "reference_id", "parcel", "refund_id")
"""What of an event's data is told: identifiers, numbers of documents and states."""


@dataclass(frozen=True, slots=True)
class Published:
    """An event of the list: its area in the portal, what one must be allowed to see to hear of it, and where its document
    is in the API."""

    area: str
    permission: str
    path: str


_ORDER = Published("orders", "orders.read", "/api/sales/orders/")
_DELIVERY = Published("shipping", "orders.read", "/api/shipping/deliveries/")
_INVOICE = Published("invoices", "invoices.read", "/api/invoicing/invoices/")
_PAYMENT = Published("payments", "payments.read", "/api/payments/payments/")
_STOCK = Published("stock", "stock.read", "/api/stock/levels/")
_MOVED = Published("stock", "stock.read", "/api/stock/operations/")
_CUSTOMER = Published("parties", "parties.read", "/api/parties/customers/")
_PRODUCT = Published("catalog", "catalog.read", "/api/catalog/products/")
_VARIANT = Published("catalog", "catalog.read", "/api/catalog/variants/")
_PRICES = Published("pricing", "pricing.read", "/api/pricing/price-lists/")
_CONNECTION = Published("channels", "channels.read", "/api/channels/connections/")
CATALOGUE: Mapping[str, Published] = MappingProxyType({
    **dict.fromkeys(("OrderPlaced", "OrderConfirmed", "OrderAmended", "OrderHeld", "OrderReleased", "OrderAllocated",
                     "OrderPartlyShipped", "OrderShipped", "OrderPartlyCancelled", "OrderCancelled", "OrderClosed",
                     "OrderRefunded", "DeliveryDelivered", "DeliveryTroubled"), _ORDER),
    **dict.fromkeys(("DeliveryCreated", "DeliveryPacked", "DeliveryShipped", "DeliveryCancelled"), _DELIVERY),
    **dict.fromkeys(("InvoiceIssued", "CreditNoteIssued"), _INVOICE),
    **dict.fromkeys(("PaymentRecorded", "PaymentReversed"), _PAYMENT),
    "StockChanged": _STOCK, "GoodsReceived": _MOVED, "StockMoved": _MOVED,
    **dict.fromkeys(("CustomerCreated", "CustomerUpdated"), _CUSTOMER),
    **dict.fromkeys(("ProductCreated", "ProductUpdated"), _PRODUCT),
    **dict.fromkeys(("VariantCreated", "VariantUpdated"), _VARIANT),
    **dict.fromkeys(("PriceListCreated", "PriceListUpdated"), _PRICES),
    **dict.fromkeys(("ConnectionFailing", "ConnectionRecovered"), _CONNECTION),
})


def message_id(event_id: str) -> str:
    """The event's id as `webhook-id`: a full stop separates the parts of what is signed, so it has none."""
    return event_id.replace(".", "_")


def payload(event: Event, public_url: str) -> str:
    """The body of a message about a published event, as it is signed and sent every time: `type`, `timestamp` (when it
    happened) and `data`."""
    told = {name: event.data[name] for name in TOLD if name in event.data}
    place = f"{public_url}{CATALOGUE[event.type].path}{quote(event.entity_id, safe='')}"
    data: dict[str, Any] = {"id": event.entity_id, "kind": event.kind, "version": event.version, **told, "url": place}
    return codec.compact({"type": event.type, "timestamp": event.at.isoformat().replace("+00:00", "Z"), "data": data})

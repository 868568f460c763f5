"""Bodies of what we write to a WooCommerce shop's orders. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.contract import RefundRequest, TrackingUpdate
from connectors.reading import Raw, text
from connectors.woocommerce.mapping import TRACKING_META_KEY, tracking_items


def refund_body(request: RefundRequest, rates: Mapping[Decimal, str] | None = None) -> dict[str, Any]:
    """A refund. `api_refund` and `api_restock` are true by default over there, so both are always said.

    `rates` are the order's rate ids by percentage, for taxes that do not name theirs; a rate that the order does not know
    is left out, for the amount rules.
    """
    known = rates or {}
    body: dict[str, Any] = {
        "amount": format(request.amount, "f"),
        "reason": request.reason,
        "api_refund": request.through_gateway,
        "api_restock": request.restock,
    }
    if request.lines:
        body["line_items"] = [
            {
                "id": int(line.order_line_external_id),
                "quantity": line.quantity,
                "refund_total": format(line.net_total, "f"),
                "refund_tax": [
                    {"id": int(rate_id), "refund_total": format(tax.amount, "f")}
                    for tax in line.taxes
                    if (rate_id := tax.rate_id or (known.get(tax.percent, "") if tax.percent is not None else ""))
                ],
            }
            for line in request.lines
        ]
    return body


def tracking_body(raw: Raw, update: TrackingUpdate) -> dict[str, Any]:
    """What must change in order `raw` for `update`: empty when the parcel is noted and the status is right.

    The whole list is sent, because a meta field of one key is replaced, not added to.
    """
    items = tracking_items(raw)
    body: dict[str, Any] = {}
    if not any(text(item, "tracking_number") == update.tracking_number for item in items):
        added = {
            "tracking_provider": "",
            "custom_tracking_provider": update.carrier,
            "custom_tracking_link": update.tracking_url,
            "tracking_number": update.tracking_number,
            "date_shipped": str(int(update.shipped_at.timestamp())),
        }
        body["meta_data"] = [{"key": TRACKING_META_KEY, "value": [*items, added]}]
    if update.completes_order and text(raw, "status") != "completed":
        body["status"] = "completed"
    return body


def tracking_note(update: TrackingUpdate) -> str:
    """The note the customer gets by e-mail; a repeat is recognised by the tracking number in it."""
    parcel = f"{update.carrier} {update.tracking_number}".strip()
    parts = [update.customer_message, parcel, update.tracking_url]
    return "\n".join(part for part in parts if part)

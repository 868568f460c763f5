"""Sendcloud's JSON and ours, purely.

Statuses: https://sendcloud.dev/docs/tracking/tracking-statuses and the API's `GET /parcels/statuses`. They come as a code
(`READY_TO_SEND`), as words with dashes (`ready-to-send`), as a sentence ("Ready to send") or as a number, by endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.carriers.contract import (
    BoughtLabel,
    CarrierEvent,
    CarrierService,
    Customs,
    CustomsItem,
    LabelRequest,
    ParcelStatus,
    PostalParty,
    TrackingNews,
)
from connectors.errors import Malformed
from connectors.reading import Unreadable, identifier, text
from connectors.strict_json import StrictJsonError, loads

_NAMES: Mapping[ParcelStatus, str] = {
    ParcelStatus.ANNOUNCED: """announced announcing being_announced ready_to_send announced_not_collected no_label
        shipping_label_created""",
    ParcelStatus.IN_TRANSIT: """accepted en_route_to_sorting_center en_route_to_sorting_centre at_sorting_center
        at_sorting_centre sorted being_sorted not_sorted shipment_on_route parcel_en_route in_transit at_customs
        shipment_picked_up_by_driver picked_up delivery_delayed delivery_method_changed delivery_date_changed
        delivery_address_changed""",
    ParcelStatus.OUT_FOR_DELIVERY: "driver_en_route out_for_delivery",
    ParcelStatus.PICKUP_READY: "awaiting_customer_pickup ready_for_collection",
    ParcelStatus.DELIVERED: "delivered delivery_forced shipment_collected_by_customer",
    ParcelStatus.RETURNED: "returned_to_sender refused_by_recipient return_to_sender",
    ParcelStatus.EXCEPTION: """exception unable_to_deliver delivery_attempt_failed error_collecting address_invalid
        announcement_failed cancelled cancelled_upstream cancellation_requested submitting_cancellation_request
        unknown_status""",
}
STATUSES: Mapping[str, ParcelStatus] = {name: status for status, names in _NAMES.items() for name in names.split()}
STATUS_NUMBERS: Mapping[int, str] = {
    1: "announced", 3: "en_route_to_sorting_center", 4: "delivery_delayed", 5: "sorted", 6: "not_sorted",
    7: "being_sorted", 8: "delivery_attempt_failed", 10: "delivery_forced", 11: "delivered",
    12: "awaiting_customer_pickup", 13: "announced_not_collected", 15: "error_collecting",
    22: "shipment_picked_up_by_driver", 80: "unable_to_deliver", 91: "parcel_en_route", 92: "driver_en_route",
    93: "shipment_collected_by_customer", 999: "no_label", 1000: "ready_to_send", 1001: "being_announced",
    1002: "announcement_failed", 1337: "unknown_status", 1998: "cancelled_upstream", 1999: "cancellation_requested",
    2000: "cancelled", 2001: "submitting_cancellation_request", 62989: "at_customs", 62990: "at_sorting_centre",
    62991: "refused_by_recipient", 62992: "returned_to_sender", 62993: "delivery_method_changed",
    62994: "delivery_date_changed", 62995: "delivery_address_changed", 62996: "exception", 62997: "address_invalid",
}  # fmt: skip
_CANCELLED = frozenset({"cancelled", "cancelled_upstream", "cancellation_requested", "submitting_cancellation_request"})


def status_name(word: str) -> str:
    """One spelling for all that an endpoint may say: `READY_TO_SEND`, `ready-to-send`, "Ready to send", 1000."""
    if word.isdecimal():
        return STATUS_NUMBERS.get(int(word[:9]), word)
    return re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")


def status_of(word: str) -> ParcelStatus:
    """The neutral status; EXCEPTION for a word that no table has."""
    return STATUSES.get(status_name(word), ParcelStatus.EXCEPTION)


def _address(party: PostalParty) -> dict[str, str]:
    given = {
        "name": party.name or party.company, "company_name": party.company, "address_line_1": party.line1,
        "address_line_2": party.line2, "postal_code": party.postcode, "city": party.city,
        "country_code": party.country, "phone_number": party.phone, "email": party.email,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


def announcement(request: LabelRequest) -> dict[str, Any]:
    """The body of `POST /shipments/announce`: one shipment of one parcel. Kilograms and centimetres are its units. Outside the
    EU `parcel_items` want `hs_code` and `origin_country`, and the shipment `customs_information` (sendcloud.dev, Shipments,
    "International shipments"), of which Sendcloud makes the papers."""
    properties: dict[str, Any] = {"shipping_option_code": request.service_code}
    if request.contract_id.isdecimal():
        properties["contract_id"] = int(request.contract_id)
    parcel: dict[str, Any] = {"weight": {"value": f"{Decimal(request.weight_grams) / 1000:.3f}", "unit": "kg"}}
    if request.length_mm and request.width_mm and request.height_mm:
        sizes = {"length": request.length_mm, "width": request.width_mm, "height": request.height_mm}
        parcel["dimensions"] = {name: f"{Decimal(size) / 10:.2f}" for name, size in sizes.items()} | {"unit": "cm"}
    body: dict[str, Any] = {
        "external_reference_id": request.reference,
        "order_number": request.order_number,
        "label_details": {"mime_type": "application/pdf", "dpi": 203},
        "from_address": _address(request.sender),
        "to_address": _address(request.recipient),
        "ship_with": {"type": "shipping_option_code", "properties": properties},
        "parcels": [parcel],
    }
    if request.customs:
        parcel["parcel_items"] = [_item(each, request.customs.currency) for each in request.customs.items]
        body["customs_information"] = _customs(request.customs)
    return body


def _customs(customs: Customs) -> dict[str, Any]:
    """`customs_information`: an invoice number of 1 to 40 characters, why and to whom the goods are exported."""
    return {"invoice_number": customs.invoice_number[:40], "export_reason": "commercial_goods",
            "export_type": "commercial_b2b" if customs.is_business else "commercial_b2c"}


def _item(item: CustomsItem, currency: str) -> dict[str, Any]:
    """An entry of `parcel_items`; weight and price are of one piece, and all prices are in one currency."""
    return {
        "sku": item.sku, "description": item.description, "quantity": item.quantity,
        "weight": {"value": f"{Decimal(item.weight_grams) / 1000:.3f}", "unit": "kg"},
        "price": {"value": format(item.unit_value, "f"), "currency": currency},
        "hs_code": item.hs_code, "origin_country": item.origin_country}


def bought(data: Any) -> BoughtLabel:
    """The shipment of an answer. Raises Malformed."""
    try:
        parcel = data["parcels"][0]
        status = status_name(text(parcel.get("status") or {}, "code"))
        return BoughtLabel(
            external_id=identifier(data, "id"),
            parcel_external_id=identifier(parcel, "id"),
            tracking_number=text(parcel, "tracking_number"),
            tracking_url=text(parcel, "tracking_url"),
            is_cancelled=status in _CANCELLED,
        )
    except (KeyError, IndexError, TypeError, AttributeError, Unreadable):
        raise Malformed("the carrier's answer holds no parcel") from None


def refusal_of(body: Any) -> tuple[str, str]:
    """Code and words of the first error an answer names; empty when it names none."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return "", ""
    first = errors[0]
    pointer = first.get("source", {}).get("pointer", "") if isinstance(first.get("source"), dict) else ""
    words = str(first.get("detail", ""))[:300]
    return str(first.get("code", ""))[:60], f"{pointer}: {words}" if pointer else words


def instant(value: Any) -> datetime | None:
    """An ISO 8601 instant or a Unix time in seconds, in UTC; None for anything else."""
    try:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def events(data: Any) -> list[CarrierEvent]:
    """The events of `GET /parcels/tracking/{number}`, oldest first; those that cannot be read are left out."""
    found = []
    for each in data.get("events", ()) if isinstance(data, dict) else ():
        at = instant(each.get("event_at")) if isinstance(each, dict) else None
        if at is not None:
            code = str(each.get("status_code", ""))
            found.append(CarrierEvent(at, status_of(code), code[:60], str(each.get("status_description") or "")[:200]))
    return sorted(found, key=lambda event: event.at)


def _inner(raw: Mapping[str, Any], key: str) -> str:
    """The name of an object within an object, empty when there is none."""
    inner = raw.get(key)
    return str(inner.get("name") or "") if isinstance(inner, dict) else ""


def services(data: Any) -> list[CarrierService]:
    """The shipping options of an account, by code."""
    found = []
    for each in data if isinstance(data, list) else ():
        if isinstance(each, dict) and each.get("code"):
            name = str(each.get("name") or _inner(each, "product") or each["code"])
            found.append(CarrierService(str(each["code"])[:120], name[:120], _inner(each, "carrier")[:60]))
    return found


def news(raw_body: bytes) -> TrackingNews | None:
    """What a `parcel_status_changed` webhook says; None for another action or an unreadable body."""
    try:
        body = loads(raw_body)
    except StrictJsonError:
        return None
    parcel = body.get("parcel") if isinstance(body, dict) and body.get("action") == "parcel_status_changed" else None
    if not isinstance(parcel, dict) or not isinstance(parcel.get("status"), dict) or not parcel.get("tracking_number"):
        return None
    seconds = body.get("carrier_status_change_timestamp") or body.get("timestamp")
    at = instant(int(seconds) // (1000 if seconds > 10**11 else 1)) if isinstance(seconds, int | Decimal) else None
    status = parcel["status"]
    word = str(status.get("code") or status.get("id") or status.get("message") or "")
    if at is None:
        return None
    event = CarrierEvent(at, status_of(word), status_name(word)[:60], str(status.get("message") or "")[:200])
    return TrackingNews(str(parcel["tracking_number"])[:80], event)

"""WooCommerce's orders and refunds in neutral words. Pure.

Two fields are never read: `line_items[].price` (a number with float noise) and every `date_*` without `_gmt`
(shop time without a zone). What surprises is listed in tests/golden/woocommerce/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.contract import (
    Address,
    ChannelCustomer,
    ChannelOrder,
    ChannelRefund,
    CouponLine,
    FeeLine,
    MappingProblem,
    OrderLine,
    OrderStatus,
    RefundLine,
    ShippingLine,
    SourceVersion,
    TaxAmount,
    TaxLine,
    Tracking,
)
from connectors.currencies import currency_exponent
from connectors.reading import (
    Raw,
    Unreadable,
    boolean,
    decimal,
    entries,
    identifier,
    mapping,
    optional_decimal,
    optional_identifier,
    optional_utc,
    plain_text,
    text,
    utc,
)
from connectors.records import versioned
from connectors.strict_json import StrictJsonError, loads
from connectors.woocommerce.fees import payment_fee

STATUSES = {
    "auto-draft": OrderStatus.DRAFT,
    "checkout-draft": OrderStatus.DRAFT,
    "pending": OrderStatus.PENDING,
    "on-hold": OrderStatus.ON_HOLD,
    "processing": OrderStatus.PROCESSING,
    "completed": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELLED,
    "refunded": OrderStatus.REFUNDED,
    "failed": OrderStatus.FAILED,
    "trash": OrderStatus.TRASHED,
}
TRACKING_META_KEY = "_wc_shipment_tracking_items"

# No core field holds these, each plug-in has its own key: compared without leading "_" and "billing_".
_SIRET_KEYS = ("siret", "siret_number", "numero_siret")
_SIREN_KEYS = ("siren", "siren_number", "numero_siren")
_VAT_KEYS = ("vat_number", "vat", "vat_id", "eu_vat_number", "eu_vat", "tva", "numero_tva", "tva_intra")
_PURCHASE_ORDER_KEYS = ("po_number", "purchase_order_number", "po")

Percents = Mapping[str, Decimal]


def map_order(raw: bytes | Mapping[str, Any]) -> ChannelOrder | MappingProblem:
    """Read an order from REST or a webhook's body; its refunds may be summaries or whole refunds
    (`get_order`).
    """
    if isinstance(raw, bytes):
        try:
            raw = loads(raw)
        except StrictJsonError as problem:
            return MappingProblem("malformed_json", "", str(problem))
    if not isinstance(raw, Mapping):
        return MappingProblem("object_expected", "", "an order must be an object")
    try:
        return _order(raw)
    except Unreadable as unreadable:
        known = raw.get("id")
        return unreadable.problem(str(known) if isinstance(known, int | str) and known else "")


def map_refund(raw: Raw, path: str = "") -> ChannelRefund:
    """Read a whole refund, or its summary inside an order. Signs are turned: over there lines are negative.

    Raises Unreadable.
    """
    external_id = identifier(raw, "id", path)
    if "amount" not in raw:
        return ChannelRefund(external_id, abs(decimal(raw, "total", path)), plain_text(raw, "reason", path))
    percents = {line.rate_id: line.percent for line in _tax_lines(raw, path)}
    kinds = ("line_items", "shipping_lines", "fee_lines")
    lines = [
        _refund_line(kind, entry, where, percents)
        for kind in kinds
        for where, entry in entries(raw, kind, path)
    ]
    amount, reason = decimal(raw, "amount", path), plain_text(raw, "reason", path)
    return ChannelRefund(
        external_id, abs(amount), reason, tuple(lines), optional_utc(raw, "date_created_gmt", path)
    )


def with_customer_record(order: ChannelOrder, raw: Raw) -> ChannelOrder:
    """`order` with the identifiers that only the customer's own record (`customers/{id}`) holds."""
    meta = _meta(raw, "customer.")
    siren, siret, vat_number = _legal_identifiers(meta)
    buyer = order.customer
    known = replace(
        buyer,
        siren=buyer.siren or siren,
        siret=buyer.siret or siret,
        vat_number=buyer.vat_number or vat_number,
    )
    return versioned(replace(order, customer=known))


def rate_ids(raw: Raw) -> dict[Decimal, str]:
    """The order's own rate ids by what they are per cent."""
    return {line.percent: line.rate_id for line in _tax_lines(raw)}


def _order(raw: Raw) -> ChannelOrder:
    external_id = identifier(raw, "id")
    status = text(raw, "status").removeprefix("wc-")
    currency = identifier(raw, "currency")
    tax_lines = _tax_lines(raw)
    percents = {line.rate_id: line.percent for line in tax_lines}
    total = decimal(raw, "total")
    updated_at = utc(raw, "date_modified_gmt")
    meta = _meta(raw)
    order = ChannelOrder(
        external_id=external_id,
        number=text(raw, "number") or external_id,
        status=STATUSES.get(status, OrderStatus.OTHER),
        source_status=status,
        source_version=SourceVersion(updated_at, ""),
        currency=currency,
        currency_exponent=currency_exponent(currency),
        decimals=len(text(raw, "total").partition(".")[2]),
        prices_include_tax=boolean(raw, "prices_include_tax"),
        created_at=utc(raw, "date_created_gmt"),
        updated_at=updated_at,
        paid_at=optional_utc(raw, "date_paid_gmt"),
        completed_at=optional_utc(raw, "date_completed_gmt"),
        customer=_customer(raw, meta),
        billing=_address(raw, "billing"),
        shipping=_address(raw, "shipping"),
        lines=tuple(_line(entry, path, percents) for path, entry in entries(raw, "line_items")),
        shipping_lines=tuple(
            _shipping_line(entry, path, percents) for path, entry in entries(raw, "shipping_lines")
        ),
        fee_lines=tuple(_fee_line(entry, path, percents) for path, entry in entries(raw, "fee_lines")),
        coupon_lines=tuple(_coupon_line(entry, path) for path, entry in entries(raw, "coupon_lines")),
        tax_lines=tax_lines,
        total_paid=total,
        total_tax=decimal(raw, "total_tax"),
        refunds=tuple(map_refund(entry, path) for path, entry in entries(raw, "refunds")),
        payment_method=text(raw, "payment_method"),
        payment_title=plain_text(raw, "payment_method_title"),
        payment_fee=payment_fee(raw, currency),
        transaction_id=text(raw, "transaction_id"),
        customer_note=plain_text(raw, "customer_note"),
        purchase_order_number=_first(meta, _PURCHASE_ORDER_KEYS),
        created_via=text(raw, "created_via"),
        tracking=_tracking(raw),
    )
    return versioned(order)


def _address(raw: Raw, key: str) -> Address:
    found, path = mapping(raw, key), f"{key}."
    return Address(
        first_name=plain_text(found, "first_name", path),
        last_name=plain_text(found, "last_name", path),
        company=plain_text(found, "company", path),
        line1=plain_text(found, "address_1", path),
        line2=plain_text(found, "address_2", path),
        postcode=text(found, "postcode", path),
        city=plain_text(found, "city", path),
        state=plain_text(found, "state", path),
        country=text(found, "country", path).upper(),
        phone=text(found, "phone", path),
        email=text(found, "email", path),
    )


def _customer(raw: Raw, meta: Mapping[str, str]) -> ChannelCustomer:
    billing = _address(raw, "billing")
    siren, siret, vat_number = _legal_identifiers(meta)
    return ChannelCustomer(
        external_id=optional_identifier(raw, "customer_id"),
        email=billing.email,
        name=billing.name,
        company=billing.company,
        siren=siren,
        siret=siret,
        vat_number=vat_number,
        phone=billing.phone,
    )


def _meta(raw: Raw, path: str = "") -> dict[str, str]:
    """Plain values of `meta_data` under their bare keys; a later entry of one key wins, as in WooCommerce."""
    found = {}
    for where, entry in entries(raw, "meta_data", path):
        value = entry.get("value")
        if isinstance(value, str | int) and not isinstance(value, bool):
            key = text(entry, "key", where).lower().lstrip("_").removeprefix("billing_")
            found[key] = text(entry, "value", where)
    return found


def _first(meta: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((meta[key] for key in keys if meta.get(key)), "")


def _legal_identifiers(meta: Mapping[str, str]) -> tuple[str, str, str]:
    """SIREN, SIRET and VAT number without blanks and dots; the SIREN is the first 9 digits of the SIRET."""
    siren, siret, vat_number = (
        re.sub(r"[\s.\-]", "", _first(meta, keys)).upper() for keys in (_SIREN_KEYS, _SIRET_KEYS, _VAT_KEYS)
    )
    if not siren and re.fullmatch(r"\d{14}", siret):
        siren = siret[:9]
    return siren, siret, vat_number


def _tax_lines(raw: Raw, path: str = "") -> tuple[TaxLine, ...]:
    return tuple(
        TaxLine(
            rate_id=identifier(entry, "rate_id", where),
            label=plain_text(entry, "label", where),
            percent=decimal(entry, "rate_percent", where),
            goods_tax=decimal(entry, "tax_total", where),
            shipping_tax=optional_decimal(entry, "shipping_tax_total", where) or Decimal(0),
        )
        for where, entry in entries(raw, "tax_lines", path)
    )


def _taxes(raw: Raw, path: str, percents: Percents, sign: int = 1) -> tuple[TaxAmount, ...]:
    """Tax by rate; an entry with an empty total is a rate that was looked at and not applied."""
    found = []
    for where, entry in entries(raw, "taxes", path):
        amount = optional_decimal(entry, "total", where)
        if amount is not None:
            rate_id = identifier(entry, "id", where)
            found.append(TaxAmount(rate_id, percents.get(rate_id), sign * amount))
    return tuple(found)


def _line(raw: Raw, path: str, percents: Percents) -> OrderLine:
    return OrderLine(
        external_id=identifier(raw, "id", path),
        product_external_id=optional_identifier(raw, "product_id", path),
        variation_external_id=optional_identifier(raw, "variation_id", path),
        sku=text(raw, "sku", path),
        name=plain_text(raw, "name", path),
        quantity=decimal(raw, "quantity", path),
        net_before_discount=decimal(raw, "subtotal", path),
        net_total=decimal(raw, "total", path),
        tax_total=decimal(raw, "total_tax", path),
        taxes=_taxes(raw, path, percents),
        tax_class=text(raw, "tax_class", path),
        gtin=text(raw, "global_unique_id", path),
    )


def _shipping_line(raw: Raw, path: str, percents: Percents) -> ShippingLine:
    return ShippingLine(
        external_id=identifier(raw, "id", path),
        name=plain_text(raw, "method_title", path),
        method=text(raw, "method_id", path),
        net_total=decimal(raw, "total", path),
        tax_total=decimal(raw, "total_tax", path),
        taxes=_taxes(raw, path, percents),
    )


def _fee_line(raw: Raw, path: str, percents: Percents) -> FeeLine:
    return FeeLine(
        external_id=identifier(raw, "id", path),
        name=plain_text(raw, "name", path),
        net_total=decimal(raw, "total", path),
        tax_total=decimal(raw, "total_tax", path),
        taxes=_taxes(raw, path, percents),
        tax_class=text(raw, "tax_class", path),
    )


def _coupon_line(raw: Raw, path: str) -> CouponLine:
    return CouponLine(
        external_id=identifier(raw, "id", path),
        code=plain_text(raw, "code", path),
        discount=decimal(raw, "discount", path),
        discount_tax=decimal(raw, "discount_tax", path),
    )


def _refund_line(kind: str, raw: Raw, path: str, percents: Percents) -> RefundLine:
    refunded = [
        text(entry, "value", where)
        for where, entry in entries(raw, "meta_data", path)
        if entry.get("key") == "_refunded_item_id"
    ]
    return RefundLine(
        kind={"line_items": "line", "shipping_lines": "shipping", "fee_lines": "fee"}[kind],
        order_line_external_id=refunded[0] if refunded else "",
        quantity=abs(optional_decimal(raw, "quantity", path) or Decimal(0)),
        net_total=-decimal(raw, "total", path),
        tax_total=-decimal(raw, "total_tax", path),
        taxes=_taxes(raw, path, percents, sign=-1),
        sku=text(raw, "sku", path),
    )


def _tracking(raw: Raw) -> tuple[Tracking, ...]:
    """Parcels as the shipment-tracking plug-ins note them."""
    found = []
    for item in tracking_items(raw):
        number = text(item, "tracking_number", f"{TRACKING_META_KEY}.")
        shipped = text(item, "date_shipped", f"{TRACKING_META_KEY}.")
        carrier = text(item, "custom_tracking_provider") or text(item, "tracking_provider")
        moment = datetime.fromtimestamp(int(shipped), UTC) if re.fullmatch(r"\d{1,11}", shipped) else None
        if number:
            found.append(Tracking(carrier, number, text(item, "custom_tracking_link"), moment))
    return tuple(found)


def tracking_items(raw: Raw) -> list[dict[str, Any]]:
    """The entries of the tracking plug-ins' meta field as they are, for adding one to them."""
    for _where, entry in entries(raw, "meta_data"):
        value = entry.get("value")
        if entry.get("key") == TRACKING_META_KEY and isinstance(value, list):
            return [item for item in value if isinstance(item, dict)]
    return []

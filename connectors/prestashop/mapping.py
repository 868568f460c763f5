"""PrestaShop's orders and slips in neutral words. Pure.

An order is read from what the web service tells of it in several answers, put side by side: `order`, its `order_details`,
`order_slips`, `order_cart_rules`, `order_payments`, `order_carriers`, its `customers` and `addresses`, and the shop's own
`order_states`, `taxes`, `currencies`, `countries`, `carriers`, `configurations`. As bytes it is one document with these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
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
from connectors.prestashop.amounts import Share, Shared, shared
from connectors.prestashop.baskets import Ecotax, basket_of
from connectors.prestashop.clock import instant, optional_instant
from connectors.prestashop.reference import Facts, State
from connectors.prestashop.xml import UnreadableXml, collections, parse
from connectors.reading import (
    Raw,
    Unreadable,
    decimal,
    identifier,
    mapping,
    optional_decimal,
    optional_identifier,
    plain_text,
    text,
)
from connectors.records import ZERO, versioned

WRAPPING = {"fr": "Emballage cadeau"}
ECOTAX = {"fr": "Éco-participation"}


def map_order(raw: bytes | Mapping[str, Any]) -> ChannelOrder | MappingProblem:
    """Read an order from what the shop tells of it, see the module; a document of bytes is read as of today."""
    if isinstance(raw, bytes):
        try:
            raw = collections(parse(raw))
        except UnreadableXml as problem:
            return MappingProblem("malformed_xml", "", str(problem))
    order = raw.get("order") if isinstance(raw, Mapping) else None
    if not isinstance(order, Mapping) or not order:
        return MappingProblem("object_expected", "order", "there is no order in it")
    known = order.get("id")
    try:
        return _order(raw, order)
    except Unreadable as unreadable:
        return unreadable.problem(str(known) if known else "")


def listed(raw: Raw, key: str) -> list[tuple[str, Raw]]:
    """The resources of a collection, each with its path; one without the collection has none."""
    found = raw.get(key)
    return [(f"{key}[{n}].", entry) for n, entry in enumerate(found)] if isinstance(found, list) else []


def status_of(state: State | None) -> OrderStatus:
    """The neutral state, by what the shop's own state is for and by its flags, never by its number.

    Cancelled, failed and refunded have no flag: they are the states that the shop's settings name (PS_OS_CANCELED,
    PS_OS_ERROR, PS_OS_REFUND), or that send their customer the mail of these names.
    """
    if state is None:
        return OrderStatus.OTHER
    if state.purpose is not None:
        return state.purpose
    if state.is_shipped:
        return OrderStatus.COMPLETED
    return OrderStatus.PROCESSING if state.is_paid or state.is_logable else OrderStatus.PENDING


def _order(raw: Raw, order: Raw) -> ChannelOrder | MappingProblem:
    facts = Facts.read(raw)
    external_id = identifier(order, "id")
    currency, exponent, decimals = facts.currency(text(order, "id_currency"))
    state = facts.states.get(text(order, "current_state"))
    status = status_of(state)
    basket, ecotaxes = basket_of(raw, order, facts, decimals)
    paid = shared(basket, external_id)
    if isinstance(paid, MappingProblem):
        return paid
    details = _details(raw, order)
    slips = tuple(_slip(entry, path, facts, exponent) for path, entry in listed(raw, "order_slips"))
    changes = [instant(order, "date_upd", facts.zone, facts.now), *(slip.created_at for slip in slips if slip.created_at)]
    updated_at = max(changes)
    billing, shipping = (_address(raw, order, key, facts) for key in ("id_address_invoice", "id_address_delivery"))
    fees = _fees(order, paid, basket.wrapping.percents, ecotaxes, facts)
    lines = tuple(
        _line(entry, path, part.percents, share, ids) for (path, entry), part, share, ids in zip(
            details, basket.lines, paid.lines, (_tax_ids(entry) for _, entry in details), strict=True))
    shippings = _shipping(raw, order, paid.shipping, basket.shipping.percents, facts)
    taxes = [part.tax_total for group in (lines, shippings, fees) for part in group]
    return versioned(ChannelOrder(
        external_id=external_id, number=text(order, "reference") or external_id, status=status,
        source_status=state.name if state else text(order, "current_state"),
        source_version=SourceVersion(updated_at, ""), currency=currency, currency_exponent=exponent, decimals=decimals,
        prices_include_tax=True, created_at=instant(order, "date_add", facts.zone, facts.now), updated_at=updated_at,
        paid_at=_paid_at(raw, order, state, status, facts), completed_at=_completed_at(raw, order, state, status, facts),
        customer=_customer(raw, order, billing), billing=billing, shipping=shipping, lines=lines,
        shipping_lines=shippings, fee_lines=fees, coupon_lines=_coupons(raw), tax_lines=_tax_lines(lines, shippings, fees),
        total_paid=basket.told + sum((each.net + each.tax for each in ecotaxes), ZERO), total_tax=sum(taxes, ZERO),
        refunds=slips, payment_method=text(order, "module"),
        payment_title=plain_text(order, "payment"), transaction_id=_transaction(raw),
        customer_note=plain_text(order, "gift_message"), created_via="prestashop",
        tracking=_tracking(raw, order, facts),
    ))  # fmt: skip


def _details(raw: Raw, order: Raw) -> list[tuple[str, Raw]]:
    """The order's lines: `order_details`, or the shorter `order_rows` inside the order where these may not be read."""
    return listed(raw, "order_details") or listed(mapping(order, "associations"), "order_rows")


def _tax_ids(detail: Raw) -> list[str]:
    return [text(entry, "id") for _, entry in listed(mapping(detail, "associations"), "taxes")]


def _line(raw: Raw, path: str, percents: tuple[Decimal, ...], share: Share, tax_ids: list[str]) -> OrderLine:
    return OrderLine(
        external_id=identifier(raw, "id", path),
        product_external_id=optional_identifier(raw, "product_id", path),
        variation_external_id=optional_identifier(raw, "product_attribute_id", path),
        sku=text(raw, "product_reference", path),
        name=plain_text(raw, "product_name", path),
        quantity=decimal(raw, "product_quantity", path),
        net_before_discount=share.net_before,
        net_total=share.net,
        tax_total=share.tax,
        taxes=taxes_of(share.tax, percents, tax_ids),
        tax_class=text(raw, "id_tax_rules_group", path),
        gtin=text(raw, "product_ean13", path),
    )


def taxes_of(amount: Decimal, percents: tuple[Decimal, ...], tax_ids: list[str] | None = None) -> tuple[TaxAmount, ...]:
    """The tax of a part by rate; of several rates each takes its proportion, the last what is left."""
    ids = tax_ids if tax_ids and len(tax_ids) == len(percents) else [f"{percent.normalize():f}" for percent in percents]
    if not percents:
        return ()
    whole, exponent = sum(percents, ZERO), amount.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else -2)
    first = [(amount * each / whole).quantize(unit, ROUND_HALF_UP) if whole else ZERO for each in percents[:-1]]
    parts = [*first, amount - sum(first, ZERO)]
    return tuple(TaxAmount(i, percent, part) for i, percent, part in zip(ids, percents, parts, strict=True))


def _shipping(
    raw: Raw, order: Raw, share: Share, percents: tuple[Decimal, ...], facts: Facts
) -> tuple[ShippingLine, ...]:
    carrier = facts.carriers.get(text(order, "id_carrier"))
    if carrier is None and not share.net:
        return ()
    name = carrier.name if carrier else ""
    return (ShippingLine(f"shipping-{text(order, 'id_carrier')}", name, text(order, "id_carrier"), share.net, share.tax,
                         taxes_of(share.tax, percents)),)


def _fees(
    order: Raw, paid: Shared, percents: tuple[Decimal, ...], ecotaxes: list[Ecotax], facts: Facts
) -> tuple[FeeLine, ...]:
    """Gift wrapping, and eco-participation that is taxed otherwise than its article."""
    found = [
        FeeLine(f"ecotax-{each.line_id}", f"{ECOTAX.get(facts.language_code, 'Ecotax')} {each.name}", each.net, each.tax,
                taxes_of(each.tax, (each.percent,) if each.percent else ()))
        for each in ecotaxes
    ]
    if paid.wrapping.net or paid.wrapping.tax:
        name = WRAPPING.get(facts.language_code, "Gift wrapping")
        found.append(FeeLine("wrapping", name, paid.wrapping.net, paid.wrapping.tax, taxes_of(paid.wrapping.tax, percents)))
    return tuple(found)


def _tax_lines(*groups: tuple[OrderLine | ShippingLine | FeeLine, ...]) -> tuple[TaxLine, ...]:
    """The order's tax by rate, shipping apart."""
    goods: dict[tuple[str, Decimal], Decimal] = {}
    shipping: dict[tuple[str, Decimal], Decimal] = {}
    for group in groups:
        for part in group:
            into = shipping if isinstance(part, ShippingLine) else goods
            for tax in part.taxes:
                percent = tax.percent or ZERO
                key = (f"{percent.normalize():f}", percent)
                into[key] = into.get(key, ZERO) + tax.amount
    return tuple(
        TaxLine(rate_id, f"{rate_id} %", percent, goods.get((rate_id, percent), ZERO), shipping.get((rate_id, percent), ZERO))
        for rate_id, percent in sorted(goods.keys() | shipping.keys())
    )


def _coupons(raw: Raw) -> tuple[CouponLine, ...]:
    found = []
    for path, entry in listed(raw, "order_cart_rules"):
        if text(entry, "deleted") == "1":
            continue
        value, net = decimal(entry, "value", path), optional_decimal(entry, "value_tax_excl", path)
        net = value if net is None else net
        found.append(CouponLine(identifier(entry, "id", path), plain_text(entry, "name", path), net, value - net))
    return tuple(found)


def _slip(raw: Raw, path: str, facts: Facts, exponent: int) -> ChannelRefund:
    """A credit slip. Its `amount` is with tax when posted and without when made in the back office, so it is not read."""
    unit = Decimal(1).scaleb(-exponent)

    def cents(key: str, source: Raw = raw, where: str = path) -> Decimal:
        return (optional_decimal(source, key, where) or ZERO).quantize(unit, ROUND_HALF_UP)

    lines = []
    for where, entry in listed(mapping(raw, "associations"), "order_slip_details"):
        net, with_tax = cents("amount_tax_excl", entry, where), cents("amount_tax_incl", entry, where)
        lines.append(RefundLine("line", identifier(entry, "id_order_detail", where),
                                decimal(entry, "product_quantity", where), net, with_tax - net))
    shipping, shipping_net = cents("total_shipping_tax_incl"), cents("total_shipping_tax_excl")
    if shipping:
        lines.append(RefundLine("shipping", "", ZERO, shipping_net, shipping - shipping_net))
    products = cents("total_products_tax_incl")
    dates = [optional_instant(raw, key, facts.zone, facts.now, path) for key in ("date_add", "date_upd")]
    changed_at = max((date for date in dates if date), default=None)
    return ChannelRefund(identifier(raw, "id", path), products + shipping, "", tuple(lines), changed_at)


def map_slip(raw: Raw, order: Raw, facts: Facts) -> ChannelRefund:
    """A slip of an order as the shop answers it when it is made. Raises Unreadable."""
    return _slip(raw, "", facts, facts.currency(text(order, "id_currency"))[1])


def _by_id(raw: Raw, key: str, wanted: str) -> Raw | None:
    return next((entry for _, entry in listed(raw, key) if text(entry, "id") == wanted), None)


def _address(raw: Raw, order: Raw, key: str, facts: Facts) -> Address:
    """The address an order names. One that its customer deletes is kept by the shop and can still be read."""
    found = _by_id(raw, "addresses", text(order, key))
    if found is None:
        return Address()
    return Address(
        first_name=plain_text(found, "firstname"), last_name=plain_text(found, "lastname"),
        company=plain_text(found, "company"), line1=plain_text(found, "address1"), line2=plain_text(found, "address2"),
        postcode=text(found, "postcode"), city=plain_text(found, "city"),
        country=facts.countries.get(text(found, "id_country"), ""),
        phone=text(found, "phone") or text(found, "phone_mobile"),
    )  # fmt: skip


def _customer(raw: Raw, order: Raw, billing: Address) -> ChannelCustomer:
    found = _by_id(raw, "customers", text(order, "id_customer")) or {}
    address = _by_id(raw, "addresses", text(order, "id_address_invoice")) or {}
    siret = re.sub(r"\D", "", text(found, "siret"))
    return ChannelCustomer(
        external_id=None if text(found, "is_guest") == "1" else optional_identifier(order, "id_customer"),
        email=text(found, "email"),
        name=billing.name or f"{plain_text(found, 'firstname')} {plain_text(found, 'lastname')}".strip(),
        company=billing.company or plain_text(found, "company"),
        siren=siret[:9] if len(siret) == 14 else "",
        siret=siret if len(siret) == 14 else "",
        vat_number=re.sub(r"[\s.\-]", "", text(address, "vat_number")).upper(),
        phone=billing.phone,
    )


def _paid_at(raw: Raw, order: Raw, state: State | None, status: OrderStatus, facts: Facts) -> datetime | None:
    """When the order was paid: its first payment. A state that means "paid" without one counts from the invoice."""
    if state is None or not (state.is_paid or (status is OrderStatus.REFUNDED and text(order, "valid") == "1")):
        return None
    dates = [optional_instant(entry, "date_add", facts.zone, facts.now) for _, entry in listed(raw, "order_payments")]
    paid = min((each for each in dates if each is not None), default=None)
    return paid or optional_instant(order, "invoice_date", facts.zone, facts.now) or instant(
        order, "date_upd", facts.zone, facts.now)


def _completed_at(raw: Raw, order: Raw, state: State | None, status: OrderStatus, facts: Facts) -> datetime | None:
    """When the order was sent: since its state is one of those, or by its history when it was refunded later."""
    if state is not None and state.is_shipped:
        return instant(order, "date_upd", facts.zone, facts.now)
    if status is not OrderStatus.REFUNDED:
        return None
    sent = [
        optional_instant(entry, "date_add", facts.zone, facts.now) or datetime.min.replace(tzinfo=UTC)
        for _, entry in listed(raw, "order_histories")
        if (then := facts.states.get(text(entry, "id_order_state"))) and then.is_shipped
    ]
    return max(sent, default=None)


def _transaction(raw: Raw) -> str:
    return next((found for _, entry in listed(raw, "order_payments") if (found := text(entry, "transaction_id"))), "")


def _tracking(raw: Raw, order: Raw, facts: Facts) -> tuple[Tracking, ...]:
    """The parcels that the shop knows; its link has an @ where the number goes."""
    rows = [entry for _, entry in listed(raw, "order_carriers")] or [
        {"id_carrier": text(order, "id_carrier"), "tracking_number": text(order, "shipping_number")}
    ]
    found = []
    for row in rows:
        number, carrier = text(row, "tracking_number"), facts.carriers.get(text(row, "id_carrier"))
        if number:
            link = carrier.url.replace("@", number) if carrier else ""
            found.append(Tracking(carrier.name if carrier else "", number, link))
    return tuple(found)

"""Placing an order: one read of keys that follow from the request, one transaction that reserves and saves.

Stock is taken from the preferred warehouse unseen; only when a condition of the transaction says that was not there are
balances read, and the lines spread over warehouses. So the common order costs two round trips, and none oversells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import SkuFacts
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.kernel.scope import BY_HAND, CHANNEL, WAREHOUSE
from chalicelib.kernel.tax import gross_of_net, net_of_gross
from chalicelib.parties.model import CUSTOMER
from chalicelib.pricing import service as pricing
from chalicelib.pricing.applicable import Question
from chalicelib.sales import fulfilment, totals
from chalicelib.sales.model import ORDER, Address, Buyer, NewCharge, NewLine, Order, PlaceOrder
from chalicelib.stock import balances
from chalicelib.stock import service as stock
from chalicelib.stock.allocation import Allocation, Demand, allocate, optimistic
from chalicelib.stock.model import StockShort
from chalicelib.storage import keys, read, sequence
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants.model import COMPANY, COMPANY_ID, FRANCHISE, TENANT

ATTEMPTS = 12
RESERVATIONS_AT_ONCE = 40
STATES = ("draft", "pending", "confirmed")
SHORTAGES = ("backorder", "refuse")
MAX_TEXT, MAX_NOTE = 300, 4000
_CURRENCY = re.compile("[A-Z]{3}")


def order_id_of(channel_id: str, external_id: str) -> str:
    """The one id that a channel's order has with us."""
    return derived_id(ORDER.prefix, channel_id, external_id)


@dataclass(frozen=True, slots=True)
class Known:
    """What one read found: everything an order is made from."""

    facts: Mapping[str, SkuFacts]
    stored: Mapping[Key, Item]
    warehouse_ids: tuple[str, ...]


def look_up(
    ctx: Context, lines: Sequence[NewLine], warehouse_ids: Sequence[str], customer_id: str, order_id: str = ""
) -> Known:
    """One round trip: articles, warehouses, company, and, where the request calls for them, prices, customer, existing order.

    Under the exemption for small businesses (CGI art. 293 B) articles are sold without VAT, whatever their own rate: what the
    price lists say is what the customer pays. VAT that a request names stays, for a shop that charged it owes it (art. 283, 3).
    """
    skus = list(dict.fromkeys(line.sku for line in lines))
    sku_keys = {catalog.sku_key(ctx, sku): sku for sku in skus}
    company_key = keys.document(ctx, COMPANY.kind, COMPANY_ID)
    wanted = [*sku_keys, stock.directory_key(ctx), company_key]
    unpriced = [line.sku for line in lines if line.unit_price is None and line.amount is None]
    if unpriced:
        wanted += [*pricing.price_keys(ctx, unpriced), keys.document(ctx, TENANT.kind, ctx.tenant_id)]
    if customer_id:
        wanted.append(keys.document(ctx, CUSTOMER.kind, customer_id))
    if order_id:
        wanted.append(keys.document(ctx, ORDER.kind, order_id))
    stored = read.items(ctx, wanted)
    facts = {sku: catalog.facts(sku, stored[key]) for key, sku in sku_keys.items() if key in stored}
    if company_key in stored and read.document_of(COMPANY, stored[company_key]).vat_regime == FRANCHISE:
        facts = {sku: replace(each, vat_category="E", vat_rate=ZERO) for sku, each in facts.items()}
    active = stock.directory_in(stored.get(stock.directory_key(ctx))).active()
    chosen = tuple(w for w in warehouse_ids if w in active) if warehouse_ids else active
    return Known(facts, stored, chosen)


def list_prices(
    ctx: Context, known: Known, lines: Sequence[NewLine], currency: str, channel_id: str, prices_include_vat: bool
) -> dict[int, Decimal]:
    """What the price lists say of a base unit, by position, for lines that name no price; with VAT or without, as the
    order's are. Quantity breaks count base units."""
    missing = [n for n, line in enumerate(lines) if line.unit_price is None and line.amount is None]
    if not missing:
        return {}
    tenant = known.stored.get(keys.document(ctx, TENANT.kind, ctx.tenant_id))
    zone = ZoneInfo(read.document_of(TENANT, tenant).time_zone if tenant else "Europe/Paris")
    today = ctx.now.astimezone(zone).date()
    sizes = totals.measures(lines, known.facts)
    asked = {n: Question(sku=lines[n].sku, quantity=sizes[n].base_quantity, at=today, currency=currency,
                         channel_id=channel_id) for n in missing}
    answers = pricing.prices_in(ctx, known.stored, asked.values())
    found: dict[int, Decimal] = {}
    for n, question in asked.items():
        price, _ = answers[question]
        if price is None:
            continue
        rate = lines[n].vat_rate
        rate = known.facts[lines[n].sku].vat_rate if rate is None else rate
        unit = price.unit_price
        if price.prices_include_vat != prices_include_vat:
            unit = gross_of_net(unit, rate) if prices_include_vat else net_of_gross(unit, rate)
        found[n] = unit
    return found


def priced(ctx: Context, order: Order, known: Known, lines: Sequence[NewLine], charges: Sequence[NewCharge],
           allowance: Decimal, paid_total: Decimal | None) -> Order:
    """The order with these lines and charges, priced and totalled. Raises Invalid."""
    prices = list_prices(ctx, known, lines, order.currency, order.channel_id, order.prices_include_vat)
    made = totals.order_lines(lines, known.facts, prices, order.currency)
    if not order.channel_id:
        inactive = {f"lines.{n}.sku": "inactive" for n, line in enumerate(lines) if not known.facts[line.sku].is_active}
        if inactive:
            raise Invalid("inactive_sku", "An article is not sold any more.", inactive)
    if allowance:
        made = totals.spread_allowance(made, allowance, order.currency)
    made_charges = totals.order_charges(charges, made, order.currency)
    return totals.with_totals(replace(order, lines=made, charges=made_charges), paid_total)


def buyer_and_addresses(
    ctx: Context, known: Known, customer_id: str, buyer: Buyer, billing: Address, shipping: Address
) -> tuple[Buyer, Address, Address]:
    """The snapshot an order keeps: what was given, else what the customer's record says. Raises NotFound."""
    if customer_id:
        stored = known.stored.get(keys.document(ctx, CUSTOMER.kind, customer_id))
        if stored is None:
            raise NotFound("customer")
        if buyer == Buyer() or billing == Address():
            customer = read.document_of(CUSTOMER, stored)
            if buyer == Buyer():
                buyer = Buyer(name=customer.name, company_name=customer.company_name, email=customer.email,
                              phone=customer.phone, vat_number=customer.vat_number)
            if billing == Address():
                billing = customer.billing_address
                shipping = customer.shipping_addresses[0] if (
                    shipping == Address() and customer.shipping_addresses) else shipping
    return buyer, billing, Address() if shipping == billing else shipping


def check_texts(value: Any, path: str = "") -> None:
    """Raises Invalid for a text too long to keep, wherever it stands in a request."""
    if isinstance(value, str):
        limit = MAX_NOTE if path.endswith("note") else MAX_TEXT
        if len(value) > limit:
            raise Invalid("text_too_long", f"A text has at most {limit} characters.", {path: f"at most {limit}"})
    elif isinstance(value, tuple):
        for n, each in enumerate(value):
            check_texts(each, f"{path}.{n}")
    elif hasattr(value, "__slots__") and not isinstance(value, (Decimal, datetime)):
        for name in value.__slots__:
            check_texts(getattr(value, name), f"{path}.{name}".lstrip("."))


def check_request(body: PlaceOrder) -> None:
    """Raises Invalid for what no order can be."""
    totals.check_lines(body.lines)
    if body.state not in STATES:
        raise Invalid("state", f"An order begins as one of {', '.join(STATES)}.", {"state": "unknown"})
    if body.shortage not in SHORTAGES:
        raise Invalid("shortage", f"shortage is one of {', '.join(SHORTAGES)}.", {"shortage": "unknown"})
    if bool(body.channel_id) != bool(body.external_id):
        raise Invalid("channel", "An order of a channel names the channel and its id there.", {"external_id": "both"})
    if not _CURRENCY.fullmatch(body.currency):
        raise Invalid("currency", "Currencies are codes of ISO 4217.", {"currency": "three capitals"})
    check_texts(body)
    if body.allowance < 0:
        raise Invalid("allowance", "An allowance is not negative.", {"allowance": "0 or more"})


def within_scope(ctx: Context, body: PlaceOrder) -> tuple[str, ...]:
    """The warehouses an order may take from: those it names, or those the caller is limited to, if to any. Raises Forbidden
    `beyond_scope` for a warehouse or store beyond that; what no channel brought is the store "by hand"."""
    ctx.scope.check_each(CHANNEL, (body.channel_id or BY_HAND,))
    ctx.scope.check_each(WAREHOUSE, body.warehouse_ids)
    return body.warehouse_ids or tuple(sorted(ctx.scope.warehouse_ids))


def new_order(ctx: Context, body: PlaceOrder, known: Known, order_id: str, is_sample: bool = False) -> Order:
    """The order that the request makes, nothing reserved yet; without an id it gets no number. Raises Invalid, NotFound."""
    buyer, billing, shipping = buyer_and_addresses(ctx, known, body.customer_id, body.buyer, body.billing_address,
                                                   body.shipping_address)
    empty = Order(
        id=order_id, number="", state=body.state, placed_at=body.placed_at or ctx.now,
        is_placed=body.state != "draft", channel_id=body.channel_id, channel_name=body.channel_name,
        external_id=body.external_id, external_number=body.external_number,
        source_version=body.source_version, customer_id=body.customer_id, buyer=buyer, billing_address=billing,
        shipping_address=shipping, currency=body.currency, prices_include_vat=body.prices_include_vat,
        coupons=body.coupons, is_paid=body.is_paid, payment_method=body.payment_method,
        payment_gateway=body.payment_gateway[:60], payment_fee=_fee(body),
        warehouse_ids=body.warehouse_ids, attention=body.attention, note=body.note, is_sample=is_sample)
    order = priced(ctx, empty, known, body.lines, body.charges, body.allowance, body.paid_total)
    return replace(order, number=_next_number(ctx)) if order_id else order


def _fee(body: PlaceOrder) -> Decimal | None:
    """What the payment provider kept, at the currency's exponent. Raises Invalid below zero."""
    if body.payment_fee is None:
        return None
    if body.payment_fee < 0:
        raise Invalid("payment_fee", "A fee is not negative.", {"payment_fee": "0 or more"})
    return round_amount(body.payment_fee, body.currency)


def _next_number(ctx: Context) -> str:
    year = f"{ctx.now:%Y}"
    return f"SO-{year}-{sequence.next_number(ctx, f'order-{year}'):06d}"


def first_allocation(order_demands: Sequence[Demand], warehouse_ids: Sequence[str]) -> Allocation:
    """The preferred warehouse for everything, as far as one transaction reaches; the rest follows in further ones."""
    if not warehouse_ids:
        return Allocation(reservations=(), short={d.line_id: d.quantity for d in order_demands})
    now, room = [], RESERVATIONS_AT_ONCE
    for demand in order_demands:
        room -= len(demand.components)
        if room >= 0:
            now.append(demand)
    found = optimistic(now, warehouse_ids[0])
    later = {d.line_id: d.quantity for d in order_demands if d not in now}
    return Allocation(reservations=found.reservations, short=later)


def is_short(error: Exception) -> bool:
    """Whether a commit was refused for want of stock and nothing else."""
    errors = error.errors if isinstance(error, Refused) else [error]
    return all(isinstance(each, StockShort) for each in errors)


def refuse_short(order: Order, short: Mapping[str, Decimal]) -> None:
    """Raises Conflict `stock_short` naming every short line; does nothing when none is."""
    fields, names = {}, []
    for n, line in enumerate(order.lines):
        if line.id in short:
            names.append(line.sku)
            fields[f"lines.{n}.quantity"] = f"only {line.quantity - short[line.id]} available"
    if fields:
        raise Conflict("stock_short", f"There is not enough of {', '.join(dict.fromkeys(names))}.", fields)


def reserve_and_write(
    ctx: Context, order: Order, old: Order | None, shortage: str, warehouse_ids: Sequence[str], events: Sequence[str],
    status: int,
) -> Order:
    """Reserves all lines and saves the order in one transaction; short lines are sought elsewhere, then back-ordered or
    refused. Raises Conflict `stock_short`."""
    wanted = {line.id: line.quantity for line in order.lines}
    order_demands = fulfilment.demands(order.lines, wanted)
    allocation = first_allocation(order_demands, warehouse_ids)
    deferred = set(allocation.short) if warehouse_ids else set()
    for _ in range(ATTEMPTS):
        if shortage == "refuse":
            refuse_short(order, {k: v for k, v in allocation.short.items() if k not in deferred})
        try:
            return _write(ctx, fulfilment.with_allocation(order, allocation, wanted), old, allocation, events, status)
        except (StockShort, Refused) as error:
            if not is_short(error):
                raise
        now = [d for d in order_demands if d.line_id not in deferred]
        found = balances.read_balances(ctx, [sku for d in now for sku, _ in d.components])
        allocation = allocate(now, found, warehouse_ids)
        allocation = replace(allocation, short={**allocation.short, **{i: wanted[i] for i in deferred}})
    raise Unavailable()


def _write(ctx: Context, order: Order, old: Order | None, allocation: Allocation, events: Sequence[str],
           status: int) -> Order:
    tx = Transaction(ctx)
    saved = tx.create(ORDER, order) if old is None else tx.save(ORDER, old, order)
    balances.reservation_writes(tx, allocation.reservations)
    for event in events:
        tx.emit(event, ORDER.kind, order.id, saved.version, event_data(order))
    balances.changed(tx, (r.sku for r in allocation.reservations))
    balances.promised(tx, order.id, order.number, saved.version, allocation.reservations, fulfilment.reservations_of(order))
    tx.answers(status, ORDER.kind, order.id, saved.version)
    tx.commit()
    return saved


def event_data(order: Order) -> dict[str, object]:
    """What every event of an order tells: who it is, on which channel, what it comes to."""
    data = {"number": order.number, "state": order.state, "channel_id": order.channel_id,
            "external_id": order.external_id, "currency": order.currency,
            "total_without_vat": str(order.total_without_vat), "paid_total": str(order.paid_total)}
    return {name: value for name, value in data.items() if value}


def write_draft(ctx: Context, order: Order) -> Order:
    """Saves a new order that reserves nothing yet."""
    empty = Allocation(reservations=(), short={})
    return _write(ctx, order, None, empty, ("OrderDrafted",), 201)


def unreserved(order: Order) -> dict[str, Decimal]:
    """Back-ordered quantities by line."""
    return {line.id: line.backordered_quantity for line in order.lines if line.backordered_quantity > ZERO}

"""What a document adds to reports: rows of numbers on days of the company's calendar. Pure.

The rows follow from the document as it stands and from nothing else. So whoever reads it last is right, whatever events came
twice, late or never, and all roll-ups can be made again from the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.invoicing.issuing import lines_of
from chalicelib.invoicing.model import CREDIT_NOTE, INVOICE, Invoice
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.money import ZERO, round_amount, split
from chalicelib.kernel.tax import net_of_gross
from chalicelib.payments.model import PAYMENT, Payment
from chalicelib.payments.payouts import PAYOUT, Payout
from chalicelib.reporting.model import Fact
from chalicelib.sales import totals
from chalicelib.sales.model import ORDER, Order, OrderLine, Shipment, ShippedLine, is_tombstone

ONE = Decimal(1)
BY_HAND = "manual"
"""The channel of what came through no shop."""

CHARGES = "+"
"""The product of shipping and fees: no SKU begins so."""

GUEST = "+"
"""The customer of a buyer without a customer record."""


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of document that reports are made of: how its facts follow from it, how people name it, where all of them are
    listed, and the events after which it says something else."""

    document: Document[Any]
    listed: str
    facts: Callable[[Any, ZoneInfo], list[Fact]]
    number: Callable[[Any], str]
    events: tuple[str, ...]
    whole: Callable[[Context, Any], Any] = lambda ctx, document: document
    """The document with what of it is stored beside it."""


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The business day of an instant."""
    return at.astimezone(zone).date()


def order_facts(order: Order, zone: ZoneInfo) -> list[Fact]:
    """What an order adds: when it was placed, at each parcel, at each refund. A draft and a sample add nothing."""
    if order.is_sample or not order.is_placed or order.state == "draft" or is_tombstone(order):
        return []
    nets = [net for net, _ in totals.line_amounts(order)]
    return [*_ordered(order, nets, zone), *_shipped(order, nets, zone), *_refunded(order, zone)]


def _members(order: Order, product: str = "", warehouse: str = "") -> dict[str, str]:
    members = {"channel": order.channel_id or BY_HAND, "customer": order.customer_id or GUEST}
    if product:
        members["product"] = product
    if warehouse:
        members["warehouse"] = warehouse
    return members


def _ordered(order: Order, nets: list[Decimal], zone: ZoneInfo) -> list[Fact]:
    """One row per line and one for all charges, on the day the order was placed."""
    day, is_gone = day_of(order.placed_at, zone), order.state == "cancelled"
    counted = {"cancelled_orders": ONE} if is_gone else {"orders": ONE}
    found = []
    for line, net in zip(order.lines, nets, strict=False):
        kept = _share(net, line.quantity - line.cancelled_quantity, line.quantity, order.currency)
        off = _share(_discount(order, line, net), line.quantity - line.cancelled_quantity, line.quantity, order.currency)
        numbers = {"ordered_units": line.quantity - line.cancelled_quantity, "ordered_revenue": kept,
                   "discounts": off, "cancelled_revenue": net - kept}
        found.append(_fact(order, day, _members(order, line.sku), {**counted, **numbers}))
    charges = sum(nets[len(order.lines):], ZERO)
    if charges:
        name = "cancelled_revenue" if is_gone else "ordered_revenue"
        found.append(_fact(order, day, _members(order, CHARGES), {**counted, name: charges}))
    return found


def _discount(order: Order, line: OrderLine, net: Decimal) -> Decimal:
    """The line's allowance without VAT, in proportion to its amount; alone when it took the whole line off."""
    if not order.prices_include_vat or not line.allowance:
        return line.allowance
    if line.amount:
        return round_amount(line.allowance * net / line.amount, order.currency)
    return round_amount(net_of_gross(line.allowance, line.vat_rate), order.currency)


def _share(amount: Decimal, part: Decimal, whole: Decimal, currency: str) -> Decimal:
    return round_amount(amount * part / whole, currency)


def _shipped(order: Order, nets: list[Decimal], zone: ZoneInfo) -> list[Fact]:
    """A row for each line and warehouse of each parcel. A line's revenue is spread over its parcels by what has left in all,
    so that all parcels together come to the line, to the cent."""
    lines = {line.id: (line, net) for line, net in zip(order.lines, nets, strict=False)}
    left: dict[str, Decimal] = dict.fromkeys(lines, ZERO)
    found: list[Fact] = []
    for n, shipment in enumerate(order.shipments):
        for each in shipment.lines:
            line, net = lines[each.line_id]
            before = _share(net, left[line.id], line.quantity, order.currency)
            left[line.id] += each.quantity
            revenue = _share(net, left[line.id], line.quantity, order.currency) - before
            found += _parcel_facts(order, shipment, each, line, revenue, zone)
        charges = sum(nets[len(order.lines):], ZERO)
        if n == 0 and charges:
            found.append(_fact(order, day_of(shipment.shipped_at, zone), _members(order, CHARGES),
                               {"shipped_orders": ONE, "shipped_revenue": charges}))
    return found


def _parcel_facts(order: Order, shipment: Shipment, each: ShippedLine, line: OrderLine, revenue: Decimal,
                  zone: ZoneInfo) -> Iterable[Fact]:
    day = day_of(shipment.shipped_at, zone)
    parts = [(part.warehouse_id, part.quantity, part.cost) for part in each.warehouses] or [("", each.quantity, each.cost)]
    weights = [max(quantity, ZERO) for _, quantity, _ in parts]
    for (warehouse_id, quantity, cost), share in zip(parts, split(revenue, weights, order.currency), strict=True):
        numbers = {"shipped_orders": ONE, "shipped_units": quantity, "shipped_revenue": share, "cost": cost or ZERO}
        yield _fact(order, day, _members(order, line.sku, warehouse_id), numbers)


def _refunded(order: Order, zone: ZoneInfo) -> list[Fact]:
    return [_fact(order, day_of(refund.refunded_at, zone), _members(order), {"refunds": refund.amount})
            for refund in order.refunds]


def _fact(order: Order, day: date, members: Mapping[str, str], numbers: Mapping[str, Decimal]) -> Fact:
    return Fact(day=day, currency=order.currency, members=members,
                numbers={name: number for name, number in numbers.items() if number})


DEPOSITS = ("deposit", "deposit_received")
"""Lines of invoices that are no revenue: they stand in account 4191 until the balance."""


def invoice_facts(invoice: Invoice, zone: ZoneInfo) -> list[Fact]:
    """What an issued invoice or credit note adds, on its day, line by line: what its entry credits to class 70."""
    if invoice.state != "issued" or invoice.issue_date is None:
        return []
    is_credit = invoice.type_code == CREDIT_NOTE
    name = "credited_revenue" if is_credit else "invoiced_revenue"
    found = []
    for line in invoice.lines:
        if line.line_kind not in DEPOSITS:
            members = {"channel": invoice.channel_id or BY_HAND, "customer": invoice.customer_id or GUEST,
                       "product": line.sku or CHARGES}
            numbers = {name: line.line_net_amount} | ({} if is_credit else {"invoices": ONE})
            found.append(Fact(day=invoice.issue_date, currency=invoice.currency, members=members,
                              numbers={key: number for key, number in numbers.items() if number}))
    return found


def payment_facts(payment: Payment, zone: ZoneInfo) -> list[Fact]:
    """What a provider kept of a payment at once, on its day; of one taken back nothing."""
    if payment.state == "reversed" or not payment.fee:
        return []
    return [_kept(payment.paid_on, payment.currency, payment.channel_id, payment.customer_id, payment.fee)]


def payout_facts(payout: Payout, zone: ZoneInfo) -> list[Fact]:
    """What was kept at a payout, payment by payment, on the payout's day; of one taken back nothing."""
    if payout.state == "reversed":
        return []
    return [_kept(payout.paid_on, payout.currency, line.channel_id, line.customer_id, line.fee)
            for line in payout.lines if line.fee]


def _kept(day: date, currency: str, channel_id: str, customer_id: str, fee: Decimal) -> Fact:
    return Fact(day=day, currency=currency, numbers={"channel_fees": fee},
                members={"channel": channel_id or BY_HAND, "customer": customer_id or GUEST})


SOURCES: Mapping[str, Source] = {
    ORDER.kind: Source(
        ORDER, "ORDER", order_facts, lambda order: str(order.external_number or order.number),
        ("OrderPlaced", "OrderAmended", "OrderShipped", "OrderPartlyShipped", "OrderCancelled", "OrderPartlyCancelled",
         "OrderRefunded")),
    INVOICE.kind: Source(INVOICE, "INVOICE", invoice_facts, lambda invoice: str(invoice.number),
                         ("InvoiceIssued", "CreditNoteIssued"), lines_of),
    PAYMENT.kind: Source(PAYMENT, "PAYMENT", payment_facts, lambda payment: str(payment.number),
                         ("PaymentRecorded", "PaymentReversed")),
    PAYOUT.kind: Source(PAYOUT, "PAYOUT", payout_facts, lambda payout: str(payout.number),
                        ("PayoutRecorded", "PayoutReversed")),
}
"""The documents that reports are made of, by kind."""

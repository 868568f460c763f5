"""The demo's invoices: the last parcels and some of this year's before, some credited, the gift shop's last ones waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from chalicelib.invoicing import issuing, ordering, service
from chalicelib.invoicing.issuing import Ready
from chalicelib.invoicing.model import BILLING, INVOICE, BilledLine, ChannelRule, Invoice
from chalicelib.invoicing.shapes import CreditInvoice, CreditLine, InvoiceOrders, OrderToInvoice, SettingsBody
from chalicelib.kernel.context import Context
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import directory
from infra.local.demo.seed import Shipped, at

AT_ONCE = 10
INVOICED_DAYS, EARLIER_EVERY = 45, 4
"""All parcels of these days have their invoice here; of those before, one in so many, which is what a start has time for."""
WAITING_DAYS = 12
"""How long parcels of the gift shop wait for their invoice."""


def by_hand(ctx: Context) -> None:
    """While the past is made nothing is invoiced by itself: it would bear today's date."""
    body = SettingsBody(policy="by_hand", series=issuing.DEFAULT_SERIES)
    service.change_settings(directory.apart(ctx, "invoicing:past"), body)


def seed_invoices(ctx: Context, shipped: Sequence[Shipped], gift_channel: str) -> frozenset[str]:
    """Invoices of orders of this calendar year, each on its parcel's day. Answers the other orders: those were invoiced
    elsewhere, and what was paid for them, before these books begin, is in other books."""
    year, today = ctx.now.year, ctx.now
    here: list[Shipped] = []
    elsewhere: list[Shipped] = []
    for n, each in enumerate(sorted(shipped, key=lambda each: each[2])):
        is_ours = each[3].year == year and (today - each[2] < timedelta(days=INVOICED_DAYS) or n % EARLIER_EVERY == 0)
        (here if is_ours else elsewhere).append(each)
    for start in range(0, len(elsewhere), 40):
        _taken_over(ctx, elsewhere[start : start + 40])
    mine = [each for each in here if not (each[1] == gift_channel and today - each[2] < timedelta(days=WAITING_DAYS))]
    issued: list[Invoice] = []
    for start in range(0, len(mine), AT_ONCE):
        issued += _issue(ctx, mine[start : start + AT_ONCE])
    _credit(ctx, issued[-12:])
    service.change_settings(directory.apart(ctx, "invoicing:now"), SettingsBody(
        policy="on_shipment", series=issuing.DEFAULT_SERIES,
        channels=(ChannelRule(channel_id=gift_channel, policy="by_hand"),) if gift_channel else ()))
    return frozenset(each[0] for each in elsewhere)


def _issue(ctx: Context, members: Sequence[Shipped]) -> list[Invoice]:
    last = members[-1][2]
    mine = at(ctx, last, f"invoice:{members[0][0]}")
    the = issuing.office(mine)

    def make() -> list[Ready]:
        known = ordering.look_up(mine, [order_id for order_id, *_ in members])
        customers = issuing.customers(mine, [order.customer_id for order in known.orders.values()])
        return [ordering.ready(mine, the, InvoiceOrders(
            orders=(OrderToInvoice(order_id=order_id),), issue_date=min(left.date(), the.today)), known, customers)
            for order_id, _, left, _ in members]

    return issuing.issue(mine, the, make)


def _taken_over(ctx: Context, members: Sequence[Shipped]) -> None:
    """Orders invoiced with another program: nothing of them is left to invoice."""
    issuing.retried(ctx, lambda: _take_over(directory.apart(ctx, f"taken-over:{members[0][0]}"), members))


def _take_over(ctx: Context, members: Sequence[Shipped]) -> None:
    known = ordering.look_up(ctx, [order_id for order_id, *_ in members])
    tx = Transaction(ctx)
    for order in known.orders.values():
        billed = known.billing(order)
        names = tuple(shipment.id for shipment in order.shipments)
        whole = replace(billed, billed_total=order.paid_total, has_order_level=True, covered=names, costed=names, pending=(),
                        lines=tuple(BilledLine(line_id=line.id, quantity=line.shipped_quantity) for line in order.lines))
        if billed.version:
            tx.save(BILLING, billed, whole)
        else:
            tx.create(BILLING, whole)
    tx.commit()


def _credit(ctx: Context, invoices: Sequence[Invoice]) -> None:
    """A parcel that thawed on the way, and a gesture."""
    for n, invoice in enumerate(invoices[:2]):
        body = CreditInvoice(reason="Colis arrivé décongelé", lines=(CreditLine(line_id="1", quantity=Decimal(1)),)) if n == 0 \
            else CreditInvoice(reason="Geste commercial, retard", amount=Decimal("5.00"))
        service.credit(directory.apart(ctx, f"credit:{n}"), read.get(ctx, INVOICE, invoice.id), body)

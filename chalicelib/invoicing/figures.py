"""Two figures a person may doubt, with what they are made of: a customer's exposure, an order's margin line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from chalicelib.invoicing import amounts, issuing, ordering
from chalicelib.invoicing.model import BILLING, CREDIT_NOTE, DEPOSIT, INVOICE, Invoice, OrderBilling
from chalicelib.invoicing.shapes import CustomerExposure, ExposedOrder, MarginLine, MarginStep, OrderMargin
from chalicelib.invoicing.standing import STANDING
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.ledger import rolling
from chalicelib.ledger.model import FISCAL_YEAR
from chalicelib.parties.model import CUSTOMER, Customer
from chalicelib.sales import fulfilment, totals
from chalicelib.sales.model import ORDER, Order, OrderLine
from chalicelib.stock import balances
from chalicelib.stock.valuation import Valuation
from chalicelib.storage import read
from chalicelib.tenants import service as tenants

ORDERS_LOOKED_AT = 500
OPEN_STATES = ("confirmed", "on_hold", "pending", "partly_shipped", "shipped", "closed")
CUSTOMER_ACCOUNTS = ("411000", "416000", "413000", "419100")
"""What a customer owes, less the deposits received."""


def exposure(ctx: Context, customer_id: str) -> CustomerExposure:
    """What a customer owes and will owe, against the limit: the balance of their accounts in the books, and what their
    orders on credit still hold to be invoiced. Raises NotFound."""
    customer = read.get(ctx, CUSTOMER, customer_id)
    owed = _owed(ctx, customer_id)
    orders = _open_orders(ctx, customer)
    held = sum((order.amount for order in orders), ZERO)
    total = owed + held
    limit = customer.credit_limit
    return CustomerExposure(
        customer_id=customer_id, customer_name=customer.company_name or customer.name,
        currency=tenants.tenant(ctx).currency, invoiced_unpaid=owed, orders_to_invoice=held, exposure=total,
        credit_limit=limit, available=None if limit is None else limit - total, is_exceeded=limit is not None and total > limit,
        orders=tuple(orders))


def _owed(ctx: Context, customer_id: str) -> Decimal:
    """The customer's balance over all years that are not carried forward: their openings hold the years before."""
    years = [str(row["id"]) for row in read.query(ctx, "by_list", "FISCAL_YEAR", limit=10).items]
    total = ZERO
    for year in read.get_many(ctx, FISCAL_YEAR, years).values():
        if year.state != "carried_forward":
            for account in CUSTOMER_ACCOUNTS:
                for (_, party), (_, debit, credit) in rolling.kept_parties(ctx, year.id, account).items():
                    total += debit - credit if party == customer_id else ZERO
    return total


def _open_orders(ctx: Context, customer: Customer) -> list[ExposedOrder]:
    page = read.query(ctx, "by_party", f"PARTY#{customer.id}", between=("ORDER#", "ORDER#\uffff"), limit=ORDERS_LOOKED_AT)
    rows = [row for row in page.items if row.get("state") in OPEN_STATES and not row.get("is_paid")]
    ids = [str(row["id"]) for row in rows]
    orders, billings = read.get_many(ctx, ORDER, ids), read.get_many(ctx, BILLING, ids)
    found = []
    for order in orders.values():
        amount = left_to_invoice(order, billings.get(order.id))
        if amount:
            found.append(ExposedOrder(order_id=order.id, number=order.number, state=order.state, amount=amount))
    return sorted(found, key=lambda each: each.number)


def left_to_invoice(order: Order, billed: OrderBilling | None) -> Decimal:
    """What of an order on credit is neither invoiced nor cancelled, with VAT."""
    if order.is_paid or order.state in ("draft", "cancelled"):
        return ZERO
    whole = order.total_with_vat
    kept = amounts.with_vat(amounts.by_group(
        ((line.vat_category, line.vat_rate), amounts.part(line.amount, line.quantity - line.cancelled_quantity, line.quantity,
                                                          order.currency)) for line in order.lines),
        order.currency, order.prices_include_vat)
    lines = amounts.with_vat(amounts.by_group(((line.vat_category, line.vat_rate), line.amount) for line in order.lines),
                             order.currency, order.prices_include_vat)
    return max(whole - (lines - kept) - (billed.billed_total if billed else ZERO), ZERO)


# -- margin ---------------------------------------------------------------------------------------------------------


def margin(ctx: Context, order_id: str) -> OrderMargin:
    """What each line of an order earns: the net it was sold for, less what was credited, less what the goods were worth.
    Goods that have not left count at today's average cost. Raises NotFound."""
    known = ordering.look_up(ctx, [order_id])
    order = known.orders.get(order_id)
    if order is None:
        raise NotFound("order")
    billed = known.billing(order)
    invoices = [issuing.lines_of(ctx, each) for each in read.get_many(
        ctx, INVOICE, [d.invoice_id for d in billed.documents if d.type_code != DEPOSIT]).values()]
    notes = [issuing.lines_of(ctx, each) for each in _credit_notes(ctx, invoices)]
    skus = [sku for line in order.lines for sku, _ in fulfilment.components(line)]
    valuations = balances.read_valuations(ctx, skus)
    nets = totals.line_amounts(order)
    lines = tuple(_margin_line(order, line, net, invoices, notes, valuations)
                  for line, (net, _) in zip(order.lines, nets[: len(order.lines)], strict=True))
    charges = sum((net for net, _ in nets[len(order.lines):]), ZERO)
    revenue = sum((line.revenue for line in lines), ZERO) + charges
    cost = sum((line.cost for line in lines), ZERO)
    return OrderMargin(order_id=order.id, number=order.number, currency=order.currency, lines=lines, charges=charges,
                       revenue=revenue, cost=cost, margin=revenue - cost, margin_percent=_percent(revenue - cost, revenue),
                       rounding_amount=order.rounding_amount)


def _credit_notes(ctx: Context, invoices: Sequence[Invoice]) -> list[Invoice]:
    standings = read.get_many(ctx, STANDING, [each.id for each in invoices if each.type_code != CREDIT_NOTE])
    ids = [i for standing in standings.values() for i in standing.credit_note_ids]
    return list(read.get_many(ctx, INVOICE, ids).values())


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    return round_amount(part * 100 / whole, "EUR") if whole else None


def _margin_line(order: Order, line: OrderLine, net: Decimal, invoices: Sequence[Invoice], notes: Sequence[Invoice],
                 valuations: Mapping[str, Valuation]) -> MarginLine:
    kept = amounts.part(net, line.quantity - line.cancelled_quantity, line.quantity, order.currency)
    invoiced = sum((each.line_net_amount for invoice in invoices if invoice.type_code != CREDIT_NOTE
                    for each in invoice.lines if each.order_line_id == line.id and each.order_id == order.id), ZERO)
    credited = sum((each.line_net_amount for note in notes for each in note.lines
                    if each.order_line_id == line.id and each.order_id == order.id), ZERO)
    left = [each for shipment in order.shipments for each in shipment.lines if each.line_id == line.id]
    shipped_cost = sum((each.cost or ZERO for each in left), ZERO)
    waiting = line.open_quantity
    unit_cost = sum((valuations[sku].unit_cost * each for sku, each in fulfilment.components(line)), ZERO)
    expected = round_amount(unit_cost * waiting, order.currency)
    revenue, cost = kept - credited, shipped_cost + expected
    gross = round_amount(line.quantity * line.unit_price, order.currency)
    steps = [MarginStep(code="price", amount=gross, quantity=line.quantity)]
    steps += [MarginStep(code="allowance", amount=-line.allowance)] if line.allowance else []
    vat = line.amount - net
    steps += [MarginStep(code="vat", amount=-vat)] if order.prices_include_vat else []
    steps += [MarginStep(code="cancelled", amount=kept - net, quantity=line.cancelled_quantity)] if kept != net else []
    steps += [MarginStep(code="credited", amount=-credited)] if credited else []
    steps += [MarginStep(code="shipped_cost", amount=-shipped_cost, quantity=line.shipped_quantity)] if left else []
    steps += [MarginStep(code="expected_cost", amount=-expected, quantity=waiting)] if waiting else []
    return MarginLine(
        line_id=line.id, sku=line.sku, name=line.name, quantity=line.quantity, revenue=revenue, invoiced=invoiced,
        credited=credited, cost=cost, margin=revenue - cost, margin_percent=_percent(revenue - cost, revenue),
        is_final=not waiting, steps=tuple(steps))

"""Invoices and deposits from orders: what is read, decided and written beside the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.invoicing import billing, issuing
from chalicelib.invoicing.billing import Deduction, OrderPart
from chalicelib.invoicing.issuing import Office, Ready
from chalicelib.invoicing.model import (
    BILLING,
    DEPOSIT,
    INVOICE,
    BilledDocument,
    Invoice,
    InvoiceLine,
    OrderBilling,
    Party,
    Reference,
    Source,
)
from chalicelib.invoicing.shapes import InvoiceOrders, NewDeposit, OrderToInvoice
from chalicelib.invoicing.standing import STANDING, Standing
from chalicelib.kernel.address import Address
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Stale
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.money import ZERO
from chalicelib.parties.model import Customer
from chalicelib.sales.model import ORDER, Order, refuse_sample
from chalicelib.storage import keys, read
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction

MAX_ORDERS = 40
"""Of one invoice: each is a billing to save in its transaction."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for some orders: themselves, their billings, their deposits that are not used up."""

    orders: Mapping[str, Order]
    billings: Mapping[str, OrderBilling]
    deposits: Mapping[str, Sequence[tuple[Invoice, Standing]]]

    def billing(self, order: Order) -> OrderBilling:
        return self.billings.get(order.id) or billing.fresh(order)


def known_keys(ctx: Context, order_ids: Sequence[str]) -> list[keys.Key]:
    """The keys to read for `known_in`, for who reads more at once."""
    return [keys.document(ctx, kind, i) for i in dict.fromkeys(order_ids) for kind in (ORDER.kind, BILLING.kind)]


def look_up(ctx: Context, order_ids: Sequence[str]) -> Known:
    """Orders, billings and open deposits, in one round trip, or two where there are deposits."""
    return known_in(ctx, order_ids, read.items(ctx, known_keys(ctx, order_ids)))


def known_in(ctx: Context, order_ids: Sequence[str], stored: Mapping[keys.Key, Item]) -> Known:
    """The same from a read that asked for `known_keys`."""
    by_order = {keys.document(ctx, ORDER.kind, i): i for i in order_ids}
    by_billing = {keys.document(ctx, BILLING.kind, i): i for i in order_ids}
    orders = {i: read.document_of(ORDER, stored[key]) for key, i in by_order.items() if key in stored}
    orders = {i: order for i, order in orders.items() if read.is_seen(ctx, ORDER, order)}
    billings = {i: read.document_of(BILLING, stored[key]) for key, i in by_billing.items() if key in stored}
    return Known(orders, billings, _deposits(ctx, billings))


def _deposits(ctx: Context, billings: Mapping[str, OrderBilling]) -> dict[str, list[tuple[Invoice, Standing]]]:
    wanted = {name: [d.invoice_id for d in each.documents if d.type_code == DEPOSIT] for name, each in billings.items()}
    ids = [i for each in wanted.values() for i in each]
    if not ids:
        return {}
    invoices, standings = read.get_many(ctx, INVOICE, ids), read.get_many(ctx, STANDING, ids)
    return {name: [(invoices[i], standings[i]) for i in each if standings[i].left > 0] for name, each in wanted.items()}


def buyer_party(order: Order, the: Office) -> Party:
    """Who bought, as the order says; without a country the company's own is meant."""
    address = order.billing_address
    if not address.country_code:
        address = replace(address, country_code=the.tenant.country_code)
    return Party(name=order.buyer.name or address.name, company_name=order.buyer.company_name or address.company_name,
                 vat_number=order.buyer.vat_number, email=order.buyer.email, phone=order.buyer.phone, address=address)


def _bare(ctx: Context, the: Office, order: Order, customers: Mapping[str, Customer], invoice_id: str) -> Invoice:
    """The document of an order without lines: who, where, in which currency. A marketplace that sells in its own name is the
    buyer of its orders."""
    rule = the.settings.rule(order.channel_id)
    supplier = customers.get(rule.deemed_supplier_customer_id) if rule.deemed_supplier_customer_id else None
    customer = supplier or customers.get(order.customer_id)
    given = Party() if supplier else buyer_party(order, the)
    delivery = order.shipping_address if order.shipping_address != Address() else Address()
    return Invoice(
        id=invoice_id, currency=order.currency, prices_include_vat=order.prices_include_vat, channel_id=order.channel_id,
        channel_name=order.channel_name, customer_id=supplier.id if supplier else order.customer_id, seller=the.seller,
        buyer=issuing.buyer_of(customer, given), delivery_address=delivery,
        locale=customer.locale if customer else the.tenant.locale, created_at=ctx.now,
        payment_terms_days=0 if order.is_paid else None)


def _same(orders: Sequence[Order]) -> None:
    """Raises Invalid when orders cannot stand on one invoice."""
    first = orders[0]
    for order in orders[1:]:
        if (order.customer_id, order.currency, order.prices_include_vat) != (
                first.customer_id, first.currency, first.prices_include_vat) or not order.customer_id:
            raise Invalid("orders", "One invoice is for one customer, in one currency, with prices of one kind.",
                          {"orders": "one customer"})


def ready(ctx: Context, the: Office, body: InvoiceOrders, known: Known | None = None,
          customers: Mapping[str, Customer] | None = None, draft: Invoice | None = None) -> Ready:
    """The invoice of some orders, ready to be numbered. `draft` is the one it replaces.

    Raises NotFound, Invalid, Conflict `delivery_invoiced`, `nothing_to_invoice`, `wrong_state`, `order_changed`.
    """
    if not 1 <= len(body.orders) <= MAX_ORDERS or len({o.order_id for o in body.orders}) < len(body.orders):
        raise Invalid("orders", f"An invoice is of 1 to {MAX_ORDERS} orders, each once.", {"orders": "count"})
    known = known or look_up(ctx, [each.order_id for each in body.orders])
    orders = [_open(known, each) for each in body.orders]
    _same(orders)
    if customers is None:
        customers = issuing.customers(ctx, [orders[0].customer_id,
                                            the.settings.rule(orders[0].channel_id).deemed_supplier_customer_id])
    parts = [billing.order_part(order, known.billing(order), asked)
             for order, asked in zip(orders, body.orders, strict=True)]
    deducted = [billing.deductions(part.lines, part.amount, known.deposits.get(part.order.id, ()),
                                   part.order.currency, part.order.prices_include_vat) for part in parts]
    invoice_id = draft.id if draft else derived_id(INVOICE.prefix, "orders", *(
        f"{part.order.id}:{len(part.before.documents)}" for part in parts))
    bare = _bare(ctx, the, orders[0], customers, invoice_id)
    left = [part.shipments[-1].shipped_at for part in parts if part.shipments]
    bare = replace(
        bare, note=body.note, exchange_rate=body.exchange_rate, supply_date=max(left).date() if left else None,
        sources=tuple(billing.source_of(part, asked.scope) for part, asked in zip(parts, body.orders, strict=True)),
        references=tuple(Reference(invoice_id=d.deposit.id, number=d.deposit.number, issue_date=d.deposit.issue_date)
                         for each in deducted for d in each))
    lines = _lines(parts, deducted)
    payable = sum((p.amount for p in parts), ZERO) - sum((d.amount for each in deducted for d in each), ZERO)
    made = issuing.with_totals(bare, lines, payable)
    issuing.check_rounding(made, sum((part.rounding for part in parts), ZERO), sum(map(len, deducted)))
    if all(order.is_paid for order in orders):
        made = replace(made, paid_amount=made.payable_amount)
    costs = _costs(parts)

    def beside(tx: Transaction, invoice: Invoice) -> None:
        for part in parts:
            save_billing(tx, part.before, billing.documented(part, invoice, part.amount))
        for deduction in (d for each in deducted for d in each):
            tx.save(STANDING, deduction.before, deduction.after)

    if draft:
        made = replace(made, note=draft.note, created_at=draft.created_at, version=draft.version,
                       payment_terms_days=draft.payment_terms_days)
    return Ready(made, draft, body.issue_date, costs, beside)


def _open(known: Known, asked: OrderToInvoice) -> Order:
    order = known.orders.get(asked.order_id)
    if order is None:
        raise NotFound("order")
    refuse_sample(order)
    if order.state in ("draft", "pending"):
        raise Conflict("wrong_state", f"Order {order.number} is {order.state}: it is not invoiced yet.", state=order.state)
    return order


def _lines(parts: Sequence[OrderPart], deducted: Sequence[Sequence[Deduction]]) -> list[InvoiceLine]:
    """All lines, their ids unique: those of several orders bear the order's place."""
    several = len(parts) > 1
    found = []
    for n, (part, each) in enumerate(zip(parts, deducted, strict=True), 1):
        lines = [*part.lines, *(line for d in each for line in d.lines)]
        found += [replace(line, id=f"{n}.{line.id}") if several else line for line in lines]
    return found


def _costs(parts: Sequence[OrderPart]) -> dict[str, Decimal]:
    """What the goods that the invoice covers were worth when they left, all of the family of goods for resale."""
    total = sum((line.cost or ZERO for part in parts for shipment in part.costed for line in shipment.lines), ZERO)
    return {"": total} if total else {}


def save_billing(tx: Transaction, before: OrderBilling, after: OrderBilling) -> OrderBilling:
    """Saves what of an order is invoiced, if nobody invoiced it meanwhile (Stale)."""
    after = replace(after, problem="") if after.documents != before.documents else after
    return tx.save(BILLING, before, after) if before.version else tx.create(BILLING, after, lambda: Stale(BILLING.kind))


# -- deposits ---------------------------------------------------------------------------------------------------------


def deposit(ctx: Context, the: Office, body: NewDeposit) -> Ready:
    """The invoice of a deposit that was received on an order (CGI art. 289, I-1-c), its VAT due on receipt (art. 269, 2-a).

    Raises NotFound, Invalid, Conflict `deposit_too_large`, `wrong_state`.
    """
    known = look_up(ctx, [body.order_id])
    order = known.orders.get(body.order_id)
    if order is None:
        raise NotFound("order")
    refuse_sample(order)
    if order.state in ("draft", "cancelled"):
        raise Conflict("wrong_state", f"Order {order.number} is {order.state}.", state=order.state)
    before = known.billing(order)
    received = sum((standing.left for _, standing in known.deposits.get(order.id, ())), ZERO)
    amount = billing.deposit_amount(order, before, body.amount, body.percent, received)
    customers = issuing.customers(ctx, [order.customer_id, the.settings.rule(order.channel_id).deemed_supplier_customer_id])
    bare = _bare(ctx, the, order, customers, derived_id(INVOICE.prefix, "deposit", f"{order.id}:{len(before.documents)}"))
    bare = replace(bare, type_code=DEPOSIT, prices_include_vat=True, supply_date=body.received_on, payment_terms_days=0,
                   exchange_rate=body.exchange_rate, sources=(Source(
                       order_id=order.id, number=order.number, external_number=order.external_number,
                       placed_at=order.placed_at, scope="deposit"),))
    made = issuing.with_totals(bare, billing.deposit_lines(order, amount), amount)
    issuing.check_rounding(made, ZERO, 0)

    def beside(tx: Transaction, invoice: Invoice) -> None:
        document = BilledDocument(invoice_id=invoice.id, number=invoice.number, type_code=DEPOSIT, amount=amount)
        save_billing(tx, before, replace(before, documents=(*before.documents, document)))

    return Ready(replace(made, paid_amount=amount), None, None, {}, beside)

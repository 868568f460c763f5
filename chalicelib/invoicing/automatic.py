"""What happens by itself: parcels that left are noted and invoiced by the channel's rule, their cost is posted, and an order
that exceeds a customer's limit is held."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from chalicelib.invoicing import billing, figures, issuing, ordering
from chalicelib.invoicing.issuing import Office
from chalicelib.invoicing.law import posting
from chalicelib.invoicing.model import ChannelRule, OrderBilling
from chalicelib.invoicing.shapes import InvoiceOrders, OrderToInvoice
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Unavailable
from chalicelib.kernel.event import Event
from chalicelib.kernel.money import ZERO
from chalicelib.ledger import writing
from chalicelib.parties.model import CUSTOMER
from chalicelib.sales import service as sales
from chalicelib.sales.commands import HoldOrder
from chalicelib.sales.model import ORDER, Order
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused, Transaction

SETTLED = frozenset({"nothing_to_invoice", "delivery_invoiced", "already_exists"})
HOLD_REASON = "Encours autorisé dépassé"


def on_shipped(ctx: Context, event: Event) -> None:
    """A parcel left: it waits to be invoiced, or is invoiced now; of what was invoiced before, the cost is posted."""
    the = issuing.office(ctx)
    billed = _note(ctx.step("note"), the, event.entity_id)
    if billed is None or not billed.pending:
        return
    order = read.get(ctx, ORDER, event.entity_id)
    if _is_automatic(the.settings.rule(order.channel_id), order, "on_shipment"):
        _invoice(ctx, the, order, "delivered")


def on_paid(ctx: Context, event: Event) -> None:
    """An order is there and paid: it is invoiced where the channel's rule says so. One that is not is measured against its
    customer's limit."""
    the = issuing.office(ctx)
    order = read.find(ctx, ORDER, event.entity_id)
    if order is None or order.state in ("draft", "pending", "cancelled"):
        return
    if order.is_paid and _is_automatic(the.settings.rule(order.channel_id), order, "on_payment"):
        _invoice(ctx, the, order, "ordered")
    elif event.type == "OrderPlaced" and not order.is_paid and order.customer_id and the.settings.hold_above_credit_limit:
        _hold_above_limit(ctx, order)


def _is_automatic(rule: ChannelRule, order: Order, policy: str) -> bool:
    """Whether the rule invoices at this moment. An invoice is owed to a firm always; to a shopper a rule may leave it for a
    run or a request (CGI art. 289, I-1: between taxable persons, and distance sales taxed where they arrive)."""
    is_business = bool(order.buyer.company_name or order.buyer.vat_number)
    return rule.policy == policy and (rule.customer_rule == "always" or is_business)


def _note(ctx: Context, the: Office, order_id: str) -> OrderBilling | None:
    """Notes the parcels that are in no invoice, and posts the cost of those that an earlier invoice covered."""
    def attempt() -> OrderBilling | None:
        known = ordering.look_up(ctx, [order_id])
        order = known.orders.get(order_id)
        if order is None:
            return None
        before = known.billing(order)
        after = billing.with_shipments(before, order)
        costed = [s for s in order.shipments if s.id in after.covered and s.id not in after.costed]
        after = replace(after, costed=(*after.costed, *(s.id for s in costed)))
        if after == before:
            return before
        tx = Transaction(ctx)
        saved = ordering.save_billing(tx, before, after)
        cost = sum((line.cost or ZERO for s in costed for line in s.lines), ZERO)
        if cost:
            _post_cost(ctx, tx, the, order, cost, "+".join(s.id for s in costed))
        tx.commit()
        return saved

    try:
        return issuing.retried(ctx, attempt)
    except AlreadyDone:
        return ordering.look_up(ctx, [order_id]).billings.get(order_id)


def _post_cost(ctx: Context, tx: Transaction, the: Office, order: Order, cost: Decimal, parcels: str) -> None:
    accounts = writing.accounts_for(ctx, sorted(posting.cost_accounts([""])))
    draft = posting.cost_of_sales(the.today, {"": cost}, accounts, f"Coût des ventes {parcels}",
                                  f"cost_of_sales:{order.id}:{parcels}", (ORDER.kind, order.id, order.number))
    if draft is not None:
        writing.posting_writes(tx, writing.prepare(ctx, [draft]))


def _invoice(ctx: Context, the: Office, order: Order, scope: str) -> None:
    """Issues the invoice of an order by itself. What refuses it is kept with the order's billing, where a person sees it
    among what waits; a part of ours that does not answer brings the message again."""
    body = InvoiceOrders(orders=(OrderToInvoice(order_id=order.id, scope=scope),))
    try:
        issuing.issue(ctx, the, lambda: [ordering.ready(ctx, the, body)])
    except Unavailable:
        raise
    except (DomainError, Refused) as error:
        first = error.errors[0] if isinstance(error, Refused) else error
        if first.code not in SETTLED:
            _tell(ctx.step("problem"), order, f"{first.code}: {first.detail}")


def _tell(ctx: Context, order: Order, problem: str) -> None:
    def attempt() -> None:
        before = ordering.look_up(ctx, [order.id]).billing(order)
        tx = Transaction(ctx)
        ordering.save_billing(tx, before, replace(before, problem=problem[:200]))
        tx.commit()

    try:
        issuing.retried(ctx, attempt)
    except AlreadyDone:
        return


def _hold_above_limit(ctx: Context, order: Order) -> None:
    customer = read.find(ctx, CUSTOMER, order.customer_id)
    if customer is None or customer.credit_limit is None:
        return
    found = figures.exposure(ctx, customer.id)
    known = {each.order_id for each in found.orders}
    total = found.exposure + (ZERO if order.id in known else figures.left_to_invoice(order, None))
    if total <= customer.credit_limit:
        return
    reason = f"{HOLD_REASON} : {total} > {customer.credit_limit} {found.currency}"
    try:
        sales.hold(ctx.step("hold"), order, HoldOrder(reason=reason))
    except (Conflict, AlreadyDone):
        return

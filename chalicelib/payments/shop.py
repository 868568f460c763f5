"""What shops took and gave back, recorded by itself, and set against the invoices as they are issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.invoicing.law.posting import anonymous
from chalicelib.invoicing.model import BILLING, CREDIT_NOTE, INVOICE, Invoice
from chalicelib.invoicing.standing import STANDING
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid
from chalicelib.kernel.event import Event
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.money import ZERO
from chalicelib.ledger import exchange, writing
from chalicelib.payments import paying_out, payouts, posting, service, settling
from chalicelib.payments.model import PAYMENT, MatchPayment, NewAllocation, Payment
from chalicelib.sales.model import ORDER, Order
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants import service as tenants

SETTLED = frozenset({"already_exists", "posted_already"})
NOT_NOW = frozenset({"no_fiscal_year", "account_usage", "journal_unknown"})
"""Books that cannot take the payment: it is typed by hand when they can."""
_METHODS = {"bacs": "transfer", "bankwire": "transfer", "ps_wirepayment": "transfer", "wire": "transfer",
            "sepa": "direct_debit", "cheque": "cheque", "ps_checkpayment": "cheque", "check": "cheque", "cod": "cash",
            "ps_cashondelivery": "cash", "transfer": "transfer", "card": "card", "cash": "cash"}
"""Names of the offline methods that shop software brings (WooCommerce: bacs, cheque, cod; PrestaShop: ps_…); whatever else
takes money online is a provider."""


@dataclass(frozen=True, slots=True)
class _Books:
    currency: str
    zone: ZoneInfo
    today: date


def payment_id(order_id: str, refund_id: str = "") -> str:
    """The id of what a shop took for an order, or gave back with a refund: the same in whatever company the order is, so that
    one that was imported is not paid twice."""
    return derived_id("pay", order_id, refund_id) if refund_id else derived_id("pay", order_id)


def on_order(ctx: Context, event: Event) -> None:
    """An order is there or changed: what was paid for it is recorded, once."""
    order = read.find(ctx, ORDER, event.entity_id)
    if order is None or not order.is_paid or order.state == "draft" or order.paid_total <= 0:
        return
    books = _books(ctx)
    if read.find(ctx, PAYMENT, payment_id(order.id)) is not None:
        return
    payment = _payment(ctx, books, order, payment_id(order.id), "in", order.paid_total, order.external_id,
                       order.placed_at.astimezone(books.zone).date())
    invoices = _invoices_of(ctx, order)
    whole = _converted(ctx, books, replace(payment, fee=_fee(ctx, order, payment)), invoices)
    if whole and _save(ctx, books, whole):
        _match_with(ctx, payment.id, [each.id for each in invoices])


def on_refunded(ctx: Context, event: Event) -> None:
    """Money went back: every refund of the order is recorded, once."""
    order = read.find(ctx, ORDER, event.entity_id)
    if order is None or not order.is_paid:
        return
    books = _books(ctx)
    wanted = {payment_id(order.id, each.id): each for each in order.refunds if each.amount > 0}
    known = read.get_many(ctx, PAYMENT, wanted)
    for new_id, refund in wanted.items():
        if new_id not in known:
            day = refund.refunded_at.astimezone(books.zone).date()
            back = _payment(ctx, books, order, new_id, "out", refund.amount, refund.external_id, day)
            whole = _converted(ctx, books, back, _invoices_of(ctx, order))
            if whole and _save(ctx.step(new_id), books, whole):
                _match_with(ctx, new_id, [each.id for each in _credit_notes(ctx, order)])


def on_issued(ctx: Context, event: Event) -> None:
    """An invoice or credit note was issued: what its orders paid, or were given back, settles it; a credit note is lettered
    with the invoice it credits. What a shop took in another currency while no rate was known is recorded by the invoice's."""
    invoice = read.find(ctx, INVOICE, event.entity_id)
    if invoice is None or invoice.state != "issued":
        return
    if invoice.type_code == CREDIT_NOTE:
        _letter_credit(ctx.step("letter"), invoice)
    direction = "out" if invoice.type_code == CREDIT_NOTE else "in"
    orders = [source.order_id for source in invoice.sources] or _orders_of_references(ctx, invoice)
    for order_id in dict.fromkeys(orders):
        if invoice.exchange_rate is not None:
            told = replace(event, kind=ORDER.kind, entity_id=order_id)
            (on_refunded if direction == "out" else on_order)(ctx.step(f"taken:{order_id}"), told)
        page = read.query(ctx, "by_ref", f"REF#payment#{order_id}", limit=20)
        for row in page.items:
            if row["direction"] == direction and row["state"] == "posted" and Decimal(str(row["unallocated"])) > 0:
                _match_with(ctx.step(str(row["id"])), str(row["id"]), [invoice.id])


def _letter_credit(ctx: Context, note: Invoice) -> None:
    """Letters the credit note with what it credits, once: behind the issue, so that issuing costs no more round trips."""
    def attempt() -> None:
        tx = Transaction(ctx)
        if settling.letter_credit(tx, note, list(read.get_many(
                ctx, INVOICE, [each.invoice_id for each in note.references]).values())):
            tx.commit()

    try:
        service.retried(ctx, attempt)
    except (AlreadyDone, Invalid):
        return


def _orders_of_references(ctx: Context, invoice: Invoice) -> list[str]:
    found = read.get_many(ctx, INVOICE, [each.invoice_id for each in invoice.references])
    return [source.order_id for each in found.values() for source in each.sources]


def _books(ctx: Context) -> _Books:
    """How payments are dated, and the company's currency."""
    tenant = tenants.tenant(ctx)
    return _Books(tenant.currency, ZoneInfo(tenant.time_zone), writing.poster(ctx).today)


def _payment(ctx: Context, books: _Books, order: Order, new_id: str, direction: str, amount: Decimal, external_id: str,
             day: date) -> Payment:
    gateway = order.payment_gateway or order.payment_method
    method = _METHODS.get(gateway.lower(), "provider")
    party, name = order.customer_id, order.buyer.company_name or order.buyer.name
    if not party:
        party, name = f"various_{order.channel_id or 'direct'}", f"Clients divers {order.channel_name}".strip()
    return Payment(
        id=new_id, number="", direction=direction, method=method, gateway=gateway[:60], external_id=external_id,
        amount=amount, currency=order.currency, paid_on=min(day, books.today), customer_id=order.customer_id, party_id=party,
        party_name=name[:200], order_id=order.id, order_number=order.number,
        reference=(order.external_number or order.number)[:60], channel_id=order.channel_id,
        account="", entry_id="", entry_line=1, created_at=ctx.now, created_by=ctx.actor.name[:80])


def _converted(ctx: Context, books: _Books, payment: Payment, invoices: Sequence[Invoice]) -> Payment | None:
    """The payment, one in another currency with what it came to: by the rate of its day, else by that of an invoice of its
    order; None while neither is known."""
    if payment.currency == books.currency:
        return payment
    rate = exchange.rate_on(ctx, payment.currency, payment.paid_on) or next((
        exchange.Rate(each.exchange_rate, each.exchange_rate_on or payment.paid_on, each.exchange_rate_source)
        for each in invoices if each.exchange_rate is not None), None)
    return None if rate is None else service.converted(payment, rate, books.currency)


def _fee(ctx: Context, order: Order, payment: Payment) -> Decimal:
    """What the provider kept: as the shop tells it, else as it is agreed. A fee that leaves nothing is no fee. Fees are agreed
    in the company's currency: of a payment in another, the payout says it."""
    if order.payment_fee is not None:
        return order.payment_fee if order.payment_fee < payment.amount else ZERO
    if order.currency != writing.poster(ctx).currency:
        return ZERO
    return payouts.agreed_fee(paying_out.settings(ctx).fee_rules, payment.method, payment.gateway, payment.amount,
                              payment.currency)


def _save(ctx: Context, books: _Books, payment: Payment) -> bool:
    """Records it; where its own day is locked, the entry is of today. Answers whether it is there now."""
    for day in dict.fromkeys((payment.paid_on, books.today)):
        try:
            usage = posting.USAGES[payment.method]
            account = writing.accounts_for(ctx, [(usage, "", "")])[(usage, "", "")]
            service.save_new(ctx.step(f"{payment.id}:{day}"), replace(payment, account=account), (), day)
            return True
        except AlreadyDone:
            return True
        except (Conflict, Invalid, Refused) as refused:
            code = refused.errors[0].code if isinstance(refused, Refused) else refused.code
            if code in SETTLED:
                return True
            if code in NOT_NOW:
                return False
            if code != "period_locked" or day == books.today:
                raise
    return False


def _match_with(ctx: Context, new_id: str, invoice_ids: list[str]) -> None:
    """Sets a payment against these invoices as far as both allow; nothing to do is no fault."""
    payment = read.find(ctx, PAYMENT, new_id)
    if payment is None or not payment.unallocated or not invoice_ids:
        return
    known = settling.standings(ctx, invoice_ids)
    fitting = [i for i, each in known.invoices.items() if known.view(i).open_amount
               and (each.type_code == CREDIT_NOTE) == (payment.direction == "out")
               and anonymous(each)[0] == payment.party_id and each.currency == payment.currency]
    if not fitting:
        return
    try:
        service.match(ctx.step(f"match:{new_id}:{'+'.join(fitting)[:200]}"), payment, MatchPayment(
            allocations=tuple(NewAllocation(invoice_id=i) for i in fitting[:20])))
    except (AlreadyDone, Invalid):
        return
    except Conflict as refused:
        if refused.code not in NOT_NOW:
            raise


def _invoices_of(ctx: Context, order: Order) -> list[Invoice]:
    """The issued invoices of an order."""
    billing = read.find(ctx, BILLING, order.id)
    ids = [each.invoice_id for each in billing.documents] if billing else []
    return [each for each in read.get_many(ctx, INVOICE, ids).values() if each.state == "issued"]


def _credit_notes(ctx: Context, order: Order) -> list[Invoice]:
    standings = read.get_many(ctx, STANDING, [each.id for each in _invoices_of(ctx, order)])
    ids = [i for each in standings.values() for i in each.credit_note_ids]
    return list(read.get_many(ctx, INVOICE, ids).values())

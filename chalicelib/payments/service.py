"""Use cases of payments: recorded with their entry, matched with invoices, taken back; each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from chalicelib.invoicing.law.posting import anonymous
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO, check_amount, round_amount
from chalicelib.kernel.states import next_state
from chalicelib.kernel.text import is_line
from chalicelib.ledger import exchange, letters, writing
from chalicelib.ledger import posting as entries
from chalicelib.ledger.model import ACCOUNT
from chalicelib.parties.model import CUSTOMER
from chalicelib.payments import posting, settling
from chalicelib.payments.model import (
    DIRECTIONS,
    MAX_ALLOCATIONS,
    METHODS,
    PAYMENT,
    TRANSITIONS,
    Allocation,
    MatchPayment,
    NewAllocation,
    NewPayment,
    OpenInvoice,
    Payment,
    ReversePayment,
)
from chalicelib.sales.model import ORDER, refuse_sample
from chalicelib.storage import racing, read, sequence
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants

T = TypeVar("T")
RACED = frozenset({"ledger_raced", "stale_version", "lettered_line_taken"})


def retried(ctx: Context, attempt: Callable[[], T]) -> T:
    """What `attempt` answers, tried again while somebody else posted, paid or lettered the same just now, until the deadline.
    Anything else it is refused with is raised."""
    return racing.retried(ctx, attempt, RACED)


def record(ctx: Context, body: NewPayment) -> Payment:
    """Records a payment that a person tells of: payment, entry, settlements and letter at once.

    Raises Invalid (method, amount, account, allocations), Conflict for a locked or absent period.
    """
    tenant = tenants.tenant(ctx)
    _check(body, tenant.currency)
    today, currency = writing.poster(ctx).today, body.currency or tenant.currency
    known = settling.standings(ctx, [each.invoice_id for each in body.allocations])
    party = _party(ctx, body, known)
    order = read.find(ctx, ORDER, body.order_id) if body.order_id else None
    if body.order_id and order is None:
        raise Invalid("order_unknown", "There is no such order.", {"order_id": "no such order"})
    if order is not None:
        refuse_sample(order)
    payment = Payment(
        id=ctx.new_id("pay"), number="", direction=body.direction, method=body.method,
        amount=round_amount(body.amount, currency), fee=round_amount(body.fee, currency), currency=currency,
        paid_on=body.paid_on or today, customer_id=body.customer_id or party[2], party_id=party[0], party_name=party[1],
        channel_id=order.channel_id if order else "", order_id=body.order_id, order_number=order.number if order else "",
        reference=body.reference.strip(), note=body.note.strip(), account=_account(ctx, body), entry_id="", entry_line=1,
        created_at=ctx.now, created_by=ctx.actor.name[:80])
    return save_new(ctx, _converted(ctx, payment, body, tenant.currency), body.allocations)


def save_new(ctx: Context, payment: Payment, asked: Sequence[NewAllocation], day: date | None = None) -> Payment:
    """Writes a payment with its entry (dated `day`, else the day it was paid) and whatever it settles, in one transaction.

    Raises Invalid, Conflict `already_exists` when a payment of this id is there.
    """
    accounts, currency = _accounts(ctx, payment), writing.poster(ctx).currency
    when = day or payment.paid_on
    number = f"PAY-{payment.paid_on.year}-{sequence.next_number(ctx, f'payment-{payment.paid_on.year}'):06d}"

    def attempt() -> Payment:
        known = settling.standings(ctx, [each.invoice_id for each in asked])
        wanted = posting.allocated(payment.amount, settling.wanted_of(known, asked, payment))
        allocations = settling.carried(known, payment, wanted, currency)
        numbered = replace(payment, number=number, allocations=allocations)
        difference = posting.exchange_draft(numbered, allocations, accounts, when)
        drafts = [posting.draft(numbered, accounts, _label(numbered), when), *filter(None, [difference])]
        postings = writing.prepare(ctx, drafts)
        ids = dict(postings.sources)
        entry = next(each for each in postings.entries if each.id == ids[f"payment:{payment.id}"])
        beside = next((each for each in postings.entries if each.id != entry.id), None)
        tx = Transaction(ctx)
        made = tx.create(PAYMENT, replace(numbered, entry_id=entry.id, exchange_entry_ids=(beside.id,) if beside else ()))
        writing.posting_writes(tx, postings)
        settling.settle(tx, known, made, allocations)
        if allocations:
            settling.letter(tx, known, made, entry, [each.invoice_id for each in allocations], beside)
        tx.emit("PaymentRecorded", PAYMENT.kind, made.id, 1, _told(made))
        tx.answers(201, PAYMENT.kind, made.id, 1)
        tx.commit()
        return made

    return retried(ctx, attempt)


def _accounts(ctx: Context, payment: Payment) -> posting.Accounts:
    """The accounts of a payment's entry, in one read. Raises Invalid `account_usage`."""
    exchange = () if payment.own_amount is None else ("exchange_loss", "exchange_gain")
    usages = ("customers", posting.fee_usage(payment.method), *exchange)
    found = writing.accounts_for(ctx, [(usage, "", "") for usage in usages])
    return posting.Accounts(*(found[(usage, "", "")] for usage in usages))


def match(ctx: Context, payment: Payment, body: MatchPayment) -> Payment:
    """Sets what is left of a payment against invoices; what one in another currency gains or loses by it is posted today.

    Raises Invalid, Conflict `wrong_state`, Stale, and for a locked or absent period."""
    next_state(TRANSITIONS, payment.state, "match")
    if not body.allocations:
        raise Invalid("allocations", "Name the invoices to settle.", {"allocations": "required"})

    def attempt() -> Payment:
        current = read.get(ctx, PAYMENT, payment.id)
        known = settling.standings(ctx, [each.invoice_id for each in body.allocations])
        wanted = posting.allocated(current.unallocated, settling.wanted_of(known, body.allocations, current))
        more = settling.carried(known, current, wanted, writing.poster(ctx).currency)
        postings = _exchanged(ctx, current, more)
        entry = postings.entries[0] if postings else None
        if entry is not None and len(current.exchange_entry_ids) >= MAX_ALLOCATIONS:
            raise Invalid("allocations", f"A payment is matched at most {MAX_ALLOCATIONS} times; unmatch it and match it anew.",
                          {"allocations": "too many"})
        tx = Transaction(ctx)
        saved = tx.save(PAYMENT, current, replace(
            current, allocations=posting.merged(current.allocations, more),
            exchange_entry_ids=(*current.exchange_entry_ids, *([entry.id] if entry else []))))
        if postings:
            writing.posting_writes(tx, postings)
        settling.settle(tx, known, saved, more)
        settling.letter(tx, known, saved, None, [each.invoice_id for each in more], entry)
        return _committed(tx, saved, "PaymentMatched")

    return retried(ctx, attempt)


def unmatch(ctx: Context, payment: Payment, _: object) -> Payment:
    """The payment settles nothing any more; its letter is undone and exchange differences are reversed, today. Raises Conflict
    `wrong_state`, `nothing_matched`, and for a locked or absent period."""
    next_state(TRANSITIONS, payment.state, "unmatch")

    def attempt() -> Payment:
        current = read.get(ctx, PAYMENT, payment.id)
        if not current.allocations:
            raise Conflict("nothing_matched", "This payment settles no invoice.")
        known = settling.standings(ctx, [each.invoice_id for each in current.allocations])
        drafts = _reversals(ctx, current, current.exchange_entry_ids, writing.poster(ctx).today, "")
        postings = writing.prepare(ctx, drafts) if drafts else None
        tx = Transaction(ctx)
        saved = tx.save(PAYMENT, current, replace(current, allocations=(), exchange_entry_ids=()))
        if postings:
            writing.posting_writes(tx, postings)
        settling.unsettle(tx, known, current)
        settling.unletter(tx, current)
        return _committed(tx, saved, "PaymentUnmatched")

    return retried(ctx, attempt)


def reverse(ctx: Context, payment: Payment, body: ReversePayment) -> Payment:
    """Takes a payment back (a cheque bounced, a wrong amount): its invoices are open again and the entry is reversed.

    Raises Invalid, Conflict `wrong_state`, `paid_out`, and for a locked or absent period."""
    state = next_state(TRANSITIONS, payment.state, "reverse")
    reason = checked_reason(body)
    day = body.on or writing.poster(ctx).today

    def attempt() -> Payment:
        current = read.get(ctx, PAYMENT, payment.id)
        next_state(TRANSITIONS, current.state, "reverse")
        if current.payout_id:
            raise Conflict("paid_out", f"{current.payout_number} brought it to the bank; take that payout back first.")
        ids = (current.entry_id, *current.exchange_entry_ids)
        postings = writing.prepare(ctx, _reversals(ctx, current, ids, day, reason))
        reversal_id = next(each.id for each in postings.entries if each.reverses == current.entry_id)
        known = settling.standings(ctx, [each.invoice_id for each in current.allocations])
        tx = Transaction(ctx)
        saved = tx.save(PAYMENT, current, replace(current, state=state, reversal_id=reversal_id, allocations=()))
        writing.posting_writes(tx, postings)
        settling.unsettle(tx, known, current)
        settling.unletter(tx, current)
        return _committed(tx, saved, "PaymentReversed")

    return retried(ctx, attempt)


def _exchanged(ctx: Context, payment: Payment, more: Sequence[Allocation]) -> writing.Postings | None:
    """What is gained or lost by these further allocations, ready to be posted today; None where nothing is."""
    if payment.own_amount is None:
        return None
    draft = posting.exchange_draft(payment, more, _accounts(ctx, payment), writing.poster(ctx).today)
    return writing.prepare(ctx, [draft]) if draft else None


def _reversals(ctx: Context, payment: Payment, ids: Sequence[str], day: date, reason: str) -> list[entries.Draft]:
    found = letters.entries_of(ctx, ids)
    return [entries.reversal(found[each], day, f"{payment.number} {reason}".strip()[:200]) for each in ids]


def checked_reason(body: ReversePayment) -> str:
    """Why something is taken back. Raises Invalid `text`."""
    reason = body.reason.strip()
    if not reason or len(reason) > 200 or not is_line(reason):
        raise Invalid("text", "Say why in one line.", {"reason": "1 to 200 characters"})
    return reason


def open_invoices(ctx: Context, customer_id: str = "", invoice_ids: Sequence[str] = ()) -> list[OpenInvoice]:
    """How invoices stand: those named, else those of the customer of which something is open, oldest due first (of more than
    200 the oldest)."""
    ids = list(invoice_ids)
    if customer_id:
        page = read.query(ctx, "by_party", f"PARTY#{customer_id}", begins="OPEN#", newest_first=False, limit=200)
        ids = [str(row["id"]) for row in page.items]
    known = settling.standings(ctx, ids)
    views = [known.view(i) for i in known.invoices]
    kept = views if invoice_ids else [view for view in views if view.open_amount]
    return sorted(kept, key=lambda view: (view.due_date or date.max, view.number))


def _committed(tx: Transaction, saved: Payment, event: str) -> Payment:
    tx.emit(event, PAYMENT.kind, saved.id, saved.version, _told(saved))
    tx.answers(200, PAYMENT.kind, saved.id, saved.version)
    tx.commit()
    return saved


def _told(payment: Payment) -> dict[str, object]:
    return {"number": payment.number, "direction": payment.direction, "method": payment.method, "amount": str(payment.amount),
            "fee": str(payment.fee), "currency": payment.currency, "customer_id": payment.customer_id,
            "order_id": payment.order_id, "invoice_ids": [each.invoice_id for each in payment.allocations]}


def _label(payment: Payment) -> str:
    word = "Règlement" if payment.direction == "in" else "Remboursement"
    about = payment.allocations[0].number if len(payment.allocations) == 1 else payment.order_number
    return " ".join(f"{word} {about} {payment.party_name}".split())


def _check(body: NewPayment, currency: str) -> None:
    if body.direction not in DIRECTIONS:
        raise Invalid("direction", "A payment comes in or goes out.", {"direction": "in or out"})
    if body.method not in METHODS:
        raise Invalid("method", "There is no such method of payment.", {"method": f"one of {', '.join(METHODS)}"})
    _check_currency(body, currency)
    check_amount(body.amount, body.currency or currency, "amount")
    check_amount(body.fee, body.currency or currency, "fee")
    if not ZERO < body.amount <= entries.MAX_AMOUNT or not ZERO <= body.fee < body.amount:
        raise Invalid("amount_sign", "An amount above zero, and a fee below it.", {"amount": "above zero"})
    for field in ("reference", "note"):
        text = getattr(body, field)
        if len(text) > 200 or not is_line(text):
            raise Invalid("text", f"{field} is one line of at most 200 characters.", {field: "at most 200 characters"})


def _check_currency(body: NewPayment, currency: str) -> None:
    """Raises Invalid `currency`, `other_currency`: one in another currency may say what it came to or its rate, not both; one
    in the company's neither."""
    said = [each for each in (body.own_amount, body.exchange_rate) if each is not None]
    is_foreign = body.currency not in ("", currency)
    if is_foreign and not (len(body.currency) == 3 and body.currency.isascii() and body.currency.isupper()):
        raise Invalid("currency", "A currency has three capitals.", {"currency": "three capitals"})
    if len(said) > is_foreign or any(not ZERO < each <= entries.MAX_AMOUNT for each in said):
        raise Invalid("other_currency", f"Of a payment in another currency than {currency} say what it came to in {currency}, "
                      "or the exchange rate.", {"own_amount": "this or the rate, above zero, of another currency only"})


def _converted(ctx: Context, payment: Payment, body: NewPayment, currency: str) -> Payment:
    """The payment with what it came to in the company's currency: as told, else by the rate of its day.

    Raises Invalid, `exchange_rate` when nobody told a rate and the table has none."""
    if payment.currency == currency:
        return payment
    if body.own_amount is not None:
        own = check_amount(body.own_amount, currency, "own_amount")
        return replace(payment, own_amount=own, own_fee=round_amount(payment.fee * own / payment.amount, currency))
    if body.exchange_rate is not None:
        typed = exchange.check_rate(body.exchange_rate, "exchange_rate")
        return converted(payment, exchange.Rate(typed, payment.paid_on), currency)
    rate = exchange.rate_on(ctx, payment.currency, payment.paid_on)
    if rate is None:
        raise Invalid("exchange_rate", f"There is no rate of {payment.currency} for {payment.paid_on}; say what it came to, "
                      "or enter the rate.", {"own_amount": "this, or the rate"}, currency=payment.currency)
    return converted(payment, rate, currency)


def converted(payment: Payment, rate: exchange.Rate, currency: str) -> Payment:
    """A payment in another currency with what it came to in the company's `currency`, and the rate by which."""
    return replace(
        payment, own_amount=round_amount(payment.amount * rate.rate, currency),
        own_fee=round_amount(payment.fee * rate.rate, currency), exchange_rate=rate.rate, exchange_rate_on=rate.on,
        exchange_rate_source=rate.source)


def _party(ctx: Context, body: NewPayment, known: settling.Standings) -> tuple[str, str, str]:
    """Id and name of the auxiliary account, and the customer's id. Raises Invalid."""
    if body.customer_id:
        customer = read.find(ctx, CUSTOMER, body.customer_id)
        if customer is None:
            raise Invalid("customer_unknown", "There is no such customer.", {"customer_id": "no such customer"})
        return customer.id, (customer.company_name or customer.name)[:200], customer.id
    if not known.invoices:
        raise Invalid("customer_required", "Name the customer, or an invoice.", {"customer_id": "required"})
    first = next(iter(known.invoices.values()))
    return *anonymous(first), first.customer_id


def _account(ctx: Context, body: NewPayment) -> str:
    """Where the money stands: the account named, of class 5 or 467, else that of the method. Raises Invalid."""
    if not body.account:
        usage = posting.USAGES[body.method]
        return writing.accounts_for(ctx, [(usage, "", "")])[(usage, "", "")]
    found = read.find(ctx, ACCOUNT, body.account[:20])
    if found is None or not found.is_active or found.has_auxiliary or not found.id.startswith(("5", "467")):
        raise Invalid("account_unknown", "Money stands on an active account of class 5 or 467.", {"account": "class 5 or 467"})
    return found.id



"""Use cases of payouts: recorded with their entry and their payments, taken back; each in one transaction."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import ZERO, check_amount
from chalicelib.kernel.states import next_state
from chalicelib.kernel.text import is_line
from chalicelib.ledger import letters, writing
from chalicelib.ledger import posting as entries
from chalicelib.ledger.model import ACCOUNT
from chalicelib.payments import payouts, posting
from chalicelib.payments.model import METHODS, PAYMENT, Payment, ReversePayment
from chalicelib.payments.payouts import (
    PAYMENT_SETTINGS,
    PAYOUT,
    PAYOUT_TRANSITIONS,
    SETTINGS_ID,
    NewPayout,
    PaymentSettings,
    PaymentSettingsBody,
    Payout,
)
from chalicelib.payments.service import checked_reason, retried
from chalicelib.storage import read, sequence
from chalicelib.storage.transaction import Transaction


def settings(ctx: Context) -> PaymentSettings:
    """The fees agreed with providers."""
    return read.find(ctx, PAYMENT_SETTINGS, SETTINGS_ID) or PaymentSettings()


def change_settings(ctx: Context, body: PaymentSettingsBody) -> PaymentSettings:
    """Saves the agreed fees. Raises Invalid naming the rule that cannot be."""
    rules = payouts.checked_rules(body.fee_rules, METHODS, writing.poster(ctx).currency)
    before = read.find(ctx, PAYMENT_SETTINGS, SETTINGS_ID)
    tx = Transaction(ctx)
    after = replace(before or PaymentSettings(), fee_rules=rules)
    saved = tx.save(PAYMENT_SETTINGS, before, after) if before else tx.create(PAYMENT_SETTINGS, after)
    tx.answers(200, PAYMENT_SETTINGS.kind, SETTINGS_ID, saved.version)
    tx.commit()
    return saved


def record(ctx: Context, body: NewPayout) -> Payout:
    """Records what a provider brought to the bank: payout, entry and payments at once.

    Raises Invalid (payments, fees, account), Conflict `paid_out`, `payout_taken` for a provider's number that is recorded
    already, and for a locked or absent period.
    """
    poster = writing.poster(ctx)
    _check(body, poster.currency)
    day, rules = body.paid_on or poster.today, settings(ctx).fee_rules
    number = f"VRS-{day.year}-{sequence.next_number(ctx, f'payout-{day.year}'):06d}"
    new_id = ctx.new_id(PAYOUT.prefix)

    def attempt() -> Payout:
        payments = _payments(ctx, [each.payment_id for each in body.payments])
        lines = payouts.lines_of(payments, body, rules, poster.currency)
        gross, fee = (sum((getattr(line, name) for line in lines), ZERO) for name in ("amount", "fee"))
        first = payments[0]
        net = body.net if body.net is not None else gross - fee
        usages = [(each, "", "") for each in ("bank", posting.fee_usage(first.method), "exchange_loss", "exchange_gain")]
        accounts = writing.accounts_for(ctx, usages)
        payout = Payout(
            id=new_id, number=number, method=first.method, gateway=first.gateway, external_id=body.external_id.strip(),
            paid_on=day, currency=poster.currency, gross=gross, fee=fee, net=net, exchange_difference=net - gross + fee,
            account=_bank(ctx, body) or accounts[usages[0]], transit_account=first.account, lines=lines,
            reference=body.reference.strip(), note=body.note.strip(), entry_id="", created_at=ctx.now,
            created_by=ctx.actor.name[:80])
        postings = writing.prepare(ctx, [payouts.draft(
            payout, accounts[usages[1]], (accounts[usages[2]], accounts[usages[3]]), day)])
        tx = Transaction(ctx)
        made = tx.create(PAYOUT, replace(payout, entry_id=postings.entries[0].id))
        writing.posting_writes(tx, postings)
        for payment in payments:
            tx.save(PAYMENT, payment, replace(payment, payout_id=made.id, payout_number=made.number))
        tx.emit("PayoutRecorded", PAYOUT.kind, made.id, 1, _told(made))
        tx.answers(201, PAYOUT.kind, made.id, 1)
        tx.commit()
        return made

    return retried(ctx, attempt)


def reverse(ctx: Context, payout: Payout, body: ReversePayment) -> Payout:
    """Takes a payout back: its entry is reversed and its payments wait for another. Raises Invalid, Conflict `wrong_state`,
    and for a locked or absent period."""
    next_state(PAYOUT_TRANSITIONS, payout.state, "reverse")
    reason, day = checked_reason(body), body.on or writing.poster(ctx).today

    def attempt() -> Payout:
        current = read.get(ctx, PAYOUT, payout.id)
        next_state(PAYOUT_TRANSITIONS, current.state, "reverse")
        entry = letters.entries_of(ctx, [current.entry_id])[current.entry_id]
        postings = writing.prepare(ctx, [entries.reversal(entry, day, f"{current.number} {reason}"[:200])])
        tx = Transaction(ctx)
        saved = tx.save(PAYOUT, current, replace(current, state="reversed", reversal_id=postings.entries[0].id))
        writing.posting_writes(tx, postings)
        for payment in _payments(ctx, [line.payment_id for line in current.lines]):
            tx.save(PAYMENT, payment, replace(payment, payout_id="", payout_number=""))
        tx.emit("PayoutReversed", PAYOUT.kind, saved.id, saved.version, _told(saved))
        tx.answers(200, PAYOUT.kind, saved.id, saved.version)
        tx.commit()
        return saved

    return retried(ctx, attempt)


def _payments(ctx: Context, ids: list[str]) -> list[Payment]:
    """The payments in the order they were named. Raises Invalid `payment_unknown`."""
    known = read.get_many(ctx, PAYMENT, dict.fromkeys(ids))
    for n, payment_id in enumerate(ids):
        if payment_id not in known:
            raise Invalid("payment_unknown", "There is no such payment.", {f"payments.{n}.payment_id": "no such payment"})
    return [known[payment_id] for payment_id in ids]


def _told(payout: Payout) -> dict[str, object]:
    return {"number": payout.number, "method": payout.method, "gateway": payout.gateway, "paid_on": payout.paid_on.isoformat(),
            "currency": payout.currency, "gross": str(payout.gross), "fee": str(payout.fee), "net": str(payout.net)}


def _check(body: NewPayout, currency: str) -> None:
    if not 1 <= len(body.payments) <= payouts.MAX_PAYMENTS:
        raise Invalid("payout_payments", f"A payout has 1 to {payouts.MAX_PAYMENTS} payments; record a longer one in parts.",
                      {"payments": f"1 to {payouts.MAX_PAYMENTS}"})
    amounts = {"fee": body.fee, "net": body.net} | {f"payments.{n}.fee": each.fee for n, each in enumerate(body.payments)}
    for path, amount in amounts.items():
        if amount is not None:
            if abs(amount) > entries.MAX_AMOUNT:
                raise Invalid("amount_sign", "That amount is too large.", {path: "too large"})
            check_amount(amount, currency, path)
    for field in ("external_id", "reference", "note"):
        text = getattr(body, field)
        if len(text) > 200 or not is_line(text):
            raise Invalid("text", f"{field} is one line of at most 200 characters.", {field: "at most 200 characters"})


def _bank(ctx: Context, body: NewPayout) -> str:
    """The bank's account named, of class 512; "" for that of the chart. Raises Invalid."""
    if not body.account:
        return ""
    found = read.find(ctx, ACCOUNT, body.account[:20])
    if found is None or not found.is_active or found.has_auxiliary or not found.id.startswith("512"):
        raise Invalid("account_unknown", "A payout reaches an active account of 512.", {"account": "an account of 512"})
    return found.id

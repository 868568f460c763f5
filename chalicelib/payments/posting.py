"""From a payment to its entry, and which invoices it settles: pure.

A receipt debits where the money stands (PCG 512 bank, 5112 cheques to be cashed, 511 card takings in transit, 53 cash, 467
marketplace) and the provider's fee (627, 622), and credits the customer (411). A refund turns the sides; its fee, when the
provider keeps one, is still a cost. What is paid in advance stands on 411 as well until its invoice is issued: the open
lines show it apart, and a deposit that is invoiced is on 4191 by that invoice.

A payment in another currency stands in the books at what it came to. What it settles stood there at the invoice's rate, and the
difference is posted when the one is set against the other: realised on trade receivables it is 656 or 756 (PCG art. 946-65 and
947-75, since 1 January 2017 by règlement ANC 2015-05, kept by ANC 2022-06; 666 and 766 are of financial operations).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.ledger.posting import Draft, DraftLine
from chalicelib.payments.model import MAX_ALLOCATIONS, Allocation, Payment

USAGES = {"transfer": "bank", "direct_debit": "bank", "cheque": "cheques", "card": "payment_provider", "cash": "cash",
          "provider": "payment_provider", "marketplace": "marketplace"}
"""Where the money of each method stands, as the chart is asked."""
BANK, CASH, GENERAL = "BQ", "CA", "OD"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An invoice a payment may settle: what is open of it, and how much is asked (None: as much as there is)."""

    invoice_id: str
    number: str
    due_date: date | None
    open_amount: Decimal
    asked: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where the lines of a payment stand: customers, the fee, and exchange differences on trade balances."""

    customers: str
    fees: str
    exchange_loss: str = ""
    exchange_gain: str = ""


def fee_usage(method: str) -> str:
    """Which account takes the fee of a payment: commissions on card and online payments are 6278, a marketplace's 622, what a
    bank keeps of a transfer or cheque 627."""
    return {"card": "payment_fees", "provider": "payment_fees", "marketplace": "fees"}.get(method, "bank_fees")


def draft(payment: Payment, accounts: Accounts, label: str, day: date) -> Draft:
    """The entry of a payment in the company's currency, its own beside it; the customer's line comes first."""
    sign = 1 if payment.direction == "in" else -1
    amounts = [(accounts.customers, -sign * payment.booked, -sign * payment.amount),
               (payment.account, payment.in_transit, sign * payment.amount - payment.fee)]
    amounts += [(accounts.fees, payment.booked_fee, payment.fee)] if payment.fee else []
    currency = "" if payment.own_amount is None else payment.currency
    lines = [_line(account, own, currency, foreign) for account, own, foreign in amounts]
    lines[0] = replace(lines[0], party_id=payment.party_id, party_name=payment.party_name)
    return replace(_about(payment, label, day), journal=CASH if payment.method == "cash" else BANK, lines=tuple(lines),
                   source=f"payment:{payment.id}")


def exchange_draft(payment: Payment, more: Sequence[Allocation], accounts: Accounts, day: date) -> Draft | None:
    """The entry of what is gained or lost where a part of the payment settles what stood at another rate, the customer's line
    first; None where nothing is."""
    sign = 1 if payment.direction == "in" else -1
    gained = [sign * ((each.own_paid or ZERO) - (each.own_amount or ZERO)) for each in more]
    amounts = [(accounts.customers, sum(gained, ZERO)),
               (accounts.exchange_gain, -sum((each for each in gained if each > 0), ZERO)),
               (accounts.exchange_loss, -sum((each for each in gained if each < 0), ZERO))]
    lines = [_line(account, own) for account, own in amounts if own]
    if not lines:
        return None
    if lines[0].account == accounts.customers:
        lines[0] = replace(lines[0], party_id=payment.party_id, party_name=payment.party_name)
    return replace(_about(payment, f"Différence de change {payment.number} {payment.currency}", day), lines=tuple(lines),
                   source=f"exchange:{payment.id}:{payment.version}")


def _about(payment: Payment, label: str, day: date) -> Draft:
    return Draft(journal=GENERAL, entry_date=day, label=label[:200], lines=(), document_kind="payment", document_id=payment.id,
                 document_reference=(payment.reference or payment.number)[:60], document_date=payment.paid_on)


def _line(account: str, amount: Decimal, currency: str = "", foreign: Decimal | None = None) -> DraftLine:
    """A debit where the amount is above zero; `foreign` stands beside it in `currency`."""
    return DraftLine(account=account, debit=max(amount, ZERO), credit=max(-amount, ZERO), currency=currency,
                     currency_amount=foreign if currency else None)


def allocated(left: Decimal, wanted: Sequence[Wanted]) -> tuple[Allocation, ...]:
    """How what is left of a payment settles these invoices: what was asked for, the rest to the oldest due first.

    Raises Invalid: `allocation_twice`, `allocation_too_large` (above what is open, or above what is left), `allocations`,
    `nothing_to_allocate`.
    """
    if len({each.invoice_id for each in wanted}) < len(wanted):
        raise Invalid("allocation_twice", "An invoice stands here twice.", {"allocations": "each invoice once"})
    if len(wanted) > MAX_ALLOCATIONS:
        raise Invalid("allocations", f"A payment settles at most {MAX_ALLOCATIONS} invoices at once.",
                      {"allocations": f"at most {MAX_ALLOCATIONS}"})
    made = {}
    for each in wanted:
        if each.asked is not None:
            if not ZERO < each.asked <= each.open_amount:
                raise Invalid("allocation_too_large", f"Of {each.number} only {each.open_amount} is open.",
                              {"allocations": "above what is open"}, number=each.number, open_amount=str(each.open_amount))
            made[each.invoice_id] = each.asked
            left -= each.asked
    if left < 0:
        raise Invalid("allocation_too_large", f"That is {-left} more than is left of the payment.",
                      {"allocations": "above what is left"}, excess=str(-left))
    for each in sorted((each for each in wanted if each.asked is None), key=lambda e: (e.due_date or date.max, e.number)):
        amount = min(left, each.open_amount)
        if amount > 0:
            made[each.invoice_id] = amount
            left -= amount
    if wanted and not made:
        raise Invalid("nothing_to_allocate", "Nothing is left of the payment, or nothing open of these invoices.",
                      {"allocations": "nothing open"})
    return tuple(Allocation(invoice_id=each.invoice_id, number=each.number, amount=made[each.invoice_id])
                 for each in wanted if each.invoice_id in made)


def merged(before: Sequence[Allocation], more: Sequence[Allocation]) -> tuple[Allocation, ...]:
    """All allocations of a payment, one for each invoice."""
    found = {each.invoice_id: each for each in before}
    for each in more:
        old = found.get(each.invoice_id)
        found[each.invoice_id] = each if old is None else replace(
            each, amount=each.amount + old.amount, own_amount=_sum(each.own_amount, old.own_amount),
            own_paid=_sum(each.own_paid, old.own_paid))
    return tuple(found.values())


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other

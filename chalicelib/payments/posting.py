"""From a payment to its entry, and which invoices it settles: pure.

A receipt debits where the money stands (PCG 512 bank, 5112 cheques to be cashed, 511 card takings in transit, 53 cash, 467
marketplace) and the provider's fee (627, 622), and credits the customer (411). A refund turns the sides; its fee, when the
provider keeps one, is still a cost. What is paid in advance stands on 411 as well until its invoice is issued: the open
lines show it apart, and a deposit that is invoiced is on 4191 by that invoice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.ledger.posting import Draft, DraftLine
from chalicelib.payments.model import MAX_ALLOCATIONS, Allocation, Payment

USAGES = {"transfer": "bank", "direct_debit": "bank", "cheque": "cheques", "card": "payment_provider", "cash": "cash",
          "provider": "payment_provider", "marketplace": "marketplace"}
"""Where the money of each method stands, as the chart is asked."""
BANK, CASH = "BQ", "CA"


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
    """Where the lines of a payment stand: customers, the fee, and exchange differences on trade balances (PCG 656, 756, since
    1 January 2017: règlement ANC 2015-05; 666 and 766 are for financial ones)."""

    customers: str
    fees: str
    exchange_loss: str = ""
    exchange_gain: str = ""


def fee_usage(method: str) -> str:
    """Which account takes the fee of a payment: commissions on card and online payments are 6278, a marketplace's 622, what a
    bank keeps of a transfer or cheque 627."""
    return {"card": "payment_fees", "provider": "payment_fees", "marketplace": "fees"}.get(method, "bank_fees")


def draft(payment: Payment, accounts: Accounts, label: str, day: date, currency: str) -> Draft:
    """The entry of a payment in the company's `currency`; the customer's line comes first."""
    lines = _foreign(payment, accounts, currency) if payment.own_amount is not None else _own(payment, accounts)
    return Draft(
        journal=CASH if payment.method == "cash" else BANK, entry_date=day, label=label[:200], lines=tuple(lines),
        source=f"payment:{payment.id}", document_kind="payment", document_id=payment.id,
        document_reference=(payment.reference or payment.number)[:60], document_date=payment.paid_on)


def _own(payment: Payment, accounts: Accounts) -> list[DraftLine]:
    kept = payment.amount - payment.fee if payment.direction == "in" else payment.amount + payment.fee
    lines = [_line(accounts.customers, payment.direction == "out", payment.amount, payment.party_id, payment.party_name),
             _line(payment.account, payment.direction == "in", kept)]
    if payment.fee:
        lines.append(_line(accounts.fees, True, payment.fee))
    return lines


def _foreign(payment: Payment, accounts: Accounts, currency: str) -> list[DraftLine]:
    """A payment in another currency: the customer at what the invoices stood at, the money at what it came to, and the
    difference lost or gained (PCG art. 946-65: 656 of trade receivables; 756 alike)."""
    assert payment.own_amount is not None
    sign = 1 if payment.direction == "in" else -1
    stood = sum((each.own_amount or ZERO for each in payment.allocations), ZERO)
    fee = round_amount(payment.fee * payment.own_amount / payment.amount, currency)
    amounts = [(accounts.customers, -sign * stood, -sign * payment.amount),
               (payment.account, sign * payment.own_amount - fee, sign * payment.amount - payment.fee)]
    amounts += [(accounts.fees, fee, payment.fee)] if payment.fee else []
    lines = [DraftLine(account=account, debit=max(own, ZERO), credit=max(-own, ZERO), currency=payment.currency,
                       currency_amount=foreign) for account, own, foreign in amounts]
    lines[0] = replace(lines[0], party_id=payment.party_id, party_name=payment.party_name)
    gained = sign * (payment.own_amount - stood)
    if gained:
        lines.append(_line(accounts.exchange_gain if gained > 0 else accounts.exchange_loss, gained < 0, abs(gained)))
    return lines


def _line(account: str, is_debit: bool, amount: Decimal, party_id: str = "", party_name: str = "") -> DraftLine:
    return DraftLine(account=account, debit=amount if is_debit else ZERO, credit=ZERO if is_debit else amount,
                     party_id=party_id, party_name=party_name)


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
        found[each.invoice_id] = Allocation(invoice_id=each.invoice_id, number=each.number,
                                            amount=each.amount + (old.amount if old else ZERO))
    return tuple(found.values())

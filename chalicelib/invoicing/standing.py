"""How an issued document stands: what of it was credited, deducted and paid. Beside the document, which never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.invoicing.model import CREDIT_NOTE, INVOICE_TYPE, ZERO
from chalicelib.kernel.documents import Document, IndexKey
from chalicelib.kernel.shapes import entity


@entity
class CreditedLine:
    """So much of a line is credited (or, of a deposit, deducted): the quantity, and `amount` in the line's own terms."""

    line_id: str
    quantity: Decimal = ZERO
    amount: Decimal = ZERO


@entity
class SettledBy:
    """A payment and what of the document it settles, in the document's currency; `own_amount` is what that
    part stood at in the company's, of a document in another."""

    payment_id: str
    number: str
    amount: Decimal
    own_amount: Decimal | None = None
    paid_on: date


@entity
class Standing:
    """How an issued invoice or credit note stands: what of it was credited, deducted and paid. Beside the document, which
    never changes; its id is the document's. `paid_total` is what payments settle of it (of a credit note: what was given
    back), `refunded_total` what was given back of an invoice by the credit notes about it. `own_balance` is what the balance of
    one in another currency stands at in the company's books."""

    id: str
    version: int = 0
    number: str
    customer_id: str = ""
    customer_name: str = ""
    channel_id: str = ""
    type_code: str = INVOICE_TYPE
    currency: str = "EUR"
    issue_date: date | None = None
    due_date: date | None = None
    total_without_vat: Decimal = ZERO
    payable_amount: Decimal = ZERO
    credited_total: Decimal = ZERO
    deducted_total: Decimal = ZERO
    paid_total: Decimal = ZERO
    refunded_total: Decimal = ZERO
    own_balance: Decimal | None = None
    payments: tuple[SettledBy, ...] = ()
    lines: tuple[CreditedLine, ...] = ()
    credit_note_ids: tuple[str, ...] = ()

    @property
    def left(self) -> Decimal:
        """What can still be credited or deducted."""
        return self.payable_amount - self.credited_total - self.deducted_total

    @property
    def credit_state(self) -> str:
        """`none`, `partly_credited` or `credited`."""
        if not self.credited_total and not self.credit_note_ids:
            return "none"
        return "credited" if self.left == 0 else "partly_credited"

    @property
    def balance(self) -> Decimal:
        """What is still owed: payable, less credited, less paid, and what was given back of it again; below zero when more
        was paid. What a balance deducted of a deposit lowers the balance, not the deposit."""
        return self.payable_amount - self.credited_total - self.paid_total + self.refunded_total

    @property
    def open_amount(self) -> Decimal:
        """What payments have still to settle."""
        return max(self.balance, ZERO)

    @property
    def payment_state(self) -> str:
        """`unpaid`, `partly_paid`, `paid`, `overpaid`, or `credited` when nothing is due because it was credited."""
        kept = self.paid_total - self.refunded_total
        if self.balance < 0:
            return "overpaid"
        if self.balance == 0:
            return "credited" if self.credited_total and not kept else "paid"
        return "partly_paid" if kept else "unpaid"

    def is_overdue(self, today: date) -> bool:
        """Whether something is due since before this day; a credit note never is."""
        return (self.type_code != CREDIT_NOTE and self.balance > 0 and self.due_date is not None and self.due_date < today)


def standing_summary(standing: Standing) -> Mapping[str, Any]:
    """The columns of the lists of what is open and what is paid: those of the invoice, and how it stands."""
    return {"number": standing.number, "state": "issued", "type_code": standing.type_code,
            "issue_date": _day(standing.issue_date), "due_date": _day(standing.due_date), "customer_id": standing.customer_id,
            "customer_name": standing.customer_name, "channel_id": standing.channel_id, "currency": standing.currency,
            "total_without_vat": str(standing.total_without_vat), "payable_amount": str(standing.payable_amount),
            "credited_total": str(standing.credited_total or ZERO), "credit_state": standing.credit_state,
            "paid_total": str(standing.paid_total or ZERO), "open_amount": str(standing.open_amount),
            "payment_state": standing.payment_state}


def _due(standing: Standing) -> IndexKey | None:
    """Invoices of which something is open, the longest due first; what is owed to a customer is no receivable."""
    if not standing.open_amount or standing.type_code == CREDIT_NOTE:
        return None
    return "DUE#pay", f"{standing.due_date}#{standing.number}"


STANDING = Document(
    kind="invoice_standing", prefix="", model=Standing, summary=standing_summary,
    by_list=lambda s: (f"INVOICE_IS#{s.payment_state}", f"{s.issue_date}#{s.number}")
    if s.type_code != CREDIT_NOTE or s.paid_total else None,
    by_party=lambda s: (f"PARTY#{s.customer_id}", f"OPEN#{s.due_date}#{s.number}") if s.customer_id and s.open_amount else None,
    by_due=_due, is_derived=True)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def settled(standing: Standing, by: SettledBy) -> Standing:
    """The standing after a payment settled so much more of it."""
    before = [each for each in standing.payments if each.payment_id == by.payment_id]
    others = tuple(each for each in standing.payments if each.payment_id != by.payment_id)
    own = None if by.own_amount is None else by.own_amount + _own(before)
    return replace(
        standing, paid_total=standing.paid_total + by.amount, own_balance=_less(standing.own_balance, by.own_amount or ZERO),
        payments=(*others, replace(by, amount=by.amount + sum((each.amount for each in before), ZERO), own_amount=own)))


def unsettled(standing: Standing, payment_id: str) -> Standing:
    """The standing as if the payment settled nothing of it."""
    by = [each for each in standing.payments if each.payment_id == payment_id]
    return replace(standing, paid_total=standing.paid_total - sum((each.amount for each in by), ZERO),
                   own_balance=_less(standing.own_balance, -_own(by)),
                   payments=tuple(each for each in standing.payments if each.payment_id != payment_id))


def refunded(standing: Standing, amount: Decimal, own_amount: Decimal) -> Standing:
    """The standing of an invoice after so much of it was given back by a credit note about it; below zero takes that back."""
    return replace(standing, refunded_total=standing.refunded_total + amount,
                   own_balance=_less(standing.own_balance, -own_amount))


def stood_at(standing: Standing, amount: Decimal) -> Decimal | None:
    """What a part of the open balance stands at in the company's books: its share of what is left there, so that the parts come
    to the whole to the cent in whatever order they are paid and taken back; not rounded. None in the company's currency."""
    return None if standing.own_balance is None else standing.own_balance * amount / standing.balance


def _own(settlements: Iterable[SettledBy]) -> Decimal:
    return sum((each.own_amount or ZERO for each in settlements), ZERO)


def _less(own_balance: Decimal | None, amount: Decimal) -> Decimal | None:
    return None if own_balance is None else own_balance - amount

"""Shapes and state table of payments. Amounts are in the payment's currency, those named `own_…` in the company's."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.documents import Document
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.states import Transitions

METHODS = ("transfer", "direct_debit", "cheque", "card", "cash", "provider", "marketplace")
DIRECTIONS = ("in", "out")
IN_TRANSIT = ("5115", "467")
"""Accounts of money that a provider or marketplace still has."""
MAX_ALLOCATIONS = 20
"""Invoices that one payment settles: each is a settlement and a line of the letter in its transaction."""
TRANSITIONS: Transitions = {
    ("posted", "match"): "posted",
    ("posted", "unmatch"): "posted",
    ("posted", "reverse"): "reversed",
}


@entity
class Allocation:
    """So much of a payment settles an invoice (a refund: a credit note). Of a payment in another currency `own_amount` is what
    that part of the invoice stood at in the books, `own_paid` what that part of the payment came to; the difference is gained
    or lost."""

    invoice_id: str
    number: str
    amount: Decimal
    own_amount: Decimal | None = None
    own_paid: Decimal | None = None


@entity
class Payment:
    """Money received (`in`) or given back (`out`). `amount` is what the customer's account moves by, `fee` what the provider
    kept of it; `account` is where the rest stands, until a payout brings it to the bank. `entry_line` is the customer's line
    in the entry, from 1. Of a payment in another currency `own_amount` and `own_fee` are what amount and fee came to in the
    company's, by `exchange_rate` of `exchange_rate_on` as `exchange_rate_source` says ("" when typed); `exchange_entry_ids` are
    the entries of what was gained or lost against the invoices it settles."""

    id: str
    version: int = 0
    number: str
    state: str = "posted"
    direction: str = "in"
    method: str
    gateway: str = ""
    external_id: str = ""
    amount: Decimal
    fee: Decimal = ZERO
    currency: str
    own_amount: Decimal | None = None
    own_fee: Decimal | None = None
    exchange_rate: Decimal | None = None
    exchange_rate_on: date | None = None
    exchange_rate_source: str = ""
    paid_on: date
    customer_id: str = ""
    party_id: str
    party_name: str = ""
    channel_id: str = ""
    order_id: str = ""
    order_number: str = ""
    reference: str = ""
    note: str = ""
    account: str
    entry_id: str
    entry_line: int
    reversal_id: str = ""
    exchange_entry_ids: tuple[str, ...] = ()
    payout_id: str = ""
    payout_number: str = ""
    allocations: tuple[Allocation, ...] = ()
    created_at: datetime
    created_by: str = ""

    @property
    def allocated(self) -> Decimal:
        """What of it settles invoices."""
        return sum((each.amount for each in self.allocations), ZERO)

    @property
    def unallocated(self) -> Decimal:
        """What settles nothing yet: paid in advance, or too much."""
        return ZERO if self.state == "reversed" else self.amount - self.allocated

    @property
    def in_transit(self) -> Decimal:
        """What of it stands with the provider, in the company's currency, below zero of a refund: the amount less the fee it
        kept at once."""
        return self.booked - self.booked_fee if self.direction == "in" else -(self.booked + self.booked_fee)

    @property
    def booked(self) -> Decimal:
        """The amount in the company's currency."""
        return self.amount if self.own_amount is None else self.own_amount

    @property
    def booked_fee(self) -> Decimal:
        """The fee in the company's currency."""
        return self.fee if self.own_fee is None else self.own_fee

    @property
    def own_left(self) -> Decimal | None:
        """What of `own_amount` settles nothing yet; None in the company's currency."""
        if self.own_amount is None:
            return None
        return self.own_amount - sum((each.own_paid or ZERO for each in self.allocations), ZERO)

    @property
    def payout_state(self) -> str:
        """`waiting` for a payout, `paid_out`, or "" where the money needs none: bank, cash, cheques."""
        if self.payout_id:
            return "paid_out"
        stands = self.account.startswith(IN_TRANSIT) and self.state == "posted"
        return "waiting" if stands else ""


@command
class NewAllocation:
    """An invoice to settle, with so much or, when not said, as much as both allow."""

    invoice_id: str
    amount: Decimal | None = None


@command
class NewPayment:
    """Money received from a customer, or given back. `customer_id` may be left out when an invoice names the customer.
    `account` stands in for the account of the method; `paid_on` is today when not said. In another currency than the
    company's it settles invoices in that one; `own_amount` is what it came to, or `exchange_rate` what one unit did; without
    either the company's table of rates says it."""

    direction: str = "in"
    method: str
    amount: Decimal
    fee: Decimal = ZERO
    currency: str = ""
    own_amount: Decimal | None = None
    exchange_rate: Decimal | None = None
    paid_on: date | None = None
    customer_id: str = ""
    order_id: str = ""
    reference: str = ""
    note: str = ""
    account: str = ""
    allocations: tuple[NewAllocation, ...] = ()


@command
class MatchPayment:
    """Invoices that the payment settles, oldest due first when several share what is left."""

    allocations: tuple[NewAllocation, ...]


@command
class ReversePayment:
    """Why it is taken back (a cheque bounced), and when: today when not said."""

    reason: str
    on: date | None = None


@entity
class PaymentRow(Row):
    number: str
    state: str
    direction: str
    method: str
    gateway: str
    amount: Decimal
    unallocated: Decimal
    currency: str
    paid_on: date
    party_name: str
    order_number: str
    reference: str
    payout_state: str
    in_transit: Decimal


@entity
class PaymentView:
    """A payment with what is left of it and what can be done with it."""

    id: str
    version: int
    number: str
    state: str
    direction: str
    method: str
    gateway: str
    external_id: str
    amount: Decimal
    fee: Decimal
    currency: str
    own_amount: Decimal | None
    own_fee: Decimal | None
    exchange_rate: Decimal | None
    exchange_rate_on: date | None
    exchange_rate_source: str
    paid_on: date
    customer_id: str
    party_id: str
    party_name: str
    channel_id: str
    order_id: str
    order_number: str
    reference: str
    note: str
    account: str
    entry_id: str
    entry_line: int
    reversal_id: str
    exchange_entry_ids: tuple[str, ...]
    payout_id: str
    payout_number: str
    payout_state: str
    in_transit: Decimal
    allocations: tuple[Allocation, ...]
    unallocated: Decimal
    created_at: datetime
    created_by: str
    allowed_actions: tuple[str, ...]


@entity
class PaidBy:
    """A payment and what of the document it settles."""

    payment_id: str
    number: str
    amount: Decimal
    paid_on: date


@entity
class OpenInvoice:
    """How an issued invoice or credit note stands: `open_amount` is what payments have still to settle."""

    invoice_id: str
    number: str
    type_code: str
    issue_date: date | None
    due_date: date | None
    currency: str
    payable_amount: Decimal
    paid_total: Decimal
    open_amount: Decimal
    payment_state: str
    payments: tuple[PaidBy, ...]


@entity
class OpenInvoices:
    items: tuple[OpenInvoice, ...]


PAYMENT: Document[Payment] = Document(
    kind="payment", prefix="pay", model=Payment,
    summary=lambda p: {"number": p.number, "state": p.state, "direction": p.direction, "method": p.method,
                       "gateway": p.gateway[:20], "amount": str(p.amount), "unallocated": str(p.unallocated),
                       "currency": p.currency, "paid_on": p.paid_on.isoformat(), "party_name": p.party_name[:60],
                       "order_number": p.order_number[:30], "reference": p.reference[:40], "payout_state": p.payout_state,
                       "in_transit": str(p.in_transit)},
    by_list=lambda p: ("PAYMENT", f"{p.paid_on.isoformat()}#{p.id}"),
    by_ref=lambda p: (f"REF#payment#{p.order_id}", p.id) if p.order_id else None,
    by_party=lambda p: (f"PARTY#{p.customer_id}", f"PAYMENT#{p.paid_on.isoformat()}#{p.id}") if p.customer_id else None,
    by_due=lambda p: ("DUE#allocate", f"{p.paid_on.isoformat()}#{p.id}") if p.unallocated else None,
    personal=frozenset({"party_name", "reference", "note"}))

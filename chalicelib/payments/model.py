"""Shapes and state table of payments. Amounts are in the company's currency, at its exponent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.documents import Document
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.states import Transitions

METHODS = ("transfer", "direct_debit", "cheque", "card", "cash", "provider", "marketplace")
DIRECTIONS = ("in", "out")
MAX_ALLOCATIONS = 20
"""Invoices that one payment settles: each is a settlement and a line of the letter in its transaction."""
TRANSITIONS: Transitions = {
    ("posted", "match"): "posted",
    ("posted", "unmatch"): "posted",
    ("posted", "reverse"): "reversed",
}


@entity
class Allocation:
    """So much of a payment settles an invoice (a refund: a credit note)."""

    invoice_id: str
    number: str
    amount: Decimal


@entity
class Payment:
    """Money received (`in`) or given back (`out`). `amount` is what the customer's account moves by, `fee` what the provider
    kept of it; `account` is where the rest stands. `entry_line` is the customer's line in the entry, from 1."""

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
    paid_on: date
    customer_id: str = ""
    party_id: str
    party_name: str = ""
    order_id: str = ""
    order_number: str = ""
    reference: str = ""
    note: str = ""
    account: str
    entry_id: str
    entry_line: int
    reversal_id: str = ""
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


@entity
class SettledBy:
    payment_id: str
    number: str
    amount: Decimal
    paid_on: date


@entity
class Settlement:
    """What payments settle of an invoice or credit note; its id is the document's, which never changes itself."""

    id: str
    version: int = 0
    paid_total: Decimal = ZERO
    payments: tuple[SettledBy, ...] = ()


@command
class NewAllocation:
    """An invoice to settle, with so much or, when not said, as much as both allow."""

    invoice_id: str
    amount: Decimal | None = None


@command
class NewPayment:
    """Money received from a customer, or given back. `customer_id` may be left out when an invoice names the customer.
    `account` stands in for the account of the method; `paid_on` is today when not said."""

    direction: str = "in"
    method: str
    amount: Decimal
    fee: Decimal = ZERO
    currency: str = ""
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
    paid_on: date
    customer_id: str
    party_id: str
    party_name: str
    order_id: str
    order_number: str
    reference: str
    note: str
    account: str
    entry_id: str
    entry_line: int
    reversal_id: str
    allocations: tuple[Allocation, ...]
    unallocated: Decimal
    created_at: datetime
    created_by: str
    allowed_actions: tuple[str, ...]


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
    payments: tuple[SettledBy, ...]


@entity
class OpenInvoices:
    items: tuple[OpenInvoice, ...]


PAYMENT: Document[Payment] = Document(
    kind="payment", prefix="pay", model=Payment,
    summary=lambda p: {"number": p.number, "state": p.state, "direction": p.direction, "method": p.method,
                       "gateway": p.gateway[:20], "amount": str(p.amount), "unallocated": str(p.unallocated),
                       "currency": p.currency, "paid_on": p.paid_on.isoformat(), "party_name": p.party_name[:60],
                       "order_number": p.order_number[:30], "reference": p.reference[:40]},
    by_list=lambda p: ("PAYMENT", f"{p.paid_on.isoformat()}#{p.id}"),
    by_ref=lambda p: (f"REF#payment#{p.order_id}", p.id) if p.order_id else None,
    by_party=lambda p: (f"PARTY#{p.customer_id}", f"PAYMENT#{p.paid_on.isoformat()}#{p.id}") if p.customer_id else None,
    by_due=lambda p: ("DUE#allocate", f"{p.paid_on.isoformat()}#{p.id}") if p.unallocated else None)
SETTLEMENT: Document[Settlement] = Document(kind="settlement", prefix="", model=Settlement, summary=lambda s: {})

"""Shapes and state table of invoices. Amounts are in the invoice's currency, at its exponent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.address import Address as Address
from chalicelib.kernel.documents import Document, IndexKey
from chalicelib.kernel.shapes import Row, entity
from chalicelib.kernel.states import Transitions
from chalicelib.kernel.tax import VatLine

ZERO = Decimal(0)
ONE = Decimal(1)
INVOICE_TYPE, CREDIT_NOTE, DEPOSIT = "380", "381", "386"
"""UNTDID 1001 as EN 16931 BT-3 uses it: commercial invoice, credit note, prepayment invoice."""
TYPES = {INVOICE_TYPE: "invoice", CREDIT_NOTE: "credit_note", DEPOSIT: "deposit"}
LINE_KINDS = ("goods", "service", "shipping", "fee", "allowance", "rebate", "deposit_received", "deposit")
"""`rebate` is an amount credited later, `deposit_received` a line of a deposit invoice, `deposit` one that deducts it later."""
POLICIES = ("on_shipment", "on_payment", "by_hand")
CUSTOMER_RULES = ("always", "businesses")
SETTINGS_ID = "settings"
TRANSITIONS: Transitions = {
    ("draft", "issue"): "issued",
    ("issued", "credit"): "issued",
}
"""An issued invoice never changes again; it is corrected by a credit note, whose total is kept beside it (`Standing`)."""


@entity
class Mention:
    """A sentence the law wants on the document, as it was worded on the day of issue; `source` is the article."""

    code: str
    text: str
    source: str


@entity
class Party:
    """Seller or buyer as they were on the day of issue (EN 16931 BG-4, BG-7)."""

    name: str = ""
    company_name: str = ""
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    email: str = ""
    phone: str = ""
    address: Address = Address()
    legal_form: str = ""
    share_capital: Decimal | None = None
    rcs_city: str = ""
    iban: str = ""

    @property
    def is_business(self) -> bool:
        """Whether the party is known as a firm: then the mentions between professionals apply."""
        return bool(self.company_name or self.siren or self.vat_number)


@entity
class InvoiceLine:
    """`amount` is what the line comes to as the customer was quoted it (with VAT where `prices_include_vat`), below zero for
    what is deducted; `line_net_amount` is without VAT (BT-131). `unit_price` is net (BT-146), made from the net amount where
    prices include VAT: quantity × unit_price − allowance = line_net_amount, to the cent. `reference` is, for a deducted
    deposit, its invoice; for a credit note's line, the line it credits."""

    id: str
    line_kind: str = "goods"
    order_id: str = ""
    order_line_id: str = ""
    sku: str = ""
    name: str
    quantity: Decimal = ONE
    unit_code: str = "C62"
    unit_price: Decimal = ZERO
    allowance: Decimal = ZERO
    amount: Decimal
    line_net_amount: Decimal = ZERO
    vat_category: str = "S"
    vat_rate: Decimal = Decimal("20")
    product_family: str = ""
    reference: str = ""


@entity
class Reference:
    """An earlier document this one is about (BG-3)."""

    invoice_id: str
    number: str
    issue_date: date | None = None


@entity
class Source:
    """What of an order an invoice covers: its shipments, or what was ordered."""

    order_id: str
    number: str
    external_number: str = ""
    placed_at: datetime | None = None
    scope: str = "delivered"
    shipment_ids: tuple[str, ...] = ()


@entity
class Invoice:
    """An invoice, deposit invoice or credit note. A credit note's amounts are above zero, as EN 16931 has them.

    `rounding_amount` (BT-114) is the cent between what the customer pays and the arithmetic of EN 16931; it is posted to 658
    or 758. `payable_amount` is what this document comes to for the customer: total with VAT + rounding; `paid_amount`
    (BT-113) what of it was paid before the issue. Lines of a long invoice are in `line_chunks` items beside it, and `lines`
    is empty in the stored document. In another currency than the company's, `exchange_rate` is what one unit is worth (of
    `exchange_rate_on`, as `exchange_rate_source` says, "" when typed), and the customer's account moves by
    `own_payable_amount`. `determination_version` is that of the table of accounts by which it was posted.
    """

    id: str
    version: int = 0
    state: str = "draft"
    type_code: str = INVOICE_TYPE
    number: str = ""
    series_id: str = ""
    issue_date: date | None = None
    due_date: date | None = None
    supply_date: date | None = None
    payment_terms_days: int | None = None
    currency: str = "EUR"
    exchange_rate: Decimal | None = None
    exchange_rate_on: date | None = None
    exchange_rate_source: str = ""
    own_payable_amount: Decimal | None = None
    prices_include_vat: bool = False
    channel_id: str = ""
    channel_name: str = ""
    customer_id: str = ""
    seller: Party = Party()
    buyer: Party = Party()
    delivery_address: Address = Address()
    buyer_reference: str = ""
    locale: str = "fr"
    sources: tuple[Source, ...] = ()
    references: tuple[Reference, ...] = ()
    reason: str = ""
    note: str = ""
    lines: tuple[InvoiceLine, ...] = ()
    line_count: int = 0
    line_chunks: int = 0
    vat_breakdown: tuple[VatLine, ...] = ()
    total_without_vat: Decimal = ZERO
    vat_amount: Decimal = ZERO
    total_with_vat: Decimal = ZERO
    rounding_amount: Decimal = ZERO
    payable_amount: Decimal = ZERO
    paid_amount: Decimal = ZERO
    deposits_deducted: Decimal = ZERO
    mentions: tuple[Mention, ...] = ()
    entry_id: str = ""
    determination_version: int | None = None
    cost_entry_id: str = ""
    cost: Decimal | None = None
    created_at: datetime
    issued_at: datetime | None = None
    issued_by: str = ""


@entity
class BilledLine:
    line_id: str
    quantity: Decimal


@entity
class BilledDocument:
    """An invoice made from the order, and what of the order's paid total it carries."""

    invoice_id: str
    number: str
    type_code: str
    amount: Decimal


@entity
class PendingShipment:
    """A parcel that left and is in no invoice yet."""

    shipment_id: str
    shipped_at: datetime


@entity
class OrderBilling:
    """What of an order is invoiced; its id is the order's. `billed_total` is what its invoices carry of the paid total,
    deducted deposits included. `costed` are the shipments whose cost of sales is posted, `covered` those an invoice named;
    `problem` says why an automatic invoice could not be issued."""

    id: str
    version: int = 0
    number: str = ""
    customer_id: str = ""
    customer_name: str = ""
    channel_id: str = ""
    currency: str = "EUR"
    paid_total: Decimal = ZERO
    billed_total: Decimal = ZERO
    lines: tuple[BilledLine, ...] = ()
    has_order_level: bool = False
    documents: tuple[BilledDocument, ...] = ()
    covered: tuple[str, ...] = ()
    costed: tuple[str, ...] = ()
    pending: tuple[PendingShipment, ...] = ()
    problem: str = ""

    def quantity(self, line_id: str) -> Decimal:
        """Units of the line that are invoiced."""
        return sum((line.quantity for line in self.lines if line.line_id == line_id), ZERO)


@entity
class Series:
    """A chronological sequence of numbers for some kinds of document. `prefix` may hold `{year}`, the year of issue: then
    every year begins at 1. `journal` is where its invoices are posted; `channel_ids` are the channels it serves, none for
    the rest."""

    id: str
    type_codes: tuple[str, ...]
    prefix: str
    digits: int = 6
    journal: str = "VE"
    channel_ids: tuple[str, ...] = ()
    is_active: bool = True

    def period(self, day: date) -> str:
        """The part of the series that a day belongs to, numbered on its own."""
        return str(day.year) if "{year}" in self.prefix else "all"

    def number(self, day: date, n: int) -> str:
        """`FA-2026-000017`."""
        return f"{self.prefix.replace('{year}', str(day.year))}{n:0{self.digits}d}"


@entity
class ChannelRule:
    """How a channel is invoiced. `deemed_supplier_customer_id` names the marketplace that sells in its own name: its orders
    are invoiced to it, not to the shopper (directive 2006/112/EC art. 14a; CGI art. 256 V)."""

    channel_id: str
    policy: str = "on_shipment"
    customer_rule: str = "always"
    deemed_supplier_customer_id: str = ""


@entity
class InvoicingSettings:
    """How a company invoices. `policy` holds where no channel has a rule of its own; `late_interest_rate` is a percentage a
    year, None for the legal minimum of three times the legal rate; `einvoicing_from` the day from which the company must
    issue over the French network (1 September 2026 or 2027 by its size)."""

    id: str = SETTINGS_ID
    version: int = 0
    policy: str = "on_shipment"
    customer_rule: str = "always"
    payment_terms_days: int = 30
    late_interest_rate: Decimal | None = None
    early_payment_discount: str = ""
    vat_on_debits: bool = False
    hold_above_credit_limit: bool = True
    einvoicing_from: date | None = None
    channels: tuple[ChannelRule, ...] = ()
    series: tuple[Series, ...] = ()

    def rule(self, channel_id: str) -> ChannelRule:
        """The rule of a channel, the company's own when it has none."""
        own = next((rule for rule in self.channels if rule.channel_id == channel_id), None)
        return own or ChannelRule(channel_id=channel_id, policy=self.policy, customer_rule=self.customer_rule)

    def series_for(self, type_code: str, channel_id: str = "") -> Series | None:
        """The active series for a kind of document of a channel: the channel's own, else the one for all."""
        fitting = [s for s in self.series if type_code in s.type_codes and s.is_active]
        own = [s for s in fitting if channel_id and channel_id in s.channel_ids]
        return next(iter(own or [s for s in fitting if not s.channel_ids]), None)


@entity
class InvoiceRow(Row):
    number: str
    state: str
    type_code: str
    issue_date: date | None
    due_date: date | None
    customer_id: str
    customer_name: str
    channel_id: str
    currency: str
    total_without_vat: Decimal
    payable_amount: Decimal
    credited_total: Decimal
    credit_state: str
    paid_total: Decimal
    open_amount: Decimal
    payment_state: str
    is_overdue: bool


@entity
class BillingRow(Row):
    number: str
    customer_name: str
    channel_id: str
    currency: str
    paid_total: Decimal
    billed_total: Decimal
    shipment_count: int
    since: datetime | None
    problem: str


def summary(invoice: Invoice) -> Mapping[str, Any]:
    """The list's columns."""
    return {"number": invoice.number, "state": invoice.state, "type_code": invoice.type_code,
            "issue_date": _day(invoice.issue_date), "due_date": _day(invoice.due_date), "customer_id": invoice.customer_id,
            "customer_name": (invoice.buyer.company_name or invoice.buyer.name)[:60], "channel_id": invoice.channel_id,
            "currency": invoice.currency, "total_without_vat": str(invoice.total_without_vat),
            "payable_amount": str(invoice.payable_amount)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _listed(invoice: Invoice) -> IndexKey:
    """Issued ones by date and number; drafts stand in a list of their own, for none of them is a fact yet."""
    if invoice.state == "draft":
        return "INVOICE_DRAFT", f"{invoice.created_at.isoformat()}#{invoice.id}"
    return "INVOICE", f"{invoice.issue_date}#{invoice.number}"


INVOICE = Document(
    kind="invoice", prefix="ivc", model=Invoice, summary=summary, by_list=_listed,
    by_ref=lambda i: (f"REF#invoice#{i.number}", i.id) if i.number else None,
    by_party=lambda i: (f"PARTY#{i.customer_id}", f"INVOICE#{i.issue_date}#{i.number}")
    if i.customer_id and i.number else None,
    personal=frozenset({"buyer", "delivery_address", "note"}))
BILLING = Document(
    kind="order_billing", prefix="", model=OrderBilling,
    summary=lambda b: {"number": b.number, "customer_name": b.customer_name[:60], "channel_id": b.channel_id,
                       "currency": b.currency, "paid_total": str(b.paid_total), "billed_total": str(b.billed_total),
                       "shipment_count": len(b.pending),
                       "since": b.pending[0].shipped_at.isoformat() if b.pending else None, "problem": b.problem[:100]},
    by_due=lambda b: ("DUE#invoice", f"{b.pending[0].shipped_at.isoformat()}#{b.id}") if b.pending else None, is_derived=True)
SETTINGS = Document(kind="invoicing_settings", prefix="", model=InvoicingSettings, summary=lambda s: {})

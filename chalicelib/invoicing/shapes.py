"""What can be asked of invoicing, and what it answers where that is no stored document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from chalicelib.einvoice.finding import WordedFinding
from chalicelib.invoicing.model import (
    BilledDocument,
    ChannelRule,
    Invoice,
    InvoicingSettings,
    OrderBilling,
    Party,
    Series,
)
from chalicelib.invoicing.standing import Standing
from chalicelib.kernel.address import Address
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import command, entity
from chalicelib.ledger.law.determination import Choice


@command
class NewInvoiceLine:
    """A line as a person types it: the price of one unit, with VAT where the invoice's prices include it; `allowance` is
    taken off the whole line."""

    name: str
    line_kind: str = "goods"
    sku: str = ""
    quantity: Decimal = Decimal(1)
    unit_code: str = "C62"
    unit_price: Decimal
    allowance: Decimal = ZERO
    vat_category: str = "S"
    vat_rate: Decimal = Decimal("20")
    product_family: str = ""


@command
class NewInvoice:
    """A free invoice, kept as a draft. `allowance` is taken off the whole, divided over its VAT rates."""

    lines: tuple[NewInvoiceLine, ...]
    allowance: Decimal = ZERO
    allowance_reason: str = ""
    customer_id: str = ""
    buyer: Party | None = None
    delivery_address: Address = Address()
    currency: str = ""
    prices_include_vat: bool = False
    supply_date: date | None = None
    payment_terms_days: int | None = None
    buyer_reference: str = ""
    note: str = ""


@command
class OrderToInvoice:
    """An order, and what of it: the parcels named, all that left and is in no invoice (`delivered`), or all that was
    ordered and not cancelled (`ordered`)."""

    order_id: str
    shipment_ids: tuple[str, ...] = ()
    scope: str = "delivered"


@command
class InvoiceOrders:
    """One invoice of one or several orders of a customer. It is issued at once unless `issue` is false, which keeps a
    draft."""

    orders: tuple[OrderToInvoice, ...]
    issue: bool = True
    issue_date: date | None = None
    exchange_rate: Decimal | None = None
    note: str = ""


@command
class NewDeposit:
    """A deposit that was received on an order: an amount with VAT, or a percentage of the order."""

    order_id: str
    amount: Decimal | None = None
    percent: Decimal | None = None
    received_on: date | None = None
    exchange_rate: Decimal | None = None


@command
class IssueInvoice:
    """When it is dated (today when not said, never before the last of its series) and, for a currency that is not the
    company's, what one unit of it is worth."""

    issue_date: date | None = None
    exchange_rate: Decimal | None = None


@command
class CreditLine:
    """So much of a line of the invoice."""

    line_id: str
    quantity: Decimal


@command
class CreditInvoice:
    """A credit note: lines by quantity, or an amount with VAT spread over the rates, or, with neither, all that is left.

    With `restock_warehouse_id` the goods of the lines come back into that warehouse, at what they were worth when they
    left. One in another currency is at the rate of its invoice. `reopen` lets the orders of a wholly credited invoice be
    invoiced again."""

    lines: tuple[CreditLine, ...] = ()
    amount: Decimal | None = None
    reason: str
    issue_date: date | None = None
    restock_warehouse_id: str = ""
    reopen: bool = False


@command
class InvoiceRun:
    """Many at once: the orders named, or all that wait, of a channel when it is named. One invoice for each order."""

    order_ids: tuple[str, ...] = ()
    channel_id: str = ""
    issue_date: date | None = None


@command
class SettingsBody:
    """The settings as they shall be."""

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


# -- answers -----------------------------------------------------------------------------------------------------------


@entity
class InvoiceView(Invoice):
    """An invoice with how it stands: what of it was credited and paid, by which documents, what is open, and what can be done
    with it. `payment_state` is "" of a draft; `is_overdue` follows from today's date."""

    standing: Standing | None
    customer_name: str
    paid_total: Decimal
    open_amount: Decimal
    payment_state: str
    is_overdue: bool
    allowed_actions: tuple[str, ...]


@entity
class BilledView(BilledDocument):
    """A document made of an order, with how it stands."""

    due_date: date | None
    open_amount: Decimal
    payment_state: str
    is_overdue: bool


@entity
class OrderBillingView(OrderBilling):
    """What of an order is invoiced, and how its documents stand."""

    documents: tuple[BilledView, ...]


@entity
class SettingsView(InvoicingSettings):
    """The settings, as they hold when nobody ever changed them too."""


@entity
class ExposedOrder:
    """An order on credit and what of it is still to be invoiced."""

    order_id: str
    number: str
    state: str
    amount: Decimal


@entity
class CustomerExposure:
    """What a customer owes and will owe, in the company's currency. `available` is what the limit leaves, None without a
    limit; `invoiced_unpaid` is their balance in the books, deposits received taken off."""

    customer_id: str
    customer_name: str
    currency: str
    invoiced_unpaid: Decimal
    orders_to_invoice: Decimal
    exposure: Decimal
    credit_limit: Decimal | None
    available: Decimal | None
    is_exceeded: bool
    orders: tuple[ExposedOrder, ...]


@entity
class MarginStep:
    """A step from the price to the margin: `code` names it (price, allowance, vat, cancelled, credited, shipped_cost,
    expected_cost)."""

    code: str
    amount: Decimal
    quantity: Decimal | None = None


@entity
class MarginLine:
    """What a line earns without VAT. `is_final` says that all of it left or was cancelled, so that no cost is expected."""

    line_id: str
    sku: str
    name: str
    quantity: Decimal
    revenue: Decimal
    invoiced: Decimal
    credited: Decimal
    cost: Decimal
    margin: Decimal
    margin_percent: Decimal | None
    is_final: bool
    steps: tuple[MarginStep, ...]


@entity
class OrderMargin:
    """An order's margin: the sum of its lines and charges, in its currency."""

    order_id: str
    number: str
    currency: str
    lines: tuple[MarginLine, ...]
    charges: Decimal
    revenue: Decimal
    cost: Decimal
    margin: Decimal
    margin_percent: Decimal | None
    rounding_amount: Decimal


@entity
class PostedLine:
    """How a line or the VAT of a rate (`line_id` is then "") is posted: the rule of today's table that chooses its account,
    and `is_posted` whether the invoice's entry has that account; the table may have changed since."""

    line_id: str
    name: str
    amount: Decimal
    choice: Choice
    is_posted: bool


@entity
class InvoiceAccounts:
    """Why an invoice's lines and VAT stand on their accounts, by the table as it stood when it was posted."""

    invoice_id: str
    number: str
    entry_id: str
    table_version: int
    is_current_table: bool
    rows: tuple[PostedLine, ...]


@entity
class Preflight:
    """What was found, fatal first; `can_be_issued` when nothing fatal was."""

    findings: tuple[WordedFinding, ...]
    can_be_issued: bool

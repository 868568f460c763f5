"""An invoice by its business terms (EN 16931-1:2017 §6.3): neutral, immutable, in nobody's syntax.

Names say what a term means; docstrings carry its number (BT-…, BG-…). Amounts are Decimals at the currency's exponent,
unit prices keep full precision. A credit note has positive amounts: its type code turns them round.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from chalicelib.kernel.address import Address
from chalicelib.kernel.shapes import entity

ZERO = Decimal(0)
ONE = Decimal(1)

INVOICE, CORRECTED_INVOICE, DEPOSIT_INVOICE = "380", "384", "386"
CREDIT_NOTE, DEPOSIT_CREDIT_NOTE, GLOBAL_ALLOWANCE_NOTE = "381", "503", "262"
TYPE_CODES = ("380", "384", "386", "389", "393", "500", "501", "471", "472", "473", "261", "262", "381", "396", "502", "503")
"""UNTDID 1001 as French rule BR-FR-04 narrows it. 386 and 503 are a deposit's invoice and its credit note."""
CREDIT_NOTE_CODES = frozenset({"261", "262", "381", "396", "502", "503"})
DEPOSIT_CODES = frozenset({"386", "500", "503"})

SIREN_SCHEME, SIRET_SCHEME, FRENCH_NETWORK_SCHEME, GTIN_SCHEME, EMAIL_SCHEME = "0002", "0009", "0225", "0160", "EM"
"""ISO/IEC 6523 codes (and EAS `EM`). 0225 is the French directory's address: SIREN, SIREN_SIRET or SIREN_SIRET_route."""

RECOVERY_NOTE, PENALTY_NOTE, DISCOUNT_NOTE, TAX_NOTE, TREATMENT_NOTE = "PMT", "PMD", "AAB", "TXD", "BAR"
"""Subject codes (UNTDID 4451) of the notes French law asks for: the 40 EUR recovery indemnity, the late-payment rate and
the early-payment discount (C. com. L441-9), a mention of tax, and how the invoice is treated (B2B, B2BINT, B2C …)."""
REGISTRATION_NOTE = "ABL"
GENERAL_NOTE = "AAI"


@entity
class Note:
    """BG-1: `text` BT-22, `subject_code` BT-21 ("" is a general remark)."""

    text: str
    subject_code: str = ""


@entity
class Identifier:
    """An identifier and the scheme that gives it out (ISO/IEC 6523, or EAS of an electronic address)."""

    value: str
    scheme: str = ""


@entity
class Contact:
    """BG-6 / BG-9: name BT-41/56, telephone BT-42/57, e-mail BT-43/58."""

    name: str = ""
    phone: str = ""
    email: str = ""


@entity
class Party:
    """Seller BG-4 or buyer BG-7. `name` BT-27/44; `trade_name` BT-28/45; `identifiers` BT-29/46 (a SIRET is scheme 0009);
    `legal_id` BT-30/47 (a SIREN is 0002); `vat_number` BT-31/48; `tax_registration` BT-32; `legal_information` BT-33 (form,
    capital, register); `electronic_address` BT-34/49; `address` BG-5/BG-8; `contact` BG-6/BG-9."""

    name: str
    trade_name: str = ""
    identifiers: tuple[Identifier, ...] = ()
    legal_id: Identifier | None = None
    vat_number: str = ""
    tax_registration: str = ""
    legal_information: str = ""
    electronic_address: Identifier | None = None
    address: Address = Address()
    contact: Contact = Contact()


@entity
class Representative:
    """BG-11, the seller's tax representative: name BT-62, VAT number BT-63, address BG-12."""

    name: str
    vat_number: str
    address: Address


@entity
class Delivery:
    """BG-13: name BT-70, location BT-71, actual date BT-72, address BG-15 (its country BT-80). None where unknown."""

    name: str = ""
    location: Identifier | None = None
    delivered_on: date | None = None
    address: Address | None = None


@entity
class Period:
    """BG-14 or BG-26: first day BT-73/134, last day BT-74/135."""

    starts_on: date | None = None
    ends_on: date | None = None


@entity
class PrecedingInvoice:
    """BG-3: the invoice that is credited, corrected, or whose deposit is taken off. Number BT-25, date BT-26."""

    number: str
    issued_on: date | None = None


@entity
class PaymentMeans:
    """BG-16: `code` BT-81 (UNTDID 4461: 30 transfer, 58 SEPA transfer, 48 card, 59 SEPA debit, 10 cash, 20 cheque),
    `text` BT-82, `reference` BT-83, `iban` BT-84, `account_name` BT-85, `bic` BT-86, `card_number` BT-87 (at most the first
    six and last four digits), `card_holder` BT-88, `mandate` BT-89, `creditor_id` BT-90, `debited_iban` BT-91."""

    code: str
    text: str = ""
    reference: str = ""
    iban: str = ""
    account_name: str = ""
    bic: str = ""
    card_number: str = ""
    card_holder: str = ""
    mandate: str = ""
    creditor_id: str = ""
    debited_iban: str = ""


@entity
class AllowanceCharge:
    """A reduction or a charge, without VAT. Of the document: BG-20 (BT-92 to 98) or BG-21 (BT-99 to 105), with the VAT it
    falls under. Of a line: BG-27 (BT-136 to 140) or BG-28 (BT-141 to 145), under the line's VAT, so none is given here.

    `amount` is never negative. `percentage` of `base_amount`, when it was computed so. `reason_code`: UNTDID 5189 of an
    allowance (95 discount, 100 special rebate), UNTDID 7161 of a charge (FC freight, ABL packing)."""

    is_charge: bool = False
    amount: Decimal
    base_amount: Decimal | None = None
    percentage: Decimal | None = None
    reason: str = ""
    reason_code: str = ""
    vat_category: str = ""
    vat_rate: Decimal | None = None


@entity
class VatBreakdown:
    """BG-23: `taxable_amount` BT-116, `vat_amount` BT-117, `vat_category` BT-118 (S Z E AE K G O), `vat_rate` BT-119 (None
    of category O), `exemption_reason` BT-120 and `exemption_code` BT-121 (VATEX list) of every category but S and Z."""

    vat_category: str
    vat_rate: Decimal | None
    taxable_amount: Decimal
    vat_amount: Decimal
    exemption_reason: str = ""
    exemption_code: str = ""


@entity
class Totals:
    """BG-22, as the issuer states them; nobody recomputes them. `line_net_amount` BT-106, `allowance_amount` BT-107,
    `charge_amount` BT-108, `total_without_vat` BT-109, `vat_amount` BT-110, `vat_amount_in_tax_currency` BT-111,
    `total_with_vat` BT-112, `paid_amount` BT-113, `rounding_amount` BT-114 (what the customer's total differs from the
    arithmetic), `due_amount` BT-115."""

    line_net_amount: Decimal
    allowance_amount: Decimal = ZERO
    charge_amount: Decimal = ZERO
    total_without_vat: Decimal
    vat_amount: Decimal
    vat_amount_in_tax_currency: Decimal | None = None
    total_with_vat: Decimal
    paid_amount: Decimal = ZERO
    rounding_amount: Decimal = ZERO
    due_amount: Decimal


@entity
class Attribute:
    """BG-32: name BT-160 (colour), value BT-161 (black)."""

    name: str
    value: str


@entity
class Line:
    """BG-25. `id` BT-126, `note` BT-127, `quantity` BT-129 (negative of a line that goes back), `unit_code` BT-130 (UN/ECE
    Rec. 20), `net_amount` BT-131 (after the line's allowances and charges), `order_line_id` BT-132, `period` BG-26,
    `allowances` BG-27 and BG-28, `net_price` BT-146 (without VAT, never negative), `price_discount` BT-147 and
    `gross_price` BT-148 when the price itself was reduced, `base_quantity` BT-149 (what the price is for), `vat_category`
    BT-151, `vat_rate` BT-152 (None of category O), `name` BT-153, `description` BT-154, `seller_item_id` BT-155 (the SKU),
    `buyer_item_id` BT-156, `standard_id` BT-157 (a GTIN is scheme 0160), `origin_country` BT-159, `attributes` BG-32."""

    id: str
    name: str
    quantity: Decimal
    unit_code: str = "C62"
    net_price: Decimal
    net_amount: Decimal
    vat_category: str = "S"
    vat_rate: Decimal | None
    base_quantity: Decimal = ONE
    gross_price: Decimal | None = None
    price_discount: Decimal | None = None
    allowances: tuple[AllowanceCharge, ...] = ()
    note: str = ""
    description: str = ""
    seller_item_id: str = ""
    buyer_item_id: str = ""
    standard_id: Identifier | None = None
    origin_country: str = ""
    order_line_id: str = ""
    period: Period = Period()
    attributes: tuple[Attribute, ...] = ()


@entity
class Invoice:
    """The document. `number` BT-1 ("" before the issue: the pre-flight runs first), `issued_on` BT-2, `type_code` BT-3,
    `currency` BT-5, `tax_currency` BT-6 (EUR when `currency` is another), `tax_point_on` BT-7, `tax_point_code` BT-8 (5 issue,
    29 delivery, 72 payment), `due_on` BT-9, `buyer_reference` BT-10, `contract_number` BT-12, `purchase_order_number` BT-13,
    `sales_order_number` BT-14, `delivery_note_number` BT-16, `payment_terms` BT-20, `process` BT-23 (French billing mode: B
    goods, S services, M both; 1 to be paid, 2 paid already, 4 final after a deposit, 7 reported already), `notes` BG-1,
    `preceding` BG-3, `seller` BG-4, `buyer` BG-7, `representative` BG-11, `delivery` BG-13, `period` BG-14, `payment_means`
    BG-16, `allowances` BG-20 and BG-21, `totals` BG-22, `vat_breakdown` BG-23, `lines` BG-25."""

    number: str
    issued_on: date
    type_code: str = INVOICE
    currency: str = "EUR"
    tax_currency: str = ""
    tax_point_on: date | None = None
    tax_point_code: str = ""
    due_on: date | None = None
    buyer_reference: str = ""
    contract_number: str = ""
    purchase_order_number: str = ""
    sales_order_number: str = ""
    delivery_note_number: str = ""
    payment_terms: str = ""
    process: str = "B1"
    notes: tuple[Note, ...] = ()
    preceding: tuple[PrecedingInvoice, ...] = ()
    seller: Party
    buyer: Party
    representative: Representative | None = None
    delivery: Delivery = Delivery()
    period: Period = Period()
    payment_means: tuple[PaymentMeans, ...] = ()
    allowances: tuple[AllowanceCharge, ...] = ()
    vat_breakdown: tuple[VatBreakdown, ...]
    totals: Totals
    lines: tuple[Line, ...]

    @property
    def is_credit_note(self) -> bool:
        """Whether the document gives back: its positive amounts are owed to the buyer."""
        return self.type_code in CREDIT_NOTE_CODES

    @property
    def is_paid_mode(self) -> bool:
        """Whether the billing mode says that everything was paid before the issue (B2, S2, M2)."""
        return self.process in ("B2", "S2", "M2")

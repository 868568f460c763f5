"""An issued invoice in the words of EN 16931 (`chalicelib.einvoice`), for the pre-flight, the PDF and the XML: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from chalicelib.einvoice import model as en
from chalicelib.invoicing.law.mentions import Case
from chalicelib.invoicing.model import CREDIT_NOTE, ZERO, Invoice, InvoiceLine, InvoicingSettings, Party
from chalicelib.kernel.address import Address
from chalicelib.kernel.money import exponent, round_amount
from chalicelib.kernel.tax import VatLine

NOTE_CODES = {"late_interest": en.PENALTY_NOTE, "recovery_indemnity": en.RECOVERY_NOTE, "early_payment": en.DISCOUNT_NOTE}
EXEMPTIONS = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
REASONS = {"AE": "reverse_charge", "K": "intra_community", "G": "export", "E": "franchise"}
MODES = {"goods": "B", "services": "S", "both": "M"}
TRANSFER = "30"


def is_domestic_business(invoice: Invoice) -> bool:
    """Whether the buyer is a firm established in France: its invoices go over the French network."""
    return invoice.buyer.is_business and invoice.buyer.address.country_code in ("", "FR")


def as_einvoice(invoice: Invoice, settings: InvoicingSettings, over_network: bool, currency: str = "EUR") -> en.Invoice:
    """The invoice as EN 16931 says it. `over_network` adds what the French platforms want; `currency` is the company's.

    A document that has no date yet is read as of its creation."""
    day = invoice.issue_date or invoice.created_at.date()
    lines = [line for line in invoice.lines if line.line_kind != "allowance"]
    allowances = [line for line in invoice.lines if line.line_kind == "allowance" and line.line_net_amount < 0]
    lines += [line for line in invoice.lines if line.line_kind == "allowance" and line.line_net_amount >= 0]
    address = None if invoice.delivery_address == Address() else invoice.delivery_address
    return en.Invoice(
        number=invoice.number, issued_on=day, type_code=invoice.type_code, currency=invoice.currency,
        tax_currency=currency if invoice.currency != currency else "", due_on=invoice.due_date,
        buyer_reference=invoice.buyer_reference, purchase_order_number=_first(invoice, "external_number"),
        sales_order_number=_first(invoice, "number"), process=_process(invoice, settings),
        notes=_notes(invoice, over_network),
        preceding=tuple(en.PrecedingInvoice(number=r.number, issued_on=r.issue_date) for r in invoice.references),
        seller=_seller(invoice.seller, over_network), buyer=_party(invoice.buyer, over_network),
        delivery=en.Delivery(delivered_on=invoice.supply_date, address=address,
                             name=(address.company_name or address.name) if address else ""),
        payment_means=(en.PaymentMeans(code=TRANSFER, iban=invoice.seller.iban, account_name=invoice.seller.name),)
        if invoice.seller.iban and invoice.type_code != CREDIT_NOTE else (),
        allowances=tuple(_allowance(line) for line in allowances),
        vat_breakdown=tuple(_row(row, invoice) for row in invoice.vat_breakdown),
        totals=_totals(invoice, lines, allowances, currency), lines=tuple(_line(line) for line in lines))


def _first(invoice: Invoice, name: str) -> str:
    return next((getattr(source, name) for source in invoice.sources if getattr(source, name)), "")


def _process(invoice: Invoice, settings: InvoicingSettings) -> str:
    """BT-23: 2 paid already, 4 final after a deposit, 1 otherwise; one that was paid bears no rounding amount in mode 2."""
    mode = MODES[Case(invoice, settings, False).category]
    if invoice.deposits_deducted and invoice.type_code != CREDIT_NOTE:
        return mode + "4"
    is_paid = invoice.paid_amount == invoice.payable_amount > 0 and not invoice.rounding_amount
    return mode + ("2" if is_paid else "1")


def _notes(invoice: Invoice, over_network: bool) -> tuple[en.Note, ...]:
    found = [en.Note(text=each.text, subject_code=NOTE_CODES.get(each.code, en.GENERAL_NOTE)) for each in invoice.mentions]
    if invoice.note.strip():
        found.append(en.Note(text=invoice.note.strip()))
    if invoice.reason.strip():
        found.append(en.Note(text=invoice.reason.strip()))
    if over_network:
        found.append(en.Note(text="B2B", subject_code=en.TREATMENT_NOTE))
    return tuple(found)


def _seller(party: Party, over_network: bool) -> en.Party:
    """The seller; one without a VAT number (exemption for small businesses) is registered for taxes by the SIREN (BT-32)."""
    known = _party(party, over_network)
    return known if party.vat_number else replace(known, tax_registration=party.siren)


def _party(party: Party, over_network: bool) -> en.Party:
    endpoint = en.Identifier(value=party.siren, scheme=en.FRENCH_NETWORK_SCHEME) if over_network and party.siren else (
        en.Identifier(value=party.email, scheme=en.EMAIL_SCHEME) if party.email else None)
    legal = [party.legal_form, f"au capital de {party.share_capital} EUR" if party.share_capital is not None else "",
             f"RCS {party.rcs_city}" if party.rcs_city else ""]
    return en.Party(
        name=party.company_name or party.name, trade_name=party.address.company_name,
        identifiers=(en.Identifier(value=party.siret, scheme=en.SIRET_SCHEME),) if party.siret else (),
        legal_id=en.Identifier(value=party.siren, scheme=en.SIREN_SCHEME) if party.siren else None,
        vat_number=party.vat_number, legal_information=" ".join(filter(None, legal)), electronic_address=endpoint,
        address=party.address, contact=en.Contact(name=party.name, phone=party.phone, email=party.email))


def _allowance(line: InvoiceLine) -> en.AllowanceCharge:
    return en.AllowanceCharge(amount=-line.line_net_amount, reason=line.name, reason_code="95", vat_category=line.vat_category,
                              vat_rate=_rate(line.vat_category, line.vat_rate))


def _rate(category: str, rate: Decimal) -> Decimal | None:
    return None if category == "O" else rate


def _line(line: InvoiceLine) -> en.Line:
    reductions = (en.AllowanceCharge(amount=line.allowance, reason="Remise", reason_code="95"),) if line.allowance else ()
    return en.Line(
        id=line.id, name=line.name, quantity=line.quantity, unit_code=line.unit_code, net_price=line.unit_price,
        net_amount=line.line_net_amount, vat_category=line.vat_category, vat_rate=_rate(line.vat_category, line.vat_rate),
        allowances=reductions, seller_item_id=line.sku, order_line_id=line.order_line_id)


def _row(row: VatLine, invoice: Invoice) -> en.VatBreakdown:
    said = {mention.code: mention.text for mention in invoice.mentions}
    is_free = row.vat_category not in ("S", "Z")
    reason = said.get(REASONS.get(row.vat_category, ""), "Exonération de TVA") if is_free else ""
    code = EXEMPTIONS.get(row.vat_category, "VATEX-FR-FRANCHISE" if "franchise" in said else "") if is_free else ""
    return en.VatBreakdown(
        vat_category=row.vat_category, vat_rate=_rate(row.vat_category, row.vat_rate), taxable_amount=row.taxable_amount,
        vat_amount=row.vat_amount, exemption_reason=reason, exemption_code=code)


def _totals(invoice: Invoice, lines: list[InvoiceLine], allowances: list[InvoiceLine], currency: str) -> en.Totals:
    in_own = None
    if invoice.currency != currency and invoice.exchange_rate is not None:
        in_own = round_amount(invoice.vat_amount * invoice.exchange_rate, currency)
    return en.Totals(
        line_net_amount=sum((line.line_net_amount for line in lines), ZERO),
        allowance_amount=-sum((line.line_net_amount for line in allowances), ZERO),
        total_without_vat=invoice.total_without_vat, vat_amount=invoice.vat_amount, vat_amount_in_tax_currency=in_own,
        total_with_vat=invoice.total_with_vat, paid_amount=invoice.paid_amount, rounding_amount=invoice.rounding_amount,
        due_amount=invoice.payable_amount - invoice.paid_amount)


def can_be_electronic(invoice: Invoice) -> bool:
    """EN 16931 has no amounts of three decimals."""
    return exponent(invoice.currency) <= 2


def network_from(settings: InvoicingSettings, day: date) -> bool:
    """Whether the company must issue over the French network on that day (CGI art. 289 bis; L. 2023-1322 art. 91)."""
    return settings.einvoicing_from is not None and day >= settings.einvoicing_from

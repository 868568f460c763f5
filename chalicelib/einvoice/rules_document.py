"""Rules of the document as a whole: numbers, dates, types, notes, references, delivery and payment. Pure.

Sources: EN 16931-1:2017 §6.4 (BR-…), and the French rules BR-FR-… of AFNOR XP Z12-012 as FNFE-MPE's schematron
`BR-FR-Flux2` states them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from stdnum import iban
from stdnum.exceptions import ValidationError

from chalicelib.einvoice import model
from chalicelib.einvoice.finding import Finding, fatal
from chalicelib.einvoice.model import Invoice

PROCESSES = ("B1", "S1", "M1", "B2", "S2", "M2", "S3", "B4", "S4", "M4", "S5", "S6", "B7", "S7", "B8", "S8", "M8", "B9", "S9",
             "M9")
TREATMENTS = ("B2B", "B2BINT", "B2C", "B2CINT", "OUTOFSCOPE", "ARCHIVEONLY")
TRANSFERS = ("30", "58")
TAX_POINTS = ("5", "29", "72")
"""BT-8, UNTDID 2475: VAT is due at the issue, at the delivery, at the payment."""
_NUMBER = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
_CURRENCY = re.compile(r"[A-Z]{3}")
MANDATORY_NOTES = (model.RECOVERY_NOTE, model.PENALTY_NOTE, model.DISCOUNT_NOTE)


def numbers_and_types(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-05, BR-FR-01, -02, -04, -08, -CO-08: how the document is called and what it is."""
    numbers = [("number", "BT-1", invoice.number)] if invoice.number else []
    numbers += [(f"preceding.{i}.number", "BT-25", each.number) for i, each in enumerate(invoice.preceding)]
    for field, term, number in numbers:
        if not number:
            yield fatal("BR-55", "preceding_number_missing", field, term)
        elif france and not _NUMBER.fullmatch(number):
            yield fatal("BR-FR-01" if len(number) > 35 else "BR-FR-02", "number_form", field, term, number=number)
    if not _CURRENCY.fullmatch(invoice.currency):
        yield fatal("BR-05", "currency_missing", "currency", "BT-5", currency=invoice.currency)
    if invoice.type_code not in model.TYPE_CODES:
        yield fatal("BR-FR-04", "type_code", "type_code", "BT-3", type_code=invoice.type_code)
    if france and invoice.process not in PROCESSES:
        yield fatal("BR-FR-08", "process", "process", "BT-23", process=invoice.process)
    if invoice.process in ("B4", "S4", "M4") and invoice.type_code in model.DEPOSIT_CODES:
        yield fatal("BR-FR-CO-08", "deposit_process", "process", "BT-23", process=invoice.process)


def dates(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-FR-03, BR-CL-06, BR-CO-03, BR-CO-25, BR-29, BR-30, BR-FR-CO-07: dates that follow one another."""
    named = [("issued_on", "BT-2", invoice.issued_on), ("due_on", "BT-9", invoice.due_on),
             ("tax_point_on", "BT-7", invoice.tax_point_on), ("delivery.delivered_on", "BT-72", invoice.delivery.delivered_on)]
    named += [(f"preceding.{i}.issued_on", "BT-26", each.issued_on) for i, each in enumerate(invoice.preceding)]
    for field, term, day in named:
        if day is not None and not 2000 <= day.year <= 2099:
            yield fatal("BR-FR-03", "year", field, term, date=day.isoformat())
    if invoice.tax_point_code and invoice.tax_point_code not in TAX_POINTS:
        yield fatal("BR-CL-06", "tax_point_code", "tax_point_code", "BT-8", given=invoice.tax_point_code)
    if invoice.tax_point_on and invoice.tax_point_code:
        yield fatal("BR-CO-03", "tax_point_twice", "tax_point_code", "BT-7, BT-8")
    is_free = invoice.type_code in model.DEPOSIT_CODES or invoice.is_paid_mode
    if invoice.due_on and invoice.due_on < invoice.issued_on and not is_free:
        yield fatal("BR-FR-CO-07", "due_before_issue", "due_on", "BT-9", due=invoice.due_on.isoformat(),
                    issued=invoice.issued_on.isoformat())
    if invoice.totals.due_amount > 0 and not invoice.due_on and not invoice.payment_terms:
        yield fatal("BR-CO-25", "due_date_missing", "due_on", "BT-9, BT-20", amount=invoice.totals.due_amount)
    periods = [("period", "BR-29", invoice.period)]
    periods += [(f"lines.{i}.period", "BR-30", line.period) for i, line in enumerate(invoice.lines)]
    for field, rule, period in periods:
        if period.starts_on and period.ends_on and period.ends_on < period.starts_on:
            yield fatal(rule, "period_backwards", f"{field}.ends_on", "BT-74" if rule == "BR-29" else "BT-135",
                        start=period.starts_on.isoformat(), end=period.ends_on.isoformat())


def notes(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-FR-05, -06, -20, -31: the mentions French law asks for, each once."""
    counted = Counter(note.subject_code for note in invoice.notes)
    if france:
        for code in MANDATORY_NOTES:
            if not counted[code]:
                yield fatal("BR-FR-05", f"note_{code.lower()}_missing", "notes", "BG-1", subject_code=code)
    for code in (*MANDATORY_NOTES, model.TAX_NOTE):
        if counted[code] > 1:
            yield fatal("BR-FR-06", "note_twice", "notes", "BT-21", subject_code=code)
    treatments = [note.text for note in invoice.notes if note.subject_code == model.TREATMENT_NOTE]
    if len(treatments) > 1:
        yield fatal("BR-FR-31", "note_twice", "notes", "BT-21", subject_code=model.TREATMENT_NOTE)
    for text in treatments:
        if text not in TREATMENTS:
            yield fatal("BR-FR-20", "treatment", "notes", "BT-22", value=text, allowed=", ".join(TREATMENTS))
    for i, note in enumerate(invoice.notes):
        if not note.text.strip():
            yield fatal("BT-22", "note_empty", f"notes.{i}.text", "BT-22", subject_code=note.subject_code)


def references(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-FR-CO-03, -04, -05: what a credit note or a correction refers to."""
    dated = [each for each in invoice.preceding if each.number and each.issued_on]
    if invoice.type_code in ("384", "471", "472", "473") and len(dated) != 1:
        yield fatal("BR-FR-CO-04", "corrected_reference", "preceding", "BT-25, BT-26", count=len(dated))
    if invoice.type_code == model.GLOBAL_ALLOWANCE_NOTE:
        if not invoice.contract_number or not (invoice.period.starts_on and invoice.period.ends_on):
            yield fatal("BR-FR-CO-03", "global_allowance_reference", "contract_number", "BT-12, BG-14")
    elif invoice.is_credit_note and not dated:
        yield fatal("BR-FR-CO-05", "credit_reference", "preceding", "BT-25, BT-26")


def delivery(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-57, BR-IC-11, BR-IC-12: where and when the goods went."""
    address = invoice.delivery.address
    if address is not None and not address.country_code.strip():
        yield fatal("BR-57", "delivery_country_missing", "delivery.address.country_code", "BT-80")
    if not any(row.vat_category == "K" for row in invoice.vat_breakdown):
        return
    if not (invoice.delivery.delivered_on or invoice.period.starts_on or invoice.period.ends_on):
        yield fatal("BR-IC-11", "intra_eu_date_missing", "delivery.delivered_on", "BT-72, BG-14")
    if address is None:
        yield fatal("BR-IC-12", "intra_eu_country_missing", "delivery.address.country_code", "BT-80")


def payment(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-49, BR-50, BR-51, BR-61, BR-FR-CO-09: how it is paid, or was."""
    for i, means in enumerate(invoice.payment_means):
        if not means.code.strip():
            yield fatal("BR-49", "means_missing", f"payment_means.{i}.code", "BT-81")
        if means.code in TRANSFERS and not means.iban:
            yield fatal("BR-61", "iban_missing", f"payment_means.{i}.iban", "BT-84")
        if means.iban and not _is_iban(means.iban):
            yield fatal("BT-84", "iban_wrong", f"payment_means.{i}.iban", "BT-84", iban=means.iban)
        if len(means.card_number) > 10:
            yield fatal("BR-51", "card_number", f"payment_means.{i}.card_number", "BT-87")
    if not (france and invoice.is_paid_mode):
        return
    totals = invoice.totals
    if totals.paid_amount != totals.total_with_vat:
        yield fatal("BR-FR-CO-09", "paid_mode_paid", "totals.paid_amount", "BT-113", process=invoice.process,
                    paid=totals.paid_amount, total=totals.total_with_vat)
    if totals.due_amount != 0:
        yield fatal("BR-FR-CO-09", "paid_mode_due", "totals.due_amount", "BT-115", process=invoice.process,
                    due=totals.due_amount)
    if invoice.due_on is None:
        yield fatal("BR-FR-CO-09", "paid_mode_date", "due_on", "BT-9", process=invoice.process)


def _is_iban(text: str) -> bool:
    try:
        iban.validate(text)
    except ValidationError:
        return False
    return True

"""What keeps an invoice from being issued: rule by rule, with where to mend it. Findings are values; a document with a fatal
one is not issued and takes no number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from chalicelib.einvoice.finding import FATAL, WARNING, WordedFinding
from chalicelib.einvoice.preflight import EUROPE, FRANCE, preflight, worded
from chalicelib.invoicing.law import electronic
from chalicelib.invoicing.model import CREDIT_NOTE, Invoice, InvoicingSettings
from chalicelib.kernel.errors import Invalid

_WORDS: dict[str, tuple[str, str, str, str, str]] = {
    "lines_missing": ("BR-16", "La facture n’a pas de ligne.", "Ajoutez une ligne.", "The invoice has no line.", "Add a line."),
    "negative": ("BT-115", "Le montant à payer est négatif.", "Émettez un avoir.", "The amount due is negative.",
                 "Issue a credit note."),
    "exchange_rate": ("BT-111", "Le cours de change manque.", "Saisissez le cours du jour dans Comptabilité, Cours de change.",
                      "The exchange rate is missing.", "Enter the day's rate in Accounting, Exchange rates."),
    "franchise": ("CIBS; CGI art. 293 B", "En franchise de TVA, aucune TVA ne peut être facturée.",
                  "Passez les lignes en catégorie E à 0 %.", "Under the small business exemption no VAT may be charged.",
                  "Put the lines in category E at 0 %."),
    "reason": ("CGI art. 289, I-5", "Le motif de l’avoir manque.", "Indiquez un motif.", "The credit note's reason is missing.",
               "Give a reason."),
    "company_form": ("C. com. R123-237, R123-238", "La forme juridique ou la ville du RCS du vendeur manque.",
                     "Complétez la fiche de l’entreprise.", "The seller's legal form or registry is missing.",
                     "Complete the company's page."),
    "buyer_siren": ("décret 2022-1299", "Le SIREN du client professionnel manque.", "Complétez la fiche du client.",
                    "The business customer's SIREN is missing.", "Complete the customer's page."),
}


def findings(invoice: Invoice, settings: InvoicingSettings, is_exempt: bool, currency: str, day: date, locale: str
             ) -> tuple[WordedFinding, ...]:
    """Every rule the invoice, dated, does not meet, fatal ones first; `currency` is the company's, which charges no VAT when
    it `is_exempt`.

    Rules of the French network are fatal from the day on which the company must issue over it, warnings before."""
    found = list(_own(invoice, is_exempt, currency, locale))
    if electronic.can_be_electronic(invoice) and invoice.lines:
        domestic = electronic.is_domestic_business(invoice)
        must = domestic and electronic.network_from(settings, day)
        document = electronic.as_einvoice(invoice, settings, must, currency)
        base = worded(preflight(document, FRANCE if must else EUROPE), locale)
        found += base
        if domestic and not must:
            known = {each.code for each in base}
            later = worded(preflight(electronic.as_einvoice(invoice, settings, True, currency), FRANCE), locale)
            found += [replace(each, severity=WARNING) for each in later if each.code not in known]
    return tuple(sorted(found, key=lambda each: each.severity != FATAL))


def _own(invoice: Invoice, is_exempt: bool, currency: str, locale: str) -> Iterator[WordedFinding]:
    """The rules that EN 16931 does not know."""
    if not invoice.lines:
        yield _finding("lines_missing", "lines", locale)
    if invoice.payable_amount < 0:
        yield _finding("negative", "payable_amount", locale)
    if invoice.currency != currency and invoice.exchange_rate is None:
        yield _finding("exchange_rate", "exchange_rate", locale)
    if is_exempt and any(line.vat_category == "S" for line in invoice.lines):
        yield _finding("franchise", "lines", locale)
    if invoice.type_code == CREDIT_NOTE and not invoice.reason.strip():
        yield _finding("reason", "reason", locale)
    if not (invoice.seller.legal_form and invoice.seller.rcs_city):
        yield _finding("company_form", "seller.legal_information", locale, WARNING)
    if electronic.is_domestic_business(invoice) and not invoice.buyer.siren:
        yield _finding("buyer_siren", "buyer.legal_id", locale, WARNING)


def _finding(code: str, field: str, locale: str, severity: str = FATAL) -> WordedFinding:
    rule, fr, fix_fr, en, fix_en = _WORDS[code]
    is_english = locale == "en"
    return WordedFinding(rule=rule, code=code, field=field, severity=severity, params={}, message=en if is_english else fr,
                         fix=fix_en if is_english else fix_fr)


def refuse(found: tuple[WordedFinding, ...]) -> None:
    """Raises Invalid `preflight_failed` with every fatal finding; nothing is issued then."""
    errors = [each for each in found if each.severity == FATAL]
    if errors:
        raise Invalid("preflight_failed", " ".join(f"{each.rule}: {each.message} {each.fix}" for each in errors[:3]),
                      {each.field or each.rule: f"{each.rule}: {each.message}" for each in errors})

"""The sentences French law wants on an invoice, as a dated table: which, from when to when, in which words.

The VAT provisions move from the CGI to the Code des impositions sur les biens et services (CIBS) on 1 September 2026
(ordonnance 2025-1247 of 17 December 2025); references to the old articles are tolerated until 31 December 2027. What is
new since decree 2022-1299 (CGI ann. II art. 242 nonies A, I, 8° bis to 8° ter) is worded here too: category of the
operation, option for debits. A change of the law is a new row with its first day, and the end of the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chalicelib.invoicing.model import DEPOSIT, Invoice, InvoicingSettings, Mention

CIBS = date(2026, 9, 1)
RECOVERY_INDEMNITY = "40"
"""Euros (C. com. art. D441-5)."""


@dataclass(frozen=True, slots=True)
class Case:
    """What decides which sentences an invoice bears."""

    invoice: Invoice
    settings: InvoicingSettings
    is_exempt: bool

    def has(self, *categories: str) -> bool:
        return any(line.vat_category in categories for line in self.invoice.lines)

    @property
    def is_business(self) -> bool:
        return self.invoice.buyer.is_business

    @property
    def category(self) -> str:
        """`goods`, `services` or `both`; what is charged for shipping goods follows them (CGI art. 257 ter)."""
        kinds = {"services" if line.line_kind == "service" else "goods" for line in self.invoice.lines
                 if line.line_kind in ("goods", "service", "deposit_received")}
        return "both" if len(kinds) == 2 else next(iter(kinds), "goods")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence: in force from `first` through `last`, where `applies`."""

    code: str
    source: str
    fr: str
    en: str
    applies: Callable[[Case], bool]
    first: date = date(2013, 1, 1)
    last: date = date.max


def _late(case: Case) -> bool:
    """Between firms, on credit notes too: the French network refuses one without them (BR-FR-05)."""
    return case.is_business


def _franchise(case: Case) -> bool:
    return case.is_exempt


RULES: tuple[Rule, ...] = (
    Rule("late_interest", "C. com. L441-10 II, L441-9", "Taux des pénalités de retard : {late}.",
         "Late-payment interest: {late}.", _late),
    Rule("recovery_indemnity", "C. com. L441-10 II, D441-5",
         "Indemnité forfaitaire pour frais de recouvrement en cas de retard de paiement : 40 €.",
         "Fixed compensation for recovery costs in case of late payment: EUR 40.", _late),
    Rule("early_payment", "C. com. L441-9", "Escompte pour paiement anticipé : {discount}.",
         "Discount for early payment: {discount}.", _late),
    Rule("franchise", "CGI art. 293 B", "TVA non applicable, art. 293 B du CGI.", "VAT not applicable, art. 293 B of the CGI.",
         _franchise, last=date(2026, 8, 31)),
    Rule("franchise", "CIBS", "TVA non applicable (franchise en base, CIBS ; art. 293 B du CGI avant le 1er septembre 2026).",
         "VAT not applicable (small business exemption, CIBS; art. 293 B of the CGI before 1 September 2026).",
         _franchise, first=CIBS),
    Rule("reverse_charge", "CGI ann. II art. 242 nonies A, I, 13°", "Autoliquidation.", "Reverse charge.",
         lambda case: case.has("AE")),
    Rule("intra_community", "CGI art. 262 ter, I; directive 2006/112/CE art. 138",
         "Exonération de TVA, art. 262 ter, I du CGI (livraison intracommunautaire).",
         "VAT exempt, art. 262 ter, I of the CGI (intra-Community supply).", lambda case: case.has("K"),
         last=date(2026, 8, 31)),
    Rule("intra_community", "directive 2006/112/CE art. 138; CIBS",
         "Exonération de TVA, livraison intracommunautaire (art. 138 de la directive 2006/112/CE).",
         "VAT exempt, intra-Community supply (art. 138 of directive 2006/112/EC).", lambda case: case.has("K"), first=CIBS),
    Rule("export", "CGI art. 262, I", "Exonération de TVA, art. 262, I du CGI (exportation).",
         "VAT exempt, art. 262, I of the CGI (export).", lambda case: case.has("G"), last=date(2026, 8, 31)),
    Rule("export", "directive 2006/112/CE art. 146; CIBS",
         "Exonération de TVA, exportation (art. 146 de la directive 2006/112/CE).",
         "VAT exempt, export (art. 146 of directive 2006/112/EC).", lambda case: case.has("G"), first=CIBS),
    Rule("operation_category", "CGI ann. II art. 242 nonies A, I (décret 2022-1299)", "Catégorie de l’opération : {category}.",
         "Category of the operation: {category}.", lambda case: case.is_business, first=CIBS),
    Rule("vat_on_debits", "CGI ann. II art. 242 nonies A, I (décret 2022-1299)",
         "Option pour le paiement de la taxe d’après les débits.", "Option to pay the VAT on debits.",
         lambda case: case.settings.vat_on_debits),
    Rule("deposit", "CGI art. 289, I-1-c; art. 269, 2-a", "Facture d’acompte reçu, TVA exigible à l’encaissement.",
         "Invoice for a deposit received, VAT due on receipt.", lambda case: case.invoice.type_code == DEPOSIT),
)
"""In the order they are printed."""

_CATEGORIES = {"fr": {"goods": "livraison de biens", "services": "prestation de services",
                      "both": "livraison de biens et prestation de services"},
               "en": {"goods": "goods", "services": "services", "both": "goods and services"}}


def _late_text(rate: Decimal | None, locale: str) -> str:
    if rate is not None:
        return f"{str(rate.normalize() + 0).replace('.', ',')} % l’an" if locale == "fr" else f"{rate.normalize() + 0} % a year"
    return "trois fois le taux d’intérêt légal" if locale == "fr" else "three times the French legal interest rate"


def mentions_of(invoice: Invoice, settings: InvoicingSettings, is_exempt: bool, day: date) -> tuple[Mention, ...]:
    """The sentences an invoice issued on `day` bears, in its language, in their order; `is_exempt`: no VAT is charged."""
    return tuple(_mentions(Case(invoice, settings, is_exempt), day))


def _mentions(case: Case, day: date) -> Iterator[Mention]:
    locale = "en" if case.invoice.locale == "en" else "fr"
    none = "néant" if locale == "fr" else "none"
    values = {"late": _late_text(case.settings.late_interest_rate, locale),
              "discount": case.settings.early_payment_discount.strip() or none, "category": _CATEGORIES[locale][case.category]}
    for rule in RULES:
        if rule.first <= day <= rule.last and rule.applies(case):
            words = rule.fr if locale == "fr" else rule.en
            yield Mention(code=rule.code, text=words.format(**values), source=rule.source)

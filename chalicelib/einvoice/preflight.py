"""The pre-flight: every rule an invoice must pass before it takes a number, with the field and the fix. Pure.

It says in Python, in milliseconds and before anything is stored, what the published schematrons say of the finished XML
(`tests/einvoice` compares the two), and names the rule, so that a refusal is never a surprise at the customer's platform.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.einvoice import rules_amounts, rules_codes, rules_document, rules_parties
from chalicelib.einvoice.finding import FATAL, Finding, WordedFinding
from chalicelib.einvoice.model import Invoice
from chalicelib.einvoice.words import words_for

CHECKS = (
    rules_document.numbers_and_types, rules_document.dates, rules_document.notes, rules_document.references,
    rules_parties.names_and_addresses, rules_parties.registrations, rules_parties.vat_numbers,
    rules_parties.electronic_addresses, rules_document.delivery, rules_document.payment,
    rules_amounts.lines, rules_amounts.reductions, rules_amounts.rates, rules_amounts.decimals, rules_amounts.breakdown,
    rules_amounts.totals, rules_codes.codes, rules_codes.schemes,
)
FRANCE, EUROPE = "france", "europe"
"""Where an invoice goes. `france`: to a business, over the French network of accredited platforms (EN 16931 and BR-FR).
`europe`: to a consumer, or abroad, by mail or download (EN 16931 alone)."""


def preflight(invoice: Invoice, destination: str = FRANCE) -> tuple[Finding, ...]:
    """Every rule the invoice breaks, in the document's order; empty means that it may be issued. The number may still be "":
    the pre-flight comes first, so that a refused document takes none."""
    return tuple(finding for check in CHECKS for finding in check(invoice, destination == FRANCE))


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings forbids the issue."""
    return any(finding.severity == FATAL for finding in findings)


def worded(findings: Iterable[Finding], locale: str) -> tuple[WordedFinding, ...]:
    """The findings with what is wrong and what to do, in the reader's language (`fr` or `en`)."""
    result = []
    for each in findings:
        message, fix = words_for(each.code, locale)
        result.append(WordedFinding(
            rule=each.rule, code=each.code, field=each.field, terms=each.terms, severity=each.severity, params=each.params,
            message=message.format_map(each.params), fix=fix.format_map(each.params)))
    return tuple(result)

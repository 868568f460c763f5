"""Codes that must stand in a published list: countries, units, means of payment, reasons, schemes. Pure.

`codes.json` holds, by list, what both syntaxes of EN 16931 accept (the code lists of the Commission's eInvoicing registry as
Factur-X 1.09 and CEN's UBL rules carry them, BR-CL-…); a test compares it with the published artefacts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from chalicelib.einvoice.finding import Finding, fatal
from chalicelib.einvoice.model import Invoice

_FILE = Path(__file__).with_name("codes.json")


@cache
def lists() -> dict[str, frozenset[str]]:
    """Each list by its name."""
    return {name: frozenset(codes.split()) for name, codes in json.loads(_FILE.read_text("utf-8")).items()}


def codes(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-CL-…: every code that is given is one of its list."""
    known = lists()
    for rule, which, field, value in _given(invoice):
        if value and value not in known[which]:
            yield fatal(rule, f"code_{which}", field, given=value)


def _given(invoice: Invoice) -> Iterator[tuple[str, str, str, str]]:
    """Rule, list, field and value of each code in the invoice."""
    yield "BR-CL-04", "currencies", "currency", invoice.currency
    yield "BR-CL-05", "currencies", "tax_currency", invoice.tax_currency
    for i, note in enumerate(invoice.notes):
        yield "BR-CL-08", "note_subjects", f"notes.{i}.subject_code", note.subject_code
    for side, party in (("seller", invoice.seller), ("buyer", invoice.buyer)):
        yield "BR-CL-14", "countries", f"{side}.address.country_code", party.address.country_code
        if party.legal_id:
            yield "BR-CL-11", "schemes", f"{side}.legal_id", party.legal_id.scheme
        if party.electronic_address:
            yield "BR-CL-25", "address_schemes", f"{side}.electronic_address", party.electronic_address.scheme
        for i, identifier in enumerate(party.identifiers):
            yield "BR-CL-10", "schemes", f"{side}.identifiers.{i}", identifier.scheme
    if invoice.delivery.address:
        yield "BR-CL-14", "countries", "delivery.address.country_code", invoice.delivery.address.country_code
    for i, means in enumerate(invoice.payment_means):
        yield "BR-CL-16", "payment_means", f"payment_means.{i}.code", means.code
    for i, row in enumerate(invoice.vat_breakdown):
        yield "BR-CL-22", "exemptions", f"vat_breakdown.{i}.exemption_code", row.exemption_code
    changes = [(f"allowances.{i}", each) for i, each in enumerate(invoice.allowances)]
    for i, line in enumerate(invoice.lines):
        yield "BR-CL-23", "units", f"lines.{i}.unit_code", line.unit_code
        yield "BR-CL-15", "countries", f"lines.{i}.origin_country", line.origin_country
        if line.standard_id:
            yield "BR-CL-21", "schemes", f"lines.{i}.standard_id", line.standard_id.scheme
        changes += [(f"lines.{i}.allowances.{j}", each) for j, each in enumerate(line.allowances)]
    for field, each in changes:
        which = "charge_reasons" if each.is_charge else "allowance_reasons"
        yield ("BR-CL-20" if each.is_charge else "BR-CL-19"), which, f"{field}.reason_code", each.reason_code


def schemes(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-64, BR-FR-CO-10: an identifier says whose it is, and each scheme stands once."""
    for i, line in enumerate(invoice.lines):
        if line.standard_id and not line.standard_id.scheme:
            yield fatal("BR-64", "scheme_missing", f"lines.{i}.standard_id", "BT-157", value=line.standard_id.value)
    if not france:
        return
    for side, party in (("seller", invoice.seller), ("buyer", invoice.buyer)):
        counted = Counter(each.scheme for each in party.identifiers)
        for i, each in enumerate(party.identifiers):
            if not each.scheme.strip():
                yield fatal("BR-FR-CO-10", "scheme_missing", f"{side}.identifiers.{i}", "BT-29, BT-46", value=each.value)
            elif counted[each.scheme] > 1:
                yield fatal("BR-FR-CO-10", "scheme_twice", f"{side}.identifiers.{i}", "BT-29, BT-46", scheme=each.scheme)

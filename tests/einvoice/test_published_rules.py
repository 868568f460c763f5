"""Every kind of invoice against the rules as they are published: the schema, EN 16931, and the French BR-FR."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.einvoice import cii, rules_codes, ubl
from chalicelib.einvoice.preflight import blocks, preflight
from tests.einvoice import cases, rules
from tests.einvoice.test_preflight import BROKEN

WRITERS = {"cii": cii.write, "ubl": ubl.write}


@pytest.mark.parametrize("syntax", WRITERS)
@pytest.mark.parametrize("name", cases.CASES)
def test_the_document_passes_schema_european_and_french_rules(name: str, syntax: str) -> None:
    xml = WRITERS[syntax](cases.CASES[name]())
    assert rules.schema_errors(syntax, xml) == []
    assert rules.broken_rules(rules.EUROPEAN[syntax], xml) == []
    assert rules.broken_rules(rules.FRENCH[syntax], xml) == []


STRICTER = {
    "BR-CO-17": "published: within a whole unit; ours: to the cent, as the standard's text has it",
    "BR-S-01": "published: some row of the category; ours: a row for each rate",
    "BR-CO-25": "not among the published CII and UBL rules",
    "BR-05": "published by the code list, BR-CL-03",
    "BR-DEC-13": "published: two decimals; ours: as many as the currency has",
    "BR-FR-11": "published: nine digits; ours: the check digit too",
    "242 nonies A": "the law's, not the standard's",
}
"""Rules that the pre-flight holds to where the published ones are silent or softer, with the reason."""
ONE_SYNTAX = {("BR-25", "cii"), ("BR-51", "ubl"), ("BR-S-08", "ubl"), ("BR-61", "cii")}
"""Rules that only the other syntax's schematron finds in our broken variant, or names otherwise."""


@pytest.mark.parametrize("syntax", WRITERS)
def test_what_the_preflight_refuses_the_published_rules_refuse_by_the_same_name(syntax: str) -> None:
    unlike = {}
    for name, rule, field, breaking in BROKEN:
        xml = WRITERS[syntax](breaking(cases.CASES[name]()))
        broken = rules.broken_rules(rules.EUROPEAN[syntax], xml) + rules.broken_rules(rules.FRENCH[syntax], xml)
        if rule not in {each.split(":")[0] for each in broken}:
            unlike[rule, field] = broken
    assert {rule for rule, _ in unlike} <= STRICTER.keys() | {rule for rule, where in ONE_SYNTAX if where == syntax}


def test_a_total_that_is_a_cent_off_is_refused_by_name() -> None:
    invoice = cases.plain()
    totals = replace(invoice.totals, total_with_vat=invoice.totals.total_with_vat + Decimal("0.01"))
    wrong = replace(invoice, totals=totals)
    assert blocks(preflight(wrong))
    for syntax, write in WRITERS.items():
        codes = {each.split(":")[0] for each in rules.broken_rules(rules.EUROPEAN[syntax], write(wrong))}
        assert codes == {"BR-CO-15", "BR-CO-16"}


def test_the_same_invoice_gives_the_same_bytes() -> None:
    for case in cases.CASES.values():
        assert cii.write(case()) == cii.write(case()) and ubl.write(case()) == ubl.write(case())


@pytest.mark.parametrize(("name", "number"), [
    ("schemes", 5), ("countries", 7), ("units", 8), ("allowance_reasons", 11), ("charge_reasons", 12), ("address_schemes", 17),
    ("currencies", 24), ("payment_means", 25), ("exemptions", 26), ("note_subjects", 4)])
def test_our_code_lists_are_the_published_ones(name: str, number: int) -> None:
    """But for the few codes that only one of the two syntaxes takes."""
    published = rules.code_list(number)
    assert rules_codes.lists()[name] <= published and len(published - rules_codes.lists()[name]) <= len(published) / 20

"""The pre-flight: a document that may be issued passes in silence, one that may not hears the rule, the field and the fix."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from chalicelib.einvoice import model, rules_codes, words
from chalicelib.einvoice.model import AllowanceCharge, Delivery, Identifier, Invoice, Note, PaymentMeans, Period
from chalicelib.einvoice.preflight import EUROPE, blocks, preflight, worded
from tests.einvoice import cases

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", cases.CASES)
def test_a_lawful_invoice_passes_in_silence(name: str) -> None:
    assert [(each.rule, each.field) for each in preflight(cases.CASES[name]())] == []


def test_a_consumer_needs_neither_siren_nor_the_mentions_between_firms() -> None:
    assert preflight(cases.consumer(), EUROPE) == ()
    assert {each.rule for each in preflight(cases.consumer())} == {"BR-FR-05", "BR-FR-12"}


def test_it_runs_before_the_number_is_taken() -> None:
    assert preflight(replace(cases.plain(), number="")) == ()


def _totals(name: str, cents: str) -> Callable[[Invoice], Invoice]:
    def broken(invoice: Invoice) -> Invoice:
        return replace(invoice, totals=replace(invoice.totals, **{name: getattr(invoice.totals, name) + D(cents)}))
    return broken


def _line(**change: object) -> Callable[[Invoice], Invoice]:
    return lambda invoice: replace(invoice, lines=(replace(invoice.lines[0], **change), *invoice.lines[1:]))  # type: ignore[arg-type]


def _row(**change: object) -> Callable[[Invoice], Invoice]:
    return lambda invoice: replace(
        invoice, vat_breakdown=(replace(invoice.vat_breakdown[0], **change), *invoice.vat_breakdown[1:]))  # type: ignore[arg-type]


def _document(**change: object) -> Callable[[Invoice], Invoice]:
    return lambda invoice: replace(invoice, **change)  # type: ignore[arg-type]


def _seller(**change: object) -> Callable[[Invoice], Invoice]:
    return lambda invoice: replace(invoice, seller=replace(invoice.seller, **change))  # type: ignore[arg-type]


def _buyer(**change: object) -> Callable[[Invoice], Invoice]:
    return lambda invoice: replace(invoice, buyer=replace(invoice.buyer, **change))  # type: ignore[arg-type]


NOWHERE = replace(cases.BUYER.address, country_code="")
B2B = (*cases.MENTIONS, Note(subject_code="BAR", text="B2B"))
BROKEN: list[tuple[str, str, str, Callable[[Invoice], Invoice]]] = [
    ("plain", "BR-CO-10", "totals.line_net_amount", _totals("line_net_amount", "0.01")),
    ("allowances_at_both_levels", "BR-CO-11", "totals.allowance_amount", _totals("allowance_amount", "0.01")),
    ("allowances_at_both_levels", "BR-CO-12", "totals.charge_amount", _totals("charge_amount", "-0.01")),
    ("plain", "BR-CO-13", "totals.total_without_vat", _totals("total_without_vat", "0.01")),
    ("plain", "BR-CO-14", "totals.vat_amount", _totals("vat_amount", "0.01")),
    ("plain", "BR-CO-15", "totals.total_with_vat", _totals("total_with_vat", "0.01")),
    ("rounded", "BR-CO-16", "totals.due_amount", _totals("due_amount", "0.01")),
    ("plain", "BR-CO-17", "vat_breakdown.0.vat_amount", _row(vat_amount=D("10.01"))),
    ("exempt", "BR-E-09", "vat_breakdown.0.vat_amount", _row(vat_amount=D("0.01"))),
    ("mixed_rates", "BR-S-08", "vat_breakdown.0.taxable_amount", _row(taxable_amount=D("59.96"))),
    ("mixed_rates", "BR-S-01", "vat_breakdown", lambda i: replace(i, vat_breakdown=i.vat_breakdown[1:])),
    ("plain", "BR-CO-18", "vat_breakdown", _document(vat_breakdown=())),
    ("exempt", "BR-E-10", "vat_breakdown.0.exemption_reason", _row(exemption_reason="", exemption_code="")),
    ("reverse_charge", "BR-AE-10", "vat_breakdown.0.exemption_reason", _row(exemption_reason="", exemption_code="")),
    ("plain", "BR-S-10", "vat_breakdown.0.exemption_reason", _row(exemption_reason="Sans raison")),
    ("intra_eu", "BR-IC-02", "buyer.vat_number", _buyer(vat_number="")),
    ("intra_eu", "BR-IC-11", "delivery.delivered_on", _document(delivery=Delivery(address=cases.GERMAN.address))),
    ("intra_eu", "BR-IC-12", "delivery.address.country_code", _document(delivery=Delivery(delivered_on=cases.ISSUED))),
    ("reverse_charge", "BR-AE-02", "buyer.vat_number", _buyer(vat_number="", legal_id=None)),
    ("export_in_yen", "BR-G-02", "seller.vat_number", _seller(vat_number="")),
    ("outside_scope", "BR-O-02", "seller.vat_number", _seller(vat_number="FR44732829320")),
    ("outside_scope", "BR-O-05", "lines.0.vat_rate", _line(vat_rate=D(0))),
    ("plain", "BR-S-02", "seller.vat_number", _seller(vat_number="")),
    ("plain", "BR-S-05", "lines.0.vat_rate", _line(vat_rate=D(0))),
    ("exempt", "BR-E-05", "lines.0.vat_rate", _line(vat_rate=D(20))),
    ("plain", "BR-FR-15", "lines.0.vat_category", _line(vat_category="L")),
    ("plain", "BR-FR-16", "lines.0.vat_rate", _line(vat_rate=D("19"))),
    ("plain", "BR-16", "lines", _document(lines=())),
    ("plain", "BR-21", "lines.0.id", _line(id="")),
    ("plain", "BR-23", "lines.0.unit_code", _line(unit_code="")),
    ("plain", "BR-25", "lines.0.name", _line(name=" ")),
    ("plain", "BR-27", "lines.0.net_price", _line(net_price=D("-12.5"), quantity=D(-4))),
    ("plain", "BR-FR-DEC-02", "lines.0.quantity", _line(quantity=D("4.00001"))),
    ("plain", "BR-FR-DEC-03", "lines.0.net_price", _line(net_price=D("12.5000001"))),
    ("plain", "BR-DEC-23", "lines.0.net_amount", _line(net_amount=D("50.001"))),
    ("plain", "BR-DEC-14", "totals.total_with_vat", _totals("total_with_vat", "0.001")),
    ("yen_with_vat", "BR-DEC-13", "totals.vat_amount", _totals("vat_amount", "0.2")),
    ("plain", "BR-DEC-14", "currency", _document(currency="TND", tax_currency="EUR")),
    ("yen_with_vat", "BR-FR-CO-12", "totals.vat_amount_in_tax_currency", _document(tax_currency="")),
    ("plain", "BR-33", "allowances.0.reason", _document(allowances=(
        AllowanceCharge(amount=D("1.00"), vat_category="S", vat_rate=D(20)),))),
    ("plain", "BR-37", "allowances.0.vat_category", _document(allowances=(
        AllowanceCharge(is_charge=True, amount=D("1.00"), reason="Port"),))),
    ("allowances_at_both_levels", "BR-42", "lines.0.allowances.0.reason", _line(allowances=(
        AllowanceCharge(amount=D("1.00")),))),
    ("plain", "BR-FR-01", "number", _document(number="F" * 36)),
    ("plain", "BR-FR-02", "number", _document(number="FA 2026 1")),
    ("plain", "BR-FR-03", "issued_on", _document(issued_on=date(1999, 12, 31))),
    ("plain", "BR-FR-04", "type_code", _document(type_code="325")),
    ("plain", "BR-05", "currency", _document(currency="euro")),
    ("plain", "BR-FR-08", "process", _document(process="A1")),
    ("deposit", "BR-FR-CO-08", "process", _document(process="B4")),
    ("plain", "BR-CO-25", "due_on", _document(due_on=None, payment_terms="")),
    ("plain", "BR-FR-CO-07", "due_on", _document(due_on=date(2026, 11, 1))),
    ("plain", "BR-29", "period.ends_on", _document(period=Period(starts_on=date(2026, 11, 2), ends_on=date(2026, 11, 1)))),
    ("plain", "BR-CO-03", "tax_point_code", _document(tax_point_on=cases.ISSUED, tax_point_code="5")),
    ("plain", "BR-FR-05", "notes", _document(notes=cases.MENTIONS[1:])),
    ("plain", "BR-FR-06", "notes", _document(notes=(*cases.MENTIONS, cases.MENTIONS[0]))),
    ("plain", "BR-FR-20", "notes", _document(notes=(*cases.MENTIONS, Note(subject_code="BAR", text="B2Z")))),
    ("credit_note", "BR-FR-CO-05", "preceding", _document(preceding=())),
    ("corrected", "BR-FR-CO-04", "preceding", _document(preceding=())),
    ("plain", "BR-FR-CO-03", "contract_number", _document(type_code=model.GLOBAL_ALLOWANCE_NOTE)),
    ("plain", "BR-FR-CO-09", "totals.paid_amount", _document(process="B2")),
    ("plain", "BR-61", "payment_means.0.iban", _document(payment_means=(PaymentMeans(code="30"),))),
    ("plain", "BR-51", "payment_means.0.card_number", _document(payment_means=(
        PaymentMeans(code="48", card_number="4" * 16),))),
    ("plain", "BR-06", "seller.name", _seller(name="")),
    ("plain", "BR-11", "buyer.address.country_code", _buyer(address=NOWHERE)),
    ("plain", "BR-57", "delivery.address.country_code", _document(delivery=Delivery(address=NOWHERE))),
    ("plain", "242 nonies A", "buyer.address", _buyer(address=replace(cases.BUYER.address, line1=""))),
    ("plain", "BR-CO-09", "buyer.vat_number", _buyer(vat_number="83404833048")),
    ("plain", "BR-FR-10", "seller.legal_id", _seller(legal_id=None)),
    ("plain", "BR-FR-11", "buyer.legal_id", _buyer(legal_id=Identifier(value="404833049", scheme="0002"))),
    ("plain", "BR-FR-32", "buyer.legal_id", _buyer(legal_id=Identifier(value="40483304", scheme="0002"))),
    ("plain", "BR-FR-09", "seller.identifiers.0", _seller(identifiers=(Identifier(value="40483304800022", scheme="0009"),))),
    ("plain", "BR-FR-12", "buyer.electronic_address", _buyer(electronic_address=None)),
    ("plain", "BR-FR-13", "seller.electronic_address", _seller(electronic_address=None)),
    ("plain", "BR-63", "buyer.electronic_address", _buyer(electronic_address=Identifier(value="404833048"))),
    ("plain", "BR-FR-23", "buyer.electronic_address", _buyer(electronic_address=Identifier(value="404 833", scheme="0225"))),
    ("plain", "BR-FR-21", "buyer.electronic_address", lambda i: replace(i, notes=B2B, buyer=replace(
        i.buyer, electronic_address=Identifier(value="732829320", scheme="0225")))),
    ("plain", "BR-FR-11", "buyer.legal_id", lambda i: replace(i, notes=B2B, buyer=replace(i.buyer, legal_id=None))),
]


@pytest.mark.parametrize(("name", "rule", "field", "breaking"), BROKEN, ids=[f"{each[1]} {each[2]}" for each in BROKEN])
def test_a_broken_invoice_hears_the_rule_the_field_and_the_fix(
        name: str, rule: str, field: str, breaking: Callable[[Invoice], Invoice]) -> None:
    findings = preflight(breaking(cases.CASES[name]()))
    assert (rule, field) in {(each.rule, each.field) for each in findings}
    assert blocks(findings)
    for locale in ("fr", "en"):
        for each in worded(findings, locale):
            assert each.message.endswith((".", "…")) and each.fix.endswith((".", "…"))
            assert "{" not in each.message + each.fix


def test_the_difference_is_told_to_the_cent() -> None:
    broken = _totals("total_with_vat", "0.01")(cases.plain())
    told = worded(preflight(broken), "en")
    assert told[0].message == "The total with VAT is 60.01, but net + VAT come to 60.00 (difference 0.01)."
    assert "BT-114" in told[0].fix
    assert worded(preflight(broken), "fr")[0].message.startswith("Le total TTC est 60.01")


def test_a_line_that_carries_the_cent_is_told_but_not_refused() -> None:
    carried = cases.invoice(replace(cases.line("8.325", "3"), net_amount=D("24.99")))
    findings = preflight(carried)
    assert [(each.rule, each.severity) for each in findings] == [("BT-131", "warning")]
    assert not blocks(findings)


def test_every_message_has_its_words_and_every_word_its_message() -> None:
    code = "".join(path.read_text() for path in (ROOT / "chalicelib/einvoice").glob("rules_*.py"))
    known = set(words.WORDS)
    named = {key for key in known if f'"{key}"' in code}
    sides = {f"{side}_{key}" for side in ("seller", "buyer") for key in re.findall(r'f"\{side\}_(\w+)"', code)}
    composed = {f"total_{name}" for name in ("line_net_amount", "allowance_amount", "charge_amount", "total_without_vat",
                                             "vat_amount", "total_with_vat", "due_amount")}
    notes = {"note_pmt_missing", "note_pmd_missing", "note_aab_missing"}
    codes = {f"code_{which}" for which in rules_codes.lists()}
    assert known == named | sides | composed | notes | codes
    assert all(set(pair) == {"fr", "en"} for pair in words.WORDS.values())

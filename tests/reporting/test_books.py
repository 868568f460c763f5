"""Revenue of the reports is class 70 of the books, or the documents that differ; files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal as D

import pytest

from chalicelib.invoicing import service as invoicing
from chalicelib.invoicing.shapes import CreditLine, NewDeposit
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.ledger import service as ledger
from chalicelib.ledger.model import NewEntry, NewEntryLine
from chalicelib.parties import service as parties
from chalicelib.parties.model import CustomerBody
from chalicelib.reporting import exporting, reconciling
from chalicelib.reporting.answers import Reconciliation
from tests.invoicing.company import Firm
from tests.reporting.books import figures, handle, today, told


@pytest.fixture
def firm(new_ctx: Callable[..., Context]) -> Firm:
    """A company that ships, invoices and keeps books."""
    made = Firm(new_ctx)
    made.stocked("A", "B")
    return made


def _today(firm: Firm) -> dict[str, str]:
    day = today(firm.ctx())
    return {"from": day[:8] + "01", "to": day}


def _reconciled(firm: Firm) -> Reconciliation:
    firm.count()
    return reconciling.reconcile(firm.ctx(), _today(firm))


def test_invoices_deposits_and_credit_notes_say_what_the_books_say(firm: Firm) -> None:
    """3 A at 12.00 with VAT and shipping 6.00: 30.00 + 5.00. 1 A is credited: −10.00. A deposit of 6.00 is no revenue."""
    order = firm.ship(firm.order(("A", "3", "12.00"), shipping="6.00"))
    invoice = firm.invoice(order)
    firm.credit(invoice, lines=(CreditLine(line_id=invoice.lines[0].id, quantity=D(1)),))
    invoicing.receive_deposit(firm.ctx(), NewDeposit(order_id=firm.order(("B", "2", "12.00")).id, amount=D("6.00")))
    handle([*told(firm.shop), *told(firm.shop)])
    day = _today(firm)
    period = {"first": day["from"], "last": day["to"]}
    assert figures(firm.ctx(), "product", "invoices", "invoiced_revenue", "credited_revenue", "revenue", **period) == {
        "A": (1, D("30.00"), D("10.00"), D("20.00")), "+": (1, D("5.00"), 0, D("5.00")),
        "total": (1, D("35.00"), D("10.00"), D("25.00"))}
    found = _reconciled(firm)
    assert (found.reported, found.booked, found.is_equal, found.documents) == (D("25.00"), D("25.00"), True, ())


def test_an_entry_without_invoice_and_an_event_not_heard_are_named(firm: Firm) -> None:
    invoice = firm.invoice(firm.ship(firm.order(("A", "1", "12.00"))))
    entry = ledger.post_entry(firm.ctx(), NewEntry(journal="OD", entry_date=firm.ctx().now.date(), label="Vente", lines=(
        NewEntryLine(account="512000", debit=D("3.00")), NewEntryLine(account="707000", credit=D("3.00")))))
    found = _reconciled(firm)
    assert (found.reported, found.booked, found.is_equal) == (D(0), D("13.00"), False)
    assert {(row.id, row.booked, row.reason) for row in found.documents} == {
        (invoice.id, D("10.00"), "not_in_reports"), (entry.id, D("3.00"), "not_in_reports")}
    handle(told(firm.shop))
    found = _reconciled(firm)
    assert [(row.kind, row.id, row.difference) for row in found.documents] == [("journal_entry", entry.id, D("-3.00"))]
    with pytest.raises(Invalid):
        reconciling.reconcile(firm.ctx(), {"from": "2026-01-01", "to": "2026-06-30"})


def test_files_hold_numbers_as_numbers_and_formulas_as_text(firm: Firm) -> None:
    evil = parties.create_customer(firm.ctx(), CustomerBody(name="=HYPERLINK(\"http://x\")"))
    firm.ship(firm.order(("A", "1", "12.00"), customer_id=evil.id))
    handle(told(firm.shop))
    ctx, query = firm.ctx(), {"group_by": "customer", "measures": "ordered_revenue,margin", "compare": "none", **_today(firm)}
    whole = exporting.whole(ctx, query)
    rows = list(csv.reader(io.StringIO(exporting.as_csv(ctx, whole).lstrip("\ufeff")), delimiter=";"))
    assert rows == [["Client", "Nom", "CA commandé (EUR)", "Marge (EUR)"],
                    [evil.id, "'=HYPERLINK(\"http://x\")", "10,00", "6,00"], ["Total", "", "10,00", "6,00"]]
    sheet = zipfile.ZipFile(io.BytesIO(exporting.as_xlsx(ctx, whole))).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "=HYPERLINK" in sheet and "<v>10.00</v>" in sheet

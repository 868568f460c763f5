"""What `invoicing` issues, on paper and as data: each passes the published rules, and says in the PDF what is in the XML."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from pypdf import PdfReader

from chalicelib.documents import service
from chalicelib.documents.model import PAPER, Paper
from chalicelib.events.outbox import message
from chalicelib.invoicing import service as invoicing
from chalicelib.invoicing.model import Invoice
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import registry
from chalicelib.runtime.worker import consume
from chalicelib.sales.model import Address, Buyer
from chalicelib.storage import read
from tests.einvoice import rules
from tests.invoicing.company import Firm

SHOP = Address(company_name="Librairie Ombres & Lumières", line1="3 place de la Mairie", postal_code="44000", city="Nantes",
               country_code="FR")


@pytest.fixture
def firm(new_ctx: Callable[..., Context]) -> Firm:
    return Firm(new_ctx)


def paper_of(firm: Firm, invoice: Invoice, event_type: str = "InvoiceIssued") -> Paper:
    """What the queue makes of the invoice's event."""
    ctx = firm.ctx()
    event = Event(id=f"evt_{ctx.chance.token(8).hex()}.0", type=event_type, tenant_id=ctx.tenant_id, at=ctx.now, kind="invoice",
                  entity_id=invoice.id, version=1, actor=ctx.actor, request_id="req")
    worker: Any = registry.worker("documents")
    assert consume("documents", worker.HANDLERS, {"Records": [{"messageId": "1", "body": message(event)}]}, None) == {
        "batchItemFailures": []}
    (row,) = read.query(ctx, "by_ref", f"PAPERS_OF#{invoice.id}").items
    return read.get(ctx, PAPER, row["id"])


def check(firm: Firm, paper: Paper, french: bool) -> str:
    """The paper's text, once its XML has passed the rules as they are published."""
    pdf, cii, ubl = (service.file_of(firm.ctx(), paper, name)[1] for name in ("pdf", "cii", "ubl"))
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.attachments["factur-x.xml"] == [cii]
    for syntax, xml in (("cii", cii), ("ubl", ubl)):
        assert rules.schema_errors(syntax, xml) == []
        assert rules.broken_rules(rules.EUROPEAN[syntax], xml) == []
        if french:
            assert rules.broken_rules(rules.FRENCH[syntax], xml) == []
    return "".join(page.extract_text() for page in reader.pages).replace("\u202f", " ").replace("\xa0", " ")


def test_a_consumers_invoice_of_mixed_rates_keeps_what_was_paid(firm: Firm) -> None:
    firm.stocked("MUG")
    firm.stocked("LIVRE", vat_rate="5.5")
    order = firm.order(("MUG", "3", "9.99"), ("LIVRE", "2", "14.35"), shipping="4.90", is_paid=True, paid_total=D("63.57"))
    invoice = firm.invoice(firm.ship(order))
    text = check(firm, paper_of(firm, invoice), french=False)
    assert invoice.number in text and "63,57 €" in text and "5,5 %" in text and "Zoé Lefèvre" in text


def test_a_firms_invoice_goes_over_the_french_network_and_its_credit_note_names_it(firm: Firm) -> None:
    firm.stocked("MUG")
    customer = firm_customer(firm)
    order = firm.order(("MUG", "10", "8.00"), prices_include_vat=False, customer_id=customer, billing_address=SHOP,
                       buyer=Buyer(name="Inès Caron", company_name="Librairie Ombres & Lumières", vat_number="FR83404833048"))
    invoice = firm.invoice(firm.ship(order))
    assert "SIREN 404833048" in check(firm, paper_of(firm, invoice), french=True)
    note = firm.credit(invoice)
    text = check(firm, paper_of(firm, note, "CreditNoteIssued"), french=True)
    assert text.startswith("Maison Givrée") and "Avoir" in text and invoice.number in text and "96,00 €" in text


def firm_customer(firm: Firm) -> str:
    from chalicelib.parties import service as parties
    from chalicelib.parties.model import CustomerBody

    return parties.create_customer(firm.ctx(), CustomerBody(
        name="Inès Caron", company_name="Librairie Ombres & Lumières", siren="404833048", vat_number="FR83404833048",
        billing_address=SHOP)).id


def test_a_draft_has_no_paper(firm: Firm) -> None:
    from chalicelib.invoicing.shapes import NewInvoice, NewInvoiceLine

    draft = invoicing.create(firm.ctx(), NewInvoice(lines=(
        NewInvoiceLine(name="Conseil", quantity=D(1), unit_price=D("100")),)))
    assert service.invoice_drafts(firm.ctx(), draft.id) == []

"""Papers follow their documents: made by the queue, once, under the digest of their bytes, and again to the same bytes."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from pypdf import PdfReader

from chalicelib.documents import branding, service
from chalicelib.documents.model import PAPER, ChangeBranding, NewLogo, NewPaper, Paper
from chalicelib.events.outbox import message
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from chalicelib.kernel.event import Event
from chalicelib.runtime import registry
from chalicelib.runtime.worker import consume
from chalicelib.sales import amending, delivering
from chalicelib.sales.commands import AmendLine, AmendOrder, ShipOrder
from chalicelib.sales.model import Address, Buyer, Order
from chalicelib.storage import blobs, keys, read
from chalicelib.storage.client import client
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import COMPANY, TENANT, Company, Tenant
from tests.einvoice import cases
from tests.sales.shop import Shop

LOGO = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>').decode()


@pytest.fixture
def shop(new_ctx: Callable[..., Context]) -> Iterator[Shop]:
    """A merchant with a company, twenty mugs and a warehouse."""
    found = Shop(new_ctx)
    founding = Transaction(new_ctx())
    founding.create(TENANT, Tenant(id=new_ctx().tenant_id, name="Duval", created_at=datetime.now(UTC)))
    founding.create(COMPANY, Company(legal_name="Maison Duval", siren="732829320"))
    founding.commit()
    house = found.warehouse("ANNECY")
    found.article("MUG")
    found.receive(house, "MUG", "20")
    yield found


def order_of(shop: Shop) -> Order:
    return shop.order({"MUG": "3"}, buyer=Buyer(name="Zoé Lefèvre"),
                      billing_address=Address(line1="3 rue des Alpes", city="Annecy", postal_code="74000", country_code="FR"))


def hear(shop: Shop, type_: str, entity_id: str) -> None:
    """The event reaches the `documents` queue."""
    ctx = shop.ctx()
    event = Event(id=f"evt_{ctx.chance.token(8).hex()}.0", type=type_, tenant_id=ctx.tenant_id, at=ctx.now, kind="sales_order",
                  entity_id=entity_id, version=1, actor=ctx.actor, request_id="req")
    worker: Any = registry.worker("documents")
    batch = {"Records": [{"messageId": event.id, "body": message(event)}]}
    assert consume("documents", worker.HANDLERS, batch, None) == {"batchItemFailures": []}


def papers(shop: Shop, subject_id: str) -> dict[str, Paper]:
    rows = read.query(shop.ctx(), "by_ref", f"PAPERS_OF#{subject_id}").items
    return {row["paper_kind"]: read.get(shop.ctx(), PAPER, row["id"]) for row in rows}


def text(shop: Shop, paper: Paper) -> str:
    return PdfReader(io.BytesIO(service.file_of(shop.ctx(), paper, "pdf")[1])).pages[0].extract_text()


def test_an_order_that_was_placed_has_its_confirmation(shop: Shop) -> None:
    order = order_of(shop)
    hear(shop, "OrderPlaced", order.id)
    hear(shop, "OrderPlaced", order.id)
    (paper,) = papers(shop, order.id).values()
    assert (paper.paper_kind, paper.number, paper.version) == ("order_confirmation", order.number, 1)
    assert "Confirmation de commande" in text(shop, paper) and "Zoé Lefèvre" in text(shop, paper)


def test_an_amended_order_has_a_new_one_and_a_draft_none(shop: Shop) -> None:
    order, draft = order_of(shop), shop.order({"MUG": "1"}, state="draft")
    hear(shop, "OrderPlaced", order.id)
    before = papers(shop, order.id)["order_confirmation"]
    amending.amend(shop.ctx(), shop.stored(order), AmendOrder(lines=(AmendLine(line_id="1", quantity=D(5)),)))
    hear(shop, "OrderAmended", order.id)
    after = papers(shop, order.id)["order_confirmation"]
    assert after.version == 2 and after.subject_version > before.subject_version
    assert service.file_of(shop.ctx(), before, "pdf")[1] != service.file_of(shop.ctx(), after, "pdf")[1]
    hear(shop, "OrderPlaced", draft.id)
    assert papers(shop, draft.id) == {}


def test_a_parcel_has_its_delivery_note_and_label(shop: Shop) -> None:
    order = order_of(shop)
    shipped = delivering.ship(shop.ctx(), shop.stored(order), ShipOrder(carrier="Colissimo"))
    hear(shop, "DeliveryShipped", shipped.shipments[0].delivery_id)
    found = papers(shop, order.id)
    assert set(found) == {"delivery_note", "address_label"}
    assert found["delivery_note"].number == f"{order.number}-1"
    assert "3 3 –" in text(shop, found["delivery_note"]).replace("\u202f", " ")


def repaint(shop: Shop, colour: str) -> None:
    branding.change(shop.ctx(), branding.current(shop.ctx()), ChangeBranding(primary_colour=colour, secondary_colour="#ffffff"))


def test_a_parcel_with_its_carriers_label_needs_none_of_ours(shop: Shop) -> None:
    order = order_of(shop)
    shipped = delivering.ship(shop.ctx(), shop.stored(order), ShipOrder(carrier="Colissimo", tracking_number="6A123"))
    delivery_id = shipped.shipments[0].delivery_id
    hear(shop, "DeliveryShipped", delivery_id)
    assert set(papers(shop, order.id)) == {"delivery_note"}
    asked = service.create_paper(shop.ctx(), NewPaper(paper_kind="address_label", subject_id=order.id, part_id=delivery_id))
    assert asked.paper_kind == "address_label", "whoever asks for one gets it"


def lose(shop: Shop, name: str) -> None:
    """The object is gone from the bucket."""
    client("s3").delete_object(Bucket=os.environ["COMPTOIR_BUCKET"], Key=keys.blob(shop.ctx(), name))


def test_a_lost_file_is_drawn_again_to_the_same_bytes_whatever_the_branding_is_now(shop: Shop) -> None:
    branding.change_logo(shop.ctx(), branding.current(shop.ctx()), NewLogo(content_base64=LOGO))
    order = order_of(shop)
    hear(shop, "OrderPlaced", order.id)
    (paper,) = papers(shop, order.id).values()
    file, content = service.file_of(shop.ctx(), paper, "pdf")
    repaint(shop, "#aa0000")
    lose(shop, f"papers/{file.sha256}.pdf")
    assert service.file_of(shop.ctx(), paper, "pdf") == (file, content)
    assert blobs.get(shop.ctx(), f"papers/{file.sha256}.pdf") == content
    lose(shop, f"papers/{file.sha256}.pdf")
    with pytest.raises(Conflict, match="differs"):
        service.file_of(shop.ctx(), replace(paper, files=(replace(file, sha256="0" * 64),)), "pdf")


def test_an_issued_invoice_is_made_once_with_both_its_xml_documents(shop: Shop) -> None:
    invoice = cases.mixed_rates()
    drafts = lambda: [service.invoice_draft(shop.ctx(), invoice, "inv_1", 1, "fr")]
    (paper,) = service.make(shop.ctx(), drafts)
    assert [each.format for each in paper.files] == ["pdf", "cii", "ubl"]
    pdf, xml = (service.file_of(shop.ctx(), paper, name)[1] for name in ("pdf", "cii"))
    assert PdfReader(io.BytesIO(pdf)).attachments["factur-x.xml"] == [xml]
    assert service.redrawn(shop.ctx(), paper) == {
        name: service.file_of(shop.ctx(), paper, name)[1] for name in ("pdf", "cii", "ubl")}
    repaint(shop, "#00aa00")
    assert service.make(shop.ctx(), lambda: [replace(drafts()[0], subject_version=2)]) == [], "an issued invoice never changes"


def test_somebody_faster_is_no_harm(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = order_of(shop)
    drawn, raced = service.drawn, []

    def overtaken(ctx: Context, source: Any) -> dict[str, bytes]:
        if not raced:
            raced.append(True)
            hear(shop, "OrderPlaced", order.id)
        return drawn(ctx, source)

    monkeypatch.setattr(service, "drawn", overtaken)
    hear(shop, "OrderPlaced", order.id)
    (paper,) = papers(shop, order.id).values()
    assert paper.version == 1


@pytest.mark.parametrize("content", [
    b"not a picture", b"\x89PNG\r\n\x1a\n but broken", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/x.png"/></svg>'])
def test_a_logo_that_cannot_be_drawn_or_could_do_more_is_refused(shop: Shop, content: bytes) -> None:
    with pytest.raises(Invalid):
        branding.change_logo(shop.ctx(), branding.current(shop.ctx()),
                             NewLogo(content_base64=base64.b64encode(content).decode()))
    assert branding.current(shop.ctx()).logo == ""


def test_the_preview_is_a_picture_in_the_colours_asked_for(shop: Shop) -> None:
    red = branding.preview(shop.ctx(), ChangeBranding(primary_colour="#c00000", secondary_colour="#ffffff"))
    blue = branding.preview(shop.ctx(), ChangeBranding(primary_colour="#0000c0", secondary_colour="#ffffff"))
    assert red.startswith(b"\x89PNG") and red != blue


def test_asking_for_a_paper_that_is_there_makes_nothing_and_of_nothing_finds_nothing(shop: Shop) -> None:
    order = order_of(shop)
    first = service.create_paper(shop.ctx(), NewPaper(paper_kind="order_confirmation", subject_id=order.id))
    second = service.create_paper(shop.ctx(), NewPaper(paper_kind="order_confirmation", subject_id=order.id))
    assert first == second
    with pytest.raises(NotFound):
        service.create_paper(shop.ctx(), NewPaper(paper_kind="delivery_note", subject_id=order.id, part_id="dlv_none"))
    with pytest.raises(Invalid):
        service.create_paper(shop.ctx(), NewPaper(paper_kind="postcard", subject_id=order.id))
    with pytest.raises(NotFound):
        service.create_paper(shop.ctx(), NewPaper(paper_kind="invoice", subject_id=order.id))
    with pytest.raises(Forbidden):
        service.create_paper(shop.ctx("documents.write"), NewPaper(paper_kind="invoice", subject_id=order.id))

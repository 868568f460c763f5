"""A customer with a four-year-old invoice asks to be forgotten: what the law does not want kept is gone at once, the rest is
read by the archive role alone, the books and their chain stand, and ten years later nobody reads it any more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.channels import ingress
from chalicelib.documents import service as documents
from chalicelib.documents.model import NewPaper
from chalicelib.invoicing import service as invoicing
from chalicelib.invoicing.model import INVOICE, Invoice
from chalicelib.invoicing.shapes import IssueInvoice, NewInvoice, NewInvoiceLine
from chalicelib.kernel import audit, codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.leaving import erasing, reading, sealing
from chalicelib.leaving.forgetting import ERASURE, EraseBody, Erasure, Person, kept_until, without
from chalicelib.ledger import checkpoints, rolling
from chalicelib.ledger import service as ledger
from chalicelib.ledger.law import fec
from chalicelib.ledger.model import FISCAL_YEAR, NewFiscalYear
from chalicelib.parties.model import CUSTOMER, CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.payments import service as payments
from chalicelib.payments.model import NewAllocation, NewPayment
from chalicelib.sales import service as sales
from chalicelib.sales.commands import CancelOrder
from chalicelib.sales.model import ORDER, Address, Buyer
from chalicelib.storage import blobs, client, read, single
from chalicelib.storage.table import text_of
from connectors.contract import MeaningKind, WebhookMeaning
from tests.invoicing.company import Firm
from tests.isolation.world import Company as World
from tests.working import worked

D = Decimal
NAME, MAIL, STREET = "Zoé Lefèvre-Marquand", "zoe.marquand@exemple.fr", "14 impasse des Gentianes"
HOME = Address(name=NAME, line1=STREET, postal_code="74000", city="Annecy", country_code="FR")
YEAR = "2022-12-31"
NOBODY: Any = None


def meaning(n: int) -> WebhookMeaning:
    return WebhookMeaning(MeaningKind.ORDER_CHANGED, "order.updated", str(n), str(n))


def everything(tenant_id: str) -> Iterator[tuple[str, str]]:
    """Whatever is stored for a tenant, in table and bucket, found by a scan: the proof looks where no list leads."""
    start: dict[str, Any] = {}
    while True:
        answer = client.client().scan(TableName=client.table_name(), FilterExpression="begins_with(pk, :p)",
                                      ExpressionAttributeValues={":p": {"S": f"T#{tenant_id}#"}}, **start)
        yield from ((wire["pk"]["S"] + " " + wire["sk"]["S"], f"{wire} {_unpacked(wire)}") for wire in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            break
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _unpacked(wire: dict[str, Any]) -> str:
    """What is packed: long texts, shops' bodies, and what an audit record holds, its own firm's address aside."""
    text = text_of(wire) if "data" in wire else ""
    if not any(family in wire["pk"]["S"] for family in ("#AUDIT#", "#OUTBOX#")):
        return text
    if "#OUTBOX#" in wire["pk"]["S"]:
        told = codec.load(text)
        return text + (str(list(ingress.texts(NOBODY, told))) if ingress.is_kept(told) else "")
    packed, = (value["B"] for value in wire.values() if "B" in value)
    return str([each for each in audit.unpack(packed)["ch"] if each["kind"] != "company"])


class Story:
    """A firm, its customer, an invoice of 2022 that was paid, and an order that came to nothing."""

    def __init__(self, new_ctx: Callable[..., Context]) -> None:
        self.ctx = new_ctx
        self.firm = Firm(new_ctx)
        self.firm.stocked("GLACE")
        ledger.open_fiscal_year(new_ctx(), NewFiscalYear(starts_on=date(2022, 1, 1), ends_on=date(2022, 12, 31)))
        self.customer = create_customer(new_ctx(), CustomerBody(
            name=NAME, email=MAIL, phone="+33 6 12 34 56 78", note=f"Voisine de {NAME}", billing_address=HOME,
            shipping_addresses=(HOME,), tags=("fidèle",)))
        draft = invoicing.create(new_ctx(), NewInvoice(customer_id=self.customer.id, lines=(
            NewInvoiceLine(name="Bûche glacée", unit_price=D("100")),)))
        self.invoice = invoicing.issue(new_ctx(), draft, IssueInvoice(issue_date=date(2022, 11, 20)))
        payments.record(new_ctx(), NewPayment(method="transfer", amount=self.invoice.payable_amount, paid_on=date(2022, 12, 1),
                                              customer_id=self.customer.id, reference=f"VIR {NAME}",
                                              allocations=(NewAllocation(invoice_id=self.invoice.id),)))
        self.paper = documents.create_paper(new_ctx(), NewPaper(paper_kind="invoice", subject_id=self.invoice.id))
        self.order = self.firm.order(("GLACE", "1", "20"), customer_id=self.customer.id, buyer=Buyer(name=NAME, email=MAIL),
                                     billing_address=HOME, note=f"Sonner chez {NAME}")
        self._webhooks()
        self.world = SimpleNamespace(tenant_id=new_ctx().tenant_id, ctx=new_ctx)
        self.world.events = lambda: World.events(self.world)  # type: ignore[arg-type]
        World.work(self.world)  # type: ignore[arg-type]

    def _webhooks(self) -> None:
        """What a shop sent of the person, escaped as PHP writes it; of one that ends in quarantine; and of somebody else."""
        shop: Any = SimpleNamespace(id="con_1", name="Boutique")
        for n, name in enumerate((NAME, NAME.upper(), "Luc Glace")):
            first, _, last = name.partition(" ")
            body = json.dumps({"id": n, "total": 9.90, "billing": {"first_name": first, "last_name": last, "company": name}})
            assert ingress.store(self.ctx(), shop, meaning(n),
                                 body.encode())

    def cancel(self) -> None:
        order = read.get(self.ctx(), ORDER, self.order.id)
        sales.cancel(self.ctx(), order, CancelOrder())
        World.work(self.world)  # type: ignore[arg-type]

    def erase(self) -> Erasure:
        job = worked(self.ctx(), erasing.start(self.ctx(), EraseBody(customer_id=self.customer.id, confirm=NAME)), erasing.work)
        assert job.state == "done" and job.done == job.total, (job.failure_code, job.failure_detail)
        World.work(self.world)  # type: ignore[arg-type]
        return read.get(self.ctx(), ERASURE, str(job.facts["erasure"]))

    def year(self) -> Any:
        return read.get(self.ctx(), FISCAL_YEAR, YEAR)

    def fec(self) -> str:
        entries = [rolling.entry_of(item.data, item.schema_version) for journal in self.year().journals
                   for item in rolling.entries(self.ctx(), YEAR, journal)]
        return fec.text_of(entries, {})


@pytest.fixture(scope="module")
def story(engine: Any) -> Story:
    from tests.conftest import make_context

    return Story(lambda *permissions: make_context("forgetful", *permissions))


def traces(tenant_id: str) -> list[str]:
    """Where the person still stands in clear, markers of commands, which last eight days, aside; the audit is unpacked."""
    return [where for where, content in everything(tenant_id)
            if any(word.casefold() in content.casefold() for word in (NAME, MAIL, STREET, "Marquand"))
            and not where.removeprefix(f"T#{tenant_id}#").startswith("COMMAND#")]


def test_it_is_shown_before_and_refused_while_business_is_open(story: Story) -> None:
    shown = erasing.preview(story.ctx(), story.customer)
    assert shown.obstacles == (f"order:{story.order.number}",)
    kept = {each.document_kind: each for each in shown.findings if each.outcome == "keep"}
    assert kept.keys() == {"invoice", "payment", "journal_entry", "paper"}
    assert {each.until for each in kept.values()} == {date(2032, 12, 31)} and "L123-22" in kept["invoice"].ground
    assert {each.document_kind for each in shown.findings if each.outcome == "erase"} >= {"customer", "sales_order"}
    with pytest.raises(Conflict) as refused:
        erasing.start(story.ctx(), EraseBody(customer_id=story.customer.id, confirm=NAME))
    assert refused.value.code == "open_business" and story.order.number in str(refused.value.fields)
    with pytest.raises(Invalid) as unconfirmed:
        erasing.start(story.ctx(), EraseBody(customer_id=story.customer.id, confirm="zoe"))
    assert unconfirmed.value.code == "confirm"
    with pytest.raises(NotFound):
        erasing.start(story.ctx(), EraseBody(customer_id="cus_nobody", confirm=NAME))


def test_afterwards_the_person_is_nowhere_and_the_books_stand(story: Story) -> None:
    story.cancel()
    assert len(traces("forgetful")) > 8
    before = story.fec()
    names = [name for name, _ in blobs.names(story.ctx(), "papers")]
    erasure = story.erase()
    assert traces("forgetful") == []
    assert any("Luc Glace" in content for _, content in everything("forgetful")), "what a shop sent of others stays"
    assert [name for name, _ in blobs.names(story.ctx(), "papers") if name in names] == []
    customer = read.get(story.ctx(), CUSTOMER, story.customer.id)
    assert (customer.name, customer.email, customer.is_active) == (erasure.pseudonym, "", False)
    assert create_customer(story.ctx(), CustomerBody(name="Une autre", email=MAIL)).id != customer.id, "the e-mail is free"
    invoice = read.get(story.ctx(), INVOICE, story.invoice.id)
    assert (invoice.number, invoice.payable_amount, invoice.buyer.name) == (
        story.invoice.number, story.invoice.payable_amount, erasure.pseudonym)
    for journal in story.year().journals:
        assert checkpoints.verify_whole(story.ctx(), story.year(), journal) is None
    assert rolling.differences(story.ctx(), story.year()) == []
    after = story.fec()
    assert NAME not in after and after.count(erasure.pseudonym) == before.count(NAME) > 0
    assert after.replace(erasure.pseudonym, NAME) == before, "but for the name, the tax file is the same"
    with pytest.raises(Conflict) as again:
        erasing.start(story.ctx(), EraseBody(customer_id=customer.id, confirm=customer.name))
    assert again.value.code == "erased_already"


def _erasure(story: Story) -> Erasure:
    row = read.query(story.ctx(), "by_list", "ERASURE").items[0]
    return read.get(story.ctx(), ERASURE, str(row["id"]))


def test_the_archive_role_reads_the_originals_and_that_is_noted(story: Story) -> None:
    erasure = _erasure(story)
    held = reading.held(story.ctx("archive.read"), erasure.id).items
    assert {each.document_kind for each in held} == {"invoice", "payment", "journal_entry"}
    original = reading.read_original(story.ctx("archive.read"), erasure.id, "invoice", story.invoice.id,
                                     "Contrôle fiscal 2026")
    assert codec.parse(Invoice, original.content).buyer.name == NAME and original.until == date(2032, 12, 31)
    assert ("ArchiveRead", "Contrôle fiscal 2026") in [(event.type, event.data.get("reason")) for event in story.world.events()]
    sheet = sealing.original_file(story.ctx(), erasure.id, date(2032, 12, 31), f"papers/{story.paper.source_sha256}.json")
    assert NAME.encode() in sheet
    with pytest.raises(Invalid):
        reading.read_original(story.ctx(), erasure.id, "invoice", story.invoice.id, " ")


@pytest.mark.parametrize("damage", ["another amount", "another name", "no signature", "another hash"])
def test_an_erased_entry_cannot_be_changed_either(story: Story, damage: str) -> None:
    """What an erasure left is signed: the broken variants are entries rewritten behind the ledger's back."""
    item = next(rolling.entries(story.ctx(), YEAR, "VE"))
    value = codec.load(item.data)
    {"another amount": lambda: value["lines"][0].update(debit="1.00"),
     "another name": lambda: value["lines"][0].update(party_name="Quelqu’un"),
     "no signature": lambda: value.pop("erased"), "another hash": lambda: value.update(hash="0" * 64)}[damage]()
    single.put(story.ctx(), replace(item, data=codec.compact(value)))
    try:
        broken = checkpoints.verify_whole(story.ctx(), story.year(), "VE")
        assert broken is not None and broken.number == 1
    finally:
        single.put(story.ctx(), item)
    assert checkpoints.verify_whole(story.ctx(), story.year(), "VE") is None


def _at(ctx: Context, *day: int) -> Context:
    return replace(ctx, now=datetime(*day, 3, tzinfo=UTC))  # type: ignore[misc]


def test_after_ten_years_nobody_reads_it_and_the_chain_stands(story: Story) -> None:
    erasure = _erasure(story)
    erasing.end_terms(_at(story.ctx(), 2032, 12, 31))
    assert _erasure(story).state == "kept", "the last day is still within the term"
    erasing.end_terms(_at(story.ctx(), 2033, 1, 1))
    erasing.end_terms(_at(story.ctx(), 2033, 1, 2))
    ended = _erasure(story)
    assert ended.state == "destroyed" and all(term.destroyed_at for term in ended.terms)
    assert not [where for where, _ in everything("forgetful") if "ARCHIVE#" in where or "SUBJECT_KEY#" in where]
    assert blobs.names(story.ctx(), "archive") == []
    for read_it in (lambda: sealing.key_of(story.ctx(), erasure.id, date(2032, 12, 31)),
                    lambda: sealing.original(story.ctx(), erasure.id, "invoice", story.invoice.id)):
        with pytest.raises(NotFound):
            read_it()
    for journal in story.year().journals:
        assert checkpoints.verify_whole(story.ctx(), story.year(), journal) is None


def test_a_shops_word_of_the_persons_order_goes_though_no_name_stands_in_it_whole(new_ctx: Callable[..., Context]) -> None:
    told = {"events": [{"type": "WebhookReceived", "data": {"connection_id": "con_1"}}], "external_id": "7", "has_body": True,
            **ingress._packed(new_ctx(), "dlv_1", json.dumps({"first_name": "Zoé", "last_name": "Lefèvre"}).encode())}
    the: Any = SimpleNamespace(person=Person("cus_1", (NAME,), "Personne effacée"))
    left = erasing._without_person(new_ctx(), told, the, {("con_1", "7")})
    assert (left["external_id"], left["has_body"], ingress.is_kept(left)) == ("7", False, False)
    for orders in (set(), {("con_2", "7")}, {("con_1", "8")}):
        assert erasing._without_person(new_ctx(), told, the, orders) == told


def test_terms_end_ten_years_after_the_fiscal_year() -> None:
    years = [(date(2023, 3, 1), date(2024, 2, 29))]
    assert kept_until(date(2023, 5, 4), years) == date(2034, 2, 28)
    assert kept_until(date(2022, 5, 4), years) == date(2032, 12, 31), "no fiscal year holds it: the calendar year's"


def test_a_customer_of_the_same_name_is_left_alone() -> None:
    """An opening entry names many customers; the line of another is not touched, even one of the same name."""
    person = Person("cus_1", (NAME,), "Personne effacée ABC")
    lines = [{"party_id": "cus_1", "party_name": NAME, "label": f"F1 {NAME.upper()}"},
             {"party_id": "cus_2", "party_name": NAME}]
    assert without(lines, person) == [
        {"party_id": "cus_1", "party_name": "Personne effacée ABC", "label": "F1 Personne effacée ABC"}, lines[1]]



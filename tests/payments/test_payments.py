"""Payments as the merchant lives them: partial, too much, given back, bounced; and what shops took by itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from chalicelib.invoicing import figures
from chalicelib.invoicing.model import Invoice
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.event import Event
from chalicelib.ledger import reading, writing
from chalicelib.ledger.lettering import LETTER
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.payments import service, shop
from chalicelib.payments.model import PAYMENT, MatchPayment, NewAllocation, NewPayment, Payment, ReversePayment
from chalicelib.payments.posting import Wanted, allocated
from chalicelib.sales import service as sales
from chalicelib.sales.commands import RefundOrder
from chalicelib.sales.model import ORDER, Order
from chalicelib.storage import read
from tests.invoicing.company import Firm
from tests.isolation.people import Firm as Newcomer
from tests.leaving.moving import exported, imported

D = Decimal


def wants(*rows: tuple[str, str, str | None]) -> list[Wanted]:
    return [Wanted(name, name, date(2026, n, 1), D(left), D(asked) if asked else None)
            for n, (name, left, asked) in enumerate(rows, 1)]


def test_what_was_asked_comes_first_and_the_rest_goes_to_the_oldest_due() -> None:
    found = allocated(D(100), wants(("A", "60", None), ("B", "50", None), ("C", "40", "30")))
    assert {each.number: each.amount for each in found} == {"A": D(60), "B": D(10), "C": D(30)}
    for code, rows in {"allocation_too_large": [("A", "10", "11")], "allocation_twice": [("A", "9", "1"), ("A", "9", "1")],
                       "nothing_to_allocate": [("A", "0", None)]}.items():
        with pytest.raises(Invalid) as refused:
            allocated(D(100), wants(*rows))
        assert refused.value.code == code
    with pytest.raises(Invalid):
        allocated(D(5), wants(("A", "10", "6")))


def test_never_more_than_is_open_nor_than_is_left() -> None:
    chance = random.Random(9)
    for _ in range(500):
        rows = [(chr(65 + n), str(chance.randrange(0, 200)), None) for n in range(chance.randrange(1, 6))]
        left = D(chance.randrange(1, 400))
        try:
            found = {each.number: each.amount for each in allocated(left, wants(*rows))}
        except Invalid:
            assert all(not D(row[1]) for row in rows)
            continue
        assert all(ZERO < amount <= D(row[1]) for row in rows if (amount := found.get(row[0], D(1))) and row[0] in found)
        assert sum(found.values()) == min(left, sum(D(row[1]) for row in rows))


ZERO = D(0)


@pytest.fixture
def firm(new_ctx: Callable[..., Context]) -> Firm:
    made = Firm(new_ctx)
    made.stocked("A")
    return made


@pytest.fixture
def hotel(firm: Firm) -> str:
    return create_customer(firm.ctx(), CustomerBody(name="Hôtel du Lac", company_name="Hôtel du Lac", credit_limit=D(500))).id


def billed(firm: Firm, customer_id: str, price: str = "100") -> Invoice:
    return firm.invoice(firm.ship(firm.order(("A", "1", price), customer_id=customer_id, prices_include_vat=False)))


def paid(firm: Firm, amount: str, *invoices: Invoice, **more: object) -> Payment:
    told = {"method": "transfer", "amount": D(amount), **more}
    return service.record(firm.ctx(), NewPayment(
        **told, allocations=tuple(NewAllocation(invoice_id=each.id) for each in invoices)))  # type: ignore[arg-type]


def state_of(firm: Firm, invoice: Invoice) -> tuple[str, Decimal]:
    view, = service.open_invoices(firm.ctx(), invoice_ids=[invoice.id])
    return view.payment_state, view.open_amount


def letters_of(firm: Firm, party: str) -> list[tuple[str, int]]:
    rows = read.query(firm.ctx(), "by_party", f"LETTERS_OF#{party}").items
    return sorted((x.state, len(x.lines)) for x in read.get_many(firm.ctx(), LETTER, [str(r["id"]) for r in rows]).values()
                  if x.state != "undone")


def test_an_invoice_is_paid_in_two_by_transfer_and_cheque(firm: Firm, hotel: str) -> None:
    invoice = billed(firm, hotel)
    assert invoice.payable_amount == D("120.00")
    first = paid(firm, "50", invoice)
    assert (first.number[-6:], first.unallocated, state_of(firm, invoice)) == ("000001", ZERO, ("partly_paid", D("70.00")))
    second = paid(firm, "70", invoice, method="cheque", reference="CH 41", fee=D("0.50"))
    assert state_of(firm, invoice) == ("paid", ZERO)
    assert letters_of(firm, hotel) == [("full", 3)]
    entry = firm.entry(second.entry_id)
    assert [(line.account, line.debit - line.credit) for line in entry.lines] == [
        ("411000", D(-70)), ("511200", D("69.50")), ("627000", D("0.50"))]
    assert (entry.journal, entry.document_kind, entry.document_id) == ("BQ", "payment", second.id)
    books = firm.count()
    assert "411000" not in books and books["512000"] == D(50)
    assert service.open_invoices(firm.ctx(), hotel) == []


def test_one_transfer_pays_two_invoices_and_what_is_too_much_stays_on_account(firm: Firm, hotel: str) -> None:
    one, two = billed(firm, hotel), billed(firm, hotel, "50")
    payment = paid(firm, "200", one, two, customer_id=hotel)
    assert (payment.unallocated, state_of(firm, one)[0], state_of(firm, two)[0]) == (D(20), "paid", "paid")
    assert letters_of(firm, hotel) == [("partial", 3)]
    firm.count()
    aged = reading.aged_balance(firm.ctx(), "411000", {}).rows[0].aged
    assert (aged.unallocated, aged.total) == (D(-20), D(-20))
    three = billed(firm, hotel, "20")
    payment = service.match(firm.ctx(), payment, MatchPayment(allocations=(NewAllocation(invoice_id=three.id),)))
    assert (payment.unallocated, state_of(firm, three)) == (ZERO, ("partly_paid", D("4.00")))
    paid(firm, "4", three)
    assert letters_of(firm, hotel) == [("full", 5)], "all they settle together is one letter"
    assert figures.exposure(firm.ctx(), hotel).exposure != ZERO, "the last entries are not counted yet"
    firm.count()
    assert figures.exposure(firm.ctx(), hotel).exposure == ZERO


def test_what_cannot_settle_is_refused_and_leaves_nothing(firm: Firm, hotel: str) -> None:
    other = create_customer(firm.ctx(), CustomerBody(name="Autre")).id
    invoice, note = billed(firm, hotel), firm.credit(billed(firm, hotel))
    for code, body in {
            "other_customer": {"customer_id": other, "allocations": (NewAllocation(invoice_id=invoice.id),)},
            "wrong_direction": {"allocations": (NewAllocation(invoice_id=note.id),)},
            "allocation_too_large": {"allocations": (NewAllocation(invoice_id=invoice.id, amount=D("120.01")),)},
            "invoice_unknown": {"customer_id": hotel, "allocations": (NewAllocation(invoice_id="ivc_x"),)},
            "customer_required": {}, "method": {"method": "gold"}, "direction": {"direction": "up"},
            "other_currency": {"own_amount": D(5), "customer_id": hotel},
            "exchange_rate": {"currency": "USD", "customer_id": hotel}, "amount_sign": {"amount": D(0)},
            "account_unknown": {"account": "707000", "customer_id": hotel}, "customer_unknown": {"customer_id": "cus_x"},
    }.items():
        with pytest.raises((Invalid, Conflict)) as refused:
            service.record(firm.ctx(), NewPayment(**{"method": "transfer", "amount": D(500), **body}))
        assert refused.value.code == code
    with pytest.raises(Conflict) as conflict:
        service.record(firm.ctx(), NewPayment(method="cash", amount=D(5), customer_id=hotel, paid_on=date(1999, 1, 1)))
    assert conflict.value.code == "no_fiscal_year"
    assert read.query(firm.ctx(), "by_list", "PAYMENT").items == [] and state_of(firm, invoice) == ("unpaid", D("120.00"))


def test_a_cheque_bounces_and_the_invoice_is_open_again(firm: Firm, hotel: str) -> None:
    invoice = billed(firm, hotel)
    payment = paid(firm, "120", invoice, method="cheque")
    reversed_ = service.reverse(firm.ctx(), payment, ReversePayment(reason="Chèque impayé"))
    assert (reversed_.state, reversed_.allocations, reversed_.unallocated) == ("reversed", (), ZERO)
    assert state_of(firm, invoice) == ("unpaid", D("120.00")) and letters_of(firm, hotel) == []
    assert firm.entry(reversed_.reversal_id).reverses == payment.entry_id
    assert firm.count()["411000"] == D("120.00")
    again = MatchPayment(allocations=(NewAllocation(invoice_id=invoice.id),))
    for action in (lambda: service.reverse(firm.ctx(), reversed_, ReversePayment(reason="x")),
                   lambda: service.match(firm.ctx(), reversed_, again)):
        with pytest.raises(Conflict):
            action()


def test_a_credit_note_is_paid_back_and_a_match_taken_back(firm: Firm, hotel: str) -> None:
    invoice = billed(firm, hotel)
    payment = paid(firm, "120", invoice)
    note = firm.credit(invoice)
    back = paid(firm, "120", note, direction="out")
    assert state_of(firm, note) == ("paid", ZERO)
    assert [(line.account, line.debit - line.credit) for line in firm.entry(back.entry_id).lines] == [
        ("411000", D(120)), ("512000", D(-120))]
    assert letters_of(firm, hotel) == [("full", 2), ("full", 2)]
    open_again = service.unmatch(firm.ctx(), payment, None)
    assert open_again.unallocated == D(120) and letters_of(firm, hotel) == [("full", 2)]
    with pytest.raises(Conflict):
        service.unmatch(firm.ctx(), open_again, None)


def told(firm: Firm, type: str, kind: str, entity_id: str) -> Event:
    ctx = firm.ctx()
    return Event("evt_1", type, ctx.tenant_id, ctx.now, kind, entity_id, 1, ctx.actor, "req", {})


def test_a_shops_payment_comes_by_itself_once_and_settles_its_invoice(firm: Firm) -> None:
    order = firm.order(("A", "2", "12"), is_paid=True, payment_method="stripe", external_number="#77")
    for _ in range(3):
        shop.on_order(firm.ctx(), told(firm, "OrderPlaced", "sales_order", order.id))
    payment = read.get(firm.ctx(), PAYMENT, shop.payment_id(order.id))
    assert (payment.amount, payment.method, payment.account) == (D("24.00"), "provider", "511500")
    assert payment.unallocated == D("24.00")
    assert len(read.query(firm.ctx(), "by_list", "PAYMENT").items) == 1
    invoice = firm.invoice(firm.ship(order))
    for _ in range(2):
        shop.on_issued(firm.ctx(), told(firm, "InvoiceIssued", "invoice", invoice.id))
    assert state_of(firm, invoice) == ("paid", ZERO) and letters_of(firm, payment.party_id) == [("full", 2)]
    current: Order = read.get(firm.ctx(), ORDER, order.id)
    sales.refund(firm.ctx(), current, RefundOrder(amount=D("24.00"), reason="Fondu"))
    for _ in range(2):
        shop.on_refunded(firm.ctx(), told(firm, "OrderRefunded", "sales_order", order.id))
    note = firm.credit(invoice)
    shop.on_issued(firm.ctx(), told(firm, "CreditNoteIssued", "invoice", note.id))
    assert state_of(firm, note) == ("paid", ZERO)
    books = firm.count()
    assert "411000" not in books and "511500" not in books


def test_what_a_shop_took_is_not_taken_again_where_the_company_moved_to(firm: Firm) -> None:
    """Export, import elsewhere; then the order changes, and its refund is told once more."""
    order = firm.order(("A", "2", "12"), is_paid=True, payment_method="stripe")
    shop.on_order(firm.ctx(), told(firm, "OrderPlaced", "sales_order", order.id))
    sales.refund(firm.ctx(), read.get(firm.ctx(), ORDER, order.id), RefundOrder(amount=D("5.00"), reason="Fondu"))
    shop.on_refunded(firm.ctx(), told(firm, "OrderRefunded", "sales_order", order.id))
    arrived = Newcomer("moved_shop", "MARKSHP").found()
    job = imported(arrived.ctx(), exported(firm.ctx())[1])
    assert job.state == "done", (job.failure_code, job.failure_detail)
    for handle, type in ((shop.on_order, "OrderUpdated"), (shop.on_refunded, "OrderRefunded")):
        handle(arrived.ctx(), told(firm, type, "sales_order", order.id))
    rows = read.query(arrived.ctx(), "by_list", "PAYMENT").items
    assert sorted((row["direction"], row["amount"]) for row in rows) == [("in", "24.00"), ("out", "5.00")]


def test_what_is_not_paid_or_cannot_be_posted_makes_no_payment(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    unpaid, paid_one = firm.order(("A", "1", "10")), firm.order(("A", "1", "10"), is_paid=True, payment_method="bacs")
    shop.on_order(firm.ctx(), told(firm, "OrderPlaced", "sales_order", unpaid.id))
    assert read.query(firm.ctx(), "by_list", "PAYMENT").items == []
    with monkeypatch.context() as before_the_books:
        before_the_books.setattr(writing, "prepare", refuse)
        shop.on_order(firm.ctx(), told(firm, "OrderPlaced", "sales_order", paid_one.id))
    assert read.query(firm.ctx(), "by_list", "PAYMENT").items == []
    shop.on_order(firm.ctx(), told(firm, "OrderUpdated", "sales_order", paid_one.id))
    assert [row["method"] for row in read.query(firm.ctx(), "by_list", "PAYMENT").items] == ["transfer"]


def refuse(*_: object) -> None:
    raise Conflict("no_fiscal_year", "No fiscal year is open.")


def _lettered(firm: Firm, *documents: Invoice) -> list[tuple[str, str, int]]:
    """State, method and lines of the letters that hold the documents' entries."""
    page = read.query(firm.ctx(), "by_list", "LETTER")
    found = read.get_many(firm.ctx(), LETTER, [str(row["id"]) for row in page.items]).values()
    ids = {document.entry_id for document in documents}
    return [(x.state, x.method, len(x.lines)) for x in found
            if x.state != "undone" and ids & {line.entry_id for line in x.lines}]


def test_a_credit_note_is_lettered_with_the_invoice_it_credits(firm: Firm) -> None:
    """Wholly credited they settle each other; in part the letter waits for the payment of the rest, or the next credit."""
    whole, part = (firm.invoice(firm.ship(firm.order(("A", "3", "10.00")))) for _ in range(2))
    note = firm.credit(whole)
    for _ in range(2):
        shop.on_issued(firm.ctx(), told(firm, "CreditNoteIssued", "invoice", note.id))
        assert _lettered(firm, whole, note) == [("full", "credit_note", 2)], "told twice, lettered once"
    first = firm.credit(part, amount=D("10.00"), reason="Geste")
    for _ in range(2):
        shop.on_issued(firm.ctx(), told(firm, "CreditNoteIssued", "invoice", first.id))
        assert _lettered(firm, part, first) == [("partial", "credit_note", 2)]
    rest = firm.credit(part)
    shop.on_issued(firm.ctx(), told(firm, "CreditNoteIssued", "invoice", rest.id))
    assert _lettered(firm, part, first, rest) == [("full", "credit_note", 3)]

"""What payments change of an invoice: settled, open, overdue; kept with each allocation, and the same when made again."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.invoicing.model import CREDIT_NOTE, DEPOSIT, INVOICE, Invoice
from chalicelib.invoicing.routes import INVOICES, complete, order_billing, present
from chalicelib.invoicing.service import receive_deposit
from chalicelib.invoicing.shapes import NewDeposit
from chalicelib.invoicing.standing import STANDING, SettledBy, Standing, settled, unsettled
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.payments import service
from chalicelib.payments.model import PAYMENT, MatchPayment, NewAllocation, NewPayment, Payment, ReversePayment
from chalicelib.runtime.endpoints import Request
from chalicelib.runtime.resources import list_page
from chalicelib.storage import client, read
from tests.invoicing.company import Firm

D = Decimal
TODAY = date(2026, 6, 15)


def stands(**more: Any) -> Standing:
    return Standing(**{"id": "i", "number": "FA-1", "payable_amount": D(120), "due_date": TODAY, **more})


@pytest.mark.parametrize(("told", "state", "open_amount"), [
    ({}, "unpaid", 120), ({"paid_total": D(50)}, "partly_paid", 70), ({"paid_total": D(120)}, "paid", 0),
    ({"paid_total": D(130)}, "overpaid", 0), ({"credited_total": D(120)}, "credited", 0),
    ({"credited_total": D(20), "paid_total": D(100)}, "paid", 0),
    ({"credited_total": D(120), "paid_total": D(120)}, "overpaid", 0),
    ({"credited_total": D(120), "paid_total": D(120), "refunded_total": D(120)}, "credited", 0),
    ({"type_code": DEPOSIT, "deducted_total": D(120)}, "unpaid", 120),
    ({"type_code": DEPOSIT, "deducted_total": D(120), "paid_total": D(120)}, "paid", 0),
])
def test_how_an_invoice_stands_follows_from_what_was_credited_and_paid(told: Any, state: str, open_amount: int) -> None:
    found = stands(**told)
    assert (found.payment_state, found.open_amount) == (state, D(open_amount))


def test_overdue_begins_the_day_after_it_was_due_and_never_for_a_credit_note() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert not stands().is_overdue(TODAY) and stands().is_overdue(tomorrow)
    assert not stands(paid_total=D(120)).is_overdue(tomorrow) and not stands(type_code=CREDIT_NOTE).is_overdue(tomorrow)


def test_settled_and_unsettled_in_any_order_is_the_sum_of_what_is_left() -> None:
    chance = random.Random(4)
    for _ in range(200):
        found, kept = stands(), {}
        for _ in range(chance.randrange(1, 12)):
            name = chance.choice("abc")
            if chance.random() < 0.3:
                found = unsettled(found, name)
                kept.pop(name, None)
            else:
                amount = D(chance.randrange(1, 9000)) / 100
                found = settled(found, SettledBy(payment_id=name, number=name, amount=amount, paid_on=TODAY))
                kept[name] = kept.get(name, D(0)) + amount
        assert found.paid_total == sum(kept.values(), D(0))
        assert {each.payment_id: each.amount for each in found.payments} == kept


@pytest.fixture
def firm(new_ctx: Callable[..., Context]) -> Firm:
    made = Firm(new_ctx)
    made.stocked("A")
    return made


@pytest.fixture
def hotel(firm: Firm) -> str:
    return create_customer(firm.ctx(), CustomerBody(name="Hôtel du Lac", company_name="Hôtel du Lac")).id


def billed(firm: Firm, customer_id: str, price: str = "100") -> Invoice:
    return firm.invoice(firm.ship(firm.order(("A", "1", price), customer_id=customer_id, prices_include_vat=False)))


def paid(firm: Firm, amount: str, *invoices: Invoice, **more: Any) -> Payment:
    return service.record(firm.ctx(), NewPayment(**{"method": "transfer", "amount": D(amount), **more}, allocations=tuple(
        NewAllocation(invoice_id=each.id) for each in invoices)))


def listed(firm: Firm, **query: str) -> dict[str, tuple[str, str, bool]]:
    """The list as the portal asks for it: number → payment state, open amount, overdue."""
    ctx = firm.ctx()
    rows = complete(ctx, list_page(ctx, INVOICES, query).body["items"])
    assert {row["kind"] for row in rows} <= {INVOICE.kind}
    return {row["number"]: (row["payment_state"], row["open_amount"], row["is_overdue"]) for row in rows}


def test_the_list_shows_and_finds_what_is_open_paid_and_overdue_in_one_query(firm: Firm, hotel: str) -> None:
    one, two, three = (billed(firm, hotel) for _ in range(3))
    paid(firm, "50", one)
    last = paid(firm, "120", two)
    numbers = [each.number for each in (one, two, three)]
    assert listed(firm) == dict(zip(numbers, [
        ("partly_paid", "70.00", False), ("paid", "0.00", False), ("unpaid", "120.00", False)], strict=True))
    assert list(listed(firm, view="open")) == [numbers[0], numbers[2]] and listed(firm, view="overdue") == {}
    assert list(listed(firm, payment_state="paid")) == [numbers[1]]
    assert list(listed(firm, payment_state="partly_paid")) == [numbers[0]]
    assert list(listed(firm, view="open", type_code="380", currency="EUR")) == [numbers[0], numbers[2]]
    service.unmatch(firm.ctx(), last, None)
    seen: list[str] = []
    client.observers.append(lambda operation, parameters, answer: seen.append(operation))
    try:
        found = list_page(firm.ctx(), INVOICES, {"view": "open"}).body["items"]
    finally:
        client.observers.pop()
    assert len(found) == 3 and seen == ["Query"]


def test_the_page_and_the_orders_page_tell_it_and_the_document_stays_as_it_was(firm: Firm, hotel: str) -> None:
    order = firm.ship(firm.order(("A", "1", "100"), customer_id=hotel, prices_include_vat=False))
    invoice = firm.invoice(order)
    payment = paid(firm, "50", invoice)
    stored = read.get(firm.ctx(), INVOICE, invoice.id)
    assert stored.version == invoice.version
    shown = present(firm.ctx(), stored)
    assert (shown["payment_state"], shown["paid_total"], shown["open_amount"]) == ("partly_paid", "50.00", "70.00")
    assert [each["payment_id"] for each in shown["standing"]["payments"]] == [payment.id]
    request: Request[Any] = Request("GET", "", {}, {}, "", b"", None)
    document, = order_billing(firm.ctx(), request, order.id).body["documents"]
    assert (document["payment_state"], document["open_amount"], document["is_overdue"]) == ("partly_paid", "70.00", False)


def test_a_deposit_that_was_deducted_is_paid_and_a_refund_counts_where_it_was_overpaid(firm: Firm, hotel: str) -> None:
    order = firm.order(("A", "1", "100"), customer_id=hotel, prices_include_vat=False)
    deposit = receive_deposit(firm.ctx(), NewDeposit(order_id=order.id, amount=D(60)))
    paid(firm, "60", deposit)
    balance = firm.invoice(firm.ship(order))
    assert state_of(firm, deposit) == ("paid", D(0)) and state_of(firm, balance) == ("unpaid", D(60))
    paid(firm, "60", balance)
    invoice = billed(firm, hotel)
    paid(firm, "120", invoice)
    note = firm.credit(invoice)
    assert state_of(firm, invoice)[0] == "overpaid"
    back = paid(firm, "120", note, direction="out")
    assert state_of(firm, note) == ("paid", D(0)) and state_of(firm, invoice) == ("credited", D(0))
    service.unmatch(firm.ctx(), back, None)
    assert state_of(firm, invoice)[0] == "overpaid" and state_of(firm, note)[0] == "unpaid"


def state_of(firm: Firm, invoice: Invoice) -> tuple[str, Decimal]:
    found = read.get(firm.ctx(), STANDING, invoice.id)
    return found.payment_state, found.open_amount


def test_what_is_kept_is_what_the_allocations_of_all_payments_add_up_to(firm: Firm, hotel: str) -> None:
    chance = random.Random(31)
    invoices = [billed(firm, hotel, str(price)) for price in (10, 20, 30)]
    notes = [firm.credit(invoices[0]), firm.credit(invoices[1], amount=D(5))]

    def change(payment: Payment, chosen: tuple[NewAllocation, ...]) -> None:
        what = chance.randrange(3)
        if what == 0:
            service.match(firm.ctx(), payment, MatchPayment(allocations=chosen))
        elif what == 1:
            service.unmatch(firm.ctx(), payment, None)
        else:
            service.reverse(firm.ctx(), payment, ReversePayment(reason="Impayé"))

    for _ in range(24):
        payments = [read.get(firm.ctx(), PAYMENT, str(row["id"])) for row in read.query(
            firm.ctx(), "by_list", "PAYMENT").items]
        documents = [*invoices, *notes]
        chosen = tuple(NewAllocation(invoice_id=each.id) for each in chance.sample(documents, chance.randrange(1, 3)))
        try:
            if not payments or chance.random() < 0.4:
                service.record(firm.ctx(), NewPayment(
                    method="transfer", amount=D(chance.randrange(1, 40)), direction=chance.choice(("in", "in", "out")),
                    customer_id=hotel, allocations=chosen))
            else:
                change(chance.choice(payments), chosen)
        except (Invalid, Conflict):
            continue
    kept = {each.id: read.get(firm.ctx(), STANDING, each.id) for each in (*invoices, *notes)}
    made = {each.id: D(0) for each in kept.values()}
    for row in read.query(firm.ctx(), "by_list", "PAYMENT").items:
        for allocation in read.get(firm.ctx(), PAYMENT, str(row["id"])).allocations:
            made[allocation.invoice_id] += allocation.amount
    assert {i: each.paid_total for i, each in kept.items()} == made and any(made.values())
    assert all(sum((p.amount for p in each.payments), D(0)) == each.paid_total for each in kept.values())
    for note, invoice in zip(notes, invoices[:2], strict=True):
        assert kept[invoice.id].refunded_total == kept[note.id].paid_total

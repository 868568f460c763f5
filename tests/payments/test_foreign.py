"""Payments in another currency: recorded by the shop's order, in parts, taken back; nothing is left of any account."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.invoicing.model import Invoice
from chalicelib.invoicing.standing import SettledBy, Standing, settled, unsettled
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.event import Event
from chalicelib.kernel.money import quantum, round_amount
from chalicelib.ledger import exchange
from chalicelib.ledger.exchange import ExchangeRateBody, NewExchangeRate
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.payments import paying_out, posting, service, settling, shop
from chalicelib.payments.model import PAYMENT, Allocation, MatchPayment, NewAllocation, NewPayment, Payment, ReversePayment
from chalicelib.payments.payouts import NewPayout, PayoutPayment
from chalicelib.sales import service as sales
from chalicelib.sales.commands import RefundOrder
from chalicelib.sales.model import ORDER
from chalicelib.storage import read
from tests.invoicing.company import Firm

D = Decimal
DAY = date(2026, 3, 2)
ACCOUNTS = posting.Accounts("411000", "627000", "656000", "756000")


class Books:
    """Invoices and payments of one customer in random currencies and at random rates; `account` is what 411 stands at."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.own, self.foreign = chance.choice((("EUR", "USD"), ("EUR", "JPY"), ("TND", "EUR"), ("EUR", "KWD")))
        self.unit = quantum(self.foreign)
        self.standings = {f"i{n}": self._invoice(f"i{n}") for n in range(chance.randrange(1, 4))}
        left, self.payments = sum((each.payable_amount for each in self.standings.values()), D(0)), list[Payment]()
        while left:
            amount = min(left, chance.randrange(1, 90_000) * self.unit)
            self.payments.append(_payment(f"p{len(self.payments)}", amount, self.foreign, self._rate(), self.own))
            left -= amount
        self.account = sum((each.own_balance or D(0) for each in self.standings.values()), D(0)) - sum(
            (each.booked for each in self.payments), D(0))

    def _rate(self) -> Decimal:
        return D(self.chance.randrange(1, 30_000)) / 10_000

    def _invoice(self, name: str) -> Standing:
        amount = self.chance.randrange(1, 90_000) * self.unit
        return Standing(id=name, number=name, currency=self.foreign, payable_amount=amount,
                        own_balance=round_amount(amount * self._rate(), self.own))

    def of(self, name: str) -> Standing:
        return self.standings[name]

    def unmatch(self, n: int) -> None:
        payment = self.payments[n]
        self.account -= _moved(posting.exchange_draft(payment, payment.allocations, ACCOUNTS, DAY))
        for each in payment.allocations:
            self.standings[each.invoice_id] = unsettled(self.standings[each.invoice_id], payment.id)
        self.payments[n] = replace(payment, allocations=())

    def match(self, n: int) -> None:
        payment = self.payments[n]
        name = self.chance.choice([i for i, each in self.standings.items() if each.open_amount])
        most = min(payment.unallocated, self.standings[name].open_amount)
        part = most if self.chance.random() < 0.6 else max(round_amount(most / 3, self.foreign), self.unit)
        more = settling.carried(self, payment, (Allocation(invoice_id=name, number=name, amount=part),),  # type: ignore[arg-type]
                                self.own)
        self.account += _moved(posting.exchange_draft(payment, more, ACCOUNTS, DAY))
        self.payments[n] = replace(payment, allocations=posting.merged(payment.allocations, more))
        self.standings[name] = settled(self.standings[name], SettledBy(
            payment_id=payment.id, number="", amount=part, own_amount=more[0].own_amount, paid_on=DAY))


def test_whatever_is_paid_in_parts_and_taken_back_the_customers_account_ends_empty() -> None:
    """Each entry balances, and when all is settled 411 is at zero, whatever was matched and unmatched between."""
    chance = random.Random(12)
    for _ in range(300):
        books = Books(chance)
        while left := [n for n, each in enumerate(books.payments) if each.unallocated]:
            (books.unmatch if chance.random() < 0.15 else books.match)(chance.choice(left))
        assert books.account == 0 and all(each.own_balance == 0 for each in books.standings.values())
        assert all(each.own_left == 0 for each in books.payments)


def _payment(name: str, amount: Decimal, foreign: str, rate: Decimal, own: str) -> Payment:
    bare = Payment(id=name, number=name, method="transfer", amount=amount, currency=foreign, paid_on=DAY,
                   party_id="p", account="512000", entry_id="", entry_line=1, created_at=datetime(2026, 3, 2, tzinfo=UTC))
    made = service.converted(bare, exchange.Rate(rate, DAY), own)
    lines = posting.draft(made, ACCOUNTS, "x", made.paid_on).lines
    assert sum((line.debit - line.credit for line in lines), D(0)) == 0
    return made


def _moved(draft: posting.Draft | None) -> Decimal:
    """What an entry of exchange moves the customer's account by."""
    if draft is None:
        return D(0)
    assert sum((line.debit - line.credit for line in draft.lines), D(0)) == 0
    return sum((line.debit - line.credit for line in draft.lines if line.account == "411000"), D(0))


@pytest.fixture
def firm(new_ctx: Callable[..., Context]) -> Firm:
    made = Firm(new_ctx)
    made.stocked("A")
    return made


def rate(firm: Firm, value: str, days_ago: int = 0, currency: str = "USD", source: str = "BCE") -> None:
    today = firm.ctx().now.date()
    exchange.create(firm.ctx(), NewExchangeRate(currency=currency, rate_on=today - timedelta(days=days_ago), rate=D(value),
                                                source=source))


def told(firm: Firm, type: str, kind: str, entity_id: str) -> Event:
    ctx = firm.ctx()
    return Event("evt_1", type, ctx.tenant_id, ctx.now, kind, entity_id, 1, ctx.actor, "req", {})


def sides(firm: Firm, entry_id: str) -> dict[str, Decimal]:
    return {line.account: line.debit - line.credit for line in firm.entry(entry_id).lines}


def taken(firm: Firm, order_id: str) -> Payment | None:
    return read.find(firm.ctx(), PAYMENT, shop.payment_id(order_id))


def state_of(firm: Firm, invoice: Invoice) -> tuple[str, Decimal]:
    view, = service.open_invoices(firm.ctx(), invoice_ids=[invoice.id])
    return view.payment_state, view.open_amount


def test_an_invoice_in_dollars_is_paid_in_dollars_and_the_difference_is_posted(firm: Firm) -> None:
    """100 USD invoiced at 0.92 EUR stand at 92.00; 40 paid at 0.95 come to 38.00 (36.80 stood there: 1.20 gained), 60 at 0.90
    to 54.00 (55.20: 1.20 lost)."""
    customer = create_customer(firm.ctx(), CustomerBody(name="Lake Inn", company_name="Lake Inn")).id
    order = firm.ship(firm.order(("A", "1", "100"), customer_id=customer, currency="USD"))
    invoice = firm.invoice(order, exchange_rate=D("0.92"))
    assert (invoice.own_payable_amount, invoice.exchange_rate_source) == (D("92.00"), "")

    def paid(amount: str, **more: Any) -> Payment:
        return service.record(firm.ctx(), NewPayment(method="transfer", amount=D(amount), currency="USD", **more,
                                                     allocations=(NewAllocation(invoice_id=invoice.id),)))
    first = paid("40", exchange_rate=D("0.95"))
    assert sides(firm, first.entry_id) == {"411000": D("-38.00"), "512000": D("38.00")}
    assert sides(firm, first.exchange_entry_ids[0]) == {"411000": D("1.20"), "756000": D("-1.20")}
    last = paid("60", own_amount=D("54.00"), fee=D("1.00"))
    assert sides(firm, last.entry_id) == {"411000": D("-54.00"), "512000": D("53.10"), "627000": D("0.90")}
    assert sides(firm, last.exchange_entry_ids[0]) == {"411000": D("-1.20"), "656000": D("1.20")}
    assert state_of(firm, invoice) == ("paid", D(0)) and "411000" not in firm.count()
    again = service.unmatch(firm.ctx(), first, None)
    assert (again.unallocated, again.exchange_entry_ids, firm.count()["411000"]) == (D(40), (), D("-1.20"))
    service.match(firm.ctx(), again, MatchPayment(allocations=(NewAllocation(invoice_id=invoice.id),)))
    assert "411000" not in firm.count() and firm.count()["756000"] == D("-1.20")
    current = read.get(firm.ctx(), PAYMENT, first.id)
    service.reverse(firm.ctx(), current, ReversePayment(reason="Rejet"))
    books = firm.count()
    assert books["411000"] == D("36.80") and "756000" not in books and state_of(firm, invoice) == ("partly_paid", D(40))


def test_a_shops_order_in_dollars_is_paid_by_itself_at_the_rate_of_the_table(firm: Firm) -> None:
    """250 USD were taken when a dollar was worth 0.90 (225.00); two invoices at 0.92 (184.00 and 46.00): 5.00 lost.
    50 USD are given back at 0.92."""
    rate(firm, "0.90")
    order = firm.order(("A", "5", "50"), currency="USD", is_paid=True, payment_gateway="stripe", payment_method="Card")
    for _ in range(3):
        shop.on_order(firm.ctx(), told(firm, "OrderPlaced", "sales_order", order.id))
    payment = taken(firm, order.id)
    assert payment and (payment.amount, payment.own_amount, payment.currency) == (D(250), D("225.00"), "USD")
    assert (payment.exchange_rate, payment.exchange_rate_on, payment.exchange_rate_source) == (
        D("0.90"), firm.ctx().now.date(), "BCE")
    known = read.get(firm.ctx(), exchange.EXCHANGE_RATE, f"USD.{firm.ctx().now.date()}")
    exchange.update(firm.ctx(), known, ExchangeRateBody(rate=D("0.92"), source="BCE"))
    invoices = []
    for part in ("4", "1"):
        order = firm.ship(order, _1=part)
        invoices.append(firm.invoice(order))
        for _ in range(2):
            shop.on_issued(firm.ctx(), told(firm, "InvoiceIssued", "invoice", invoices[-1].id))
    assert [(each.own_payable_amount, each.exchange_rate_source) for each in invoices] == [
        (D("184.00"), "BCE"), (D("46.00"), "BCE")]
    assert [state_of(firm, each) for each in invoices] == [("paid", D(0))] * 2
    books = firm.count()
    assert "411000" not in books and books["656000"] == D("5.00") and books["511500"] == D("225.00")
    sales.refund(firm.ctx(), read.get(firm.ctx(), ORDER, order.id), RefundOrder(amount=D(50), reason="Casse"))
    shop.on_refunded(firm.ctx(), told(firm, "OrderRefunded", "sales_order", order.id))
    note = firm.credit(invoices[1])
    for _ in range(2):
        shop.on_issued(firm.ctx(), told(firm, "CreditNoteIssued", "invoice", note.id))
    assert (note.own_payable_amount, state_of(firm, note)) == (D("46.00"), ("paid", D(0)))
    assert "411000" not in firm.count()
    rows = [str(row["id"]) for row in read.query(firm.ctx(), "by_list", "PAYMENT").items]
    payout = paying_out.record(firm.ctx(), NewPayout(payments=tuple(PayoutPayment(payment_id=i) for i in rows), net=D("176.40"),
                                                     fee=D("3.00")))
    assert (payout.gross, payout.exchange_difference, payout.currency) == (D("179.00"), D("0.40"), "EUR")
    assert sides(firm, payout.entry_id) == {"512000": D("176.40"), "627800": D("3.00"), "511500": D("-179.00"),
                                            "756000": D("-0.40")}
    assert "511500" not in firm.count()


def test_without_a_rate_nothing_is_recorded_until_the_invoice_says_one(firm: Firm) -> None:
    order = firm.order(("A", "1", "30"), currency="USD", is_paid=True, payment_method="bacs")
    rate(firm, "0.80", days_ago=32)
    shop.on_order(firm.ctx(), told(firm, "OrderPlaced", "sales_order", order.id))
    assert taken(firm, order.id) is None, "a rate of last month is no rate of today"
    with pytest.raises(Invalid) as refused:
        service.record(firm.ctx(), NewPayment(method="transfer", amount=D(1), currency="USD", customer_id=create_customer(
            firm.ctx(), CustomerBody(name="Bob")).id))
    assert refused.value.code == "exchange_rate"
    invoice = firm.invoice(firm.ship(order), exchange_rate=D("0.91"))
    shop.on_issued(firm.ctx(), told(firm, "InvoiceIssued", "invoice", invoice.id))
    payment = taken(firm, order.id)
    assert payment and payment.own_amount == D("27.30") and state_of(firm, invoice) == ("paid", D(0))
    assert payment.exchange_entry_ids == () and "411000" not in firm.count()


def test_the_parts_of_a_credited_invoice_in_dollars_come_to_what_it_debited(firm: Firm) -> None:
    order = firm.ship(firm.order(("A", "3", "33.33"), currency="USD", prices_include_vat=True))
    invoice = firm.invoice(order, exchange_rate=D("0.923457"))
    notes = [firm.credit(invoice, amount=D(amount), reason="Geste") for amount in ("33.33", "33.33")] + [firm.credit(invoice)]
    assert sum(each.own_payable_amount or 0 for each in notes) == invoice.own_payable_amount
    assert "411000" not in firm.count()


def test_rates_that_cannot_be_are_refused(firm: Firm) -> None:
    today = firm.ctx().now.date()
    for code, body in {
            "currency": NewExchangeRate(currency="EUR", rate_on=today, rate=D(1)),
            "period": NewExchangeRate(currency="USD", rate_on=today + timedelta(days=2), rate=D(1)),
            "exchange_rate": NewExchangeRate(currency="USD", rate_on=today, rate=D(0)),
            "text": NewExchangeRate(currency="USD", rate_on=today, rate=D(1), source="x" * 61)}.items():
        with pytest.raises(Invalid) as refused:
            exchange.create(firm.ctx(), body)
        assert refused.value.code == code
    rate(firm, "0.9")
    with pytest.raises(Conflict):
        rate(firm, "0.91")

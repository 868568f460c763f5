"""What providers bring to the bank: payouts with their fees, agreed fees, and payments in another currency."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError, Invalid
from chalicelib.kernel.event import Event
from chalicelib.payments import paying_out, payouts, service, shop
from chalicelib.payments.model import PAYMENT, Payment, ReversePayment
from chalicelib.payments.payouts import FeeRule, NewPayout, PaymentSettingsBody, PayoutPayment
from chalicelib.reporting import facts
from chalicelib.sales import service as sales
from chalicelib.sales.commands import RefundOrder
from chalicelib.sales.model import ORDER
from chalicelib.storage import read
from tests.invoicing.company import Firm

D = Decimal


def taken(name: str, amount: str, fee: str = "0", direction: str = "in", **more: Any) -> Payment:
    return Payment(**{"id": name, "number": name, "direction": direction, "method": "provider", "gateway": "stripe",
                      "amount": D(amount), "fee": D(fee), "currency": "EUR", "paid_on": date(2026, 3, 2), "party_id": "p",
                      "account": "511500", "entry_id": "e", "entry_line": 1,
                      "created_at": datetime(2026, 3, 2, tzinfo=UTC), **more})


def asked(payments: list[Payment], **more: Any) -> NewPayout:
    return NewPayout(payments=tuple(PayoutPayment(payment_id=each.id) for each in payments), **more)


def test_the_fees_of_a_payout_are_shared_by_what_was_taken() -> None:
    """Three receipts and a refund: 100 + 50 + 25.50 − 20 = 155.50 stood with the provider; 152.05 reached the bank."""
    payments = [taken("a", "100"), taken("b", "50"), taken("c", "25.50"), taken("d", "20", direction="out")]
    lines = payouts.lines_of(payments, asked(payments, net=D("152.05")), (), "EUR")
    assert [line.amount for line in lines] == [D(100), D(50), D("25.50"), D(-20)]
    assert [line.fee for line in lines] == [D("1.97"), D("0.98"), D("0.50"), D(0)], "3.45 by 100, 50 and 25.50"
    told = NewPayout(payments=(PayoutPayment(payment_id="a", fee=D("2.10")), *asked(payments[1:]).payments), net=D("152.05"))
    assert [line.fee for line in payouts.lines_of(payments, told, (), "EUR")] == [D("2.10"), D("0.89"), D("0.46"), D(0)]


def test_agreed_fees_stand_in_for_what_nobody_tells() -> None:
    rules = (FeeRule(percent=D("1.4"), fixed=D("0.25")), FeeRule(gateway="paypal", percent=D("2.9"), fixed=D("0.35")))
    assert payouts.agreed_fee(rules, "provider", "stripe", D(100), "EUR") == D("1.65")
    assert payouts.agreed_fee(rules, "provider", "PayPal", D(100), "EUR") == D("3.25")
    assert payouts.agreed_fee(rules, "transfer", "", D(100), "EUR") == 0
    assert payouts.agreed_fee(rules, "provider", "", D("0.20"), "EUR") == 0, "never the whole amount"
    payments = [taken("a", "100"), taken("b", "50", fee="0.95")]
    lines = payouts.lines_of(payments, asked(payments), rules, "EUR")
    assert sum(line.fee for line in lines) == D("1.65"), "what was kept of b stands in its own entry"
    assert sum(line.amount for line in lines) == D("149.05")


@pytest.mark.parametrize(("payments", "more", "code"), [
    ([], {}, "payout_payments"), ([taken("a", "1"), taken("a", "1")], {}, "payout_payments"),
    ([taken("a", "10", account="512000")], {}, "payout_payments"),
    ([taken("a", "10", state="reversed")], {}, "payout_payments"),
    ([taken("a", "10", payout_id="pyo_1", payout_number="VRS-1")], {}, "paid_out"),
    ([taken("a", "10"), taken("b", "10", account="467100", method="marketplace")], {}, "payout_mixed"),
    ([taken("a", "10")], {"net": D(9), "fee": D("0.5")}, "payout_difference"),
    ([taken("a", "10")], {"net": D("10.01")}, "payout_fee"), ([taken("a", "10")], {"fee": D(11)}, "payout_fee"),
])
def test_a_payout_that_cannot_be_is_refused_with_the_arithmetic(payments: list[Payment], more: Any, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        payouts.lines_of(payments, asked(payments, **more), (), "EUR")
    assert refused.value.code == code


def test_every_payout_balances_and_its_fees_are_those_of_its_lines() -> None:
    chance = random.Random(12)
    for _ in range(300):
        payments = [taken(str(n), str(D(chance.randrange(100, 90000)) / 100), direction=chance.choice(("in", "in", "out")))
                    for n in range(chance.randrange(1, 12))]
        received = sum((each.amount for each in payments if each.direction == "in"), D(0))
        if not received:
            continue
        fee = D(chance.randrange(0, int(received * 100))) / 100
        lines = payouts.lines_of(payments, asked(payments, fee=fee), (), "EUR")
        assert sum((line.fee for line in lines), D(0)) == fee
        gross = sum((line.amount for line in lines), D(0))
        payout = payouts.Payout(id="y", number="V", method="provider", paid_on=date(2026, 3, 4), currency="EUR", gross=gross,
                                fee=fee, net=gross - fee, account="512000", transit_account="511500", lines=lines, entry_id="",
                                created_at=datetime(2026, 3, 4, tzinfo=UTC))
        entry = payouts.draft(payout, "627800", ("656000", "756000"), payout.paid_on)
        assert sum((line.debit - line.credit for line in entry.lines), D(0)) == 0


def test_rules_that_cannot_be_are_named() -> None:
    for rule in (FeeRule(method="gold"), FeeRule(percent=D(100)), FeeRule(percent=D("1.23456")), FeeRule(fixed=D("0.001"))):
        with pytest.raises(Invalid):
            payouts.checked_rules([rule], ("provider",), "EUR")
    with pytest.raises(Invalid):
        payouts.checked_rules([FeeRule(gateway="A"), FeeRule(gateway="a")], ("provider",), "EUR")


@pytest.fixture
def firm(new_ctx: Callable[..., Context]) -> Firm:
    made = Firm(new_ctx)
    made.stocked("A")
    return made


def told(firm: Firm, type: str, entity_id: str) -> Event:
    ctx = firm.ctx()
    return Event("evt_1", type, ctx.tenant_id, ctx.now, "sales_order", entity_id, 1, ctx.actor, "req", {})


def sold(firm: Firm, price: str, **more: Any) -> Payment:
    """An order that a shop sold and took the money of; the payment that comes of it."""
    body = {"is_paid": True, "payment_method": "Carte bancaire", "payment_gateway": "stripe", **more}
    order = firm.order(("A", "1", price), **body)
    shop.on_order(firm.ctx(), told(firm, "OrderPlaced", order.id))
    return read.get(firm.ctx(), PAYMENT, shop.payment_id(order.id))


def sides(firm: Firm, entry_id: str) -> dict[str, Decimal]:
    return {line.account: line.debit - line.credit for line in firm.entry(entry_id).lines}


def test_a_payout_brings_what_shops_took_to_the_bank(firm: Firm) -> None:
    """120 + 36, of which the shop told a fee of 1.93 on the first; 12 given back. 153.50 reaches the bank: 156 − 1.93 − 12 =
    142.07 stood with the provider, and 142.07 − 141.20 = 0.87 was kept at the payout."""
    one, two = sold(firm, "120", payment_fee=D("1.93")), sold(firm, "36")
    assert (one.fee, one.in_transit, two.fee, one.payout_state) == (D("1.93"), D("118.07"), D(0), "waiting")
    assert sides(firm, one.entry_id) == {"411000": D(-120), "511500": D("118.07"), "627800": D("1.93")}
    order = read.get(firm.ctx(), ORDER, two.order_id)
    sales.refund(firm.ctx(), order, RefundOrder(amount=D(12), reason="Casse"))
    shop.on_refunded(firm.ctx(), told(firm, "OrderRefunded", order.id))
    rows = read.query(firm.ctx(), "by_list", "PAYMENT").items
    assert [row["payout_state"] for row in rows] == ["waiting"] * 3
    body = NewPayout(payments=tuple(PayoutPayment(payment_id=str(row["id"])) for row in rows), net=D("141.20"),
                     external_id="po_1")
    payout = paying_out.record(firm.ctx(), body)
    assert (payout.gross, payout.fee, payout.net) == (D("142.07"), D("0.87"), D("141.20"))
    assert sides(firm, payout.entry_id) == {"512000": D("141.20"), "627800": D("0.87"), "511500": D("-142.07")}
    books = firm.count()
    assert "511500" not in books and (books["512000"], books["627800"]) == (D("141.20"), D("2.80"))
    paid = read.get(firm.ctx(), PAYMENT, one.id)
    assert (paid.payout_id, paid.payout_state) == (payout.id, "paid_out")
    for again in (body, replace(body, payments=(PayoutPayment(payment_id=sold(firm, "5").id),), net=D("4.80"))):
        with pytest.raises(Conflict):
            paying_out.record(firm.ctx(), again)
    with pytest.raises(Conflict) as refused:
        service.reverse(firm.ctx(), paid, ReversePayment(reason="Erreur"))
    assert refused.value.code == "paid_out"
    back = paying_out.reverse(firm.ctx(), payout, ReversePayment(reason="Doublon"))
    assert back.state == "reversed" and read.get(firm.ctx(), PAYMENT, one.id).payout_state == "waiting"
    assert "512000" not in firm.count() and paying_out.record(firm.ctx(), body).net == D("141.20")
    zone = firm.ctx().clock.now().tzinfo
    fees = [*facts.payment_facts(paid, zone), *facts.payout_facts(payout, zone)]  # type: ignore[arg-type]
    assert sum(each.numbers["channel_fees"] for each in fees) == D("2.80"), "what reports tell is what the books tell"
    assert facts.payout_facts(back, zone) == []  # type: ignore[arg-type]


def test_an_agreed_fee_is_posted_with_the_payment_and_corrected_by_the_payout(firm: Firm) -> None:
    paying_out.change_settings(firm.ctx(), PaymentSettingsBody(fee_rules=(FeeRule(percent=D("1.5"), fixed=D("0.25")),)))
    payment = sold(firm, "100")
    assert payment.fee == D("1.75")
    payout = paying_out.record(firm.ctx(), NewPayout(payments=(PayoutPayment(payment_id=payment.id),), net=D("98.35")))
    assert (payout.gross, payout.fee) == (D("98.25"), D("-0.10")), "the provider kept 1.65"
    assert firm.count()["627800"] == D("1.65")
    assert sold(firm, "50", payment_gateway="bacs").account == "512000", "a transfer has no provider, whatever its title says"

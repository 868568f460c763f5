"""Payments in the words of the trade, from the order to the ledger: a shop's card, its payout with fees, a hotel that pays in
two, late and too much, and money given back. Every number is worked out by hand.

| | paid | of it without VAT | VAT 20 % |
|---|---|---|---|
| order 1, shop, 2 × 24.00; the shop tells a fee of 0.92 | 48.00 | 40.00 | 8.00 |
| order 2, shop, 36.00 | 36.00 | 30.00 | 6.00 |
| given back of order 2 | −6.00 | −5.00 | −1.00 |
| the hotel, 10 × 50.00 without VAT | 600.00 | 500.00 | 100.00 |

The provider holds 48.00 − 0.92 + 36.00 − 6.00 = 77.08 and pays out 76.10: it kept another 0.98, 1.90 in all. The hotel
transfers 250.00 and 400.00: 50.00 stay on its account. So the bank has 76.10 + 650.00 = 726.10, and
726.10 + 1.90 = 50.00 + 565.00 + 113.00.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chalicelib.events import jobs
from chalicelib.invoicing import figures
from chalicelib.invoicing.model import Invoice
from chalicelib.invoicing.standing import STANDING
from chalicelib.kernel.context import Context
from chalicelib.kernel.job import JOB
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.payments import paying_out, service, worker
from chalicelib.payments.model import NewAllocation, NewPayment, Payment
from chalicelib.payments.payouts import NewPayout, PayoutPayment
from chalicelib.reporting import drilling, rebuilding
from chalicelib.sales import service as sales
from chalicelib.sales.commands import RefundOrder
from chalicelib.sales.model import ORDER
from chalicelib.storage import read
from tests.invoicing.company import Firm
from tests.reporting.books import handle, report, told

D = Decimal


def heard(firm: Firm) -> None:
    """The worker of payments hears everything so far, again and again."""
    for event in firm.shop.events(*worker.HANDLERS):
        worker.HANDLERS[event.type](firm.ctx(), event)


def standing(firm: Firm, invoice: Invoice) -> tuple[str, Decimal]:
    found = read.get(firm.ctx(), STANDING, invoice.id)
    return found.payment_state, found.open_amount


def transfer(firm: Firm, amount: str, invoice: Invoice, customer_id: str) -> Payment:
    return service.record(firm.ctx(), NewPayment(method="transfer", amount=D(amount), customer_id=customer_id,
                                                 allocations=(NewAllocation(invoice_id=invoice.id),)))


def test_payments_from_the_order_to_the_ledger(new_ctx: Callable[..., Context]) -> None:
    firm = Firm(new_ctx)
    firm.stocked("A")
    shop: dict[str, Any] = {"channel_id": "con_1", "is_paid": True, "payment_gateway": "stripe"}
    one = firm.order(("A", "2", "24"), external_id="1", payment_fee=D("0.92"), **shop)
    two = firm.order(("A", "1", "36"), external_id="2", **shop)
    heard(firm)
    first, second = (firm.invoice(firm.ship(order)) for order in (one, two))
    heard(firm)
    assert standing(firm, first) == standing(firm, second) == ("paid", D(0)), "the shop had been paid before"

    sales.refund(firm.ctx(), read.get(firm.ctx(), ORDER, two.id), RefundOrder(amount=D(6), reason="Fondu"))
    heard(firm)
    note = firm.credit(second, amount=D(6))
    assert standing(firm, second)[0] == "overpaid", "the credit note is there, the refund not set against it yet"
    heard(firm)
    assert standing(firm, note) == standing(firm, second) == ("paid", D(0))

    rows = read.query(firm.ctx(), "by_list", "PAYMENT").items
    payout = paying_out.record(firm.ctx(), NewPayout(net=D("76.10"), external_id="po_2026_11", payments=tuple(
        PayoutPayment(payment_id=str(row["id"])) for row in rows)))
    assert (payout.gross, payout.fee) == (D("77.08"), D("0.98"))

    hotel = create_customer(firm.ctx(), CustomerBody(name="Hôtel du Lac", company_name="Hôtel du Lac")).id
    billed = firm.invoice(firm.ship(firm.order(("A", "10", "50"), customer_id=hotel, prices_include_vat=False)))
    transfer(firm, "250", billed, hotel)
    found = read.get(firm.ctx(), STANDING, billed.id)
    assert (found.payment_state, found.open_amount) == ("partly_paid", D(350)) and found.due_date is not None
    assert not found.is_overdue(found.due_date) and found.is_overdue(found.due_date + timedelta(days=1))
    last = transfer(firm, "400", billed, hotel)
    assert standing(firm, billed) == ("paid", D(0)) and last.unallocated == D(50)

    books = firm.count()
    revenue = -sum(amount for account, amount in books.items() if account.startswith("70"))
    assert (books["512000"], books["627800"], books["411000"], revenue, books["445711"]) == (
        D("726.10"), D("1.90"), D(-50), D(565), D(-113))
    assert "511500" not in books, "nothing is left with the provider"
    assert figures.exposure(firm.ctx(), hotel).exposure == D(-50)
    reports_tell_what_the_books_tell(firm)


def reports_tell_what_the_books_tell(firm: Firm) -> None:
    """Of the shop: 70.00 shipped, 12.00 of goods (3 at 4.00), 1.90 of fees: 56.10 are left."""
    events = told(firm.shop)
    handle([*events, *events])
    ctx = firm.ctx()
    days = {"first": (ctx.now.date() - timedelta(days=1)).isoformat(), "last": (ctx.now.date() + timedelta(days=1)).isoformat()}
    asked = report(ctx, group_by="channel", measures="channel_fees,margin,margin_after_fees", **days)
    assert {row.key: tuple(row.values[name] for name in ("channel_fees", "margin", "margin_after_fees"))
            for row in asked.rows}["con_1"] == (D("1.90"), D("58.00"), D("56.10"))
    why = drilling.explain(ctx, drilling.number(ctx, {"measure": "margin_after_fees", "from": days["first"], "to": days["last"],
                                                      "channel": "con_1"}))
    assert why.value == "56.10" and [row.value for row in why.inputs] == ["70.00", "12.00", "1.90"]
    job = rebuilding.start(ctx)
    hold = jobs.take_up(firm.ctx(), job.id, job.run)
    assert hold is not None
    rebuilding.work(hold)
    counts = read.get(firm.ctx(), JOB, job.id).counts
    assert counts["differences"] == 0 and counts["documents"] == 3 + 4 + 5 + 1, "orders, papers, payments, the payout"

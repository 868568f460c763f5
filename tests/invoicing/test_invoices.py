"""Invoices of orders as the table and the books hold them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from chalicelib.invoicing import issuing, service
from chalicelib.invoicing.model import BILLING, INVOICE
from chalicelib.invoicing.shapes import (
    CreditLine,
    InvoiceOrders,
    IssueInvoice,
    NewDeposit,
    NewInvoice,
    NewInvoiceLine,
    OrderToInvoice,
)
from chalicelib.invoicing.standing import STANDING
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.sales.model import ORDER
from chalicelib.storage import read
from tests.invoicing.company import Firm

D = Decimal


def test_a_shipped_order_is_invoiced_posted_and_costed_at_once(firm: Firm) -> None:
    firm.stocked("GLACE", vat_rate="5.5")
    order = firm.ship(firm.order(("GLACE", "3", "9.90"), shipping="5.90"))
    invoice = firm.invoice(order)
    year = firm.ctx().now.year
    assert (invoice.number, invoice.state, invoice.type_code) == (f"FA-{year}-000001", "issued", "380")
    assert invoice.payable_amount == order.paid_total == D("35.60")
    assert invoice.total_without_vat + invoice.vat_amount + invoice.rounding_amount == D("35.60")
    assert firm.entry_of(invoice) == {"411000": D("35.60"), "707130": D("-28.15"), "708513": D("-5.59"),
                                      "445713": D("-1.86")}
    cost = firm.entry(invoice.cost_entry_id)
    assert [(line.account, line.debit - line.credit) for line in cost.lines] == [("603700", D(12)), ("371000", D(-12))]
    assert firm.shop.events("InvoiceIssued")[0].data["payable_amount"] == "35.60"
    assert firm.count()["411000"] == D("35.60")


def test_parts_of_an_order_add_up_to_what_was_paid(firm: Firm) -> None:
    """Three parcels, an odd price, a reduction: three invoices come to the paid total, and the books to the cent."""
    firm.stocked("A", vat_rate="20")
    firm.stocked("B", vat_rate="5.5")
    order = firm.order(("A", "7", "3.33"), ("B", "3", "1.11"), shipping="4.99", allowance=D("1.00"), paid_total=D("30.64"))
    assert order.rounding_amount == D("0.01")
    found = []
    for part in ({"_1": "2"}, {"_1": "4", "_2": "1"}, {"_1": "1", "_2": "2"}):
        order = firm.ship(order, **part)
        found.append(firm.invoice(order))
    assert sum(each.payable_amount for each in found) == order.paid_total == D("30.64")
    assert [each.number[-6:] for each in found] == ["000001", "000002", "000003"]
    assert not any(finding.severity == "fatal" for each in found for finding in service.preflight(firm.ctx(), each))
    books = firm.count()
    assert books["411000"] == D("30.64") and sum(books.values()) == 0
    with pytest.raises(Conflict) as refused:
        firm.invoice(order)
    assert refused.value.code == "nothing_to_invoice"


def test_a_delivery_is_invoiced_once(firm: Firm) -> None:
    firm.stocked("A")
    order = firm.ship(firm.order(("A", "2", "10")), _1="1")
    shipment = order.shipments[0].id
    first = firm.invoice(order, shipment)
    with pytest.raises(Conflict) as refused:
        firm.invoice(order, shipment)
    assert refused.value.code == "delivery_invoiced" and first.number in refused.value.detail
    with pytest.raises(Invalid):
        firm.invoice(order, "SO-0-1")


def test_what_was_invoiced_before_it_left_is_costed_when_it_leaves(firm: Firm) -> None:
    from chalicelib.invoicing import automatic

    firm.stocked("A")
    order = firm.order(("A", "2", "10"))
    invoice = firm.invoice(order, scope="ordered")
    assert (invoice.payable_amount, invoice.cost_entry_id) == (D(20), "")
    order = firm.ship(order)
    event = firm.shop.events("OrderShipped")[0]
    automatic.on_shipped(firm.ctx(), event)
    automatic.on_shipped(firm.ctx(), event)
    assert firm.count()["603700"] == D(8)
    with pytest.raises(Conflict):
        firm.invoice(order)
    assert read.get(firm.ctx(), BILLING, order.id).costed == (order.shipments[0].id,)


def test_a_parcel_is_invoiced_by_itself_once(firm: Firm) -> None:
    from chalicelib.invoicing import automatic

    firm.stocked("A")
    order = firm.ship(firm.order(("A", "2", "10")))
    event = firm.shop.events("OrderShipped")[0]
    automatic.on_shipped(firm.ctx(), event)
    automatic.on_shipped(firm.ctx(), event)
    billed = service.order_billing(firm.ctx(), order.id)
    assert [document.number[-1] for document in billed.documents] == ["1"] and billed.pending == ()
    assert firm.count()["411000"] == D(20)


def test_a_deposit_is_deducted_with_its_vat_from_the_balance(firm: Firm) -> None:
    firm.stocked("A", vat_rate="20")
    firm.stocked("B", vat_rate="5.5")
    order = firm.order(("A", "1", "60.00"), ("B", "1", "40.00"))
    deposit = service.receive_deposit(firm.ctx(), NewDeposit(order_id=order.id, percent=D(30)))
    assert (deposit.type_code, deposit.payable_amount, deposit.paid_amount) == ("386", D("30.00"), D("30.00"))
    assert firm.entry_of(deposit)["419100"] == D("-26.37") and firm.entry_of(deposit)["445711"] == D("-3.00")
    with pytest.raises(Conflict) as refused:
        service.receive_deposit(firm.ctx(), NewDeposit(order_id=order.id, amount=D("70.01")))
    assert refused.value.code == "deposit_too_large"
    balance = firm.invoice(firm.ship(order))
    assert (balance.payable_amount, balance.deposits_deducted) == (D("70.00"), D("30.00"))
    assert [r.number for r in balance.references] == [deposit.number]
    books = firm.count()
    assert "419100" not in books and books["411000"] == D("100.00")
    assert (books["707110"] + books["707130"], books["445711"], books["445713"]) == (D("-87.91"), D("-10.00"), D("-2.09"))
    assert service.einvoice(firm.ctx(), balance.id).process == "B4"


def test_a_deposit_of_an_order_that_leaves_in_parts(firm: Firm) -> None:
    firm.stocked("A")
    order = firm.order(("A", "10", "9.99"))
    service.receive_deposit(firm.ctx(), NewDeposit(order_id=order.id, amount=D("55.55")))
    totals = []
    for _ in range(5):
        order = firm.ship(order, _1="2")
        totals.append(firm.invoice(order).payable_amount)
    assert sum(totals) + D("55.55") == order.paid_total == D("99.90")
    assert totals[0] == totals[1] == 0
    books = firm.count()
    assert "419100" not in books and books["411000"] == D("99.90")


def test_credits_by_line_by_amount_and_of_the_rest_never_exceed_the_invoice(firm: Firm) -> None:
    firm.stocked("A")
    invoice = firm.invoice(firm.ship(firm.order(("A", "3", "3.33"), shipping="4.00")))
    first = firm.credit(invoice, lines=(CreditLine(line_id="1", quantity=D(1)),))
    assert (first.number[:3], first.payable_amount, first.references[0].number) == ("AV-", D("3.33"), invoice.number)
    second = firm.credit(invoice, amount=D("2.00"), reason="Geste commercial")
    assert second.payable_amount == D("2.00")
    with pytest.raises(Conflict) as refused:
        firm.credit(invoice, lines=(CreditLine(line_id="1", quantity=D(3)),))
    assert refused.value.code == "credit_beyond_invoice"
    with pytest.raises(Conflict) as refused:
        firm.credit(invoice, amount=D("8.67"))
    assert refused.value.facts["left"] == "8.66"
    rest = firm.credit(invoice)
    assert rest.payable_amount == D("8.66")
    with pytest.raises(Conflict):
        firm.credit(invoice)
    assert read.get(firm.ctx(), STANDING, invoice.id).credit_state == "credited"
    books = firm.count()
    assert "411000" not in books, "all of it is given back"
    income = {number: amount for number, amount in books.items() if number not in ("371000", "603700")}
    assert sum(income.values()) == 0 and books["709000"] == D("1.67")
    assert "445711" not in books, "credit notes add up to the invoice's VAT"
    assert books.get("758000", D(0)) + books.get("658000", D(0)) == 0, "and to its rounding"
    assert read.get(firm.ctx(), INVOICE, invoice.id) == invoice, "an issued invoice never changes"


def test_returned_goods_come_back_with_their_value(firm: Firm) -> None:
    firm.stocked("A", unit_cost="4.21")
    invoice = firm.invoice(firm.ship(firm.order(("A", "3", "10"))))
    firm.credit(invoice, lines=(CreditLine(line_id="1", quantity=D(1)),), restock_warehouse_id=firm.warehouse.id)
    firm.shop.numbers_are("A", "998", "0", "998")
    assert firm.count()["603700"] == D("8.42")
    assert firm.shop.events("GoodsReturned")[0].data["skus"] == ["A"]


def test_an_invoice_made_by_mistake_is_credited_and_made_again(firm: Firm) -> None:
    firm.stocked("A")
    order = firm.ship(firm.order(("A", "2", "10"), shipping="5"))
    firm.credit(firm.invoice(order), reopen=True)
    again = firm.invoice(order)
    assert (again.payable_amount, again.number[-1]) == (D(25), "2")
    books = firm.count()
    assert books["411000"] == D(25) and books["603700"] == D(8), "what left was costed once"


def test_a_free_invoice_divides_its_allowance_over_the_rates(firm: Firm) -> None:
    draft = service.create(firm.ctx(), NewInvoice(
        lines=(NewInvoiceLine(name="Conseil", line_kind="service", unit_price=D("100.00"), vat_rate=D(20)),
               NewInvoiceLine(name="Livre", quantity=D(2), unit_price=D("50.00"), vat_rate=D("5.5"))),
        allowance=D("10.01"), buyer=issuing.buyer_of(None, _buyer())))
    assert (draft.state, draft.number) == ("draft", "")
    assert [(line.line_kind, line.amount) for line in draft.lines[2:]] == [("allowance", D("-5.01")), ("allowance", D("-5.00"))]
    issued = service.issue(firm.ctx(), draft, IssueInvoice())
    assert (issued.payable_amount, issued.vat_amount) == (D("214.22"), D("24.23"))
    assert firm.entry_of(issued)["411000"] == D("214.22")
    part = firm.credit(issued, lines=(CreditLine(line_id="2", quantity=D(1)),))
    assert part.total_without_vat == D("47.50"), "the allowance goes back with the line it reduced"


def _buyer():  # type: ignore[no-untyped-def]
    from chalicelib.invoicing.model import Party
    from tests.invoicing.company import HOME

    return Party(name="Zoé Lefèvre", address=HOME)


def test_a_document_that_fails_its_rules_takes_no_number(firm: Firm) -> None:
    draft = service.create(firm.ctx(), NewInvoice(lines=(NewInvoiceLine(name="Pain", unit_price=D(3)),)))
    assert {each.code for each in service.preflight(firm.ctx(), draft) if each.severity == "fatal"} == {
        "buyer_name_missing", "buyer_country_missing"}
    with pytest.raises(Invalid) as refused:
        service.issue(firm.ctx(), draft, IssueInvoice())
    assert refused.value.code == "preflight_failed" and "BR-07" in refused.value.detail
    good = service.create(firm.ctx(), NewInvoice(lines=(NewInvoiceLine(name="Pain", unit_price=D(3)),), buyer=_buyer()))
    assert service.issue(firm.ctx(), good, IssueInvoice()).number.endswith("000001")


def test_nothing_is_dated_back_or_ahead(firm: Firm) -> None:
    firm.stocked("A")
    today = firm.ctx().now.date()
    first = firm.invoice(firm.ship(firm.order(("A", "1", "10"))), issue_date=today)
    order = firm.ship(firm.order(("A", "1", "10")))
    for day, code in ((today - timedelta(days=1), "back_dated"), (today + timedelta(days=2), "future_date")):
        with pytest.raises((Conflict, Invalid)) as refused:
            firm.invoice(order, issue_date=day)
        assert refused.value.code == code, (day, str(refused.value))
    assert firm.invoice(order).number == first.number[:-1] + "2"


def test_an_issued_invoice_is_neither_changed_nor_thrown_away(firm: Firm) -> None:
    firm.stocked("A")
    invoice = firm.invoice(firm.ship(firm.order(("A", "1", "10"))))
    body = NewInvoice(lines=(NewInvoiceLine(name="Pain", unit_price=D(3)),))
    for act in (lambda: service.update(firm.ctx(), invoice, body), lambda: service.discard(firm.ctx(), invoice),
                lambda: service.issue(firm.ctx(), invoice, IssueInvoice())):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code in ("invoice_issued", "wrong_state")


def test_a_draft_of_an_order_is_issued_as_the_order_is_then(firm: Firm) -> None:
    firm.stocked("A")
    order = firm.ship(firm.order(("A", "2", "10")), _1="1")
    draft = firm.invoice(order, issue=False)
    assert (draft.state, draft.payable_amount) == ("draft", D(10))
    issued = service.issue(firm.ctx(), draft, IssueInvoice())
    assert (issued.id, issued.state, issued.payable_amount) == (draft.id, "issued", D(10))


def test_several_orders_of_a_customer_on_one_invoice(firm: Firm) -> None:
    from chalicelib.parties import service as parties
    from chalicelib.parties.model import CustomerBody
    from tests.invoicing.company import HOME

    firm.stocked("A")
    customer = parties.create_customer(firm.ctx(), CustomerBody(name="Anne", company_name="Traiteur SARL", siren="552100554",
                                                       billing_address=HOME))
    orders = [firm.ship(firm.order(("A", n, "3.33"), customer_id=customer.id, prices_include_vat=False))
              for n in ("1", "2", "3")]
    invoice = service.invoice_orders(firm.ctx(), InvoiceOrders(orders=tuple(OrderToInvoice(order_id=o.id) for o in orders)))
    assert invoice.payable_amount == sum(o.paid_total for o in orders) == D("23.98")
    assert (invoice.vat_amount, invoice.rounding_amount) == (D("4.00"), D("0.00"))
    assert {m.code for m in invoice.mentions} >= {"late_interest", "recovery_indemnity", "early_payment"}
    assert [service.order_billing(firm.ctx(), o.id).documents[0].number for o in orders] == [invoice.number] * 3


def test_an_order_credited_and_invoiced_again_twice_carries_the_shops_cent_each_time(firm: Firm) -> None:
    """The order's own rounding stands on the first invoice that stands: one credited to be made anew is none of them."""
    firm.stocked("A")
    order = firm.ship(firm.order(("A", "1", "65.87"), prices_include_vat=False, paid_total=D("79.06")))
    for _ in range(3):
        invoice = firm.invoice(order)
        assert (invoice.payable_amount, invoice.rounding_amount) == (D("79.06"), D("0.02"))
        firm.credit(invoice, reopen=True)


def test_a_foreign_invoice_is_posted_in_our_currency_beside_its_own(firm: Firm) -> None:
    firm.stocked("A")
    order = firm.ship(firm.order(("A", "3", "1234"), currency="JPY"))
    with pytest.raises(Invalid) as refused:
        firm.invoice(order)
    assert refused.value.code == "preflight_failed" and "exchange_rate" in refused.value.fields
    invoice = firm.invoice(order, exchange_rate=D("0.006123"))
    assert invoice.payable_amount == order.paid_total == D(3702)
    lines = firm.entry(invoice.entry_id).lines
    assert sum(line.debit - line.credit for line in lines) == 0 == sum(line.currency_amount or 0 for line in lines)
    assert (lines[0].debit, lines[0].currency, lines[0].currency_amount) == (D("22.67"), "JPY", D(3702))


def test_a_foreign_deposit_and_its_balance_at_another_rate_leave_nothing_behind(firm: Firm) -> None:
    """36 of 120 dollars (20 % VAT) are received at 0.90: 27.00 on 4191. Two balances at 0.95 take them off; all credited again,
    in parts, no cent stays on any account but the customer's."""
    firm.stocked("A")
    order = firm.order(("A", "4", "30"), currency="USD")
    deposit = service.receive_deposit(firm.ctx(), NewDeposit(order_id=order.id, amount=D(36), exchange_rate=D("0.9")))
    assert firm.entry_of(deposit)["419100"] == D("-27.00")
    order = firm.ship(order, _1="1")
    first = firm.invoice(order, exchange_rate=D("0.951357"))
    second = firm.invoice(firm.ship(order, _1="3"), exchange_rate=D("0.951357"))
    assert firm.entry_of(first)["419100"] + firm.entry_of(second)["419100"] == D("27.00")
    assert "419100" not in firm.count()
    firm.credit(second, lines=(CreditLine(line_id=second.lines[0].id, quantity=D(1)),))
    firm.credit(second)
    firm.credit(first)
    assert firm.count().get("419100") == D("-27.00") and {number[:3] for number in firm.count()} & {"707", "445"} == {"445"}
    assert sum(amount for number, amount in firm.count().items() if number[:3] == "445") == firm.entry_of(deposit)["445711"]


def test_an_invoice_of_a_thousand_lines(firm: Firm) -> None:
    firm.stocked("A")
    orders = [firm.order(*[("A", "1", "0.99")] * 250, customer_id=_customer(firm)) for _ in range(4)]
    orders = [read.get(firm.ctx(), ORDER, firm.ship(order).id) for order in orders]
    invoice = service.invoice_orders(firm.ctx(), InvoiceOrders(orders=tuple(OrderToInvoice(order_id=o.id) for o in orders)))
    stored = read.get(firm.ctx(), INVOICE, invoice.id)
    assert (stored.lines, stored.line_count, stored.line_chunks) == ((), 1000, 7)
    whole = issuing.lines_of(firm.ctx(), stored)
    assert whole.lines == invoice.lines and invoice.payable_amount == D("990.00")
    assert firm.credit(invoice).payable_amount == D("990.00")


def _customer(firm: Firm) -> str:
    from chalicelib.parties import service as parties
    from chalicelib.parties.model import CustomerBody
    from tests.invoicing.company import HOME

    if not hasattr(firm, "customer_id"):
        firm.customer_id = parties.create_customer(firm.ctx(), CustomerBody(name="Anne", billing_address=HOME)).id
    return str(firm.customer_id)


def test_the_law_is_worded_by_date(firm: Firm) -> None:
    from chalicelib.invoicing.law.mentions import mentions_of
    from chalicelib.invoicing.model import Invoice, InvoiceLine

    line = InvoiceLine(id="1", name="x", amount=D(1), vat_category="K", vat_rate=D(0))
    invoice = Invoice(id="i", lines=(line,), buyer=_buyer(), created_at=firm.ctx().now)
    settings = issuing.defaults()
    assert "262 ter" in mentions_of(invoice, settings, False, date(2026, 8, 31))[0].text
    assert "138" in mentions_of(invoice, settings, False, date(2026, 9, 1))[0].text

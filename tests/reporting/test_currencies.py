"""Money with three decimals and with none, from the order to the report: nothing is rounded to cents on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal as D

import pytest

from chalicelib.invoicing.shapes import CreditLine
from chalicelib.kernel.context import Context
from chalicelib.kernel.money import quantum
from chalicelib.reporting import reconciling
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT
from tests.invoicing.company import Firm
from tests.reporting.books import figures, handle, today, told

NewContext = Callable[..., Context]
PRICES = {"TND": "3.337", "KWD": "0.125", "BHD": "10.999", "JPY": "337"}


def _firm(new_ctx: NewContext, currency: str) -> Firm:
    firm = Firm(new_ctx)
    ctx = firm.ctx()
    tenant = read.get(ctx, TENANT, ctx.tenant_id)
    transaction = Transaction(ctx)
    transaction.save(TENANT, tenant, replace(tenant, currency=currency))
    transaction.commit()
    firm.stocked("A", unit_cost="1" if currency == "JPY" else "0.011")
    return firm


@pytest.mark.parametrize("currency", PRICES)
def test_a_company_that_keeps_its_books_in_it(new_ctx: NewContext, currency: str) -> None:
    """7 articles leave in two parcels, with VAT; a part is credited. What was paid, invoiced, posted and reported agree to the
    smallest unit, and no amount has more decimals than the currency."""
    firm = _firm(new_ctx, currency)
    unit = quantum(currency)
    order = firm.order(("A", "7", PRICES[currency]), currency=currency)
    assert order.paid_total == D(PRICES[currency]) * 7
    invoices = []
    for part in ("3", "4"):
        order = firm.ship(order, _1=part)
        invoices.append(firm.invoice(order))
    assert sum(each.payable_amount for each in invoices) == order.paid_total
    note = firm.credit(invoices[0], lines=(CreditLine(line_id="1", quantity=D(1)),))
    for document in (*invoices, note):
        entry = firm.entry_of(document)
        assert sum(entry.values()) == 0 and all(amount == amount.quantize(unit) for amount in entry.values())
        assert abs(entry["411000"]) == document.payable_amount
    books = firm.count()
    assert books["411000"] == order.paid_total - note.payable_amount
    handle([*told(firm.shop)])
    day = today(firm.ctx())
    revenue = sum(each.total_without_vat for each in invoices) - note.total_without_vat
    row = figures(firm.ctx(), "product", "revenue", first=day, last=day)["total"]
    assert (row if isinstance(row, tuple) else (row,))[0] == revenue
    found = reconciling.reconcile(firm.ctx(), {"from": day, "to": day})
    assert (found.reported, found.booked, found.is_equal) == (revenue, revenue, True)


@pytest.mark.parametrize(("currency", "rate"), [("TND", "0.295"), ("KWD", "2.99"), ("BHD", "2.44"), ("JPY", "0.0061")])
def test_a_sale_in_it_by_a_company_that_counts_in_euros(new_ctx: NewContext, currency: str, rate: str) -> None:
    """The entry balances in euros to the cent and in the sale's currency to its own unit; the report is in euros."""
    firm = Firm(new_ctx)
    firm.stocked("A")
    order = firm.ship(firm.order(("A", "7", PRICES[currency]), currency=currency))
    invoice = firm.invoice(order, exchange_rate=D(rate))
    lines = firm.entry(invoice.entry_id).lines
    unit = quantum(currency)
    assert sum(line.debit - line.credit for line in lines) == 0
    foreign = [line.currency_amount for line in lines if line.currency_amount is not None]
    assert len(foreign) == len(lines) and sum(foreign) == 0 and all(each == each.quantize(unit) for each in foreign)
    assert foreign[0] == invoice.payable_amount == order.paid_total and {line.currency for line in lines} == {currency}
    handle(told(firm.shop))
    firm.count()
    day = today(firm.ctx())
    found = reconciling.reconcile(firm.ctx(), {"from": day, "to": day})
    assert found.is_equal and found.booked == -sum(
        line.debit - line.credit for line in lines if line.account.startswith("70"))

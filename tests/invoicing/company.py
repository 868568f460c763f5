"""A company that sells, ships and invoices, for the tests: articles with stock, books, and short ways to invoice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.invoicing import service
from chalicelib.invoicing.model import INVOICE, Invoice
from chalicelib.invoicing.shapes import CreditInvoice, InvoiceOrders, OrderToInvoice
from chalicelib.kernel.context import Context
from chalicelib.ledger import reading, rolling
from chalicelib.ledger import service as ledger
from chalicelib.ledger.model import FISCAL_YEAR, JournalEntry, NewFiscalYear
from chalicelib.sales import service as sales
from chalicelib.sales.commands import ShipOrder
from chalicelib.sales.model import ORDER, Address, Buyer, LineQuantity, NewCharge, NewLine, Order, PlaceOrder
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import COMPANY, TENANT, Company, PostalAddress, Tenant
from tests.sales.shop import Shop

D = Decimal
HOME = Address(name="Zoé Lefèvre", line1="3 rue des Alpes", postal_code="74000", city="Annecy", country_code="FR")


class Firm:
    """`new_ctx` gives each command a context of its own."""

    def __init__(self, new_ctx: Callable[..., Context]) -> None:
        self.ctx, self.shop = new_ctx, Shop(new_ctx)
        ctx = new_ctx()
        self.year = f"{ctx.now:%Y}-12-31"
        transaction = Transaction(ctx)
        transaction.create(TENANT, Tenant(id=ctx.tenant_id, name="Maison", created_at=ctx.now))
        transaction.create(COMPANY, Company(
            legal_name="Maison Givrée SAS", legal_form="SAS", siren="732829320", vat_number="FR44732829320", rcs_city="Annecy",
            share_capital=D(10000), address=PostalAddress(street="1 rue du Lac", postal_code="74000", city="Annecy")))
        transaction.commit()
        ledger.open_fiscal_year(new_ctx(), NewFiscalYear(starts_on=date(ctx.now.year, 1, 1),
                                                         ends_on=date(ctx.now.year, 12, 31)))

    def stocked(self, *skus: str, vat_rate: str = "20", quantity: str = "1000", unit_cost: str = "4.00") -> None:
        """Articles with stock in one warehouse."""
        if not hasattr(self, "warehouse"):
            self.warehouse = self.shop.warehouse("PAR")
        self.shop.article(*skus, vat_rate=vat_rate)
        for sku in skus:
            self.shop.receive(self.warehouse, sku, quantity, unit_cost)

    def order(self, *lines: tuple[str, str, str], shipping: str = "", **more: Any) -> Order:
        """An order of (SKU, quantity, price) lines, by a shopper of Annecy."""
        charges = (NewCharge(name="Colissimo", amount=D(shipping)),) if shipping else ()
        body = {"buyer": Buyer(name="Zoé Lefèvre", email="zoe@example.org"), "billing_address": HOME, **more}
        return sales.place_order(self.ctx(), PlaceOrder(charges=charges, lines=tuple(
            NewLine(sku=sku, quantity=D(quantity), unit_price=D(price)) for sku, quantity, price in lines), **body))

    def ship(self, order: Order, **quantities: str) -> Order:
        """Ships lines by number (`_1="2"`), or all."""
        lines = tuple(LineQuantity(line_id=name.lstrip("_"), quantity=D(q)) for name, q in quantities.items())
        return sales.ship(self.ctx(), read.get(self.ctx(), ORDER, order.id), ShipOrder(lines=lines))

    def invoice(self, order: Order, *shipment_ids: str, scope: str = "delivered", **more: Any) -> Invoice:
        return service.invoice_orders(self.ctx(), InvoiceOrders(orders=(
            OrderToInvoice(order_id=order.id, shipment_ids=shipment_ids, scope=scope),), **more))

    def credit(self, invoice: Invoice, **more: Any) -> Invoice:
        return service.credit(self.ctx(), read.get(self.ctx(), INVOICE, invoice.id), CreditInvoice(
            **{"reason": "Retour", **more}))

    def entry(self, entry_id: str) -> JournalEntry:
        return ledger.find_entry(self.ctx(), entry_id)

    def entry_of(self, invoice: Invoice) -> dict[str, Decimal]:
        """The sale's entry: debit less credit, by account."""
        found: dict[str, Decimal] = {}
        for line in self.entry(invoice.entry_id).lines:
            found[line.account] = found.get(line.account, D(0)) + line.debit - line.credit
        return found

    def count(self) -> dict[str, Decimal]:
        """The trial balance once the worker has counted: debit less credit, by account, without those at zero."""
        for journal in read.get(self.ctx(), FISCAL_YEAR, self.year).journals:
            rolling.roll_up(self.ctx(), self.year, journal)
        rows = reading.trial_balance(self.ctx(), {}).rows
        return {row.account: row.closing_debit - row.closing_credit for row in rows if row.closing_debit != row.closing_credit}

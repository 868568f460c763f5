"""A company with books for the tests: a tenant, its fiscal year, and short ways to post and to read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.ledger import posting, rolling, service, writing
from chalicelib.ledger.model import FISCAL_YEAR, Account, FiscalYear, Journal, JournalEntry, NewFiscalYear
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import COMPANY, TENANT, Company, Tenant

D = Decimal
YEAR = "2026-12-31"


def line(account: str, debit: str = "0", credit: str = "0", party: str = "", **more: Any) -> posting.DraftLine:
    return posting.DraftLine(account=account, debit=D(debit), credit=D(credit), party_id=party,
                             party_name=party.title(), **more)


def sale(day: date, total: str = "120.00", net: str = "100.00", vat: str = "20.00", party: str = "dupont",
         **more: Any) -> posting.Draft:
    """An invoice with VAT: 411 debit, 707 and 44571 credit."""
    return posting.Draft(journal=more.pop("journal", "VE"), entry_date=day, label=more.pop("label", "Facture"), lines=(
        line("411000", total, party=party), line("707000", credit=net), line("445711", credit=vat)), **more)


class Books:
    """`new_ctx` gives each command a context of its own."""

    def __init__(self, new_ctx: Callable[..., Context]) -> None:
        self.ctx = new_ctx
        ctx = new_ctx()
        transaction = Transaction(ctx)
        transaction.create(TENANT, Tenant(id=ctx.tenant_id, name="Maison", created_at=ctx.now))
        transaction.create(COMPANY, Company(legal_name="Maison Givrée SAS", siren="732829320"))
        transaction.commit()

    def open(self, first: str = "2026-01-01", last: str = YEAR) -> FiscalYear:
        return service.open_fiscal_year(self.ctx(), NewFiscalYear(
            starts_on=date.fromisoformat(first), ends_on=date.fromisoformat(last)))

    def year(self, name: str = YEAR) -> FiscalYear:
        return read.get(self.ctx(), FISCAL_YEAR, name)

    def post(self, *drafts: posting.Draft) -> list[JournalEntry]:
        return writing.post(self.ctx(), drafts)

    def count(self, name: str = YEAR) -> None:
        """What the worker does when it hears of the entries."""
        for journal in self.year(name).journals:
            rolling.roll_up(self.ctx(), name, journal)

    def numbers(self, journal: str, name: str = YEAR) -> list[int]:
        return [rolling.entry_of(i.data, i.schema_version).number for i in rolling.entries(self.ctx(), name, journal)]


ACCOUNTS = {number: Account(id=number, name=name, has_auxiliary=aux) for number, name, aux in (
    ("411000", "Clients", True), ("707000", "Ventes de marchandises", False), ("445711", "TVA collectée 20 %", False),
    ("512000", "Banque", False), ("627000", "Services bancaires", False), ("101300", "Capital", False),
    ("401000", "Fournisseurs", True), ("607000", "Achats de marchandises", False), ("445660", "TVA déductible", False))}
SALES = Journal(id="VE", name="Ventes", journal_kind="sales", is_chronological=True)
GENERAL = Journal(id="OD", name="Opérations diverses")
POSTER = posting.Poster("acme", "EUR", date(2026, 3, 31), datetime(2026, 3, 31, 9, tzinfo=UTC), "Claire")
HEAD = posting.Head(YEAR, "VE", 1, "0" * 64, date(2026, 1, 1), date(2025, 12, 31))

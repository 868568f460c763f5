"""A company with books for the workloads of the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

from chalicelib.kernel.context import Command, Context
from chalicelib.ledger import service
from chalicelib.ledger.model import NewFiscalYear
from chalicelib.ledger.posting import Draft, DraftLine
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT, Tenant

YEAR = "2026-12-31"


def fresh(ctx: Context, name: str) -> Context:
    """The same caller with a command of its own."""
    return replace(ctx, command=Command(f"bench:{name}"))


def company(tenant_id: str) -> Context:
    """A tenant with the fiscal year 2026; answers the context of its work."""
    ctx = tenant_work(tenant_id, "bench", 600.0)
    transaction = Transaction(fresh(ctx, "tenant"))
    transaction.create(TENANT, Tenant(id=tenant_id, name="Banc", created_at=ctx.now))
    transaction.commit()
    service.open_fiscal_year(fresh(ctx, "year"), NewFiscalYear(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)))
    return ctx


def sale(n: int, chance: Random, journal: str = "OD") -> Draft:
    """A sale with VAT: three lines."""
    net = Decimal(chance.randrange(100, 1_000_00)) / 100
    vat = (net * Decimal("0.2")).quantize(Decimal("0.01"))
    return Draft(journal=journal, entry_date=date(2026, 1 + n % 12, 1 + n % 28), label=f"Facture FA-{n:06d}",
                 document_reference=f"FA-{n:06d}", document_kind="sales_invoice", document_id=f"inv_{n}", lines=(
                     DraftLine(account="411000", debit=net + vat, party_id=f"cus_{n % 500}", party_name="Client"),
                     DraftLine(account="707000", credit=net), DraftLine(account="445711", credit=vat)))

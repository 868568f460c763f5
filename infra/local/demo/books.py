"""The demo company's books: this calendar year, and the balances it opened with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from chalicelib.kernel.context import Context
from chalicelib.ledger import service, writing
from chalicelib.ledger.model import NewFiscalYear
from chalicelib.ledger.posting import Draft, DraftLine
from chalicelib.tenants import directory

OPENING = (("101300", "-40000"), ("106100", "-4000"), ("110000", "-8150"), ("164000", "-25000"), ("215400", "62000"),
           ("281540", "-21500"), ("355000", "9400"), ("401000", "-6800"), ("411000", "4150"), ("445510", "-2350"),
           ("512000", "31800"), ("530000", "450"))
"""A small maker of ice-cream cakes: equipment on a loan, a little stock, money in the bank."""
_PARTIES = {"401000": ("fournisseur-laiterie", "Laiterie des Aravis"), "411000": ("client-hotel", "Hôtel du Lac")}


def seed_books(ctx: Context) -> None:
    """The fiscal year of today, and its opening entry of the first of January."""
    year = ctx.now.year
    service.open_fiscal_year(directory.apart(ctx, "books"), NewFiscalYear(
        starts_on=date(year, 1, 1), ends_on=date(year, 12, 31)))
    lines = []
    for account, balance in OPENING:
        amount, (party_id, party_name) = Decimal(balance), _PARTIES.get(account, ("", ""))
        lines.append(DraftLine(account=account, debit=max(amount, Decimal(0)), credit=max(-amount, Decimal(0)),
                               party_id=party_id, party_name=party_name))
    writing.post(directory.apart(ctx, "books:opening"), [Draft(
        journal="AN", entry_date=date(year, 1, 1), label=f"À-nouveaux {year}", lines=tuple(lines), source="opening:demo",
        document_reference=f"AN {year}")])

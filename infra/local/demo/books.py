"""The demo company's books: this calendar year, and the balances it opened with."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from chalicelib.kernel.context import Context
from chalicelib.ledger import determining, exchange, letters, service, writing
from chalicelib.ledger.law.determination import STANDARD, AccountRule, DeterminationBody, ProductFamily
from chalicelib.ledger.lettering import LineReference, NewLetter
from chalicelib.ledger.model import NewAccount, NewFiscalYear
from chalicelib.ledger.posting import Draft, DraftLine
from chalicelib.tenants import directory

OPENING = (("101300", "-40000"), ("106100", "-4000"), ("110000", "-8150"), ("164000", "-25000"), ("215400", "62000"),
           ("281540", "-21500"), ("355000", "9400"), ("401000", "-6800"), ("411000", "4150"), ("445510", "-2350"),
           ("512000", "31800"), ("530000", "450"))
"""A small maker of ice-cream cakes: equipment on a loan, a little stock, money in the bank."""
_PARTIES = {"401000": ("fournisseur-laiterie", "Laiterie des Aravis"), "411000": ("client-hotel", "Hôtel du Lac")}


FAMILIES = {"Bûches": "logs", "Entremets glacés": "ice_cakes", "Sorbets": "ice_creams", "Petits fours": "small_cakes",
            "Coffrets": "boxes"}
"""The family by which each category of the range is accounted for."""
_NAMES = (("logs", "Bûches glacées", "Ice logs"), ("ice_cakes", "Entremets glacés", "Ice cakes"),
          ("ice_creams", "Glaces et sorbets", "Ice creams"), ("small_cakes", "Petits fours", "Small cakes"),
          ("boxes", "Coffrets", "Boxes"))


def _families(ctx: Context) -> None:
    """What is made here, family by family, drinks that are bought, and an account for the logs alone."""
    service.create_account(directory.apart(ctx, "account:logs"), NewAccount(
        number="701600", name="Ventes de bûches glacées", name_en="Sales of ice logs"))
    made = tuple(ProductFamily(code=code, name=name, name_en=name_en, purpose="finished") for code, name, name_en in _NAMES)
    determining.change(directory.apart(ctx, "families"), DeterminationBody(
        families=(*STANDARD.families, *made, ProductFamily(code="drinks", name="Boissons", name_en="Drinks")),
        rules=(*STANDARD.rules, AccountRule(purpose="finished", tax_treatment="domestic", product_family="logs",
                                            account="701600"))))


def _rates(ctx: Context) -> None:
    """What other currencies are worth, so that an order in one is invoiced and paid by itself."""
    for currency, rate in (("CHF", "1.0683"), ("GBP", "1.1420"), ("USD", "0.9217")):
        exchange.create(directory.apart(ctx, f"rate:{currency}"), exchange.NewExchangeRate(
            currency=currency, rate_on=ctx.now.date() - timedelta(days=1), rate=Decimal(rate), source="BCE"))


def seed_books(ctx: Context) -> None:
    """The fiscal year of today, and its opening entry of the first of January."""
    year = ctx.now.year
    service.open_fiscal_year(directory.apart(ctx, "books"), NewFiscalYear(
        starts_on=date(year, 1, 1), ends_on=date(year, 12, 31)))
    _families(ctx)
    _rates(ctx)
    lines = []
    for account, balance in OPENING:
        amount, (party_id, party_name) = Decimal(balance), _PARTIES.get(account, ("", ""))
        lines.append(DraftLine(account=account, debit=max(amount, Decimal(0)), credit=max(-amount, Decimal(0)),
                               party_id=party_id, party_name=party_name))
    writing.post(directory.apart(ctx, "books:opening"), [Draft(
        journal="AN", entry_date=date(year, 1, 1), label=f"À-nouveaux {year}", lines=tuple(lines), source="opening:demo",
        document_reference=f"AN {year}")])
    _lettered(ctx, date(year, 1, 1))


def _lettered(ctx: Context, opened: date) -> None:
    """What the hotel's and the dairy's accounts did since: a payment in two parts, one of them lettered."""
    hotel, dairy = _PARTIES["411000"], _PARTIES["401000"]

    def line(account: str, debit: str = "0", credit: str = "0", party: tuple[str, str] = ("", "")) -> DraftLine:
        return DraftLine(account=account, debit=Decimal(debit), credit=Decimal(credit), party_id=party[0], party_name=party[1])

    days = [opened + timedelta(days) for days in (20, 40)]
    paid = [Draft(journal="BQ", entry_date=days[0], label="Virement Hôtel du Lac, acompte", document_reference="VIR 4107",
                  lines=(line("512000", "3000"), line("411000", credit="3000", party=hotel))),
            Draft(journal="BQ", entry_date=days[1], label="Paiement Laiterie des Aravis", document_reference="VIR 4119",
                  lines=(line("401000", "6800", party=dairy), line("512000", credit="6800")))]
    entries = writing.post(directory.apart(ctx, "books:paid"), paid)
    opening = f"{opened.year}-12-31.AN.1"
    places = {account: n for n, (account, _) in enumerate(OPENING, 1)}
    for account, (entry, at) in zip(("411000", "401000"), ((entries[0], 2), (entries[1], 1)), strict=True):
        letters.create_letter(directory.apart(ctx, f"books:{account}"), NewLetter(is_partial=True, lines=(
            LineReference(entry_id=opening, line=places[account]), LineReference(entry_id=entry.id, line=at))))

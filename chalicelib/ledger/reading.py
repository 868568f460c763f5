"""What the books say: trial balance, general ledger, customers' and suppliers' ledgers, and the tax file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, LimitExceeded, NotFound
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.ledger import balances, fec, heads, rolling
from chalicelib.ledger.answers import (
    EntryLineView,
    JournalEntryView,
    LedgerPage,
    PartyBalance,
    PartyBalances,
    TrialBalance,
    TrialLine,
)
from chalicelib.ledger.model import ACCOUNT, FISCAL_YEAR, FiscalYear, JournalEntry
from chalicelib.storage import read
from chalicelib.tenants import service as tenants

PAGE = 200
MAX_ENTRIES = 10_000
"""What one answer with the tax file holds: the gateway carries 6 MB."""
Start = Mapping[str, str] | None


def fiscal_year(ctx: Context, query: Mapping[str, str]) -> FiscalYear:
    """The year a query names, else the newest. Raises NotFound."""
    wanted = query.get("fiscal_year")
    if not wanted:
        newest = read.query(ctx, "by_list", "FISCAL_YEAR", limit=1).items
        if not newest:
            raise NotFound(FISCAL_YEAR.kind)
        wanted = str(newest[0]["id"])
    return read.get(ctx, FISCAL_YEAR, wanted)


def _month(query: Mapping[str, str], name: str, default: date) -> str:
    text = query.get(name) or f"{default:%Y-%m}"
    try:
        return f"{date.fromisoformat(text[:7] + '-01'):%Y-%m}"
    except ValueError:
        raise Invalid("period", "from and to are months such as 2026-11.", {name: "a month"}) from None


def trial_balance(ctx: Context, query: Mapping[str, str]) -> TrialBalance:
    """The trial balance of the months `from` to `to`, the whole year when they are not named. Raises Invalid, NotFound."""
    year = fiscal_year(ctx, query)
    first, last = _month(query, "from", year.starts_on), _month(query, "to", year.ends_on)
    whole = (first, last) == (f"{year.starts_on:%Y-%m}", f"{year.ends_on:%Y-%m}")
    rows = balances.trial_balance(rolling.kept_periods(ctx, year.id, whole),
                                  *((balances.YEAR, balances.YEAR) if whole else (first, last)))
    names = read.get_many(ctx, ACCOUNT, [row.account for row in rows])

    def total(name: str) -> Decimal:
        return sum((Decimal(getattr(row, name)) for row in rows), ZERO)

    return TrialBalance(
        fiscal_year=year.id, first_month=first, last_month=last, currency=tenants.tenant(ctx).currency,
        rows=tuple(TrialLine(
            account=row.account, name=names[row.account].name if row.account in names else "",
            name_en=names[row.account].name_en if row.account in names else "", opening_debit=row.opening_debit,
            opening_credit=row.opening_credit, debit=row.debit, credit=row.credit,
            closing_debit=max(row.balance, ZERO), closing_credit=max(-row.balance, ZERO),
            has_auxiliary=row.account in names and names[row.account].has_auxiliary) for row in rows),
        opening_debit=total("opening_debit"), opening_credit=total("opening_credit"), debit=total("debit"),
        credit=total("credit"), result=balances.result_of(rows), entries_behind=rolling.behind(ctx, year))


def _days(query: Mapping[str, str], year: FiscalYear) -> tuple[str, str]:
    try:
        first = date.fromisoformat(query["from"]) if query.get("from") else year.starts_on
        last = date.fromisoformat(query["to"]) if query.get("to") else year.ends_on
    except ValueError:
        raise Invalid("period", "from and to are dates such as 2026-11-24.", {"from": "date", "to": "date"}) from None
    if last < first:
        raise Invalid("period", "The period ends before it begins.", {"to": "before from"})
    return first.isoformat(), last.isoformat()


def account_lines(ctx: Context, account: str, query: Mapping[str, str], start: Start) -> tuple[LedgerPage, Start]:
    """A page of the general ledger: the lines of an account by date, and where the next page starts."""
    year = fiscal_year(ctx, query)
    read.get(ctx, ACCOUNT, account)
    first, last = _days(query, year)
    found, after = read.collection(ctx, f"ACCOUNT#{year.id}#{account}", between=(first, last + "\uffff"), limit=PAGE,
                                   start=start)
    return _page(year, [item.data for item in found]), after


def party_lines(ctx: Context, party_id: str, query: Mapping[str, str], start: Start) -> tuple[LedgerPage, Start]:
    """A page of a customer's or supplier's ledger: their lines by account and date, and where the next page starts."""
    year = fiscal_year(ctx, query)
    found, after = read.collection(ctx, f"PARTY_LINES#{year.id}#{party_id}", limit=PAGE, start=start)
    return _page(year, [item.data for item in found]), after


def _page(year: FiscalYear, stored: list[str]) -> LedgerPage:
    lines = tuple(codec.adapter(rolling.LedgerLine).validate_json(data) for data in stored)
    return LedgerPage(fiscal_year=year.id, lines=lines)


def party_balances(ctx: Context, account: str, query: Mapping[str, str]) -> PartyBalances:
    """The balance of each customer or supplier on an account, whose sum is the account's own. Raises NotFound."""
    year = fiscal_year(ctx, query)
    read.get(ctx, ACCOUNT, account)
    kept = rolling.kept_parties(ctx, year.id, account)
    return PartyBalances(
        fiscal_year=year.id, account=account, currency=tenants.tenant(ctx).currency,
        rows=tuple(PartyBalance(party_id=party, party_name=name, debit=debit, credit=credit, balance=debit - credit)
                   for (_, party), (name, debit, credit) in sorted(kept.items(), key=lambda each: each[1][0])))


def entry_view(entry: JournalEntry) -> JournalEntryView:
    """An entry as it is shown, with its total."""
    return JournalEntryView(
        id=entry.id, version=1, fiscal_year=entry.fiscal_year, journal=entry.journal, journal_name=entry.journal_name,
        number=entry.number, entry_date=entry.entry_date, posted_on=entry.posted_on, label=entry.label,
        currency=entry.currency, document_kind=entry.document_kind, document_id=entry.document_id,
        document_reference=entry.document_reference, document_date=entry.document_date, reverses=entry.reverses,
        actor_name=entry.actor_name, posted_at=entry.posted_at, hash=entry.hash, previous_hash=entry.previous_hash,
        total=sum((line.debit for line in entry.lines), ZERO),
        lines=tuple(EntryLineView(
            account=line.account, account_name=line.account_name, party_id=line.party_id, party_name=line.party_name,
            label=line.label, debit=round_amount(line.debit, entry.currency),
            credit=round_amount(line.credit, entry.currency), currency=line.currency,
            currency_amount=line.currency_amount) for line in entry.lines))


def journal_entries(ctx: Context, journal: str, query: Mapping[str, str], start: Start) -> tuple[list[JournalEntry], Start]:
    """A page of a journal in a year, newest first, and where the next page starts. Raises NotFound."""
    year = fiscal_year(ctx, query)
    found, after = read.collection(ctx, f"ENTRY#{year.id}#{journal}", limit=50, newest_first=True, start=start)
    return [rolling.entry_of(item.data, item.schema_version) for item in found], after


def fec_file(ctx: Context, fiscal_year: str) -> tuple[str, str]:
    """Name and text (ASCII) of a year's tax file. Raises NotFound, Conflict `siren_missing`, LimitExceeded."""
    year = read.get(ctx, FISCAL_YEAR, fiscal_year)
    name = fec.file_name(tenants.company(ctx).siren, year.ends_on)
    standing = heads.heads_of(ctx, year)
    if sum(head.next_number - 1 for head in standing.values()) > MAX_ENTRIES:
        raise LimitExceeded("fec_too_large", f"More than {MAX_ENTRIES} entries do not fit one answer.")
    entries: list[JournalEntry] = []
    for journal, head in standing.items():
        stored = rolling.entries(ctx, year.id, journal, through=head.next_number - 1)
        entries += [rolling.entry_of(item.data, item.schema_version) for item in stored]
    return name, fec.plain(fec.text_of(entries))

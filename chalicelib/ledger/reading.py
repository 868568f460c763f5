"""What the books say: trial balance, general ledger, customers' and suppliers' ledgers, and the tax file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, LimitExceeded, NotFound
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.ledger import balances, heads, lettering, letters, rolling, writing
from chalicelib.ledger.answers import (
    AgedBalance,
    AgedParty,
    EntryLineView,
    JournalEntryView,
    LedgerPage,
    LedgerRow,
    OpenItem,
    OpenItems,
    PartyBalance,
    PartyBalances,
    TrialBalance,
    TrialLine,
)
from chalicelib.ledger.law import fec
from chalicelib.ledger.lettering import reference_of
from chalicelib.ledger.model import ACCOUNT, FISCAL_YEAR, FiscalYear, JournalEntry
from chalicelib.storage import read
from chalicelib.tenants import service as tenants

PAGE = 200
PAGE_OF_ENTRIES = 50
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


def unbalanced(ctx: Context) -> list[str]:
    """The fiscal years whose kept balances do not balance: one query for each year."""
    years = [str(row["id"]) for row in read.every_row(ctx, "by_list", "FISCAL_YEAR")]
    return [year for year in years if balances.off_balance(rolling.kept_periods(ctx, year, whole=True))]


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
    return _page(ctx, year, [item.data for item in found]), after


def party_lines(ctx: Context, party_id: str, query: Mapping[str, str], start: Start) -> tuple[LedgerPage, Start]:
    """A page of a customer's or supplier's ledger: their lines by account and date, and where the next page starts."""
    year = fiscal_year(ctx, query)
    found, after = read.collection(ctx, f"PARTY_LINES#{year.id}#{party_id}", limit=PAGE, start=start)
    return _page(ctx, year, [item.data for item in found]), after


def _page(ctx: Context, year: FiscalYear, stored: list[str]) -> LedgerPage:
    lines = [codec.adapter(rolling.LedgerLine).validate_json(data) for data in stored]
    held = letters.letters_of(ctx, [reference_of(line.entry_id, line.line) for line in lines if line.party_id])
    return LedgerPage(fiscal_year=year.id, lines=tuple(
        _row(line, held.get(reference_of(line.entry_id, line.line), {})) for line in lines))


def _row(line: rolling.LedgerLine, letter: Mapping[str, Any]) -> LedgerRow:
    return LedgerRow(
        entry_id=line.entry_id, entry_date=date.fromisoformat(line.entry_date), journal=line.journal, number=line.number,
        line=line.line, account=line.account, party_id=line.party_id, party_name=line.party_name, label=line.label,
        document_kind=line.document_kind, document_id=line.document_id, document_reference=line.document_reference,
        debit=line.debit, credit=line.credit, due_date=line.due_date, letter_id=str(letter.get("id", "")),
        letter=str(letter.get("code", "")), letter_state=str(letter.get("state", "")))


def open_items(ctx: Context, account: str, party_id: str, query: Mapping[str, str]) -> OpenItems:
    """The open lines of an account, or of one party on it. Raises NotFound, LimitExceeded."""
    year = fiscal_year(ctx, query)
    read.get(ctx, ACCOUNT, account)
    found = letters.open_lines(ctx, year.id, account, party_id)
    return OpenItems(
        fiscal_year=year.id, account=account, party_id=party_id, currency=tenants.tenant(ctx).currency,
        balance=sum((each.line.debit - each.line.credit for each in found), ZERO),
        lines=tuple(OpenItem(party_id=each.whose.party_id, party_name=each.whose.party_name, line=each.line,
                             letter_id=each.letter_id, letter=each.code) for each in found))


def aged_balance(ctx: Context, account: str, query: Mapping[str, str]) -> AgedBalance:
    """What each customer owes (or each supplier is owed) on the day `at`, today when not said, by how long it has been
    due. Raises NotFound, Invalid, LimitExceeded."""
    year = fiscal_year(ctx, query)
    read.get(ctx, ACCOUNT, account)
    try:
        at = date.fromisoformat(query["at"]) if query.get("at") else writing.poster(ctx).today
    except ValueError:
        raise Invalid("period", "at is a date such as 2026-11-24.", {"at": "a date"}) from None
    by_party: dict[tuple[str, str], list[letters.OpenLine]] = {}
    for each in letters.open_lines(ctx, year.id, account):
        by_party.setdefault((each.whose.party_id, each.whose.party_name), []).append(each)
    sign = letters.sign_of(account)
    amounts = {party: lettering.open_amounts(
        (each.line for each in lines), {each.line.place: each.letter_id for each in lines if each.letter_id}, sign)
        for party, lines in by_party.items()}
    rows = tuple(AgedParty(party_id=party, party_name=name, aged=lettering.aged(found, at))
                 for (party, name), found in sorted(amounts.items(), key=lambda each: (each[0][1], each[0][0])))
    return AgedBalance(fiscal_year=year.id, account=account, at=at, currency=tenants.tenant(ctx).currency, rows=rows,
                       total=lettering.aged((each for found in amounts.values() for each in found), at))


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
            currency_amount=line.currency_amount, due_date=line.due_date) for line in entry.lines))


def journal_entries(ctx: Context, journal: str, query: Mapping[str, str], start: Start) -> tuple[list[JournalEntry], Start]:
    """A page of a journal in a year, newest first, and where the next page starts. Raises NotFound."""
    year = fiscal_year(ctx, query)
    found, after = read.collection(ctx, f"ENTRY#{year.id}#{journal}", limit=PAGE_OF_ENTRIES, newest_first=True,
                                   start=start)
    return [rolling.entry_of(item.data, item.schema_version) for item in found], after


def newest_entries(ctx: Context, query: Mapping[str, str]) -> list[JournalEntry]:
    """The newest entries of all journals of a year, one page. Raises NotFound."""
    year = fiscal_year(ctx, query)
    found = [rolling.entry_of(item.data, item.schema_version) for journal in year.journals
             for item in read.collection(ctx, f"ENTRY#{year.id}#{journal}", limit=PAGE_OF_ENTRIES, newest_first=True)[0]]
    return sorted(found, key=lambda entry: (entry.posted_at, entry.journal, entry.number), reverse=True)[:PAGE_OF_ENTRIES]


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
    named = [reference_of(entry.id, n) for entry in entries for n, line in enumerate(entry.lines, 1) if line.party_id]
    found = letters.letters_of(ctx, named)
    marks = {name: (str(letter["code"]), date.fromisoformat(letter["lettered_on"]))
             for name, letter in found.items() if letter["state"] == "full"}
    return name, fec.plain(fec.text_of(entries, marks))

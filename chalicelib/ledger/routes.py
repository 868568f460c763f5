"""The endpoints of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Stale
from chalicelib.ledger import determining, exchange, letters, reading, service
from chalicelib.ledger.answers import (
    AgedBalance,
    EntryPage,
    FiscalYearView,
    JournalEntryView,
    LedgerPage,
    LetterView,
    OpenItems,
    PartyBalances,
    TrialBalance,
)
from chalicelib.ledger.exchange import EXCHANGE_RATE, ExchangeRateBody, ExchangeRateRow, NewExchangeRate
from chalicelib.ledger.law.determination import DETERMINATION, Choice, DeterminationBody
from chalicelib.ledger.lettering import (
    LETTER,
    LETTER_TRANSITIONS,
    AutomaticLetters,
    ExtendLetter,
    LetterRow,
    NewLetter,
)
from chalicelib.ledger.model import (
    ACCOUNT,
    FISCAL_YEAR,
    JOURNAL,
    JOURNAL_ENTRY,
    YEAR_TRANSITIONS,
    AccountBody,
    AccountRow,
    FiscalYearRow,
    JournalBody,
    JournalEntry,
    JournalRow,
    LockPeriod,
    NewAccount,
    NewEntry,
    NewFiscalYear,
    NewJournal,
    ReverseEntry,
)
from chalicelib.runtime import cursors
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.resources import Action, Listing, Resource, mount

api = Api("ledger")
_YEAR, _CURSOR = Parameter("fiscal_year", "its closing date; the newest when not given"), Parameter("cursor")
_DAYS = (Parameter("from", "first date"), Parameter("to", "last date"))
_MONTHS = (Parameter("from", "first month, 2026-01"), Parameter("to", "last month, 2026-12"))

mount(api, Resource(
    document=ACCOUNT, row=AccountRow, path="/accounts", read="ledger.read", write="ledger.manage",
    listings={"": Listing("by_list", "ACCOUNT", newest_first=False)},
    filters=("account_class", "usage", "is_active", "has_auxiliary"),
    create=service.create_account, create_body=NewAccount, update=service.update_account, update_body=AccountBody))
mount(api, Resource(
    document=JOURNAL, row=JournalRow, path="/journals", read="ledger.read", write="ledger.manage",
    listings={"": Listing("by_list", "JOURNAL", newest_first=False)}, filters=("journal_kind", "is_active"),
    create=service.create_journal, create_body=NewJournal, update=service.update_journal, update_body=JournalBody))
mount(api, Resource(
    document=FISCAL_YEAR, row=FiscalYearRow, path="/fiscal-years", read="ledger.read", write="ledger.manage",
    listings={"": Listing("by_list", "FISCAL_YEAR")}, filters=("state",), shape=FiscalYearView,
    create=service.open_fiscal_year, create_body=NewFiscalYear, transitions=YEAR_TRANSITIONS, actions={
        "lock": Action(service.lock_period, LockPeriod),
        "close": Action(service.close_year),
        "carry_forward": Action(service.carry_forward)}))

mount(api, Resource(
    document=EXCHANGE_RATE, row=ExchangeRateRow, path="/exchange-rates", read="ledger.read", write="ledger.manage",
    listings={"": Listing("by_list", "EXCHANGE_RATE")}, filters=("currency",), create=exchange.create,
    create_body=NewExchangeRate, update=exchange.update, update_body=ExchangeRateBody))
mount(api, Resource(
    document=LETTER, row=LetterRow, path="/letters", read="ledger.read", write="ledger.post",
    listings={"": Listing("by_list", "LETTER")}, filters=("account", "state", "method"),
    lookups={"party_id": Listing("by_party", "LETTERS_OF#{}")}, create=letters.create_letter, create_body=NewLetter,
    shape=LetterView, transitions=LETTER_TRANSITIONS, actions={
        "extend": Action(letters.extend_letter, ExtendLetter),
        "undo": Action(letters.undo_letter)}))


def _shown(entry: JournalEntry) -> Any:
    return codec.plain(reading.entry_view(entry))


LOADERS[JOURNAL_ENTRY.kind] = lambda ctx, entry_id: _shown(service.find_entry(ctx, entry_id))


def _start(ctx: Context, request: Request[Any], *names: str) -> tuple[Mapping[str, str] | None, list[Any]]:
    """Where the asked page starts, and the query it belongs to."""
    shape = [request.path, *(request.query.get(name, "") for name in names)]
    return (cursors.read(ctx, request.query["cursor"], shape) if request.query.get("cursor") else None), shape


def _cursor(ctx: Context, start: Mapping[str, str] | None, shape: list[Any]) -> str | None:
    return cursors.write(ctx, start, shape) if start else None


@api.get("/entries", permission="ledger.read", answer=EntryPage, parameters=(
    Parameter("journal", "its code; without it, the newest of all journals on one page"), _YEAR, _CURSOR))
def list_journal_entries(ctx: Context, request: Request[Any]) -> Answer:
    """List the entries of a journal, newest first, or the newest of all journals."""
    journal = request.query.get("journal", "")
    if not journal:
        newest = reading.newest_entries(ctx, request.query)
        return Answer(EntryPage(items=tuple(map(reading.entry_view, newest)), cursor=None))
    start, shape = _start(ctx, request, "journal", "fiscal_year")
    found, after = reading.journal_entries(ctx, journal, request.query, start)
    return Answer(EntryPage(items=tuple(map(reading.entry_view, found)), cursor=_cursor(ctx, after, shape)))


@api.get("/entries/{document_id}", permission="ledger.read", answer=JournalEntryView)
def get_journal_entry(ctx: Context, request: Request[Any], document_id: str) -> Answer:
    """Read one entry."""
    return Answer(_shown(service.find_entry(ctx, document_id)), version=1)


@api.post("/entries", permission="ledger.post", body=NewEntry, answer=JournalEntryView, status=201)
def create_journal_entry(ctx: Context, request: Request[NewEntry]) -> Answer:
    """Post an entry; it is numbered and never changed."""
    return Answer(_shown(service.post_entry(ctx, request.body)), 201, version=1)


@api.post("/entries/{document_id}/reverse", permission="ledger.post", body=ReverseEntry, answer=JournalEntryView, status=201)
def reverse_journal_entry(ctx: Context, request: Request[ReverseEntry], document_id: str) -> Answer:
    """Post the reversal of an entry."""
    return Answer(_shown(service.reverse_entry(ctx, document_id, request.body)), 201, version=1)


@api.get("/trial-balance", permission="ledger.read", answer=TrialBalance, parameters=(_YEAR, *_MONTHS))
def read_trial_balance(ctx: Context, request: Request[Any]) -> Answer:
    """The trial balance of a fiscal year, or of some of its months."""
    return Answer(reading.trial_balance(ctx, request.query))


@api.get("/accounts/{document_id}/lines", permission="ledger.read", answer=LedgerPage, parameters=(_YEAR, *_DAYS, _CURSOR))
def read_account_lines(ctx: Context, request: Request[Any], document_id: str) -> Answer:
    """The general ledger of an account: its lines by date."""
    start, shape = _start(ctx, request, "fiscal_year", "from", "to")
    page, after = reading.account_lines(ctx, document_id, request.query, start)
    return Answer(LedgerPage(fiscal_year=page.fiscal_year, lines=page.lines, cursor=_cursor(ctx, after, shape)))


@api.get("/accounts/{document_id}/parties", permission="ledger.read", answer=PartyBalances, parameters=(_YEAR,))
def read_account_parties(ctx: Context, request: Request[Any], document_id: str) -> Answer:
    """The balances of the customers or suppliers of an account."""
    return Answer(reading.party_balances(ctx, document_id, request.query))


@api.get("/parties/{party_id}/lines", permission="ledger.read", answer=LedgerPage, parameters=(_YEAR, _CURSOR))
def read_party_lines(ctx: Context, request: Request[Any], party_id: str) -> Answer:
    """The ledger of one customer or supplier."""
    start, shape = _start(ctx, request, "fiscal_year")
    page, after = reading.party_lines(ctx, party_id, request.query, start)
    return Answer(LedgerPage(fiscal_year=page.fiscal_year, lines=page.lines, cursor=_cursor(ctx, after, shape)))


@api.get("/accounts/{document_id}/open-lines", permission="ledger.read", answer=OpenItems, parameters=(
    _YEAR, Parameter("party_id", "of this customer or supplier only")))
def read_open_lines(ctx: Context, request: Request[Any], document_id: str) -> Answer:
    """The lines of an account that no full letter holds."""
    return Answer(reading.open_items(ctx, document_id, request.query.get("party_id", ""), request.query))


@api.get("/accounts/{document_id}/aged", permission="ledger.read", answer=AgedBalance, parameters=(
    _YEAR, Parameter("at", "the day; today when not given")))
def read_aged_balance(ctx: Context, request: Request[Any], document_id: str) -> Answer:
    """The aged balance of an account: what is owed by how long it has been due."""
    return Answer(reading.aged_balance(ctx, document_id, request.query))


@api.post("/letter-matches", permission="ledger.post", body=AutomaticLetters, answer=OpenItems)
def match_letters(ctx: Context, request: Request[AutomaticLetters]) -> Answer:
    """Letter what settles itself among a party's open lines; answers what is still open."""
    body = request.body
    year = reading.fiscal_year(ctx, {"fiscal_year": body.fiscal_year})
    letters.letter_automatically(ctx, year.id, body)
    return Answer(reading.open_items(ctx, body.account, body.party_id, {"fiscal_year": year.id}))


def _open_items(ctx: Context, name: str) -> Any:
    year, account, party_id = name.split(".", 2)
    return codec.plain(reading.open_items(ctx, account, party_id, {"fiscal_year": year}))


LOADERS["open_items"] = _open_items


LOADERS[DETERMINATION.kind] = lambda ctx, _: codec.plain(determining.table(ctx))


@api.get("/account-determination", permission="ledger.read", answer=DETERMINATION.model)
def get_account_determination(ctx: Context, request: Request[Any]) -> Answer:
    """By which rules sales are posted, and the families of articles."""
    found = determining.table(ctx)
    return Answer(codec.plain(found), version=found.version)


@api.put("/account-determination", permission="ledger.manage", body=DeterminationBody, answer=DETERMINATION.model)
def update_account_determination(ctx: Context, request: Request[DeterminationBody]) -> Answer:
    """Change the rules and families; what was posted stays."""
    if request.if_match is not None and request.if_match != determining.table(ctx).version:
        raise Stale(DETERMINATION.kind)
    saved = determining.change(ctx, request.body)
    return Answer(codec.plain(saved), version=saved.version)


@api.get("/account-determination/choice", permission="ledger.read", answer=Choice, parameters=(
    Parameter("purpose", "goods, finished, services, shipping, rebates or vat; goods when not given"),
    Parameter("tax_treatment", "domestic, intra_eu, oss, export, reverse_charge or exempt"),
    Parameter("vat_rate", "such as 5.5"), Parameter("product_family", "its code"),
    Parameter("on", "the day; today when not given")))
def explain_account(ctx: Context, request: Request[Any]) -> Answer:
    """Which account something would be posted to, by which rule, and the other rules that fit."""
    return Answer(determining.explained(ctx, request.query))


@api.get("/fiscal-years/{document_id}/fec", permission="ledger.manage", stays_open=True, produces="text/plain")
def read_fec(ctx: Context, request: Request[Any], document_id: str) -> Answer:
    """The tax file of a fiscal year (FEC, LPF art. A47 A-1)."""
    name, content = reading.fec_file(ctx, document_id)
    return Answer(content, content_type="text/plain; charset=us-ascii", headers={
        "Content-Disposition": f'attachment; filename="{name}"'})

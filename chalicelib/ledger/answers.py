"""What the API says of the books."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.shapes import entity
from chalicelib.ledger.rolling import LedgerLine


@entity
class FiscalYearView:
    """A fiscal year with what can be done with it."""

    id: str
    version: int
    starts_on: date
    ends_on: date
    state: str
    locked_through: date
    journals: tuple[str, ...]
    created_at: datetime
    allowed_actions: tuple[str, ...]


@entity
class EntryLineView:
    account: str
    account_name: str
    party_id: str
    party_name: str
    label: str
    debit: Decimal
    credit: Decimal
    currency: str
    currency_amount: Decimal | None


@entity
class JournalEntryView:
    """A posted entry; `hash` and `previous_hash` are its link in the journal's chain, `total` one of its sides."""

    id: str
    version: int
    fiscal_year: str
    journal: str
    journal_name: str
    number: int
    entry_date: date
    posted_on: date
    label: str
    currency: str
    document_kind: str
    document_id: str
    document_reference: str
    document_date: date
    reverses: str
    actor_name: str
    posted_at: datetime
    hash: str
    previous_hash: str
    total: Decimal
    lines: tuple[EntryLineView, ...]


@entity
class EntryPage:
    """Entries of one journal, newest first."""

    items: tuple[JournalEntryView, ...]
    cursor: str | None


@entity
class TrialLine:
    account: str
    name: str
    name_en: str
    has_auxiliary: bool
    opening_debit: Decimal
    opening_credit: Decimal
    debit: Decimal
    credit: Decimal
    closing_debit: Decimal
    closing_credit: Decimal


@entity
class TrialBalance:
    """Opening balances, movements and closing balances by account; `result` is class 7 less class 6, profit above zero;
    `entries_behind` entries are posted but not counted yet."""

    fiscal_year: str
    first_month: str
    last_month: str
    currency: str
    rows: tuple[TrialLine, ...]
    opening_debit: Decimal
    opening_credit: Decimal
    debit: Decimal
    credit: Decimal
    result: Decimal
    entries_behind: int


@entity
class LedgerPage:
    """Lines of the general ledger or of a party's."""

    fiscal_year: str
    lines: tuple[LedgerLine, ...]
    cursor: str | None = None


@entity
class PartyBalance:
    party_id: str
    party_name: str
    debit: Decimal
    credit: Decimal
    balance: Decimal


@entity
class PartyBalances:
    """The customers or suppliers of an account; their balances add up to the account's."""

    fiscal_year: str
    account: str
    currency: str
    rows: tuple[PartyBalance, ...]

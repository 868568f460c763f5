"""What the API says of the books."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.shapes import entity
from chalicelib.ledger.lettering import Aged, LetteredLine


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
class LetterView:
    """A letter with what can be done with it."""

    id: str
    version: int
    account: str
    party_id: str
    party_name: str
    fiscal_year: str
    code: str
    state: str
    method: str
    lettered_on: date
    debit: Decimal
    credit: Decimal
    lines: tuple[LetteredLine, ...]
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
    due_date: date | None


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
class LedgerRow:
    """A line of the general ledger or of a party's, with what leads back to its entry and its document; `letter` is the
    code of the letter it stands in, `letter_state` full or partial."""

    entry_id: str
    entry_date: date
    journal: str
    number: int
    line: int
    account: str
    party_id: str
    party_name: str
    label: str
    document_kind: str
    document_id: str
    document_reference: str
    debit: Decimal
    credit: Decimal
    due_date: date | None
    letter_id: str
    letter: str
    letter_state: str


@entity
class LedgerPage:
    """Lines of the general ledger or of a party's."""

    fiscal_year: str
    lines: tuple[LedgerRow, ...]
    cursor: str | None = None


@entity
class OpenItem:
    """A line that no full letter holds; `letter` is the code of the partial letter it stands in."""

    party_id: str
    party_name: str
    line: LetteredLine
    letter_id: str
    letter: str


@entity
class OpenItems:
    """The open lines of an account, or of one customer or supplier on it; `balance` is debit less credit."""

    fiscal_year: str
    account: str
    party_id: str
    currency: str
    balance: Decimal
    lines: tuple[OpenItem, ...]


@entity
class AgedParty:
    party_id: str
    party_name: str
    aged: Aged


@entity
class AgedBalance:
    """What customers owe (or we owe suppliers) on a day, by how long it has been due."""

    fiscal_year: str
    account: str
    at: date
    currency: str
    rows: tuple[AgedParty, ...]
    total: Aged


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

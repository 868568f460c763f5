"""Shapes of the ledger and the pure decisions on accounts, journals and fiscal years."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.states import Transitions
from chalicelib.kernel.text import is_line

MAX_LINES = 80
"""Of one entry: all its balances fit the one transaction that keeps them."""
MAX_MONTHS = 24
"""A fiscal year after a foundation may last up to 24 months (Code de commerce L123-12 wants an inventory every 12; a first
year may be longer)."""
_ACCOUNT = re.compile(r"[1-7][0-9]{5}|89[0-9]{4}")
_JOURNAL = re.compile(r"[A-Z][A-Z0-9]{1,4}")
_RATE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?")
_FAMILY = re.compile(r"[a-z0-9_-]{1,40}")
JOURNAL_KINDS = ("sales", "purchases", "bank", "cash", "general", "stock", "opening")
USAGES = ("vat_deductible", "customers", "suppliers", "deposits_received", "stock", "cost_of_sales", "purchases",
          "rounding_loss", "rounding_gain", "bank", "cheques", "cash", "payment_provider", "marketplace", "fees", "bank_fees",
          "payment_fees", "exchange_loss", "exchange_gain")
"""What other domains post to, by purpose; sales and output VAT are in a table of their own (`determination`). An
account has at most one usage, for one VAT rate and product family or any."""
YEAR_TRANSITIONS: Transitions = {
    ("open", "lock"): "open",
    ("open", "close"): "closed",
    ("closed", "carry_forward"): "carried_forward",
}


@entity
class Account:
    """An account of the chart. `id` is its number; the first three digits are the French chart's (PCG). `has_auxiliary`
    wants a party on every line (customers, suppliers)."""

    id: str
    version: int = 0
    name: str
    name_en: str = ""
    has_auxiliary: bool = False
    usage: str = ""
    vat_rate: str = ""
    product_family: str = ""
    is_active: bool = True


@entity
class Journal:
    """A book of entries, numbered on its own in each fiscal year. `id` is its code. In a chronological journal no entry is
    dated before the last one; in the others the accounting date is free within the open period."""

    id: str
    version: int = 0
    name: str
    name_en: str = ""
    journal_kind: str = "general"
    is_chronological: bool = False
    is_active: bool = True


@entity
class FiscalYear:
    """`id` is the closing date. Nothing is posted on or before `locked_through`; `journals` are those that have a head."""

    id: str
    version: int = 0
    starts_on: date
    ends_on: date
    state: str = "open"
    locked_through: date
    journals: tuple[str, ...] = ()
    created_at: datetime


@entity
class JournalLine:
    """`debit` and `credit` are in the company's currency, one of them zero, both zero only in an entry of nothing; a
    foreign `currency_amount` (debit above zero) stands beside them in `currency`. `party_id` and `party_name` are the
    auxiliary account of a customer or supplier, as they were when it was posted; `due_date` is when
    it is to be paid."""

    account: str
    account_name: str
    party_id: str = ""
    party_name: str = ""
    label: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    currency: str = ""
    currency_amount: Decimal | None = None
    due_date: date | None = None


@entity
class JournalEntry:
    """A balanced, numbered, chained record that is never changed. `hash` covers every stored byte of it and the entry
    before; `document_date` is the piece's own date (FEC PieceDate), `posted_on` the day of validation (ValidDate). `erased`
    is the signature of an erasure that took a person's name out of it."""

    id: str
    version: int = 1
    fiscal_year: str
    journal: str
    journal_name: str
    number: int
    entry_date: date
    posted_on: date
    label: str
    currency: str
    document_kind: str = ""
    document_id: str = ""
    document_reference: str = ""
    document_date: date
    reverses: str = ""
    lines: tuple[JournalLine, ...]
    actor_name: str = ""
    posted_at: datetime
    previous_hash: str
    erased: str = ""
    hash: str = ""


@command
class AccountBody:
    """What can be changed of an account. Its number stays, and whether its lines want a party: lines stand on it."""

    name: str
    name_en: str = ""
    usage: str = ""
    vat_rate: str = ""
    product_family: str = ""
    is_active: bool = True


@command
class NewAccount:
    """A new account: six digits, the first three of the French chart."""

    number: str
    name: str
    name_en: str = ""
    has_auxiliary: bool = False
    usage: str = ""
    vat_rate: str = ""
    product_family: str = ""


@command
class NewJournal:
    code: str
    name: str
    name_en: str = ""
    journal_kind: str = "general"
    is_chronological: bool = False


@command
class JournalBody:
    name: str
    name_en: str = ""
    is_active: bool = True


@command
class NewFiscalYear:
    starts_on: date
    ends_on: date


@command
class LockPeriod:
    """Nothing is posted on or before `through` any more."""

    through: date


@command
class NewEntryLine:
    """One line: a debit or a credit in the company's currency; `party_id` where the account has auxiliaries, and there
    `due_date` says when it is to be paid (the entry's date when not said)."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    label: str = ""
    party_id: str = ""
    party_name: str = ""
    currency: str = ""
    currency_amount: Decimal | None = None
    due_date: date | None = None


@command
class NewEntry:
    """An entry as a person types it. `document_date` is the piece's own, the entry's when it has none."""

    journal: str
    entry_date: date
    label: str
    document_reference: str = ""
    document_date: date | None = None
    lines: tuple[NewEntryLine, ...]


@command
class ReverseEntry:
    """When the reversal is dated (today when not said) and what it is called."""

    entry_date: date | None = None
    label: str = ""


@entity
class AccountRow(Row):
    account_class: str
    name: str
    name_en: str
    has_auxiliary: bool
    usage: str
    vat_rate: str
    product_family: str
    is_active: bool


@entity
class JournalRow(Row):
    name: str
    name_en: str
    journal_kind: str
    is_active: bool


@entity
class FiscalYearRow(Row):
    starts_on: date
    ends_on: date
    state: str
    locked_through: date


ACCOUNT = Document(
    kind="account", prefix="", model=Account,
    summary=lambda a: {"account_class": a.id[0], "name": a.name[:80], "name_en": a.name_en[:80],
                       "has_auxiliary": a.has_auxiliary, "usage": a.usage,
                       "vat_rate": a.vat_rate, "product_family": a.product_family, "is_active": a.is_active},
    by_list=lambda a: ("ACCOUNT", a.id),
    guards=lambda a: (Guard("account_usage", usage_key(a.usage, a.vat_rate, a.product_family), {"number": a.id}),)
    if a.usage and a.is_active else ())
JOURNAL = Document(
    kind="journal", prefix="", model=Journal,
    summary=lambda j: {"name": j.name[:80], "name_en": j.name_en[:80], "journal_kind": j.journal_kind,
                       "is_active": j.is_active},
    by_list=lambda j: ("JOURNAL", j.id))
FISCAL_YEAR = Document(
    kind="fiscal_year", prefix="", model=FiscalYear,
    summary=lambda y: {"starts_on": y.starts_on.isoformat(), "ends_on": y.ends_on.isoformat(), "state": y.state,
                       "locked_through": y.locked_through.isoformat()},
    by_list=lambda y: ("FISCAL_YEAR", y.id),
    guards=lambda y: tuple(Guard("fiscal_month", f"{month:%Y-%m}", {"fiscal_year": y.id}) for month in months_of(y)))
JOURNAL_ENTRY: Document[JournalEntry] = Document("journal_entry", "", JournalEntry, lambda e: {"label": e.label[:80]},
                                                 personal=frozenset({"party_name", "label", "document_reference"}))
"""Stored under its journal and number; declared for its shape and version."""


def usage_key(usage: str, vat_rate: str, product_family: str) -> str:
    """The name under which the account of a purpose is found."""
    return f"{usage}:{vat_rate}:{product_family}"


def months_of(year: FiscalYear) -> Iterator[date]:
    """The first day of every month the year touches."""
    month = year.starts_on.replace(day=1)
    while month <= year.ends_on:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


def _text(value: str, field: str, longest: int, required: bool = True) -> str:
    text = value.strip()
    if (required and not text) or len(text) > longest or not is_line(text):
        raise Invalid("text", f"{field} is one line of at most {longest} characters.", {field: f"1 to {longest} characters"})
    return text


def checked_account(account: Account) -> Account:
    """The account, if it may stand in the chart. Raises Invalid.

    Six digits of classes 1 to 7, or 89 (opening and closing balance sheet); the FEC wants the first three to be the
    PCG's (LPF A47 A-1).
    """
    if not _ACCOUNT.fullmatch(account.id):
        raise Invalid("account_number", "An account has six digits, of classes 1 to 7.", {"number": "six digits"})
    if account.usage and account.usage not in USAGES:
        raise Invalid("account_usage", f"There is no usage {account.usage}.", {"usage": f"one of {', '.join(USAGES)}"})
    if (account.vat_rate or account.product_family) and not account.usage:
        raise Invalid("account_usage", "A VAT rate or family belongs to a usage.", {"usage": "required"})
    if account.vat_rate and not _RATE.fullmatch(account.vat_rate):
        raise Invalid("vat_rate", "A VAT rate is a number such as 5.5.", {"vat_rate": "a number such as 5.5"})
    if account.product_family and not _FAMILY.fullmatch(account.product_family):
        raise Invalid("product_family", "A family is a word of small letters and digits.", {"product_family": "one word"})
    rate = format(Decimal(account.vat_rate).normalize(), "f") if account.vat_rate else ""
    return replace(account, name=_text(account.name, "name", 120), name_en=_text(account.name_en, "name_en", 120, False),
                   vat_rate=rate)


def checked_journal(journal: Journal) -> Journal:
    """The journal, if its code and kind may be. Raises Invalid."""
    if not _JOURNAL.fullmatch(journal.id):
        raise Invalid("journal_code", "A journal's code has 2 to 5 capitals and digits.", {"code": "2 to 5 capitals"})
    if journal.journal_kind not in JOURNAL_KINDS:
        raise Invalid("journal_kind", "There is no such kind of journal.",
                      {"journal_kind": f"one of {', '.join(JOURNAL_KINDS)}"})
    return replace(journal, name=_text(journal.name, "name", 80), name_en=_text(journal.name_en, "name_en", 80, False))


def new_year(body: NewFiscalYear, at: datetime) -> FiscalYear:
    """A fiscal year that ends with a month. Its months are its own: another year with one of them is refused when it is
    stored. Raises Invalid."""
    first, last = body.starts_on, body.ends_on
    if not 1990 <= first.year <= 2200 or not first <= last:
        raise Invalid("fiscal_year", "A fiscal year ends after it begins.", {"ends_on": "after the first day"})
    if last.day != calendar.monthrange(last.year, last.month)[1]:
        raise Invalid("fiscal_year", "A fiscal year ends on the last day of a month.", {"ends_on": "last day of a month"})
    if (last.year - first.year) * 12 + last.month - first.month >= MAX_MONTHS:
        raise Invalid("fiscal_year", f"A fiscal year has at most {MAX_MONTHS} months.", {"ends_on": "too long"})
    return FiscalYear(id=last.isoformat(), starts_on=first, ends_on=last, locked_through=first - timedelta(days=1),
                      created_at=at)


def locked(year: FiscalYear, through: date) -> FiscalYear:
    """The year with a later lock; a lock never moves back. Raises Invalid, Conflict."""
    if not year.starts_on <= through <= year.ends_on:
        raise Invalid("period", "The day lies outside this fiscal year.", {"through": "within the year"})
    if through < year.locked_through:
        raise Conflict("period_locked", f"The period is locked through {year.locked_through} already; a lock stays.")
    return replace(year, locked_through=through)

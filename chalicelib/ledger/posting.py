"""From what shall be posted to numbered, balanced, chained entries: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO, check_amount, quantum
from chalicelib.kernel.text import is_line
from chalicelib.ledger import chain
from chalicelib.ledger.model import MAX_LINES, Account, Journal, JournalEntry, JournalLine

MAX_AMOUNT = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line to be posted; exactly one of debit and credit is above zero."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    label: str = ""
    party_id: str = ""
    party_name: str = ""
    currency: str = ""
    currency_amount: Decimal | None = None
    due_date: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be posted. `source` names what it follows from (`sales_invoice:inv_1`): the same source is posted once;
    it is "" for what a person typed. Lines without a label take the entry's."""

    journal: str
    entry_date: date
    label: str
    lines: tuple[DraftLine, ...]
    source: str = ""
    document_kind: str = ""
    document_id: str = ""
    document_reference: str = ""
    document_date: date | None = None
    reverses: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a journal stands in a fiscal year: the next number, the last hash, the last date, and its lock. `origins` are the
    companies, with the last number of each, that entries were posted under before they came here."""

    fiscal_year: str
    journal: str
    next_number: int
    hash: str
    last_date: date
    locked_through: date
    origins: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Poster:
    """What all entries of one command have in common. `today` is the tenant's business date."""

    tenant_id: str
    currency: str
    today: date
    at: datetime
    actor_name: str = ""


def check_draft(draft: Draft, currency: str, accounts: Mapping[str, Account]) -> Draft:
    """The draft with its amounts at the currency's exponent. Raises Invalid naming the first line that cannot be:

    `entry_lines`, `account_unknown`, `party_missing`, `party_unwanted`, `amount_sign`, `amount_precision`, `text`; and
    `entry_unbalanced` with the difference. A line of nothing is kept: the tax file accepts it and numbers stay whole.
    """
    if not 2 <= len(draft.lines) <= MAX_LINES:
        raise Invalid("entry_lines", f"An entry has 2 to {MAX_LINES} lines.", {"lines": f"2 to {MAX_LINES}"})
    for field in ("label", "document_reference"):
        _check_text(getattr(draft, field), field, required=field == "label")
    lines = tuple(_checked(n, line, currency, accounts) for n, line in enumerate(draft.lines))
    difference = sum((line.debit - line.credit for line in lines), ZERO)
    if difference:
        raise Invalid("entry_unbalanced", f"Debit and credit differ by {abs(difference)} {currency}.",
                      {"lines": "debit and credit differ"}, difference=str(difference))
    foreign = {line.currency for line in lines}
    if len(foreign) == 1 and foreign != {""} and sum((line.currency_amount or ZERO for line in lines), ZERO):
        raise Invalid("entry_unbalanced", "The amounts in foreign currency do not add up to zero.",
                      {"lines": "foreign amounts differ"})
    return replace(draft, lines=lines)


def _check_text(text: str, path: str, required: bool = False) -> None:
    if len(text) > 200 or not is_line(text) or (required and not text.strip()):
        raise Invalid("text", "A label is one line of at most 200 characters.", {path: "1 to 200 characters"})


def _checked(n: int, line: DraftLine, currency: str, accounts: Mapping[str, Account]) -> DraftLine:
    path = f"lines.{n}"
    account = accounts.get(line.account)
    if account is None or not account.is_active:
        raise Invalid("account_unknown", f"There is no active account {line.account[:20]}.",
                      {f"{path}.account": "not in the chart"})
    if account.has_auxiliary and not line.party_id:
        raise Invalid("party_missing", f"Account {account.id} wants a customer or supplier.", {f"{path}.party_id": "required"})
    if line.party_id and not account.has_auxiliary:
        raise Invalid("party_unwanted", f"Account {account.id} has no auxiliaries.", {f"{path}.party_id": "not here"})
    for field in ("label", "party_name", "party_id"):
        _check_text(getattr(line, field), f"{path}.{field}")
    if "#" in line.party_id:
        raise Invalid("party_id", "This is no id of a party.", {f"{path}.party_id": "no #"})
    debit, credit = (_amount(getattr(line, side), currency, f"{path}.{side}") for side in ("debit", "credit"))
    if debit and credit:
        raise Invalid("amount_sign", "A line is a debit or a credit.", {f"{path}.credit": "debit or credit"})
    if bool(line.currency) != (line.currency_amount is not None) or (line.currency and not _is_currency(line.currency)):
        raise Invalid("currency", "A foreign amount and its currency stand together.", {f"{path}.currency": "three capitals"})
    foreign = line.currency_amount
    if foreign is not None:
        if abs(foreign) > MAX_AMOUNT or (debit and foreign < 0) or (credit and foreign > 0):
            raise Invalid("amount_sign", "The foreign amount has the sign of the line: debit above zero.",
                          {f"{path}.currency_amount": "sign"})
        foreign = check_amount(foreign, line.currency, f"{path}.currency_amount")
    return replace(line, debit=debit, credit=credit, currency_amount=foreign)


def _is_currency(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def _amount(value: Decimal, currency: str, path: str) -> Decimal:
    if not ZERO <= value <= MAX_AMOUNT:
        raise Invalid("amount_sign", "Debit and credit are zero or more.", {path: "zero or more"})
    return check_amount(value, currency, path)


def ordering_date(draft: Draft, journal: Journal, head: Head, today: date) -> date:
    """The date that may not lie before the journal's last: the entry's own where the journal is chronological (invoices),
    else the day of validation, which only a clock set back could make earlier than the last."""
    return draft.entry_date if journal.is_chronological else max(today, head.last_date)


def numbered(
    poster: Poster, journal: Journal, head: Head, drafts: Sequence[Draft], accounts: Mapping[str, Account]
) -> tuple[Head, list[tuple[JournalEntry, str]]]:
    """The entries of checked drafts with their stored form, and the journal's head after them, in the order given.

    Raises Conflict `period_locked`, or `back_dated` for a date before the last of a chronological journal.
    """
    made = []
    number, previous, last = head.next_number, head.hash, head.last_date
    for draft in drafts:
        if draft.entry_date <= head.locked_through:
            raise Conflict("period_locked", f"The period is locked through {head.locked_through}.",
                           {"entry_date": f"after {head.locked_through}"})
        dated = ordering_date(draft, journal, replace(head, last_date=last), poster.today)
        if dated < last:
            raise Conflict("back_dated", f"Journal {journal.id} already holds an entry of {last}.",
                           {"entry_date": f"not before {last}"})
        entry, data = chain.sealed(poster.tenant_id, _entry(poster, journal, head, draft, accounts, number, previous))
        made.append((entry, data))
        number, previous, last = number + 1, entry.hash, dated
    return replace(head, next_number=number, hash=previous, last_date=last), made


def _entry(poster: Poster, journal: Journal, head: Head, draft: Draft, accounts: Mapping[str, Account], number: int,
           previous: str) -> JournalEntry:
    unit = quantum(poster.currency)
    return JournalEntry(
        id=entry_id(head.fiscal_year, journal.id, number), fiscal_year=head.fiscal_year, journal=journal.id,
        journal_name=journal.name, number=number, entry_date=draft.entry_date, posted_on=poster.today, label=draft.label,
        currency=poster.currency, document_kind=draft.document_kind, document_id=draft.document_id,
        document_reference=draft.document_reference, document_date=draft.document_date or draft.entry_date,
        reverses=draft.reverses, actor_name=poster.actor_name[:80], posted_at=poster.at, previous_hash=previous,
        lines=tuple(JournalLine(
            account=line.account, account_name=accounts[line.account].name, party_id=line.party_id,
            party_name=line.party_name, label=line.label or draft.label, debit=line.debit.quantize(unit),
            credit=line.credit.quantize(unit), currency=line.currency, currency_amount=line.currency_amount,
            due_date=line.due_date) for line in draft.lines))


def entry_id(fiscal_year: str, journal: str, number: int) -> str:
    """`2026-12-31.VE.1`: where the entry stands is what it is called."""
    return f"{fiscal_year}.{journal}.{number}"


def place_of(entry_id: str) -> tuple[str, str, int] | None:
    """Fiscal year, journal and number of an entry's id; None when it cannot be one."""
    year, _, rest = entry_id.partition(".")
    journal, _, number = rest.partition(".")
    if len(year) != 10 or not journal.isalnum() or not (number.isascii() and number.isdigit() and len(number) <= 9):
        return None
    return year, journal, int(number)


def reversal(entry: JournalEntry, entry_date: date, label: str) -> Draft:
    """The entry that undoes another: each line with debit and credit exchanged. Its source makes it single."""
    return Draft(
        journal=entry.journal, entry_date=entry_date, label=label, source=f"reversal:{entry.id}", reverses=entry.id,
        document_kind="journal_entry", document_id=entry.id, document_reference=entry.document_reference,
        document_date=entry.document_date,
        lines=tuple(DraftLine(
            account=line.account, debit=line.credit, credit=line.debit, label=label, party_id=line.party_id,
            party_name=line.party_name, currency=line.currency,
            currency_amount=None if line.currency_amount is None else -line.currency_amount) for line in entry.lines))

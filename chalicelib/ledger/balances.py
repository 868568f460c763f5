"""Pure arithmetic of kept balances: what entries add, the trial balance, the balances a new year opens with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import entity
from chalicelib.ledger.chart import LOSS, OPENING_BALANCE, OPENING_JOURNAL, PROFIT
from chalicelib.ledger.model import MAX_LINES, JournalEntry
from chalicelib.ledger.posting import Draft, DraftLine

OPENING, YEAR = "OPENING", "YEAR"
"""The period of the opening entries, and that of all others together; between them stand the months, `2026-11`. The whole
year is what is asked most, and two items answer it."""


@dataclass(slots=True)
class Additions:
    """What some entries add: by (period, `d` or `c` + account), by (account, party); and the parties' names."""

    periods: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    parties: dict[tuple[str, str], dict[str, Decimal]] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def size(self) -> int:
        """How many items they change."""
        return len(self.periods) + len(self.parties)

    def widest(self) -> int:
        """The most numbers they change in one item."""
        return max((len(numbers) for numbers in self.periods.values()), default=0)


def add(into: Additions, entry: JournalEntry) -> Additions:
    """Adds an entry's lines to what is added already; answers the same object."""
    periods = (OPENING,) if entry.journal == OPENING_JOURNAL else (f"{entry.entry_date:%Y-%m}", YEAR)
    kept_in = [into.periods.setdefault(period, {}) for period in periods]
    for line in entry.lines:
        for side, amount in (("d", line.debit), ("c", line.credit)):
            for numbers in kept_in:
                numbers[side + line.account] = numbers.get(side + line.account, ZERO) + amount
        if line.party_id:
            name = (line.account, line.party_id)
            kept = into.parties.setdefault(name, {"debit": ZERO, "credit": ZERO})
            kept["debit"] += line.debit
            kept["credit"] += line.credit
            into.names[name] = line.party_name
    return into


def additions(entries: Iterable[JournalEntry]) -> Additions:
    """What these entries add together."""
    found = Additions()
    for entry in entries:
        add(found, entry)
    return found


def fitting(entries: Sequence[JournalEntry], items: int, numbers: int = 200) -> int:
    """How many of the entries, from the first, change at most `items` items and `numbers` in each; at least one."""
    found = Additions()
    for count, entry in enumerate(entries):
        add(found, entry)
        if count and (found.size() > items or found.widest() > numbers):
            return count
    return len(entries)


@entity
class TrialRow:
    """An account in the trial balance: what stood before the period, what moved in it, what stands after; all zero or
    more, `balance` is debit less credit."""

    account: str
    opening_debit: Decimal
    opening_credit: Decimal
    debit: Decimal
    credit: Decimal
    balance: Decimal


def trial_balance(periods: Mapping[str, Mapping[str, Decimal]], first: str, last: str) -> list[TrialRow]:
    """The trial balance of the months `first` to `last` (or of `YEAR`) from the kept periods of the year, by account.

    Opening columns hold the net of the opening entries and the months before (PCG art. 932-1: opening balance, movements,
    closing balance)."""
    before: dict[str, Decimal] = {}
    moved: dict[str, list[Decimal]] = {}
    for period, numbers in periods.items():
        is_before = period == OPENING or period < first
        if not is_before and period > last:
            continue
        for name, amount in numbers.items():
            account = name[1:]
            if is_before:
                before[account] = before.get(account, ZERO) + (amount if name[0] == "d" else -amount)
            else:
                moved.setdefault(account, [ZERO, ZERO])[name[0] == "c"] += amount
    rows = []
    for account in sorted(before.keys() | moved.keys()):
        opening = before.get(account, ZERO)
        debit, credit = moved.get(account, (ZERO, ZERO))
        rows.append(TrialRow(account=account, opening_debit=max(opening, ZERO), opening_credit=max(-opening, ZERO),
                             debit=debit, credit=credit, balance=opening + debit - credit))
    return rows


def off_balance(periods: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """The kept periods whose debits are not their credits, with the difference. There are none: every entry balances (PCG art.
    921-2), and entries are counted whole. One that is there means that what is stored was changed by another hand."""
    found = {period: sum((amount if name[0] == "d" else -amount for name, amount in numbers.items()), ZERO)
             for period, numbers in periods.items()}
    return {period: difference for period, difference in found.items() if difference}


def result_of(rows: Iterable[TrialRow]) -> Decimal:
    """The profit (above zero) or loss: the accounts of class 7 less those of class 6."""
    return -sum((row.balance for row in rows if row.account[0] in "67"), ZERO)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is left of a party's line when its year closes: debit less credit, with its label and when it is due."""

    label: str
    due: date
    amount: Decimal


Party = tuple[str, str]
"""Account, and the id of a customer or supplier."""


def opening_drafts(
    rows: Sequence[TrialRow], parties: Mapping[Party, tuple[str, Decimal]], opens_on: date, label: str, source: str,
    items: Mapping[Party, Sequence[OpenItem]] | None = None,
) -> list[Draft]:
    """The entries a new year opens with: classes 1 to 5 as they closed, customers and suppliers one by one, the result in
    120 or 129. `parties` gives the name and balance (debit less credit) of each (account, party); `items` what is open of it,
    line by line: each keeps its label and its due date, so that the aged balance goes on where it was.

    Longer than one entry, they balance each through 890, which ends at zero (PCG art. 932-1; account 890).
    """
    detailed = {account for account, _ in parties}
    lines = [_line(row.account, row.balance) for row in rows
             if row.account[0] in "12345" and row.account not in detailed and row.balance]
    for party, (name, balance) in sorted(parties.items()):
        lines += _carried(party, name, balance, (items or {}).get(party, ())) if balance else []
    result = result_of(rows)
    if result:
        lines.append(_line(PROFIT if result > 0 else LOSS, -result))
    size = MAX_LINES if len(lines) <= MAX_LINES else MAX_LINES - 1
    drafts = []
    for start in range(0, len(lines), size):
        chunk = lines[start : start + size]
        left = sum((line.debit - line.credit for line in chunk), ZERO)
        if left:
            chunk.append(_line(OPENING_BALANCE, -left))
        drafts.append(Draft(journal=OPENING_JOURNAL, entry_date=opens_on, label=label, lines=tuple(chunk),
                            source=f"{source}:{start // size}", document_reference=label[:60]))
    return drafts


def _carried(party: Party, name: str, balance: Decimal, items: Sequence[OpenItem]) -> list[DraftLine]:
    """A party's open items, and what of its balance they do not explain in one line."""
    lines = [replace(_line(party[0], item.amount, party[1], name), label=item.label, due_date=item.due) for item in items]
    left = balance - sum((item.amount for item in items), ZERO)
    return [*lines, _line(party[0], left, party[1], name)] if left else lines


def _line(account: str, balance: Decimal, party_id: str = "", party_name: str = "") -> DraftLine:
    return DraftLine(account=account, debit=max(balance, ZERO), credit=max(-balance, ZERO), party_id=party_id,
                     party_name=party_name)

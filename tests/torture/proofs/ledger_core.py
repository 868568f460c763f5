"""The books add up whatever is posted: the pure core against a model of its own, posting by posting.

Random entries, one in seven of which cannot be (unbalanced, a cent too fine, no such account, no party, dated back, in a
locked period), locks and reversals go to the product's check, numbering, chain and balances, and to a model that knows
whole cents, a counter and two dates for each journal. Both must answer alike each time, and hold the same balances. Now and
then the last entries are tampered with, field by field: each change must be found at its number, and nothing where nothing
was changed. No table and no faults. `size` is postings asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from unittest.mock import patch

from chalicelib.kernel import codec
from chalicelib.kernel.errors import DomainError
from chalicelib.ledger import balances, chain, chart, posting
from chalicelib.ledger.model import JOURNAL_ENTRY, Journal, JournalEntry
from tests.torture.faults import CALM, Faults
from tests.torture.proof import Proof, Result, Variant

D = Decimal
FIRST, YEAR = date(2026, 1, 1), "2026-12-31"
ACCOUNTS = {account.id: account for account in chart.STANDARD}
PLAIN = [account.id for account in chart.STANDARD if not account.has_auxiliary]
OPEN = [account.id for account in chart.STANDARD if account.has_auxiliary]
JOURNALS = {each.id: each for each in chart.JOURNALS if each.id in ("VE", "BQ", "OD")}
PARTIES = ("hotel", "auberge", "creperie")
KEPT, TAMPERED_EVERY = 24, 500
WRONG = ("entry_unbalanced", "amount_precision", "account_unknown", "party_missing", "amount_sign")


@dataclass(slots=True)
class _Book:
    """The model: what one journal must know. `sums` are whole cents by account, debit less credit."""

    journal: Journal
    number: int = 0
    last: date = FIRST
    locked: date = FIRST - timedelta(days=1)
    sums: dict[str, int] = field(default_factory=dict)
    sides: list[int] = field(default_factory=lambda: [0, 0])

    def refusal(self, lines: list[tuple[str, int, str]], day: date, wrong: str) -> str:
        """Why the entry cannot be; "" when it can."""
        if wrong:
            return wrong
        if day <= self.locked:
            return "period_locked"
        return "back_dated" if self.journal.is_chronological and day < self.last else ""

    def take(self, lines: list[tuple[str, int, str]], day: date) -> None:
        self.number += 1
        if self.journal.is_chronological:
            self.last = day
        for account, cents, _ in lines:
            self.sums[account] = self.sums.get(account, 0) + cents
            self.sides[cents < 0] += abs(cents)


@dataclass(slots=True)
class _Case:
    """The product's side, as far as it must be held: heads, kept balances, the last entries."""

    chance: Random
    result: Result
    heads: dict[str, posting.Head]
    books: dict[str, _Book]
    kept: balances.Additions = field(default_factory=balances.Additions)
    tail: dict[str, list[tuple[str, JournalEntry, str]]] = field(default_factory=dict)
    altered: int = 0

    def lines(self) -> list[tuple[str, int, str]]:
        """Lines that balance, in whole cents, debit above zero."""
        chance, made, left = self.chance, list[tuple[str, int, str]](), 0
        for _ in range(chance.randint(1, 4)):
            is_open = chance.random() < 0.4
            account = chance.choice(OPEN if is_open else PLAIN)
            cents = chance.choice((1, -1)) * chance.randint(1, 10**chance.randint(1, 9))
            made.append((account, cents, chance.choice(PARTIES) if is_open else ""))
            left += cents
        return [*made, ("512000", -left, "")]

    def draft(self, journal: str, day: date, lines: list[tuple[str, int, str]], wrong: str) -> posting.Draft:
        found = [posting.DraftLine(account=account, debit=D(max(cents, 0)) / 100, credit=D(max(-cents, 0)) / 100,
                                   party_id=party, party_name=party.title()) for account, cents, party in lines]
        first = found[0]
        if wrong == "entry_unbalanced":
            found[-1] = replace(found[-1], debit=found[-1].debit + D("0.01")) if found[-1].debit or not found[-1].credit else (
                replace(found[-1], credit=found[-1].credit + D("0.01")))
        elif wrong == "amount_precision":
            found[0] = replace(first, debit=first.debit and first.debit + D("0.001"),
                               credit=first.credit and first.credit + D("0.001"))
        elif wrong == "account_unknown":
            found[0] = replace(first, account="999999")
        elif wrong == "party_missing":
            found[0] = replace(first, account="411000", party_id="")
        elif wrong == "amount_sign":
            found[0] = replace(first, debit=D(1), credit=D(1))
        return posting.Draft(journal=journal, entry_date=day, label="Écriture", lines=tuple(found))

    def post(self) -> None:
        chance = self.chance
        name = chance.choice(list(JOURNALS))
        book = self.books[name]
        day = FIRST + timedelta(days=min(364, max(0, (book.locked - FIRST).days + chance.randint(-2, 60))))
        lines, wrong = self.lines(), chance.choice(WRONG) if chance.random() < 0.1 else ""
        expected = book.refusal(lines, day, wrong)
        answer, entry = "", None
        try:
            checked = posting.check_draft(self.draft(name, day, lines, wrong), "EUR", ACCOUNTS)
            after, ((entry, data),) = posting.numbered(_poster(day), JOURNALS[name], self.heads[name], [checked], ACCOUNTS)
        except DomainError as refused:
            answer = refused.code
        self.result.check("answered as the model", answer == expected, (name, day, wrong, answer, expected))
        if entry is None:
            return
        self.tail.setdefault(name, []).append((self.heads[name].hash, entry, data))
        del self.tail[name][:-KEPT]
        self.heads[name] = after
        balances.add(self.kept, entry)
        if not expected:
            book.take(lines, day)
        self.result.check("no gap", entry.number == book.number, (name, entry.number, book.number))
        self.result.check("balanced as stored", sum(x.debit - x.credit for x in entry.lines) == 0, entry.id)

    def lock(self) -> None:
        """A few days more are locked, in every journal alike."""
        through = min(date(2026, 12, 1), max(book.locked for book in self.books.values()) + timedelta(days=self.chance.randint(
            0, 9)))
        for name, book in self.books.items():
            book.locked = through
            self.heads[name] = replace(self.heads[name], locked_through=through)

    def compare(self) -> None:
        """The kept balances are the model's, to the cent, account by account."""
        ours = {account: cents for book in self.books.values() for account, cents in book.sums.items()}
        for account in ours:
            ours[account] = sum(book.sums.get(account, 0) for book in self.books.values())
        whole = {balances.YEAR: self.kept.periods.get(balances.YEAR, {})}
        rows = balances.trial_balance(whole, balances.YEAR, balances.YEAR)
        theirs = {row.account: int(row.balance * 100) for row in rows}
        self.result.check("balances are the model's", {k: v for k, v in ours.items() if v} == {
            k: v for k, v in theirs.items() if v}, "trial balance")
        self.result.check("debit is credit", sum(row.debit for row in rows) == sum(row.credit for row in rows), "totals")
        parts = {period: numbers for period, numbers in self.kept.periods.items() if period != balances.YEAR}
        months = balances.trial_balance(parts, "2026-01", "2026-12")
        self.result.check("the months are the year", [(r.account, r.balance) for r in months] == [
            (r.account, r.balance) for r in rows], "months")

    def tamper(self) -> None:
        """Every field of one of the last entries, changed one at a time."""
        for name, tail in self.tail.items():
            rows = [chain.Stored(chain.sort_of(entry.number), data, tenant_id="acme") for _, entry, data in tail]
            before, first, head = tail[0][0], tail[0][1].number - 1, self.heads[name]

            def broken(found: list[chain.Stored], before: str = before, first: int = first, head: Any = head,
                       name: str = name) -> int:
                told = chain.verify("acme", YEAR, name, found, head.next_number - 1, head.hash, first, before)
                return told.number if told else 0

            self.result.check("no false alarm", broken(rows) == 0, (name, first))
            at = self.chance.randrange(len(rows))
            number = first + 1 + at
            for path, data in _changed(rows[at].data):
                found = broken([*rows[:at], replace(rows[at], data=data), *rows[at + 1:]])
                self.altered += 1
                self.result.check("every change is found at its number", found == number, (name, number, path, found))
            self.result.check("a missing entry is found", broken(rows[:at] + rows[at + 1:]) == number, (name, number))


def _changed(data: str) -> Iterator[tuple[str, str]]:
    """The stored JSON with one leaf changed, each in turn; and with one field more."""
    def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        if isinstance(value, dict | list):
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
                yield from leaves(inner, (*path, key))
        else:
            yield path

    for path in leaves(codec.load(data)):
        whole = codec.load(data)
        place = whole
        for step in path[:-1]:
            place = place[step]
        old = place[path[-1]]
        place[path[-1]] = old + 1 if isinstance(old, int) else ("0" if old[:1] != "0" else "1") + old[1:]
        yield str(path), codec.compact(whole)
    yield "a field more", data.replace('{"id"', '{"extra":"1","id"')


def _poster(day: date) -> posting.Poster:
    return posting.Poster("acme", "EUR", date(2026, 12, 31), datetime(2026, 12, 31, 12, tzinfo=UTC), "Claire")


def run(seed: int, size: int, faults: Faults) -> Result:
    """`faults` plays no part: nothing here is asked of anybody."""
    result = Result()
    heads = {name: posting.Head(YEAR, name, 1, chain.GENESIS, FIRST, FIRST - timedelta(days=1)) for name in JOURNALS}
    case = _Case(Random(seed), result, heads, {name: _Book(journal) for name, journal in JOURNALS.items()})
    for n in range(1, size + 1):
        case.post()
        if case.chance.random() < 20 / size:
            case.lock()
        if (n % TAMPERED_EVERY == 0 and n <= 20_000) or n == size:
            case.compare()
            case.tamper()
    result.facts = {"entries": sum(book.number for book in case.books.values()), "fields altered": case.altered}
    result.trace = ",".join(f"{name}:{head.hash[:16]}" for name, head in heads.items())
    return result


# -- planted bugs ----------------------------------------------------------------------------------------------------------


@contextmanager
def _unbalanced() -> Iterator[None]:
    """Entries are not asked whether they balance."""
    honest = posting.check_draft

    def lenient(draft: posting.Draft, currency: str, accounts: Any) -> posting.Draft:
        try:
            return honest(draft, currency, accounts)
        except DomainError as refused:
            if refused.code != "entry_unbalanced":
                raise
            return draft

    with patch.object(posting, "check_draft", lenient):
        yield


@contextmanager
def _lock_ignored() -> Iterator[None]:
    honest = posting.numbered

    def numbered(poster: Any, journal: Any, head: posting.Head, drafts: Any, accounts: Any) -> Any:
        return honest(poster, journal, replace(head, locked_through=date(2000, 1, 1)), drafts, accounts)

    with patch.object(posting, "numbered", numbered):
        yield


@contextmanager
def _hash_of_amounts() -> Iterator[None]:
    """The hash covers the lines and not the rest."""
    honest = chain.digest

    def digest(version: int, tenant: str, year: str, journal: str, number: int, previous: str, canonical: str) -> str:
        return honest(version, tenant, year, journal, number, previous, canonical[canonical.find('"lines"'):])

    with patch.object(chain, "digest", digest):
        yield


@contextmanager
def _one_side_twice() -> Iterator[None]:
    """A balance takes an amount of more than 10,000 on the wrong side."""
    honest = balances.add

    def add(into: balances.Additions, entry: JournalEntry) -> balances.Additions:
        turned = tuple(replace(x, debit=x.credit, credit=x.debit) if x.debit > 10_000 else x for x in entry.lines)
        return honest(into, replace(entry, lines=turned))

    with patch.object(balances, "add", add):
        yield


assert JOURNAL_ENTRY.schema_version == 1, "what the tampered rows say of themselves"
PROOF = Proof("ledger_core", run, ci=(2_500, 1), long=(1_000_000, 1), unit="postings", faults=CALM, variant_size=600, variants={
    "balance not asked": Variant(_unbalanced), "lock ignored": Variant(_lock_ignored),
    "hash of the lines": Variant(_hash_of_amounts),
    "a balance on the wrong side": Variant(_one_side_twice)})

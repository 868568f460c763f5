"""Letters of customers' and suppliers' lines: made, extended, undone; what is still open, and for how long.

The guard of a line (`lettered_line`) makes it stand in one letter at most, whoever letters it at the same moment. The open
lines of an account are kept by `rolling` as entries are counted and dropped here as they are settled; they may hold a line
too many for a moment, never one too few, so who reads them asks the guards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, LimitExceeded
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.states import next_state
from chalicelib.ledger import chain, lettering, posting, rolling, writing
from chalicelib.ledger.balances import OpenItem
from chalicelib.ledger.chart import OPENING_JOURNAL
from chalicelib.ledger.lettering import (
    LETTER,
    LETTER_TRANSITIONS,
    AutomaticLetters,
    ExtendLetter,
    Letter,
    LetteredLine,
    LineReference,
    NewLetter,
    reference_of,
)
from chalicelib.ledger.model import JournalEntry
from chalicelib.storage import keys, read, sequence
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction

MAX_OPEN = 10_000
"""Open lines of one account that one answer looks at."""
BATCH = 1000
"""Open lines that are read at once."""


@dataclass(frozen=True, slots=True)
class Whose:
    """To whom lines belong: the lines of one letter share it."""

    fiscal_year: str
    account: str
    party_id: str
    party_name: str = ""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An open line with the partial letter it stands in, if any."""

    whose: Whose
    line: LetteredLine
    letter_id: str = ""
    code: str = ""


def lettered_line(entry: JournalEntry, number: int) -> tuple[Whose, LetteredLine]:
    """Line `number` (from 1) of an entry as a letter names it. Raises Invalid `line_unknown`, `party_missing`."""
    if not 1 <= number <= len(entry.lines):
        raise Invalid("line_unknown", "There is no such line.", {"lines": "not a line of an entry"})
    line = entry.lines[number - 1]
    if not line.party_id:
        raise Invalid("party_missing", f"Lines of account {line.account} have no customer or supplier to letter.",
                      {"lines": "of an account with auxiliaries"})
    return Whose(entry.fiscal_year, line.account, line.party_id, line.party_name), LetteredLine(
        entry_id=entry.id, line=number, place=rolling.open_place(entry, number), entry_date=entry.entry_date,
        due_date=line.due_date, label=line.label, document_reference=entry.document_reference, debit=line.debit,
        credit=line.credit)


def entries_of(ctx: Context, ids: Iterable[str]) -> dict[str, JournalEntry]:
    """Entries by id; those that do not exist are missing from the answer."""
    wanted = {}
    for each in set(ids):
        place = posting.place_of(each)
        if place and posting.entry_id(*place) == each:
            wanted[keys.child(ctx, "entry", f"{place[0]}#{place[1]}", chain.sort_of(place[2]))] = each
    return {wanted[key]: rolling.entry_of(item.data, item.schema_version)
            for key, item in read.items(ctx, wanted).items()}


def _lines(ctx: Context, references: Sequence[LineReference]) -> tuple[Whose, list[LetteredLine]]:
    """The lines named, which must share year, account and party. Raises Invalid."""
    if not 1 <= len(references) <= lettering.MAX_LETTERED:
        raise Invalid("letter_lines", f"A letter has 2 to {lettering.MAX_LETTERED} lines.",
                      {"lines": f"2 to {lettering.MAX_LETTERED}"})
    entries = entries_of(ctx, (each.entry_id for each in references))
    found = []
    for each in references:
        if each.entry_id not in entries:
            raise Invalid("line_unknown", "There is no such line.", {"lines": "not a line of an entry"})
        found.append(lettered_line(entries[each.entry_id], each.line))
    whose = max((each for each, _ in found), key=lambda each: each.fiscal_year)
    found = [_of_year(ctx, whose, each, line) for each, line in found]
    if any((other.fiscal_year, other.account, other.party_id) != (whose.fiscal_year, whose.account, whose.party_id)
           for other, _ in found):
        raise Invalid("letter_lines", "The lines of a letter share account, party and fiscal year.",
                      {"lines": "of one account, party and year"})
    return whose, [line for _, line in found]


def _of_year(ctx: Context, whose: Whose, own: Whose, line: LetteredLine) -> tuple[Whose, LetteredLine]:
    """A line of an earlier year as the opening entries of the later one carry it; any other as it is."""
    if own.fiscal_year >= whose.fiscal_year or (own.account, own.party_id) != (whose.account, whose.party_id):
        return own, line
    later = carried(ctx, whose, line)
    return (whose, later) if later else (own, line)


def new_letter(ctx: Context, whose: Whose, lines: Sequence[LetteredLine], is_partial: bool, method: str = "hand") -> Letter:
    """A letter not stored yet, with the next code of its party. Raises Invalid as `lettering.lettered`."""
    today = writing.poster(ctx).today
    empty = Letter(id=ctx.new_id("ltr"), account=whose.account, party_id=whose.party_id, party_name=whose.party_name,
                   fiscal_year=whose.fiscal_year, code="", state="full", method=method, lettered_on=today,
                   debit=ZERO, credit=ZERO, lines=(), created_at=ctx.now)
    made = lettering.lettered(empty, lines, is_partial, today)
    number = sequence.lease(ctx, f"letter#{whose.account}#{whose.party_id}", 1)
    return replace(made, code=lettering.code_of(number))


def letter_writes(tx: Transaction, after: Letter, before: Letter | None = None) -> Letter:
    """Adds a letter, or its change, to the caller's transaction: its lines' guards, and what is open afterwards.

    Refused: Conflict `lettered_line_taken` when another letter holds a line, Stale when it was changed meanwhile.
    """
    saved = tx.save(LETTER, before, after) if before else tx.create(LETTER, after)
    for line in after.lines:
        key = keys.child(tx.ctx, "open_lines", f"{after.fiscal_year}#{after.account}", line.place)
        if after.state == "full":
            tx.delete(key)
        elif after.state == "undone" and before and before.state == "full":
            tx.put(Item(key, "ledger_line", tx.ctx.tenant_id, rolling.open_data(after.account, after.party_id,
                                                                              after.party_name, line)))
    event = "LetterUndone" if after.state == "undone" else "LetterExtended" if before else "LetterCreated"
    tx.emit(event, LETTER.kind, saved.id, saved.version, {
        "account": saved.account, "party_id": saved.party_id, "party_name": saved.party_name[:80], "code": saved.code,
        "state": saved.state})
    return saved


def _commit(ctx: Context, after: Letter, before: Letter | None, status: int) -> Letter:
    transaction = Transaction(ctx)
    saved = letter_writes(transaction, after, before)
    transaction.answers(status, LETTER.kind, saved.id, saved.version)
    transaction.commit()
    return saved


def create_letter(ctx: Context, body: NewLetter) -> Letter:
    """Letters these lines. Raises Invalid, Conflict `lettered_line_taken`."""
    whose, lines = _lines(ctx, body.lines)
    return _commit(ctx, new_letter(ctx, whose, lines, body.is_partial), None, 201)


def extend_letter(ctx: Context, letter: Letter, body: ExtendLetter) -> Letter:
    """Adds lines to a partial letter. Raises Invalid, Conflict `wrong_state`, `lettered_line_taken`, Stale."""
    next_state(LETTER_TRANSITIONS, letter.state, "extend")
    whose, lines = _lines(ctx, body.lines)
    return _commit(ctx, extended(ctx, letter, whose, lines), letter, 200)


def extended(ctx: Context, letter: Letter, whose: Whose, lines: Sequence[LetteredLine]) -> Letter:
    """A partial letter with more lines. Raises Invalid when they are another's."""
    if (whose.fiscal_year, whose.account, whose.party_id) != (letter.fiscal_year, letter.account, letter.party_id):
        raise Invalid("letter_lines", "The lines of a letter share account, party and fiscal year.",
                      {"lines": "of one account, party and year"})
    return lettering.lettered(letter, (*letter.lines, *lines), True, writing.poster(ctx).today)


def undo_letter(ctx: Context, letter: Letter, _: object) -> Letter:
    """Takes a letter back: its lines are open again. Raises Conflict `wrong_state`, Stale."""
    return _commit(ctx, lettering.undone(letter), letter, 200)


def letters_of(ctx: Context, references: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Of each lettered line (`reference_of`): `id` of its letter, `code`, `state`, `lettered_on`."""
    return read.guards(ctx, "lettered_line", references)


def open_lines(ctx: Context, fiscal_year: str, account: str, party_id: str = "") -> list[OpenLine]:
    """The lines of an account, or of one party on it, that no full letter holds, by party and date.

    Raises LimitExceeded `too_many_open` beyond 10,000."""
    found: list[OpenLine] = []
    for batch in _open_batches(ctx, fiscal_year, account, (f"{party_id}#", f"{party_id}#\uffff") if party_id else None):
        found += batch
        if len(found) > MAX_OPEN:
            raise LimitExceeded("too_many_open", f"More than {MAX_OPEN} lines of account {account} are open.")
    return found


def _open_batches(ctx: Context, fiscal_year: str, account: str, between: tuple[str, str] | None = None
                  ) -> Iterator[list[OpenLine]]:
    """The open lines of an account in their order, a batch at a time, each with the partial letter it stands in."""
    start = None
    while True:
        items, start = read.collection(ctx, f"OPEN_LINES#{fiscal_year}#{account}", between=between, start=start, limit=BATCH)
        stored = [(item.key.sk, codec.adapter(rolling.LedgerLine).validate_json(item.data)) for item in items]
        held = letters_of(ctx, (reference_of(line.entry_id, line.line) for _, line in stored))
        yield [_open_line(fiscal_year, place, line, held.get(reference_of(line.entry_id, line.line))) for place, line in stored
               if held.get(reference_of(line.entry_id, line.line), {}).get("state") != "full"]
        if start is None:
            return


def _open_line(fiscal_year: str, place: str, line: rolling.LedgerLine, letter: Mapping[str, Any] | None) -> OpenLine:
    return OpenLine(Whose(fiscal_year, line.account, line.party_id, line.party_name), LetteredLine(
        entry_id=line.entry_id, line=line.line, place=place, entry_date=date.fromisoformat(line.entry_date),
        due_date=line.due_date, label=line.label, document_reference=line.document_reference, debit=line.debit,
        credit=line.credit), str(letter["id"]) if letter else "", str(letter["code"]) if letter else "")


def open_items(ctx: Context, fiscal_year: str, accounts: Iterable[str]) -> dict[tuple[str, str], list[OpenItem]]:
    """What is open of each (account, party), oldest due first, however many there are: they are read by batches, and of each
    party only what is left is kept."""
    found: dict[tuple[str, str], list[OpenItem]] = {}
    for account in sorted(accounts):
        sign = sign_of(account)
        every = (each for batch in _open_batches(ctx, fiscal_year, account) for each in batch)
        for party, group in groupby(every, lambda each: each.whose.party_id):
            lines = list(group)
            left = lettering.open_amounts((each.line for each in lines),
                                          {each.line.place: each.letter_id for each in lines if each.letter_id}, sign)
            found[(account, party)] = sorted(
                (OpenItem(each.line.label, lettering.due_of(each.line), sign * each.amount) for each in left if each.amount),
                key=lambda item: (item.due, item.label))
    return found


def sign_of(account: str) -> int:
    """1 where a debit is owed to us (customers), -1 where a credit is owed by us (suppliers)."""
    return -1 if account.startswith("40") else 1


def carried(ctx: Context, whose: Whose, line: LetteredLine) -> LetteredLine | None:
    """The line of the opening entries of a later year that carries a line of an earlier one: the open one of the same party
    with its label and due date; None when there is none (any more)."""
    return next((each.line for each in open_lines(ctx, whose.fiscal_year, whose.account, whose.party_id)
                 if each.line.entry_id.split(".")[1:2] == [OPENING_JOURNAL] and each.line.label == line.label
                 and each.line.due_date == lettering.due_of(line)), None)


def letter_automatically(ctx: Context, fiscal_year: str, body: AutomaticLetters) -> list[Letter]:
    """Letters what settles itself among a party's open lines, as much as one transaction holds. Answers the letters made.

    Raises Conflict `lettered_line_taken` when somebody letters them at the same moment: ask again."""
    lines = [each for each in open_lines(ctx, fiscal_year, body.account, body.party_id) if not each.letter_id]
    transaction, made = Transaction(ctx), list[Letter]()
    for method, group in lettering.matches([each.line for each in lines]):
        if transaction.room() < 2 * len(group) + 1:
            break
        made.append(letter_writes(transaction, new_letter(ctx, lines[0].whose, group, False, method)))
    if made:
        transaction.answers(200, "open_items", f"{fiscal_year}.{body.account}.{body.party_id}", 1)
        transaction.commit()
    return made


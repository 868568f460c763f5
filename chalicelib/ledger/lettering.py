"""Lettering (lettrage): which lines of a customer or supplier settle one another; shapes and pure decisions.

A letter names lines of one account, party and fiscal year. It is full when they add up to nothing, partial while something
is still owed. Letters stand beside the entries, not in them: an entry never changes, a letter may be extended or undone
(the tax file shows them as EcritureLet and DateLet, LPF art. A47 A-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.states import Transitions

MAX_LETTERED = 40
"""Lines of one letter: each is a guard and an open line in the letter's transaction."""
LETTER_TRANSITIONS: Transitions = {
    ("partial", "extend"): "partial",
    ("partial", "undo"): "undone",
    ("full", "undo"): "undone",
}


@entity
class LetteredLine:
    """A line as it stands in the entry: `line` counts from 1. `place` is where it lies among the party's open lines."""

    entry_id: str
    line: int
    place: str
    entry_date: date
    due_date: date | None = None
    label: str = ""
    document_reference: str = ""
    debit: Decimal = ZERO
    credit: Decimal = ZERO


@entity
class Letter:
    """`state` follows from the lines: `full`, `partial`, or `undone`. `method` says how they were found."""

    id: str
    version: int = 0
    account: str
    party_id: str
    party_name: str = ""
    fiscal_year: str
    code: str
    state: str
    method: str = "hand"
    lettered_on: date
    debit: Decimal
    credit: Decimal
    lines: tuple[LetteredLine, ...]
    created_at: datetime


@entity
class LetterRow(Row):
    account: str
    party_name: str
    code: str
    state: str
    method: str
    lettered_on: date
    debit: Decimal
    credit: Decimal


@command
class LineReference:
    """A line of an entry; `line` counts from 1."""

    entry_id: str
    line: int


@command
class NewLetter:
    """Lines of one account, party and fiscal year. `is_partial` accepts that something is still owed."""

    lines: tuple[LineReference, ...]
    is_partial: bool = False


@command
class ExtendLetter:
    """Further lines for a partial letter; it becomes full when nothing is owed any more."""

    lines: tuple[LineReference, ...]


@command
class AutomaticLetters:
    """Whose open lines to match: those with one reference that settle each other, then equal amounts, oldest first; of
    the newest fiscal year when none is named."""

    account: str
    party_id: str
    fiscal_year: str = ""


def reference_of(entry_id: str, line: int) -> str:
    """How a line is named among guards."""
    return f"{entry_id}#{line}"


def _guards(letter: Letter) -> tuple[Guard, ...]:
    if letter.state == "undone":
        return ()
    told = {"code": letter.code, "state": letter.state, "lettered_on": letter.lettered_on.isoformat()}
    return tuple(Guard("lettered_line", reference_of(line.entry_id, line.line), told) for line in letter.lines)


LETTER: Document[Letter] = Document(
    kind="letter", prefix="ltr", model=Letter, guards=_guards,
    summary=lambda x: {"account": x.account, "party_name": x.party_name[:80], "code": x.code, "state": x.state,
                       "method": x.method, "lettered_on": x.lettered_on.isoformat(), "debit": str(x.debit),
                       "credit": str(x.credit)},
    by_list=lambda x: ("LETTER", f"{x.created_at.isoformat()}#{x.id}"),
    by_party=lambda x: (f"LETTERS_OF#{x.party_id}", f"{x.created_at.isoformat()}#{x.id}"),
    personal=frozenset({"party_name", "label", "document_reference"}))


def code_of(number: int) -> str:
    """The letters of a number from 1: A … Z, AA, AB …, as accountants write them."""
    letters = ""
    while number > 0:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def difference(lines: Iterable[LetteredLine]) -> Decimal:
    """Debit less credit of these lines."""
    return sum((line.debit - line.credit for line in lines), ZERO)


def lettered(letter: Letter, lines: Sequence[LetteredLine], is_partial: bool, on: date) -> Letter:
    """The letter with these lines in place of its own, dated by the day it was last changed. Raises Invalid:
    `letter_lines` (2 to 40, none twice, both a debit and a credit), and `letter_unbalanced` with the difference when they
    do not add up and that was not accepted."""
    named = {reference_of(line.entry_id, line.line) for line in lines}
    if not 2 <= len(lines) <= MAX_LETTERED or len(named) < len(lines):
        raise Invalid("letter_lines", f"A letter has 2 to {MAX_LETTERED} lines, each once.",
                      {"lines": f"2 to {MAX_LETTERED}, each once"})
    if not (any(line.debit for line in lines) and any(line.credit for line in lines)):
        raise Invalid("letter_lines", "A letter has a debit and a credit.", {"lines": "a debit and a credit"})
    left = difference(lines)
    if left and not is_partial:
        raise Invalid("letter_unbalanced", f"These lines differ by {abs(left)}.", {"lines": "do not settle each other"},
                      difference=str(left))
    return replace(letter, lines=tuple(lines), state="partial" if left else "full", lettered_on=on,
                   debit=sum((line.debit for line in lines), ZERO), credit=sum((line.credit for line in lines), ZERO))


def undone(letter: Letter) -> Letter:
    """The letter that holds nothing any more: its lines are open again. Raises Conflict."""
    if letter.state == "undone":
        raise Conflict("wrong_state", "This letter was undone already.")
    return replace(letter, state="undone")


def matches(lines: Sequence[LetteredLine]) -> list[tuple[str, list[LetteredLine]]]:
    """Which of a party's open lines settle each other without doubt: all lines with one reference that add up to nothing
    (`reference`), then a debit and a credit of the same amount, the oldest of each first (`exact_amount`)."""
    found: list[tuple[str, list[LetteredLine]]] = []
    ordered = sorted(lines, key=lambda line: (line.entry_date, line.place))
    by_reference: dict[str, list[LetteredLine]] = {}
    for line in ordered:
        if line.document_reference:
            by_reference.setdefault(line.document_reference, []).append(line)
    taken: set[str] = set()
    for group in by_reference.values():
        if 2 <= len(group) <= MAX_LETTERED and not difference(group) and any(line.debit for line in group):
            found.append(("reference", group))
            taken |= {line.place for line in group}
    credits: dict[Decimal, list[LetteredLine]] = {}
    for line in ordered:
        if line.place not in taken and line.credit:
            credits.setdefault(line.credit, []).append(line)
    for line in ordered:
        if line.place not in taken and line.debit and credits.get(line.debit):
            found.append(("exact_amount", [line, credits[line.debit].pop(0)]))
    return found


@entity
class Aged:
    """What a party owes by how long it has been due, in days; `unallocated` are payments that settle nothing yet, below
    zero. All together are `total`, the party's balance."""

    not_due: Decimal = ZERO
    days_1_30: Decimal = ZERO
    days_31_60: Decimal = ZERO
    days_61_90: Decimal = ZERO
    days_over_90: Decimal = ZERO
    unallocated: Decimal = ZERO
    total: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class OpenAmount:
    """What is left of a line: above zero for what is owed to us (a customer's debit, a supplier's credit)."""

    line: LetteredLine
    amount: Decimal


def open_amounts(lines: Iterable[LetteredLine], letters: Mapping[str, str], sign: int = 1) -> list[OpenAmount]:
    """What is left of a party's open lines. `letters` names the partial letter of a line by its place: its payments are
    set against its oldest dues first. `sign` is 1 for customers, -1 for suppliers."""
    groups: dict[str, list[LetteredLine]] = {}
    left = []
    for line in lines:
        if line.place in letters:
            groups.setdefault(letters[line.place], []).append(line)
        else:
            left.append(OpenAmount(line, sign * (line.debit - line.credit)))
    for group in groups.values():
        amounts = sorted(((sign * (line.debit - line.credit), line) for line in group),
                         key=lambda each: (due_of(each[1]), each[1].place))
        owed = [each for each in amounts if each[0] > 0]
        paid = -sum((amount for amount, _ in amounts if amount < 0), ZERO)
        for amount, line in owed:
            settled = min(amount, paid)
            paid -= settled
            if amount > settled:
                left.append(OpenAmount(line, amount - settled))
        if paid:
            left.append(OpenAmount(next(line for amount, line in reversed(amounts) if amount < 0), -paid))
    return left


def due_of(line: LetteredLine) -> date:
    """When a line is due: its own date when the entry named none."""
    return line.due_date or line.entry_date


def aged(amounts: Iterable[OpenAmount], at: date) -> Aged:
    """The amounts by how many days they have been due on a day."""
    sums = dict.fromkeys(("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90", "unallocated"), ZERO)
    for each in amounts:
        days = (at - due_of(each.line)).days
        bucket = ("unallocated" if each.amount < 0 else "not_due" if days <= 0 else "days_1_30" if days <= 30
                  else "days_31_60" if days <= 60 else "days_61_90" if days <= 90 else "days_over_90")
        sums[bucket] += each.amount
    return Aged(**sums, total=sum(sums.values(), ZERO))

"""Lettering: what settles what, who still owes, since when; and that no line is lettered twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, LimitExceeded
from chalicelib.ledger import letters, reading, service
from chalicelib.ledger.lettering import (
    LETTER,
    AutomaticLetters,
    ExtendLetter,
    LetteredLine,
    LineReference,
    NewLetter,
    aged,
    code_of,
    matches,
    open_amounts,
)
from chalicelib.storage import read
from tests.ledger.books import YEAR, Books, line, sale

D = Decimal
MARCH = date(2026, 3, 10)
NewContext = Callable[..., Context]


def lettered(n: int, debit: str = "0", credit: str = "0", day: date = MARCH, **more: Any) -> LetteredLine:
    return LetteredLine(entry_id=f"e{n}", line=1, place=f"{n:03d}", entry_date=day, debit=D(debit), credit=D(credit), **more)


def test_codes_go_on_after_z() -> None:
    assert [code_of(n) for n in (1, 26, 27, 52, 53, 702, 703)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_the_reference_decides_before_the_amount_and_the_oldest_is_paid_first() -> None:
    invoices = [lettered(1, "120", document_reference="F1"), lettered(2, "120", day=date(2026, 3, 1)), lettered(3, "50")]
    payments = [lettered(4, credit="70", document_reference="F1"), lettered(5, credit="50", document_reference="F1"),
                lettered(6, credit="120"), lettered(7, credit="49.99")]
    found = [(method, [each.place for each in group]) for method, group in matches([*invoices, *payments])]
    assert found == [("reference", ["001", "004", "005"]), ("exact_amount", ["002", "006"])]


def test_what_is_left_of_a_partial_letter_is_what_was_due_last() -> None:
    """Three invoices of 100, 250 paid: the third still owes 50, by its own due date."""
    dues = [lettered(n, "100", due_date=date(2026, n, 1)) for n in (1, 2, 3)]
    paid = lettered(9, credit="250")
    left = open_amounts([*dues, paid], dict.fromkeys(("001", "002", "003", "009"), "ltr_1"))
    assert [(each.line.place, each.amount) for each in left] == [("003", D(50))]
    found = aged(left, date(2026, 4, 10))
    assert (found.days_31_60, found.total) == (D(50), D(50))
    over = open_amounts([dues[0], paid], {"001": "a", "009": "a"})
    assert [(each.line.place, each.amount) for each in over] == [("009", D(-150))]
    assert aged(open_amounts([lettered(1, credit="10")], {}, -1), MARCH).not_due == D(10), "a supplier is owed a credit"


def test_buckets_always_add_up_to_the_balance() -> None:
    chance = random.Random(4)
    for _ in range(200):
        lines = [lettered(n, **{chance.choice(("debit", "credit")): str(chance.randrange(1, 9999))},
                          day=MARCH + timedelta(chance.randrange(-200, 200))) for n in range(chance.randrange(1, 12))]
        held = {each.place: chance.choice("ab") for each in lines if chance.random() < 0.6}
        found = aged(open_amounts(lines, held), MARCH)
        assert found.total == sum((each.debit - each.credit for each in lines), D(0))
        assert found.unallocated <= 0 <= found.days_1_30


@pytest.fixture
def books(new_ctx: NewContext) -> Books:
    made = Books(new_ctx)
    made.open()
    return made


def payment(amount: str, party: str = "dupont") -> Any:
    return replace(sale(MARCH, journal="BQ", label="Virement"),
                   lines=(line("512000", amount), line("411000", credit=amount, party=party)))


def refs(*entries: tuple[Any, int]) -> tuple[LineReference, ...]:
    return tuple(LineReference(entry_id=entry.id, line=number) for entry, number in entries)


def test_an_invoice_paid_in_two_goes_from_partial_to_full_and_into_the_tax_file(books: Books) -> None:
    invoice, first, second = books.post(sale(MARCH, document_reference="F1"), payment("50"), payment("70"))
    other, = books.post(sale(MARCH, party="martin"))
    books.count()
    with pytest.raises(Invalid) as refused:
        letters.create_letter(books.ctx(), NewLetter(lines=refs((invoice, 1), (first, 2))))
    assert (refused.value.code, refused.value.facts["difference"]) == ("letter_unbalanced", "70.00")
    for wrong in (refs((invoice, 1), (other, 1)), refs((invoice, 1), (invoice, 1)), refs((invoice, 2), (first, 2)),
                  refs((invoice, 9)), refs((invoice, 1)), ()):
        with pytest.raises(Invalid):
            letters.create_letter(books.ctx(), NewLetter(lines=wrong, is_partial=True))
    letter = letters.create_letter(books.ctx(), NewLetter(lines=refs((invoice, 1), (first, 2)), is_partial=True))
    assert (letter.code, letter.state) == ("A", "partial")
    balance = reading.aged_balance(books.ctx(), "411000", {"at": "2026-04-15"})
    assert {row.party_id: (row.aged.days_31_60, row.aged.unallocated, row.aged.total) for row in balance.rows} == {
        "dupont": (D(70), D(-70), D(0)), "martin": (D(120), D(0), D(120))}
    with pytest.raises(Conflict):
        letters.create_letter(books.ctx(), NewLetter(lines=refs((invoice, 1), (second, 2)), is_partial=True))
    letter = letters.extend_letter(books.ctx(), letter, ExtendLetter(lines=refs((second, 2))))
    assert letter.state == "full"
    assert [each.line.entry_id for each in letters.open_lines(books.ctx(), YEAR, "411000")] == [other.id]
    _, text = reading.fec_file(books.ctx(), YEAR)
    marked = [row.split("\t") for row in text.strip().split("\r\n")[1:] if row.split("\t")[13]]
    today = letter.lettered_on.strftime("%Y%m%d")
    assert [(row[0], row[4], row[13], row[14]) for row in marked] == [
        ("BQ", "411000", "A", today), ("BQ", "411000", "A", today), ("VE", "411000", "A", today)]
    books.count()
    letters.undo_letter(books.ctx(), letter, None)
    assert len(letters.open_lines(books.ctx(), YEAR, "411000", "dupont")) == 3
    with pytest.raises(Conflict):
        letters.undo_letter(books.ctx(), read.get(books.ctx(), LETTER, letter.id), None)
    again = letters.create_letter(books.ctx(), NewLetter(lines=refs((invoice, 1), (first, 2), (second, 2))))
    assert (again.code > letter.code, again.state) == (True, "full"), "a code is never used twice"


def test_letters_by_machine_take_what_is_sure_and_leave_the_rest(books: Books) -> None:
    invoice, paid, odd = books.post(sale(MARCH), payment("120"), payment("119.99"))
    books.count()
    asked = AutomaticLetters(account="411000", party_id="dupont")
    made = letters.letter_automatically(books.ctx(), YEAR, asked)
    assert [(each.method, {line.entry_id for line in each.lines}) for each in made] == [
        ("exact_amount", {invoice.id, paid.id})]
    assert letters.letter_automatically(books.ctx(), YEAR, asked) == []
    left = letters.open_lines(books.ctx(), YEAR, "411000")
    assert [each.line.entry_id for each in left] == [odd.id]


def test_a_line_lettered_before_it_was_counted_is_not_open(books: Books) -> None:
    invoice, paid = books.post(sale(MARCH), payment("120"))
    letters.create_letter(books.ctx(), NewLetter(lines=refs((invoice, 1), (paid, 2))))
    books.count()
    assert letters.open_lines(books.ctx(), YEAR, "411000") == []
    page, _ = reading.party_lines(books.ctx(), "dupont", {}, None)
    assert [(row.letter, row.letter_state) for row in page.lines] == [("A", "full")] * 2


def test_the_aged_balance_goes_on_over_the_turn_of_the_year_and_letters_cross_it(new_ctx: NewContext) -> None:
    """Two invoices of autumn, one paid in part: in January they are as old as they are, each on a line of its own. The payment
    of January is lettered with the invoice of October by the line that carries it."""
    books = Books(new_ctx)
    books.open()
    books.open("2027-01-01", "2027-12-31")
    october = books.post(replace(sale(date(2026, 10, 5), label="FA-1 Dupont"), lines=(
        line("411000", "120", party="dupont", due_date=date(2026, 11, 4)), line("707000", credit="120"))))[0]
    december = books.post(replace(sale(date(2026, 12, 20), total="60", net="50", vat="10", label="FA-2 Dupont")))[0]
    paid = books.post(replace(sale(date(2026, 12, 28), journal="BQ"), lines=(
        line("512000", "20"), line("411000", credit="20", party="dupont"))))[0]
    books.count()
    letters.create_letter(books.ctx(), NewLetter(is_partial=True, lines=(
        LineReference(entry_id=october.id, line=1), LineReference(entry_id=paid.id, line=2))))
    before = reading.aged_balance(books.ctx(), "411000", {"fiscal_year": YEAR, "at": "2027-01-15"})
    service.carry_forward(books.ctx(), service.close_year(books.ctx(), books.year(), None), None)
    books.count("2027-12-31")
    after = reading.aged_balance(books.ctx(), "411000", {"fiscal_year": "2027-12-31", "at": "2027-01-15"})
    assert after.rows == before.rows and after.total == before.total
    assert (after.total.days_61_90, after.total.days_1_30, after.total.total) == (D(100), D(60), D(160))
    again = books.post(replace(sale(date(2027, 1, 20), journal="BQ"), lines=(
        line("512000", "60"), line("411000", credit="60", party="dupont"))))[0]
    books.count("2027-12-31")
    found = letters.create_letter(books.ctx(), NewLetter(lines=(
        LineReference(entry_id=december.id, line=1), LineReference(entry_id=again.id, line=2))))
    assert (found.state, found.fiscal_year) == ("full", "2027-12-31")
    assert [each.entry_id.split(".")[1] for each in found.lines] == ["AN", "BQ"]
    left = reading.open_items(books.ctx(), "411000", "dupont", {"fiscal_year": "2027-12-31"})
    assert [(each.line.label, each.line.due_date, each.line.debit) for each in left.lines] == [
        ("FA-1 Dupont", date(2026, 11, 4), D(100))]


def test_more_open_lines_than_one_answer_shows_open_the_new_year_one_by_one(new_ctx: NewContext,
                                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    """Read by batches whose bounds cut a customer in two; the new year's aged balance is that of the old."""
    monkeypatch.setattr(letters, "BATCH", 3)
    books = Books(new_ctx)
    books.open()
    books.open("2027-01-01", "2027-12-31")
    for n in range(8):
        books.post(replace(sale(date(2026, 10, 5), total="120", label=f"FA-{n}"), lines=(
            line("411000", f"{100 + n}", party=("durand", "dupont")[n % 2], due_date=date(2026, 11, 1 + n)),
            line("707000", credit=f"{100 + n}"))))
    books.count()
    before = reading.aged_balance(books.ctx(), "411000", {"fiscal_year": YEAR, "at": "2027-01-15"})
    with monkeypatch.context() as few:
        few.setattr(letters, "MAX_OPEN", 5)
        with pytest.raises(LimitExceeded):
            letters.open_lines(books.ctx(), YEAR, "411000")
        service.carry_forward(books.ctx(), service.close_year(books.ctx(), books.year(), None), None)
    books.count("2027-12-31")
    after = reading.aged_balance(books.ctx(), "411000", {"fiscal_year": "2027-12-31", "at": "2027-01-15"})
    assert after.rows == before.rows and len(letters.open_lines(books.ctx(), "2027-12-31", "411000")) == 8

"""Numbers, locks, the chain and the balances as the table holds them, with real threads on the engine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.ledger import chain, checkpoints, reading, rolling, service, writing
from chalicelib.ledger.model import (
    ACCOUNT,
    JOURNAL,
    AccountBody,
    JournalBody,
    LockPeriod,
    NewAccount,
    NewJournal,
    ReverseEntry,
)
from chalicelib.storage import keys, read, single
from chalicelib.storage.transaction import Transaction
from tests.ledger.books import YEAR, Books, D, line, sale

NewContext = Callable[..., Context]
MARCH = date(2026, 3, 10)


@pytest.fixture
def books(new_ctx: NewContext) -> Books:
    found = Books(new_ctx)
    found.open()
    return found


def test_the_first_year_brings_the_chart_and_the_journals_and_no_month_is_in_two_years(books: Books) -> None:
    assert read.get(books.ctx(), ACCOUNT, "411000").has_auxiliary
    assert read.get(books.ctx(), JOURNAL, "AN").name == "À-nouveaux"
    with pytest.raises(Conflict) as refused:
        books.open("2026-12-01", "2027-11-30")
    assert refused.value.code == "fiscal_month_taken"
    assert books.open("2027-01-01", "2027-12-31").locked_through == date(2026, 12, 31)
    for first, last in (("2028-01-01", "2028-12-30"), ("2028-02-01", "2028-01-31"), ("2028-01-01", "2030-01-31")):
        with pytest.raises(Invalid):
            books.open(first, last)


def test_accounts_and_journals_are_the_companys_own(books: Books) -> None:
    made = service.create_account(books.ctx(), NewAccount(number="371100", name="Stock de glaces", usage="stock",
                                                          vat_rate="5.50", product_family="ices"))
    assert made.vat_rate == "5.5"
    wanted = [("stock", "5.5", "ices"), ("stock", "20", "ices"), ("stock", "", "finished"), ("vat_deductible", "8.5", "")]
    assert list(writing.accounts_for(books.ctx(), wanted).values()) == ["371100", "371000", "355000", "445660"]
    with pytest.raises(Conflict):
        service.create_account(books.ctx(), NewAccount(number="371200", name="X", usage="stock", vat_rate="5.5",
                                                       product_family="ices"))
    for number, name in (("70710", "X"), ("970710", "X"), ("707101", " "), ("707101", "a\nb")):
        with pytest.raises(Invalid):
            service.create_account(books.ctx(), NewAccount(number=number, name=name))
    with pytest.raises(Invalid):
        writing.accounts_for(books.ctx(), [("nonsense", "", "")])
    closed = service.update_account(books.ctx(), made, AccountBody(name="Glaces", is_active=False))
    assert not closed.is_active
    with pytest.raises(Invalid):
        books.post(replace(sale(MARCH), lines=(line("411000", "1", party="a"), line("371100", credit="1"))))
    journal = service.create_journal(books.ctx(), NewJournal(code="VB", name="Ventes B2B", journal_kind="sales"))
    service.update_journal(books.ctx(), journal, JournalBody(name="Ventes B2B", is_active=False))
    with pytest.raises(Invalid):
        books.post(sale(MARCH, journal="VB"))


def test_many_writers_number_from_one_without_a_gap(books: Books) -> None:
    """24 postings by 8 threads to one journal: numbers 1 to 24, dates in order, the chain whole."""
    def post(n: int) -> list[int]:
        return [entry.number for entry in books.post(sale(MARCH, party=f"c{n % 5}"))]

    with ThreadPoolExecutor(8) as pool:
        taken = sorted(number for numbers in pool.map(post, range(24)) for number in numbers)
    assert taken == list(range(1, 25)) == books.numbers("VE")
    assert checkpoints.verify(books.ctx(), books.year(), "VE") is None


def test_a_number_from_a_counter_outside_the_transaction_leaves_gaps(books: Books) -> None:
    """The broken variant that the head replaces: a counter burns the number of every posting that fails."""
    taken = []
    for n in range(6):
        number = single.count_up(books.ctx(), keys.counter(books.ctx(), "naive"), "counter", 2**33)
        try:
            books.post(sale(MARCH, total="120.01" if n % 2 else "120.00"))
            taken.append(number)
        except Invalid:
            continue
    assert taken != list(range(1, len(taken) + 1)), "the counter has gaps"
    assert books.numbers("VE") == [1, 2, 3], "the head has none"


def test_a_locked_period_takes_nothing_whoever_is_quicker(books: Books) -> None:
    books.post(sale(MARCH))
    postings = writing.prepare(books.ctx(), [sale(MARCH, party="late")])
    service.lock_period(books.ctx(), books.year(), LockPeriod(through=date(2026, 3, 31)))
    transaction = Transaction(books.ctx())
    writing.posting_writes(transaction, postings)
    with pytest.raises(Conflict) as refused:
        transaction.commit()
    assert refused.value.code == "ledger_raced", "prepared before the lock, refused after it"
    for journal in ("VE", "OD"):
        with pytest.raises(Conflict) as refused:
            books.post(sale(MARCH, journal=journal))
        assert refused.value.code == "period_locked"
    assert books.post(sale(date(2026, 4, 1)))[0].number == 2
    with pytest.raises(Conflict):
        service.lock_period(books.ctx(), books.year(), LockPeriod(through=MARCH))
    with pytest.raises(Conflict) as refused:
        books.post(sale(date(2031, 1, 1)))
    assert refused.value.code == "no_fiscal_year"


def test_sales_are_never_back_dated_and_general_entries_may_be(books: Books) -> None:
    books.post(sale(MARCH))
    with pytest.raises(Conflict) as refused:
        books.post(sale(date(2026, 3, 9)))
    assert refused.value.code == "back_dated"
    books.post(sale(MARCH, journal="OD"))
    assert books.post(sale(date(2026, 2, 1), journal="OD"))[0].number == 2


def test_a_source_is_posted_once_and_reversed_once(books: Books) -> None:
    entry = books.post(sale(MARCH, source="sales_invoice:inv_1"))[0]
    assert writing.entry_of_source(books.ctx(), "sales_invoice:inv_1") == entry.id
    with pytest.raises(Conflict) as refused:
        books.post(sale(MARCH, source="sales_invoice:inv_1"))
    assert refused.value.code == "posted_already"
    back = service.reverse_entry(books.ctx(), entry.id, ReverseEntry(entry_date=MARCH))
    assert (back.number, back.reverses, back.lines[0].credit) == (2, entry.id, D("120.00"))
    with pytest.raises(Conflict) as refused:
        service.reverse_entry(books.ctx(), entry.id, ReverseEntry(entry_date=MARCH))
    assert refused.value.code == "reversed_already"
    books.count()
    assert {row.closing_debit + row.closing_credit for row in reading.trial_balance(books.ctx(), {}).rows} == {D(0)}
    for unknown in ("", "x", f"{YEAR}.VE.99", f"{YEAR}.VE.01", f"{YEAR}.VE.x", "a#b.VE.1"):
        with pytest.raises(NotFound):
            service.find_entry(books.ctx(), unknown)


def test_kept_balances_are_the_entries_however_often_they_are_told(books: Books) -> None:
    """Random entries in three journals, counted in between by four workers at once: the kept balances are those made anew."""
    chance = Random(7)
    for _ in range(4):
        for _ in range(6):
            amount = D(chance.randrange(1, 10_000_00)) / 100
            books.post(replace(sale(MARCH, journal=chance.choice(["OD", "BQ", "VE"])), lines=(
                line("411000", str(amount), party=f"c{chance.randrange(4)}"), line("707000", credit=str(amount)))))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: books.count(), range(4)))
    year = books.year()
    assert rolling.behind(books.ctx(), year) == 0
    made = rolling.recounted(books.ctx(), year)
    assert rolling.kept_periods(books.ctx(), YEAR) == made.periods
    kept = rolling.kept_parties(books.ctx(), YEAR)
    assert {name: {"debit": d, "credit": c} for name, (_, d, c) in kept.items()} == made.parties
    balance = reading.trial_balance(books.ctx(), {})
    assert balance.debit == balance.credit > 0
    page, _ = reading.account_lines(books.ctx(), "411000", {}, None)
    parties = reading.party_balances(books.ctx(), "411000", {})
    closing = next(row for row in balance.rows if row.account == "411000").closing_debit
    assert sum(row.debit - row.credit for row in page.lines) == sum(row.balance for row in parties.rows) == closing
    one = parties.rows[0]
    own, _ = reading.party_lines(books.ctx(), one.party_id, {}, None)
    assert sum(row.debit for row in own.lines) == one.debit


def _tampered(value: Any, chance: Random) -> Any:
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
    return value + 1 if isinstance(value, int) else [*value, value[0]]


def _fields(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [inner for key, part in value.items() for inner in _fields(part, (*path, key))]
    if isinstance(value, list):
        return [path, *(inner for n, part in enumerate(value) for inner in _fields(part, (*path, n)))]
    return [path]


def test_every_stored_field_of_every_entry_is_guarded(books: Books) -> None:
    """Each field of each stored entry, altered alone, is found, and the entry is named; nothing else raises an alarm."""
    for n in range(4):
        books.post(sale(MARCH, party=f"c{n}", document_reference=f"F{n}", label=f"Facture {n}"))
    year, chance = books.year(), Random(1)
    stored = [checkpoints._stored(item) for item in rolling.entries(books.ctx(), YEAR, "VE")]
    head = service.heads.heads_of(books.ctx(), year)["VE"]

    def broken(rows: list[chain.Stored]) -> int:
        found = chain.verify(books.ctx().tenant_id, YEAR, "VE", rows, head.next_number - 1, head.hash)
        return found.number if found else 0

    assert broken(stored) == 0
    altered = 0
    for n, row in enumerate(stored):
        for path in _fields(codec.load(row.data)):
            data = codec.load(row.data)
            place = data
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = _tampered(place[path[-1]], chance)
            assert broken([*stored[:n], replace(row, data=codec.compact(data)), *stored[n + 1 :]]) == n + 1, path
            altered += 1
        for field in ({"sort": "000000009"}, {"kind": "x"}, {"tenant_id": "x"}, {"version": 2}, {"schema_version": 2}):
            assert broken([*stored[:n], replace(row, **field), *stored[n + 1 :]]) == n + 1, field
        extra = replace(row, data=row.data.replace('{"id"', '{"extra":"1","id"'))
        assert broken([*stored[:n], extra, *stored[n + 1 :]]) == n + 1, "an added field"
        assert broken(stored[:n] + stored[n + 1 :]) == n + 1, "a missing entry"
    assert altered > 100
    assert broken([*stored, replace(stored[-1], sort="000000005")]) == 5, "an added entry"


def test_a_whole_journal_written_anew_is_found_by_its_checkpoint(books: Books) -> None:
    books.post(sale(MARCH), sale(MARCH))
    checkpoints.take(books.ctx())
    year = books.year()
    assert checkpoints.verify_whole(books.ctx(), year, "VE") is None
    stored = list(rolling.entries(books.ctx(), YEAR, "VE"))
    entry = replace(rolling.entry_of(stored[1].data, 1), label="Autre", hash="")
    anew, data = chain.sealed(books.ctx().tenant_id, entry)
    single.put(books.ctx(), replace(stored[1], data=data))
    transaction = Transaction(books.ctx())
    transaction.set(service.heads.head_key(books.ctx(), YEAR, "VE"), {"head_hash": anew.hash}, [], NotImplementedError)
    transaction.commit()
    assert checkpoints.verify(books.ctx(), year, "VE") is None, "the chain alone is consistent again"
    broken = checkpoints.verify_whole(books.ctx(), year, "VE")
    assert broken and broken.number == 2
    checkpoints.take(books.ctx())
    assert checkpoints.verify_whole(books.ctx(), year, "VE") is not None, "a checkpoint never covers it up"


def test_a_year_closes_and_the_next_opens_with_its_balances(books: Books) -> None:
    books.post(sale(MARCH, party="a"), sale(MARCH, party="b"))
    books.post(replace(sale(MARCH, journal="BQ"), lines=(line("512000", "120"), line("411000", credit="120", party="a"))))
    closed = service.close_year(books.ctx(), books.year(), None)
    with pytest.raises(Conflict) as refused:
        service.carry_forward(books.ctx(), closed, None)
    assert refused.value.code == "balances_behind"
    books.count()
    with pytest.raises(Conflict) as refused:
        service.carry_forward(books.ctx(), closed, None)
    assert refused.value.code == "no_fiscal_year"
    books.open("2027-01-01", "2027-12-31")
    assert service.carry_forward(books.ctx(), closed, None).state == "carried_forward"
    books.count("2027-12-31")
    balance = reading.trial_balance(books.ctx(), {"fiscal_year": "2027-12-31"})
    assert {row.account: row.closing_debit - row.closing_credit for row in balance.rows} == {
        "411000": D(120), "512000": D(120), "445711": D(-40), "120000": D(-200)}
    parties = reading.party_balances(books.ctx(), "411000", {"fiscal_year": "2027-12-31"})
    assert [(row.party_id, row.balance) for row in parties.rows] == [("b", D(120))]
    with pytest.raises(Conflict):
        service.carry_forward(books.ctx(), books.year(), None)
    with pytest.raises(Conflict):
        books.post(sale(date(2026, 12, 31)))


def test_the_demo_company_opens_its_books_in_balance(new_ctx: NewContext) -> None:
    from infra.local.demo.books import OPENING, seed_books

    books = Books(new_ctx)
    seed_books(books.ctx())
    year = f"{books.ctx().now.year}-12-31"
    books.count(year)
    balance = reading.trial_balance(books.ctx(), {})
    assert {row.account: row.opening_debit - row.opening_credit for row in balance.rows} == {
        account: D(amount) for account, amount in OPENING}
    assert balance.opening_debit == balance.opening_credit

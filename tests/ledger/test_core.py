"""The pure core: worked examples, random entries, the chain's golden vectors, the tax file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel import codec
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.ledger import balances, chain, chart
from chalicelib.ledger.law import fec
from chalicelib.ledger.model import JournalEntry, checked_account
from chalicelib.ledger.posting import Draft, check_draft, numbered, place_of, reversal
from tests.ledger.books import ACCOUNTS, GENERAL, HEAD, POSTER, SALES, YEAR, D, line, sale

MARCH = date(2026, 3, 10)


def posted(*drafts: Draft) -> list[JournalEntry]:
    checked = [check_draft(draft, "EUR", ACCOUNTS) for draft in drafts]
    return [entry for entry, _ in numbered(POSTER, GENERAL, replace(HEAD, journal="OD"), checked, ACCOUNTS)[1]]


def closing(entries: list[JournalEntry]) -> dict[str, Decimal]:
    rows = balances.trial_balance(balances.additions(entries).periods, "2026-01", "2026-12")
    return {row.account: row.balance for row in rows}


# -- worked examples ---------------------------------------------------------------------------------------------------


def test_the_invoice_of_the_chart_of_accounts() -> None:
    """411 debit 120.00, 707 credit 100.00, 44571 credit 20.00 (PCG art. 944-41, 944-44; the textbook sale at 20 %)."""
    assert closing(posted(sale(MARCH))) == {"411000": D(120), "707000": D(-100), "445711": D(-20)}


def test_the_first_month_of_a_shop() -> None:
    """Capital of 10,000 paid in, goods bought for 1,000 with VAT of 200, sold for 1,500 with VAT of 300, the customer pays,
    the bank takes 12.50: the trial balance balances, and the result is 487.50."""
    entries = posted(
        Draft("BQ", date(2026, 1, 2), "Apport", (line("512000", "10000"), line("101300", credit="10000"))),
        Draft("AC", date(2026, 1, 5), "Achat", (line("607000", "1000"), line("445660", "200"),
                                                line("401000", credit="1200", party="glacier"))),
        sale(date(2026, 1, 9), "1800", "1500", "300"),
        Draft("BQ", date(2026, 1, 20), "Règlement", (line("512000", "1800"), line("411000", credit="1800", party="dupont"))),
        Draft("BQ", date(2026, 1, 31), "Frais", (line("627000", "12.50"), line("512000", credit="12.50"))))
    found = closing(entries)
    assert found == {"101300": D(-10000), "401000": D(-1200), "411000": D(0), "445660": D(200), "445711": D(-300),
                     "512000": D("11787.50"), "607000": D(1000), "627000": D("12.50"), "707000": D(-1500)}
    rows = balances.trial_balance(balances.additions(entries).periods, "2026-01", "2026-12")
    assert balances.result_of(rows) == D("487.50")
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows) == D("14812.50")
    drafts = balances.opening_drafts(rows, {("401000", "glacier"): ("Glacier", D(-1200))}, date(2027, 1, 1), "À-nouveaux", "o")
    opened = {(each.account, each.party_id): each.debit - each.credit for each in drafts[0].lines}
    assert opened == {("101300", ""): D(-10000), ("445660", ""): D(200), ("445711", ""): D(-300), ("512000", ""): D("11787.50"),
                      ("401000", "glacier"): D(-1200), ("120000", ""): D("-487.50")}


def test_a_trial_balance_of_some_months_has_what_stood_before() -> None:
    entries = posted(sale(date(2026, 1, 9)), sale(date(2026, 2, 9), "12", "10", "2"), sale(date(2026, 4, 9)))
    rows = balances.trial_balance(balances.additions(entries).periods, "2026-02", "2026-03")
    customers = next(row for row in rows if row.account == "411000")
    assert (customers.opening_debit, customers.debit, customers.credit, customers.balance) == (D(120), D(12), D(0), D(132))


def test_long_opening_entries_balance_each_through_the_opening_balance_sheet() -> None:
    parties = {("411000", f"c{n:03}"): (f"C{n}", D(n + 1)) for n in range(200)}
    total = sum(balance for _, balance in parties.values())
    rows = [balances.TrialRow(account=account, opening_debit=D(0), opening_credit=D(0), debit=D(0), credit=D(0), balance=b)
            for account, b in (("411000", total), ("512000", -total))]
    drafts = balances.opening_drafts(rows, parties, date(2027, 1, 1), "AN", "opening:2026")
    assert len({draft.source for draft in drafts}) == len(drafts) == 3
    assert all(sum(each.debit - each.credit for each in draft.lines) == 0 for draft in drafts)
    assert sum(e.debit - e.credit for d in drafts for e in d.lines if e.account == "890000") == 0


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "lines"), [
    ("entry_unbalanced", (line("512000", "10"), line("707000", credit="9.99"))),
    ("entry_lines", (line("512000", "10"),)),
    ("account_unknown", (line("999999", "10"), line("707000", credit="10"))),
    ("party_missing", (line("411000", "10"), line("707000", credit="10"))),
    ("party_unwanted", (line("512000", "10", party="a"), line("707000", credit="10"))),
    ("amount_sign", (line("512000", "10", "10"), line("707000", credit="0"))),
    ("amount_sign", (line("512000", "-10"), line("707000", credit="-10"))),
    ("amount_precision", (line("512000", "10.001"), line("707000", credit="10.001"))),
    ("currency", (line("512000", "10", currency="USD"), line("707000", credit="10"))),
    ("amount_sign", (line("512000", "10", currency="USD", currency_amount=D(-11)), line("707000", credit="10"))),
    ("entry_unbalanced", (line("512000", "10", currency="USD", currency_amount=D(11)),
                          line("707000", credit="10", currency="USD", currency_amount=D(-12)))),
    ("text", (line("512000", "10", label="a\nb"), line("707000", credit="10"))),
])
def test_an_entry_that_cannot_be_is_refused_with_its_reason(code: str, lines: tuple[object, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        check_draft(Draft("OD", MARCH, "Essai", lines), "EUR", ACCOUNTS)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_amounts_stand_at_the_exponent_of_the_currency() -> None:
    for currency, good, bad in (("JPY", "1000", "0.5"), ("TND", "1.005", "1.0005"), ("EUR", "0.01", "0.005")):
        check_draft(Draft("OD", MARCH, "x", (line("512000", good), line("707000", credit=good))), currency, ACCOUNTS)
        with pytest.raises(Invalid):
            check_draft(Draft("OD", MARCH, "x", (line("512000", bad), line("707000", credit=bad))), currency, ACCOUNTS)


def test_the_chart_is_sound() -> None:
    assert [account.id for account in chart.STANDARD] == sorted({account.id for account in chart.STANDARD})
    for account in chart.STANDARD:
        assert checked_account(account) == account and account.name_en
    used = [(a.usage, a.vat_rate, a.product_family) for a in chart.STANDARD if a.usage]
    assert len(used) == len(set(used))
    assert {a.id[:3] for a in chart.STANDARD if a.has_auxiliary} == {"401", "403", "404", "409", "411", "413", "416", "419"}


# -- random entries ----------------------------------------------------------------------------------------------------

amounts = st.decimals("0.01", "99999999.99", places=2)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["512000", "607000", "627000"]), amounts), min_size=1, max_size=20), st.booleans())
def test_random_entries_balance_and_their_reversals_undo_them(debits: list[tuple[str, Decimal]], in_april: bool) -> None:
    total = sum((amount for _, amount in debits), D(0))
    draft = Draft("OD", date(2026, 4 if in_april else 3, 1), "Essai", (
        *(line(account, str(amount)) for account, amount in debits), line("707000", credit=str(total))))
    entry = posted(draft)[0]
    assert sum(each.debit for each in entry.lines) == sum(each.credit for each in entry.lines) == total
    back = posted(reversal(entry, MARCH, "Contrepassation"))[0]
    assert set(closing([entry, back]).values()) == {D(0)}
    wrong = replace(draft, lines=(*draft.lines[:-1], line("707000", credit=str(total + D("0.01")))))
    with pytest.raises(Invalid):
        check_draft(wrong, "EUR", ACCOUNTS)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 2, 3]), amounts, st.sampled_from("abc")), max_size=30), st.integers(0, 30))
def test_balances_kept_in_parts_are_those_of_the_whole(rows: list[tuple[int, Decimal, str]], cut: int) -> None:
    entries = posted(*(Draft("OD", date(2026, month, 1), "x", (
        line("411000", str(amount), party=party), line("707000", credit=str(amount)))) for month, amount, party in rows))
    whole = balances.additions(entries)
    parts = balances.additions(entries[:cut])
    for entry in entries[cut:]:
        balances.add(parts, entry)
    assert (parts.periods, parts.parties) == (whole.periods, whole.parties)
    left = entries
    while left:
        fit = balances.fitting(left, 4)
        assert fit >= 1 and (fit == 1 or balances.additions(left[:fit]).size() <= 4)
        left = left[fit:]


# -- chain -------------------------------------------------------------------------------------------------------------

FROZEN = ("313ba75e94d16df58378c7cf9dcc878170a11b16b18ad7ba2b53606f6dc39ed1",
          "4e6318af0e7848caa18074b6af0158de7198606edfd195c3210e90e63566bd80")


def test_the_golden_vectors_of_the_chain_are_frozen() -> None:
    """If this fails, every ledger in the world fails to verify: make a new schema version instead."""
    first, second = posted(sale(MARCH, document_reference="F-1"), sale(MARCH, label="Éclair œuf", journal="OD"))
    assert (first.hash, second.hash) == FROZEN
    assert second.previous_hash == first.hash
    by_hand = hashlib.sha256(
        f"1\nacme\n{YEAR}\nOD\n1\n{'0' * 64}\n".encode() + codec.store(replace(first, hash="")).encode()).hexdigest()
    assert by_hand == first.hash


def _rows(entries: list[JournalEntry]) -> list[chain.Stored]:
    rows, previous = [], chain.GENESIS
    for entry in entries:
        sealed, data = chain.sealed("acme", replace(entry, hash="", previous_hash=previous))
        rows.append(chain.Stored(chain.sort_of(entry.number), data, tenant_id="acme"))
        previous = sealed.hash
    return rows


def test_a_hash_over_some_fields_only_lets_the_others_be_changed() -> None:
    """The broken variant (ids and totals in the hash, as a well-known till module does) misses a changed amount."""
    entry = posted(sale(MARCH))[0]
    changed = replace(entry, lines=(replace(entry.lines[0], account="401000"), *entry.lines[1:]))

    def weak(each: JournalEntry) -> str:
        return hashlib.sha256(f"{each.id}{each.number}{sum(row.debit for row in each.lines)}".encode()).hexdigest()

    assert weak(entry) == weak(changed), "the weak hash sees nothing"
    assert chain.sealed("acme", replace(entry, hash=""))[0].hash != chain.sealed("acme", replace(changed, hash=""))[0].hash


def test_random_damage_to_long_chains_is_found_at_its_number() -> None:
    chance = Random(3)
    entries = posted(*(sale(MARCH, party=f"c{n}") for n in range(60)))
    rows = _rows(entries)
    head = chain.hash_of(rows[-1].data)
    assert chain.verify("acme", YEAR, "OD", rows, 60, head) is None
    for _ in range(300):
        n = chance.randrange(60)
        data = rows[n].data
        at = chance.randrange(len(data))
        letter = chr((ord(data[at]) + 1) % 126)
        damaged = [*rows[:n], replace(rows[n], data=data[:at] + letter + data[at + 1 :]), *rows[n + 1 :]]
        found = chain.verify("acme", YEAR, "OD", damaged, 60, head)
        assert found is not None and found.number == n + 1
    assert chain.verify("acme", YEAR, "OD", rows[:-1], 60, head) == chain.Broken(60, "it is missing")
    assert chain.verify("other", YEAR, "OD", rows, 60, head) is not None
    assert chain.verify("acme", YEAR, "OD", rows[30:], 60, head, 30, chain.hash_of(rows[29].data)) is None


def test_places_and_ids() -> None:
    assert place_of(f"{YEAR}.VE.12") == (YEAR, "VE", 12)
    for wrong in ("", "x.y.z", f"{YEAR}.VE", f"{YEAR}.VE.-1", f"{YEAR}.V#E.1", f"{YEAR}.VE.1234567890"):
        assert place_of(wrong) is None


def test_dates_and_locks_of_a_journal() -> None:
    checked = [check_draft(draft, "EUR", ACCOUNTS) for draft in (sale(MARCH), sale(date(2026, 3, 9)))]
    with pytest.raises(Conflict) as refused:
        numbered(POSTER, SALES, HEAD, checked, ACCOUNTS)
    assert refused.value.code == "back_dated"
    head, made = numbered(POSTER, GENERAL, HEAD, checked, ACCOUNTS)
    assert [entry.number for entry, _ in made] == [1, 2] and head.next_number == 3
    with pytest.raises(Conflict) as refused:
        numbered(POSTER, GENERAL, replace(HEAD, locked_through=MARCH), checked, ACCOUNTS)
    assert refused.value.code == "period_locked"


# -- tax file ----------------------------------------------------------------------------------------------------------


def test_the_tax_file_is_as_the_law_wants_it() -> None:
    """LPF A47 A-1 VII: 18 names, tab, decimal comma, AAAAMMJJ; VIII: file name; text in ASCII or ISO 8859-15."""
    usd = Draft("OD", MARCH, "Vente à l’export – 5 €", (
        line("411000", "92.15", party="acme", currency="USD", currency_amount=D(100)),
        line("707000", credit="92.15", currency="USD", currency_amount=D(-100))), document_reference="F|1")
    text = fec.text_of(posted(sale(MARCH), usd), {})
    records = [record.split("\t") for record in text.split("\r\n")]
    assert records[0] == ["JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum",
                          "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet",
                          "ValidDate", "Montantdevise", "Idevise"]
    assert records[1] == ["OD", "Opérations diverses", "1", "20260310", "411000", "Clients", "dupont", "Dupont", "OD-1",
                          "20260310", "Facture", "120,00", "0,00", "", "", "20260331", "", ""]
    assert records[5][8:] == ["F 1", "20260310", "Vente à l’export – 5 €", "0,00", "92,15", "", "", "20260331", "-100,00",
                              "USD"]
    assert records[-1] == [""] and {len(record) for record in records[:-1]} == {18}
    plain = fec.encoded(text, "ascii")
    assert b"Vente a l'export - 5 EUR" in plain and max(plain) < 128
    assert "Vente à l'export - 5 €".encode("iso-8859-15") in fec.encoded(text, "iso-8859-15")
    assert fec.file_name("732829320", date(2026, 12, 31)) == "732829320FEC20261231.txt"
    with pytest.raises(Conflict):
        fec.file_name("", MARCH)

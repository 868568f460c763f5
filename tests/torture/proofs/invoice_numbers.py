"""Invoice numbers are 1 to N in every series and year: no gap, no duplicate, dates that never go back, whatever happens.

Thirty-two writers issue invoices and credit notes in three series with journals of their own, one at a time and several in
one transaction, across midnight of New Year's Eve, on clocks that differ by minutes, while calls fail, are lost and are
killed. Some documents fail their pre-flight, some are dated back or ahead: they take no number. At the end numbers, dates,
heads and entries are read straight from the table. `size` is documents asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.invoicing import issuing, numbering
from chalicelib.invoicing.issuing import Office, Ready
from chalicelib.invoicing.model import (
    CREDIT_NOTE,
    INVOICE,
    INVOICE_TYPE,
    SETTINGS,
    Invoice,
    InvoiceLine,
    Party,
    Reference,
    Series,
)
from chalicelib.kernel.address import Address
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, DomainError
from chalicelib.ledger import rolling
from chalicelib.ledger import service as ledger
from chalicelib.ledger.model import JournalEntry, NewFiscalYear, NewJournal
from chalicelib.storage import sequence
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants.model import Company, PostalAddress
from tests.torture.faults import Faults
from tests.torture.merchant import GaveUp, Merchant
from tests.torture.planted import no_marker
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import World

D = Decimal
WRITERS = 32
SERIES = (Series(id="FA", type_codes=(INVOICE_TYPE,), prefix="FA-{year}-"),
          Series(id="WB", type_codes=(INVOICE_TYPE,), prefix="WB{year}/", journal="VW", channel_ids=("web",)),
          Series(id="AV", type_codes=(CREDIT_NOTE,), prefix="AV-{year}-", journal="VA"))
NEW_YEAR = 37 * 86400 + 15 * 3600.0
"""Seconds from the world's beginning to 23:00 UTC on 31 December: midnight in Paris."""
BUYER = Party(name="Zoé", address=Address(line1="3 rue du Lac", city="Annecy", country_code="FR"))
PAUSE_SECONDS = 0.08
REFUSALS = {"preflight_failed", "back_dated", "future_date", "unavailable", "ledger_raced", "stale_version",
            "posted_already"}


@dataclass(slots=True)
class _Seen:
    """What clients were told: ids of documents that are issued, and of those that are not."""

    issued: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    outcomes: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def _prepared(world: World) -> Merchant:
    merchant = Merchant(world)
    merchant.become_tenant(Company(legal_name="Maison", legal_form="SAS", siren="732829320", vat_number="FR44732829320",
                               rcs_city="Annecy", address=PostalAddress(street="1 rue du Lac", city="Annecy")))
    tx = Transaction(merchant.context())
    tx.create(SETTINGS, replace(issuing.defaults(), series=SERIES))
    tx.commit()
    for year in (2026, 2027):
        ledger.open_fiscal_year(merchant.context(), NewFiscalYear(starts_on=date(year, 1, 1), ends_on=date(year, 12, 31)))
    for code in ("VW", "VA"):
        ledger.create_journal(merchant.context(), NewJournal(code=code, name=code, journal_kind="sales", is_chronological=True))
    return merchant


def _document(ctx: Context, the: Office, invoice_id: str, chance: Any, good: bool) -> Invoice:
    kind = chance.choice((INVOICE_TYPE, INVOICE_TYPE, CREDIT_NOTE))
    rate = chance.choice((D("20"), D("5.5")))
    bare = Invoice(id=invoice_id, type_code=kind, created_at=ctx.now, seller=the.seller, buyer=BUYER if good else Party(),
                   channel_id=chance.choice(("", "web")), prices_include_vat=True, reason="x" if kind == CREDIT_NOTE else "",
                   references=(Reference(invoice_id="i", number="FA-1", issue_date=date(2026, 1, 1)),)
                   if kind == CREDIT_NOTE else ())
    return issuing.with_totals(bare, [InvoiceLine(id="1", name="Bûche", amount=D(chance.randint(1, 99999)) / 100,
                                                  vat_rate=rate)])


class _Writer:
    """One of many: picks what to issue from the world's chance."""

    def __init__(self, merchant: Merchant, seen: _Seen, name: str) -> None:
        self.merchant, self.seen, self.name, self.chance = merchant, seen, name, merchant.world.chance

    def work(self, documents: int) -> None:
        n = 0
        while n < documents:
            self.merchant.world.sleep(self.chance.random() * PAUSE_SECONDS)
            count = min(self.chance.choice((1, 1, 2, 5)), documents - n)
            self.attempt(f"{self.name}-{n}", count)
            n += count

    def attempt(self, name: str, count: int) -> None:
        good = self.chance.random() > 0.1
        asked = self.chance.choice((None,) * 8 + (-3, 3))
        ids = [f"ivc_{name}_{each}" for each in range(count)]
        world, plan = self.merchant.world, self.chance.randrange(10**9)

        def work(ctx: Context) -> Sequence[Invoice]:
            from random import Random

            the = issuing.office(ctx)
            day = None if asked is None else the.today + timedelta(days=asked)
            chance = Random(plan)
            made = [Ready(_document(ctx, the, i, chance, good or i != ids[-1]), issue_date=day) for i in ids]
            return issuing.issue(ctx, the, lambda: made)

        try:
            answer = self.merchant.insist(name, work)
        except (DomainError, Refused) as error:
            for each in error.errors if isinstance(error, Refused) else [error]:
                if each.code not in REFUSALS:
                    raise
            self.seen.outcomes["refused"] += count
            self.seen.refused |= set(ids)
        except GaveUp:
            self.seen.outcomes["unknown"] += count
        else:
            world.note("issued", name)
            self.seen.outcomes["issued"] += count
            self.seen.issued |= {str(answer.marker["id"])} if isinstance(answer, AlreadyDone) else set(ids)


def run(seed: int, size: int, faults: Faults) -> Result:
    with World(seed, faults, processes=6) as world:
        sequence.forget()
        merchant, seen, result = _prepared(world), _Seen(), Result()
        world.sleep(NEW_YEAR - size / WRITERS * PAUSE_SECONDS / 7)
        for n in range(WRITERS):
            writer = _Writer(merchant, seen, f"w{n}")
            world.spawn(writer.name, lambda w=writer: w.work(-(-size // WRITERS)))  # type: ignore[misc]
        world.run()
        _check(merchant, seen, result)
        result.facts = dict(sorted(seen.outcomes.items()))
        return result.close(world)


def _check(merchant: Merchant, seen: _Seen, result: Result) -> None:
    stored = list(merchant.documents(INVOICE))
    parts: defaultdict[tuple[str, str], list[Invoice]] = defaultdict(list)
    for invoice in stored:
        assert invoice.issue_date is not None
        parts[(invoice.series_id, invoice.number.removesuffix(invoice.number[-6:]))].append(invoice)
    heads = {wire["pk"]["S"].partition("SERIES_HEAD#")[2]: wire for wire in merchant.wires("SERIES_HEAD#")}
    for (series, prefix), members in parts.items():
        members.sort(key=lambda invoice: int(invoice.number[-6:]))
        numbers = [int(invoice.number[-6:]) for invoice in members]
        where = (series, prefix)
        result.check("no gap and no duplicate", numbers == list(range(1, len(members) + 1)), (where, _odd(numbers)))
        days = [invoice.issue_date for invoice in members]
        result.check("dates never go back", days == sorted(days), where)  # type: ignore[type-var]
        year = members[0].issue_date.year  # type: ignore[union-attr]
        result.check("a number bears its year", all(d and d.year == year for d in days) and str(year) in prefix, where)
        head = heads.get(f"{series}#{year}")
        result.check("the head is behind the last", head is not None and int(head["next_number"]["N"]) == len(members) + 1,
                     where)
    _check_entries(merchant, stored, result)
    known = {invoice.id for invoice in stored}
    for each in seen.issued:
        result.check("no acknowledged document lost", each in known, each)
    for each in seen.refused:
        result.check("a refused document took no number", each not in known, each)


def _odd(numbers: list[int]) -> list[int]:
    return [n for at, n in enumerate(numbers, 1) if n != at][:5]


def _check_entries(merchant: Merchant, stored: Sequence[Invoice], result: Result) -> None:
    """Each document has its one entry, of its amount; the journals are numbered without a gap too."""
    entries: dict[str, list[JournalEntry]] = defaultdict(list)
    numbers: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for item in merchant.items("ENTRY#"):
        entry = rolling.entry_of(item.data, item.schema_version)
        entries[entry.document_id].append(entry)
        numbers[(entry.fiscal_year, entry.journal)].append(entry.number)
    for invoice in stored:
        own = entries.pop(invoice.id, [])
        held = len(own) == 1 and (own[0].document_reference, own[0].entry_date) == (invoice.number, invoice.issue_date) and (
            sum(line.debit for line in own[0].lines) >= invoice.payable_amount)
        result.check("one entry for a document", held, (invoice.number, [each.id for each in own]))
    result.check("no entry without its document", not entries, list(entries)[:3])
    for journal, found in numbers.items():
        result.check("journals have no gap", sorted(found) == list(range(1, len(found) + 1)), journal)


# -- planted bugs ----------------------------------------------------------------------------------------------------------


@contextmanager
def _blind_head() -> Iterator[None]:
    """The heads of series and journal are moved without their conditions."""
    put = Transaction.set

    def blind(tx: Transaction, key: Any, values: Any, when: Any, refusal: Any, new_kind: str = "") -> None:
        if "_HEAD#" in key.pk:
            put(tx, key, values, [], refusal, new_kind)
            update = tx._actions[key].wire["Update"]
            del update["ConditionExpression"]
        else:
            put(tx, key, values, when, refusal, new_kind)

    with patch.object(Transaction, "set", blind):
        yield


@contextmanager
def _counter_first() -> Iterator[None]:
    """The number comes from a counter, before the transaction: what fails afterwards burns it."""
    advanced = numbering.advanced
    current: list[Context] = []
    number: Callable[..., Any] = issuing._number

    def counted(head: Any, series: Series, day: date) -> Any:
        _, after = advanced(head, series, day)
        return series.number(day, sequence.lease(current[0], f"{series.id}-{day.year}", 1)), after

    def knowing(ctx: Context, *arguments: Any) -> Any:
        current[:] = [ctx]
        return number(ctx, *arguments)

    with patch.object(numbering, "advanced", counted), patch.object(issuing, "_number", knowing):
        yield


@contextmanager
def _any_date() -> Iterator[None]:
    """A document takes the day it asks for, or its clock's, whatever the last one was."""
    def dated(asked: date | None, today: date, last: date | None) -> date:
        return asked or today

    def advanced(head: numbering.SeriesHead, series: Series, day: date) -> tuple[str, numbering.SeriesHead]:
        after = replace(head, next_number=head.next_number + 1, last_date=max(day, head.last_date or day))
        return series.number(day, head.next_number), after

    from chalicelib.ledger import posting

    with patch.object(numbering, "dated", dated), patch.object(numbering, "advanced", advanced), patch.object(
            posting, "ordering_date", lambda draft, journal, head, today: max(today, head.last_date)):
        yield


PROOF = Proof("invoice_numbers", run, ci=(5_000, 1), long=(30_000, 3), unit="documents", variant_size=400, variants={
    "heads without conditions": Variant(_blind_head), "number from a counter": Variant(_counter_first),
    "any date": Variant(_any_date), "repeat without marker": Variant(no_marker, size=1_200)})

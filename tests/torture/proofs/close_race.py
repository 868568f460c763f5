"""A lock holds from the instant it is answered: nobody posts into a closed period, however many write at that moment.

Many writers post entries dated all over the year, in several journals, while two accountants lock month after month and at
last close the year; calls fail, are lost and are killed. Whoever locks looks at once where every journal stands: whatever
gets a later number must be dated after the lock. Numbers have no gap, chains hold, what was acknowledged is there, and the
balances kept behind are those of the entries, counted anew. `size` is entries asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, DomainError
from chalicelib.ledger import balances, checkpoints, heads, rolling, service, writing
from chalicelib.ledger.model import FISCAL_YEAR, JournalEntry, LockPeriod, NewFiscalYear
from chalicelib.ledger.posting import Draft, DraftLine
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused, Transaction
from tests.torture.faults import STORMY, Faults
from tests.torture.merchant import GaveUp, Merchant
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import World

D = Decimal
WRITERS, YEAR = 20, "2026-12-31"
JOURNALS = ("VE", "BQ", "OD")
MONTHS = [date(2026, month, 1) - timedelta(days=1) for month in range(2, 13)]
REFUSALS = {"period_locked", "back_dated", "ledger_raced", "stale_version", "wrong_state", "unavailable"}


@dataclass(slots=True)
class _Seen:
    """What clients were told, and where every journal stood when a lock was answered."""

    posted: set[str] = field(default_factory=set)
    stood: list[tuple[date, dict[str, int]]] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def _refused(error: Exception) -> None:
    for each in error.errors if isinstance(error, Refused) else [error]:
        if getattr(each, "code", "") not in REFUSALS:
            raise error


class _Writer:
    def __init__(self, merchant: Merchant, seen: _Seen, name: str) -> None:
        self.merchant, self.seen, self.name, self.chance = merchant, seen, name, merchant.world.chance

    def work(self, entries: int) -> None:
        for n in range(entries):
            self.merchant.world.sleep(self.chance.random() * 0.2)
            self.post(f"{self.name}-{n}")

    def post(self, name: str) -> None:
        journal, day = self.chance.choice(JOURNALS), date(2026, 1, 1) + timedelta(days=self.chance.randrange(365))
        amount = D(self.chance.randint(1, 99999)) / 100
        draft = Draft(journal=journal, entry_date=day, label=name, source=f"test:{name}", lines=(
            DraftLine("411000", debit=amount, party_id="hotel", party_name="Hôtel"), DraftLine("707000", credit=amount)))

        def work(ctx: Context) -> list[JournalEntry]:
            return writing.post(ctx, [draft])

        try:
            answer = self.merchant.insist(name, work)
        except (DomainError, Refused) as error:
            _refused(error)
            self.seen.outcomes["refused"] += 1
        except GaveUp:
            self.seen.outcomes["unknown"] += 1
        else:
            self.seen.outcomes["posted"] += 1
            self.seen.posted.add(str(answer.marker["id"]) if isinstance(answer, AlreadyDone) else answer[0].id)


class _Accountant:
    def __init__(self, merchant: Merchant, seen: _Seen, name: str, pause: float) -> None:
        self.merchant, self.seen, self.name, self.pause = merchant, seen, name, pause

    def work(self) -> None:
        world = self.merchant.world
        for through in MONTHS:
            world.sleep(self.pause * (0.5 + world.chance.random()))
            self.lock(through)
        world.sleep(self.pause)
        self.close()

    def _look(self, ctx: Context, through: date) -> None:
        """Where the journals stand now that the lock was answered."""
        found = heads.heads_of(ctx, read.get(ctx, FISCAL_YEAR, YEAR))
        self.seen.stood.append((through, {journal: head.next_number for journal, head in found.items()}))

    def _insist(self, name: str, through: date, work: Any) -> None:
        try:
            self.merchant.insist(name, work)
        except (DomainError, Refused) as error:
            _refused(error)
        except GaveUp:
            pass
        else:
            self.seen.outcomes["locked"] += 1
            with suppress(GaveUp):
                self.merchant.insist(f"{name}-look", lambda ctx: self._look(ctx, through))

    def lock(self, through: date) -> None:
        self._insist(f"{self.name}-{through}", through, lambda ctx: service.lock_period(
            ctx, read.get(ctx, FISCAL_YEAR, YEAR), LockPeriod(through=through)))

    def close(self) -> None:
        self._insist(f"{self.name}-close", date(2026, 12, 31), lambda ctx: service.close_year(
            ctx, read.get(ctx, FISCAL_YEAR, YEAR), None))


def run(seed: int, size: int, faults: Faults) -> Result:
    with World(seed, faults, processes=6) as world:
        merchant, seen, result = Merchant(world), _Seen(), Result()
        merchant.become_tenant()
        service.open_fiscal_year(merchant.context(), NewFiscalYear(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)))
        each = -(-size // WRITERS)
        for n in range(WRITERS):
            writer = _Writer(merchant, seen, f"w{n}")
            world.spawn(writer.name, lambda w=writer: w.work(each))  # type: ignore[misc]
        for n in range(2):
            accountant = _Accountant(merchant, seen, f"a{n}", max(each * 0.25 / len(MONTHS), 0.05))
            world.spawn(accountant.name, accountant.work)
        world.run()
        _check(merchant, seen, result)
        result.facts = dict(sorted(seen.outcomes.items()))
        return result.close(world)


def _check(merchant: Merchant, seen: _Seen, result: Result) -> None:
    ctx = merchant.context()
    year = read.get(ctx, FISCAL_YEAR, YEAR)
    entries: dict[str, list[JournalEntry]] = {
        journal: [rolling.entry_of(item.data, item.schema_version) for item in rolling.entries(ctx, YEAR, journal)]
        for journal in year.journals}
    known = {entry.id for found in entries.values() for entry in found}
    for journal, found in entries.items():
        result.check("no gap", [entry.number for entry in found] == list(range(1, len(found) + 1)), journal)
        broken = checkpoints.verify(ctx, year, journal)
        result.check("the chain holds", broken is None, (journal, broken))
        for through, stood in seen.stood:
            late = [e.id for e in found if e.number >= stood.get(journal, 1) and e.entry_date <= through]
            result.check("nothing after the lock lies in the locked period", not late, (journal, through, late[:3]))
        rolling.roll_up(ctx.step(f"count:{journal}"), YEAR, journal)
    for entry_id in seen.posted:
        result.check("no acknowledged entry lost", entry_id in known, entry_id)
    result.check("each source once", len({e.label for f in entries.values() for e in f}) == len(known), "labels")
    result.check("kept balances are the entries'", rolling.differences(ctx, year) == [], rolling.differences(ctx, year)[:3])


# -- planted bugs ----------------------------------------------------------------------------------------------------------


@contextmanager
def _lock_on_the_year_alone() -> Iterator[None]:
    """The lock is written on the year and not on the heads of its journals."""
    with patch.object(heads, "lock", lambda tx, year: None):
        yield


@contextmanager
def _lock_not_asked() -> Iterator[None]:
    """The lock is asked neither when an entry is prepared nor when its head is moved."""
    put, honest = Transaction.set, writing.numbered

    def numbered(poster: Any, journal: Any, head: Any, drafts: Any, accounts: Any) -> Any:
        after, made = honest(poster, journal, replace(head, locked_through=date(2000, 1, 1)), drafts, accounts)
        return replace(after, locked_through=head.locked_through), made

    def lenient(tx: Transaction, key: Any, values: Any, when: Any, refusal: Any, new_kind: str = "") -> None:
        put(tx, key, values, [each for each in when if each[0] != "locked_through"], refusal, new_kind)

    with patch.object(Transaction, "set", lenient), patch.object(writing, "numbered", numbered):
        yield


@contextmanager
def _half_counted() -> Iterator[None]:
    """Of the entries counted together, the last is left out of the balances."""
    honest = balances.additions
    with patch.object(balances, "additions", lambda entries: honest(list(entries)[:-1])):
        yield


PROOF = Proof("close_race", run, ci=(400, 1), long=(4_000, 20), unit="entries", faults=STORMY, variant_size=300, variants={
    "lock on the year alone": Variant(_lock_on_the_year_alone), "lock not asked": Variant(_lock_not_asked),
    "one left uncounted": Variant(_half_counted)})

"""How entries get into the table: prepared outside the caller's transaction, written inside it.

A domain that posts with something of its own does

    postings = writing.prepare(ctx, drafts)
    writing.posting_writes(transaction, postings)      # beside its own writes
    transaction.commit()                               # Conflict `ledger_raced`: prepare again, with a new transaction

`retried` is that loop. Two facts that must be one (an invoice and its entry) are then one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.ledger import chain, heads
from chalicelib.ledger.model import ACCOUNT, JOURNAL, JOURNAL_ENTRY, JournalEntry, usage_key
from chalicelib.ledger.posting import Draft, Head, Poster, check_draft, numbered, ordering_date
from chalicelib.storage import keys, read
from chalicelib.storage.client import back_off
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants import service as tenants

T = TypeVar("T")
MAX_AT_ONCE = 30
"""Entries of one transaction: each is an item and, when it follows from a document, the guard of that."""


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one journal and fiscal year, with its head before and after them."""

    before: Head
    after: Head
    earliest: date
    ordering: date
    entries: tuple[tuple[JournalEntry, str], ...]


@dataclass(frozen=True, slots=True)
class Postings:
    """Numbered entries ready to be written, and the sources they follow from. They hold only as long as the heads do."""

    groups: tuple[Group, ...]
    sources: tuple[tuple[str, str], ...]

    @property
    def entries(self) -> list[JournalEntry]:
        return [entry for group in self.groups for entry, _ in group.entries]


def poster(ctx: Context) -> Poster:
    """Who posts, in which currency, on which day of the tenant's calendar."""
    tenant = tenants.tenant(ctx)
    return Poster(ctx.tenant_id, tenant.currency, ctx.clock.now().astimezone(ZoneInfo(tenant.time_zone)).date(),
                  ctx.clock.now(), ctx.actor.name)


def accounts_for(ctx: Context, wanted: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """The account of each (usage, VAT rate, product family): the most exact the chart has, then that of the rate alone, of
    the family alone, and of the usage. Raises Invalid `account_usage` when a usage has none."""
    names = list(dict.fromkeys(wanted))
    tried = {name: [usage_key(name[0], *pair) for pair in dict.fromkeys(
        ((name[1], name[2]), (name[1], ""), ("", name[2]), ("", "")))] for name in names}
    found = read.guards(ctx, "account_usage", [key for each in tried.values() for key in each])
    chosen = {}
    for name, each in tried.items():
        number = next((str(found[key]["number"]) for key in each if key in found), None)
        if number is None:
            raise Invalid("account_usage", f"No account of the chart is for {name[0]}.", {"usage": name[0]})
        chosen[name] = number
    return chosen


def _year_of(ctx: Context, dates: Iterable[date]) -> dict[date, str]:
    """The fiscal year of each date. Raises Conflict `no_fiscal_year`."""
    days = list(dict.fromkeys(dates))
    found = read.guards(ctx, "fiscal_month", {f"{day:%Y-%m}" for day in days})
    for day in days:
        if f"{day:%Y-%m}" not in found:
            raise Conflict("no_fiscal_year", f"No fiscal year is open on {day}.", {"entry_date": "in a fiscal year"})
    return {day: str(found[f"{day:%Y-%m}"]["fiscal_year"]) for day in days}


def prepare(ctx: Context, drafts: Sequence[Draft]) -> Postings:
    """Checks, numbers and chains what shall be posted, after the heads as they stand now; writes nothing of it.

    Raises Invalid for an entry that cannot be, Conflict `no_fiscal_year`, `period_locked`, `back_dated`.
    """
    if not 1 <= len(drafts) <= MAX_AT_ONCE:
        raise Invalid("too_many", f"Post 1 to {MAX_AT_ONCE} entries at once.")
    who = poster(ctx)
    accounts = read.get_many(ctx, ACCOUNT, {line.account[:20] for draft in drafts for line in draft.lines if line.account})
    checked = [check_draft(draft, who.currency, accounts) for draft in drafts]
    journals = read.get_many(ctx, JOURNAL, {draft.journal[:20] for draft in drafts if draft.journal})
    for draft in checked:
        if draft.journal not in journals or not journals[draft.journal].is_active:
            raise Invalid("journal_unknown", "There is no such active journal.", {"journal": "not in use"})
    years = _year_of(ctx, (draft.entry_date for draft in checked))
    by_journal: dict[tuple[str, str], list[Draft]] = {}
    for draft in checked:
        by_journal.setdefault((years[draft.entry_date], draft.journal), []).append(draft)
    standing = heads.ensure(ctx, by_journal)
    groups = []
    for name, members in by_journal.items():
        head, journal = standing[name], journals[name[1]]
        after, made = numbered(who, journal, head, members, accounts)
        groups.append(Group(head, after, min(d.entry_date for d in members),
                            ordering_date(members[0], journal, head, who.today), tuple(made)))
    by_id = {id(draft): entry for (name, members), group in zip(by_journal.items(), groups, strict=True)
             for draft, (entry, _) in zip(members, group.entries, strict=True)}
    return Postings(tuple(groups), tuple((draft.source, by_id[id(draft)].id) for draft in checked if draft.source))


def posting_writes(tx: Transaction, postings: Postings) -> None:
    """Adds the entries, their heads and EntryPosted to the caller's transaction.

    Refused: Conflict `ledger_raced` (prepare again), Conflict `posted_already` when a source was posted before.
    """
    ctx = tx.ctx
    for group in postings.groups:
        heads.move(tx, group.before, group.after, group.earliest, group.ordering)
        for entry, data in group.entries:
            key = keys.child(ctx, "entry", f"{entry.fiscal_year}#{entry.journal}", chain.sort_of(entry.number))
            tx.put_new(Item(key, JOURNAL_ENTRY.kind, ctx.tenant_id, data, schema_version=JOURNAL_ENTRY.schema_version),
                       heads.raced)
            tx.emit("EntryPosted", JOURNAL_ENTRY.kind, entry.id, 1, {
                "fiscal_year": entry.fiscal_year, "journal": entry.journal, "number": str(entry.number),
                "label": entry.label[:80], "currency": entry.currency,
                "total": str(sum((line.debit for line in entry.lines), ZERO))})
    for source, entry_id in postings.sources:
        tx.put_new(Item(keys.guard(ctx, "entry_source", source), "guard", ctx.tenant_id,
                        codec.compact({"id": entry_id, "kind": JOURNAL_ENTRY.kind})), _posted_already)


def _posted_already() -> Conflict:
    return Conflict("posted_already", "This was posted before; an entry is made once and corrected by its reversal.")


def entry_of_source(ctx: Context, source: str) -> str:
    """The id of the entry that follows from a source, or ""."""
    found = read.guards(ctx, "entry_source", [source])
    return str(found[source]["id"]) if source in found else ""


def _is_raced(error: DomainError) -> bool:
    return error.code == "ledger_raced"


def retried(ctx: Context, attempt: Callable[[], T]) -> T:
    """What `attempt` answers, tried again while another posting was quicker, until the caller's deadline.

    Raises what `attempt` raises; a source that was posted before wins over a lost race.
    """
    number = 0
    while True:
        try:
            return attempt()
        except (Conflict, Refused) as refused:
            errors = refused.errors if isinstance(refused, Refused) else [refused]
            other = next((error for error in errors if not _is_raced(error)), None)
            if other is not None:
                raise other from None
            if not back_off(ctx, number):
                raise errors[0] from None
            number += 1


def post(ctx: Context, drafts: Sequence[Draft], status: int = 201) -> list[JournalEntry]:
    """Posts entries that stand alone (typed by a person, an import, an opening), all or none. Raises as `prepare`."""
    def attempt() -> list[JournalEntry]:
        postings = prepare(ctx, drafts)
        transaction = Transaction(ctx)
        posting_writes(transaction, postings)
        first = postings.entries[0]
        transaction.answers(status, JOURNAL_ENTRY.kind, first.id, 1)
        transaction.commit()
        return postings.entries

    return retried(ctx, attempt)

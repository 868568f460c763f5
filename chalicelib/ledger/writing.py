"""How entries get into the table: prepared outside the caller's transaction, written inside it.

A domain that posts with something of its own does

    postings = writing.prepare(ctx, drafts)
    writing.posting_writes(transaction, postings)      # beside its own writes
    transaction.commit()                               # Conflict `ledger_raced`: prepare again, with a new transaction

`retried` is that loop. Two facts that must be one (an invoice and its entry) are then one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.money import ZERO
from chalicelib.ledger import chain, heads
from chalicelib.ledger.model import ACCOUNT, JOURNAL, JOURNAL_ENTRY, Account, Journal, JournalEntry, usage_key
from chalicelib.ledger.posting import Draft, Head, Poster, check_draft, numbered, ordering_date
from chalicelib.storage import keys, racing, read
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import TENANT, Tenant

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
    return _poster(ctx, tenants.tenant(ctx))


def _poster(ctx: Context, tenant: Tenant) -> Poster:
    return Poster(ctx.tenant_id, tenant.currency, ctx.clock.now().astimezone(ZoneInfo(tenant.time_zone)).date(),
                  ctx.clock.now(), ctx.actor.name)


RACED = frozenset({"ledger_raced"})

Purpose = tuple[str, str, str]
"""Usage, VAT rate, product family."""


def _tried(purpose: Purpose) -> list[str]:
    """The names under which the account of a purpose may be found, the most exact first."""
    usage, rate, family = purpose
    return [usage_key(usage, *pair) for pair in dict.fromkeys(((rate, family), (rate, ""), ("", family), ("", "")))]


def account_keys(ctx: Context, wanted: Iterable[Purpose]) -> list[Key]:
    """The keys to read for `accounts_in`, for who reads more than accounts at once."""
    return [keys.guard(ctx, "account_usage", name) for name in dict.fromkeys(n for each in wanted for n in _tried(each))]


def accounts_for(ctx: Context, wanted: Iterable[Purpose]) -> dict[Purpose, str]:
    """The account of each purpose, in one read. Raises as `accounts_in`."""
    names = list(wanted)
    return accounts_in(ctx, names, read.items(ctx, account_keys(ctx, names)))


def accounts_in(ctx: Context, wanted: Iterable[Purpose], stored: Mapping[Key, Item]) -> dict[Purpose, str]:
    """The account of each (usage, VAT rate, product family): the most exact the chart has, then that of the rate alone, of
    the family alone, and of the usage. Raises Invalid `account_usage` when a usage has none."""
    chosen = {}
    for name in dict.fromkeys(wanted):
        held = (stored.get(keys.guard(ctx, "account_usage", each)) for each in _tried(name))
        number = next((str(codec.load(item.data)["number"]) for item in held if item is not None), None)
        if number is None:
            raise Invalid("account_usage", f"No account of the chart is for {name[0]}.", {"usage": name[0]})
        chosen[name] = number
    return chosen


@dataclass(frozen=True, slots=True)
class _Books:
    """What the drafts of one command are checked against, read at once."""

    tenant: Tenant
    accounts: Mapping[str, Account]
    journals: Mapping[str, Journal]
    months: Mapping[str, str]

    def year(self, day: date) -> str:
        """The fiscal year of a day. Raises Conflict `no_fiscal_year`."""
        found = self.months.get(f"{day:%Y-%m}")
        if found is None:
            raise Conflict("no_fiscal_year", f"No fiscal year is open on {day}.", {"entry_date": "in a fiscal year"})
        return found


def _books(ctx: Context, drafts: Sequence[Draft]) -> _Books:
    accounts = {keys.document(ctx, ACCOUNT.kind, number): number for number in dict.fromkeys(
        line.account[:20] for draft in drafts for line in draft.lines if line.account)}
    journals = {keys.document(ctx, JOURNAL.kind, code): code for code in dict.fromkeys(
        draft.journal[:20] for draft in drafts if draft.journal)}
    months = {keys.guard(ctx, "fiscal_month", month): month for month in dict.fromkeys(
        f"{draft.entry_date:%Y-%m}" for draft in drafts)}
    own = keys.document(ctx, TENANT.kind, ctx.tenant_id)
    stored = read.items(ctx, [own, *accounts, *journals, *months])
    if own not in stored:
        raise NotFound(TENANT.kind)
    return _Books(
        read.document_of(TENANT, stored[own]),
        {number: read.document_of(ACCOUNT, stored[key]) for key, number in accounts.items() if key in stored},
        {code: read.document_of(JOURNAL, stored[key]) for key, code in journals.items() if key in stored},
        {month: str(codec.load(stored[key].data)["fiscal_year"]) for key, month in months.items() if key in stored})


def prepare(ctx: Context, drafts: Sequence[Draft]) -> Postings:
    """Checks, numbers and chains what shall be posted, after the heads as they stand now; writes nothing of it.

    Raises Invalid for an entry that cannot be, Conflict `no_fiscal_year`, `period_locked`, `back_dated`.
    """
    if not 1 <= len(drafts) <= MAX_AT_ONCE:
        raise Invalid("too_many", f"Post 1 to {MAX_AT_ONCE} entries at once.")
    books = _books(ctx, drafts)
    who, accounts, journals = _poster(ctx, books.tenant), books.accounts, books.journals
    checked = [check_draft(draft, who.currency, accounts) for draft in drafts]
    for draft in checked:
        if draft.journal not in journals or not journals[draft.journal].is_active:
            raise Invalid("journal_unknown", "There is no such active journal.", {"journal": "not in use"})
    years = {draft.entry_date: books.year(draft.entry_date) for draft in checked}
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


def retried(ctx: Context, attempt: Callable[[], T]) -> T:
    """What `attempt` answers, tried again while another posting was quicker, until the caller's deadline.

    Raises what `attempt` raises; a source that was posted before wins over a lost race.
    """
    return racing.retried(ctx, attempt, RACED)


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

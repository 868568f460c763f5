"""Use cases of the ledger; the only functions other code calls, with `writing` for who posts in a transaction of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Invalid, NotFound
from chalicelib.kernel.states import next_state
from chalicelib.ledger import balances, chain, chart, determining, heads, letters, posting, rolling, writing
from chalicelib.ledger.model import (
    ACCOUNT,
    FISCAL_YEAR,
    JOURNAL,
    JOURNAL_ENTRY,
    YEAR_TRANSITIONS,
    Account,
    AccountBody,
    FiscalYear,
    Journal,
    JournalBody,
    JournalEntry,
    LockPeriod,
    NewAccount,
    NewEntry,
    NewEntryLine,
    NewFiscalYear,
    NewJournal,
    ReverseEntry,
    checked_account,
    checked_journal,
    locked,
    new_year,
    usage_key,
)
from chalicelib.parties.model import CUSTOMER
from chalicelib.storage import keys, read
from chalicelib.storage.transaction import Transaction

_SEEDED_AT_ONCE = 40
_OPENED_AT_ONCE = 20


def create_account(ctx: Context, body: NewAccount) -> Account:
    """A new account. Raises Invalid, and Conflict when the number or its usage is another's."""
    account = checked_account(Account(
        id=body.number, name=body.name, name_en=body.name_en, has_auxiliary=body.has_auxiliary, usage=body.usage,
        vat_rate=body.vat_rate, product_family=body.product_family))
    transaction = Transaction(ctx)
    account = transaction.create(ACCOUNT, account)
    transaction.emit("AccountCreated", ACCOUNT.kind, account.id, 1, {"name": account.name})
    transaction.answers(201, ACCOUNT.kind, account.id, 1)
    transaction.commit()
    return account


def update_account(ctx: Context, account: Account, body: AccountBody) -> Account:
    """Changes an account; its number stays. Raises Invalid, Conflict (`account_in_use` for one that rules name), Stale."""
    changed = checked_account(replace(
        account, name=body.name, name_en=body.name_en, usage=body.usage, vat_rate=body.vat_rate,
        product_family=body.product_family, is_active=body.is_active))
    if account.is_active and not changed.is_active and determining.used(ctx, account.id):
        raise Conflict("account_in_use", f"Account {account.id} is named by a rule for sales; change the rule first.",
                       {"is_active": "a rule names it"})
    transaction = Transaction(ctx)
    changed = transaction.save(ACCOUNT, account, changed)
    transaction.emit("AccountUpdated", ACCOUNT.kind, account.id, changed.version, {"name": changed.name})
    transaction.answers(200, ACCOUNT.kind, account.id, changed.version)
    transaction.commit()
    return changed


def create_journal(ctx: Context, body: NewJournal) -> Journal:
    """A new journal. Raises Invalid, Conflict."""
    journal = checked_journal(Journal(id=body.code, name=body.name, name_en=body.name_en, journal_kind=body.journal_kind,
                                      is_chronological=body.is_chronological))
    transaction = Transaction(ctx)
    journal = transaction.create(JOURNAL, journal)
    transaction.emit("JournalCreated", JOURNAL.kind, journal.id, 1, {"name": journal.name})
    transaction.answers(201, JOURNAL.kind, journal.id, 1)
    transaction.commit()
    return journal


def update_journal(ctx: Context, journal: Journal, body: JournalBody) -> Journal:
    """Renames a journal or takes it out of use. Raises Invalid, Stale."""
    changed = checked_journal(replace(journal, name=body.name, name_en=body.name_en, is_active=body.is_active))
    transaction = Transaction(ctx)
    changed = transaction.save(JOURNAL, journal, changed)
    transaction.emit("JournalUpdated", JOURNAL.kind, journal.id, changed.version, {"name": changed.name})
    transaction.answers(200, JOURNAL.kind, journal.id, changed.version)
    transaction.commit()
    return changed


def _seed(ctx: Context) -> None:
    """The standard chart and journals, as far as they are not there. A usage that the company gave away stays given."""
    have = read.get_many(ctx, ACCOUNT, [account.id for account in chart.STANDARD])
    missing = [account for account in chart.STANDARD if account.id not in have]
    taken = read.guards(ctx, "account_usage", [usage_key(a.usage, a.vat_rate, a.product_family) for a in missing if a.usage])
    journals = read.get_many(ctx, JOURNAL, [journal.id for journal in chart.JOURNALS])
    for start in range(0, len(missing), _SEEDED_AT_ONCE):
        chunk = missing[start : start + _SEEDED_AT_ONCE]
        transaction = Transaction(ctx.step(f"chart:{chunk[0].id}"))
        for account in chunk:
            is_taken = usage_key(account.usage, account.vat_rate, account.product_family) in taken
            transaction.create(ACCOUNT, replace(account, usage="", vat_rate="", product_family="") if is_taken else account)
        _commit_once(transaction)
    wanted = [journal for journal in chart.JOURNALS if journal.id not in journals]
    if wanted:
        transaction = Transaction(ctx.step("journals"))
        for journal in wanted:
            transaction.create(JOURNAL, journal)
        _commit_once(transaction)


def _commit_once(transaction: Transaction) -> None:
    try:
        transaction.commit()
    except AlreadyDone:
        return


def open_fiscal_year(ctx: Context, body: NewFiscalYear) -> FiscalYear:
    """A new fiscal year; the first one brings the French chart of accounts and the usual journals.

    Raises Invalid, and Conflict `fiscal_month_taken` when another year has one of its months.
    """
    year = new_year(body, ctx.now)
    _seed(ctx)
    transaction = Transaction(ctx)
    year = transaction.create(FISCAL_YEAR, year)
    transaction.emit("FiscalYearOpened", FISCAL_YEAR.kind, year.id, 1, {"starts_on": year.starts_on.isoformat()})
    transaction.answers(201, FISCAL_YEAR.kind, year.id, 1)
    transaction.commit()
    return year


def lock_period(ctx: Context, year: FiscalYear, body: LockPeriod) -> FiscalYear:
    """Locks the year through a day: the heads of its journals carry the lock, so a posting under way is stopped too.

    Raises Invalid, Conflict, Stale."""
    return _lock(ctx, year, locked(replace(year, state=next_state(YEAR_TRANSITIONS, year.state, "lock")), body.through),
                 "PeriodLocked")


def close_year(ctx: Context, year: FiscalYear, _: object) -> FiscalYear:
    """Locks the whole year for ever. Raises Conflict `wrong_state`, Stale."""
    after = replace(year, state=next_state(YEAR_TRANSITIONS, year.state, "close"))
    return _lock(ctx, year, locked(after, year.ends_on), "FiscalYearClosed")


def _lock(ctx: Context, before: FiscalYear, after: FiscalYear, event: str) -> FiscalYear:
    transaction = Transaction(ctx)
    after = transaction.save(FISCAL_YEAR, before, after)
    heads.lock(transaction, after)
    transaction.emit(event, FISCAL_YEAR.kind, after.id, after.version, {"locked_through": after.locked_through.isoformat()})
    transaction.answers(200, FISCAL_YEAR.kind, after.id, after.version)
    transaction.commit()
    return after


def carry_forward(ctx: Context, year: FiscalYear, _: object) -> FiscalYear:
    """Posts the opening balances of the next year from a closed one, once.

    Raises Conflict: `wrong_state`, `balances_behind` while entries are still being counted, `no_fiscal_year` when the next
    year is not open, `period_locked` when its first day is.
    """
    state = next_state(YEAR_TRANSITIONS, year.state, "carry_forward")
    if rolling.behind(ctx, year):
        raise Conflict("balances_behind", "The last entries are still being counted; try again in a moment.")
    rows = balances.trial_balance(rolling.kept_periods(ctx, year.id, whole=True), balances.YEAR, balances.YEAR)
    parties = {name: (label, debit - credit) for name, (label, debit, credit) in rolling.kept_parties(ctx, year.id).items()}
    items = letters.open_items(ctx, year.id, {account for account, _ in parties})
    drafts = balances.opening_drafts(rows, parties, year.ends_on + timedelta(days=1), f"À-nouveaux {year.id}",
                                     f"opening:{year.id}", items)
    if len(drafts) > 1:
        _post_openings(ctx, drafts[:-1])
    after = replace(year, state=state)

    def attempt() -> FiscalYear:
        transaction = Transaction(ctx)
        if drafts:
            writing.posting_writes(transaction, writing.prepare(ctx, drafts[-1:]))
        saved = transaction.save(FISCAL_YEAR, year, after)
        transaction.answers(200, FISCAL_YEAR.kind, saved.id, saved.version)
        transaction.commit()
        return saved

    return writing.retried(ctx, attempt)


def _post_openings(ctx: Context, drafts: list[posting.Draft]) -> None:
    """The opening entries that come before the last, some at once: each is posted once, however often the whole is tried
    again."""
    for start in range(0, len(drafts), _OPENED_AT_ONCE):
        batch = drafts[start : start + _OPENED_AT_ONCE]
        if not writing.entry_of_source(ctx, batch[0].source):
            try:
                writing.post(ctx.step(batch[0].source), batch)
            except AlreadyDone:
                continue


def find_entry(ctx: Context, entry_id: str) -> JournalEntry:
    """One entry by id, consistent. Raises NotFound."""
    place = posting.place_of(entry_id)
    stored = place and read.item(ctx, keys.child(ctx, "entry", f"{place[0]}#{place[1]}", chain.sort_of(place[2])))
    if not stored or not place or posting.entry_id(*place) != entry_id:
        raise NotFound(JOURNAL_ENTRY.kind)
    return rolling.entry_of(stored.data, stored.schema_version)


def post_entry(ctx: Context, body: NewEntry) -> JournalEntry:
    """Posts an entry a person typed. Raises Invalid for what cannot be, Conflict for a locked or absent period."""
    lines = _known_parties(ctx, body.lines)
    return writing.post(ctx, [posting.Draft(
        journal=body.journal, entry_date=body.entry_date, label=body.label.strip(),
        document_reference=body.document_reference.strip(), document_date=body.document_date,
        lines=tuple(posting.DraftLine(
            account=line.account, debit=line.debit, credit=line.credit, label=line.label, party_id=line.party_id,
            party_name=line.party_name, currency=line.currency, currency_amount=line.currency_amount,
            due_date=line.due_date) for line in lines))])[0]


def _known_parties(ctx: Context, lines: tuple[NewEntryLine, ...]) -> list[NewEntryLine]:
    """The lines with their customers' names as we know them. A party that is no customer of ours (a supplier, an
    employee) is called what the caller calls it. Raises Invalid `party_unknown`."""
    wanted = {line.party_id for line in lines if line.party_id.startswith(CUSTOMER.prefix + "_") and len(line.party_id) <= 40}
    found = read.get_many(ctx, CUSTOMER, wanted) if wanted else {}
    for n, line in enumerate(lines):
        if line.party_id in wanted and line.party_id not in found:
            raise Invalid("party_unknown", "There is no such customer.", {f"lines.{n}.party_id": "no such customer"})
    return [replace(line, party_name=found[line.party_id].name) if line.party_id in found else line for line in lines]


def reverse_entry(ctx: Context, entry_id: str, body: ReverseEntry) -> JournalEntry:
    """Posts the reversal of an entry, once. Raises NotFound, Conflict `reversed_already`, and as `post_entry`."""
    entry = find_entry(ctx, entry_id)
    day: date = body.entry_date or writing.poster(ctx).today
    label = body.label.strip() or f"Contrepassation {entry.label}"[:200]
    try:
        return writing.post(ctx, [posting.reversal(entry, day, label)])[0]
    except DomainError as error:
        if error.code == "posted_already":
            raise Conflict("reversed_already", "This entry was reversed already.") from None
        raise

"""Keeps the balances and the lines of accounts and parties, entry after entry, behind the posting.

A mark per journal and year says through which number everything is counted; it moves in the transaction that adds. So an
event may come twice, late or never: the next one carries on from the mark, and what is kept is always exactly the entries
up to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict
from chalicelib.kernel.event import Event
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import entity
from chalicelib.ledger import balances, chain, heads, posting
from chalicelib.ledger.lettering import LetteredLine, reference_of
from chalicelib.ledger.model import JOURNAL_ENTRY, FiscalYear, JournalEntry
from chalicelib.storage import keys, read, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item, balance_from_wire
from chalicelib.storage.transaction import Refused, Transaction

LAST = 10**9 - 1
ITEMS = 90
AT_ONCE = 100


@entity
class LedgerLine:
    """A line of the general or a subsidiary ledger, with what leads back to its entry and its document."""

    entry_id: str
    entry_date: str
    journal: str
    number: int
    line: int
    account: str
    party_id: str = ""
    party_name: str = ""
    label: str
    document_kind: str = ""
    document_id: str = ""
    document_reference: str = ""
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    due_date: date | None = None


def mark_key(ctx: Context, fiscal_year: str, journal: str) -> Key:
    return keys.child(ctx, "ledger_mark", f"{fiscal_year}#{journal}", keys.ALONE)


def entry_of(data: str, schema_version: int) -> JournalEntry:
    """A stored entry."""
    return codec.restore(JOURNAL_ENTRY, data, schema_version)


def entries(ctx: Context, fiscal_year: str, journal: str, after: int = 0, through: int = LAST) -> Iterator[Item]:
    """The stored entries of a journal and year with numbers above `after`, to `through`, in order; consistent."""
    start = None
    while after < through:
        found, start = read.collection(ctx, f"ENTRY#{fiscal_year}#{journal}", start=start,
                                       between=(chain.sort_of(after + 1), chain.sort_of(through)))
        yield from found
        if start is None:
            return


def marks(ctx: Context, year: FiscalYear) -> Mapping[str, int]:
    """Through which number each journal of the year is counted."""
    by_key = {mark_key(ctx, year.id, journal): journal for journal in year.journals}
    found = read.raw_many(ctx, by_key)
    return {journal: int(found[key]["through"]["N"]) if key in found else 0 for key, journal in by_key.items()}


def behind(ctx: Context, year: FiscalYear) -> int:
    """How many entries of the year are posted and not yet counted."""
    counted = marks(ctx, year)
    return sum(head.next_number - 1 - counted[journal] for journal, head in heads.heads_of(ctx, year).items())


def on_posted(ctx: Context, event: Event) -> None:
    """An entry was posted: count its journal."""
    roll_up(ctx, str(event.data["fiscal_year"]), str(event.data["journal"]))


def roll_up(ctx: Context, fiscal_year: str, journal: str) -> None:
    """Counts every entry of the journal that is not counted yet."""
    last = -1
    while True:
        stored = read.raw_many(ctx, [mark_key(ctx, fiscal_year, journal)])
        mark = next((int(wire["through"]["N"]) for wire in stored.values()), 0)
        found, _ = read.collection(ctx, f"ENTRY#{fiscal_year}#{journal}",
                                   between=(chain.sort_of(mark + 1), chain.sort_of(LAST)), limit=AT_ONCE)
        if not found or mark == last:
            return
        members = [entry_of(item.data, item.schema_version) for item in found]
        members = members[: balances.fitting(members, ITEMS)]
        write.many(ctx, _lines(ctx, members))
        try:
            _count(ctx.step(f"count:{fiscal_year}:{journal}:{mark}"), fiscal_year, journal, mark, members)
        except AlreadyDone:
            last = mark
        except (Conflict, Refused):
            continue


def _count(ctx: Context, fiscal_year: str, journal: str, mark: int, members: list[JournalEntry]) -> None:
    added = balances.additions(members)
    transaction = Transaction(ctx)
    for period, numbers in added.periods.items():
        transaction.add(keys.child(ctx, "balances", fiscal_year, period), "ledger_balances", numbers, {}, heads.raced)
    for name, numbers in added.parties.items():
        transaction.add(keys.child(ctx, "party_balances", fiscal_year, "#".join(name)), "party_balance", numbers, {},
                        heads.raced, texts={"party_name": added.names[name]})
    through, key = members[-1].number, mark_key(ctx, fiscal_year, journal)
    transaction.set(key, {"through": through}, [("through", "=", mark)] if mark else [], heads.raced,
                    new_kind="" if mark else "ledger_mark")
    transaction.commit()


def _lines(ctx: Context, members: list[JournalEntry]) -> Iterator[Item]:
    """The copies of the entries' lines, under their account, under their party, and among what is open until a full letter
    holds them."""
    named = [reference_of(entry.id, n) for entry in members for n, line in enumerate(entry.lines, 1) if line.party_id]
    settled = {name for name, letter in read.guards(ctx, "lettered_line", named).items() if letter["state"] == "full"}
    for entry in members:
        for n, line in enumerate(entry.lines, 1):
            day, place = entry.entry_date.isoformat(), f"{entry.journal}#{chain.sort_of(entry.number)}#{n:03d}"
            data = codec.store(LedgerLine(
                entry_id=entry.id, entry_date=day, journal=entry.journal, number=entry.number, line=n, account=line.account,
                party_id=line.party_id, party_name=line.party_name, label=line.label, document_kind=entry.document_kind,
                document_id=entry.document_id, document_reference=entry.document_reference, debit=line.debit,
                credit=line.credit, due_date=line.due_date))
            copies = [keys.child(ctx, "account", f"{entry.fiscal_year}#{line.account}", f"{day}#{place}")]
            if line.party_id:
                copies.append(keys.child(ctx, "party_lines", f"{entry.fiscal_year}#{line.party_id}",
                                         f"{line.account}#{day}#{place}"))
                if reference_of(entry.id, n) not in settled:
                    copies.append(keys.child(ctx, "open_lines", f"{entry.fiscal_year}#{line.account}", open_place(entry, n)))
            yield from (Item(key, "ledger_line", ctx.tenant_id, data) for key in copies)


def write_lines_again(ctx: Context, entry: JournalEntry) -> None:
    """Writes the copies of an entry's lines anew, when a name in them is another now; they stand where they stood."""
    write.many(ctx, _lines(ctx, [entry]))


def name_party(tx: Transaction, fiscal_year: str, account: str, party_id: str, name: str) -> None:
    """Write part: another name beside the kept balance of a customer or supplier, which must be there."""
    tx.set(keys.child(tx.ctx, "party_balances", fiscal_year, f"{account}#{party_id}"), {"party_name": name}, [], heads.raced)


def open_place(entry: JournalEntry, line: int) -> str:
    """Where a line lies among the open lines of its account: by party and date."""
    return (f"{entry.lines[line - 1].party_id}#{entry.entry_date.isoformat()}#{entry.journal}#"
            f"{chain.sort_of(entry.number)}#{line:03d}")


def open_data(account: str, party_id: str, party_name: str, line: LetteredLine) -> str:
    """The stored form of a line that is open again: the same as when it was counted, save for its document's kind and id,
    which its entry tells."""
    _, journal, number = posting.place_of(line.entry_id) or ("", "", 0)
    return codec.store(LedgerLine(
        entry_id=line.entry_id, entry_date=line.entry_date.isoformat(), journal=journal, number=number, line=line.line,
        account=account, party_id=party_id, party_name=party_name, label=line.label,
        document_reference=line.document_reference, debit=line.debit, credit=line.credit, due_date=line.due_date))


def kept_periods(ctx: Context, fiscal_year: str, whole: bool = False) -> dict[str, Mapping[str, Decimal]]:
    """The kept balances of a year by period, consistent; `whole` leaves the months out."""
    between = (balances.OPENING, balances.YEAR) if whole else None
    kept = map(balance_from_wire, read.wires(ctx, f"BALANCES#{fiscal_year}", between))
    return {balance.key.sk: balance.numbers for balance in kept}


def kept_parties(ctx: Context, fiscal_year: str, account: str = "") -> dict[tuple[str, str], tuple[str, Decimal, Decimal]]:
    """Name, debit and credit of each (account, party) of a year, of one account when it is named; consistent."""
    between = (f"{account}#", f"{account}#\uffff") if account else None
    found = {}
    for wire in read.wires(ctx, f"PARTY_BALANCES#{fiscal_year}", between):
        number, _, party = wire["sk"]["S"].partition("#")
        found[(number, party)] = (wire["party_name"]["S"], Decimal(wire["debit"]["N"]), Decimal(wire["credit"]["N"]))
    return found


def recounted(ctx: Context, year: FiscalYear) -> balances.Additions:
    """The balances made anew from the entries, each journal through its mark: what is kept must be the same."""
    found = balances.Additions()
    for journal, mark in marks(ctx, year).items():
        for item in entries(ctx, year.id, journal, through=mark):
            balances.add(found, entry_of(item.data, item.schema_version))
    return found


def differences(ctx: Context, year: FiscalYear) -> list[str]:
    """The kept balances that are not those of the entries; none when every journal stands as it is counted."""
    made = recounted(ctx, year)
    kept = kept_periods(ctx, year.id)
    parties = {name: {"debit": debit, "credit": credit} for name, (_, debit, credit) in kept_parties(ctx, year.id).items()}
    return [*(period for period in sorted(kept.keys() | made.periods.keys()) if kept.get(period) != made.periods.get(period)),
            *("/".join(name) for name in sorted(parties.keys() | made.parties.keys())
              if parties.get(name) != made.parties.get(name))]

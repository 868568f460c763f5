"""The heads of journals: one item per journal and fiscal year holds the next number, the chain's end and the lock.

Whoever posts moves the head in the same transaction, so a number is never burnt and two entries never share one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict
from chalicelib.ledger import chain
from chalicelib.ledger.model import FISCAL_YEAR, FiscalYear
from chalicelib.ledger.posting import Head
from chalicelib.storage import keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Wire
from chalicelib.storage.transaction import Refused, Transaction


def head_key(ctx: Context, fiscal_year: str, journal: str) -> Key:
    return keys.child(ctx, "ledger_head", f"{fiscal_year}#{journal}", keys.ALONE)


def _head(fiscal_year: str, journal: str, wire: Wire) -> Head:
    return Head(fiscal_year, journal, int(wire["next_number"]["N"]), wire["head_hash"]["S"],
                date.fromisoformat(wire["last_date"]["S"]), date.fromisoformat(wire["locked_through"]["S"]),
                tuple((str(tenant), int(through)) for tenant, through in codec.load(wire["origins"]["S"]))
                if "origins" in wire else ())


def read_heads(ctx: Context, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Head]:
    """The heads of these (fiscal year, journal) that exist, consistent."""
    by_key = {head_key(ctx, *name): name for name in wanted}
    found = read.raw_many(ctx, by_key)
    return {by_key[key]: _head(*by_key[key], wire) for key, wire in found.items()}


def ensure(ctx: Context, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Head]:
    """The heads of these (fiscal year, journal); one that was never posted to is made, under the year's own lock."""
    names = list(dict.fromkeys(wanted))
    found = read_heads(ctx, names)
    for name in names:
        if name not in found:
            _make(ctx, *name)
    return found if len(found) == len(names) else read_heads(ctx, names)


def _make(ctx: Context, fiscal_year: str, journal: str) -> None:
    """Adds the journal to the year and puts its head. The year's version keeps a lock and a new head apart."""
    for attempt in range(5):
        year = read.get(ctx, FISCAL_YEAR, fiscal_year)
        if journal in year.journals:
            return
        transaction = Transaction(ctx.step(f"head:{fiscal_year}:{journal}:{attempt}"))
        transaction.save(FISCAL_YEAR, year, replace(year, journals=(*year.journals, journal)))
        transaction.set(head_key(ctx, fiscal_year, journal), {
            "next_number": 1, "head_hash": chain.GENESIS, "last_date": year.starts_on.isoformat(),
            "locked_through": year.locked_through.isoformat()}, [], raced, new_kind="ledger_head")
        try:
            transaction.commit()
            return
        except (Conflict, Refused, AlreadyDone):
            continue
    raise Conflict("ledger_raced", "This journal is being opened elsewhere; try again.")


def move(tx: Transaction, before: Head, after: Head, earliest: date, ordering: date) -> None:
    """Moves a journal's head from `before` to `after`, if nobody posted meanwhile and nothing was locked.

    `earliest` is the first accounting date among the entries, `ordering` the first date that counts for the order.
    Refused: Conflict `ledger_raced`: read the head and number again.
    """
    tx.set(head_key(tx.ctx, before.fiscal_year, before.journal),
           {"next_number": after.next_number, "head_hash": after.hash, "last_date": after.last_date.isoformat()},
           [("next_number", "=", before.next_number), ("last_date", "<=", ordering.isoformat()),
            ("locked_through", "<", earliest.isoformat())], raced)


def raced() -> Conflict:
    return Conflict("ledger_raced", "Another entry was posted in this journal just now.")


def lock(tx: Transaction, year: FiscalYear) -> None:
    """Puts the year's lock on the heads of all its journals."""
    for journal in year.journals:
        tx.set(head_key(tx.ctx, year.id, journal), {"locked_through": year.locked_through.isoformat()}, [], raced)


def heads_of(ctx: Context, year: FiscalYear) -> Mapping[str, Head]:
    """The heads of all journals of a year, by journal."""
    found = read_heads(ctx, [(year.id, journal) for journal in year.journals])
    return {journal: head for (_, journal), head in found.items()}


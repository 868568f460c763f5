"""What is derived from other items, and how each is made again where it stands: the table of `python -m infra.ops.rebuild`.

Each runs while people work, writes only what must be so, and changes nothing where everything is right. Reports are made beside
the old ones by their own job (`rebuild.reports`). Not derived, though it looks so: timelines older than the outbox (30 days),
and what payments and invoicing keep of an invoice or order (`invoice_standing`, `order_billing`), which are changed in the
transactions of the documents themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import Conflict
from infra.ops import scanning

_AT_ONCE = 40
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Projection:
    """What is derived: whose keys it has, from what, and what makes it again."""

    name: str
    families: tuple[str, ...]
    source: str
    rebuild: Callable[[Context], None]


def _chunks(members: Iterable[Any]) -> Iterator[list[Any]]:
    whole = list(members)
    return (whole[at : at + _AT_ONCE] for at in range(0, len(whole), _AT_ONCE))


def _apart(ctx: Context, name: str) -> Context:
    return replace(ctx, command=Command(f"rebuild:{name}:{ctx.chance.token(8).hex()}"))


# -- lists and look-ups ------------------------------------------------------------------------------------------------


def lists(ctx: Context) -> None:
    """Summaries, index keys and guards from the documents; a document that somebody saves meanwhile is that one's."""
    from botocore.exceptions import ClientError

    from chalicelib.leaving.families import KEPT
    from chalicelib.leaving.importing import restored
    from chalicelib.ledger.model import JOURNAL_ENTRY
    from chalicelib.storage import carrying, keys, read
    from chalicelib.storage.client import call, table_name
    from chalicelib.storage.keys import Key

    by_kind = {family.document.kind: family for family in KEPT if family.document and family.document is not JOURNAL_ENTRY}
    for stored in scanning.of_tenant(ctx, *by_kind):
        family = by_kind.get(stored["kind"]["S"])
        if family is None or stored["sk"]["S"] != keys.ALONE or "data" not in stored:
            continue
        wire, *guards = restored(ctx, family, carrying.line_of(ctx, stored))
        derived = {name for name in {*wire, *stored} if name == "summary" or name.endswith(("_pk", "_sk"))}
        if any(wire.get(name) != stored.get(name) for name in derived):
            kept = {name: value for name, value in stored.items() if name not in derived}
            item = {**kept, **{name: wire[name] for name in derived if name in wire}}
            _put(ctx, call, ClientError, item, "version = :v", {":v": stored["version"]}, table_name())
        there = read.raw_many(ctx, [Key(each["pk"]["S"], each["sk"]["S"]) for each in guards])
        for each in guards:
            if Key(each["pk"]["S"], each["sk"]["S"]) not in there:
                _put(ctx, call, ClientError, each, "attribute_not_exists(pk)", {}, table_name())


def _put(ctx: Context, call: Any, refused: Any, item: Any, when: str, values: Mapping[str, Any], table: str) -> None:
    asked = {"TableName": table, "Item": item, "ConditionExpression": when}
    try:
        call(ctx, "PutItem", {**asked, "ExpressionAttributeValues": values} if values else asked)
    except refused as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


# -- search and timelines ------------------------------------------------------------------------------------------------


def search(ctx: Context) -> None:
    """The words of every document that is searched; those of one that is gone are taken away."""
    from chalicelib.activity import model, service
    from chalicelib.storage import keys

    found: dict[tuple[str, str], None] = {}
    for wire in scanning.of_tenant(ctx, "words", *model.SEARCHED_KINDS):
        if wire["sk"]["S"] != keys.ALONE:
            continue
        name, _, rest = wire["pk"]["S"].removeprefix(keys.prefix(ctx)).partition("#")
        kind, document_id = rest.split("#", 1) if name == "WORDS" else (name.lower(), rest)
        found[(kind, document_id)] = None
    for part in _chunks(found):
        service.find_again(ctx, part)


def timelines(ctx: Context) -> None:
    """What happened, from the outbox as far as it reaches back: 30 days."""
    from chalicelib.activity.service import timeline_item
    from chalicelib.events.outbox import events_of
    from chalicelib.events.routing import queues_for
    from chalicelib.storage import table, write

    told = (timeline_item(ctx, event) for wire in scanning.of_tenant(ctx, "outbox")
            for event in events_of(ctx.tenant_id, wire["sk"]["S"], table.text_of(wire)) if "activity" in queues_for(event.type))
    for part in _chunks(told):
        write.many(ctx, part)


# -- stock -------------------------------------------------------------------------------------------------------------


def stock(ctx: Context) -> None:
    """Which kits hold a component, and the rows of the stock list from the balances."""
    from chalicelib.catalog.model import VARIANT
    from chalicelib.stock import levels
    from chalicelib.storage import read

    for part in _chunks(read.every_document(ctx, VARIANT, "by_list", "VARIANT", newest_first=False)):
        for variant in part:
            levels.index_kit(ctx, variant.id)
        levels.refresh(_apart(ctx, "stock"), [variant.sku for variant in part])


# -- ledger --------------------------------------------------------------------------------------------------------------


def ledger(ctx: Context) -> None:
    """Entries that are not counted are; lines of accounts and parties, and which are open, from the entries; kept balances
    that are not the entries' are put right. Raises Conflict when others count all the time."""
    from chalicelib.ledger import checkpoints, rolling

    for year in checkpoints.years(ctx):
        for journal in year.journals:
            rolling.roll_up(ctx, year.id, journal)
        _lines(ctx, year)
        for attempt in range(_TRIES):
            try:
                if not _put_right(_apart(ctx, f"ledger:{year.id}:{attempt}"), year):
                    break
            except Conflict:
                continue
        else:
            raise Conflict("ledger_raced", f"{year.id}: entries are counted all the time; try again.")


def _lines(ctx: Context, year: Any) -> None:
    """Writes the copies of every counted entry again; takes away what is no counted entry's, or open though it is settled."""
    from chalicelib.ledger import rolling
    from chalicelib.storage import read, write
    from chalicelib.storage.keys import Key

    wanted: dict[str, set[Key]] = defaultdict(set)
    for journal, mark in rolling.marks(ctx, year).items():
        entries = (rolling.entry_of(item.data, item.schema_version)
                   for item in rolling.entries(ctx, year.id, journal, through=mark))
        for part in _chunks(entries):
            items = list(rolling._lines(ctx, part))
            known = read.raw_many(ctx, [item.key for item in items])
            write.many(ctx, [item for item in items if item.key not in known or _is_another(known[item.key], item.data)])
            for item in items:
                wanted[item.key.pk].add(item.key)
    for wire in scanning.of_tenant(ctx, *(f"{name}#{year.id}" for name in ("account", "party_lines", "open_lines"))):
        key = Key(wire["pk"]["S"], wire["sk"]["S"])
        if key not in wanted[key.pk]:
            write.wires(ctx, [], [key])


def _is_another(wire: Any, data: str) -> bool:
    """Whether a stored line says something else; one that was opened again does not name its document, which its entry does."""
    from chalicelib.kernel import codec
    from chalicelib.storage import table

    left = {"document_kind", "document_id"}
    stored, made = codec.load(table.text_of(wire)), codec.load(data)
    return {n: v for n, v in stored.items() if n not in left} != {n: v for n, v in made.items() if n not in left}


def _put_right(ctx: Context, year: Any) -> bool:
    """Replaces kept balances that are not the entries', as long as nobody counts meanwhile; answers whether any was. One that
    is gone between its two writes is missing, and made by the next attempt. Raises Conflict."""
    from chalicelib.ledger import heads, rolling
    from chalicelib.storage import keys
    from chalicelib.storage.keys import Key
    from chalicelib.storage.transaction import Transaction

    marks, made = rolling.marks(ctx, year), rolling.recounted(ctx, year)
    kept: dict[Key, Mapping[str, Decimal]] = {
        keys.child(ctx, "balances", year.id, period): numbers for period, numbers in rolling.kept_periods(ctx, year.id).items()}
    parties = rolling.kept_parties(ctx, year.id)
    kept |= {keys.child(ctx, "party_balances", year.id, "#".join(name)): {"debit": debit, "credit": credit}
             for name, (_, debit, credit) in parties.items()}
    right: dict[Key, tuple[str, Mapping[str, Decimal], dict[str, str]]] = {
        keys.child(ctx, "balances", year.id, period): ("ledger_balances", numbers, {})
        for period, numbers in made.periods.items()}
    names = made.names | {name: known for name, (known, _, _) in parties.items()}
    right |= {keys.child(ctx, "party_balances", year.id, "#".join(name)): (
        "party_balance", numbers, {"party_name": names[name]}) for name, numbers in made.parties.items()}
    wrong = [key for key in sorted(kept.keys() | right.keys()) if kept.get(key) != (right[key][1] if key in right else None)]

    def guarded(name: str) -> Transaction:
        tx = Transaction(ctx.step(name))
        for journal, mark in marks.items():
            place = rolling.mark_key(ctx, year.id, journal)
            if mark:
                tx.set(place, {"through": mark}, [("through", "=", mark)], heads.raced)
            else:
                tx.require_none(place, heads.raced)
        return tx

    for n, part in enumerate(_chunks(wrong)):
        away, again = guarded(f"away:{n}"), guarded(f"again:{n}")
        for key in part:
            if key in kept:
                away.delete(key)
            if key in right:
                again.add(key, right[key][0], right[key][1], {}, heads.raced, texts=right[key][2])
        away.commit()
        again.commit()
    return bool(wrong)


PROJECTIONS: Sequence[Projection] = (
    Projection("lists", (), "documents", lists),
    Projection("search", ("word", "words"), "documents", search),
    Projection("timelines", ("timeline",), "the outbox, 30 days", timelines),
    Projection("stock", ("stock_level", "kits_of", "kit_components"), "balances and variants", stock),
    Projection("ledger", ("account", "party_lines", "open_lines", "balances", "party_balances", "ledger_mark"),
               "journal entries", ledger),
)

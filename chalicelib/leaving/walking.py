"""Finds every item of a family without a scan, page after page, in an order that follows from the state alone.

A position is small and plain, so that a job keeps it in its checkpoint. The same walk serves the export, the proof that an
import gives an equal state, and the erasure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.audit import service as audit
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.leaving.families import BY_NAME, KEPT, Beside, Entries, Family, Listed, Of, One, Rows, Under, sources_of
from chalicelib.ledger import chain, checkpoints, heads
from chalicelib.storage import carrying, keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Wire, from_wire, is_expired, text_of
from chalicelib.tenants import service as tenants

PAGE = 400
HOURS_AT_ONCE = 200
SIDE_BY_SIDE = 6
"""Partitions of a page that are read at the same time: each is a query of its own."""
Position = Mapping[str, Any]
BEGIN: Position = {}


@dataclass(frozen=True, slots=True)
class Page:
    """Items, as they are stored, and where the walk goes on (None: it is over)."""

    wires: Sequence[Wire]
    after: Position | None
    listed: int = field(default=0)


def page(ctx: Context, family: Family, at: Position) -> Page:
    """The next page of a family's items from a position on. `listed` is how many documents of a list it went by."""
    n = int(at.get("walk", 0))
    if n >= len(family.walks):
        return Page((), None)
    found = _walk(ctx, family, family.walks[n], at)
    if found.after is not None:
        return Page(found.wires, {**found.after, "walk": n}, found.listed)
    return Page(found.wires, {"walk": n + 1} if n + 1 < len(family.walks) else None, found.listed)


def pages(ctx: Context, family: Family) -> Iterator[Page]:
    """All pages of a family."""
    at: Position | None = BEGIN
    while at is not None:
        found = page(ctx, family, at)
        yield found
        at = found.after


def _walk(ctx: Context, family: Family, walk: Any, at: Position) -> Page:
    match walk:
        case One(ids):
            kind = (family.document.kind if family.document else family.name)
            return Page(_at(ctx, [keys.document(ctx, kind, each) for each in ids]), None)
        case Listed(partitions):
            rows, after = _rows(ctx, partitions, at, PAGE)
            kind = family.document.kind if family.document else family.name
            return Page(_at(ctx, [keys.document(ctx, kind, str(row["id"])) for row in rows]), after, len(rows))
        case Rows(partition):
            rows, after = _rows(ctx, (partition,), at, PAGE)
            return Page(_at(ctx, [Key(row["@"]["pk"], row["@"]["sk"]) for row in rows]), after)
        case Beside(partition, key):
            rows, after = _rows(ctx, (partition,), at, PAGE)
            return Page(_at(ctx, [Key(keys.prefix(ctx) + key.format_map(row)) for row in rows]), after)
        case Under(partition, key, begins):
            rows, after = _rows(ctx, (partition,), at, PAGE // 2)
            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                found = pool.map(lambda row: list(_all(ctx, key.format_map(row), begins)), rows)
                return Page([wire for wires in found for wire in wires], after)
        case Of(kind, inner, keys_of):
            return _of(ctx, kind, inner, keys_of, at)
        case Entries(what):
            return _ENTRIES[what](ctx, at)
        case _:
            return _hours(ctx, at)


def _at(ctx: Context, wanted: Sequence[Key]) -> list[Wire]:
    """The items at these keys that exist, in the order of the keys asked for."""
    stored = read.raw_many(ctx, wanted)
    return [stored[key] for key in dict.fromkeys(wanted) if key in stored and not is_expired(ctx, from_wire(stored[key]))]


def _all(ctx: Context, partition: str, begins: str) -> Iterator[Wire]:
    start = None
    while True:
        wires, start = read.wires_page(ctx, partition, begins=begins, start=start)
        yield from wires
        if start is None:
            return


def _rows(ctx: Context, partitions: Sequence[str], at: Position, limit: int
          ) -> tuple[list[Mapping[str, Any]], Position | None]:
    """Rows of lists, one list after the other."""
    n, prefix = int(at.get("list", 0)), keys.prefix(ctx)
    start = {name: prefix + text if name.endswith("pk") else text for name, text in at.get("start", {}).items()}
    found = read.query(ctx, "by_list", partitions[n], limit=limit, newest_first=False, start=start or None)
    if found.start is not None:
        return list(found.items), {"list": n, "start": {name: text.removeprefix(prefix) for name, text in found.start.items()}}
    return list(found.items), {"list": n + 1} if n + 1 < len(partitions) else None


def _of(ctx: Context, kind: str, inner: One | Listed, keys_of: Any, at: Position) -> Page:
    """What follows from documents of another family."""
    held = _walk(ctx, BY_NAME[kind], inner, at)
    wanted = [Key(keys.prefix(ctx) + partition, sort) for wire in held.wires
              for partition, sort in keys_of(codec.load(text_of(wire)))]
    return Page(_at(ctx, wanted), held.after)


# -- entries -----------------------------------------------------------------------------------------------------------


def _journals(ctx: Context) -> list[tuple[str, str]]:
    """Every (fiscal year, journal) that has a head, in order."""
    return [(year.id, journal) for year in checkpoints.years(ctx) for journal in year.journals]


def _heads(ctx: Context, at: Position) -> Page:
    return Page(_at(ctx, [heads.head_key(ctx, *name) for name in _journals(ctx)]), None)


def _entries(ctx: Context, at: Position) -> Page:
    """Entries of one journal, through the number its head has; what is posted meanwhile is not of this walk."""
    names = _journals(ctx)
    n, after = int(at.get("journal", 0)), int(at.get("after", 0))
    if n >= len(names):
        return Page((), None)
    head = heads.read_heads(ctx, [names[n]]).get(names[n])
    through = min(int(at.get("through", 0)) or 10**9, head.next_number - 1 if head else 0)
    wires: list[Wire] = []
    if after < through:
        wires, _ = read.wires_page(ctx, f"ENTRY#{names[n][0]}#{names[n][1]}", limit=PAGE,
                                   between=(chain.sort_of(after + 1), chain.sort_of(through)))
    if wires and len(wires) == PAGE:
        return Page(wires, {"journal": n, "after": int(wires[-1]["sk"]["S"]), "through": through}, len(wires))
    return Page(wires, {"journal": n + 1} if n + 1 < len(names) else None, len(wires))


def _sources(ctx: Context, at: Position) -> Page:
    held = _entries(ctx, at)
    wanted = [Key(keys.prefix(ctx) + partition, sort) for wire in held.wires
              for partition, sort in sources_of(codec.load(text_of(wire)))]
    return Page(_at(ctx, wanted), held.after)


_ENTRIES = {"heads": _heads, "entries": _entries, "sources": _sources}


# -- timelines ---------------------------------------------------------------------------------------------------------


def _hours(ctx: Context, at: Position) -> Page:
    """Timelines by the changes feed: an hour is one query, however many documents it is about. Of documents that are kept."""
    if "hour" in at:
        hour = datetime.fromisoformat(at["hour"])
    else:
        hour = tenants.tenant(ctx).created_at.replace(minute=0, second=0, microsecond=0)
    wanted: list[Key] = []
    start = {name: keys.prefix(ctx) + text if name.endswith("pk") else text for name, text in at.get("start", {}).items()}
    for _ in range(HOURS_AT_ONCE):
        found = read.query(ctx, "by_list", f"CHANGES#{hour:%Y%m%d%H}", limit=PAGE, newest_first=False, start=start or None)
        wanted += [Key(row["@"]["pk"], row["@"]["sk"]) for row in found.items if _is_kept(str(row.get("kind", "")), row)]
        if found.start is not None:
            kept = {name: text.removeprefix(keys.prefix(ctx)) for name, text in found.start.items()}
            return Page(_at(ctx, wanted), {"hour": hour.isoformat(), "start": kept})
        start, hour = {}, hour + timedelta(hours=1)
        if hour > ctx.clock.now() or len(wanted) >= PAGE:
            break
    return Page(_at(ctx, wanted), {"hour": hour.isoformat()} if hour <= ctx.clock.now() else None)


_KEPT_KINDS = frozenset(family.document.kind for family in KEPT if family.document is not None)


def _is_kept(kind: str, row: Mapping[str, Any]) -> bool:
    return kind in _KEPT_KINDS


# -- the state as one hash -----------------------------------------------------------------------------------------------


def carry(ctx: Context, family: Family, wires: Sequence[Wire]) -> list[dict[str, Any]]:
    """The items as lines, each once; of the audit, whose records are packed, what they say."""
    lines = [carrying.line_of(ctx, wire) for wire in carrying.distinct(wires)]
    if family.name == "audit":
        for line, wire in zip(lines, carrying.distinct(wires), strict=True):
            line["data"] = codec.plain(audit.record_of(from_wire(wire)))
    return lines

"""Keeps the roll-ups: what a document adds replaces what it added before, in one transaction, once for each of its versions.

An event only says that a document says something else now. The document is read as it stands, and its contribution of an
older version is taken off the very days it stood on. So an event may come twice, late or in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid, Unavailable
from chalicelib.kernel.event import Event
from chalicelib.kernel.job import JOB, OPEN
from chalicelib.reporting import cells
from chalicelib.reporting.cells import Place
from chalicelib.reporting.facts import SOURCES, Source
from chalicelib.reporting.model import CONTRIBUTION, ROLLUP_STATE, STATE_ID, Contribution, Fact, RollUpState
from chalicelib.storage import keys, read
from chalicelib.storage.client import back_off
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants import service as tenants


def record(ctx: Context, event: Event) -> None:
    """Brings the roll-ups up to the document that an event is about, and the ones being built beside them."""
    source = SOURCES[event.kind]
    standing = state(ctx)
    bring_up(ctx, source, event.entity_id, standing.generation)
    if is_being_built(ctx, standing):
        bring_up(ctx, source, event.entity_id, standing.building)


def state(ctx: Context) -> RollUpState:
    """Which generation is read, and which is being built; consistent."""
    return read.find(ctx, ROLLUP_STATE, STATE_ID) or RollUpState()


def is_being_built(ctx: Context, standing: RollUpState) -> bool:
    """Whether a job builds another generation; one that was stopped builds no more."""
    job = read.find(ctx, JOB, standing.job_id) if standing.building else None
    return job is not None and job.state in OPEN


def bring_up(ctx: Context, source: Source, document_id: str, generation: int) -> None:
    """Replaces what the document added to a generation by what it adds as it stands. Raises Unavailable at the deadline."""
    zone, attempt = ZoneInfo(tenants.tenant(ctx).time_zone), 0
    while True:
        document = read.find(ctx, source.document, document_id)
        if document is None:
            return
        try:
            facts = source.facts(source.whole(ctx, document), zone)
            replace_contribution(ctx, source, document, facts, generation)
        except (AlreadyDone, Conflict, Refused):
            if not back_off(ctx, attempt):
                raise Unavailable() from None
            attempt += 1
        else:
            return


def replace_contribution(ctx: Context, source: Source, document: Any, facts: Sequence[Fact], generation: int) -> None:
    """Replaces the document's contribution, part after part, the first one last: it says how many there were.

    Raises AlreadyDone, Conflict when somebody else replaced a part meanwhile: read the document again.
    """
    name = f"{generation}.{source.document.kind}.{document.id}"
    first = read.find(ctx, CONTRIBUTION, f"{name}.0")
    if first is not None and first.source_version >= document.version:
        return
    made = cells.cells_of(facts)
    days = sorted({fact.day for fact in facts})
    parts = cells.parts_of(made, days)
    total = max(len(parts), first.part_count if first else 1)
    for n in reversed(range(total)):
        before = first if n == 0 else read.find(ctx, CONTRIBUTION, f"{name}.{n}")
        if before is not None and before.source_version >= document.version:
            continue
        part, part_days = parts[n] if n < len(parts) else ((), ())
        if before is None and not part:
            continue
        after = Contribution(id=f"{name}.{n}", source_version=document.version, part_count=len(parts), days=part_days,
                             cells=part, version=before.version if before else 0)
        _write(ctx, source, document, facts, generation, before, after)


def _write(ctx: Context, source: Source, document: Any, facts: Sequence[Fact], generation: int,
           before: Contribution | None, after: Contribution) -> None:
    command = Command(f"reporting:{after.id}:{after.source_version}")
    tx = Transaction(replace(ctx, command=command))
    if before is None:
        tx.create(CONTRIBUTION, after)
    else:
        tx.save(CONTRIBUTION, before, after)
    changed = cells.changes(before, after.cells)
    for place, numbers in changed.items():
        shard = cells.shard(place[0], document.id)
        tx.add(day_key(ctx, generation, place, shard), "rollup_day", numbers, {}, _cannot_refuse)
    for place, numbers in cells.by_month(changed).items():
        shard = cells.shard(place[0], document.id)
        tx.add(month_key(ctx, generation, place, shard), "rollup_month", numbers, {}, _cannot_refuse)
    for day in {*after.days, *(before.days if before else ())}:
        key = fact_key(ctx, generation, day, source.document.kind, document.id)
        rows = [codec.plain(fact) for fact in facts if fact.day == day]
        if rows and day in after.days:
            body = codec.compact({"number": source.number(document), "facts": rows})
            tx.put(Item(key, "report_fact", ctx.tenant_id, body))
        elif day not in {fact.day for fact in facts}:
            tx.delete(key)
    tx.commit()


def _cannot_refuse() -> Invalid:
    return Invalid("rollup", "A roll-up has no condition.")


def partition_of(generation: int, dimension: str, month: date) -> str:
    """What the roll-ups of a dimension and month are kept under."""
    return f"{generation}#{dimension}#{month:%Y-%m}"


def day_key(ctx: Context, generation: int, place: Place, shard: int) -> Key:
    """Where one item of a day's cell stands, so that one member's days are a range."""
    dimension, member, currency, day = place
    return keys.child(ctx, "rollup_day", partition_of(generation, dimension, day),
                      f"{member}#{day.isoformat()}#{currency}#{shard}")


def month_key(ctx: Context, generation: int, place: Place, shard: int) -> Key:
    """Where one item of a month's cell stands."""
    dimension, member, currency, month = place
    return keys.child(ctx, "rollup_month", partition_of(generation, dimension, month), f"{member}##{currency}#{shard}")


def fact_key(ctx: Context, generation: int, day: date, kind: str, document_id: str) -> Key:
    """Where a document's facts of a day stand, for those who look for the documents behind a number."""
    return keys.child(ctx, "report_fact", f"{generation}#{day:%Y-%m}", f"{day.isoformat()}#{kind}#{document_id}")

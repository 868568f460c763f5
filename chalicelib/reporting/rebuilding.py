"""Makes the roll-ups again from the documents, beside the ones that are read, and then changes over in one write.

While a generation is built, every event brings both up to date. Documents are walked through in chunks; then the events since
shortly before the start are gone through once more, for what an index did not show yet; then the totals are compared, and
the new generation is read from there on. What the old one kept is cleared away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from chalicelib.events import jobs
from chalicelib.events.jobs import Run
from chalicelib.events.sweep import outbox_between
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.job import Job
from chalicelib.reporting import periods, querying, rolling
from chalicelib.reporting.facts import SOURCES
from chalicelib.reporting.measures import DIMENSIONS
from chalicelib.reporting.model import CONTRIBUTION, ROLLUP_STATE, RollUpState
from chalicelib.reporting.periods import Period
from chalicelib.storage import keys, read, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction

KIND = "reporting_rebuild"
CHUNK = 25
MARGIN = timedelta(minutes=10)
"""An event may have been handled, or an index have told of a document, that much later than it was written."""

CLEARED = 200


def start(ctx: Context) -> Job:
    """Begins a rebuild. Raises Conflict `rebuild_running`."""
    _refuse_another(ctx, rolling.state(ctx))
    job = Job(id=ctx.new_id("job"), job_kind=KIND, title="", dry_run=False, actor_name=ctx.actor.name, locale=ctx.locale,
              total=total(ctx), chunk_count=2, created_at=ctx.now, counts={"documents": 0, "differences": 0},
              facts={"phase": "begin"})
    return jobs.start(ctx, job)


def total(ctx: Context) -> int:
    """How many documents a rebuild goes through."""
    return sum(read.rows_of(ctx, "by_list", source.listed) for source in SOURCES.values())


def _refuse_another(ctx: Context, standing: RollUpState) -> None:
    """Raises Conflict `rebuild_running` while a job builds."""
    if rolling.is_being_built(ctx, standing):
        raise Conflict("rebuild_running", "The reports are being recomputed already.", job_id=standing.job_id)


def work(run: Run) -> None:
    """One slice of a rebuild."""
    while not run.is_over:
        _PHASES[run.job.facts["phase"]](run)


def _begin(run: Run) -> None:
    """From now on events are counted in the new generation too. Raises Conflict when another job builds already."""
    tx, standing = run.transaction(), rolling.state(run.ctx)
    _refuse_another(run.ctx, standing)
    new = max(standing.generation, standing.building) + 1
    _save_state(tx, replace(standing, building=new, job_id=run.job.id))
    run.go_on({"phase": "walk", "generation": new, "kind": next(iter(SOURCES)), "start": {},
                  "abandoned": standing.building}, {}, tx=tx)


def _save_state(tx: Transaction, new: RollUpState) -> None:
    old = rolling.state(tx.ctx)
    if old.version:
        tx.save(ROLLUP_STATE, old, replace(new, version=old.version))
    else:
        tx.create(ROLLUP_STATE, new)


def _walk(run: Run) -> None:
    """A chunk of the documents of one kind, as their list tells them."""
    facts = run.job.facts
    source = SOURCES[facts["kind"]]
    prefix = keys.prefix(run.ctx)
    at = {name: prefix + text if name.endswith("pk") else text for name, text in facts["start"].items()}
    page = read.query(run.ctx, "by_list", source.listed, limit=CHUNK, newest_first=False, start=at or None)
    for row in page.items:
        rolling.bring_up(run.ctx, source, str(row["id"]), facts["generation"])
    after: dict[str, Any] = {"start": {name: text.removeprefix(prefix) for name, text in (page.start or {}).items()}}
    if page.start is None:
        later = list(SOURCES)[list(SOURCES).index(facts["kind"]) + 1 :]
        after |= {"kind": later[0]} if later else {"phase": "catch_up"}
    run.go_on(after, {"documents": len(page.items)}, len(page.items))


def _catch_up(run: Run) -> None:
    """What was written since shortly before the start: an index may have been late, an event on its way."""
    seen: dict[tuple[str, str], None] = {}
    told = {name for source in SOURCES.values() for name in source.events}
    for event in outbox_between(run.ctx, run.job.created_at - MARGIN, run.ctx.clock.now()):
        if event.type in told:
            seen[(event.kind, event.entity_id)] = None
    for kind, document_id in seen:
        rolling.bring_up(run.ctx, SOURCES[kind], document_id, run.job.facts["generation"])
    run.go_on({"phase": "flip"})


def _flip(run: Run) -> None:
    """The new generation is read from here on; how many cells of channels and months it corrects is told."""
    standing, facts = rolling.state(run.ctx), run.job.facts
    months = _months(run.ctx)
    whole = Period(months[0], periods.end_of_month(months[-1]))
    was, now = (querying.kept(run.ctx, generation, "channel", whole, by_day=False)
                for generation in (standing.generation, facts["generation"]))
    old = [name for generation in (standing.generation, facts["abandoned"]) if generation
           for name in _partitions(generation, months)]
    tx = run.transaction()
    _save_state(tx, replace(standing, generation=facts["generation"], building=0, rebuilt_at=run.ctx.clock.now()))
    run.go_on({"phase": "clear", "clear": old, "at": 0}, {"differences": len(different(was, now))}, tx=tx)


def different(was: Mapping[str, querying.Kept], now: Mapping[str, querying.Kept]) -> list[tuple[str, str, date]]:
    """The cells (currency, member, day) whose numbers are not the same; a cell of zeros is as good as none."""
    found = []
    for currency in sorted(was.keys() | now.keys()):
        one, other = was.get(currency, {}), now.get(currency, {})
        for name in sorted(one.keys() | other.keys()):
            if _solid(one.get(name, {})) != _solid(other.get(name, {})):
                found.append((currency, *name))
    return found


def _solid(numbers: querying.Numbers) -> querying.Numbers:
    return {name: number for name, number in numbers.items() if number}


def _months(ctx: Context) -> list[date]:
    """The months in which anything can stand: from the oldest document to now and the newest."""
    ends = [ctx.clock.now().date()]
    for source in SOURCES.values():
        for newest_first in (False, True):
            page = read.query(ctx, "by_list", source.listed, limit=1, newest_first=newest_first)
            ends += [date.fromisoformat(row["@"]["by_list_sk"][:10]) for row in page.items]
    return list(Period(min(ends) - periods.ONE_DAY, max(ends) + periods.ONE_DAY).months())


def _clear(run: Run) -> None:
    """Takes away a piece of what is read no more."""
    partitions, at = run.job.facts["clear"], run.job.facts["at"]
    if at == len(partitions):
        run.go_on({"phase": "done"})
        return
    items, more = read.collection(run.ctx, partitions[at], limit=CLEARED)
    write.many(run.ctx, [], _keys_of(run.ctx, partitions[at], items))
    run.go_on({"at": at if more else at + 1})


def _partitions(generation: int, months: Iterable[date]) -> Iterator[str]:
    for month in months:
        yield f"REPORT_FACT#{generation}#{month:%Y-%m}"
        for dimension in DIMENSIONS:
            yield f"ROLLUP_DAY#{rolling.partition_of(generation, dimension, month)}"
            yield f"ROLLUP_MONTH#{rolling.partition_of(generation, dimension, month)}"


def _keys_of(ctx: Context, partition: str, items: Iterable[Item]) -> list[Key]:
    """The items, and with a document's facts all parts of its contribution."""
    found = [item.key for item in items]
    if partition.startswith("REPORT_FACT#"):
        generation = partition.split("#")[1]
        names = {f"{generation}.{kind}.{document_id}" for key in found for _, kind, document_id in [key.sk.split("#")]}
        first = read.get_many(ctx, CONTRIBUTION, [f"{name}.0" for name in sorted(names)])
        found += [keys.document(ctx, CONTRIBUTION.kind, f"{part.id.removesuffix('.0')}.{n}") for part in first.values()
                  for n in range(part.part_count)]
    return found


_PHASES = {"begin": _begin, "walk": _walk, "catch_up": _catch_up, "flip": _flip, "clear": _clear}

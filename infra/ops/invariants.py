"""What must hold of a company's stored state, whatever happened to the table: looked at, never changed.

The same laws that the torture's proofs hold the program to (`tests/torture/proofs/stock_value.py`, `invoice_numbers.py`,
`outbox.py`), asked of a table that stands: after a restore, a move, an incident. Each finding says how it is repaired.

    python -m infra.ops.invariants --tenant maison --since 2026-01-05T08:00
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from chalicelib.kernel.context import Context
from chalicelib.kernel.money import ZERO
from infra.ops.command import Progress, Say, instant, parser

BY_HAND = "by hand"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which law, where, what was found, and the command that repairs it, or BY_HAND."""

    law: str
    where: str
    detail: str
    repair: str

    def line(self) -> str:
        return f"{self.law}: {self.where}: {self.detail}. Repair: {self.repair}"


def books(ctx: Context) -> Iterator[Finding]:
    """Every entry balances, every journal's chain and last checkpoint hold, and the kept balances are those of the entries."""
    from chalicelib.ledger import checkpoints, rolling

    rebuild = f"python -m infra.ops.rebuild --tenant {ctx.tenant_id} --only ledger"
    for year in checkpoints.years(ctx):
        for journal in year.journals:
            broken = checkpoints.verify_whole(ctx, year, journal)
            if broken is not None:
                yield Finding("the chain holds", f"{year.id} {journal} {broken.number}", broken.reason, BY_HAND)
            for item in rolling.entries(ctx, year.id, journal):
                entry = rolling.entry_of(item.data, item.schema_version)
                off = sum((line.debit - line.credit for line in entry.lines), ZERO)
                if off:
                    yield Finding("an entry balances", entry.id, f"debit less credit is {off}", BY_HAND)
        behind = rolling.behind(ctx, year)
        if behind:
            yield Finding("entries are counted", year.id, f"{behind} are not", rebuild)
        for name in rolling.differences(ctx, year):
            yield Finding("kept balances are the entries'", f"{year.id} {name}", "another sum", rebuild)


def stock(ctx: Context) -> Iterator[Finding]:
    """At every place what is on hand is the sum of its moves, and reserved plus available; what is reserved is held by
    somebody; what a SKU's valuation counts is what is on hand."""
    from chalicelib.kernel import codec
    from chalicelib.stock import balances
    from chalicelib.stock.model import Move
    from chalicelib.storage import read

    for row in read.every_row(ctx, "by_list", "VARIANT", newest_first=False):
        sku = str(row["sku"])
        moved: defaultdict[object, Decimal] = defaultdict(Decimal)
        for item in read.every_item(ctx, f"MOVES#{sku}"):
            move = codec.adapter(Move).validate_json(item.data)
            moved[move.place] += move.quantity
        held: defaultdict[object, Decimal] = defaultdict(Decimal)
        for each in balances.read_reservations(ctx, sku):
            held[each.place] += each.quantity
        total = ZERO
        for balance in balances.read_balances(ctx, [sku])[sku]:
            where, total = f"{sku} {balance.place.warehouse_id}", total + balance.on_hand
            if balance.on_hand != moved.pop(balance.place, ZERO):
                yield Finding("on hand is the sum of the moves", where, f"{balance.on_hand} on hand", BY_HAND)
            if balance.on_hand != balance.reserved + balance.available:
                yield Finding("on hand is reserved and available", where,
                              f"{balance.on_hand}, {balance.reserved}, {balance.available}", BY_HAND)
            if balance.reserved != held.pop(balance.place, ZERO):
                yield Finding("what is reserved is held", where, f"{balance.reserved} reserved", BY_HAND)
        if any(moved.values()) or any(held.values()):
            yield Finding("on hand is the sum of the moves", sku, "moves or holds at a place without a balance", BY_HAND)
        counted = balances.read_valuations(ctx, [sku])[sku].quantity
        if counted != total:
            yield Finding("what is valued is on hand", sku, f"{counted} valued, {total} on hand", BY_HAND)


def numbers(ctx: Context) -> Iterator[Finding]:
    """Every series' numbers are 1 to its head, each once."""
    from chalicelib.invoicing import numbering
    from chalicelib.invoicing.model import SETTINGS, SETTINGS_ID
    from chalicelib.leaving.families import YEARS
    from chalicelib.storage import read

    settings = read.find(ctx, SETTINGS, SETTINGS_ID)
    if settings is None:
        return
    issued: defaultdict[str, int] = defaultdict(int)
    for row in read.every_row(ctx, "by_list", "INVOICE"):
        issued[str(row["@"]["by_list_sk"]).partition("#")[2]] += 1
    for series in settings.series:
        names = [(series.id, period) for period in ("all", *map(str, YEARS))]
        for (_, period), head in numbering.read_heads(ctx, names).items():
            day = date(int(period), 1, 1) if period != "all" else date(2000, 1, 1)
            for n in range(1, head.next_number):
                number = series.number(day, n)
                if issued[number] != 1:
                    yield Finding("numbers have no gap", number, f"{issued[number]} documents have it", BY_HAND)


def events(ctx: Context, since: datetime) -> Iterator[Finding]:
    """Every event since an instant that people can see stands on its document's timeline: what the outbox holds was published
    and consumed. Found hour by hour, for an hour is what a replay repeats."""
    from chalicelib.activity.service import timeline_item
    from chalicelib.events.routing import queues_for
    from chalicelib.events.sweep import outbox_between
    from chalicelib.storage import read

    missing: defaultdict[datetime, int] = defaultdict(int)
    told = {timeline_item(ctx, event).key: event for event in outbox_between(ctx, since, ctx.now)
            if "activity" in queues_for(event.type)}
    stored = read.raw_many(ctx, told)
    for key, event in told.items():
        if key not in stored:
            missing[event.at.replace(minute=0, second=0, microsecond=0)] += 1
    for hour, count in sorted(missing.items()):
        until = hour + timedelta(hours=1)
        yield Finding("what happened is told", hour.isoformat(), f"{count} events were not consumed",
                      f"python -m infra.ops.replay --tenant {ctx.tenant_id} --since {hour.isoformat()} "
                      f"--until {until.isoformat()}")


def check(ctx: Context, since: datetime) -> list[Finding]:
    """Everything that does not hold of a company; events since an instant only."""
    return [*books(ctx), *stock(ctx), *numbers(ctx), *events(ctx, since)]


def checked(tenants: Sequence[str], since: datetime, say: Say, progress: Progress) -> dict[str, list[Finding]]:
    """What does not hold, by tenant; said as it is found."""
    from chalicelib.runtime.worker import tenant_work

    found: dict[str, list[Finding]] = {}
    for tenant_id in tenants:
        findings = check(tenant_work(tenant_id, "invariants", 3600.0), since)
        for each in findings:
            say(f"{tenant_id}: {each.line()}")
        if findings:
            found[tenant_id] = findings
        progress.step()
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status: 1 when something does not hold."""
    asked = parser("invariants", __doc__)
    asked.add_argument("--since", type=instant, help="events from this instant on (ISO 8601); else of a day")
    chosen = asked.parse_args(arguments)
    from chalicelib.runtime.worker import tenant_work

    since = chosen.since or tenant_work(chosen.tenant, "invariants").now - _DAY
    progress = Progress(print, 1)
    found = checked([chosen.tenant], since, print, progress)
    progress.finish("invariants", chosen.dry_run, tenant=chosen.tenant, findings=sum(map(len, found.values())))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

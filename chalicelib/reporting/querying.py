"""Answers a report from the roll-ups: whole months from the months' cells, the rest from the days'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.catalog import service as catalog
from chalicelib.channels.model import CONNECTION
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Forbidden, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.parties.model import CUSTOMER
from chalicelib.reporting import periods, rolling
from chalicelib.reporting.answers import Report, ReportRow, ReportSeries
from chalicelib.reporting.facts import BY_HAND, CHARGES, GUEST
from chalicelib.reporting.measures import COUNTED, DIMENSIONS, MEASURES, unit_of, value_of
from chalicelib.reporting.periods import TIMES, Period
from chalicelib.stock import service as stock
from chalicelib.storage import read
from chalicelib.storage.table import Wire
from chalicelib.tenants import service as tenants

MAX_ROWS, MAX_SERIES = 1000, 12
OVERLAPPING = ("product", "warehouse")
"""Dimensions of which one document may stand in several members."""
Numbers = dict[str, Decimal]
DEFAULT = ("orders", "ordered_revenue", "revenue", "shipped_revenue", "cost", "margin", "margin_rate")

OTHER_NAMES = {
    "fr": {BY_HAND: "Saisie manuelle", CHARGES: "Frais et port", "guest": "Sans fiche client"},
    "en": {BY_HAND: "By hand", CHARGES: "Shipping and fees", "guest": "Without customer record"},
}


@dataclass(frozen=True, slots=True)
class Question:
    """A report that somebody asks for: `group_by` a time or a dimension; with a time, `split_by` a dimension draws a line
    for each of its biggest members, and `member` (dimension, value) keeps to one of them."""

    period: Period
    before: Period | None
    group_by: str
    measures: tuple[str, ...]
    currency: str
    company_currency: str
    split_by: str = ""
    member: tuple[str, str] | None = None
    sort: str = ""
    top: int = 50


def question(ctx: Context, query: Mapping[str, str]) -> Question:
    """The question that parameters name. Raises Invalid, and Forbidden for a measure this caller may not see."""
    tenant = tenants.tenant(ctx)
    today = ctx.now.astimezone(ZoneInfo(tenant.time_zone)).date()
    period = periods.asked(query.get("from", ""), query.get("to", ""), today)
    group_by, split_by = query.get("group_by") or "day", query.get("split_by", "")
    _one_of(group_by, (*TIMES, *DIMENSIONS), "group_by")
    _one_of(split_by, ("", *DIMENSIONS), "split_by")
    comparison = query.get("compare") or "previous"
    _one_of(comparison, periods.COMPARISONS, "compare")
    if group_by == "day" and period.length > periods.MAX_BY_DAY:
        raise Invalid("period", f"By day a period has at most {periods.MAX_BY_DAY} days.", {"from": "period"})
    members = [(name, query[name]) for name in DIMENSIONS if query.get(name)]
    if len(members) > 1 or (members and (group_by not in TIMES or split_by)):
        raise Invalid("filter", "One member of one dimension, told by day, week or month.", {members[0][0]: "one"})
    if split_by and group_by not in TIMES:
        raise Invalid("split_by", "Only what is told by day, week or month is split.", {"split_by": "group_by"})
    measures = named_measures(ctx, query.get("measures", ""), _dimension(ctx, group_by, split_by, members))
    sort = query.get("sort") or measures[0]
    _one_of(sort, measures, "sort")
    return Question(period, periods.compared(period, comparison), group_by, measures,
                    (query.get("currency") or tenant.currency)[:3].upper(), tenant.currency, split_by,
                    members[0] if members else None, sort, _number(query.get("top", "50"), MAX_ROWS, "top"))


def _dimension(ctx: Context, group_by: str, split_by: str, members: Sequence[tuple[str, str]]) -> str:
    """The dimension whose roll-ups answer: channels' when none is named, for they are the fewest, or a limited caller's own."""
    if members:
        return members[0][0]
    return split_by or (group_by if group_by in DIMENSIONS else kept_dimension(ctx) or "channel")


def _one_of(value: str, allowed: Iterable[str], name: str) -> None:
    if value not in allowed:
        raise Invalid(name, f"{name} is one of {', '.join(filter(None, allowed))}.", {name: "unknown"})


def _number(text: str, most: int, name: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise Invalid(name, f"{name} is a number from 1 to {most}.", {name: f"1 to {most}"})
    return int(text[:9])


def named_measures(ctx: Context, text: str, dimension: str) -> tuple[str, ...]:
    """The measures a caller names, or the usual ones they may see that the dimension has."""
    if not text:
        return tuple(name for name in DEFAULT if dimension in MEASURES[name].dimensions and may_see(ctx, name)) or (
            "shipped_revenue",)
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in MEASURES:
            raise Invalid("measures", f"There is no measure {name[:40]}.", {"measures": "unknown"})
        if not may_see(ctx, name):
            raise Forbidden("forbidden_field", "You may not see every measure you asked for.",
                            {"measures": f"{name} needs {MEASURES[name].permission}"})
        if dimension not in MEASURES[name].dimensions:
            raise Invalid("measures", f"{name} is not kept by {dimension}.", {"measures": f"not by {dimension}"})
    return names


def may_see(ctx: Context, name: str) -> bool:
    """Whether the caller may see a measure."""
    permission = MEASURES[name].permission
    return not permission or ctx.allows(permission)


# -- cells -----------------------------------------------------------------------------------------------------------

Kept = dict[tuple[str, date], Numbers]
"""Numbers by member and day (or first of the month)."""


def kept(ctx: Context, generation: int, dimension: str, period: Period, *, by_day: bool, member: str = ""
         ) -> dict[str, Kept]:
    """The kept numbers of a period by currency: by day, or with whole months standing on their first day."""
    found: dict[str, Kept] = {}
    allowed = check_dimension(ctx, dimension)
    for month in period.months():
        partition = rolling.partition_of(generation, dimension, month)
        between = (f"{member}#", f"{member}#\uffff") if member else None
        if period.holds_month(month) and not by_day:
            wires = read.wires(ctx, f"ROLLUP_MONTH#{partition}", between)
        else:
            if member:
                between = (f"{member}#{period.first.isoformat()}", f"{member}#{period.last.isoformat()}#\uffff")
            wires = read.wires(ctx, f"ROLLUP_DAY#{partition}", between)
        for wire in wires:
            if not allowed or wire["sk"]["S"].partition("#")[0] in allowed:
                _collect(found, wire, period, month)
    return found


def kept_dimension(ctx: Context) -> str:
    """The one dimension whose numbers a limited caller may see, "" for who is not limited: numbers are kept by store and by
    warehouse, never by both."""
    return "channel" if ctx.scope.channel_ids else "warehouse" if ctx.scope.warehouse_ids else ""


def check_dimension(ctx: Context, dimension: str) -> frozenset[str]:
    """The members of a dimension that a limited caller may see, none named: all. Raises Forbidden `beyond_scope` for a
    dimension that holds the whole company's numbers."""
    own = kept_dimension(ctx)
    if own and dimension != own:
        raise ctx.scope.beyond(f"a report by {dimension}")
    return ctx.scope.limits(own) if own else frozenset()


def _collect(found: dict[str, Kept], wire: Wire, period: Period, month: date) -> None:
    member, day, currency, _ = wire["sk"]["S"].split("#")
    on = date.fromisoformat(day) if day else month
    if day and not period.first <= on <= period.last:
        return
    numbers = found.setdefault(currency, {}).setdefault((member, on), {})
    for name, value in wire.items():
        if "N" in value:
            numbers[name] = numbers.get(name, ZERO) + Decimal(value["N"])


def added(numbers: Iterable[Mapping[str, Decimal]]) -> Numbers:
    """The sum of numbers, name by name."""
    total: Numbers = {}
    for each in numbers:
        for name, number in each.items():
            total[name] = total.get(name, ZERO) + number
    return total


def grouped(rows: Kept, key_of: str, by: str) -> dict[str, Numbers]:
    """Numbers by bucket of time, or by member."""
    found: dict[str, list[Numbers]] = {}
    for (member, day), numbers in rows.items():
        key = periods.bucket(day, by).isoformat() if key_of == "time" else member
        found.setdefault(key, []).append(numbers)
    return {key: added(group) for key, group in found.items()}


# -- the report ------------------------------------------------------------------------------------------------------


def report(ctx: Context, asked: Question) -> Report:
    """The report: totals, rows and their comparison, and series when it is split."""
    generation = rolling.state(ctx).generation
    now, before = (_read(ctx, generation, asked, period) for period in (asked.period, asked.before))
    rows_now, rows_before = now.get(asked.currency, {}), before.get(asked.currency, {})
    is_time = asked.group_by in TIMES
    dimension = _dimension(ctx, asked.group_by, asked.split_by, [asked.member] if asked.member else [])
    all_now, all_before = rows_now, rows_before
    if dimension in OVERLAPPING and not asked.member and not ctx.scope.is_limited and COUNTED & {*asked.measures}:
        all_now, all_before = (_counted_once(ctx, generation, asked, period, rows) for period, rows in (
            (asked.period, rows_now), (asked.before, rows_before)))
    if is_time:
        made, left = _time_rows(asked, all_now, all_before), 0
    else:
        made, left = _member_rows(ctx, asked, rows_now, rows_before)
    total_now, total_before = added(all_now.values()), added(all_before.values())
    return Report(
        first=asked.period.first, last=asked.period.last,
        compared_first=asked.before.first if asked.before else None,
        compared_last=asked.before.last if asked.before else None,
        group_by=asked.group_by, currency=asked.currency, currencies=tuple(sorted({*now, *before, asked.currency})),
        units={name: unit_of(name, asked.currency, asked.company_currency) for name in asked.measures},
        totals=_values(asked, total_now), totals_before=_values(asked, total_before) if asked.before else None,
        rows=tuple(made), more_rows=left, split_by=asked.split_by,
        series=tuple(_series(ctx, asked, rows_now)) if asked.split_by else ())


def _read(ctx: Context, generation: int, asked: Question, period: Period | None) -> dict[str, Kept]:
    if period is None:
        return {}
    dimension = _dimension(ctx, asked.group_by, asked.split_by, [asked.member] if asked.member else [])
    return kept(ctx, generation, dimension, period, by_day=asked.group_by in ("day", "week"),
                member=asked.member[1] if asked.member else "")


def _counted_once(ctx: Context, generation: int, asked: Question, period: Period | None, rows: Kept) -> Kept:
    """The rows with documents counted by channel: an order stands in one, but may hold several products and leave several
    warehouses."""
    if period is None:
        return rows
    by_channel = kept(ctx, generation, "channel", period, by_day=asked.group_by in ("day", "week")).get(asked.currency, {})
    found: Kept = {name: {n: v for n, v in numbers.items() if n not in COUNTED} for name, numbers in rows.items()}
    for (channel, day), numbers in by_channel.items():
        found[(f"#{channel}", day)] = {name: number for name, number in numbers.items() if name in COUNTED}
    return found


def _values(asked: Question, numbers: Mapping[str, Decimal]) -> dict[str, Decimal | None]:
    return {name: value_of(name, numbers, asked.currency, asked.company_currency) for name in asked.measures}


def _time_rows(asked: Question, now: Kept, before: Kept) -> list[ReportRow]:
    """A row for each bucket, empty ones too; the former period's buckets stand beside them in their order."""
    found, former = grouped(now, "time", asked.group_by), grouped(before, "time", asked.group_by)
    names = periods.buckets(asked.period, asked.group_by)
    names_before = periods.buckets(asked.before, asked.group_by) if asked.before else []
    rows = []
    for n, name in enumerate(names):
        days = periods.bucket_days(asked.period, name, asked.group_by)
        earlier = names_before[n].isoformat() if n < len(names_before) else ""
        rows.append(ReportRow(
            key=name.isoformat(), label="", first=days.first, last=days.last,
            values=_values(asked, found.get(name.isoformat(), {})), key_before=earlier,
            values_before=_values(asked, former.get(earlier, {})) if earlier else None))
    return rows


def _member_rows(ctx: Context, asked: Question, now: Kept, before: Kept) -> tuple[list[ReportRow], int]:
    """The biggest members by the sorted measure, and how many more there are."""
    found, former = grouped(now, "member", ""), grouped(before, "member", "")
    shown = {name: _values(asked, numbers) for name, numbers in found.items()}
    ordered = sorted(shown, key=lambda name: (-(shown[name][asked.sort] or ZERO), name))
    chosen = [name for name in ordered if any(shown[name].values())]
    top = chosen[: asked.top]
    labels = member_names(ctx, asked.group_by, top)
    return [ReportRow(key=name, label=labels[name], first=asked.period.first, last=asked.period.last,
                      values=shown[name], key_before=name,
                      values_before=_values(asked, former.get(name, {})) if asked.before else None)
            for name in top], len(chosen) - len(top)


def _series(ctx: Context, asked: Question, now: Kept) -> Iterable[ReportSeries]:
    """For each of the biggest members a number for each bucket; the others together under no key."""
    names = [name.isoformat() for name in periods.buckets(asked.period, asked.group_by)]
    totals = {m: _values(asked, numbers)[asked.sort] or ZERO for m, numbers in grouped(now, "member", "").items()}
    ordered = sorted(totals, key=lambda member: (-totals[member], member))
    chosen = ordered[: min(asked.top, MAX_SERIES)]
    groups: dict[str, Kept] = {member: {} for member in chosen}
    for (member, day), numbers in now.items():
        groups.setdefault(member if member in chosen else "", {})[(member, day)] = numbers
    labels = member_names(ctx, asked.split_by, chosen)
    for member, rows in groups.items():
        by_bucket = grouped(rows, "time", asked.group_by)
        points = [_values(asked, by_bucket.get(name, {})) for name in names]
        yield ReportSeries(key=member, label=labels.get(member, ""), values={
            name: tuple(point[name] for point in points) for name in asked.measures})


def member_names(ctx: Context, dimension: str, members: Sequence[str]) -> dict[str, str]:
    """What people call these members; one that is gone keeps its id."""
    words = OTHER_NAMES.get(ctx.locale, OTHER_NAMES["fr"])
    found: dict[str, str] = {}
    if dimension == "channel":
        found = {c.id: c.name for c in read.get_many(ctx, CONNECTION, members).values()}
    elif dimension == "product":
        found = {sku: facts.name for sku, facts in catalog.find_skus(ctx, members).items()}
    elif dimension == "customer":
        found = {c.id: c.company_name or c.name for c in read.get_many(ctx, CUSTOMER, members).values()}
    elif dimension == "warehouse":
        directory = stock.directory(ctx)
        found = {member: directory.name_of(member) for member in members}
    if dimension == "customer":
        found[GUEST] = words["guest"]
    return {member: found.get(member) or words.get(member, member) for member in members}

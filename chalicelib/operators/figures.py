"""The platform's figures, as the operators' page draws them: metric by metric, by domain or platform, slot by slot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from chalicelib.kernel.cloud_prices import HOME_REGION, PRICES, READ_ON
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import figures
from chalicelib.runtime.metrics import METRICS
from chalicelib.storage import read

SLOTS = MappingProxyType({3: timedelta(minutes=5), 24: timedelta(hours=1), 168: timedelta(hours=6)})
_ZERO = datetime.fromisoformat("2020-01-01T00:00:00+00:00")


@entity
class FigureSlot:
    """A metric from `at` on until the next slot: how many measurements, their sum, and of times the p50 and p99."""

    at: datetime
    count: int
    total: Decimal
    p50: Decimal | None = None
    p99: Decimal | None = None


@entity
class FigureSeries:
    """A metric of one domain or platform (`all` for neither), in its unit, over the period and slot by slot."""

    metric: str
    member: str
    unit: str
    count: int
    total: Decimal
    p99: Decimal | None
    slots: tuple[FigureSlot, ...]


@entity
class PlatformFigures:
    """What the service measured of itself; `usd_per_order` is the table's and the gateway's share of an order at the prices of
    `prices_of`, None where no order was placed."""

    at: datetime
    hours: int
    series: tuple[FigureSeries, ...]
    usd_per_order: Decimal | None
    prices_of: str


def hours_of(query: Mapping[str, str]) -> int:
    """How many hours a query asks for. Raises Invalid."""
    text = query.get("hours", "3")
    if not text.isdecimal() or int(text[:4]) not in SLOTS:
        raise Invalid("hours", "hours is 3, 24 or 168.", {"hours": "3, 24 or 168"})
    return int(text)


def platform(ctx: Context, hours: int) -> PlatformFigures:
    """The figures of the last hours. One query for each hour."""
    since, slot = ctx.now - timedelta(hours=hours), SLOTS[hours]
    sums: dict[tuple[str, str], dict[int, dict[str, int]]] = {}
    hour = since.replace(minute=0, second=0, microsecond=0)
    while hour <= ctx.now:
        for wire in read.wires(ctx, f"FIGURES#{hour:%Y%m%d%H}"):
            minute, _, member = wire["sk"]["S"].partition("#")
            at = hour + timedelta(minutes=int(minute))
            if at >= figures.slot_of(since):
                _collect(sums, member, (at - _ZERO) // slot, wire)
        hour += timedelta(hours=1)
    series = tuple(_series(metric, member, slots, slot) for (metric, member), slots in sorted(sums.items()))
    return PlatformFigures(at=ctx.now, hours=hours, series=series, usd_per_order=share_of_an_order(series),
                           prices_of=f"{HOME_REGION}, {READ_ON.isoformat()}")


def _collect(sums: dict[tuple[str, str], dict[int, dict[str, int]]], member: str, number: int, wire: Mapping[str, Any]) -> None:
    for name, value in wire.items():
        metric, _, part = name.rpartition("_")
        if metric in METRICS and "N" in value:
            found = sums.setdefault((metric, member), {}).setdefault(number, {})
            found[part] = found.get(part, 0) + int(value["N"])


def _percentile(numbers: Mapping[str, int], percent: int) -> Decimal | None:
    """Nearest rank over the steps: the upper end of the step in which it lies."""
    steps = sorted((int(part[1:]), count) for part, count in numbers.items() if part[0] == "h")
    left = -(-sum(count for _, count in steps) * percent // 100)
    for step, count in steps:
        left -= count
        if left <= 0:
            return Decimal(round(figures.upper(step)))
    return None


def _series(metric: str, member: str, slots: Mapping[int, Mapping[str, int]], slot: timedelta) -> FigureSeries:
    whole: dict[str, int] = {}
    for numbers in slots.values():
        for part, count in numbers.items():
            whole[part] = whole.get(part, 0) + count
    return FigureSeries(
        metric=metric, member=member, unit=METRICS[metric].unit, count=whole.get("n", 0), total=Decimal(whole.get("s", 0)) / 2,
        p99=_percentile(whole, 99), slots=tuple(FigureSlot(
            at=_ZERO + number * slot, count=numbers.get("n", 0), total=Decimal(numbers.get("s", 0)) / 2,
            p50=_percentile(numbers, 50), p99=_percentile(numbers, 99)) for number, numbers in sorted(slots.items())))


def share_of_an_order(series: tuple[FigureSeries, ...]) -> Decimal | None:
    """Dollars of table and gateway over the orders placed: the same reckoning as the dashboard's."""
    totals: dict[str, Decimal] = {}
    for each in series:
        totals[each.metric] = totals.get(each.metric, Decimal(0)) + (each.count if each.metric == "Latency" else each.total)
    orders = totals.get("OrdersPlaced", Decimal(0))
    if not orders:
        return None
    asked = {"read_units": "ReadUnits", "write_units": "WriteUnits", "gateway_requests": "Latency"}
    cost = sum((PRICES[meter].of(totals.get(name, Decimal(0)), HOME_REGION) for meter, name in asked.items()), Decimal(0))
    return (cost / orders).quantize(Decimal("0.0000001"))

"""What is metered of a tenant, and what it costs by the dated prices. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.kernel.cloud_prices import HOME_REGION, READ_ON, bill, total
from chalicelib.kernel.shapes import entity

KEPT_DAYS: Final = 800
"""Days for which a day's sums are kept: two years and the month under way."""
METERED: Final = ("write_halves", "read_halves", "gateway_requests", "function_requests", "megabyte_milliseconds",
                  "queue_requests", "file_writes", "file_reads", "mails")
"""What is summed, in whole numbers: units of the table in halves, a function's time in its megabytes times milliseconds."""
_LOG_BYTES: Final = 400
"""What Lambda writes to the log of an invocation."""
_NO: Final = Decimal(0)


@entity
class CostLine:
    """A line of what something costs: `quantity` units of a meter at `price_usd` for every `per` of them are `usd`,
    US dollars without tax."""

    meter: str
    service: str
    quantity: Decimal
    price_usd: Decimal
    per: int
    usd: Decimal


@entity
class CostDay:
    """What a day cost, and the orders placed on it."""

    day: date
    orders: int
    usd: Decimal


@entity
class Costs:
    """What a tenant cost in a month, by the prices of `region` as read on `prices_read_on`; `usd_per_order` None without
    orders. `file_bytes` are what it keeps in files now."""

    month: str
    region: str
    prices_read_on: date
    orders: int
    file_bytes: int
    usd: Decimal
    usd_per_order: Decimal | None
    lines: tuple[CostLine, ...]
    days: tuple[CostDay, ...]


def quantities(sums: Mapping[str, int]) -> dict[str, Decimal]:
    """The sums of a day or a month in the units that prices are of."""
    def of(name: str) -> Decimal:
        return Decimal(sums.get(name, 0))

    return {
        "write_units": of("write_halves") / 2, "read_units": of("read_halves") / 2,
        "gateway_requests": of("gateway_requests"), "function_requests": of("function_requests"),
        "function_gb_seconds": of("megabyte_milliseconds") / 1024 / 1000, "queue_requests": of("queue_requests"),
        "fair_queue_requests": of("queue_requests"), "file_writes": of("file_writes"), "file_reads": of("file_reads"),
        "mails": of("mails"), "log_gb": of("function_requests") * _LOG_BYTES / 10**9,
    }


def costs(month: str, days: Mapping[date, Mapping[str, int]], orders: Mapping[date, int], file_bytes: int,
          region: str = HOME_REGION) -> Costs:
    """What a month cost: `days` are the sums of each day, `orders` how many were placed on it, `file_bytes` what is kept in
    files, as for the whole month."""
    whole: dict[str, int] = {}
    for sums in days.values():
        for name, count in sums.items():
            whole[name] = whole.get(name, 0) + count
    lines = bill({**quantities(whole), "file_gb_months": Decimal(file_bytes) / 10**9}, region)
    usd, placed = total(lines), sum(orders.values())
    return Costs(
        month=month, region=region, prices_read_on=READ_ON, orders=placed, file_bytes=file_bytes, usd=_rounded(usd),
        usd_per_order=_rounded(usd / placed) if placed else None,
        lines=tuple(CostLine(meter=line.meter, service=line.service, quantity=_rounded(line.quantity), price_usd=line.price_usd,
                             per=line.per, usd=_rounded(line.usd)) for line in lines),
        days=tuple(CostDay(day=day, orders=orders.get(day, 0), usd=_rounded(total(bill(quantities(days.get(day, {})), region))))
                   for day in sorted({*days, *orders})))


def _rounded(amount: Decimal) -> Decimal:
    """A millionth of a dollar is the least that is shown; whole numbers stay whole."""
    shown = amount.quantize(Decimal("0.000001")).normalize()
    return shown if shown.as_tuple().exponent <= 0 else shown.quantize(Decimal(1))  # type: ignore[operator]

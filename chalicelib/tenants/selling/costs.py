"""What a tenant costs us: the sums of its days (`runtime.metering`) at the dated prices."""

from __future__ import annotations

import re
from datetime import date

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.usage import METERED, Costs, costs
from chalicelib.storage import read
from chalicelib.tenants.selling import entitlements

_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


def of_month(ctx: Context, month: str = "") -> Costs:
    """What the context's tenant cost in a month (`2026-11`, the present one when none is named). Two reads, and one for its
    files. Raises Invalid `month`."""
    month = month or f"{ctx.now:%Y-%m}"
    if not _MONTH.fullmatch(month):
        raise Invalid("month", "A month is written as 2026-11.", {"month": "2026-11"})
    days: dict[date, dict[str, int]] = {}
    for wire in read.wires(ctx, f"METER#{month}"):
        days[date.fromisoformat(f"{month}-{wire['sk']['S']}")] = {
            name: int(wire[name]["N"]) for name in METERED if name in wire}
    orders: dict[date, int] = {}
    for numbers in read.raw_many(ctx, [entitlements.orders_key(ctx, month)]).values():
        orders = {date.fromisoformat(f"{month}-{name[1:]}"): int(value["N"]) for name, value in numbers.items()
                  if name.startswith("d") and name[1:].isdigit()}
    return costs(month, days, orders, entitlements.storage_used(ctx))

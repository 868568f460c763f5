"""How a tenant stands with us, as every request carries it: its plan, and what its subscription lets it do."""

from __future__ import annotations

from typing import Literal

from chalicelib.kernel.shapes import entity

Access = Literal["full", "read_only", "suspended"]


@entity
class Standing:
    """`plan` is a row of the plans' table; `extra_seats` were bought besides its own. `orders_full_in` is the month (yyyy-mm,
    UTC) in which the plan's orders are used up and orders typed by hand are refused, "" when there is none; `is_late` that
    something is unpaid or ended; `is_held` that operators suspended it, whatever is paid."""

    plan: str = "trial"
    access: Access = "full"
    extra_seats: int = 0
    orders_full_in: str = ""
    is_late: bool = False
    is_held: bool = False


FULL_TRIAL = Standing()
"""Where a tenant begins; also the standing of work that nobody asked for by a request."""

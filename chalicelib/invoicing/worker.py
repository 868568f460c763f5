"""The `invoicing` queue: parcels that leave, orders that are paid or exceed a limit, runs that issue many invoices."""

from __future__ import annotations

from chalicelib.invoicing import automatic, runs
from chalicelib.runtime import jobs

_KINDS = {runs.KIND: runs.work}
HANDLERS = {
    **dict.fromkeys(("OrderShipped", "OrderPartlyShipped"), automatic.on_shipped),
    **dict.fromkeys(("OrderPlaced", "OrderConfirmed"), automatic.on_paid),
    **jobs.handlers(_KINDS),
}
SCHEDULES = (jobs.schedule("invoicing", _KINDS),)

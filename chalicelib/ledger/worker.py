"""The `ledger` queue, the checkpoints that time takes, and its look whether the books balance."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from chalicelib.kernel.context import Context
from chalicelib.ledger import checkpoints, reading, rolling
from chalicelib.runtime import observability
from chalicelib.runtime.worker import Schedule


def look(ctx: Context) -> int:
    """How many fiscal years of a company do not balance; each is named in the log."""
    found = reading.unbalanced(ctx)
    for fiscal_year in found:
        observability.log(logging.ERROR, "books do not balance", **observability.ids(ctx), fiscal_year=fiscal_year)
    return len(found)


def tell(found: Sequence[int]) -> None:
    """How many fiscal years of all companies do not balance: 0, or somebody must look."""
    observability.measure("books looked at", {"UnbalancedLedgers": sum(found)}, tenants=len(found))


HANDLERS = {"EntryPosted": rolling.on_posted}
SCHEDULES = (Schedule("ledger_checkpoints", 1440, checkpoints.take), Schedule("ledger_balance", 60, look, tell=tell))

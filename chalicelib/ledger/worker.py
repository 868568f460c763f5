"""The `ledger` queue, and the checkpoints that time takes."""

from __future__ import annotations

from chalicelib.ledger import checkpoints, rolling
from chalicelib.runtime.worker import Schedule

HANDLERS = {"EntryPosted": rolling.on_posted}
SCHEDULES = (Schedule("ledger_checkpoints", 1440, checkpoints.take),)

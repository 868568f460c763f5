"""Seals the audit when an hour is over, and writes its files."""

from __future__ import annotations

from chalicelib.audit import filing, sealing
from chalicelib.audit.model import SEALED_AT
from chalicelib.kernel.context import Context
from chalicelib.runtime import jobs
from chalicelib.runtime.worker import Handler, Schedule


def seal(ctx: Context) -> None:
    """Closes the hours that are over."""
    sealing.seal(ctx)


_KINDS = {filing.KIND: filing.work}
HANDLERS: dict[str, Handler] = jobs.handlers(_KINDS)
SCHEDULES = (jobs.schedule("audit", _KINDS), Schedule("audit_seal", 60, seal, past_the_hour=SEALED_AT, for_operators=True),)

"""Seals the audit every hour."""

from __future__ import annotations

from chalicelib.audit import sealing
from chalicelib.kernel.context import Context
from chalicelib.runtime.worker import Schedule


def seal(ctx: Context) -> None:
    """Closes the hours that are over."""
    sealing.seal(ctx)


SCHEDULES = (Schedule("audit_seal", 30, seal),)

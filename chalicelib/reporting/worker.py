"""The `reporting` queue: documents that say something else now, reports to send, and rebuilds, slice by slice."""

from __future__ import annotations

from chalicelib.reporting import rebuilding, rolling, schedules
from chalicelib.reporting.facts import SOURCES
from chalicelib.runtime import jobs
from chalicelib.runtime.worker import Schedule

_KINDS = {rebuilding.KIND: rebuilding.work}
HANDLERS = {**{name: rolling.record for source in SOURCES.values() for name in source.events},
            "ReportRequested": schedules.send, **jobs.handlers(_KINDS)}
SCHEDULES = (jobs.schedule("reporting", _KINDS), Schedule("reporting_mail", 15, schedules.send_due))

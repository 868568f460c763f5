"""The `pricing` queue: imports of prices, slice by slice."""

from __future__ import annotations

from chalicelib.pricing import importing
from chalicelib.runtime import jobs

_KINDS = {importing.KIND: importing.work}
HANDLERS = jobs.handlers(_KINDS)
SCHEDULES = (jobs.schedule("pricing", _KINDS),)

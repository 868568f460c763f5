"""The `catalog` queue: imports, slice by slice."""

from __future__ import annotations

from chalicelib.catalog import importing
from chalicelib.runtime import jobs

_KINDS = {importing.KIND: importing.work}
HANDLERS = jobs.handlers(_KINDS)
SCHEDULES = (jobs.schedule("catalog", _KINDS),)

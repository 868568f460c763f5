"""The list of tenants follows the tenants every quarter of an hour."""

from __future__ import annotations

from chalicelib.operators import looking
from chalicelib.runtime.worker import Schedule

SCHEDULES = (Schedule("operators_tenants", 15, looking.beat),)

"""The `onboarding` queue: what a company that signed up finds, and the sample data, slice by slice."""

from __future__ import annotations

from chalicelib.onboarding import provisioning, sample, wiping
from chalicelib.runtime import jobs

_KINDS = {sample.LOAD: sample.load, wiping.WIPE: wiping.wipe}
HANDLERS = {"TenantSignedUp": provisioning.on_signed_up, **jobs.handlers(_KINDS)}
SCHEDULES = (jobs.schedule("onboarding", _KINDS),)

"""What each tenant uses of the cloud, day by day, so that somebody can say what it costs.

Units of the table, requests, messages, files, mails and the time of functions are summed in memory, by tenant, and added to
one item of the day by one write: after the first thing a process does for a tenant, then at most every minute or 1,000 units.
The write is metered like any other. What a process noted last is lost when it is ended before it wrote, and what a throttled
write could not add is added by the next; a figure is never too high by it. Whatever one invocation serves counts as an
invocation of its own, and each message as three requests of its own, though up to ten share them: the dearest case.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import DomainError, Unavailable
from chalicelib.kernel.usage import KEPT_DAYS, METERED
from chalicelib.runtime import observability
from chalicelib.runtime.settings import settings
from chalicelib.storage import client, keys, single

WRITE_SECONDS: Final = 60.0
WRITE_HALVES: Final = 2_000
_OWN_SECONDS: Final = 2.0
_FILES: Final[Mapping[str, str]] = {
    "PutObject": "file_writes", "CreateMultipartUpload": "file_writes", "UploadPart": "file_writes",
    "CompleteMultipartUpload": "file_writes", "ListObjectsV2": "file_writes", "GetObject": "file_reads"}
QUEUE_REQUESTS: Final = 3
"""A message is sent, received and deleted."""


@dataclass(slots=True)
class _Tally:
    """What is noted of one tenant and not written yet, and when it was written last (None: never)."""

    counts: Counter[str] = field(default_factory=Counter)
    written_at: float | None = None


class Meter:
    """The sums of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tallies: dict[str, _Tally] = {}

    def listen(self) -> None:
        """Has the table and the bucket tell of every call, from now on."""
        if self.units not in client.meters:
            client.meters.append(self.units)
            client.meters.append(observability.UNITS.note)
            client.observers.append(self.file)

    def stop(self) -> None:
        """Hears no more, and forgets what was not written."""
        if self.units in client.meters:
            client.meters.remove(self.units)
            client.meters.remove(observability.UNITS.note)
            client.observers.remove(self.file)
        self._tallies.clear()

    def note(self, tenant_id: str, **counts: int) -> None:
        """Adds to a tenant's sums; what belongs to no tenant is the platform's own and not kept."""
        if tenant_id:
            with self._lock:
                self._tallies.setdefault(tenant_id, _Tally()).counts.update(counts)

    def units(self, ctx: Context, operation: str, halves: int) -> None:
        """A call of the table."""
        self.note(ctx.tenant_id, **{"read_halves" if client.is_read(operation) else "write_halves": halves})

    def file(self, operation: str, parameters: dict[str, Any], _: dict[str, Any]) -> None:
        """A call of the bucket; objects stand under `T/<tenant>/`."""
        if operation in _FILES:
            self.note(str(parameters["Key"]).split("/")[1], **{_FILES[operation]: 1})

    def write(self, ctx: Context) -> None:
        """Adds what is noted of the context's tenant to its day, when it is time."""
        now = ctx.clock.monotonic()
        with self._lock:
            tally = self._tallies.get(ctx.tenant_id)
            if tally is None or not tally.counts or not _is_due(tally, now):
                return
            counts, tally.counts, tally.written_at = tally.counts, Counter(), now
        at = ctx.clock.now()
        key = keys.child(ctx, "meter", f"{at:%Y-%m}", f"{at:%d}")
        own = replace(ctx, now=at, deadline=now + _OWN_SECONDS)
        try:
            single.add_up(own, key, "meter", {name: counts[name] for name in METERED if counts[name]},
                          int((at + timedelta(days=KEPT_DAYS)).timestamp()))
        except Unavailable:
            self.note(ctx.tenant_id, **counts)
        except DomainError as error:
            observability.log(logging.WARNING, "metering not written", tenant=ctx.tenant_id, error=type(error).__name__)


def _is_due(tally: _Tally, now: float) -> bool:
    return (tally.written_at is None or now - tally.written_at >= WRITE_SECONDS
            or tally.counts["write_halves"] + tally.counts["read_halves"] >= WRITE_HALVES)


METER = Meter()


def is_on() -> bool:
    """Whether this process meters; it listens from the first time that somebody asks."""
    if not settings().metering:
        return False
    METER.listen()
    return True


def _megabyte_milliseconds(seconds: float) -> int:
    return round(int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")) * seconds * 1000)


def request_done(ctx: Context, seconds: float) -> None:
    """A request was answered, in so many seconds."""
    if is_on() and ctx.tenant_id:
        METER.note(ctx.tenant_id, gateway_requests=1, function_requests=1,
                   megabyte_milliseconds=_megabyte_milliseconds(seconds))
        METER.write(ctx)


def message_done(ctx: Context, seconds: float, count: int = 1) -> None:
    """Messages of a tenant were worked on, in so many seconds."""
    if is_on():
        METER.note(ctx.tenant_id, function_requests=count, queue_requests=QUEUE_REQUESTS * count,
                   megabyte_milliseconds=_megabyte_milliseconds(seconds))
        METER.write(ctx)


def mail_sent(ctx: Context) -> None:
    """A mail went out for a tenant."""
    if is_on():
        METER.note(ctx.tenant_id, mails=1)

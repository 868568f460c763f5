"""What a tenant's programs asked lately: the last requests of its API keys, for the people who write them.

A request pays nothing for it. The edge notes it in memory; a thread of the process writes what was noted, one item for
each tenant, every two seconds. So it is a help and no record: what a process noted last is lost when it is ended before
it wrote, and of one that Lambda has frozen it is written when it goes on. Beyond 200 requests of a tenant in one process
between two writes the others are only counted. Kept 7 days; paths stand as patterns, without ids, bodies or addresses.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import Row, entity
from chalicelib.runtime import cursors, observability
from chalicelib.runtime.endpoints import Endpoint
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read, single
from chalicelib.storage.table import Item

WRITE_SECONDS: Final = 2.0
MOST: Final = 200
KEPT: Final = timedelta(days=7)
LOOKED_AT: Final = 2_000
BATCHES: Final = 20


@entity
class LoggedRequest:
    """One request of an API key."""

    at: datetime
    method: str
    path: str
    status: int
    milliseconds: int
    request_id: str
    key_id: str
    key_name: str = ""


@entity
class LoggedRequests:
    """What one process noted of a tenant between two writes; `left_out` more were asked."""

    requests: tuple[LoggedRequest, ...]
    left_out: int = 0


@entity
class RequestRow(Row):
    """A request of one of the company's API keys: `path` is the operation's, `milliseconds` what it took here."""

    at: datetime
    method: str
    path: str
    status: int
    milliseconds: int
    request_id: str
    key_id: str
    key_name: str


class Notes:
    """What this process has noted and not written yet, by tenant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[str, tuple[Context, list[LoggedRequest]]] = {}
        self._left_out: dict[str, int] = {}
        self._writer: threading.Thread | None = None

    def add(self, ctx: Context, request: LoggedRequest) -> None:
        """Notes a request of this tenant."""
        with self._lock:
            _, noted = self._noted.setdefault(ctx.tenant_id, (ctx, []))
            if len(noted) < MOST:
                noted.append(request)
            else:
                self._left_out[ctx.tenant_id] = self._left_out.get(ctx.tenant_id, 0) + 1

    def write(self) -> None:
        """Writes what was noted, an item for each tenant. What cannot be written is let go."""
        with self._lock:
            noted, self._noted = self._noted, {}
            left_out, self._left_out = self._left_out, {}
        for tenant_id, (ctx, requests) in noted.items():
            try:
                _put(ctx, LoggedRequests(requests=tuple(requests), left_out=left_out.get(tenant_id, 0)))
            except Exception as error:
                observability.log(logging.WARNING, "request log not written", tenant=tenant_id, error=type(error).__name__)

    def write_by_itself(self) -> None:
        """Begins to write every two seconds, if it did not yet."""
        with self._lock:
            if self._writer is None:
                self._writer = threading.Thread(target=self._go_on, name="request-log", daemon=True)
                self._writer.start()

    def _go_on(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(WRITE_SECONDS)
            self.write()


NOTES = Notes()


def _put(ctx: Context, batch: LoggedRequests) -> None:
    now = ctx.clock.now()
    key = keys.child(ctx, "request_log", f"{now:%Y%m%d}", f"{now.isoformat()}#{ctx.chance.token(4).hex()}")
    ctx = replace(ctx, now=now, deadline=ctx.clock.monotonic() + 10)
    single.put(ctx, Item(key, "request_log", ctx.tenant_id, codec.store(batch), expires_at=int((now + KEPT).timestamp())))


def note(ctx: Context, endpoint: Endpoint, status: int, seconds: float) -> None:
    """Notes a request that was answered, when an API key asked it and this process keeps a log."""
    if ctx.actor.kind != "api_key" or not settings().request_log:
        return
    NOTES.add(ctx, LoggedRequest(
        at=ctx.now, method=endpoint.method, path=endpoint.path, status=status, milliseconds=round(seconds * 1000),
        request_id=ctx.request_id, key_id=ctx.actor.id, key_name=ctx.actor.name[:80]))
    NOTES.write_by_itself()


# -- reading it ------------------------------------------------------------------------------------------------------


def page(ctx: Context, query: Mapping[str, str]) -> Mapping[str, Any]:
    """The newest requests first, at least `limit` when there are so many, from where `cursor` says: those of `key_id`,
    `method`, `status` (404, or 4xx), `request_id`. Looks at 2,000 at most. Raises Invalid."""
    wanted = {name: query[name] for name in ("key_id", "method", "status", "request_id") if query.get(name)}
    limit = query.get("limit", "50")
    if not limit.isascii() or not limit.isdecimal() or not 1 <= int(limit[:6]) <= 100:
        raise Invalid("limit", "limit is a number from 1 to 100.", {"limit": "1 to 100"})
    shape = ["requests", sorted(wanted.items())]
    start = cursors.read(ctx, query["cursor"], shape) if query.get("cursor") else None
    rows, after, looked = _found(ctx, wanted, int(limit), start)
    rows.sort(key=lambda row: row["at"], reverse=True)
    return {"items": rows, "cursor": cursors.write(ctx, after, shape) if after else None, "looked_at": looked}


def _found(ctx: Context, wanted: Mapping[str, str], limit: int, start: Mapping[str, str] | None
           ) -> tuple[list[dict[str, Any]], Mapping[str, str] | None, int]:
    """Rows of whole batches, day by day backwards, until there are enough; and where the next page begins."""
    prefix = keys.prefix(ctx)
    day = datetime.strptime(start["pk"].rpartition("#")[2], "%Y%m%d").replace(tzinfo=ctx.now.tzinfo) if start else ctx.now
    rows: list[dict[str, Any]] = []
    looked = 0
    while day >= ctx.now - KEPT - timedelta(days=1):
        items, start = read.collection(ctx, f"REQUEST_LOG#{day:%Y%m%d}", newest_first=True, limit=BATCHES, start=start,
                                       consistent=False)
        for item in items:
            batch = codec.adapter(LoggedRequests).validate_json(item.data)
            looked += len(batch.requests)
            rows += [_row(each) for each in batch.requests if _fits(each, wanted)]
        if start is None:
            day -= timedelta(days=1)
        if len(rows) >= limit or looked >= LOOKED_AT:
            return rows, start or {"pk": f"{prefix}REQUEST_LOG#{day:%Y%m%d}", "sk": "\uffff"}, looked
    return rows, None, looked


def _fits(request: LoggedRequest, wanted: Mapping[str, str]) -> bool:
    status = wanted.get("status", "")
    if status and status not in (str(request.status), f"{request.status // 100}xx"):
        return False
    return all(getattr(request, name) == value for name, value in wanted.items() if name != "status")


def _row(request: LoggedRequest) -> dict[str, Any]:
    shown: dict[str, Any] = codec.plain(request)
    return {"id": f"{shown['at']}.{request.request_id}", "kind": "request", "version": 0, **shown}

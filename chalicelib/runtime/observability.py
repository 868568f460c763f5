"""One JSON line per request, message and push: who, what, how long, and the ids that tie together what followed from what.

Every line of a piece of work has its tenant, its `request_id` (the request it all began with) and its `correlation_id` (what
the caller named to bind requests together; else the request's own). Lines that measure something are CloudWatch metrics at
the same time (`metrics`).

Only the facts named in `FACTS` are written. No body, no header, no secret and no personal value is ever logged.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import figures, metrics, registry
from chalicelib.runtime.endpoints import Endpoint
from chalicelib.runtime.settings import settings
from chalicelib.storage import client

logger = logging.getLogger("comptoir")
if not logger.handlers:
    _handler = logging.StreamHandler(sys.stdout)
    _handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(_handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)

FACTS = frozenset({
    "tenant", "request_id", "correlation_id", "correlation_ids", "message_id", "event_id", "event", "events", "consumer",
    "method", "path", "status", "milliseconds", "where", "error", "text", "frames", "name", "tenants", "connection",
    "items", "outcome", "fiscal_year", "records", "jobs",
})
"""What a line may say. A fact of another name is left out, and the line says so."""
_IDS_SHOWN = 20
MAX_VALUES = metrics.MAX_VALUES
Value = metrics.Value
_PRIVATE = re.compile(
    r"""'[^']*'|"[^"]*"|`[^`]*`            # what an error quotes is a value
    |[^\s@<>]+@[^\s@<>]+                    # e-mail addresses
    |\+?\d[\d .\-]{6,}\d                    # telephone and account numbers
    |\b(?:cmp|whsec|sk|pk|ck|cs)_\w+        # keys
    |\b[A-Za-z0-9_\-+/=]{32,}               # tokens and signatures""", re.X)


def scrubbed(text: str) -> str:
    """What an error says without the values in it: they may be a person's, or a secret."""
    return _PRIVATE.sub("…", text)[:300]


def _allowed(facts: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in facts.items() if name in FACTS}
    return kept if len(kept) == len(facts) else {**kept, "left_out": sorted(facts.keys() - FACTS)}


def log(level: int, message: str, **facts: Any) -> None:
    """One structured line."""
    if logger.isEnabledFor(level):
        shown = {"level": logging.getLevelName(level), "message": message, **_allowed(facts)}
        logger.log(level, json.dumps(shown, default=str))


class Units:
    """Units of the table that this process used since a line last told of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._halves = {"ReadUnits": 0, "WriteUnits": 0}

    def note(self, ctx: Context, operation: str, halves: int) -> None:
        """A call of the table, in half units."""
        with self._lock:
            self._halves["ReadUnits" if client.is_read(operation) else "WriteUnits"] += halves

    def taken(self) -> dict[str, float]:
        """What was used, for the next line; nothing where nothing was, or nobody meters."""
        with self._lock:
            found = {name: halves / 2 for name, halves in self._halves.items() if halves}
            self._halves = dict.fromkeys(self._halves, 0)
        return found


UNITS = Units()


def ids(ctx: Context) -> dict[str, Any]:
    """What every line of this work says of where it comes from."""
    return {"tenant": ctx.tenant_id, "request_id": ctx.request_id, "correlation_id": ctx.correlation}


def measure(message: str, values: Mapping[str, Value], dimensions: Mapping[str, str] | None = None,
            level: int = logging.INFO, **facts: Any) -> None:
    """One structured line that is also these measurements, which the operators' figures count where a process keeps such
    notes. Raises KeyError for a metric nobody declared."""
    if settings().request_log:
        figures.FIGURES.add(values, dimensions or {})
    if logger.isEnabledFor(level):
        shown = {"level": logging.getLevelName(level), "message": message, **_allowed(facts)}
        logger.log(level, metrics.line(settings().stage, int(time.time() * 1000), values, dimensions or {}, shown))


def domain_of(path: str) -> str:
    """The domain whose function answers an operation; `activity` has the addresses that name none."""
    first = path.removeprefix("/api/").partition("/")[0]
    return first if first in registry.DOMAINS else "activity"


def access(ctx: Context, endpoint: Endpoint, status: int, seconds: float) -> None:
    """The line of a request, which is also its domain's rate, errors and latency."""
    milliseconds = round(seconds * 1000, 1)
    measure("request", {"Latency": milliseconds, "ClientErrors": int(400 <= status < 500), "ServerErrors": int(status >= 500),
                        **UNITS.taken()},
            {metrics.DOMAIN: domain_of(endpoint.path)}, **ids(ctx), method=endpoint.method, path=endpoint.path, status=status)


def consumed(consumer: str, events: Iterable[Event], milliseconds: float, is_done: bool,
             numbers: Mapping[str, int] | None = None) -> None:
    """The line of events a consumer was given together: how old they were when it had done them, or that it failed; with
    `numbers` that are metrics too."""
    found = list(events)
    if not found:
        return
    first, now = found[0], time.time()
    lags = [max(0, round((now - event.at.timestamp()) * 1000)) for event in found[:MAX_VALUES]]
    values: dict[str, Value] = {"EventsFailed": 0 if is_done else len(found), **UNITS.taken()}
    if is_done:
        values["EventLag"] = lags if len(lags) > 1 else lags[0]
        values |= numbers or {}
    measure("event", values, {metrics.DOMAIN: consumer}, logging.INFO if is_done else logging.ERROR, tenant=first.tenant_id,
            request_id=first.request_id, consumer=consumer, milliseconds=round(milliseconds, 1),
            **correlations(event.correlation_id or event.request_id for event in found),
            **({"event": first.type, "event_id": first.id} if len(found) == 1 else {"events": sorted({e.type for e in found})}))


def counted(events: Iterable[Event]) -> dict[str, int]:
    """How many of a batch are what `metrics.COUNTED` names; for the one consumer that hears everything."""
    numbers = dict.fromkeys(metrics.COUNTED.values(), 0)
    for event in events:
        if event.type in metrics.COUNTED:
            numbers[metrics.COUNTED[event.type]] += 1
    return numbers


def correlations(found: Iterable[str]) -> dict[str, Any]:
    """One id, or those of several pieces of work that came together: the first twenty."""
    distinct = list(dict.fromkeys(found))[:_IDS_SHOWN]
    return {"correlation_id": distinct[0]} if len(distinct) == 1 else {"correlation_ids": distinct}


def crash(error: BaseException, request_id: str, endpoint: Endpoint | None = None, **facts: Any) -> None:
    """A defect of ours: the stack, without the values in it."""
    where = f"{endpoint.method} {endpoint.path}" if endpoint else ""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    log(logging.ERROR, "crash", request_id=request_id, where=where, error=type(error).__name__, text=scrubbed(str(error)),
        frames=frames[-12:], **facts)

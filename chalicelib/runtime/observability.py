"""One JSON log line per request and per message: who, what, how long, with the request id that ties them together.

No body, no header, no secret and no personal value is ever logged.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.runtime.endpoints import Endpoint

logger = logging.getLogger("comptoir")
if not logger.handlers:
    _handler = logging.StreamHandler(sys.stdout)
    _handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(_handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)


def log(level: int, message: str, **facts: Any) -> None:
    """One structured line."""
    if logger.isEnabledFor(level):
        logger.log(level, json.dumps({"level": logging.getLevelName(level), "message": message, **facts}, default=str))


def access(ctx: Context, endpoint: Endpoint, status: int, seconds: float) -> None:
    """The access line of a request; successful ones only when debugging, for the gateway logs them too."""
    level = logging.DEBUG if status < 400 else logging.INFO
    log(level, "request", tenant=ctx.tenant_id, request_id=ctx.request_id, method=endpoint.method, path=endpoint.path,
        status=status, milliseconds=round(seconds * 1000, 1))


def crash(error: BaseException, request_id: str, endpoint: Endpoint | None = None, **facts: Any) -> None:
    """A defect of ours: the stack, without the values in it."""
    where = f"{endpoint.method} {endpoint.path}" if endpoint else ""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    log(logging.ERROR, "crash", request_id=request_id, where=where, error=type(error).__name__, text=str(error)[:300],
        frames=frames[-12:], **facts)

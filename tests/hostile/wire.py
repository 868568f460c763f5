"""The API without the wire: a WSGI application over the very gateway and entry that a request passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from infra.local import gateway


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One request through gateway event and Lambda's entry; a raise becomes 502, as behind API Gateway."""
    import app

    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    answer = gateway.call(app.entry, "api", environ, body)
    start_response(answer.status_line(), list(answer.headers))
    return [answer.body]

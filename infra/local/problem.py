"""Answers of the local server itself, as problem details (RFC 9457), like every error of the API."""
from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer: status, headers in order, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def status_line(self) -> str:
        """The status as WSGI wants it: `404 Not Found`."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return f"{self.status} Status"


def problem(status: int, code: str, detail: str, *headers: tuple[str, str]) -> HttpAnswer:
    """A problem answer with a stable `code`; `detail` is for the reader."""
    content = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    fixed = (("Content-Type", "application/problem+json"), ("X-Content-Type-Options", "nosniff"))
    return HttpAnswer(status, fixed + headers, json.dumps(content).encode())

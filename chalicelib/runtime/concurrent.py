"""Chalice that is safe under threads.

Chalice keeps the current request and the Lambda context on the app object; with several threads one request reads
another's. Here both attributes are kept per execution context.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from chalice.app import Chalice

_request: ContextVar[Any] = ContextVar("current_request", default=None)
_context: ContextVar[Any] = ContextVar("lambda_context", default=None)


class ConcurrentChalice(Chalice):
    """A Chalice app whose `current_request` and `lambda_context` belong to the thread that serves them."""

    @property
    def current_request(self) -> Any:
        return _request.get()

    @current_request.setter
    def current_request(self, value: Any) -> None:
        _request.set(value)

    @property
    def lambda_context(self) -> Any:
        return _context.get()

    @lambda_context.setter
    def lambda_context(self, value: Any) -> None:
        _context.set(value)

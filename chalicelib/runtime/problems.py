"""Errors as RFC 9457 problem documents; the only place where an error class becomes an HTTP status."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec, errors
from chalicelib.storage.transaction import Refused

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Stale, 412),
    (errors.Conflict, 409),
    (errors.LimitExceeded, 429),
    (errors.Unavailable, 503),
    (errors.Invalid, 400),
)
_BY_CODE = {"body_too_large": 413, "unsupported_media_type": 415, "method_not_allowed": 405,
            "idempotency_key_reused": 422, "subscription_read_only": 402, "subscription_suspended": 402,
            "plan_limit_seats": 402, "plan_limit_channels": 402, "plan_limit_orders": 402, "plan_limit_storage": 402,
            "payment_declined": 402}


def flatten(error: Exception) -> errors.DomainError | None:
    """The one error to show for `error`; several refusals of one transaction become one with all their fields."""
    if isinstance(error, Refused):
        first, *others = error.errors
        for each in others:
            first.fields.update(each.fields)
        return first
    return error if isinstance(error, errors.DomainError) else None


def status_of(error: errors.DomainError) -> int:
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def body(code: str, detail: str, status: int, request_id: str, **more: Any) -> str:
    """The problem document as JSON text."""
    return codec.compact({"type": f"urn:comptoir:problem:{code}", "title": code.replace("_", " ").capitalize(),
                          "status": status, "code": code, "detail": detail, "request_id": request_id, **more})


def from_error(error: errors.DomainError, request_id: str) -> tuple[int, str, dict[str, str]]:
    """Status, body and extra headers for a domain error."""
    status = status_of(error)
    headers: dict[str, str] = {}
    more: dict[str, Any] = {}
    if error.fields:
        more["fields"] = error.fields
    if error.facts:
        more["facts"] = codec.plain(error.facts, dict[str, Any])
    if isinstance(error, errors.LimitExceeded) and error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = "1"
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return status, body(error.code, error.detail, status, request_id, **more), headers

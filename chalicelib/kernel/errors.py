"""The few errors a use case raises. Each carries a stable `code`; only the edge knows HTTP statuses.

Bulk work (imports, pre-flight checks) returns `Problem` values instead, one per line and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a piece of input: where (`path`, or `line` and `column` of a file) and why."""

    code: str
    detail: str
    path: str = ""
    line: int | None = None
    column: str | None = None


class DomainError(Exception):
    """A refusal the caller can understand and act on.

    `code` is stable and translatable, `detail` is an English sentence, `fields` maps a field path to its problem.
    """

    status_hint = "invalid"

    def __init__(self, code: str, detail: str, fields: Mapping[str, str] | None = None, **facts: object) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.fields = dict(fields or {})
        self.facts = facts


class Invalid(DomainError):
    """The input itself is wrong; sending it again unchanged will fail again."""


class NotFound(DomainError):
    """No such thing in this tenant. A foreign tenant's id raises exactly the same error."""

    def __init__(self, kind: str, code: str = "not_found") -> None:
        super().__init__(code, f"There is no such {kind.replace('_', ' ')}.")


class Conflict(DomainError):
    """The input is fine but the present state refuses it (stale version, wrong state, duplicate)."""


class Stale(Conflict):
    """The document changed since the caller read it; `facts` carry nothing of the newer state, `kind` tells which it is."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__("stale_version", f"This {kind.replace('_', ' ')} was changed by somebody else meanwhile.")


class Forbidden(DomainError):
    """The caller is known but may not do this."""


class Unauthenticated(DomainError):
    """The caller is not known, or no longer."""

    def __init__(self, code: str = "unauthenticated", detail: str = "Sign in, or send a valid API key.") -> None:
        super().__init__(code, detail)


class LimitExceeded(DomainError):
    """Too much at once: attempts, sizes, rates. `retry_after_seconds` says when to come back, if ever."""

    def __init__(self, code: str, detail: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(DomainError):
    """A part we depend on did not answer; nothing was done, the same call may be sent again."""

    def __init__(self, detail: str = "A part of the service is not answering; send the same request again.") -> None:
        super().__init__("unavailable", detail)


class OutcomeUnknown(Unavailable):
    """The write may or may not have happened; sending it again with the same idempotency key settles it."""

    def __init__(self) -> None:
        super().__init__("The outcome is not known yet; send the same request with the same Idempotency-Key.")
        self.code = "outcome_unknown"


class AlreadyDone(Exception):
    """The command's marker was there before us: an earlier attempt committed. Carries what the marker says."""

    def __init__(self, marker: Mapping[str, object]) -> None:
        super().__init__("command already done")
        self.marker = dict(marker)

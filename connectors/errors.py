"""The few ways in which a call to a platform fails: each has a stable `code` and says whether to retry."""

from __future__ import annotations


class ConnectorError(Exception):
    """A call to a platform failed.

    `status` is its HTTP status if any, `platform_code` its own word for the error.
    """

    code = "connector_error"
    retryable = False

    def __init__(self, message: str, *, status: int | None = None, platform_code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.platform_code = platform_code


class Unauthorised(ConnectorError):
    """Key unknown, secret wrong, or a right is missing: a person must act."""

    code = "unauthorised"


class NotFound(ConnectorError):
    """The object is not there (`is_object`), or the whole API."""

    code = "not_found"

    def __init__(
        self, message: str, *, status: int | None = None, platform_code: str = "", is_object: bool = False
    ) -> None:
        super().__init__(message, status=status, platform_code=platform_code)
        self.is_object = is_object


class RateLimited(ConnectorError):
    """Too many calls; `retry_after_seconds` is what the platform asked for, None when it did not say."""

    code = "rate_limited"
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        platform_code: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, status=status, platform_code=platform_code)
        self.retry_after_seconds = retry_after_seconds


class OverBudget(RateLimited):
    """We would call the platform more often than agreed; nothing was sent, and it did nothing wrong."""

    code = "over_budget"


class Unavailable(ConnectorError):
    """No answer, or one that says "later". `outcome_unknown`: the platform may have done what was asked."""

    code = "unavailable"
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        platform_code: str = "",
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message, status=status, platform_code=platform_code)
        self.outcome_unknown = outcome_unknown


class TimedOut(Unavailable):
    """The exchange was left behind: it took longer than it may."""

    code = "timed_out"


class Rejected(ConnectorError):
    """The platform understood and refused; the same call would be refused again."""

    code = "rejected"


class Malformed(ConnectorError):
    """The answer cannot be read: not JSON, not the promised shape, too large."""

    code = "malformed"


class TargetForbidden(ConnectorError):
    """The address is private, link-local, metadata or not http(s), or it redirects elsewhere: then to `location`."""

    code = "target_forbidden"

    def __init__(self, message: str, *, status: int | None = None, location: str = "") -> None:
        super().__init__(message, status=status)
        self.location = location

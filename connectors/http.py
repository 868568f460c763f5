"""The one HTTP function through which every connector call passes.

`send` adds to a bare exchange what every call to a stranger's server needs: a target check, retries of calls
that may be repeated, redirects only within one server, and a log line without secrets. The exchange itself is
done by the module's transport, which a simulator or a recording replaces with `using_transport`.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import urllib3

from connectors.errors import Malformed, TargetForbidden, TimedOut, Unavailable
from connectors.targets import Target, pin, split_target

LOG = logging.getLogger("connectors.http")
SAFE_METHODS = frozenset({"GET", "HEAD"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
MAX_REDIRECTS = 3
CHUNK_BYTES = 65_536
_SECRET_NAMES = ("oauth_", "consumer_", "secret", "token", "password", "key", "signature", "auth")


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, passed in so that a test or a simulator can own them. `random` gives [0, 1)."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    random: Callable[[], float]


SYSTEM_CLOCK = Clock(lambda: datetime.now(UTC), time.sleep, random.SystemRandom().random)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. `repeatable` marks a write that may be sent twice (absolute values); reads always may.

    `authorise` signs the request just before each attempt, because a nonce must never be sent twice.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    repeatable: bool = False
    authorise: Callable[[HttpRequest], HttpRequest] | None = field(default=None, repr=False)

    @property
    def may_repeat(self) -> bool:
        """True when sending twice has the effect of sending once."""
        return self.repeatable or self.method in SAFE_METHODS


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer; header names are lower case, the body is decoded from its content encoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def always() -> None:
    """Every call may be made at once."""


@dataclass(frozen=True, slots=True)
class HttpPolicy:
    """Limits of one call. `deadline_seconds` bounds all attempts together, waits included.

    `abandon_seconds` bounds one whole exchange, for servers that anybody may name: one that sends its headers
    drop by drop passes every limit on a single read. `admit` is asked before every single exchange, repeats and
    redirects included: it waits for the budget of calls, or raises OverBudget.
    """

    allow_loopback: bool = False
    connect_timeout_seconds: float = 5.0
    read_timeout_seconds: float = 30.0
    deadline_seconds: float = 60.0
    attempts: int = 4
    backoff_seconds: float = 0.5
    max_backoff_seconds: float = 20.0
    max_body_bytes: int = 32_000_000
    abandon_seconds: float | None = None
    admit: Callable[[], None] = always


Transport = Callable[[HttpRequest, HttpPolicy, Clock], HttpResponse]


@lru_cache(maxsize=1)
def _pools() -> urllib3.PoolManager:
    """Kept connections to shops; certificates are checked against the system's authorities."""
    return urllib3.PoolManager(
        num_pools=64, maxsize=4, ssl_context=ssl.create_default_context(), retries=False
    )


def urllib3_transport(request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
    """One exchange over the network with a pinned, permitted address; the next one if it does not connect.

    Raises Unavailable, TimedOut, Malformed, TargetForbidden.
    """
    if policy.abandon_seconds is None:
        return _reach(request, policy, clock)
    return _within(policy.abandon_seconds, lambda: _reach(request, policy, clock), request.may_repeat)


def _within(seconds: float, work: Callable[[], HttpResponse], may_repeat: bool) -> HttpResponse:
    """What `work` answers or raises, or TimedOut after so many seconds: it goes on by itself then and ends with its
    connection."""
    found: list[HttpResponse | BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as problem:
            found.append(problem)

    thread = threading.Thread(target=run, name="exchange", daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise TimedOut(f"no whole answer within {seconds:g} s", outcome_unknown=not may_repeat)
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _reach(request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
    *others, last = pin(split_target(request.url), policy.allow_loopback)
    for target in others:
        try:
            return _exchange(request, target, policy, clock)
        except _NotConnected:
            continue
    return _exchange(request, last, policy, clock)


class _NotConnected(Unavailable):
    """Nothing was sent."""


def _exchange(request: HttpRequest, target: Target, policy: HttpPolicy, clock: Clock) -> HttpResponse:
    names = (
        {"assert_hostname": target.host, "server_hostname": target.host} if target.scheme == "https" else {}
    )
    pool = _pools().connection_from_host(target.address, target.port, target.scheme, pool_kwargs=names)
    timeout = urllib3.Timeout(connect=policy.connect_timeout_seconds, read=policy.read_timeout_seconds)
    headers = {"Accept-Encoding": "gzip", **request.headers, "Host": target.authority}
    deadline = clock.now().timestamp() + policy.deadline_seconds
    try:
        response = pool.urlopen(
            request.method, target.path_and_query, body=request.body, headers=headers, timeout=timeout,
            redirect=False, retries=False, preload_content=False, assert_same_host=False,
        )  # fmt: skip
        try:
            body = _read_capped(response, policy.max_body_bytes, deadline, clock)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return HttpResponse(
            response.status, {name.lower(): value for name, value in response.headers.items()}, body
        )
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
        raise _NotConnected(f"{target.host} does not accept a connection") from None
    except urllib3.exceptions.SSLError:
        raise Unavailable(f"{target.host} has no valid certificate") from None
    except (urllib3.exceptions.DecodeError, urllib3.exceptions.LocationParseError):
        raise Malformed(f"{target.host} sent an answer that cannot be decoded") from None
    except (urllib3.exceptions.HTTPError, OSError) as problem:
        text = f"{target.host} broke off: {type(problem).__name__}"
        raise Unavailable(text, outcome_unknown=not request.may_repeat) from None


def _read_capped(response: urllib3.BaseHTTPResponse, cap: int, deadline: float, clock: Clock) -> bytes:
    """Read the body by what has arrived, so that neither a huge nor an endlessly dripping answer holds us."""
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(CHUNK_BYTES):
        size += len(chunk)
        if size > cap:
            raise Malformed(f"the answer is larger than {cap} bytes", status=response.status)
        if clock.now().timestamp() > deadline:
            raise urllib3.exceptions.ProtocolError("the answer takes too long")
        chunks.append(chunk)
    return b"".join(chunks)


_transport: Transport = urllib3_transport


@contextmanager
def using_transport(transport: Transport) -> Iterator[None]:
    """Let `transport` stand where the network was, for the length of a `with` block (the whole process, all
    threads).
    """
    global _transport
    previous, _transport = _transport, transport
    try:
        yield
    finally:
        _transport = previous


def send(request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
    """Send `request` and give the last answer, whatever its status; reading the status is the caller's.

    Calls that may repeat are tried again on no answer, 429 and 5xx: after what Retry-After asks, or else
    after a time drawn from [0, backoff · 2ⁿ] (full jitter: Brooker, "Exponential Backoff And Jitter"). Raises
    Unavailable when no answer came, Malformed when it is too large, TargetForbidden when the address or a
    redirect is not allowed.
    """
    started = clock.now()
    attempts = policy.attempts if request.may_repeat else 1
    for attempt in range(attempts):
        wait = clock.random() * min(policy.max_backoff_seconds, policy.backoff_seconds * 2**attempt)
        elapsed = (clock.now() - started).total_seconds()
        left = replace(policy, deadline_seconds=max(policy.deadline_seconds - elapsed, 0.001))
        last = attempt + 1 == attempts
        try:
            response = _follow(request, left, clock)
        except Unavailable as problem:
            LOG.warning("%s %s: %s", request.method, redacted(request.url), problem.message)
            if last or not _time_for(wait, started, policy, clock):
                raise
        else:
            wait = max(wait, retry_after_seconds(response.headers, clock.now()) or 0.0)
            if response.status not in RETRIED_STATUSES or last or not _time_for(wait, started, policy, clock):
                return response
        clock.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _time_for(wait: float, started: datetime, policy: HttpPolicy, clock: Clock) -> bool:
    return (clock.now() - started).total_seconds() + wait < policy.deadline_seconds


def _follow(request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
    """One attempt, following redirects of reads within the same server only."""
    origin = split_target(request.url).origin
    current = request
    for _hop in range(MAX_REDIRECTS + 1):
        policy.admit()
        signed = current.authorise(current) if current.authorise else current
        began = clock.now()
        response = _transport(signed, policy, clock)
        milliseconds = (clock.now() - began).total_seconds() * 1000
        LOG.info("%s %s: %d in %.0f ms", current.method, redacted(current.url), response.status, milliseconds)
        location = response.headers.get("location", "")
        if response.status not in REDIRECTS:
            return response
        destination = urljoin(current.url, location)
        if not location or current.method not in SAFE_METHODS or split_target(destination).origin != origin:
            raise TargetForbidden(
                f"it redirects to {redacted(destination)}: enter its final address",
                status=response.status,
                location=destination if location else "",
            )
        current = replace(current, url=destination)
    raise TargetForbidden("it redirects in circles", status=response.status)


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a Retry-After header (RFC 9110 §10.2.3: seconds or a date) asks for; None without a
    readable one.
    """
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max((moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds(), 0.0)


def redacted(url: str) -> str:
    """`url` fit for logs and messages: without the values of secret parameters, without user names."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "(unreadable address)"
    query = [
        (name, "***" if any(part in name.lower() for part in _SECRET_NAMES) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    authority = f"{host}:{port}" if port else host
    return f"{parts.scheme}://{authority}{parts.path}" + (f"?{urlencode(query, safe='*')}" if query else "")

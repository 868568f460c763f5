"""Shapes of outgoing webhooks, and the pure decisions about them: when to try again, when to leave an endpoint alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.kernel.documents import Document
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.states import Transitions

PING = "ping"
RETRY_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 59_095, 86_400)
"""The waits between attempts, three days in all (Standard Webhooks 1.0, "Deliverability and reliability", asks for several
days with growing waits)."""
LONGEST_RETRY_AFTER = 86_400
KEPT = timedelta(days=30)
ATTEMPTS_KEPT = 20
ANSWER_CHARACTERS = 1_024
OVERLAP = timedelta(hours=24)
FAILING_LONG = timedelta(days=2)
"""An endpoint that refuses a message to the end, and has taken none for so long, is switched off."""
PAUSE_AFTER, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 3, 10, 600
LOST_AFTER = timedelta(minutes=15)
"""A message whose turn has passed for so long has lost its place in the queue."""

ENDPOINT_TRANSITIONS: Transitions = {
    ("active", "disable"): "disabled",
    ("disabled", "enable"): "active",
}
MESSAGE_TRANSITIONS: Transitions = {
    ("pending", "deliver"): "delivered",
    ("pending", "fail"): "failed",
    ("pending", "resend"): "pending",
    ("failed", "resend"): "pending",
    ("delivered", "resend"): "pending",
}


@entity
class WebhookEndpoint:
    """A URL of the tenant's that is told of `event_types`. After a new secret the previous one signs too, until
    `previous_until`. `disabled_code` tells why it was switched off: by_hand, gone (it answered 410), failing, key_revoked.
    `key_id` is the API key that made it, "" when a person did."""

    id: str
    version: int = 0
    name: str
    url: str
    event_types: tuple[str, ...]
    state: str = "active"
    disabled_code: str = ""
    disabled_at: datetime | None = None
    sealed_secret: str
    previous_sealed_secret: str = ""
    previous_until: datetime | None = None
    created_at: datetime
    created_by: str = ""
    key_id: str = ""


@entity
class Attempt:
    """One call. `status` is what the endpoint answered, None when it did not; `code` is delivered, refused, unreachable,
    timed_out, redirected or forbidden_target; `answer` the beginning of what it said."""

    at: datetime
    code: str
    status: int | None = None
    milliseconds: int = 0
    answer: str = ""


@entity
class WebhookMessage:
    """One event told to one endpoint. `turn` numbers the calls to send it, so an old one is recognised; `step` is how many
    waits it has had; `is_queued` that its turn stands in the queue already. `code` tells how it ended."""

    id: str
    version: int = 0
    endpoint_id: str
    webhook_id: str
    event_type: str
    subject_kind: str = ""
    subject_id: str = ""
    subject_number: str = ""
    body: str
    state: str = "pending"
    code: str = ""
    attempts: tuple[Attempt, ...] = ()
    attempt_count: int = 0
    turn: int = 1
    step: int = 0
    is_queued: bool = True
    next_attempt_at: datetime | None = None
    created_at: datetime
    settled_at: datetime | None = None


@entity
class Health:
    """How an endpoint does: failures in a row and since when, until when it is left alone, when it last took a message."""

    failure_count: int = 0
    failing_since: datetime | None = None
    open_until: datetime | None = None
    last_success_at: datetime | None = None


WEBHOOK_ENDPOINT: Document[WebhookEndpoint] = Document(
    "webhook_endpoint", "whe", WebhookEndpoint,
    lambda e: {"name": e.name[:60], "url": e.url[:160], "state": e.state, "event_count": len(e.event_types),
               "disabled_code": e.disabled_code, "created_at": e.created_at.isoformat()},
    by_list=lambda e: ("WEBHOOK_ENDPOINT", f"{e.created_at:%Y-%m-%dT%H:%M:%S.%f}#{e.id}"),
)
WEBHOOK_MESSAGE: Document[WebhookMessage] = Document(
    "webhook_message", "whm", WebhookMessage,
    lambda m: {"endpoint_id": m.endpoint_id, "event_type": m.event_type, "subject_kind": m.subject_kind,
               "subject_id": m.subject_id[:60], "subject_number": m.subject_number[:40], "state": m.state, "code": m.code,
               "status": m.attempts[-1].status if m.attempts else None, "attempt_count": m.attempt_count,
               "created_at": m.created_at.isoformat(),
               "next_attempt_at": m.next_attempt_at.isoformat() if m.next_attempt_at else None},
    by_list=lambda m: ("WEBHOOK_MESSAGE", f"{m.created_at:%Y-%m-%dT%H:%M:%S.%f}#{m.id}"),
    by_ref=lambda m: (f"WEBHOOK_MESSAGES_OF#{m.endpoint_id}", f"{m.created_at:%Y-%m-%dT%H:%M:%S.%f}#{m.id}"),
    by_due=lambda m: ("DUE#webhook", f"{m.next_attempt_at.isoformat()}#{m.id}") if m.next_attempt_at else None,
    expires_at=lambda m: m.created_at + KEPT,
)


@command
class EndpointBody:
    """An endpoint as it shall be: an https address on the public internet, and the events it wants to hear of."""

    name: str
    url: str
    event_types: tuple[str, ...]


@command
class Recover:
    """Everything that failed since this instant (ISO 8601, with its zone) is sent again."""

    since: datetime


def retry_at(step: int, now: datetime, chance: float, retry_after_seconds: float | None = None) -> datetime | None:
    """When a message that has had `step` waits is tried again; None when it has had them all. Each wait is drawn within 5 %
    of the table's (`chance`: 0 ≤ x < 1), so that those that failed together do not come back together; longer when the
    endpoint asked for it (Retry-After), a day at most."""
    if step >= len(RETRY_SECONDS):
        return None
    seconds = RETRY_SECONDS[step] * (0.95 + chance / 10)
    return now + timedelta(seconds=max(seconds, min(retry_after_seconds or 0.0, LONGEST_RETRY_AFTER)))


def tried(message: WebhookMessage, attempt: Attempt) -> WebhookMessage:
    """The message with one more attempt in its log; the oldest make room."""
    return replace(message, attempts=(*message.attempts, attempt)[-ATTEMPTS_KEPT:], attempt_count=message.attempt_count + 1)


def waiting(message: WebhookMessage, at: datetime, is_queued: bool) -> WebhookMessage:
    """The message until its next attempt."""
    return replace(message, turn=message.turn + 1, step=message.step + 1, is_queued=is_queued, next_attempt_at=at)


def settled(message: WebhookMessage, state: str, code: str, now: datetime) -> WebhookMessage:
    """The message at its end."""
    return replace(message, state=state, code=code, next_attempt_at=None, is_queued=False, settled_at=now)


def again(message: WebhookMessage, now: datetime) -> WebhookMessage:
    """The message sent once more from the beginning, three days of attempts included."""
    return replace(message, state="pending", code="", turn=message.turn + 1, step=0, is_queued=True, next_attempt_at=now,
                   settled_at=None)


def succeeded(health: Health, now: datetime) -> Health:
    """After an answer that takes the message."""
    return Health(last_success_at=now)


def failed(health: Health, now: datetime, chance: float) -> Health:
    """After one that does not. From the third failure in a row the endpoint is left alone for 10 s doubling up to 10 min,
    half of it drawn, so that a dead one costs few calls however many messages wait for it."""
    count = health.failure_count + 1
    pause = min(FIRST_PAUSE_SECONDS * 2 ** min(count - PAUSE_AFTER, 10), LONGEST_PAUSE_SECONDS) if count >= PAUSE_AFTER else 0
    return replace(health, failure_count=count, failing_since=health.failing_since or now,
                   open_until=now + timedelta(seconds=pause * (0.5 + chance / 2)) if pause else None)


def is_paused(health: Health, now: datetime) -> bool:
    """Whether the endpoint is being left alone."""
    return health.open_until is not None and now < health.open_until


def is_failing_long(health: Health, now: datetime) -> bool:
    """Whether it has taken nothing for days."""
    return health.failing_since is not None and now - health.failing_since >= FAILING_LONG

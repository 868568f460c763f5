"""Messages: made of events, sent turn by turn, tried again for three days, sent again when somebody asks.

An event makes one message for each endpoint that listens, with an id that follows from both, so a second delivery makes no
second message. A message's turn is an event of its own in the queue: its tenant's turns wait for one another at most. A wait
of up to fifteen minutes is the queue's; longer ones end by a schedule, which also finds turns that were lost.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Unavailable
from chalicelib.kernel.event import Event
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.states import next_state
from chalicelib.runtime.settings import settings
from chalicelib.storage import read, single
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.webhooks import catalogue, model, service, signing
from chalicelib.webhooks.model import (
    MESSAGE_TRANSITIONS,
    WEBHOOK_ENDPOINT,
    WEBHOOK_MESSAGE,
    Attempt,
    Health,
    WebhookEndpoint,
    WebhookMessage,
)
from connectors import errors
from connectors.http import Clock, HttpPolicy, HttpRequest, retry_after_seconds, send

TIMEOUT_SECONDS = 15.0
SPARE_SECONDS = TIMEOUT_SECONDS + 5
LONGEST_DELAY_SECONDS = 900
BEAT_MINUTES = 5
AT_ONCE = 40
LOOKED_AT = 1_000
MAX_ANSWER_BYTES = 65_536
SUCCESS_EVERY = timedelta(hours=1)
SLOW_SECONDS, SLOW_CALLS = 1.0, 2
"""So many calls of this process that an endpoint keeps waiting for longer than this: its further turns come later."""
GONE = 410


# -- of events, messages ---------------------------------------------------------------------------------------------


def plan(ctx: Context, event: Event) -> None:
    """Makes a message of the event for every endpoint that listens."""
    endpoint_ids = service.listeners(ctx, event.type)
    if not endpoint_ids:
        return
    body = catalogue.payload(event, settings().public_url)
    tx = Transaction(ctx)
    for endpoint_id in endpoint_ids:
        message = tx.create(WEBHOOK_MESSAGE, WebhookMessage(
            id=derived_id(WEBHOOK_MESSAGE.prefix, endpoint_id, event.id), endpoint_id=endpoint_id,
            webhook_id=catalogue.message_id(event.id), event_type=event.type, subject_kind=event.kind,
            subject_id=event.entity_id, subject_number=str(event.data.get("number", "")), body=body, created_at=ctx.now,
            next_attempt_at=ctx.now))
        service.due(tx, message)
    tx.commit()


# -- one attempt -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call. `retry_after_seconds` is what the endpoint asked for."""

    attempt: Attempt
    retry_after_seconds: float | None = None

    @property
    def is_taken(self) -> bool:
        return self.attempt.code == "delivered"

    @property
    def is_gone(self) -> bool:
        return self.attempt.status == GONE


class UnderWay:
    """The calls this process has under way, by endpoint: what one hangs in must not become all that the process does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[str, list[float]] = {}

    @contextmanager
    def calling(self, ctx: Context, endpoint_id: str) -> Iterator[None]:
        """Counts a call for the length of a `with` block."""
        began = ctx.clock.monotonic()
        with self._lock:
            self._begun.setdefault(endpoint_id, []).append(began)
        try:
            yield
        finally:
            with self._lock:
                self._begun[endpoint_id].remove(began)
                if not self._begun[endpoint_id]:
                    del self._begun[endpoint_id]

    def hangs(self, ctx: Context, endpoint_id: str) -> bool:
        """Whether the endpoint keeps us waiting already."""
        now = ctx.clock.monotonic()
        with self._lock:
            return sum(now - began > SLOW_SECONDS for began in self._begun.get(endpoint_id, ())) >= SLOW_CALLS


UNDER_WAY = UnderWay()


def take_turn(ctx: Context, event: Event) -> None:
    """Sends a message whose turn it is; nothing for a turn that is over already. Raises Unavailable when there is no time
    for a call, for the queue to bring it again."""
    message = read.find(ctx, WEBHOOK_MESSAGE, event.entity_id)
    if message is None or message.state != "pending" or message.turn != event.data["turn"]:
        return
    endpoint = read.find(ctx, WEBHOOK_ENDPOINT, message.endpoint_id)
    if endpoint is None or endpoint.state != "active":
        code = "endpoint_removed" if endpoint is None else "endpoint_disabled"
        _save(ctx, message, model.settled(message, next_state(MESSAGE_TRANSITIONS, message.state, "fail"), code, ctx.now))
        return
    health = service.healths(ctx, [endpoint.id])[endpoint.id]
    if model.is_paused(health, ctx.clock.now()) and not event.data.get("by_hand"):
        _put_off(ctx, message, endpoint, health)
        return
    if ctx.remaining_seconds() < SPARE_SECONDS:
        raise Unavailable("There is no time left for a call.")
    if UNDER_WAY.hangs(ctx, endpoint.id) and not event.data.get("by_hand"):
        _later(ctx, message)
        return
    with UNDER_WAY.calling(ctx, endpoint.id):
        outcome = call(ctx, endpoint, message)
    _record(ctx, endpoint, message, outcome, health)


def call(ctx: Context, endpoint: WebhookEndpoint, message: WebhookMessage) -> Outcome:
    """One signed POST: no redirect is followed, no inner address is called, it ends after fifteen seconds."""
    began, started = ctx.clock.now(), ctx.clock.monotonic()
    body = message.body.encode()
    signed = signing.headers(service.signing_secrets(ctx, endpoint), message.webhook_id, int(began.timestamp()), body)
    request = HttpRequest("POST", endpoint.url, {
        "Content-Type": "application/json", "User-Agent": "Comptoir-Webhooks/1.0", **signed}, body)
    policy = HttpPolicy(allow_loopback=settings().allow_loopback, read_timeout_seconds=TIMEOUT_SECONDS,
                        deadline_seconds=TIMEOUT_SECONDS, attempts=1, max_body_bytes=MAX_ANSWER_BYTES,
                        abandon_seconds=TIMEOUT_SECONDS)
    clock = Clock(ctx.clock.now, ctx.clock.sleep, ctx.chance.uniform)
    retry_after: float | None = None
    status: int | None = None
    try:
        response = send(request, policy, clock)
        status, answer = response.status, response.body.decode("utf-8", "replace")[: model.ANSWER_CHARACTERS]
        code = "delivered" if 200 <= status < 300 else "refused"
        retry_after = retry_after_seconds(response.headers, began)
    except errors.TimedOut as trouble:
        code, answer = "timed_out", trouble.message
    except errors.TargetForbidden as refusal:
        status, answer = refusal.status, refusal.message
        code = "forbidden_target" if status is None else "redirected"
    except errors.Malformed as trouble:
        status, answer = trouble.status, trouble.message
        code = "delivered" if status is not None and 200 <= status < 300 else "refused"
    except errors.ConnectorError as trouble:
        code, answer = "unreachable", trouble.message
    milliseconds = int((ctx.clock.monotonic() - started) * 1000)
    return Outcome(Attempt(at=began, code=code, status=status, milliseconds=milliseconds, answer=answer), retry_after)


def _record(ctx: Context, endpoint: WebhookEndpoint, message: WebhookMessage, outcome: Outcome, health: Health) -> None:
    """Keeps what came of a call: the message's log and next turn, the endpoint's health, its end when it asks for it."""
    now = ctx.clock.now()
    logged = model.tried(message, outcome.attempt)
    if outcome.is_taken:
        _save(ctx, message, model.settled(logged, next_state(MESSAGE_TRANSITIONS, message.state, "deliver"), "delivered", now))
        if health.failure_count or health.last_success_at is None or now - health.last_success_at >= SUCCESS_EVERY:
            _put_health(ctx, endpoint.id, model.succeeded(health, now))
        return
    health = model.failed(health, now, ctx.chance.uniform())
    _put_health(ctx, endpoint.id, health)
    at = None if outcome.is_gone else model.retry_at(message.step, now, ctx.chance.uniform(), outcome.retry_after_seconds)
    if at is not None:
        _wait(ctx, message, logged, at)
        return
    tx = Transaction(ctx)
    state = next_state(MESSAGE_TRANSITIONS, message.state, "fail")
    tx.save(WEBHOOK_MESSAGE, message, model.settled(logged, state, "gone" if outcome.is_gone else "exhausted", now))
    if outcome.is_gone or model.is_failing_long(health, now):
        service.disabling_writes(tx, endpoint, "gone" if outcome.is_gone else "failing")
    tx.commit()


def _put_off(ctx: Context, message: WebhookMessage, endpoint: WebhookEndpoint, health: Health) -> None:
    """A message to an endpoint that is left alone waits as after a failure, without a call; after its last wait it fails."""
    now = ctx.clock.now()
    at = model.retry_at(message.step, now, ctx.chance.uniform())
    if at is None:
        tx = Transaction(ctx)
        state = next_state(MESSAGE_TRANSITIONS, message.state, "fail")
        tx.save(WEBHOOK_MESSAGE, message, model.settled(message, state, "exhausted", now))
        if model.is_failing_long(health, now):
            service.disabling_writes(tx, endpoint, "failing")
        tx.commit()
        return
    paused_until = (health.open_until or now) + timedelta(seconds=5 * ctx.chance.uniform())
    _wait(ctx, message, message, max(at, paused_until))


def _later(ctx: Context, message: WebhookMessage) -> None:
    """Another turn in a quarter of a minute, which is no attempt and no wait of the table."""
    tx = Transaction(ctx)
    at = ctx.clock.now() + timedelta(seconds=TIMEOUT_SECONDS)
    saved = tx.save(WEBHOOK_MESSAGE, message, replace(message, turn=message.turn + 1, next_attempt_at=at))
    service.due(tx, saved, int(TIMEOUT_SECONDS))
    tx.commit()


def _wait(ctx: Context, old: WebhookMessage, logged: WebhookMessage, at: datetime) -> None:
    seconds = max(int((at - ctx.clock.now()).total_seconds()), 0)
    is_queued = seconds <= LONGEST_DELAY_SECONDS
    tx = Transaction(ctx)
    saved = tx.save(WEBHOOK_MESSAGE, old, model.waiting(logged, at, is_queued))
    if is_queued:
        service.due(tx, saved, seconds)
    tx.commit()


def _save(ctx: Context, old: WebhookMessage, new: WebhookMessage) -> None:
    tx = Transaction(ctx)
    tx.save(WEBHOOK_MESSAGE, old, new)
    tx.commit()


def _put_health(ctx: Context, endpoint_id: str, health: Health) -> None:
    single.put(ctx, Item(service.health_key(ctx, endpoint_id), "webhook_health", ctx.tenant_id, codec.store(health)))


# -- again -----------------------------------------------------------------------------------------------------------


def resend(ctx: Context, message: WebhookMessage) -> WebhookMessage:
    """Sends a message once more, at once, whatever came of it, under its `webhook-id`. Raises Conflict `wrong_state` when
    its endpoint is removed or switched off, Stale."""
    endpoint = read.find(ctx, WEBHOOK_ENDPOINT, message.endpoint_id)
    if endpoint is None or endpoint.state != "active":
        raise Conflict("wrong_state", "Its endpoint is switched off or removed.")
    next_state(MESSAGE_TRANSITIONS, message.state, "resend")
    tx = Transaction(ctx)
    saved = tx.save(WEBHOOK_MESSAGE, message, model.again(message, ctx.now))
    service.due(tx, saved, by_hand=True)
    tx.answers(200, WEBHOOK_MESSAGE.kind, saved.id, saved.version)
    tx.commit()
    return saved


def recover(ctx: Context, event: Event) -> None:
    """Sends again one page of what failed since an instant, oldest first, and asks for the next page."""
    since = datetime.fromisoformat(str(event.data["since"]))
    page = read.query(ctx, "by_ref", f"WEBHOOK_MESSAGES_OF#{event.entity_id}", limit=AT_ONCE, newest_first=False,
                      between=(f"{since:%Y-%m-%dT%H:%M:%S.%f}", "\uffff"), start=event.data.get("start"))
    failed = [str(row["id"]) for row in page.items if row["state"] == "failed"]
    tx = Transaction(ctx)
    for message in read.get_many(ctx, WEBHOOK_MESSAGE, failed).values():
        if message.state == "failed":
            service.due(tx, tx.save(WEBHOOK_MESSAGE, message, model.again(message, ctx.now)))
    if page.start:
        tx.emit("WebhookRecoveryAsked", WEBHOOK_ENDPOINT.kind, event.entity_id, event.version, {
            **event.data, "start": dict(page.start)})
    tx.commit()


def look_after(ctx: Context) -> None:
    """The beat: turns that come within its time are put into the queue, and turns that were lost once more."""
    horizon = ctx.now + timedelta(minutes=BEAT_MINUTES)
    start, looked = None, 0
    while looked < LOOKED_AT:
        page = read.query(ctx, "by_due", "DUE#webhook", between=("0", horizon.isoformat() + "\uffff"), newest_first=False,
                          limit=AT_ONCE, start=start)
        found = read.get_many(ctx, WEBHOOK_MESSAGE, [str(row["id"]) for row in page.items])
        _queue(ctx.step(f"{looked}"), [each for each in found.values() if _is_forgotten(each, ctx.now, horizon)])
        looked, start = looked + AT_ONCE, page.start
        if start is None:
            return


def _is_forgotten(message: WebhookMessage, now: datetime, horizon: datetime) -> bool:
    at = message.next_attempt_at
    if message.state != "pending" or at is None or at > horizon:
        return False
    return not message.is_queued or now - at >= model.LOST_AFTER


def _queue(ctx: Context, messages: list[WebhookMessage]) -> None:
    if not messages:
        return
    tx = Transaction(ctx)
    for message in messages:
        at = message.next_attempt_at or ctx.now
        saved = tx.save(WEBHOOK_MESSAGE, message, replace(
            message, turn=message.turn + 1, is_queued=True, next_attempt_at=max(at, ctx.now)))
        service.due(tx, saved, max(int((at - ctx.now).total_seconds()), 0))
    try:
        tx.commit()
    except (AlreadyDone, Conflict):
        return


def key_revoked(ctx: Context, event: Event) -> None:
    """Endpoints that an API key made are switched off with it: a leaked key leaves nothing that goes on listening."""
    page = read.query(ctx, "by_list", "WEBHOOK_ENDPOINT", limit=10 * service.MAX_ENDPOINTS)
    for endpoint in read.get_many(ctx, WEBHOOK_ENDPOINT, [str(row["id"]) for row in page.items]).values():
        if endpoint.key_id == event.entity_id and endpoint.state == "active":
            service.disable(ctx.step(endpoint.id), endpoint, "key_revoked")


def log_kept_since(ctx: Context) -> str:
    """Rows of the log older than this are gone, though the table may still hold them."""
    return (ctx.now - model.KEPT).isoformat()



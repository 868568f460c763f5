"""A program of the tenant's on this very machine that hears webhooks, and a tenant with a clock of its own that sends them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chalicelib.events.outbox import events_of
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import AlreadyDone
from chalicelib.kernel.event import Event
from chalicelib.runtime.worker import event_context
from chalicelib.storage import client, read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT, USER, Tenant, User
from chalicelib.webhooks import service
from chalicelib.webhooks.model import WEBHOOK_ENDPOINT, WEBHOOK_MESSAGE, EndpointBody, WebhookEndpoint, WebhookMessage
from chalicelib.webhooks.worker import HANDLERS, SCHEDULES


@dataclass(frozen=True, slots=True)
class Heard:
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """What it heard, and how it answers: (status, headers, body) of a message."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], tuple[int, dict[str, str], bytes]] = lambda heard: (204, {}, b"")


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A server on a free port of 127.0.0.1."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard = Heard({name.lower(): value for name, value in self.headers.items()}, body)
            found.heard.append(heard)
            status, headers, text = found.answer(heard)
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Nothing of it is shown."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


class Clock:
    """Time stands still until somebody moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Company:
    """A tenant whose queue is worked by hand: what is due, in the order of its time."""

    def __init__(self, new_ctx: Callable[..., Context]) -> None:
        self._new_ctx = new_ctx
        self.clock = Clock(new_ctx().now)
        self._waiting: list[tuple[datetime, Event]] = []
        self.events: list[Event] = []
        self.owner = self._founded()
        client.observers.append(self._observe)

    def _founded(self) -> User:
        """The tenant, and its owner, who reads English."""
        ctx = self.ctx()
        owner = User(id=ctx.new_id("usr"), email=f"ana@{ctx.tenant_id}.example", email_key="ana", login_id="ana", name="Ana",
                     role="owner", locale="en", joined_at=ctx.now)
        tx = Transaction(ctx)
        tx.create(TENANT, Tenant(id=ctx.tenant_id, name="Maison Givrée", owner_ids=(owner.id,), created_at=ctx.now))
        tx.create(USER, owner)
        tx.commit()
        return owner

    def close(self) -> None:
        client.observers.remove(self._observe)

    def ctx(self, *permissions: str) -> Context:
        """A command at the clock's instant."""
        made = self._new_ctx(*permissions)
        return replace(made, now=self.clock.now(), clock=self.clock, deadline=self.clock.monotonic() + 60)

    def _observe(self, operation: str, parameters: dict[str, Any], _: dict[str, Any]) -> None:
        if operation != "TransactWriteItems":
            return
        for action in parameters["TransactItems"]:
            item = action.get("Put", {}).get("Item", {})
            if item.get("kind", {}).get("S") == "Event":
                for event in events_of(item["tenant_id"]["S"], item["sk"]["S"], item["data"]["S"]):
                    self.hear(event)

    def hear(self, event: Event) -> None:
        self.events.append(event)
        self._waiting.append((event.at + timedelta(seconds=int(event.data.get("delay_seconds", 0))), event))

    def endpoint(self, url: str, *event_types: str) -> tuple[WebhookEndpoint, str]:
        return service.create(self.ctx(), EndpointBody(name="ERP du client", url=url, event_types=event_types))

    def happens(self, type: str, entity_id: str, kind: str = "sales_order", **data: Any) -> Event:
        """An event as another domain tells it."""
        ctx = self.ctx()
        event = Event(f"{ctx.new_id('evt')}.0", type, ctx.tenant_id, ctx.now, kind, entity_id, 3, ctx.actor, "req_1", data)
        self.hear(event)
        return event

    def work(self, twice: bool = False) -> None:
        """Everything whose time has come, and what follows from it now."""
        while ready := [each for each in self._waiting if each[0] <= self.clock.now()]:
            for each in ready:
                self._waiting.remove(each)
                for _ in range(2 if twice else 1):
                    self.handle(each[1])

    def handle(self, event: Event) -> None:
        handler = HANDLERS.get(event.type)
        made = event_context(event, "webhooks", 60)
        ctx = replace(made, now=self.clock.now(), clock=self.clock, deadline=self.clock.monotonic() + 60)
        if handler:
            try:
                handler(ctx, event)
            except AlreadyDone:
                return

    def pass_time(self, span: timedelta) -> None:
        """Time goes on minute by minute where something waits, and the beat with it."""
        until = self.clock.at + span
        while self.clock.at < until:
            self.beat()
            self.work()
            times = [at for at, _ in self._waiting if at > self.clock.at]
            self.clock.at = min([*times, self.clock.at + timedelta(minutes=5), until])
        self.work()

    def beat(self) -> None:
        ctx = self.ctx()
        SCHEDULES[0].run(replace(ctx, command=Command(f"beat:{self.clock.now().isoformat()}")))

    def lose_queue(self) -> None:
        """The queue forgets what it held."""
        self._waiting.clear()

    def messages(self, endpoint: WebhookEndpoint) -> list[WebhookMessage]:
        """The log of an endpoint, oldest first."""
        page = read.query(self.ctx(), "by_ref", f"WEBHOOK_MESSAGES_OF#{endpoint.id}", newest_first=False)
        found = read.get_many(self.ctx(), WEBHOOK_MESSAGE, [str(row["id"]) for row in page.items])
        return [found[str(row["id"])] for row in page.items if str(row["id"]) in found]

    def now_is(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        return read.get(self.ctx(), WEBHOOK_ENDPOINT, endpoint.id)

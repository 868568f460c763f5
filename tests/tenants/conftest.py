"""A company with an owner and people who sign in through the API, as browsers and programs do."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.events.outbox import events_of, message
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import mail
from chalicelib.runtime.api import platform_context
from chalicelib.runtime.worker import consume, tenant_work
from chalicelib.storage import keys, read
from chalicelib.tenants import attempts, service
from chalicelib.tenants.model import NewTenant
from chalicelib.tenants.worker import HANDLERS

ADDRESS = "127.0.0.1"
PASSWORD = "trois petits flocons"
_numbers = itertools.count(1)


@dataclass
class Browser:
    """One browser: keeps its cookie and sends its CSRF token."""

    call: Callable[..., Any]
    address: str = "203.0.113.7"
    cookie: str = ""
    csrf: str = ""
    seen: list[Any] = field(default_factory=list)

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        sent = {"user-agent": "Firefox", **(headers or {})}
        if self.cookie:
            sent["cookie"] = f"other=1; {self.cookie}"
        if self.csrf and "x-csrf-token" not in sent:
            sent["x-csrf-token"] = self.csrf
        status, answered, found = self.call(method, f"/api/tenants{path}", body, sent)
        self.seen.append(answered)
        if "Set-Cookie" in answered:
            self.cookie = answered["Set-Cookie"].split(";")[0]
        if isinstance(found, dict) and found.get("csrf_token"):
            self.csrf = found["csrf_token"]
        return status, found

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> tuple[int, Any]:
        return self.send("POST", "/sessions", {"email": email, "password": password, **more})


@dataclass
class Firm:
    """A tenant of the test's own."""

    tenant_id: str
    owner_email: str
    owner_id: str

    def ctx(self) -> Context:
        return tenant_work(self.tenant_id, "test")

    def deliver_mails(self) -> None:
        """What relay and queue do: every event of the last hour to the domain's own handlers."""
        ctx = self.ctx()
        for hour in (ctx.now - timedelta(hours=1), ctx.now):
            for shard in range(keys.OUTBOX_SHARDS):
                partition = keys.outbox_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx))
                for item in read.collection(ctx, partition)[0]:
                    self._hand_over(events_of(self.tenant_id, item.key.sk, item.data))

    def _hand_over(self, events: list[Event]) -> None:
        for event in events:
            batch = {"Records": [{"messageId": event.id, "body": message(event)}]}
            assert consume("tenants", HANDLERS, batch, None) == {"batchItemFailures": []}

    def outbox_text(self) -> str:
        ctx = self.ctx()
        texts = []
        for hour in (ctx.now - timedelta(hours=1), ctx.now):
            for shard in range(keys.OUTBOX_SHARDS):
                partition = keys.outbox_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx))
                texts += [item.data for item in read.collection(ctx, partition)[0]]
        return "\n".join(texts)


def token_in_mail(to: str) -> str:
    """The token of the newest mail to this address."""
    newest = next(m for m in mail.inbox(platform_context("test")) if m.to == to)
    return newest.text.split("token=")[1].split()[0]


@pytest.fixture
def firm(engine: Any) -> Firm:
    number = f"{os.getpid()}-{next(_numbers)}"
    email = f"owner-{number}@givree.example"
    tenant, owner = service.create_tenant(platform_context("test"), NewTenant(
        name="Maison Givrée", tenant_id=f"givree-{number}", owner_email=email, owner_name="Anne Neige",
        owner_password=PASSWORD))
    return Firm(tenant.id, email, owner.id)


@pytest.fixture
def browser(call: Callable[..., Any]) -> Callable[[], Browser]:
    return lambda: Browser(call)


@pytest.fixture
def owner(firm: Firm, browser: Callable[[], Browser]) -> Browser:
    """The owner, signed in; each test's people come as from an address of their own, whose attempts nobody has spent."""
    attempts.clear(platform_context("test"), attempts.SIGN_IN_BY_ADDRESS, ADDRESS)
    attempts.clear(platform_context("test"), attempts.TOKEN_BY_ADDRESS, ADDRESS)
    signed_in = browser()
    status, body = signed_in.sign_in(firm.owner_email)
    assert (status, body["status"]) == (201, "signed_in")
    return signed_in


@pytest.fixture
def join(firm: Firm, owner: Browser, browser: Callable[[], Browser]) -> Callable[..., tuple[Browser, dict[str, Any]]]:
    """Invites somebody by mail and lets them come in: `join("sales")` answers their browser and their session."""

    def joined(role: str, email: str = "") -> tuple[Browser, dict[str, Any]]:
        address = email or f"{role.lower()}-{firm.tenant_id}-{next(_numbers)}@givree.example"
        status, _ = owner.send("POST", "/invitations", {"email": address, "name": "Luc Glace", "role": role})
        assert status == 201
        firm.deliver_mails()
        person = browser()
        status, body = person.send("POST", "/invitations/accept",
                                   {"token": token_in_mail(address), "password": PASSWORD})
        assert status == 201, body
        return person, body

    return joined

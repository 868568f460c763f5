"""A tenant with a Stripe of its own, whose time, webhooks and queue are moved by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import urllib3

from chalicelib.events.outbox import events_of
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone
from chalicelib.kernel.event import Event
from chalicelib.runtime import mail, secrets
from chalicelib.runtime.api import platform_context
from chalicelib.runtime.worker import event_context
from chalicelib.storage import client, read
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions import service
from chalicelib.subscriptions.model import Subscription
from chalicelib.subscriptions.worker import HANDLERS, SCHEDULES
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import COMPANY, TENANT, USER, Company, NewApiKey, PostalAddress, Tenant, User
from infra.local.stripe.events import signature
from infra.local.stripe.server import StripeServer
from tests.gateway import call_api

DAY = 86_400
STEP = 4 * DAY
GOOD, DECLINED, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000000341"
WEBHOOKS = "/api/subscriptions/webhooks"


class Merchant:
    """A company that subscribes. `events` is all that happened to it, in order."""

    def __init__(self, new_ctx: Callable[..., Context], stripe: StripeServer, country: str = "FR") -> None:
        self._new_ctx, self.stripe, self.account = new_ctx, stripe, stripe.account
        ctx = new_ctx()
        self.email = f"ana@{ctx.tenant_id}.example"
        self.owner = User(id=ctx.new_id("usr"), email=self.email, email_key="ana", login_id="ana", name="Ana", role="owner",
                          locale="en", joined_at=ctx.now)
        tx = Transaction(ctx)
        tx.create(TENANT, Tenant(id=ctx.tenant_id, name="Maison Givrée", owner_ids=(self.owner.id,), created_at=ctx.now))
        tx.create(COMPANY, Company(legal_name="Maison Givrée SAS", address=PostalAddress(country_code=country)))
        tx.create(USER, self.owner)
        tx.commit()
        _, self._key = tenants.create_api_key(new_ctx(), NewApiKey(name="Ana", role="owner"))
        self.events: list[Event] = []
        self._waiting: list[Event] = []
        self._told = {each["id"] for each in self.account.state.all("event")}
        client.observers.append(self._observe)

    def close(self) -> None:
        client.observers.remove(self._observe)

    def ctx(self) -> Context:
        return self._new_ctx()

    @property
    def tenant_id(self) -> str:
        return self._new_ctx().tenant_id

    def _observe(self, operation: str, parameters: dict[str, Any], _: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            for action in parameters["TransactItems"]:
                item = action.get("Put", {}).get("Item", {})
                if item.get("kind", {}).get("S") == "Event" and item["tenant_id"]["S"] == self.tenant_id:
                    found = events_of(item["tenant_id"]["S"], item["sk"]["S"], item["data"]["S"])
                    self.events += found
                    self._waiting += found

    # -- what people and programs do -----------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """A request of the owner's program; paths are below `/api`."""
        sent = {"authorization": f"Bearer {self._key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        status, _, found = call_api(method, f"/api{path}", body, sent)
        return status, found

    def subscription(self) -> Any:
        status, found = self.ask("GET", "/subscriptions/subscription")
        assert status == 200, found
        return found

    def stored(self) -> Subscription:
        return service.load(self.ctx())[1]

    def tenant(self) -> Tenant:
        return read.get(self.ctx(), TENANT, self.tenant_id)

    def buys(self, plan: str, card: str = GOOD, extra_seats: int = 0) -> None:
        """Checkout from the button to the page's own form, and what follows from it."""
        status, found = self.ask("POST", "/subscriptions/checkout-sessions", {"plan": plan, "extra_seats": extra_seats})
        assert status == 201, found
        assert self.types(found["url"], card=card) == 303
        self.follow()

    def types(self, url: str, **fields: str) -> int:
        """Fills in a form of Stripe's page."""
        typed = {"Content-Type": "application/x-www-form-urlencoded"}
        return urllib3.request("POST", url, body=urlencode(fields), headers=typed, redirect=False, retries=False).status

    def uses_card(self, card: str) -> None:
        """Another card, on Stripe's page for it."""
        status, found = self.ask("POST", "/subscriptions/portal-sessions", {"flow": "payment_method_update"})
        assert status == 201, found
        self.types(found["url"], act="card", card=card)
        self.follow()

    # -- what time and Stripe do ---------------------------------------------------------------------------------------

    def days_pass(self, days: float) -> None:
        """The test clock goes on, some days at a time, and everything that follows is followed."""
        clock_id = self.stored().billing.test_clock_id
        at = int(self.account.state.get("test_helpers.test_clock", clock_id)["frozen_time"])
        for until in [*range(at + STEP, int(at + days * DAY), STEP), int(at + days * DAY)]:
            self.account.sessions.advance(clock_id, {"frozen_time": until})
            self.follow()

    def untold(self) -> list[Any]:
        """Stripe's events that were not delivered yet, oldest first; from now on they were."""
        found = [each for each in self.account.state.all("event") if each["id"] not in self._told]
        self._told |= {each["id"] for each in found}
        return found

    def deliver(self, events: Sequence[Any], secret: str = "", at: int | None = None) -> list[tuple[int, Any]]:
        """Stripe's webhooks, signed, in this order."""
        answers = []
        for event in events:
            body = json.dumps(event).encode()
            signed = signature(secret or secrets.stripe()["STRIPE_WEBHOOK_SECRET"], body, at or self.account.state.clock_time())
            status, _, found = call_api("POST", WEBHOOKS, body, {"stripe-signature": signed})
            answers.append((status, found))
        return answers

    def work(self, twice: bool = False) -> None:
        """The queue, until it is empty."""
        while self._waiting:
            event = self._waiting.pop(0)
            handler = HANDLERS.get(event.type)
            for _ in range(2 if twice else 1):
                if handler:
                    try:
                        handler(event_context(event, "subscriptions", 60), event)
                    except AlreadyDone:
                        continue

    def follow(self) -> None:
        """Webhooks and queue, until nothing is left to tell."""
        while events := self.untold():
            assert all(status == 200 for status, _ in self.deliver(events))
            self.work()
        self.work()

    def hour_passes(self) -> None:
        """The hourly beat."""
        SCHEDULES[0].run(self.ctx())
        self.follow()

    def mails(self) -> list[str]:
        """The subjects of the owner's mails, oldest first."""
        found = mail.inbox(platform_context("inbox"), limit=1000)
        return [each.subject for each in reversed(found) if each.to == self.email]

    def happened(self, *types: str) -> list[str]:
        """The events of the subscription, in order; of these types when some are named."""
        return [each.type for each in self.events if re.match("Subscription|PlanLimit", each.type)
                and (not types or each.type in types)]

"""Checkout and Billing Portal sessions, and what their hosted pages do; test clocks."""

from __future__ import annotations

import secrets

from infra.local.stripe.events import Events
from infra.local.stripe.form import Values, declined, flag, invalid, number, required
from infra.local.stripe.invoices import DAY, Invoices
from infra.local.stripe.objects import Objects
from infra.local.stripe.shapes import ADDRESS, make
from infra.local.stripe.state import Object, State
from infra.local.stripe.subscriptions import Subscriptions

FLOWS = ("payment_method_update", "subscription_cancel", "subscription_update")
FURTHEST_SECONDS = 2 * 366 * DAY


class Sessions:
    """Pages of Stripe's that a customer is sent to."""

    def __init__(self, state: State, events: Events, objects: Objects, invoices: Invoices, subscriptions: Subscriptions,
                 url: str) -> None:
        self._state, self._events, self._url = state, events, url
        self._objects, self._invoices, self._subscriptions = objects, invoices, subscriptions

    # -- Checkout ----------------------------------------------------------------------------------------------------

    def create_checkout(self, values: Values) -> Object:
        """A page that sells a subscription."""
        if required(values, "mode") != "subscription":
            raise invalid("This Stripe sells subscriptions only.", "mode")
        items = required(values, "line_items")
        total = 0
        for each in items:
            price = self._state.get("price", required(each, "price"))
            total += int(price["unit_amount"] or 0) * number(each, "quantity", 1)
        customer = self._state.get("customer", required(values, "customer"))
        tax = values.get("automatic_tax") or {}
        is_taxed = flag(tax, "enabled")
        if is_taxed and not (customer["address"] or {}).get("country") and (values.get("customer_update") or {}).get(
                "address") != "auto":
            raise invalid("Automatic tax calculation in Checkout requires a valid address on the Customer.", "customer_update",
                          "customer_tax_location_invalid")
        data = values.get("subscription_data") or {}
        trial_end = number(data, "trial_end", 0)
        if trial_end and trial_end < self._state.now(customer["id"]) + 2 * DAY:
            raise invalid("The `subscription_data[trial_end]` timestamp must be at least 2 days in the future.",
                          "subscription_data[trial_end]")
        now = self._state.clock_time()
        session_id = self._state.new_id("checkout.session")
        found = make("checkout.session", session_id, now, customer=customer["id"], amount_subtotal=0 if trial_end else total,
                     amount_total=0 if trial_end else total, currency="eur", expires_at=now + DAY,
                     success_url=required(values, "success_url"), cancel_url=values.get("cancel_url"),
                     client_reference_id=values.get("client_reference_id"), locale=values.get("locale"),
                     metadata=values.get("metadata", {}), billing_address_collection=values.get("billing_address_collection"),
                     automatic_tax={"enabled": is_taxed, "liability": {"type": "self"} if is_taxed else None,
                                    "status": "requires_location_inputs" if is_taxed else None, "provider": None},
                     customer_details={"address": customer["address"] or ADDRESS, "email": customer["email"], "phone": None,
                                       "name": customer["name"], "tax_exempt": "none", "tax_ids": None,
                                       "business_name": None, "individual_name": None},
                     url=f"{self._url}/c/pay/{session_id}")
        self._state.keep({"object": "wanted", "items": items, "data": data, "is_taxed": is_taxed}, f"wanted:{session_id}")
        return self._state.keep(found)

    def open_checkout(self, session_id: str) -> Object:
        """The session, if its page can still be used."""
        found = self._state.get("checkout.session", session_id)
        if found["status"] == "open" and self._state.clock_time() > int(found["expires_at"]):
            found["status"] = "expired"
            self._events.emit("checkout.session.expired", self._state.keep(found))
        if found["status"] != "open":
            raise invalid("This page was used already, or is too old.")
        return found

    def pay_checkout(self, session_id: str, card: str) -> Object:
        """What the customer does on the page. Raises `card_declined`; the page can be used again then."""
        found = self.open_checkout(session_id)
        wanted = self._state.find(f"wanted:{session_id}") or {}
        _, behaviour = self._objects.keep_card(found["customer"], card)
        if behaviour == "declined":
            raise declined()
        subscription = self._subscriptions.begin(found["customer"], wanted["items"], wanted["data"], wanted["is_taxed"])
        found |= {"status": "complete", "subscription": subscription["id"], "invoice": subscription["latest_invoice"],
                  "payment_status": "no_payment_required" if subscription["status"] == "trialing" else "paid"}
        self._events.emit("checkout.session.completed", self._state.keep(found))
        return found

    # -- Billing Portal ----------------------------------------------------------------------------------------------

    def create_portal(self, values: Values) -> Object:
        """A page where a customer manages cards and subscription."""
        customer = self._state.get("customer", required(values, "customer"))
        flow = values.get("flow_data")
        shown = None
        if flow:
            kind = required(flow, "type")
            if kind not in FLOWS:
                raise invalid(f"Invalid flow_data[type]: {kind}", "flow_data[type]")
            after = {"type": "portal_homepage", "hosted_confirmation": None, "redirect": None}
            shown = {"type": kind, "after_completion": after, "subscription_cancel": None, "subscription_update": None,
                     "subscription_update_confirm": None}
            if kind != "payment_method_update":
                named = required(required(flow, kind), "subscription")
                self._state.get("subscription", named)
                shown[kind] = {"subscription": named, **({"retention": None} if kind == "subscription_cancel" else {})}
        secret = secrets.token_hex(16)
        found = self._state.add("billing_portal.session", self._state.clock_time(), customer=customer["id"], flow=shown,
                                configuration="bpc_local", return_url=values.get("return_url"), locale=values.get("locale"),
                                url=f"{self._url}/p/session/{secret}")
        self._state.keep({"object": "portal", "session": found["id"]}, f"portal:{secret}")
        return found

    def portal(self, secret: str) -> Object:
        """The session behind a page's address."""
        kept = self._state.find(f"portal:{secret}")
        if kept is None:
            raise invalid("This page is too old.")
        return self._state.get("billing_portal.session", kept["session"])

    # -- test clocks -------------------------------------------------------------------------------------------------

    def create_clock(self, values: Values) -> Object:
        """A clock that stands still until it is told to go on."""
        frozen = number(values, "frozen_time")
        now = self._state.clock_time()
        found = self._state.add("test_helpers.test_clock", now, frozen_time=frozen, name=values.get("name"),
                                deletes_after=now + 30 * DAY)
        self._events.emit("test_helpers.test_clock.created", found)
        return found

    def advance(self, clock_id: str, values: Values) -> Object:
        """Lets the clock go on, and all that becomes due on the way happens in its order."""
        found = self._state.get("test_helpers.test_clock", clock_id)
        until, now = number(values, "frozen_time"), int(found["frozen_time"])
        if not now < until <= now + FURTHEST_SECONDS:
            raise invalid("A test clock goes forward, at most two periods at a time.", "frozen_time")
        self.run(clock_id, until)
        found |= {"frozen_time": until, "status": "ready"}
        self._events.emit("test_helpers.test_clock.ready", self._state.keep(found))
        return found

    def run(self, clock_id: str | None, until: int) -> None:
        """Everything due until then, one thing after another; a test clock shows the instant of each."""
        while (due := self._subscriptions.next_due(clock_id)) is not None and due[0] <= until:
            if clock_id is not None:
                clock = self._state.get("test_helpers.test_clock", clock_id)
                self._state.keep(clock | {"frozen_time": max(int(clock["frozen_time"]), due[0])})
            due[2]()

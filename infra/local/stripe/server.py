"""Starts the Stripe fake: its file, its API under `/v1`, its hosted pages, and its webhooks, on loopback only."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from cheroot import wsgi

from infra.local.stripe import form, pages
from infra.local.stripe.events import Events
from infra.local.stripe.form import StripeError, Values
from infra.local.stripe.invoices import DAY, Invoices
from infra.local.stripe.objects import Objects
from infra.local.stripe.sessions import Sessions
from infra.local.stripe.state import Object, State
from infra.local.stripe.subscriptions import Subscriptions

Environ = dict[str, Any]
Reply = tuple[int, list[tuple[str, str]], bytes]
BODY_LIMIT = 200_000
HTML = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self' http://127.0.0.1:*")]
_ITEM = ("items", "proration_behavior", "proration_date", "payment_behavior", "cancel_at_period_end", "metadata")
_PAGED = ("limit", "starting_after")
_CUSTOMER = ("email", "name", "description", "metadata", "address", "preferred_locales", "invoice_settings")


class Stripe:
    """The account: all resources over one state. `api` answers an API call, `site` a hosted page."""

    def __init__(self, state: State, url: str, key: str) -> None:
        self.state, self.url, self._key = state, url, key
        self.events = Events(state)
        self.objects = Objects(state, self.events)
        self.invoices = Invoices(state, self.events, self.objects, url)
        self.subscriptions = Subscriptions(state, self.events, self.objects, self.invoices)
        self.sessions = Sessions(state, self.events, self.objects, self.invoices, self.subscriptions, url)
        self.is_down = False
        self._routes = self._table()

    def _table(self) -> list[tuple[str, re.Pattern[str], Callable[..., Object], tuple[str, ...]]]:
        objects, subscriptions, sessions, state = self.objects, self.subscriptions, self.sessions, self.state
        page = objects.page
        rows: list[tuple[str, str, Callable[..., Object], tuple[str, ...]]] = [
            ("POST", "products", objects.create_product, ("id", "name", "description", "metadata", "tax_code")),
            ("GET", "products/(.+)", lambda i, v: state.get("product", i), ()),
            ("POST", "prices", objects.create_price, (
                "currency", "product", "unit_amount", "recurring", "lookup_key", "nickname", "metadata", "billing_scheme",
                "tiers_mode", "tiers", "tax_behavior")),
            ("GET", "prices", objects.list_prices, ("lookup_keys", "active", *_PAGED)),
            ("POST", "customers", objects.create_customer, ("test_clock", *_CUSTOMER)),
            ("GET", "customers", lambda v: page("/v1/customers", [
                each for each in state.all("customer") if v.get("test_clock") in (None, each["test_clock"])], v),
             ("test_clock", *_PAGED)),
            ("GET", "customers/([^/]+)", lambda i, v: state.get("customer", i), ()),
            ("POST", "customers/([^/]+)", objects.update_customer, _CUSTOMER),
            ("POST", "customers/([^/]+)/tax_ids", objects.add_tax_id, ("type", "value")),
            ("GET", "customers/([^/]+)/tax_ids", lambda i, v: page(
                f"/v1/customers/{i}/tax_ids", list(state.all("tax_id", customer=i)), v), _PAGED),
            ("DELETE", "customers/([^/]+)/tax_ids/([^/]+)", lambda c, i, v: objects.remove_tax_id(c, i), ()),
            ("GET", "payment_methods/([^/]+)", lambda i, v: state.get("payment_method", i), ()),
            ("POST", "checkout/sessions", sessions.create_checkout, (
                "mode", "line_items", "customer", "success_url", "cancel_url", "client_reference_id", "locale", "metadata",
                "subscription_data", "automatic_tax", "tax_id_collection", "customer_update", "billing_address_collection")),
            ("GET", "checkout/sessions/([^/]+)", lambda i, v: state.get("checkout.session", i), ()),
            ("POST", "billing_portal/sessions", sessions.create_portal, ("customer", "return_url", "flow_data", "locale")),
            ("GET", "subscriptions", lambda v: page("/v1/subscriptions", [
                each for each in state.all("subscription") if v.get("customer") in (None, each["customer"])
                and (v.get("status") == "all" or each["status"] != "canceled")], v), ("customer", "status", *_PAGED)),
            ("GET", "subscriptions/([^/]+)", lambda i, v: state.get("subscription", i), ()),
            ("POST", "subscriptions/([^/]+)", subscriptions.update, _ITEM),
            ("DELETE", "subscriptions/([^/]+)", lambda i, v: subscriptions.cancel(i), ("invoice_now", "prorate")),
            ("POST", "invoices/create_preview", subscriptions.preview, ("customer", "subscription", "subscription_details")),
            ("GET", "invoices", self.invoices.list, ("customer", "subscription", "status", *_PAGED)),
            ("GET", "invoices/([^/]+)", lambda i, v: state.get("invoice", i), ()),
            ("POST", "invoices/([^/]+)/pay", lambda i, v: self.invoices.pay(i), ()),
            ("POST", "billing/meters", objects.create_meter, (
                "display_name", "event_name", "default_aggregation", "customer_mapping", "value_settings")),
            ("GET", "billing/meters", lambda v: page("/v1/billing/meters", list(state.all("billing.meter")), v),
             ("status", *_PAGED)),
            ("GET", "billing/meters/([^/]+)/event_summaries", objects.summaries,
             ("customer", "start_time", "end_time", *_PAGED)),
            ("POST", "billing/meter_events", objects.meter_event, ("event_name", "payload", "identifier", "timestamp")),
            ("POST", "test_helpers/test_clocks", sessions.create_clock, ("frozen_time", "name")),
            ("GET", "test_helpers/test_clocks/([^/]+)", lambda i, v: state.get("test_helpers.test_clock", i), ()),
            ("POST", "test_helpers/test_clocks/([^/]+)/advance", sessions.advance, ("frozen_time",)),
            ("GET", "events", lambda v: page("/v1/events", [
                each for each in state.all("event") if not v.get("types") or each["type"] in v["types"]], v),
             ("types", *_PAGED)),
            ("GET", "events/([^/]+)", lambda i, v: state.get("event", i), ()),
        ]
        return [(method, re.compile(f"/v1/{pattern}"), work, known) for method, pattern, work, known in rows]

    # -- the API -----------------------------------------------------------------------------------------------------

    def api(self, method: str, path: str, text: str, headers: dict[str, str]) -> Reply:
        """One API call, once for each Idempotency-Key (https://docs.stripe.com/api/idempotent_requests)."""
        with self.state.lock:
            try:
                if self.is_down:
                    raise StripeError(503, "api_error", "The service is not available.")
                if headers.get("authorization") not in (f"Bearer {self._key}",):
                    raise StripeError(401, "invalid_request_error", "Invalid API Key provided.")
                self.sessions.run(None, self.state.clock_time())
                status, body = self._once(method, path, text, headers.get("idempotency-key", ""))
            except StripeError as error:
                status, body = error.status, json.dumps(error.body)
        return status, [("Content-Type", "application/json"), ("Request-Id", self.state.new_id("request"))], body.encode()

    def _once(self, method: str, path: str, text: str, key: str) -> tuple[int, str]:
        """Answers a repeat of a POST as it was answered first, refusals after its work began included."""
        kept = self.state.find(f"idem:{key}") if method == "POST" and key else None
        if kept is not None:
            if kept["asked"] != [path, text]:
                raise StripeError(400, "idempotency_error", "Keys for idempotent requests can only be used with the same "
                                  f"parameters they were first used with. Try using a key other than '{key}'.")
            return int(kept["status"]), str(kept["body"])
        try:
            status, body = 200, json.dumps(self._call(method, path, text))
        except StripeError as error:
            status, body = error.status, json.dumps(error.body)
        if method == "POST" and key:
            self.state.keep({"object": "repeat", "asked": [path, text], "status": status, "body": body}, f"idem:{key}")
        return status, body

    def _call(self, method: str, path: str, text: str) -> Object:
        for verb, pattern, work, known in self._routes:
            match = pattern.fullmatch(path)
            if verb == method and match:
                values: Values = form.parse(text)
                form.check(values, known)
                return work(*match.groups(), values)
        raise StripeError(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).")

    # -- the hosted pages ----------------------------------------------------------------------------------------------

    def site(self, method: str, path: str, typed: dict[str, str]) -> Reply:
        """A hosted page; a form that was refused comes back with the refusal on it."""
        with self.state.lock:
            self.sessions.run(None, self.state.clock_time())
            for prefix, work in (("/c/pay/", self._checkout), ("/p/session/", self._portal), ("/i/", self._invoice),
                                 ("/clock/", self._clock)):
                if path.startswith(prefix):
                    try:
                        return work(method, path.removeprefix(prefix), typed)
                    except StripeError as error:
                        return error.status, HTML, pages.page("This does not work", "", str(error))
        return 404, HTML, pages.page("Not found", "")

    def _checkout(self, method: str, session_id: str, typed: dict[str, str]) -> Reply:
        session = self.sessions.open_checkout(session_id)
        if method != "POST":
            return 200, HTML, pages.checkout(self.state, session)
        try:
            paid = self.sessions.pay_checkout(session_id, typed.get("card", ""))
        except StripeError as error:
            return error.status, HTML, pages.checkout(self.state, session, str(error))
        return _see(str(paid["success_url"]).replace("{CHECKOUT_SESSION_ID}", session_id))

    def _portal(self, method: str, secret: str, typed: dict[str, str]) -> Reply:
        session = self.sessions.portal(secret)
        error = ""
        if method == "POST":
            try:
                self._act(session["customer"], typed)
                return _see(f"{self.url}/p/session/{secret}")
            except StripeError as refused:
                error = str(refused)
        plans = [each for each in self.state.all("price", active=True) if each["metadata"].get("comptoir") == "plan"]
        return 402 if error else 200, HTML, pages.portal(self.state, session, plans, error)

    def _act(self, customer_id: str, typed: dict[str, str]) -> None:
        act = typed.get("act")
        if act == "card":
            _, behaviour = self.objects.keep_card(customer_id, typed.get("card", ""))
            if behaviour == "declined":
                raise form.declined()
            return
        found = self.state.get("subscription", typed.get("subscription"))
        if found["customer"] != customer_id:
            raise form.missing("subscription", found["id"])
        if act == "plan":
            items = found["items"]["data"]
            plan = next(each for each in items if each["price"]["metadata"].get("comptoir") == "plan")
            self.subscriptions.update(found["id"], {"items": [{"id": plan["id"], "price": typed.get("price")}],
                                                    "proration_behavior": "always_invoice",
                                                    "payment_behavior": "error_if_incomplete"})
        else:
            self.subscriptions.update(found["id"], {"cancel_at_period_end": "true" if act == "cancel" else "false"})

    def _invoice(self, method: str, name: str, typed: dict[str, str]) -> Reply:
        invoice_id, _, _ = name.partition("/")
        found = self.state.get("invoice", invoice_id)
        if method == "POST":
            try:
                _, behaviour = self.objects.keep_card(found["customer"], typed.get("card", ""))
                if behaviour == "declined":
                    raise form.declined()
                self.invoices.pay(invoice_id)
            except StripeError as error:
                return error.status, HTML, pages.invoice(self.state, found, str(error))
            return _see(f"{self.url}/i/{invoice_id}")
        return 200, HTML, pages.invoice(self.state, found)

    def _clock(self, method: str, clock_id: str, typed: dict[str, str]) -> Reply:
        found = self.state.get("test_helpers.test_clock", clock_id)
        if method == "POST":
            days = form.number(typed, "days")
            self.sessions.advance(clock_id, {"frozen_time": int(found["frozen_time"]) + days * DAY})
            return _see(f"{self.url}/clock/{clock_id}")
        return 200, HTML, pages.clock(self.state, found)


def _see(url: str) -> Reply:
    return 303, [*HTML, ("Location", url)], b""


class StripeServer:
    """A running fake; `stop()` ends it and leaves its file."""

    def __init__(self, path: Path | None, key: str, port: int = 0, state: State | None = None) -> None:
        self.key = key
        self._state = state or State(path)
        self._server = wsgi.Server(("127.0.0.1", port), self._answer, numthreads=8, server_name="stripe")
        self._server.prepare()
        self.url = f"http://127.0.0.1:{self._server.bind_addr[1]}"
        self.account = Stripe(self._state, self.url, key)
        self._thread = threading.Thread(target=self._server.serve, name="stripe", daemon=True)
        self._thread.start()

    def _answer(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > BODY_LIMIT:
            status, headers, body = 413, HTML, b""
        else:
            text = environ["wsgi.input"].read(length).decode("utf-8", "replace") if length else environ.get("QUERY_STRING", "")
            if path.startswith("/v1/"):
                sent = {"authorization": environ.get("HTTP_AUTHORIZATION", ""),
                        "idempotency-key": environ.get("HTTP_IDEMPOTENCY_KEY", "")}
                status, headers, body = self.account.api(method, path, text, sent)
            else:
                status, headers, body = self.account.site(method, path, dict(parse_qsl(text)))
        start_response(f"{status} {HTTPStatus(status).phrase}", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def stop(self) -> None:
        """Ends the server and the thread that sends webhooks."""
        self.account.events.stop()
        self._server.stop()
        self._thread.join(timeout=10)
        self._state.close()

"""Every write of the API under one Idempotency-Key: done once, answered alike, whoever asks again, at once or later.

The operations come from the route table. Each has a row that prepares what it acts on and says an honest body and another
one; a write without a row, or without a reason in `NOT_BY_KEY`, fails. Each operation is asked by twenty at once under
faults (one effect, twenty equal answers), again later (the same answer, no change), with another body (422), after its
marker has expired (a new request), and by another tenant under the same key (its own effect, none here). `size` is how
many operations, drawn by the seed when it is not all of them.
"""

from __future__ import annotations

import base64
import calendar
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal as D
from typing import Any
from unittest.mock import patch

from chalicelib.channels.model import DELIVERY, Delivery
from chalicelib.ledger import rolling
from chalicelib.runtime import api as edge
from chalicelib.runtime import registry, sessions
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import signing_in
from chalicelib.tenants.selling import entitlements
from chalicelib.tenants.support.model import SUPPORT_ACCESS, SupportAccess
from tests import described
from tests.gateway import call_api
from tests.hostile.honest import LEGAL, SALE_RULES, SERIES, bodies
from tests.hostile.known import PIXEL
from tests.hostile.merchant import PASSWORD
from tests.leaving.moving import tiny
from tests.torture.faults import CALM, STORMY, Faults
from tests.torture.planted import no_marker
from tests.torture.proof import Proof, Result, Variant
from tests.torture.shops import SimulatedShop
from tests.torture.world import Died, World

CALLERS = 20
BLANK = b"{ }"
"""Another body where there is nothing to say."""

PATIENCE = 18
BEFORE_SIGN_IN = "nobody is signed in: what comes with it (a token used once, a signed delivery) makes it happen once"
ONES_OWN = "it changes the very session or password that the repeat would be asked with"
NOTHING_WRITTEN = "it writes nothing"
QUESTION_ONCE = "it stands beside every tenant, as the password does: a question is answered once, a name is what it is"
AT_STRIPE = "it is done at Stripe under a key of ours, which this world has not: tests/subscriptions/test_repeats.py"
OPERATORS = "it is not there for a company: what repeats of operators do is in tests/operators"
ITSELF = "a piece of an upload replaces itself"
NOT_BY_KEY = {
    "POST /api/tenants/sessions": BEFORE_SIGN_IN, "POST /api/tenants/password-resets": BEFORE_SIGN_IN,
    "POST /api/tenants/password-resets/confirm": BEFORE_SIGN_IN, "POST /api/tenants/invitations/look-up": BEFORE_SIGN_IN,
    "POST /api/tenants/sign-ups": BEFORE_SIGN_IN, "POST /api/tenants/sign-ups/resend": BEFORE_SIGN_IN,
    "POST /api/tenants/sign-ups/look-up": BEFORE_SIGN_IN, "POST /api/tenants/sign-ups/confirm": BEFORE_SIGN_IN,
    "POST /api/tenants/invitations/accept": BEFORE_SIGN_IN, "POST /api/channels/{connection_id}/webhooks": BEFORE_SIGN_IN,
    "POST /api/reporting/stops": BEFORE_SIGN_IN,
    "POST /api/shipping/{address}/webhooks": BEFORE_SIGN_IN,
    "POST /api/subscriptions/webhooks": BEFORE_SIGN_IN, "POST /api/subscriptions/subscription/preview": NOTHING_WRITTEN,
    "POST /api/subscriptions/checkout-sessions": AT_STRIPE, "POST /api/subscriptions/portal-sessions": AT_STRIPE,
    "POST /api/subscriptions/subscription/change": AT_STRIPE, "POST /api/subscriptions/subscription/leave": AT_STRIPE,
    "POST /api/subscriptions/subscription/resume": AT_STRIPE, "PUT /api/subscriptions/tax-number": AT_STRIPE,
    "POST /api/subscriptions/test-clock": AT_STRIPE,
    "DELETE /api/tenants/session": ONES_OWN, "DELETE /api/tenants/sessions/{session_id}": ONES_OWN,
    "POST /api/leaving/uploads": NOTHING_WRITTEN, "PUT /api/leaving/uploads/{upload_id}/parts": ITSELF,
    "PUT /api/tenants/password": ONES_OWN, "POST /api/tenants/totp": ONES_OWN, "POST /api/tenants/totp/confirm": ONES_OWN,
    "POST /api/tenants/totp/disable": ONES_OWN, "POST /api/tenants/passkeys/questions": BEFORE_SIGN_IN,
    "POST /api/tenants/passkeys/sessions": BEFORE_SIGN_IN, "POST /api/tenants/passkeys": QUESTION_ONCE,
    "POST /api/tenants/passkeys/registrations": QUESTION_ONCE, "POST /api/tenants/passkeys/proofs": QUESTION_ONCE,
    "POST /api/tenants/passkeys/proofs/questions": QUESTION_ONCE, "PUT /api/tenants/passkeys/{passkey_id}": QUESTION_ONCE,
    "POST /api/tenants/passkeys/{passkey_id}/remove": QUESTION_ONCE, "POST /api/sales/previews": NOTHING_WRITTEN,
    "POST /api/operators/sessions": BEFORE_SIGN_IN, "DELETE /api/operators/session": ONES_OWN,
    "PUT /api/operators/switches/{name}": OPERATORS,
    **{f"POST /api/operators/tenants/{{tenant_id}}/{name}": OPERATORS for name in (
        "extend-trial", "change-plan", "hold", "release", "support-accesses", "support-accesses/{access_id}/enter",
        "support-accesses/{access_id}/give-back")},
}
"""Writes to which the rule does not apply, and why."""

BY_ITSELF = frozenset({
    "POST /api/onboarding/sample-loads", "POST /api/onboarding/sample-loads/{document_id}/cancel",
    "POST /api/onboarding/sample-wipes", "POST /api/onboarding/sample-wipes/{document_id}/cancel",
    "POST /api/leaving/exports", "POST /api/leaving/exports/{document_id}/cancel",
    "POST /api/leaving/closure", "POST /api/leaving/closure/withdraw"})
"""What a company can do once only, one at a time, or only while it has no shop: each in a company of its own."""

TOLD_ONCE = {"secret", "webhook_secret", "key", "api_key"}
"""Fields that are shown in the first answer only."""

MEASURES = re.compile(r"#(RATE|COUNTER|ATTEMPTS|MAIL|COMMAND|USER|API_KEY)#|#CONNECTION#.*")
"""What may change without an effect: quotas, numbers taken and lost, last uses, a shop's pace."""


class Company:
    """A tenant with what its operations act on, and its owner in a browser."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.numbers = itertools.count(1)
        platform = edge.platform_context("founding")
        from chalicelib.tenants import service
        from chalicelib.tenants.model import NewTenant

        _, owner = service.create_tenant(platform, NewTenant(
            name=name, tenant_id=name, owner_email=f"owner@{name}.example", owner_name="Odile Favre",
            owner_password=PASSWORD))
        ctx = tenant_work(name, "session")
        transaction = Transaction(ctx)
        token = sessions.start(transaction, owner.id, "127.0.0.1", "test")
        transaction.commit()
        self.headers = {"cookie": f"{sessions.COOKIE}={token}", "x-csrf-token": sessions.csrf_token(ctx, token)}
        self.post("/api/tenants/company", LEGAL, "PUT")
        year = f"{world.true_now():%Y}"
        self.post("/api/ledger/fiscal-years", {"starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31"})
        self.warehouse = self.post("/api/stock/warehouses", {"code": "PARIS", "name": "Paris"})["id"]
        self.second = self.post("/api/stock/warehouses", {"code": "LYON", "name": "Lyon"})["id"]
        self.product = self.post("/api/catalog/products", {"name": "Glaces", "axes": ["Parfum"], "variants": [
            {"sku": "MAC", "axis_values": ["M"]}, {"sku": "SORBET", "axis_values": ["S"]}]})["id"]
        for sku in ("MAC", "SORBET"):
            self.post("/api/stock/receipts", {"warehouse_id": self.warehouse, "lines": [
                {"sku": sku, "quantity": "900", "unit_cost": "3"}]})

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any, Any]:
        """One request of the owner."""
        more = {"idempotency-key": key} if key else {}
        status, headers, answer = call_api(method, path, body, {**self.headers, **more})
        return status, headers, answer

    def post(self, path: str, body: Any, method: str = "POST") -> Any:
        """A request that must succeed, outside of actors."""
        status, _, answer = self.ask(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer

    def shop(self) -> dict[str, Any]:
        """The body that connects a new shop."""
        n = next(self.numbers)
        shop = SimulatedShop(self.world, f"{self.name}-{n}", {"MAC": 10, "SORBET": 10})
        return {"name": f"Boutique {n}", "base_url": shop.url,
                "credentials": {"consumer_key": shop.key, "consumer_secret": shop.secret}}

    def connected(self) -> str:
        """A shop of its own, connected."""
        return str(self.post("/api/channels/connections", self.shop())["id"])

    def order(self, state: str = "confirmed") -> str:
        line = {"sku": "MAC", "quantity": "2", "unit_price": "9.90"}
        return str(self.post("/api/sales/orders", {"lines": [line], "buyer": {"name": "Zoé Martin"}, "state": state,
                                                   "is_paid": state != "draft"})["id"])

    def items(self) -> dict[tuple[str, str], Any]:
        """What this tenant has in the table, measures left out."""
        start = f"T#{self.name}#"
        return {(pk, sk): wire for pk, rows in self.world.cloud.table.items.items()
                if pk.startswith(start) and not MEASURES.search(pk[len(start) - 1:]) for sk, wire in rows.items()}

    def markers(self) -> list[str]:
        return [pk for pk in self.world.cloud.table.items if pk.startswith(f"T#{self.name}#COMMAND#")]


@dataclass(frozen=True, slots=True)
class Case:
    """A prepared request: where, what, and another body under the same key."""

    path: str
    body: Any
    other: Any


Prepared = Callable[[Company], Case]


def _create(path: str, make: Callable[[Company, int], Any]) -> Prepared:
    return lambda c: Case(path, make(c, next(c.numbers)), make(c, next(c.numbers)))


def _act(path: str, on: Callable[[Company], str], body: Any = None, other: Any = None) -> Prepared:
    """On a document made for it."""
    return lambda c: Case(path.replace("{id}", on(c)), body or {}, other or BLANK)


def _held(c: Company) -> str:
    order = c.order()
    c.post(f"/api/sales/orders/{order}/hold", {"reason": "adresse"})
    return order


def _paper(c: Company) -> Case:
    wanted, other = ({"paper_kind": "order_confirmation", "subject_id": c.order()} for _ in range(2))
    return Case("/api/documents/papers", wanted, other)


def _shipped(c: Company) -> str:
    order = c.order()
    c.post(f"/api/sales/orders/{order}/ship", {})
    return order


DELIVERIES = "/api/shipping/deliveries/{id}"


def _ready(c: Company) -> str:
    """A delivery to be picked."""
    order = c.post("/api/sales/orders", {"lines": [{"sku": "MAC", "quantity": "2", "unit_price": "4"}], "billing_address": {
        "name": "Zoé", "line1": "4 rue du Lac", "postal_code": "74000", "city": "Annecy", "country_code": "FR"}})["id"]
    return str(c.post(f"/api/sales/orders/{order}/prepare", {})["deliveries"][0]["id"])


def _picked(c: Company) -> str:
    delivery = _ready(c)
    c.post(f"/api/shipping/deliveries/{delivery}/pick_all", {})
    return delivery


def _packed(c: Company) -> str:
    delivery = _picked(c)
    c.post(f"/api/shipping/deliveries/{delivery}/pack", {"parcels": [{"number": 1, "weight_grams": 900}]})
    return delivery


def _left(c: Company) -> str:
    delivery = _packed(c)
    c.post(f"/api/shipping/deliveries/{delivery}/ship", {})
    return delivery


def _carrier(c: Company) -> str:
    return str(c.post("/api/shipping/carriers", {"name": f"Tournée {next(c.numbers)}"})["id"])


def _labels(c: Company) -> Case:
    return Case(f"/api/shipping/deliveries/{_packed(c)}/buy_labels", {"carrier_id": _carrier(c)}, {"carrier_id": "x"})


def _labelled(c: Company) -> str:
    delivery = _packed(c)
    c.post(f"/api/shipping/deliveries/{delivery}/buy_labels", {"carrier_id": _carrier(c)})
    return delivery


def _price_list(c: Company) -> str:
    return str(c.post("/api/pricing/price-lists", {"name": f"Tarif {next(c.numbers)}"})["id"])


def _key(c: Company) -> str:
    made = c.post("/api/tenants/api-keys", {"name": f"clé {next(c.numbers)}", "role": "sales"})
    return str(made.get("id") or made["api_key"]["id"])


def _role(c: Company) -> str:
    return str(c.post("/api/tenants/roles", {"name_fr": f"Rôle {next(c.numbers)}", "permissions": ["orders.read"]})["role"])


def _invitation(c: Company) -> str:
    return str(c.post("/api/tenants/invitations", {"email": f"i{next(c.numbers)}@example.org", "name": "Ina",
                                                   "role": "sales"})["id"])


def _customer(c: Company) -> str:
    return str(c.post("/api/parties/customers", {"name": f"Zoé {next(c.numbers)}"})["id"])


def _picture(c: Company) -> Case:
    shown = c.post(f"/api/catalog/products/{c.product}/add_media", {"content_base64": PIXEL, "title": "vue"})
    path = f"/api/catalog/products/{c.product}/remove_media"
    return Case(path, {"key": shown["media"][-1]["key"]}, {"key": "media/none.svg"})


def _import(c: Company) -> str:
    return str(c.post("/api/catalog/imports", {"text": f"sku;product_name\nI-{next(c.numbers)};Neuf", "mapping": {}})["id"])


def _sample_load(c: Company) -> str:
    """A job that loads samples, waiting for its message."""
    return str(c.post("/api/onboarding/sample-loads", {})["id"])


def _registered(c: Company) -> None:
    """A company that says it has sample data, of which nothing is left."""
    from chalicelib.onboarding import sample
    from chalicelib.onboarding.model import Sample

    ctx = tenant_work(c.name, f"sample-{next(c.numbers)}")
    known = sample.register(ctx)
    if known.state == "none":
        transaction = Transaction(ctx)
        sample.write_register(transaction, known, Sample(state="loaded", version=known.version))
        transaction.commit()


def _sample_wipe(c: Company) -> Case:
    _registered(c)
    return Case("/api/onboarding/sample-wipes", {}, {"keep_used": True})


def _logo_there(c: Company) -> Case:
    """There is a logo to take away."""
    c.post("/api/documents/branding/logo", {"content_base64": PIXEL}, "PUT")
    return Case("/api/documents/branding/logo", None, {"x": 1})


def _wipe_begun(c: Company) -> str:
    _registered(c)
    return str(c.post("/api/onboarding/sample-wipes", {})["id"])


def _rebuild(c: Company) -> str:
    return str(c.post("/api/reporting/rebuilds", {})["id"])


def _audit_export(c: Company) -> str:
    return str(c.post("/api/audit/export-jobs", {})["id"])


def _export(c: Company) -> str:
    return str(c.post("/api/leaving/exports", {})["id"])


def _upload(c: Company) -> str:
    """A small export that was uploaded."""
    upload_id = str(c.post("/api/leaving/uploads", {})["upload_id"])
    content = base64.b64encode(tiny("EUR")).decode()
    c.post(f"/api/leaving/uploads/{upload_id}/parts", {"number": 0, "content": content}, "PUT")
    return upload_id


def _arrival(c: Company) -> Case:
    body = {"upload_id": _upload(c), "dry_run": True}
    return Case("/api/leaving/imports", body, {**body, "dry_run": False})


def _import_job(c: Company) -> str:
    return str(c.post("/api/leaving/imports", {"upload_id": _upload(c), "dry_run": True})["id"])


def _erase(c: Company) -> tuple[Any, Any]:
    """A customer without business, and another confirmation."""
    name = f"Zoé {next(c.numbers)}"
    customer = c.post("/api/parties/customers", {"name": name})["id"]
    return {"customer_id": customer, "confirm": name}, {"customer_id": customer, "confirm": "x"}


def _erasure_job(c: Company) -> str:
    return str(c.post("/api/leaving/erasures", _erase(c)[0])["id"])


def _closing(c: Company) -> Case:
    c.post("/api/leaving/closure", {"confirm": c.name})
    return Case("/api/leaving/closure/withdraw", {}, BLANK)


def _listener(c: Company, n: int) -> dict[str, Any]:
    return {"name": f"Écoute {n}", "url": f"http://127.0.0.1:49999/{n}", "event_types": ["ConnectionFailing"]}


def _webhook(c: Company) -> str:
    return str(c.post("/api/webhooks/endpoints", _listener(c, next(c.numbers)))["id"])


def _webhook_off(c: Company) -> str:
    endpoint = _webhook(c)
    c.post(f"/api/webhooks/endpoints/{endpoint}/disable", {})
    return endpoint


def _pinged(c: Company) -> str:
    return str(c.post(f"/api/webhooks/endpoints/{_webhook(c)}/ping", {})["id"])


def _recovered(c: Company) -> Case:
    instants = [{"since": f"{edge.clock.now() - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"} for days in (1, 2)]
    return Case(f"/api/webhooks/endpoints/{_webhook(c)}/recover", *instants)


def _report(c: Company, n: int) -> dict[str, Any]:
    return {"name": f"Rapport {n}", "recipients": [_user(c)]}


def _schedule(c: Company) -> str:
    return str(c.post("/api/reporting/schedules", _report(c, next(c.numbers)))["id"])


def _changed_schedule(c: Company) -> Case:
    body = _report(c, next(c.numbers))
    return Case(f"/api/reporting/schedules/{_schedule(c)}", body, {**body, "hour": 9})


def _price_import(c: Company) -> str:
    return str(c.post(f"/api/pricing/price-lists/{_price_list(c)}/imports", {"text": "sku;price\nMAC;4,20"})["id"])


def _shop_import(c: Company) -> str:
    return str(c.post(f"/api/channels/connections/{c.connected()}/import-products", {})["id"])


def _user(c: Company) -> str:
    from chalicelib.tenants.model import USER, User

    n = next(c.numbers)
    ctx = tenant_work(c.name, "user")
    transaction = Transaction(ctx)
    email = f"p{n}@example.org"
    user = transaction.create(USER, User(id=ctx.new_id("usr"), email=email, joined_at=ctx.now, role="sales",
                                         email_key=ctx.blind(email), login_id="lgn_none", name="Paul"))
    transaction.commit()
    return user.id


def _paused(c: Company) -> str:
    connection = c.connected()
    c.post(f"/api/channels/connections/{connection}/pause", {})
    return connection


def _shop(rule: str, body: Any = None, other: Any = None, before: Callable[[Company], str] = Company.connected) -> Prepared:
    return lambda c: Case(f"/api/channels/connections/{before(c)}{rule}", body or {}, other or BLANK)


def _variant(c: Company) -> Case:
    found = c.ask("GET", f"/api/catalog/products/{c.product}/variants")[2]
    rows = found["items"] if isinstance(found, dict) and "items" in found else c.ask("GET", "/api/catalog/variants")[2]["items"]
    return Case(f"/api/catalog/variants/{rows[0]['id']}", {"hs_code": f"21050{next(c.numbers) % 10}"}, {"hs_code": "210600"})


def _binding(c: Company, n: int) -> dict[str, str]:
    sku = f"B-{n}"
    c.post(f"/api/catalog/products/{c.product}/add_variants", {"variants": [{"sku": sku, "axis_values": [sku]}]})
    return {"sku": sku, "product_external_id": f"9{n}"}


def _bound(c: Company) -> str:
    path = f"/api/channels/connections/{c.connected()}/bindings"
    made = c.post(path, _binding(c, next(c.numbers)))
    return f"{path}/{made['id']}"


def _delivery(c: Company) -> str:
    ctx = tenant_work(c.name, "delivery")
    transaction = Transaction(ctx)
    waiting = transaction.create(DELIVERY, Delivery(
        id=ctx.new_id(DELIVERY.prefix), connection_id=c.connected(), topic="order.created", external_id="1", body_hash="x",
        received_at=ctx.now, state="quarantined", problem_code="unknown_sku"))
    transaction.commit()
    return waiting.id


def _asked(state: str) -> Callable[[Company], str]:
    """A request of an operator to come in, in this state."""
    def make(c: Company) -> str:
        ctx = tenant_work(c.name, "support")
        transaction = Transaction(ctx)
        made = transaction.create(SUPPORT_ACCESS, SupportAccess(
            id=ctx.new_id("sup"), state=state, reason="Ticket 4711", operator_id="opr_x", operator_name="Nadia", hours=4,
            asked_at=ctx.now, ends_at=ctx.now + timedelta(days=7)))
        transaction.commit()
        return made.id
    return make


def _span(month: int) -> dict[str, str]:
    """A fiscal year of that one month, counted from 1990: there are enough of them for every case of the longest run."""
    year, month = 1990 + month // 12, 1 + month % 12
    return {"starts_on": f"{year}-{month:02}-01", "ends_on": f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"}


def _year(c: Company) -> dict[str, Any]:
    """A fiscal year that no other case touches, nor the one after it."""
    return dict(c.post("/api/ledger/fiscal-years", _span(2 * next(c.numbers))))


def _locked(c: Company) -> Case:
    year = _year(c)["id"]
    return Case(f"/api/ledger/fiscal-years/{year}/lock", {"through": f"{year[:8]}10"}, {"through": f"{year[:8]}20"})


def _closed(c: Company) -> str:
    """A closed year with an open one after it."""
    month = 2 * next(c.numbers)
    year, _ = (c.post("/api/ledger/fiscal-years", _span(each))["id"] for each in (month, month + 1))
    c.post(f"/api/ledger/fiscal-years/{year}/close", {})
    return str(year)


def _entry(day: str, n: int) -> dict[str, Any]:
    return {"journal": "OD", "entry_date": day, "label": f"Écriture {n}",
            "lines": [{"account": "512000", "debit": "10"}, {"account": "707000", "credit": "10"}]}


def _entries(c: Company) -> Case:
    day = _year(c)["id"]
    return Case("/api/ledger/entries", _entry(day, 1), _entry(day, 2))


def _reversed(c: Company) -> Case:
    posted = c.post("/api/ledger/entries", _entries(c).body)
    on = posted["entry_date"]
    return Case(f"/api/ledger/entries/{posted['id']}/reverse", {"label": "Erreur", "entry_date": on},
                {"label": "Doublon", "entry_date": on})


def _settled(c: Company, *amounts: str) -> tuple[dict[str, Any], ...]:
    """An invoice of 10 and payments of these amounts, as a letter names their lines."""
    day, party = _year(c)["id"], f"p{next(c.numbers)}"

    def posted(n: int, debit: str, credit: str, amount: str) -> dict[str, Any]:
        lines = [{"account": each, side: amount, **({"party_id": party} if each == "411000" else {})}
                 for each, side in ((debit, "debit"), (credit, "credit"))]
        entry = c.post("/api/ledger/entries", {"journal": "OD", "entry_date": day, "label": f"P{n}", "lines": lines})
        return {"entry_id": entry["id"], "line": 1 if debit == "411000" else 2}

    return posted(0, "411000", "707000", "10"), *(posted(n, "512000", "411000", each) for n, each in enumerate(amounts, 1))


def _letters(c: Company) -> Case:
    due, first, second = _settled(c, "4", "6")
    return Case("/api/ledger/letters", {"lines": [due, first], "is_partial": True},
                {"lines": [due, first, second], "is_partial": True})


def _matched(c: Company) -> Case:
    asked = []
    for _ in range(2):
        entry = c.ask("GET", f"/api/ledger/entries/{_settled(c, '10')[0]['entry_id']}")[2]
        asked.append({"account": "411000", "party_id": entry["lines"][0]["party_id"], "fiscal_year": entry["fiscal_year"]})
        rolling.roll_up(tenant_work(c.name, f"count:{entry['id']}"), entry["fiscal_year"], "OD")
    return Case("/api/ledger/letter-matches", *asked)


def _extended(c: Company) -> Case:
    due, first, second, third = _settled(c, "4", "3", "3")
    letter = c.post("/api/ledger/letters", {"lines": [due, first], "is_partial": True})["id"]
    return Case(f"/api/ledger/letters/{letter}/extend", {"lines": [second]}, {"lines": [third]})


def _lettered(c: Company) -> str:
    return str(c.post("/api/ledger/letters", {"lines": list(_settled(c, "10"))})["id"])


def _honest(c: Company, operation: str) -> Any:
    body = bodies("", c.warehouse, c.second, "", "")[operation]
    return json.loads(json.dumps(body[0] if isinstance(body, list) else body).replace("{n}", str(next(c.numbers))))


def _by_honest(operation: str, change: Callable[[Any], Any]) -> Prepared:
    """The honest body, and the same with a change."""
    path = operation.partition(" ")[2]

    def prepare(c: Company) -> Case:
        body = _honest(c, operation)
        return Case(path, body, change(json.loads(json.dumps(body))))

    return prepare


def _more(body: Any) -> Any:
    body["lines"][0]["quantity"] = "7"
    return body


def _draft(c: Company) -> str:
    return str(c.post("/api/invoicing/invoices", _honest(c, "POST /api/invoicing/invoices"))["id"])


def _issued(c: Company) -> str:
    return str(c.post(f"/api/invoicing/invoices/{_draft(c)}/issue", {})["id"])


def _payment(c: Company, *invoices: str) -> str:
    """A transfer from the party of a free invoice, set against these, the first one's own when none is named."""
    return str(c.post("/api/payments/payments", {"method": "transfer", "amount": "1", "allocations": [
        {"invoice_id": each, "amount": "0.40"} for each in invoices]})["id"])


def _paid(c: Company) -> Case:
    issued = _issued(c)
    return Case("/api/payments/payments", {"method": "transfer", "amount": "1", "allocations": [{"invoice_id": issued}]},
                {"method": "cheque", "amount": "1", "allocations": [{"invoice_id": issued}]})


def _matched_payment(c: Company) -> Case:
    paid, issued = _payment(c, _issued(c)), _issued(c)
    return Case(f"/api/payments/payments/{paid}/match", {"allocations": [{"invoice_id": issued, "amount": "0.30"}]},
                {"allocations": [{"invoice_id": issued, "amount": "0.20"}]})


def _provider_payment(c: Company) -> str:
    """Money that a provider took for a free invoice."""
    return str(c.post("/api/payments/payments", {"method": "provider", "amount": "1", "allocations": [
        {"invoice_id": _issued(c)}]})["id"])


def _paid_out(c: Company) -> Case:
    taken = [{"payment_id": _provider_payment(c)}]
    return Case("/api/payments/payouts", {"payments": taken, "net": "0.90"}, {"payments": taken, "net": "0.80"})


def _payout(c: Company) -> str:
    return str(c.post("/api/payments/payouts", {"payments": [{"payment_id": _provider_payment(c)}]})["id"])


def _run_started(c: Company) -> str:
    return str(c.post("/api/invoicing/runs", {"order_ids": [_shipped(c)]})["id"])


def _invoiced(path: str, more: dict[str, Any], on: Callable[[Company], str]) -> Prepared:
    """An order invoiced, and another body under the same key."""
    def prepare(c: Company) -> Case:
        order = on(c)
        body = {"order_id": order, **more} if path.endswith("deposits") else {"orders": [{"order_id": order}]}
        return Case(path, body, {**body, "exchange_rate": "2"})

    return prepare


ORDERS, CONNECTIONS = "/api/sales/orders/{id}", "/api/channels/connections"
ROWS: dict[str, Prepared] = {
    "PUT /api/tenants/company": _create("/api/tenants/company", lambda c, n: {**LEGAL, "legal_name": f"Maison {n}"}),
    "POST /api/onboarding/sample-loads": lambda c: Case("/api/onboarding/sample-loads", {}, BLANK),
    "POST /api/onboarding/sample-loads/{document_id}/cancel": _act("/api/onboarding/sample-loads/{id}/cancel", _sample_load),
    "POST /api/onboarding/sample-wipes": _sample_wipe,
    "POST /api/onboarding/sample-wipes/{document_id}/cancel": _act("/api/onboarding/sample-wipes/{id}/cancel", _wipe_begun),
    "PUT /api/onboarding/checklist": lambda c: Case("/api/onboarding/checklist", {"dismissed": ["shop"]}, {"dismissed": []}),
    "PUT /api/tenants/settings": _create("/api/tenants/settings", lambda c, n: {
        "name": f"Maison {n}", "locale": "fr", "time_zone": "Europe/Paris", "country_code": "FR"}),
    "POST /api/tenants/api-keys": _create("/api/tenants/api-keys", lambda c, n: {"name": f"clé {n}", "role": "sales"}),
    "PUT /api/tenants/users/{document_id}": _act("/api/tenants/users/{id}", _user, {"name": "Paul A", "role": "sales"},
                                                 {"name": "Paul B", "role": "sales"}),
    "POST /api/tenants/invitations": _create("/api/tenants/invitations", lambda c, n: {
        "email": f"u{n}@example.org", "name": "Ugo", "role": "sales"}),
    "POST /api/tenants/invitations/{document_id}/resend": _act("/api/tenants/invitations/{id}/resend", _invitation),
    "POST /api/tenants/invitations/{document_id}/revoke": _act("/api/tenants/invitations/{id}/revoke", _invitation),
    "POST /api/tenants/api-keys/{document_id}/revoke": _act("/api/tenants/api-keys/{id}/revoke", _key),
    "POST /api/tenants/api-keys/{key_id}/rotate": _act("/api/tenants/api-keys/{id}/rotate", _key, {}, {"overlap_hours": 1}),
    "POST /api/tenants/support-accesses/{document_id}/grant": _act(
        "/api/tenants/support-accesses/{id}/grant", _asked("requested"), {"hours": 1}, {"hours": 2}),
    "POST /api/tenants/support-accesses/{document_id}/refuse": _act(
        "/api/tenants/support-accesses/{id}/refuse", _asked("requested")),
    "POST /api/tenants/support-accesses/{document_id}/withdraw": _act(
        "/api/tenants/support-accesses/{id}/withdraw", _asked("granted")),
    "POST /api/tenants/roles": _create("/api/tenants/roles", lambda c, n: {
        "name_fr": f"Boutique {n}", "permissions": ["orders.read"]}),
    "PUT /api/tenants/roles/{role_id}": _act("/api/tenants/roles/{id}", _role, {"name_fr": "A", "permissions": ["stock.read"]},
                                             {"name_fr": "B", "permissions": ["stock.read"]}),
    "DELETE /api/tenants/roles/{role_id}": _act("/api/tenants/roles/{id}", _role),
    "POST /api/parties/customers": _create("/api/parties/customers", lambda c, n: {"name": f"Zoé {n}"}),
    "PUT /api/parties/customers/{document_id}": _act("/api/parties/customers/{id}", _customer, {"name": "A"}, {"name": "B"}),
    "POST /api/catalog/products": _by_honest("POST /api/catalog/products", lambda b: {**b, "name": "autre"}),
    "PUT /api/catalog/products/{document_id}": lambda c: Case(
        f"/api/catalog/products/{c.product}", {"name": f"Glaces {next(c.numbers)}"}, {"name": "Sorbets"}),
    "POST /api/catalog/products/{document_id}/add_variants": lambda c: Case(
        f"/api/catalog/products/{c.product}/add_variants",
        _honest(c, "POST /api/catalog/products/{document_id}/add_variants"), {"variants": []}),
    "POST /api/catalog/products/{document_id}/add_media": lambda c: Case(
        f"/api/catalog/products/{c.product}/add_media", {"content_base64": PIXEL, "title": f"{next(c.numbers)}"},
        {"content_base64": PIXEL, "title": "autre"}),
    "POST /api/catalog/products/{document_id}/remove_media": _picture,
    "PUT /api/catalog/variants/{document_id}": _variant,
    "POST /api/catalog/imports/{document_id}/cancel": _act("/api/catalog/imports/{id}/cancel", _import),
    "POST /api/reporting/rebuilds": lambda c: Case("/api/reporting/rebuilds", {}, BLANK),
    "POST /api/reporting/rebuilds/{document_id}/cancel": _act("/api/reporting/rebuilds/{id}/cancel", _rebuild),
    "POST /api/audit/export-jobs": lambda c: Case("/api/audit/export-jobs", {"format": "csv"}, {"format": "xlsx"}),
    "POST /api/audit/export-jobs/{document_id}/cancel": _act("/api/audit/export-jobs/{id}/cancel", _audit_export),
    "POST /api/leaving/exports": lambda c: Case("/api/leaving/exports", {}, BLANK),
    "POST /api/leaving/exports/{document_id}/cancel": _act("/api/leaving/exports/{id}/cancel", _export),
    "POST /api/leaving/imports": _arrival,
    "POST /api/leaving/imports/{document_id}/cancel": _act("/api/leaving/imports/{id}/cancel", _import_job),
    "POST /api/leaving/erasures": lambda c: Case("/api/leaving/erasures", *_erase(c)),
    "POST /api/leaving/erasure-jobs/{document_id}/cancel": _act("/api/leaving/erasure-jobs/{id}/cancel", _erasure_job),
    "POST /api/leaving/closure": lambda c: Case("/api/leaving/closure", {"confirm": c.name}, {"confirm": "x"}),
    "POST /api/leaving/closure/withdraw": _closing,
    "POST /api/reporting/schedules": _create("/api/reporting/schedules", _report),
    "PUT /api/reporting/schedules/{document_id}": _changed_schedule,
    "DELETE /api/reporting/schedules/{document_id}": lambda c: Case(f"/api/reporting/schedules/{_schedule(c)}", {}, BLANK),
    "POST /api/subscriptions/subscription/choose-free": lambda c: Case(
        "/api/subscriptions/subscription/choose-free", {}, BLANK),
    "POST /api/webhooks/endpoints": _create("/api/webhooks/endpoints", _listener),
    "PUT /api/webhooks/endpoints/{document_id}": lambda c: Case(
        f"/api/webhooks/endpoints/{_webhook(c)}", _listener(c, 1), _listener(c, 2)),
    "DELETE /api/webhooks/endpoints/{document_id}": lambda c: Case(f"/api/webhooks/endpoints/{_webhook(c)}", {}, BLANK),
    "POST /api/webhooks/endpoints/{document_id}/disable": _act("/api/webhooks/endpoints/{id}/disable", _webhook),
    "POST /api/webhooks/endpoints/{document_id}/enable": _act("/api/webhooks/endpoints/{id}/enable", _webhook_off),
    "POST /api/webhooks/endpoints/{endpoint_id}/rotate_secret": _act("/api/webhooks/endpoints/{id}/rotate_secret", _webhook),
    "POST /api/webhooks/endpoints/{endpoint_id}/ping": _act("/api/webhooks/endpoints/{id}/ping", _webhook),
    "POST /api/webhooks/endpoints/{endpoint_id}/recover": _recovered,
    "POST /api/webhooks/messages/{document_id}/resend": _act("/api/webhooks/messages/{id}/resend", _pinged),
    "POST /api/pricing/imports/{document_id}/cancel": _act("/api/pricing/imports/{id}/cancel", _price_import),
    "POST /api/channels/imports/{document_id}/cancel": _act("/api/channels/imports/{id}/cancel", _shop_import),
    "POST /api/catalog/imports": _by_honest("POST /api/catalog/imports", lambda b: {**b, "dry_run": True}),
    "POST /api/pricing/price-lists": _create("/api/pricing/price-lists", lambda c, n: {"name": f"Tarif {n}"}),
    "PUT /api/pricing/price-lists/{document_id}": _act("/api/pricing/price-lists/{id}", _price_list, {"name": "A"},
                                                       {"name": "B"}),
    "PUT /api/pricing/price-lists/{price_list_id}/prices": _act(
        "/api/pricing/price-lists/{id}/prices", _price_list, {"prices": [{"sku": "MAC", "entries": [{"price": "4.20"}]}]},
        {"prices": [{"sku": "MAC", "entries": [{"price": "5.20"}]}]}),
    "POST /api/pricing/price-lists/{price_list_id}/imports": _act(
        "/api/pricing/price-lists/{id}/imports", _price_list, {"text": "sku;price\nMAC;4,20"}, {"text": "sku;price\nMAC;5"}),
    "POST /api/stock/warehouses": _create("/api/stock/warehouses", lambda c, n: {"code": f"W{n}", "name": f"W{n}"}),
    "PUT /api/stock/warehouses/{document_id}": lambda c: Case(
        f"/api/stock/warehouses/{c.second}", {"code": "LYON", "name": f"Lyon {next(c.numbers)}"}, {"code": "X", "name": "X"}),
    "POST /api/stock/receipts": _by_honest("POST /api/stock/receipts", _more),
    "POST /api/stock/adjustments": _by_honest("POST /api/stock/adjustments", _more),
    "POST /api/stock/transfers": _by_honest("POST /api/stock/transfers", _more),
    "POST /api/sales/orders": _by_honest("POST /api/sales/orders", _more),
    "PUT /api/sales/orders/{document_id}": _act(ORDERS, Company.order, {"note": "fragile"}, {"note": "lourd"}),
    "POST /api/sales/orders/{document_id}/confirm": _act(f"{ORDERS}/confirm", lambda c: c.order("draft"),
                                                         {"shortage": "backorder"}),
    "POST /api/sales/orders/{document_id}/amend": _act(
        f"{ORDERS}/amend", Company.order, {"lines": [{"line_id": "1", "quantity": "3"}]},
        {"lines": [{"line_id": "1", "quantity": "4"}]}),
    "POST /api/sales/orders/{document_id}/hold": _act(f"{ORDERS}/hold", Company.order, {"reason": "a"}, {"reason": "b"}),
    "POST /api/sales/orders/{document_id}/release": _act(f"{ORDERS}/release", _held),
    "POST /api/sales/orders/{document_id}/prepare": _act(f"{ORDERS}/prepare", Company.order, {}, {"warehouse_id": "w"}),
    "POST /api/sales/orders/{document_id}/ship": _act(f"{ORDERS}/ship", Company.order, {"carrier": "A"}, {"carrier": "B"}),
    "POST /api/sales/orders/{document_id}/cancel": _act(f"{ORDERS}/cancel", Company.order, {"reason": "a"}, {"reason": "b"}),
    "POST /api/sales/orders/{document_id}/refund": _act(f"{ORDERS}/refund", Company.order, {"amount": "0.10"},
                                                        {"amount": "0.20"}),
    "POST /api/sales/orders/{document_id}/close": _act(f"{ORDERS}/close", _shipped),
    "POST /api/shipping/carriers": _create("/api/shipping/carriers", lambda c, n: {"name": f"Tournée {n}"}),
    "PUT /api/shipping/carriers/{document_id}": _act("/api/shipping/carriers/{id}", _carrier, {"name": "A"}, {"name": "B"}),
    "POST /api/shipping/deliveries/{document_id}/scan": _act(f"{DELIVERIES}/scan", _ready, {"code": "MAC"}, {"code": "X"}),
    "POST /api/shipping/deliveries/{document_id}/pick_all": _act(f"{DELIVERIES}/pick_all", _ready, {"parcel_number": 1},
                                                                 {"parcel_number": 2}),
    "POST /api/shipping/deliveries/{document_id}/put_back": _act(
        f"{DELIVERIES}/put_back", _picked, {"parcel_number": 1, "sku": "MAC", "quantity": "1"},
        {"parcel_number": 2, "sku": "MAC", "quantity": "1"}),
    "POST /api/shipping/deliveries/{document_id}/pack": _act(f"{DELIVERIES}/pack", _picked, {"allow_short": True},
                                                             {"allow_short": False}),
    "POST /api/shipping/deliveries/{document_id}/unpack": _act(f"{DELIVERIES}/unpack", _packed),
    "POST /api/shipping/deliveries/{document_id}/buy_labels": _labels,
    "POST /api/shipping/deliveries/{document_id}/void_label": _act(f"{DELIVERIES}/void_label", _labelled,
                                                                   {"parcel_number": 1}, {"parcel_number": 2}),
    "POST /api/shipping/deliveries/{document_id}/set_tracking": _act(
        f"{DELIVERIES}/set_tracking", _packed, {"tracking_number": "A"}, {"tracking_number": "B"}),
    "POST /api/shipping/deliveries/{document_id}/ship": _act(f"{DELIVERIES}/ship", _packed, {"carrier": "A"},
                                                             {"carrier": "B"}),
    "POST /api/shipping/deliveries/{document_id}/deliver": _act(f"{DELIVERIES}/deliver", _left),
    "POST /api/shipping/deliveries/{document_id}/cancel": _act(f"{DELIVERIES}/cancel", _ready, {"reason": "a"},
                                                               {"reason": "b"}),
    "POST /api/sales/shipments": lambda c: Case("/api/sales/shipments", {"orders": [{"order_id": c.order()}]},
                                                {"orders": [{"order_id": c.order()}]}),
    "POST /api/ledger/accounts": _create("/api/ledger/accounts", lambda c, n: {
        "number": f"{790000 + n}", "name": f"Ventes {n}"}),
    "PUT /api/ledger/accounts/{document_id}": _act("/api/ledger/accounts/{id}", lambda c: str(c.post("/api/ledger/accounts", {
        "number": f"{690000 + next(c.numbers)}", "name": "Achats"})["id"]), {"name": "A"}, {"name": "B"}),
    "POST /api/ledger/journals": _create("/api/ledger/journals", lambda c, n: {"code": f"J{n}", "name": f"Journal {n}"}),
    "PUT /api/ledger/journals/{document_id}": _act("/api/ledger/journals/{id}", lambda c: str(c.post("/api/ledger/journals", {
        "code": f"K{next(c.numbers)}", "name": "Journal"})["id"]), {"name": "A"}, {"name": "B"}),
    "POST /api/ledger/exchange-rates": _create("/api/ledger/exchange-rates", lambda c, n: {
        "currency": "USD", "rate_on": f"{2000 + n % 20}-03-{1 + n % 28:02}", "rate": "0.9"}),
    "PUT /api/ledger/exchange-rates/{document_id}": _act("/api/ledger/exchange-rates/{id}", lambda c: str(c.post(
        "/api/ledger/exchange-rates", {"currency": "GBP", "rate_on": f"{2000 + next(c.numbers) % 20}-04-01",
                                       "rate": "1.1"})["id"]), {"rate": "1.2"}, {"rate": "1.3"}),
    "POST /api/ledger/fiscal-years": _create("/api/ledger/fiscal-years", lambda c, n: _span(2 * n)),
    "POST /api/ledger/fiscal-years/{document_id}/lock": _locked,
    "POST /api/ledger/fiscal-years/{document_id}/close": _act(
        "/api/ledger/fiscal-years/{id}/close", lambda c: str(_year(c)["id"])),
    "POST /api/ledger/fiscal-years/{document_id}/carry_forward": _act(
        "/api/ledger/fiscal-years/{id}/carry_forward", _closed),
    "POST /api/ledger/letters": _letters,
    "POST /api/ledger/letters/{document_id}/extend": _extended,
    "POST /api/ledger/letters/{document_id}/undo": _act("/api/ledger/letters/{id}/undo", _lettered),
    "POST /api/ledger/letter-matches": _matched,
    "POST /api/ledger/entries": _entries,
    "POST /api/ledger/entries/{document_id}/reverse": _reversed,
    "POST /api/invoicing/invoices": _by_honest("POST /api/invoicing/invoices", lambda b: {**b, "note": "autre"}),
    "PUT /api/invoicing/invoices/{document_id}": lambda c: Case(
        f"/api/invoicing/invoices/{_draft(c)}", _honest(c, "POST /api/invoicing/invoices"), _honest(
            c, "POST /api/invoicing/invoices")),
    "DELETE /api/invoicing/invoices/{document_id}": lambda c: Case(f"/api/invoicing/invoices/{_draft(c)}", None, {"x": 1}),
    "POST /api/invoicing/invoices/{document_id}/issue": _act("/api/invoicing/invoices/{id}/issue", _draft),
    "POST /api/invoicing/invoices/{document_id}/credit": _act(
        "/api/invoicing/invoices/{id}/credit", _issued, {"reason": "retour"}, {"reason": "erreur"}),
    "POST /api/invoicing/from-orders": _invoiced("/api/invoicing/from-orders", {}, _shipped),
    "POST /api/invoicing/deposits": _invoiced("/api/invoicing/deposits", {"percent": "30"}, Company.order),
    "POST /api/invoicing/runs": lambda c: Case("/api/invoicing/runs", {"order_ids": [_shipped(c)]},
                                               {"order_ids": [_shipped(c)]}),
    "POST /api/invoicing/runs/{document_id}/cancel": _act("/api/invoicing/runs/{id}/cancel", _run_started),
    "POST /api/payments/payments": _paid,
    "POST /api/payments/payments/{document_id}/match": _matched_payment,
    "POST /api/payments/payments/{document_id}/unmatch": _act(
        "/api/payments/payments/{id}/unmatch", lambda c: _payment(c, _issued(c))),
    "POST /api/payments/payments/{document_id}/reverse": _act(
        "/api/payments/payments/{id}/reverse", lambda c: _payment(c, _issued(c)), {"reason": "impayé"}, {"reason": "erreur"}),
    "POST /api/payments/payouts": _paid_out,
    "POST /api/payments/payouts/{document_id}/reverse": _act(
        "/api/payments/payouts/{id}/reverse", _payout, {"reason": "doublon"}, {"reason": "erreur"}),
    "PUT /api/payments/settings": _create("/api/payments/settings", lambda c, n: {
        "fee_rules": [{"method": "provider", "percent": f"{n % 90}.5"}]}),
    "PUT /api/ledger/account-determination": _create("/api/ledger/account-determination", lambda c, n: {
        "families": [{"code": f"f{n}", "name": f"Famille {n}"}], "rules": SALE_RULES}),
    "PUT /api/invoicing/settings": _create("/api/invoicing/settings", lambda c, n: {
        "payment_terms_days": n % 300, "series": SERIES}),
    "POST /api/documents/papers": _paper,
    "PUT /api/documents/branding": _create("/api/documents/branding", lambda c, n: {
        "primary_colour": "#1f4e5f", "secondary_colour": "#eeeeee", "footer_text": f"Merci {n}"}),
    "PUT /api/documents/branding/logo": lambda c: Case("/api/documents/branding/logo", {"content_base64": PIXEL},
                                                       {"content_base64": "x"}),
    "DELETE /api/documents/branding/logo": _logo_there,
    "POST /api/channels/connections": lambda c: Case(CONNECTIONS, c.shop(), c.shop()),
    "PUT /api/channels/connections/{connection_id}": _shop("", {"name": "Boutique"}, {"name": "Autre"}),
    "DELETE /api/channels/connections/{connection_id}": lambda c: Case(
        f"{CONNECTIONS}/{c.connected()}", None, {"x": 1}),
    **{f"POST /api/channels/connections/{{connection_id}}/{name}": _shop(f"/{name}") for name in (
        "pause", "test", "rotate-secret", "reconcile", "import-products")},
    "POST /api/channels/connections/{connection_id}/resume": _shop("/resume", before=_paused),
    "POST /api/channels/connections/{connection_id}/bindings": lambda c: Case(
        f"{CONNECTIONS}/{c.connected()}/bindings", _binding(c, next(c.numbers)), {"sku": "MAC", "product_external_id": "1"}),
    **{f"POST /api/channels/deliveries/{{document_id}}/{name}": _act(f"/api/channels/deliveries/{{id}}/{name}", _delivery)
       for name in ("replay", "discard")},
    "DELETE /api/channels/connections/{connection_id}/bindings/{binding_id}": lambda c: Case(
        _bound(c), None, {"x": 1}),
}


def writes() -> list[str]:
    """Every write of the route table."""
    return sorted(f"{e.method} {e.path}" for domain in registry.DOMAINS for e in registry.routes(domain).api.endpoints
                  if e.method != "GET")


@contextmanager
def plenty() -> Iterator[None]:
    """No plan is too small: what a company may have of something is not what is proved here."""
    with patch.object(entitlements, "decide", lambda *_: None):
        yield


def run(seed: int, size: int, faults: Faults) -> Result:
    """The operations one after the other, in an order drawn by the seed."""
    result = Result()
    names = writes()
    for name in names:
        result.check("every write has a row", name in ROWS or name in NOT_BY_KEY, name)
    known = [name for name in names if name in ROWS]
    described_check = described.check

    def as_described(method: str, path: str, status: int, answer: Any) -> None:
        try:
            described_check(method, path, status, answer)
        except AssertionError as wrong:
            result.check("answered as described", False, wrong)

    with World(seed, faults) as world, patch.object(signing_in, "EVEN_SECONDS", 0.0), patch.object(
            described, "check", as_described), plenty():
        here, there = Company(world, "maison"), Company(world, "givree")
        world.chance.shuffle(known)
        for name in known[:size]:
            both = [Company(world, f"{each.name}{next(each.numbers)}") for each in (here, there)] if name in BY_ITSELF else (
                here, there)
            _Trial(world, *both, name, faults, result).go()
        result.facts = {"operations": len(known[:size]), "callers": CALLERS}
        return result.close(world)


class _Trial:
    """One operation, all ways."""

    def __init__(self, world: World, here: Company, there: Company, name: str, faults: Faults, result: Result) -> None:
        self.world, self.here, self.there, self.name = world, here, there, name
        self.faults, self.result = faults, result
        self.method = name.partition(" ")[0]
        self.key = f"key-{name.replace(' ', '-')}"

    def check(self, invariant: str, held: bool, detail: object = "") -> None:
        self.result.check(invariant, held, f"{self.name}: {detail}")

    def go(self) -> None:
        world = self.world
        world.faults = CALM
        case, theirs = ROWS[self.name](self.here), ROWS[self.name](self.there)
        alone = self.effect(self.there, lambda: self.there.ask(self.method, theirs.path, theirs.body, self.key))
        before = self.here.items()
        answers = self.at_once(case)
        after = self.here.items()
        good = [a for a in answers if a is not None and a[0] < 300]
        self.check("answered", len(good) == CALLERS, [a and (a[0], a[2]) for a in answers if a not in good][:3])
        if len(good) < CALLERS:
            return
        shown = [self.shown(a[2]) for a in good]
        others = [_difference(each, shown[0]) for each in shown if each != shown[0]]
        self.check("twenty equal answers", not others and len({a[0] for a in good}) == 1, others[:2])
        self.check("one effect", _shape(before, after) == alone, f"{_shape(before, after)}, alone {alone}")
        status, headers, answer = self.here.ask(self.method, case.path, case.body, self.key)
        self.check("same again: same answer", (status, self.shown(answer)) == (good[0][0], shown[0]),
                   (status, _difference(self.shown(answer), shown[0])))
        again = self.here.items()
        self.check("same again: no effect", again == after, _shape(after, again))
        status, _, _ = self.here.ask(self.method, case.path, case.other, self.key)
        self.check("other body: 422", status == 422, status)
        self.check("other body: no effect", self.here.items() == after)
        untouched = self.there.items()
        self.expire()
        status, headers, _ = self.here.ask(self.method, case.path, case.body, self.key)
        self.check("expired: a new request", status < 500 and "Idempotent-Replay" not in headers, (status, headers))
        self.check("another tenant's stays its own", self.there.items() == untouched)

    def shown(self, answer: Any) -> Any:
        """What must be equal in two answers."""
        return _plain(answer)

    def effect(self, company: Company, ask: Callable[[], tuple[int, Any, Any]]) -> Any:
        """What one request alone changes, as kinds and how many."""
        before = company.items()
        status, _, answer = ask()
        self.check("answered", status < 300, f"alone: {status} {answer}")
        return _shape(before, company.items())

    def at_once(self, case: Case) -> list[tuple[int, Any, Any] | None]:
        """Twenty callers, each a good client."""
        world, answers = self.world, list[Any]([None] * CALLERS)

        def call(n: int) -> None:
            for attempt in range(PATIENCE):
                try:
                    got = world.invoke("api", lambda: self.here.ask(self.method, case.path, case.body, self.key))
                except Died:
                    got = (0, {}, None)
                if got[0] not in (0, 429, 500, 502, 503) and not (got[0] == 409 and got[2]["code"] == "in_flight"):
                    answers[n] = got
                    return
                world.sleep(0.5 * 1.5**attempt * world.chance.random())

        for n in range(CALLERS):
            world.spawn(f"caller {n}", lambda n=n: call(n), delay=world.chance.random() * 0.05)  # type: ignore[misc]
        world.faults = self.faults
        world.run()
        world.faults = CALM
        return answers

    def expire(self) -> None:
        """Nine days pass: the table has removed markers by then."""
        for pk in self.here.markers():
            del self.world.cloud.table.items[pk]


def _plain(answer: Any) -> Any:
    """An answer without what is told once, numbers by their value."""
    if isinstance(answer, dict):
        return {name: _plain(value) for name, value in answer.items() if name not in TOLD_ONCE}
    if isinstance(answer, list):
        return [_plain(each) for each in answer]
    if isinstance(answer, str) and re.fullmatch(r"-?\d+(\.\d+)?", answer):
        return D(answer)
    return answer


def _difference(one: Any, other: Any) -> Any:
    """What two answers say differently."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one, other
    return {name: (one.get(name), other.get(name)) for name in {**one, **other} if one.get(name) != other.get(name)}


def _shape(before: dict[tuple[str, str], Any], after: dict[tuple[str, str], Any]) -> list[tuple[str, int]]:
    """What came, changed and went, by kind."""
    counts: dict[str, int] = {}
    for key in {*before, *after}:
        if before.get(key) != after.get(key):
            kind = (after.get(key) or before[key])["kind"]["S"]
            sign = "+" if key not in before else "-" if key not in after else "~"
            counts[sign + kind] = counts.get(sign + kind, 0) + 1
    return sorted(counts.items())


# -- planted bugs --------------------------------------------------------------------------------------------------------


@contextmanager
def _body_forgotten() -> Iterator[None]:
    """The key alone decides, whatever the body says."""
    with patch.object(edge.codec, "fingerprint", lambda content: "same"):
        yield


@contextmanager
def _refusal_not_looked_up() -> Iterator[None]:
    """A repeat that is refused by what its first attempt did is told the refusal."""
    def call(endpoint: Any, ctx: Any, request: Any, path_parameters: Any) -> Any:
        try:
            return endpoint.view(ctx, request, **path_parameters)
        except edge.AlreadyDone as done:
            return edge._replay(ctx, done.marker)

    with patch.object(edge, "_call", call):
        yield


PROOF = Proof(
    "idempotency", run, ci=(100, 3), long=(100, 60), unit="operations", faults=STORMY.but(skew_seconds=5.0), variant_size=12,
    variants={
        "repeat without marker": Variant(no_marker), "body forgotten": Variant(_body_forgotten),
        "refusal not looked up": Variant(_refusal_not_looked_up),
    })

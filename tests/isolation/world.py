"""Two companies of the same build, each with a mark in every text it holds, and the tap that hears whatever leaves."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chalicelib.audit import filing
from chalicelib.channels import bindings
from chalicelib.channels.model import BINDING, CONNECTION, DELIVERY, SYNC_RUN, Binding, Connection, Delivery, SyncRun
from chalicelib.events import relay
from chalicelib.events.outbox import events_of
from chalicelib.invoicing import issuing
from chalicelib.invoicing.model import INVOICE, SETTINGS, Invoice, InvoiceLine, Party
from chalicelib.invoicing.standing import STANDING
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.event import Event
from chalicelib.kernel.ids import sortable_id
from chalicelib.kernel.job import JOB, Job
from chalicelib.leaving import erasing, exporting, importing, sealing
from chalicelib.leaving.forgetting import ERASURE, Erasure, Term
from chalicelib.runtime import secrets, sessions
from chalicelib.runtime.api import platform_context
from chalicelib.runtime.worker import consume, consume_batch
from chalicelib.storage import blobs, keys, read, table
from chalicelib.storage import client as storage_client
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import passkeys
from chalicelib.tenants.model import USER
from chalicelib.tenants.passkeys import Passkey
from chalicelib.tenants.support.model import SUPPORT_ACCESS, SupportAccess
from tests.gateway import call_api
from tests.isolation.people import Firm

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
Dump = dict[tuple[str, str], str]


@dataclass
class Tap:
    """What left, by the tenant it was for: answers, messages, mails, files and logs."""

    heard: list[tuple[str, str, str]] = field(default_factory=list)

    def hear(self, tenant_id: str, where: str, text: object) -> None:
        self.heard.append((tenant_id, where, str(text)))

    def leaks(self, firms: tuple[Firm, ...]) -> list[str]:
        """Whatever was for one company and holds another's mark."""
        return [f"{where} for {tenant_id} holds {other.mark}" for tenant_id, where, text in self.heard for other in firms
                if other.tenant_id != tenant_id and other.mark in text]


TAP = Tap()


@contextmanager
def tapped() -> Iterator[Tap]:
    """Listens while the block runs: queue messages and files by who sends them, logs as nobody's."""
    TAP.heard.clear()
    send, put = relay.send, blobs.put

    def heard_send(queue: str, messages: Any) -> set[str]:
        for each in messages.values():
            TAP.hear(each.tenant_id, f"queue {queue}", each.body)
        return send(queue, messages)

    def heard_put(ctx: Context, name: str, content: bytes, content_type: str) -> None:
        TAP.hear(ctx.tenant_id, f"file {name}", content.decode("utf-8", "replace"))
        put(ctx, name, content, content_type)

    class Logs(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            TAP.hear("", "log", record.getMessage())

    logs = Logs()
    logging.getLogger("comptoir").addHandler(logs)
    relay.send, blobs.put = heard_send, heard_put
    try:
        yield TAP
    finally:
        relay.send, blobs.put = send, put
        logging.getLogger("comptoir").removeHandler(logs)


class Company(Firm):
    """A company with one of everything."""

    ids: dict[str, str]
    cursors: dict[str, str]

    def say(self, method: str, path: str, body: Any = None, role: str = "owner", expect: int | None = None) -> Any:
        """A call as a person of this company; the tap hears the answer."""
        status, _, answer = self.ask(method, path, body, self.headers(role))
        assert expect is None or status == expect, (path, status, answer)
        return answer

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any, Any]:
        status, found, answer = call_api(method, path, body, {"accept": "*/*", **headers})
        TAP.hear(self.tenant_id, f"answer {method} {path}", (found, answer))
        return status, found, answer

    def step(self) -> Context:
        ctx = self.ctx()
        return replace(ctx, command=Command(f"world:{ctx.chance.token(8).hex()}"))

    def put(self, document: Any, value: Any) -> str:
        """Writes a document as it is, where making it would need a shop."""
        transaction = Transaction(self.step())
        transaction.create(document, value)
        transaction.commit()
        return str(value.id)

    def fill(self) -> Company:
        """One of everything, twice where a list shall go on; every text holds the mark."""
        self.found()
        m, now, s = self.mark, self.ctx().now, self.tenant_id.upper()
        product = self.say("POST", "/api/catalog/products", {
            "name": f"Bûche {m}", "description": m, "brand": m, "category": m, "axes": [f"Parts {m}"],
            "variants": [{"sku": f"{s}-1", "axis_values": [m], "gtin": _gtin(m)}]}, expect=201)
        self.say("POST", "/api/catalog/products", {"name": f"Glace {m}", "variants": [{"sku": f"{s}-2"}]}, expect=201)
        media = self.say("POST", f"/api/catalog/products/{product['id']}/add_media", {
            "content_base64": base64.b64encode(PIXEL + m.encode()).decode(), "title": m}, expect=200)["media"][0]["key"]
        job = self.say("POST", "/api/catalog/imports", {"text": f"sku;product_name\n{s}-3;{m}\n"}, expect=202)
        place = {"line1": m, "city": m, "postal_code": "74000", "country_code": "FR", "name": m}
        customer = self.say("POST", "/api/parties/customers", {
            "name": f"Zoé {m}", "email": f"zoe@{m.lower()}.example", "note": m, "company_name": m, "billing_address": place,
            "tags": [m]}, expect=201)
        self.say("POST", "/api/parties/customers", {"name": f"Luc {m}"}, expect=201)
        prices = self.say("POST", "/api/pricing/price-lists", {"name": f"Détail {m}"}, expect=201)
        self.say("PUT", f"/api/pricing/price-lists/{prices['id']}/prices",
                 {"prices": [{"sku": f"{s}-1", "entries": [{"price": "9.90"}]}]}, expect=200)
        spare = self.say("POST", "/api/pricing/price-lists", {"name": f"Gros {m}"}, expect=201)
        price_job = self.say("POST", f"/api/pricing/price-lists/{spare['id']}/imports", {"text": f"sku;price\n{s}-1;{m}\n"},
                             expect=202)
        house = self.say("POST", "/api/stock/warehouses", {"code": f"{s}-W1", "name": m, "address": m}, expect=201)
        other = self.say("POST", "/api/stock/warehouses", {"code": f"{s}-W2", "name": f"2 {m}"}, expect=201)
        received = self.say("POST", "/api/stock/receipts", {"warehouse_id": house["id"], "reference": m, "lines": [
            {"sku": f"{s}-1", "quantity": "50", "unit_cost": "3.99"}]}, expect=201)
        order = {"lines": [{"sku": f"{s}-1", "quantity": "1", "unit_price": "9.90"}], "customer_id": customer["id"],
                 "buyer": {"name": m, "email": f"zoe@{m.lower()}.example"}, "billing_address": place, "note": m,
                 "channel_name": m, "external_number": m}
        placed = self.say("POST", "/api/sales/orders", order, expect=201)
        open_one, packed, goods = (self._delivery(order, is_packed) for is_packed in (False, True, True))
        carrier = self.say("POST", "/api/shipping/carriers", {"name": m, "sender": place}, expect=201)
        self.say("POST", f"/api/shipping/deliveries/{goods['id']}/buy_labels", {"carrier_id": carrier["id"]}, expect=200)
        self.say("POST", "/api/sales/orders", order, expect=201)
        invited = self.say("POST", "/api/tenants/invitations", {"email": f"i@{m.lower()}.example", "name": m, "role": "sales"},
                           expect=201)
        key = self.say("POST", "/api/tenants/api-keys", {"name": m, "role": "sales"}, expect=201)
        role = self.say("POST", "/api/tenants/roles", {"name_fr": m, "description": m, "permissions": ["orders.read"]},
                        expect=201)
        schedule = self.say("POST", "/api/reporting/schedules", {"name": m, "recipients": [self.users["sales"].id]}, expect=201)
        rebuild = self.say("POST", "/api/reporting/rebuilds", {}, expect=202)
        webhook = self.say("POST", "/api/webhooks/endpoints", {
            "name": m, "url": f"http://127.0.0.1:49999/{m.lower()}", "event_types": ["ConnectionFailing"]}, expect=201)["id"]
        ping = self.say("POST", f"/api/webhooks/endpoints/{webhook}/ping", {}, expect=201)
        connection = self._connection(now)
        self.ids = {
            **self._leaving(now, customer["id"]),
            "product": product["id"], "variant": product["variants"][0]["id"], "sku": f"{s}-1", "gtin": _gtin(m),
            "media": media, "job": job["id"], "price_job": price_job["id"], "rebuild": rebuild["id"],
            **{kind: self._past_job(kind, m) for kind in ("sample_load", "sample_wipe")},
            "webhook": webhook, "webhook_message": ping["id"],
            "schedule": schedule["id"], "customer": customer["id"], "price_list": prices["id"],
            "spare_list": spare["id"],
            "warehouse": house["id"], "second_warehouse": other["id"], "operation": received["id"], "order": placed["id"],
            "goods_delivery": goods["id"], "open_delivery": open_one["id"],
            "packed_delivery": packed["id"], "carrier": carrier["id"],
            "support_access": self.put(SUPPORT_ACCESS, SupportAccess(
                id=sortable_id("sup", now, self.ctx().chance.token(10)), reason=f"Ticket {m}", operator_id="opr_x",
                operator_name=m, hours=1, asked_at=now, ends_at=now + timedelta(days=1))),
            "invitation": invited["id"], "api_key": key["id"], "role": role["role"],
            "user": self._colleague(), **connection,
            "session": secrets.digest(self.headers("owner")["cookie"].partition("=")[2]),
            "sign_in": self._sign_in(now), "order_number": placed["number"], **self._books(customer["id"]),
            **self._invoices(customer["id"]), "shipment": f"{placed['number']}-1",
            "format": "pdf", "audit_record": self._audit_record(), "passkey": self._passkey()}
        self.work()
        self.ids["paper"] = self.say("POST", "/api/documents/papers", {
            "paper_kind": "order_confirmation", "subject_id": placed["id"]}, expect=201)["id"]
        self.say("PUT", "/api/documents/branding", {"primary_colour": "#112233", "secondary_colour": "#ffffff",
                                                    "footer_text": m}, expect=200)
        return self

    def _colleague(self) -> str:
        """Somebody whose place may be changed while the others go on asking."""
        made = replace(self.users["sales"], id=self.ctx().new_id("usr"), version=0, email=f"luc@{self.mark.lower()}.example",
                       email_key=self.ctx().blind(f"luc@{self.mark.lower()}.example"), login_id=f"lgn_{self.mark}luc")
        return self.put(USER, made)

    def _passkey(self) -> str:
        """A passkey of the owner."""
        ctx, owner = platform_context("passkey"), self.users["owner"]
        made = Passkey(id=ctx.new_id("psk"), login_id=owner.login_id, email_key="x", name=self.mark, credential_id=self.mark,
                       public_key="x", created_at=ctx.now)
        return passkeys._put(ctx, made).id

    def _audit_record(self) -> str:
        """The newest record of what was done here."""
        return str(self.say("GET", "/api/audit/records?limit=1", None, expect=200)["items"][0]["id"])

    def _delivery(self, order: dict[str, Any], is_packed: bool) -> dict[str, Any]:
        """A delivery of an order of its own."""
        placed = self.say("POST", "/api/sales/orders", order, expect=201)
        made = self.say("POST", f"/api/sales/orders/{placed['id']}/prepare", {}, expect=200)["deliveries"][0]
        for action in ("pick_all", "pack") if is_packed else ():
            made = self.say("POST", f"/api/shipping/deliveries/{made['id']}/{action}", {}, expect=200)
        return dict(made)

    def _past_job(self, kind: str, mark: str) -> str:
        """A job of a kind that is over."""
        ctx = self.ctx()
        transaction = Transaction(ctx)
        job = Job(id=ctx.new_id("job"), job_kind=kind, state="done", title=mark, created_at=ctx.now)
        transaction.create(JOB, job)
        transaction.commit()
        return job.id

    def _connection(self, now: Any) -> dict[str, str]:
        ctx, m = self.ctx(), self.mark

        def new(prefix: str) -> str:
            return sortable_id(prefix, now, ctx.chance.token(10))

        connection = self.put(CONNECTION, Connection(
            id=new("con"), name=m, platform="woocommerce", base_url=f"http://127.0.0.1:9/{m.lower()}", state="paused",
            sealed_credentials=secrets.encrypt(ctx, '{"consumer_key":"ck","consumer_secret":"cs"}'),
            sealed_webhook_secret=secrets.encrypt(ctx, "s3cret"), created_at=now))
        return {
            "connection": connection,
            "binding": self.put(BINDING, Binding(id=new("bnd"), connection_id=connection, sku=f"{self.tenant_id.upper()}-1",
                                                 product_external_id="7", name=m, created_at=now)),
            "delivery": self.put(DELIVERY, Delivery(
                id=new("dlv"), connection_id=connection, topic=m, external_id=m, state="quarantined", received_at=now,
                problem_message=m, outcome=m)),
            "shop_job": self.put(JOB, Job(id=new("job"), job_kind=bindings.KIND, title=m, subject_id=connection, state="done",
                                          created_at=now)),
            "run": self.put(SYNC_RUN, SyncRun(id=new("syn"), connection_id=connection, kind="poll", started_at=now,
                                              ended_at=now, problem=m))}

    def _books(self, customer_id: str) -> dict[str, str]:
        """Books whose year, journal and account nobody else has."""
        m, n = self.mark, sum(map(ord, self.mark))
        year, account, journal = 2000 + n % 90, f"79{n % 10_000:04}", self.tenant_id.upper()[:4]
        self.say("POST", "/api/ledger/fiscal-years", {"starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31"}, expect=201)
        self.say("PUT", "/api/tenants/company", {"legal_name": f"Maison {m} SAS", "trade_name": f"Enseigne {m}",
                                                 "siren": "732829320"}, expect=200)
        self.say("POST", "/api/ledger/accounts", {"number": account, "name": m, "name_en": m}, expect=201)
        self.say("POST", "/api/ledger/journals", {"code": journal, "name": m, "name_en": m}, expect=201)
        entry = self.say("POST", "/api/ledger/entries", {
            "journal": journal, "entry_date": f"{year}-02-01", "label": m, "document_reference": m, "lines": [
                {"account": "411000", "debit": "12.34", "party_id": customer_id, "party_name": m, "label": m},
                {"account": account, "credit": "12.34", "label": m}]}, expect=201)
        paid = self.say("POST", "/api/ledger/entries", {
            "journal": journal, "entry_date": f"{year}-02-02", "label": m, "lines": [
                {"account": "512000", "debit": "2"}, {"account": "411000", "credit": "2", "party_id": customer_id},
            ]}, expect=201)
        payment = self.say("POST", "/api/payments/payments", {
            "method": "transfer", "amount": "5", "paid_on": f"{year}-02-03", "customer_id": customer_id, "reference": m,
            "note": m}, expect=201)
        taken = self.say("POST", "/api/payments/payments", {
            "method": "provider", "amount": "5", "paid_on": f"{year}-02-03", "customer_id": customer_id}, expect=201)
        payout = self.say("POST", "/api/payments/payouts", {
            "paid_on": f"{year}-02-04", "payments": [{"payment_id": taken["id"]}], "net": "4.90", "external_id": m,
            "reference": m, "note": m}, expect=201)
        letter = self.say("POST", "/api/ledger/letters", {"is_partial": True, "lines": [
            {"entry_id": entry["id"], "line": 1}, {"entry_id": paid["id"], "line": 2}]}, expect=201)
        rate = self.say("POST", "/api/ledger/exchange-rates", {
            "currency": self.tenant_id.upper()[-3:], "rate_on": f"{year}-02-01", "rate": "0.9", "source": m}, expect=201)
        return {"letter": letter["id"], "exchange_rate": rate["id"], "payment": payment["id"], "payout": payout["id"],
                "fiscal_year": f"{year}-12-31", "account": account, "journal": journal,
                "entry": entry["id"], "day": f"{year}-03-01"}

    def _invoices(self, customer_id: str) -> dict[str, str]:
        """A draft, an issued invoice, settings and a run, put as they are: to issue one would want today's books."""
        ctx, m, now = self.ctx(), self.mark, self.ctx().now
        draft = self.say("POST", "/api/invoicing/invoices", {"lines": [{"name": m, "unit_price": "3"}], "note": m,
                                                              "customer_id": customer_id}, expect=201)
        line = InvoiceLine(id="1", name=m, amount=Decimal(3), line_net_amount=Decimal(3))
        issued = Invoice(id=sortable_id("ivc", now, ctx.chance.token(10)), state="issued", number=f"FA-{m}",
                         issue_date=now.date(), lines=(line,), line_count=1, created_at=now, buyer=Party(name=m),
                         customer_id=customer_id, payable_amount=Decimal(3), channel_name=m)
        self.put(STANDING, issuing.new_standing(issued))
        self.put(SETTINGS, replace(issuing.defaults(), early_payment_discount=m))
        run = Job(id=sortable_id("job", now, ctx.chance.token(10)), job_kind="invoice_run", state="done", title=m,
                  created_at=now)
        return {"invoice": draft["id"], "issued": self.put(INVOICE, issued), "invoice_number": issued.number,
                "invoice_run": self.put(JOB, run)}

    def _leaving(self, now: Any, customer_id: str) -> dict[str, str]:
        """An export, an import and an erasure that are over, an archived original, and an upload."""
        ctx, m = self.ctx(), self.mark

        def done(kind: str) -> str:
            return self.put(JOB, Job(id=sortable_id("job", now, ctx.chance.token(10)), job_kind=kind, state="done", title=m,
                                     facts={"format": "csv"}, created_at=now, ended_at=now))

        upload = sortable_id("upl", now, ctx.chance.token(10))
        blobs.put(ctx, f"imports/{upload}/000000", m.encode(), "application/octet-stream")
        erasure = self.put(ERASURE, Erasure(id=sortable_id("ers", now, ctx.chance.token(10)), state="kept", asked_by=m,
                                            subject_id=customer_id, pseudonym=f"Personne effacée {m}", asked_at=now,
                                            terms=(Term(until=now.date(), count=1),)))
        tx = Transaction(self.step())
        sealing.new_key(tx, erasure, now.date())
        tx.commit()
        tx = Transaction(self.step())
        key = sealing.key_of(ctx, erasure, now.date())
        sealing.keep(tx, erasure, now.date(), key, "invoice", "ivc_old", f'{{"note":"{m}"}}')
        tx.commit()
        return {"export": done(exporting.KIND), "audit_export": done(filing.KIND), "company_import": done(importing.KIND),
                "erasure_job": done(erasing.KIND),
                "erasure": erasure, "upload": upload, "archived_kind": "invoice", "archived": "ivc_old"}

    def _sign_in(self, now: Any) -> str:
        from chalicelib.tenants.model import SIGN_IN, SignIn

        return self.put(SIGN_IN, SignIn(id=sortable_id("sgn", now, self.ctx().chance.token(10)), user_id=self.users["owner"].id,
                                        user_name=self.mark, at=now, source_ip="203.0.113.9", user_agent=self.mark,
                                        outcome="signed_in"))

    def events(self) -> list[Event]:
        """Everything in the outbox of the last hour."""
        ctx, found = self.ctx(), list[Event]()
        for hour in (ctx.now - timedelta(hours=1), ctx.now):
            for shard in range(keys.OUTBOX_SHARDS):
                partition = keys.outbox_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx))
                for item in read.collection(ctx, partition, limit=1000)[0]:
                    found += events_of(self.tenant_id, item.key.sk, item.data)
        return found

    def work(self) -> None:
        """What stream and queues do with the outbox."""
        for event in self.events():
            relay.publish([event])
            deliver(event)

    def dump(self) -> Dump:
        """Every item of the tenant, with what it holds; sessions and rate counters aside, which asking moves."""
        found: Dump = {}
        start: dict[str, Any] = {}
        prefix = f"T#{self.tenant_id}#"
        while True:
            answer = storage_client.client().scan(
                TableName=storage_client.table_name(), FilterExpression="begins_with(pk, :p)",
                ExpressionAttributeValues={":p": {"S": prefix}}, **start)
            for wire in answer["Items"]:
                if not wire["pk"]["S"].startswith((f"{prefix}RATE#", f"{prefix}API_KEY#")) and not wire["sk"]["S"].startswith(
                        "SESSION#"):
                    found[wire["pk"]["S"], wire["sk"]["S"]] = str(table.from_wire(wire)) if "data" in wire else str(wire)
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def consumers() -> dict[str, Callable[[Event], dict[str, Any]]]:
    """Every queue's consumer, as the entry point builds it."""
    from chalicelib.events.outbox import message
    from chalicelib.runtime import registry

    found: dict[str, Callable[[Event], dict[str, Any]]] = {}
    for domain in registry.DOMAINS:
        module = registry.worker(domain)
        if not hasattr(module, "handle_batch") and not hasattr(module, "HANDLERS"):
            continue

        def run(event: Event, domain: str = domain, module: Any = module) -> dict[str, Any]:
            batch = {"Records": [{"messageId": "1", "body": message(event)}]}
            if hasattr(module, "handle_batch"):
                return consume_batch(domain, module.handle_batch, batch, None)
            return consume(domain, module.HANDLERS, batch, None)

        found[domain] = run
    return found


def deliver(event: Event) -> None:
    """Hands an event to the queues that hear of it."""
    from chalicelib.events.routing import queues_for

    known = consumers()
    for queue in queues_for(event.type):
        known[queue](event)


def session_ids(firm: Firm, role: str) -> list[str]:
    return [each.id for each in sessions.of_user(firm.ctx(), firm.users[role].id)]


def _gtin(mark: str) -> str:
    """A GTIN-13 of the company's own, with its check digit."""
    digits = f"{sum(map(ord, mark)) * 7919 % 10**12:012d}"
    total = sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits))
    return digits + str(-total % 10)

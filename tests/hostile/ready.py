"""What stands ready in the company that is sent generated input: an order, a parcel, an invoice in each state that something
can be done with, made through the API as a person would make it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.events.outbox import events_of
from chalicelib.kernel.context import Actor, Context
from chalicelib.reporting import schedules
from chalicelib.runtime import secrets
from chalicelib.runtime.worker import tenant_work
from chalicelib.shipping import public
from chalicelib.storage import keys, read
from chalicelib.tenants import directory, passkeys, service, tickets
from chalicelib.tenants.model import InviteUser
from tests.gateway import call_api
from tests.hostile.honest import HOME, LEGAL, LINE
from tests.hostile.merchant import PASSWORD, Merchant
from tests.hostile.operating import asked
from tests.hostile.ready_company import ReadyCompany
from tests.tenants.authenticator import Authenticator

TOKENS = 3
"""How many mails with a link each: a link is good once, and is sometimes sent with a wrong password."""


class Ready:
    """`subjects` are the documents an operation can act on (`METHOD path`), `paths` the parameters that no list names,
    `honest` the bodies, `queries` the parameters after the question mark."""

    def __init__(self, merchant: Merchant, colleague_id: str) -> None:
        self.merchant = merchant
        self.send("PUT", "/api/tenants/company", LEGAL)
        self.send("POST", "/api/stock/receipts", {"warehouse_id": self._warehouse(), "lines": [
            {"sku": "MAC", "quantity": "900", "unit_cost": "3.10"}]})
        self.customer_id = str(self.send("POST", "/api/parties/customers", {"name": "Zoé Martin", "email": "zoe@example.com",
                                                                            "billing_address": HOME})["id"])
        self.carrier_id = str(self.send("POST", "/api/shipping/carriers", {"name": "Tournée"})["id"])
        gone = [self.shipped() for _ in range(4)]
        self.invoices = [str(self.send("POST", "/api/invoicing/from-orders", {"orders": [{"order_id": each}]})["id"])
                         for each in (gone.pop(), gone.pop(), self.shipped())]
        company = ReadyCompany(merchant)
        self.subjects = {**self._sales(), **self._shipping(), **self._money(), **self._support(),
                         **company.subjects}
        self.paths = {"customer_id": [self.customer_id], "order_id": gone,
                      "address": [f"{merchant.tenant_id}.{self.carrier_id}"],
                      "token": [public.token(merchant.ctx(), gone[0])]}
        self.honest: dict[str, Any] = {
            "POST /api/invoicing/from-orders": [{"orders": [{"order_id": each}]} for each in (self.shipped(), self.shipped())],
            "POST /api/invoicing/deposits": [{"order_id": self.order(), "amount": "1.00"} for _ in range(2)],
            "POST /api/invoicing/runs": {"order_ids": gone},
            "POST /api/sales/shipments": {"orders": [{"order_id": self.order()}]},
            "POST /api/shipping/deliveries/{document_id}/buy_labels": {"carrier_id": self.carrier_id},
            "POST /api/shipping/deliveries/{document_id}/void_label": {"parcel_number": 1},
            **self._links(), **self._passkeys(), **company.honest}
        self.queries = {"POST /api/reporting/stops": {"token": self._stop(colleague_id)},
                        "GET /api/shipping/deliveries/{delivery_id}/label": {"parcel": "1", "format": "pdf"},
                        "GET /api/audit/check": {"from": "2026-11-01", "to": "2026-11-20"}}

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """A request of the owner's program that must succeed."""
        status, _, answer = call_api(method, path, body, {"authorization": f"Bearer {self.merchant.api_key}"})
        assert status < 300, (method, path, status, answer)
        return answer

    def _warehouse(self) -> str:
        return str(self.send("GET", "/api/stock/warehouses")["items"][0]["id"])

    def order(self, state: str = "confirmed") -> str:
        """A paid order of one article, of the customer."""
        return str(self.send("POST", "/api/sales/orders", {
            "lines": [LINE], "customer_id": self.customer_id, "buyer": {"name": "Zoé Martin"}, "billing_address": HOME,
            "state": state, "is_paid": state != "draft"})["id"])

    def held(self) -> str:
        """An order that waits for somebody."""
        order_id = self.order()
        self.send("POST", f"/api/sales/orders/{order_id}/hold", {"reason": "doute"})
        return order_id

    def shipped(self) -> str:
        """An order that left whole."""
        order_id = self.order()
        self.send("POST", f"/api/sales/orders/{order_id}/ship", {})
        return order_id

    def delivery(self, *actions: str) -> str:
        """A delivery of an order of its own, to which this was done, one action after the other."""
        found = self.send("POST", f"/api/sales/orders/{self.order()}/prepare", {})["deliveries"][0]["id"]
        for action in actions:
            body = {"buy_labels": {"carrier_id": self.carrier_id}}.get(action, {})
            self.send("POST", f"/api/shipping/deliveries/{found}/{action}", body)
        return str(found)

    def _sales(self) -> dict[str, list[str]]:
        return {"POST /api/sales/orders/{document_id}/ship": [self.order(), self.order()],
                "POST /api/sales/orders/{document_id}/prepare": [self.order(), self.order()],
                "POST /api/sales/orders/{document_id}/amend": [self.order(), self.order()],
                "POST /api/sales/orders/{document_id}/release": [self.held(), self.held()],
                "POST /api/sales/orders/{document_id}/close": [self.shipped(), self.shipped()],
                "POST /api/sales/orders/{document_id}/refund": [self.shipped()]}

    def _shipping(self) -> dict[str, list[str]]:
        """By what is to be done with it, what was done with the delivery before."""
        picked, packed = ("pick_all",), ("pick_all", "pack")
        labelled, left = (*packed, "buy_labels"), (*packed, "ship")
        before: dict[str, tuple[str, ...]] = {
            "pick_all": (), "scan": (), "cancel": (), "put_back": picked, "pack": picked, "unpack": packed,
            "buy_labels": packed, "ship": packed, "set_tracking": packed, "void_label": labelled, "deliver": left}
        found = {f"POST /api/shipping/deliveries/{{document_id}}/{action}": [self.delivery(*done)]
                 for action, done in before.items()}
        return {**found, "GET /api/shipping/deliveries/{delivery_id}/label": [self.delivery(*labelled)]}

    def _money(self) -> dict[str, list[str]]:
        paid = {"method": "transfer", "amount": "5", "customer_id": self.customer_id}
        draft = {"lines": [{"name": "Conseil", "unit_price": "9.90"}], "customer_id": self.customer_id}
        issued = [self.send("POST", f"/api/invoicing/invoices/{self._made('/api/invoicing/invoices', draft)}/issue", {})["id"]]
        entry = self.send("GET", f"/api/invoicing/invoices/{issued[0]}")["entry_id"]
        return {"POST /api/invoicing/invoices/{document_id}/issue": [self._made("/api/invoicing/invoices", draft)],
                "POST /api/invoicing/invoices/{document_id}/credit": [*issued, self.invoices.pop()],
                "POST /api/payments/payments/{document_id}/reverse": [self._made("/api/payments/payments", paid)],
                "POST /api/payments/payments/{document_id}/match": [self._made("/api/payments/payments", paid)],
                "POST /api/ledger/entries/{document_id}/reverse": [str(entry)]}

    def _support(self) -> dict[str, list[str]]:
        begin = "POST /api/tenants/support-accesses/{document_id}"
        return {f"{begin}/{action}": [asked(self.merchant.ctx(), state) for _ in range(3)] for action, state in (
            ("grant", "requested"), ("refuse", "requested"), ("withdraw", "granted"))}

    def _made(self, path: str, body: Any) -> str:
        return str(self.send("POST", path, body)["id"])

    def _links(self) -> dict[str, Any]:
        """Bodies with what stands in mails: links that invite and that let a new password be chosen."""
        for n in range(TOKENS):
            service.invite(self.merchant.ctx(), InviteUser(
                email=f"guest{n}@{self.merchant.tenant_id}.example", name="Luc", role="sales"))
        invited = self._mailed("UserInvited")
        platform = directory.platform(self.merchant.ctx())
        login = directory.find(platform, self.merchant.owner_email)
        assert login is not None
        facts = {"email": self.merchant.owner_email, "login_id": login.id}
        resets = [tickets.issue(platform, tickets.RESET, facts, tickets.RESET_SECONDS) for _ in range(TOKENS)]
        begun = [self._signed_up(n) for n in range(TOKENS)]
        return {"POST /api/tenants/sign-ups/look-up": {"token": begun[0]},
                "POST /api/tenants/sign-ups/confirm": [{"token": each, "password": PASSWORD} for each in begun[1:]],
                "POST /api/tenants/invitations/look-up": {"token": invited[0]},
                "POST /api/tenants/invitations/accept": [{"token": each, "password": PASSWORD} for each in invited[1:]],
                "POST /api/tenants/password-resets/confirm": [{"token": each, "password": PASSWORD} for each in resets]}

    def _passkeys(self) -> dict[str, Any]:
        """What a browser answers with the owner's passkey, and with new ones; each question is answered once."""
        ctx = replace(self.merchant.ctx(), actor=Actor("user", self.merchant.owner_id, "Odile Favre"))
        new = []
        for _ in range(TOKENS + 1):
            question = passkeys.begin_registration(ctx, PASSWORD, "", "")
            key = Authenticator(counts=False, origin=question.origin)
            new.append({"token": question.token, "credential": key.create(dict(question.options)), "name": "Clé"})
        kept = new.pop()
        passkeys.register(ctx, kept["token"], kept["credential"], "Clé")
        proofs = [passkeys.ask_for_proof(ctx) for _ in range(TOKENS)]
        entries = [passkeys.ask_to_sign_in(directory.platform(ctx), "127.0.0.1") for _ in range(TOKENS)]
        answer = lambda question: {"token": question.token, "credential": key.get(dict(question.options))}
        return {"POST /api/tenants/passkeys": new, "POST /api/tenants/passkeys/proofs": [answer(each) for each in proofs],
                "POST /api/tenants/passkeys/sessions": [answer(each) for each in entries]}

    def _signed_up(self, n: int) -> str:
        """The link's token of a company that is about to begin."""
        answer = call_api("POST", "/api/tenants/sign-ups", {
            "email": f"debut{n}@{self.merchant.tenant_id}.example", "name": "Léa",
            "company_name": "Glaces", "siren": "732829320",
            "fiscal_year_starts_on": f"{self.merchant.ctx().now:%Y}-01-01"}, {})[2]
        [token] = self._mailed("SignUpRequested", tenant_work(answer["sign_up"].partition(".")[0], "test"))
        return token

    def _mailed(self, event_type: str, of: Context | None = None) -> list[str]:
        """The tokens that the mails of these events hold."""
        ctx = of or self.merchant.ctx()
        found = []
        for hour in (ctx.now - timedelta(hours=1), ctx.now):
            for shard in range(keys.OUTBOX_SHARDS):
                partition = keys.outbox_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx))
                for item in read.collection(ctx, partition, limit=1000)[0]:
                    found += [secrets.decrypt(ctx, str(event.data["sealed_token"]))
                              for event in events_of(ctx.tenant_id, item.key.sk, item.data) if event.type == event_type]
        return found

    def _stop(self, colleague_id: str) -> str:
        """The link at the foot of a report that a colleague gets."""
        made = self.send("POST", "/api/reporting/schedules", {"name": "Mois", "recipients": [colleague_id]})
        return schedules.stop_token(self.merchant.ctx(), made["id"], colleague_id)

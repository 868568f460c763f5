"""Invoices: drafted, finalised, charged, tried again; and what a customer's subscription becomes by it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from infra.local.stripe import amounts
from infra.local.stripe.events import Events
from infra.local.stripe.form import Values, declined, invalid
from infra.local.stripe.objects import Objects
from infra.local.stripe.shapes import listed
from infra.local.stripe.state import Object, State

HOUR, DAY = 3600, 86400
RETRY_DAYS = (3, 5, 7)
"""Days from one failed try to the next; after the last the subscription is `unpaid` (the account's setting "mark as unpaid",
https://docs.stripe.com/billing/revenue-recovery/smart-retries)."""


class Invoices:
    """What is owed and whether it was paid."""

    def __init__(self, state: State, events: Events, objects: Objects, url: str) -> None:
        self._state, self._events, self._objects, self._url = state, events, objects, url

    def draft(self, subscription: Object, lines: list[Object], reason: str, now: int, period: tuple[int, int]) -> Object:
        """A draft with these lines, its totals and its tax."""
        found = self._state.add("invoice", now, **self.figures(subscription, lines, reason, period))
        for each in lines:
            each |= {"id": self._state.new_id("line_item"), "invoice": found["id"]}
        found["lines"] = listed(f"/v1/invoices/{found['id']}/lines", lines)
        self._state.keep(found)
        self._events.emit("invoice.created", found)
        return found

    def figures(self, subscription: Object, lines: list[Object], reason: str, period: tuple[int, int]) -> Values:
        """The fields that follow from the lines and from who pays."""
        customer = self._state.get("customer", subscription["customer"])
        tax_ids = [{"type": each["type"], "value": each["value"]}
                   for each in self._state.all("tax_id", customer=customer["id"])]
        subtotal = sum(int(each["amount"]) for each in lines)
        country = (customer["address"] or {}).get("country") or "FR"
        is_taxed = bool(subscription["automatic_tax"]["enabled"])
        taxes = amounts.tax_of(subtotal, country, [each["value"] for each in tax_ids]) if is_taxed else []
        total = subtotal + sum(int(each["amount"]) for each in taxes)
        balance = int(customer["balance"])
        due = max(0, total + balance)
        return {
            "customer": customer["id"], "customer_email": customer["email"], "customer_name": customer["name"],
            "customer_address": customer["address"], "customer_tax_ids": tax_ids, "billing_reason": reason,
            "currency": subscription["currency"], "test_clock": customer["test_clock"], "subtotal": subtotal,
            "subtotal_excluding_tax": subtotal, "total_excluding_tax": subtotal, "total_taxes": taxes, "total": total,
            "amount_due": due, "amount_remaining": due, "starting_balance": balance,
            "period_start": period[0], "period_end": period[1],
            "automatic_tax": {"enabled": is_taxed, "liability": {"type": "self"} if is_taxed else None,
                              "disabled_reason": None, "status": "complete" if is_taxed else None, "provider": None},
            "parent": {"type": "subscription_details", "quote_details": None, "subscription_details": {
                "metadata": subscription["metadata"], "subscription": subscription["id"]}},
            "lines": listed("/v1/invoices/upcoming/lines", lines),
        }

    def finalise(self, invoice: Object, now: int) -> Object:
        """Gives the draft its number and its pages; a credit goes to the customer's balance."""
        customer = self._state.get("customer", invoice["customer"])
        sequence = int(customer["next_invoice_sequence"])
        balance = min(0, int(invoice["total"]) + int(customer["balance"]))
        customer |= {"next_invoice_sequence": sequence + 1, "balance": balance}
        self._state.keep(customer)
        invoice |= {
            "status": "open", "number": f"{customer['invoice_prefix']}-{sequence:04d}", "effective_at": now,
            "automatically_finalizes_at": None, "ending_balance": balance,
            "hosted_invoice_url": f"{self._url}/i/{invoice['id']}", "invoice_pdf": f"{self._url}/i/{invoice['id']}/pdf",
            "status_transitions": {**invoice["status_transitions"], "finalized_at": now}}
        self._events.emit("invoice.finalized", self._state.keep(invoice))
        return invoice

    def charge(self, invoice: Object, now: int) -> bool:
        """Tries the customer's card; answers whether the invoice is paid. A failed try plans the next one."""
        if int(invoice["amount_remaining"]) == 0 or self._objects.pays(invoice["customer"]):
            self._paid(invoice, now)
            return True
        tried = int(invoice["attempt_count"]) + 1
        more = tried <= len(RETRY_DAYS)
        invoice |= {"attempted": True, "attempt_count": tried,
                    "next_payment_attempt": now + RETRY_DAYS[tried - 1] * DAY if more else None, "auto_advance": more}
        self._events.emit("invoice.payment_failed", self._state.keep(invoice))
        self._follow(invoice, "past_due" if more else "unpaid")
        return False

    def _paid(self, invoice: Object, now: int) -> None:
        due = int(invoice["amount_due"])
        invoice |= {"status": "paid", "amount_paid": due, "amount_remaining": 0, "attempted": True, "auto_advance": False,
                    "attempt_count": int(invoice["attempt_count"]) + (1 if due else 0), "next_payment_attempt": None,
                    "status_transitions": {**invoice["status_transitions"], "paid_at": now}}
        self._events.emit("invoice.paid", self._state.keep(invoice))
        self._events.emit("invoice.payment_succeeded", invoice)
        self._follow(invoice, "active")

    def _follow(self, invoice: Object, status: str) -> None:
        """The subscription's status after a try. It is active again when its latest finalised invoice is paid."""
        subscription = self._state.find(str(self.subscription_of(invoice)))
        if subscription is None or subscription["status"] in ("canceled", "incomplete", "trialing"):
            return
        if status == "active" and any(True for each in self.open_of(subscription["id"])):
            return
        if subscription["status"] == status or (status == "past_due" and subscription["status"] == "unpaid"):
            return
        before = {"status": subscription["status"]}
        subscription["status"] = status
        self._events.emit("customer.subscription.updated", self._state.keep(subscription), before)

    def subscription_of(self, invoice: Object) -> Any:
        return ((invoice["parent"] or {}).get("subscription_details") or {}).get("subscription")

    def open_of(self, subscription_id: str) -> list[Object]:
        """Finalised invoices of a subscription that are not paid."""
        return [each for each in self._state.all("invoice", status="open") if self.subscription_of(each) == subscription_id]

    def pay(self, invoice_id: str) -> Object:
        """Charges an open invoice now. Raises `card_declined`."""
        invoice = self._state.get("invoice", invoice_id)
        if invoice["status"] != "open":
            raise invalid("This invoice is not open.", code="invoice_not_open")
        if not self.charge(invoice, self._state.now(invoice["customer"])):
            raise declined()
        return invoice

    def void_drafts(self, subscription_id: str) -> None:
        """What was drafted and never finalised is gone with its subscription."""
        for each in list(self._state.all("invoice", status="draft")):
            if self.subscription_of(each) == subscription_id:
                self._state.drop(each["id"])

    def list(self, query: Values) -> Object:
        """Invoices of a customer or subscription, newest first."""
        rows = [each for each in self._state.all("invoice")
                if (not query.get("customer") or each["customer"] == query["customer"])
                and (not query.get("subscription") or self.subscription_of(each) == query["subscription"])
                and (not query.get("status") or each["status"] == query["status"])]
        return deepcopy(self._objects.page("/v1/invoices", rows, query))

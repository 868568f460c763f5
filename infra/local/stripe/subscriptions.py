"""Subscriptions: begun, changed with proration, ended; and what time makes of them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from infra.local.stripe import amounts
from infra.local.stripe.events import Events
from infra.local.stripe.form import Values, declined, flag, invalid, number, required
from infra.local.stripe.invoices import DAY, HOUR, Invoices
from infra.local.stripe.objects import Objects
from infra.local.stripe.shapes import listed, make
from infra.local.stripe.state import Object, State

Due = tuple[int, int, Callable[[], None]]
WARNED_DAYS = 3


class Subscriptions:
    """One customer's recurring items."""

    def __init__(self, state: State, events: Events, objects: Objects, invoices: Invoices) -> None:
        self._state, self._events, self._objects, self._invoices = state, events, objects, invoices

    # -- beginning ---------------------------------------------------------------------------------------------------

    def begin(self, customer_id: str, items: list[Values], data: Values, is_taxed: bool) -> Object:
        """A subscription from now on, or after its trial; its first invoice is finalised at once and must be paid.

        Raises `card_declined`, and nothing began."""
        now = self._state.now(customer_id)
        trial_end = number(data, "trial_end", 0)
        if trial_end and trial_end < now + 2 * DAY:
            raise invalid("The `trial_end` must be at least 2 days in the future.", "subscription_data[trial_end]")
        if not trial_end and not self._objects.pays(customer_id):
            raise declined()
        end = trial_end or amounts.month_after(now, now)
        customer = self._state.get("customer", customer_id)
        found = make("subscription", self._state.new_id("subscription"), now, customer=customer_id, start_date=now,
                     billing_cycle_anchor=end if trial_end else now, metadata=data.get("metadata", {}),
                     status="trialing" if trial_end else "active", trial_start=now if trial_end else None,
                     trial_end=trial_end or None, test_clock=customer["test_clock"],
                     default_payment_method=customer["invoice_settings"]["default_payment_method"])
        found["automatic_tax"] = {"enabled": is_taxed, "liability": {"type": "self"} if is_taxed else None,
                                  "disabled_reason": None}
        rows = [self._item(found["id"], each, (now, end), now) for each in items]
        found["items"] = listed(f"/v1/subscription_items?subscription={found['id']}", rows)
        found["currency"] = rows[0]["price"]["currency"]
        self._state.keep(found)
        lines = [] if trial_end else self._advance_lines(found, (now, end))
        invoice = self._invoices.draft(found, lines, "subscription_create", now, (now, now))
        self._events.emit("customer.subscription.created", found)
        self._invoices.charge(self._invoices.finalise(invoice, now), now)
        found["latest_invoice"] = invoice["id"]
        return self._state.keep(found)

    def _item(self, subscription_id: str, values: Values, period: tuple[int, int], now: int, item_id: str = "") -> Object:
        price = self._state.get("price", required(values, "price"))
        plan = make("plan", price["id"], price["created"], amount=price["unit_amount"],
                    amount_decimal=price["unit_amount_decimal"], billing_scheme=price["billing_scheme"],
                    currency=price["currency"], product=price["product"],
                    meter=price["recurring"]["meter"], usage_type=price["recurring"]["usage_type"],
                    tiers_mode=price["tiers_mode"])
        found = make("subscription_item", item_id or self._state.new_id("subscription_item"), now, plan=plan,
                     price=deepcopy(price), subscription=subscription_id, current_period_start=period[0],
                     current_period_end=period[1])
        if not amounts.is_metered(price):
            found["quantity"] = number(values, "quantity", 1)
        elif "quantity" in values:
            raise invalid("You cannot set a quantity on a metered price.", "items[quantity]")
        return found

    def _name(self, price: Object) -> str:
        name = str(price["nickname"] or self._state.get("product", price["product"])["name"])
        return name

    def _advance_lines(self, subscription: Object, period: tuple[int, int]) -> list[Object]:
        return [amounts.in_advance(item, self._name(item["price"]), period) for item in subscription["items"]["data"]
                if not amounts.is_metered(item["price"])]

    def _arrears_lines(self, subscription: Object, period: tuple[int, int]) -> list[Object]:
        lines = []
        for item in subscription["items"]["data"]:
            if amounts.is_metered(item["price"]):
                kept = self._state.find(f"tiers:{item['price']['id']}")
                used = self._objects.usage(item["price"]["recurring"]["meter"], subscription["customer"], *period)
                lines.append(amounts.in_arrears(item, self._name(item["price"]), period, kept["tiers"] if kept else [], used))
        return lines

    # -- changing ----------------------------------------------------------------------------------------------------

    def _after(self, subscription: Object, wanted: list[Values], now: int) -> list[Object]:
        """The items after a change: those named by id replaced or deleted, those without an id added."""
        first = subscription["items"]["data"][0]
        period = (int(first["current_period_start"]), int(first["current_period_end"]))
        by_id = {each.get("id"): each for each in wanted if each.get("id")}
        unknown = set(by_id) - {item["id"] for item in subscription["items"]["data"]}
        if unknown:
            raise invalid(f"No such subscription item: {min(map(str, unknown))}", "items[id]", "resource_missing")
        rows = []
        for item in subscription["items"]["data"]:
            change = by_id.get(item["id"])
            if change is None:
                rows.append(item)
            elif not flag(change, "deleted"):
                quantity = {} if "quantity" not in item else {"quantity": change.get("quantity", item["quantity"])}
                if amounts.is_metered(self._state.get("price", change.get("price", item["price"]["id"]))):
                    quantity = {}
                values = {"price": change.get("price", item["price"]["id"]), **quantity}
                rows.append(self._item(subscription["id"], values, period, item["created"], item["id"]))
        rows += [self._item(subscription["id"], each, period, now) for each in wanted if not each.get("id")]
        return rows

    def _changes(self, subscription: Object, wanted: list[Values], at: int) -> tuple[list[Object], list[Object]]:
        rows = self._after(subscription, wanted, at)
        is_free = subscription["status"] == "trialing"
        before = subscription["items"]["data"]
        return rows, [] if is_free else amounts.prorations(before, rows, self._name, at)

    def update(self, subscription_id: str, values: Values) -> Object:
        """Other items, with the proration asked for; the end of the period as its end, or not any more."""
        found = self._state.get("subscription", subscription_id)
        if found["status"] in ("canceled", "incomplete_expired"):
            raise invalid("A canceled subscription can only update its cancellation_details.")
        now = self._state.now(found["customer"])
        before: Values = {}
        if values.get("items"):
            before["items"] = found["items"]
            self._change_items(found, values, now)
        if "cancel_at_period_end" in values:
            is_ending = flag(values, "cancel_at_period_end")
            before["cancel_at_period_end"] = found["cancel_at_period_end"]
            end = int(found["items"]["data"][0]["current_period_end"])
            found |= {"cancel_at_period_end": is_ending, "cancel_at": end if is_ending else None,
                      "canceled_at": now if is_ending else None, "cancellation_details": {
                          "comment": None, "feedback": None, "reason": "cancellation_requested" if is_ending else None}}
        if "metadata" in values:
            found["metadata"] = {**found["metadata"], **values["metadata"]}
        self._events.emit("customer.subscription.updated", self._state.keep(found), before)
        return found

    def _change_items(self, found: Object, values: Values, now: int) -> None:
        at = number(values, "proration_date", now)
        behaviour = values.get("proration_behavior", "create_prorations")
        rows, lines = self._changes(found, values["items"], at)
        lines = [] if behaviour == "none" else lines
        owed = sum(int(each["amount"]) for each in lines)
        if behaviour == "always_invoice" and owed > 0 and values.get("payment_behavior") == "error_if_incomplete" and (
                not self._objects.pays(found["customer"])):
            raise declined()
        found["items"] = listed(found["items"]["url"], rows)
        self._state.keep(found)
        if behaviour == "always_invoice" and lines:
            invoice = self._invoices.draft(found, lines, "subscription_update", now, (at, at))
            found["latest_invoice"] = invoice["id"]
            self._invoices.charge(self._invoices.finalise(invoice, now), now)
        elif lines:
            pending = self._pending(found["id"])
            self._state.keep({"object": "pending", "lines": [*pending, *lines]}, f"pending:{found['id']}")

    def _pending(self, subscription_id: str) -> list[Object]:
        kept = self._state.find(f"pending:{subscription_id}")
        return list(kept["lines"]) if kept else []

    def preview(self, values: Values) -> Object:
        """What would be invoiced: the proration alone when it is invoiced at once, else the next period with it."""
        found = self._state.get("subscription", required(values, "subscription"))
        details = values.get("subscription_details") or {}
        now = self._state.now(found["customer"])
        at = number(details, "proration_date", now)
        draft = deepcopy(found)
        rows, lines = self._changes(found, details.get("items") or [], at)
        draft["items"] = listed(found["items"]["url"], rows)
        end = int(rows[0]["current_period_end"])
        period = (at, at)
        if details.get("proration_behavior") != "always_invoice":
            period = (end, amounts.month_after(end, int(found["billing_cycle_anchor"])))
            arrears = self._arrears_lines(draft, (int(rows[0]["current_period_start"]), end))
            lines = [*self._pending(found["id"]), *lines, *arrears, *self._advance_lines(draft, period)]
        for each in lines:
            each["id"] = self._state.new_id("line_item")
        return make("invoice", f"upcoming_{self._state.new_id('invoice')}", now,
                    **self._invoices.figures(draft, lines, "upcoming", period))

    def cancel(self, subscription_id: str) -> Object:
        """Ends it now."""
        found = self._state.get("subscription", subscription_id)
        if found["status"] == "canceled":
            raise invalid("This subscription is canceled already.", code="resource_missing")
        self._end(found, self._state.now(found["customer"]), "cancellation_requested")
        return found

    def _end(self, found: Object, now: int, reason: str) -> None:
        found |= {"status": "canceled", "ended_at": now, "canceled_at": found["canceled_at"] or now,
                  "cancellation_details": {**found["cancellation_details"], "reason": reason}}
        self._state.keep(found)
        self._invoices.void_drafts(found["id"])
        self._events.emit("customer.subscription.deleted", found)

    # -- time --------------------------------------------------------------------------------------------------------

    def next_due(self, clock_id: str | None) -> Due | None:
        """The next thing that time does to the customers of this clock (of none, for real time): instant, order, work."""
        due: list[Due] = []
        for each in self._state.all("subscription", test_clock=clock_id):
            if each["status"] not in ("canceled", "incomplete_expired"):
                due += self._of_subscription(each)
        for each in self._state.all("invoice", test_clock=clock_id):
            due += self._of_invoice(each)
        return min(due, key=lambda row: row[:2], default=None)

    def _of_subscription(self, found: Object) -> list[Due]:
        end = int(found["items"]["data"][0]["current_period_end"])
        due: list[Due] = [(end, 1, lambda: self._renew(found, end))]
        if found["status"] == "trialing" and self._state.find(f"warned:{found['id']}") is None:
            due.append((end - WARNED_DAYS * DAY, 0, lambda: self._warn(found)))
        return due

    def _of_invoice(self, invoice: Object) -> list[Due]:
        if invoice["status"] == "draft" and invoice["automatically_finalizes_at"]:
            at = int(invoice["automatically_finalizes_at"])
            return [(at, 2, lambda: self._bill(invoice, at))]
        if invoice["status"] == "open" and invoice["next_payment_attempt"]:
            again = int(invoice["next_payment_attempt"])
            return [(again, 3, lambda: self._try_again(invoice, again))]
        return []

    def _try_again(self, invoice: Object, at: int) -> None:
        self._invoices.charge(invoice, at)

    def _bill(self, invoice: Object, at: int) -> None:
        self._invoices.charge(self._invoices.finalise(invoice, at), at)

    def _warn(self, found: Object) -> None:
        self._state.keep({"object": "warned"}, f"warned:{found['id']}")
        self._events.emit("customer.subscription.trial_will_end", found)

    def _renew(self, found: Object, end: int) -> None:
        """The next period, with its draft invoice, which is finalised an hour later; or the end."""
        start = int(found["items"]["data"][0]["current_period_start"])
        if found["cancel_at_period_end"]:
            self._last_usage(found, (start, end))
            self._end(found, end, found["cancellation_details"]["reason"] or "cancellation_requested")
            return
        before: dict[str, Any] = {"status": found["status"]}
        anchor = int(found["billing_cycle_anchor"])
        period = (end, amounts.month_after(end, anchor))
        lines = [*self._pending(found["id"]), *self._arrears_lines(found, (start, end)), *self._advance_lines(found, period)]
        self._state.drop(f"pending:{found['id']}")
        for item in found["items"]["data"]:
            item |= {"current_period_start": period[0], "current_period_end": period[1]}
        found["status"] = "active" if found["status"] == "trialing" else found["status"]
        self._state.keep(found)
        invoice = self._invoices.draft(found, lines, "subscription_cycle", end, (start, end))
        if found["status"] != "unpaid":
            invoice["automatically_finalizes_at"] = end + HOUR
        self._state.keep(invoice)
        found["latest_invoice"] = invoice["id"]
        self._events.emit("customer.subscription.updated", self._state.keep(found), before)

    def _last_usage(self, found: Object, period: tuple[int, int]) -> None:
        lines = [each for each in (*self._pending(found["id"]), *self._arrears_lines(found, period)) if each["amount"]]
        if lines:
            invoice = self._invoices.draft(found, lines, "subscription_cycle", period[1], period)
            self._invoices.charge(self._invoices.finalise(invoice, period[1]), period[1])

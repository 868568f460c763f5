"""Products, prices, customers, tax ids, cards, meters: what is created, changed and listed without consequences."""

from __future__ import annotations

from typing import Any

from infra.local.stripe.events import Events
from infra.local.stripe.form import Values, flag, invalid, number, required
from infra.local.stripe.shapes import listed, make
from infra.local.stripe.state import Object, State

EU_VAT = {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
          "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI"}
CARDS = {
    "4242424242424242": ("visa", "pays"), "5555555555554444": ("mastercard", "pays"),
    "4000000000000002": ("visa", "declined"), "4000000000000341": ("visa", "fails_later"),
}
"""Test cards by number (https://docs.stripe.com/testing): one that pays, one that is declined, and one that can be kept but
is declined whenever it is charged."""


class Objects:
    """The simple resources."""

    def __init__(self, state: State, events: Events) -> None:
        self._state, self._events = state, events

    def page(self, url: str, rows: list[Object], query: Values) -> Object:
        """Newest first, `limit` (10) at a time, after `starting_after`."""
        rows = rows[::-1]
        after = query.get("starting_after")
        if after:
            places = [n for n, row in enumerate(rows) if row.get("id") == after]
            rows = rows[places[0] + 1:] if places else []
        limit = number(query, "limit", 10)
        return listed(url, rows[:limit], len(rows) > limit)

    def create_product(self, values: Values) -> Object:
        """A product, under the id it asks for when it asks for one."""
        now = self._state.clock_time()
        found = make("product", values.get("id") or self._state.new_id("product"), now, name=required(values, "name"),
                     description=values.get("description"), metadata=values.get("metadata", {}), updated=now,
                     tax_code=values.get("tax_code"))
        if self._state.find(found["id"]):
            raise invalid(f"Product already exists: {found['id']}", "id", "resource_already_exists")
        self._events.emit("product.created", self._state.keep(found))
        return found

    def create_price(self, values: Values) -> Object:
        """A price: flat, or graduated by tiers of a meter's usage."""
        recurring = values.get("recurring") or {}
        key = values.get("lookup_key")
        if key and any(self._state.all("price", lookup_key=key, active=True)):
            raise invalid(f"A price already uses the lookup key {key}.", "lookup_key")
        self._state.get("product", required(values, "product"))
        amount = number(values, "unit_amount", -1)
        kept = {
            "currency": required(values, "currency"), "product": values["product"], "lookup_key": key,
            "nickname": values.get("nickname"), "metadata": values.get("metadata", {}),
            "billing_scheme": values.get("billing_scheme", "per_unit"), "tiers_mode": values.get("tiers_mode"),
            "tax_behavior": values.get("tax_behavior", "unspecified"),
            "unit_amount": amount if amount >= 0 else None, "unit_amount_decimal": str(amount) if amount >= 0 else None,
            "recurring": {"interval": required(recurring, "interval"), "interval_count": 1, "meter": recurring.get("meter"),
                          "usage_type": recurring.get("usage_type", "licensed"), "trial_period_days": None}}
        found = self._state.add("price", self._state.clock_time(), **kept)
        if values.get("tiers"):
            self._state.keep({"object": "tiers", "tiers": values["tiers"]}, f"tiers:{found['id']}")
        self._events.emit("price.created", found)
        return found

    def list_prices(self, query: Values) -> Object:
        """Prices, by their look-up keys when asked so."""
        wanted = query.get("lookup_keys")
        rows = [each for each in self._state.all("price") if not wanted or each["lookup_key"] in wanted]
        if "active" in query:
            rows = [each for each in rows if each["active"] == flag(query, "active")]
        return self.page("/v1/prices", rows, query)

    def create_customer(self, values: Values) -> Object:
        """A customer, under a test clock when it names one."""
        clock = values.get("test_clock")
        if clock:
            self._state.get("test_helpers.test_clock", clock)
        now = int(self._state.get("test_helpers.test_clock", clock)["frozen_time"]) if clock else self._state.clock_time()
        found = self._state.add("customer", now, test_clock=clock or None, **self._customer_values(values))
        found["invoice_prefix"] = found["id"][-8:].upper()
        self._events.emit("customer.created", self._state.keep(found))
        return found

    def update_customer(self, customer_id: str, values: Values) -> Object:
        """Name, address, default card."""
        found = self._state.get("customer", customer_id)
        found |= self._customer_values(values, found)
        chosen = (values.get("invoice_settings") or {}).get("default_payment_method")
        if chosen:
            self._state.get("payment_method", chosen)
            found["invoice_settings"] = {**found["invoice_settings"], "default_payment_method": chosen}
        self._events.emit("customer.updated", self._state.keep(found))
        return found

    def _customer_values(self, values: Values, old: Object | None = None) -> Values:
        known: Values = {name: values[name] for name in ("email", "name", "description") if name in values}
        if "metadata" in values:
            known["metadata"] = {**(old or {}).get("metadata", {}), **values["metadata"]}
        if "address" in values:
            empty = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
            known["address"] = {**empty, **values["address"]}
        if "preferred_locales" in values:
            known["preferred_locales"] = values["preferred_locales"]
        return known

    def add_tax_id(self, customer_id: str, values: Values) -> Object:
        """A customer's VAT number; one that cannot be one is refused, as Stripe does by format."""
        customer = self._state.get("customer", customer_id)
        kind, value = required(values, "type"), str(required(values, "value"))
        if kind == "eu_vat" and (value[:2] not in EU_VAT or not 8 <= len(value) <= 14):
            raise invalid(f"Invalid value for {kind}.", "value", "tax_id_invalid")
        found = self._state.add(
            "tax_id", self._state.now(customer_id), type=kind, value=value, customer=customer["id"],
            country=value[:2] if kind == "eu_vat" else None,
            owner={"type": "customer", "customer": customer["id"], "customer_account": None})
        self._events.emit("customer.tax_id.created", found)
        return found

    def remove_tax_id(self, customer_id: str, tax_id: str) -> Object:
        """Takes a VAT number away."""
        found = self._state.get("tax_id", tax_id)
        self._state.drop(found["id"])
        self._events.emit("customer.tax_id.deleted", found)
        return {"id": found["id"], "object": "tax_id", "deleted": True}

    def keep_card(self, customer_id: str, number_typed: str) -> tuple[Object, str]:
        """A card typed on a hosted page, kept as the customer's default; answers it and how it behaves. An unknown number
        is refused."""
        digits = "".join(number_typed.split())
        if digits not in CARDS:
            raise invalid("Your card number is incorrect.", "number", "incorrect_number")
        brand, behaviour = CARDS[digits]
        card = {"brand": brand, "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
                "country": "FR", "display_brand": brand, "exp_month": 8, "exp_year": 2034, "fingerprint": digits[-8:],
                "funding": "credit", "generated_from": None, "last4": digits[-4:], "networks": {
                    "available": [brand], "preferred": None}, "regulated_status": None,
                "three_d_secure_usage": {"supported": True}, "wallet": None}
        found = self._state.add("payment_method", self._state.now(customer_id), card=card)
        self._state.keep({"object": "behaviour", "of": behaviour}, f"behaviour:{found['id']}")
        if behaviour != "declined":
            found["customer"] = customer_id
            self._events.emit("payment_method.attached", self._state.keep(found))
            self.update_customer(customer_id, {"invoice_settings": {"default_payment_method": found["id"]}})
        return found, behaviour

    def pays(self, customer_id: str) -> bool:
        """Whether the customer's default card pays; raises what Stripe says when there is none."""
        chosen = self._state.get("customer", customer_id)["invoice_settings"]["default_payment_method"]
        behaviour = self._state.find(f"behaviour:{chosen}") if chosen else None
        return behaviour is not None and behaviour["of"] == "pays"

    def create_meter(self, values: Values) -> Object:
        """A meter that sums the values of its events."""
        now = self._state.clock_time()
        name = required(values, "event_name")
        if any(self._state.all("billing.meter", event_name=name)):
            raise invalid(f"An active meter with the event name {name} exists already.", "event_name")
        return self._state.add("billing.meter", now, event_name=name, display_name=required(values, "display_name"),
                               default_aggregation=values.get("default_aggregation", {"formula": "sum"}), updated=now)

    def meter_event(self, values: Values) -> Object:
        """One event of usage; the same `identifier` counts once (Stripe: at least within 24 hours)."""
        payload = required(values, "payload")
        meter = next(self._state.all("billing.meter", event_name=required(values, "event_name")), None)
        if meter is None:
            raise invalid(f"No active meter found for event name {values['event_name']}.", "event_name", "no_meter")
        customer_id = str(payload.get("stripe_customer_id"))
        self._state.get("customer", customer_id)
        identifier = values.get("identifier") or self._state.new_id("billing.meter_event")
        known = self._state.find(f"usage:{identifier}")
        if known is not None:
            raise invalid(f"An event already exists with identifier {identifier}.", "identifier", "duplicate_meter_event")
        at = number(values, "timestamp", self._state.now(customer_id))
        if at > self._state.now(customer_id) + 300:
            raise invalid("The timestamp is in the future.", "timestamp", "timestamp_in_future")
        self._state.keep({"object": "usage", "meter": meter["id"], "customer": customer_id, "at": at,
                          "value": int(str(payload.get("value", "1")))}, f"usage:{identifier}")
        return make("billing.meter_event", "", self._state.clock_time(), event_name=meter["event_name"],
                    identifier=identifier, payload=payload, timestamp=at)

    def usage(self, meter_id: str, customer_id: str, start: int, end: int) -> int:
        """What a customer used from `start` until before `end`."""
        return sum(int(each["value"]) for each in self._state.all("usage", meter=meter_id, customer=customer_id)
                   if start <= each["at"] < end)

    def summaries(self, meter_id: str, query: Values) -> Object:
        """A customer's usage in a period, as one summary."""
        start, end = number(query, "start_time"), number(query, "end_time")
        used = self.usage(meter_id, str(required(query, "customer")), start, end)
        row = make("billing.meter_event_summary", "mtrusg_1", 0, aggregated_value=used, meter=meter_id, start_time=start,
                   end_time=end)
        return listed(f"/v1/billing/meters/{meter_id}/event_summaries", [row])


def text_of(value: Any) -> str:
    """Cents as people read them."""
    return f"{int(value) / 100:.2f}".replace(".", ",") + " €"

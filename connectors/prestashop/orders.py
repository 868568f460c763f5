"""Reading orders from a shop: which changed, and each with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.contract import ChannelOrder, Malformed, MappingProblem, OrderPage, OrderStatus, Unauthorised
from connectors.http import Clock
from connectors.prestashop import mapping
from connectors.prestashop.api import Api, any_of
from connectors.prestashop.clock import lower_bound, optional_instant, upper_bound
from connectors.prestashop.listing import Changes, Cursor, page_of
from connectors.prestashop.reference import SETTINGS, Facts
from connectors.prestashop.xml import Resource
from connectors.reading import Unreadable, text

FOR_EVER = "2099-12-31 23:59:59"
CUSTOMER_FIELDS = "[id,email,firstname,lastname,company,siret,is_guest]"
"""No more than is needed: in full the shop gives the password's hash."""
_SHOP = {"order_states": "full", "currencies": "full", "taxes": "full", "carriers": "full", "countries": "[id,iso_code]"}


class Orders:
    """The orders of one shop. What the shop says of itself is asked once in the life of this object."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._shop: dict[str, Any] = {}

    def facts(self) -> Facts:
        """The shop's own facts. Raises Malformed where they cannot be read."""
        try:
            return Facts.read(self._about_shop())
        except Unreadable as unreadable:
            raise Malformed(f"{unreadable.path}: {unreadable.message}") from None

    def _about_shop(self) -> Mapping[str, Any]:
        if not self._shop:
            found: dict[str, Any] = {"configurations": self._api.list("configurations", filter_name=any_of(SETTINGS))}
            for name, display in _SHOP.items():
                found[name] = self._api.list(name, display=display)
            found["languages"] = self._allowed("languages") or []
            self._shop = {**found, "shop_id": self._api.shop_id}
        return {**self._shop, "now": self._clock.now()}

    def _allowed(self, resource: str, **parameters: str) -> list[Resource] | None:
        """A list that the key need not be allowed; None when it is not."""
        try:
            return self._api.list(resource, **parameters)
        except Unauthorised as refusal:
            if refusal.platform_code in ("25", "26"):
                return None
            raise

    def changed(self, since: datetime, until: datetime | None, written: str | None) -> OrderPage:
        """One page of orders that changed; see `Connector.list_orders`."""
        zone, now = self.facts().zone, self._clock.now()
        begun = Cursor.read(written) if written else Cursor(lower_bound(since, now, zone))
        page = self._changes(begun, upper_bound(until, since, zone) if until else FOR_EVER)
        found = {text(order, "id"): order for order in (
            self._api.list("orders", filter_id=any_of(page.order_ids)) if page.order_ids else [])}
        items = self.whole([found[i] for i in page.order_ids if i in found])
        reached = optional_instant({"date": page.reached}, "date", zone, now) or since.astimezone(UTC)
        return OrderPage(tuple(items), page.cursor.write() if page.cursor else None, reached)

    def _changes(self, begun: Cursor, until: str) -> Changes:
        asked = {"filter_date_upd": f"[{begun.since},{until}]", "date": "1", "sort": "[date_upd_ASC,id_ASC]",
                 "limit": str(begun.limit)}
        orders = self._api.list("orders", display="[id,date_upd]", **asked)
        slips = self._api.list("order_slip", display="[id,id_order,date_upd]", **asked)
        return page_of(orders, slips, begun)

    def one(self, external_id: str) -> ChannelOrder | MappingProblem:
        """One order with all that belongs to it. Raises NotFound."""
        return self.whole([self._api.get("orders", external_id, "order")])[0]

    def whole(self, orders: Sequence[Resource]) -> list[ChannelOrder | MappingProblem]:
        """Orders read with all that belongs to them; each kind is asked once for all of them."""
        if not orders:
            return []
        shop, facts = self._about_shop(), self.facts()
        ids = any_of(text(order, "id") for order in orders)
        found = {name: self._api.list(name, filter_id_order=ids) for name in ("order_details", "order_slip", "order_carriers")}
        found["order_slips"] = found.pop("order_slip")
        found["order_cart_rules"] = self._allowed("order_cart_rules", filter_id_order=ids) or []
        found["order_payments"] = self._api.list(
            "order_payments", filter_order_reference=any_of(text(order, "reference") for order in orders))
        refunded = [text(order, "id") for order in orders if mapping.status_of(
            facts.states.get(text(order, "current_state"))) is OrderStatus.REFUNDED]
        if refunded:
            found["order_histories"] = self._api.list("order_histories", filter_id_order=any_of(refunded))
        people = {
            "customers": self._api.list("customers", display=CUSTOMER_FIELDS,
                                        filter_id=any_of(text(order, "id_customer") for order in orders)),
            "addresses": self._api.list("addresses", filter_id=any_of(
                text(order, key) for order in orders for key in ("id_address_invoice", "id_address_delivery"))),
        }
        return [mapping.map_order({**shop, **people, **_of_order(order, found), "order": order}) for order in orders]


def _of_order(order: Resource, found: Mapping[str, Sequence[Resource]]) -> dict[str, list[Resource]]:
    """What belongs to one order of several that were asked together."""
    wanted = {"order_payments": ("order_reference", text(order, "reference"))}
    chosen = {}
    for name, entries in found.items():
        key, value = wanted.get(name, ("id_order", text(order, "id")))
        chosen[name] = [entry for entry in entries if text(entry, key) == value]
    return chosen

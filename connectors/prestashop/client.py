"""The connection to one PrestaShop: what it reads and what it changes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from connectors.contract import (
    Capabilities,
    ChannelOrder,
    ChannelRefund,
    ConnectionSettings,
    CredentialField,
    Malformed,
    MappingProblem,
    NotFound,
    OrderPage,
    OrderStatus,
    PriceUpdate,
    ProbeResult,
    ProductPage,
    PushOutcome,
    PushResult,
    RefundRequest,
    Rejected,
    StockLevel,
    TrackingUpdate,
    Unauthorised,
    WebhookMeaning,
    WebhookSubscription,
)
from connectors.http import SYSTEM_CLOCK, Clock
from connectors.prestashop import breaks, mapping, outgoing, products, webhook
from connectors.prestashop.api import Api, any_of, right_missing
from connectors.prestashop.listing import PAGE
from connectors.prestashop.orders import Orders
from connectors.prestashop.probe import probe
from connectors.prestashop.products import PushItem
from connectors.prestashop.xml import Resource
from connectors.reading import Unreadable, decimal, text

PRODUCTS_AT_ONCE = 50


class PrestaShop:
    """One shop; `settings.credentials` holds `key`, and `shop_id` where one PrestaShop holds several shops."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        platform="prestashop",
        batch_size=25,
        requests_per_second=Decimal(8),
        webhooks=False,
        order_page_size=PAGE,
        one_call_per_item=True,
        price_decimals=6,
        price_breaks=True,
        credentials=(
            CredentialField("key", is_secret=True, pattern=r"[A-Za-z0-9]{32}"),
            CredentialField("shop_id", is_required=False, pattern=r"[0-9]{1,9}"),
        ),
    )

    def __init__(self, settings: ConnectionSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self._api = Api(settings, clock)
        self._orders = Orders(self._api, clock)
        self._clock = clock
        self._group_id = ""

    def probe(self) -> ProbeResult:
        """Test the connection; see `Connector.probe`."""
        return probe(self._api)

    # -- orders ---------------------------------------------------------------------------------------------------

    def list_orders(
        self, modified_after: datetime, until: datetime | None = None, cursor: str | None = None
    ) -> OrderPage:
        """One page of changed orders, oldest change first.

        Neither a credit slip nor a tracking number moves an order's date, so slips are looked for by their own.
        """
        return self._orders.changed(modified_after, until, cursor)

    def get_order(self, external_id: str) -> ChannelOrder | MappingProblem:
        """One order with its slips. Raises NotFound."""
        return self._orders.one(external_id)

    def set_order_status(self, external_id: str, status: OrderStatus) -> ChannelOrder | MappingProblem:
        """Set the order's state, if it has not got one of that meaning: each change leaves a row in its history.

        Raises Rejected for a status that the shop has no state for.
        """
        self._change_state(self._api.get("orders", external_id, "order"), status)
        return self.get_order(external_id)

    def _change_state(self, order: Resource, status: OrderStatus) -> None:
        facts = self._orders.facts()
        if mapping.status_of(facts.states.get(text(order, "current_state"))) is status:
            return
        state = outgoing.state_for(status, facts)
        if state is None:
            raise Rejected(f"the shop has no state that means {status}", platform_code="status_not_settable")
        self._api.post("order_histories", "order_history", outgoing.history(text(order, "id"), state), sendemail="1")

    def push_tracking(self, update: TrackingUpdate) -> ChannelOrder | MappingProblem:
        """Give the order's carrier row its tracking number, each further parcel a row of its own, and the order the state
        "shipped" with its last parcel, which is when the shop writes to its customer.

        Each step looks first whether it is done, so the whole may be repeated after any failure.
        """
        order = self._api.get("orders", update.order_external_id, "order")
        number = outgoing.tracking_number(update.tracking_number)
        rows = self._api.list("order_carriers", filter_id_order=any_of([update.order_external_id]))
        if number and not outgoing.has_parcel(rows, number):
            self._add_parcel(rows, number)
        if update.completes_order:
            self._change_state(order, OrderStatus.COMPLETED)
        return self.get_order(update.order_external_id)

    def _add_parcel(self, rows: Sequence[Resource], number: str) -> None:
        """A shop that takes no second carrier row gets the number beside the first."""
        empty = next((row for row in rows if not text(row, "tracking_number")), None)
        if empty is not None:
            self._api.put("order_carriers", "order_carrier", empty, {"tracking_number": number})
            return
        if not rows:
            raise Rejected("the order has no carrier to give a tracking number", platform_code="no_carrier")
        try:
            self._api.post("order_carriers", "order_carrier", outgoing.further_parcel(rows[0], number))
        except (Rejected, Unauthorised):
            both = outgoing.tracking_number(f"{text(rows[0], 'tracking_number')}, {number}")
            self._api.put("order_carriers", "order_carrier", rows[0], {"tracking_number": both})

    def create_refund(self, request: RefundRequest) -> ChannelRefund:
        """Record a partial refund as a credit slip. PrestaShop pays nobody back and puts nothing back into stock by it."""
        order = self._api.get("orders", request.order_external_id, "order")
        try:
            made = self._api.post("order_slip", "order_slip", outgoing.slip(order, request))
            return mapping.map_slip(made, order, self._orders.facts())
        except Unreadable as unreadable:
            raise Malformed(f"{unreadable.path}: {unreadable.message}") from None

    # -- catalogue, stock, prices ---------------------------------------------------------------------------------

    def list_products(self, cursor: str | None = None) -> ProductPage:
        """One page of products by id, each followed by its combinations, with the price in force today."""
        start = int(cursor) if cursor else 0
        found = self._api.list(
            "products", display=products.PRODUCT_FIELDS, sort="[id_ASC]", limit=f"{start},{PRODUCTS_AT_ONCE}")
        if not found:
            return ProductPage((), None)
        wanted = any_of(text(raw, "id") for raw in found)
        combinations = self._api.list("combinations", filter_id_product=wanted)
        facts = self._orders.facts()
        items = products.map_products(
            found, self._with_option_names(combinations), self._rows(wanted), self._specials(wanted) or [],
            facts.settings.get("PS_LANG_DEFAULT", ""), facts.zone, self._clock.now())
        return ProductPage(tuple(items), str(start + PRODUCTS_AT_ONCE) if len(found) == PRODUCTS_AT_ONCE else None)

    def _with_option_names(self, combinations: list[Resource]) -> list[Resource]:
        """Combinations with the names of their options, where the key may read those."""
        ids = {value["id"] for each in combinations for value in _option_values(each)}
        if not ids:
            return combinations
        try:
            named = {text(value, "id"): value for value in self._api.list("product_option_values", filter_id=any_of(ids))}
        except Unauthorised:
            return combinations
        for each in combinations:
            for value in _option_values(each):
                value.update(named.get(value["id"], {}))
        return combinations

    def _specials(self, wanted: str) -> list[Resource] | None:
        """Specific prices of products; None where the key may not read them."""
        try:
            return self._api.list("specific_prices", filter_id_product=wanted)
        except Unauthorised:
            return None

    def _rows(self, wanted: str) -> dict[tuple[str, str], Resource]:
        rows = self._api.list("stock_availables", filter_id_product=wanted)
        return products.rows_by_place(rows, self._api.shop_id, self._group(rows))

    def _group(self, rows: Sequence[Resource]) -> str:
        """The shop's group, asked only where some stock is shared by a group."""
        if self._api.shop_id and not self._group_id and any(text(row, "id_shop_group") not in ("", "0") for row in rows):
            shop = self._api.get("shops", self._api.shop_id, "shop")
            self._group_id = text(shop, "id_shop_group")
        return self._group_id

    def _known_rows(self, items: Sequence[PushItem]) -> dict[tuple[str, str], Resource]:
        """The stock rows of items, fifty products at a time."""
        ids = list(dict.fromkeys(products.place(item)[0] for item in items if products.is_number(item)))
        found: dict[tuple[str, str], Resource] = {}
        for start in range(0, len(ids), PRODUCTS_AT_ONCE):
            found |= self._rows(any_of(ids[start : start + PRODUCTS_AT_ONCE]))
        return found

    def push_stock(self, levels: Sequence[StockLevel]) -> list[PushResult]:
        """Set quantities, rounded down to whole pieces: the stock row is found and written back whole. One that shows the
        quantity already is left alone. See `Connector.push_stock`."""
        rows = self._known_rows(levels)
        return [self._push_level(level, rows.get(products.place(level)) if products.is_number(level) else None)
                for level in levels]

    def _push_level(self, level: StockLevel, row: Resource | None) -> PushResult:
        before = products.stock_result(level, row)
        if row is None or before.ok or before.outcome is PushOutcome.NOT_MANAGED:
            return before
        wanted = str(products.whole_quantity(level.quantity))
        try:
            return products.stock_result(level, self._api.put("stock_availables", "stock_available", row, {"quantity": wanted}))
        except NotFound:
            return products.unknown(level)
        except Rejected as refusal:
            return products.refused(level, PushOutcome.REJECTED, refusal.platform_code or "rejected", refusal.message)

    def read_stock(self, items: Sequence[StockLevel]) -> list[PushResult]:
        """Read back what the shop shows; see `Connector.read_stock`."""
        rows = self._known_rows(items)
        return [products.stock_result(item, rows.get(products.place(item)) if products.is_number(item) else None)
                for item in items]

    def push_prices(self, prices: Sequence[PriceUpdate]) -> list[PushResult]:
        """Set regular prices without tax, and quantity breaks as specific prices. A combination's price is an impact on its
        product's. Specific prices that the merchant made stay in force. See `Connector.push_prices`."""
        results: list[PushResult] = []
        for start in range(0, len(prices), PRODUCTS_AT_ONCE):
            some = prices[start : start + PRODUCTS_AT_ONCE]
            ids = dict.fromkeys(products.place(price)[0] for price in some if products.is_number(price))
            specials = self._specials(any_of(ids)) if ids else []
            results += [self._push_price(price, specials) if products.is_number(price) else products.unknown(price)
                        for price in some]
        return results

    def _push_price(self, item: PriceUpdate, specials: Sequence[Resource] | None) -> PushResult:
        try:
            result = self._push_regular_price(item)
            if result.ok:
                self._push_breaks(item, specials)
            return result
        except NotFound:
            return products.unknown(item)
        except Rejected as refusal:
            return products.refused(item, PushOutcome.REJECTED, refusal.platform_code or "rejected", refusal.message)
        except Unauthorised as refusal:
            if right_missing(refusal) != "specific_prices":
                raise
            return products.refused(item, PushOutcome.REJECTED, "price_breaks_not_allowed", refusal.message)
        except Unreadable as unreadable:
            raise Malformed(f"{unreadable.path}: {unreadable.message}") from None

    def _push_regular_price(self, item: PriceUpdate) -> PushResult:
        product_id, combination_id = products.place(item)
        product = self._api.get("products", product_id, "product")
        if combination_id == "0":
            written = self._api.put("products", "product", product, {"price": outgoing.money(item.price)})
            return products.price_result(item, decimal(written, "price"))
        base = decimal(product, "price")
        combination = self._api.get("combinations", combination_id, "combination")
        impact = {"price": outgoing.money(item.price - base)}
        written = self._api.put("combinations", "combination", combination, impact)
        return products.price_result(item, decimal(written, "price") + base)

    def _push_breaks(self, item: PriceUpdate, specials: Sequence[Resource] | None) -> None:
        """Rows are taken away first: at no time are there two for one quantity. What cannot be read is not written."""
        if specials is None:
            if item.breaks:
                raise Rejected("the key may not read specific prices", platform_code="price_breaks_not_allowed")
            return
        plan = breaks.plan(item, specials, self._api.shop_id)
        for row in plan.gone:
            self._api.delete("specific_prices", row["id"])
        for row, changes in plan.changed:
            self._api.put("specific_prices", "specific_price", row, changes)
        for fields in plan.new:
            self._api.post("specific_prices", "specific_price", fields)

    # -- webhooks: the core has none, see `webhook` ----------------------------------------------------------------

    def list_webhooks(self) -> list[WebhookSubscription]:
        """None: PrestaShop's core sends nothing."""
        return []

    def ensure_webhooks(self, url: str, secret: str, rotate: bool = False) -> list[WebhookSubscription]:
        """Nothing to have: orders are polled, and whoever adds a ping sets it by hand."""
        return []

    def remove_webhooks(self, url: str) -> int:
        """Nothing to delete."""
        return 0

    verify = staticmethod(webhook.verify)
    map_order = staticmethod(mapping.map_order)

    @staticmethod
    def meaning(headers: Mapping[str, str], raw_body: bytes) -> WebhookMeaning:
        """What a ping is about; see `Connector.meaning`."""
        return webhook.meaning(headers, raw_body)


def _option_values(combination: Resource) -> list[Resource]:
    found = combination.get("associations", {}).get("product_option_values")
    return [value for value in found if value.get("id")] if isinstance(found, list) else []

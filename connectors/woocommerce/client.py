"""The connection to one WooCommerce shop: what it reads and what it changes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from connectors.contract import (
    Capabilities,
    ChannelOrder,
    ChannelProduct,
    ChannelRefund,
    ConnectionSettings,
    ConnectorError,
    CredentialField,
    Malformed,
    MappingProblem,
    NotFound,
    OrderPage,
    OrderStatus,
    PriceUpdate,
    ProbeResult,
    ProductPage,
    PushResult,
    RefundRequest,
    Rejected,
    StockLevel,
    TrackingUpdate,
    WebhookMeaning,
    WebhookSubscription,
)
from connectors.http import SYSTEM_CLOCK, Clock
from connectors.reading import Unreadable, text
from connectors.woocommerce import mapping, outgoing, webhook
from connectors.woocommerce.api import Api
from connectors.woocommerce.probe import probe
from connectors.woocommerce.products import (
    PRODUCT_FIELDS,
    STOCK_FIELDS,
    Batch,
    PushItem,
    batches,
    is_number,
    map_product,
    push_results,
    refused,
    stock_result,
    update_body,
)

PAGE_SIZE = 100
SETTABLE_STATUSES = {
    OrderStatus.PENDING: "pending",
    OrderStatus.ON_HOLD: "on-hold",
    OrderStatus.PROCESSING: "processing",
    OrderStatus.COMPLETED: "completed",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.REFUNDED: "refunded",
    OrderStatus.FAILED: "failed",
}


class WooCommerce:
    """One shop; `settings.credentials` holds `consumer_key` and `consumer_secret`, read/write."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        platform="woocommerce",
        batch_size=100,
        requests_per_second=Decimal(5),
        webhooks=True,
        webhook_topics=webhook.SUBSCRIBED_TOPICS,
        credentials=(CredentialField("consumer_key"), CredentialField("consumer_secret", is_secret=True)),
        order_page_size=PAGE_SIZE,
    )

    def __init__(self, settings: ConnectionSettings, clock: Clock = SYSTEM_CLOCK) -> None:
        self._settings = settings
        self._api = Api(settings, clock)

    def probe(self) -> ProbeResult:
        """Test the connection; see `Connector.probe`."""
        return probe(self._api, self._settings)

    def list_orders(
        self, modified_after: datetime, until: datetime | None = None, cursor: str | None = None
    ) -> OrderPage:
        """One page of changed orders, oldest change first.

        WooCommerce's `modified_after` is strict and counts whole seconds, so a second earlier is asked. The
        cursor is a date and a page under it, not a page number alone: orders changed meanwhile move to the
        end and would make later pages skip others.
        """
        since, page = (
            _read_cursor(cursor) if cursor else (modified_after.astimezone(UTC).replace(microsecond=0), 1)
        )
        asked: dict[str, str | int] = {
            "modified_after": _bare(since - timedelta(seconds=1)), "dates_are_gmt": "true", "status": "any",
            "orderby": "modified", "order": "asc", "per_page": PAGE_SIZE, "page": page,
        }  # fmt: skip
        if until is not None:
            asked["modified_before"] = _bare(until.astimezone(UTC))
        found = _objects(self._api.get("orders", **asked), "orders")
        items = tuple(mapping.map_order(raw) for raw in found)
        dates = [item.updated_at for item in items if isinstance(item, ChannelOrder)]
        newest = max(dates, default=since)
        if len(found) < PAGE_SIZE:
            return OrderPage(items, None, newest)
        return OrderPage(items, _cursor(newest, 1) if newest > since else _cursor(since, page + 1), newest)

    def get_order(self, external_id: str) -> ChannelOrder | MappingProblem:
        """One order, even a binned one, with whole refunds and what its customer's record adds."""
        raw = _object(self._api.get(f"orders/{external_id}"), "order")
        if raw.get("refunds"):
            raw = {**raw, "refunds": self._pages(f"orders/{external_id}/refunds")}
        order = mapping.map_order(raw)
        if isinstance(order, MappingProblem) or not self._needs_customer_record(order):
            return order
        try:
            return mapping.with_customer_record(
                order, _object(self._api.get(f"customers/{order.customer.external_id}"), "customer")
            )
        except NotFound:
            return order
        except Unreadable as unreadable:
            return unreadable.problem(external_id)

    @staticmethod
    def _needs_customer_record(order: ChannelOrder) -> bool:
        buyer = order.customer
        return bool(not buyer.is_guest and buyer.company and not (buyer.siret and buyer.vat_number))

    def list_products(self, cursor: str | None = None) -> ProductPage:
        """One page of products by id, then their variations; see `Connector.list_products`.

        Variations cost a call for each product that has them, so a page may outlast the time there is. The cursor
        is a page; or the products of a page whose variations are still to be read, and the page after it.
        """
        page, _, left = (cursor or "1").partition(";")
        asked: dict[str, str | int] = {"include": left} if left else {"page": page}
        answer, total = self._api.page(
            "products", **asked, per_page=PAGE_SIZE, orderby="id", order="asc", _fields=PRODUCT_FIELDS
        )
        products = [map_product(raw) for raw in _objects(answer, "products")]
        after = page if left else str(int(page) + 1) if len(products) == PAGE_SIZE else ""
        parents = [p for p in products if isinstance(p, ChannelProduct) and p.has_variants]
        items, waiting = self._variations(parents, must=bool(left))
        cursor = f"{after};{','.join(waiting)}" if waiting else after or None
        if left:
            return ProductPage(tuple(items), cursor)
        return ProductPage((*products, *items), cursor, len(products), total)

    def _variations(
        self, parents: Sequence[ChannelProduct], must: bool
    ) -> tuple[list[ChannelProduct | MappingProblem], list[str]]:
        """The variations of products, and the products for whose there was no time. Raises what kept it from
        reading any when it `must`, and what is no matter of time.
        """
        found: list[ChannelProduct | MappingProblem] = []
        for place, parent in enumerate(parents):
            try:
                variations = self._pages(f"products/{parent.external_id}/variations")
            except ConnectorError as refusal:
                if not refusal.retryable or (must and place == 0):
                    raise
                return found, [each.external_id for each in parents[place:]]
            found += [map_product(variation, parent) for variation in variations]
        return found, []

    def push_stock(self, levels: Sequence[StockLevel]) -> list[PushResult]:
        """Set quantities, rounded down to whole pieces; see `Connector.push_stock`."""
        return self._push(levels)

    def push_prices(self, prices: Sequence[PriceUpdate]) -> list[PushResult]:
        """Set regular prices; a running sale price stays in force. See `Connector.push_prices`."""
        return self._push(prices)

    def _push(self, items: Sequence[PushItem]) -> list[PushResult]:
        results = _impossible(items)
        waiting = list(batches(items, self.capabilities.batch_size))
        while waiting:
            batch = waiting.pop()
            try:
                results.update(zip(batch.places, self._send_batch(batch), strict=True))
            except Rejected as refusal:
                if refusal.status == 413 and len(batch.items) > 1:
                    waiting += batch.halves()
                else:
                    results.update(_all_refused(batch, refusal))
            except NotFound as refusal:
                results.update(_all_refused(batch, refusal))
        return [results[place] for place in range(len(items))]

    def _send_batch(self, batch: Batch) -> list[PushResult]:
        """One batch call. Absolute values, so it may be repeated."""
        body = {"update": [update_body(item) for item in batch.items]}
        answer = self._api.write("POST", f"{batch.path}/batch", body, repeatable=True)
        try:
            return push_results(batch, answer)
        except Unreadable as unreadable:
            raise Malformed(unreadable.message) from None

    def read_stock(self, items: Sequence[StockLevel]) -> list[PushResult]:
        """Read back what the shop shows; see `Connector.read_stock`."""
        results = _impossible(items)
        for batch in batches(items, PAGE_SIZE):
            wanted = ",".join(item.external_id for item in batch.items)
            try:
                answer = self._api.get(batch.path, include=wanted, per_page=PAGE_SIZE, _fields=STOCK_FIELDS)
            except NotFound as gone:
                results.update(_all_refused(batch, gone))
                continue
            shown = {text(raw, "id"): raw for raw in _objects(answer, batch.path)}
            for place, item in zip(batch.places, batch.items, strict=True):
                known = shown.get(item.external_id)
                assert isinstance(item, StockLevel)
                missing = refused(item, "product_invalid_id", "the shop does not know this item")
                results[place] = stock_result(item, known) if known else missing
        return [results[place] for place in range(len(items))]

    def set_order_status(self, external_id: str, status: OrderStatus) -> ChannelOrder | MappingProblem:
        """Set the order's status; "refunded" makes WooCommerce record a whole refund without lines.

        Raises Rejected for a status that cannot be set from outside.
        """
        if status not in SETTABLE_STATUSES:
            raise Rejected(
                f"the status {status} cannot be set on a shop", platform_code="status_not_settable"
            )
        body = {"status": SETTABLE_STATUSES[status]}
        return mapping.map_order(self._api.write("PUT", f"orders/{external_id}", body, repeatable=True))

    def push_tracking(self, update: TrackingUpdate) -> ChannelOrder | MappingProblem:
        """Note the parcel where tracking plug-ins look, tell the customer in a note, complete the order with
        the last.

        Each step looks first whether it is already done, so the whole may be repeated after any failure.
        """
        path = f"orders/{update.order_external_id}"
        raw = _object(self._api.get(path), "order")
        body = outgoing.tracking_body(raw, update)
        if body:
            raw = _object(self._api.write("PUT", path, body, repeatable=True), "order")
        notes = _objects(self._api.get(f"{path}/notes", type="customer"), "notes")
        if not any(
            update.tracking_number in text(note, "note") for note in notes if note.get("customer_note")
        ):
            self._api.write(
                "POST", f"{path}/notes", {"note": outgoing.tracking_note(update), "customer_note": True}
            )
        return mapping.map_order(raw)

    def create_refund(self, request: RefundRequest) -> ChannelRefund:
        """Record a refund. WooCommerce would pay through its gateway and restock unless told otherwise."""
        path = f"orders/{request.order_external_id}"
        rates: dict[Decimal, str] = {}
        if any(not tax.rate_id for line in request.lines for tax in line.taxes):
            rates = mapping.rate_ids(_object(self._api.get(path), "order"))
        raw = _object(self._api.write("POST", f"{path}/refunds", outgoing.refund_body(request, rates)), "refund")
        try:
            return mapping.map_refund(raw)
        except Unreadable as unreadable:
            raise Malformed(f"{unreadable.path}: {unreadable.message}") from None

    def list_webhooks(self) -> list[WebhookSubscription]:
        """All webhooks of the shop; their secrets are never told."""
        return [_subscription(raw) for raw in self._pages("webhooks")]

    def ensure_webhooks(self, url: str, secret: str, rotate: bool = False) -> list[WebhookSubscription]:
        """Have our topics delivered to `url`; see `Connector.ensure_webhooks`.

        The shop pings `url` on each change. One of each topic is kept, the oldest: two who looked at once have made two,
        and the shop would tell everything twice.
        """
        ours: dict[str, WebhookSubscription] = {}
        for found in sorted(self._subscribed(url), key=lambda each: int(each.external_id)):
            if found.topic in ours:
                self._delete_webhook(found)
            else:
                ours[found.topic] = found
        ensured = []
        for topic in self.capabilities.webhook_topics:
            hook = ours.get(topic)
            if hook is None:
                body = {"name": f"Comptoir {topic}", "topic": topic, "delivery_url": url, "secret": secret}
                hook = _subscription(self._api.write("POST", "webhooks", body))
            elif rotate or not hook.active:
                body = {"status": "active", "secret": secret}
                hook = _subscription(
                    self._api.write("PUT", f"webhooks/{hook.external_id}", body, repeatable=True)
                )
            ensured.append(hook)
        return ensured

    def remove_webhooks(self, url: str) -> int:
        """Delete ours for good; see `Connector.remove_webhooks`. A webhook that is gone already is no error."""
        ours = self._subscribed(url)
        for hook in ours:
            self._delete_webhook(hook)
        return len(ours)

    def _subscribed(self, url: str) -> list[WebhookSubscription]:
        return [hook for hook in self.list_webhooks() if hook.url == url]

    def _delete_webhook(self, hook: WebhookSubscription) -> None:
        with suppress(NotFound):
            self._api.call("DELETE", f"webhooks/{hook.external_id}?force=true", repeatable=True)

    def _pages(self, path: str) -> list[Mapping[str, Any]]:
        """All objects of a collection. Past its end WooCommerce answers an empty list, not an error."""
        found: list[Mapping[str, Any]] = []
        page = 1
        while True:
            answer = _objects(self._api.get(path, per_page=PAGE_SIZE, page=page), path)
            found += answer
            if len(answer) < PAGE_SIZE:
                return found
            page += 1

    verify = staticmethod(webhook.verify)
    map_order = staticmethod(mapping.map_order)

    @staticmethod
    def meaning(headers: Mapping[str, str], raw_body: bytes) -> WebhookMeaning:
        """What a delivery is about; see `Connector.meaning`."""
        return webhook.meaning(headers, raw_body)


def _impossible(items: Sequence[PushItem]) -> dict[int, PushResult]:
    """The results of items whose ids no WooCommerce shop can have."""
    return {place: refused(item, "product_invalid_id", "this is no product number") for place, item in enumerate(items)
            if not is_number(item)}


def _all_refused(batch: Batch, refusal: ConnectorError) -> dict[int, PushResult]:
    """One refusal of a whole call, as the result of each of its items."""
    pairs = zip(batch.places, batch.items, strict=True)
    code = "parent_invalid_id" if isinstance(refusal, NotFound) else refusal.platform_code
    return {place: refused(item, code, refusal.message) for place, item in pairs}


def _subscription(raw: Any) -> WebhookSubscription:
    found = _object(raw, "webhook")
    status = text(found, "status")
    return WebhookSubscription(
        text(found, "id"), text(found, "topic"), text(found, "delivery_url"), status, status == "active"
    )


def _object(answer: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping):
        raise Malformed(f"the shop answered no {what}")
    return answer


def _objects(answer: Any, what: str) -> list[Mapping[str, Any]]:
    if not isinstance(answer, list) or not all(isinstance(entry, Mapping) for entry in answer):
        raise Malformed(f"the shop answered no list of {what}")
    return answer


def _gmt(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _bare(moment: datetime) -> str:
    """A date for a query, without its zone: WordPress turns one with a zone into shop time even where
    `dates_are_gmt` says otherwise, and a shop east of Greenwich would hide its last hours (11.0.1 in Paris).
    """
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _cursor(since: datetime, page: int) -> str:
    return f"{_gmt(since)}/{page}"


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    since, _slash, page = cursor.partition("/")
    return datetime.fromisoformat(since), int(page)

"""Webhooks as WooCommerce keeps and sends them.

A ping when one is created or set active, signed deliveries whose body is the state at the time of sending, nothing
sent again after a failure, a new ping after each failure, and disabled at the seventh failure in a row.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import urllib3

from infra.local.shops.woocommerce.core import ALL_METHODS, Core, links
from infra.local.shops.woocommerce.customers import customer_json
from infra.local.shops.woocommerce.errors import RestError, invalid_id
from infra.local.shops.woocommerce.render_orders import order_json
from infra.local.shops.woocommerce.render_products import dates, product_json
from infra.local.shops.woocommerce.state import Document

HOOKS = {
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "product.created": ["woocommerce_process_product_meta", "woocommerce_new_product",
                        "woocommerce_new_product_variation"],
    "product.updated": ["woocommerce_process_product_meta", "woocommerce_update_product",
                        "woocommerce_update_product_variation"],
    "product.deleted": ["wp_trash_post"],
    "product.restored": ["untrashed_post"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.deleted": ["delete_user"],
}  # fmt: skip
RENDER: dict[str, Callable[[Core, Document], dict[str, Any]]] = {
    "order": order_json,
    "product": product_json,
    "customer": customer_json,
}
STATUSES = ("active", "paused", "disabled")
USER_AGENT = "WooCommerce/11.0.1 Hookshot (WordPress/7.0.4)"
FAILURES_ALLOWED = 6
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def to_json(value: Any) -> bytes:
    """Write JSON as PHP does: no spaces, ASCII only, slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def sign(secret: str, body: bytes) -> str:
    """Return the base64 HMAC-SHA256 of a body, the X-WC-Webhook-Signature."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode("ascii")


def find_webhook(core: Core, webhook_id: int, status: int = 404) -> Document:
    """Return a webhook. Raises RestError with the given status where there is none."""
    webhook = core.state.get("webhook", webhook_id)
    if webhook is None:
        raise invalid_id("shop_webhook", status)
    return webhook


def webhook_json(core: Core, webhook: Document) -> dict[str, Any]:
    """Return a webhook's JSON; the secret and the count of failures are never told."""
    resource, event = webhook["topic"].split(".")
    return {
        "id": webhook["id"],
        "name": webhook["name"],
        "status": webhook["status"],
        "topic": webhook["topic"],
        "resource": resource,
        "event": event,
        "hooks": HOOKS[webhook["topic"]],
        "delivery_url": webhook["delivery_url"],
        **dates(core, webhook, "date_created", "date_modified"),
        "_links": links(core.base_url, f"webhooks/{webhook['id']}", "webhooks", ALL_METHODS),
    }


def check_fields(fields: Document) -> None:
    """Refuse an unknown topic or status, or a URL that is not http(s) on loopback. Raises RestError 400."""
    if "topic" in fields and fields["topic"] not in HOOKS:
        message = "Webhook topic is required and must be valid."
        raise RestError(400, "woocommerce_rest_shop_webhook_invalid_topic", message)
    if "status" in fields and fields["status"] not in STATUSES:
        raise RestError(400, "woocommerce_rest_shop_webhook_invalid_status", "Webhook status must be valid.")
    if "delivery_url" in fields:
        url = urlsplit(str(fields["delivery_url"]))
        if url.scheme not in ("http", "https") or url.hostname not in LOOPBACK:
            message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
            raise RestError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", message)


class Deliverer:
    """Sends what the shop announced, one after the other, from a thread of its own."""

    def __init__(self, core: Core) -> None:
        self._core = core
        timeout = urllib3.Timeout(connect=2.0, read=core.config.webhook_timeout_seconds)
        self._http = urllib3.PoolManager(timeout=timeout, retries=False, maxsize=4)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"webhooks-{core.config.slug}", daemon=True)

    def start(self) -> None:
        """Start sending; what was left waiting by the last run goes first."""
        self._core.deliveries_waiting.set()
        self._thread.start()

    def stop(self) -> None:
        """Stop after the delivery in hand."""
        self._stopping = True
        self._core.deliveries_waiting.set()
        self._thread.join()
        self._http.clear()

    def create(self, fields: Document) -> Document:
        """Create a webhook and ping it, whatever the listener answers. Raises RestError on bad fields."""
        check_fields({"topic": "", "delivery_url": "", **fields})
        core = self._core
        with core.state.change():
            webhook = {
                "id": core.new_id("webhook"),
                "name": str(fields.get("name") or f"Webhook created on {core.local(core.now())}"),
                "status": fields.get("status", "active"),
                "topic": fields["topic"],
                "delivery_url": fields["delivery_url"],
                "secret": str(fields.get("secret") or core.config.keys[0].consumer_secret),
                "failures": 0,
                "date_created_gmt": core.now(),
                "date_modified_gmt": None,
            }
            core.state.put("webhook", webhook)
        if webhook["status"] == "active":
            self.ping(webhook)
        return webhook

    def update(self, webhook: Document, fields: Document) -> Document:
        """Change a webhook; set active, or sent elsewhere, it forgets its failures and is pinged."""
        check_fields(fields)
        names = ("name", "status", "topic", "delivery_url", "secret")
        with self._core.state.change():
            webhook.update({name: fields[name] for name in names if name in fields})
            webhook["date_modified_gmt"] = self._core.now()
            if fields.get("status") == "active":
                webhook["failures"] = 0
            self._core.state.put("webhook", webhook)
        if webhook["status"] == "active" and ("status" in fields or "delivery_url" in fields):
            self.ping(webhook)
        return webhook

    def ping(self, webhook: Document) -> int:
        """Send the form-encoded ping; returns the status, 0 when nobody answered."""
        body = f"webhook_id={webhook['id']}".encode("ascii")
        return self._post(webhook["delivery_url"], body, {"Content-Type": "application/x-www-form-urlencoded"})

    def _run(self) -> None:
        while True:
            self._core.deliveries_waiting.wait()
            if self._stopping:
                return
            self._core.deliveries_waiting.clear()
            for delivery in self._core.state.all("delivery"):
                if self._stopping:
                    return
                self._deliver(delivery)

    def _deliver(self, delivery: Document) -> None:
        """Send one delivery once; it is forgotten whether or not it arrived."""
        webhook = self._core.state.get("webhook", delivery["webhook_id"])
        status = 200
        if webhook and webhook["status"] == "active":
            body = to_json(self._body(delivery))
            status = self._post(webhook["delivery_url"], body, self._headers(webhook, body))
        failed = status not in (*range(200, 300), 301, 302)
        with self._core.state.change():
            self._core.state.delete("delivery", delivery["id"])
            webhook = self._core.state.get("webhook", delivery["webhook_id"])
            if webhook:
                self._count(webhook, failed)
        if webhook and failed and webhook["status"] == "active":
            self.ping(webhook)

    def _count(self, webhook: Document, failed: bool) -> None:
        failures = webhook["failures"] + 1 if failed else 0
        if failures != webhook["failures"]:
            webhook["failures"] = failures
            webhook["date_modified_gmt"] = self._core.now()
            if failures > FAILURES_ALLOWED:
                webhook["status"] = "disabled"
            self._core.state.put("webhook", webhook)

    def _body(self, delivery: Document) -> dict[str, Any]:
        """Return the resource as it is now; only its id where it was deleted."""
        kind, event = delivery["topic"].split(".")
        document = self._core.state.get(kind, delivery["resource_id"])
        if document is None or event == "deleted":
            return {"id": delivery["resource_id"]}
        with self._core.state.read():
            return RENDER[kind](self._core, document)

    def _headers(self, webhook: Document, body: bytes) -> dict[str, str]:
        """The delivery id is the same for all deliveries of one webhook within a second, as recorded."""
        resource, event = webhook["topic"].split(".")
        seed = f"{webhook['id']}{self._core.now()}{self._core.config.slug}"
        return {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{self._core.base_url}/",
            "X-WC-Webhook-Topic": webhook["topic"],
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": sign(webhook["secret"], body),
            "X-WC-Webhook-ID": str(webhook["id"]),
            "X-WC-Webhook-Delivery-ID": hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest(),
        }

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        sent = {"User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close", **headers}
        try:
            answer = self._http.request("POST", url, body=body, headers=sent, redirect=False)
        except urllib3.exceptions.HTTPError:
            return 0
        return int(answer.status)

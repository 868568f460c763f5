"""The REST side as a whole: from method, path, query and body to status, headers and bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from infra.local.shops.woocommerce import listing, reference, routes
from infra.local.shops.woocommerce.auth import Call, Guard
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.errors import RestError
from infra.local.shops.woocommerce.routes import Handler, Reply, Request
from infra.local.shops.woocommerce.webhooks import Deliverer, to_json

PREFIX = "/wp-json/wc/v3/"
BATCH_LIMIT = 100
HEADERS = (
    ("Content-Type", "application/json; charset=UTF-8"),
    ("X-Robots-Tag", "noindex"),
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
    (
        "Access-Control-Allow-Headers",
        "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
    ),
    ("Expires", "Wed, 11 Jan 1984 05:00:00 GMT"),
    ("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def _fixed(read: Callable[[Core], Any]) -> dict[str, Handler]:
    return {"GET": lambda request: Reply(read(request.core))}


def _tax_rates(request: Request) -> Reply:
    rates = reference.tax_rates(request.core)
    keys: dict[str, Callable[[dict[str, Any]], Any]] = {
        "order": lambda each: each["order"],
        "id": lambda each: each["id"],
    }
    page = listing.cut(rates, {"orderby": "order", "order": "asc", **request.query}, keys)
    return Reply(list(page.documents), page=page)


def _tax_rate(request: Request) -> Reply:
    for rate in reference.tax_rates(request.core):
        if rate["id"] == request.ids[0]:
            return Reply(rate)
    raise RestError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")


def _collection(read: Handler, create: Handler) -> dict[str, Handler]:
    return {"GET": read, "POST": create}


def _member(read: Handler, update: Handler, delete: Handler) -> dict[str, Handler]:
    return {"GET": read, "POST": update, "PUT": update, "PATCH": update, "DELETE": delete}


PRODUCT = _member(routes.get_product, routes.update_product, routes.delete_product)
VARIATION = _member(routes.get_variation, routes.update_variation, routes.delete_variation)
ORDER = _member(routes.get_order, routes.update_order, routes.delete_order)
CUSTOMER = _member(routes.get_customer, routes.update_customer, routes.delete_customer)
WEBHOOK = _member(routes.get_webhook, routes.update_webhook, routes.delete_webhook)


def _batch(create: Handler, member: dict[str, Handler]) -> dict[str, Handler]:
    """Return the handler of a batch: every part succeeds or fails by itself, and the whole is a 200."""

    def run(request: Request) -> Reply:
        steps = (("create", create), ("update", member["PUT"]), ("delete", member["DELETE"]))
        parts = {name: request.fields.get(name, []) for name, _ in steps}
        if sum(len(part) for part in parts.values()) > BATCH_LIMIT:
            raise listing.too_many()
        return Reply({name: [_one(request, name, step, each) for each in parts[name]] for name, step in steps if parts[name]})

    return dict.fromkeys(("POST", "PUT", "PATCH"), run)


def _one(request: Request, step: str, handler: Handler, part: Any) -> Any:
    """Run one part of a batch; its error stands in the answer at its place."""
    fields = part if isinstance(part, dict) else {"id": part}
    own = () if step == "create" else (int(fields.get("id", 0)),)
    query = {"force": "true"} if step == "delete" else {}
    single = replace(request, ids=(*request.ids, *own), fields=fields, query=query, in_batch=True)
    try:
        return handler(single).body
    except RestError as error:
        return {"id": own[0] if own else 0, "error": error.body()}


N = r"(\d+)"
PATHS: tuple[tuple[str, dict[str, Handler]], ...] = (
    ("system_status", _fixed(reference.system_status)),
    ("settings/general", _fixed(reference.general_settings)),
    ("settings/tax", _fixed(reference.tax_settings)),
    ("taxes", {"GET": _tax_rates}),
    (f"taxes/{N}", {"GET": _tax_rate}),
    ("taxes/classes", _fixed(reference.tax_classes)),
    ("data/currencies/current", _fixed(reference.current_currency)),
    ("payment_gateways", _fixed(reference.payment_gateways)),
    ("products", _collection(routes.list_products, routes.create_product)),
    ("products/batch", _batch(routes.create_product, PRODUCT)),
    (f"products/{N}", PRODUCT),
    (f"products/{N}/variations", _collection(routes.list_variations, routes.create_variation)),
    (f"products/{N}/variations/batch", _batch(routes.create_variation, VARIATION)),
    (f"products/{N}/variations/{N}", VARIATION),
    ("orders", _collection(routes.list_orders, routes.create_order)),
    ("orders/batch", _batch(routes.create_order, ORDER)),
    (f"orders/{N}", ORDER),
    (f"orders/{N}/refunds", _collection(routes.list_refunds, routes.create_refund)),
    (f"orders/{N}/refunds/{N}", {"GET": routes.get_refund}),
    (f"orders/{N}/notes", _collection(routes.list_notes, routes.create_note)),
    ("refunds", {"GET": routes.list_all_refunds}),
    ("customers", _collection(routes.list_customers, routes.create_customer)),
    ("customers/batch", _batch(routes.create_customer, CUSTOMER)),
    (f"customers/{N}", CUSTOMER),
    ("webhooks", _collection(routes.list_webhooks, routes.create_webhook)),
    ("webhooks/batch", _batch(routes.create_webhook, WEBHOOK)),
    (f"webhooks/{N}", WEBHOOK),
)
ROUTES = tuple((re.compile(pattern), methods) for pattern, methods in PATHS)


def find_route(method: str, path: str) -> tuple[Handler, tuple[int, ...], tuple[str, ...]]:
    """Return handler, numbers of the path and the methods it has. Raises RestError 404, also for a wrong method."""
    for pattern, methods in ROUTES:
        matched = pattern.fullmatch(path)
        if matched and method in methods:
            return methods[method], tuple(int(part) for part in matched.groups()), tuple(methods)
    raise RestError(404, "rest_no_route", "No route was found matching the URL and request method.")


def _fields(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        fields = json.loads(body)
    except ValueError:
        data = {"json_error_code": 4, "json_error_message": "Syntax error"}
        raise RestError(400, "rest_invalid_json", "Invalid JSON body passed.", data) from None
    return fields if isinstance(fields, dict) else {}


class Rest:
    """The REST side of one shop."""

    def __init__(self, core: Core, deliverer: Deliverer) -> None:
        self._core = core
        self._deliverer = deliverer
        self.guard = Guard(core.config.keys)

    def answer(self, call: Call, path: str, body: bytes) -> Answer:
        """Answer one call; `path` is what follows /wp-json/wc/v3/. Every refusal is WooCommerce's JSON."""
        query = dict(call.query)
        index = ("Link", f'<{self._core.base_url}/wp-json/>; rel="https://api.w.org/"')
        headers = [*HEADERS]
        try:
            handler, ids, allowed = find_route(call.method, path)
            self.guard.admit(call, self._core.instant())
            headers.append(("Allow", ", ".join(allowed)))
            fields = _fields(body) if call.method in ("POST", "PUT", "PATCH") else {}
            request = Request(self._core, self._deliverer, ids, query, fields)
            with self._core.state.read() if call.method == "GET" else nullcontext():
                reply = handler(request)
        except RestError as error:
            return Answer(error.status, (*headers, index), to_json(error.body()))
        headers += listing.page_headers(call.url, query, reply.page) if reply.page else [index]
        if reply.location:
            headers.append(("Location", reply.location))
        return Answer(reply.status, tuple(headers), to_json(listing.pick_fields(reply.body, query)))

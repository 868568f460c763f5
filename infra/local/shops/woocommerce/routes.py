"""The REST table: which path and method does what. Handlers take a Request and return a Reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.shops.woocommerce import catalogue, customers, listing, order_commands, orders, webhooks
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.errors import RestError
from infra.local.shops.woocommerce.render_orders import note_json, order_json, refund_json
from infra.local.shops.woocommerce.render_products import product_json, variation_json
from infra.local.shops.woocommerce.state import Document
from infra.local.shops.woocommerce.webhooks import Deliverer


@dataclass(frozen=True, slots=True)
class Request:
    """One REST call: the shop, the numbers in the path, the query and the JSON body."""

    core: Core
    deliverer: Deliverer
    ids: tuple[int, ...]
    query: listing.Query
    fields: Document
    in_batch: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers; `page` is there for lists, `location` for what was created."""

    body: Any
    status: int = 200
    page: listing.Page | None = None
    location: str | None = None


Handler = Callable[[Request], Reply]


def _created(body: dict[str, Any]) -> Reply:
    return Reply(body, 201, location=body["_links"]["self"][0]["href"])


def _is_true(query: listing.Query, name: str) -> bool:
    return query.get(name) in ("true", "1")


def _page(page: listing.Page, render: Callable[[Document], dict[str, Any]]) -> Reply:
    return Reply([render(document) for document in page.documents], page=page)


PRODUCT_SORT: dict[str, Callable[[Document], Any]] = {
    "date": lambda each: each["date_created_gmt"],
    "modified": lambda each: each["date_modified_gmt"],
    "id": lambda each: each["id"],
    "title": lambda each: each["name"],
    "slug": lambda each: each["slug"],
    "menu_order": lambda each: each["menu_order"],
    "include": lambda each: each["id"],
    "popularity": lambda each: each["total_sales"],
}


def list_products(request: Request) -> Reply:
    """GET products."""
    core, query = request.core, request.query
    found = [each for each in core.state.all("product") if not each["parent_id"]]
    if "sku" in query:
        skus = set(query["sku"].split(","))
        found = [each for each in core.state.all("product") if each["sku"] in skus]
    found = _filter_products(core, query, found)
    return _page(listing.cut(found, query, PRODUCT_SORT), lambda each: product_json(core, each))


def _filter_products(core: Core, query: listing.Query, found: list[Document]) -> list[Document]:
    status = query.get("status", "any")
    found = [each for each in found if each["status"] == status or (status == "any" and each["status"] != "trash")]
    for name in ("type", "stock_status"):
        if name in query:
            found = [each for each in found if each[name] == query[name]]
    if "search" in query:
        words = query["search"].casefold()
        found = [each for each in found if words in f"{each['name']} {each['sku']} {each['description']}".casefold()]
    return listing.by_ids(query, listing.by_dates(core, query, found))


def list_variations(request: Request) -> Reply:
    """GET products/{id}/variations."""
    core = request.core
    catalogue.find_product(core, request.ids[0])
    found = _filter_products(core, request.query, catalogue.variations_of(core, request.ids[0]))
    if "sku" in request.query:
        found = [each for each in found if each["sku"] in request.query["sku"].split(",")]
    return _page(listing.cut(found, request.query, PRODUCT_SORT), lambda each: variation_json(core, each))


def get_product(request: Request) -> Reply:
    """GET products/{id}; a variation's id is answered in a product's shape."""
    return Reply(product_json(request.core, catalogue.find_product(request.core, request.ids[0])))


def create_product(request: Request) -> Reply:
    """POST products."""
    with request.core.state.change():
        return _created(product_json(request.core, catalogue.create_product(request.core, request.fields), edit=True))


def update_product(request: Request) -> Reply:
    """PUT products/{id}."""
    core = request.core
    with core.state.change():
        product = catalogue.find_product(core, request.ids[0], _missing(request))
        return Reply(product_json(core, catalogue.update_product(core, product, request.fields), edit=True))


def delete_product(request: Request) -> Reply:
    """DELETE products/{id}."""
    core = request.core
    with core.state.change():
        product = catalogue.find_product(core, request.ids[0], _missing(request))
        body = product_json(core, product)
        catalogue.delete_product(core, product, _is_true(request.query, "force"))
        return Reply(body)


def _missing(request: Request) -> int:
    """In a batch an unknown id is a 400, alone it is a 404."""
    return 400 if request.in_batch else 404


def _variation(request: Request) -> Document:
    parent_id, variation_id = request.ids
    return catalogue.find_variation(request.core, parent_id, variation_id, _missing(request))


def get_variation(request: Request) -> Reply:
    """GET products/{id}/variations/{id}."""
    return Reply(variation_json(request.core, _variation(request)))


def create_variation(request: Request) -> Reply:
    """POST products/{id}/variations."""
    core = request.core
    with core.state.change():
        created = catalogue.create_variation(core, request.ids[0], request.fields)
        return _created(variation_json(core, created, edit=True))


def update_variation(request: Request) -> Reply:
    """PUT products/{id}/variations/{id}."""
    core = request.core
    with core.state.change():
        variation = _variation(request)
        return Reply(variation_json(core, catalogue.update_product(core, variation, request.fields), edit=True))


def delete_variation(request: Request) -> Reply:
    """DELETE products/{id}/variations/{id}."""
    core = request.core
    with core.state.change():
        variation = _variation(request)
        body = variation_json(core, variation)
        catalogue.delete_product(core, variation, force=True)
        return Reply(body)


ORDER_SORT: dict[str, Callable[[Document], Any]] = {
    "date": lambda each: each["date_created_gmt"],
    "modified": lambda each: each["date_modified_gmt"],
    "id": lambda each: each["id"],
    "include": lambda each: each["id"],
    "title": lambda each: each["id"],
    "slug": lambda each: each["id"],
}


def list_orders(request: Request) -> Reply:
    """GET orders: by status, dates, customer, product and search; the bin and drafts only where asked for."""
    core, query = request.core, request.query
    wanted = set(query.get("status", "any").split(","))
    hidden = {"trash", "auto-draft", "checkout-draft"}
    found = [
        each
        for each in core.state.all("order")
        if each["status"] in wanted or ("any" in wanted and each["status"] not in hidden)
    ]
    if "customer" in query:
        found = [each for each in found if str(each["customer_id"]) == query["customer"]]
    if "product" in query:
        found = [each for each in found if any(str(line["product_id"]) == query["product"] for line in each["line_items"])]
    if "search" in query:
        words = query["search"].casefold()
        found = [each for each in found if words in _searchable(each)]
    found = listing.by_ids(query, listing.by_dates(core, query, found))
    return _page(listing.cut(found, query, ORDER_SORT), lambda each: order_json(core, each))


def _searchable(order: Document) -> str:
    people = [*order["billing"].values(), *order["shipping"].values()]
    names = [line["name"] for line in order["line_items"]]
    return " ".join([str(order["id"]), *people, *names]).casefold()


def get_order(request: Request) -> Reply:
    """GET orders/{id}."""
    return Reply(order_json(request.core, orders.find_order(request.core, request.ids[0])))


def create_order(request: Request) -> Reply:
    """POST orders."""
    return _created(order_json(request.core, order_commands.create_order(request.core, request.fields)))


def update_order(request: Request) -> Reply:
    """PUT orders/{id}."""
    core = request.core
    with core.state.change():
        order = orders.find_order(core, request.ids[0], _missing(request))
        return Reply(order_json(core, order_commands.update_order(core, order, request.fields)))


def delete_order(request: Request) -> Reply:
    """DELETE orders/{id}: into the bin, with force for good; the answer shows the order as it was."""
    core = request.core
    with core.state.change():
        order = orders.find_order(core, request.ids[0], _missing(request))
        body = order_json(core, order)
        if _is_true(request.query, "force"):
            order_commands.delete_order(core, order)
        elif order["status"] == "trash":
            message = "The order has already been deleted."
            raise RestError(410, "woocommerce_rest_already_trashed", message)
        else:
            order_commands.trash_order(core, order)
        return Reply(body)


def list_refunds(request: Request) -> Reply:
    """GET orders/{id}/refunds."""
    core = request.core
    orders.find_order(core, request.ids[0])
    found = order_commands.refunds_of(core, request.ids[0])
    return _page(listing.cut(found, request.query, ORDER_SORT), lambda each: refund_json(core, each))


def list_all_refunds(request: Request) -> Reply:
    """GET refunds: those of the whole shop."""
    core = request.core
    page = listing.cut(core.state.all("refund"), request.query, ORDER_SORT)
    return _page(page, lambda each: refund_json(core, each, with_parent=True))


def get_refund(request: Request) -> Reply:
    """GET orders/{id}/refunds/{id}."""
    refund = request.core.state.get("refund", request.ids[1])
    if refund is None or refund["order_id"] != request.ids[0]:
        raise RestError(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.")
    return Reply(refund_json(request.core, refund))


def create_refund(request: Request) -> Reply:
    """POST orders/{id}/refunds."""
    core = request.core
    with core.state.change():
        order = orders.find_order(core, request.ids[0])
        return _created(refund_json(core, order_commands.create_refund(core, order, request.fields)))


def list_notes(request: Request) -> Reply:
    """GET orders/{id}/notes, newest first."""
    core = request.core
    orders.find_order(core, request.ids[0])
    found = [each for each in core.state.all("note") if each["order_id"] == request.ids[0]]
    wanted = request.query.get("type", "any")
    if wanted != "any":
        found = [each for each in found if each["customer_note"] == (wanted == "customer")]
    return Reply([note_json(core, each) for each in reversed(found)])


def create_note(request: Request) -> Reply:
    """POST orders/{id}/notes."""
    core = request.core
    with core.state.change():
        orders.find_order(core, request.ids[0])
        to_customer = request.fields.get("customer_note") is True
        note = orders.add_note(core, request.ids[0], str(request.fields.get("note", "")), to_customer)
        return _created(note_json(core, note))


CUSTOMER_SORT: dict[str, Callable[[Document], Any]] = {
    "name": lambda each: f"{each['first_name']} {each['last_name']}",
    "id": lambda each: each["id"],
    "include": lambda each: each["id"],
    "registered_date": lambda each: each["date_created_gmt"],
}


def list_customers(request: Request) -> Reply:
    """GET customers; guests are not here."""
    core = request.core
    query = {"orderby": "name", "order": "asc", **request.query}
    found = listing.by_ids(query, core.state.all("customer"))
    if "email" in query:
        found = [each for each in found if each["email"] == query["email"]]
    if "search" in query:
        words = query["search"].casefold()
        found = [each for each in found if words in f"{each['email']} {each['first_name']} {each['last_name']}".casefold()]
    return _page(listing.cut(found, query, CUSTOMER_SORT), lambda each: customers.customer_json(core, each))


def get_customer(request: Request) -> Reply:
    """GET customers/{id}."""
    found = customers.find_customer(request.core, request.ids[0])
    return Reply(customers.customer_json(request.core, found))


def create_customer(request: Request) -> Reply:
    """POST customers."""
    with request.core.state.change():
        created = customers.create_customer(request.core, request.fields)
        return _created(customers.customer_json(request.core, created))


def update_customer(request: Request) -> Reply:
    """PUT customers/{id}."""
    core = request.core
    with core.state.change():
        found = customers.find_customer(core, request.ids[0], _missing(request))
        return Reply(customers.customer_json(core, customers.update_customer(core, found, request.fields)))


def delete_customer(request: Request) -> Reply:
    """DELETE customers/{id}: only for good, with force."""
    core = request.core
    if not _is_true(request.query, "force"):
        message = "Customers do not support trashing."
        raise RestError(501, "woocommerce_rest_trash_not_supported", message)
    with core.state.change():
        found = customers.find_customer(core, request.ids[0])
        body = customers.customer_json(core, found)
        core.state.delete("customer", found["id"])
        core.announce("customer.deleted", found["id"])
        return Reply(body)


def list_webhooks(request: Request) -> Reply:
    """GET webhooks."""
    core, wanted = request.core, request.query.get("status", "all")
    found = [each for each in core.state.all("webhook") if wanted in ("all", each["status"])]
    page = listing.cut(found, request.query, ORDER_SORT)
    return _page(page, lambda each: webhooks.webhook_json(core, each))


def get_webhook(request: Request) -> Reply:
    """GET webhooks/{id}."""
    return Reply(webhooks.webhook_json(request.core, webhooks.find_webhook(request.core, request.ids[0])))


def create_webhook(request: Request) -> Reply:
    """POST webhooks; the ping is sent before the answer."""
    return _created(webhooks.webhook_json(request.core, request.deliverer.create(request.fields)))


def update_webhook(request: Request) -> Reply:
    """PUT webhooks/{id}; set active, it is pinged before the answer."""
    found = webhooks.find_webhook(request.core, request.ids[0], _missing(request))
    return Reply(webhooks.webhook_json(request.core, request.deliverer.update(found, request.fields)))


def delete_webhook(request: Request) -> Reply:
    """DELETE webhooks/{id}: only for good, with force."""
    core = request.core
    if not _is_true(request.query, "force"):
        raise RestError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    with core.state.change():
        found = webhooks.find_webhook(core, request.ids[0], _missing(request))
        core.state.delete("webhook", found["id"])
        return Reply(webhooks.webhook_json(core, found))

"""Customers with an account (guests are not here) and their JSON."""

from __future__ import annotations

import hashlib
from typing import Any

from infra.local.shops.woocommerce.core import ALL_METHODS, Core, links
from infra.local.shops.woocommerce.errors import RestError, invalid_params
from infra.local.shops.woocommerce.render_products import dates
from infra.local.shops.woocommerce.state import Document

ADDRESS = (
    "first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state",
)  # fmt: skip


def find_customer(core: Core, customer_id: int, status: int = 404) -> Document:
    """Return a customer. Raises RestError with the given status where there is none."""
    customer = core.state.get("customer", customer_id)
    if customer is None:
        raise RestError(status, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return customer


def create_customer(core: Core, fields: Document) -> Document:
    """Create a customer. Raises RestError without an e-mail or with one already used."""
    email = fields.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise invalid_params({"email": ("rest_invalid_email", "Invalid email address.", None)})
    if any(each["email"] == email for each in core.state.all("customer")):
        message = f"An account is already registered with {email}. Please log in or use a different email address."
        raise RestError(400, "registration-error-email-exists", message)
    now = core.now()
    empty = {**dict.fromkeys(ADDRESS, ""), "phone": ""}
    customer: Document = {
        "id": core.new_id("customer"),
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "email": email,
        "first_name": "",
        "last_name": "",
        "username": email.split("@")[0],
        "billing": {**dict.fromkeys(ADDRESS, ""), "email": "", "phone": ""},
        "shipping": empty,
        "meta_data": [],
    }
    _apply(core, customer, fields)
    core.announce("customer.created", customer["id"])
    core.announce("customer.updated", customer["id"])
    return customer


def update_customer(core: Core, customer: Document, fields: Document) -> Document:
    """Change a customer."""
    customer["date_modified_gmt"] = core.now()
    if "email" in fields:
        customer["email"] = str(fields["email"])
    _apply(core, customer, fields)
    core.announce("customer.updated", customer["id"])
    return customer


def _apply(core: Core, customer: Document, fields: Document) -> None:
    customer.update({name: str(fields[name]) for name in ("first_name", "last_name", "username") if name in fields})
    for name in ("billing", "shipping"):
        given = fields.get(name) or {}
        customer[name].update({key: str(value) for key, value in given.items() if key in customer[name]})
    customer["meta_data"] = core.meta(customer["meta_data"], fields.get("meta_data", []))
    core.state.put("customer", customer)


def customer_json(core: Core, customer: Document) -> dict[str, Any]:
    """Return a customer's JSON."""
    paying = any(order["customer_id"] == customer["id"] and order["date_paid_gmt"] for order in core.state.all("order"))
    digest = hashlib.sha256(customer["email"].encode()).hexdigest()
    return {
        "id": customer["id"],
        **dates(core, customer, "date_created", "date_modified"),
        "email": customer["email"],
        "first_name": customer["first_name"],
        "last_name": customer["last_name"],
        "role": "customer",
        "username": customer["username"],
        "billing": customer["billing"],
        "shipping": customer["shipping"],
        "is_paying_customer": paying,
        "avatar_url": f"{core.base_url}/avatar/{digest}",
        "meta_data": customer["meta_data"],
        "_links": links(core.base_url, f"customers/{customer['id']}", "customers", ALL_METHODS),
    }

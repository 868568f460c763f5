"""A small tenant to measure on: an owner's API key, a warehouse, products with stock."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.gateway import call_api

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant with its key and the SKUs that have stock."""

    tenant_id: str
    api_key: str
    warehouse_id: str
    skus: tuple[str, ...]

    def call(self, method: str, url: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """One request of this tenant through the API, in process."""
        return call_api(method, url, body, {"authorization": f"Bearer {self.api_key}",
                                            **{name.replace("_", "-"): value for name, value in headers.items()}})


def open_shop(skus: int, stock: int) -> Shop:
    """A new tenant with `skus` articles, `stock` of each."""
    from chalicelib.runtime.api import platform_context
    from chalicelib.tenants import directory
    from chalicelib.tenants import service as tenants
    from chalicelib.tenants.model import NewApiKey, NewTenant

    n = next(_numbers)
    platform = platform_context(f"bench-{n}")
    tenant, owner = tenants.create_tenant(platform, NewTenant(
        name=f"Bench {n}", tenant_id=f"bench-{n}", owner_email=f"bench{n}@example.org", owner_name="Bench",
        owner_password="a long bench password"))
    inside = directory.within(platform, tenant.id, owner)
    _, key = tenants.create_api_key(directory.apart(inside, "key"), NewApiKey(name="bench", role="owner"))
    names = tuple(f"SKU-{i:04d}" for i in range(skus))
    shop = Shop(tenant.id, key, "", names)
    warehouse = checked(shop.call("POST", "/api/stock/warehouses", {"code": "W1", "name": "Main"}), 201)
    for start in range(0, skus, 20):
        chunk = names[start : start + 20]
        checked(shop.call("POST", "/api/catalog/products", {
            "name": f"Range {start}", "axes": ["n"],
            "variants": [{"sku": sku, "axis_values": [sku], "vat_rate": "5.5"} for sku in chunk]}), 201)
        checked(shop.call("POST", "/api/stock/receipts", {
            "warehouse_id": warehouse["id"],
            "lines": [{"sku": sku, "quantity": str(stock), "unit_cost": "4.20"} for sku in chunk]}), 201)
    return Shop(tenant.id, key, warehouse["id"], names)


def checked(answer: tuple[int, Any, Any], status: int) -> Any:
    """The body of an answer that must have this status."""
    if answer[0] != status:
        raise RuntimeError(f"expected {status}, got {answer[0]}: {answer[2]}")
    return answer[2]


def order_body(shop: Shop, n: int, lines: int = 3, quantity: int = 1) -> dict[str, Any]:
    """An order of the usual shape: a buyer with two addresses, three lines, shipping."""
    address = {"name": "Zoé Lefèvre", "line1": f"{n} rue des Alpes", "postal_code": "74000", "city": "Annecy",
               "country_code": "FR"}
    chosen = [shop.skus[(n * lines + i) % len(shop.skus)] for i in range(lines)]
    return {
        "lines": [{"sku": sku, "quantity": str(quantity), "unit_price": str(Decimal("24.90") + i)}
                  for i, sku in enumerate(chosen)],
        "charges": [{"kind": "shipping", "name": "Colissimo", "amount": "5.90", "vat_category": "S", "vat_rate": "5.5"}],
        "buyer": {"name": "Zoé Lefèvre", "email": "zoe@example.org"}, "billing_address": address,
        "shipping_address": address, "is_paid": True, "payment_method": "card",
    }

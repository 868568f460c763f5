"""A demo shop as seen from outside: by its own REST keys."""

from __future__ import annotations

import json
from typing import Any

import urllib3

from tests.running import Running


class ShopApi:
    """The shop's REST side, by its own keys."""

    def __init__(self, running: Running, slug: str) -> None:
        facts = json.loads((running.data / "shops" / "shops.json").read_text())[slug]
        self.url = next(c["shop_url"] for c in running.facts["connections"] if c["slug"] == slug)
        self._auth = {**urllib3.make_headers(basic_auth=f"{facts['key']}:{facts['secret']}"),
                      "Content-Type": "application/json"}
        self._pool = urllib3.PoolManager(retries=False)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The parsed answer of a call that must succeed."""
        answer = self._pool.request(method, f"{self.url}/wp-json/wc/v3/{path}", headers=self._auth,
                                    body=None if body is None else json.dumps(body))
        assert answer.status in (200, 201), (path, answer.status, answer.data[:300])
        return json.loads(answer.data)

    def shown(self, sku: str) -> int:
        """The quantity the shop shows of a SKU."""
        return int(self.call("GET", f"products?sku={sku}")[0]["stock_quantity"])

    def buy(self, sku: str, quantity: int) -> dict[str, Any]:
        """A paid order through the shop's own order code."""
        product = self.call("GET", f"products?sku={sku}")[0]
        order: dict[str, Any] = self.call("POST", "orders", {
            "set_paid": True, "payment_method": "bacs", "status": "processing",
            "billing": {"first_name": "Zoé", "last_name": "Lefèvre", "email": "zoe.lefevre@example.org",
                        "address_1": "3 rue des Alpes", "city": "Annecy", "postcode": "74000", "country": "FR"},
            "line_items": [{"product_id": product["id"], "quantity": quantity}]})
        return order

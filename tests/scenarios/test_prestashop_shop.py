"""A buyer in the demo PrestaShop: the order is ours, every shop knows, its parcel and a refund stand in the shop."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from typing import Any

import urllib3

from tests.running import Client, Running, eventually
from tests.scenarios.test_order_to_every_shop import Shopper, order_of
from tests.shopper import ShopApi

SKU = "SORBET-CITRON"


class WebService:
    """The shop's XML web service, by its own key."""

    def __init__(self, running: Running) -> None:
        self.url = next(c["shop_url"] for c in running.facts["connections"] if c["slug"] == "party")
        key = json.loads((running.data / "shops" / "shops.json").read_text())["party"]["key"]
        self._headers = urllib3.make_headers(basic_auth=f"{key}:")
        self._pool = urllib3.PoolManager(retries=False)

    def rows(self, resource: str, **filters: str) -> list[dict[str, str]]:
        fields = {"display": "full", **{f"filter[{name}]": f"[{value}]" for name, value in filters.items()}}
        answer = self._pool.request("GET", f"{self.url}/api/{resource}", fields=fields, headers=self._headers)
        assert answer.status == 200, (resource, answer.status, answer.data[:300])
        return [{field.tag: field.text or "" for field in row} for row in ElementTree.fromstring(answer.data)[0]]

    def shown(self, sku: str) -> int:
        [product] = self.rows("products", reference=sku)
        [row] = self.rows("stock_availables", id_product=product["id"], id_product_attribute="0")
        return int(row["quantity"])


def bought(shopper: Shopper, product_id: str, quantity: int) -> str:
    """Buys through the storefront's pages; the number of the order there."""
    shopper.ask("POST", "/cart/add", {"id": product_id, "quantity": str(quantity)})
    page = shopper.ask("POST", "/checkout", {
        "first_name": "Zoé", "last_name": "Lefèvre", "email": "zoe.lefevre@example.org", "address_1": "3 rue des Alpes",
        "postcode": "74000", "city": "Annecy", "country": "FR", "payment": "card", "action": "order"})
    found = re.search(r"/order/(\d+)/", page)
    assert found, page[:500]
    return found[1]


def test_a_sale_in_the_prestashop_from_cart_to_refund(running: Running, client: Client) -> None:
    presta, retail = WebService(running), ShopApi(running, "retail")
    before = int(Decimal(client.get(f"/api/stock/levels/{SKU}")["available"]))
    eventually(lambda: presta.shown(SKU) == before, 30)
    [product] = presta.rows("products", reference=SKU)
    number = bought(Shopper(presta.url), product["id"], 2)
    [told] = presta.rows("orders", id=number)
    order: dict[str, Any] = eventually(lambda: order_of(client, told["reference"]), 30)
    assert (order["state"], Decimal(order["paid_total"])) == ("confirmed", Decimal(told["total_paid"]))
    assert Decimal(order["rounding_amount"]) == 0
    eventually(lambda: retail.shown(SKU) == presta.shown(SKU) == before - 2, 10)

    client.post(f"/api/sales/orders/{order['id']}/ship", {"carrier": "Chronofresh", "tracking_number": "XF000000077FR"}, 200)
    eventually(lambda: presta.rows("orders", id=number)[0]["current_state"] == "4", 20)
    assert presta.rows("order_carriers", id_order=number)[0]["tracking_number"] == "XF000000077FR"
    assert "XF000000077FR" in json.dumps(presta.rows("order_carriers", id_order=number))

    client.post(f"/api/sales/orders/{order['id']}/refund", {"amount": "4.00", "reason": "geste"}, 200)
    [slip] = eventually(lambda: presta.rows("order_slip", id_order=number), 20)
    assert slip["total_products_tax_incl"] == "4.000000"
    named = eventually(lambda: (o := client.get(f"/api/sales/orders/{order['id']}"))["refunds"][0]["external_id"] and o, 20)
    assert [each["external_id"] for each in named["refunds"]] == [slip["id"]]

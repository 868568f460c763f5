"""Bought in a shop → picked by scan → two parcels → labels → the shop shows both numbers → tracked → delivered, while the
customer follows by a link."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pypdfium2
import urllib3
import zxingcpp

from tests.running import Client, Running, eventually
from tests.scenarios.test_order_to_every_shop import SKU, order_of
from tests.shopper import ShopApi


class Driver:
    """Who carries the parcels of the demo carrier."""

    def __init__(self, running: Running) -> None:
        facts = json.loads((running.data / "shops" / "carrier.json").read_text())
        keys = base64.b64encode(f"{facts['public']}:{facts['secret']}".encode()).decode()
        self._url = f"http://127.0.0.1:{facts['port']}/api/v3/demo/advance"
        self._headers = {"Authorization": f"Basic {keys}"}

    def brings(self, number: str, step: int) -> None:
        answer = urllib3.request("POST", f"{self._url}?number={number}&step={step}", headers=self._headers, retries=False)
        assert answer.status == 200, answer.data


def fetched(running: Running, client: Client, path: str) -> bytes:
    answer = urllib3.request("GET", running.url + path, headers={"Authorization": f"Bearer {running.facts['api_key']}"})
    assert answer.status == 200, answer.data[:300]
    return answer.data


def test_two_parcels_from_the_scanner_to_the_door(running: Running, client: Client) -> None:
    retail, driver = ShopApi(running, "retail"), Driver(running)
    bought = retail.buy(SKU, 3)
    order = eventually(lambda: order_of(client, str(bought["number"])), 10)
    prepared = client.post(f"/api/sales/orders/{order['id']}/prepare", {}, 200)
    delivery: dict[str, Any] = prepared["deliveries"][0]
    path = f"/api/shipping/deliveries/{delivery['id']}"
    client.post(f"{path}/scan", {"code": SKU, "quantity": "2"}, 200)
    packed = client.post(f"{path}/scan", {"code": SKU, "parcel_number": 2}, 200)
    assert packed["left"] == [] and len(packed["parcels"]) == 2
    assert client.post(f"{path}/scan", {"code": SKU}, 409)["code"] == "too_many"
    sizes = [{"number": 1, "weight_grams": 800}, {"number": 2, "weight_grams": 450}]
    client.post(f"{path}/pack", {"parcels": sizes}, 200)
    labelled = client.post(f"{path}/buy_labels", {"carrier_id": running.facts["carrier_id"]}, 200)
    numbers = [parcel["tracking_number"] for parcel in labelled["parcels"]]
    page = pypdfium2.PdfDocument(io.BytesIO(fetched(running, client, f"{path}/label?parcel=2")))[0].render(scale=2.8).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(page)] == [numbers[1]]
    assert client.post(f"{path}/ship", {}, 200)["state"] == "shipped"

    completed = eventually(lambda: (o := retail.call("GET", f"orders/{bought['id']}"))["status"] == "completed" and o, 15)
    shown = json.dumps(retail.call("GET", f"orders/{bought['id']}/notes")) + json.dumps(completed["meta_data"])
    assert all(number in shown for number in numbers), "the shop shows both"

    for number in numbers:
        driver.brings(number, 3)
    eventually(lambda: {p["status"] for p in client.get(path)["parcels"]} == {"out_for_delivery"}, 10)
    for number in numbers:
        driver.brings(number, 4)
    arrived = eventually(lambda: (d := client.get(path))["state"] == "delivered" and d, 10)
    eventually(lambda: "DeliveryDelivered" in {
        e["type"] for e in client.get(f"/api/timeline/sales_order/{order['id']}")["items"]}, 10)

    token = arrived["tracking_page_url"].rpartition("/")[2]
    followed = urllib3.request("GET", f"{running.url}/api/shipping/track/{token}").json()
    assert [p["tracking_number"] for d in followed["deliveries"] for p in d["parcels"]] == numbers
    assert urllib3.request("GET", f"{running.url}/api/shipping/track/{token[:-1]}x").status == 404

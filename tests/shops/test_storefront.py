"""The storefront as a visitor uses it, and what the shop keeps."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from urllib.parse import urlencode

import pytest
import urllib3

from infra.local.shops.woocommerce import Shop, start_shop
from infra.local.shops.woocommerce.pictures import SHAPES, draw
from infra.local.shops.woocommerce.shopper import DEMO_CUSTOMER
from infra.local.shops.woocommerce.texts import TEXTS
from tests.shops.conftest import RETAIL, Client, Starter


class Visitor:
    """A browser without a screen: it keeps cookies and follows no redirect unless told."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.http = urllib3.PoolManager(retries=False, timeout=10)
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, form: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            headers["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(form)
        reply = self.http.request(method, self.shop.url + path, body=body, headers=headers, redirect=False)
        for cookie in reply.headers.getlist("Set-Cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return reply

    def page(self, path: str) -> str:
        return self.request("GET", path).data.decode()

    def add(self, sku: str, quantity: int = 1) -> None:
        with self.shop.core.state.read():
            product = next(each for each in self.shop.core.state.all("product") if each["sku"] == sku)
        assert self.request("POST", "/cart/add", {"id": str(product["id"]), "quantity": str(quantity)}).status == 303

    def order(self, **values: str) -> urllib3.BaseHTTPResponse:
        return self.request("POST", "/checkout", {**DEMO_CUSTOMER, "action": "order", **values})


def stock_of(shop: Shop) -> dict[str, int | None]:
    return urllib3.request("GET", f"{shop.url}/stock.json").json()  # type: ignore[no-any-return]


def test_a_visitor_buys_three_articles_and_follows_the_order(retail: Shop) -> None:
    visitor = Visitor(retail)
    assert "Omelette norvégienne" in visitor.page("/")
    assert "Dernière pièce" in visitor.page("/product/omelette-norvegienne/")
    for sku, quantity in (("OMN", 1), ("MAC", 2), ("BUC-6", 1)):
        visitor.add(sku, quantity)
    assert "101,00" in visitor.page("/cart")
    placed = visitor.order(coupon="bienvenue10", note="Merci !")
    assert placed.status == 303
    path = placed.headers["Location"]
    assert "Merci Camille" in visitor.page(path)
    assert stock_of(retail) == {"OMN": 0, "MAC": 22, "BUC-4": 4, "BUC-6": 5, "BUC-8": 8, "LOT": None}
    order = Client(retail).get("orders")[0]
    assert (order["status"], order["created_via"], order["customer_note"]) == ("processing", "store-api", "Merci !")
    assert [line["sku"] for line in order["line_items"]] == ["OMN", "MAC", "BUC-6"]
    assert order["total"] == "97.12"
    assert "empty" not in visitor.page("/cart") and "Votre panier est vide" in visitor.page("/cart")


def test_the_order_page_shows_every_parcel_and_tells_when_it_changed(retail: Shop) -> None:
    visitor = Visitor(retail)
    visitor.add("MAC")
    path = visitor.order().headers["Location"].removesuffix("?thanks=1")
    before = visitor.request("GET", f"{path}/state.json").json()
    order_id = re.fullmatch(r"/order/(\d+)/.*", path)[1]  # type: ignore[index]
    parcels = [
        {"custom_tracking_provider": "Chronofresh", "tracking_number": "XY1", "custom_tracking_link": "https://t.example/1"},
        {"custom_tracking_provider": "Chronofresh", "tracking_number": "XY2", "custom_tracking_link": "javascript:x()"},
    ]
    meta = [{"key": "_wc_shipment_tracking_items", "value": parcels}]
    Client(retail).call("PUT", f"orders/{order_id}", {"status": "completed", "meta_data": meta})
    note = {"note": "Partis <ce> matin", "customer_note": True}
    Client(retail).call("POST", f"orders/{order_id}/notes", note)
    after = visitor.request("GET", f"{path}/state.json").json()
    assert (after["status"], after["version"] != before["version"]) == ("completed", True)
    page = visitor.page(path)
    assert "XY1" in page and "XY2" in page and "https://t.example/1" in page
    assert "javascript:" not in page and "Partis &lt;ce&gt; matin" in page
    found = visitor.request("POST", "/track", {"number": order_id, "email": "CAMILLE.durand@example.com"})
    assert (found.status, found.headers["Location"]) == (303, path)
    assert visitor.request("POST", "/track", {"number": order_id, "email": "other@example.com"}).status == 404
    assert visitor.request("GET", f"/order/{order_id}/wc_order_wrong").status == 404


def test_the_last_piece_is_sold_once(retail: Shop) -> None:
    buyers = [Visitor(retail) for _ in range(8)]
    for buyer in buyers:
        buyer.add("OMN")
    together = Barrier(len(buyers))

    def go(buyer: Visitor) -> int:
        together.wait()
        return buyer.order().status

    with ThreadPoolExecutor(len(buyers)) as pool:
        statuses = sorted(pool.map(go, buyers))
    assert statuses == [303] + [409] * 7
    assert len(Client(retail).get("orders")) == 1
    assert stock_of(retail)["OMN"] == 0
    loser = next(buyer for buyer in buyers if buyer.cookies.get("cart"))
    assert "Il n’en reste que 0" in loser.order().data.decode()


def test_back_orders_are_sold_below_zero(retail: Shop) -> None:
    visitor = Visitor(retail)
    visitor.add("LOT", 5)
    assert visitor.order().status == 303
    product = Client(retail).get("products?sku=LOT")[0]
    assert (product["stock_quantity"], product["stock_status"]) == (-3, "onbackorder")


def test_a_restart_keeps_orders_stock_and_webhooks(start: Starter) -> None:
    shop = start()
    visitor = Visitor(shop)
    visitor.add("OMN")
    visitor.order(payment="bacs")
    client = Client(shop)
    client.call("POST", "webhooks", {"topic": "order.updated", "delivery_url": "http://127.0.0.1:9/"})
    before = client.get("orders")[0]
    assert before["status"] == "on-hold"
    shop.stop()
    again = start()
    client = Client(again)
    after = client.get("orders")[0]
    for order in (before, after):
        order["line_items"][0].pop("image")  # Its address carries the port, which is another one now.
    for name in ("id", "total", "status", "order_key", "date_created", "billing", "line_items", "tax_lines"):
        assert after[name] == before[name]
    assert stock_of(again)["OMN"] == 0
    assert client.get("webhooks")[0]["topic"] == "order.updated"
    assert client.call("POST", "orders", {}).json()["id"] > before["id"]
    assert len(client.get("products?per_page=100")) == len(RETAIL.products)


def test_a_taken_port_is_an_error_and_a_forgotten_shop_does_not_keep_the_process(start: Starter, tmp_path: Path) -> None:
    shop = start()
    with pytest.raises(OSError):
        start_shop(replace(RETAIL, slug="second"), tmp_path, int(shop.url.rsplit(":", 1)[1]))
    script = (
        "import sys; from pathlib import Path; from tests.shops.conftest import RETAIL, start_shop; "
        "start_shop(RETAIL, Path(sys.argv[1]), 0); raise SystemExit(7)"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path / "other")], cwd=root, timeout=30)
    assert ended.returncode == 7


def test_a_failing_write_is_forgotten_as_a_whole(retail: Shop) -> None:
    state = retail.core.state
    with pytest.raises(RuntimeError), state.change():
        product = state.all("product")[0]
        state.put("product", {**product, "stock_quantity": 999})
        state.delete("product", state.all("product")[1]["id"])
        raise RuntimeError
    assert stock_of(retail)["OMN"] == 1
    assert len(Client(retail).get("products?per_page=100")) == len(RETAIL.products)


def test_both_languages_say_everything(retail: Shop) -> None:
    assert all(french and english for french, english in TEXTS.values())
    visitor = Visitor(retail)
    assert "Baked Alaska" not in visitor.page("/")
    moved = visitor.request("GET", "/lang?to=en&back=//evil.example/")
    assert moved.headers["Location"] == "/"
    english = visitor.page("/")
    assert "Baked Alaska" in english and "See the collection" in english and "Last one" in english
    visitor.add("MAC")
    assert "€18.50" in visitor.page("/cart")
    assert "Delivery address" in visitor.page("/checkout")


def test_wrong_forms_are_met_with_words_not_errors(retail: Shop) -> None:
    visitor = Visitor(retail)
    assert visitor.request("POST", "/checkout", dict(DEMO_CUSTOMER)).headers["Location"] == "/cart"
    assert visitor.request("POST", "/cart/add", {"id": "999999"}).status == 404
    visitor.add("MAC")
    assert "champs obligatoires" in visitor.order(email="").data.decode()
    assert "n’existe pas" in visitor.order(coupon="rien").data.decode()
    visitor.cookies["cart"] = "abc:::;5:x"
    assert visitor.request("GET", "/cart").status == 200
    assert visitor.request("GET", "/nowhere").status == 404
    assert Client(retail).get("orders") == []


def test_a_german_customer_ships_abroad_with_german_tax(retail: Shop) -> None:
    visitor = Visitor(retail)
    visitor.add("MAC")
    visitor.order(country="DE")
    order = Client(retail).get("orders")[0]
    assert order["shipping_lines"][0]["method_title"] == "Colissimo International"
    assert order["shipping"]["country"] == "DE"


def test_pages_ask_nothing_of_other_hosts_and_escape_what_they_show(start: Starter) -> None:
    odd = replace(RETAIL.products[1], sku="ODD", name_fr='<b>Glace</b> & "crème"', name_en="Odd")
    shop = start(replace(RETAIL, slug="odd", products=(odd,), name="Givrée & <i>Fils</i>"))
    visitor = Visitor(shop)
    visitor.add("ODD")
    for path in ("/", "/cart", "/checkout", "/track", "/product/b-glace-b-creme/"):
        page = visitor.page(path)
        assert "<i>Fils" not in page and "<b>Glace" not in page
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page)


@pytest.mark.parametrize("shape", [*SHAPES, "unknown"])
def test_every_shape_is_a_drawing(shape: str) -> None:
    layers = ["#111111", "#222222", "#333333"]
    drawing = draw({"shape": shape, "layers": layers, "garnish": "#c00000", "background": "#ffffff"}, "A & B")
    root = ElementTree.fromstring(drawing)
    assert root.attrib["viewBox"] == "0 0 400 320"
    assert "#111111" in drawing and "#c00000" in drawing
    assert drawing != draw({"shape": shape, "layers": layers, "garnish": "#0000c0", "background": "#ffffff"}, "A & B")

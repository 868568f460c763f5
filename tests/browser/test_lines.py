"""Lines, pictures and files in the browser: a carton scanned, an order changed, a picture seen, a file imported, words."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.portal import Watch, say, settle
from tests.running import Client, eventually

Visit = Callable[..., Watch]


def png(size: int = 24) -> bytes:
    """A real picture: one colour, every pixel of it."""
    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\x00" + b"\xc2\x33\x4d" * size for _ in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def with_check_digit(digits: str) -> str:
    total = sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits))
    return digits + str(-total % 10)


@pytest.fixture
def article(client: Client) -> dict[str, Any]:
    """An article in cartons of six, with twelve cartons in stock."""
    word = uuid.uuid4().hex[:8].upper()
    carton = with_check_digit("29" + str(uuid.uuid4().int)[:10])
    made = client.post("/api/catalog/products", {"name": f"Tasse {word}", "variants": [
        {"sku": f"T-{word}", "vat_rate": "20", "conversions": [{"unit_code": "CT", "quantity": "6", "gtin": carton}]}]})
    warehouse = client.get("/api/stock/warehouses")["items"][0]["id"]
    client.post("/api/stock/receipts", {"warehouse_id": warehouse, "lines": [
        {"gtin": carton, "quantity": "12", "unit_cost": "12.00", "cost_per": "unit"}]})
    return {"sku": f"T-{word}", "word": word, "carton": carton, "product": made["id"]}


def test_a_carton_is_scanned_into_an_order_which_is_then_changed(visit: Visit, client: Client, article: dict[str, Any]) -> None:
    watch = visit("owner", "/orders/new", "en")
    page = watch.page
    settle(page)
    page.get_by_label(say("en", "attribute.name"), exact=False).first.fill("Jeanne Fontaine")
    page.get_by_role("combobox", name="SKU 1").focus()
    page.keyboard.type(article["carton"] + "\n")
    unit = page.get_by_label(f"{say('en', 'attribute.unit')} 1")
    unit.wait_for()
    assert unit.input_value() == "CT"
    page.get_by_label(f"{say('en', 'attribute.quantity')} 1").fill("2")
    page.get_by_label(f"{say('en', 'attribute.unit_price')} 1").fill("30")
    page.get_by_role("status", name=say("en", "order.preview")).get_by_text("€60.00").wait_for()
    page.get_by_role("button", name=say("en", "order.place")).first.click()
    page.wait_for_url("**/orders/ord_*")
    settle(page)
    order_id = page.url.rpartition("/")[2]
    line = client.get(f"/api/sales/orders/{order_id}")["lines"][0]
    assert (line["quantity"], line["unit_quantity"], line["unit_code"], line["amount"]) == ("12", "2", "CT", "60.00")
    assert f"= 12 {say('en', 'unit.C62')}" in page.inner_text("main")
    page.get_by_role("button", name=say("en", "document.actions")).first.click()
    late: list[Route] = []
    page.route("**/api/catalog/skus/**", lambda route: late.append(route))
    with page.expect_request("**/api/catalog/skus/**"):
        page.get_by_role("menuitem", name=say("en", "order.edit_lines")).click()
    page.get_by_role("dialog").get_by_label(f"{say('en', 'attribute.quantity')} 1").fill("3")
    with page.expect_response("**/api/catalog/skus/**"):
        late.pop().continue_()
    page.get_by_role("dialog").get_by_text("€90.00").first.wait_for()
    page.get_by_role("dialog").get_by_role("button", name=say("en", "action.save")).click()
    eventually(lambda: client.get(f"/api/sales/orders/{order_id}")["lines"][0]["quantity"] == "18")
    assert client.get(f"/api/stock/levels/{article['sku']}")["available"] == "54"
    assert watch.problems() == []


def test_a_picture_of_points_is_seen(visit: Visit, article: dict[str, Any]) -> None:
    """A PNG comes from our own origin, so the policy lets it be shown."""
    watch = visit("owner", f"/products/{article['product']}")
    page = watch.page
    settle(page)
    page.locator("input[type=file]").set_input_files({"name": "tasse.png", "mimeType": "image/png", "buffer": png()})
    page.locator(".media-grid img").wait_for()
    page.wait_for_function("() => document.querySelector('.media-grid img').naturalWidth === 24")
    assert watch.problems() == []


def test_a_file_is_tried_and_imported_and_its_problems_saved(visit: Visit, client: Client) -> None:
    word = uuid.uuid4().hex[:8].upper()
    text = f"SKU;Nom;TVA;Colisage\nF-{word};Plat {word};20;CT:12\nG-{word};Bol;vingt;\n"
    watch = visit("owner", "/products/import")
    page = watch.page
    settle(page)
    page.locator("input[type=file]").set_input_files({"name": "plats.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name=say("fr", "import.try")).click()
    page.get_by_role("button", name=say("fr", "import.run")).click(timeout=30_000)
    link = page.get_by_role("link", name=say("fr", "import.save_problems"))
    page.get_by_role("link", name=say("fr", "product.plural")).last.wait_for()
    with page.expect_download() as download:
        link.click(timeout=30_000)
    assert "3;TVA;number" in download.value.path().read_text(encoding="utf-8-sig")
    assert client.get(f"/api/catalog/skus/F-{word}")["packs"][0]["quantity"] == "12"
    assert watch.problems() == []


def test_products_are_found_by_their_words(visit: Visit, client: Client, article: dict[str, Any]) -> None:
    eventually(lambda: client.get(f"/api/catalog/products?q={article['word']}")["items"])
    watch = visit("owner", "/products")
    page = watch.page
    settle(page)
    page.get_by_role("searchbox").fill(article["word"])
    page.wait_for_url("**q=*")
    page.get_by_role("link", name=f"Tasse {article['word']}").wait_for()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert watch.problems() == []

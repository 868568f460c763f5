"""Everything a person at a desk does all day works without a mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.portal import Watch, say, settle
from tests.running import Client, Running


def fr(key: str, **values: str) -> str:
    return say("fr", key, **values)


@pytest.fixture
def at_orders(visit: Callable[..., Watch]) -> Page:
    page = visit("owner", "/orders").page
    settle(page)
    page.locator("tr[data-row]").first.wait_for()
    return page


def test_signing_in_by_keyboard_alone(running: Running, visit: Callable[..., Watch]) -> None:
    page = visit(None).page
    owner = running.facts["users"][0]
    expect(page.get_by_label(fr("attribute.email"))).to_be_focused()
    page.keyboard.type(owner["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(owner["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=fr("home.hello", name="Camille"))).to_be_visible()


def found_by_palette(page: Page, text: str, title: str) -> None:
    """Opens the palette, types, waits until the first that is found has the title, and takes it."""
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name=fr("palette.title"))
    expect(palette).to_be_visible()
    page.keyboard.type(text)
    expect(palette.get_by_role("option").first).to_contain_text(title)
    page.keyboard.press("Enter")
    expect(palette).to_be_hidden()


def test_the_palette_finds_an_order_by_its_number(at_orders: Page, client: Client) -> None:
    order = client.get("/api/sales/orders?limit=1")["items"][0]
    found_by_palette(at_orders, order["number"], order["number"])
    expect(at_orders.get_by_role("heading", level=1)).to_contain_text(order["number"])
    assert at_orders.url.endswith(f"/orders/{order['id']}")


def test_the_palette_finds_a_product_by_its_sku(at_orders: Page) -> None:
    found_by_palette(at_orders, "MACARONS", "Macarons glacés")
    expect(at_orders.get_by_role("main")).to_contain_text("Macarons glacés")


def test_rows_are_walked_chosen_and_opened(at_orders: Page) -> None:
    page = at_orders
    rows = page.locator("tr[data-row]")
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(rows.nth(row)).to_contain_class("active")
    page.keyboard.press("x")
    expect(rows.nth(1)).to_contain_class("selected")
    expect(page.get_by_role("region", name=fr("list.bulk"))).to_be_visible()
    page.keyboard.press("x")
    expect(page.get_by_role("region", name=fr("list.bulk"))).to_be_hidden()
    number = rows.nth(1).locator("a").first.inner_text().split()[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def test_slash_searches_and_escape_leaves(at_orders: Page) -> None:
    page = at_orders
    page.keyboard.press("/")
    palette = page.get_by_role("dialog", name=fr("palette.title"))
    expect(palette).to_be_visible()
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()


def test_the_question_mark_lists_the_keys(at_orders: Page) -> None:
    page = at_orders
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name=fr("key.title"))
    for label in ("key.next_row", "key.open_row", "key.select_row", "key.search_list", "palette.title"):
        expect(keys).to_contain_text(fr(label))
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_g_and_a_letter_lead_to_a_page(at_orders: Page) -> None:
    page = at_orders
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1, name=fr("navigation.stock"))).to_be_visible()

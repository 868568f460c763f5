"""The newcomer's first quarter of an hour, by mouse and keyboard: a sale in the demo shop, followed to its parcel."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.portal import Watch, say, settle
from tests.running import ROOT, Running

SKU, PIECES = "MACARONS", 3
FIRST_PARCEL, SECOND_PARCEL = "XF000000011FR", "XF000000012FR"


def fr(key: str, **values: str) -> str:
    return say("fr", key, **values)


def number_in(text: str) -> int:
    """The whole number a person reads in a French text (thousands are parted by narrow spaces)."""
    found = re.search(r"-?\d[\d\u202f\u00a0]*", text)
    assert found, text
    return int(re.sub(r"\D", "", found[0]))


def sign_in(page: Page, running: Running) -> None:
    owner = running.facts["users"][0]
    page.get_by_label(fr("attribute.email")).fill(owner["email"])
    page.get_by_label(fr("attribute.password")).fill(owner["password"])
    page.get_by_role("button", name=fr("access.sign_in"), exact=True).click()
    expect(page.get_by_role("heading", name=fr("home.hello", name="Camille"))).to_be_visible()


def buy(context: BrowserContext, running: Running) -> tuple[Page, str]:
    """Three articles through the retail shop's own checkout, in another tab; the order's page and its number there."""
    shop = context.new_page()
    shop.goto(next(each["shop_url"] for each in running.facts["connections"] if each["slug"] == "retail"))
    if "PICTURES" in os.environ:
        shop.screenshot(path=ROOT / "docs" / "pictures" / "shop.png")
    article = shop.locator("article.card", has=shop.locator(f'[data-stock="{SKU}"]'))
    article.get_by_role("link").last.click()
    shop.get_by_label("Quantité").fill(str(PIECES))
    shop.locator(".buy button").click()
    shop.locator('a[href="/checkout"]').click()
    shop.locator('button[value="order"]').click()
    expect(shop.locator("[data-order]")).to_be_visible()
    found = re.search(r"/order/(\d+)/", shop.url)
    assert found, shop.url
    return shop, found[1]


def tile(page: Page, label: str) -> Locator:
    return page.locator("a.tile", has_text=fr(label)).locator("strong")


def ship(page: Page, quantity: str | None, tracking: str) -> None:
    """The one primary button of the order, then its dialog; without a quantity everything that is left leaves."""
    page.get_by_role("button", name=fr("order.ship"), exact=True).click()
    dialog = page.get_by_role("dialog")
    if quantity is not None:
        dialog.get_by_label(fr("order.quantity_of", name=SKU)).fill(quantity)
    dialog.get_by_label(fr("attribute.carrier")).fill("Chronopost")
    dialog.get_by_label(fr("attribute.tracking_number")).fill(tracking)
    dialog.get_by_role("button", name=fr("order.ship"), exact=True).click()
    expect(dialog).to_be_hidden()


def test_a_sale_is_seen_explained_and_shipped(running: Running, visit: Callable[..., Watch]) -> None:
    watch = visit(None)
    page, context = watch.page, watch.page.context
    expect(page.get_by_role("heading", name=fr("access.sign_in"), exact=True)).to_be_visible()
    watch.problems()
    sign_in(page, running)
    settle(page)
    waiting = number_in(tile(page, "home.to_ship").inner_text())
    assert number_in(page.locator(".measure-tile .headline").first.inner_text()) > 0

    orders = context.new_page()
    listed = Watch(orders, running.url)
    orders.goto(f"{running.url}/orders")
    settle(orders)
    shop, number = buy(context, running)
    bought = time.monotonic()
    orders.bring_to_front()
    row = orders.get_by_role("row", name=re.compile(rf"\b{number}\b"))
    expect(row).to_be_visible(timeout=8_000)
    assert time.monotonic() - bought < 8
    page.bring_to_front()
    expect(tile(page, "home.to_ship")).to_have_text(re.compile(rf"^\D*{waiting + 1}\D*$"), timeout=8_000)
    expect(page.get_by_role("table", name=fr("home.last_orders"))).to_contain_text(number)

    orders.bring_to_front()
    row.get_by_role("link").first.click()
    settle(orders)
    expect(orders.locator(".page")).to_contain_text(fr("state.confirmed"))
    read_why(orders)
    ship(orders, "1", FIRST_PARCEL)
    expect(orders.locator(".page")).to_contain_text(fr("state.partly_shipped"))
    ship(orders, None, SECOND_PARCEL)
    expect(orders.get_by_text(fr("state.shipped"), exact=True).first).to_be_visible()

    shop.bring_to_front()
    for parcel in (FIRST_PARCEL, SECOND_PARCEL):
        expect(shop.locator(".parcel", has_text=parcel)).to_be_visible()
    expect(shop.locator(".steps li.done")).to_have_count(3)
    assert watch.problems() == []
    assert listed.problems() == []


def read_why(page: Page) -> None:
    """From the line of the order to its SKU's stock, why so many are available, and back."""
    order_number, order_path = page.locator("main h1").inner_text().split()[0], urlsplit(page.url).path
    page.get_by_role("link", name=SKU, exact=True).first.click()
    settle(page)
    available = page.get_by_role("button", name=fr("explain.why", label=fr("attribute.available"))).first
    shown = number_in(available.inner_text())
    available.click()
    answer = page.locator(".explain:visible")
    assert number_in(answer.locator(".result").inner_text()) == shown
    expect(answer.locator(".formula")).not_to_be_empty()
    expect(answer.locator(f"a[href=\"{order_path}\"]").first).to_be_visible()
    page.keyboard.press("Escape")
    page.go_back()
    settle(page)
    expect(page.locator("main h1")).to_contain_text(order_number)

"""People see what their role lets them do, and nothing that the API would refuse."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.portal import Watch, say, settle
from tests.running import Client

PRIMARY = "main .button.primary"


def fr(key: str, **values: str) -> str:
    return say("fr", key, **values)


def order_to_ship(client: Client) -> str:
    return str(client.get("/api/sales/orders?view=to_ship&limit=1")["items"][0]["id"])


def tabs_of_settings(page: Page) -> list[str]:
    tabs = page.get_by_role("navigation", name=fr("navigation.settings")).get_by_role("link")
    return [text.strip() for text in tabs.all_inner_texts()]


def opened(visit: Callable[..., Watch], role: str, path: str) -> Watch:
    watch = visit(role, path)
    settle(watch.page)
    return watch


def test_the_warehouse_ships_but_does_not_keep_users(visit: Callable[..., Watch], client: Client) -> None:
    order = opened(visit, "warehouse", f"/orders/{order_to_ship(client)}")
    expect(order.page.get_by_role("button", name=fr("order.ship"), exact=True)).to_be_visible()
    order.page.get_by_role("button", name=fr("document.actions")).click()
    expect(order.page.get_by_role("menuitem", name=fr("order.cancel"))).to_have_count(0)
    settings = opened(visit, "warehouse", "/settings")
    shown = tabs_of_settings(settings.page)
    assert fr("settings.preferences") in shown
    assert not {fr(key) for key in ("settings.users", "settings.api_keys", "audit.title")} & set(shown)
    assert order.problems() == []
    assert settings.problems() == []


def test_who_only_reads_has_nothing_to_press(visit: Callable[..., Watch], client: Client) -> None:
    order = f"/orders/{order_to_ship(client)}"
    watch = visit("read_only")
    for path in ("/", "/orders", order, "/products", "/stock", "/stock/MACARONS", "/customers", "/channels"):
        watch.page.goto(client.url + path)
        settle(watch.page)
        assert watch.page.locator(PRIMARY).all_inner_texts() == [], path
        assert watch.problems() == [], path


def test_an_accountant_neither_ships_nor_moves_stock(visit: Callable[..., Watch], client: Client) -> None:
    order = opened(visit, "accountant", f"/orders/{order_to_ship(client)}")
    expect(order.page.get_by_role("button", name=fr("order.ship"), exact=True)).to_have_count(0)
    stock = opened(visit, "accountant", "/stock/MACARONS")
    expect(stock.page.locator(PRIMARY)).to_have_count(0)
    assert order.problems() == []
    assert stock.problems() == []

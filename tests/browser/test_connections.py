"""A shop is connected with a wrong key: what is said, in both languages; and its page and the settings without a mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.portal import Watch, say, settle
from tests.running import Client, Running


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_wrong_key_is_named_with_what_to_do(
        visit: Callable[..., Watch], running: Running, client: Client, language: str) -> None:
    """The demo shop under its other name, so that its own connection stays as it is."""
    shop = running.facts["connections"][0]["shop_url"].replace("127.0.0.1", "localhost")
    page = visit("owner", "/channels/new", language).page
    settle(page)
    for key, text in (("attribute.name", "Boutique"), ("attribute.base_url", shop),
                      ("connection.consumer_key", "ck_" + "0" * 40), ("connection.consumer_secret", "cs_" + "0" * 40)):
        page.get_by_label(say(language, key), exact=False).first.fill(text)
    page.get_by_role("button", name=say(language, "connection.connect_and_test")).click()
    expect(page.get_by_text(say(language, "finding.credentials_refused"))).to_be_visible()
    expect(page.get_by_text(say(language, "finding_text.credentials_refused"))).to_be_visible()
    page.get_by_role("link", name=say(language, "connection.open")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Boutique")
    page.get_by_role("button", name=say(language, "connection.import_products")).click()
    expect(page.get_by_text(say(language, "shop_failure.unauthorised")).first).to_be_visible()
    assert client.call("DELETE", f"/api/channels/connections/{page.url.rpartition('/')[2]}")[0] == 204


def reach(page: Page, name: str) -> None:
    """Goes to a button by the Tab key alone."""
    button = page.get_by_role("button", name=name).first
    expect(button).to_be_visible()
    for _ in range(150):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{name} cannot be reached by the keyboard")


@pytest.mark.parametrize(("path", "button"), [
    ("/settings/users", "users.invite"), ("/settings/api-keys", "api_keys.create"),
    ("/settings/roles", "roles.create"),
    ("/channels/{connection}", "connection.new_key"),
])
def test_a_dialog_is_opened_and_left_without_a_mouse(
        visit: Callable[..., Watch], running: Running, path: str, button: str) -> None:
    page = visit("owner", path.format(connection=running.facts["connections"][0]["id"])).page
    settle(page)
    reach(page, say("fr", button))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("it => it.contains(document.activeElement)"), "the dialog has the focus"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name=say("fr", button)).first).to_be_focused()


def test_a_range_is_imported_by_keyboard_and_told(visit: Callable[..., Watch], running: Running) -> None:
    page = visit("owner", f"/channels/{running.facts['connections'][0]['id']}").page
    settle(page)
    reach(page, say("fr", "connection.import_products"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(say("fr", "shop_import.all_bound"))).to_be_visible()

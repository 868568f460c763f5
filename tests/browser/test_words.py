"""Words that come after the first paint: whoever is fast, or has a slow line, never sees a key instead of them."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.portal import WORDS, Watch, say, settle
from tests.running import Running

WITNESS = """(() => {
    const keys = new Set(KEYS);
    window.shownKeys = new Set();
    const look = () => {
        const text = `${document.title}\\n${document.body?.innerText ?? ""}`;
        const found = text.match(/\\b[a-z_0-9]+(?:\\.[a-z_0-9]+)+\\b/g) ?? [];
        for (const each of found) if (keys.has(each)) window.shownKeys.add(each);
    };
    new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
})()"""


class SlowLine:
    """Holds the second file of the words back until it is let through; the page keeps every key that it shows meanwhile."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._held: list[Route] = []
        page.route("**/assets/rest-*.js", lambda route: self._held.append(route))
        page.add_init_script(WITNESS.replace("KEYS", json.dumps(list(WORDS["en"]))))

    def let_through(self) -> None:
        """Lets the words come that were asked for; there must have been some."""
        assert self._held
        for route in self._held:
            route.continue_()
        self._held.clear()

    def keys_shown(self) -> list[str]:
        return sorted(self.page.evaluate("() => [...window.shownKeys]"))


def test_the_words_of_a_screen_are_there_before_it_is(running: Running, visit: Callable[..., Watch]) -> None:
    watch = visit("owner", "/")
    page = watch.page
    settle(page)
    line = SlowLine(page)
    for path, title in (("/ledger", "ledger.title"), ("/ledger/years", "ledger.years"), ("/channels", "connection.plural")):
        with page.expect_request("**/assets/rest-*.js"):
            page.goto(running.url + path)
        heading = page.get_by_role("heading", level=1, name=say("fr", title))
        expect(heading).to_have_count(0)
        line.let_through()
        expect(heading).to_be_visible()
        settle(page)
        assert line.keys_shown() == [], path
    assert watch.problems() == []


def test_a_language_chosen_while_words_are_on_their_way_is_whole(running: Running, visit: Callable[..., Watch]) -> None:
    """Home stands without them; what is opened from it waits for those of the language chosen last."""
    watch = visit("owner", "/")
    page = watch.page
    settle(page)
    line = SlowLine(page)
    with page.expect_request("**/assets/rest-*.js"):
        page.goto(running.url)
    expect(page.get_by_role("heading", name=say("fr", "home.to_do"))).to_be_visible()
    page.locator(".topbar .icon-only").last.click()
    with page.expect_request("**/assets/rest-*.js"):
        page.get_by_role("menuitem", name=say("fr", "language.en")).click()
    page.get_by_role("link", name=say("fr", "ledger.title")).first.click()
    line.let_through()
    expect(page.get_by_role("heading", level=1, name=say("en", "ledger.title"))).to_be_visible()
    settle(page)
    assert line.keys_shown() == []
    assert watch.problems() == []

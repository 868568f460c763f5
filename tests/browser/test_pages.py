"""Every page, in both languages, light and dark, on a desk and in a hand: nothing broken, nothing out of reach."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.addresses import Address, declared, first_id_of, gates, navigation
from tests.browser.languages import untranslated
from tests.browser.portal import DESKTOP, LANGUAGES, PHONE, ROOT, Watch, audit, new_context, overflow, say, settle, shape
from tests.running import Client, Running, eventually
from tests.scenarios.test_order_to_every_shop import ShopApi

LOOKS = [(size, scheme) for size in ("desktop", "phone") for scheme in ("light", "dark")]
SIZES = {"desktop": DESKTOP, "phone": PHONE}
#: The pictures of the documentation: which looks of which pages.
PICTURES = {
    ("/", "fr desktop light"): "home", ("/orders", "fr desktop light"): "orders",
    ("/orders", "fr phone light"): "orders-phone", ("/orders/:id", "fr desktop light"): "order",
    ("/products", "fr desktop light"): "products", ("/stock/:id", "fr desktop light"): "stock",
    ("/channels", "fr desktop light"): "channels", ("/invoices/:id", "fr desktop light"): "invoice",
    ("/ledger", "fr desktop light"): "ledger", ("/reports", "fr desktop light"): "reports",
    ("/deliveries/:id/pack", "fr phone light"): "packing-phone",
}


class Visitor:
    """One window of the owner in one language, led from page to page."""

    def __init__(self, browser: Browser, running: Running, language: str, state: Any) -> None:
        self.language, self._url = language, running.url
        self.context = new_context(browser, language, state)
        self.watch = Watch(self.context.new_page(), running.url)

    @property
    def page(self) -> Page:
        return self.watch.page

    def problems_at(self, path: str, pattern: str) -> list[str]:
        """Opens the page once and looks at it in every size and theme."""
        self.page.set_viewport_size(DESKTOP)
        self.page.goto(self._url + path)
        settle(self.page)
        found, examined = untranslated(self.page, self.language), ""
        for size, scheme in LOOKS:
            self.page.set_viewport_size(SIZES[size])
            self.page.emulate_media(color_scheme=scheme)
            settle(self.page)
            before, examined = examined, shape(self.page)
            look = f"{self.language} {size} {scheme}"
            seen = (*self.watch.problems(), *overflow(self.page), *audit(self.page, only_colours=before == examined))
            self._picture(pattern, look, bool(seen))
            found += [f"{look}: {each}" for each in seen]
        return found

    def _picture(self, pattern: str, look: str, is_broken: bool) -> None:
        """Kept of what is broken; of every look when `PICTURES` is set, some of them for the documentation."""
        if is_broken or "PICTURES" in os.environ:
            name = re.sub(r"\W+", "-", f"{pattern} {look}").strip("-")
            _save(self.page, ROOT / "build" / "screenshots" / f"{name}.png")
        if "PICTURES" in os.environ and (pattern, look) in PICTURES:
            _save(self.page, ROOT / "docs" / "pictures" / f"{PICTURES[pattern, look]}.png")


def _save(page: Page, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)


@pytest.fixture(scope="module")
def visitors(chromium: Browser, running: Running, session_of: Callable[[str], Any]) -> Iterator[dict[str, Visitor]]:
    yield from _visitors(chromium, running, session_of("owner"))


@pytest.fixture(scope="module")
def strangers(chromium: Browser, running: Running) -> Iterator[dict[str, Visitor]]:
    yield from _visitors(chromium, running, None)


def _visitors(browser: Browser, running: Running, state: Any) -> Iterator[dict[str, Visitor]]:
    found = {language: Visitor(browser, running, language, state) for language in LANGUAGES}
    yield found
    for visitor in found.values():
        visitor.context.close()


@pytest.fixture(scope="module")
def first_id(running: Running) -> Callable[[str], str]:
    """Documents to look at; the demo begins without a delivery from a shop, so somebody buys something first."""
    client = Client(running.url, running.facts["api_key"])
    ShopApi(running, "retail").buy("MACARONS", 1)
    eventually(lambda: client.get("/api/channels/deliveries?limit=1")["items"])
    return first_id_of(client)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", declared(), ids=lambda address: address.pattern)
def test_a_page_is_sound(visitors: dict[str, Visitor], first_id: Callable[[str], str], address: Address, language: str) -> None:
    assert visitors[language].problems_at(address.filled(first_id), address.pattern) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/", *(path for path in gates() if "invitations" not in path)])
def test_the_way_in_is_sound(strangers: dict[str, Visitor], path: str, language: str) -> None:
    asked_who, no_token = "401", "400"
    found = strangers[language].problems_at(path.replace(":token", "a-token"), f"gate {path}")
    assert [each for each in found if asked_who not in each and no_token not in each] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_of_the_other_language_would_be_seen(visitors: dict[str, Visitor], running: Running, language: str) -> None:
    other = next(each for each in LANGUAGES if each != language)
    page = visitors[language].page
    page.goto(f"{running.url}/orders")
    settle(page)
    assert untranslated(page, language) == []
    for key, values in (("list.export", {}), ("media.remove_question", {"name": "1.png"})):
        page.locator("h1").evaluate("(heading, words) => { heading.textContent = words; }", say(other, key, **values))
        assert len(untranslated(page, language)) == 1, key


@pytest.mark.parametrize(("style", "broken"), [
    ("button span { display: none; }", "button-name"),
    ("button { visibility: hidden; } span { visibility: hidden; }", ""),
    ("button { background: #333; color: #444; }", "color-contrast"),
    ("main { color: #fff; } body { background: #000; }", ""),
])
def test_what_is_broken_in_the_dark_alone_is_seen(
    visitors: dict[str, Visitor], running: Running, style: str, broken: str,
) -> None:
    page = visitors["en"].page
    page.goto(f"{running.url}/orders")
    settle(page)
    page.emulate_media(color_scheme="light")
    page.evaluate("""(style) => {
        document.body.innerHTML = "<main><h1>Cakes</h1><button><span>Bake</span></button></main>";
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`@media (prefers-color-scheme: dark) { ${style} }`);
        document.adoptedStyleSheets = [sheet];
    }""", style)
    assert audit(page) == []
    light = shape(page)
    page.emulate_media(color_scheme="dark")
    found = audit(page, only_colours=shape(page) == light)
    assert [each.split(":")[0] for each in found] == ([f"axe {broken}"] if broken else [])


def test_every_entry_of_the_navigation_is_a_declared_page() -> None:
    assert set(navigation()) <= {address.pattern for address in declared()}

"""The portal as a person's browser shows it: watched for every kind of silent failure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "portal" / "src"
AXE = ROOT / "portal" / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGES = ("fr", "en")
WORDS: dict[str, dict[str, str]] = {
    language: json.loads((SOURCE / "i18n" / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES
}
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
DOTTED = re.compile(r"\b[a-z_0-9]+(?:\.[a-z_0-9]+)+\b")
# The report of a violation reaches the page before the script that would be blocked, so it is listened to first.
REPORTER = """document.addEventListener("securitypolicyviolation", (event) =>
    (window.blocked ??= []).push(`${event.violatedDirective} ${event.blockedURI}`));"""
DRAWN = "() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"
COLOURS = ["color-contrast", "link-in-text-block"]
VIOLATIONS = """async (only) => {
    const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
    const shown = (node) => `${node.html.slice(0, 160)} ${(node.any[0]?.message ?? "").slice(0, 160)}`;
    return found.violations.map((each) => ({id: each.id, help: each.help, nodes: each.nodes.slice(0, 3).map(shown)}));
}"""
# All that a rule can see but colours: the tree, and of every element its place, and whether it is shown.
SHAPE = """() => document.documentElement.outerHTML + Array.from(document.querySelectorAll("*"), (element) => {
    const {x, y, width, height} = element.getBoundingClientRect();
    return `${element.checkVisibility({visibilityProperty: true})} ${x} ${y} ${width} ${height}`;
}).join()"""


def say(language: str, key: str, **values: str) -> str:
    """The portal's own words for a key, so that a test reads what a person reads."""
    text = WORDS[language][key]
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


class Watch:
    """Collects what a page complains about; `problems` also looks at what it shows."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self._origin, self._heard = page, origin, []
        page.add_init_script(REPORTER)
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self._heard.append(f"script error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("response", lambda response: self._response(response.status, response.url))

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") or text.startswith("no words for"):
            self._heard.append(f"console {kind}: {text}")

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and f"{parts.scheme}://{parts.netloc}" != self._origin:
            self._heard.append(f"request to another origin: {url}")

    def _response(self, status: int, url: str) -> None:
        if status >= 400:
            self._heard.append(f"answer {status}: {url}")

    def problems(self) -> list[str]:
        """Everything heard since the last call, policy violations, and keys of the word lists shown instead of words."""
        heard, self._heard = self._heard, []
        blocked = self.page.evaluate("() => (window.blocked ?? []).splice(0)")
        return [*heard, *(f"blocked by the policy: {each}" for each in blocked), *self._raw_keys()]

    def _raw_keys(self) -> Iterator[str]:
        text = self.page.evaluate("() => document.title + '\\n' + document.body.innerText")
        return (f"a key instead of words: {found}" for found in set(DOTTED.findall(text)) if found in WORDS["en"])


def new_context(
    browser: Browser, language: str = "fr", state: Any = None, size: dict[str, int] = DESKTOP, bypass_csp: bool = False,
) -> BrowserContext:
    """A browser of somebody who reads this language; `state` holds the cookies of a session."""
    context = browser.new_context(
        bypass_csp=bypass_csp,
        locale="fr-FR" if language == "fr" else "en-GB", timezone_id="Europe/Paris", viewport=size, storage_state=state,
        reduced_motion="reduce")
    context.set_default_timeout(15_000)
    return context


def settle(page: Page) -> None:
    """Waits until nothing on the page stands for data that is still coming, and the words are there."""
    page.locator("h1").first.wait_for()
    page.wait_for_function("() => !document.querySelector('.skeleton')")
    page.evaluate(DRAWN)


def shape(page: Page) -> str:
    """The page but for its colours: two looks of one shape break the same rules, those about colours excepted."""
    return str(page.evaluate(SHAPE))


def audit(page: Page, only_colours: bool = False) -> list[str]:
    """Violations of WCAG 2 A and AA that axe finds, each with the first elements concerned."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = {"type": "rule", "values": COLOURS} if only_colours else {"type": "tag", "values": RULES}
    found = page.evaluate(VIOLATIONS, rules)
    return [f"axe {each['id']}: {each['help']}: {' | '.join(each['nodes'])}" for each in found]


def overflow(page: Page) -> list[str]:
    """A page never scrolls sideways."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{wide} px wider than the window"] if wide > 0 else []

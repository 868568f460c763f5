"""Nothing that anybody wrote into a field ever runs in the browser of somebody who reads it.

Every page is read with the content security policy switched off, so that the pages themselves are tested and not the
second wall behind them; then the wall is tested alone, on a page that is wrong on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import hostile
from tests.browser.addresses import declared, first_id_of
from tests.browser.portal import Watch, new_context, say, settle

LISTENER = "window.executed = []; window.hit = (which) => window.executed.push(which);"
FOUND = """(mark) => [
    ...window.executed.map((which) => `ran: ${which}`),
    ...[...document.querySelectorAll(`[${mark}], [src="x"]`)]
        .map((each) => `became an element: ${each.outerHTML.slice(0, 120)}`),
    ...[...document.querySelectorAll("[href^='javascript:' i], [src^='javascript:' i], iframe, object, embed")]
        .map((each) => `became a link: ${each.outerHTML.slice(0, 120)}`),
]"""
#: A page that is wrong: what should be text is written as markup, as `innerHTML` does.
CARELESS = """() => {
    for (const element of document.querySelectorAll("main *"))
        if (element.children.length === 0 && element.textContent.includes("<img")) element.innerHTML = element.textContent;
}"""


@dataclass(frozen=True, slots=True)
class Attacked:
    """The company, where it answers, and the cookies of its owner."""

    url: str
    state: Any
    caller: hostile.Caller


@pytest.fixture(scope="module")
def attacked(chromium: Browser, begun: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    shop = hostile.attackers_shop(tmp_path_factory.mktemp("hostile"))
    context = chromium.new_context()
    caller = hostile.signed_in(context.request, begun)
    hostile.fill(caller, shop)
    yield Attacked(begun, context.storage_state(), caller)
    context.close()
    shop.stop()


def reader(chromium: Browser, attacked: Attacked, bypass_csp: bool) -> BrowserContext:
    context = new_context(chromium, "fr", attacked.state, bypass_csp=bypass_csp)
    context.add_init_script(LISTENER)
    return context


def harm(page: Page) -> list[str]:
    """What ran, became an element or became a link that runs."""
    found: list[str] = page.evaluate(FOUND, hostile.MARK)
    return found


def read(page: Page, url: str) -> str:
    """Opens the page, waits for it, and answers all that it says."""
    page.goto(url)
    settle(page)
    return page.locator("body").inner_text()


def test_no_page_runs_what_was_written_into_it(chromium: Browser, attacked: Attacked) -> None:
    context = reader(chromium, attacked, bypass_csp=True)
    page = context.new_page()
    first = first_id_of(attacked.caller)
    told = 0
    for address in declared():
        told += "<img src=x" in read(page, attacked.url + address.filled(first))
        assert harm(page) == [], address.pattern
    context.close()
    assert told >= 12, "the attack must be visible as text on most pages, or nothing was tested"


def test_neither_does_what_opens_on_a_page(chromium: Browser, attacked: Attacked) -> None:
    context = reader(chromium, attacked, bypass_csp=True)
    page = context.new_page()
    held = attacked.caller.get("/api/sales/orders?state=on_hold")["items"][0]
    read(page, f"{attacked.url}/orders/{held['id']}")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name=say("fr", "palette.title"))
    palette.wait_for()
    page.keyboard.type("img")
    palette.get_by_role("option").filter(has_text="<img").first.wait_for()
    assert harm(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name=say("fr", "order.release"), exact=True).click()
    page.locator(".toast").first.wait_for()
    assert harm(page) == []
    for why in page.locator(".figure-button:visible").all()[:3]:
        why.click()
        page.locator(".explain:visible").first.wait_for()
        page.keyboard.press("Escape")
    assert harm(page) == []
    context.close()


def test_mails_are_read_without_harm(chromium: Browser, attacked: Attacked) -> None:
    context = reader(chromium, attacked, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{attacked.url}/dev/mail")
    assert harm(page) == []
    links = [link.get_attribute("href") or "" for link in page.locator("a").all()]
    mails = [link for link in links if "id=" in link]
    assert mails, "an invitation was sent"
    for link in mails:
        page.goto(f"{attacked.url}/dev/mail{link}")
        assert "<img src=x" in page.locator("body").inner_text()
        assert harm(page) == [], link
    context.close()


@pytest.mark.parametrize("bypass_csp", [True, False], ids=["without the policy", "behind the policy"])
def test_a_careless_page_would_be_caught(chromium: Browser, attacked: Attacked, bypass_csp: bool) -> None:
    context = reader(chromium, attacked, bypass_csp)
    watch = Watch(context.new_page(), attacked.url)
    order = attacked.caller.get("/api/sales/orders")["items"][0]
    read(watch.page, f"{attacked.url}/orders/{order['id']}")
    assert harm(watch.page) == []
    assert watch.problems() == []
    watch.page.evaluate(CARELESS)
    watch.page.wait_for_timeout(500)
    found, blocked = harm(watch.page), [each for each in watch.problems() if "blocked by the policy" in each]
    assert any("became an element" in each for each in found)
    assert any("ran: 1" in each for each in found) is bypass_csp, "the policy alone holds an inline handler back"
    assert bool(blocked) is not bypass_csp
    context.close()


def test_every_page_of_the_portal_comes_with_the_policy(chromium: Browser, attacked: Attacked) -> None:
    context = reader(chromium, attacked, bypass_csp=False)
    first = first_id_of(attacked.caller)
    for path in [*(address.filled(first) for address in declared()), "/dev/mail", "/no/such/page"]:
        policy = context.request.get(attacked.url + path).headers["content-security-policy"]
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
        assert rules["frame-ancestors"] == "'none'", path
        assert rules["default-src"] == "'none'", path
        assert rules["base-uri"] == "'none'", path
        assert not any("unsafe" in sources for name, sources in rules.items() if name.startswith("script")), path
    context.close()


def framed(context: BrowserContext, address: str) -> str:
    """What an attacker's page shows in a frame: the address that stands in it."""
    page = context.new_page()
    page.route("http://attacker.example/", lambda route: route.fulfill(
        content_type="text/html", body=f'<iframe src="{address}" width="800" height="600"></iframe>'))
    page.goto("http://attacker.example/")
    page.wait_for_timeout(400)
    shown = page.frames[1].url
    page.close()
    return shown


def test_no_page_stands_in_the_frame_of_another_site(chromium: Browser, attacked: Attacked) -> None:
    context = reader(chromium, attacked, bypass_csp=False)
    for path in ("/", "/orders", "/settings/users", "/dev/mail", "/api/openapi.json"):
        assert not framed(context, attacked.url + path).startswith(attacked.url), path
    context.route(f"{attacked.url}/careless", lambda route: route.fulfill(content_type="text/html", body="Pay now"))
    assert framed(context, f"{attacked.url}/careless") == f"{attacked.url}/careless", "without the policy it would"
    context.close()


def test_scripts_never_see_the_session(chromium: Browser, attacked: Attacked) -> None:
    context = reader(chromium, attacked, bypass_csp=False)
    page = context.new_page()
    read(page, attacked.url)
    cookies = {each["name"]: each for each in context.cookies(attacked.url)}
    assert len(cookies) == 1, "one cookie, the session's"
    (cookie,) = cookies.values()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    stored = page.evaluate("() => document.cookie + JSON.stringify({...localStorage, ...sessionStorage})")
    assert cookie["value"] not in stored
    assert attacked.caller.csrf not in stored
    context.close()


def test_over_https_the_session_never_travels_in_the_clear(chromium: Browser) -> None:
    from chalicelib.runtime import sessions

    class Deployed:
        secure_cookies = True

    with patch.object(sessions, "settings", lambda: Deployed):
        header = sessions.cookie("a-token")
    context = chromium.new_context()
    page = context.new_page()
    page.route("https://portal.example/", lambda route: route.fulfill(
        content_type="text/html", headers={"Set-Cookie": header}, body="in"))
    page.goto("https://portal.example/")
    (cookie,) = context.cookies("https://portal.example/")
    assert cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    assert context.cookies("http://portal.example/") == []
    context.close()


def test_a_picture_is_never_a_program(chromium: Browser, attacked: Attacked, tmp_path: Path) -> None:
    import base64

    product = attacked.caller.get("/api/catalog/products")["items"][0]
    for attack in ("<svg xmlns='http://www.w3.org/2000/svg'><script>hit(5)</script></svg>",
                   "<svg xmlns='http://www.w3.org/2000/svg' onload='hit(5)'/>", "<html><script>hit(5)</script>"):
        answer = attacked.caller.request.post(
            f"{attacked.url}/api/catalog/products/{product['id']}/add_media", headers={"X-CSRF-Token": attacked.caller.csrf},
            data={"title": "x", "content_base64": base64.b64encode(attack.encode()).decode()})
        assert answer.status == 400 or answer.status == 422, answer.text()

"""An operator at work: signs in with two factors, looks, asks, is let in by the owner, and is shown out."""

from __future__ import annotations

from collections.abc import Callable

import urllib3
from playwright.sync_api import Page, expect

from tests.browser.languages import untranslated
from tests.browser.portal import DESKTOP, PHONE, Watch, audit, overflow, say, settle
from tests.running import Running

OTHER = "les-flocons"
REASON = "Le stock affiché n’est pas celui de la boutique."


def fr(key: str, **values: str) -> str:
    return say("fr", key, **values)


def _sign_in(page: Page, running: Running) -> None:
    operator = running.facts["operator"]
    page.locator("input[name=email]").fill(operator["email"])
    page.locator("input[name=password]").fill(operator["password"])
    page.locator("button[type=submit]").click()
    code = urllib3.request("GET", f"{running.url}/dev/code").data.decode().strip()
    page.locator("input[name=code]").fill(code)
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", name=fr("operators.tenants"), level=1)).to_be_visible()


def _sound(watch: Watch) -> None:
    """The page as it is, on a desk and in a hand."""
    settle(watch.page)
    found = untranslated(watch.page, "fr")
    for size in (DESKTOP, PHONE):
        watch.page.set_viewport_size(size)
        settle(watch.page)
        found += [*overflow(watch.page), *audit(watch.page)]
    watch.page.set_viewport_size(DESKTOP)
    assert found == [], watch.page.url


def test_an_operator_comes_in_by_consent_alone(visit: Callable[..., Watch], running: Running) -> None:
    desk, tenant = visit(None, "/operators"), running.facts["tenant"]
    page = desk.page
    _sign_in(page, running)
    expect(page.get_by_role("link", name="Maison Givrée")).to_be_visible()
    _sound(desk)
    for path in ("/operators/health", "/operators/switches", "/operators/log", f"/operators/tenants/{OTHER}"):
        page.goto(running.url + path)
        _sound(desk)
    page.goto(f"{running.url}/operators/tenants/{tenant}")
    page.get_by_role("button", name=fr("operators.ask_support")).click()
    page.get_by_label(fr("operators.reason")).fill(REASON)
    page.get_by_role("dialog").get_by_role("button", name=fr("operators.ask_support")).click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    owner = visit("owner", "/").page
    expect(owner.get_by_text(fr("support.answer"), exact=True)).to_be_visible()
    owner.goto(f"{running.url}/settings/support")
    owner.get_by_role("button", name=fr("support.grant"), exact=True).first.click()
    owner.get_by_role("dialog").get_by_role("button", name=fr("support.grant"), exact=True).click()
    expect(owner.get_by_role("button", name=fr("support.withdraw"))).to_be_visible()

    page.reload()
    page.get_by_role("button", name=fr("operators.enter"), exact=True).first.click()
    expect(page.get_by_role("button", name=fr("support.leave"))).to_be_visible()
    _sound(desk)
    page.goto(f"{running.url}/orders")
    expect(page.get_by_role("button", name=fr("support.leave"))).to_be_visible()
    settle(page)
    assert not [each for each in desk.problems() if "401" not in each]

    owner.get_by_role("button", name=fr("support.withdraw")).first.click()
    owner.get_by_role("dialog").get_by_role("button", name=fr("support.withdraw")).click()
    expect(owner.get_by_role("dialog")).to_have_count(0)
    settle(owner)
    page.goto(f"{running.url}/customers")
    expect(page.locator("input[name=password]")).to_be_visible()

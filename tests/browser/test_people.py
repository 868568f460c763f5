"""Somebody is invited, comes in by the mail, and from then on signs in with a one-time code."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import pyotp
import urllib3
from playwright.sync_api import Browser, expect

from tests.browser.portal import Watch, new_context, say, settle
from tests.running import Running, eventually

PASSWORD = "trois petits flocons"


def fr(key: str, **values: str) -> str:
    return say("fr", key, **values)


def _mail_to(running: Running, email: str) -> dict[str, Any] | None:
    """The newest mail to an address, from the laptop's inbox."""
    answer = urllib3.PoolManager().request("GET", f"{running.url}/dev/mail", headers={"Accept": "application/json"})
    return next((mail for mail in answer.json()["items"] if mail["to"] == email), None)


def test_an_invited_person_joins_and_signs_in_with_a_code(
        visit: Callable[..., Watch], chromium: Browser, running: Running) -> None:
    email = f"lucie-{secrets.token_hex(4)}@givree.example"
    owner = visit("owner", "/settings/users")
    settle(owner.page)
    owner.page.get_by_role("button", name=fr("users.invite")).click()
    dialog = owner.page.get_by_role("dialog")
    dialog.get_by_label(fr("attribute.email")).fill(email)
    dialog.get_by_label(fr("attribute.name")).fill("Lucie Givre")
    dialog.get_by_label(fr("attribute.role")).select_option("sales")
    dialog.get_by_role("button", name=fr("users.invite")).click()
    expect(owner.page.get_by_text(email).first).to_be_visible()
    mail = eventually(lambda: _mail_to(running, email))
    link = next(word for word in mail["text"].split() if "token=" in word)

    context = new_context(chromium)
    page = context.new_page()
    page.goto(running.url + "/accept-invitation?token=" + link.split("token=")[1])
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.get_by_role("button", name=fr("access.join")).click()
    expect(page.get_by_role("button", name=fr("access.join"))).to_have_count(0)
    settle(page)

    page.goto(running.url + "/settings/security")
    settle(page)
    page.get_by_role("button", name=fr("totp.enable")).click()
    page.get_by_role("dialog").locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name=fr("action.continue")).click()
    uri = page.get_by_role("dialog").locator("a[href^='otpauth:']").get_attribute("href")
    code = pyotp.parse_uri(str(uri))
    page.get_by_role("dialog").get_by_label(fr("access.code")).fill(code.at(int(time.time()) - 30))  # type: ignore[union-attr]
    page.get_by_role("dialog").get_by_role("button", name=fr("access.verify")).click()
    expect(page.get_by_role("button", name=fr("totp.disable"))).to_be_visible()
    context.close()

    again = new_context(chromium)
    page = again.new_page()
    page.goto(running.url)
    page.locator("input[type=email]").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=fr("access.sign_in"), exact=True).click()
    expect(page.get_by_role("heading", name=fr("access.second_factor"))).to_be_visible()
    page.get_by_label(fr("access.code")).fill(code.now())  # type: ignore[union-attr]
    page.get_by_role("button", name=fr("access.verify")).click()
    settle(page)
    expect(page.locator("main h1").first).to_be_visible()
    again.close()


def test_a_merchant_signs_up_with_the_keyboard_and_comes_in_by_the_mail(chromium: Browser, running: Running) -> None:
    """From the sign-in page to the checklist; what is wrong is said at its field, in words."""
    email = f"lea-{secrets.token_hex(4)}@glaces.example"
    page = new_context(chromium).new_page()
    page.goto(running.url + "/")
    page.get_by_role("link", name=fr("access.sign_up")).press("Enter")
    expect(page.get_by_label(fr("access.your_name"))).to_be_focused()
    page.keyboard.type("Léa Morel")
    page.keyboard.press("Tab")
    page.keyboard.type(email)
    page.get_by_label(fr("company.legal_name")).fill("Glaces Léa")
    page.get_by_label(fr("attribute.siren")).fill("732829321")
    page.keyboard.press("Enter")
    expect(page.get_by_text(fr("error.identifier_invalid")).last).to_be_visible()
    expect(page.get_by_label(fr("attribute.siren"))).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("732829320")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=fr("access.mail_sent"))).to_be_focused()
    mail = eventually(lambda: _mail_to(running, email))
    page.goto(running.url + "/verify-email?token=" + mail["text"].split("token=")[1].split()[0])
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text(fr("checklist.shop"), exact=True)).to_be_visible()
    page.get_by_role("button", name=fr("checklist.dismiss_of", title=fr("checklist.shop"))).click()
    expect(page.get_by_text(fr("checklist.shop"), exact=True)).to_have_count(0)

"""Somebody adds a passkey in the browser, leaves, and comes back by it alone; Chromium's own authenticator answers."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.portal import Watch, new_context, say, settle
from tests.running import Running


def fr(key: str, **values: str) -> str:
    return say("fr", key, **values)


def authenticator(page: Page, **options: Any) -> tuple[CDPSession, str]:
    """A key in this page's browser that knows its person (Chrome DevTools Protocol, WebAuthn domain)."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True, **options}})
    return cdp, str(made["authenticatorId"])


def sign_in_by_password(page: Page, person: dict[str, Any]) -> None:
    page.get_by_label(fr("attribute.email")).fill(person["email"])
    page.get_by_label(fr("attribute.password"), exact=True).fill(person["password"])
    page.get_by_role("button", name=fr("access.sign_in"), exact=True).click()
    expect(page.get_by_role("link", name=fr("navigation.settings")).first).to_be_visible()


def test_a_passkey_is_added_brings_its_person_in_and_is_taken_away(chromium: Browser, running: Running) -> None:
    here = running.url.replace("127.0.0.1", "localhost")
    person = next(user for user in running.facts["users"] if user["role"] == "sales")
    context = new_context(chromium)
    watch = Watch(context.new_page(), here)
    page = watch.page
    try:
        page.goto(running.url)
        page.get_by_role("button", name=fr("access.passkey")).click()
        page.wait_for_url(f"{here}/**")
        cdp, key = authenticator(page)
        sign_in_by_password(page, person)
        page.goto(f"{here}/settings/security")
        settle(page)
        watch.problems()
        page.get_by_role("button", name=fr("passkeys.add")).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label(fr("attribute.name")).fill("Portable")
        dialog.get_by_label(fr("attribute.password"), exact=True).fill(person["password"])
        dialog.get_by_role("button", name=fr("action.continue")).click()
        expect(page.get_by_role("cell", name="Portable")).to_be_visible()
        assert watch.problems() == []
        [kept] = cdp.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
        assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)

        context.clear_cookies()
        page.goto(here)
        page.get_by_role("button", name=fr("access.passkey")).click()
        expect(page.get_by_role("link", name=fr("navigation.settings")).first).to_be_visible()
        watch.problems()
        page.goto(f"{here}/settings/security")
        settle(page)
        page.get_by_role("button", name=fr("passkeys.remove"), exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name=fr("passkeys.remove"), exact=True).click()
        expect(page.get_by_text(fr("passkeys.none"))).to_be_visible()
        assert watch.problems() == []
    finally:
        context.close()

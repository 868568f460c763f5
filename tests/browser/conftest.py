"""One browser, one running Comptoir, one signed-in session for each role."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser import empty
from tests.browser.portal import DESKTOP, Watch, new_context
from tests.running import Running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this machine; nothing is ever downloaded."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Comptoir answers whose companies have just begun."""
    with empty.begun(tmp_path_factory.mktemp("begun")) as url:
        yield url


@pytest.fixture(scope="session")
def session_of(chromium: Browser, running: Running) -> Callable[[str], Any]:
    """The cookies of a person of the demo, by role; each signs in once."""
    known: dict[str, Any] = {}

    def state(role: str) -> Any:
        if role not in known:
            person = next(user for user in running.facts["users"] if user["role"] == role)
            context = chromium.new_context()
            answer = context.request.post(f"{running.url}/api/tenants/sessions",
                                          data={"email": person["email"], "password": person["password"]})
            assert answer.status in (200, 201), answer.text()
            known[role] = context.storage_state()
            context.close()
        return known[role]

    return state


@pytest.fixture
def visit(chromium: Browser, running: Running, session_of: Callable[[str], Any]) -> Iterator[Callable[..., Watch]]:
    """Opens the portal as a person of a role: `visit("owner", "/orders")`."""
    contexts: list[BrowserContext] = []

    def open_at(role: str | None, path: str = "/", language: str = "fr", size: dict[str, int] = DESKTOP) -> Watch:
        context = new_context(chromium, language, role and session_of(role), size)
        contexts.append(context)
        watch = Watch(context.new_page(), running.url)
        watch.page.goto(running.url + path)
        return watch

    yield open_at
    for context in contexts:
        context.close()

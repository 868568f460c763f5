"""A company that has just begun is shown its first steps, and every list says what it is for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import empty
from tests.browser.portal import Watch, audit, new_context, say, settle

LISTS = {"/orders": "order.empty_title", "/products": "product.empty_title", "/stock": "stock.empty_title",
         "/customers": "customer.empty_title", "/channels": "connection.empty_title"}


def fr(key: str, **values: str) -> str:
    return say("fr", key, **values)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the empty one answers."""
    with empty.begun(tmp_path_factory.mktemp("empty")) as url:
        yield url


def test_a_company_that_has_just_begun_is_led(chromium: Browser, address: str) -> None:
    context = new_context(chromium)
    answer = context.request.post(f"{address}/api/tenants/sessions", data={"email": empty.EMAIL, "password": empty.PASSWORD})
    assert answer.status == 201, answer.text()
    watch = Watch(context.new_page(), address)
    page = watch.page
    page.goto(address)
    settle(page)
    expect(page.get_by_role("heading", name=fr("home.hello", name="Anne"))).to_be_visible()
    for step in ("checklist.products", "checklist.stock", "checklist.shop"):
        expect(page.get_by_text(fr(step), exact=True)).to_be_visible()
    assert [*watch.problems(), *audit(page)] == []
    for path, title in LISTS.items():
        page.goto(address + path)
        settle(page)
        expect(page.get_by_text(fr(title), exact=True)).to_be_visible()
        assert [*watch.problems(), *audit(page)] == [], path
    context.close()

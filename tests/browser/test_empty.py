"""A company that has just begun is shown its first steps, and every list says what it is for."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser import empty
from tests.browser.portal import Watch, audit, new_context, say, settle

LISTS = {"/orders": "order.empty_title", "/products": "product.empty_title", "/stock": "stock.empty_title",
         "/customers": "customer.empty_title", "/channels": "connection.empty_title"}


def fr(key: str, **values: str) -> str:
    return say("fr", key, **values)


def test_a_company_that_has_just_begun_is_led(chromium: Browser, begun: str) -> None:
    context = new_context(chromium)
    answer = context.request.post(f"{begun}/api/tenants/sessions", data={"email": empty.EMAIL, "password": empty.PASSWORD})
    assert answer.status == 201, answer.text()
    watch = Watch(context.new_page(), begun)
    page = watch.page
    page.goto(begun)
    settle(page)
    expect(page.get_by_role("heading", name=fr("home.hello", name="Anne"))).to_be_visible()
    for step in ("checklist.products", "checklist.stock", "checklist.shop"):
        expect(page.get_by_text(fr(step), exact=True)).to_be_visible()
    assert [*watch.problems(), *audit(page)] == []
    for path, title in LISTS.items():
        page.goto(begun + path)
        settle(page)
        expect(page.get_by_text(fr(title), exact=True)).to_be_visible()
        assert [*watch.problems(), *audit(page)] == [], path
    context.close()

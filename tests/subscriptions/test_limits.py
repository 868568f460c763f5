"""What a plan lets a company have: users, channels, orders, files; and a plan too small in the middle of the month."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel.context import Actor
from chalicelib.kernel.errors import Forbidden
from chalicelib.kernel.event import Event
from chalicelib.kernel.standing import Standing
from chalicelib.runtime.worker import event_context
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions import usage
from chalicelib.tenants.selling import entitlements
from chalicelib.tenants.selling.entitlements import decide
from chalicelib.tenants.selling.plans import OFFERED, PAID, PLANS
from tests.subscriptions.company import DECLINED, FAILS_LATER, Merchant


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("what", ["seats", "channels", "storage_bytes"])
def test_the_last_one_fits_and_one_more_does_not(plan: str, what: str) -> None:
    limit = getattr(PLANS[plan], what)
    assert decide(Standing(plan=plan), what, limit - 1) is None
    refusal = decide(Standing(plan=plan), what, limit)
    assert refusal is not None and (refusal.limit, refusal.wanted) == (limit, limit + 1)
    following = next((name for name in OFFERED if getattr(PLANS[name], what) > limit), "")
    assert refusal.next_plan == following and refusal.error().facts["upgrade"] == "/settings/subscription"


def test_bought_seats_count_and_orders_are_sold_beyond_paid_plans() -> None:
    assert decide(Standing(plan="starter", extra_seats=2), "seats", 4) is None
    assert decide(Standing(plan="starter", extra_seats=2), "seats", 5) is not None
    assert all(decide(Standing(plan=name), "orders", 1_000_000) is None for name in PAID)
    assert decide(Standing(plan="free"), "orders", 50) is not None
    assert decide(Standing(plan="of another version"), "seats", 2) is not None, "counts as Free"


def placed(merchant: Merchant, number: int) -> Event:
    ctx = merchant.ctx()
    return Event(f"evt_{merchant.tenant_id}_{number}.0", "OrderPlaced", ctx.tenant_id, ctx.now, "sales_order",
                 f"ord_{number}", 1, Actor("user", "usr"), "req", {})


def counted(merchant: Merchant, before: int, month: str) -> None:
    """So many orders were placed already."""
    tx = Transaction(merchant.ctx())
    day = f"{merchant.ctx().now:%d}"
    tx.add(entitlements.orders_key(tx.ctx, month), "usage", {f"d{day}": Decimal(before), "total": Decimal(before)}, {},
           lambda: Forbidden("none", "none"))
    tx.commit()


def test_free_refuses_orders_by_hand_beyond_fifty_and_takes_a_shops(merchant: Merchant) -> None:
    assert merchant.ask("POST", "/subscriptions/subscription/choose-free", {})[0] == 200
    merchant.work()
    month = f"{merchant.ctx().now:%Y-%m}"
    counted(merchant, 49, month)
    event = placed(merchant, 50)
    usage.count_order(event_context(event, "subscriptions", 60), event)
    merchant.work()
    assert merchant.tenant().standing.orders_full_in == month
    assert merchant.mails()[-1] == "Comptoir: 50 orders this month"
    status, refused = merchant.ask("POST", "/sales/orders", {"lines": [{"sku": "X", "quantity": "1"}]})
    assert (status, refused["code"], refused["facts"]["next_plan"]) == (402, "plan_limit_orders", "starter")
    shop = replace(merchant.ctx(), actor=Actor("connection", "con_1"), standing=merchant.tenant().standing)
    entitlements.require_order(shop)
    with pytest.raises(Forbidden):
        entitlements.require_order(replace(shop, actor=Actor("user", "usr_1")))
    merchant.buys("starter")
    assert merchant.tenant().standing.orders_full_in == "", "a larger plan opens at once"


def test_an_order_is_metered_once_however_often_it_is_told(merchant: Merchant) -> None:
    assert merchant.ask("POST", "/subscriptions/subscription/choose-free", {})[0] == 200
    merchant.buys("starter")
    event = placed(merchant, 1)
    usage.count_order(event_context(event, "subscriptions", 60), event)
    usage.account.meter_order(merchant.stored().customer_id, event.id, merchant.stored().billing.test_time or event.at)
    customer = merchant.stored().customer_id
    kept: list[Any] = [each for each in merchant.account.state.all("usage") if each["customer"] == customer]
    assert [each["value"] for each in kept] == [1]
    assert next(each["used"] for each in merchant.subscription()["usage"] if each["what"] == "orders") == 1


def test_a_plan_too_small_for_its_users_is_refused_and_a_declined_upgrade_changes_nothing(merchant: Merchant) -> None:
    assert merchant.ask("POST", "/subscriptions/subscription/choose-free", {})[0] == 200
    merchant.buys("starter")
    merchant.uses_card(FAILS_LATER)
    status, refused = merchant.ask("POST", "/subscriptions/subscription/change", {"plan": "scale"})
    assert (status, refused["code"]) == (402, "payment_declined")
    assert merchant.subscription()["plan"] == "starter"
    merchant.uses_card(DECLINED)
    status, refused = merchant.ask("POST", "/subscriptions/subscription/change", {"plan": "free"})
    assert (status, refused["code"]) == (400, "unknown_plan")
    status, refused = merchant.ask("POST", "/subscriptions/checkout-sessions", {"plan": "growth"})
    assert (status, refused["code"]) == (409, "subscribed")

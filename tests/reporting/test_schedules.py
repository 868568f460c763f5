"""A report that goes out by itself: at the right hour, to each reader once, with what they may see, until they stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest

from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.reporting import querying, schedules
from chalicelib.reporting.model import REPORT_SCHEDULE, ReportSchedule, ReportScheduleBody
from chalicelib.runtime import mail
from chalicelib.runtime.worker import event_context
from chalicelib.sales import service as sales
from chalicelib.sales.commands import ShipOrder
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import USER, User
from tests.reporting.books import at, found_company, handle, told
from tests.sales.shop import Shop

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(("frequency", "now", "expected"), [
    ("daily", "2026-11-24T05:59", "2026-11-24T06:00"), ("daily", "2026-11-24T06:00", "2026-11-25T06:00"),
    ("weekly", "2026-11-24T05:00", "2026-11-30T06:00"), ("weekly", "2026-11-30T05:00", "2026-11-30T06:00"),
    ("monthly", "2026-11-24T05:00", "2026-12-01T06:00"), ("monthly", "2026-12-01T06:30", "2027-01-01T06:00"),
    ("daily", "2026-10-24T22:30", "2026-10-25T06:00"), ("daily", "2026-03-28T12:00", "2026-03-29T05:00"),
])
def test_seven_in_the_morning_in_paris_winter_and_summer(frequency: str, now: str, expected: str) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = schedules.next_instant(frequency, 7, instant, PARIS)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def _user(shop: Shop, name: str, role: str) -> User:
    ctx = shop.ctx()
    user = User(id=ctx.new_id("usr"), email=f"{name}@{ctx.tenant_id}.example", email_key=name, login_id=name, name=name.title(),
                role=role, locale="fr", joined_at=ctx.now)
    tx = Transaction(ctx)
    tx.create(USER, user)
    tx.commit()
    return user


@pytest.fixture
def shop(new_ctx: Callable[..., Context]) -> Shop:
    """October of a merchant: 3 A at 12.00 with VAT sold and shipped, each bought for 4.00."""
    made = Shop(new_ctx)
    found_company(made)
    made.article("A")
    made.receive(made.warehouse("PARIS"), "A", "10", "4.00")
    order = made.order({"A": "3"}, "12.00", placed_at=at(made, "2026-10-08T10:00:00").now)
    sales.ship(at(made, "2026-10-09T10:00:00"), order, ShipOrder())
    handle(told(made))
    return made


def _sent(shop: Shop, user: User) -> list[mail.Mail]:
    return [message for message in mail.inbox(shop.ctx()) if message.to == user.email]


def _beat(shop: Shop, instant: str) -> list[schedules.Event]:
    """The beat at an instant, and its events handled twice, as a queue may."""
    schedules.send_due(replace(at(shop, instant), command=Command(f"beat:{instant}")))
    asked = [event for event in shop.events("ReportRequested") if event.at == max(
        each.at for each in shop.events("ReportRequested"))]
    for event in [*asked, *asked]:
        schedules.send(event_context(event, "reporting", 60), event)
    return asked


def _made(shop: Shop, *readers: User) -> ReportSchedule:
    return schedules.create(at(shop, "2026-10-20T08:00:00"), ReportScheduleBody(
        name="Mois", frequency="monthly", group_by="product", measures=("ordered_revenue", "margin"),
        recipients=tuple(user.id for user in readers)))


def test_on_the_first_the_month_goes_out_once_and_says_what_the_screen_says(shop: Shop) -> None:
    boss, seller = _user(shop, "odile", "owner"), _user(shop, "paul", "sales")
    made = _made(shop, boss, seller)
    assert made.next_at == datetime(2026, 11, 1, 6, tzinfo=UTC)
    schedules.send_due(at(shop, "2026-10-31T22:00:00"))
    assert shop.events("ReportRequested") == []
    asked = _beat(shop, "2026-11-01T06:05:00")
    assert {str(event.data["user_id"]) for event in asked} == {boss.id, seller.id}
    (told_boss,), (told_seller,) = _sent(shop, boss), _sent(shop, seller)
    ctx = shop.ctx()
    screen = querying.report(ctx, querying.question(ctx, {
        "from": "2026-10-01", "to": "2026-10-31", "group_by": "product", "measures": "ordered_revenue,margin"}))
    assert screen.totals == {"ordered_revenue": D("30.00"), "margin": D("18.00")}
    assert told_boss.subject == "Mois : du 01/10/2026 au 31/10/2026"
    assert "CA commandé : 30,00 EUR (avant 0,00 EUR)" in told_boss.text and "Marge : 18,00 EUR" in told_boss.text
    assert "A – CA commandé 30,00 EUR · Marge 18,00 EUR" in told_boss.text
    assert "30,00 EUR" in told_seller.text and "Marge" not in told_seller.text
    moved = read.get(shop.ctx(), REPORT_SCHEDULE, made.id)
    assert moved.next_at == datetime(2026, 12, 1, 6, tzinfo=UTC)


def test_a_reader_stops_it_and_nobody_else(shop: Shop) -> None:
    boss, other = _user(shop, "odile", "owner"), _user(shop, "zoe", "owner")
    made = _made(shop, boss, other)
    token = schedules.stop_token(shop.ctx(), made.id, boss.id)
    for wrong in ("", "a.b.c", token[:-2] + "xx", token.replace(boss.id, other.id), f"other{token}"):
        with pytest.raises(Invalid):
            schedules.stop(shop.ctx(), wrong)
    assert schedules.stop(shop.ctx(), token) == {"name": "Mois"} == schedules.stop(shop.ctx(), token)
    assert read.get(shop.ctx(), REPORT_SCHEDULE, made.id).recipients == (other.id,)
    _beat(shop, "2026-11-01T06:05:00")
    assert (len(_sent(shop, boss)), len(_sent(shop, other))) == (0, 1)
    schedules.stop(shop.ctx(), schedules.stop_token(shop.ctx(), made.id, other.id))
    ended = read.get(shop.ctx(), REPORT_SCHEDULE, made.id)
    assert (ended.is_active, ended.next_at) == (False, None)


def test_what_is_no_schedule(shop: Shop) -> None:
    boss, gone = _user(shop, "odile", "owner"), replace(_user(shop, "luc", "owner"), is_active=False)
    ctx = shop.ctx()
    tx = Transaction(shop.ctx())
    tx.save(USER, read.get(ctx, USER, gone.id), gone)
    tx.commit()
    good = ReportScheduleBody(name="Jour", frequency="daily", recipients=(boss.id,))
    for wrong in (replace(good, name=" "), replace(good, frequency="hourly"), replace(good, hour=24),
                  replace(good, group_by="colour"), replace(good, measures=("profit",)), replace(good, recipients=()),
                  replace(good, recipients=(gone.id,)), replace(good, recipients=("usr_nobody",))):
        with pytest.raises(Invalid):
            schedules.create(shop.ctx(), wrong)
    made = schedules.create(shop.ctx(), good)
    paused = schedules.change(shop.ctx(), made, replace(good, is_active=False))
    assert paused.next_at is None
    schedules.remove(shop.ctx(), paused)
    with pytest.raises(Conflict):
        schedules.change(shop.ctx(), made, good)

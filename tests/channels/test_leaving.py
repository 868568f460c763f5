"""Leaving a shop, and a shop that lets us in no more: what stays behind is said, and ends by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.channels import bindings, connecting, leaving, notifying, polling, shops
from chalicelib.channels.model import ChangeConnection, Connection, NewBinding
from chalicelib.events import jobs
from chalicelib.events.sweep import outbox_between
from chalicelib.kernel.errors import NotFound
from chalicelib.sales import service as sales
from chalicelib.sales.commands import ShipOrder
from chalicelib.storage.transaction import Transaction
from infra.local.shops.woocommerce import ApiKey
from tests.channels.merchant import KEY, Merchant
from tests.channels.shapes import NOON
from tests.working import import_products


def connected(merchant: Merchant) -> Connection:
    merchant.open("retail", "MAC", "SORBET")
    connection = merchant.connect("retail")
    import_products(merchant.ctx(), connection)
    merchant.pump()
    return connection


def hooks(merchant: Merchant) -> list[Any]:
    return merchant.shops["retail"].core.state.all("webhook")


def told(merchant: Merchant, *types: str) -> list[tuple[str, dict[str, Any]]]:
    now = merchant.ctx()
    found = outbox_between(now, merchant.began, now.now + timedelta(seconds=5))
    return [(event.type, dict(event.data)) for event in found if event.type in types]


def test_removing_a_connection_deletes_its_webhooks_and_no_others(merchant: Merchant) -> None:
    connection = connected(merchant)
    core = merchant.shops["retail"].core
    with core.state.change():
        other = {**hooks(merchant)[0], "id": 999, "delivery_url": "http://127.0.0.1:9/elsewhere"}
        core.state.put("webhook", other)
    connecting.remove(merchant.ctx(), merchant.connection(connection))
    merchant.pump()
    assert [hook["id"] for hook in hooks(merchant)] == [999]
    assert leaving.shown(merchant.ctx()) == []
    assert [type for type, _ in told(merchant, "ConnectionRemoved", "WebhooksLeft")] == ["ConnectionRemoved"]


def test_a_removal_killed_half_way_leaves_no_binding_behind(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message that clears up is delivered again until it is done; whoever binds meanwhile finds no connection."""
    connection = connected(merchant)
    late = jobs.take_up(merchant.ctx(), bindings.start_import(merchant.ctx(), connection).id, 1)
    connecting.remove(merchant.ctx(), merchant.connection(connection))
    monkeypatch.setattr(bindings, "PART", 1)
    real, cleared = Transaction.commit, 0

    def dying(transaction: Transaction) -> None:
        nonlocal cleared
        real(transaction)
        cleared += "unbind" in transaction.ctx.command.id
        if cleared == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(Transaction, "commit", dying)
    with pytest.raises(ZeroDivisionError):
        connecting.clear(merchant.ctx(), connection.id)
    left = bindings.of_connection(merchant.ctx(), connection.id)
    monkeypatch.setattr(Transaction, "commit", real)
    assert len(left) == 1
    assert late is not None
    with pytest.raises(NotFound):
        bindings.work_import(late)
    connecting.clear(merchant.ctx(), connection.id)
    assert bindings.of_connection(merchant.ctx(), connection.id) == [] and hooks(merchant) == []
    with pytest.raises(NotFound):
        bindings.bind(merchant.ctx(), connection, NewBinding(sku="MAC", product_external_id="1"))


def test_a_connection_made_again_at_once_keeps_its_bindings(merchant: Merchant) -> None:
    connection = connected(merchant)
    connecting.remove(merchant.ctx(), merchant.connection(connection))
    merchant.connect("retail")
    connecting.clear(merchant.ctx(), connection.id)
    assert [each.sku for each in bindings.of_connection(merchant.ctx(), connection.id)] == ["MAC", "SORBET"]
    assert len(hooks(merchant)) == 4


def test_a_shop_that_comes_back_is_known_again_with_its_orders(merchant: Merchant) -> None:
    connection = connected(merchant)
    bought = merchant.buy("retail", MAC=2)
    merchant.deliver(connection, bought)
    merchant.pump()
    merchant.shops["retail"].fail("down")
    connecting.remove(merchant.ctx(), merchant.connection(connection))
    merchant.pump()
    merchant.shops["retail"].fail("ok")
    again = merchant.connect("retail")
    assert again.id == connection.id and again.is_webhook_secret_known
    import_products(merchant.ctx(), again)
    merchant.pump()
    assert len(hooks(merchant)) == 4 and {hook["status"] for hook in hooks(merchant)} == {"active"}
    polling.retry(merchant.ctx())
    assert leaving.shown(merchant.ctx()) == [] and len(hooks(merchant)) == 4
    completed = merchant.set_status("retail", bought["id"], "completed")
    merchant.deliver(again, completed, "order.updated", "d2")
    merchant.pump()
    [order] = merchant.orders()
    assert order.state == "shipped" and merchant.truth("MAC") == 22, "one order, sent once"


def test_a_shop_that_is_down_is_removed_all_the_same_and_rid_of_its_webhooks_later(merchant: Merchant) -> None:
    connection = connected(merchant)
    merchant.shops["retail"].fail("down")
    connecting.remove(merchant.ctx(), merchant.connection(connection))
    merchant.pump()
    assert shops.find(merchant.ctx(), connection.id) is None and len(hooks(merchant)) == 4
    [left] = leaving.shown(merchant.ctx())
    assert (left["name"], left["base_url"], left["last_error_code"]) == ("Retail", connection.base_url, "unavailable")
    assert told(merchant, "WebhooksLeft")[0][1]["is_final"] is False
    merchant.shops["retail"].fail("ok")
    polling.retry(merchant.ctx())
    assert len(hooks(merchant)) == 4, "its time has not come"
    [waiting] = leaving.farewells(merchant.ctx())
    leaving.single.put(merchant.ctx(), leaving.farewell_item(merchant.ctx(), replace(waiting, next_at=waiting.since)))
    polling.retry(merchant.ctx())
    assert hooks(merchant) == [] and leaving.shown(merchant.ctx()) == []
    assert [type for type, _ in told(merchant, "WebhooksRemoved")] == ["WebhooksRemoved"]


def test_a_farewell_is_tried_ever_more_rarely_for_three_days() -> None:
    left: leaving.Farewell | None = leaving.Farewell(
        connection_id="con_1", name="Retail", platform="woocommerce", base_url="https://shop.example",
        sealed_credentials="", requests_per_second=leaving.Decimal(5), since=NOON, next_at=NOON)
    attempts = 0
    while left is not None:
        last, attempts = left.next_at, attempts + 1
        left = leaving.after_failure(left, left.next_at, "unavailable")
    assert timedelta(days=3) <= last - NOON < timedelta(days=3, hours=6)
    assert 15 <= attempts <= 30


def test_a_paused_shop_has_no_webhooks_until_it_is_resumed(merchant: Merchant) -> None:
    connection = connected(merchant)
    connecting.pause(merchant.ctx(), merchant.connection(connection))
    merchant.pump()
    assert hooks(merchant) == []
    connecting.resume(merchant.ctx(), merchant.connection(connection))
    merchant.pump()
    assert len(hooks(merchant)) == 4 and {hook["status"] for hook in hooks(merchant)} == {"active"}


@pytest.mark.parametrize("discovered_by", ["poll", "push", "parcel"])
def test_a_key_the_shop_takes_no_more_is_said_nothing_is_lost_and_a_new_one_mends_it(
    merchant: Merchant, discovered_by: str
) -> None:
    connection = connected(merchant)
    merchant.deliver(connection, merchant.buy("retail", MAC=1))
    merchant.pump()
    merchant.shops["retail"].change_keys(ApiKey("ck_" + "e" * 40, "cs_" + "f" * 40))
    [order] = merchant.orders()
    if discovered_by == "poll":
        polling.poll(merchant.ctx())
    if discovered_by == "push":
        merchant.deliver(connection, merchant.buy("retail", MAC=1), delivery_id="d2")
        merchant.pump()
    sales.ship(merchant.ctx(), order, ShipOrder(carrier="Chronofresh", tracking_number="XY1"))
    merchant.pump()
    lame = merchant.connection(connection)
    assert lame.state == "failing" and [finding.code for finding in lame.missing] == ["credentials_refused"]
    assert {data["code"] for _, data in told(merchant, "ConnectionFailing")} == {"credentials_refused"}
    assert [errand.kind for errand in notifying.waiting(merchant.ctx(), connection.id)] == ["tracking"]
    polling.keep_webhooks(merchant.ctx())
    assert next(iter(merchant.connection(connection).missing)).code == "credentials_refused"
    new_key = {"consumer_key": "ck_" + "e" * 40, "consumer_secret": "cs_" + "f" * 40}
    connecting.update(merchant.ctx(), merchant.connection(connection), ChangeConnection(name="Retail", credentials=new_key))
    well = merchant.connection(connection)
    assert (well.state, well.missing) == ("active", ())
    merchant.pump()
    polling.retry(merchant.ctx())
    assert notifying.waiting(merchant.ctx(), connection.id) == []
    assert merchant.order_body("retail", int(order.external_id))["status"] == "completed"
    assert KEY.consumer_key not in str(connecting.shown(merchant.ctx(), well))

"""The main job: a sale on one shop is an order here, its stock reserved, and every other shop shows what is left."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.channels import bindings, connecting, desired, importing, notifying, polling, pushing, shops
from chalicelib.channels.model import Connection, NewBinding
from chalicelib.kernel.errors import Invalid, NotFound, Unauthenticated
from chalicelib.pricing import service as pricing
from chalicelib.pricing.model import EntryBody, PriceChanges, PriceListBody, SkuEntries
from chalicelib.sales import service as sales
from chalicelib.sales.commands import CancelOrder, ShipOrder
from chalicelib.sales.model import ORDER
from chalicelib.storage import read
from infra.local.shops.woocommerce.state import Document
from tests.channels.merchant import KEY, Merchant
from tests.working import import_products


def connected(merchant: Merchant) -> tuple[Connection, Connection]:
    for slug in ("retail", "gifts"):
        merchant.open(slug, "MAC", "SORBET")
    found = []
    for slug in ("retail", "gifts"):
        connection = merchant.connect(slug)
        import_products(merchant.ctx(), connection)
        found.append(connection)
    merchant.pump()
    return found[0], found[1]


def test_a_sale_on_one_shop_shows_on_the_other_and_is_measured(merchant: Merchant) -> None:
    retail, gifts = connected(merchant)
    body = merchant.buy("retail", MAC=3, SORBET=1)
    assert merchant.deliver(retail, body) == "accepted"
    merchant.pump()
    [order] = merchant.orders()
    assert (order.external_id, order.state, str(order.paid_total)) == (str(body["id"]), "confirmed", body["total"])
    assert order.rounding_amount == 0 and all(line.reserved for line in order.lines)
    assert merchant.truth("MAC") == 21
    assert merchant.shown("gifts", "MAC") == merchant.shown("retail", "MAC") == 21
    assert merchant.shown("gifts", "SORBET") == 9
    measured = pushing.measurements(merchant.ctx(), gifts.id, 10)
    assert {each.sku for each in measured if each.origin == retail.id} == {"MAC", "SORBET"}
    assert not [each for each in pushing.measurements(merchant.ctx(), retail.id, 10) if each.origin == retail.id]
    figures = desired.figures(gifts.id, measured)
    assert figures.p99_seconds is not None and figures.p99_seconds < 5


def test_duplicates_and_late_deliveries_converge_to_one_order_and_one_reservation(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    created = merchant.buy("retail", MAC=2)
    earlier = {**created, "status": "pending", "date_modified_gmt": "2020-01-01T00:00:00", "date_paid_gmt": None}
    later = merchant.set_status("retail", created["id"], "on-hold")
    assert merchant.deliver(retail, created, "order.updated", "same") == "accepted"
    assert merchant.deliver(retail, created, "order.updated", "same") == "duplicate"
    assert merchant.deliver(retail, later, "order.updated", "same") == "accepted"
    assert merchant.deliver(retail, earlier, "order.created", "same") == "accepted"
    merchant.pump(twice=True)
    [order] = merchant.orders()
    assert order.lines[0].quantity == 2 and merchant.truth("MAC") == 22
    assert {each.state for each in merchant.deliveries()} <= {"done", "ignored"}


def test_workers_side_by_side_neither_lose_nor_double_anything(merchant: Merchant) -> None:
    retail, gifts = connected(merchant)
    for n in range(8):
        merchant.deliver(retail, merchant.buy("retail", MAC=1), delivery_id=f"r{n}")
        merchant.deliver(gifts, merchant.buy("gifts", MAC=1), delivery_id=f"g{n}")
    merchant.pump(twice=True, threads=4)
    polling.retry(merchant.ctx())
    assert len(merchant.orders()) == 16
    assert merchant.truth("MAC") == merchant.shown("gifts", "MAC") == merchant.shown("retail", "MAC") == 24 - 16
    assert not pushing.waiting_notes(merchant.ctx(), gifts.id) and not pushing.waiting_notes(merchant.ctx(), retail.id)


def test_a_cancellation_that_overtakes_its_order_leaves_no_order_to_ship(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    created = merchant.buy("retail", MAC=2)
    cancelled = {**created, "status": "cancelled", "date_modified_gmt": "2030-01-01T00:00:00"}
    merchant.deliver(retail, cancelled, "order.updated")
    merchant.pump()
    merchant.deliver(retail, created, "order.created")
    merchant.pump()
    assert merchant.orders() == [] and merchant.truth("MAC") == 24


def test_an_order_refunded_whole_before_it_is_sent_gives_its_stock_back(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    bought = merchant.buy("retail", MAC=2)
    merchant.deliver(retail, bought)
    merchant.pump()
    assert merchant.truth("MAC") == 22
    merchant.deliver(retail, merchant.set_status("retail", bought["id"], "refunded"), "order.updated", "d2")
    merchant.pump()
    [order] = merchant.orders()
    assert order.state == "cancelled"
    assert merchant.truth("MAC") == merchant.shown("gifts", "MAC") == 24


def test_a_wrong_signature_is_refused_and_nothing_is_stored(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    before = merchant.inbox_count()
    with pytest.raises(Unauthenticated):
        merchant.deliver(retail, merchant.buy("retail", MAC=1), secret="guessed")
    assert merchant.inbox_count() == before and merchant.deliveries() == []
    with pytest.raises(NotFound):
        merchant.deliver(replace(retail, id="con_" + "0" * 26), {"id": 1}, secret="guessed")


@pytest.mark.parametrize("raw", [b'{"id": NaN}', b'{"id": 1, "id": 2}', b"\xff\xfe", b"[" * 100_000, b'"text"', b"{}"])
def test_a_signed_body_that_is_no_object_with_an_id_is_refused(merchant: Merchant, raw: bytes) -> None:
    merchant.open("retail", "MAC")
    retail = merchant.connect("retail")
    with pytest.raises(Invalid):
        merchant.deliver(retail, None, raw=raw)
    assert merchant.inbox_count() == 0


def test_a_ping_is_no_order(merchant: Merchant) -> None:
    from chalicelib.channels import ingress
    from chalicelib.runtime.api import platform_context

    merchant.open("retail", "MAC")
    retail = merchant.connect("retail")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert ingress.receive(platform_context("req_p"), merchant.address(retail), form, b"webhook_id=28") == "pong"
    assert merchant.inbox_count() == 0


def test_a_rotated_secret_is_good_at_once_and_the_former_for_a_while(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    former = merchant.secrets[retail.id]
    rotated, secret = connecting.rotate_secret(merchant.ctx(), merchant.connection(retail))
    body = merchant.buy("retail", MAC=1)
    assert merchant.deliver(retail, body, secret=secret) == "accepted"
    assert merchant.deliver(retail, body, "order.updated", secret=former) == "accepted"
    assert {hook["secret"] for hook in merchant.shops["retail"].core.state.all("webhook")} == {secret}
    assert rotated.missing == ()
    connecting.rotate_secret(merchant.ctx(), merchant.connection(retail))
    with pytest.raises(Unauthenticated):
        merchant.deliver(retail, body, secret=former)


def test_a_secret_the_shop_could_not_take_is_offered_again_and_the_one_it_knows_stays_good(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    former = merchant.secrets[retail.id]
    merchant.shops["retail"].fail("500")
    lame, secret = connecting.rotate_secret(merchant.ctx(), merchant.connection(retail))
    assert [finding.code for finding in lame.missing] == ["webhooks_not_registered"] and lame.state == "failing"
    lame, secret = connecting.rotate_secret(merchant.ctx(), merchant.connection(retail))
    body = merchant.buy("retail", MAC=1)
    assert merchant.deliver(retail, body, secret=former) == "accepted"
    merchant.shops["retail"].fail("ok")
    polling.keep_webhooks(merchant.ctx())
    assert {hook["secret"] for hook in merchant.shops["retail"].core.state.all("webhook")} == {secret}
    well = merchant.connection(retail)
    assert (well.state, well.missing, well.is_webhook_secret_known) == ("active", (), True)


def test_an_unknown_sku_waits_in_quarantine_until_it_is_bound_and_others_go_on(merchant: Merchant) -> None:
    merchant.open("retail", "MAC", "MYSTERY")
    retail = merchant.connect("retail")
    run = import_products(merchant.ctx(), retail)
    assert run.unknown_skus == ("MYSTERY",)
    strange = merchant.buy("retail", MYSTERY=1)
    merchant.deliver(retail, strange)
    merchant.deliver(retail, merchant.buy("retail", MAC=1))
    merchant.pump()
    [waiting] = merchant.deliveries("quarantined")
    assert (waiting.problem_code, waiting.unknown_skus) == ("unknown_sku", ("MYSTERY",))
    assert [order.lines[0].sku for order in merchant.orders()] == ["MAC"]
    item = str(strange["line_items"][0]["product_id"])
    bindings.bind(merchant.ctx(), retail, NewBinding(sku="SORBET", product_external_id=item))
    merchant.pump()
    assert merchant.deliveries("quarantined") == []
    assert sorted(order.lines[0].sku for order in merchant.orders()) == ["MAC", "SORBET"]
    assert merchant.shown("retail", "MYSTERY") == merchant.truth("SORBET")


def test_a_quarantined_delivery_is_replayed_by_hand_or_discarded(merchant: Merchant) -> None:
    merchant.open("retail", "MYSTERY")
    retail = merchant.connect("retail")
    for n in (1, 2):
        merchant.deliver(retail, merchant.buy("retail", MYSTERY=1), delivery_id=f"d{n}")
    merchant.pump()
    first, second = merchant.deliveries("quarantined")
    importing.discard(merchant.ctx(), first, None)
    importing.replay(merchant.ctx(), second, None)
    merchant.pump()
    assert [each.id for each in merchant.deliveries("quarantined")] == [second.id]
    assert merchant.deliveries("quarantined")[0].attempts == 2


@pytest.mark.parametrize("mode", ["down", "500", "429", "garbage"])
def test_a_shop_in_trouble_delays_only_itself_and_catches_up_alone(merchant: Merchant, mode: str) -> None:
    retail, gifts = connected(merchant)
    merchant.open("third", "MAC")
    third = merchant.connect("third")
    import_products(merchant.ctx(), third)
    merchant.pump()
    merchant.shops["gifts"].fail(mode, 1)
    for n in range(4):
        merchant.deliver(retail, merchant.buy("retail", MAC=1), delivery_id=f"d{n}")
        merchant.pump()
        assert merchant.shown("third", "MAC") == merchant.truth("MAC")
    assert merchant.shown("gifts", "MAC") == 24
    assert pushing.waiting_notes(merchant.ctx(), gifts.id)
    shown = connecting.stock_of(merchant.ctx(), merchant.connection(gifts))
    assert not next(row for row in shown["items"] if row["sku"] == "MAC")["is_shown"], "what waits is not as it should be"
    merchant.shops["gifts"].fail("ok")
    ctx = merchant.ctx()
    pace, _ = shops.state(ctx, gifts.id)
    if pace.open_until:
        later = replace(pace, open_until=None)
        lease = shops.acquire(ctx, gifts.id)
        assert lease is not None
        shops.release(ctx, gifts.id, lease, later)
    polling.retry(merchant.ctx())
    assert merchant.shown("gifts", "MAC") == merchant.truth("MAC") == 20
    assert pushing.waiting_notes(merchant.ctx(), gifts.id) == []


def test_polling_finds_what_a_lost_webhook_told_and_reconcile_corrects_drift(merchant: Merchant) -> None:
    _, gifts = connected(merchant)
    merchant.buy("retail", MAC=5)
    polling.poll(merchant.ctx())
    merchant.pump()
    polling.poll(merchant.ctx())
    [order] = merchant.orders()
    assert order.lines[0].quantity == 5 and merchant.shown("gifts", "MAC") == 19
    core = merchant.shops["gifts"].core
    with core.state.change():
        product = next(p for p in core.state.all("product") if p["sku"] == "MAC")
        product["stock_quantity"] = 77
        core.state.put("product", product)
    run = polling.reconcile_connection(merchant.ctx(), merchant.connection(gifts))
    assert run.changed_count == 1 and run.problem == ""
    assert merchant.shown("gifts", "MAC") == 19


def test_a_poll_that_runs_out_of_time_goes_on_where_it_stopped(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    retail, _ = connected(merchant)
    monkeypatch.setattr("connectors.woocommerce.client.PAGE_SIZE", 2)
    bought = [merchant.buy("retail", MAC=1)["id"] for _ in range(5)]
    core = merchant.shops["retail"].core
    with core.state.change():
        for n, order_id in enumerate(bought):
            changed_at = (merchant.began + timedelta(hours=n)).strftime("%Y-%m-%dT%H:%M:%S")
            core.state.put("order", {**core.state.get("order", order_id), "date_modified_gmt": changed_at})
    hurried = replace(merchant.ctx(), deadline=merchant.ctx().clock.monotonic() + 10)
    polling.poll_connection(hurried, merchant.connection(retail))
    assert len(merchant.orders()) == 2
    for _ in range(3):
        polling.poll_connection(replace(merchant.ctx(), deadline=hurried.deadline), merchant.connection(retail))
    assert sorted(int(order.external_id) for order in merchant.orders()) == sorted(bought)


def test_a_webhook_the_shop_switched_off_is_switched_on_again(merchant: Merchant) -> None:
    connected(merchant)
    core = merchant.shops["retail"].core
    hooks: list[Document] = core.state.all("webhook")
    with core.state.change():
        for hook in hooks:
            core.state.put("webhook", {**hook, "status": "disabled"})
    polling.keep_webhooks(merchant.ctx())
    assert {hook["status"] for hook in core.state.all("webhook")} == {"active"}
    assert len(core.state.all("webhook")) == len(hooks)


def test_a_parcel_is_told_to_its_shop_once_and_its_own_echo_is_not_told_back(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    body = merchant.buy("retail", MAC=2)
    merchant.deliver(retail, body)
    merchant.pump()
    [order] = merchant.orders()
    sales.ship(merchant.ctx(), order, ShipOrder(carrier="Chronofresh", tracking_number="XY123"))
    events = merchant.pump(twice=True)
    shop_order = merchant.order_body("retail", body["id"])
    assert shop_order["status"] == "completed"
    assert sum(event.type == "TrackingPushed" for event in events) == 1
    merchant.deliver(retail, shop_order, "order.updated", "echo")
    assert not [event for event in merchant.pump() if event.type in ("TrackingPushed", "OrderShipped")]
    assert read.get(merchant.ctx(), ORDER, order.id).state in ("shipped", "closed")


def test_a_cancellation_here_is_told_to_the_shop_and_one_there_is_not_told_back(merchant: Merchant) -> None:
    retail, _ = connected(merchant)
    bodies = [merchant.buy("retail", MAC=1), merchant.buy("retail", MAC=1)]
    for n, body in enumerate(bodies):
        merchant.deliver(retail, body, delivery_id=f"d{n}")
    merchant.pump()
    ours = next(order for order in merchant.orders() if order.external_id == str(bodies[0]["id"]))
    sales.cancel(merchant.ctx(), ours, CancelOrder(reason="out of season"))
    told = merchant.pump()
    assert merchant.order_body("retail", bodies[0]["id"])["status"] == "cancelled"
    assert sum(event.type == "TrackingPushed" for event in told) == 1
    theirs = {**merchant.order_body("retail", bodies[1]["id"]), "status": "cancelled",
              "date_modified_gmt": "2030-01-01T00:00:00"}
    merchant.deliver(retail, theirs, "order.updated", "gone")
    assert not [event for event in merchant.pump() if event.type == "TrackingPushed"]
    assert {order.state for order in merchant.orders()} == {"cancelled"} and merchant.shown("gifts", "MAC") == 24


def test_a_slow_shop_holds_nobody_up_and_is_left_alone_after_one_long_wait(merchant: Merchant) -> None:
    retail, gifts = connected(merchant)
    merchant.shops["gifts"].fail("slow", 6)
    merchant.deliver(retail, merchant.buy("retail", MAC=1))
    merchant.pump()
    pace, _ = shops.state(merchant.ctx(), gifts.id)
    assert pace.failure_count >= 3 and pace.open_until is not None
    merchant.deliver(retail, merchant.buy("retail", MAC=1), delivery_id="d2")
    began = time.monotonic()
    merchant.pump()
    assert time.monotonic() - began < 3, "a shop that is being left alone costs no waiting"
    assert merchant.shown("retail", "MAC") == merchant.truth("MAC") == 22


def test_prices_are_pushed_to_the_shops_we_price(merchant: Merchant) -> None:
    merchant.open("retail", "MAC")
    retail = merchant.connect("retail", push_prices=True)
    import_products(merchant.ctx(), retail)
    merchant.tenant()
    prices = pricing.create_price_list(merchant.ctx(), PriceListBody(name="Web", currency="EUR", prices_include_vat=True))
    pricing.set_prices(merchant.ctx(), prices.id, PriceChanges(prices=(
        SkuEntries(sku="MAC", entries=(EntryBody(price=Decimal("12.50")),)),)))
    merchant.pump()
    product = next(p for p in merchant.shops["retail"].core.state.all("product") if p["sku"] == "MAC")
    assert Decimal(str(product["regular_price"])) == Decimal("12.50")
    assert notifying.waiting(merchant.ctx(), retail.id) == []


def test_connecting_names_what_is_missing_and_refuses_addresses_inside(merchant: Merchant) -> None:
    shop = merchant.open("retail", "MAC")
    shop.fail("down")
    lame = merchant.connect("retail")
    assert lame.state == "failing" and lame.missing
    shop.fail("ok")
    polling.keep_webhooks(merchant.ctx())
    assert merchant.connection(lame).state == "active"
    assert connecting.test(merchant.ctx(), merchant.connection(lame)).missing == ()
    shown = connecting.shown(merchant.ctx(), merchant.connection(lame))
    assert not [name for name in shown if name.startswith("sealed")] and KEY.consumer_secret not in str(shown)
    for address in ("http://10.0.0.1", "https://169.254.169.254/latest", "ftp://shop.example", "https://u:p@shop.example",
                    "http://192.168.1.1:8080"):
        with pytest.raises(Invalid):
            connecting.check_target(connecting.normal_base_url(address))

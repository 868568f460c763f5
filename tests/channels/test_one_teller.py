"""Two parcels of one order are told to its shop by two workers at once: the shop shows both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from threading import Barrier, BrokenBarrierError

import pytest

from chalicelib.channels import notifying
from chalicelib.channels.model import Connection
from chalicelib.kernel.context import Command
from chalicelib.sales import service as sales
from chalicelib.sales.commands import LineQuantity, ShipOrder
from chalicelib.storage import steps
from connectors.http import Clock, HttpPolicy, HttpRequest, HttpResponse, urllib3_transport, using_transport
from tests.channels.merchant import Merchant
from tests.working import import_products


@pytest.fixture
def meeting() -> Iterator[Barrier]:
    """Whoever reads an order of a shop waits a moment for a second reader, so that both would write what they read."""
    met = Barrier(2)

    def transport(request: HttpRequest, policy: HttpPolicy, clock: Clock) -> HttpResponse:
        answer = urllib3_transport(request, policy, clock)
        if request.method == "GET" and "/orders/" in request.url and "/notes" not in request.url:
            try:
                met.wait(0.5)
            except BrokenBarrierError:
                met.reset()
        return answer

    with using_transport(transport):
        yield met


def shipped_in_two(merchant: Merchant) -> tuple[Connection, int]:
    """An order of two, one piece in each of two parcels that have left; the shop does not know yet."""
    merchant.open("retail", "MAC", "SORBET")
    connection = merchant.connect("retail")
    import_products(merchant.ctx(), connection)
    merchant.pump()
    body = merchant.buy("retail", MAC=2)
    merchant.deliver(connection, body)
    merchant.pump()
    [order] = merchant.orders()
    first = ShipOrder(lines=(LineQuantity(line_id=order.lines[0].id, quantity=Decimal(1)),), carrier="DPD",
                      tracking_number="P1")
    sales.ship(merchant.ctx(), order, first)
    [order] = merchant.orders()
    sales.ship(merchant.ctx(), order, ShipOrder(carrier="DPD", tracking_number="P2"))
    return connection, int(body["id"])


def numbers_shown(merchant: Merchant, order_id: int) -> list[str]:
    items = [each["value"] for each in merchant.order_body("retail", order_id)["meta_data"]
             if each["key"] == "_wc_shipment_tracking_items"]
    return sorted(item["tracking_number"] for value in items for item in value)


def test_the_shop_shows_both_parcels_of_two_workers_at_once(merchant: Merchant, meeting: Barrier) -> None:
    connection, order_id = shipped_in_two(merchant)
    merchant.pump(threads=2)
    assert numbers_shown(merchant, order_id) == ["P1", "P2"]
    assert merchant.order_body("retail", order_id)["status"] == "completed"
    assert notifying.waiting(merchant.ctx(), connection.id) == []


def test_what_a_killed_worker_held_is_told_when_its_time_is_over(merchant: Merchant) -> None:
    connection, order_id = shipped_in_two(merchant)
    holder = replace(merchant.ctx(), command=Command(f"errands:{connection.id}"))
    with steps.claimed(holder, 30):
        merchant.pump()
        assert numbers_shown(merchant, order_id) == []
        assert len(notifying.waiting(merchant.ctx(), connection.id)) == 2
    assert notifying.run(merchant.ctx(), merchant.connection(connection)) == 2
    assert numbers_shown(merchant, order_id) == ["P1", "P2"]

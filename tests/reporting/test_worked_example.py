"""November of a small merchant, worked out by hand; told in any order and twice, corrected, and made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest

from chalicelib.events import jobs
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Forbidden, Invalid
from chalicelib.kernel.job import JOB
from chalicelib.parties import service as parties
from chalicelib.parties.model import CustomerBody
from chalicelib.reporting import cells, drilling, querying, rebuilding, rolling
from chalicelib.sales import service as sales
from chalicelib.sales.commands import AmendLine, AmendOrder, CancelOrder, RefundOrder, ShipOrder
from chalicelib.sales.model import LineQuantity, NewCharge, NewLine, Order, PlaceOrder
from chalicelib.storage import read
from tests.reporting.books import D, at, figures, found_company, handle, report, told
from tests.sales.shop import Shop


class November:
    """The story: three orders, VAT 20 %, prices with VAT; A costs 4.00 and B 2.50 in Paris, B also lies in Lyon.

    - 3 November, telephone, Hôtel: 2 A at 12.00 and 4 B at 6.00, 10 % off (4.80), shipping 6.00: 40.00 − 4.00 + 5.00
      = 41.00 without VAT. Shipped on the 5th: B from both warehouses.
    - 3 November at 23:30 UTC, shop: 1 A at 12.00: on the 4th in Paris. Cancelled on the 6th.
    - 10 November, shop: 3 B at 6.00; one cancelled, two shipped on the 12th; 5.00 given back on the 20th.
    """

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        found_company(shop)
        self.paris, self.lyon = shop.warehouse("PARIS"), shop.warehouse("LYON", 1)
        shop.article("A", "B")
        shop.receive(self.paris, "A", "10", "4.00")
        shop.receive(self.paris, "B", "3", "2.50")
        shop.receive(self.lyon, "B", "10", "2.50")
        self.hotel = parties.create_customer(shop.ctx(), CustomerBody(name="Hôtel du Lac", company_name="Hôtel du Lac"))
        self.first = self._place("2026-11-03T10:00:00", {"A": "2", "B": "4"}, allowance=D("4.80"), customer_id=self.hotel.id,
                                 charges=(NewCharge(amount=D("6.00")),))
        self.second = self._place("2026-11-03T23:30:00", {"A": "1"}, channel_id="con_shop", external_id="1")
        self.third = self._place("2026-11-10T09:00:00", {"B": "3"}, channel_id="con_shop", external_id="2")
        sales.ship(at(shop, "2026-11-05T08:00:00"), self.first, ShipOrder())
        sales.cancel(at(shop, "2026-11-06T08:00:00"), self.second, CancelOrder())
        part = sales.cancel(at(shop, "2026-11-11T08:00:00"), self.third, CancelOrder(
            lines=(LineQuantity(line_id="1", quantity=D(1)),)))
        sent = sales.ship(at(shop, "2026-11-12T08:00:00"), part, ShipOrder())
        sales.refund(at(shop, "2026-11-20T08:00:00"), sent, RefundOrder(amount=D("5.00")))

    def _place(self, instant: str, lines: dict[str, str], **more: object) -> Order:
        prices = {"A": D("12.00"), "B": D("6.00")}
        ctx = at(self.shop, instant)
        return sales.place_order(ctx, PlaceOrder(placed_at=ctx.now, lines=tuple(
            NewLine(sku=sku, quantity=D(q), unit_price=prices[sku]) for sku, q in lines.items()), **more))  # type: ignore[arg-type]


@pytest.fixture
def november(new_ctx: Callable[..., Context]) -> Iterator[November]:
    yield November(Shop(new_ctx))


def test_the_month_by_day_channel_product_customer_and_warehouse(november: November) -> None:
    events = told(november.shop)
    handle([*reversed(events), *events, events[0]])
    ctx = at(november.shop, "2026-11-24T08:00:00")
    assert figures(ctx, "day", "orders", "ordered_units", "ordered_revenue", "discounts", "cancelled_orders",
                   "cancelled_revenue", "refunds") == {
        "2026-11-03": (1, 6, D("41.00"), D("4.00"), 0, 0, 0), "2026-11-04": (0, 0, 0, 0, 1, D("10.00"), 0),
        "2026-11-10": (1, 2, D("10.00"), 0, 0, D("5.00"), 0), "2026-11-20": (0, 0, 0, 0, 0, 0, D("5.00")),
        "total": (2, 8, D("51.00"), D("4.00"), 1, D("15.00"), D("5.00"))}
    assert figures(ctx, "day", "shipped_orders", "shipped_units", "shipped_revenue", "cost", "margin", "margin_rate") == {
        "2026-11-05": (1, 6, D("41.00"), D("18.00"), D("23.00"), D("56.10")),
        "2026-11-12": (1, 2, D("10.00"), D("5.00"), D("5.00"), D("50.00")),
        "total": (2, 8, D("51.00"), D("23.00"), D("28.00"), D("54.90"))}
    assert figures(ctx, "channel", "orders", "ordered_revenue", "margin", "average_order") == {
        "manual": (1, D("41.00"), D("23.00"), D("41.00")), "con_shop": (1, D("10.00"), D("5.00"), D("10.00")),
        "total": (2, D("51.00"), D("28.00"), D("25.50"))}
    assert figures(ctx, "product", "orders", "ordered_revenue", "shipped_revenue", "cost") == {
        "A": (1, D("18.00"), D("18.00"), D("8.00")), "B": (2, D("28.00"), D("28.00"), D("15.00")),
        "+": (1, D("5.00"), D("5.00"), 0), "total": (2, D("51.00"), D("51.00"), D("23.00"))}
    assert figures(ctx, "customer", "ordered_revenue", "refunds") == {
        november.hotel.id: (D("41.00"), 0), "+": (D("10.00"), D("5.00")), "total": (D("51.00"), D("5.00"))}
    assert figures(ctx, "warehouse", "shipped_units", "shipped_revenue", "cost") == {
        november.paris.id: (5, D("31.50"), D("15.50")), november.lyon.id: (3, D("14.50"), D("7.50")),
        "total": (8, D("46.00"), D("23.00"))}


def test_weeks_months_comparisons_splits_and_one_member(november: November) -> None:
    handle(told(november.shop))
    ctx = at(november.shop, "2026-11-24T08:00:00")
    assert figures(ctx, "week", "ordered_revenue") == {
        "2026-11-02": (D("41.00"),), "2026-11-09": (D("10.00"),), "total": (D("51.00"),)}
    assert figures(ctx, "month", "ordered_revenue", first="2026-10-15", last="2026-12-31") == {
        "2026-11-01": (D("51.00"),), "total": (D("51.00"),)}
    later = report(ctx, first="2026-11-08", last="2026-11-12", measures="ordered_revenue")
    assert (later.compared_first.isoformat(), later.totals_before) == (  # type: ignore[union-attr]
        "2026-11-03", {"ordered_revenue": D("41.00")})
    assert report(ctx, first="2027-11-01", last="2027-11-30", compare="year", measures="margin").totals_before == {
        "margin": D("28.00")}
    split = report(ctx, group_by="week", split_by="channel", measures="ordered_revenue")
    assert {each.key: each.values["ordered_revenue"][1:4] for each in split.series} == {
        "manual": (D("41.00"), 0, 0), "con_shop": (0, D("10.00"), 0)}
    assert figures(ctx, "day", "shipped_units", product="B") == {
        "2026-11-05": (4,), "2026-11-12": (2,), "total": (6,)}
    names = {row.key: row.label for row in report(ctx, group_by="customer", measures="orders").rows}
    assert names == {november.hotel.id: "Hôtel du Lac", "+": "Sans fiche client"}
    top = report(ctx, group_by="product", measures="ordered_revenue", top="1")
    assert ([row.key for row in top.rows], top.more_rows) == (["B"], 2)


def test_an_amended_order_corrects_its_own_day(november: November) -> None:
    handle(told(november.shop))
    order = november._place("2026-11-15T10:00:00", {"A": "1"})
    amended = sales.amend(at(november.shop, "2026-11-17T10:00:00"), order, AmendOrder(lines=(
        AmendLine(line_id="1", quantity=D(3)),)))
    *_, placed, changed = told(november.shop)
    handle([changed, placed])
    ctx = at(november.shop, "2026-11-24T08:00:00")
    assert amended.version == 2
    assert figures(ctx, "day", "orders", "ordered_revenue", first="2026-11-13", last="2026-11-18") == {
        "2026-11-15": (1, D("30.00")), "total": (1, D("30.00"))}


def test_a_number_leads_to_its_documents_and_says_how_it_came_about(november: November) -> None:
    handle(told(november.shop))
    ctx = at(november.shop, "2026-11-24T08:00:00")
    asked = drilling.number(ctx, {"measure": "cost", "from": "2026-11-01", "to": "2026-11-30", "product": "B"})
    first, after = drilling.documents(ctx, asked, 1)
    second, end = drilling.documents(ctx, asked, 1, after)
    found = [(row.id, row.day.isoformat(), row.amount) for row in [*first, *second]]
    assert found == [(november.third.id, "2026-11-12", D("5.00")), (november.first.id, "2026-11-05", D("10.00"))]
    assert drilling.documents(ctx, asked, 1, end) == ([], "")
    why = drilling.explain(ctx, drilling.number(ctx, {"measure": "margin", "from": "2026-11-01", "to": "2026-11-30"}))
    assert (why.value, why.unit) == ("28.00", "EUR")
    assert [(row.label, row.value) for row in why.inputs] == [("CA expédié", "51.00"), ("Coût des marchandises", "23.00")]
    assert "measure=cost" in why.inputs[1].link
    by = drilling.explain(ctx, drilling.number(ctx, {"measure": "cost", "from": "2026-11-01", "to": "2026-11-30"}))
    assert ("Paris (entrepôt)", "15.50") in [(row.label, row.value) for row in by.inputs]


def test_what_nobody_may_see_or_ask(november: November) -> None:
    seller = november.shop.ctx("reports.read")
    assert "margin" not in report(seller).totals
    for query in ({"measures": "cost"}, {"measures": "margin_rate"}):
        with pytest.raises(Forbidden):
            querying.question(seller, query)
    ctx = november.shop.ctx()
    for wrong in ({"from": "2026-13-01"}, {"from": "2026-11-02", "to": "2026-11-01"}, {"group_by": "colour"},
                  {"measures": "profit"}, {"group_by": "warehouse", "measures": "orders"}, {"top": "0"}, {"top": "x"},
                  {"compare": "never"}, {"product": "A", "group_by": "channel"}, {"from": "2020-01-01"}):
        with pytest.raises(Invalid):
            querying.question(ctx, wrong)


def _rebuild(shop: Shop) -> dict[str, int]:
    """A whole rebuild, as its messages would carry it on; what it counted."""
    job = rebuilding.start(shop.ctx())
    hold = jobs.take_up(shop.ctx(), job.id, job.run)
    assert hold is not None
    rebuilding.work(hold)
    ended = read.get(shop.ctx(), JOB, job.id)
    assert ended.state == "done"
    return dict(ended.counts)


def test_made_again_from_the_documents_the_roll_ups_are_the_same(november: November) -> None:
    events = told(november.shop)
    handle(events)
    ctx = at(november.shop, "2026-11-24T08:00:00")
    before = report(ctx, group_by="product", measures="orders,ordered_revenue,cost")
    assert _rebuild(november.shop) == {"documents": 3, "differences": 0}
    standing = rolling.state(ctx)
    assert (standing.generation, standing.building) == (2, 0)
    assert report(ctx, group_by="product", measures="orders,ordered_revenue,cost") == before
    for partition in ("ROLLUP_DAY#1#channel#2026-11", "ROLLUP_MONTH#1#product#2026-11", "REPORT_FACT#1#2026-11"):
        assert read.collection(ctx, partition)[0] == []
    handle(events)
    assert report(ctx, group_by="product", measures="orders,ordered_revenue,cost") == before


def test_a_rebuild_says_how_many_numbers_it_corrected(november: November) -> None:
    """The planted bug: contributions are added where they should replace."""
    changes = cells.changes
    with patch.object(cells, "changes", lambda before, after: changes(None, after)):
        handle(told(november.shop))
        later = november._place("2026-11-15T10:00:00", {"A": "1"})
        handle(told(november.shop)[-1:])
        sales.cancel(at(november.shop, "2026-11-16T10:00:00"), later, CancelOrder())
        handle(told(november.shop)[-1:])
    ctx = at(november.shop, "2026-11-24T08:00:00")
    assert figures(ctx, "month", "orders")["total"] == (3,)
    assert _rebuild(november.shop)["differences"] == 1
    assert figures(ctx, "month", "orders")["total"] == (2,)


def test_events_that_come_while_it_is_rebuilt_are_counted_in_both(november: November) -> None:
    handle(told(november.shop))
    job = rebuilding.start(november.shop.ctx())
    hold = jobs.take_up(november.shop.ctx(), job.id, job.run)
    assert hold is not None
    rebuilding._begin(hold)
    with pytest.raises(Conflict):
        rebuilding.start(november.shop.ctx())
    november._place("2026-11-15T10:00:00", {"A": "1"})
    handle(told(november.shop)[-1:])
    ctx = at(november.shop, "2026-11-24T08:00:00")
    assert figures(ctx, "month", "orders")["total"] == (3,)
    rebuilding.work(hold)
    assert figures(ctx, "month", "orders")["total"] == (3,)

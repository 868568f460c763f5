"""A confirmed order is changed before anything of it is shipped: its stock moves by the difference, at once or not at all."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from threading import Thread

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.sales import routes
from chalicelib.sales import service as sales
from chalicelib.sales.commands import AmendLine, AmendOrder, CancelOrder, ChangeOrder, HoldOrder, RefundOrder, ShipOrder
from chalicelib.sales.model import ORDER, LineQuantity, NewCharge, NewLine, Order, PlaceOrder
from tests.sales.shop import D, Shop, lines_balance


def amended(shop: Shop, order: Order, *lines: AmendLine, **more: object) -> Order:
    return sales.amend(shop.ctx(), shop.stored(order), AmendOrder(lines=lines, **more))  # type: ignore[arg-type]


def line(quantity: str, line_id: str = "1", **more: object) -> AmendLine:
    return AmendLine(line_id=line_id, quantity=D(quantity), **more)  # type: ignore[arg-type]


def test_more_less_another_article_and_none(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", "B", "C")
    for sku in ("A", "B", "C"):
        shop.receive(paris, sku, "10")
    order = shop.order({"A": "4", "B": "4"})
    after = amended(shop, order, line("7"), AmendLine(sku="C", quantity=D(2), unit_price=D("5.00")))
    assert [(each.id, each.sku, each.quantity, each.amount) for each in after.lines] == [
        ("1", "A", 7, D("70.00")), ("3", "C", 2, D("10.00"))]
    assert (after.total_with_vat, after.paid_total, after.state) == (D("80.00"), D("80.00"), "confirmed")
    shop.numbers_are("A", "10", "7", "3")
    shop.numbers_are("B", "10", "0", "10")
    shop.numbers_are("C", "10", "2", "8")
    lines_balance(after)
    (event,) = shop.events("OrderAmended")
    assert (event.data["skus"], Decimal(event.data["total_without_vat_change"])) == (["B"], D("66.67") - D("66.67"))
    shipped = sales.ship(shop.ctx(), after, ShipOrder())
    assert shipped.state == "shipped"
    with pytest.raises(Conflict) as refused:
        amended(shop, order, line("1"))
    assert refused.value.code == "wrong_state"


def test_beyond_what_is_available_by_policy(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "10")
    order = shop.order({"A": "4"})
    shop.order({"A": "3"})
    with pytest.raises(Conflict) as refused:
        amended(shop, order, line("8"))
    assert refused.value.code == "stock_short"
    shop.numbers_are("A", "10", "7", "3")
    after = amended(shop, order, line("8"), shortage="backorder")
    assert (after.lines[0].backordered_quantity, after.lines[0].quantity) == (1, 8)
    shop.numbers_are("A", "10", "10", "0")
    lines_balance(after)
    after = amended(shop, order, line("6"))
    assert after.lines[0].backordered_quantity == 0
    shop.numbers_are("A", "10", "9", "1")
    lines_balance(after)


def test_two_lines_of_one_article_swap_what_the_order_holds(shop: Shop) -> None:
    """All 10 are this order's: one line gives what the other takes, in one transaction."""
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "10")
    order = sales.place_order(shop.ctx(), PlaceOrder(lines=(
        NewLine(sku="A", quantity=D(8), unit_price=D(1)), NewLine(sku="A", quantity=D(2), unit_price=D(2)))))
    after = amended(shop, order, line("3"), line("7", "2"))
    assert [each.quantity for each in after.lines] == [3, 7]
    shop.numbers_are("A", "10", "10", "0")
    lines_balance(after)


def test_a_kit_and_another_warehouse(shop: Shop) -> None:
    paris, lyon = shop.warehouse("PARIS"), shop.warehouse("LYON", 1)
    shop.article("A", "B")
    shop.kit("KIT", {"A": "2", "B": "1"})
    shop.receive(paris, "A", "6")
    shop.receive(lyon, "A", "6")
    shop.receive(paris, "B", "9")
    order = shop.order({"KIT": "2"})
    after = amended(shop, order, line("5"))
    shop.numbers_are("A", "12", "10", "2")
    shop.numbers_are("B", "9", "5", "4")
    lines_balance(after)
    lines_balance(amended(shop, order, line("1")))
    shop.numbers_are("A", "12", "2", "10")


def test_prices_discounts_units_notes_and_charges(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "10")
    order = sales.place_order(shop.ctx(), PlaceOrder(lines=(NewLine(sku="A", quantity=D(2), unit_price=D("10.00")),), charges=(
        NewCharge(name="Port", amount=D("5.00")),), is_paid=True))
    after = amended(shop, order, line("2", unit_price=D("9.00"), allowance=D("1.00"), name="Tasse bleue"), note="Rappeler")
    assert (after.lines[0].amount, after.lines[0].name, after.note) == (D("17.00"), "Tasse bleue", "Rappeler")
    assert (after.total_with_vat, after.attention) == (D("22.00"), ("total_changed_after_payment",))
    kept = amended(shop, order, line("3"))
    assert (kept.lines[0].unit_price, kept.lines[0].allowance, kept.lines[0].amount) == (D("9.00"), D("1.00"), D("26.00"))
    assert amended(shop, order, line("3"), charges=()).total_with_vat == D("26.00")


@pytest.mark.parametrize("lines", [
    (AmendLine(line_id="9", quantity=D(1)),), (line("1"), line("2")), (), (line("0"),), (line("1", sku="B"),),
    (AmendLine(sku="NOPE", quantity=D(1)),)])
def test_what_no_amendment_can_be(shop: Shop, lines: tuple[AmendLine, ...]) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", "B")
    shop.receive(paris, "A", "10")
    order = shop.order({"A": "4"})
    with pytest.raises(Invalid):
        amended(shop, order, *lines)
    shop.numbers_are("A", "10", "4", "6")


def test_what_was_cancelled_stays_and_a_shops_order_is_changed_in_the_shop(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", "B")
    shop.receive(paris, "A", "10")
    shop.receive(paris, "B", "10")
    order = shop.order({"A": "4", "B": "1"})
    sales.cancel(shop.ctx(), order, CancelOrder(lines=(LineQuantity(line_id="1", quantity=D(2)),)))
    for lines in ((line("1"),), (line("1", "2"),)):
        with pytest.raises(Conflict) as refused:
            amended(shop, order, *lines)
        assert refused.value.code == "below_cancelled"
    lines_balance(amended(shop, order, line("5"), line("1", "2")))
    theirs = shop.order({"A": "1"}, channel_id="con_1", external_id="7")
    with pytest.raises(Conflict) as refused:
        amended(shop, theirs, line("2"))
    assert refused.value.code == "channel_order"


def test_only_what_the_order_and_the_caller_allow_is_offered(shop: Shop, new_ctx: Callable[..., Context]) -> None:
    """A shop's order is not amended here, what is not reserved is not shipped, what was not paid is not given back; and
    nobody is offered what their role does not do."""
    shop.article("A")
    orders = next(each for each in routes.api.resources if each.document is ORDER)

    def offered(order: Order, *permissions: str) -> list[str]:
        return list(orders.shown(new_ctx(*permissions), shop.stored(order)).body["allowed_actions"])

    waiting = shop.order({"A": "1"}, shortage="backorder")
    assert offered(waiting) == ["amend", "hold", "cancel", "refund"]
    shop.receive(shop.warehouse("PARIS"), "A", "10")
    theirs = shop.order({"A": "2"}, channel_id="con_1", external_id="7", paid_total=D("20.00"))
    assert offered(theirs) == ["ship", "prepare", "hold", "cancel", "refund"]
    assert offered(theirs, "orders.read") == []
    assert offered(theirs, "orders.read", "orders.ship") == ["ship", "prepare"]
    sales.refund(shop.ctx(), theirs, RefundOrder(amount=D("20.00")))
    assert "refund" not in offered(theirs)


def test_a_held_order_may_be_changed(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "10")
    order = sales.hold(shop.ctx(), shop.order({"A": "4"}), HoldOrder(reason="Call"))
    assert amended(shop, order, line("2")).state == "on_hold"
    shop.numbers_are("A", "10", "2", "8")


def test_amendments_and_orders_that_race_never_oversell(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "20")
    orders = [shop.order({"A": "1"}) for _ in range(4)]
    refused: list[str] = []

    def grow(order: Order) -> None:
        try:
            amended(shop, order, line("7"))
        except Conflict as error:
            refused.append(error.code)

    threads = [Thread(target=grow, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["stock_short"] * 2
    shop.numbers_are("A", "20", "16", "4")


def test_a_draft_keeps_what_is_not_said(shop: Shop) -> None:
    shop.warehouse("PARIS")
    shop.article("A")
    draft = sales.place_order(shop.ctx(), PlaceOrder(state="draft", lines=(
        NewLine(sku="A", quantity=D(2), unit_price=D("10.00")),), charges=(NewCharge(name="Port", amount=D("5.00")),)))
    changed = sales.change(shop.ctx(), draft, ChangeOrder(lines=(NewLine(sku="A", quantity=D(3), unit_price=D("9.00"),
                                                                         allowance=D("2.00")),), note="Rappeler"))
    assert (changed.total_with_vat, changed.note, changed.lines[0].allowance) == (D("30.00"), "Rappeler", D("2.00"))
    assert sales.change(shop.ctx(), changed, ChangeOrder(charges=())).total_with_vat == D("25.00")


def test_a_preview_writes_nothing(shop: Shop) -> None:
    shop.warehouse("PARIS")
    shop.article("A")
    seen = sales.preview(shop.ctx(), PlaceOrder(
        lines=(NewLine(sku="A", quantity=D(2), unit_price=D("10.00")),), allowance=D(1)))
    assert (seen.total_with_vat, seen.number, seen.id) == (D("19.00"), "", "")
    assert shop.events("OrderPlaced", "OrderDrafted") == []

"""What every act on an order keeps, tells and answers: whoever listens, and whoever sends the command again, relies on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.catalog.model import VARIANT, VariantChange
from chalicelib.catalog.service import find_skus, update_variant
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Invalid, NotFound
from chalicelib.kernel.scope import Scope
from chalicelib.parties.model import Customer, CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.sales import actions, amending
from chalicelib.sales import service as sales
from chalicelib.sales.channel_updates import apply_channel_update
from chalicelib.sales.commands import (
    AmendLine,
    AmendOrder,
    CancelOrder,
    ChangeOrder,
    ChannelUpdate,
    ConfirmOrder,
    HoldOrder,
    RefundOrder,
    ShipMany,
    ShipOne,
    ShipOrder,
)
from chalicelib.sales.model import Address, Buyer, Coupon, LineQuantity, NewLine, Order, PlaceOrder, ShippedFrom, ShippedLine
from chalicelib.stock.model import Warehouse
from tests.sales.shop import Shop

D = Decimal
HOME = Address(name="Luc Glace", line1="1 rue Royale", city="Annecy")
WORK = Address(name="Luc Glace", line1="2 quai Perrière", city="Grenoble")


@pytest.fixture
def paris(shop: Shop) -> Warehouse:
    """Ten of A and ten of B in Paris."""
    warehouse = shop.warehouse("PARIS")
    shop.article("A", "B")
    for sku in ("A", "B"):
        shop.receive(warehouse, sku, "10")
    return warehouse


def refusal(act: Callable[[], Any], error: type[DomainError] = Invalid) -> tuple[str, list[str]]:
    with pytest.raises(error) as refused:
        act()
    return refused.value.code, list(refused.value.fields)


def last(shop: Shop, name: str) -> tuple[str, int, dict[str, Any]]:
    event = shop.events(name)[-1]
    assert event.kind == "sales_order"
    return event.entity_id, event.version, dict(event.data)


def facts(order: Order) -> dict[str, Any]:
    return {"number": order.number, "state": order.state, "currency": order.currency,
            "total_without_vat": str(order.total_without_vat), "paid_total": str(order.paid_total)}


def answered(act: Callable[[Context], Any], ctx: Context) -> dict[str, Any]:
    """The marker of a command that was sent twice."""
    act(ctx)
    with pytest.raises(AlreadyDone) as done:
        act(ctx)
    return {name: done.value.marker[name] for name in ("status", "kind", "version")}


def later(shop: Shop) -> Context:
    ctx = shop.ctx()
    return replace(ctx, now=ctx.now + timedelta(hours=1))


LONG = "x" * 301

# -- one after the other -----------------------------------------------------------------------------------------------


def test_confirming_tells_what_was_placed_and_when(shop: Shop, paris: Warehouse) -> None:
    draft = shop.order({"A": "1"}, state="draft")
    assert last(shop, "OrderDrafted") == (draft.id, 1, facts(draft))
    ctx = later(shop)
    placed = sales.confirm(ctx, draft, ConfirmOrder())
    assert (placed.placed_at, placed.updated_at) == (ctx.now, ctx.now)
    assert last(shop, "OrderPlaced") == last(shop, "OrderConfirmed") == (draft.id, 2, facts(placed))
    pending = shop.order({"A": "1"}, state="pending")
    confirmed = sales.confirm(ctx := later(shop), pending, ConfirmOrder())
    assert confirmed.updated_at == ctx.now and last(shop, "OrderConfirmed") == (pending.id, 2, facts(confirmed))


def test_holding_and_releasing(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "1"})
    held = sales.hold(ctx := later(shop), order, HoldOrder(reason=" " + "r" * 250))
    assert held.hold_reasons == ("r" * 200,) and held.updated_at == ctx.now
    assert last(shop, "OrderHeld") == (order.id, 2, {**facts(held), "reason": "r" * 200})
    released = sales.release(shop.ctx(), held)
    assert released.hold_reasons == () and last(shop, "OrderReleased") == (order.id, 3, facts(released))
    assert refusal(lambda: sales.hold(shop.ctx(), released, HoldOrder(reason="  "))) == ("reason", ["reason"])
    assert refusal(lambda: sales.hold(shop.ctx(), released, HoldOrder(reason=LONG))) == ("text_too_long", ["reason"])


def test_a_parcel_is_told_with_all_a_shop_wants_to_know(shop: Shop, paris: Warehouse) -> None:
    order = sales.place_order(shop.ctx(), PlaceOrder(lines=(
        NewLine(sku="A", quantity=D(2), unit_price=D(12), external_id="91"), NewLine(sku="B", quantity=D(1), unit_price=D(6)))))
    parcel = ShipOrder(lines=(LineQuantity(line_id="1", quantity=D(1)),), carrier="Colissimo", tracking_number="6A1",
                       tracking_url="https://track.example/6A1")
    part = sales.ship(ctx := later(shop), order, parcel, by_channel=True)
    (sent,), (delivery,) = part.shipments, shop.deliveries(part)
    assert (sent.id, sent.delivery_id, sent.shipped_at, sent.by_channel) == (f"{order.number}-1", delivery.id, ctx.now, True)
    assert shop.parcels(part) == [("Colissimo", "6A1", "https://track.example/6A1")]
    left = ShippedFrom(warehouse_id=paris.id, quantity=D(1), cost=D("4.00"))
    assert sent.lines == (ShippedLine(line_id="1", quantity=D(1), cost=D("4.00"), warehouses=(left,)),)
    assert part.updated_at == ctx.now
    assert last(shop, "OrderPartlyShipped") == (order.id, 2, {
        **facts(part), "cost": "4.00", "delivery_id": delivery.id, "delivery_number": sent.id})
    (told,) = shop.events("DeliveryShipped")
    assert (told.kind, told.entity_id, told.version) == ("sales_delivery", delivery.id, 1) and dict(told.data) == {
        "number": sent.id, "state": "shipped", "order_id": order.id, "order_number": order.number, "channel_id": "",
        "external_id": "", "warehouse_id": paris.id, "carrier": "Colissimo", "by_channel": True, "cost": "4.00",
        "shipped_at": ctx.now.isoformat(), "lines": [{"line_id": "1", "external_id": "91", "quantity": "1"}],
        "parcels": [{"number": 1, "tracking_number": "6A1", "tracking_url": "https://track.example/6A1"}]}
    assert dict(shop.events("StockChanged")[-1].data) == {"skus": ["A"]}
    whole = sales.ship(shop.ctx(), part, ShipOrder())
    assert whole.shipments[1].id == f"{order.number}-2" and last(shop, "OrderShipped")[2]["cost"] == "8.00"
    closed = sales.close(shop.ctx(), whole)
    assert last(shop, "OrderClosed") == (order.id, 4, facts(closed))
    assert refusal(lambda: sales.ship(shop.ctx(), order, ShipOrder(carrier=LONG))) == ("text_too_long", ["carrier"])


def test_a_cancellation_is_told_with_what_it_was_worth(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "3", "B": "1"}, price="12.00")
    one = (LineQuantity(line_id="1", quantity=D(1)),)
    part = sales.cancel(ctx := later(shop), order, CancelOrder(lines=one, reason="r" * 250))
    assert part.updated_at == ctx.now
    assert last(shop, "OrderPartlyCancelled") == (order.id, 2, {
        **facts(part), "total_without_vat": "10.00", "reason": "r" * 200, "skus": ["A"]})
    assert dict(shop.events("StockChanged")[-1].data) == {"skus": ["A"]}
    gone = sales.cancel(shop.ctx(), part, CancelOrder())
    assert last(shop, "OrderCancelled") == (order.id, 3, {
        **facts(gone), "total_without_vat": "30.00", "reason": "", "skus": ["A", "B"]})
    assert refusal(lambda: sales.cancel(shop.ctx(), gone, CancelOrder()), Conflict)[0] == "wrong_state"
    assert refusal(lambda: sales.cancel(shop.ctx(), order, CancelOrder(reason=LONG))) == ("text_too_long", ["reason"])
    draft = sales.cancel(shop.ctx(), shop.order({"A": "1"}, state="draft"), CancelOrder())
    assert last(shop, "OrderUpdated")[0] == draft.id and last(shop, "OrderCancelled")[0] == order.id


def test_a_refund_is_kept_and_told_and_never_above_what_was_paid(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "1"})
    asked = RefundOrder(amount=D("0.50"), reason="r" * 250, external_id="7", lines=(LineQuantity(line_id="1", quantity=D(1)),))
    first = sales.refund(ctx := later(shop), order, asked)
    (made,) = first.refunds
    assert (made.id, made.amount, made.reason, made.refunded_at, made.external_id, made.lines) == (
        f"{order.number}-R1", D("0.50"), "r" * 200, ctx.now, "7", (ShippedLine(line_id="1", quantity=D(1)),))
    assert last(shop, "OrderRefunded") == (order.id, 2, {**facts(first), "amount": "0.50", "refund_id": made.id})
    assert sales.refund(shop.ctx(), first, asked) == first
    for amount in ("0", "-1", "9.51"):
        assert refusal(lambda a=amount: sales.refund(shop.ctx(), first, RefundOrder(amount=D(a))), Conflict) == (
            "refund_too_large", ["amount"])
    assert refusal(lambda: sales.refund(shop.ctx(), first, RefundOrder(amount=D("0.001")))) == ("amount_precision", ["amount"])
    rest = sales.refund(shop.ctx(), first, RefundOrder(amount=D("9.50")))
    assert rest.refunds[1].id == f"{order.number}-R2"
    draft = shop.order({"A": "1"}, state="draft")
    assert refusal(lambda: sales.refund(shop.ctx(), draft, RefundOrder(amount=D(1))), Conflict)[0] == "wrong_state"


def test_a_refund_made_here_is_known_again_when_its_shop_tells_of_it(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "1"})
    ours = sales.refund(later(shop), order, RefundOrder(amount=D("2.00"), reason="here"))
    told = sales.refund(later(shop), ours, RefundOrder(amount=D("2.00"), external_id="12"))
    assert [(r.amount, r.reason, r.external_id) for r in told.refunds] == [(D("2.00"), "here", "12")]
    assert last(shop, "OrderUpdated")[0] == order.id
    other = sales.refund(later(shop), told, RefundOrder(amount=D("2.00"), external_id="13"))
    assert [r.external_id for r in other.refunds] == ["12", "13"]
    assert sales.name_refund(later(shop), other, other.refunds[0].id, "99") == other


def test_a_note_is_changed_at_any_time_and_the_rest_of_a_draft(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "1"})
    noted = sales.change(ctx := later(shop), order, ChangeOrder(note="call first"))
    assert (noted.note, noted.updated_at) == ("call first", ctx.now)
    assert last(shop, "OrderUpdated") == (order.id, 2, facts(noted))
    lines = (NewLine(sku="B", quantity=D(2), unit_price=D(5)),)
    assert refusal(lambda: sales.change(shop.ctx(), noted, ChangeOrder(lines=lines)), Conflict)[0] == "wrong_state"
    assert refusal(lambda: sales.change(shop.ctx(), order, ChangeOrder(note="x" * 4001))) == ("text_too_long", ["note"])
    draft = shop.order({"A": "1"}, state="draft", buyer=Buyer(name="Eve"), billing_address=HOME, shipping_address=WORK)
    named = sales.change(shop.ctx(), draft, ChangeOrder(buyer=Buyer(name="Anne"), allowance=D(1)))
    assert (named.buyer.name, named.total_with_vat, named.lines[0].sku) == ("Anne", 9, "A")
    for only in (ChangeOrder(buyer=Buyer(name="Anne")), ChangeOrder(allowance=D(1))):
        assert refusal(lambda c=only: sales.change(shop.ctx(), noted, c), Conflict)[0] == "wrong_state"
    draft = shop.order({"A": "1"}, state="draft", buyer=Buyer(name="Eve"), billing_address=HOME, shipping_address=WORK)
    assert refusal(lambda: sales.change(shop.ctx(), draft, ChangeOrder(lines=()))) == ("lines", ["lines"])
    kept = sales.change(shop.ctx(), draft, ChangeOrder(lines=lines))
    assert (kept.buyer.name, kept.billing_address, kept.shipping_address) == ("Eve", HOME, WORK)
    assert last(shop, "OrderUpdated") == (draft.id, 2, facts(kept))
    customer = known_customer(shop)
    other = sales.change(shop.ctx(), kept, ChangeOrder(lines=lines, customer_id=customer.id, buyer=Buyer(name="Luc"),
                                                       billing_address=WORK, shipping_address=HOME))
    assert (other.customer_id, other.buyer.name) == (customer.id, "Luc")
    assert (other.billing_address, other.shipping_address) == (WORK, HOME)
    assert sales.change(shop.ctx(), other, ChangeOrder(lines=lines)).customer_id == customer.id


def test_each_command_sent_again_is_answered_from_its_marker(shop: Shop, paris: Warehouse) -> None:
    ok = {"status": 200, "kind": "sales_order", "version": 2}
    one = shop.order({"A": "1"})
    assert answered(lambda ctx: sales.hold(ctx, one, HoldOrder(reason="r")), shop.ctx()) == ok
    two = shop.order({"A": "1"})
    assert answered(lambda ctx: sales.ship(ctx, two, ShipOrder()), shop.ctx()) == ok
    three = shop.order({"A": "1"})
    assert answered(lambda ctx: sales.cancel(ctx, three, CancelOrder()), shop.ctx()) == ok
    four = shop.order({"A": "1"}, state="draft")
    assert answered(lambda ctx: sales.confirm(ctx, four, ConfirmOrder()), shop.ctx()) == ok
    five = shop.order({"A": "1"})
    amended = AmendOrder(lines=(AmendLine(line_id="1", quantity=D(2)),))
    assert answered(lambda ctx: amending.amend(ctx, five, amended), shop.ctx()) == ok
    draft = PlaceOrder(lines=(NewLine(sku="A", quantity=D(1), unit_price=D(1)),), state="draft")
    assert answered(lambda ctx: sales.place_order(ctx, draft), shop.ctx())["status"] == 201


def test_many_parcels_each_with_its_tracking(shop: Shop, paris: Warehouse) -> None:
    first, second = shop.order({"A": "1"}), shop.order({"A": "10"}, shortage="backorder")
    sales.cancel(shop.ctx(), second, CancelOrder())
    parcels = ShipMany(orders=(ShipOne(order_id=first.id, carrier="DPD", tracking_number="1", tracking_url="u"),
                               ShipOne(order_id=second.id), ShipOne(order_id="ord_none")))
    answers = sales.ship_many(shop.ctx(), parcels)["items"]
    assert answers[0] == {"order_id": first.id, "number": first.number, "state": "shipped"}
    assert [(a["order_id"], a["error"]["code"], bool(a["error"]["detail"])) for a in answers[1:]] == [
        (second.id, "wrong_state", True), ("ord_none", "not_found", True)]
    assert shop.parcels(first) == [("DPD", "1", "u")]
    for wrong in ((), parcels.orders[:1] * 2, tuple(ShipOne(order_id=str(n)) for n in range(101))):
        assert refusal(lambda w=wrong: sales.ship_many(shop.ctx(), ShipMany(orders=w))) == ("orders", ["orders"])
    many = ShipMany(orders=tuple(ShipOne(order_id=f"ord_{n}") for n in range(100)))
    assert len(sales.ship_many(shop.ctx(), many)["items"]) == 100
    assert actions.MAX_SHIP_MANY == 100


# -- placing -----------------------------------------------------------------------------------------------------------


def known_customer(shop: Shop, **more: Any) -> Customer:
    return create_customer(shop.ctx(), CustomerBody(**{
        "name": "Luc Glace", "company_name": "Glace SARL", "email": "luc@g.example", "phone": "+33450000000",
        "vat_number": "FR83404833048", "billing_address": HOME, "shipping_addresses": (WORK, HOME), **more}))


def test_an_order_keeps_all_that_was_said_of_it(shop: Shop, paris: Warehouse) -> None:
    said = {"channel_id": "con_1", "channel_name": "Boutique", "external_id": "1001", "external_number": "W-1001",
            "source_version": "2026-11-24T12:00:00#a", "currency": "CHF", "prices_include_vat": False,
            "coupons": (Coupon(code="NOEL", amount=D(1)),), "payment_method": "card", "warehouse_ids": (paris.id,),
            "attention": ("look",), "note": "gift", "is_paid": True, "buyer": Buyer(name="Eve"), "billing_address": HOME,
            "shipping_address": WORK}
    order = shop.order({"A": "1"}, **said)
    assert {name: getattr(order, name) for name in said} == said
    assert shop.order({"A": "1"}, billing_address=HOME, shipping_address=HOME).shipping_address == Address()
    assert order.number == f"SO-{shop.ctx().now:%Y}-000001" and order.version == 1
    assert last(shop, "OrderPlaced")[2]["number"].endswith("-000002")


def test_a_customers_record_fills_what_was_not_said(shop: Shop, paris: Warehouse) -> None:
    customer = known_customer(shop)
    order = shop.order({"A": "1"}, customer_id=customer.id)
    assert order.buyer == Buyer(name="Luc Glace", company_name="Glace SARL", email="luc@g.example", phone="+33450000000",
                                vat_number="FR83404833048")
    assert (order.customer_id, order.billing_address, order.shipping_address) == (customer.id, HOME, WORK)
    own = shop.order({"A": "1"}, customer_id=customer.id, buyer=Buyer(name="Eve"))
    assert (own.buyer, own.billing_address) == (Buyer(name="Eve"), HOME)
    sent = shop.order({"A": "1"}, customer_id=customer.id, billing_address=WORK)
    assert (sent.buyer.name, sent.billing_address, sent.shipping_address) == ("Luc Glace", WORK, Address())
    elsewhere = Address(name="Poste restante")
    assert shop.order({"A": "1"}, customer_id=customer.id, shipping_address=elsewhere).shipping_address == elsewhere
    both = shop.order({"A": "1"}, customer_id=customer.id, buyer=Buyer(name="Eve"), billing_address=WORK)
    assert (both.buyer.name, both.billing_address, both.shipping_address) == ("Eve", WORK, Address())
    lone = known_customer(shop, shipping_addresses=(), email="other@g.example")
    assert shop.order({"A": "1"}, customer_id=lone.id).shipping_address == Address()
    assert refusal(lambda: shop.order({"A": "1"}, customer_id="cus_none"), NotFound)[0] == "not_found"


def test_what_is_not_sold_any_more_is_refused_unless_a_shop_sold_it(shop: Shop, paris: Warehouse) -> None:
    variant = read_variant(shop, "B")
    update_variant(shop.ctx(), variant, VariantChange(is_active=False))
    assert refusal(lambda: shop.order({"A": "1", "B": "1"})) == ("inactive_sku", ["lines.1.sku"])
    assert shop.order({"B": "1"}, channel_id="con_1", external_id="9").state == "confirmed"
    assert shop.order({"A": "1"}).state == "confirmed"


def read_variant(shop: Shop, sku: str) -> Any:
    from chalicelib.storage import read

    return read.get(shop.ctx(), VARIANT, find_skus(shop.ctx(), [sku])[sku].variant_id)


def test_who_is_limited_to_a_warehouse_sells_from_it_alone_and_previews_so(shop: Shop, paris: Warehouse) -> None:
    lyon = shop.warehouse("LYON", 1)
    shop.receive(lyon, "A", "5")
    at_lyon = replace(shop.ctx(), scope=Scope(warehouse_ids=frozenset({lyon.id})))
    body = PlaceOrder(lines=(NewLine(sku="A", quantity=D(2), unit_price=D("10.00")),))
    assert sales.preview(at_lyon, body).warehouse_ids == (lyon.id,)
    order = sales.place_order(at_lyon, body)
    assert order.warehouse_ids == (lyon.id,) and [r.warehouse_id for r in order.lines[0].reserved] == [lyon.id]


def test_the_plan_is_asked_for_an_order_and_not_for_a_draft(shop: Shop, paris: Warehouse) -> None:
    asked: list[Context] = []
    with patch.object(sales.entitlements, "require_order", asked.append):
        shop.order({"A": "1"}, state="draft")
        assert asked == []
        shop.order({"A": "1"})
    assert len(asked) == 1


def test_an_order_takes_only_from_the_warehouses_it_names(shop: Shop, paris: Warehouse) -> None:
    lyon = shop.warehouse("LYON", 1)
    shop.receive(lyon, "A", "5")
    order = shop.order({"A": "2"}, warehouse_ids=(lyon.id,))
    assert [r.warehouse_id for r in order.lines[0].reserved] == [lyon.id]
    assert refusal(lambda: shop.order({"A": "4"}, warehouse_ids=(lyon.id,)), Conflict) == ("stock_short", ["lines.0.quantity"])


# -- amending ----------------------------------------------------------------------------------------------------------


def test_an_amendment_is_told_with_what_it_changed(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "3", "B": "1"}, price="12.00", is_paid=True, note="old")
    ctx, told_before = later(shop), len(shop.events("StockChanged"))
    after = amending.amend(ctx, order, AmendOrder(lines=(
        AmendLine(sku="B", quantity=D(1), unit_price=D(24)), AmendLine(line_id="1", quantity=D(1)),
        AmendLine(line_id="2", quantity=D(2))), note="new"))
    assert [(each.id, each.sku, each.quantity) for each in after.lines] == [("3", "B", 1), ("1", "A", 1), ("2", "B", 2)]
    assert (after.note, after.updated_at, after.attention) == ("new", ctx.now, ("total_changed_after_payment",))
    assert [sum(r.quantity for r in each.reserved) for each in after.lines] == [1, 1, 2]
    assert last(shop, "OrderAmended") == (order.id, 2, {**facts(after), "skus": ["A"], "total_without_vat_change": "10.00"})
    assert len(shop.events("StockChanged")) == told_before + 1
    assert set(shop.events("StockChanged")[-1].data["skus"]) == {"A", "B"}
    shop.numbers_are("A", "10", "1", "9")
    shop.numbers_are("B", "10", "3", "7")
    unpaid = shop.order({"A": "1"})
    assert amending.amend(shop.ctx(), unpaid, AmendOrder(lines=(AmendLine(line_id="1", quantity=D(2)),))).attention == ()


def test_what_an_amendment_cannot_be(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "3"})
    one = AmendLine(line_id="1", quantity=D(1))
    assert refusal(lambda: amending.amend(shop.ctx(), order, AmendOrder(lines=(one,), shortage="maybe"))) == (
        "shortage", ["shortage"])
    assert refusal(lambda: amending.amend(shop.ctx(), order, AmendOrder(lines=(replace(one, name=LONG),)))) == (
        "text_too_long", ["lines.0.name"])
    part = sales.cancel(shop.ctx(), order, CancelOrder(lines=(LineQuantity(line_id="1", quantity=D(2)),)))
    assert refusal(lambda: amending.amend(shop.ctx(), part, AmendOrder(lines=(one,))), Conflict)[0] == "below_cancelled"
    exactly = amending.amend(shop.ctx(), part, AmendOrder(lines=(replace(one, quantity=D(2)),)))
    assert (exactly.lines[0].open_quantity, exactly.lines[0].cancelled_quantity) == (0, 2)
    shop.numbers_are("A", "10", "0", "10")


# -- shops' later news -------------------------------------------------------------------------------------------------


def news(status: str, version: str = "2026-11-24T13:00:00#b", **more: Any) -> ChannelUpdate:
    return ChannelUpdate(channel_id="con_1", external_id="1001", source_version=version, status=status, **more)


def test_a_tombstone_keeps_whose_it_is(shop: Shop, paris: Warehouse) -> None:
    assert apply_channel_update(shop.ctx(), news("confirmed")) is None
    buried = apply_channel_update(shop.ctx(), news("cancelled"))
    assert buried is not None
    assert (buried.state, buried.number, buried.channel_id, buried.external_id, buried.source_version, buried.lines) == (
        "cancelled", "", "con_1", "1001", "2026-11-24T13:00:00#b", ())
    assert apply_channel_update(shop.ctx(), news("cancelled")) == buried
    assert refusal(lambda: apply_channel_update(shop.ctx(), news("lost"))) == ("status", ["status"])


def test_news_is_noted_and_told(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "1"}, channel_id="con_1", external_id="1001", source_version="2026-11-24T12:00:00#a")
    noted = apply_channel_update(shop.ctx(), news("confirmed", is_paid=True))
    assert noted is not None and noted.is_paid and noted.source_version == "2026-11-24T13:00:00#b"
    assert last(shop, "OrderUpdated")[0] == order.id
    assert apply_channel_update(shop.ctx(), news("cancelled", version="2026-11-24T11:00:00#c")) == noted, "older news"
    twice = news("confirmed", version="2026-11-24T14:00:00#d", is_paid=True, refunds=(
        RefundOrder(amount=D(1), external_id="1"), RefundOrder(amount=D(2), external_id="2")))
    for _ in range(2):
        refunded = apply_channel_update(shop.ctx(), twice)
        assert refunded is not None and [r.amount for r in refunded.refunds] == [1, 2]


# -- back-orders and long orders ---------------------------------------------------------------------------------------


def test_a_back_order_that_is_served_is_told_and_only_who_wants_the_article_is_asked(shop: Shop, paris: Warehouse) -> None:
    first = shop.order({"B": "12"}, shortage="backorder")
    second = shop.order({"A": "11"}, shortage="backorder")
    third = shop.order({"A": "1"}, shortage="backorder")
    shop.receive(paris, "A", "1")
    before = len(shop.events("StockChanged"))
    assert sales.allocate_backorders(shop.ctx(), ["A"]) == 1
    served = shop.stored(second)
    assert served.lines[0].backordered_quantity == 0 and served.updated_at is not None
    assert last(shop, "OrderAllocated") == (second.id, 2, facts(served))
    assert len(shop.events("StockChanged")) == before + 1 and shop.events("StockChanged")[-1].data["skus"] == ["A"]
    assert [shop.stored(o).version for o in (first, third)] == [1, 1]
    assert sales.allocate_backorders(shop.ctx()) == 0


def test_an_amendment_that_leaves_a_back_order_as_it_was_is_not_refused_for_it(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "12"}, shortage="backorder")
    same = AmendOrder(lines=(AmendLine(line_id="1", quantity=D(12)),), note="patience")
    after = amending.amend(shop.ctx(), order, same)
    assert (after.note, after.lines[0].backordered_quantity) == ("patience", 2)
    more = AmendOrder(lines=(AmendLine(line_id="1", quantity=D(13)),))
    assert refusal(lambda: amending.amend(shop.ctx(), after, more), Conflict)[0] == "stock_short"


def test_an_order_too_long_for_one_transaction_is_cancelled_in_parts(shop: Shop, paris: Warehouse) -> None:
    shop.receive(paris, "A", "40")
    order = sales.place_order(shop.ctx(), PlaceOrder(lines=(NewLine(sku="A", quantity=D(1), unit_price=D(1)),) * 48))
    shop.numbers_are("A", "50", "48", "2")
    some = tuple(LineQuantity(line_id=str(n), quantity=D(1)) for n in range(1, 3))
    part = sales.cancel(shop.ctx(), order, CancelOrder(lines=some))
    shop.numbers_are("A", "50", "46", "4")
    more = sales.ship(shop.ctx(), part, ShipOrder(lines=(LineQuantity(line_id="3", quantity=D(1)),)))
    gone = sales.cancel(shop.ctx(), more, CancelOrder())
    assert (gone.state, sum(each.cancelled_quantity for each in gone.lines)) == ("shipped", 47)
    shop.numbers_are("A", "49", "0", "49")


def test_one_order_may_be_shipped_as_many(shop: Shop, paris: Warehouse) -> None:
    order = shop.order({"A": "1"})
    assert sales.ship_many(shop.ctx(), ShipMany(orders=(ShipOne(order_id=order.id),)))["items"][0]["state"] == "shipped"


def test_a_long_order_that_its_preferred_warehouse_cannot_serve_is_reserved_elsewhere(shop: Shop, paris: Warehouse) -> None:
    lyon = shop.warehouse("LYON", 1)
    shop.receive(lyon, "A", "40")
    order = sales.place_order(shop.ctx(), PlaceOrder(lines=(NewLine(sku="A", quantity=D(1), unit_price=D(1)),) * 48))
    assert all(each.reserved and not each.backordered_quantity for each in shop.stored(order).lines)
    shop.numbers_are("A", "50", "48", "2")


def test_an_order_that_a_shop_tells_again_as_paid_is_paid(shop: Shop, paris: Warehouse) -> None:
    told = {"channel_id": "con_1", "external_id": "1001", "state": "pending"}
    order = shop.order({"A": "1"}, **told, source_version="2026-11-24T12:00:00#a")
    again = shop.order({"A": "1"}, **{**told, "state": "confirmed"}, source_version="2026-11-24T13:00:00#b", is_paid=True,
                       paid_total=D(9))
    assert (again.id, again.state, again.is_paid) == (order.id, "confirmed", True)
    assert again.attention == ("total_changed_on_channel",)

"""What people do with stock, and what they may ask about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.catalog.model import VARIANT, VariantChange
from chalicelib.catalog.service import find_skus, update_variant
from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.event import Event
from chalicelib.runtime import fields
from chalicelib.sales import service as sales
from chalicelib.sales.commands import ShipOrder
from chalicelib.stock import balances, levels, service, worker
from chalicelib.stock.model import (
    AdjustmentLine,
    LevelDetail,
    NewAdjustment,
    NewTransfer,
    StockShort,
    TransferLine,
    Warehouse,
    WarehouseBody,
)
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT, Tenant
from tests.sales.shop import Shop

D = Decimal


@pytest.fixture
def shop(new_ctx: Callable[..., Context]) -> Shop:
    return Shop(new_ctx)


def adjust(shop: Shop, warehouse: Warehouse, reason: str = "count", **line: Any) -> None:
    service.adjust(shop.ctx(), NewAdjustment(warehouse_id=warehouse.id, reason=reason,
                                             lines=(AdjustmentLine(sku="A", **line),)))


def test_receipts_build_the_average_cost_and_a_shipment_takes_its_share(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "10", "4.00")
    shop.receive(paris, "A", "20", "5.50")
    sales.ship(shop.ctx(), shop.order({"A": "12"}), ShipOrder())
    valuation = balances.read_valuations(shop.ctx(), ["A"])["A"]
    assert (valuation.quantity, valuation.value, valuation.unit_cost) == (D(18), D("90.00"), D(5))
    moves = balances.read_moves(shop.ctx(), "A")
    assert [(m.reason, m.quantity, m.value) for m in moves] == [
        ("shipment", D(-12), D("-60.00")), ("receipt", D(20), D("110.00")), ("receipt", D(10), D("40.00"))]


def test_a_count_below_what_is_promised_makes_available_negative(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "5")
    shop.order({"A": "4"})
    adjust(shop, paris, "broken in the freezer", counted=D(3))
    shop.numbers_are("A", "3", "4", "-1")
    assert service.available_for(shop.ctx(), ["A"]) == {"A": D(-1)}
    with pytest.raises(Conflict) as short:
        adjust(shop, paris, quantity=D(-4))
    assert short.value.code == "stock_short"
    with pytest.raises(Conflict):
        adjust(shop, paris, counted=D(3))


def test_only_what_is_available_can_be_transferred_and_its_value_stays(shop: Shop) -> None:
    paris, lyon = shop.warehouse("PARIS"), shop.warehouse("LYON", 1, ("COLD-1",))
    shop.article("A")
    shop.receive(paris, "A", "5", "4.00")
    shop.order({"A": "2"})

    def move(quantity: str, location: str = "") -> None:
        service.transfer(shop.ctx(), NewTransfer(warehouse_id=paris.id, to_warehouse_id=lyon.id, lines=(
            TransferLine(sku="A", quantity=D(quantity), to_location=location),)))

    with pytest.raises(StockShort):
        move("4")
    with pytest.raises(Invalid):
        move("1", "NOWHERE")
    move("3", "COLD-1")
    assert {(b.place.location, b.on_hand) for b in balances.read_balances(shop.ctx(), ["A"])["A"]} == {
        ("", D(2)), ("COLD-1", D(3))}
    assert balances.read_valuations(shop.ctx(), ["A"])["A"].value == D("20.00")
    assert service.available_for(shop.ctx(), ["A"], [paris.id]) == {"A": D(0)}
    assert service.available_for(shop.ctx(), ["A"], [lyon.id], D(1)) == {"A": D(2)}


def test_a_kit_has_no_stock_of_its_own_and_an_unknown_sku_none_at_all(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.kit("KIT", {"A": "2"})
    for sku, code in (("KIT", "kit_stock"), ("NONE", "unknown_sku")):
        with pytest.raises(Invalid) as refused:
            shop.receive(paris, sku, "1")
        assert refused.value.code == code


def test_two_warehouses_never_share_a_code(shop: Shop) -> None:
    shop.warehouse("PARIS")
    with pytest.raises(Conflict):
        shop.warehouse("PARIS")
    lyon = shop.warehouse("LYON", -1)
    assert service.directory(shop.ctx()).active()[0] == lyon.id
    service.update_warehouse(shop.ctx(), lyon, WarehouseBody(code="LYON", name="Lyon", is_active=False))
    assert lyon.id not in service.directory(shop.ctx()).active()


def told(ctx: Context, type: str, kind: str, entity_id: str, **data: Any) -> Event:
    return Event("evt_1.0", type, ctx.tenant_id, datetime(2026, 11, 24, tzinfo=UTC), kind, entity_id, 1,
                 Actor("user", "u"), "req_test", data)


def test_the_list_follows_the_balances_and_kits_follow_their_components(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.kit("KIT", {"A": "2"})
    for row in read.query(shop.ctx(), "by_list", "VARIANT").items:
        ctx = shop.ctx()
        worker.variant_changed(ctx, told(ctx, "VariantCreated", "variant", row["id"]))
    assert service.kits_containing(shop.ctx(), ["A"]) == {"KIT"}
    shop.receive(paris, "A", "5")
    ctx = shop.ctx()
    worker.stock_changed(ctx, told(ctx, "StockChanged", "stock", "A", skus=["A"]))
    rows = {row["sku"]: row for row in read.query(shop.ctx(), "by_list", "STOCK_LEVEL").items}
    assert (rows["A"]["available"], rows["KIT"]["available"], rows["KIT"]["is_kit"]) == ("5", "2", True)
    assert levels.compute(shop.ctx(), ["KIT"])["KIT"].available == 2


def test_why_seven_are_available(shop: Shop) -> None:
    """10 on hand, one order holds 2, the channel keeps 1 back: 7."""
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "10")
    order = shop.order({"A": "2"})
    shop.heard()
    why = service.explain(shop.ctx(), "A", [paris.id], D(1))
    assert why.value == "7"
    assert [(row.value, row.link) for row in why.inputs] == [
        ("10", ""), ("-2", f"/orders/{order.id}"), ("-1", "")]
    shop.kit("KIT", {"A": "3"})
    kit = service.explain(shop.ctx(), "KIT")
    assert (kit.value, kit.steps[0].label, kit.steps[0].value) == ("2", "partie entière(8 ÷ 3) de A", "2")


def test_costs_are_for_who_may_see_them(shop: Shop, new_ctx: Callable[..., Context]) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "10", "3.99")
    valuation = levels.detail(shop.ctx(), "A").valuation
    assert valuation is not None and (valuation.value, valuation.currency) == (D("39.90"), "EUR")
    stranger = new_ctx("stock.read")
    seen = fields.hide(stranger, LevelDetail, levels.detail(stranger, "A"))
    assert "3.99" not in str(seen) and "39.90" not in str(seen) and seen["moves"][0]["quantity"] == "10"


def test_low_is_what_the_variant_itself_calls_low(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    shop.article("A", "B")
    variant = read.get(shop.ctx(), VARIANT, find_skus(shop.ctx(), ["A"])["A"].variant_id)
    update_variant(shop.ctx(), variant, VariantChange(reorder_minimum=D(5)))
    for sku in ("A", "B"):
        shop.receive(paris, sku, "6")
    assert [levels.compute(shop.ctx(), [sku])[sku].is_low for sku in ("A", "B")] == [False, False]
    shop.order({"A": "1", "B": "1"})
    assert [levels.compute(shop.ctx(), [sku])[sku].is_low for sku in ("A", "B")] == [True, False]
    detail = levels.detail(shop.ctx(), "A")
    assert (detail.is_low, detail.reorder_minimum) == (True, D(5))
    shop.order({"A": "5"})
    assert not levels.compute(shop.ctx(), ["A"])["A"].is_low, "nothing left is out, not low"
    levels.refresh(shop.ctx(), ["A", "B"])
    waiting = read.query(shop.ctx(), "by_due", "DUE#replenish", newest_first=False).items
    assert [row["sku"] for row in waiting] == ["A"], "low or out, it is to be bought again"


def test_stock_is_valued_in_the_companys_currency(shop: Shop) -> None:
    ctx = shop.ctx()
    transaction = Transaction(ctx)
    transaction.create(TENANT, Tenant(id=ctx.tenant_id, name="Tokyo", currency="JPY", created_at=ctx.now))
    transaction.commit()
    paris = shop.warehouse("PARIS")
    shop.article("A")
    shop.receive(paris, "A", "3", "33.5")
    valuation = levels.detail(shop.ctx(), "A").valuation
    assert valuation is not None and (valuation.value, valuation.currency) == (D("101"), "JPY")

"""What people do to stock by hand: what is kept of it, what is told of it, what is refused and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.catalog.model import VARIANT, KitComponent, NewProduct, NewVariant, UnitConversion, VariantChange
from chalicelib.catalog.service import create_product, find_skus, update_variant
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid, NotFound
from chalicelib.stock import balances, levels, service
from chalicelib.stock.model import (
    DIRECTORY,
    OPERATION,
    STOCK_LEVEL,
    AdjustmentLine,
    NewAdjustment,
    NewReceipt,
    NewTransfer,
    OperationLine,
    Pack,
    Place,
    ReceiptLine,
    StockShort,
    TransferLine,
    Warehouse,
    WarehouseBody,
)
from chalicelib.storage import read
from tests.sales.shop import Shop

D = Decimal


@pytest.fixture
def shop(new_ctx: Callable[..., Context]) -> Shop:
    """An empty merchant."""
    return Shop(new_ctx)


@pytest.fixture
def paris(shop: Shop) -> Warehouse:
    """A warehouse with one location; the article A in pieces and cartons of six, and the kit BOX of three A."""
    warehouse = shop.warehouse("PARIS", locations=("A-1",))
    carton = UnitConversion(unit_code="CT", quantity=D(6))
    create_product(shop.ctx(), NewProduct(name="A", variants=(NewVariant(sku="A", conversions=(carton,)),)))
    shop.kit("BOX", {"A": "3"})
    return warehouse


def refusal(act: Callable[[], Any], error: type[Exception] = Invalid) -> tuple[str, list[str]]:
    with pytest.raises(error) as refused:
        act()
    return refused.value.code, list(refused.value.fields)  # type: ignore[attr-defined]


def told(shop: Shop, name: str) -> list[tuple[str, str, int, Any]]:
    return [(e.kind, e.entity_id, e.version, dict(e.data)) for e in shop.events(name)]


def marker_of(act: Callable[[Context], Any], ctx: Context) -> dict[str, Any]:
    """What the command's marker says, for whoever sends the same command again."""
    act(ctx)
    with pytest.raises(AlreadyDone) as done:
        act(ctx)
    return {name: done.value.marker[name] for name in ("status", "kind", "version")}


# -- warehouses --------------------------------------------------------------------------------------------------------


def test_a_warehouse_is_told_when_it_is_made_and_changed(shop: Shop) -> None:
    ctx = shop.ctx()
    made = service.create_warehouse(ctx, WarehouseBody(code="LYON", name="Lyon", priority=2))
    assert (made.created_at, made.version) == (ctx.now, 1)
    assert told(shop, "WarehouseCreated") == [("warehouse", made.id, 1, {})]
    changed = service.update_warehouse(shop.ctx(), made, WarehouseBody(code="LYON", name="Lyon 2", is_active=False))
    assert (changed.version, changed.name) == (2, "Lyon 2")
    assert told(shop, "WarehouseUpdated") == [("warehouse", made.id, 2, {})]
    assert service.directory(shop.ctx()).entries[0].name == "Lyon 2" and service.directory(shop.ctx()).version == 2
    assert read.find(shop.ctx(), DIRECTORY, "all") is not None


def test_a_warehouse_command_sent_again_is_answered_from_its_marker(shop: Shop) -> None:
    ctx = shop.ctx()
    made = service.create_warehouse(ctx, WarehouseBody(code="LYON", name="Lyon"))
    body = WarehouseBody(code="LYON", name="Lyon 2")
    once = shop.ctx()
    service.update_warehouse(once, made, body)
    again = replace(made, version=2)
    with pytest.raises(AlreadyDone) as done:
        service.update_warehouse(once, again, body)
    assert {k: done.value.marker[k] for k in ("status", "kind", "id", "version")} == {
        "status": 200, "kind": "warehouse", "id": made.id, "version": 2}
    with pytest.raises(AlreadyDone) as done:
        service.create_warehouse(ctx, WarehouseBody(code="NICE", name="Nice"))
    assert {k: done.value.marker[k] for k in ("status", "kind", "id", "version")} == {
        "status": 201, "kind": "warehouse", "id": made.id, "version": 1}


@pytest.mark.parametrize("name", ["", "  ", "a\nb"])
def test_a_warehouse_has_a_name_of_one_line(shop: Shop, name: str) -> None:
    assert refusal(lambda: service.create_warehouse(shop.ctx(), WarehouseBody(code="LYON", name=name))) == ("name", ["name"])


# -- operations --------------------------------------------------------------------------------------------------------


def test_a_receipt_is_kept_and_told(shop: Shop, paris: Warehouse) -> None:
    ctx = shop.ctx()
    done = service.receive(ctx, NewReceipt(warehouse_id=paris.id, reference="BL 42", lines=(
        ReceiptLine(sku="A", quantity=D(4), unit_cost=D("2.50"), location="A-1", lot_number="L1"),)))
    assert read.get(shop.ctx(), OPERATION, done.id) == done
    assert (done.number, done.operation, done.warehouse_id, done.reference, done.reason, done.to_warehouse_id) == (
        f"GR-{ctx.now:%Y}-000001", "receipt", paris.id, "BL 42", "", "")
    assert done.lines == (OperationLine(sku="A", quantity=D(4), location="A-1", lot_number="L1", unit_cost=D("2.50")),)
    assert told(shop, "GoodsReceived") == [("stock_operation", done.id, 1, {
        "number": done.number, "warehouse_id": paris.id, "skus": ["A"], "reason": ""})]
    assert told(shop, "StockChanged")[-1] == ("stock", "A", 1, {"skus": ["A"]})
    (move,) = balances.read_moves(shop.ctx(), "A")
    assert (move.place, move.quantity, move.value, move.unit_cost, move.document_id, move.reason, move.actor_name) == (
        Place(warehouse_id=paris.id, location="A-1", lot_number="L1"), 4, D("10.00"), D("2.50"), done.id, "receipt", "Test")
    again = service.receive(shop.ctx(), NewReceipt(warehouse_id=paris.id, lines=(
        ReceiptLine(sku="A", quantity=D(1), unit_cost=D(0)),)))
    assert again.number.endswith("-000002")


def test_an_adjustment_is_kept_with_its_reason_and_told(shop: Shop, paris: Warehouse) -> None:
    shop.receive(paris, "A", "10")
    shop.order({"A": "8"})
    done = service.adjust(shop.ctx(), NewAdjustment(warehouse_id=paris.id, reason=" broken ", lines=(
        AdjustmentLine(sku="A", quantity=D(-3)),)))
    assert (done.operation, done.reason, done.number[:4]) == ("adjustment", "broken", "ADJ-")
    assert (done.reference, done.to_warehouse_id) == ("", "")
    assert told(shop, "StockMoved")[0][3]["reason"] == "broken"
    shop.numbers_are("A", "7", "8", "-1")
    more = AdjustmentLine(sku="A", quantity=D(-1), location="A-1")
    assert refusal(lambda: service.adjust(shop.ctx(), NewAdjustment(warehouse_id=paris.id, reason="count", lines=(more,))),
                   StockShort)[0] == "stock_short", "nothing lies there"
    same = NewAdjustment(warehouse_id=paris.id, reason="count", lines=(AdjustmentLine(sku="A", counted=D(7)),))
    assert refusal(lambda: service.adjust(shop.ctx(), same), Conflict) == ("nothing_to_adjust", [])
    assert refusal(lambda: service.adjust(shop.ctx(), replace(same, reason="  "))) == ("reason", ["reason"])
    both = replace(same, lines=(AdjustmentLine(sku="A"),))
    assert refusal(lambda: service.adjust(shop.ctx(), both)) == ("adjustment", ["lines.0"])


def test_a_transfer_moves_what_is_available_at_no_value(shop: Shop, paris: Warehouse) -> None:
    lyon = shop.warehouse("LYON", 1)
    shop.receive(paris, "A", "3", "3.333333")
    shop.order({"A": "1"})
    moved = service.transfer(shop.ctx(), NewTransfer(
        warehouse_id=paris.id, to_warehouse_id=lyon.id, reference="camion 7", lines=(TransferLine(sku="A", quantity=D(1)),)))
    assert (moved.operation, moved.warehouse_id, moved.to_warehouse_id, moved.reference, moved.number[:3]) == (
        "transfer", paris.id, lyon.id, "camion 7", "TR-")
    assert moved.lines == (OperationLine(sku="A", quantity=D(1)),)
    assert [(m.quantity, m.value, m.place.warehouse_id) for m in balances.read_moves(shop.ctx(), "A", 2)] in (
        [(1, 0, lyon.id), (-1, 0, paris.id)], [(-1, 0, paris.id), (1, 0, lyon.id)])
    assert balances.read_valuations(shop.ctx(), ["A"])["A"].version == 1, "the value was not touched"
    assert told(shop, "TransferCreated")[0][3]["skus"] == ["A"]
    inside = service.transfer(shop.ctx(), NewTransfer(warehouse_id=paris.id, to_warehouse_id=paris.id, lines=(
        TransferLine(sku="A", quantity=D(1), to_location="A-1"),)))
    assert inside.lines[0].to_location == "A-1"
    two = NewTransfer(warehouse_id=lyon.id, to_warehouse_id=paris.id, lines=(TransferLine(sku="A", quantity=D(2)),))
    assert refusal(lambda: service.transfer(shop.ctx(), two), StockShort)[0] == "stock_short"


def test_an_operation_sent_again_is_answered_from_its_marker(shop: Shop, paris: Warehouse) -> None:
    body = NewReceipt(warehouse_id=paris.id, lines=(ReceiptLine(sku="A", quantity=D(1), unit_cost=D(1)),))
    assert marker_of(lambda ctx: service.receive(ctx, body), shop.ctx()) == {
        "status": 201, "kind": "stock_operation", "version": 1}


def line(**more: Any) -> ReceiptLine:
    return ReceiptLine(**{"sku": "A", "quantity": D(1), "unit_cost": D(1), **more})


@pytest.mark.parametrize(("wrong", "code", "field"), [
    (line(quantity=D(0)), "quantity", "lines.1.quantity"), (line(unit_cost=D("-0.01")), "unit_cost", "lines.1.unit_cost"),
    (line(unit_cost=D("1000000000")), "unit_cost", "lines.1.unit_cost"),
    (line(cost_per="kilo"), "price_per", "lines.1.cost_per"),
    (line(unit_code="BX"), "unknown_unit", "lines.1.unit_code"), (line(location="B-9"), "location", "lines.1.location"),
    (line(quantity=D(1000000000), unit_code="CT"), "quantity", "lines.1.quantity"),
    (line(sku="X"), "unknown_sku", "lines.1.sku"), (line(sku="BOX"), "kit_stock", "lines.1.sku"),
])
def test_what_cannot_be_received(shop: Shop, paris: Warehouse, wrong: ReceiptLine, code: str, field: str) -> None:
    body = NewReceipt(warehouse_id=paris.id, lines=(line(), wrong))
    assert refusal(lambda: service.receive(shop.ctx(), body)) == (code, [field])
    assert shop.numbers("A") == {"on_hand": 0, "reserved": 0, "available": 0}


def test_one_to_twenty_lines_and_texts_of_three_hundred_characters(shop: Shop, paris: Warehouse) -> None:
    def receive(count: int, reference: str = "") -> Any:
        return lambda: service.receive(shop.ctx(), NewReceipt(warehouse_id=paris.id, reference=reference,
                                                              lines=(line(),) * count))

    assert refusal(receive(0)) == refusal(receive(21)) == ("lines", ["lines"])
    assert refusal(receive(1, "x" * 301)) == ("text_too_long", ["reason"])
    assert receive(20, "x" * 300)().reference == "x" * 300
    free = line(unit_cost=D(0))
    assert service.receive(shop.ctx(), NewReceipt(warehouse_id=paris.id, lines=(free,))).lines[0].unit_cost == 0
    assert refusal(lambda: service.transfer(shop.ctx(), NewTransfer(warehouse_id=paris.id, to_warehouse_id=paris.id, lines=(
        TransferLine(sku="A", quantity=D(1)),)))) == ("transfer", ["lines.0"])
    for wrong, field in ((TransferLine(sku="A", quantity=D(-1)), "lines.0.quantity"),
                         (TransferLine(sku="A", quantity=D(1), unit_code="BX"), "lines.0.unit_code"),
                         (TransferLine(sku="A", quantity=D(1), location="B"), "lines.0.location"),
                         (TransferLine(sku="A", quantity=D(1), to_location="B"), "lines.0.location")):
        body = NewTransfer(warehouse_id=paris.id, to_warehouse_id=paris.id, lines=(wrong,))
        assert refusal(lambda b=body: service.transfer(shop.ctx(), b))[1] == [field]
    for wrong_line, field in ((AdjustmentLine(sku="A", quantity=D(1), location="B"), "lines.0.location"),
                              (AdjustmentLine(sku="A", quantity=D(0)), "lines.0.quantity")):
        asked = NewAdjustment(warehouse_id=paris.id, reason="r", lines=(wrong_line,))
        assert refusal(lambda b=asked: service.adjust(shop.ctx(), b))[1] == [field]


# -- rows and explanations ---------------------------------------------------------------------------------------------


def test_a_component_that_left_the_kit_no_longer_moves_it(shop: Shop, paris: Warehouse) -> None:
    shop.article("B")
    variant = read.get(shop.ctx(), VARIANT, find_skus(shop.ctx(), ["BOX"])["BOX"].variant_id)
    assert levels.index_kit(shop.ctx(), variant.id) == "BOX" and levels.kits_containing(shop.ctx(), ["A", "B"]) == {"BOX"}
    update_variant(shop.ctx(), variant, VariantChange(kit_components=(KitComponent(sku="B", quantity=D(1)),)))
    assert levels.index_kit(shop.ctx(), variant.id) == "BOX"
    assert levels.kits_containing(shop.ctx(), ["A"]) == set() and levels.kits_containing(shop.ctx(), ["B"]) == {"BOX"}
    assert levels.index_kit(shop.ctx(), "var_none") is None


def test_a_row_is_written_when_it_changed_and_only_then(shop: Shop, paris: Warehouse) -> None:
    shop.article("B", "C")
    shop.receive(paris, "B", "1")
    levels.refresh(shop.ctx(), ["A", "B", "C"])
    shop.receive(paris, "C", "2")
    levels.refresh(shop.ctx(), ["A", "B", "C"])
    levels.refresh(shop.ctx(), ["A", "B", "C"])
    rows = {sku: read.get(shop.ctx(), STOCK_LEVEL, sku) for sku in ("A", "B", "C")}
    assert {sku: (row.version, row.on_hand) for sku, row in rows.items()} == {"A": (1, 0), "B": (1, 1), "C": (2, 2)}


def test_a_skus_page_shows_where_it_lies_who_holds_it_and_how_it_came(shop: Shop, paris: Warehouse) -> None:
    shop.receive(paris, "A", "10", "3.33333", location="A-1", lot_number="L1")
    shop.receive(paris, "A", "2")
    order = shop.order({"A": "1"})
    shop.heard()
    seen = levels.detail(shop.ctx(), "A")
    assert (seen.on_hand, seen.reserved, seen.available, seen.incoming) == (12, 1, 11, 0)
    assert (seen.is_kit, seen.unit_code) == (False, "C62")
    assert [(w.warehouse_id, w.warehouse_name, w.on_hand, w.available) for w in seen.warehouses] == [
        (paris.id, "Paris", 12, 11)]
    assert {(b.place.location, b.place.lot_number, b.on_hand) for b in seen.balances} == {("A-1", "L1", 10), ("", "", 2)}
    (held,) = seen.reservations
    assert (held.order_id, held.order_number, held.line_id, held.quantity) == (order.id, order.number, "1", 1)
    assert held.place == Place(warehouse_id=paris.id)
    shop.order({"A": "4"})
    shop.heard()
    assert {(h.place.location, h.place.lot_number) for h in levels.detail(shop.ctx(), "A").reservations} == {
        ("", ""), ("A-1", "L1")}
    assert [m.quantity for m in seen.moves] == [2, 10]
    assert seen.valuation is not None and seen.valuation.unit_cost == D("3.4442")
    assert levels.detail(shop.ctx("stock.read", "costs.read"), "A").valuation == seen.valuation
    assert levels.detail(shop.ctx("stock.read"), "A").valuation is None
    assert seen.packs == (Pack(unit_code="CT", quantity=D(6)),)
    for look in (levels.detail, levels.explain):
        assert refusal(lambda f=look: f(shop.ctx(), "NONE"), NotFound)[0] == "not_found"


def test_why_so_many_are_available_to_a_channel(shop: Shop, paris: Warehouse) -> None:
    lyon = shop.warehouse("LYON", 1)
    shop.receive(paris, "A", "10", location="A-1", lot_number="L1")
    shop.receive(paris, "A", "2")
    shop.receive(lyon, "A", "5")
    order = shop.order({"A": "2"})
    untold = levels.explain(shop.ctx(), "A", (paris.id,))
    assert sorted(row.value for row in untold.inputs) == ["-2", "10", "2"], "not told yet by whom"
    shop.heard()
    here = levels.explain(replace(shop.ctx(), locale="en"), "A", (paris.id,), D(3))
    assert (here.value, here.unit, here.formula) == ("7", "C62", "available = on hand − reserved − safety buffer")
    assert {(row.label, row.value, row.link) for row in here.inputs} == {
        ("On hand · Paris · A-1 · L1", "10", ""), ("On hand · Paris", "2", ""),
        (f"Reserved by {order.number}, line 1", "-2", f"/orders/{order.id}"), ("Safety buffer of the channel", "-3", "")}
    assert [(row.label, row.value) for row in here.steps[-3:]] == [("On hand", "12"), ("Reserved", "-2"), ("Available", "7")]
    assert [(row.label, row.value, row.link, bool(row.at)) for row in here.steps[:-3]] == [
        ("Receipt", "5", "", True), ("Receipt", "2", "", True), ("Receipt", "10", "", True)]
    there = levels.explain(shop.ctx(), "A", (lyon.id,))
    assert there.value == "5" and [row.value for row in there.inputs] == ["5"]
    kit = levels.explain(replace(shop.ctx(), locale="en"), "BOX", (), D(1))
    assert (kit.value, kit.formula.split("=")[1].strip()[:3]) == ("4", "min")
    assert [(row.label, row.value, row.link) for row in kit.inputs] == [
        ("A, 3 in a kit", "15", "/stock/A"), ("Safety buffer of the channel", "-1", "")]
    assert [(row.label, row.value) for row in kit.steps] == [("floor(15 ÷ 3) of A", "5"), ("Available", "4")]


def test_the_explanation_tells_the_last_ten_moves_and_links_the_order_that_took(shop: Shop, paris: Warehouse) -> None:
    from chalicelib.sales import service as sales
    from chalicelib.sales.commands import ShipOrder

    for _ in range(11):
        shop.receive(paris, "A", "1")
    order = shop.order({"A": "3"})
    sales.ship(shop.ctx(), order, ShipOrder())
    steps = levels.explain(replace(shop.ctx(), locale="en"), "A").steps
    assert len(steps) == 13 and (steps[0].label, steps[0].value, steps[0].link) == ("Shipment", "-3", f"/orders/{order.id}")

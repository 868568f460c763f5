"""Orders and stock in cartons: what was typed is kept, what counts are pieces, to the cent."""

from __future__ import annotations

import pytest

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import NewProduct, NewVariant, UnitConversion
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.pricing import service as pricing
from chalicelib.pricing.model import EntryBody, PriceChanges, PriceListBody, SkuEntries
from chalicelib.sales import service as sales
from chalicelib.sales import totals, views
from chalicelib.sales.commands import CancelOrder
from chalicelib.sales.model import LineQuantity, NewLine, PlaceOrder
from chalicelib.stock import balances
from chalicelib.stock import service as stock
from chalicelib.stock.model import (
    AdjustmentLine,
    NewAdjustment,
    NewReceipt,
    NewTransfer,
    ReceiptLine,
    TransferLine,
    Warehouse,
)
from tests.sales.shop import D, Shop, lines_balance

CARTON = "5901234123457"


def stocked(shop: Shop, pieces: str = "7") -> Warehouse:
    cartons = UnitConversion(unit_code="CT", quantity=D(pieces), gtin=CARTON)
    catalog.create_product(shop.ctx(), NewProduct(name="Macarons", variants=(
        NewVariant(sku="MAC", vat_rate=D("5.5"), conversions=(cartons,)),)))
    paris = shop.warehouse("PARIS")
    stock.receive(shop.ctx(), NewReceipt(warehouse_id=paris.id, lines=(
        ReceiptLine(gtin=CARTON, quantity=D(10), unit_cost=D("10.00"), cost_per="unit"),)))
    return paris


def place(shop: Shop, *lines: NewLine, **more: object):  # type: ignore[no-untyped-def]
    return sales.place_order(shop.ctx(), PlaceOrder(lines=lines, **more))  # type: ignore[arg-type]


def test_ten_cartons_received_by_a_scan_are_seventy_pieces_at_their_cost(shop: Shop) -> None:
    stocked(shop)
    shop.numbers_are("MAC", "70", "0", "70")
    assert balances.read_valuations(shop.ctx(), ["MAC"])["MAC"].value == D("100.00")


def test_three_cartons_are_sold_at_the_cartons_price_and_shown_in_both_units(shop: Shop) -> None:
    stocked(shop)
    order = place(shop, NewLine(sku="MAC", quantity=D(3), unit_code="CT", unit_price=D("25.00"), price_per="unit"))
    (line,) = order.lines
    assert (line.quantity, line.unit_quantity, line.unit_code, line.unit_factor) == (21, 3, "CT", 7)
    assert (line.amount, line.pack_price, line.unit_price) == (D("75.00"), D("25.00"), D("3.571429"))
    shop.numbers_are("MAC", "70", "21", "49")
    shown = views.present(shop.ctx(), order)["lines"][0]
    assert (shown["unit_quantity"], shown["unit_code"], shown["quantity"], shown["base_unit_code"]) == ("3", "CT", "21", "C62")
    assert totals.explain(order, "en").inputs[0].label == "MAC · 3 CT × 25.00 − 0.00 (1 CT = 7 C62)"


def test_a_scanned_carton_on_an_order_line_picks_article_and_unit(shop: Shop) -> None:
    stocked(shop)
    (line,) = place(shop, NewLine(gtin=CARTON, quantity=D(1), unit_price=D("3.00"))).lines
    assert (line.sku, line.unit_code, line.quantity, line.amount) == ("MAC", "CT", 7, D("21.00"))
    assert totals.line_formula(line) == "MAC · 1 CT × 7 × 3.00 − 0.00 (1 CT = 7 C62)"
    for sku, gtin in (("", "73513537"), ("", ""), ("X", CARTON)):
        wrong = NewLine(sku=sku, gtin=gtin, quantity=D(1))
        with pytest.raises(Invalid):
            place(shop, wrong)


def test_price_lists_count_pieces_whatever_was_typed(shop: Shop) -> None:
    stocked(shop)
    lists = pricing.create_price_list(shop.ctx(), PriceListBody(name="Public", currency="EUR"))
    pricing.set_prices(shop.ctx(), lists.id, PriceChanges(prices=(SkuEntries(sku="MAC", entries=(
        EntryBody(price=D("4.00")), EntryBody(price=D("3.50"), min_quantity=D(14)))),)))
    assert place(shop, NewLine(sku="MAC", quantity=D(1), unit_code="CT")).lines[0].amount == D("28.00")
    assert place(shop, NewLine(sku="MAC", quantity=D(2), unit_code="CT")).lines[0].amount == D("49.00")


def test_half_a_piece_is_neither_sold_nor_shipped_nor_cancelled(shop: Shop) -> None:
    paris = stocked(shop)
    for bad in (D("0.5"), D("1.5")):
        with pytest.raises(Invalid):
            place(shop, NewLine(sku="MAC", quantity=bad, unit_price=D(1)))
    order = place(shop, NewLine(sku="MAC", quantity=D(3), unit_price=D(1)))
    with pytest.raises(Invalid):
        sales.cancel(shop.ctx(), order, CancelOrder(lines=(LineQuantity(line_id="1", quantity=D("0.5")),)))
    with pytest.raises(Invalid):
        stock.adjust(shop.ctx(), NewAdjustment(warehouse_id=paris.id, reason="count", lines=(
            AdjustmentLine(sku="MAC", counted=D("0.1"), unit_code="CT"),)))


def test_adjustments_and_transfers_in_cartons(shop: Shop) -> None:
    paris, lyon = stocked(shop), shop.warehouse("LYON")
    broken = stock.adjust(shop.ctx(), NewAdjustment(warehouse_id=paris.id, reason="Broken", lines=(
        AdjustmentLine(sku="MAC", quantity=D(-1), unit_code="CT"),)))
    assert (broken.lines[0].quantity, broken.lines[0].unit_quantity, broken.lines[0].unit_code) == (-7, -1, "CT")
    counted = stock.adjust(shop.ctx(), NewAdjustment(warehouse_id=paris.id, reason="Count", lines=(
        AdjustmentLine(sku="MAC", counted=D(8), unit_code="CT"),)))
    assert counted.lines[0].quantity == -7
    stock.transfer(shop.ctx(), NewTransfer(warehouse_id=paris.id, to_warehouse_id=lyon.id, lines=(
        TransferLine(gtin=CARTON, quantity=D(2)),)))
    shop.numbers_are("MAC", "56", "0", "56")
    assert {b.place.warehouse_id: b.on_hand for b in balances.read_balances(shop.ctx(), ["MAC"])["MAC"]} == {
        paris.id: D(42), lyon.id: D(14)}


def test_short_cartons_are_refused_whole(shop: Shop) -> None:
    stocked(shop)
    with pytest.raises(Conflict):
        place(shop, NewLine(sku="MAC", quantity=D(11), unit_code="CT", unit_price=D(1)))
    waiting = place(shop, NewLine(sku="MAC", quantity=D(11), unit_code="CT", unit_price=D(1)), shortage="backorder")
    assert waiting.lines[0].backordered_quantity == 7
    lines_balance(waiting)

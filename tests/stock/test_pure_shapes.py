"""Stock's own words: warehouses and their order, quantities that are none, rows of lists, kits, averages, places."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.catalog.model import KitComponent, SkuFacts, UnitConversion
from chalicelib.kernel.context import Actor, Command, Context
from chalicelib.kernel.errors import Conflict, Invalid, Stale
from chalicelib.kernel.money import ZERO
from chalicelib.stock import balances, levels, model, service, warehouses
from chalicelib.stock.allocation import Allocation, Demand, allocate, optimistic
from chalicelib.stock.availability import expand, kit_available, needs, sellable, total_available, whole
from chalicelib.stock.model import (
    DIRECTORY,
    OPERATION,
    STOCK_LEVEL,
    WAREHOUSE,
    AdjustmentLine,
    Balance,
    Move,
    NewAdjustment,
    NewReceipt,
    NewTransfer,
    OperationLine,
    Place,
    ReceiptLine,
    Reservation,
    StockLevel,
    StockOperation,
    StockShort,
    TransferLine,
    Warehouse,
    WarehouseBody,
    WarehouseDirectory,
    WarehouseEntry,
    WarehouseLevel,
    WarehouseStock,
    check_quantity,
)
from chalicelib.stock.valuation import VALUATION, Valuation, issue, receive
from chalicelib.storage.transaction import Refused

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def entry(id: str, code: str, priority: int = 0, is_active: bool = True) -> WarehouseEntry:
    return WarehouseEntry(id=id, code=code, name=code.title(), priority=priority, is_active=is_active)


def balance(warehouse_id: str, available: str, location: str = "", lot: str = "") -> Balance:
    return Balance(place=Place(warehouse_id=warehouse_id, location=location, lot_number=lot), available=D(available))


def facts(sku: str, **more: Any) -> SkuFacts:
    return SkuFacts(**{"sku": sku, "variant_id": f"var_{sku}", "name": sku.title(), "unit_code": "C62", "vat_category": "S",
                       "vat_rate": D(20), "is_active": True, "weight_grams": 0, **more})


# -- warehouses --------------------------------------------------------------------------------------------------------


def test_goods_are_taken_first_from_the_lowest_priority_number_then_by_code_and_only_where_it_is_active() -> None:
    directory = WarehouseDirectory(id="all", entries=(entry("w3", "LYON", 2), entry("w2", "PARIS", 1),
                                                     entry("w4", "OLD", 0, False), entry("w1", "ANNECY", 1)))
    assert directory.active() == ("w1", "w2", "w3")
    assert directory.name_of("w3") == "Lyon" and directory.name_of("w9") == "w9"


def test_a_warehouse_is_told_once_in_the_directory_with_all_an_order_needs() -> None:
    paris = Warehouse(id="w1", code="PARIS", name="Paris Nord", is_active=False, priority=7)
    before = WarehouseDirectory(id="all", entries=(entry("w1", "PARIS"), entry("w2", "LYON")))
    after = before.with_warehouse(paris)
    assert after.entries == (entry("w2", "LYON"), WarehouseEntry(id="w1", code="PARIS", name="Paris Nord", is_active=False,
                                                                priority=7))
    with pytest.raises(Conflict) as refused:
        before.with_warehouse(Warehouse(id="w3", code="LYON", name="L"))
    assert (refused.value.code, list(refused.value.fields)) == ("warehouse_code_taken", ["code"])


def body(**more: Any) -> WarehouseBody:
    return WarehouseBody(**{"code": "PARIS", "name": "Paris", **more})


@pytest.mark.parametrize(("more", "code", "field"), [
    ({"code": "  "}, "warehouse_code", "code"), ({"code": ""}, "warehouse_code", "code"),
    ({"code": "x" * 31}, "warehouse_code", "code"), ({"code": "A#1"}, "warehouse_code", "code"),
    ({"locations": ("A", "B#")}, "warehouse_code", "code"), ({"locations": (" ",)}, "warehouse_code", "code"),
    ({"locations": ("x" * 31,)}, "warehouse_code", "code"), ({"name": "x" * 301}, "warehouse", "name"),
    ({"address": "x" * 301}, "warehouse", "name"), ({"priority": 10**6}, "warehouse", "name"),
    ({"priority": -10**6}, "warehouse", "name"), ({"locations": tuple(map(str, range(1001)))}, "warehouse", "name"),
    ({"locations": ("A", "B", "A")}, "locations", "locations"),
])
def test_what_no_warehouse_can_be(more: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        warehouses._with_body(Warehouse(id="w1", code="", name=""), body(**more))
    assert (refused.value.code, list(refused.value.fields)) == (code, [field])


def test_a_warehouse_takes_what_was_asked_up_to_the_limits() -> None:
    asked = body(code="x" * 30, name="n" * 300, address="a" * 300, locations=("L" * 30, *map(str, range(999))),
                 is_active=False, priority=10**6 - 1)
    made = warehouses._with_body(Warehouse(id="w1", code="OLD", name="Old", created_at=NOON, version=3), asked)
    assert made == Warehouse(id="w1", code=asked.code, name=asked.name, address=asked.address, locations=asked.locations,
                             is_active=False, priority=10**6 - 1, created_at=NOON, version=3)


# -- reading again after a race ----------------------------------------------------------------------------------------


class PatientClock:
    """Virtual seconds; every wait is noted."""

    def __init__(self) -> None:
        self.seconds, self.waits = 0.0, 0

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.waits += 1


class EvenChance:
    def token(self, size: int) -> bytes:
        return bytes(size)

    def uniform(self) -> float:
        return 0.5


def racing(deadline: float = 100.0) -> tuple[Context, PatientClock]:
    clock = PatientClock()
    ctx = Context("t1", Actor("user", "u"), NOON, "r", Command("c"), clock=clock, chance=EvenChance(), deadline=deadline)
    return ctx, clock


def failing(times: int, error: Callable[[], Exception]) -> Callable[[], int]:
    calls = 0

    def decide() -> int:
        nonlocal calls
        calls += 1
        if calls <= times:
            raise error()
        return calls

    return decide


def short() -> StockShort:
    return StockShort("A", ["1"], Place(warehouse_id="w1"))


def test_a_race_is_decided_again_at_most_eight_times() -> None:
    ctx, clock = racing()
    assert warehouses.retrying(ctx, failing(7, lambda: Stale("order"))) == 8
    assert clock.waits == 7
    with pytest.raises(Stale):
        warehouses.retrying(racing()[0], failing(8, lambda: Stale("order")))
    raced = Conflict("valuation_raced", "x")
    assert warehouses.retrying(racing()[0], failing(1, lambda: raced)) == 2
    assert warehouses.retrying(racing()[0], failing(1, lambda: Refused([raced, Stale("a")]))) == 2
    assert warehouses.retrying(racing()[0], failing(1, short), frozenset({"stock_short"})) == 2


def test_another_refusal_is_no_race_and_the_deadline_ends_it() -> None:
    for error in (short(), Refused([Stale("a"), short()])):
        ctx, clock = racing()
        with pytest.raises(type(error)):
            warehouses.retrying(ctx, failing(1, lambda e=error: e))
        assert clock.waits == 0
    with pytest.raises(Stale):
        warehouses.retrying(racing(deadline=0.01)[0], failing(1, lambda: Stale("a")))


# -- quantities --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0.000001", "1000000000", "3", "1e3"])
def test_a_quantity(value: str) -> None:
    assert check_quantity(D(value), "q") == D(value)
    assert check_quantity(-D(value), "q", signed=True) == -D(value)


@pytest.mark.parametrize(("value", "signed", "says"), [
    ("0", False, "above 0"), ("0", True, "above 0"), ("-1", False, "above 0"), ("-0.000001", False, "above 0"),
    ("0.0000001", False, "out of range"), ("1000000000.1", False, "out of range"), ("-1000000001", True, "out of range"),
    ("NaN", False, "out of range"), ("Infinity", True, "out of range"),
])
def test_what_is_no_quantity(value: str, signed: bool, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_quantity(D(value), "lines.2.quantity", signed=signed)
    assert (refused.value.code, refused.value.fields) == ("quantity", {"lines.2.quantity": says})


def test_short_stock_names_the_lines_that_wanted_it() -> None:
    place = Place(warehouse_id="w1")
    error = StockShort("ICE", iter(["1", "3"]), place)
    assert (error.code, error.sku, error.line_ids, error.place) == ("stock_short", "ICE", ("1", "3"), place)
    assert list(error.fields) == ["lines.1", "lines.3"] and isinstance(error, Conflict)


# -- shapes ------------------------------------------------------------------------------------------------------------


def values_of(shape: object, *names: str) -> list[Any]:
    return [getattr(shape, name) for name in names]


def test_what_stock_assumes_when_nothing_is_said() -> None:
    for made in (Warehouse(id="w", code="W", name="w"), WarehouseBody(code="W", name="w")):
        assert values_of(made, "address", "locations", "is_active", "priority") == ["", (), True, 0]
    assert values_of(Warehouse(id="w", code="W", name="w"), "created_at", "version") == [None, 0]
    assert values_of(WarehouseEntry(id="w", code="W", name="w"), "is_active", "priority") == [True, 0]
    assert WarehouseDirectory(id="all") == WarehouseDirectory(id="all", entries=(), version=0)
    assert Place(warehouse_id="w") == Place(warehouse_id="w", location="", lot_number="")
    numbers = ("on_hand", "reserved", "available", "incoming")
    for row in (Balance(place=Place(warehouse_id="w")), WarehouseLevel(warehouse_id="w"), StockLevel(id="A", sku="A"),
                WarehouseStock(warehouse_id="w")):
        assert values_of(row, *numbers) == [0, 0, 0, 0]
    assert WarehouseStock(warehouse_id="w").warehouse_name == ""
    move = Move(id="m", sku="A", effective_at=NOON, place=Place(warehouse_id="w"), quantity=D(1), reason="receipt")
    assert values_of(move, "value", "unit_cost", "document_kind", "document_id", "actor_name") == [0, None, "", "", ""]
    texts = ("unit_code", "location", "lot_number")
    for line in (OperationLine(sku="A", quantity=D(1)), ReceiptLine(quantity=D(1), unit_cost=D(1)), AdjustmentLine(),
                 TransferLine(quantity=D(1))):
        assert values_of(line, *texts) == ["", "", ""]
    kept = OperationLine(sku="A", quantity=D(1))
    assert values_of(kept, "base_unit_code", "unit_quantity", "unit_factor", "unit_cost", "to_location") == [
        "C62", None, 1, None, ""]
    assert values_of(ReceiptLine(quantity=D(1), unit_cost=D(1)), "sku", "gtin", "cost_per") == ["", "", "base"]
    assert values_of(AdjustmentLine(), "sku", "gtin", "quantity", "counted") == ["", "", None, None]
    assert values_of(TransferLine(quantity=D(1)), "sku", "gtin", "to_location") == ["", "", ""]
    assert NewReceipt(warehouse_id="w", lines=()).reference == NewTransfer(
        warehouse_id="w", to_warehouse_id="v", lines=()).reference == ""
    assert NewAdjustment(warehouse_id="w", reason="count", lines=()).lines == ()
    operation = StockOperation(id="o", number="GR-1", operation="receipt", warehouse_id="w", done_at=NOON)
    assert values_of(operation, "to_warehouse_id", "reason", "reference", "lines", "version") == ["", "", "", (), 0]
    level = StockLevel(id="A", sku="A")
    assert values_of(level, "name", "unit_code", "is_kit", "reorder_minimum", "warehouses", "version") == [
        "", "C62", False, None, (), 0]
    detail = {f.name: f.default for f in dataclasses.fields(model.LevelDetail) if f.default is not dataclasses.MISSING}
    assert detail == {"valuation": None, "version": 0}
    assert (model.MAX_OPERATION_LINES, service.MAX_TEXT, levels.LEVELS_A_TRANSACTION) == (20, 300, 40)
    assert numbers == levels.NUMBERS


def test_a_level_is_low_when_there_is_some_but_no_more_than_the_minimum() -> None:
    def low(available: str, minimum: str | None) -> bool:
        least = None if minimum is None else D(minimum)
        return StockLevel(id="A", sku="A", available=D(available), reorder_minimum=least).is_low

    assert [low("1", "5"), low("5", "5"), low("6", "5"), low("0", "5"), low("-1", "5"), low("3", None)] == [
        True, True, False, False, False, False]


def test_what_is_at_its_minimum_or_gone_is_to_be_bought_again() -> None:
    def wanted(available: str, minimum: str | None) -> bool:
        least = None if minimum is None else D(minimum)
        return StockLevel(id="A", sku="A", available=D(available), reorder_minimum=least).is_to_replenish

    assert [wanted("6", "5"), wanted("5", "5"), wanted("0", "5"), wanted("-1", "5")] == [False, True, True, True]


def test_rows_of_stocks_lists() -> None:
    paris = Warehouse(id="w1", code="PARIS", name="x" * 90, is_active=False, priority=12)
    assert WAREHOUSE.summary(paris) == {"code": "PARIS", "name": "x" * 80, "is_active": False, "priority": 12}
    assert WAREHOUSE.by_list(paris) == ("WAREHOUSE", "000012#PARIS")
    operation = StockOperation(id="sop_1", number="TR-1", operation="transfer", warehouse_id="w1", to_warehouse_id="w2",
                               reason="r" * 90, reference="f" * 50, done_at=NOON,
                               lines=(OperationLine(sku="A", quantity=D(1)),))
    assert OPERATION.summary(operation) == {
        "number": "TR-1", "operation": "transfer", "warehouse_id": "w1", "to_warehouse_id": "w2", "reason": "r" * 80,
        "reference": "f" * 40, "line_count": 1, "done_at": NOON.isoformat()}
    assert OPERATION.by_list(operation) == ("STOCK_OPERATION", f"{NOON.isoformat()}#sop_1")
    level = StockLevel(id="A", sku="A", name="y" * 90, unit_code="KGM", is_kit=True, on_hand=D("5.5"), reserved=D(2),
                       available=D("3.5"), incoming=D(1), reorder_minimum=D(4))
    assert STOCK_LEVEL.summary(level) == {
        "sku": "A", "name": "y" * 80, "unit_code": "KGM", "is_kit": True, "on_hand": "5.5", "reserved": "2",
        "available": "3.5", "incoming": "1", "is_short": False, "is_low": True}
    assert [STOCK_LEVEL.summary(dataclasses.replace(level, available=D(n)))["is_short"] for n in (-1, 0, 1)] == [
        True, True, False]
    assert STOCK_LEVEL.by_list(level) == ("STOCK_LEVEL", "A")
    kinds = [(d.kind, d.prefix, d.model) for d in (WAREHOUSE, DIRECTORY, OPERATION, STOCK_LEVEL, VALUATION)]
    assert kinds == [("warehouse", "whs", Warehouse), ("warehouse_directory", "whd", WarehouseDirectory),
                     ("stock_operation", "sop", StockOperation), ("stock_level", "lvl", StockLevel),
                     ("valuation", "val", Valuation)]
    assert DIRECTORY.summary(WarehouseDirectory(id="all")) == VALUATION.summary(Valuation(id="A")) == {}


# -- what can be sold --------------------------------------------------------------------------------------------------


def test_whole_rounds_down_below_zero_too_and_never_up_for_want_of_digits() -> None:
    assert [whole(D(a), D(2)) for a in ("5", "4", "1", "0", "-1", "-2", "-3")] == [2, 2, 0, 0, -1, -1, -2]
    third = D(1) / 3
    assert whole(D(1), third) == 3 and whole(third * 3, third) == 3
    assert whole(D("2.9999999999999999999999999999"), D("0.9999999999999999999999999999999")) == 2


def test_available_over_the_channels_warehouses_or_over_all() -> None:
    rows = [balance("w1", "5"), balance("w2", "-2"), balance("w3", "9")]
    assert total_available(rows) == 12 and total_available(rows, ("w1", "w2")) == 3 and total_available([], ("w1",)) == 0


def test_kits_and_articles_that_share_a_component_add_up() -> None:
    kits = {"BOX": (("ICE", D(6)), ("SPOON", D(1)))}
    assert needs({"BOX": D(2), "ICE": D(3), "CUP": D(4)}, kits) == {"ICE": D(15), "SPOON": D(2), "CUP": D(4)}
    assert expand(["BOX", "CUP"], kits) == {"ICE", "SPOON", "CUP"}
    assert sellable(["BOX", "CUP", "NONE"], kits, {"ICE": D(13), "SPOON": D(9), "CUP": D(4)}) == {
        "BOX": D(2), "CUP": D(4), "NONE": ZERO}
    assert kit_available(kits["BOX"], {"SPOON": D(9)}) == 0


def test_kits_among_articles() -> None:
    known = {"BOX": facts("BOX", kit=(KitComponent(sku="ICE", quantity=D(6)),)), "ICE": facts("ICE")}
    assert levels.kits_in(known) == {"BOX": (("ICE", D(6)),)}


def test_the_row_of_an_article_sums_its_places_warehouse_by_warehouse() -> None:
    def numbers(warehouse: str, location: str, *four: int) -> Balance:
        on_hand, reserved, available, incoming = map(D, four)
        return Balance(place=Place(warehouse_id=warehouse, location=location), on_hand=on_hand, reserved=reserved,
                       available=available, incoming=incoming)

    rows = [numbers("w2", "", 10, 4, 6, 1), numbers("w1", "A", 3, 1, 2, 0), numbers("w1", "B", 2, 0, 2, 5)]
    level = levels._level(facts("ICE", unit_code="KGM", reorder_minimum=D(3)), None, {"ICE": rows}, {})
    assert level == StockLevel(
        id="ICE", sku="ICE", name="Ice", unit_code="KGM", reorder_minimum=D(3), on_hand=D(15), reserved=D(5), available=D(10),
        incoming=D(6), warehouses=(
            WarehouseLevel(warehouse_id="w1", on_hand=D(5), reserved=D(1), available=D(4), incoming=D(5)),
            WarehouseLevel(warehouse_id="w2", on_hand=D(10), reserved=D(4), available=D(6), incoming=D(1))))


def test_the_row_of_a_kit_is_what_its_components_allow_and_nothing_else() -> None:
    level = levels._level(facts("BOX", unit_code="SET", reorder_minimum=D(1)), (("ICE", D(6)),), {}, {"ICE": D(13)})
    assert level == StockLevel(id="BOX", sku="BOX", name="Box", unit_code="SET", is_kit=True, available=D(2),
                               reorder_minimum=D(1))


# -- where an order takes from -----------------------------------------------------------------------------------------


def demand(line_id: str, quantity: str, *components: tuple[str, str], is_kit: bool = False) -> Demand:
    return Demand(line_id=line_id, quantity=D(quantity), components=tuple((s, D(q)) for s, q in components), is_kit=is_kit)


def taken(found: Allocation) -> list[tuple[str, str, str, str, str, Decimal]]:
    return [(r.line_id, r.sku, r.place.warehouse_id, r.place.location, r.place.lot_number, r.quantity)
            for r in found.reservations]


def test_the_common_order_takes_everything_from_its_preferred_warehouse_unseen() -> None:
    found = optimistic([demand("1", "2", ("ICE", "1")), demand("2", "3", ("CUP", "6"), ("SPOON", "1"), is_kit=True)], "w1")
    assert taken(found) == [("1", "ICE", "w1", "", "", 2), ("2", "CUP", "w1", "", "", 18), ("2", "SPOON", "w1", "", "", 3)]
    assert found.short == {}
    assert Demand(line_id="1", quantity=D(1), components=()).is_kit is False


def test_a_short_line_is_spread_over_warehouses_in_their_order_then_locations_then_lots() -> None:
    stock = {"ICE": [balance("w2", "9"), balance("w1", "2", "B"), balance("w1", "3", "A", "L2"), balance("w1", "1", "A", "L1"),
                     balance("w3", "50"), balance("w1", "-4", "C")]}
    found = allocate([demand("1", "5", ("ICE", "1")), demand("2", "4", ("ICE", "1"))], stock, ("w1", "w2"))
    assert taken(found) == [("1", "ICE", "w1", "A", "L1", 1), ("1", "ICE", "w1", "A", "L2", 3), ("1", "ICE", "w1", "B", "", 1),
                            ("2", "ICE", "w1", "B", "", 1), ("2", "ICE", "w2", "", "", 3)]
    assert found.short == {}


def test_what_is_not_there_is_short_and_the_next_line_gets_what_is_left() -> None:
    found = allocate([demand("1", "8", ("ICE", "1")), demand("2", "1", ("ICE", "1")), demand("3", "1", ("GONE", "1"))],
                     {"ICE": [balance("w1", "6.5")]}, ("w1",))
    assert taken(found) == [("1", "ICE", "w1", "", "", D("6.5"))]
    assert found.short == {"1": D("1.5"), "2": D(1), "3": D(1)}


def test_a_kit_is_taken_whole_from_wherever_its_components_lie() -> None:
    stock = {"CUP": [balance("w1", "7"), balance("w2", "6")], "SPOON": [balance("w2", "5")]}
    found = allocate([demand("1", "4", ("CUP", "6"), ("SPOON", "1"), is_kit=True)], stock, ("w1", "w2"))
    assert taken(found) == [("1", "CUP", "w1", "", "", 7), ("1", "CUP", "w2", "", "", 5), ("1", "SPOON", "w2", "", "", 2)]
    assert found.short == {"1": D(2)}
    assert allocate([demand("1", "1", ("CUP", "20"), is_kit=True)], stock, ("w1", "w2")).short == {"1": D(1)}


# -- what stock is worth -----------------------------------------------------------------------------------------------


def test_the_average_of_what_is_gone_is_the_last_one_known() -> None:
    empty = Valuation(id="A")
    assert values_of(empty, "quantity", "value", "last_unit_cost", "version", "unit_cost") == [0, 0, 0, 0, 0]
    full, came = receive(Valuation(id="A", version=4), D(4), D("2.505"), "EUR")
    assert came == D("10.02")
    assert full == Valuation(id="A", quantity=D(4), value=D("10.02"), last_unit_cost=D("2.505"), version=4)
    gone, left = issue(full, D(4), "EUR")
    assert (left, gone.quantity, gone.value, gone.unit_cost) == (D("10.02"), 0, 0, D("2.505"))
    with pytest.raises(Conflict) as refused:
        issue(gone, D("0.001"), "EUR")
    assert refused.value.code == "stock_short"


def test_an_issue_takes_its_exact_share_rounded_to_the_currency() -> None:
    three = Valuation(id="A", quantity=D(3), value=D("10.00"), last_unit_cost=D(9))
    after, left = issue(three, D(1), "EUR")
    assert (left, after.value, after.quantity, after.last_unit_cost) == (D("3.33"), D("6.67"), D(2), D("10.00") / 3)
    assert issue(Valuation(id="A", quantity=D(3), value=D(100)), D(1), "JPY")[1] == 33


def test_a_move_in_at_a_cost_or_at_the_average_and_out_at_the_average() -> None:
    before = Valuation(id="A", quantity=D(10), value=D("40.00"), last_unit_cost=D(4))
    assert balances.revalue(before, D(10), D(6), "EUR")[1] == D("60.00")
    after, value = balances.revalue(before, D(5), None, "EUR")
    assert (value, after.value) == (D("20.00"), D("60.00"))
    after, value = balances.revalue(before, D(-4), D(99), "EUR")
    assert (value, after.value, after.quantity) == (D("-16.00"), D("24.00"), D(6))
    assert balances.revalue(before, D(0), None, "EUR")[1] == 0


# -- operations by hand: the pure parts --------------------------------------------------------------------------------

SITE = Warehouse(id="w1", code="PARIS", name="Paris", locations=("A-1",))


def test_a_place_is_one_that_the_warehouse_has() -> None:
    assert service._checked_place(SITE, "A-1", "L" * 40, "lines.0") == Place(warehouse_id="w1", location="A-1",
                                                                            lot_number="L" * 40)
    for location, lot, code, field in (("B-9", "", "location", "lines.4.location"),
                                       ("", "a#b", "lot_number", "lines.4.lot_number"),
                                       ("", "L" * 41, "lot_number", "lines.4.lot_number")):
        with pytest.raises(Invalid) as refused:
            service._checked_place(SITE, location, lot, "lines.4")
        assert (refused.value.code, list(refused.value.fields)) == (code, [field])


def difference(**line: Any) -> Any:
    place = Place(warehouse_id="w1")
    now = {"A": [Balance(place=Place(warehouse_id="w2"), on_hand=D(99)), Balance(place=place, on_hand=D(7))]}
    known = facts("A", packs=(UnitConversion(unit_code="CT", quantity=D(6)),))
    return service._difference(AdjustmentLine(sku="A", **line), place, now, known, "lines.0")


def test_an_adjustment_is_a_change_or_a_count() -> None:
    assert difference(quantity=D(-2)).base_quantity == -2
    assert difference(counted=D(5)).base_quantity == -2 and difference(counted=D(0)).base_quantity == -7
    assert difference(counted=D(2), unit_code="CT").base_quantity == 5
    assert difference(counted=D(2), unit_code="CT").unit_code == ""
    packed = difference(quantity=D(2), unit_code="CT")
    assert (packed.base_quantity, packed.quantity, packed.unit_code) == (12, 2, "CT")
    for wrong, field in (({}, "lines.0"), ({"quantity": D(1), "counted": D(1)}, "lines.0"),
                         ({"quantity": D(0)}, "lines.0.quantity"), ({"counted": D(-1)}, "lines.0.counted"),
                         ({"counted": D("1.5")}, "lines.0.quantity"), ({"quantity": D("0.5")}, "lines.0.quantity")):
        with pytest.raises(Invalid) as refused:
            difference(**wrong)
        assert list(refused.value.fields) == [field], wrong


def test_a_line_is_kept_in_base_units_with_the_unit_it_was_typed_in() -> None:
    known = facts("A", packs=(UnitConversion(unit_code="CT", quantity=D(6)),))
    line = ReceiptLine(sku="A", quantity=D(2), unit_code="CT", unit_cost=D(12), location="A-1", lot_number="L1")
    kept = service._operation_line(line, service.measure(known, D(2), "CT", "lines.0"), known, unit_cost=D(2))
    assert kept == OperationLine(sku="A", quantity=D(12), base_unit_code="C62", unit_code="CT", unit_quantity=D(2),
                                 unit_factor=D(6), location="A-1", lot_number="L1", unit_cost=D(2))
    weighed = facts("A", unit_code="KGM")
    assert service._operation_line(line, service.measure(weighed, D(2), "", "lines.0"), weighed).base_unit_code == "KGM"
    plain = service._operation_line(TransferLine(sku="A", quantity=D(2)), service.measure(known, D(2), "", "lines.0"), known)
    assert plain == OperationLine(sku="A", quantity=D(2))


def test_a_balance_is_read_from_its_key_and_numbers() -> None:
    assert balances._balance("BALANCE#w1#A-1#L#1", {"on_hand": D(3), "available": D(2)}) == Balance(
        place=Place(warehouse_id="w1", location="A-1", lot_number="L#1"), on_hand=D(3), available=D(2))
    held = [Reservation(line_id=i, sku=s, place=Place(warehouse_id=w), quantity=D(1))
            for i, s, w in (("1", "A", "w1"), ("2", "A", "w2"), ("3", "A", "w1"), ("4", "B", "w1"))]
    grouped = balances._by_place(held)
    assert [[r.line_id for r in group] for group in grouped.values()] == [["1", "3"], ["2"], ["4"]]
    assert (balances._raced().code, balances._mismatch().code) == ("stock_raced", "reservation_mismatch")
    assert balances.DEFAULT_CURRENCY == "EUR"
    assert (8, "all", {"stale_version", "valuation_raced"}) == (warehouses.ATTEMPTS, warehouses.ALL, warehouses.RACED)

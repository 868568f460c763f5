"""What a write part adds to a transaction, to the letter: which numbers move, and under which condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor, Command, Context
from chalicelib.stock import balances
from chalicelib.stock.model import Move, Place, Reservation
from chalicelib.stock.valuation import Valuation
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HERE, THERE = Place(warehouse_id="w1"), Place(warehouse_id="w2", location="A", lot_number="L1")


class Recorder:
    """Stands where a transaction stands; keeps what is added to it."""

    def __init__(self) -> None:
        self.ctx = Context("t1", Actor("user", "usr_1", "n" * 70), NOON, "req_1", Command("cmd_1"))
        self.adds: list[tuple[Any, ...]] = []
        self.deletes: list[str] = []
        self.items: list[Item] = []
        self.saved: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []

    def add(self, key: Key, kind: str, changes: Mapping[str, Decimal], at_least: Mapping[str, Decimal],
            refusal: Callable[[], Any], texts: Mapping[str, str] | None = None) -> None:
        self.adds.append((f"{key.pk} {key.sk}", kind, dict(changes), dict(at_least), refusal().code, texts))

    def delete(self, key: Key) -> None:
        self.deletes.append(f"{key.pk} {key.sk}")

    def put(self, item: Item) -> None:
        self.items.append(item)

    def create(self, document: Any, value: Any, refusal: Callable[[], Any]) -> None:
        self.saved.append((document.kind, None, value, refusal().code))

    def save(self, document: Any, old: Any, new: Any) -> None:
        self.saved.append((document.kind, old, new, ""))

    def emit(self, *facts: Any) -> None:
        self.events.append(facts)


def at(sku: str, place: Place = HERE) -> str:
    return f"T#t1#STOCK#{sku} BALANCE#{place.warehouse_id}#{place.location}#{place.lot_number}"


def held(line_id: str, sku: str, quantity: str, place: Place = HERE) -> Reservation:
    return Reservation(line_id=line_id, sku=sku, place=place, quantity=D(quantity))


def test_a_promise_needs_as_much_available_as_all_lines_together_take() -> None:
    tx = Recorder()
    balances.reservation_writes(tx, [held("1", "A", "2"), held("2", "A", "3"), held("2", "B", "1", THERE)])
    assert tx.adds == [
        (at("A"), "stock_balance", {"available": -5, "reserved": 5}, {"available": 5}, "stock_short", None),
        (at("B", THERE), "stock_balance", {"available": -1, "reserved": 1}, {"available": 1}, "stock_short", None)]
    short = balances._short("A", [held("1", "A", "2"), held("2", "A", "3")], HERE)()
    assert (short.sku, short.line_ids, short.place) == ("A", ("1", "2"), HERE)


def test_a_promise_taken_back_is_available_again_and_what_is_left_of_it_stays() -> None:
    tx = Recorder()
    balances.release_writes(tx, [held("1", "A", "2"), held("2", "A", "3")])
    assert tx.adds == [
        (at("A"), "stock_balance", {"available": 5, "reserved": -5}, {"reserved": 5}, "reservation_mismatch", None)]
    assert tx.deletes == []


def test_a_change_of_promises_moves_each_place_by_its_difference() -> None:
    tx = Recorder()
    before = [held("1", "A", "5"), held("2", "A", "1"), held("3", "B", "4"), held("4", "C", "2"), held("6", "D", "2"),
              held("8", "E", "3", THERE)]
    after = [held("1", "A", "5"), held("2", "A", "4"), held("3", "B", "1"), held("5", "C", "2", THERE), held("6", "D", "1"),
             held("7", "D", "1"), held("8", "E", "3.5", THERE)]
    moved, freed = balances.change_writes(tx, before, after)
    assert tx.adds == [
        (at("A"), "stock_balance", {"available": -3, "reserved": 3}, {"available": 3}, "stock_raced", None),
        (at("B"), "stock_balance", {"available": 3, "reserved": -3}, {"reserved": 3}, "reservation_mismatch", None),
        (at("C"), "stock_balance", {"available": 2, "reserved": -2}, {"reserved": 2}, "reservation_mismatch", None),
        (at("E", THERE), "stock_balance", {"available": D("-0.5"), "reserved": D("0.5")}, {"available": D("0.5")},
         "stock_raced", None),
        (at("C", THERE), "stock_balance", {"available": -2, "reserved": 2}, {"available": 2}, "stock_raced", None)]
    assert tx.deletes == []
    assert (moved, freed) == ({"A", "B", "C", "E"}, {"B", "C"})
    one = Recorder()
    assert balances.change_writes(one, [held("1", "A", "2")], [held("1", "A", "1")]) == ({"A"}, {"A"})
    assert (one.deletes, len(one.adds)) == ([], 1)


def test_what_is_shipped_leaves_with_its_cost() -> None:
    tx = Recorder()
    before = {"A": Valuation(id="A", quantity=D(10), value=D("40.00"), version=3),
              "B": Valuation(id="B", quantity=D(1), version=1)}
    cost = balances.shipment_writes(tx, "ord_1", [held("1", "A", "2"), held("2", "A", "1", THERE)], before, "EUR")
    assert cost == {"1": {HERE.warehouse_id: D("8.00")}, "2": {THERE.warehouse_id: D("4.00")}}
    assert tx.adds == [
        (at("A"), "stock_balance", {"reserved": -2, "on_hand": -2}, {"reserved": 2, "on_hand": 2}, "reservation_mismatch",
         None),
        (at("A", THERE), "stock_balance", {"reserved": -1, "on_hand": -1}, {"reserved": 1, "on_hand": 1},
         "reservation_mismatch", None)]
    assert tx.deletes == []
    moves = [codec.adapter(Move).validate_json(item.data) for item in tx.items]
    assert [(m.sku, m.place, m.quantity, m.reason, m.value, m.unit_cost, m.document_kind, m.document_id) for m in moves] == [
        ("A", HERE, D(-2), "shipment", D("-8.00"), None, "sales_order", "ord_1"),
        ("A", THERE, D(-1), "shipment", D("-4.00"), None, "sales_order", "ord_1")]
    assert [(kind, old.version, new.quantity, new.value) for kind, old, new, _ in tx.saved] == [("valuation", 3, 7, D("28.00"))]
    assert before["A"].quantity == 10


def test_goods_come_freely_and_go_only_as_far_as_promised_or_physical() -> None:
    """A transfer never takes what is promised; a count may, for it says what is there."""
    for quantity, named, at_least in (
            ("3", {"only_available": True}, {}), ("0", {"only_available": True}, {}), ("0.5", {"only_available": True}, {}),
            ("-3", {"only_available": True}, {"available": 3}),
            ("-3", {"only_available": False}, {"on_hand": 3}),
            ("-3", {"only_available": False, "reserved_may_lack": True}, {"on_hand": 3}),
            ("-3", {"only_available": True, "reserved_may_lack": True}, {"on_hand": 3})):
        tx = Recorder()
        balances.on_hand_writes(tx, "A", THERE, D(quantity), **named)
        changes = {"on_hand": D(quantity), "available": D(quantity), "reserved": D(0)}
        assert tx.adds == [(at("A", THERE), "stock_balance", changes, at_least, "stock_short", None)], (quantity, named)


def test_a_move_is_kept_under_its_sku_by_its_instant() -> None:
    tx = Recorder()
    balances.move_write(tx, "A", THERE, D(3), "receipt", D("12.00"), D(4), "stock_operation", "sop_1")
    (item,) = tx.items
    move = codec.adapter(Move).validate_json(item.data)
    assert move == Move(id=move.id, sku="A", effective_at=NOON, place=THERE, quantity=D(3), reason="receipt", value=D("12.00"),
                        unit_cost=D(4), document_kind="stock_operation", document_id="sop_1", actor_name="n" * 60)
    assert move.id.startswith("mov_") and (item.kind, item.tenant_id) == ("stock_move", "t1")
    assert item.key == Key("T#t1#MOVES#A", f"{NOON.isoformat()}#{move.id}")


def test_only_valuations_that_changed_are_written_and_the_first_one_is_created() -> None:
    tx = Recorder()
    same, old = Valuation(id="A", version=2), Valuation(id="B", version=2)
    new = Valuation(id="B", quantity=D(1), version=2)
    first = Valuation(id="C", quantity=D(1))
    balances.valuation_writes(tx, {"A": same, "B": old, "C": Valuation(id="C")}, {"A": same, "B": new, "C": first})
    assert tx.saved == [("valuation", old, new, ""), ("valuation", None, first, "valuation_raced")]


def test_one_event_names_every_sku_once() -> None:
    tx = Recorder()
    balances.changed(tx, iter(["B", "A", "B"]))
    assert tx.events == [("StockChanged", "stock", "A", 1, {"skus": ["A", "B"]})]
    balances.changed(tx, [])
    assert len(tx.events) == 1


def test_a_move_of_nothing_comes_at_its_own_cost() -> None:
    after, value = balances.revalue(Valuation(id="A", quantity=D(2), value=D(8)), D(0), D(7), "EUR")
    assert (value, after.last_unit_cost) == (0, 7)
    part, value = balances.revalue(Valuation(id="A", quantity=D("0.5"), value=D(2)), D("0.5"), D(6), "EUR")
    assert (value, part.unit_cost) == (3, 5)
    assert Valuation(id="A", quantity=D("0.5"), value=D(2), last_unit_cost=D(9)).unit_cost == 4

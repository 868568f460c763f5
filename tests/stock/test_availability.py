"""What can be sold of articles and of kits, over every component mix; and where an order is taken from."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.stock.allocation import Demand, allocate
from chalicelib.stock.availability import kit_available, needs, sellable, whole
from chalicelib.stock.model import Balance, Place

D = Decimal
SKUS = ("A", "B", "C", "D")
QUANTITIES = st.decimals("0.5", 6, places=1)
COMPONENTS = st.dictionaries(st.sampled_from(SKUS), QUANTITIES, min_size=1).map(lambda d: tuple(sorted(d.items())))
AVAILABLE = st.dictionaries(st.sampled_from(SKUS), st.decimals(-20, 60, places=1))


def test_a_kit_is_what_its_scarcest_component_allows() -> None:
    """Two ices and a spoon: 7 ices and 9 spoons make three kits; a plain ice sold makes it three still, two more make two."""
    kit = (("ICE", D(2)), ("SPOON", D(1)))
    assert kit_available(kit, {"ICE": D(7), "SPOON": D(9)}) == 3
    assert kit_available(kit, {"ICE": D(6), "SPOON": D(9)}) == 3
    assert kit_available(kit, {"ICE": D(5), "SPOON": D(9)}) == 2
    assert kit_available(kit, {"ICE": D(7)}) == 0


def test_an_over_reserved_component_makes_the_kit_negative_rounded_down() -> None:
    assert kit_available((("ICE", D(2)),), {"ICE": D(-1)}) == -1
    assert kit_available((("ICE", D(2)),), {"ICE": D(-3)}) == -2


def test_a_channel_shows_available_less_its_buffer() -> None:
    shown = sellable(["A", "KIT"], {"KIT": (("A", D(2)),)}, {"A": D(9)}, D(2))
    assert shown == {"A": D(7), "KIT": D(2)}


@given(st.decimals(-1000, 1000, places=3), st.decimals("0.001", 50, places=3))
def test_whole_is_the_largest_count_that_fits(available: Decimal, each: Decimal) -> None:
    count = whole(available, each)
    assert count * each <= available < (count + 1) * each


@given(COMPONENTS, AVAILABLE)
def test_as_many_kits_fit_as_said_and_not_one_more(components: tuple[tuple[str, Decimal], ...],
                                                   available: dict[str, Decimal]) -> None:
    count = kit_available(components, available)

    def fits(kits: Decimal) -> bool:
        return all(need <= available.get(sku, D(0)) for sku, need in needs({"K": kits}, {"K": components}).items())

    assert fits(count) and not fits(count + 1)


@given(COMPONENTS, COMPONENTS, st.integers(0, 5), st.integers(0, 9), AVAILABLE)
def test_kits_that_share_components_never_take_more_than_is_there(
    first: tuple[tuple[str, Decimal], ...], second: tuple[tuple[str, Decimal], ...], sold: int, plain: int,
    available: dict[str, Decimal],
) -> None:
    """After some of one kit and some plain articles are promised, the other kit's number is right for what is left."""
    kits = {"K1": first, "K2": second}
    taken = needs({"K1": D(sold), "A": D(plain)}, kits)
    left = {sku: available.get(sku, D(0)) - taken.get(sku, D(0)) for sku in SKUS}
    count = sellable(["K2"], kits, left)["K2"]
    together = needs({"K1": D(sold), "A": D(plain), "K2": count}, kits)
    assert all(together[sku] <= available.get(sku, D(0)) for sku, _ in second)
    one_more = needs({"K1": D(sold), "A": D(plain), "K2": count + 1}, kits)
    assert any(one_more[sku] > available.get(sku, D(0)) for sku, _ in second)


BALANCES = st.fixed_dictionaries({sku: st.lists(st.tuples(st.sampled_from(("W1", "W2", "W3")), st.integers(-3, 12)),
                                                max_size=3, unique_by=lambda row: row[0]) for sku in SKUS})
DEMANDS = st.lists(st.tuples(COMPONENTS, st.integers(1, 8)), min_size=1, max_size=4)


@given(BALANCES, DEMANDS)
def test_an_allocation_promises_whole_kits_and_never_more_than_a_place_has(
    stock: dict[str, list[tuple[str, int]]], wanted: list[tuple[tuple[tuple[str, Decimal], ...], int]],
) -> None:
    balances = {sku: [Balance(place=Place(warehouse_id=w), available=D(n)) for w, n in rows] for sku, rows in stock.items()}
    demands = [Demand(line_id=str(n), quantity=D(q), components=c, is_kit=True) for n, (c, q) in enumerate(wanted)]
    found = allocate(demands, balances, ("W1", "W2"))
    for sku, rows in balances.items():
        for row in rows:
            taken = sum((r.quantity for r in found.reservations if r.sku == sku and r.place == row.place), D(0))
            assert taken <= max(D(0), row.available)
            assert taken == 0 or row.place.warehouse_id != "W3", "a warehouse that is not the channel's gives nothing"
    for demand in demands:
        kits = demand.quantity - found.short.get(demand.line_id, D(0))
        for sku, each in demand.components:
            held = sum((r.quantity for r in found.reservations if (r.line_id, r.sku) == (demand.line_id, sku)), D(0))
            assert held == kits * each

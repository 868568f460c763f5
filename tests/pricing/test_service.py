"""Price lists kept: set, read in one round trip, changed by several at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import NewProduct, NewVariant
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.pricing import service
from chalicelib.pricing.importing import PriceFile, export_prices, import_prices
from chalicelib.pricing.model import EntryBody, PriceChanges, PriceListBody, SkuEntries
from chalicelib.storage import client

D = Decimal
NewContext = Callable[..., Context]


def sell(ctx: Context, *skus: str) -> None:
    catalog.create_product(ctx, NewProduct(name="Verre", axes=("N",), variants=tuple(
        NewVariant(sku=sku, axis_values=(sku,)) for sku in skus)))


def entries(sku: str, *prices: tuple[str, str]) -> SkuEntries:
    return SkuEntries(sku=sku, entries=tuple(EntryBody(min_quantity=D(q), price=D(p)) for q, p in prices))


def price(ctx: Context, sku: str, quantity: str, **more: str) -> str:
    found = service.prices_for(ctx, {sku: D(quantity)}, at=date(2027, 1, 1), currency="EUR", **more)
    return str(found[sku].unit_price) if sku in found else "none"


def new_list(ctx: Context, name: str = "Base", **more: object) -> str:
    return service.create_price_list(ctx, PriceListBody(name=name, currency="EUR", **more)).id  # type: ignore[arg-type]


def test_prices_are_set_read_replaced_and_taken_away(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A", "B")
    base = new_list(new_ctx())
    body = PriceChanges(prices=(entries("A", ("1", "10.00"), ("100", "9.20"), ("500", "8.70")), entries("B", ("1", "5"))))
    assert service.set_prices(new_ctx(), base, body) == {"changed": 2, "unchanged": 0}
    assert service.set_prices(new_ctx(), base, body) == {"changed": 0, "unchanged": 2}
    assert [price(new_ctx(), "A", q) for q in ("1", "120", "500")] == ["10.00", "9.20", "8.70"]
    rows, more = service.prices_in_list(new_ctx(), base)
    assert ([row["sku"] for row in rows], more) == (["A", "B"], "")
    service.set_prices(new_ctx(), base, PriceChanges(prices=(entries("A"), entries("B", ("1", "6")))))
    assert (price(new_ctx(), "A", "1"), price(new_ctx(), "B", "1")) == ("none", "6")
    assert [row["sku"] for row in service.prices_in_list(new_ctx(), base)[0]] == ["B"]


def test_the_prices_of_an_order_are_one_round_trip(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A", "B", "C")
    base = new_list(new_ctx())
    service.set_prices(new_ctx(), base, PriceChanges(prices=tuple(entries(s, ("1", "7")) for s in "ABC")))
    calls: list[str] = []
    watch = lambda operation, *_: calls.append(operation)
    client.observers.append(watch)
    try:
        found = service.prices_for(new_ctx(), {"A": D(1), "B": D(2), "C": D(3)}, at=date(2027, 1, 1), currency="EUR")
    finally:
        client.observers.remove(watch)
    assert set(found) == {"A", "B", "C"}
    assert calls == ["BatchGetItem"]


def test_a_header_changed_is_a_price_changed_at_once(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A")
    base = new_list(new_ctx())
    service.set_prices(new_ctx(), base, PriceChanges(prices=(entries("A", ("1", "7")),)))
    from chalicelib.pricing.model import PRICE_LIST
    from chalicelib.storage import read

    stored = read.get(new_ctx(), PRICE_LIST, base)
    service.update_price_list(new_ctx(), stored, PriceListBody(name="Base", currency="EUR", is_active=False))
    assert price(new_ctx(), "A", "1") == "none"


def test_lists_made_at_the_same_time_are_all_in_the_book(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A")
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda n: new_list(new_ctx(), f"List {n}", channel_ids=(f"c{n}",)), range(4)))
    for n, list_id in enumerate(ids):
        service.set_prices(new_ctx(), list_id, PriceChanges(prices=(entries("A", ("1", str(n + 1))),)))
    assert [price(new_ctx(), "A", "1", channel_id=f"c{n}") for n in range(4)] == ["1", "2", "3", "4"]


def test_more_skus_than_one_transaction_holds(new_ctx: NewContext) -> None:
    skus = [f"S{n}" for n in range(45)]
    sell(new_ctx(), *skus)
    base = new_list(new_ctx())
    changes = PriceChanges(prices=tuple(entries(sku, ("1", "3")) for sku in skus))
    assert service.set_prices(new_ctx(), base, changes) == {"changed": 45, "unchanged": 0}
    assert len(service.prices_in_list(new_ctx(), base)[0]) == 45


def test_an_unknown_sku_a_foreign_list_and_another_tenants_prices(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A")
    base = new_list(new_ctx())
    with pytest.raises(Invalid) as caught:
        service.set_prices(new_ctx(), base, PriceChanges(prices=(entries("NOPE", ("1", "1")),)))
    assert caught.value.fields == {"prices.0.sku": "unknown"}
    with pytest.raises(NotFound):
        service.set_prices(new_ctx(tenant="other"), base, PriceChanges(prices=(entries("A", ("1", "1")),)))


FILE = """SKU;Price;min_quantity;valid_from;valid_to
A;10,00;;;
A;9,20;100;01/01/2027;
B;5;1;2027-01-01;2027-12-31
"""


def test_prices_come_from_a_file_and_the_same_file_again_changes_nothing(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A", "B")
    base = new_list(new_ctx())
    report = import_prices(new_ctx(), base, PriceFile(text=FILE, dry_run=True))
    assert (report.rows, report.skus, report.changed, report.rejected) == (3, 2, 2, 0)
    assert price(new_ctx(), "A", "120") == "none"
    import_prices(new_ctx(), base, PriceFile(text=FILE))
    assert [price(new_ctx(), "A", q) for q in ("1", "120")] == ["10.00", "9.20"]
    again = import_prices(new_ctx(), base, PriceFile(text=FILE))
    assert (again.changed, again.unchanged) == (0, 2)
    exported = import_prices(new_ctx(), base, PriceFile(text=export_prices(new_ctx(), base)))
    assert (exported.rows, exported.changed) == (3, 0)


def test_a_sku_with_a_wrong_row_keeps_its_prices(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A", "B")
    base = new_list(new_ctx())
    import_prices(new_ctx(), base, PriceFile(text=FILE))
    bad = """sku;price;min_quantity;valid_from;valid_to
A;11;;;
A;ten;100;;
B;6;0;;
NOPE;1;;;
B2;1;;32/13/2027;
"""
    report = import_prices(new_ctx(), base, PriceFile(text=bad.replace("B2", "B")))
    assert [(p.line, p.column, p.code) for p in report.problems] == [
        (3, "price", "number"), (5, "sku", "unknown_sku"), (6, "valid_from", "date")]
    report = import_prices(new_ctx(), base, PriceFile(text="sku;price;min_quantity\nB;6;0\nA;8;5\nA;7;5\n"))
    assert [(p.line, p.column, p.code) for p in report.problems] == [
        (2, "min_quantity", "min_quantity"), (4, "sku", "duplicate_entry")]
    assert (report.changed, price(new_ctx(), "A", "1"), price(new_ctx(), "B", "1")) == (0, "10.00", "5")
    with pytest.raises(Invalid):
        import_prices(new_ctx(), base, PriceFile(text="sku;prix\nA;1\n"))

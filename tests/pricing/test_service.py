"""Price lists kept: set, read in one round trip, changed by several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import NewProduct, NewVariant
from chalicelib.events import jobs
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, NotFound, Problem
from chalicelib.kernel.job import Job
from chalicelib.pricing import importing, service
from chalicelib.pricing.importing import PriceFile, export_prices
from chalicelib.pricing.model import EntryBody, PriceChanges, PriceList, PriceListBody, SkuEntries
from chalicelib.storage import client
from chalicelib.storage.transaction import Transaction
from tests.working import worked

D = Decimal
NewContext = Callable[..., Context]


def sell(ctx: Context, *skus: str) -> None:
    catalog.create_product(ctx, NewProduct(name="Verre", axes=("N",), variants=tuple(
        NewVariant(sku=sku, axis_values=(sku,)) for sku in skus)))


def entries(sku: str, *prices: tuple[str, str]) -> SkuEntries:
    return SkuEntries(sku=sku, entries=tuple(EntryBody(min_quantity=D(q), price=D(p)) for q, p in prices))


def price(ctx: Context, sku: str, quantity: str, **more: str) -> str:
    ladder = service.price_ladders(ctx, [sku], at=date(2027, 1, 1), currency="EUR", **more).get(sku, ())
    return next((str(step.unit_price) for from_quantity, step in reversed(ladder) if from_quantity <= D(quantity)), "none")


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
        found = service.price_ladders(new_ctx(), "ABC", at=date(2027, 1, 1), currency="EUR")
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


def load(ctx: Context, price_list_id: str, text: str, dry_run: bool = False) -> tuple[Job, list[Problem]]:
    """A price file imported to its end; asserts that every row is settled exactly once."""
    job = worked(ctx, importing.start(ctx, price_list_id, PriceFile(text=text, dry_run=dry_run)), importing.work)
    assert job.state == "done" and job.done == job.total == sum(job.counts.values()), job
    return job, jobs.problems(ctx, job.id)


def test_prices_come_from_a_file_and_the_same_file_again_changes_nothing(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A", "B")
    base = new_list(new_ctx())
    trial, _ = load(new_ctx(), base, FILE, dry_run=True)
    assert (trial.total, trial.counts) == (3, {"changed": 3, "unchanged": 0, "rejected": 0})
    assert price(new_ctx(), "A", "120") == "none"
    load(new_ctx(), base, FILE)
    assert [price(new_ctx(), "A", q) for q in ("1", "120")] == ["10.00", "9.20"]
    again, _ = load(new_ctx(), base, FILE)
    assert again.counts == {"changed": 0, "unchanged": 3, "rejected": 0}
    exported, _ = load(new_ctx(), base, export_prices(new_ctx(), base))
    assert exported.counts == {"changed": 0, "unchanged": 3, "rejected": 0}


def test_a_sku_with_a_wrong_row_keeps_its_prices(new_ctx: NewContext) -> None:
    sell(new_ctx(), "A", "B")
    base = new_list(new_ctx())
    load(new_ctx(), base, FILE)
    bad = """sku;price;min_quantity;valid_from;valid_to
A;11;;;
A;ten;100;;
B;6;0;;
NOPE;1;;;
B;1;;32/13/2027;
;1;;;
"""
    job, problems = load(new_ctx(), base, bad)
    assert [(p.line, p.column, p.code) for p in problems] == [
        (2, "sku", "other_row"), (3, "price", "number"), (4, "sku", "other_row"), (5, "sku", "unknown_sku"),
        (6, "valid_from", "date"), (7, "sku", "unknown_sku")]
    assert job.counts == {"changed": 0, "unchanged": 0, "rejected": 6}
    _, problems = load(new_ctx(), base, "sku;price;min_quantity\nB;6;0\nA;8;5\nA;7;5\n")
    assert [(p.line, p.column, p.code) for p in problems] == [
        (2, "min_quantity", "min_quantity"), (3, "sku", "other_row"), (4, "sku", "duplicate_entry")]
    assert (price(new_ctx(), "A", "1"), price(new_ctx(), "B", "1")) == ("10.00", "5")
    with pytest.raises(Invalid):
        importing.start(new_ctx(), base, PriceFile(text="sku;prix\nA;1\n"))


def test_a_large_price_file_is_cut_and_somebody_elses_price_in_between_is_met(
    new_ctx: NewContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    skus = [f"S{n}" for n in range(90)]
    sell(new_ctx(), *skus[:45])
    sell(new_ctx(), *skus[45:])
    base = new_list(new_ctx())
    real, met = service.price_writes, []

    def meanwhile(transaction: Transaction, price_list: PriceList, prices: Sequence[SkuEntries], **more: bool) -> list[str]:
        changed = real(transaction, price_list, prices, **more)
        if not met:
            met.append("somebody else's price")
            service.set_prices(new_ctx(), base, PriceChanges(prices=(entries("S3", ("1", "9")),)))
        return changed

    monkeypatch.setattr(service, "price_writes", meanwhile)
    monkeypatch.setattr(importing, "ATTEMPTS", 2)
    text = "sku;price\n" + "".join(f"{sku};3\n" for sku in skus)
    job, _ = load(new_ctx(), base, text)
    assert (job.counts["changed"], job.chunk_count) == (90, 4)
    assert price(new_ctx(), "S3", "1") == "3"

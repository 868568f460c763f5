"""What a company finds after it signed up, its checklist, and sample data that come and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import PRODUCT, KitComponent, MoreVariants, NewProduct, NewVariant
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError
from chalicelib.kernel.event import Event
from chalicelib.kernel.job import Job
from chalicelib.ledger.model import FISCAL_YEAR
from chalicelib.onboarding import checklist, provisioning, sample, wiping
from chalicelib.onboarding import sample_content as content
from chalicelib.onboarding.model import WipeSample
from chalicelib.reporting.facts import order_facts
from chalicelib.sales import service as sales
from chalicelib.sales.commands import ShipOrder
from chalicelib.sales.delivery import PrepareDeliveries
from chalicelib.sales.model import ORDER, NewLine, PlaceOrder
from chalicelib.stock import levels
from chalicelib.stock import service as stock
from chalicelib.stock.model import AdjustmentLine, NewAdjustment, WarehouseBody
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import COMPANY, TENANT, Company, Tenant
from tests.working import worked

New = Callable[..., Context]


@pytest.fixture
def firm(new_ctx: New) -> New:
    """A company that exists and has set up nothing."""
    ctx = new_ctx()
    transaction = Transaction(ctx)
    transaction.create(TENANT, Tenant(id=ctx.tenant_id, name="Glaces Léa", created_at=ctx.now))
    transaction.create(COMPANY, Company(legal_name="Glaces Léa"))
    transaction.commit()
    return new_ctx


def signed_up(ctx: Context, chart: str = "fr_pcg") -> Event:
    return Event("evt_1.0", "TenantSignedUp", ctx.tenant_id, ctx.now, ctx.actor, "req", "tenant", ctx.tenant_id, 1,
                 {"chart": chart, "fiscal_year_starts_on": f"{ctx.now:%Y}-01-01"})


def loaded(firm: New) -> Job:
    if not stock.directory(firm()).entries:
        stock.create_warehouse(firm(), WarehouseBody(code="MAIN", name="Main"))
    job = worked(firm(), sample.start_load(firm()), sample.load)
    assert job.state == "done", job.failure_detail
    return job


def wiped(firm: New, **how: Any) -> Job:
    return worked(firm(), wiping.start_wipe(firm(), WipeSample(**how)), wiping.wipe)


def rows(ctx: Context, partition: str) -> list[str]:
    return [str(row["id"]) for row in read.query(ctx, "by_list", partition, limit=200).items]


# -- what is set up --------------------------------------------------------------------------------------------------------


def test_the_books_are_open_and_there_is_a_warehouse_however_often_it_is_told(firm: New) -> None:
    ctx = firm()
    for _ in range(2):
        provisioning.on_signed_up(ctx, signed_up(ctx))
    assert read.find(ctx, FISCAL_YEAR, f"{ctx.now:%Y}-12-31") is not None
    assert [entry.name for entry in stock.directory(ctx).entries] == ["Entrepôt principal"]
    assert len(rows(ctx, "ACCOUNT")) > 100 and "VE" in rows(ctx, "JOURNAL")


def test_what_was_interrupted_half_way_goes_on(firm: New, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = firm()
    with monkeypatch.context() as patch:
        patch.setattr(stock, "create_warehouse", lambda *_: (_ for _ in ()).throw(RuntimeError("the machine is gone")))
        with pytest.raises(RuntimeError):
            provisioning.on_signed_up(ctx, signed_up(ctx))
    assert stock.directory(ctx).entries == () and rows(ctx, "ACCOUNT")
    provisioning.on_signed_up(firm(), signed_up(ctx))
    assert len(stock.directory(ctx).entries) == 1


def test_without_a_chart_no_books_are_opened(firm: New) -> None:
    ctx = firm()
    provisioning.on_signed_up(ctx, signed_up(ctx, chart=""))
    assert rows(ctx, "ACCOUNT") == [] and len(stock.directory(ctx).entries) == 1


# -- the checklist ---------------------------------------------------------------------------------------------------------


def done(ctx: Context) -> set[str]:
    return {item.id for item in checklist.view(ctx).items if item.is_done}


def test_an_item_ticks_itself_when_the_thing_is_done(firm: New) -> None:
    provisioning.on_signed_up(firm(), signed_up(firm()))
    assert done(firm()) == set()
    warehouse = stock.create_warehouse(firm(), WarehouseBody(code="LYON", name="Lyon"))
    assert done(firm()) == {"warehouse"}
    catalog.create_product(firm(), NewProduct(name="Bûche", variants=(NewVariant(sku="BUCHE"),)))
    stock.adjust(firm(), NewAdjustment(warehouse_id=warehouse.id, reason="inventaire", lines=(
        AdjustmentLine(sku="BUCHE", quantity=Decimal(5)),)))
    sales.place_order(firm(), PlaceOrder(lines=(NewLine(sku="BUCHE", quantity=Decimal(1), unit_price=Decimal(9)),)))
    assert done(firm()) == {"warehouse", "products", "stock", "order"}
    assert not checklist.view(firm()).is_over


def test_the_samples_tick_nothing(firm: New) -> None:
    loaded(firm)
    assert done(firm()) == set()


# -- sample data -----------------------------------------------------------------------------------------------------------


def test_the_sample_is_loaded_once_and_wiped_without_a_trace_in_any_list(firm: New) -> None:
    """A merchant's own article and order stay as they were; of the sample nothing is left in lists, stock or prices."""
    catalog.create_product(firm(), NewProduct(name="À moi", variants=(NewVariant(sku="MINE"),)))
    mine = sales.place_order(firm(), PlaceOrder(shortage="backorder", lines=(
        NewLine(sku="MINE", quantity=Decimal(1), unit_price=Decimal(9)),)))
    before = {name: rows(firm(), name) for name in ("PRODUCT", "VARIANT", "CUSTOMER", "ORDER", "PRICE_LIST", "STOCK_OPERATION")}
    loaded(firm)
    assert (len(rows(firm(), "PRODUCT")), len(rows(firm(), "ORDER")), len(rows(firm(), "CUSTOMER"))) == (7, 6, 3)
    level = levels.compute(firm(), ["EX-BUCHE-4"])["EX-BUCHE-4"]
    assert (level.on_hand, level.reserved) == (24, 1)
    with pytest.raises(Conflict, match="are there already"):
        sample.start_load(firm())
    job = wiped(firm)
    assert (job.state, job.counts) == ("done", {"kept": 0, "wiped": 16}), job.failure_detail
    assert {name: rows(firm(), name) for name in before} == before
    assert read.get(firm(), ORDER, mine.id).version == mine.version
    assert catalog.find_skus(firm(), content.skus()) == {} and sample.register(firm()).state == "none"
    assert rows(firm(), "STOCK_LEVEL") in ([], ["MINE"])
    loaded(firm)


def test_a_sample_order_reaches_no_parcel_no_report_and_no_book(firm: New) -> None:
    loaded(firm)
    orders = read.get_many(firm(), ORDER, sample.register(firm()).order_ids)
    order = next(each for each in orders.values() if each.state == "confirmed" and each.lines[0].reserved)
    for act in (lambda: sales.ship(firm(), order, ShipOrder()), lambda: sales.prepare(firm(), order, PrepareDeliveries())):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "sample_order"
    assert order.is_sample and order_facts(order, ZoneInfo("Europe/Paris")) == []
    assert order_facts(replace(order, is_sample=False), ZoneInfo("Europe/Paris")) != []


def test_a_wipe_is_refused_by_what_is_the_merchants_own_and_says_why(firm: New) -> None:
    loaded(firm)
    own = sales.place_order(firm(), PlaceOrder(lines=(
        NewLine(sku="EX-MACARONS", quantity=Decimal(1), unit_price=Decimal(9)),)))
    catalog.create_product(firm(), NewProduct(name="Coffret", variants=(
        NewVariant(sku="BOX", kit_components=(KitComponent(sku="EX-SORBET-CITRON", quantity=Decimal(1)),)),)))
    levels.index_kit(firm(), read.get(firm(), PRODUCT, rows(firm(), "PRODUCT")[-1]).variant_ids[0])
    bought = read.get(firm(), PRODUCT, sample.register(firm()).product_ids[0])
    catalog.add_variants(firm(), bought, MoreVariants(variants=(NewVariant(sku="MINE-10", axis_values=("10",)),)))
    with pytest.raises(DomainError) as refused:
        wiping.start_wipe(firm(), WipeSample())
    assert refused.value.code == "sample_in_use" and own.number in refused.value.detail
    assert "EX-MACARONS" in refused.value.fields and "EX-BUCHE-4" in refused.value.fields
    job = wiped(firm, keep_used=True)
    assert job.state == "done" and job.counts["kept"] >= 2, (job.failure_detail, job.counts)
    left = set(catalog.find_skus(firm(), [*content.skus(), "MINE-10", "BOX"]))
    assert {"EX-MACARONS", "EX-BUCHE-4", "EX-BUCHE-6", "MINE-10", "BOX"} <= left and "EX-VACHERIN-6" not in left
    assert levels.compute(firm(), ["EX-MACARONS"])["EX-MACARONS"].reserved == 1, "the merchant's own order keeps its stock"
    assert sample.register(firm()).state == "none"


def test_a_load_that_dies_between_making_and_noting_forgets_nothing(firm: New, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine dies after a product was made and before the register knew: the next message finds it by its command."""
    stock.create_warehouse(firm(), WarehouseBody(code="MAIN", name="Main"))
    job = sample.start_load(firm())
    calls = iter(range(100))
    create = catalog.create_product

    def dies_once(ctx: Context, body: NewProduct) -> Any:
        made = create(ctx, body)
        if next(calls) == 2:
            raise RuntimeError("the machine is gone")
        return made

    monkeypatch.setattr(catalog, "create_product", dies_once)
    with pytest.raises(RuntimeError):
        worked(firm(), job, sample.load)
    job = worked(firm(), job, sample.load)
    assert job.state == "done"
    assert sorted(sample.register(firm()).product_ids) == sorted(rows(firm(), "PRODUCT")), "each is known once"


def test_a_load_is_refused_for_an_article_of_the_merchants_own(firm: New) -> None:
    catalog.create_product(firm(), NewProduct(name="À moi", variants=(NewVariant(sku="EX-MACARONS"),)))
    with pytest.raises(Conflict, match="EX-MACARONS"):
        sample.start_load(firm())
    with pytest.raises(Conflict, match="no sample"):
        wiping.start_wipe(firm(), WipeSample())

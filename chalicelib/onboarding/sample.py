"""Sample data: loaded by a job, step by step, and wiped by another, document by document.

The register (`Sample`) is written in the transaction of each step's checkpoint, and a step that was interrupted finds in its
command's marker what it made. So what was loaded is known, whatever happened, and wiping takes exactly that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.events import jobs
from chalicelib.events.jobs import Run, Settled
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import AlreadyDone, Conflict
from chalicelib.kernel.job import JOB, OPEN, Job
from chalicelib.onboarding import sample_content as content
from chalicelib.onboarding.model import SAMPLE, SAMPLE_ID, Sample
from chalicelib.parties import service as parties
from chalicelib.pricing import service as pricing
from chalicelib.pricing.model import EntryBody, PriceChanges, PriceListBody, SkuEntries
from chalicelib.sales import service as sales
from chalicelib.stock import service as stock
from chalicelib.stock.model import NewReceipt, ReceiptLine
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants

LOAD = "sample_load"


def register(ctx: Context) -> Sample:
    """What of the company is sample data."""
    return read.find(ctx, SAMPLE, SAMPLE_ID) or Sample()


def write_register(tx: Transaction, old: Sample, new: Sample) -> None:
    """The register as it shall be, in the caller's transaction."""
    if old.version:
        tx.save(SAMPLE, old, new)
    else:
        tx.create(SAMPLE, new)


def refuse_while_busy(ctx: Context, known: Sample) -> None:
    """Raises Conflict `sample_busy` while a job loads or wipes."""
    job = read.find(ctx, JOB, known.job_id) if known.job_id else None
    if job is not None and job.state in OPEN:
        raise Conflict("sample_busy", "Sample data are being loaded or wiped already.", job_id=job.id)


def start_load(ctx: Context) -> Job:
    """Begins to load the sample. Raises Conflict: `sample_loaded`, `sample_busy`, `sku_taken` for SKUs of the company's own."""
    known = register(ctx)
    refuse_while_busy(ctx, known)
    if known.state != "none":
        raise Conflict("sample_loaded", "Sample data are there already; wipe them first.")
    taken = sorted(catalog.find_skus(ctx, content.skus()))
    if taken:
        raise Conflict("sku_taken", f"There is an article {taken[0]} of your own.", {"sku": taken[0]})
    job = Job(id=ctx.new_id("job"), job_kind=LOAD, actor_name=ctx.actor.name, locale=tenants.tenant(ctx).locale,
              total=len(STEPS), chunk_count=len(STEPS), created_at=ctx.now, counts={"documents": 0})
    return jobs.start(ctx, job)


def load(run: Run) -> None:
    """One slice: step after step, each once."""
    while not run.is_over:
        name, n, do = STEPS[run.job.chunk]
        known = register(run.ctx)
        made = _made(replace(run.ctx, command=Command(f"sample:{run.job.id}:{run.job.chunk}")), known, n, do, run.job.locale)
        more: dict[str, Any] = {name: (*getattr(known, name), *made)} if name else {}
        is_last = run.job.chunk == len(STEPS) - 1
        tx = run.transaction()
        new = replace(known, state="loaded" if is_last else "loading", job_id=run.job.id, **more)
        write_register(tx, known, new)
        if is_last:
            tx.emit("SampleLoaded", SAMPLE.kind, SAMPLE_ID, new.version + 1)
        run.commit(tx, Settled(1, {"documents": len(made)}))


Step = Callable[[Context, Sample, int, str], str]


def _made(ctx: Context, known: Sample, n: int, do: Step, locale: str) -> tuple[str, ...]:
    """The id of what a step makes, or made before it was interrupted."""
    try:
        found = do(ctx, known, n, locale)
    except AlreadyDone as done:
        found = str(done.marker.get("id", ""))
    return (found,) if found else ()


def _price_list(ctx: Context, known: Sample, n: int, locale: str) -> str:
    return pricing.create_price_list(ctx, PriceListBody(name=content.PRICE_LIST[locale], priority=-1)).id


def _product(ctx: Context, known: Sample, n: int, locale: str) -> str:
    return catalog.create_product(ctx, content.product(n, locale)).id


def _prices(ctx: Context, known: Sample, n: int, locale: str) -> str:
    pricing.set_prices(ctx, known.price_list_ids[0], PriceChanges(prices=tuple(
        SkuEntries(sku=content.sku_of(base, size), entries=(EntryBody(price=Decimal(price)),))
        for base, *_, sizes in content.RANGE for size, (price, _, _) in sizes.items())))
    return ""


def _customer(ctx: Context, known: Sample, n: int, locale: str) -> str:
    return parties.create_customer(ctx, content.customer(n, locale)).id


def _receipt(ctx: Context, known: Sample, n: int, locale: str) -> str:
    """The opening stock, in the first warehouse; without one there is none, and orders wait for goods."""
    warehouses = stock.directory(ctx).active()
    if not warehouses:
        return ""
    lines = tuple(ReceiptLine(sku=content.sku_of(base, size), quantity=Decimal(quantity), unit_cost=Decimal(cost))
                  for base, *_, sizes in content.RANGE for size, (_, cost, quantity) in sizes.items() if quantity != "0")
    return stock.receive(ctx, NewReceipt(warehouse_id=warehouses[0], reference=content.BRAND[locale], lines=lines)).id


def _order(ctx: Context, known: Sample, n: int, locale: str) -> str:
    body = content.order(n, known.customer_ids, tenants.tenant(ctx).currency, locale)
    return sales.place_order(ctx, body, is_sample=True).id


STEPS: tuple[tuple[str, int, Any], ...] = (
    ("price_list_ids", 0, _price_list), *(("product_ids", n, _product) for n in range(len(content.RANGE))), ("", 0, _prices),
    *(("customer_ids", n, _customer) for n in range(3)), ("operation_ids", 0, _receipt),
    *(("order_ids", n, _order) for n in range(len(content.ORDERS))))
"""What is made, in this order, and where its id is kept."""

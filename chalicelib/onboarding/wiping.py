"""Wipes the sample: exactly what stands in its register, after a look for documents of the company's own that are about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import PRODUCT
from chalicelib.events import jobs
from chalicelib.events.jobs import Run, Settled
from chalicelib.invoicing.model import INVOICE
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import AlreadyDone, Conflict
from chalicelib.kernel.job import Job
from chalicelib.onboarding import sample_content as content
from chalicelib.onboarding.model import SAMPLE, SAMPLE_ID, Sample, WipeSample
from chalicelib.onboarding.sample import refuse_while_busy, register, write_register
from chalicelib.parties import service as parties
from chalicelib.parties.model import CUSTOMER
from chalicelib.pricing import service as pricing
from chalicelib.pricing.model import PRICE_LIST
from chalicelib.sales import removing as orders
from chalicelib.sales.model import ORDER
from chalicelib.stock import levels, removing
from chalicelib.stock.model import OPERATION
from chalicelib.storage import read

WIPE = "sample_wipe"
NAMED = 5
"""How many documents a refusal names."""
PAGE = 100
PHASES = ("order_ids", "product_ids", "operation_ids", "customer_ids", "price_list_ids")
"""What goes first: an order holds stock, stock knows its article, a price is an article's."""


def start_wipe(ctx: Context, body: WipeSample) -> Job:
    """Begins to wipe the sample. Raises Conflict: `sample_busy`, `no_sample`, and `sample_in_use`, naming documents of the
    company's own that are about sample articles or customers, unless those are to be kept."""
    known = register(ctx)
    refuse_while_busy(ctx, known)
    if known.state == "none":
        raise Conflict("no_sample", "There are no sample data.")
    if not body.keep_used:
        _refuse(ctx, known)
    total = sum(len(getattr(known, name)) for name in PHASES)
    job = Job(id=ctx.new_id("job"), job_kind=WIPE, actor_name=ctx.actor.name, locale=ctx.locale, total=total, chunk_count=2,
              created_at=ctx.now, counts={"wiped": 0, "kept": 0}, facts={"keep_used": body.keep_used, "used": None})
    return jobs.start(ctx, job)


def _refuse(ctx: Context, known: Sample) -> None:
    found = used(ctx, known)
    if found:
        names = list(dict.fromkeys(name for each in found.values() for name in each))
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        raise Conflict("sample_in_use", f"Documents of your own are about sample articles or customers: "
                       f"{', '.join(names[:NAMED])}{more}. Keep what they use, or change them first.",
                       {key: ", ".join(each[:NAMED]) for key, each in found.items()})


def _each(ctx: Context, document: Document[Any], partition: str) -> Iterator[Any]:
    """Every document of a list."""
    return read.every_document(ctx, document, "by_list", partition, limit=PAGE)


def used(ctx: Context, known: Sample) -> dict[str, list[str]]:
    """By sample SKU or customer id, the numbers of the company's own documents that are about it: orders, invoices, stock
    operations, kits, bindings of shops, whatever names a customer."""
    products = read.get_many(ctx, PRODUCT, known.product_ids)
    skus = {variant.sku for product in products.values() for variant in catalog.variants_of(ctx, product)}
    found: dict[str, list[str]] = {}

    def note(keys: Iterable[str], name: str) -> None:
        for key in keys:
            found.setdefault(key, []).append(name)

    for order in _each(ctx, ORDER, "ORDER"):
        if order.id not in known.order_ids:
            named = {line.sku for line in order.lines} | {part.sku for line in order.lines for part in line.kit}
            note((named & skus) | ({order.customer_id} & set(known.customer_ids)), order.number)
    for partition in ("INVOICE", "INVOICE_DRAFT"):
        for invoice in _each(ctx, INVOICE, partition):
            note(({line.sku for line in invoice.lines} & skus) | ({invoice.customer_id} & set(known.customer_ids)),
                 invoice.number or invoice.id)
    for operation in _each(ctx, OPERATION, "STOCK_OPERATION"):
        if operation.id not in known.operation_ids:
            note({line.sku for line in operation.lines} & skus, operation.number)
    for sku in sorted(skus):
        for kit in sorted(levels.kits_containing(ctx, [sku])):
            note([sku], kit)
    for product in products.values():
        own = [variant.sku for variant in catalog.variants_of(ctx, product) if variant.sku not in content.skus()]
        for each in own:
            note((variant.sku for variant in catalog.variants_of(ctx, product)), each)
    for sku, name in _bound(ctx, skus):
        note([sku], name)
    for customer_id in known.customer_ids:
        page = read.query(ctx, "by_party", f"PARTY#{customer_id}", limit=PAGE)
        note([customer_id] * any(row.get("kind") not in (ORDER.kind, INVOICE.kind) for row in page.items), "payment")
    return found


def _bound(ctx: Context, skus: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Sample SKUs that a shop is bound to, and the shop's name."""
    for shop in read.query(ctx, "by_list", "CONNECTION", limit=PAGE).items:
        for sku in skus:
            if read.query(ctx, "by_list", f"BINDING#{shop['id']}", limit=1, begins=f"{sku}#").items:
                yield sku, str(shop.get("name", shop["id"]))


def wipe(run: Run) -> None:
    """One slice: what is used is looked for once more, then document after document goes."""
    while not run.is_over:
        known = register(run.ctx)
        facts = run.job.facts
        if facts["used"] is None:
            found = used(run.ctx, known)
            if found and not facts["keep_used"]:
                _refuse(run.ctx, known)
            _checkpoint(run, known, replace(known, state="wiping", job_id=run.job.id), {**facts, "used": sorted(found)}, 0, {})
            continue
        phase = next((name for name in PHASES if getattr(known, name)), "")
        if not phase:
            tx = run.transaction()
            write_register(tx, known, replace(Sample(), version=known.version))
            tx.emit("SampleWiped", SAMPLE.kind, SAMPLE_ID, known.version + 1)
            run.commit(tx, Settled(0, {}), chunk_count=run.job.chunk + 1)
            return
        first, *rest = getattr(known, phase)
        outcome = "kept" if _take_away(run.ctx.step(f"wipe:{first}"), phase, first, set(facts["used"])) else "wiped"
        left: dict[str, Any] = {phase: tuple(rest)}
        _checkpoint(run, known, replace(known, **left), facts, 1, {outcome: 1})


def _checkpoint(run: Run, old: Sample, new: Sample, facts: Mapping[str, Any], rows: int, counts: Mapping[str, int]) -> None:
    tx = run.transaction()
    write_register(tx, old, new)
    run.commit(tx, Settled(rows, counts), facts=facts, chunk_count=run.job.chunk + 2)


def _take_away(ctx: Context, phase: str, document_id: str, kept: set[str]) -> bool:
    """One document of the register with what stands beside it; done before, nothing is left to do. Answers whether it stays."""
    if phase == "order_ids":
        order = read.find(ctx, ORDER, document_id)
        if order is not None:
            _once(lambda: orders.remove_sample(ctx, order))
    elif phase == "product_ids":
        return _product_stays(ctx, document_id, kept)
    elif phase == "operation_ids":
        operation = read.find(ctx, OPERATION, document_id)
        if operation is not None and {line.sku for line in operation.lines} & kept:
            return True
        if operation is not None:
            _once(lambda: removing.remove_operation(ctx, operation))
    elif phase == "customer_ids":
        customer = read.find(ctx, CUSTOMER, document_id)
        if document_id in kept:
            return True
        if customer is not None:
            _once(lambda: parties.remove_customer(ctx, customer))
    else:
        price_list = read.find(ctx, PRICE_LIST, document_id)
        if price_list is not None and pricing.prices_in_list(ctx, document_id, limit=1)[0]:
            return True
        if price_list is not None:
            _once(lambda: pricing.remove_price_list(ctx, price_list))
    return False


def _product_stays(ctx: Context, product_id: str, kept: set[str]) -> bool:
    """A product goes with its variants, their prices and their stock; one of which a variant is used stays whole."""
    product = read.find(ctx, PRODUCT, product_id)
    if product is not None:
        if any(variant.sku in kept for variant in catalog.variants_of(ctx, product)):
            return True
        _once(lambda: catalog.remove_product(ctx, product))
    there = catalog.find_skus(ctx, content.skus())
    for sku in content.skus():
        if sku not in there:
            _once(lambda sku=sku: pricing.forget_sku(ctx.step(f"prices:{sku}"), sku))  # type: ignore[misc]
            _once(lambda sku=sku: removing.forget_article(ctx.step(f"stock:{sku}"), sku))  # type: ignore[misc]
    return False


def _once(do: Callable[[], None]) -> None:
    """Does it, unless an attempt before did."""
    with suppress(AlreadyDone):
        do()

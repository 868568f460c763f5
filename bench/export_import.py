"""`export_import`: a company of 10,000 documents out of one place and into another, proved equal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bench.figures import Figure
from bench.shop import Shop, checked, open_shop, order_body

CUSTOMERS, ORDERS, VARIANTS = 4_000, 4_000, 1_000
"""With a product and its variant each, 10,000 documents; each has an entry in its timeline, as when it was made."""


def _fill(shop: Shop) -> None:
    from chalicelib.activity import service
    from chalicelib.catalog.model import PRODUCT, VARIANT
    from chalicelib.kernel.event import Event
    from chalicelib.parties.model import CUSTOMER
    from chalicelib.runtime.worker import tenant_work
    from chalicelib.sales.model import ORDER
    from chalicelib.storage import read, write
    from chalicelib.storage.transaction import document_item

    ctx = tenant_work(shop.tenant_id, "fill", seconds=3600)
    order = read.get(ctx, ORDER, checked(shop.call("POST", "/api/sales/orders", order_body(shop, 1)), 201)["id"])
    home = {"line1": "3 rue des Alpes", "city": "Annecy", "country_code": "FR"}
    customer = read.get(ctx, CUSTOMER, checked(shop.call("POST", "/api/parties/customers", {
        "name": "Zoé Lefèvre", "billing_address": home}), 201)["id"])
    product = checked(shop.call("POST", "/api/catalog/products", {"name": "Bûche", "variants": [{"sku": "BENCH-0"}]}), 201)
    first, variant = read.get(ctx, PRODUCT, product["id"]), read.get(ctx, VARIANT, product["variants"][0]["id"])

    def copies(document: Any, value: Any, count: int, of: Callable[[int], dict[str, Any]]) -> None:
        for start in range(0, count, 1000):
            made = [replace(value, id=f"{document.prefix}_{n:026d}", **of(n)) for n in range(start, start + 1000)]
            events = [Event(f"evt_{each.id}.0", "OrderPlaced", ctx.tenant_id, ctx.now, document.kind, each.id, 1, ctx.actor,
                            "bench") for each in made]
            write.many(ctx, [*(document_item(ctx, document, each, 1) for each in made),
                             *(service.timeline_item(ctx, event) for event in events)])

    copies(CUSTOMER, customer, CUSTOMERS, lambda n: {"name": f"Zoé Lefèvre {n}"})
    copies(ORDER, order, ORDERS, lambda n: {"number": f"SO-{n:09d}", "placed_at": order.placed_at - timedelta(minutes=n)})
    copies(PRODUCT, first, VARIANTS, lambda n: {"name": f"Bûche {n}", "variant_ids": (f"var_{n:026d}",)})
    copies(VARIANT, variant, VARIANTS, lambda n: {"sku": f"BENCH-X{n}", "product_id": f"prd_{n:026d}"})


def _worked(ctx: Any, job: Any, work: Callable[[Any], None]) -> Any:
    from chalicelib.kernel.job import JOB, OPEN
    from chalicelib.runtime.jobs import carry_on
    from chalicelib.storage import read

    while (job := read.get(ctx, JOB, job.id)).state in OPEN:
        carry_on(ctx, job.id, job.run, work)
    assert job.state == "done" and not job.problem_count, (job.failure_code, job.failure_detail)
    return job


def run() -> list[Figure]:
    """Seconds of the export, of the import with its proof, and of both."""
    from chalicelib.leaving import archive, exporting, importing
    from chalicelib.leaving.model import ImportExport
    from chalicelib.runtime.worker import tenant_work
    from chalicelib.storage import blobs

    left, arrived = open_shop(3, 100), open_shop(0, 0)
    _fill(left)
    ctx = tenant_work(left.tenant_id, "leave", seconds=3600)
    started = time.perf_counter()
    job = _worked(ctx, exporting.start(ctx), exporting.work)
    out = time.perf_counter() - started
    content, there = blobs.get(ctx, exporting.archive_name(job.id)), tenant_work(arrived.tenant_id, "arrive", seconds=3600)
    upload_id = there.new_id("upl")
    for n, at in enumerate(range(0, len(content), archive.MAX_PIECE_BYTES)):
        blobs.put(there, archive.piece_name(upload_id, n), content[at : at + archive.MAX_PIECE_BYTES], "application/zip")
    started = time.perf_counter()
    done = _worked(there, importing.start(there, ImportExport(upload_id=upload_id)), importing.work)
    back = time.perf_counter() - started
    both = out + back
    detail = {"items": job.counts["items"], "archive_bytes": len(content), "imported": done.counts["items"]}
    return [Figure("export_import", "export", "s", round(out, 1), detail=detail),
            Figure("export_import", "import", "s", round(back, 1)),
            Figure("export_import", "both", "s", round(both, 1), "≤ 60", both <= 60)]

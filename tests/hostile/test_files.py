"""Files that are not what they say, that cost much, or that would do something: none gets through."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.catalog import media, tabular
from chalicelib.events import jobs
from chalicelib.kernel.errors import Invalid, Problem
from chalicelib.kernel.job import Job
from chalicelib.reporting import rebuilding
from chalicelib.runtime import registry
from tests.hostile.inputs import base64_texts, drawings, files
from tests.hostile.measured import frugal
from tests.hostile.merchant import Merchant
from tests.reporting.books import handle, told
from tests.sales.shop import Shop

FILES, DRAWINGS, TEXTS = files(), drawings(), base64_texts()
TABLES = {"gzip": "a table of one odd column"}


def refused(read: Callable[[], Any]) -> Invalid | None:
    """The refusal of a hostile file, within its time and memory; None when it was taken."""
    with frugal():
        try:
            read()
        except Invalid as error:
            return error
    return None


@pytest.mark.parametrize("what", FILES)
def test_no_hostile_file_is_a_picture(what: str) -> None:
    assert refused(lambda: media.content_type(FILES[what])) is not None


@pytest.mark.parametrize("what", DRAWINGS)
def test_no_drawing_that_acts_is_a_picture(what: str) -> None:
    assert refused(lambda: media.content_type(DRAWINGS[what])) is not None


@pytest.mark.parametrize("what", TEXTS)
def test_no_broken_base64_is_a_picture(what: str) -> None:
    assert refused(lambda: media.content_type(media.decode(TEXTS[what]))) is not None


def test_a_picture_is_served_as_what_it_was_taken_for() -> None:
    """Polyglots: a script behind a picture's first bytes is a picture, whatever its name; the answer says so."""
    for head, expected in ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg")):
        assert media.content_type(head + b"<script>alert(1)</script>") == expected
    source = (registry.routes("catalog").__file__ or "").replace(".pyc", ".py")
    with open(source) as text:
        page = text.read()
    assert "nosniff" in page and "Content-Security-Policy" in page


@pytest.mark.parametrize("what", FILES)
def test_no_hostile_file_is_a_table_of_products(what: str) -> None:
    """Each is refused whole, or has no row that is a product."""

    def read() -> None:
        table = tabular.parse(tabular.decode(FILES[what]))
        if "sku" not in table.columns or not any(row.cells[0].strip().isalnum() for row in table.rows):
            raise Invalid("columns", "no SKU")
        if max(len(cell) for row in table.rows for cell in row.cells) > tabular.MAX_CELL:
            raise Invalid("cell", "too long")
        raise AssertionError(f"{what} was read as a table of {len(table.rows)} rows")

    assert refused(read) is not None


FORMULAS = (
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "'=1",
    '=HYPERLINK("http://x")',
    "''=1",
    " =1",
    "=1\n=2",
)


def exports() -> list[str]:
    """Every address of the API that answers a CSV file, read from the routes' sources."""
    import inspect

    found = []
    for domain in registry.DOMAINS:
        api = registry.routes(domain).api
        for endpoint in api.endpoints:
            source = inspect.getsource(endpoint.view)
            if endpoint.method == "GET" and (
                ".csv" in source or "text/csv" in source or getattr(endpoint, "produces", "") == "text/csv"
            ):
                found.append(endpoint.path)
    return sorted(found)


def test_every_export_is_known_here() -> None:
    """A new export needs its row below, or the next test does not look at it."""
    assert set(exports()) == set(ROWS), "say here how the new export is filled"


def make_products(merchant: Merchant) -> str:
    from chalicelib.catalog.model import NewProduct, NewVariant
    from chalicelib.catalog.service import create_product

    for n, text in enumerate(FORMULAS):
        line = text.replace("\t", "").replace("\r", "").replace("\n", "")
        create_product(
            merchant.ctx().step(f"p{n}"),
            NewProduct(
                name=line,
                description=text.replace("\r", ""),
                brand=line,
                category=line,
                axes=(line[:20],),
                variants=(NewVariant(sku=f"F{n}", axis_values=(line,)),),
            ),
        )
    return ""


def make_prices(merchant: Merchant) -> str:
    from decimal import Decimal

    from chalicelib.pricing import service
    from chalicelib.pricing.model import EntryBody, PriceChanges, PriceListBody, SkuEntries

    ctx = merchant.ctx()
    made = service.create_price_list(ctx.step("list"), PriceListBody(name="=1+1"))
    service.set_prices(
        ctx.step("prices"), made.id, PriceChanges(prices=(SkuEntries(sku="F0", entries=(EntryBody(price=Decimal("1")),)),))
    )
    return made.id


def make_sales(merchant: Merchant) -> str:
    """Products of such names are sold and reported."""
    make_products(merchant)
    shop = Shop(merchant.ctx)
    shop.order({f"F{n}": "1" for n in range(len(FORMULAS))}, shortage="backorder")
    handle(told(shop))
    return "?group_by=product&measures=ordered_revenue"


def make_import(merchant: Merchant) -> str:
    from chalicelib.catalog import importing
    from chalicelib.catalog.importing import ImportBody

    rows = "\n".join(f'"{text}";x;{text[:3].strip()}' for text in ("=1+1", "@SUM(A1)", "-2"))
    return importing.start(merchant.ctx().step("import"), ImportBody(text=f"sku;product_name;gtin\n{rows}", dry_run=True)).id


def make_job(merchant: Merchant, kind: str) -> str:
    """Work of a kind that says what it met in words of somebody else's."""
    ctx = merchant.ctx().step("job")
    job = jobs.start(ctx, Job(id=ctx.new_id("job"), job_kind=kind, total=1, chunk_count=1, created_at=ctx.now))
    run = jobs.take_up(ctx, job.id, 1)
    assert run is not None
    problems = [Problem(text, text, text, 1, text) for text in ("=1+1", "@SUM(A1)", "-2", "+3", "\t=4")]
    run.commit(run.transaction(), jobs.Settled(1, {"rejected": 1}, problems))
    return job.id


def make_records(merchant: Merchant) -> str:
    """What was done with products of such names, told by the audit."""
    make_products(merchant)
    return ""


ROWS: dict[str, Callable[[Merchant], str]] = {
    "/api/pricing/imports/{job_id}/problems": lambda merchant: make_job(merchant, "price_import"),
    "/api/channels/imports/{job_id}/problems": lambda merchant: make_job(merchant, "shop_products_import"),
    "/api/invoicing/runs/{job_id}/problems": lambda merchant: make_job(merchant, "invoice_run"),
    "/api/reporting/rebuilds/{job_id}/problems": lambda merchant: make_job(merchant, rebuilding.KIND),
    "/api/audit/export-jobs/{job_id}/problems": lambda merchant: make_job(merchant, "audit_export"),
    "/api/leaving/exports/{job_id}/problems": lambda merchant: make_job(merchant, "company_export"),
    "/api/leaving/imports/{job_id}/problems": lambda merchant: make_job(merchant, "company_import"),
    "/api/reporting/exports/csv": make_sales,
    "/api/audit/exports/csv": make_records,
    "/api/catalog/exports/variants": make_products,
    "/api/catalog/imports/template": lambda _: "",
    "/api/catalog/imports/{job_id}/problems": make_import,
    "/api/pricing/price-lists/{price_list_id}/export": make_prices,
}


@pytest.mark.parametrize("path", ROWS)
def test_no_cell_of_an_export_is_a_formula(call: Callable[..., Any], merchant: Merchant, path: str) -> None:
    if "pric" in path:
        make_products(merchant)
    subject = ROWS[path](merchant)
    address = re.sub(r"{\w+}", subject, path) if "{" in path else path + subject
    status, _, text = call("GET", address, None, {"authorization": f"Bearer {merchant.api_key}"})
    assert status == 200, text
    delimiter = ";" if ";" in text.splitlines()[0] else ","
    cells = [
        cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter) for cell in row
    ]
    assert cells and [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell != ""] == []


def test_an_export_without_escapes_is_caught() -> None:
    """The broken variant: the writer as the standard library has it."""
    out = io.StringIO()
    csv.writer(out).writerow(FORMULAS)
    assert [cell for cell in next(csv.reader(io.StringIO(out.getvalue(), newline=""))) if cell[:1] in "=+-@\t\r"]


@pytest.fixture
def merchant(platform: Any) -> Merchant:
    from tests.hostile.merchant import found

    return found(platform, "files")


def test_what_is_sent_as_base64_is_measured_before_it_is_decoded() -> None:
    with frugal(), pytest.raises(Invalid):
        media.decode(base64.b64encode(b"0" * 8_000_000).decode())

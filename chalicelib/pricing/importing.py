"""Prices of a list from a CSV file, as a job, and back. The same file again changes nothing.

The request checks the file as a whole and puts it aside. The job's first chunk refuses what can be refused from the file
alone and cuts the rest into chunks of whole SKUs; every further chunk is one transaction, which carries the checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.catalog import service as catalog
from chalicelib.catalog import tabular
from chalicelib.catalog.media import decode as from_base64
from chalicelib.events import jobs
from chalicelib.events.jobs import Run, Settled
from chalicelib.kernel import codec, csv_file
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Problem
from chalicelib.kernel.job import Job
from chalicelib.kernel.shapes import command
from chalicelib.pricing import service
from chalicelib.pricing.model import PRICE_LIST, PriceList, SkuEntries
from chalicelib.pricing.price_file import COLUMNS, PriceRow, by_sku, places_of, read_rows
from chalicelib.storage import blobs, read
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants.selling import entitlements

KIND = "price_import"
OUTCOMES = ("changed", "unchanged", "rejected")
CHUNK_SKUS = 40
ATTEMPTS = 5


@command
class PriceFile:
    """A file as text or in base64, with the columns sku, price and, if wanted, min_quantity, valid_from, valid_to."""

    text: str = ""
    content_base64: str = ""
    delimiter: str = ""
    file_name: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """The file as it was understood: what each SKU shall cost, on which lines it stands, and what is wrong."""

    prices: Mapping[str, SkuEntries]
    lines: Mapping[str, Sequence[int]]
    problems: Sequence[Problem]


def start(ctx: Context, price_list_id: str, body: PriceFile) -> Job:
    """Begins to give the file's SKUs their prices in a list; SKUs the file does not name keep theirs. With `dry_run` nothing
    but the outcome is kept. Raises NotFound, and Invalid for the file as a whole."""
    price_list = read.get(ctx, PRICE_LIST, price_list_id)
    content = from_base64(body.content_base64, tabular.MAX_FILE_BYTES) if body.content_base64 else body.text.encode()
    text = tabular.decode(content)
    table = tabular.parse(text, body.delimiter)
    places_of(table)
    job = Job(id=ctx.new_id("job"), job_kind=KIND, title=(body.file_name or price_list.name)[:200],
              subject_id=price_list.id, dry_run=body.dry_run, actor_name=ctx.actor.name, locale=ctx.locale,
              total=len(table.rows), chunk_count=1, created_at=ctx.now, counts=dict.fromkeys(OUTCOMES, 0),
              facts={"delimiter": body.delimiter})
    transaction = Transaction(ctx)
    entitlements.require_storage(transaction, len(text))
    blobs.put(ctx, _name(job, "file"), text.encode(), "text/csv")
    return jobs.start_in(transaction, job)


def work(run: Run) -> None:
    """One slice of an import: chunk after chunk until the job or the time is over."""
    ctx, job = run.ctx, run.job
    file = _read(run)
    if job.chunk == 0:
        skus = list(file.prices)
        cut = [skus[at : at + CHUNK_SKUS] for at in range(0, len(skus), CHUNK_SKUS)]
        blobs.put(ctx, _name(job, "manifest"), codec.compact(cut).encode(), "application/json")
        rejected = len({problem.line for problem in file.problems})
        run.commit(run.transaction(), Settled(rejected, {"rejected": rejected}, file.problems), chunk_count=1 + len(cut))
    if run.is_over:
        return
    manifest: list[list[str]] = codec.load(blobs.get(ctx, _name(job, "manifest")).decode())
    while not run.is_over:
        _chunk(run, file, manifest[run.job.chunk - 1])


def _name(job: Job, part: str) -> str:
    return f"jobs/{job.id}/{part}"


def _read(run: Run) -> _File:
    """The file again, read alike at every attempt: nothing but its text decides."""
    table = tabular.parse(blobs.get(run.ctx, _name(run.job, "file")).decode(), run.job.facts["delimiter"])
    rows, problems = read_rows(table)
    wrong = {row.sku for row in rows if row.entry is None}
    good, more = by_sku([(row.line, row.sku, row.entry) for row in rows if row.entry is not None and row.sku not in wrong])
    prices = {each.sku: each for each in good}
    problems = [*problems, *more]
    problems += _dragged_along(rows, prices, {problem.line for problem in problems})
    lines: dict[str, list[int]] = {}
    for row in rows:
        lines.setdefault(row.sku, []).append(row.line)
    return _File(prices, lines, sorted(problems, key=lambda problem: problem.line or 0))


def _dragged_along(rows: Sequence[PriceRow], prices: Mapping[str, SkuEntries], told: set[int | None]) -> list[Problem]:
    """Rows that are right but belong to a SKU of which another is wrong: all of a SKU's prices are set, or none."""
    return [Problem("other_row", f"Another row of {row.sku[:40]} is wrong.", line=row.line, column="sku")
            for row in rows if row.sku not in prices and row.line not in told]


def _chunk(run: Run, file: _File, skus: Sequence[str]) -> None:
    """The prices of some SKUs with the checkpoint, decided again when somebody changed one of them meanwhile."""
    ctx = run.ctx
    price_list = read.get(ctx, PRICE_LIST, run.job.subject_id)
    known = catalog.find_skus(ctx, skus)
    problems = [Problem("unknown_sku", f"There is no SKU {sku[:40]}.", line=line, column="sku")
                for sku in skus if sku not in known for line in file.lines[sku]]
    wanted = [file.prices[sku] for sku in skus if sku in known]
    for attempt in range(ATTEMPTS):
        try:
            _save(run, price_list, file, wanted, problems)
            return
        except (Conflict, Refused):
            if attempt == ATTEMPTS - 1:
                raise
            ctx.clock.sleep(ctx.chance.uniform() * 2**attempt / 50)


def _save(run: Run, price_list: PriceList, file: _File, wanted: Sequence[SkuEntries], problems: Sequence[Problem]) -> None:
    tx = run.transaction()
    changed = service.price_writes(tx, price_list, wanted, is_trial=run.job.dry_run)
    rows = {sku: len(file.lines[sku]) for sku in (each.sku for each in wanted)}
    counts = {"changed": sum(rows[sku] for sku in changed), "rejected": len(problems)}
    counts["unchanged"] = sum(rows.values()) - counts["changed"]
    run.commit(tx, Settled(sum(counts.values()), counts, problems))


def export_prices(ctx: Context, price_list_id: str) -> str:
    """A list's prices as the file an import reads, in the caller's notation. Raises NotFound."""
    point = "." if ctx.locale == "en" else ","
    rows: list[list[str]] = []
    after = ""
    while True:
        found, after = service.prices_in_list(ctx, price_list_id, after, limit=500)
        rows += [[row["sku"], *(entry[name].replace(".", point) for name in ("price", "min_quantity")),
                  entry["valid_from"] or "", entry["valid_to"] or ""] for row in found for entry in row["entries"]]
        if not after:
            return csv_file.write(COLUMNS, rows, csv_file.delimiter_of(ctx.locale))

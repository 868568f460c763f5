"""Products from a file, as a job: read once, decided and saved chunk by chunk. The same file again changes nothing.

The request checks the file as a whole and puts it aside. The job's first chunk reads it against what is stored and cuts
the rows into chunks, which are put aside too: from then on every chunk decides on its own rows and what is stored now, and
each of its transactions carries the checkpoint. So wherever the work stops, it goes on with the next transaction, and
ends in the same products, counts and problems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.catalog import import_saving, service
from chalicelib.catalog.import_fields import ImportRow, mapping_for, read_rows
from chalicelib.catalog.import_plan import Planner, ProductPlan, Stored, chunks, given_up, product_id_for, rivals
from chalicelib.catalog.media import decode as from_base64
from chalicelib.catalog.model import PRODUCT, VARIANT, Variant, gtins_of
from chalicelib.catalog.tabular import MAX_FILE_BYTES, decode, parse
from chalicelib.events import jobs
from chalicelib.events.jobs import Run, Settled
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Problem
from chalicelib.kernel.job import Job
from chalicelib.kernel.shapes import command
from chalicelib.ledger import determining
from chalicelib.storage import blobs, read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.selling import entitlements

KIND = "catalog_import"
CHUNK_ROWS = 100
OUTCOMES = ("created", "changed", "unchanged", "rejected")


@command
class ImportBody:
    """A file as text or, with its encoding unknown, in base64; `mapping` says which column is which field."""

    text: str = ""
    content_base64: str = ""
    delimiter: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    file_name: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """The file as it was understood: rows by line, problems of those that were not, which column is which field."""

    rows: Mapping[int, ImportRow]
    problems: Sequence[Problem]
    mapping: Mapping[str, str]


def start(ctx: Context, body: ImportBody) -> Job:
    """Begins an import; with `dry_run` nothing but its outcome is kept. Raises Invalid for the file as a whole.

    A row that is wrong is rejected, with its line and column, and the others go on. An empty cell leaves what there is.
    """
    text = decode(from_base64(body.content_base64, MAX_FILE_BYTES) if body.content_base64 else body.text.encode())
    table = parse(text, body.delimiter)
    mapping = mapping_for(table.columns, body.mapping)
    job = Job(id=ctx.new_id("job"), job_kind=KIND, title=body.file_name[:200], dry_run=body.dry_run,
              actor_name=ctx.actor.name, locale=ctx.locale, total=len(table.rows), chunk_count=1, created_at=ctx.now,
              counts=dict.fromkeys(OUTCOMES, 0),
              facts={"delimiter": body.delimiter, "mapping": mapping, "columns": table.columns})
    transaction = Transaction(ctx)
    entitlements.require_storage(transaction, len(text))
    blobs.put(ctx, _name(job, "file"), text.encode(), "text/csv")
    return jobs.start_in(transaction, job)


def work(run: Run) -> None:
    """One slice of an import: chunk after chunk until the job or the time is over."""
    file = _read(run)
    if run.job.chunk == 0:
        _cut(run, file)
    if run.is_over:
        return
    manifest: list[list[int]] = codec.load(blobs.get(run.ctx, _name(run.job, "manifest")).decode())
    while not run.is_over:
        _chunk(run, file, manifest[run.job.chunk - 1])


def _name(job: Job, part: str) -> str:
    return f"jobs/{job.id}/{part}"


def _read(run: Run) -> _File:
    text = blobs.get(run.ctx, _name(run.job, "file")).decode()
    table = parse(text, run.job.facts["delimiter"])
    mapping = run.job.facts["mapping"]
    rows, problems = read_rows(table, mapping)
    return _File({row.line: row for row in rows}, problems, mapping)


def _cut(run: Run, file: _File) -> None:
    """Cuts the file into chunks and settles the rows that can be refused before any is saved."""
    stored = _stored(run.ctx, list(file.rows.values()))
    contested = rivals(list(file.rows.values()), stored, file.mapping)
    lines = {problem.line for problem in contested}
    planner = _planner(run, file, stored, {})
    groups, nameless = planner.groups([row for row in file.rows.values() if row.line not in lines])
    cut = chunks(groups, stored, CHUNK_ROWS)
    blobs.put(run.ctx, _name(run.job, "manifest"), codec.compact(cut).encode(), "application/json")
    problems = [*file.problems, *contested, *nameless]
    rejected = len({problem.line for problem in problems})
    run.commit(run.transaction(), Settled(rejected, {"rejected": rejected}, problems), chunk_count=1 + len(cut))


def _planner(run: Run, file: _File, stored: Stored, file_skus: Mapping[str, bool]) -> Planner:
    return Planner(run.job.created_at, file.mapping, stored, file_skus)


def _chunk(run: Run, file: _File, lines: Sequence[int]) -> None:
    """Decides a chunk on what is stored now, and saves it in as many transactions as it takes; rows that an earlier
    attempt settled are left out of the counting."""
    rows = [file.rows[line] for line in lines]
    stored = _stored(run.ctx, rows)
    file_skus = _known_in_file(run, file, rows)
    planner = replace(_planner(run, file, stored, file_skus), freed=given_up(rows, stored))
    groups, problems = planner.groups(rows)
    plans = _plans(planner, groups)
    problems += [problem for plan in plans for problem in plan.problems]
    settled = frozenset(run.job.facts.get("settled_lines", ()))
    outcomes = {plan.lines[sku]: plan.outcome(sku) for plan in plans for sku in plan.lines}
    outcomes |= {problem.line: "rejected" for problem in problems if problem.line is not None}
    outcomes = {line: outcomes.get(line, "rejected") for line in lines if line not in settled}
    import_saving.save(run, [] if run.job.dry_run else plans, outcomes,
                       [problem for problem in problems if problem.line not in settled])


def _known_in_file(run: Run, file: _File, rows: Sequence[ImportRow]) -> dict[str, bool]:
    """The SKUs that kits may be made of although they are not stored: those of the chunk itself; in a dry run, which stores
    nothing, those of the whole file that were not refused so far."""
    among = rows
    if run.job.dry_run and any(row.values.get("kit_components") for row in rows):
        refused = {problem.line for problem in jobs.problems(run.ctx, run.job.id)}
        among = [row for row in file.rows.values() if row.line not in refused]
    return {row.sku: bool(row.values.get("kit_components")) for row in among}


def _plans(planner: Planner, groups: Mapping[str, Sequence[ImportRow]]) -> list[ProductPlan]:
    """Every product's plan; decided again while one counted on a row that turned out wrong: a kit on its component, a GTIN
    on the SKU that was to give it up."""
    while True:
        plans = [planner.plan(product_id, rows) for product_id, rows in groups.items()]
        right = {sku for plan in plans for sku in plan.lines}
        own = {row.sku for rows in groups.values() for row in rows}
        freed = frozenset(g for plan in plans for old, new in plan.changes for g in gtins_of(old) - gtins_of(new))
        file_skus = {sku: kit for sku, kit in planner.file_skus.items() if kit or sku in right or sku not in own}
        if planner.freed <= freed and file_skus == planner.file_skus:
            return plans
        planner = replace(planner, freed=planner.freed & freed, file_skus=file_skus)


def _stored(ctx: Context, rows: Sequence[ImportRow]) -> Stored:
    """All that the rows may touch, in batched reads: variants, their products and siblings, GTINs, components."""
    ids = {sku: str(data["id"]) for sku, data in read.guards(ctx, "sku", [row.sku for row in rows]).items()}
    variants = read.get_many(ctx, VARIANT, ids.values())
    names = {str(row.values["product_name"]) for row in rows if row.sku not in ids and "product_name" in row.values}
    product_ids = {v.product_id for v in variants.values()} | {product_id_for(name) for name in names}
    products = read.get_many(ctx, PRODUCT, sorted(product_ids))
    siblings = {i for product in products.values() for i in product.variant_ids} - variants.keys()
    variants |= read.get_many(ctx, VARIANT, sorted(siblings))
    gtins = {str(row.values["gtin"]) for row in rows if row.values.get("gtin")}
    gtins |= {pack.gtin for row in rows for pack in row.values.get("packs", ()) if pack.gtin}
    held = {gtin: str(data["sku"]) for gtin, data in read.guards(ctx, "gtin", sorted(gtins)).items()}
    components = {c.sku for row in rows for c in row.values.get("kit_components", ())}
    by_product: dict[str, list[Variant]] = {}
    for variant in variants.values():
        by_product.setdefault(variant.product_id, []).append(variant)
    has_families = any(row.values.get("product_family") for row in rows)
    return Stored({v.sku: v for v in variants.values()}, by_product, products, held,
                  service.find_skus(ctx, components) if components else {},
                  determining.families(ctx) if has_families else frozenset())

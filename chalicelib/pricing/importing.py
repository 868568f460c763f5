"""Prices of a list from a CSV file and back. The same file again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.catalog import service as catalog
from chalicelib.catalog import tabular
from chalicelib.catalog.media import decode as from_base64
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, Problem
from chalicelib.kernel.shapes import command, entity
from chalicelib.pricing import service
from chalicelib.pricing.model import EntryBody, PriceChanges
from chalicelib.pricing.price_file import COLUMNS, by_sku, entry_of

MAX_PROBLEMS = 500


@command
class PriceFile:
    """A file as text or in base64, with the columns sku, price and, if wanted, min_quantity, valid_from, valid_to."""

    text: str = ""
    content_base64: str = ""
    delimiter: str = ""
    dry_run: bool = False


@entity
class PriceReport:
    """SKUs by outcome, and rows rejected with their lines and columns."""

    rows: int
    skus: int
    changed: int
    unchanged: int
    rejected: int
    dry_run: bool
    problems: tuple[Problem, ...]


def import_prices(ctx: Context, price_list_id: str, body: PriceFile) -> PriceReport:
    """Gives the file's SKUs their prices in a list; SKUs the file does not name keep theirs. Raises NotFound, Invalid."""
    content = from_base64(body.content_base64, tabular.MAX_FILE_BYTES) if body.content_base64 else body.text.encode()
    table = tabular.parse(tabular.decode(content), body.delimiter)
    rows, problems = _rows(ctx, table)
    wrong = {row[1] for row in rows if row[2] is None}
    good, more = by_sku([(line, sku, entry) for line, sku, entry in rows if entry is not None and sku not in wrong])
    problems = sorted([*problems, *more], key=lambda problem: problem.line or 0)
    changed = service.changed_skus(ctx, price_list_id, good)
    if not body.dry_run:
        for start in range(0, len(changed), service.MAX_SKUS):
            part = tuple(changed[start : start + service.MAX_SKUS])
            service.set_prices(ctx.step(f"rows:{start}"), price_list_id, PriceChanges(prices=part))
    return PriceReport(rows=len(table.rows), skus=len(good), changed=len(changed), unchanged=len(good) - len(changed),
                       rejected=len({problem.line for problem in problems}), dry_run=body.dry_run,
                       problems=tuple(problems[:MAX_PROBLEMS]))


def _rows(ctx: Context, table: tabular.Table) -> tuple[list[tuple[int, str, EntryBody | None]], list[Problem]]:
    """(line, SKU, entry) of each row, entry None where the row is wrong; and what is wrong."""
    titles = {column.casefold(): n for n, column in enumerate(table.columns) if column.casefold() in COLUMNS}
    for needed in ("sku", "price"):
        if needed not in titles:
            raise Invalid("no_column", f"The file has no column {needed}.", {"text": needed})
    read = [(row.line, {name: tabular.unescaped(row.cells[n]) if n < len(row.cells) else "" for name, n in titles.items()})
            for row in table.rows]
    known = catalog.find_skus(ctx, {cells["sku"] for _, cells in read if cells["sku"]})
    rows: list[tuple[int, str, EntryBody | None]] = []
    problems = []
    for line, cells in read:
        try:
            rows.append((line, cells["sku"], _entry(cells, known)))
        except Invalid as error:
            rows.append((line, cells["sku"], None))
            problems.append(Problem(error.code, error.detail, line=line, column=next(iter(error.fields))))
    return rows, problems


def _entry(cells: dict[str, str], known: Mapping[str, object]) -> EntryBody:
    if cells["sku"] not in known:
        raise Invalid("unknown_sku", f"There is no SKU {cells['sku'][:40]}.", {"sku": "unknown"})
    return entry_of(cells, {name: tabular.number(cells.get(name, "")) for name in ("price", "min_quantity")})


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
            return tabular.write(COLUMNS, rows, "," if ctx.locale == "en" else ";")

"""A report as a file: CSV in the reader's notation, or a spreadsheet. Texts never become formulas, numbers stay numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.kernel import csv_file
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import exponent
from chalicelib.kernel.text import escaped
from chalicelib.reporting import querying
from chalicelib.reporting.answers import Report, Values
from chalicelib.reporting.measures import MEASURES
from chalicelib.reporting.periods import TIMES

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS = 20_000
Cell = str | Decimal | None

_WORDS = {
    "fr": {"day": "Jour", "week": "Semaine du", "month": "Mois", "channel": "Canal", "product": "Article",
           "customer": "Client", "warehouse": "Entrepôt", "name": "Nom", "total": "Total", "before": "avant",
           "report": "Rapport", "definitions": "Définitions", "measure": "Mesure", "meaning": "Signification"},
    "en": {"day": "Day", "week": "Week of", "month": "Month", "channel": "Channel", "product": "Product",
           "customer": "Customer", "warehouse": "Warehouse", "name": "Name", "total": "Total", "before": "before",
           "report": "Report", "definitions": "Definitions", "measure": "Measure", "meaning": "Meaning"},
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table ready to be written: titles, rows that are made one by one, decimals of each column (None for texts)."""

    titles: tuple[str, ...]
    decimals: tuple[int | None, ...]
    report: Report

    def rows(self, words: Mapping[str, str]) -> Iterator[list[Cell]]:
        """Row after row, the total last."""
        report = self.report
        for row in report.rows:
            label = [] if report.group_by in TIMES else [row.label]
            yield [row.key, *label, *_numbers(report, row.values, row.values_before)]
        label = [] if report.group_by in TIMES else [""]
        yield [words["total"], *label, *_numbers(report, report.totals, report.totals_before)]


def whole(ctx: Context, query: Mapping[str, str]) -> Report:
    """The report that parameters name, with all its members. Raises Invalid above 20,000 of them."""
    found = querying.report(ctx, replace(querying.question(ctx, query), top=MAX_ROWS))
    if found.more_rows:
        raise Invalid("rows", f"A file holds at most {MAX_ROWS} rows: choose a shorter period.")
    return found


def _numbers(report: Report, values: Values, before: Values | None) -> Iterator[Cell]:
    for name in report.units:
        yield values[name]
        if report.compared_first is not None:
            yield (before or {}).get(name)


def sheet(report: Report, words: Mapping[str, str], language: str) -> Sheet:
    """The report as a table."""
    titles, decimals = [words[report.group_by]], list[int | None]([None])
    if report.group_by not in TIMES:
        titles.append(words["name"])
        decimals.append(None)
    for name, unit in report.units.items():
        title = MEASURES[name].label[language] + (f" ({unit})" if unit else "")
        places = {"money": exponent(unit), "rate": 2, "count": 0}.get(MEASURES[name].kind, 3)
        titles.append(title)
        decimals.append(places)
        if report.compared_first is not None:
            titles.append(f"{title} {words['before']}")
            decimals.append(places)
    return Sheet(tuple(titles), tuple(decimals), report)


def _language(ctx: Context) -> str:
    return ctx.locale if ctx.locale in _WORDS else "fr"


def as_csv(ctx: Context, report: Report) -> str:
    """The report as CSV (RFC 4180) with a byte order mark; in French with `;` and decimal commas."""
    language = _language(ctx)
    words = _WORDS[language]
    table = sheet(report, words, language)
    rows = ([_text(cell, language) for cell in row] for row in table.rows(words))
    return csv_file.MARK + csv_file.lines((table.titles, *rows), csv_file.delimiter_of(language))


def _text(cell: Cell, language: str) -> str:
    if isinstance(cell, Decimal):
        text = format(cell, "f")
        return text if language == "en" else text.replace(".", ",")
    return escaped(cell or "")


def as_xlsx(ctx: Context, report: Report) -> bytes:
    """The report as a workbook, a row at a time, and a sheet that says what the measures mean."""
    import xlsxwriter  # heavy, and wanted here only

    language = _language(ctx)
    words = _WORDS[language]
    table = sheet(report, words, language)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    formats = [None if places is None else book.add_format({"num_format": "#,##0" + ("." + "0" * places if places else "")})
               for places in table.decimals]
    page = book.add_worksheet(words["report"])
    page.freeze_panes(1, 0)
    page.set_column(0, 0, 24)
    page.set_column(1, len(table.titles), 16)
    _write(page, 0, table.titles, [bold] * len(table.titles))
    for n, row in enumerate(table.rows(words), 1):
        _write(page, n, row, formats)
    meanings = book.add_worksheet(words["definitions"])
    meanings.set_column(0, 0, 24)
    meanings.set_column(1, 1, 110)
    _write(meanings, 0, (words["measure"], words["meaning"]), [bold, bold])
    for n, name in enumerate(report.units, 1):
        measure = MEASURES[name]
        text = " · ".join(filter(None, (measure.formula.get(language), measure.text[language])))
        _write(meanings, n, (measure.label[language], text), [None, None])
    book.close()
    return out.getvalue()


def _write(page: object, row: int, cells: Sequence[Cell], formats: Sequence[object]) -> None:
    for column, (cell, look) in enumerate(zip(cells, formats, strict=True)):
        if isinstance(cell, Decimal):
            page.write_number(row, column, cell, look)  # type: ignore[attr-defined]
        elif cell:
            page.write_string(row, column, cell, look)  # type: ignore[attr-defined]

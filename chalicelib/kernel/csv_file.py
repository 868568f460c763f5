"""Files that spreadsheets open right, in the notation of who reads them: RFC 4180 with a byte order mark, no formulas. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from chalicelib.kernel.text import escaped

MARK = "\ufeff"


def delimiter_of(locale: str) -> str:
    """What stands between cells: a comma in English; in French the comma is that of numbers."""
    return "," if locale == "en" else ";"


def lines(rows: Iterable[Sequence[str]], delimiter: str) -> str:
    """Rows as lines that end with CRLF, quoted where they must be. Cells stay as they are: escape what people may have
    typed."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def safe_lines(rows: Iterable[Sequence[str]], delimiter: str) -> str:
    """Rows as lines of which no spreadsheet runs a cell."""
    return lines(([escaped(cell) for cell in row] for row in rows), delimiter)


def write(columns: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str) -> str:
    """A whole file: mark, titles, rows without formulas."""
    return MARK + lines((columns,), delimiter) + safe_lines(rows, delimiter)

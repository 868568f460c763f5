"""Tables as spreadsheets write them: `;` or `,`, decimal comma, UTF-8 with or without mark, Windows Latin. Pure."""

from __future__ import annotations

import csv
import io
from decimal import Decimal, InvalidOperation

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import entity
from chalicelib.kernel.text import FORMULA, holds_control

MAX_FILE_BYTES = 4_000_000
MAX_ROWS = 10_000
MAX_COLUMNS = 100
MAX_CELL = 5_000


@entity
class Row:
    """One record: the line of the file it begins on, and its cells."""

    line: int
    cells: tuple[str, ...]


@entity
class Table:
    """Column titles as they stand, and the records that are not empty."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def decode(content: bytes) -> str:
    """The text of a file: UTF-8, else Windows-1252, else Latin-1, which no byte contradicts. Raises Invalid above 4 MB."""
    if len(content) > MAX_FILE_BYTES:
        raise Invalid("file_too_large", f"A file may have at most {MAX_FILE_BYTES // 1_000_000} MB.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def parse(text: str, delimiter: str = "") -> Table:
    """The table in a text. Without a delimiter the one is taken that the first line has more of.

    Raises Invalid for a table without titles or with one twice, an unclosed quote, a control character, or one too large.
    """
    if holds_control(text):
        raise Invalid("file_type", "This is no text file: it holds control characters.", {"text": "control character"})
    text = text.removeprefix("\ufeff")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = delimiter or max(";,\t", key=first.count)
    if delimiter not in (";", ",", "\t"):
        raise Invalid("delimiter", "Columns are separated by ; or , or a tab.", {"delimiter": "; , tab"})
    records = _records(text, delimiter)
    if not records:
        raise Invalid("empty_file", "The file has no lines.", {"text": "empty"})
    columns = tuple(cell.strip() for cell in records[0].cells)
    if len(columns) > MAX_COLUMNS:
        raise Invalid("columns", f"A file has at most {MAX_COLUMNS} columns.")
    named = [column for column in columns if column]
    if not named or len({column.casefold() for column in named}) < len(named):
        raise Invalid("columns", "The first line holds the titles of the columns, each once.", {"text": "titles"})
    return Table(columns=columns, rows=tuple(records[1:]))


def _records(text: str, delimiter: str) -> list[Row]:
    """Records that hold anything, each with the line it begins on; reads no further than a file may go. Raises Invalid."""
    found = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append(Row(line=line, cells=tuple(cells)))
                if len(found) > MAX_ROWS + 1:
                    raise Invalid("rows", f"A file has at most {MAX_ROWS} rows; split it.")
            line = reader.line_num + 1
    except csv.Error:
        raise Invalid("csv_syntax", f"Line {line} cannot be read: a quote is not closed, or stands where none belongs.",
                      {"text": f"line {line}"}) from None
    return found


def number(text: str) -> Decimal | None:
    """A number with a decimal comma or point and blanks between thousands; None when it is none."""
    plain = text.replace(" ", "").replace("\u00a0", "").replace("\u202f", "").replace(",", ".")
    if not plain.isascii() or len(plain) > 30 or any(c not in "0123456789.+-" for c in plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def unescaped(cell: str) -> str:
    """The cell without blanks around it and without the apostrophe that `escaped` put there."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell

"""Files for spreadsheets, to the byte."""

from __future__ import annotations

import csv
import io

import pytest

from chalicelib.kernel.csv_file import MARK, delimiter_of, lines, safe_lines, write


@pytest.mark.parametrize(("locale", "delimiter"), [("en", ","), ("fr", ";"), ("", ";")])
def test_french_cells_stand_apart_by_semicolons(locale: str, delimiter: str) -> None:
    assert delimiter_of(locale) == delimiter


def test_a_line_ends_and_is_quoted_as_rfc_4180_says() -> None:
    """RFC 4180, section 2: lines end with CRLF, a cell with the delimiter, a quote or a break is quoted, quotes doubled."""
    assert lines([("a", "b;c", 'say "hi"', "two\nlines", "-5,00")], ";") == 'a;"b;c";"say ""hi""";"two\nlines";-5,00\r\n'
    assert lines((), ";") == ""


def test_a_file_begins_with_its_mark_and_runs_nothing() -> None:
    text = write(("SKU", "Name"), [("A", "=1+1"), ("B", "plain")], ",")
    assert MARK == "\ufeff" and text == MARK + "SKU,Name\r\nA,'=1+1\r\nB,plain\r\n"
    assert safe_lines([("@x", "-1", "1")], ",") == "'@x,'-1,1\r\n"
    assert list(csv.reader(io.StringIO(text.removeprefix(MARK), newline="")))[2] == ["B", "plain"]

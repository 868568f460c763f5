"""Files as spreadsheets write them, and back."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.catalog.import_fields import mapping_for, read_rows
from chalicelib.catalog.tabular import decode, number, parse, unescaped
from chalicelib.kernel.csv_file import write
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.text import escaped


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
def test_accents_survive_whatever_the_spreadsheet_wrote(encoding: str) -> None:
    assert decode("Désignation;Crème brûlée".encode(encoding)) == "Désignation;Crème brûlée"


def test_the_delimiter_is_the_one_the_titles_use() -> None:
    assert parse("a;b\n1,5;2").rows[0].cells == ("1,5", "2")
    assert parse("a,b\n1.5,2").rows[0].cells == ("1.5", "2")
    assert parse("a\tb\n1\t2").columns == ("a", "b")


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    table = parse('sku;text\r\n\r\nA;"two\r\nlines"\r\n;\r\nB;x\r\n')
    assert [(row.line, row.cells[0]) for row in table.rows] == [(3, "A"), (6, "B")]


@pytest.mark.parametrize(("text", "value"), [
    ("5,5", "5.5"), ("1 234,50", "1234.50"), ("1\u202f234,50", "1234.50"), ("-3", "-3"), ("20", "20"), ("abc", None),
    ("1.234,50", None), ("", None), ("NaN", None), ("1e5", None), ("٣", None)])
def test_numbers_have_a_decimal_comma_or_point(text: str, value: str | None) -> None:
    assert number(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("cell", ["=1+1", "+33 1", "-5", "@x", "\tx", "'=1", "''-x", "'x", "plain", ""])
def test_no_cell_is_a_formula_and_every_cell_comes_back(cell: str) -> None:
    assert escaped(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r") or not cell
    assert unescaped(escaped(cell)) == cell


def test_what_is_written_is_read_again() -> None:
    text = write(["sku", "text"], [["A", 'say "hi"; now'], ["B", "=2\r\nx"]], ";")
    assert text.startswith("\ufeff")
    assert [tuple(map(unescaped, row.cells)) for row in parse(text).rows] == [("A", 'say "hi"; now'), ("B", "=2\r\nx")]


@pytest.mark.parametrize("text", ["", "\n\n", "a;a\n1;2", 'a;b\n"open;2', "a\x00b", 'a;b\n"x"y;2'])
def test_what_is_no_table(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)


def test_files_have_a_size() -> None:
    with pytest.raises(Invalid):
        decode(b"x" * 4_000_001)
    with pytest.raises(Invalid):
        parse("sku\n" + "A\n" * 10_001)


def test_titles_are_understood_in_french_and_english() -> None:
    assert mapping_for(["Référence", "Désignation", "EAN", "Taux de TVA", "Poids (g)", "axis:Parts", "Divers"], {}) == {
        "Référence": "sku", "Désignation": "product_name", "EAN": "gtin", "Taux de TVA": "vat_rate",
        "Poids (g)": "weight_grams", "axis:Parts": "axis:Parts", "Divers": ""}


@pytest.mark.parametrize("mapping", [
    {"nope": "sku"}, {"a": "nope"}, {"a": "sku", "b": "sku"}, {"a": "brand"}, {"a": "sku", "b": "axis:"}])
def test_mappings_that_cannot_be(mapping: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        mapping_for(["a", "b"], mapping)


def test_every_bad_cell_is_named_by_line_and_column() -> None:
    table = parse("SKU;EAN;TVA;Poids;Actif\nA;4006381333932;vingt;1,5;peut-être\n;;20;;\nA B;;;;\nC;;;;\nC;;;;")
    rows, problems = read_rows(table, mapping_for(table.columns, {}))
    assert [row.sku for row in rows] == ["C"]
    assert [(p.line, p.column, p.code) for p in problems] == [
        (2, "EAN", "gtin"), (2, "TVA", "number"), (2, "Poids", "whole_number"), (2, "Actif", "boolean"),
        (3, "SKU", "required"), (4, "SKU", "sku"), (6, "SKU", "duplicate_sku")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_wrong_with_a_row_has_words_in_both_languages(language: str) -> None:
    root = Path(__file__).resolve().parents[2]
    words = json.loads((root / "portal" / "src" / "i18n" / f"{language}.json").read_text("utf-8"))
    known = {"no_sku_column", "unknown_column", "unknown_field", "duplicate_field", "not_a_line", "media", "name",
             "unknown_gtin"}
    sources = [root / "chalicelib" / "catalog" / f"{name}.py" for name in ("import_plan", "import_fields", "model", "service")]
    sources += [root / "chalicelib" / "pricing" / "importing.py", root / "chalicelib" / "channels" / "bindings.py"]
    codes = {code for source in sources for code in re.findall(r'(?:Problem|Invalid)\("([a-z_]+)"', source.read_text("utf-8"))}
    assert {code for code in codes - known if f"import_problem.{code}" not in words} == set()

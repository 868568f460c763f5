"""Products from a file: created, changed, unchanged, rejected; the same file again changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.catalog import exporting, import_saving, importing, service
from chalicelib.catalog.importing import ImportBody
from chalicelib.catalog.model import VARIANT, NewProduct, NewVariant
from chalicelib.events.jobs import Run
from chalicelib.kernel.context import Context
from chalicelib.storage import read
from tests.catalog import files
from tests.catalog.files import Report

NewContext = Callable[..., Context]
FILE = """SKU;Désignation;axis:Parts;EAN;TVA;Poids
BUCHE-4;Bûche glacée;4;4006381333931;5,5;440
BUCHE-6;Bûche glacée;6;;5,5;660
VERRE;Verre à pied;;;20;180
"""


def load(ctx: Context, text: str = FILE, **more: object) -> Report:
    return files.load(ctx, text, **more)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.counts


def test_a_file_creates_and_the_same_file_again_changes_nothing(new_ctx: NewContext) -> None:
    assert counts(load(new_ctx(), dry_run=True)) == (3, 0, 0, 0)
    assert service.find_skus(new_ctx(), ["VERRE"]) == {}
    assert counts(load(new_ctx())) == (3, 0, 0, 0)
    assert counts(load(new_ctx())) == (0, 0, 3, 0)
    facts = service.find_skus(new_ctx(), ["BUCHE-4", "BUCHE-6", "VERRE"])
    assert {f.name for f in facts.values()} == {"Bûche glacée · 4", "Bûche glacée · 6", "Verre à pied"}
    assert facts["BUCHE-6"].vat_rate == Decimal("5.5")
    assert service.sku_of_gtin(new_ctx(), "4006381333931") == "BUCHE-4"


def test_only_what_changed_is_changed_and_a_later_row_joins_its_product(new_ctx: NewContext) -> None:
    load(new_ctx())
    text = FILE.replace(";180", ";190") + "BUCHE-8;Bûche glacée;8;;5,5;880\n"
    assert counts(load(new_ctx(), text)) == (1, 1, 2, 0)
    alone = "SKU;Désignation;axis:Parts;TVA\nBUCHE-10;Bûche glacée;10;5,5\n"
    assert counts(load(new_ctx(), alone)) == (1, 0, 0, 0)
    ids = {read.get(new_ctx(), VARIANT, f.variant_id).product_id
           for f in service.find_skus(new_ctx(), ["BUCHE-4", "BUCHE-8", "BUCHE-10"]).values()}
    assert len(ids) == 1


def test_a_family_of_articles_is_known_or_refused_by_line_and_column(new_ctx: NewContext) -> None:
    text = "SKU;Désignation;Famille comptable\nBUCHE;Bûche;finished\nVERRE;Verre;glassware\n"
    report = load(new_ctx(), text)
    assert counts(report) == (1, 0, 0, 1)
    assert [(p.line, p.column, p.code) for p in report.problems] == [(3, "Famille comptable", "product_family")]
    assert service.find_skus(new_ctx(), ["BUCHE"])["BUCHE"].product_family == "finished"
    assert counts(load(new_ctx(), exporting.export_variants(new_ctx()))) == (0, 0, 1, 0)
    assert counts(load(new_ctx(), text.replace("finished", "services"))) == (0, 1, 0, 1)
    assert service.find_skus(new_ctx(), ["BUCHE"])["BUCHE"].product_family == "services"


def test_an_empty_cell_leaves_what_there_is(new_ctx: NewContext) -> None:
    load(new_ctx())
    assert counts(load(new_ctx(), "SKU;EAN;Poids\nBUCHE-4;;\n")) == (0, 0, 1, 0)


def test_a_new_name_renames_the_product_and_its_variants(new_ctx: NewContext) -> None:
    load(new_ctx())
    assert counts(load(new_ctx(), "SKU;Désignation\nBUCHE-4;Bûche de Noël\n")) == (0, 1, 0, 0)
    assert service.find_skus(new_ctx(), ["BUCHE-6"])["BUCHE-6"].name == "Bûche de Noël · 6"


def test_a_name_given_up_can_be_another_products(new_ctx: NewContext) -> None:
    load(new_ctx())
    load(new_ctx(), "SKU;Désignation\nVERRE;Verre ballon\n")
    text = "SKU;Désignation\nVERRE-2;Verre à pied\n"
    assert counts(load(new_ctx(), text)) == (1, 0, 0, 0)
    assert counts(load(new_ctx(), text)) == (0, 0, 1, 0)
    found = service.find_skus(new_ctx(), ["VERRE", "VERRE-2"])
    assert (found["VERRE"].name, found["VERRE-2"].name) == ("Verre ballon", "Verre à pied")


def test_three_bad_lines_are_reported_and_the_others_applied(new_ctx: NewContext) -> None:
    text = FILE + "X1;Verre X;;4006381333932;20;1\nX2;;;;20;1\nX3;Verre 3;;4006381333931;20;1\nX4;Verre 4;;;20;1\n"
    report = load(new_ctx(), text)
    assert counts(report) == (4, 0, 0, 3)
    assert [(p.line, p.column, p.code) for p in report.problems] == [
        (5, "EAN", "gtin"), (6, "Désignation", "required"), (7, "EAN", "gtin_taken")]
    assert counts(load(new_ctx(), text)) == (0, 0, 4, 3)


@pytest.mark.parametrize(("rows", "column", "code"), [
    ("A;Log;4;E;20;\nB;Log;;S;20;", "axis:Parts", "required"),
    ("A;Log;4;S;20;\nB;Log;4;S;20;", "axis:Parts", "axes"),
    ("A;Cup;;S;20;\nB;Box;;S;20;NOPE:1", "kit_components", "unknown_sku"),
    ("A;Cup;;S;20;\nB;Box;;S;20;B:1", "kit_components", "kit_of_kits"),
    ("A;Cup;;S;20;\nB;Box;;ZZ;20;", "vat_category", "vat_category"),
    ("A;Cup;;S;20;\nB;Box;;S;0;", "vat_rate", "vat_rate"),
])
def test_reasons_a_row_is_rejected(new_ctx: NewContext, rows: str, column: str, code: str) -> None:
    report = load(new_ctx(), "sku;product_name;axis:Parts;vat_category;vat_rate;kit_components\n" + rows, dry_run=True)
    assert (column, code) in [(p.column, p.code) for p in report.problems]


def test_a_kit_may_stand_before_its_components(new_ctx: NewContext) -> None:
    text = "sku;product_name;vat_rate;kit_components\nBOX;Coffret;20;CUP:2|PLATE:1\nCUP;Tasse;20;\nPLATE;Assiette;20;\n"
    assert counts(load(new_ctx(), text)) == (3, 0, 0, 0)
    assert [c.sku for c in service.find_skus(new_ctx(), ["BOX"])["BOX"].kit] == ["CUP", "PLATE"]
    assert counts(load(new_ctx(), text)) == (0, 0, 3, 0)


def test_a_kit_whose_component_is_rejected_is_rejected_too(new_ctx: NewContext) -> None:
    text = ("sku;product_name;vat_rate;vat_category;kit_components\n"
            "BOX;Coffret;20;;CUP:2\nCUP;Tasse;20;ZZ;\nPLATE;Assiette;20;;\n")
    report = load(new_ctx(), text)
    assert [(p.line, p.code) for p in report.problems] == [(2, "unknown_sku"), (3, "vat_category")]
    assert set(service.find_skus(new_ctx(), ["BOX", "CUP", "PLATE"])) == {"PLATE"}


def test_a_sku_taken_meanwhile_rejects_its_own_rows_only(new_ctx: NewContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading and saving somebody else creates a product with the GTIN of one row."""
    save = import_saving.save

    def late(run: Run, *rest: object) -> None:
        service.create_product(new_ctx(), NewProduct(name="Rival", variants=(NewVariant(sku="R", gtin="4006381333931"),)))
        save(run, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(import_saving, "save", late)
    report = load(new_ctx())
    assert counts(report) == (1, 0, 0, 2)
    assert {(p.line, p.code) for p in report.problems} == {(2, "gtin_taken"), (3, "gtin_taken")}
    assert set(service.find_skus(new_ctx(), ["BUCHE-4", "BUCHE-6", "VERRE"])) == {"VERRE"}


def test_axis_values_are_for_good(new_ctx: NewContext) -> None:
    load(new_ctx())
    report = load(new_ctx(), "SKU;axis:Parts\nBUCHE-4;5\n")
    assert [(p.line, p.column, p.code) for p in report.problems] == [(2, "axis:Parts", "axis_fixed")]


def test_what_was_exported_changes_nothing_when_imported(new_ctx: NewContext) -> None:
    service.create_product(new_ctx(), NewProduct(name="=Formule", description="-10 %; \"offre\"\nligne 2", variants=(
        NewVariant(sku="F1", weight_grams=5),)))
    load(new_ctx())
    for locale in ("fr", "en"):
        text = exporting.export_variants(replace(new_ctx(), locale=locale))
        assert "'=Formule" in text
        if text.count("\n") > 5:
            assert counts(load(new_ctx(), text)) == (0, 0, 4, 0)


def test_the_template_can_be_imported_as_it_is(new_ctx: NewContext) -> None:
    for locale in ("fr", "en"):
        content = base64.b64encode(exporting.template(locale).encode()).decode()
        there = new_ctx(tenant=f"template{locale}{new_ctx().tenant_id}")
        report = files.worked(there, importing.start(there, ImportBody(content_base64=content)).id)
        assert counts(report) == (1, 0, 0, 0)


def test_a_product_larger_than_one_transaction(new_ctx: NewContext) -> None:
    text = "sku;product_name;axis:N;vat_rate\n" + "".join(f"N-{n};Gamme;{n};20\n" for n in range(48))
    assert counts(load(new_ctx(), text)) == (48, 0, 0, 0)
    assert counts(load(new_ctx(), text)) == (0, 0, 48, 0)
    assert counts(load(new_ctx(), text.replace("Gamme", "Série"))) == (0, 48, 0, 0)
    assert service.find_skus(new_ctx(), ["N-47"])["N-47"].name == "Série · 47"
    report = load(new_ctx(), text + "N-48;Gamme;48;20\n")
    assert report.counts[3] >= 1


def test_packs_go_out_as_they_come_in_and_are_scanned(new_ctx: NewContext) -> None:
    text = "SKU;Désignation;Colisage;Stock mini\nMAC;Macarons;CT:6:5901234123457|BX:24;12\n"
    assert counts(load(new_ctx(), text)) == (1, 0, 0, 0)
    facts = service.find_skus(new_ctx(), ["MAC"])["MAC"]
    assert [(p.unit_code, p.quantity) for p in facts.packs] == [("CT", 6), ("BX", 24)] and facts.reorder_minimum == 12
    assert service.scanned(new_ctx(), "5901234123457").unit_code == "CT"
    text = exporting.export_variants(new_ctx())
    assert "CT:6:5901234123457|BX:24" in text
    assert counts(load(new_ctx(), text)) == (0, 0, 1, 0)


@pytest.mark.parametrize("packs", ["CT", "CT:0", "CT:6:5901234123458", "CT:6|CT:12", "C62:6", "carton:6", "CT:6:4006381333931"])
def test_packs_that_cannot_be(new_ctx: NewContext, packs: str) -> None:
    report = load(new_ctx(), f"sku;product_name;gtin;packs\nMAC;Macarons;4006381333931;{packs}\n")
    assert counts(report) == (0, 0, 0, 1) and report.problems[0].column == "packs"


def test_gtins_move_between_skus_within_one_file(new_ctx: NewContext) -> None:
    """Two swap theirs, a third hands its own to a new SKU; the guards follow, whatever products they belong to."""
    one, two, three = "4006381333931", "73513537", "036000291452"
    head = "sku;product_name;gtin;packs\n"
    load(new_ctx(), head + f"A;Tasse;{one};\nB;Verre;{two};\nC;Bol;;CT:6:{three}\n")
    text = head + f"A;Tasse;{two};\nB;Verre;{one};\nC;Bol;;CT:6\nD;Pot;{three};\n"
    assert counts(load(new_ctx(), text, dry_run=True)) == (1, 3, 0, 0)
    assert counts(load(new_ctx(), text)) == (1, 3, 0, 0)
    assert [service.sku_of_gtin(new_ctx(), gtin) for gtin in (one, two, three)] == ["B", "A", "D"]
    assert counts(load(new_ctx(), text)) == (0, 0, 4, 0)


@pytest.mark.parametrize(("rows", "rejected"), [
    ("B;Verre;4006381333931;\n", [(2, "gtin")]),
    ("A;Tasse;73513537;ZZ\nB;Verre;4006381333931;\n", [(2, "vat_category"), (3, "gtin")]),
    ("A;Tasse;73513537;\nB;Verre;4006381333931;\nC;Bol;4006381333931;\n", [(4, "gtin")])])
def test_a_gtin_that_is_not_given_up_is_not_taken(new_ctx: NewContext, rows: str, rejected: list[tuple[int, str]]) -> None:
    load(new_ctx(), "sku;product_name;gtin\nA;Tasse;4006381333931\n")
    for dry_run in (True, False):
        report = load(new_ctx(), "sku;product_name;gtin;vat_category\n" + rows, dry_run=dry_run)
        assert [(p.line, p.column) for p in report.problems] == rejected

"""Quantities typed in cartons, kept in pieces."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from chalicelib.catalog import service
from chalicelib.catalog.model import VARIANT, NewProduct, NewVariant, SkuFacts, UnitConversion, VariantChange
from chalicelib.catalog.units import measure, per_base_unit
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.storage import read

D = Decimal
CARTON = "5901234123457"
NewContext = Callable[..., Context]


def facts(unit_code: str = "C62", **packs: str) -> SkuFacts:
    return SkuFacts(sku="A", variant_id="var_a", name="A", unit_code=unit_code, vat_category="S", vat_rate=D(20),
                    is_active=True, weight_grams=0,
                    packs=tuple(UnitConversion(unit_code=u, quantity=D(q)) for u, q in packs.items()))


def test_three_cartons_of_six_are_eighteen_pieces() -> None:
    size = measure(facts(CT="6"), D(3), "CT", "lines.0")
    assert (size.unit_code, size.quantity, size.factor, size.base_quantity) == ("CT", D(3), D(6), D(18))
    assert measure(facts(CT="6"), D("0.5"), "CT", "lines.0").base_quantity == 3


@pytest.mark.parametrize(("unit", "quantity", "code"), [
    ("BX", "1", "unknown_unit"), ("", "1.5", "whole_quantity"), ("C62", "1.5", "whole_quantity"),
    ("CT", "0.25", "whole_quantity")])
def test_what_does_not_come_to_whole_pieces_is_refused(unit: str, quantity: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        measure(facts(CT="6"), D(quantity), unit, "lines.0")
    assert refused.value.code == code and next(iter(refused.value.fields)).startswith("lines.0.")


def test_what_is_weighed_may_be_a_fraction() -> None:
    assert measure(facts("KGM", BX="2.5"), D("1.5"), "BX", "lines.0").base_quantity == D("3.75")
    with pytest.raises(Invalid):
        measure(facts("KGM", BX="0.000001"), D("0.1"), "BX", "lines.0")


def test_a_price_of_a_pack_is_exact_where_it_ends() -> None:
    assert per_base_unit(D("30.00"), D(6)) == D(5)
    assert per_base_unit(D("10.00"), D(7)) == D("1.428571")


def sold_in_cartons(new_ctx: NewContext) -> None:
    service.create_product(new_ctx(), NewProduct(name="Tasse", variants=(NewVariant(
        sku="TASSE", gtin="4006381333931", conversions=(UnitConversion(unit_code="CT", quantity=D(6), gtin=CARTON),)),)))


def test_a_scan_tells_the_article_and_its_unit(new_ctx: NewContext) -> None:
    sold_in_cartons(new_ctx)
    carton, piece = service.scanned(new_ctx(), CARTON), service.scanned(new_ctx(), "4006381333931")
    assert (carton.sku, carton.unit_code, carton.factor, carton.base_unit_code) == ("TASSE", "CT", D(6), "C62")
    assert (piece.sku, piece.unit_code, piece.factor) == ("TASSE", "C62", D(1))
    with pytest.raises(NotFound):
        service.scanned(new_ctx(), "73513537")


def test_a_pack_that_changes_its_unit_is_scanned_as_what_it_is_now(new_ctx: NewContext) -> None:
    sold_in_cartons(new_ctx)
    variant = read.get(new_ctx(), VARIANT, service.find_skus(new_ctx(), ["TASSE"])["TASSE"].variant_id)
    service.update_variant(new_ctx(), variant, VariantChange(
        conversions=(UnitConversion(unit_code="BX", quantity=D(12), gtin=CARTON),)))
    assert (service.scanned(new_ctx(), CARTON).unit_code, service.scanned(new_ctx(), CARTON).factor) == ("BX", D(12))


def test_each_unit_stands_once(new_ctx: NewContext) -> None:
    for twice in (("CT", "CT"), ("C62", "CT")):
        packs = tuple(UnitConversion(unit_code=unit, quantity=D(6)) for unit in twice)
        with pytest.raises(Invalid):
            service.create_product(new_ctx(), NewProduct(name="X", variants=(NewVariant(sku="X", conversions=packs),)))

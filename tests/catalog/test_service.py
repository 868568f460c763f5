"""Products, variants, kits, identifiers and pictures kept."""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal

import pytest

from chalicelib.activity import service as activity
from chalicelib.catalog import media, service
from chalicelib.catalog.model import (
    PRODUCT,
    VARIANT,
    KitComponent,
    MediaKey,
    MoreVariants,
    NewMedia,
    NewProduct,
    NewVariant,
    ProductChange,
    UnitConversion,
    VariantChange,
    check_gtin,
    check_sku,
)
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.event import Event
from chalicelib.storage import blobs, read
from chalicelib.storage.client import TenantBreach

D = Decimal
NewContext = Callable[..., Context]
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3" fill="#c2334d"/></svg>'


def log(ctx: Context, **more: object) -> object:
    return service.create_product(ctx, NewProduct(name="Bûche glacée", brand="Givrée", axes=("Parts",), variants=(
        NewVariant(sku="BUCHE-4", axis_values=("4",), gtin="4006381333931", vat_rate=D("5.5"), weight_grams=440),
        NewVariant(sku="BUCHE-6", axis_values=("6",), vat_rate=D("5.5"), conversions=(
            UnitConversion(unit_code="CT", quantity=D(12), gtin="5901234123457"),))), **more))  # type: ignore[arg-type]


def test_an_order_line_finds_all_it_needs_by_sku(new_ctx: NewContext) -> None:
    log(new_ctx())
    found = service.find_skus(new_ctx(), ["BUCHE-4", "NOPE"])
    assert set(found) == {"BUCHE-4"}
    fact = found["BUCHE-4"]
    assert (fact.name, fact.vat_category, fact.vat_rate, fact.weight_grams) == ("Bûche glacée · 4", "S", D("5.5"), 440)
    assert service.sku_of_gtin(new_ctx(), "5901234123457") == "BUCHE-6"


def test_a_sku_and_a_gtin_belong_to_one_variant(new_ctx: NewContext) -> None:
    log(new_ctx())
    for variant in (NewVariant(sku="BUCHE-4"), NewVariant(sku="OTHER", gtin="4006381333931")):
        with pytest.raises(Conflict):
            service.create_product(new_ctx(), NewProduct(name="Other", variants=(variant,)))
    service.create_product(new_ctx(tenant="elsewhere"), NewProduct(name="Other", variants=(NewVariant(sku="BUCHE-4"),)))


def test_a_new_name_reaches_the_variants_and_their_guards(new_ctx: NewContext) -> None:
    product = log(new_ctx())
    service.update_product(new_ctx(), product, ProductChange(name="Bûche de Noël"))  # type: ignore[arg-type]
    assert service.find_skus(new_ctx(), ["BUCHE-6"])["BUCHE-6"].name == "Bûche de Noël · 6"


def test_a_kit_is_made_of_known_skus_that_are_no_kits(new_ctx: NewContext) -> None:
    log(new_ctx())
    box = NewVariant(sku="BOX", kit_components=(KitComponent(sku="BUCHE-4", quantity=D(1)),
                                                KitComponent(sku="BUCHE-6", quantity=D(2))))
    service.create_product(new_ctx(), NewProduct(name="Coffret", variants=(box,)))
    assert [(c.sku, c.quantity) for c in service.find_skus(new_ctx(), ["BOX"])["BOX"].kit] == [
        ("BUCHE-4", D(1)), ("BUCHE-6", D(2))]
    for component in ("NOPE", "BOX"):
        with pytest.raises(Invalid):
            service.create_product(new_ctx(), NewProduct(name="X", variants=(
                NewVariant(sku="X", kit_components=(KitComponent(sku=component, quantity=D(1)),)),)))


def test_variants_are_added_but_no_combination_twice(new_ctx: NewContext) -> None:
    product = log(new_ctx())
    more = MoreVariants(variants=(NewVariant(sku="BUCHE-8", axis_values=("8",)),))
    product = service.add_variants(new_ctx(), product, more)  # type: ignore[arg-type]
    assert [v.sku for v in service.variants_of(new_ctx(), product)] == ["BUCHE-4", "BUCHE-6", "BUCHE-8"]
    for values in (("8",), (), ("8", "9"), (" ",)):
        with pytest.raises(Invalid):
            service.add_variants(new_ctx(), product, MoreVariants(variants=(NewVariant(sku="NEW", axis_values=values),)))


def test_a_variant_changes_its_gtin_and_frees_the_old_one(new_ctx: NewContext) -> None:
    product = log(new_ctx())
    variant = read.get(new_ctx(), VARIANT, product.variant_ids[0])  # type: ignore[attr-defined]
    service.update_variant(new_ctx(), variant, VariantChange(gtin="73513537", vat_rate=D("5.5")))
    assert service.sku_of_gtin(new_ctx(), "73513537") == "BUCHE-4"
    assert service.sku_of_gtin(new_ctx(), "4006381333931") is None


@pytest.mark.parametrize("wrong", [
    {"name": "x" * 201}, {"name": " "}, {"description": "x" * 20_001}, {"axes": ("a",) * 6, "variants": ()},
    {"variants": (NewVariant(sku="A", kit_components=tuple(KitComponent(sku=f"C{n}", quantity=D(1)) for n in range(51))),)},
    {"variants": (NewVariant(sku="A", country_of_origin="France"),)}, {"variants": ()}])
def test_a_product_has_its_limits(new_ctx: NewContext, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        service.create_product(new_ctx(), NewProduct(**{"name": "Tasse", "variants": (NewVariant(sku="A"),), **wrong}))  # type: ignore[arg-type]


@pytest.mark.parametrize(("gtin", "is_right"), [
    ("4006381333931", True), ("4006381333932", False), ("73513537", True), ("036000291452", True), ("123", False)])
def test_gtins_have_their_check_digit(gtin: str, is_right: bool) -> None:
    if is_right:
        assert check_gtin(gtin) == gtin
    else:
        with pytest.raises(Invalid):
            check_gtin(gtin)


@pytest.mark.parametrize("sku", ["", "-A", "A B", "É1", "A" * 41, "A#B"])
def test_what_is_no_sku(sku: str) -> None:
    with pytest.raises(Invalid):
        check_sku(sku)


def test_a_picture_is_kept_shown_and_taken_away(new_ctx: NewContext) -> None:
    product = log(new_ctx())
    body = NewMedia(content_base64=base64.b64encode(DRAWING).decode(), title="Face")
    product = service.add_media(new_ctx(), product, body)  # type: ignore[arg-type]
    assert service.add_media(new_ctx(), product, body) == product
    (picture,) = product.media
    assert (picture.content_type, picture.title) == ("image/svg+xml", "Face")
    assert blobs.get(new_ctx(), f"media/{picture.key}") == DRAWING
    with pytest.raises(NotFound):
        blobs.get(new_ctx(tenant="elsewhere"), f"media/{picture.key}")
    assert f"/T/{product_tenant(new_ctx)}/media/{picture.key}" in blobs.link(new_ctx(), f"media/{picture.key}")
    service.remove_media(new_ctx(), product, MediaKey(key=picture.key))
    assert read.get(new_ctx(), PRODUCT, product.id).media == ()


def product_tenant(new_ctx: NewContext) -> str:
    return new_ctx().tenant_id


@pytest.mark.parametrize("content", [
    b"<svg><script>alert(1)</script></svg>", b'<svg onload="x()"></svg>', b'<svg><a href="javascript:x()"/></svg>',
    b'<svg><image href="http://evil.example/x.png"/></svg>', b"<svg><foreignObject/></svg>", b"<!DOCTYPE svg><svg/>",
    b"GIF89a", b"%PDF-1.7", b"", b"<svg><style>@import 'x'</style></svg>", b"<svg/onload=x() />"])
def test_what_is_no_picture_of_ours(content: bytes) -> None:
    with pytest.raises(Invalid):
        media.content_type(content)


def test_pictures_are_recognised_by_their_bytes() -> None:
    assert media.content_type(b"\x89PNG\r\n\x1a\n....") == "image/png"
    assert media.content_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert media.content_type(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "image/webp"
    assert media.content_type(b'<?xml version="1.0"?>' + DRAWING) == "image/svg+xml"
    with pytest.raises(Invalid):
        media.decode("A" * 900_000)
    with pytest.raises(Invalid):
        media.decode("not base64!")


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "a/../b", "", "a\\b"])
def test_no_file_name_leaves_the_tenants_folder(new_ctx: NewContext, name: str) -> None:
    with pytest.raises(TenantBreach):
        blobs.put(new_ctx(), name, b"x", "text/plain")


def test_products_are_found_by_a_word_of_theirs_or_of_a_variant(new_ctx: NewContext) -> None:
    product = log(new_ctx())
    service.create_product(new_ctx(), NewProduct(name="Verre à pied", variants=(NewVariant(sku="VERRE"),)))
    for kind, i in (("product", product.id), *(("variant", i) for i in product.variant_ids)):  # type: ignore[attr-defined]
        ctx = new_ctx()
        activity.record(ctx, [Event(f"evt_{i}", "ProductCreated", ctx.tenant_id, ctx.now, kind, i, 1, ctx.actor, "req_1", {})])
    for words in ("buche", "BUCHE-6", "4006381333931"):
        assert service.search_products(new_ctx(), words, 10) == [product.id]  # type: ignore[attr-defined]
    assert service.search_variants(new_ctx(), "4006381333931", 10) == [product.variant_ids[0]]  # type: ignore[attr-defined]
    assert service.search_products(new_ctx(), "sorbet", 10) == []

"""JSON at the door, and JSON as it is kept: what is taken, what is refused with which word, what comes back."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest

from chalicelib.kernel import codec
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import command, entity

D = Decimal


@entity
class Parcel:
    id: str
    weight: Decimal = D(0)
    note: str = ""
    packed_at: datetime | None = None
    version: int = 0


@command
class Line:
    sku: str
    quantity: Decimal = D(1)


@command
class Basket:
    lines: tuple[Line, ...]


def refusal(raw: bytes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        codec.load_strict(raw)
    return refused.value


def test_forty_digits_are_a_number_and_forty_one_are_not() -> None:
    assert codec.load_strict(b"9" * 40) == int("9" * 40)
    assert codec.load_strict(b"0." + b"1" * 38) == D("0." + "1" * 38)
    assert refusal(b"9" * 41).code == "json_number"
    assert refusal(b"0." + b"1" * 39).code == "json_number"


def test_a_number_is_at_most_ten_to_the_fortieth_and_not_smaller_than_its_inverse() -> None:
    assert codec.load_strict(b"1e40") == D("1e40") and codec.load_strict(b"1e-40") == D("1e-40")
    assert refusal(b"1e41").code == refusal(b"1e-41").code == "json_number"
    assert codec.load_strict(b"0e99") == 0
    assert refusal(b"1e9999999999999999999").code == "json_number"
    assert isinstance(codec.load_strict(b"1.0"), Decimal) and isinstance(codec.load_strict(b"1"), int)


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * depth + closing * depth).encode()


def test_twenty_four_levels_are_the_most() -> None:
    assert codec.load_strict(nested(24)) is not None
    assert refusal(nested(25)).code == "json_depth"
    assert refusal(b'{"a":' * 25 + b"1" + b"}" * 25).code == "json_depth"
    assert refusal(b'{"a":[' * 12 + b'{"a":1}' + b"]}" * 12).code == "json_depth"


def test_many_brackets_side_by_side_or_inside_texts_are_no_depth() -> None:
    flat = b"[" + b",".join([b"[1]", b'{"a":{}}'] * 20) + b"]"
    assert len(codec.load_strict(flat)) == 40
    text = '["' + "[" * 60 + '\\"' + "{" * 60 + '\\\\", "]"]'
    assert codec.load_strict(text.encode()) == ["[" * 60 + '"' + "{" * 60 + "\\", "]"]
    after_a_text = b'["\\\\", ' + nested(25) + b"]"
    assert refusal(after_a_text).code == "json_depth"
    assert refusal(b'["\\"", ' + nested(25) + b"]").code == "json_depth"
    assert refusal(b'["a", ' + nested(24) + b"]").code == "json_depth"
    assert len(codec.load_strict(b"[" + nested(23) + b"," + nested(23) + b"]")) == 2, "twenty-four deep, forty-seven brackets"
    assert refusal(b"[" + b"[]," * 30 + nested(24) + b"]").code == "json_depth"
    assert refusal(b"[?]" * 30).code == "json_syntax" and refusal(b"[?" * 25).code == "json_depth"


@pytest.mark.parametrize("text", ["\\ud800", "\\udfff\\ud83d", "a\\ud83d"])
def test_half_of_a_surrogate_pair_is_refused_and_a_whole_one_is_a_letter(text: str) -> None:
    assert refusal(f'{{"name": "{text}"}}'.encode()).code == "json_encoding"
    assert codec.load_strict(b'"\\ud83c\\udf66 \\u00e9"') == "🍦 é"
    assert codec.load_strict(b'{"a\\u00e9": 1.5}') == {"aé": D("1.5")}


def test_a_duplicate_key_is_refused_deep_inside_too() -> None:
    assert refusal(b'{"a":{"b":1,"b":2}}').code == "json_duplicate_key"
    assert codec.load_strict(b'[{"a":1},{"a":2}]') == [{"a": 1}, {"a": 2}]


def test_every_field_that_is_wrong_is_named_by_its_path() -> None:
    with pytest.raises(Invalid) as refused:
        codec.decode(Basket, b'{"lines":[{"sku":"A"},{"sku":"B","quantity":"x","colour":1}]}')
    assert refused.value.code == "validation"
    assert set(refused.value.fields) == {"lines.1.quantity", "lines.1.colour"}
    with pytest.raises(Invalid) as refused:
        codec.decode(Basket, b"[]")
    assert set(refused.value.fields) == {"body"}


def test_at_most_fifty_fields_are_told() -> None:
    raw = json.dumps({"lines": [{"sku": n} for n in range(60)]}).encode()
    with pytest.raises(Invalid) as refused:
        codec.decode(Basket, raw)
    assert len(refused.value.fields) == 50
    assert "lines.49.sku" in refused.value.fields
    assert all(isinstance(text, str) and "http" not in text for text in refused.value.fields.values())


def test_a_shape_goes_out_whole_and_is_stored_without_its_defaults() -> None:
    parcel = Parcel(id="prc_1", weight=D("1.50"), packed_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    assert json.loads(codec.encode(parcel)) == {"id": "prc_1", "weight": "1.50", "note": "",
                                                "packed_at": "2026-11-24T09:30:00Z", "version": 0}
    assert codec.plain(parcel) == json.loads(codec.encode(parcel))
    assert codec.store(Parcel(id="prc_1", weight=D("1.50"))) == '{"id":"prc_1","weight":"1.50"}'
    assert codec.encode([parcel], list[Parcel]).startswith('[{"id":"prc_1"')
    assert codec.plain((parcel,), tuple[Parcel, ...])[0]["weight"] == "1.50"
    assert codec.adapter(Parcel) is codec.adapter(Parcel)


def test_a_value_goes_out_in_the_shape_that_was_named() -> None:
    @entity
    class Public:
        id: str

    @entity
    class Private(Public):
        secret_hash: str

    key = Private(id="key_1", secret_hash="x")
    assert codec.encode(key, Public) == '{"id":"key_1"}' and codec.plain(key, Public) == {"id": "key_1"}
    assert codec.encode(key) == '{"id":"key_1","secret_hash":"x"}'


def test_a_document_of_any_version_is_read_through_every_step_from_its_own() -> None:
    """Version 1 had grams, version 2 kilograms as a number, version 3 has them as decimals."""
    def to_2(old: dict[str, object]) -> dict[str, object]:
        return {"id": old["id"], "kilos": int(str(old["grams"])) / 1000}

    def to_3(old: dict[str, object]) -> dict[str, object]:
        return {"id": old["id"], "weight": str(old["kilos"]), "note": "from kilos"}

    document = Document(kind="parcel", prefix="prc", model=Parcel, summary=lambda p: {}, schema_version=3,
                        upcasters={1: to_2, 2: to_3})
    expected = Parcel(id="prc_1", weight=D("1.5"), note="from kilos")
    assert codec.restore(document, '{"id":"prc_1","grams":1500}', 1) == expected
    assert codec.restore(document, '{"id":"prc_1","kilos":1.5}', 2) == expected
    assert codec.restore(document, '{"id":"prc_1","weight":"1.5"}', 3) == Parcel(id="prc_1", weight=D("1.5"))
    newer = '{"id":"prc_1","weight":"1.5","volume":"3"}'
    assert codec.restore(document, newer, 4) == Parcel(id="prc_1", weight=D("1.5"))


def test_internal_json_is_small_and_keeps_letters_decimals_and_shapes() -> None:
    facts = {"name": "Crème", "quantity": D("1.50"), "by_place": MappingProxyType({"W1": D(2)}), "line": Line(sku="A")}
    text = codec.compact(facts)
    assert text == '{"name":"Crème","quantity":"1.50","by_place":{"W1":"2"},"line":{"sku":"A","quantity":"1"}}'
    assert codec.load(text)["by_place"] == {"W1": "2"}


def test_a_fingerprint_is_half_a_sha_256() -> None:
    assert codec.fingerprint(b"body") == hashlib.sha256(b"body").hexdigest()[:32]

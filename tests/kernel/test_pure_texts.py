"""Texts without controls, and what a newer version stored kept by an older one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.kernel import codec
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import entity
from chalicelib.kernel.text import as_line, holds_control, is_line

CONTROLS = [*range(0x00, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]
HARMLESS = [0x09, 0x0A, 0x0D, 0x20, 0x7E, 0xA0, 0xE9, 0x2027, 0x202A, 0x1F366]


# -- texts -------------------------------------------------------------------------------------------------------------


def test_the_controls_are_those_of_unicode_but_tab_and_line_breaks() -> None:
    assert all(holds_control(f"a{chr(code)}b") for code in CONTROLS)
    assert not any(holds_control(f"a{chr(code)}b") for code in HARMLESS)
    assert is_line("Glace") and is_line("")
    assert not any(map(is_line, ("a\tb", "a\nb", "a\rb", "a\x00b")))
    assert as_line("a\r\nb\tc\x1b[0m", 20) == "a  b c [0m" and as_line("x" * 30, 20) == "x" * 20


@pytest.mark.parametrize("escaped", [False, True])
def test_a_body_holds_no_control_however_deep_and_however_written(escaped: bool) -> None:
    for code in CONTROLS:
        for value in (f"a{chr(code)}", {"k": f"{chr(code)}"}, {f"{chr(code)}": 1}, ["ok", [f"x{chr(code)}", "ok"]],
                      {"a": [{"b": f"x{chr(code)}"}]}):
            raw = json.dumps(value, ensure_ascii=escaped)
            if not escaped and code < 0x20:
                raw = json.dumps(value, ensure_ascii=True)
            with pytest.raises(Invalid) as refused:
                codec.load_strict(raw.encode())
            assert refused.value.code == "json_control", (hex(code), raw)
    for code in HARMLESS:
        assert codec.load_strict(json.dumps([f"a{chr(code)}"], ensure_ascii=escaped).encode()) == [f"a{chr(code)}"]
    assert codec.load_strict(b'["a\\\\b", 1, null, {"a": []}]') == ["a\\b", 1, None, {"a": []}]


# -- what a newer version stored ---------------------------------------------------------------------------------------


def test_what_an_older_version_does_not_know_is_found_at_every_depth_and_put_back() -> None:
    stored = {"id": "o1", "note": "x", "gift": True, "buyer": {"name": "Luc", "vip": 1},
              "lines": [{"id": "1", "sku": "A", "colour": "red"}, {"id": "2", "sku": "B"}], "tags": ["a"]}
    known = {"id": "o1", "note": "x", "buyer": {"name": "Luc", "phone": ""}, "tags": ["a"],
             "lines": [{"id": "1", "sku": "A"}, {"id": "2", "sku": "B"}]}
    found = codec.unknown(stored, known)
    assert found == {"gift": {"=": True}, "buyer": {"+": {"vip": {"=": 1}}},
                     "lines": {"+": [["1", {"colour": {"=": "red"}}], ["2", None]]}}
    changed = {**known, "note": "y", "lines": [{"id": "2", "sku": "B"}, {"id": "1", "sku": "A"}, {"id": "3", "sku": "C"}]}
    assert codec.with_unknown(changed, found) == {
        "id": "o1", "note": "y", "gift": True, "buyer": {"name": "Luc", "phone": "", "vip": 1}, "tags": ["a"],
        "lines": [{"id": "2", "sku": "B"}, {"id": "1", "sku": "A", "colour": "red"}, {"id": "3", "sku": "C"}]}
    assert changed["lines"][1] == {"id": "1", "sku": "A"}, "what was given is not changed"
    assert codec.with_unknown({"id": "o1"}, found) == {"id": "o1", "gift": True}, "a part that is gone stays gone"


def test_nothing_unknown_is_nothing() -> None:
    for stored, known in (({"a": 1}, {"a": 1, "b": 2}), ([{"id": "1"}], [{"id": "1"}]), ([1], [1, 2]), ([1, 2], [1]),
                          ({"a": 1}, [1]), ([1], {"a": 1}), ("a", "a"), ({}, {}), ([], [])):
        assert codec.unknown(stored, known) is None, (stored, known)
    for value in ({"a": 1}, [1, 2], "a", None):
        assert codec.with_unknown(value, None) == value
    assert codec.with_unknown([1], {"a": {"=": 1}}) == [1] and codec.with_unknown({"a": 1}, [[None, None]]) == {"a": 1}


@pytest.mark.parametrize("key", ["id", "line_id", "sku", "key"])
def test_members_of_a_list_are_recognised_by_their_first_name(key: str) -> None:
    found = codec.unknown([{key: "x", "new": 1}, {key: "y"}], [{key: "x"}, {key: "y"}])
    assert found == [["x", {"new": {"=": 1}}], ["y", None]]
    assert codec.with_unknown([{key: "y"}, {key: "x"}], found) == [{key: "y"}, {key: "x", "new": 1}]
    assert codec.unknown([{"id": "", key: "x", "n": 1}], [{"id": "", key: "x"}]) == [["x", {"n": {"=": 1}}]]


def test_members_without_names_are_recognised_by_place_while_none_was_added() -> None:
    found = codec.unknown([{"q": 1, "new": 1}, {"q": 2, "new": 2}], [{"q": 1}, {"q": 2}])
    assert found == [[None, {"new": {"=": 1}}], [None, {"new": {"=": 2}}]]
    assert codec.with_unknown([{"q": 5}, {"q": 2}], found) == [{"q": 5, "new": 1}, {"q": 2, "new": 2}]
    assert codec.with_unknown([{"q": 5}], found) == [{"q": 5}]
    half = codec.unknown([{"q": 1, "new": 1}, {"id": "b", "new": 2}], [{"q": 1}, {"id": "b"}])
    put_back = codec.with_unknown([{"q": 1}, {"id": "b"}], half)
    assert put_back == [{"q": 1}, {"id": "b", "new": 2}], "one has a name, so places do not count"
    only_second = codec.unknown([{"q": 1}, {"q": 2, "new": 2}], [{"q": 1}, {"q": 2}])
    assert only_second == [[None, None], [None, {"new": {"=": 2}}]]


def test_an_answer_is_described_with_every_field_required() -> None:
    @entity
    class Shown:
        id: str
        note: str = ""

    schema: dict[str, Any] = codec.adapter(Shown).json_schema(mode="serialization")
    assert schema["required"] == ["id", "note"]

"""Documents of every released version are read for ever; two versions share one table; going back loses nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.shapes import entity
from chalicelib.storage import keys, newer, read
from chalicelib.storage.transaction import Transaction
from tests.migrations.shapes import FOLDER, documents, example, path_of, shape_of

DOCUMENTS = documents()
FIXTURES = sorted((path.parent.name, int(path.stem[1:])) for path in FOLDER.glob("*/v*.json"))


def fixture(kind: str, version: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path_of(kind, version).read_text())
    return found


def lost(before: Any, after: Any) -> list[str]:
    """The plain values of `before` that stand nowhere in `after`."""
    def leaves(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [leaf for part in value.values() for leaf in leaves(part)]
        return [leaf for part in value for leaf in leaves(part)] if isinstance(value, list) else [json.dumps(value)]

    kept = set(leaves(after))
    return [leaf for leaf in leaves(before) if leaf not in kept]


# -- what is frozen --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_version_of_every_document_has_its_fixture(kind: str) -> None:
    document = DOCUMENTS[kind]
    assert [v for k, v in FIXTURES if k == kind] == list(range(1, document.schema_version + 1)), (
        f"{kind} lacks a fixture: python -m tests.migrations.freeze")
    assert set(document.upcasters) == set(range(1, document.schema_version)), f"{kind} lacks an upcaster"


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_stored_shape_does_not_change_without_a_version(kind: str) -> None:
    document = DOCUMENTS[kind]
    assert shape_of(document) == fixture(kind, document.schema_version)["shape"], (
        f"what is stored of {kind} changed. Give it the next schema_version, an upcaster, and a fixture (python -m "
        "tests.migrations.freeze); if no released program wrote this version yet, add --unreleased")


@pytest.mark.parametrize(("kind", "version"), FIXTURES)
def test_every_released_document_is_read_and_loses_nothing(kind: str, version: int) -> None:
    document, stored = DOCUMENTS[kind], fixture(kind, version)["data"]
    value = codec.restore(document, json.dumps(stored), version)
    again = json.loads(codec.store(value))
    assert lost(stored, again) == []
    assert codec.restore(document, codec.store(value), document.schema_version) == value
    if version == document.schema_version:
        assert again == stored


# -- a real step, on a document of the tests' own --------------------------------------------------------------------


@entity
class LabelLineV1:
    id: str
    text: str


@entity
class LabelV1:
    """As the first release had it."""

    id: str
    version: int = 0
    title: str
    lines: tuple[LabelLineV1, ...] = ()


@entity
class LabelLine:
    id: str
    text: str
    bold: bool = False


@entity
class Label:
    """The third version: a language came with the second, a width and bold lines with the third."""

    id: str
    version: int = 0
    title: str
    language: str = "fr"
    width_mm: int = 0
    lines: tuple[LabelLine, ...] = ()


def _language(value: dict[str, Any]) -> dict[str, Any]:
    """1 → 2: titles had no language; they were French."""
    return {**value, "language": "fr"}


def _width(value: dict[str, Any]) -> dict[str, Any]:
    """2 → 3: labels had no width; there was one size."""
    return {**value, "width_mm": 57}


OLD: Document[LabelV1] = Document("label", "lbl", LabelV1, lambda label: {"title": label.title})
NEW: Document[Label] = Document("label", "lbl", Label, lambda label: {"title": label.title}, schema_version=3,
                                upcasters={1: _language, 2: _width})


def save(make: Callable[[], Context], document: Document[Any], old: Any, new: Any) -> Any:
    transaction = Transaction(make())
    saved = transaction.save(document, old, new) if old else transaction.create(document, new)
    transaction.commit()
    return saved


def test_the_chain_lifts_the_first_version_to_the_third_and_touches_nothing_it_was_given() -> None:
    stored = {"id": "lbl_1", "title": "Bûche", "lines": [{"id": "1", "text": "à 4"}]}
    before = copy.deepcopy(stored)
    lifted = codec.restored(NEW, stored, 1)
    assert (lifted.title, lifted.language, lifted.width_mm, lifted.lines[0].text) == ("Bûche", "fr", 57, "à 4")
    assert stored == before and codec.restored(NEW, stored, 1) == lifted
    assert codec.restored(NEW, {**stored, "language": "en"}, 2).language == "en", "a later version starts in the middle"


def test_new_code_reads_what_old_code_wrote_and_saves_it_as_its_own(new_ctx: Callable[..., Context]) -> None:
    save(new_ctx, OLD, None, LabelV1(id="lbl_1", title="Bûche"))
    found = read.get(new_ctx(), NEW, "lbl_1")
    assert (found.language, found.width_mm) == ("fr", 57)
    save(new_ctx, NEW, found, replace(found, width_mm=62))
    stored = read.item(new_ctx(), keys.document(new_ctx(), "label", "lbl_1"))
    assert stored is not None and stored.schema_version == 3
    assert read.get(new_ctx(), NEW, "lbl_1").width_mm == 62


def test_old_code_keeps_what_it_does_not_know_at_every_depth(new_ctx: Callable[..., Context]) -> None:
    """Both versions at once on one table, and the way back: N writes, N - 1 changes, N reads."""
    lines = (LabelLine(id="1", text="à 4", bold=True), LabelLine(id="2", text="à 6"), LabelLine(id="3", text="à 8", bold=True))
    save(new_ctx, NEW, None, Label(id="lbl_2", title="Bûche", language="en", width_mm=62, lines=lines))
    old = read.get(new_ctx(), OLD, "lbl_2")
    changed = replace(old, title="Bûche glacée", lines=(old.lines[2], LabelLineV1(id="4", text="à 2"), old.lines[0]))
    saved = save(new_ctx, OLD, old, changed)
    found = read.get(new_ctx(), NEW, "lbl_2")
    assert (found.title, found.language, found.width_mm, found.version) == ("Bûche glacée", "en", 62, saved.version)
    assert [(line.id, line.bold) for line in found.lines] == [("3", True), ("4", False), ("1", True)]
    assert codec.unknown({}, {}) is None


def test_versions_take_turns_without_losing_a_change(new_ctx: Callable[..., Context]) -> None:
    save(new_ctx, NEW, None, Label(id="lbl_3", title="0", language="en", width_mm=1))
    for n in range(1, 7):
        mine: Document[Any] = OLD if n % 2 else NEW
        found = read.get(new_ctx(), mine, "lbl_3")
        save(new_ctx, mine, found, replace(found, title=str(n), **({} if mine is OLD else {"width_mm": n})))
    last = read.get(new_ctx(), NEW, "lbl_3")
    assert (last.title, last.language, last.width_mm, last.version) == ("6", "en", 6, 7)


def test_old_code_reads_every_fixture_of_the_version_after_it() -> None:
    """Going back: what version 3 wrote is a whole document for version 1."""
    stored = codec.store(example(Label))
    found = codec.restore(OLD, stored, 3)
    assert found.title == "title é" and found.lines[0].text == "text é"


# -- teeth -----------------------------------------------------------------------------------------------------------


def test_an_upcaster_that_loses_a_field_is_caught() -> None:
    def forgets(value: dict[str, Any]) -> dict[str, Any]:
        return {name: part for name, part in value.items() if name != "title"} | {"title": ""}

    broken = replace(NEW, upcasters={1: forgets, 2: _width})
    stored = json.loads(codec.store(example(LabelV1)))
    assert lost(stored, json.loads(codec.store(codec.restored(NEW, stored, 1)))) == []
    assert lost(stored, json.loads(codec.store(codec.restored(broken, stored, 1)))) == ['"title \\u00e9"']


def test_a_writer_that_drops_what_it_does_not_know_is_caught(
        new_ctx: Callable[..., Context], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newer, "keep", lambda ctx, document, old, data: (data, document.schema_version))
    with pytest.raises(AssertionError):
        test_old_code_keeps_what_it_does_not_know_at_every_depth(new_ctx)


def test_a_changed_shape_is_caught() -> None:
    assert shape_of(OLD) != shape_of(replace(NEW, schema_version=1)), "a field more"

    @entity
    class Retyped:
        id: str
        version: int = 0
        title: int
        lines: tuple[LabelLineV1, ...] = ()

    assert shape_of(OLD) != shape_of(replace(OLD, model=Retyped)), "another type"

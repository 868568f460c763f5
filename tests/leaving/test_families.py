"""The table of what is stored names everything that is stored."""

from __future__ import annotations

import ast

from chalicelib.leaving.families import BY_NAME, EXPORTED, FAMILIES, FATES, FOLDERS, KEPT
from tests.keys_in_code import SOURCES, modules
from tests.migrations.shapes import documents

KEYS = {"journal_entry": "entry", "audit_record": "audit"}
"""Documents whose keys begin with another word than their kind."""

def families_in_code() -> set[str]:
    """The first word of every key the program makes, documents' and children's alike."""
    found = set(documents())
    for module in modules():
        for call in module.calls("keys.child"):
            found.add(module.text(call.args[1])[0].partition("#")[0])
    return (found | {"unique", "command", "outbox", "counter"}) - {""}


def test_every_family_has_a_fate() -> None:
    named = {KEYS.get(name, name) for name in families_in_code()}
    missing = named - set(BY_NAME) - {HEAD}
    assert not missing, f"say in chalicelib/leaving/families.py what becomes of {sorted(missing)} when a company leaves"


HEAD = "series_head"
"""Its key is made with a constant of its module."""


def test_the_table_names_nothing_else() -> None:
    named = {KEYS.get(name, name) for name in families_in_code()}
    assert {family.name for family in FAMILIES} - named <= {HEAD, "archive", "subject_key"}
    assert len(BY_NAME) == len(FAMILIES) and {family.fate for family in FAMILIES} <= FATES.keys()


def test_what_is_exported_can_be_found() -> None:
    assert all(family.walks for family in EXPORTED) and not [f.name for f in FAMILIES if f.walks and f not in EXPORTED]
    assert all(family.document for family in KEPT if family.name in documents())


def test_no_secret_is_exported() -> None:
    """Whatever a field is called that holds a secret, it is hidden wherever it is exported."""
    for family in EXPORTED:
        document = family.document or documents().get(family.name)
        for name in document.model.__dataclass_fields__ if document else ():
            if name.startswith("sealed_") or "secret_hash" in name or name in ("token_hash", "login_id"):
                assert name in family.hidden or "is_" in name, f"{family.name}.{name} leaves with the export"


def test_every_folder_of_files_has_a_fate() -> None:
    written = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                head, slash, _ = str(node.values[0].value).partition("/")
                if slash and head.isidentifier() and len(node.values) > 1:
                    written.add(head)
    assert {"media", "papers", "labels", "jobs", "exports", "imports"} <= written
    assert set(FOLDERS.values()) <= FATES.keys()

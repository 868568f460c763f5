"""What a record keeps of a change, and what it never does."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.audit import exporting
from chalicelib.audit.model import AuditRecord, DocumentChange, FieldChange, hash_of, last_due
from chalicelib.events.routing import ROUTES
from chalicelib.kernel import audit
from chalicelib.kernel.ids import instant_of, sortable_id
from tests.torture.proofs.audit import documents

OWN = {"company", "carrier", "warehouse", "tenant", "branding", "connection"}
"""Documents about the company itself and its partners: their addresses are no person's."""

PERSONAL = re.compile(r"e?mail$|phone|address|customer_name|party_name|buyer|birth|company_name")
NO_PERSON = {"source_ip", "email_key", "buyer_reference"}
OWN_FIELDS = {"seller"}


def names_of(shape: Any, seen: frozenset[Any] = frozenset()) -> set[str]:
    """The names of a shape's fields, at every depth."""
    if not dataclasses.is_dataclass(shape) or shape in seen:
        return set().union(*(names_of(part, seen) for part in typing.get_args(shape)))
    hints = typing.get_type_hints(shape)
    return {field.name for field in dataclasses.fields(shape)}.union(*(names_of(h, seen | {shape}) for h in hints.values()))


@pytest.mark.parametrize("kind", sorted(documents().keys() - OWN))
def test_what_sounds_like_a_person_is_declared_personal(kind: str) -> None:
    document = documents()[kind]
    if document.is_derived:
        return
    inside = {field.name for field in dataclasses.fields(document.model)} - document.personal - OWN_FIELDS
    hints = typing.get_type_hints(document.model)
    told = {name for name in inside if PERSONAL.search(name)}.union(
        *({each for each in names_of(hints[name]) - document.personal if PERSONAL.search(each)} for name in inside))
    assert told - NO_PERSON == set(), f"{kind}: declare them personal"


def test_of_a_change_each_field_is_kept_before_and_after_and_of_a_secret_that_it_changed() -> None:
    key = documents()["api_key"]
    told = audit.change(key, "key_1", 3, '{"id":"key_1","name":"ERP","secret_hash":"aa","version":2,"permissions":["a","b"]}',
                        '{"id":"key_1","name":"WMS","secret_hash":"bb","version":3,"permissions":["a"]}')
    assert told == {"verb": "changed", "kind": "api_key", "id": "key_1", "version": 3, "fields": {
        "name": ["ERP", "WMS"], "secret_hash": ["•••", "•••"], "permissions.1": ["b", None]}}


def test_of_a_person_only_that_something_changed() -> None:
    customer = documents()["customer"]
    told = audit.change(customer, "cus_1", 2, '{"name":"Zoé","tags":["pro"],"billing_address":{"city":"Annecy"}}',
                        '{"name":"Zoé Martin","tags":["pro","vip"],"billing_address":{"city":"Lyon"}}')
    assert "Zoé" not in str(told) and "Lyon" not in str(told)
    assert audit.fields_of(told) == [("name", "•••", "•••"), ("tags.1", None, "vip"), ("billing_address", "•••", "•••")]
    assert audit.label_of(customer, {"name": "Zoé"}) == ""


def test_a_long_text_is_cut_and_a_change_of_very_many_fields_says_how_many_more() -> None:
    product = documents()["product"]
    told = audit.change(product, "prd_1", 1, "", '{"name":"Bûche","description":"' + "x" * 3000 + '"}')
    assert len(told["after"]["description"]) == 501
    many = "{" + ",".join(f'"f{n}":{n}' for n in range(2000)) + "}"
    assert audit.change(product, "prd_1", 2, '{"x":1}', many)["more"] == 501


def test_the_instant_of_an_id_is_the_one_it_was_made_at() -> None:
    at = datetime(2026, 11, 24, 20, 59, 59, 999_400, tzinfo=UTC)
    assert instant_of(sortable_id("aud", at, b"0123456789")) == at.replace(microsecond=999_000)
    assert [instant_of(each) for each in ("aud_", "aud_x", "aud_" + "!" * 26, "aud_Z" + "0" * 25)] == [None] * 4


def test_any_byte_any_order_and_any_hour_give_another_hash() -> None:
    records = [("aud_1", b"one"), ("aud_2", b"two")]
    base = hash_of("maison", "2026112420", "0" * 64, records)
    others = [("givree", "2026112420", "0" * 64, records), ("maison", "2026112421", "0" * 64, records),
              ("maison", "2026112420", "1" * 64, records), ("maison", "2026112420", "0" * 64, records[:1]),
              ("maison", "2026112420", "0" * 64, [("aud_1", b"onet"), ("aud_2", b"wo")]),
              ("maison", "2026112420", "0" * 64, [*records, ("aud_3", b"")])]
    assert base[1] == 2 and len({base[0], *(hash_of(*each)[0] for each in others)}) == 7


def test_an_hour_is_closed_six_minutes_after_its_end() -> None:
    assert last_due(datetime(2026, 11, 24, 21, 5, tzinfo=UTC)) == datetime(2026, 11, 24, 19, tzinfo=UTC)
    assert last_due(datetime(2026, 11, 24, 21, 6, tzinfo=UTC)) == datetime(2026, 11, 24, 20, tzinfo=UTC)


def test_a_file_has_a_line_for_each_field_and_runs_no_formula() -> None:
    fields = (FieldChange(path="iban", before=None, after="FR76"), FieldChange(path="name", before="A", after=["-1+1"]))
    record = AuditRecord(
        id="aud_1", at=datetime(2026, 11, 24, 20, tzinfo=UTC), actor_kind="user", actor_id="usr_1",
        actor_name="=cmd|'/c calc'!A1", operation="PUT /api/tenants/company", event="CompanyUpdated", document_kind="company",
        document_id="company", label="", source_ip="203.0.113.7", user_agent="@agent", request_id="req_1", events=(),
        changes=(DocumentChange(kind="company", id="company", version=2, verb="changed", fields=fields),),
        expires_on="2029-11-23")
    lines = exporting.as_csv([record], "fr").removeprefix("\ufeff").splitlines()
    assert len(lines) == 3 and lines[0].startswith("Instant (UTC);Acteur")
    assert "'=cmd" in lines[1] and ";'@agent;" in lines[1] and lines[1].endswith(";iban;;FR76")
    assert lines[2].endswith(';name;A;"[""-1+1""]"')
    assert exporting.as_xlsx([record], "en").startswith(b"PK")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_event_has_words_for_who_reads_the_audit(language: str) -> None:
    words = json.loads((Path(__file__).parents[2] / "portal" / "src" / "i18n" / f"{language}.json").read_text())
    assert [each for each in ROUTES if f"timeline.{each}" not in words] == []
    assert [each for each in audit.AUDITED if f"actor.{each}" not in words] == []

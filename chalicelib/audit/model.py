"""The shapes of the audit and its seals; pure.

hash_n = SHA-256(tenant, hour, count, hash_{n-1}, then each record's bytes in the order of their ids), so whatever is altered,
left out or added behind an hour that was sealed is found. The seal signs the hash under a key that is not in the table:
whoever could write the table could not write the seals anew (Schneier and Kelsey, "Secure Audit Logs to Support Computer
Forensics", ACM TISSEC 2(2), 1999, for why a log must be closed under a key its writer does not keep).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.kernel import audit, codec
from chalicelib.kernel.documents import Document
from chalicelib.kernel.shapes import Row, command, entity

GENESIS = "0" * 64
SETTLED = timedelta(minutes=6)
"""After this much of the next hour nothing of an hour can still be on its way: a record's instant is taken when its commit
begins, and no function runs longer than five minutes."""
SEALED_AT = 7
"""Minutes past the hour at which the hour before is sealed: so a record stands without its seal for 67 minutes at most, and
the time the beat takes."""
HOURS_A_RUN = 200


@entity
class Seal:
    """What one hour's records were when it was closed. `left` is the hash of what stands since a person was taken out of
    them, `left_signature` signs it together with `hash`."""

    hour: str
    count: int
    previous: str
    hash: str
    signature: str
    sealed_at: datetime
    left: str = ""
    left_signature: str = ""


@entity
class Head:
    """The last hour that is sealed, and its hash. `version` keeps two that seal at once apart."""

    id: str = "head"
    version: int = 0
    hour: str = ""
    hash: str = GENESIS
    sealed: int = 0


SEALS: Document[Head] = Document("audit_seals", "", Head, lambda h: {"hour": h.hour}, is_derived=True)


@entity
class FieldChange:
    """One field before and after, as JSON writes values; null where there was nothing. `•••` stands for what is not kept."""

    path: str
    before: Any = None
    after: Any = None


@entity
class DocumentChange:
    """What became of one document: created, changed or removed. `more` fields were left out."""

    kind: str
    id: str
    version: int
    verb: str
    fields: tuple[FieldChange, ...]
    more: int = 0


@entity
class AuditRow(Row):
    """A record in a list: who did what to which document, when and from where. Of what an operator does inside, `consent_id` is
    the access it rests on and `consented_by` who of the company granted it; "" of everybody else."""

    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    operation: str
    event: str
    document_kind: str
    document_id: str
    label: str
    source_ip: str
    consent_id: str
    consented_by: str


@entity
class AuditRecord:
    """A record whole. `events` are all that the change said, `changes` every document that it touched."""

    id: str
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    operation: str
    event: str
    document_kind: str
    document_id: str
    label: str
    source_ip: str
    consent_id: str = ""
    consented_by: str = ""
    user_agent: str
    request_id: str
    events: tuple[str, ...]
    changes: tuple[DocumentChange, ...]
    expires_on: str


RECORD: Document[AuditRecord] = Document("audit_record", "aud", AuditRecord, lambda record: {}, is_derived=True)
"""Named for its lists; `storage.record` writes it."""


@command
class ExportAudit:
    """A file of what these filters find: `filters` are the list's own, by name; `format` is csv or xlsx."""

    format: str = "csv"
    filters: Mapping[str, str] = field(default_factory=dict)


@entity
class Finding:
    """Something that is not as it was sealed: `code` is altered (an hour's records are not those that were sealed), broken (a
    seal does not follow the one before) or unsealed (records stand where none were when the hour was passed)."""

    hour: str
    code: str
    sealed_count: int
    found_count: int


@entity
class Check:
    """What a check of a period found. Hours after `sealed_through` are not closed yet."""

    first: str
    last: str
    hours: int
    records: int
    sealed_through: str
    findings: tuple[Finding, ...]


ROW_COLUMNS = ("actor_kind", "actor_id", "actor_name", "operation", "event", "document_kind", "document_id", "label",
               "source_ip", "consent_id", "consented_by")


def row(record_id: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    """A list's row of a stored summary: columns left out are empty."""
    return {"id": record_id, "kind": "audit_record", "version": 1, "at": summary["at"],
            **{name: summary.get(name, "") for name in ROW_COLUMNS}}


def shown(summary: str, packed: bytes, expires_at: int) -> AuditRecord:
    """A stored record as it is shown."""
    columns, body = codec.load(summary), audit.unpack(packed)
    changes = tuple(
        DocumentChange(kind=each["kind"], id=each["id"], version=each["version"], verb=each["verb"], more=each.get("more", 0),
                       fields=tuple(FieldChange(path=path, before=was, after=now) for path, was, now in audit.fields_of(each)))
        for each in body["ch"])
    return AuditRecord(
        id=columns["id"], at=datetime.fromisoformat(columns["at"]), user_agent=body["ua"], request_id=body["rq"],
        events=tuple(each[0] for each in body["ev"]), changes=changes,
        expires_on=f"{datetime.fromtimestamp(expires_at, datetime.fromisoformat(columns['at']).tzinfo):%Y-%m-%d}",
        **{name: columns.get(name, "") for name in ROW_COLUMNS})


def hash_of(tenant_id: str, hour: str, previous: str, records: Iterable[tuple[str, bytes]]) -> tuple[str, int]:
    """The hash of an hour and how many records it has; each is its id and its bytes, in the order of the ids."""
    content, count = hashlib.sha256(), 0
    for record_id, packed in records:
        content.update(f"{record_id}\n{len(packed)}\n".encode() + packed)
        count += 1
    head = f"{tenant_id}\n{hour}\n{count}\n{previous}\n"
    return hashlib.sha256(head.encode() + content.digest()).hexdigest(), count


def last_due(now: datetime) -> datetime:
    """The latest hour that can be closed at this instant."""
    return (now - SETTLED).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)

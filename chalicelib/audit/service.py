"""Reads the audit: one record, a document's records, whole records of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.activity import service as activity
from chalicelib.audit.model import AuditRecord, row, shown
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import instant_of
from chalicelib.storage import keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item

PREFIX = "aud_"


def _key(ctx: Context, record_id: str) -> Key | None:
    """Where a record stands: its id tells the hour."""
    at = instant_of(record_id) if record_id.startswith(PREFIX) else None
    return keys.audit(ctx, record_id, at) if at else None


def _items(ctx: Context, ids: Iterable[str]) -> dict[str, Item]:
    wanted = {key: record_id for record_id in ids if (key := _key(ctx, record_id)) is not None}
    return {wanted[key]: item for key, item in read.items(ctx, wanted).items()}


def record_of(item: Item) -> AuditRecord:
    """A stored record as it is shown."""
    return shown(item.summary or "{}", item.packed or b"", item.expires_at or 0)


def records(ctx: Context, ids: Iterable[str]) -> dict[str, AuditRecord]:
    """Whole records by id; those that are not there are missing."""
    return {record_id: record_of(item) for record_id, item in _items(ctx, ids).items()}


def record(ctx: Context, record_id: str) -> AuditRecord:
    """One record. Raises NotFound."""
    found = records(ctx, [record_id]).get(record_id)
    if found is None:
        raise NotFound("audit_record")
    return found


def of_document(ctx: Context, kind: str, document_id: str) -> list[dict[str, Any]]:
    """The rows of one document's records, newest first, at most two hundred: those of the entries of its timeline."""
    entries: list[Mapping[str, Any]] = activity.timeline(ctx, kind, document_id)
    ids = dict.fromkeys(PREFIX + str(entry["id"]).partition("_")[2].partition(".")[0] for entry in entries)
    found = _items(ctx, ids)
    return [row(each, codec.load(found[each].summary or "{}")) for each in ids if each in found]

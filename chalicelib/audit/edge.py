"""The lists of the audit and what may be asked of them, for the routes that show and export them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.audit import service
from chalicelib.audit.model import RECORD, AuditRow, row
from chalicelib.kernel.context import Context
from chalicelib.runtime.endpoints import Parameter
from chalicelib.runtime.resources import Listing, Resource, list_page, row_count

RECORDS = Resource(
    document=RECORD, path="/records", read="audit.read",
    write="audit.read", row=AuditRow,
    listings={"": Listing("by_list", "AUDIT"), "people": Listing("by_ref", "AUDIT#people"),
              "sign_ins": Listing("by_ref", "AUDIT#sign_ins")},
    lookups={"person": Listing("by_party", "AUDIT_BY#{}")},
    filters=("actor_kind", "actor_id", "event", "operation", "document_kind", "document_id", "source_ip"),
    texts=("actor_name", "operation", "event", "document_kind", "document_id", "label", "source_ip"))
QUESTION = (
    Parameter("from", "first day or instant, UTC"), Parameter("to", "last day or instant, UTC"),
    Parameter("view", "people (everything but programs and shops) or sign_ins; everything if not given"),
    Parameter("person", "a user's id"), Parameter("q", "part of a name, operation, document or address"),
    *(Parameter(name) for name in RECORDS.filters))


def page(ctx: Context, query: Mapping[str, str]) -> Mapping[str, Any]:
    """A page of rows. A document's own are found by its timeline, however long ago they were."""
    if query.get("document_kind") and query.get("document_id"):
        others = {name: query[name] for name in RECORDS.filters if query.get(name) and not name.startswith("document_")}
        rows = service.of_document(ctx, query["document_kind"], query["document_id"])
        kept = [each for each in rows if all(each[name] in value.split(",") for name, value in others.items())]
        return {"items": kept, "cursor": None, "looked_at": len(rows)}
    body = list_page(ctx, RECORDS, query).body
    return {**body, "items": [row(str(each["id"]), each) for each in body["items"]]}


def count(ctx: Context, query: Mapping[str, str]) -> int:
    """How many records a question looks at, before its filters."""
    return 0 if query.get("document_kind") and query.get("document_id") else row_count(ctx, RECORDS, query)

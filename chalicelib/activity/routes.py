"""Timeline, changes feed and search."""

from __future__ import annotations

from typing import Any

from chalicelib.activity import service
from chalicelib.activity.answers import Change, Found, TimelineEntry
from chalicelib.kernel.context import Context
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request

api = Api("activity", root="/api")


@api.get("/changes", permission="activity.read", stays_open=True, answer=Change, is_list=True, others={304: None},
         parameters=(Parameter("since", "a position this feed gave"),))
def list_changes(ctx: Context, request: Request[Any]) -> Answer:
    """What changed since a position of this feed; the portal's live view."""
    since = request.query.get("since", "")
    items, cursor = service.changes(ctx, since)
    tag = f'"{cursor}"'
    if since and not items and request.headers.get("if-none-match") == tag:
        return Answer("", 304, {"ETag": tag})
    return Answer({"items": items, "cursor": cursor}, 200, {"ETag": tag})


@api.get("/search", permission="activity.read", answer=Found, is_list=True,
         parameters=(Parameter("q", "words, numbers, SKUs, GTINs, e-mails"),))
def search(ctx: Context, request: Request[Any]) -> Answer:
    """Documents by part of a name, number, SKU, GTIN or e-mail."""
    return Answer({"items": service.search(ctx, request.query.get("q", "")[:200]), "cursor": None})


@api.get("/timeline/{kind}/{document_id}", permission="activity.read", answer=TimelineEntry, is_list=True)
def read_timeline(ctx: Context, request: Request[Any], kind: str, document_id: str) -> Answer:
    """What happened to a document: who, when, what; newest first."""
    return Answer({"items": service.timeline(ctx, kind, document_id), "cursor": None})

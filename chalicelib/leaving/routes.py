"""A company's own data: take it along, bring it in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import replace
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.kernel.ids import sortable_id
from chalicelib.kernel.job import Download
from chalicelib.leaving import archive, closing, erasing, erasing_users, exporting, importing, reading
from chalicelib.leaving.closing import CLOSURE, ClosureView, RequestClosure
from chalicelib.leaving.forgetting import (
    ERASURE,
    ArchivedDocument,
    ArchivedList,
    EraseBody,
    ErasureRow,
    Preview,
)
from chalicelib.leaving.model import ImportExport, Uploaded, UploadPart
from chalicelib.parties import service as parties
from chalicelib.runtime import jobs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.jobs import JobView
from chalicelib.runtime.resources import Listing, Nothing, Resource, mount
from chalicelib.storage import blobs

api = Api("leaving")
LOADERS[CLOSURE.kind] = lambda ctx, _: closing.view(ctx)
_UPLOAD = re.compile(r"upl_[0-9A-Z]{26}")
EXPORTS = replace(jobs.collection(exporting.KIND, "/exports", "data.export", "data.export"), stays_open=True)
IMPORTS = jobs.collection(importing.KIND, "/imports", "data.export", "data.export")
jobs.offer(api, EXPORTS)


@api.post("/exports", permission="data.export", stays_open=True, body=Nothing, answer=JobView, status=202)
def export_company(ctx: Context, request: Request[Nothing]) -> Answer:
    """Make an archive of everything the company keeps here, as a job."""
    return jobs.accepted(ctx, EXPORTS, exporting.start(ctx))


@api.get("/exports/{job_id}/download", permission="data.export", stays_open=True, answer=Download)
def download_export(ctx: Context, request: Request[Any], job_id: str) -> Answer:
    """A link to the archive, good for ten minutes; the archive itself is kept for seven days."""
    return Answer(exporting.download(ctx, EXPORTS.load(ctx, job_id)))


@api.post("/uploads", permission="data.export", body=Nothing, answer=Uploaded, status=201)
def start_upload(ctx: Context, request: Request[Nothing]) -> Answer:
    """A place for an archive, to be sent in pieces of at most 4 MB."""
    return Answer(Uploaded(upload_id=derived_upload(ctx), part_count=0, size_bytes=0), 201)


def derived_upload(ctx: Context) -> str:
    """The id of an upload: the same for the same command, so that a repeat begins no second one."""
    entropy = hashlib.sha256(f"{ctx.tenant_id}\x1f{ctx.command.id}".encode()).digest()
    return sortable_id("upl", ctx.now.replace(minute=0, second=0, microsecond=0), entropy)


@api.put("/uploads/{upload_id}/parts", permission="data.export", body=UploadPart, answer=Uploaded,
         max_body=6_000_000)
def put_part(ctx: Context, request: Request[UploadPart], upload_id: str) -> Answer:
    """A piece of the archive, numbered from 0; sent again, it replaces itself."""
    if not _UPLOAD.fullmatch(upload_id):
        raise NotFound("upload")
    if not 0 <= request.body.number < archive.MAX_PIECES:
        raise Invalid("part_number", f"Pieces are numbered from 0 to {archive.MAX_PIECES - 1}.", {"number": "0 and up"})
    try:
        content = base64.b64decode(request.body.content, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("content", "content is base64.", {"content": "base64"}) from None
    if not 1 <= len(content) <= archive.MAX_PIECE_BYTES:
        raise Invalid("content", "A piece has 1 byte to 4 MB.", {"content": "at most 4 MB"})
    blobs.put(ctx, archive.piece_name(upload_id, request.body.number), content, "application/octet-stream")
    return Answer(Uploaded(upload_id=upload_id, part_count=1, size_bytes=len(content)))


jobs.offer(api, IMPORTS)


@api.post("/imports", permission="data.export", body=ImportExport, answer=JobView, status=202)
def import_company(ctx: Context, request: Request[ImportExport]) -> Answer:
    """Bring an uploaded export into this empty company, as a job; with dry_run, only check it."""
    if not _UPLOAD.fullmatch(request.body.upload_id):
        raise NotFound("upload")
    return jobs.accepted(ctx, IMPORTS, importing.start(ctx, request.body))


# -- a person ----------------------------------------------------------------------------------------------------------

ERASING = jobs.collection(erasing.KIND, "/erasure-jobs", "data.erase", "data.erase")
mount(api, ERASING)
mount(api, Resource(document=ERASURE, path="/erasures", read="data.erase", write="data.erase",
                    listings={"": Listing("by_list", "ERASURE")}, filters=("state", "subject_id"), row=ErasureRow))


@api.get("/customers/{customer_id}/preview", permission="data.erase", answer=Preview)
def preview_erasure(ctx: Context, request: Request[Any], customer_id: str) -> Answer:
    """What erasing this customer would erase and keep, until when and by which article, and what stands in the way."""
    return Answer(erasing.preview(ctx, parties.customer(ctx, customer_id)))


@api.get("/users/{user_id}/preview", permission="data.erase", answer=Preview)
def preview_erasure_of_user(ctx: Context, request: Request[Any], user_id: str) -> Answer:
    """What erasing this user would erase, and what stands in the way."""
    return Answer(erasing_users.preview(ctx, user_id))


@api.post("/erasures", permission="data.erase", body=EraseBody, answer=JobView, status=202)
def erase_person(ctx: Context, request: Request[EraseBody]) -> Answer:
    """Erase a customer or a user, as a job; their name must be typed to confirm, for it cannot be undone."""
    if bool(request.body.customer_id) == bool(request.body.user_id):
        raise Invalid("validation", "Name a customer or a user, one of them.", {"customer_id": "one of customer_id, user_id"})
    start = erasing_users.start if request.body.user_id else erasing.start
    return jobs.accepted(ctx, ERASING, start(ctx, request.body))


@api.get("/archives/{erasure_id}", permission="archive.read", answer=ArchivedList)
def list_archived(ctx: Context, request: Request[Any], erasure_id: str) -> Answer:
    """Which originals of an erased person the archive holds, and until when."""
    return Answer(reading.held(ctx, erasure_id))


@api.get("/archives/{erasure_id}/{document_kind}/{document_id}", permission="archive.read", answer=ArchivedDocument,
         parameters=(Parameter("reason", "why it is read, 3 to 200 characters"),))
def read_archived(ctx: Context, request: Request[Any], erasure_id: str, document_kind: str, document_id: str) -> Answer:
    """An original of the archive. Who reads what, and why, is noted each time."""
    return Answer(reading.read_original(ctx, erasure_id, document_kind, document_id, request.query.get("reason", "")))


# -- the company -------------------------------------------------------------------------------------------------------


@api.get("/closure", permission="data.export", stays_open=True, answer=ClosureView)
def read_closure(ctx: Context, request: Request[Any]) -> Answer:
    """Whether the company is closing, until when that can be withdrawn, and how long its archive is kept."""
    return Answer(closing.view(ctx))


@api.post("/closure", permission="data.erase", stays_open=True, body=RequestClosure, answer=ClosureView)
def request_closure(ctx: Context, request: Request[RequestClosure]) -> Answer:
    """Close the company: for thirty days this can be withdrawn. Its name must be typed to confirm."""
    closing.request(ctx, request.body)
    return Answer(closing.view(ctx))


@api.post("/closure/withdraw", permission="data.erase", stays_open=True, body=Nothing, answer=ClosureView)
def withdraw_closure(ctx: Context, request: Request[Nothing]) -> Answer:
    """Take the closure back."""
    closing.withdraw(ctx)
    return Answer(closing.view(ctx))
